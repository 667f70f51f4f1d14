package compile

import (
	"fmt"
	"slices"

	"tc0/circuits/arith"
	"tc0/circuits/gadget"
	"tc0/circuits/lower"
)

// A program is the family n ↦ C_n as data: for every position the same stages,
// each a fixed grid of elements whose operands are given by a rule. Elements of
// pair stages exist once for every earlier position. Because the tables of a
// stage do not depend on the position, the number of nodes and gates of an
// element is a constant of its stage, and addresses are quadratic in the
// position: C_m is a prefix of C_n for m < n.
type program struct {
	vocab  int
	digits int
	groups []*group
	stages []*stage
	logits *stage // form stage with one row per class
	labels *stage
	wires  map[string]bool // stages whose bits are gates
	number *layout         // of the gates
}

// op is what the elements of a stage are.
type op uint8

const (
	tokenOp   op = iota // a table of the position's token; costs nothing
	formOp              // a shared form; costs no gate
	stepOp              // a form and a step on it
	productOp           // a product of two to four elements
)

// stage is a grid of elements that share tables.
type stage struct {
	name       string
	op         op
	rows, cols int
	pair       bool // one element for every earlier position
	later      bool // no element at position 0
	group      *group

	q       *quantity // the tensor that it rounds into; nil for forms, products and the argmax
	tokens  [][]int64 // tokenOp: value by row and token
	form    func(e element, add adder)
	direct  func(e element, add adder) // the same form without reading its own stage, where it does
	steps   gadget.Steps               // stepOp
	factors func(e element) []operand

	shape lower.Shape // stepOp: how it is lowered
	gates []int64     // of one element by row and column; a single entry when all agree
}

// element is one cell of a stage at position t; j < t for pair stages.
type element struct{ t, a, b, j int }

// operand is an element of a stage as an operand, possibly squared by its table.
type operand struct {
	s      *stage
	e      element
	square bool
}

// adder receives a form's constant and terms.
type adder interface {
	constant(c int64)
	term(coef int64, o operand)
}

// group is a list of stages whose elements alternate: all of the first element
// of each, then all of the second. A stage of its own is a group of one.
type group struct {
	rows, cols int
	stages     []*stage
}

// add appends a group of stages.
func (p *program) add(rows, cols int, stages ...*stage) {
	g := &group{rows: rows, cols: cols, stages: stages}
	p.groups = append(p.groups, g)
	for _, s := range stages {
		s.rows, s.cols, s.group = rows, cols, g
		p.stages = append(p.stages, s)
	}
}

// finish plans how stages are lowered; it must come after the last add.
func (p *program) finish(goal Goal) error {
	squared := map[*stage]bool{}
	p.eachOperand(func(o operand) {
		if o.square {
			squared[o.s] = true
		}
	})
	p.wires = map[string]bool{}
	for _, s := range p.stages {
		switch s.op {
		case stepOp:
			digits := p.digits
			if squared[s] {
				digits = 1
			}
			materialise := goal == Wires && !squared[s] && len(s.steps.Thresholds) >= 8
			if materialise {
				p.wires[s.name] = true
			}
			shape, err := lower.ShapeOf(s.steps.Thresholds, s.steps.Values, digits, materialise)
			if err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
			s.shape, s.gates = shape, []int64{shape.Gates()}
		default:
			s.gates = []int64{0}
		}
	}
	for _, s := range p.stages { // factors may come later in the list
		if s.op == productOp {
			s.gates = p.productGates(s)
		}
	}
	p.number = p.layout(gateMeasure, 0)
	return nil
}

// eachOperand visits the operands of one element of every stage, at a position
// late enough to have all of them.
func (p *program) eachOperand(visit func(operand)) {
	for _, s := range p.stages {
		e := element{t: 1, j: 0}
		switch s.op {
		case productOp:
			for _, o := range s.factors(e) {
				visit(o)
			}
		case formOp, stepOp:
			s.form(e, &visitor{visit})
		}
	}
}

type visitor struct{ visit func(operand) }

func (*visitor) constant(int64)            {}
func (v *visitor) term(_ int64, o operand) { v.visit(o) }

// operandBits is the bits and the least value of a product's factor; for token
// stages they depend on the row.
func operandBits(o operand) (width int, least int64) {
	if o.s.op == tokenOp {
		least, width = lower.Spread(o.s.tokens[o.e.a])
		return width, least
	}
	return o.s.shape.Bits, o.s.shape.Lo
}

