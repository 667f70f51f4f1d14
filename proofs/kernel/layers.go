package kernel

import (
	"math"
	"math/bits"
	"math/cmplx"
	"slices"
	"strconv"
)

// The stage equations of the quantised layers, in the order of a layer's computation.

// freeBits is how much finer than other tensors the embedding is rounded.
const freeBits = 8

// network defines all stages and returns those of the outputs.
func (b *binder) network(n *network) (logits, labels *stage) {
	into := b.signed("embed")
	into.exp -= min(freeBits, 24-b.bits)
	embed := &stage{name: "embed", rows: n.d, cols: 1, tokens: make([][]int64, n.d)}
	reach := int64(0)
	for i := range embed.tokens {
		for v := range n.vocab {
			code := int64(math.RoundToEven(math.Ldexp(n.embedding[v*n.d+i], -into.exp)))
			embed.tokens[i] = append(embed.tokens[i], within(code))
			reach = max(reach, code, -code)
		}
	}
	x := streamOf(b.define(embed), source{into.exp, reach, float64(reach)}, n.d)
	open := n.final == nil || n.final.bias == nil && n.head.bias == nil // the head can read what is not rounded
	for i := range n.mamba {
		x = b.mamba(prefix(i), &n.mamba[i], x, i == len(n.mamba)-1 && open)
	}
	for i := range n.s4d {
		x = b.s4d(prefix(i), &n.s4d[i], x)
	}
	return b.head(n, x, open)
}

func prefix(layer int) string { return "L" + strconv.Itoa(layer) + "." }

// both reads the own elements of two stages, for a product.
func both(x, y *stage) func(e element) []reads {
	return func(e element) []reads { return []reads{cell(x, e.t, e.a), cell(y, e.t, e.a)} }
}

func cell(s *stage, t, a int) reads { return reads{s, element{t: t, a: a}, false} }

// norm adds the factor 1/√(mean x² + eps) of a vector and, for a LayerNorm, the centring
// before it: d·x - Σ x, of scale 2^exp/d.
func (b *binder) norm(name string, n *norm, x *stage, src source, centre *curve) (normed *stage, of source, factor *stage) {
	d := len(n.w)
	if centre != nil {
		whole := x
		total := b.shared(name+"sum", 1, func(e element, s *sum) {
			for i := range d {
				s.add(1, cell(whole, e.t, i))
			}
		})
		x = b.step(name+"centre", d, 1, centre, func(e element, s *sum) {
			s.add(int64(d), cell(whole, e.t, e.a))
			s.add(-1, cell(total, e.t, 0))
		})
		src = x.scale().source()
	}
	square := func(t, i int) reads { return reads{x, element{t: t, a: i}, true} }
	if b.q.Digits == 2 && x.tokens == nil {
		squares := b.product(name+"square", d, 1, both(x, x))
		square = func(t, i int) reads { return cell(squares, t, i) }
	}
	into := b.unsigned(name + "norm")
	c := &curve{kind: "rsqrt", exp: 2 * src.exp, den: int64(d), out: into.exp, lo: into.lo, hi: into.hi, eps: n.eps}
	c.to = times(int64(d), times(src.max, src.max))
	c.attained()
	factor = b.step(name+"norm", 1, 1, c, func(e element, s *sum) {
		for i := range d {
			s.add(1, square(e.t, i))
		}
	})
	return x, src, factor
}

// through are rows of a map after a norm: its weight and bias multiplied in.
func through(m *matrix, n *norm, from, to int) (weights, bias []float64) {
	if n.bias != nil || m.bias != nil {
		bias = make([]float64, to-from)
	}
	for r := from; r < to; r++ {
		for i := range m.cols {
			weights = append(weights, float64(m.w[r*m.cols+i]*n.w[i]))
			if n.bias != nil {
				bias[r-from] += float64(m.w[r*m.cols+i] * n.bias[i])
			}
		}
		if m.bias != nil {
			bias[r-from] += m.bias[r]
		}
	}
	return weights, bias
}

