package compile

import (
	"tc0/circuits/gadget"
)

// mapper builds stages; a stage that depends on the position's token alone is
// folded into a table of the token, which costs nothing.
type mapper struct {
	p         *program
	recurrent bool
}

// step adds a stage that rounds forms into q.
func (m *mapper) step(name string, rows, cols int, q *quantity, form func(e element, add adder)) *stage {
	s := &stage{name: name, op: stepOp, form: form, q: q, steps: q.steps}
	if cols == 1 {
		if tokens, ok := m.fold(rows, form); ok {
			for _, row := range tokens {
				for v, f := range row {
					row[v] = q.index.at(f)
				}
			}
			return m.token(name, tokens, q)
		}
	}
	m.p.add(rows, cols, s)
	return s
}

// product adds a stage of products.
func (m *mapper) product(name string, rows, cols int, factors func(e element) []operand) *stage {
	s := &stage{name: name, op: productOp, factors: factors}
	if cols == 1 {
		form := func(e element, add adder) {
			for _, o := range factors(e) {
				add.term(1, o)
			}
		}
		if _, ok := m.fold(rows, form); ok {
			tokens := make([][]int64, rows)
			for a := range rows {
				tokens[a] = make([]int64, m.p.vocab)
				for v := range tokens[a] {
					x := int64(1)
					for _, o := range factors(element{a: a}) {
						x *= o.s.tokens[o.e.a][v]
					}
					tokens[a][v] = x
				}
			}
			return m.token(name, tokens, nil)
		}
	}
	m.p.add(rows, cols, s)
	return s
}

// shared adds a stage of shared forms.
func (m *mapper) shared(name string, rows int, form func(e element, add adder)) *stage {
	if tokens, ok := m.fold(rows, form); ok {
		return m.token(name, tokens, nil)
	}
	s := &stage{name: name, op: formOp, form: form}
	m.p.add(rows, 1, s)
	return s
}

// token adds a stage of token tables, of the tensor q where they are rounded.
func (m *mapper) token(name string, tokens [][]int64, q *quantity) *stage {
	s := &stage{name: name, op: tokenOp, tokens: tokens, q: q}
	m.p.add(len(tokens), 1, s)
	return s
}

// fold evaluates forms that read only the token of their own position, for every
// row and token; ok is false when one reads anything else. Position 1 stands for
// all that have no earlier neighbour missing.
func (m *mapper) fold(rows int, form func(e element, add adder)) (tokens [][]int64, ok bool) {
	tokens = make([][]int64, rows)
	for a := range rows {
		f := &folder{values: make([]int64, m.p.vocab), ok: true}
		form(element{t: 1, a: a}, f)
		if !f.ok {
			return nil, false
		}
		tokens[a] = f.values
	}
	return tokens, true
}

type folder struct {
	values []int64
	ok     bool
}

func (f *folder) constant(c int64) {
	for v := range f.values {
		f.values[v] += c
	}
}

func (f *folder) term(coef int64, o operand) {
	if o.s.op != tokenOp || o.e.t != 1 {
		f.ok = false
		return
	}
	for v := range f.values {
		x := o.s.tokens[o.e.a][v]
		if o.square {
			x *= x
		}
		f.values[v] += coef * x
	}
}

// row adds a row of a linear map whose operand i is element (t, i) of s.
func addRow(add adder, l *linear, row int, t int, s *stage) {
	add.constant(l.constant[row])
	for i, k := range l.row(row) {
		add.term(k, operand{s: s, e: element{t: t, a: i}})
	}
}

// addParts adds a row of a linear map whose operands are the elements of several
// stages, one stage after the other.
func addParts(add adder, l *linear, row, t int, parts []*stage) {
	add.constant(l.constant[row])
	coef := l.row(row)
	for _, s := range parts {
		for i := range s.rows {
			add.term(coef[i], operand{s: s, e: element{t: t, a: i}})
		}
		coef = coef[s.rows:]
	}
}

// argmax adds, for forms of one scale, the label steps [class is the argmax],
// ties to the lowest index: class c wins against c' > c when F_c - F_c' >= 0 and
// against c' < c when F_c' - F_c < 0. Two levels, V(V-1)/2 + V gates a position.
func (m *mapper) argmax(logits *stage) {
	classes := logits.rows
	index := make([][]int, classes) // index[c][d]: comparison of c < d
	var low, high []int
	for c := range classes {
		index[c] = make([]int, classes)
		for d := c + 1; d < classes; d++ {
			index[c][d] = len(low)
			low, high = append(low, c), append(high, d)
		}
	}
	bit := gadget.Steps{Thresholds: []int64{0}, Values: []int64{0, 1}}
	wins := &stage{name: "argmax.compare", op: stepOp, steps: bit}
	wins.form = func(e element, add adder) {
		add.term(1, operand{s: logits, e: element{t: e.t, a: low[e.a]}})
		add.term(-1, operand{s: logits, e: element{t: e.t, a: high[e.a]}})
	}
	if len(low) > 0 {
		m.p.add(len(low), 1, wins)
	}
	all := gadget.Steps{Thresholds: []int64{int64(classes - 1)}, Values: []int64{0, 1}}
	labels := &stage{name: "argmax.label", op: stepOp, steps: all}
	labels.form = func(e element, add adder) {
		for d := range classes {
			switch {
			case d > e.a:
				add.term(1, operand{s: wins, e: element{t: e.t, a: index[e.a][d]}})
			case d < e.a:
				add.constant(1)
				add.term(-1, operand{s: wins, e: element{t: e.t, a: index[d][e.a]}})
			}
		}
	}
	m.p.add(classes, 1, labels)
	m.p.logits, m.p.labels = logits, labels
}
