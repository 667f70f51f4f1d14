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

// outputs defines all stages and returns those of the outputs.
func (b *binder) outputs() (logits, labels *stage) {
	n := b.network
	exp := b.signed("embed").exp - min(freeBits, 24-b.semantics.Bits)
	embed := &stage{name: "embed", rows: n.d, cols: 1, tokens: make([][]int64, n.d), source: source{exp: exp}}
	for i := range embed.tokens {
		for v := range b.semantics.Vocabulary {
			code := within(int64(math.RoundToEven(math.Ldexp(n.embedding[v*n.d+i], -exp))))
			embed.tokens[i] = append(embed.tokens[i], code)
			embed.max = max(embed.max, code, -code)
		}
	}
	embed.wide = float64(embed.max)
	x := streamOf(b.define(embed), nil, nil)
	open := n.final == nil || n.final.bias == nil && n.head.bias == nil // the head can read what is not rounded
	for i := range n.mamba {
		x = b.mamba("L"+strconv.Itoa(i)+".", &n.mamba[i], x, i == len(n.mamba)-1 && open)
	}
	for i := range n.s4d {
		x = b.s4d("L"+strconv.Itoa(i)+".", &n.s4d[i], x)
	}
	return b.head(x, open)
}

// linear adds a step on a linear map of all elements of some stages.
func (b *binder) linear(name, kind string, w, bias []float64, into scale, finer int, xs ...*stage) *stage {
	k := roundLinear(w, bias, sourcesOf(xs...), into.exp+finer)
	return b.step(name, k.rows, 1, b.curve(kind, k.exp, 1, into), func(e element, s *sum) { s.row(k, e.a, e.t, xs...) })
}

// norm adds the factor 1/√(mean x² + eps) of a vector and, for a LayerNorm, the centring
// before it: d·x - Σ x, of scale 2^exp/d.
func (b *binder) norm(name string, n *norm, x *stage) (normed, factor *stage) {
	d := len(n.w)
	if n.centres {
		whole := x
		total := b.shared(name+"sum", 1, source{}, func(e element, s *sum) {
			for i := range d {
				s.add(1, whole, element{t: e.t, a: i})
			}
		})
		c := b.curve("identity", whole.exp, int64(d), b.signed(name+"centre"))
		x = b.step(name+"centre", d, 1, c, func(e element, s *sum) {
			s.add(int64(d), whole, e)
			s.add(-1, total, e)
		})
	}
	squares := x.squared()
	if b.quant.Digits == 2 && x.tokens == nil {
		squares = b.product(name+"square", d, 1, x, x)
	}
	into := b.unsigned(name + "norm")
	c := &curve{kind: "rsqrt", exp: 2 * x.exp, den: int64(d), out: into.exp, lo: into.lo, hi: into.hi, eps: n.eps}
	c.to = times(int64(d), times(x.max, x.max))
	c.attained()
	return x, b.step(name+"norm", 1, 1, c, func(e element, s *sum) {
		for i := range d {
			s.add(1, squares, element{t: e.t, a: i})
		}
	})
}

// mamba adds one block; an open one leaves its output as a form. The norm's factor comes after the
// maps that read it.
func (b *binder) mamba(name string, l *mambaBlock, in *stream, open bool) *stream {
	x := in.parts[0].stage
	normed, factor := b.norm(name, &l.norm, x)
	after := streamOf(normed, l.norm.w, l.norm.bias)
	half := func(part string, from int) (scaled *stage, bias []float64) {
		w, bias := after.read(l.in.part(from, l.e))
		s := b.linear(name+part, "identity", w, nil, b.signed(name+part), 0, normed)
		return b.product(name+part+"·norm", l.e, 1, s, factor), bias
	}
	value, vBias := half("value", 0)
	z, zBias := half("gate_pre", l.e)
	u := b.mambaConv(name, l, vBias, value)
	gate := b.step(name+"gate", l.e, 1, b.curve("silu", z.exp, 1, b.signed(name+"gate")), func(e element, s *sum) {
		s.constant += int64(math.RoundToEven(math.Ldexp(zBias[e.a], -z.exp)))
		s.add(1, z, e)
	})
	project := func(part string, from int) *stage {
		return b.linear(name+part, "identity", l.x.part(from, l.n).w, nil, b.signed(name+part), 0, u)
	}
	B, C := project("B", l.r), project("C", l.r+l.n)
	w := make([]float64, l.e*l.e) // Δ's low-rank map, multiplied out
	for i := range w {
		for k := range l.r {
			w[i] += float64(l.dt.w[i/l.e*l.r+k] * l.x.w[k*l.e+i%l.e])
		}
	}
	delta := b.linear(name+"delta", "softplus", w, l.dt.bias, b.unsigned(name+"delta"), 0, u)
	state := b.mambaState(name, l, delta, b.mambaInput(name, l, u, B, delta))
	out := streamOf(x, nil, l.out.bias)
	out.parts = append(out.parts, b.mambaReadout(name, l, state, C, u, gate))
	if open {
		return out
	}
	d := len(l.norm.w)
	weights, bias := out.read(&matrix{rows: d, cols: d, w: diagonal(d, nil)})
	next := b.linear(name+"out", "identity", weights, bias, b.signed(name+"out"), 0, out.stages()...)
	return streamOf(next, nil, nil)
}

