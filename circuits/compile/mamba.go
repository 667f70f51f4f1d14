package compile

import (
	"fmt"
	"math"

	"tc0/circuits/gadget"
	"tc0/theory/ssm"
)

// freeBits is how much finer than other tensors the embedding is rounded: its
// codes are tables of the token and cost nothing.
const freeBits = 8

// decayBits is how much finer than the precision the decay rates are rounded,
// so that the error of A·ΣΔ stays below a step over long sums.
const decayBits = 8

// mambaLayer holds the integers of one quantised Mamba block: for every stage
// the rounded coefficients of its forms and the scale it rounds into.
type mambaLayer struct {
	d, e, n, k int
	layerNorm  bool
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
	input      *quantity // delta·u·B
	rate       []int64   // e x n: A in units of 2^-rateExp
	decay      *quantity
	state      *quantity
	inputCoef  int64     // of input in the state's form
	fadedCoef  int64     // of the decayed terms
	scan       *linear   // e x (n+1): n products h·C, then u
	y          *quantity // nil where the three-fold product is used
	out        *linear   // d x (1+e): the block's input, then the gated outputs
	next       *quantity
}

// mambaPrefix is the name of a layer's tensors in the quantisation.
func mambaPrefix(layer int) string { return fmt.Sprintf("L%d.", layer) }

// planner makes the integers of a model from its quantisation.
type planner struct {
	q      *Quant
	bits   int
	length int
	t      *tables
	err    error
	report []Finding
}

// Finding is something about the quantisation that a user should know.
type Finding struct {
	Stage string `json:"stage"`
	Text  string `json:"text"`
}

// signed and unsigned are the scale of a calibrated tensor.
func (p *planner) signed(name string) scale   { return p.scale(name, signedScale) }
func (p *planner) unsigned(name string) scale { return p.scale(name, unsignedScale) }

func (p *planner) scale(name string, make func(float64, int) scale) scale {
	t, err := p.q.tensor(name)
	if err != nil {
		p.fail(err)
		return scale{hi: 1}
	}
	return make(t.Max, max(2, p.bits+t.Extra))
}

func (p *planner) fail(err error) {
	if p.err == nil {
		p.err = err
	}
}

func (p *planner) quantity(name string, kind gadget.Kind, inExp int, inDen int64, s scale, eps float64) *quantity {
	if p.err != nil {
		return &quantity{scale: s}
	}
	q, err := p.t.quantity(kind, inExp, inDen, s, eps)
	if err != nil {
		p.fail(fmt.Errorf("%s: %w", name, err))
		return &quantity{scale: s}
	}
	return q
}

// linear rounds a matrix and reports what the rounding lost.
func (p *planner) linear(name string, weights, bias []float64, sources []source, outExp int) *linear {
	l := roundLinear(weights, bias, sources, outExp)
	if l.vanished > 0 {
		p.report = append(p.report, Finding{name, fmt.Sprintf("%d of %d non-zero coefficients vanish at this precision", l.vanished, len(weights))})
	}
	if l.coarse {
		p.report = append(p.report, Finding{name, fmt.Sprintf("coefficients rounded to 2^%d only, to keep the form within %d bits", l.exp, formBits)})
	}
	return l
}

func repeat(s source, n int) []source {
	out := make([]source, n)
	for i := range out {
		out[i] = s
	}
	return out
}

// mamba plans one block whose input has the given source.
func (p *planner) mamba(layer int, m *ssm.Mamba, x source) *mambaLayer {
	name := mambaPrefix(layer)
	l := &mambaLayer{d: m.DModel, e: m.DInner, n: m.DState, k: m.DConv, x: x, layerNorm: m.Norm.Kind == ssm.LayerNorm}
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
		*centre = p.quantity(name+"centre", gadget.Identity, x.exp, d, p.signed(name+"centre"), 0)
		x = (*centre).source()
	}
	*factor = p.quantity(name+"norm", gadget.RSqrt, 2*x.exp, d, p.unsigned(name+"norm"), n.Eps)
	return x
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
	l.inValue = p.linear(name+"value", wv, nil, repeat(normed, l.d), value.exp)
	l.inGate = p.linear(name+"gate_pre", wz, nil, repeat(normed, l.d), gate.exp)
	l.value = p.quantity(name+"value", gadget.Identity, l.inValue.exp, 1, value, 0)
	l.gatePre = p.quantity(name+"gate_pre", gadget.Identity, l.inGate.exp, 1, gate, 0)

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
	sources := append(repeat(product(l.value.source(), l.norm.source()), l.k), repeat(source{0, 1}, l.k)...)
	l.conv = p.linear(name+"conv", taps, m.ConvBias, sources, u.exp)
	l.u = p.quantity(name+"u", gadget.SiLU, l.conv.exp, 1, u, 0)

	z := product(l.gatePre.source(), l.norm.source())
	l.gate = p.quantity(name+"gate", gadget.SiLU, z.exp, 1, p.signed(name+"gate"), 0)
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
	l.bProj = p.linear(name+"B", rows(r, l.n), nil, us, b.exp)
	l.cProj = p.linear(name+"C", rows(r+l.n, l.n), nil, us, c.exp)
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
	l.dtProj = p.linear(name+"delta", w, m.DtProj.Bias, us, dt.exp)
	l.b = p.quantity(name+"B", gadget.Identity, l.bProj.exp, 1, b, 0)
	l.c = p.quantity(name+"C", gadget.Identity, l.cProj.exp, 1, c, 0)
	l.dt = p.quantity(name+"delta", gadget.Softplus, l.dtProj.exp, 1, dt, 0)
}