// mamba adds one block; an open one leaves its output as a form.
func (b *binder) mamba(name string, l *mambaBlock, in *stream, open bool) *stream {
	x, src, d := in.parts[0].stage, in.parts[0].source, len(l.norm.w)
	var centre *curve
	if l.norm.centres {
		centre = b.curve("identity", src.exp, int64(d), b.signed(name+"centre"))
	}
	normed, normedSource, factor := b.norm(name, &l.norm, x, src, centre)
	wv, bv := through(&l.in, &l.norm, 0, l.e)
	wz, bz := through(&l.in, &l.norm, l.e, 2*l.e)
	scaled := func(part string, w []float64) (*stage, source) { // the norm's factor comes after the map
		s := b.project(name+part, "identity", w, nil, b.signed(name+part), normed, normedSource)
		return b.product(name+part+"·norm", l.e, 1, func(e element) []reads {
			return []reads{cell(s, e.t, e.a), cell(factor, e.t, 0)}
		}), productOf(s.scale(), factor.scale())
	}
	value, valueSource := scaled("value", wv)
	z, zSource := scaled("gate_pre", wz)
	u := b.mambaConv(name, l, bv, value, valueSource)
	gate := b.step(name+"gate", l.e, 1, b.curve("silu", zSource.exp, 1, b.signed(name+"gate")), func(e element, s *sum) {
		if bz != nil {
			s.constant += int64(math.RoundToEven(math.Ldexp(bz[e.a], -zSource.exp)))
		}
		s.add(1, cell(z, e.t, e.a))
	})
	B, C, delta := b.mambaSelect(name, l, u)
	input := b.mambaInput(name, l, u, B, delta)
	state := b.mambaState(name, l, delta, input)
	return b.mambaOutput(name, l, in.parts[0], b.mambaReadout(name, l, state, C, u, gate), open)
}

// project adds a step on a linear map of all elements of a stage.
func (b *binder) project(name, kind string, w, bias []float64, into scale, from *stage, src source) *stage {
	k := roundLinear(w, bias, repeat(src, from.rows), into.exp)
	return b.step(name, k.rows, 1, b.curve(kind, k.exp, 1, into), func(e element, s *sum) { s.row(k, e.a, e.t, from) })
}

// mambaSelect adds B, C and Δ.
func (b *binder) mambaSelect(name string, l *mambaBlock, u *stage) (B, C, delta *stage) {
	src := u.scale().source()

	rows := func(from, count int) []float64 { return l.x.w[from*l.e : (from+count)*l.e] }
	B = b.project(name+"B", "identity", rows(l.r, l.n), nil, b.signed(name+"B"), u, src)
	C = b.project(name+"C", "identity", rows(l.r+l.n, l.n), nil, b.signed(name+"C"), u, src)
	w := make([]float64, l.e*l.e) // Δ's low-rank map, multiplied out
	for i := range w {
		for k := range l.r {
			w[i] += float64(l.dt.w[i/l.e*l.r+k] * l.x.w[k*l.e+i%l.e])
		}
	}
	return B, C, b.project(name+"delta", "softplus", w, l.dt.bias, b.unsigned(name+"delta"), u, src)
}

// mambaOutput is x + Out·mixed, rounded unless the block is open.
func (b *binder) mambaOutput(name string, l *mambaBlock, x, mixed summand, open bool) *stream {
	d := len(l.norm.w)
	out := streamOf(x.stage, x.source, d)
	out.parts = append(out.parts, mixed)
	if l.out.bias != nil {
		out.bias = l.out.bias
	}
	if open {
		return out
	}
	identity := &matrix{rows: d, cols: d, w: make([]float64, d*d)}
	for i := range d {
		identity.w[i*d+i] = 1
	}
	weights, bias, sources := out.read(identity)
	into := b.signed(name + "out")
	k := roundLinear(weights, bias, sources, into.exp)
	next := b.step(name+"out", d, 1, b.curve("identity", k.exp, 1, into), func(e element, s *sum) {
		s.row(k, e.a, e.t, x.stage, mixed.stage)
	})
	return streamOf(next, next.scale().source(), d)
}

