package ssm

import "math"

// Mamba is one residual block with a selective state-space mixer: Gu and Dao 2023,
// "Mamba: Linear-Time Sequence Modeling with Selective State Spaces", arXiv
// 2312.00752, algorithm 2 and figure 3. With d = DModel, e = DInner, n = DState,
// k = DConv, r = DtRank, position t of the residual stream x:
//
//	u          = Norm(x)
//	(v, z)     = InProj u                                     lengths e, e
//	c_t        = sum_j ConvWeight[:, j] * v_{t-(k-1)+j} + ConvBias     v = 0 before the start
//	s          = SiLU(c)
//	(p, B, C)  = XProj s                                      lengths r, n, n
//	delta      = softplus(DtProj p)                           length e
//	h_t[i,m]   = exp(delta[i] A[i,m]) h_{t-1}[i,m] + delta[i] s[i] B[m],  A = -exp(ALog), h_{-1} = 0
//	y[i]       = sum_m h[i,m] C[m] + D[i] s[i]
//	out        = x + OutProj(y * SiLU(z))
//
// A is discretised by zero-order hold and B by Euler's rule, as the public code
// does. Unrolling the recurrence gives the Convolution form
//
//	h_t[i,m] = sum_{j<=t} exp(A[i,m] (delta_{j+1}[i] + ... + delta_t[i])) delta_j[i] s_j[i] B_j[m]
//
// summed from j = t down to 0.
//
// Probe names and lengths: block_in[d]; norm_centred[d], norm_scale[1], norm_out[d]
// (u); in_proj_x[e] (v), in_proj_z[e] (z), conv[e] (c), conv_silu[e] (s), delta[e],
// B[n], C[n], state[e*n] (h, row-major e x n), scan[e] (y), gate[e] (SiLU(z)),
// gated[e], mixer_out[d] (OutProj), block_out[d].
type Mamba struct {
	Norm                                  Norm
	DModel, DInner, DState, DConv, DtRank int

	InProj     Linear    // 2e x d, the half for v first
	ConvWeight []float64 // e x k
	ConvBias   []float64 // e, or nil
	XProj      Linear    // (r+2n) x e, rows in the order p, B, C
	DtProj     Linear    // e x r
	ALog       []float64 // e x n
	D          []float64 // e
	OutProj    Linear    // d x e
}

// mambaStep holds what the scan needs from one position.
type mambaStep struct {
	value, gate []float64 // v, SiLU(z)
	conv        []float64 // s, after SiLU
	delta, b, c []float64
}

func (m *Mamba) run(xs [][]float64, form Form, emit emitFunc) [][]float64 {
	steps := make([]mambaStep, len(xs))
	for t, x := range xs {
		emit("block_in", t, x)
		u := m.Norm.apply(x, t, emit)
		m.project(steps, u, t, emit)
		m.selectParameters(steps, t, emit)
	}
	states := m.states(steps, form)
	out := make([][]float64, len(xs))
	for t, x := range xs {
		out[t] = m.finish(x, &steps[t], states[t], t, emit)
	}
	return out
}

// finish reads the state out, gates it and adds the residual.
func (m *Mamba) finish(x []float64, s *mambaStep, state []float64, t int, emit emitFunc) []float64 {
	emit("state", t, state)
	y := m.readOut(s, state)
	emit("scan", t, y)
	gated := multiply(y, s.gate)
	emit("gated", t, gated)
	mixed := m.OutProj.apply(gated)
	emit("mixer_out", t, mixed)
	out := add(x, mixed)
	emit("block_out", t, out)
	return out
}

// project fills value and gate of step t from the normalised input.
func (m *Mamba) project(steps []mambaStep, u []float64, t int, emit emitFunc) {
	vz := m.InProj.apply(u)
	v, z := vz[:m.DInner], vz[m.DInner:]
	gate := apply(silu, z)
	steps[t].value, steps[t].gate = v, gate
	emit("in_proj_x", t, v)
	emit("in_proj_z", t, z)
	emit("gate", t, gate)
}

