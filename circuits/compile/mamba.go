package compile

import (
	"fmt"
	"math"
	"math/bits"
	"slices"

	"tc0/circuits/gadget"
	"tc0/theory/ssm"
)

// freeBits is how much finer than other tensors the embedding is rounded: its
// codes are tables of the token and cost nothing.
const freeBits = 8

// decayBits is how much finer than the decays the rates are rounded, so that the
// error of A·ΣΔ stays below a step over long sums.
const decayBits = 8

// maxSquared bounds codes whose squares are summed, so that the sum of a million of
// them fits a form.
const maxSquared = 1 << 20 << 9

// mambaLayer holds the integers of one quantised Mamba block: for every stage
// the rounded coefficients of its forms and the scale it rounds into.
type mambaLayer struct {
	d, e, n, k int
	open       bool
	x          source // the block's input
	centre     *quantity
	norm       *quantity
	inValue    *linear // e x d
	inGate     *linear
	value      *quantity // before the norm's factor
	gatePre    *quantity
	gateBias   []int64 // nil when there is none
	conv       *linear // e x 2k: taps on value·norm, then taps on the constant 1
	u, gate    *quantity
	bProj      *linear // n x e
	cProj      *linear
	dtProj     *linear // e x e
	b, c, dt   *quantity
	inject     *quantity // delta·u; nil where the three-fold product is used
	injectCoef []int64   // e: of delta·u in inject
	input      *quantity // delta·u·B
	driveCoef  []int64   // e x n: of the product in input
	rate       []int64   // e x n: A in units of 2^-rateExp
	decay      *quantity
	state      *quantity
	inputCoef  int64     // of input in the state's form
	fadedCoef  int64     // of the decayed terms
	scan       *linear   // e x (n+1): n products h·C, then u
	y          *quantity // nil where the three-fold product is used
	out        *stream   // the residual stream after the block
	next       *linear   // d x (d+e): the block's input, then the gated outputs; nil in an open block
	nextCode   *quantity // the same rounded
}

// mambaPrefix is the name of a layer's tensors in the quantisation.
func mambaPrefix(layer int) string { return fmt.Sprintf("L%d.", layer) }

// mamba plans one block whose input has the given source. An open block leaves its
// output as an unrounded form.
func (p *planner) mamba(layer int, m *ssm.Mamba, x source, open bool) *mambaLayer {
	name := mambaPrefix(layer)
	l := &mambaLayer{open: open, d: m.DModel, e: m.DInner, n: m.DState, k: m.DConv, x: x}
	normed := p.normalise(name, &m.Norm, x, &l.centre, &l.norm)
	p.mambaInput(name, m, l, normed)
	p.mambaSelect(name, m, l)
	p.mambaScan(name, m, l)
	return l
}

// normalise plans centring (LayerNorm only) and the factor 1/√(mean+eps); it
// returns the source that the factor multiplies.
func (p *planner) normalise(name string, n *ssm.Norm, x source, centre, factor **quantity) source {
	d := int64(len(n.Weight))
	if n.Kind == ssm.LayerNorm {
		*centre = p.quantity(name+"centre", gadget.Identity, x.centred(d), d, p.signed(name+"centre"), 0)
		x = (*centre).source()
	}
	*factor = p.factor(name, n, x)
	return x
}

// factor plans 1/√(mean of squares + eps) of a vector whose entries have source x;
// change points above the largest sum of squares are left out.
func (p *planner) factor(name string, n *ssm.Norm, x source) *quantity {
	d := int64(len(n.Weight))
	squares := source{exp: 2 * x.exp, fine: x.fine.times(x.fine), size: x.size.times(x.size).scaled(float64(d))}
	q := p.quantity(name+"norm", gadget.RSqrt, squares, d, p.unsigned(name+"norm"), n.Eps)
	if x.max > maxSquared {
		p.fail(errTooWide(name + "norm"))
		return q
	}
	q.within(0, d*x.max*x.max)
	return q
}

// normalisedWeights are the rows of w times the norm's weight, and the bias that
// the norm's bias and the map's own bias add, nil when both are absent.
func normalisedWeights(w *ssm.Linear, n *ssm.Norm, from, to int) (weights, bias []float64) {
	weights = make([]float64, 0, (to-from)*w.In)
	if n.Bias != nil || w.Bias != nil {
		bias = make([]float64, to-from)
	}
	for r := from; r < to; r++ {
		for i := range w.In {
			weights = append(weights, float64(w.Weight[r*w.In+i]*n.Weight[i]))
			if n.Bias != nil {
				bias[r-from] += float64(w.Weight[r*w.In+i] * n.Bias[i])
			}
		}
		if w.Bias != nil {
			bias[r-from] += w.Bias[r]
		}
	}
	return weights, bias
}

