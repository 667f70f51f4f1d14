package compile

// s4dStages adds the stages of one block and returns the stream's parts after
// it. A post-norm block takes six levels from the stream, an unrounded form:
//
//	1  gelu = GELU(conv)          steps
//	2  value, gate = sigmoid      steps
//	3  value·gate                 conjunctions; the stream grows by it
//	4  centre                     steps
//	5  norm                       a step on Σ centre²
//	6  centre·norm                conjunctions; the stream is these and a bias
//
// A pre-norm block has 4–6 first.
func (m *mapper) s4dStages(name string, l *s4dLayer, in []*stage) []*stage {
	mixed := in
	if l.preNorm {
		mixed = m.streamNormStages(name, &l.norm, l.d, in)
	}
	var gelu *stage
	if m.recurrent {
		gelu = m.s4dRecurrentStages(name, l, mixed)
	} else {
		gelu = m.step(name+"gelu", l.d, 1, l.gelu, func(e element, add adder) { l.convolve(e, add, mixed) })
	}
	value := m.step(name+"value", l.d, 1, l.valueCode, func(e element, add adder) { addRow(add, l.value, e.a, e.t, gelu) })
	gate := m.step(name+"gate", l.d, 1, l.gateCode, func(e element, add adder) { addRow(add, l.gate, e.a, e.t, gelu) })
	glu := m.product(name+"value·gate", l.d, 1, func(e element) []operand {
		o := element{t: e.t, a: e.a}
		return []operand{{s: value, e: o}, {s: gate, e: o}}
	})
	out := append(append([]*stage(nil), in...), glu)
	if l.preNorm {
		return out
	}
	return m.streamNormStages(name, &l.norm, l.d, out)
}

// convolve is Σ_{j<=t} K_{t-j}·x_j + D·x_t, channel by channel.
func (l *s4dLayer) convolve(e element, add adder, x []*stage) {
	for j := e.t; j >= 0; j-- {
		addOwn(add, l.kernel[e.t-j], element{t: j, a: e.a}, x)
	}
}

// s4dRecurrentStages adds the modes' states, rounded at every position, and the
// activation that reads them: one level a position.
func (m *mapper) s4dRecurrentStages(name string, l *s4dLayer, x []*stage) *stage {
	var states [2]*stage
	for part, suffix := range [2]string{"state.re", "state.im"} {
		states[part] = &stage{name: name + suffix, op: stepOp, q: l.re, steps: l.re.steps}
		states[part].form = func(e element, add adder) {
			row := l.state.row((e.a*l.modes+e.b)*2 + part)
			add.constant(l.state.constant[(e.a*l.modes+e.b)*2+part])
			if e.t > 0 {
				before := element{t: e.t - 1, a: e.a, b: e.b}
				add.term(row[0], operand{s: states[0], e: before})
				add.term(row[1], operand{s: states[1], e: before})
			}
			for p, s := range x {
				add.term(row[2+p], operand{s: s, e: element{t: e.t, a: e.a}})
			}
		}
	}
	m.p.add(l.d, l.modes, states[0], states[1])
	return m.step(name+"gelu", l.d, 1, l.gelu, func(e element, add adder) {
		row := l.read.row(e.a)
		add.constant(l.read.constant[e.a])
		for i := range l.modes {
			at := element{t: e.t, a: e.a, b: i}
			add.term(row[2*i], operand{s: states[0], e: at})
			add.term(row[2*i+1], operand{s: states[1], e: at})
		}
		for p, s := range x {
			add.term(row[2*l.modes+p], operand{s: s, e: element{t: e.t, a: e.a}})
		}
	})
}
