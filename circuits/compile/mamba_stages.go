package compile

// mambaStages adds the stages of one block and returns its output. With one
// digit and the gates goal the levels of a block are, from its input x:
//
//	1  norm (factor of RMSNorm), value, gate_pre      steps on x
//	2  value·norm, gate_pre·norm                      conjunctions
//	3  u = SiLU(conv), gate = SiLU(z)                 steps
//	4  B, C, Δ = softplus                             steps on u
//	5  Δ·u; decay = exp(A·ΣΔ)                         conjunctions; steps
//	6  inject = round(Δ·u)                            steps
//	7  inject·B                                       conjunctions
//	8  input = round(Δ·u·B)                           steps
//	9  decay·input                                    conjunctions
//	10 state                                          steps
//	11 state·C                                        conjunctions
//	12 y                                              steps
//	13 y·gate                                         conjunctions
//	14 out = x + W(y·gate)                            steps
//
// In front of a head without a norm, or with one whose factor is left out, the
// output stays an unrounded form and level 14 is saved.
//
// LayerNorm adds one level (centre). The depth goal replaces 5–8 by Δ·u·B (5)
// and input (6), and 11–13 by state·C·gate (9), which leaves 10 levels.
func (m *mapper) mambaStages(name string, l *mambaLayer, x *stage) []*stage {
	at := func(s *stage, e element) operand { return operand{s: s, e: element{t: e.t, a: e.a}} }
	normed, norm := m.normStages(name, x, l.centre, l.norm, l.d)

	in := func(q *quantity, w *linear) func(string) *stage {
		return func(part string) *stage {
			return m.step(name+part, l.e, 1, q, func(e element, add adder) { addRow(add, w, e.a, e.t, normed) })
		}
	}
	scaled := func(part string, s *stage) *stage {
		return m.product(name+part, l.e, 1, func(e element) []operand {
			return []operand{at(s, e), {s: norm, e: element{t: e.t}}}
		})
	}
	value := scaled("value·norm", in(l.value, l.inValue)("value"))
	z := scaled("gate_pre·norm", in(l.gatePre, l.inGate)("gate_pre"))

	u := m.step(name+"u", l.e, 1, l.u, func(e element, add adder) { l.convolve(e, add, value) })
	gate := m.step(name+"gate", l.e, 1, l.gate, func(e element, add adder) {
		if l.gateBias != nil {
			add.constant(l.gateBias[e.a])
		}
		add.term(1, at(z, e))
	})
	project := func(part string, rows int, q *quantity, w *linear) *stage {
		return m.step(name+part, rows, 1, q, func(e element, add adder) { addRow(add, w, e.a, e.t, u) })
	}
	b := project("B", l.n, l.b, l.bProj)
	c := project("C", l.n, l.c, l.cProj)
	dt := project("delta", l.e, l.dt, l.dtProj)

	input := m.mambaInject(name, l, u, b, dt)
	state := m.mambaState(name, l, dt, input)

	// The output reads x and, per channel, either y·gate or the shared form of
	// Σ h·C·gate.
	out := []*stage{x, m.mambaReadout(name, l, u, c, gate, state)}
	if l.open {
		return out
	}
	return []*stage{m.step(name+"out", l.d, 1, l.nextCode, func(e element, add adder) { addParts(add, l.next, e.a, e.t, out) })}
}

// normStages adds the norm's centring and factor; squares are tables of x with
// one digit and products with two.
func (m *mapper) normStages(name string, x *stage, centre, factor *quantity, d int) (normed, norm *stage) {
	if centre != nil {
		whole := x
		sum := m.shared(name+"sum", 1, func(e element, add adder) {
			for i := range d {
				add.term(1, operand{s: whole, e: element{t: e.t, a: i}})
			}
		})
		x = m.step(name+"centre", d, 1, centre, func(e element, add adder) {
			add.term(int64(d), operand{s: whole, e: element{t: e.t, a: e.a}})
			add.term(-1, operand{s: sum, e: element{t: e.t}})
		})
	}
	square := func(e element, i int) operand { return operand{s: x, e: element{t: e.t, a: i}, square: true} }
	if m.p.digits == 2 && x.op == stepOp {
		sq := m.product(name+"square", d, 1, func(e element) []operand {
			o := operand{s: x, e: element{t: e.t, a: e.a}}
			return []operand{o, o}
		})
		square = func(e element, i int) operand { return operand{s: sq, e: element{t: e.t, a: i}} }
	}
	norm = m.step(name+"norm", 1, 1, factor, func(e element, add adder) {
		for i := range d {
			add.term(1, square(e, i))
		}
	})
	return x, norm
}

// convolve is the causal convolution: taps reach k-1 positions back.
func (l *mambaLayer) convolve(e element, add adder, value *stage) {
	add.constant(l.conv.constant[e.a])
	row := l.conv.row(e.a)
	for i := range l.k {
		if j := e.t - (l.k - 1) + i; j >= 0 {
			add.term(row[i], operand{s: value, e: element{t: j, a: e.a}})
			add.constant(row[l.k+i])
		}
	}
}