// mambaConv adds u = SiLU(conv(value·norm)): taps, and taps on the bias before the
// convolution, which is absent before the start.
func (b *binder) mambaConv(name string, l *mambaBlock, bias []float64, value *stage, src source) *stage {
	var taps []float64
	for a := range l.e {
		row := l.conv[a*l.k : (a+1)*l.k]
		taps = append(taps, row...)
		for _, w := range row {
			if bias == nil {
				taps = append(taps, 0)
			} else {
				taps = append(taps, float64(w*bias[a]))
			}
		}
	}
	into := b.signed(name + "u")
	k := roundLinear(taps, l.convBias, append(repeat(src, l.k), repeat(one, l.k)...), into.exp)
	return b.step(name+"u", l.e, 1, b.curve("silu", k.exp, 1, into), func(e element, s *sum) {
		s.constant += k.constant[e.a]
		for i := range l.k {
			if j := e.t - (l.k - 1) + i; j >= 0 {
				s.add(k.row(e.a)[i], cell(value, j, e.a))
				s.constant += k.row(e.a)[l.k+i]
			}
		}
	})
}

// mambaInput adds Δ·u·B, with Δ·u rounded in between unless the goal is depth.
func (b *binder) mambaInput(name string, l *mambaBlock, u, B, delta *stage) *stage {
	state := b.shifts(name+"state", l.e*l.n)
	same := slices.Equal(state, b.shifts(name+"input", l.e*l.n))
	require(same, "quant.json: %sstate and its input have not the same shifts", name)
	shift := make([]int, l.e*l.n)
	for i, k := range state {
		shift[i] = -k
	}
	drive := productOf(delta.scale(), u.scale(), B.scale())
	factors := func(e element) []reads { return []reads{cell(delta, e.t, e.a), cell(u, e.t, e.a), cell(B, e.t, e.b)} }
	if !b.depth {
		inject, up := b.shifts(name+"inject", l.e), make([]int, l.e)
		for i := range shift {
			shift[i] += inject[i/l.n]
		}
		for a, k := range inject {
			up[a] = -k
		}
		src, coef := rescaled(productOf(delta.scale(), u.scale()), up)
		c := b.curve("identity", src.exp, 1, b.signed(name+"inject"))
		du := b.product(name+"delta·u", l.e, 1, both(delta, u))
		injected := b.step(name+"inject", l.e, 1, c, func(e element, s *sum) { s.add(coef[e.a], cell(du, e.t, e.a)) })
		drive = productOf(injected.scale(), B.scale())
		factors = func(e element) []reads { return []reads{cell(injected, e.t, e.a), cell(B, e.t, e.b)} }
	}
	drive, coef := rescaled(drive, shift)
	c := b.curve("identity", drive.exp, 1, b.signed(name+"input"))
	driven := b.product(name+"delta·u·B", l.e, l.n, factors)
	return b.step(name+"input", l.e, l.n, c, func(e element, s *sum) {
		s.add(coef[e.a*l.n+e.b], reads{driven, e, false})
	})
}

// decayBits is how much finer than the decays the rates are rounded.
const decayBits = 8

// mambaState adds h_t = input_t + Σ_{j<t} exp(A·(Δ_{j+1}+…+Δ_t))·input_j, rounded once, or
// h_t = exp(A·Δ_t)·h_{t-1} + input_t, rounded at every position.
func (b *binder) mambaState(name string, l *mambaBlock, delta, input *stage) *stage {
	unit := b.unit(name + "decay")
	rateExp := decayBits - unit.exp - (bits.Len64(uint64(roundExp(slices.Max(l.aLog), 16))) - 16)
	rate := make([]int64, len(l.aLog))
	for i, a := range l.aLog {
		rate[i] = roundExp(a, rateExp)
	}
	decayCurve := b.curve("exp", delta.scale().exp-rateExp, -1, unit)
	into := b.signed(name + "state")
	inputExp, fadedExp := input.scale().exp, unit.exp+input.scale().exp
	if b.recurrent {
		fadedExp = unit.exp + into.exp
	}
	exp := min(fadedExp, inputExp)
	require(inputExp-exp < 62 && fadedExp-exp < 62, "%sstate: scales are too far apart", name)
	inputCoef, fadedCoef := int64(1)<<(inputExp-exp), int64(1)<<(fadedExp-exp)
	state := &stage{name: name + "state", rows: l.e, cols: l.n, isStep: true, curve: b.curve("identity", exp, 1, into)}
	decay := &stage{name: name + "decay", rows: l.e, cols: l.n, isStep: true, curve: decayCurve}
	scan := mambaScan{state, decay, delta, input, rate, inputCoef, fadedCoef}
	if b.recurrent {
		b.mambaRecurrent(name, &scan)
	} else {
		b.mambaUnrolled(name, &scan)
	}
	b.define(decay)
	return b.define(state)
}