// mambaInput plans the input projection, the convolution and the gate.
func (p *planner) mambaInput(name string, m *ssm.Mamba, l *mambaLayer, normed source) {
	wv, bv := normalisedWeights(&m.InProj, &m.Norm, 0, l.e)
	wz, bz := normalisedWeights(&m.InProj, &m.Norm, l.e, 2*l.e)
	value, gate := p.signed(name+"value"), p.signed(name+"gate_pre")
	l.inValue = p.linear(name+"value", wv, nil, repeat(normed, l.d), value)
	l.inGate = p.linear(name+"gate_pre", wz, nil, repeat(normed, l.d), gate)
	l.value = p.quantity(name+"value", gadget.Identity, l.inValue.source(), 1, value, 0)
	l.gatePre = p.quantity(name+"gate_pre", gadget.Identity, l.inGate.source(), 1, gate, 0)

	u := p.signed(name + "u")
	taps := make([]float64, 0, l.e*2*l.k)
	for c := range l.e {
		row := m.ConvWeight[c*l.k : (c+1)*l.k]
		taps = append(taps, row...)
		for _, w := range row {
			if bv == nil {
				taps = append(taps, 0)
			} else {
				taps = append(taps, float64(w*bv[c]))
			}
		}
	}
	sources := append(repeat(product(l.value, l.norm), l.k), repeat(one, l.k)...)
	l.conv = p.linear(name+"conv", taps, m.ConvBias, sources, u)
	l.u = p.quantity(name+"u", gadget.SiLU, l.conv.source(), 1, u, 0)

	z := product(l.gatePre, l.norm)
	l.gate = p.quantity(name+"gate", gadget.SiLU, z, 1, p.signed(name+"gate"), 0)
	if bz != nil {
		l.gateBias = make([]int64, l.e)
		for c, b := range bz {
			l.gateBias[c] = int64(math.RoundToEven(math.Ldexp(b, -z.exp)))
		}
	}
}

// mambaSelect plans B, C and Δ; the low-rank map of Δ is multiplied out.
func (p *planner) mambaSelect(name string, m *ssm.Mamba, l *mambaLayer) {
	us := repeat(l.u.source(), l.e)
	r := m.DtRank
	rows := func(from, count int) []float64 { return m.XProj.Weight[from*l.e : (from+count)*l.e] }
	b, c, dt := p.signed(name+"B"), p.signed(name+"C"), p.unsigned(name+"delta")
	l.bProj = p.linear(name+"B", rows(r, l.n), nil, us, b)
	l.cProj = p.linear(name+"C", rows(r+l.n, l.n), nil, us, c)
	w := make([]float64, l.e*l.e)
	for a := range l.e {
		for i := range l.e {
			sum := 0.0
			for k := range r {
				sum += float64(m.DtProj.Weight[a*r+k] * m.XProj.Weight[k*l.e+i])
			}
			w[a*l.e+i] = sum
		}
	}
	l.dtProj = p.linear(name+"delta", w, m.DtProj.Bias, us, dt)
	l.b = p.quantity(name+"B", gadget.Identity, l.bProj.source(), 1, b, 0)
	l.c = p.quantity(name+"C", gadget.Identity, l.cProj.source(), 1, c, 0)
	l.dt = p.quantity(name+"delta", gadget.Softplus, l.dtProj.source(), 1, dt, 0)
}

// mambaScan plans the state, its readout and the output projection.
func (p *planner) mambaScan(name string, m *ssm.Mamba, l *mambaLayer) {
	p.mambaInject(name, l)
	p.mambaDecay(name, m, l)
	p.mambaState(name, l)

	state, y := p.shifts(name+"state", l.e*l.n), p.shifts(name+"y", l.e)
	if p.q.Minimize == Depth {
		y = make([]int, l.e) // there is no step
	}
	weights := make([]float64, 0, l.e*(l.n+1))
	for c := range l.e {
		for s := range l.n {
			weights = append(weights, math.Ldexp(1, state[c*l.n+s]-y[c]))
		}
		weights = append(weights, math.Ldexp(m.D[c], -y[c]))
	}
	if p.q.Minimize == Depth {
		sources := append(repeat(product(l.state, l.c, l.gate), l.n), product(l.u, l.gate))
		out := p.signed(name + "y")
		gated := scale{exp: out.exp + l.gate.exp, fine: out.fine.times(l.gate.fine)}
		l.scan = p.linear(name+"gated", weights, nil, sources, gated)
		p.mambaOutput(name, m, l, l.scan.source(), y)
		return
	}
	out := p.signed(name + "y")
	l.scan = p.linear(name+"y", weights, nil, append(repeat(product(l.state, l.c), l.n), l.u.source()), out)
	l.y = p.quantity(name+"y", gadget.Identity, l.scan.source(), 1, out, 0)
	p.mambaOutput(name, m, l, product(l.y, l.gate), y)
}

