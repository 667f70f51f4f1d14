package kernel

import (
	"math"
	"math/cmplx"
	"slices"
)

// forward computes the logits of a word in float64, position by position, with the
// recurrences as the papers state them. It is written to be compared with them, not
// to be fast, and shares nothing with the check of the quantised weights.
func (n *network) forward(word []int) [][]float64 {
	xs := make([][]float64, len(word))
	for t, token := range word {
		xs[t] = slices.Clone(n.embedding[token*n.d : (token+1)*n.d])
	}
	for i := range n.mamba {
		n.mamba[i].forward(xs)
	}
	for i := range n.s4d {
		n.s4d[i].forward(xs)
	}
	for t, x := range xs {
		if n.final != nil {
			x = n.final.apply(x)
		}
		xs[t] = n.head.apply(x)
	}
	return xs
}

func (m *matrix) apply(x []float64) []float64 {
	y := make([]float64, m.rows)
	for r := range y {
		for c, v := range x {
			y[r] += m.w[r*m.cols+c] * v
		}
		if m.bias != nil {
			y[r] += m.bias[r]
		}
	}
	return y
}

func (n *norm) apply(x []float64) []float64 {
	size, mean, square := float64(len(x)), 0.0, 0.0
	if n.centres {
		for _, v := range x {
			mean += v / size
		}
	}
	for _, v := range x {
		square += (v - mean) * (v - mean) / size
	}
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = (v - mean) / math.Sqrt(square+n.eps) * n.w[i]
		if n.bias != nil {
			y[i] += n.bias[i]
		}
	}
	return y
}

func sigmoid(v float64) float64 { return 1 / (1 + math.Exp(-v)) }

// softplus is log(1+exp(v)), and v above 20, as PyTorch has it.
func softplus(v float64) float64 {
	if v > 20 {
		return v
	}
	return math.Log1p(math.Exp(v))
}

// forward adds a Mamba block to the stream:
//
//	(v, z) = In·Norm(x);  s = SiLU(conv(v));  (p, B, C) = X·s;  Δ = softplus(Dt·p)
//	h = exp(-exp(A_log)·Δ)·h + Δ·s·B;  y = C·h + D·s;  x ← x + Out·(y·SiLU(z))
func (b *mambaBlock) forward(xs [][]float64) {
	h := make([]float64, b.e*b.n)
	var values [][]float64
	for t, x := range xs {
		vz := b.in.apply(b.norm.apply(x))
		values = append(values, vz[:b.e])
		s := make([]float64, b.e)
		for i := range s {
			if b.convBias != nil {
				s[i] = b.convBias[i]
			}
			for j := range b.k {
				if from := t - b.k + 1 + j; from >= 0 {
					s[i] += b.conv[i*b.k+j] * values[from][i]
				}
			}
			s[i] *= sigmoid(s[i])
		}
		p := b.x.apply(s)
		delta := b.dt.apply(p[:b.r])
		y := make([]float64, b.e)
		for i := range y {
			delta[i] = softplus(delta[i])
			y[i] = b.d[i] * s[i]
			for m := range b.n {
				at := i*b.n + m
				h[at] = math.Exp(-math.Exp(b.aLog[at])*delta[i])*h[at] + delta[i]*s[i]*p[b.r+m]
				y[i] += h[at] * p[b.r+b.n+m]
			}
			y[i] *= vz[b.e+i] * sigmoid(vz[b.e+i])
		}
		for i, v := range b.out.apply(y) {
			x[i] += v
		}
	}
}

// forward adds an S4D block to the stream, with a = -exp(log_A_real) + i·A_imag:
//
//	h = exp(a·dt)·h + (exp(a·dt) - 1)/a·u;  y = 2·Re(Σ c·h) + D·u
//	(p, q) = Out·GELU(y);  x ← Norm(x + p·sigmoid(q)), or the norm first
func (b *s4dBlock) forward(xs [][]float64) {
	h := make([]complex128, len(b.a))
	for t, x := range xs {
		u := x
		if b.pre {
			u = b.norm.apply(x)
		}
		y := make([]float64, len(x))
		for i := range y {
			y[i] = b.d[i] * u[i]
			for at := i * b.modes; at < (i+1)*b.modes; at++ {
				pole := cmplx.Exp(b.a[at] * complex(b.dt[i], 0))
				h[at] = pole*h[at] + (pole-1)/b.a[at]*complex(u[i], 0)
				y[i] += 2 * real(b.c[at]*h[at])
			}
			y[i] *= 0.5 * (1 + math.Erf(y[i]/math.Sqrt2))
		}
		pq := b.out.apply(y)
		for i := range x {
			x[i] += pq[i] * sigmoid(pq[len(x)+i])
		}
		if !b.pre {
			xs[t] = b.norm.apply(x)
		}
	}
}
