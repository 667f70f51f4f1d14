package tensor

// SiLU is x·sigmoid(x).
func (t *Tape) SiLU(x *Tensor) *Tensor { return t.activate(siluOf, x) }

// GELU is x·Φ(x), Φ the normal distribution function, up to 1.5e-7·|x|.
func (t *Tape) GELU(x *Tensor) *Tensor { return t.activate(geluOf, x) }

// Softplus is log(1 + e^x).
func (t *Tape) Softplus(x *Tensor) *Tensor { return t.activate(softplusOf, x) }

func (t *Tape) activate(f activation, x *Tensor) *Tensor {
	y := t.new(x.Rows, x.Cols)
	slope := t.floats(len(x.Value))
	f.apply(y.Value, slope, x.Value)
	t.push(func() { mulAdd(slope, y.Grad, x.Grad) })
	return y
}

// ReLU is max(x, 0).
func (t *Tape) ReLU(x *Tensor) *Tensor {
	y := t.new(x.Rows, x.Cols)
	for i, v := range x.Value {
		y.Value[i] = max(v, 0)
	}
	t.push(func() {
		for i, g := range y.Grad {
			if x.Value[i] > 0 {
				x.Grad[i] += g
			}
		}
	})
	return y
}

// Mul is a·b, entry by entry.
func (t *Tape) Mul(a, b *Tensor) *Tensor {
	y := t.new(a.Rows, a.Cols)
	for i, v := range a.Value {
		y.Value[i] = v * b.Value[i]
	}
	t.push(func() {
		mulAdd(b.Value, y.Grad, a.Grad)
		mulAdd(a.Value, y.Grad, b.Grad)
	})
	return y
}

// GatedSiLU is a·SiLU(z), entry by entry.
func (t *Tape) GatedSiLU(a, z *Tensor) *Tensor { return t.Mul(a, t.SiLU(z)) }

// GatedSigmoid is a·sigmoid(z), entry by entry.
func (t *Tape) GatedSigmoid(a, z *Tensor) *Tensor {
	y := t.new(a.Rows, a.Cols)
	s := t.floats(len(z.Value))
	sigmoidOf.apply(s, nil, z.Value)
	for i, v := range a.Value {
		y.Value[i] = v * s[i]
	}
	t.push(func() {
		mulAdd(s, y.Grad, a.Grad)
		for i, g := range y.Grad {
			z.Grad[i] += g * y.Value[i] * (1 - s[i])
		}
	})
	return y
}