// mambaInject plans Δ·u·B, with Δ·u rounded first unless the goal is depth.
func (p *planner) mambaInject(name string, l *mambaLayer) {
	state := p.shifts(name+"state", l.e*l.n)
	shift := make([]int, l.e*l.n)
	drive := product(l.dt, l.u, l.b)
	if p.q.Minimize == Depth {
		for i, k := range state {
			shift[i] = -k
		}
	} else {
		inject := p.shifts(name+"inject", l.e)
		up := make([]int, l.e)
		for c, k := range inject {
			up[c] = -k
			for s := range l.n {
				shift[c*l.n+s] = k - state[c*l.n+s]
			}
		}
		var in source
		in, l.injectCoef = rescaled(product(l.dt, l.u), up)
		l.inject = p.quantity(name+"inject", gadget.Identity, in, 1, p.signed(name+"inject"), 0)
		drive = product(l.inject, l.b)
	}
	drive, l.driveCoef = rescaled(drive, shift)
	l.input = p.quantity(name+"input", gadget.Identity, drive, 1, p.signed(name+"input"), 0)
}

// mambaDecay plans exp(A·ΣΔ): A is rounded to integers, and every decay is a step on
// a multiple of a sum of Δ.
func (p *planner) mambaDecay(name string, m *ssm.Mamba, l *mambaLayer) {
	decay := p.unit(name + "decay")
	rateExp := decayBits - decay.exp - p.log2Exp(name, slices.Max(m.ALog))
	l.rate = make([]int64, len(m.ALog))
	for i, a := range m.ALog {
		k, ok := gadget.RoundExp(a, rateExp)
		if !ok {
			p.fail(fmt.Errorf("%sdecay: exp(A_log) = exp(%v) does not fit", name, a))
		}
		l.rate[i] = k
	}
	rate := decay.fine.scaled(1 << decayBits) // of the largest rate
	dt := l.dt.source()
	in := source{exp: dt.exp - rateExp, size: dt.size.times(rate), fine: dt.fine.times(rate)}
	l.decay = p.quantity(name+"decay", gadget.Decay, in, 1, decay, 0)
}

// mambaState plans the state: the sum of the input and of the decayed terms, which
// are earlier inputs or, in the recurrent form, the state before.
func (p *planner) mambaState(name string, l *mambaLayer) {
	state := p.signed(name + "state")
	faded := product(l.decay, l.input)
	if p.q.Form == Recurrent {
		faded = product(l.decay, &quantity{scale: state})
	}
	form := source{exp: min(faded.exp, l.input.exp), fine: faded.fine.or(l.input.fine)}
	form.size = form.fine.scaled(16 * (state.largest + l.input.largest))
	l.inputCoef, l.fadedCoef = 1<<(l.input.exp-form.exp), 1<<(faded.exp-form.exp)
	l.state = p.quantity(name+"state", gadget.Identity, form, 1, state, 0)
}

// log2Exp is the number of bits before the binary point of exp(a), decided exactly.
func (p *planner) log2Exp(name string, a float64) int {
	const shift = 16
	k, ok := gadget.RoundExp(a, shift)
	if !ok {
		p.fail(fmt.Errorf("%sdecay: exp(A_log) = exp(%v) does not fit", name, a))
	}
	return bits.Len64(uint64(k)) - shift
}

// mambaOutput plans the block's output, x + OutProj·gated; shift are the exponents of
// the gated values' channels.
func (p *planner) mambaOutput(name string, m *ssm.Mamba, l *mambaLayer, gated source, shift []int) {
	l.out = embedStream(l.x, l.d)
	if m.OutProj.Bias != nil {
		l.out.bias = m.OutProj.Bias
	}
	mix := streamPart{source: gated, cols: l.e}
	for i, w := range m.OutProj.Weight {
		mix.matrix = append(mix.matrix, math.Ldexp(w, shift[i%l.e]))
	}
	l.out.parts = append(l.out.parts, mix)
	if l.open {
		return
	}
	out := p.signed(name + "out")
	weights, bias := l.out.read(identity(l.d))
	l.next = p.linear(name+"out", weights, bias, l.out.sources(), out)
	l.nextCode = p.quantity(name+"out", gadget.Identity, l.next.source(), 1, out, 0)
	l.out = embedStream(l.nextCode.source(), l.d)
}

// identity is the map that changes nothing.
func identity(d int) *ssm.Linear {
	l := &ssm.Linear{Out: d, In: d, Weight: make([]float64, d*d)}
	for i := range d {
		l.Weight[i*d+i] = 1
	}
	return l
}