// productGates is the number of gates of an element by row and column.
func (p *program) productGates(s *stage) []int64 {
	gates := make([]int64, 0, s.rows*s.cols)
	for a := range s.rows {
		for b := range s.cols {
			gates = append(gates, factorGates(s.factors(element{t: 1, a: a, b: b})))
		}
	}
	return gates
}

// factorGates is the number of gates of a product.
func factorGates(fs []operand) int64 {
	f := factorsOf(fs)
	if isSquare(fs) {
		return lower.SquareGates(f.widths[0])
	}
	return lower.ProductGates(f.widths, f.least)
}

// isSquare tells whether a product's two factors are the same variable read in the
// same way; tables of a token are told apart by their content.
func isSquare(fs []operand) bool {
	if len(fs) != 2 {
		return false
	}
	x, y := fs[0], fs[1]
	if x.s.op == tokenOp && y.s.op == tokenOp {
		return x.e.t == y.e.t && slices.Equal(x.s.tokens[x.e.a], y.s.tokens[y.e.a])
	}
	return x == y
}

// measure is a count per element of a stage, row and column: nodes of the
// arithmetic circuit or gates of the threshold circuit.
type measure func(s *stage, row, col int) int64

func gateMeasure(s *stage, row, col int) int64 { return s.gates[min(row*s.cols+col, len(s.gates)-1)] }

func nodeMeasure(s *stage, _, _ int) int64 {
	switch s.op {
	case stepOp:
		return 2
	case formOp, productOp:
		return 1
	}
	return 0
}

// affine is a count at position t: fixed + pairs·t, and later from position 1 on.
type affine struct{ fixed, pairs, later int64 }

func (a affine) at(t int) int64 {
	return a.fixed + a.pairs*int64(t) + a.later*int64(min(t, 1))
}

func (a affine) plus(b affine) affine {
	return affine{a.fixed + b.fixed, a.pairs + b.pairs, a.later + b.later}
}

// size is the count of one cell of a group, up to a stage of it.
func (g *group) size(m measure, row, col int, until *stage) (a affine) {
	for _, s := range g.stages {
		if s == until {
			break
		}
		switch {
		case s.pair:
			a.pairs += m(s, row, col)
		case s.later:
			a.later += m(s, row, col)
		default:
			a.fixed += m(s, row, col)
		}
	}
	return a
}

// layout addresses elements for one measure. Its size is that of the model.
type layout struct {
	m        measure
	position affine              // size of position t
	cells    map[*group][]affine // offset of every cell within a position, row by row
}

func (p *program) layout(m measure, head int64) *layout {
	l := &layout{m: m, cells: map[*group][]affine{}}
	l.position.fixed = head
	for _, g := range p.groups {
		starts := make([]affine, 0, g.rows*g.cols)
		for a := range g.rows {
			for b := range g.cols {
				starts = append(starts, l.position)
				l.position = l.position.plus(g.size(m, a, b, nil))
			}
		}
		l.cells[g] = starts
	}
	return l
}

// base is the address of position t, the sum of the sizes of those before:
// t·fixed + t(t-1)/2·pairs + (t-1)·later.
func (l *layout) base(t int) int64 {
	n := int64(t)
	return n*l.position.fixed + n*(n-1)/2*l.position.pairs + max(n-1, 0)*l.position.later
}

// address is the first node or gate of an element.
func (l *layout) address(s *stage, e element) int64 {
	g := s.group
	at := l.base(e.t) + l.cells[g][e.a*g.cols+e.b].at(e.t) + g.size(l.m, e.a, e.b, s).at(e.t)
	if s.pair {
		at += int64(e.j) * l.m(s, e.a, e.b)
	}
	return at
}

// fits tells whether addresses up to those of position t are below 2^62.
func (l *layout) fits(t int) bool {
	n, p := float64(t), l.position
	return n*float64(p.fixed)+n*(n-1)/2*float64(p.pairs)+n*float64(p.later) < 1<<62
}

