package tensor

// Conv is the causal convolution along time of each channel: for x of width e, weight of
// shape [e, 1, k] and bias of shape [e] or nil,
//
//	y_t = Σ_j weight[:, 0, j]·x_{t−(k−1)+j} + bias,  x = 0 before the start
//
// The rows of x are sequences of the given length, one after the other.
func (t *Tape) Conv(x *Tensor, weight, bias *Param, length int) *Tensor {
	e, k := x.Cols, weight.Shape[2]
	y := t.new(x.Rows, e)
	taps := t.transposed(weight.Value, e, k) // taps[j] multiplies x_{t−(k−1)+j}
	for r := range x.Rows {
		row := y.Row(r)
		clear(row)
		if bias != nil {
			copy(row, bias.Value)
		}
		for back := range min(k, r%length+1) {
			mulAdd(taps[(k-1-back)*e:(k-back)*e], x.Row(r-back), row)
		}
	}
	t.push(func() {
		slope := t.zeros(k * e)
		for r := range x.Rows {
			gy := y.Grad[r*e : (r+1)*e]
			for back := range min(k, r%length+1) {
				j, s := k-1-back, r-back
				mulAdd(taps[j*e:(j+1)*e], gy, x.Grad[s*e:(s+1)*e])
				mulAdd(x.Row(s), gy, slope[j*e:(j+1)*e])
			}
		}
		addTransposed(slope, t.grad(weight), k, e)
		if bias != nil {
			addRows(y, t.grad(bias))
		}
	})
	return y
}

// transposed is the transpose of a matrix.
func (t *Tape) transposed(a []float32, rows, cols int) []float32 {
	b := t.zeros(rows * cols)
	addTransposed(a, b, rows, cols)
	return b
}

// addTransposed adds the transpose of a to b.
func addTransposed(a, b []float32, rows, cols int) {
	for i := range rows {
		for j, v := range a[i*cols : (i+1)*cols] {
			b[j*rows+i] += v
		}
	}
}