// mambaScan is what the two forms of the scan have in common.
type mambaScan struct {
	state, decay, delta, input *stage
	rate                       []int64 // of the decays, by channel and state
	inputCoef, fadedCoef       int64
}

// mambaRecurrent gives state and decay the forms of one step of the recurrence.
func (b *binder) mambaRecurrent(name string, m *mambaScan) {
	m.decay.form = func(e element, s *sum) { s.add(m.rate[e.a*m.state.cols+e.b], cell(m.delta, e.t, e.a)) }
	faded := &stage{name: name + "decay·state", rows: m.state.rows, cols: m.state.cols}
	faded.factors = func(e element) []reads {
		return []reads{{m.decay, e, false}, {m.state, element{t: e.t - 1, a: e.a, b: e.b}, false}}
	}
	b.define(faded)
	m.state.form = func(e element, s *sum) {
		if e.t > 0 {
			s.add(m.fadedCoef, reads{faded, e, false})
		}
		s.add(m.inputCoef, reads{m.input, e, false})
	}
}

// mambaUnrolled gives them those of the sum over all earlier positions.
func (b *binder) mambaUnrolled(name string, m *mambaScan) {
	total := &stage{name: name + "ΣΔ", rows: m.state.rows, cols: 1, pair: true}
	total.form = func(e element, s *sum) {
		if e.j < e.t-1 {
			s.add(1, reads{total, element{t: e.t - 1, a: e.a, j: e.j}, false})
		}
		s.add(1, cell(m.delta, e.t, e.a))
	}
	b.define(total)
	m.decay.pair = true
	m.decay.form = func(e element, s *sum) {
		s.add(m.rate[e.a*m.state.cols+e.b], reads{total, element{t: e.t, a: e.a, j: e.j}, false})
	}
	faded := &stage{name: name + "decay·input", rows: m.state.rows, cols: m.state.cols, pair: true}
	faded.factors = func(e element) []reads {
		return []reads{{m.decay, e, false}, {m.input, element{t: e.j, a: e.a, b: e.b}, false}}
	}
	b.define(faded)
	m.state.form = func(e element, s *sum) {
		s.add(m.inputCoef, reads{m.input, e, false})
		for j := range e.t {
			s.add(m.fadedCoef, reads{faded, element{e.t, e.a, e.b, j}, false})
		}
	}
}

// mambaReadout adds (Σ h·C + D·u)·gate by channel, which the output map reads.
func (b *binder) mambaReadout(name string, l *mambaBlock, state, C, u, gate *stage) summand {
	hs, cs, us, gs := state.scale(), C.scale(), u.scale(), gate.scale()
	h, shift := b.shifts(name+"state", l.e*l.n), make([]int, l.e)
	if !b.depth {
		shift = b.shifts(name+"y", l.e)
	}
	var weights []float64
	for a := range l.e {
		for m := range l.n {
			weights = append(weights, math.Ldexp(1, h[a*l.n+m]-shift[a]))
		}
		weights = append(weights, math.Ldexp(l.d[a], -shift[a]))
	}
	mixed := summand{cols: l.e}
	for i, w := range l.out.w {
		mixed.matrix = append(mixed.matrix, math.Ldexp(w, shift[i%l.e]))
	}
	into := b.signed(name + "y")
	form := func(k *linear, products, skip *stage) func(e element, s *sum) {
		return func(e element, s *sum) {
			for m := range l.n {
				s.add(k.row(e.a)[m], reads{products, element{t: e.t, a: e.a, b: m}, false})
			}
			s.add(k.row(e.a)[l.n], cell(skip, e.t, e.a))
		}
	}
	hc := func(e element) []reads { return []reads{{state, e, false}, cell(C, e.t, e.b)} }
	if b.depth {
		k := roundLinear(weights, nil, append(repeat(productOf(hs, cs, gs), l.n), productOf(us, gs)), into.exp+gs.exp)
		hcg := b.product(name+"state·C·gate", l.e, l.n, func(e element) []reads { return append(hc(e), cell(gate, e.t, e.a)) })
		ug := b.product(name+"u·gate", l.e, 1, both(u, gate))
		mixed.stage, mixed.source = b.shared(name+"gated", l.e, form(k, hcg, ug)), k.source
		return mixed
	}
	k := roundLinear(weights, nil, append(repeat(productOf(hs, cs), l.n), us.source()), into.exp)
	products := b.product(name+"state·C", l.e, l.n, hc)
	y := b.step(name+"y", l.e, 1, b.curve("identity", k.exp, 1, into), form(k, products, u))
	mixed.stage, mixed.source = b.product(name+"y·gate", l.e, 1, both(y, gate)), productOf(y.scale(), gs)
	return mixed
}

