package ssm

import "fmt"

// IDS4 is one block with an input-dependent state-space layer as Merrill, Petty,
// Sabharwal 2024, arXiv 2404.08819, section 5 define it: the transition matrix is an
// affine function of the input, B, C and D are fixed. With d = DModel, n = DState,
// u_t the mixer's input at position t, h_{-1} = 0:
//
//	A(u) = A0 + sum_r u[r] A[r]
//	h_t  = A(u_t) h_{t-1} + B u_t                                       (Recurrent)
//	h_t  = sum_{j<=t} (A(u_t) A(u_{t-1}) ... A(u_{j+1})) B u_j          (Convolution)
//	out  = C h_t + D u_t
//
// The Convolution form multiplies the matrices from the newest down and adds the
// terms from j = t down to 0.
//
// Probe names and lengths: those of Residual, and trans[n*n] (A(u_t), row-major),
// drive[n] (B u_t), state[n] (h_t).
type IDS4 struct {
	Residual
	DModel, DState int

	A0 []float64 // n x n
	A  []float64 // d x n x n
	B  Linear    // n x d, no bias
	C  Linear    // d x n, bias optional
	D  Linear    // d x d, bias optional
}

// transition returns A(u).
func (l *IDS4) transition(u []float64) []float64 {
	m := append([]float64(nil), l.A0...)
	addScaled(m, u, l.A)
	return m
}

// addScaled adds sum_r u[r] a[r] to m, a holding len(u) arrays of the size of m.
func addScaled(m, u, a []float64) {
	for r, v := range u {
		for i, w := range a[r*len(m) : (r+1)*len(m)] {
			m[i] += float64(v * w)
		}
	}
}

func (l *IDS4) run(xs [][]float64, form Form, emit emitFunc) [][]float64 {
	if form == Recurrent {
		return recur(l, xs, emit)
	}
	us, trans, drive := make([][]float64, len(xs)), make([][]float64, len(xs)), make([][]float64, len(xs))
	out := make([][]float64, len(xs))
	for t, x := range xs {
		us[t] = l.enter(x, t, emit)
		trans[t], drive[t] = l.parameters(us[t], t, emit)
		out[t] = l.finish(x, us[t], unrolled(trans[:t+1], drive[:t+1]), t, emit)
	}
	return out
}

// unrolled is the state after the last position, without a recurrence.
func unrolled(trans, drive [][]float64) []float64 {
	last := len(drive) - 1
	h := append([]float64(nil), drive[last]...)
	var product []float64 // trans[last] ... trans[j+1]
	for j := last - 1; j >= 0; j-- {
		if product == nil {
			product = trans[j+1]
		} else {
			product = matmul(product, trans[j+1], len(h))
		}
		h = add(h, matvec(product, drive[j]))
	}
	return h
}

// parameters returns A(u) and B u.
func (l *IDS4) parameters(u []float64, t int, emit emitFunc) (trans, drive []float64) {
	trans, drive = l.transition(u), l.B.apply(u)
	emit("trans", t, trans)
	emit("drive", t, drive)
	return trans, drive
}

// finish reads the state out and adds the residual.
func (l *IDS4) finish(x, u, h []float64, t int, emit emitFunc) []float64 {
	emit("state", t, h)
	return l.leave(x, add(l.C.apply(h), l.D.apply(u)), t, emit)
}

func (l *IDS4) start() cell { return &ids4Cell{l, make([]float64, l.DState)} }

type ids4Cell struct {
	*IDS4
	h []float64
}

func (c *ids4Cell) step(x []float64, t int, emit emitFunc) []float64 {
	u := c.enter(x, t, emit)
	trans, drive := c.parameters(u, t, emit)
	c.h = add(matvec(trans, c.h), drive)
	return c.finish(x, u, c.h, t, emit)
}

func (l *IDS4) width() int { return l.DModel }

