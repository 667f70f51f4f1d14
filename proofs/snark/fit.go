package snark

import (
	"fmt"
	"slices"

	"tc0/circuits/arith"
)

// place is where a node stands in its stage. Indices that a stage does not have are 0, but
// j is then -1.
type place struct{ t, j, row, column int }

func placeOf(c *arith.Circuit, n arith.Node) place {
	o := c.Origin(n)
	return place{int(o.T), int(o.J), max(int(o.A), 0), max(int(o.B), 0)}
}

// numbers are the numbers of one stage of a circuit.
type numbers struct {
	coefficients, constants []int64
	given, settled          []bool // which of them an element has determined
	start                   int64
	gaps, values            []int64
	lo, hi                  int64 // of the form, over all elements
	step                    arith.Node
	seen                    [][]bool // elements by position
}

// fitting reads the numbers of a circuit off its nodes, for the stages of an architecture.
type fitting struct {
	arch    *Architecture
	circuit *arith.Circuit
	index   map[string]int // stages by name
	virtual []bool         // by stage: forms over the bits of the token, which have no nodes
	stages  []*numbers
}

// fit reads the numbers of every stage. It is an error if the circuit is not the program of
// the architecture with some numbers: if an element has no node, a node no element,
// an operand no read, or elements of one row and column have different numbers.
func fit(a *Architecture, c *arith.Circuit) ([]*numbers, error) {
	f := &fitting{arch: a, circuit: c, index: map[string]int{}}
	for i := range a.Stages {
		f.index[a.Stages[i].Name] = i
		f.stages = append(f.stages, newNumbers(a, &a.Stages[i]))
		f.virtual = append(f.virtual, f.isVirtual(&a.Stages[i]))
	}
	if n := len(c.Inputs()); n != a.Length || len(c.Outputs()) != n {
		return nil, fmt.Errorf("words of %d tokens and %d positions with labels, the architecture has %d", n, len(c.Outputs()), a.Length)
	}
	for i := range c.Len() {
		if err := f.node(arith.Node(i)); err != nil {
			return nil, fmt.Errorf("%s: %w", c.Name(arith.Node(i)), err)
		}
	}
	return f.stages, f.complete()
}

func newNumbers(a *Architecture, s *Stage) *numbers {
	n := &numbers{step: -1, seen: make([][]bool, a.Length)}
	for t := range n.seen {
		n.seen[t] = make([]bool, s.at(t))
	}
	if s.computes() {
		n.coefficients = make([]int64, s.Rows*s.Columns*a.fanIn(s))
		n.constants = make([]int64, s.Rows*s.Columns*s.phases())
		n.given, n.settled = make([]bool, len(n.coefficients)), make([]bool, len(n.constants))
	}
	return n
}

// node reads one node.
func (f *fitting) node(n arith.Node) error {
	c := f.circuit
	p := placeOf(c, n)
	if c.Kind(n) == arith.Input {
		return f.token(n, p)
	}
	i, ok := f.index[c.StageName(c.Origin(n).Stage)]
	if !ok {
		return fmt.Errorf("the architecture has no such stage")
	}
	s := &f.arch.Stages[i]
	if s.Pair != (p.j >= 0) || p.j >= p.t || !within(p.row, 0, s.Rows-1) || !within(p.column, 0, s.Columns-1) ||
		!within(p.t, s.First, f.arch.Length-1) {
		return fmt.Errorf("the architecture has no such element")
	}
	switch c.Kind(n) {
	case arith.Step:
		return f.step(i, n, p)
	case arith.Product:
		if s.Kind != ProductStage {
			return fmt.Errorf("a product, the architecture has a %s", s.Kind)
		}
		return f.product(i, n, p)
	}
	if !s.computes() {
		return fmt.Errorf("a form, the architecture has a %s", s.Kind)
	}
	if s.Kind == FormStage {
		f.mark(i, p)
	}
	return f.form(i, n, p)
}