// mambaInject adds input = Δ·u·B.
func (m *mapper) mambaInject(name string, l *mambaLayer, u, b, dt *stage) *stage {
	channel := func(s *stage, e element) operand { return operand{s: s, e: element{t: e.t, a: e.a}} }
	column := func(s *stage, e element) operand { return operand{s: s, e: element{t: e.t, a: e.b}} }
	var drive func(e element) []operand
	if l.inject == nil {
		drive = func(e element) []operand { return []operand{channel(dt, e), channel(u, e), column(b, e)} }
	} else {
		du := m.product(name+"delta·u", l.e, 1, func(e element) []operand {
			return []operand{channel(dt, e), channel(u, e)}
		})
		inject := m.step(name+"inject", l.e, 1, l.inject, func(e element, add adder) { add.term(l.injectCoef[e.a], channel(du, e)) })
		drive = func(e element) []operand { return []operand{channel(inject, e), column(b, e)} }
	}
	dub := m.product(name+"delta·u·B", l.e, l.n, drive)
	return m.step(name+"input", l.e, l.n, l.input, func(e element, add adder) {
		add.term(l.driveCoef[e.a*l.n+e.b], operand{s: dub, e: element{t: e.t, a: e.a, b: e.b}})
	})
}

// mambaReadout adds y·gate by channel.
func (m *mapper) mambaReadout(name string, l *mambaLayer, u, c, gate, state *stage) *stage {
	channel := func(s *stage, e element) operand { return operand{s: s, e: element{t: e.t, a: e.a}} }
	sum := func(products, skip *stage) func(element, adder) {
		return func(e element, add adder) {
			row := l.scan.row(e.a)
			for s := range l.n {
				add.term(row[s], operand{s: products, e: element{t: e.t, a: e.a, b: s}})
			}
			add.term(row[l.n], channel(skip, e))
		}
	}
	hc := func(e element) []operand {
		return []operand{{s: state, e: element{t: e.t, a: e.a, b: e.b}}, {s: c, e: element{t: e.t, a: e.b}}}
	}
	if l.y == nil {
		hcg := m.product(name+"state·C·gate", l.e, l.n, func(e element) []operand { return append(hc(e), channel(gate, e)) })
		ug := m.product(name+"u·gate", l.e, 1, func(e element) []operand {
			return []operand{channel(u, e), channel(gate, e)}
		})
		return m.shared(name+"gated", l.e, sum(hcg, ug))
	}
	y := m.step(name+"y", l.e, 1, l.y, sum(m.product(name+"state·C", l.e, l.n, hc), u))
	return m.product(name+"y·gate", l.e, 1, func(e element) []operand {
		return []operand{channel(y, e), channel(gate, e)}
	})
}

// mambaState adds the state, unrolled or step by step.
//
// Unrolled (T4.4's shape): h_t = 2^p·input_t + Σ_{j<t} decay_{t,j}·input_j with
// decay_{t,j} = exp(A·(Δ_{j+1}+…+Δ_t)); the prefix sums are shared forms and
// every decay is one step on rate·ΣΔ.
func (m *mapper) mambaState(name string, l *mambaLayer, dt, input *stage) *stage {
	if m.recurrent {
		return m.mambaRecurrence(name, l, dt, input)
	}
	sum := &stage{name: name + "ΣΔ", op: formOp, pair: true}
	sum.form = func(e element, add adder) {
		if e.j < e.t-1 {
			add.term(1, operand{s: sum, e: element{t: e.t - 1, a: e.a, j: e.j}})
		}
		add.term(1, operand{s: dt, e: element{t: e.t, a: e.a}})
	}
	sum.direct = func(e element, add adder) {
		for k := e.j + 1; k <= e.t; k++ {
			add.term(1, operand{s: dt, e: element{t: k, a: e.a}})
		}
	}
	m.p.add(l.e, 1, sum)

	decay := &stage{name: name + "decay", op: stepOp, pair: true, q: l.decay, steps: l.decay.steps}
	decay.form = func(e element, add adder) {
		add.term(l.rate[e.a*l.n+e.b], operand{s: sum, e: element{t: e.t, a: e.a, j: e.j}})
	}
	faded := &stage{name: name + "decay·input", op: productOp, pair: true}
	faded.factors = func(e element) []operand {
		return []operand{{s: decay, e: e}, {s: input, e: element{t: e.j, a: e.a, b: e.b}}}
	}
	state := &stage{name: name + "state", op: stepOp, q: l.state, steps: l.state.steps}
	state.form = func(e element, add adder) {
		add.term(l.inputCoef, operand{s: input, e: e})
		for j := range e.t {
			add.term(l.fadedCoef, operand{s: faded, e: element{t: e.t, a: e.a, b: e.b, j: j}})
		}
	}
	m.p.add(l.e, l.n, decay, faded, state)
	return state
}

// mambaRecurrence is h_t = 2^p·input_t + exp(A·Δ_t)·h_{t-1}, rounded at every
// position: two levels a position.
func (m *mapper) mambaRecurrence(name string, l *mambaLayer, dt, input *stage) *stage {
	decay := &stage{name: name + "decay", op: stepOp, later: true, q: l.decay, steps: l.decay.steps}
	decay.form = func(e element, add adder) {
		add.term(l.rate[e.a*l.n+e.b], operand{s: dt, e: element{t: e.t, a: e.a}})
	}
	state := &stage{name: name + "state", op: stepOp, q: l.state, steps: l.state.steps}
	faded := &stage{name: name + "decay·state", op: productOp, later: true}
	faded.factors = func(e element) []operand {
		return []operand{{s: decay, e: e}, {s: state, e: element{t: e.t - 1, a: e.a, b: e.b}}}
	}
	state.form = func(e element, add adder) {
		if e.t > 0 {
			add.term(l.fadedCoef, operand{s: faded, e: e})
		}
		add.term(l.inputCoef, operand{s: input, e: e})
	}
	m.p.add(l.e, l.n, decay, faded, state)
	return state
}