// build unrolls the program to length n.
func (p *program) build(n int) (*arith.Circuit, error) {
	b := &builder{
		p: p, b: arith.NewBuilder(), nodes: p.layout(nodeMeasure, 1),
		tokens: map[tokenKey]arith.Table{}, steps: map[*stage]stepTables{},
	}
	input := b.b.Stage("input")
	for t := range n {
		b.b.At(arith.Origin{Stage: input, T: int32(t), A: -1, B: -1, J: -1})
		b.inputs = append(b.inputs, b.b.Input(p.vocab))
		for _, g := range p.groups {
			b.group(g, t)
		}
		b.output(t)
		if b.b.Err() != nil {
			break
		}
	}
	return b.b.Finish()
}

// builder makes the arithmetic circuit of a program.
type builder struct {
	p      *program
	b      *arith.Builder
	nodes  *layout
	inputs []arith.Node
	tokens map[tokenKey]arith.Table
	steps  map[*stage]stepTables
	sum    int64
	terms  []arith.Term
}

// stepTables are a stage's interned tables.
type stepTables struct{ thresholds, values arith.Table }

type tokenKey struct {
	s      *stage
	row    int
	square bool
}

func (b *builder) group(g *group, t int) {
	for a := range g.rows {
		for c := range g.cols {
			for _, s := range g.stages {
				if !s.pair {
					if t > 0 || !s.later {
						b.element(s, element{t: t, a: a, b: c})
					}
					continue
				}
				for j := range t {
					b.element(s, element{t: t, a: a, b: c, j: j})
				}
			}
		}
	}
}

func (b *builder) element(s *stage, e element) {
	if s.op == tokenOp || b.b.Err() != nil {
		return
	}
	o := arith.Origin{Stage: b.b.Stage(s.name), T: int32(e.t), A: -1, B: -1, J: -1}
	if s.rows > 1 {
		o.A = int32(e.a)
	}
	if s.cols > 1 {
		o.B = int32(e.b)
	}
	if s.pair {
		o.J = int32(e.j)
	}
	b.b.At(o)
	if s.op == productOp {
		var views []arith.View
		for _, f := range s.factors(e) {
			views = append(views, b.view(f))
		}
		b.b.Product(views...)
		return
	}
	b.sum, b.terms = 0, b.terms[:0]
	s.form(e, b)
	form := b.b.Form(b.sum, b.terms)
	if s.op == stepOp {
		t := b.stepTables(s)
		b.b.Step(form, t.thresholds, t.values, 0, len(s.steps.Thresholds))
	}
}

// stepTables interns a stage's tables on first use: looking a table up by its
// content reads all of it.
func (b *builder) stepTables(s *stage) stepTables {
	t, ok := b.steps[s]
	if !ok {
		t = stepTables{b.b.Table(s.steps.Thresholds), b.b.Table(s.steps.Values)}
		b.steps[s] = t
	}
	return t
}

func (b *builder) constant(c int64) { b.sum += c }

func (b *builder) term(coef int64, o operand) {
	if coef != 0 {
		b.terms = append(b.terms, arith.Term{Coef: coef, View: b.view(o)})
	}
}

// view is the operand as a view: tokens by table, steps after their form.
func (b *builder) view(o operand) arith.View {
	if o.s.op == tokenOp {
		key := tokenKey{o.s, o.e.a, o.square}
		t, ok := b.tokens[key]
		if !ok {
			t = b.b.Table(squares(o.s.tokens[o.e.a], o.square))
			b.tokens[key] = t
		}
		return arith.View{Node: b.inputs[o.e.t], Table: t}
	}
	n := arith.Node(b.nodes.address(o.s, o.e))
	if o.s.op == stepOp {
		n++
	}
	if !o.square {
		return arith.View{Node: n, Table: arith.Natural}
	}
	key := tokenKey{o.s, 0, true}
	t, ok := b.tokens[key]
	if !ok {
		t = b.b.Table(squares(o.s.steps.Values, true))
		b.tokens[key] = t
	}
	return arith.View{Node: n, Table: t}
}

// squares returns the values, squared if asked for.
func squares(values []int64, square bool) []int64 {
	if !square {
		return values
	}
	out := make([]int64, len(values))
	for i, v := range values {
		out[i] = v * v
	}
	return out
}

func (b *builder) output(t int) {
	logits, labels := make([]arith.Node, b.p.logits.rows), make([]arith.Node, b.p.logits.rows)
	for c := range logits {
		logits[c] = arith.Node(b.nodes.address(b.p.logits, element{t: t, a: c}))
		labels[c] = arith.Node(b.nodes.address(b.p.labels, element{t: t, a: c})) + 1
	}
	b.b.Output(logits, labels)
}