// mark notes that an element has a node. A second one has the same operands and numbers, and so the
// same value.
func (f *fitting) mark(i int, p place) {
	f.stages[i].seen[p.t][f.arch.Stages[i].index(p.j, p.row, p.column)] = true
}

func (f *fitting) token(n arith.Node, p place) error {
	if p.t < 0 || p.t >= f.arch.Length || f.circuit.Inputs()[p.t] != n {
		return fmt.Errorf("not the token of its position")
	}
	if v := f.circuit.Levels(n); v != f.arch.Vocabulary {
		return fmt.Errorf("a token of %d, the architecture has %d", v, f.arch.Vocabulary)
	}
	for v := range f.arch.Vocabulary {
		f.stages[0].seen[p.t][v] = true
	}
	return nil
}

// step reads the table of a step; all steps of a stage have the same.
func (f *fitting) step(i int, n arith.Node, p place) error {
	c, s, x := f.circuit, &f.arch.Stages[i], f.stages[i]
	form, thresholds, values := c.Step(n)
	if s.Kind != StepStage && s.Kind != BitStage {
		return fmt.Errorf("a step, the architecture has a %s", s.Kind)
	}
	if c.Origin(form) != c.Origin(n) {
		return fmt.Errorf("a step on a form of another element: %s", notCompiled)
	}
	lo, hi := c.Range(form)
	if x.step < 0 {
		x.step, x.lo, x.hi = n, lo, hi
	}
	_, first, firstValues := c.Step(x.step)
	if !slices.Equal(thresholds, first) || !slices.Equal(values, firstValues) {
		return fmt.Errorf("its table is not that of its stage: compile with --digits 2")
	}
	x.lo, x.hi = min(x.lo, lo), max(x.hi, hi)
	if s.Kind == BitStage && (len(thresholds) != 1 || thresholds[0] != s.Threshold || values[0] != 0 || values[1] != 1) {
		return fmt.Errorf("not a bit with threshold %d", s.Threshold)
	}
	f.mark(i, p)
	return nil
}

// What to do about a circuit that is not of an architecture.
const (
	notCompiled = "not a circuit of tc0 compile"
	makeOne     = "make an architecture of this model"
)

// form reads coefficients and constant of a form.
func (f *fitting) form(i int, n arith.Node, p place) error {
	constant, terms := f.circuit.Form(n)
	s, x := &f.arch.Stages[i], f.stages[i]
	k := f.arch.fanIn(s)
	found := make([]int64, k)
	sums := make([]int, k) // how many terms a coefficient has been found in
	seen := map[arith.View]bool{}
	for _, t := range terms {
		if seen[t.View] {
			return fmt.Errorf("it reads %s twice: %s", f.circuit.Name(t.Node), notCompiled)
		}
		seen[t.View] = true
		if err := f.term(s, p, t, found, sums); err != nil {
			return err
		}
	}
	cell := p.row*s.Columns + p.column
	if err := settle(x.constants, x.settled, s.phase(p.t)*s.Rows*s.Columns+cell, constant); err != nil {
		return fmt.Errorf("constant %w", err)
	}
	at := 0
	for _, r := range s.Reads {
		op := &f.arch.Stages[r.Stage]
		m := f.arch.operands(r)
		present := r.present(op, s.Pair, p.t, p.j)
		for o := at; o < at+m; o++ {
			if !present {
				if found[o] != 0 {
					return fmt.Errorf("it reads %s at a position that the architecture does not have: %s", op.Name, makeOne)
				}
				continue
			}
			if when := r.when(p.t, p.j); op.Pair && !s.Pair && sums[o] != 0 && sums[o] != when {
				return fmt.Errorf("it reads %s at some of the earlier positions only: %s", op.Name, notCompiled)
			}
			if err := settle(x.coefficients, x.given, cell*k+o, found[o]); err != nil {
				return fmt.Errorf("coefficient of %s %w", op.Name, err)
			}
		}
		at += m
	}
	return nil
}

