package kernel

import (
	"fmt"
	"slices"
)

// The binding says which nodes model.ac must have for a checkpoint: stages, one after
// the other, each a grid of elements at every position (or pair of positions) with a
// form, a curve or factors. Nodes name their element by their origin, and every node is
// compared with what its element must be. Nodes refer to earlier nodes only and the
// outputs are compared as well, so by induction all that the outputs rest on is
// the checkpoint's.

// element is one cell of a stage at position t; j < t in stages of pairs.
type element struct{ t, a, b, j int }

// reads is an element as an operand, perhaps squared.
type reads struct {
	*stage
	element
	square bool
}

// sum is a form under way.
type sum struct {
	constant int64
	terms    []summed
}

type summed struct {
	coef int64
	reads
}

func (s *sum) add(coef int64, r reads) {
	if coef != 0 {
		s.terms = append(s.terms, summed{coef, r})
	}
}

// row adds a row of a linear map whose operands are the elements of stages in turn.
func (s *sum) row(l *linear, r, t int, stages ...*stage) {
	s.constant += l.constant[r]
	coef := l.row(r)
	for _, of := range stages {
		for i := range of.rows {
			s.add(coef[i], reads{of, element{t: t, a: i}, false})
		}
		coef = coef[of.rows:]
	}
}

// own adds a row of a map that reads the channel's own elements of several stages.
func (s *sum) own(l *linear, t, a int, parts []summand) {
	s.constant += l.constant[a]
	for p, c := range l.row(a) {
		s.add(c, reads{parts[p].stage, element{t: t, a: a}, false})
	}
}

// stage is a grid of elements: tables of the position's token, or nodes.
type stage struct {
	name       string
	rows, cols int
	pair       bool      // one element for every earlier position
	tokens     [][]int64 // by row and token, if nothing else is read
	form       func(e element, s *sum)
	factors    func(e element) []reads
	curve      *curve
	bit        int64 // without curve, of a step: its only threshold
	isStep     bool
	nodes      map[element]int32
}

// binder compares model.ac with a checkpoint.
type binder struct {
	m         *arithmetic
	q         *quantisation
	bits      int
	length    int
	vocab     int
	depth     bool // the goal is depth
	recurrent bool
	stages    map[string]*stage
	tables    map[tableKey]bool
	steps     map[stepKey]bool
}

type tableKey struct {
	*stage
	row    int
	square bool
	table  int32
}

type stepKey struct {
	*stage
	th, val, off, levels int32
}

// checkBinding compares all of model.ac; it says how much that is.
func checkBinding(m *arithmetic, q *quantisation, n *network, s *Semantics) string {
	b := &binder{
		m: m, q: q, bits: s.Bits, length: s.Length, vocab: n.vocab, depth: q.Minimize == "depth", recurrent: q.Form == "recurrent",
		stages: map[string]*stage{}, tables: map[tableKey]bool{}, steps: map[stepKey]bool{},
	}
	logits, labels := b.network(n)
	for i := range m.nodes {
		b.node(int32(i))
	}
	for t := range m.labels {
		for c := range n.vocab {
			require(m.logits[t][c] == logits.at(element{t: t, a: c}) && m.labels[t][c] == labels.at(element{t: t, a: c}),
				"model.ac: output %d of position %d is not its class's", c, t)
		}
	}
	return fmt.Sprintf("%d nodes in %d stages, %d tables of change points", len(m.nodes), len(b.stages), len(b.steps))
}

// scale is that of a step's codes.
func (s *stage) scale() scale { return scale{s.curve.out, s.curve.lo, s.curve.hi} }

// at is the node of an element's value.
func (s *stage) at(e element) int32 {
	n, ok := s.nodes[e]
	require(ok, "model.ac: %s%v is missing", s.name, e)
	return n
}

// define adds a stage.
func (b *binder) define(s *stage) *stage {
	s.nodes = map[element]int32{}
	_, twice := b.stages[s.name]
	require(!twice, "two stages %s", s.name)
	b.stages[s.name] = s
	return s
}

// folded adds a stage that, if it has a single column and reads only the token of its own
// position, is a table of it: f of the sum, or the product, for every token.
func (b *binder) folded(s *stage) *stage {
	if s.cols == 1 {
		b.fold(s)
	}
	return b.define(s)
}

func (b *binder) fold(s *stage) {
	tokens := make([][]int64, s.rows)
	for a := range tokens {
		e := element{t: 1, a: a} // no earlier neighbour is missing there
		var form sum
		if s.factors != nil {
			for _, r := range s.factors(e) {
				form.add(1, r)
			}
		} else {
			s.form(e, &form)
		}
		for _, x := range form.terms {
			if x.tokens == nil || x.t != 1 {
				return
			}
		}
		tokens[a] = make([]int64, b.vocab)
		for v := range tokens[a] {
			x := form.constant
			if s.factors != nil {
				x = 1
			}
			for _, term := range form.terms {
				y := term.token(v)
				if s.factors != nil {
					x = times(x, y)
				} else {
					x = plus(x, times(term.coef, y))
				}
			}
			if s.curve != nil {
				x = s.curve.at(x)
			}
			tokens[a][v] = x
		}
	}
	s.tokens = tokens
}

func (r *reads) token(v int) int64 {
	x := r.tokens[r.a][v]
	if r.square {
		return times(x, x)
	}
	return x
}

func (b *binder) step(name string, rows, cols int, c *curve, form func(e element, s *sum)) *stage {
	return b.folded(&stage{name: name, rows: rows, cols: cols, isStep: true, curve: c, form: form})
}

