package kernel

import (
	"fmt"
	"slices"
)

// The binding says which nodes model.ac must have for a checkpoint: stages, one after
// the other, each a grid of elements at every position (or pair of positions) that are a
// form, a step on one, or a product. Nodes name their element by their origin, and every node is
// compared with what its element must be. Nodes refer to earlier nodes only and the
// outputs are compared as well, so by induction all that the outputs rest on is
// the checkpoint's.

// element is one cell of a stage at position t; j < t in stages of pairs.
type element struct{ t, a, b, j int }

// stage is a grid of elements: tables of the position's token, or nodes.
type stage struct {
	name       string
	rows, cols int
	pair       bool // one element for every earlier position
	source
	kind   uint8                   // nodeForm, nodeStep, nodeProduct
	form   func(e element, s *sum) // what is added up, or multiplied
	curve  *curve                  // of a step
	bit    int64                   // of a step without curve: its only threshold
	tokens [][]int64               // by row and token, if nothing else is read
	nodes  map[element]int32
	across bool // to be read with its rows in the place of columns
	square bool // to be read as squares
}

// scale is that of a step's codes.
func (s *stage) scale() scale { return scale{s.curve.out, s.curve.lo, s.curve.hi} }

// byColumn and squared are the stage to be read in another way.
func (s stage) byColumn() *stage { s.across = true; return &s }
func (s stage) squared() *stage  { s.square = true; return &s }

// sum is what an element adds up, or multiplies.
type sum struct {
	constant int64
	terms    []operand
}

// operand is a coefficient times an element of a stage.
type operand struct {
	coef int64
	*stage
	at element
}

// add adds a term. A stage with one row or column has it in place of all that e may name.
func (s *sum) add(coef int64, x *stage, e element) {
	if x.across {
		e.a, e.b = e.b, 0
	}
	if x.rows == 1 {
		e.a = 0
	}
	if x.cols == 1 {
		e.b = 0
	}
	if !x.pair {
		e.j = 0
	}
	if coef != 0 {
		s.terms = append(s.terms, operand{coef, x, e})
	}
}

// row adds row a of a linear map whose operands are the elements of stages in turn, at t.
func (s *sum) row(l *linear, a, t int, stages ...*stage) {
	s.constant += l.constant[a]
	coef := l.row(a)
	for _, x := range stages {
		for i := range x.rows {
			s.add(coef[i], x, element{t: t, a: i})
		}
		coef = coef[x.rows:]
	}
}

// own adds row a of a map that reads the channel's own elements of several stages, at t.
func (s *sum) own(l *linear, a, t int, stages ...*stage) {
	s.constant += l.constant[a]
	for i, c := range l.row(a) {
		s.add(c, stages[i], element{t: t, a: a})
	}
}

// binder compares model.ac with a checkpoint.
type binder struct {
	*evidence
	depth     bool // the goal is depth
	recurrent bool
	stages    map[string]*stage
	tables    map[tableKey]bool
	steps     map[stepKey]bool
}

type tableKey struct {
	*stage
	row   int
	table int32
}

type stepKey struct {
	*stage
	th, val, off, levels int32
}

// checkBinding compares all of model.ac; it says how much that is.
func checkBinding(e *evidence) string {
	b := &binder{
		evidence: e, depth: e.quant.Minimize == "depth", recurrent: e.quant.Form == "recurrent",
		stages: map[string]*stage{}, tables: map[tableKey]bool{}, steps: map[stepKey]bool{},
	}
	logits, labels := b.outputs()
	for i := range b.model.nodes {
		b.node(int32(i))
	}
	for t, nodes := range b.model.labels {
		for c := range nodes {
			at := element{t: t, a: c}
			require(b.model.logits[t][c] == logits.node(at) && nodes[c] == labels.node(at),
				"model.ac: output %d of position %d is not its class's", c, t)
		}
	}
	return fmt.Sprintf("%d nodes in %d stages, %d tables of change points",
		len(b.model.nodes), len(b.stages), len(b.steps))
}

// define adds a stage.
func (b *binder) define(s *stage) *stage {
	_, twice := b.stages[s.name]
	require(!twice, "two stages %s", s.name)
	b.stages[s.name], s.nodes = s, map[element]int32{}
	if s.curve != nil {
		s.source = s.scale().source()
	}
	return s
}

// shared, step and product add stages that, if they have a single column and read only the token
// of their own position, are tables of it.
func (b *binder) shared(name string, rows int, src source, form func(e element, s *sum)) *stage {
	return b.folded(&stage{name: name, rows: rows, cols: 1, kind: nodeForm, source: src, form: form})
}

func (b *binder) step(name string, rows, cols int, c *curve, form func(e element, s *sum)) *stage {
	return b.folded(&stage{name: name, rows: rows, cols: cols, kind: nodeStep, curve: c, form: form})
}

// product multiplies elements of steps with the same place.
func (b *binder) product(name string, rows, cols int, xs ...*stage) *stage {
	s := &stage{name: name, rows: rows, cols: cols, kind: nodeProduct, source: productOf(xs...)}
	s.form = func(e element, s *sum) {
		for _, x := range xs {
			s.add(1, x, e)
		}
	}
	return b.folded(s)
}

func (b *binder) folded(s *stage) *stage {
	if s.cols == 1 {
		s.tokens = s.fold(b.semantics.Vocabulary)
	}
	return b.define(s)
}