// settle sets a number, or compares it with the one that another element has set.
func settle(to []int64, set []bool, at int, v int64) error {
	if set[at] && to[at] != v {
		return fmt.Errorf("%d is %d at another position: %s", v, to[at], notCompiled)
	}
	to[at], set[at] = v, true
	return nil
}

// term adds one term of a form of an element.
func (f *fitting) term(s *Stage, p place, t arith.Term, found []int64, sums []int) error {
	c := f.circuit
	q := placeOf(c, t.Node)
	input := c.Kind(t.Node) == arith.Input
	if !input && t.Table != arith.Natural {
		return fmt.Errorf("it reads %s through a table: compile with --digits 2", c.Name(t.Node))
	}
	at := 0
	for _, r := range s.Reads {
		switch {
		case input && f.virtual[r.Stage] && r.when(p.t, p.j) == q.t:
			found[at] = t.Coef
			return f.tokenTable(r, p, t.View) // of which there is one for all positions
		case f.reads(s, r, p, t.Node, q) && input:
			return f.tokenTerm(t, found[at:])
		case f.reads(s, r, p, t.Node, q):
			o := at + f.offset(r, q)
			if sums[o]++; sums[o] > 1 && found[o] != t.Coef {
				return fmt.Errorf("coefficients of %s differ by the earlier position: %s", f.arch.Stages[r.Stage].Name, notCompiled)
			}
			found[o] = t.Coef
			return nil
		}
		at += f.arch.operands(r)
	}
	return fmt.Errorf("the architecture does not read %s here: %s", c.Name(t.Node), makeOne)
}

// tokenTerm adds a token through a table to the coefficients of its bits.
func (f *fitting) tokenTerm(t arith.Term, found []int64) error {
	for v, x := range f.circuit.Table(t.Table)[:f.arch.Vocabulary] {
		y := t.Coef * x // in range, as the form is
		if sum := found[v] + y; (sum > found[v]) == (y > 0) {
			found[v] = sum
			continue
		}
		return fmt.Errorf("the sum of its tables of %s does not fit in 64 bits: compile with fewer bits", f.circuit.Name(t.Node))
	}
	return nil
}

// offset is the number of an operand among those of a read.
func (f *fitting) offset(r Read, q place) int {
	n := 0
	if r.Row == Every {
		n = q.row
	}
	if r.Column == Every {
		n = n*f.arch.Stages[r.Stage].Columns + q.column
	}
	return n
}

// reads tells whether a read of an element at p is of a node at q.
func (f *fitting) reads(s *Stage, r Read, p place, n arith.Node, q place) bool {
	op := &f.arch.Stages[r.Stage]
	if f.circuit.Kind(n) == arith.Input {
		return r.Stage == 0 && r.Row == Every && r.when(p.t, p.j) == q.t
	}
	stepped := op.Kind == StepStage || op.Kind == BitStage // its form is no element of its own
	if op.Name != f.circuit.StageName(f.circuit.Origin(n).Stage) || stepped != (f.circuit.Kind(n) == arith.Step) ||
		r.when(p.t, p.j) != q.t || op.Pair && s.Pair && q.j != p.j {
		return false
	}
	return r.Row.pick(p.row, p.column, q.row) == q.row && r.Column.pick(p.row, p.column, q.column) == q.column
}

// product compares the factors of a product with the reads. A factor that is a token through
// a table is a form over the token's bits.
func (f *fitting) product(i int, n arith.Node, p place) error {
	c, s := f.circuit, &f.arch.Stages[i]
	factors := c.Factors(n)
	if len(factors) != len(s.Reads) {
		return fmt.Errorf("%d factors, the architecture has %d", len(factors), len(s.Reads))
	}
	for k, v := range factors {
		r := s.Reads[k]
		if c.Kind(v.Node) == arith.Input {
			if !f.virtual[r.Stage] || placeOf(c, v.Node).t != r.when(p.t, p.j) {
				return fmt.Errorf("factor %d is a table of the token, the architecture reads %s", k, f.arch.Stages[r.Stage].Name)
			}
			if err := f.tokenTable(r, p, v.View); err != nil {
				return err
			}
			continue
		}
		if v.Table != arith.Natural {
			return fmt.Errorf("it reads %s through a table: compile with --digits 2", c.Name(v.Node))
		}
		if !f.reads(s, r, p, v.Node, placeOf(c, v.Node)) {
			return fmt.Errorf("factor %d is %s, the architecture reads %s", k, c.Name(v.Node), f.arch.Stages[r.Stage].Name)
		}
	}
	f.mark(i, p)
	return nil
}

