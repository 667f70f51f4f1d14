package tensor

import "math"

// RMSNorm is x / sqrt(mean(x²) + eps) · weight, row by row.
func (t *Tape) RMSNorm(x *Tensor, weight *Param, eps float64) *Tensor {
	return t.norm(x, norm{weight: weight}, eps)
}

// LayerNorm is (x − mean) / sqrt(variance + eps) · weight + bias, row by row;
// the bias may be nil.
func (t *Tape) LayerNorm(x *Tensor, weight, bias *Param, eps float64) *Tensor {
	return t.norm(x, norm{weight, bias, true}, eps)
}

// A norm is one of the two normalisations.
type norm struct {
	weight, bias *Param // bias may be nil
	centred      bool   // the mean is subtracted
}

func (t *Tape) norm(x *Tensor, n norm, eps float64) *Tensor {
	d := x.Cols
	y, unit, scale := t.new(x.Rows, d), t.zeros(len(x.Value)), t.floats(x.Rows)
	ones, centred := t.ones(d), t.floats(d)
	for i := range x.Rows {
		copy(centred, x.Row(i))
		if n.centred {
			centre(centred, ones)
		}
		scale[i] = float32(1 / math.Sqrt(float64(dot(centred, centred))/float64(d)+eps))
		u, row := unit[i*d:(i+1)*d], y.Row(i)
		axpy(scale[i], centred, u)
		if n.bias != nil {
			copy(row, n.bias.Value)
		} else {
			clear(row)
		}
		mulAdd(n.weight.Value, u, row)
	}
	t.push(func() { t.normBack(x, y, n, unit, scale, ones) })
	return y
}

// ones is d times 1.
func (t *Tape) ones(d int) []float32 {
	s := t.floats(d)
	for i := range s {
		s[i] = 1
	}
	return s
}

// centre subtracts the mean.
func centre(u, ones []float32) { axpy(-sum(u)/float32(len(u)), ones, u) }

// normBack: with v = gradient·weight, the gradient by x is
// scale·(v − unit·mean(v·unit)), for LayerNorm minus its mean.
func (t *Tape) normBack(x, y *Tensor, n norm, unit, scale, ones []float32) {
	d := x.Cols
	slab, used := t.mark()
	defer t.release(slab, used)
	v := t.floats(d)
	gw := t.grad(n.weight)
	for i := range x.Rows {
		u, gy, gx := unit[i*d:(i+1)*d], y.Grad[i*d:(i+1)*d], x.Grad[i*d:(i+1)*d]
		mulAdd(gy, u, gw)
		clear(v)
		mulAdd(gy, n.weight.Value, v)
		axpy(-dot(v, u)/float32(d), u, v)
		if n.centred {
			centre(v, ones)
		}
		if n.bias != nil {
			add(gy, t.grad(n.bias))
		}
		axpy(scale[i], v, gx)
	}
}