// mambaConv adds u = SiLU(conv(value·norm)): taps, and taps on the bias before the
// convolution, which is absent before the start.
func (b *binder) mambaConv(name string, l *mambaBlock, bias []float64, value *stage) *stage {
	var taps []float64
	for a := range l.e {
		row := l.conv[a*l.k : (a+1)*l.k]
		taps = append(taps, row...)
		for _, w := range row {
			taps = append(taps, float64(w*bias[a]))
		}
	}
	into := b.signed(name + "u")
	one := source{max: 1, wide: 1}
	k := roundLinear(taps, l.convBias, append(repeat(value.source, l.k), repeat(one, l.k)...), into.exp)
	return b.step(name+"u", l.e, 1, b.curve("silu", k.exp, 1, into), func(e element, s *sum) {
		s.constant += k.constant[e.a]
		for i := range l.k {
			if j := e.t - (l.k - 1) + i; j >= 0 {
				s.add(k.row(e.a)[i], value, element{t: j, a: e.a})
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
	factors := []*stage{delta, u, B.byColumn()}
	if !b.depth {
		inject, up := b.shifts(name+"inject", l.e), make([]int, l.e)
		for i := range shift {
			shift[i] += inject[i/l.n]
			up[i/l.n] = -inject[i/l.n]
		}
		du := b.product(name+"delta·u", l.e, 1, delta, u)
		exp, coef := rescaled(du.exp, up)
		c := b.curve("identity", exp, 1, b.signed(name+"inject"))
		injected := b.step(name+"inject", l.e, 1, c, func(e element, s *sum) { s.add(coef[e.a], du, e) })
		factors = []*stage{injected, B.byColumn()}
	}
	driven := b.product(name+"delta·u·B", l.e, l.n, factors...)
	exp, coef := rescaled(driven.exp, shift)
	c := b.curve("identity", exp, 1, b.signed(name+"input"))
	return b.step(name+"input", l.e, l.n, c, func(e element, s *sum) { s.add(coef[e.a*l.n+e.b], driven, e) })
}

// decayBits is how much finer than the decays the rates are rounded.
const decayBits = 8

// mambaState adds h_t = input_t + Σ_{j<t} exp(A·(Δ_{j+1}+…+Δ_t))·input_j, rounded once, or
// h_t = exp(A·Δ_t)·h_{t-1} + input_t, rounded at every position.
func (b *binder) mambaState(name string, l *mambaBlock, delta, input *stage) *stage {
	unit, into := b.unit(name+"decay"), b.signed(name+"state")
	rateExp := decayBits - unit.exp - (bits.Len64(uint64(roundExp(slices.Max(l.aLog), 16))) - 16)
	rate := make([]int64, len(l.aLog))
	for i, a := range l.aLog {
		rate[i] = roundExp(a, rateExp)
	}
	grid := func(part string, kind uint8, c *curve) *stage {
		return &stage{name: name + part, rows: l.e, cols: l.n, kind: kind, curve: c, pair: !b.recurrent && part != "state"}
	}
	decay := grid("decay", nodeStep, b.curve("exp", delta.exp-rateExp, -1, unit))
	faded, fadedExp, time := grid("decay·input", nodeProduct, nil), unit.exp+input.exp, delta
	if b.recurrent {
		faded.name, fadedExp = name+"decay·state", unit.exp+into.exp
	} else {
		time = b.elapsed(name+"ΣΔ", delta)
	}
	exp := min(fadedExp, input.exp)
	require(input.exp-exp < 62 && fadedExp-exp < 62, "%sstate: scales are too far apart", name)
	inputCoef, fadedCoef := int64(1)<<(input.exp-exp), int64(1)<<(fadedExp-exp)
	state := grid("state", nodeStep, b.curve("identity", exp, 1, into))
	decay.form = func(e element, s *sum) { s.add(rate[e.a*l.n+e.b], time, e) }
	faded.form = func(e element, s *sum) {
		s.add(1, decay, e)
		if b.recurrent {
			s.add(1, state, element{t: e.t - 1, a: e.a, b: e.b})
		} else {
			s.add(1, input, element{t: e.j, a: e.a, b: e.b})
		}
	}
	state.form = func(e element, s *sum) {
		if b.recurrent && e.t > 0 {
			s.add(fadedCoef, faded, e)
		}
		s.add(inputCoef, input, e)
		for j := 0; j < e.t && !b.recurrent; j++ {
			s.add(fadedCoef, faded, element{e.t, e.a, e.b, j})
		}
	}
	b.define(decay)
	b.define(faded)
	return b.define(state)
}

// elapsed adds the sums Δ_{j+1} + … + Δ_t.
func (b *binder) elapsed(name string, delta *stage) *stage {
	total := &stage{name: name, rows: delta.rows, cols: 1, kind: nodeForm, pair: true}
	total.form = func(e element, s *sum) {
		if e.j < e.t-1 {
			s.add(1, total, element{t: e.t - 1, a: e.a, j: e.j})
		}
		s.add(1, delta, e)
	}
	return b.define(total)
}

// mambaReadout adds (Σ h·C + D·u)·gate by channel, which the output map reads.
func (b *binder) mambaReadout(name string, l *mambaBlock, state, C, u, gate *stage) summand {
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
	mixed := summand{matrix: slices.Clone(l.out.w)}
	for i, w := range l.out.w {
		mixed.matrix[i] = math.Ldexp(w, shift[i%l.e])
	}
	into := b.signed(name + "y")
	part, hc, skip, out := "state·C", []*stage{state, C.byColumn()}, u, into.exp
	if b.depth { // the gate is a third factor
		part, hc, out = "state·C·gate", append(hc, gate), into.exp+gate.exp
		skip = b.product(name+"u·gate", l.e, 1, u, gate)
	}
	products := b.product(name+part, l.e, l.n, hc...)
	k := roundLinear(weights, nil, append(repeat(products.source, l.n), skip.source), out)
	form := func(e element, s *sum) {
		for m := range l.n {
			s.add(k.row(e.a)[m], products, element{t: e.t, a: e.a, b: m})
		}
		s.add(k.row(e.a)[l.n], skip, e)
	}
	if b.depth {
		mixed.stage = b.shared(name+"gated", l.e, k.source, form)
	} else {
		y := b.step(name+"y", l.e, 1, b.curve("identity", k.exp, 1, into), form)
		mixed.stage = b.product(name+"y·gate", l.e, 1, y, gate)
	}
	return mixed
}

// streamNorm adds a norm on the stream and returns the stream after it.
func (b *binder) streamNorm(name string, n *norm, in *stream) *stream {
	into, d := b.signed(name+"centre"), len(n.w)
	w, bias, sources := in.own(func(int) float64 { return 1 })
	k := roundLinear(w, bias, sources, into.exp)
	whole := b.shared(name+"whole", d, k.source, func(e element, s *sum) { s.own(k, e.a, e.t, in.stages()...) })
	if !n.centres {
		unrounded := whole
		c := b.curve("identity", k.exp, 1, into)
		whole = b.step(name+"centre", d, 1, c, func(e element, s *sum) { s.add(1, unrounded, e) })
	}
	centred, factor := b.norm(name, n, whole)
	return streamOf(b.product(name+"centre·norm", d, 1, centred, factor), n.w, n.bias)
}

// s4d adds one block: GELU of the mixing, the gated linear unit, and the norm.
func (b *binder) s4d(name string, l *s4dBlock, in *stream) *stream {
	mixed, d := in, len(l.d)
	if l.pre {
		mixed = b.streamNorm(name, &l.norm, in)
	}
	into := b.signed(name + "gelu")
	mixing := b.s4dKernel
	if b.recurrent {
		mixing = b.s4dRecurrence
	}
	form, exp := mixing(name, l, mixed, into.exp)
	gelu := b.step(name+"gelu", d, 1, b.curve("gelu", exp, 1, into), form)
	half := func(part, kind string, from int, into scale, finer int) *stage {
		m := l.out.part(from, d)
		return b.linear(name+part, kind, m.w, m.bias, into, finer, gelu)
	}
	value := half("value", "identity", 0, b.signed(name+"value"), 0)
	gate := half("gate", "sigmoid", d, b.unit(name+"gate"), 2) // the sigmoid's slope is at most 1/4
	glu := streamOf(b.product(name+"value·gate", d, 1, value, gate), nil, nil)
	out := &stream{append(slices.Clone(in.parts), glu.parts...), in.bias}
	if l.pre {
		return out
	}
	return b.streamNorm(name, &l.norm, out)
}

// window is the number of lags whose coefficients' errors stay below the guard together.
const window = 64

// s4dKernel is Σ_{j<=t} K_{t-j}·x_j + D·x_t, by lag: d rows of the channel's own elements.
func (b *binder) s4dKernel(_ string, l *s4dBlock, in *stream, out int) (form func(e element, s *sum), exp int) {
	lags := max(b.semantics.Length, window)
	kernel, reach := l.kernel(lags), 1.0
	for _, p := range in.parts {
		reach += float64(p.max) * window
	}
	_, log := math.Frexp(reach)
	for exp = out - guard - log; exp < out+1024; exp++ {
		if taps := l.taps(kernel, in, exp); taps != nil {
			return func(e element, s *sum) {
				for j := e.t; j >= 0; j-- {
					s.own(taps[e.t-j], e.a, j, in.stages()...)
				}
			}, exp
		}
	}
	refuse("the kernel does not fit at any scale")
	return nil, 0
}

// taps are the kernel's lags at a scale, nil if forms could be too wide.
func (l *s4dBlock) taps(kernel [][]float64, in *stream, exp int) (taps []*linear) {
	wide := 0.0
	for lag := range kernel[0] {
		w, bias, sources := in.own(func(i int) float64 {
			if lag == 0 {
				return kernel[i][0] + l.d[i]
			}
			return kernel[i][lag]
		})
		k := round(w, bias, sources, exp)
		if lag < window {
			wide += k.wide
		}
		if !k.fits || !(wide < 1<<formBits) {
			return nil
		}
		taps = append(taps, k)
	}
	return taps
}

// kernel is K_l = 2·Re Σ_m c·(exp(a·dt) - 1)/a·exp(a·dt·l) by channel, in float64. Its exp, sin
// and cos are the platform's: see docs/design/exactness.md.
func (l *s4dBlock) kernel(lags int) [][]float64 {
	exp := func(a complex128, times float64) complex128 {
		scale := math.Exp(float64(real(a) * times))
		sin, cos := math.Sincos(float64(imag(a) * times))
		return complex(float64(scale*cos), float64(scale*sin))
	}
	out := make([][]float64, len(l.d))
	for i, dt := range l.dt {
		out[i] = make([]float64, lags)
		for at := i * l.modes; at < (i+1)*l.modes; at++ {
			a := l.a[at]
			step := complex(float64(real(a)*dt), float64(imag(a)*dt))
			size := float64(real(a)*real(a)) + float64(imag(a)*imag(a))
			gain := mul(exp(step, 1)-1, cmplx.Conj(a))
			w := mul(l.c[at], complex(real(gain)/size, imag(gain)/size))
			for lag := range lags {
				out[i][lag] += 2 * real(mul(w, exp(step, float64(lag))))
			}
		}
	}
	return out
}

// mul is a product, each part rounded, on machines that would fuse as well.
func mul(x, y complex128) complex128 {
	return complex(float64(real(x)*real(y))-float64(imag(x)*imag(y)), float64(real(x)*imag(y))+float64(imag(x)*real(y)))
}

// s4dRecurrence adds the modes, s_t = exp(a·dt)·s_{t-1} + x_t, and is their readout.
func (b *binder) s4dRecurrence(name string, l *s4dBlock, in *stream, out int) (form func(e element, s *sum), exp int) {
	into := b.signed(name + "state")
	input, inputBias, parts := in.own(func(int) float64 { return 1 })
	skip, readBias, _ := in.own(func(i int) float64 { return l.d[i] })
	var weights, bias, readout []float64
	for i, dt := range l.dt {
		own := input[i*len(parts) : (i+1)*len(parts)]
		for at := i * l.modes; at < (i+1)*l.modes; at++ {
			pole := cmplx.Exp(l.a[at] * complex(dt, 0))
			w := l.c[at] * (pole - 1) / l.a[at]
			weights = append(append(weights, real(pole), -imag(pole)), own...)
			weights = append(append(weights, imag(pole), real(pole)), make([]float64, len(parts))...)
			bias, readout = append(bias, inputBias[i], 0), append(readout, 2*real(w), -2*imag(w))
		}
		readout = append(readout, skip[i*len(parts):(i+1)*len(parts)]...)
	}
	state := roundLinear(weights, bias, append(repeat(into.source(), 2), parts...), into.exp)
	c := b.curve("identity", state.exp, 1, into)
	var modes [2]*stage
	for part, suffix := range []string{"state.re", "state.im"} {
		modes[part] = b.define(&stage{name: name + suffix, rows: len(l.d), cols: l.modes, kind: nodeStep, curve: c})
		modes[part].form = func(e element, s *sum) {
			r := (e.a*l.modes+e.b)*2 + part
			s.constant += state.constant[r]
			for i, mode := range modes {
				if e.t > 0 {
					s.add(state.row(r)[i], mode, element{t: e.t - 1, a: e.a, b: e.b})
				}
			}
			for i, x := range in.stages() {
				s.add(state.row(r)[2+i], x, element{t: e.t, a: e.a})
			}
		}
	}
	read := roundLinear(readout, readBias, append(repeat(into.source(), 2*l.modes), parts...), out)
	return func(e element, s *sum) {
		s.constant += read.constant[e.a]
		for i := range 2 * l.modes {
			s.add(read.row(e.a)[i], modes[i%2], element{t: e.t, a: e.a, b: i / 2})
		}
		for i, x := range in.stages() {
			s.add(read.row(e.a)[2*l.modes+i], x, e)
		}
	}, read.exp
}

// logitBits is how much finer than the precision the logits' coefficients are.
const logitBits = 3

// head adds the logits and the argmax. A positive factor of all logits does not change the
// argmax, so an open head leaves the norm's out and folds the centring into its rows.
func (b *binder) head(in *stream, open bool) (logits, labels *stage) {
	n := b.network
	out, _ := b.fitted("logits", logitBits, 1)
	head := &n.head
	switch {
	case n.final == nil:
	case open:
		head = n.openHead()
		t, _ := b.tensor("final.norm", 0)
		_, log := math.Frexp(t.Max)
		out -= log
	default:
		in = b.streamNorm("final.", n.final, in)
	}
	weights, bias := in.read(head)
	xs := in.stages()
	k := roundLinear(weights, bias, sourcesOf(xs...), out)
	row := func(e element, s *sum) { s.row(k, e.a, e.t, xs...) }
	logits = b.define(&stage{name: "logits", rows: head.rows, cols: 1, kind: nodeForm, form: row})
	return logits, b.argmax(logits)
}

// openHead is the head with the final norm's weights multiplied in, and its centring.
func (n *network) openHead() *matrix {
	head := &matrix{rows: n.head.rows, cols: n.head.cols, w: slices.Clone(n.head.w)}
	for i, w := range head.w {
		head.w[i] = float64(w * n.final.w[i%head.cols])
	}
	for at := 0; n.final.centres && at < len(head.w); at += head.cols {
		row, total := head.w[at:at+head.cols], 0.0
		for _, w := range row {
			total += w
		}
		for i := range row {
			row[i] -= total / float64(head.cols)
		}
	}
	return head
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
	compare := func(e element, s *sum) {
		s.add(1, logits, element{t: e.t, a: pairs[e.a][0]})
		s.add(-1, logits, element{t: e.t, a: pairs[e.a][1]})
	}
	wins := b.define(&stage{name: "argmax.compare", rows: len(pairs), cols: 1, kind: nodeStep, form: compare})
	best := func(e element, s *sum) {
		for d := range logits.rows {
			if d > e.a {
				s.add(1, wins, element{t: e.t, a: index[[2]int{e.a, d}]})
			} else if d < e.a {
				s.constant++
				s.add(-1, wins, element{t: e.t, a: index[[2]int{d, e.a}]})
			}
		}
	}
	bit := int64(logits.rows - 1)
	return b.define(&stage{name: "argmax.label", rows: logits.rows, cols: 1, kind: nodeStep, bit: bit, form: best})
}
