package ssm

import (
	"fmt"
	"math"
)

// PDSSM is one block with a PD-SSM layer: Terzić et al. 2025, "Structured Sparse
// Transition Matrices to Enable State Tracking in State-Space Models", arXiv
// 2509.22284. The transition matrix is a matrix P with a single 1 in every column
// times a complex diagonal D; such products are closed under multiplication. With
// d = DModel, n = DState, k = Dictionary, u_t the mixer's input, h_{-1} = 0:
//
//	s    = softmax(Select u_t)                                          length k
//	M    = sum_j s[j] Matrices[j]                                       n x n
//	P    = in every column of M, 1 at the largest entry (the first one on a tie), else 0
//	D    = diag(rho e^{i phi}),  rho = sigmoid(Magnitude(u_t)),  phi = 2 pi sigmoid(Phase(u_t))
//	h_t  = P D h_{t-1} + (BRe + i BIm) u_t                              (Recurrent)
//	h_t  = sum_{j<=t} (P_t D_t ... P_{j+1} D_{j+1}) B u_j               (Convolution)
//	out  = Readout (Re h_t, Im h_t) + Skip * u_t
//
// Magnitude and Phase are Second(GELU(First(u))). The authors' code
// (github.com/IBM/expressive-sparse-state-space-model at commit cfa395e) starts from
// h_{-1} = e_0 and puts the single 1 in every row; this is the layer of the paper.
//
// Probe names and lengths: those of Residual, and target[n] (the row of the 1 in each
// column of P), rho[n], phi[n], state[2n] (Re h_t, then Im h_t).
type PDSSM struct {
	Residual
	DModel, DState, Dictionary, DGate int

	Select           Linear    // k x d, no bias
	Matrices         []float64 // k x n x n
	Magnitude, Phase Gate      // d -> DGate -> n
	BRe, BIm         []float64 // n x d
	Readout          Linear    // d x 2n, with bias
	Skip             []float64 // d
}

// Gate is a small network Second(GELU(First(u))), both maps with a bias.
type Gate struct {
	First, Second Linear
}

func (g *Gate) apply(u []float64) []float64 { return g.Second.apply(apply(gelu, g.First.apply(u))) }

func (g *Gate) validate(name string, out, hidden, in int) error {
	return firstError(
		g.First.validateBiased(name+".First", hidden, in),
		g.Second.validateBiased(name+".Second", out, hidden))
}

// sparse is a matrix with at most one entry that is not zero in every column:
// column j holds factor[j] in row target[j].
type sparse struct {
	target []int
	factor []complex128
}

// times returns the matrix applied to v.
func (s *sparse) times(v []complex128) []complex128 {
	out := make([]complex128, len(v))
	for j, at := range s.target {
		out[at] += cmul(s.factor[j], v[j])
	}
	return out
}

// after returns the product s r.
func (s *sparse) after(r *sparse) *sparse {
	p := &sparse{make([]int, len(r.target)), make([]complex128, len(r.target))}
	for j, at := range r.target {
		p.target[j], p.factor[j] = s.target[at], cmul(s.factor[at], r.factor[j])
	}
	return p
}

// parameters returns P D and B u at position t.
func (l *PDSSM) parameters(u []float64, t int, emit emitFunc) (*sparse, []complex128) {
	n := l.DState
	m := make([]float64, n*n)
	addScaled(m, softmax(l.Select.apply(u)), l.Matrices)
	rho := apply(sigmoid, l.Magnitude.apply(u))
	phi := apply(func(v float64) float64 { return float64(2 * math.Pi * sigmoid(v)) }, l.Phase.apply(u))
	trans := &sparse{make([]int, n), make([]complex128, n)}
	targets := make([]float64, n)
	for j := range n {
		for i := range n {
			if m[i*n+j] > m[trans.target[j]*n+j] {
				trans.target[j] = i
			}
		}
		sin, cos := math.Sincos(phi[j])
		trans.factor[j] = complex(float64(rho[j]*cos), float64(rho[j]*sin))
		targets[j] = float64(trans.target[j])
	}
	emit("target", t, targets)
	emit("rho", t, rho)
	emit("phi", t, phi)
	drive := make([]complex128, n)
	re, im := matvec(l.BRe, u), matvec(l.BIm, u)
	for i := range drive {
		drive[i] = complex(re[i], im[i])
	}
	return trans, drive
}

func (l *PDSSM) run(xs [][]float64, form Form, emit emitFunc) [][]float64 {
	if form == Recurrent {
		return recur(l, xs, emit)
	}
	trans, drive := make([]*sparse, len(xs)), make([][]complex128, len(xs))
	out := make([][]float64, len(xs))
	for t, x := range xs {
		u := l.enter(x, t, emit)
		trans[t], drive[t] = l.parameters(u, t, emit)
		h := append([]complex128(nil), drive[t]...)
		var product *sparse
		for j := t - 1; j >= 0; j-- {
			if product == nil {
				product = trans[j+1]
			} else {
				product = product.after(trans[j+1])
			}
			h = cadd(h, product.times(drive[j]))
		}
		out[t] = l.finish(x, u, h, t, emit)
	}
	return out
}

// finish reads the state out and adds the residual.
func (l *PDSSM) finish(x, u []float64, h []complex128, t int, emit emitFunc) []float64 {
	parts := make([]float64, 2*len(h))
	for i, v := range h {
		parts[i], parts[len(h)+i] = real(v), imag(v)
	}
	emit("state", t, parts)
	return l.leave(x, add(l.Readout.apply(parts), multiply(l.Skip, u)), t, emit)
}

func (l *PDSSM) start() cell { return &pdssmCell{l, make([]complex128, l.DState)} }

type pdssmCell struct {
	*PDSSM
	h []complex128
}

func (c *pdssmCell) step(x []float64, t int, emit emitFunc) []float64 {
	u := c.enter(x, t, emit)
	trans, drive := c.parameters(u, t, emit)
	c.h = cadd(trans.times(c.h), drive)
	return c.finish(x, u, c.h, t, emit)
}

func (l *PDSSM) width() int { return l.DModel }

func (l *PDSSM) validate(name string, width int) error {
	if err := checkModelSizes(name, width, l.DModel, l.DState); err != nil {
		return err
	}
	if l.Dictionary <= 0 || l.DGate <= 0 {
		return fmt.Errorf("%s has sizes Dictionary %d, DGate %d, expected both positive", name, l.Dictionary, l.DGate)
	}
	if l.Select.Bias != nil {
		return fmt.Errorf("%s.Select has a bias, expected none", name)
	}
	d, n, k := l.DModel, l.DState, l.Dictionary
	return firstError(
		l.Select.validate(name+".Select", k, d),
		checkCube(name+".Matrices", l.Matrices, k, n, n),
		l.Magnitude.validate(name+".Magnitude", n, l.DGate, d),
		l.Phase.validate(name+".Phase", n, l.DGate, d),
		checkLength(name+".BRe", l.BRe, n, d),
		checkLength(name+".BIm", l.BIm, n, d),
		l.Readout.validateBiased(name+".Readout", d, 2*n),
		checkLength(name+".Skip", l.Skip, d, 1),
		l.Residual.validate(name, d))
}
