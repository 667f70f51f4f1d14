package tensor

import "math"

// CrossEntropy is the sum over all rows of −log softmax(logits)[label], without the rows
// whose label is negative. It is where the way back begins: scale times its gradient is
// the gradient of logits.
func (t *Tape) CrossEntropy(logits *Tensor, labels []int32, scale float32) float64 {
	n := logits.Cols
	p := t.floats(len(logits.Value)) // exp(logit − largest)
	for r := range logits.Rows {
		row := logits.Row(r)
		top := row[Argmax(row)]
		for j, v := range row {
			p[r*n+j] = v - top
		}
	}
	shifted := t.floats(logits.Rows) // of the label
	for r, label := range labels {
		if label >= 0 {
			shifted[r] = p[r*n+int(label)]
		}
	}
	expOf.apply(p, nil, p)
	loss := 0.0
	for r, label := range labels {
		if label < 0 {
			continue
		}
		row := p[r*n : (r+1)*n]
		total := float32(0)
		for _, v := range row {
			total += v
		}
		loss += math.Log(float64(total)) - float64(shifted[r])
		if t.grads != nil {
			g := logits.Grad[r*n : (r+1)*n]
			axpy(scale/total, row, g)
			g[label] -= scale
		}
	}
	return loss
}

// Argmax is the index of the largest entry of a row, the lowest one on a tie.
func Argmax(row []float32) int {
	best := 0
	for j, v := range row {
		if v > row[best] {
			best = j
		}
	}
	return best
}