// mambaScan plans the state, its readout and the output projection.
func (p *planner) mambaScan(name string, m *ssm.Mamba, l *mambaLayer) {
	drive := product(l.dt.source(), l.u.source())
	if p.q.Minimize == Depth {
		l.input = p.quantity(name+"input", gadget.Identity, product(drive, l.b.source()).exp, 1, p.signed(name+"input"), 0)
	} else {
		l.inject = p.quantity(name+"inject", gadget.Identity, drive.exp, 1, p.signed(name+"inject"), 0)
		l.input = p.quantity(name+"input", gadget.Identity, product(l.inject.source(), l.b.source()).exp, 1, p.signed(name+"input"), 0)
	}

	fastest := 0.0
	for _, a := range m.ALog {
		fastest = max(fastest, math.Exp(a))
	}
	_, log := math.Frexp(fastest)
	rateExp := p.bits + decayBits - log
	l.rate = make([]int64, len(m.ALog))
	for i, a := range m.ALog {
		k, ok := gadget.RoundExp(a, rateExp)
		if !ok {
			p.fail(fmt.Errorf("%sdecay: exp(A_log) = exp(%v) does not fit", name, a))
		}
		l.rate[i] = k
	}
	l.decay = p.quantity(name+"decay", gadget.Decay, l.dt.exp-rateExp, 1, p.unit(name+"decay"), 0)
	state := p.signed(name + "state")
	faded := l.input.exp + l.decay.exp
	if p.q.Form == Recurrent {
		faded = state.exp + l.decay.exp
	}
	form := min(faded, l.input.exp)
	l.inputCoef, l.fadedCoef = 1<<(l.input.exp-form), 1<<(faded-form)
	l.state = p.quantity(name+"state", gadget.Identity, form, 1, state, 0)

	weights := make([]float64, 0, l.e*(l.n+1))
	for c := range l.e {
		for range l.n {
			weights = append(weights, 1)
		}
		weights = append(weights, m.D[c])
	}
	hc := product(l.state.source(), l.c.source())
	if p.q.Minimize == Depth {
		sources := append(repeat(product(hc, l.gate.source()), l.n), product(l.u.source(), l.gate.source()))
		y, err := p.q.tensor(name + "y")
		if err != nil {
			p.fail(err)
			return
		}
		l.scan = p.linear(name+"gated", weights, nil, sources, signedScale(y.Max, p.bits).exp+l.gate.exp)
		p.mambaOutput(name, m, l, source{l.scan.exp, l.scan.max})
		return
	}
	y := p.signed(name + "y")
	l.scan = p.linear(name+"y", weights, nil, append(repeat(hc, l.n), l.u.source()), y.exp)
	l.y = p.quantity(name+"y", gadget.Identity, l.scan.exp, 1, y, 0)
	p.mambaOutput(name, m, l, product(l.y.source(), l.gate.source()))
}

// unit is the scale of a tensor with values in [0,1).
func (p *planner) unit(name string) scale {
	t, err := p.q.tensor(name)
	if err != nil {
		p.fail(err)
		return scale{hi: 1}
	}
	bits := max(2, p.bits+t.Extra)
	return scale{-bits, 0, int64(1)<<bits - 1}
}

func (p *planner) mambaOutput(name string, m *ssm.Mamba, l *mambaLayer, gated source) {
	out := p.signed(name + "out")
	weights := make([]float64, 0, l.d*(1+l.e))
	for i := range l.d {
		weights = append(weights, 1)
		weights = append(weights, m.OutProj.Weight[i*l.e:(i+1)*l.e]...)
	}
	l.out = p.linear(name+"out", weights, m.OutProj.Bias, append([]source{l.x}, repeat(gated, l.e)...), out.exp)
	l.next = p.quantity(name+"out", gadget.Identity, l.out.exp, 1, out, 0)
}