// streamNorm adds a norm on the stream and returns the stream after it.
func (b *binder) streamNorm(name string, n *norm, in *stream) *stream {
	into, d := b.signed(name+"centre"), len(n.w)
	w, bias, sources := in.own(func(int) float64 { return 1 })
	k := roundLinear(w, bias, sources, into.exp)
	whole := b.shared(name+"whole", d, func(e element, s *sum) { s.own(k, e.t, e.a, in.parts) })
	src, centre := k.source, b.curve("identity", k.exp, int64(d), into)
	if !n.centres {
		unrounded := whole
		whole = b.step(name+"centre", d, 1, b.curve("identity", k.exp, 1, into), func(e element, s *sum) {
			s.add(1, cell(unrounded, e.t, e.a))
		})
		src, centre = whole.scale().source(), nil
	}
	centred, _, factor := b.norm(name, n, whole, src, centre)
	normed := b.product(name+"centre·norm", d, 1, func(e element) []reads {
		return []reads{cell(centred, e.t, e.a), cell(factor, e.t, 0)}
	})
	after := summand{source: productOf(centred.scale(), factor.scale()), stage: normed, weight: n.w, cols: d}
	out := &stream{[]summand{after}, n.bias}
	if out.bias == nil {
		out.bias = make([]float64, d)
	}
	return out
}

// s4d adds one block: GELU of the mixing, the gated linear unit, and the norm.
func (b *binder) s4d(name string, l *s4dBlock, in *stream) *stream {
	mixed, d := in, len(l.d)
	if l.pre {
		mixed = b.streamNorm(name, &l.norm, in)
	}
	into := b.signed(name + "gelu")
	gelu := &stage{name: name + "gelu", rows: d, cols: 1, isStep: true}
	exp := 0
	if b.recurrent {
		gelu.form, exp = b.s4dRecurrence(name, l, mixed, into.exp)
	} else {
		gelu.form, exp = b.s4dKernel(l, mixed, into.exp)
	}
	gelu.curve = b.curve("gelu", exp, 1, into)
	b.folded(gelu)
	half := func(part, kind string, from int, into scale, finer int) *stage {
		var bias []float64
		if l.out.bias != nil {
			bias = l.out.bias[from : from+d]
		}
		k := roundLinear(l.out.w[from*d:(from+d)*d], bias, repeat(gelu.scale().source(), d), into.exp+finer)
		return b.step(name+part, d, 1, b.curve(kind, k.exp, 1, into), func(e element, s *sum) { s.row(k, e.a, e.t, gelu) })
	}
	value := half("value", "identity", 0, b.signed(name+"value"), 0)
	gate := half("gate", "sigmoid", d, b.unit(name+"gate"), 2) // the sigmoid's slope is at most 1/4
	glu := b.product(name+"value·gate", d, 1, both(value, gate))
	out := &stream{append(slices.Clone(in.parts), streamOf(glu, productOf(value.scale(), gate.scale()), d).parts...), in.bias}
	if l.pre {
		return out
	}
	return b.streamNorm(name, &l.norm, out)
}

// window is the number of lags whose coefficients' errors stay below the guard together.
const window = 64