// isVirtual tells whether a stage is forms over the bits of the token of their own position, of which the
// circuit has no nodes: it reads the token through a table.
func (f *fitting) isVirtual(s *Stage) bool {
	return s.Kind == FormStage && !slices.Contains(f.circuit.Stages(), s.Name) && len(s.Reads) == 1 && s.Reads[0] == ofToken
}

// ofToken is the read of all bits of the token.
var ofToken = Read{Stage: 0, Row: Every, Column: Every}

// tokenTable reads off a table of the token, as which an element reads one of a virtual stage.
func (f *fitting) tokenTable(r Read, p place, v arith.View) error {
	op, x := &f.arch.Stages[r.Stage], f.stages[r.Stage]
	if f.arch.operands(r) != 1 {
		return fmt.Errorf("it reads one table of the token, the architecture has every element of %s", op.Name)
	}
	cell := op.index(0, r.Row.pick(p.row, p.column, 0), r.Column.pick(p.row, p.column, 0))
	for token, y := range f.circuit.Table(v.Table)[:f.arch.Vocabulary] {
		if err := settle(x.coefficients, x.given, cell*f.arch.Vocabulary+token, y); err != nil {
			return fmt.Errorf("value of token %d %w", token, err)
		}
	}
	return nil
}

// complete refuses elements without a node, and labels that are not the last stage's.
func (f *fitting) complete() error {
	for i, x := range f.stages {
		for t, seen := range x.seen {
			if at := slices.Index(seen, false); at >= 0 && !f.virtual[i] {
				return fmt.Errorf("%s: element %d at position %d is missing", f.arch.Stages[i].Name, at, t)
			}
		}
		if s := &f.arch.Stages[i]; s.Kind == StepStage {
			if err := f.tabulate(s, x); err != nil {
				return fmt.Errorf("%s: %w", s.Name, err)
			}
		}
	}
	last := f.arch.Stages[len(f.arch.Stages)-1].Name
	for t, o := range f.circuit.Outputs() {
		if len(o.Labels) != f.arch.Classes {
			return fmt.Errorf("position %d has %d labels, the architecture has %d", t, len(o.Labels), f.arch.Classes)
		}
		for class, n := range o.Labels {
			if f.circuit.StageName(f.circuit.Origin(n).Stage) != last || f.circuit.Kind(n) != arith.Step ||
				placeOf(f.circuit, n) != (place{t, -1, class, 0}) {
				return fmt.Errorf("label %d of position %d is not an element of %s", class, t, last)
			}
		}
	}
	return nil
}

// tabulate makes the rows of a step's table: level k holds the forms from start plus the widths
// before it on. The first and the last level hold all other values of the form. Levels that the model does
// not have are empty, before the last one.
func (f *fitting) tabulate(s *Stage, x *numbers) error {
	_, thresholds, values := f.circuit.Step(x.step)
	if len(values) > s.Levels {
		return fmt.Errorf("%d levels, the architecture has %d: %s", len(values), s.Levels, makeOne)
	}
	last := len(thresholds) - 1
	x.start = min(x.lo, thresholds[0])
	x.gaps = []int64{thresholds[0] - x.start}
	for k := range last {
		x.gaps = append(x.gaps, thresholds[k+1]-thresholds[k])
	}
	pad := make([]int64, s.Levels-len(values))
	x.gaps = append(append(x.gaps, pad...), max(x.hi+1, thresholds[last])-thresholds[last])
	x.values = slices.Concat(values[:last+1], pad, values[last+1:])
	return nil
}