func (l *IDS4) validate(name string, width int) error {
	if err := checkModelSizes(name, width, l.DModel, l.DState); err != nil {
		return err
	}
	if l.B.Bias != nil {
		return fmt.Errorf("%s.B has a bias, expected none", name)
	}
	d, n := l.DModel, l.DState
	return firstError(
		checkLength(name+".A0", l.A0, n, n),
		checkCube(name+".A", l.A, d, n, n),
		l.B.validate(name+".B", n, d),
		l.C.validate(name+".C", d, n),
		l.D.validate(name+".D", d, d),
		l.Residual.validate(name, d))
}

// IDS4Product is the layer that the word-problem experiments run under the name
// IDS4 (github.com/jopetty/sfirah at commit 30b5a87). It differs from the paper's
// IDS4: the transition goes through a nonlinearity, the newest factor stands on the
// right, no input is added to the state, and the state is a matrix that is read out
// through a learned vector. With d = DModel, n = DState, u_t the mixer's input:
//
//	M(u) = GELU(sum_r u[r] A[r])
//	P_t  = M(u_0) M(u_1) ... M(u_t)
//	v    = P_t Proj^T + bias                                            length n
//	out  = C v + D u_t
//
// Recurrent multiplies P_{t-1} M(u_t); Convolution multiplies from the newest factor
// down.
//
// Probe names and lengths: those of Residual, and trans[n*n] (M(u_t), row-major),
// state[n*n] (P_t), proj[n] (v).
type IDS4Product struct {
	Residual
	DModel, DState int

	A    []float64 // d x n x n
	Proj Linear    // 1 x n, with bias
	C    Linear    // d x n, with bias
	D    Linear    // d x d, with bias
}

// transition returns M(u).
func (l *IDS4Product) transition(u []float64) []float64 {
	m := make([]float64, l.DState*l.DState)
	addScaled(m, u, l.A)
	return apply(gelu, m)
}

func (l *IDS4Product) run(xs [][]float64, form Form, emit emitFunc) [][]float64 {
	if form == Recurrent {
		return recur(l, xs, emit)
	}
	trans := make([][]float64, len(xs))
	out := make([][]float64, len(xs))
	for t, x := range xs {
		u := l.enter(x, t, emit)
		trans[t] = l.transition(u)
		product := trans[t]
		for j := t - 1; j >= 0; j-- {
			product = matmul(trans[j], product, l.DState)
		}
		out[t] = l.finish(x, u, trans[t], product, t, emit)
	}
	return out
}

// finish reads the product out and adds the residual.
func (l *IDS4Product) finish(x, u, trans, product []float64, t int, emit emitFunc) []float64 {
	v := matvec(product, l.Proj.Weight)
	for i := range v {
		v[i] += l.Proj.Bias[0]
	}
	emit("trans", t, trans)
	emit("state", t, product)
	emit("proj", t, v)
	return l.leave(x, add(l.C.apply(v), l.D.apply(u)), t, emit)
}

func (l *IDS4Product) start() cell { return &ids4ProductCell{l, nil} }

type ids4ProductCell struct {
	*IDS4Product
	product []float64 // nil for the empty product
}

func (c *ids4ProductCell) step(x []float64, t int, emit emitFunc) []float64 {
	u := c.enter(x, t, emit)
	trans := c.transition(u)
	if c.product == nil {
		c.product = trans
	} else {
		c.product = matmul(c.product, trans, c.DState)
	}
	return c.finish(x, u, trans, c.product, t, emit)
}

func (l *IDS4Product) width() int { return l.DModel }

func (l *IDS4Product) validate(name string, width int) error {
	if err := checkModelSizes(name, width, l.DModel, l.DState); err != nil {
		return err
	}
	d, n := l.DModel, l.DState
	return firstError(
		checkCube(name+".A", l.A, d, n, n),
		l.Proj.validateBiased(name+".Proj", 1, n),
		l.C.validateBiased(name+".C", d, n),
		l.D.validateBiased(name+".D", d, d),
		l.Residual.validate(name, d))
}