// s4dKernel is Σ_{j<=t} K_{t-j}·x_j + D·x_t, by lag: d rows of the channel's own elements.
func (b *binder) s4dKernel(l *s4dBlock, in *stream, out int) (form func(e element, s *sum), exp int) {
	lags := max(b.length, window)
	kernel, reach := l.kernel(lags), 1.0
	for _, p := range in.parts {
		reach += float64(p.max) * window
	}
	_, log := math.Frexp(reach)
	var taps []*linear
	for exp = out - guard - log; taps == nil; exp++ {
		wide := 0.0
		for lag := range lags {
			w, bias, sources := in.own(func(i int) float64 {
				if lag == 0 {
					return kernel[i][0] + l.d[i]
				}
				return kernel[i][lag]
			})
			k := &linear{rows: len(l.d), cols: len(sources), source: source{exp: exp}}
			if !k.round(w, bias, sources) {
				wide = math.Inf(1)
				break
			}
			if lag < window {
				wide += k.wide
			}
			taps = append(taps, k)
		}
		if !(wide < 1<<formBits) {
			require(exp < out+1024, "the kernel does not fit at any scale")
			taps = nil
		}
	}
	return func(e element, s *sum) {
		for j := e.t; j >= 0; j-- {
			s.own(taps[e.t-j], j, e.a, in.parts)
		}
	}, exp - 1
}

// kernel is K_l = 2·Re Σ_m c·(exp(a·dt) - 1)/a·exp(a·dt·l) by channel, in float64. Its exp, sin
// and cos are the platform's: see docs/design/exactness.md.
func (l *s4dBlock) kernel(lags int) [][]float64 {
	exp := func(re, im float64) (float64, float64) {
		scale := math.Exp(re)
		sin, cos := math.Sincos(im)
		return float64(scale * cos), float64(scale * sin)
	}
	out := make([][]float64, len(l.d))
	for i := range out {
		out[i] = make([]float64, lags)
		dt := math.Exp(l.logDt[i])
		for m := range l.modes {
			at := i*l.modes + m
			are, aim := -math.Exp(l.logRe[at]), l.im[at]
			ere, eim := float64(are*dt), float64(aim*dt)
			pre, pim := exp(ere, eim)
			pre--
			// gain = (pole - 1)/a, times c
			size := float64(are*are) + float64(aim*aim)
			gre := (float64(pre*are) - float64(pim*-aim)) / size
			gim := (float64(pre*-aim) + float64(pim*are)) / size
			wre := float64(l.cRe[at]*gre) - float64(l.cIm[at]*gim)
			wim := float64(l.cRe[at]*gim) + float64(l.cIm[at]*gre)
			for lag := range lags {
				re, im := exp(float64(ere*float64(lag)), float64(eim*float64(lag)))
				out[i][lag] += 2 * (float64(wre*re) - float64(wim*im))
			}
		}
	}
	return out
}