// fold is what a stage is for every token, nil if it reads anything else.
func (s *stage) fold(vocab int) (tokens [][]int64) {
	for a := range s.rows {
		var form sum
		s.form(element{t: 1, a: a}, &form) // no earlier neighbour is missing at 1
		if slices.ContainsFunc(form.terms, func(x operand) bool { return x.tokens == nil || x.at.t != 1 }) {
			return nil
		}
		row := make([]int64, vocab)
		for v := range row {
			row[v] = s.value(&form, v)
		}
		tokens = append(tokens, row)
	}
	return tokens
}

// value is that of a stage's form or product at a token, rounded if it is a step.
func (s *stage) value(form *sum, token int) int64 {
	x := form.constant
	if s.kind == nodeProduct {
		x = 1
	}
	for _, term := range form.terms {
		if y := term.token(token); s.kind == nodeProduct {
			x = times(x, y)
		} else {
			x = plus(x, times(term.coef, y))
		}
	}
	if s.curve != nil {
		return s.curve.at(x)
	}
	return x
}

func (x *operand) token(v int) int64 {
	value := x.tokens[x.at.a][v]
	if x.square {
		return times(value, value)
	}
	return value
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

// node is that of an element.
func (s *stage) node(e element) int32 {
	n, ok := s.nodes[e]
	require(ok, "model.ac: %s%v is missing", s.name, e)
	return n
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
	n := &b.model.nodes[i]
	name := b.model.stages[n.stage]
	if n.kind == nodeInput {
		alone := origin{stage: n.stage, t: n.t, a: -1, b: -1, j: -1}
		require(name == "input" && n.origin == alone && n.t >= 0 && int(n.t) < b.semantics.Length && b.model.inputs[n.t] == i,
			"node %d: is not the token of position %d", i, n.t)
		return
	}
	s := b.stages[name]
	require(s != nil && s.tokens == nil, "node %d: the model has no stage %q", i, name)
	e, ok := s.element(n.origin)
	require(ok && e.t < b.semantics.Length, "node %d: stage %s has no element %v", i, name, n.origin)
	if n.kind == nodeStep {
		require(s.kind == nodeStep && n.form == i-1 && b.model.nodes[i-1].origin == n.origin,
			"node %d: does not read the form of its element", i)
		b.table(i, n, s)
	} else {
		require(n.kind == s.kind || n.kind == nodeForm && s.kind == nodeStep,
			"node %d: is of another kind than stage %s", i, name)
		b.terms(i, n, s, e)
	}
	if n.kind != s.kind {
		return // the step that reads the form names the element
	}
	_, twice := s.nodes[e]
	require(!twice, "node %d: element %v of stage %s is there twice", i, e, s.name)
	s.nodes[e] = i
}

// terms compares a form or product.
func (b *binder) terms(i int32, n *node, s *stage, e element) {
	var want sum
	s.form(e, &want)
	require(n.constant == want.constant && len(n.terms) == len(want.terms),
		"node %d: %s%v has constant %d and %d terms, the checkpoint gives %d and %d",
		i, s.name, e, n.constant, len(n.terms), want.constant, len(want.terms))
	for k, w := range want.terms {
		if n.terms[k].coef != w.coef || !b.is(n.terms[k].view, w) {
			refuse("node %d: term %d of %s%v is %d times node %d, the checkpoint gives %d times %s%v",
				i, k, s.name, e, n.terms[k].coef, n.terms[k].node, w.coef, w.name, w.at)
		}
	}
}

// is tells whether a view reads what it should: a node, or a table of squares or of a token.
func (b *binder) is(v view, x operand) bool {
	switch {
	case x.tokens == nil && !x.square:
		return v == view{x.node(x.at), natural}
	case v.table == natural:
		return false
	case x.tokens == nil:
		return v.node == x.node(x.at) && b.squares(v)
	}
	return v.node == b.model.inputs[x.at.t] && once(b.tables, tableKey{x.stage, x.at.a, v.table}, func() bool {
		want := make([]int64, b.semantics.Vocabulary)
		for token := range want {
			want[token] = x.token(token)
		}
		return slices.Equal(b.model.tables[v.table], want)
	})
}

// squares tells whether a step is read by the squares of its values. Steps of one stage may have
// different levels, so each is compared.
func (b *binder) squares(v view) bool {
	values, table := b.model.entries(view{v.node, natural}), b.model.tables[v.table]
	for i, x := range values {
		if table[i] != times(x, x) {
			return false
		}
	}
	return true
}

// table compares a step's table with its curve; the form stays where the table is the curve's.
func (b *binder) table(i int32, n *node, s *stage) {
	th, values := b.model.tables[n.th][n.off:n.off+n.levels-1], b.model.entries(view{i, natural})
	if s.curve == nil {
		require(slices.Equal(th, []int64{s.bit}) && slices.Equal(values, []int64{0, 1}),
			"node %d: is not the comparison with %d", i, s.bit)
		return
	}
	once(b.steps, stepKey{s, n.th, n.val, n.off, n.levels}, func() bool { s.curve.check(th, values); return true })
	form := &b.model.nodes[n.form]
	least := form.lo >= s.curve.from || s.curve.kind == "rsqrt" // sums of squares are not below 0, whatever is proved
	require(least && form.hi <= s.curve.to, "node %d: its form may lie outside of its table", i)
}