// selectParameters fills conv, delta, b and c of step t; it reads the value of
// this step and of the DConv-1 steps before.
func (m *Mamba) selectParameters(steps []mambaStep, t int, emit emitFunc) {
	c := m.convolve(steps, t)
	s := apply(silu, c)
	p := m.XProj.apply(s)
	low, b, cc := p[:m.DtRank], p[m.DtRank:m.DtRank+m.DState], p[m.DtRank+m.DState:]
	delta := apply(softplus, m.DtProj.apply(low))
	steps[t].conv, steps[t].delta, steps[t].b, steps[t].c = s, delta, b, cc
	emit("conv", t, c)
	emit("conv_silu", t, s)
	emit("delta", t, delta)
	emit("B", t, b)
	emit("C", t, cc)
}

// convolve is the short causal convolution, one filter per channel, oldest tap first.
func (m *Mamba) convolve(steps []mambaStep, t int) []float64 {
	out := make([]float64, m.DInner)
	for i := range out {
		for j := range m.DConv {
			if from := t - (m.DConv - 1) + j; from >= 0 {
				out[i] += float64(m.ConvWeight[i*m.DConv+j] * steps[from].value[i])
			}
		}
		if m.ConvBias != nil {
			out[i] += m.ConvBias[i]
		}
	}
	return out
}

// states returns h_t for every position, each row-major DInner x DState.
func (m *Mamba) states(steps []mambaStep, form Form) [][]float64 {
	a := apply(func(v float64) float64 { return -math.Exp(v) }, m.ALog)
	states := make([][]float64, len(steps))
	previous := make([]float64, len(a))
	for t := range steps {
		if form == Convolution {
			states[t] = m.unrolledState(a, steps[:t+1])
		} else {
			states[t] = m.nextState(a, previous, &steps[t])
			previous = states[t]
		}
	}
	return states
}

// nextState is one step of the recurrence.
func (m *Mamba) nextState(a, previous []float64, s *mambaStep) []float64 {
	h := make([]float64, len(a))
	for i := range m.DInner {
		drive := float64(s.delta[i] * s.conv[i])
		for k := range m.DState {
			at := i*m.DState + k
			decay := math.Exp(float64(s.delta[i] * a[at]))
			h[at] = float64(decay*previous[at]) + float64(drive*s.b[k])
		}
	}
	return h
}

// unrolledState is the state after the last of the steps, without a recurrence.
func (m *Mamba) unrolledState(a []float64, steps []mambaStep) []float64 {
	h := make([]float64, len(a))
	for i := range m.DInner {
		elapsed := 0.0 // the sum of delta after step j
		for j := len(steps) - 1; j >= 0; j-- {
			s := &steps[j]
			drive := float64(s.delta[i] * s.conv[i])
			for k := range m.DState {
				at := i*m.DState + k
				decay := math.Exp(float64(a[at] * elapsed))
				h[at] += float64(decay * float64(drive*s.b[k]))
			}
			elapsed += s.delta[i]
		}
	}
	return h
}

// readOut contracts the state with C and adds the skip term.
func (m *Mamba) readOut(s *mambaStep, state []float64) []float64 {
	y := make([]float64, m.DInner)
	for i := range y {
		y[i] = dot(state[i*m.DState:(i+1)*m.DState], s.c) + float64(m.D[i]*s.conv[i])
	}
	return y
}

func (m *Mamba) width() int { return m.DModel }

func (m *Mamba) start() cell {
	return &mambaCell{
		Mamba: m,
		a:     apply(func(v float64) float64 { return -math.Exp(v) }, m.ALog),
		h:     make([]float64, len(m.ALog)),
	}
}

// mambaCell keeps the state and the steps that the convolution reads.
type mambaCell struct {
	*Mamba
	a, h  []float64
	steps []mambaStep // the last DConv positions or fewer
}

func (c *mambaCell) step(x []float64, t int, emit emitFunc) []float64 {
	if len(c.steps) == c.DConv {
		c.steps = append(c.steps[:0], c.steps[1:]...)
	}
	c.steps = append(c.steps, mambaStep{})
	last := len(c.steps) - 1
	now := func(name string, _ int, value []float64) { emit(name, t, value) }
	now("block_in", t, x)
	c.project(c.steps, c.Norm.apply(x, t, emit), last, now)
	c.selectParameters(c.steps, last, now)
	c.h = c.nextState(c.a, c.h, &c.steps[last])
	return c.finish(x, &c.steps[last], c.h, t, emit)
}