// s4dRecurrence adds the modes, s_t = exp(a·dt)·s_{t-1} + x_t, and is their readout.
func (b *binder) s4dRecurrence(name string, l *s4dBlock, in *stream, out int) (form func(e element, s *sum), exp int) {
	into := b.signed(name + "state")
	var weights, bias, readout, readBias []float64
	var parts []source
	for _, p := range in.parts {
		parts = append(parts, p.source)
	}
	for i := range l.d {
		for m := range l.modes {
			at := i*l.modes + m
			a := complex(-math.Exp(l.logRe[at]), l.im[at])
			pole := cmplx.Exp(a * complex(math.Exp(l.logDt[i]), 0))
			w := complex(l.cRe[at], l.cIm[at]) * (pole - 1) / a
			weights = append(weights, real(pole), -imag(pole))
			for _, p := range in.parts {
				weights = append(weights, p.weight[i])
			}
			weights = append(append(weights, imag(pole), real(pole)), make([]float64, len(parts))...)
			bias, readout = append(bias, in.bias[i], 0), append(readout, 2*real(w), -2*imag(w))
		}
		for _, p := range in.parts {
			readout = append(readout, l.d[i]*p.weight[i])
		}
		readBias = append(readBias, l.d[i]*in.bias[i])
	}
	state := roundLinear(weights, bias, append(repeat(into.source(), 2), parts...), into.exp)
	c := b.curve("identity", state.exp, 1, into)
	var modes [2]*stage
	for part, suffix := range []string{"state.re", "state.im"} {
		modes[part] = &stage{name: name + suffix, rows: len(l.d), cols: l.modes, isStep: true, curve: c}
		modes[part].form = func(e element, s *sum) {
			r := (e.a*l.modes+e.b)*2 + part
			s.constant += state.constant[r]
			if before := (element{t: e.t - 1, a: e.a, b: e.b}); e.t > 0 {
				s.add(state.row(r)[0], reads{modes[0], before, false})
				s.add(state.row(r)[1], reads{modes[1], before, false})
			}
			for p, x := range in.parts {
				s.add(state.row(r)[2+p], cell(x.stage, e.t, e.a))
			}
		}
	}
	b.define(modes[0])
	b.define(modes[1])
	read := roundLinear(readout, readBias, append(repeat(into.source(), 2*l.modes), parts...), out)
	return func(e element, s *sum) {
		s.constant += read.constant[e.a]
		for m := range l.modes {
			s.add(read.row(e.a)[2*m], reads{modes[0], element{t: e.t, a: e.a, b: m}, false})
			s.add(read.row(e.a)[2*m+1], reads{modes[1], element{t: e.t, a: e.a, b: m}, false})
		}
		for p, x := range in.parts {
			s.add(read.row(e.a)[2*l.modes+p], cell(x.stage, e.t, e.a))
		}
	}, read.exp
}

// logitBits is how much finer than the precision the logits' coefficients are.
const logitBits = 3

// head adds the logits and the argmax. A positive factor of all logits does not change the
// argmax, so an open head leaves the norm's out and folds the centring into its rows.
func (b *binder) head(n *network, in *stream, open bool) (logits, labels *stage) {
	out, head := b.signedBy("logits", logitBits).exp, n.head
	switch {
	case n.final == nil:
	case open:
		weights, _ := through(&head, n.final, 0, head.rows)
		for at := 0; n.final.centres && at < len(weights); at += head.cols {
			total := 0.0
			for _, w := range weights[at : at+head.cols] {
				total += w
			}
			for i := range head.cols {
				weights[at+i] -= total / float64(head.cols)
			}
		}
		head = matrix{rows: head.rows, cols: head.cols, w: weights}
		largest, _ := b.largest("final.norm", 0)
		_, log := math.Frexp(largest)
		out -= log
	default:
		in = b.streamNorm("final.", n.final, in)
	}
	weights, bias, sources := in.read(&head)
	k := roundLinear(weights, bias, sources, out)
	var from []*stage
	for _, p := range in.parts {
		from = append(from, p.stage)
	}
	row := func(e element, s *sum) { s.row(k, e.a, e.t, from...) }
	logits = b.define(&stage{name: "logits", rows: head.rows, cols: 1, form: row})
	return logits, b.argmax(logits)
}

// argmax adds [c beats d], c < d, and labels: c beats all later classes and no earlier one
// beats it, so ties go to the lowest.
func (b *binder) argmax(logits *stage) *stage {
	var pairs [][2]int
	index := map[[2]int]int{}
	for c := range logits.rows {
		for d := c + 1; d < logits.rows; d++ {
			index[[2]int{c, d}] = len(pairs)
			pairs = append(pairs, [2]int{c, d})
		}
	}
	wins := b.define(&stage{name: "argmax.compare", rows: len(pairs), cols: 1, isStep: true, form: func(e element, s *sum) {
		s.add(1, cell(logits, e.t, pairs[e.a][0]))
		s.add(-1, cell(logits, e.t, pairs[e.a][1]))
	}})
	labels := &stage{name: "argmax.label", rows: logits.rows, cols: 1, isStep: true, bit: int64(logits.rows - 1)}
	labels.form = func(e element, s *sum) {
		for d := range logits.rows {
			switch {
			case d > e.a:
				s.add(1, cell(wins, e.t, index[[2]int{e.a, d}]))
			case d < e.a:
				s.constant++
				s.add(-1, cell(wins, e.t, index[[2]int{d, e.a}]))
			}
		}
	}
	return b.define(labels)
}