func (b *binder) shared(name string, rows int, form func(e element, s *sum)) *stage {
	return b.folded(&stage{name: name, rows: rows, cols: 1, form: form})
}

func (b *binder) product(name string, rows, cols int, factors func(e element) []reads) *stage {
	return b.folded(&stage{name: name, rows: rows, cols: cols, factors: factors})
}

// curve is the rounding into a scale.
func (b *binder) curve(kind string, exp int, den int64, into scale) *curve {
	c := &curve{kind: kind, exp: exp, den: den, out: into.exp, lo: into.lo, hi: into.hi, from: -farthest, to: farthest}
	if kind == "exp" {
		c.from = 0 // of sums of steps Δ >= 0
	}
	c.attained()
	return c
}

// element is the one that an origin names: row, column and earlier position are -1 where
// the stage has only one.
func (s *stage) element(o origin) (element, bool) {
	fits := func(i int32, n int) bool { return n == 1 && i == -1 || n > 1 && i >= 0 && int(i) < n }
	earlier := o.j == -1
	if s.pair {
		earlier = o.j >= 0 && o.j < o.t
	}
	e := element{int(o.t), int(max(0, o.a)), int(max(0, o.b)), int(max(0, o.j))}
	return e, o.t >= 0 && fits(o.a, s.rows) && fits(o.b, s.cols) && earlier
}

// node compares a node with the element that its origin names.
func (b *binder) node(i int32) {
	n := &b.m.nodes[i]
	name := b.m.stages[n.stage]
	if n.kind == nodeInput {
		alone := origin{stage: n.stage, t: n.t, a: -1, b: -1, j: -1}
		require(name == "input" && n.origin == alone && n.t >= 0 && int(n.t) < b.length && b.m.inputs[n.t] == i,
			"node %d: is not the token of position %d", i, n.t)
		return
	}
	s := b.stages[name]
	require(s != nil && s.tokens == nil, "node %d: the model has no stage %q", i, name)
	e, ok := s.element(n.origin)
	require(ok && e.t < b.length, "node %d: stage %s has no element %v", i, name, n.origin)
	switch {
	case n.kind == nodeProduct && s.factors != nil:
		b.reads(i, n, s.factors(e))
	case n.kind == nodeForm && s.form != nil:
		b.form(i, n, s, e)
		if s.isStep {
			return // the step that reads it names the element
		}
	case n.kind == nodeStep && s.isStep:
		require(n.form == i-1 && b.m.nodes[i-1].origin == n.origin, "node %d: does not read the form of its element", i)
		b.table(i, n, s)
	default:
		refuse("node %d: is of another kind than stage %s", i, s.name)
	}
	_, twice := s.nodes[e]
	require(!twice, "node %d: element %v of stage %s is there twice", i, e, s.name)
	s.nodes[e] = i
}

func (b *binder) form(i int32, n *node, s *stage, e element) {
	var want sum
	s.form(e, &want)
	require(n.constant == want.constant && len(n.terms) == len(want.terms),
		"node %d: the form of %s%v has constant %d and %d terms, the checkpoint gives %d and %d",
		i, s.name, e, n.constant, len(n.terms), want.constant, len(want.terms))
	for k, w := range want.terms {
		require(n.terms[k].coef == w.coef && b.is(n.terms[k].view, w.reads),
			"node %d: term %d of %s%v is %d times node %d, the checkpoint gives %d times %s%v",
			i, k, s.name, e, n.terms[k].coef, n.terms[k].node, w.coef, w.name, w.element)
	}
}

func (b *binder) reads(i int32, n *node, want []reads) {
	require(len(n.terms) == len(want), "node %d: a product of %d factors, not %d", i, len(n.terms), len(want))
	for k, w := range want {
		require(b.is(n.terms[k].view, w), "node %d: factor %d is not %s%v", i, k, w.name, w.element)
	}
}

// is tells whether a view reads what it should.
func (b *binder) is(v view, r reads) bool {
	if r.tokens == nil && !r.square {
		return v.table == natural && v.node == r.at(r.element)
	}
	if v.table == natural || r.tokens != nil && v.node != b.m.inputs[r.t] || r.tokens == nil && v.node != r.at(r.element) {
		return false
	}
	key := tableKey{r.stage, r.a, r.square, v.table}
	if r.tokens == nil {
		key.row = 0
	}
	ok, known := b.tables[key]
	if !known {
		var want []int64
		if r.tokens != nil {
			for token := range b.vocab {
				want = append(want, r.token(token))
			}
		} else {
			for _, x := range b.m.entries(view{v.node, natural}) {
				want = append(want, times(x, x))
			}
		}
		ok = slices.Equal(b.m.tables[v.table], want)
		b.tables[key] = ok
	}
	return ok
}

// table compares a step's table with its curve; the form stays where the table is the curve's.
func (b *binder) table(i int32, n *node, s *stage) {
	th, values := b.m.tables[n.th][n.off:n.off+n.levels-1], b.m.entries(view{i, natural})
	if s.curve == nil {
		require(slices.Equal(th, []int64{s.bit}) && slices.Equal(values, []int64{0, 1}),
			"node %d: is not the comparison with %d", i, s.bit)
		return
	}
	key := stepKey{s, n.th, n.val, n.off, n.levels}
	if !b.steps[key] {
		s.curve.check(th, values)
		b.steps[key] = true
	}
	form := &b.m.nodes[n.form]
	least := form.lo >= s.curve.from || s.curve.kind == "rsqrt" // sums of squares are not below 0, whatever is proved
	require(least && form.hi <= s.curve.to, "node %d: its form may lie outside of its table", i)
}
