package compile

import (
	"context"
	"math"
	"slices"

	"tc0/theory/ssm"
)

// Rounding tensor i to b_i bits adds c_i·4^-b_i to the mean squared error of the
// logits and costs g_i gates a bit, both nearly so. For a given error the gates are
// fewest where c_i·4^-b_i is proportional to g_i, that is where
//
//	b_i = ½·log2(c_i/g_i) + constant
//
// (reverse water-filling). Both numbers are measured at one precision, by
// rounding one tensor at a time more coarsely.
const (
	probeBits  = 18 // of all tensors
	probeDrop  = 6  // bits taken from the tensor under test
	probeWords = 64
	mostTaken  = 8 // bits taken from a tensor at most
	mostGiven  = 4 // bits given to a tensor at most

	// A tensor whose bit costs less than leastShare of the gates counts as one that
	// costs as much: its tables take memory, if no gates. Tensors above largeShare
	// set the standard: none of them has more bits than the precision.
	leastShare = 1.0 / 256
	largeShare = 1.0 / 64
)

// allocate gives the costly tensor that needs most the precision's bits, and the
// others fewer or, if they cost little, more.
func allocate(ctx context.Context, ck *ssm.Checkpoint, q *Quant, r Request) (*Quant, error) {
	words := r.Words
	if words == nil {
		words = Words(q.Alphabet, probeWords, r.Length, r.Seed)
	}
	n := &noise{ck: ck, form: q.Form, length: r.Length, words: words[:min(probeWords, len(words))]}
	if err := n.reference(ctx); err != nil {
		return nil, err
	}
	base, gates, err := n.measure(ctx, q)
	if err != nil {
		return nil, err
	}
	value, top := make([]float64, len(q.Tensors)), math.Inf(-1)
	for i := range q.Tensors {
		r.Progress("allocate bits", i, len(q.Tensors))
		coarse, fewer, err := n.measure(ctx, q.with(i, -probeDrop))
		if err != nil {
			return nil, err
		}
		value[i] = math.Inf(1)
		if fewer < gates {
			cost := max(float64(gates-fewer)/probeDrop, leastShare*float64(gates))
			value[i] = math.Log2(max(coarse-base, 1e-300)/cost) / 2
			if cost >= largeShare*float64(gates) {
				top = max(top, value[i])
			}
		}
	}
	for i, v := range value {
		if !math.IsInf(v, 0) {
			q = q.with(i, int(max(-mostTaken, min(mostGiven, math.Round(v-top)))))
		}
	}
	return q, nil
}

// with is the quantisation with tensor i changed by some bits.
func (q *Quant) with(i, extra int) *Quant {
	c := *q
	c.Tensors = slices.Clone(q.Tensors)
	c.Tensors[i].Extra += extra
	return &c
}

// noise measures the error of the logits that rounding makes.
type noise struct {
	ck     *ssm.Checkpoint
	form   Form
	length int
	words  [][]int
	logits [][]float64 // float logits by word
}

// reference evaluates the float model.
func (n *noise) reference(ctx context.Context) error {
	for _, w := range n.words {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		logits, err := n.ck.Model.Forward(w, floatForm(n.form), nil)
		if err != nil {
			return err
		}
		n.logits = append(n.logits, logits)
	}
	return nil
}

// measure is the mean squared error of a quantisation's logits, relative to their
// spread at each position, and its gates.
func (n *noise) measure(ctx context.Context, q *Quant) (mse float64, gates int64, err error) {
	m, err := newModel(n.ck, q, probeBits, n.length)
	if err != nil {
		return 0, 0, err
	}
	results, err := m.EvalAll(ctx, n.words)
	if err != nil {
		return 0, 0, err
	}
	positions := 0
	for i, r := range results {
		for t := range r.Labels {
			row := func(v []float64) []float64 { return v[t*m.vocab : (t+1)*m.vocab] }
			mse += shapeError(row(n.logits[i]), r.Logits[t*m.vocab:(t+1)*m.vocab])
			positions++
		}
	}
	return mse / float64(positions), m.program.number.base(m.length), nil
}

// shapeError compares logits up to a constant and a positive factor, to which the
// argmax is blind: both are centred and scaled to length 1.
func shapeError(want []float64, got []int64) float64 {
	g := make([]float64, len(got))
	for i, v := range got {
		g[i] = float64(v)
	}
	a, b := normalised(want), normalised(g)
	sum := 0.0
	for i := range a {
		d := a[i] - b[i]
		sum += float64(d * d) // the conversion keeps compilers from fusing
	}
	return sum
}

func normalised(v []float64) []float64 {
	mean, size := 0.0, 0.0
	for _, x := range v {
		mean += x / float64(len(v))
	}
	out := make([]float64, len(v))
	for i, x := range v {
		out[i] = x - mean
		size += float64(out[i] * out[i])
	}
	for i := range out {
		out[i] /= max(math.Sqrt(size), 1e-300)
	}
	return out
}
