package snark

import (
	"fmt"
	"slices"

	"github.com/consensys/gnark/frontend"
)

// weaver writes the constraints of a program.
type weaver struct {
	woven
	program *program
	weights []weights // by stage
	values  [][][]frontend.Variable
	of      []claim // by stage
}

// weights are the numbers of a form as variables.
type weights struct{ coefficients, constants []frontend.Variable }

// define writes the constraints of parameters and words, but for the lookups and claims.
func (c *weaver) define() error {
	p := c.program
	c.weights, c.of = make([]weights, len(p.Stages)), make([]claim, len(p.Stages))
	var secret []tableRows
	for i := range p.Stages {
		if rows := c.parameters(i); rows != nil {
			secret = append(secret, tableRows{table: p.tables[i], secret: rows})
		}
	}
	for range p.words {
		c.word()
	}
	c.tables = append([]tableRows{{table: p.base}}, secret...)
	for i := range c.tables {
		c.tables[i].counts = c.take(c.tables[i].size)
	}
	for i, claimed := range p.claims {
		if claimed {
			c.claims = append(c.claims, c.of[i])
		}
	}
	if len(c.advice) > 0 {
		return fmt.Errorf("%d values of advice are left over", len(c.advice))
	}
	return nil
}

// parameters takes the parameters of a stage, checks their ranges and returns the rows of its
// table, if it has one.
func (c *weaver) parameters(i int) []query {
	s, w := &c.program.Stages[i], &c.weights[i]
	w.coefficients, w.constants = known(s.Coefficients), known(s.Constants)
	var numbers [][]frontend.Variable
	for _, r := range c.program.runs(i) {
		numbers = append(numbers, c.run(r))
	}
	if s.Coefficients.Limbs > 0 {
		w.coefficients, numbers = numbers[0], numbers[1:]
	}
	if s.Constants.Limbs > 0 {
		w.constants, numbers = numbers[0], numbers[1:]
	}
	if p := c.program; p.claims[i] {
		c.of[i].matrix = p.matrix(s, w.coefficients)
	}
	if s.Kind != StepStage {
		return nil
	}
	start, gaps, values := numbers[0][0], widths(numbers[1], numbers[2]), numbers[3]
	var rows []query
	for k := range s.Levels {
		end := c.api.Add(start, gaps[k])
		rows = append(rows, query{c.program.tables[i].tag, c.between(start, end), values[k : k+1]})
		start = end
	}
	return rows
}

// widths are the widths of all levels in order.
func widths[T any](outer, inner []T) []T { return slices.Concat(outer[:1], inner, outer[1:]) }

// known are known numbers as variables.
func known(n Numbers) []frontend.Variable {
	out := make([]frontend.Variable, len(n.Known))
	for i, v := range n.Known {
		out[i] = v
	}
	return out
}

// run takes a run of parameters and checks that each is as wide as it may be.
func (c *weaver) run(r run) []frontend.Variable {
	stored := c.take(r.count)
	c.stored = append(c.stored, stored...)
	out := make([]frontend.Variable, r.count)
	for i, v := range stored {
		c.checkLoose(v, c.program.span(r)) // of whole limbs: the check is exact
		out[i] = c.api.Sub(v, c.program.shift(r))
	}
	return out
}

// between packs the two ends of an interval.
func (c *wiring) between(lo, hi frontend.Variable) frontend.Variable {
	return c.api.Add(lo, c.api.Mul(hi, endWeight))
}

// matrix are the coefficients of the operands that all elements of a form share, by element.
func (a *Architecture) matrix(s *Stage, coefficients []frontend.Variable) [][]frontend.Variable {
	k := a.fanIn(s)
	out := make([][]frontend.Variable, s.Rows*s.Columns)
	for cell := range out {
		at := cell * k
		for _, r := range s.Reads {
			n := a.operands(r)
			if r.whole() {
				out[cell] = append(out[cell], coefficients[at:at+n]...)
			}
			at += n
		}
	}
	return out
}

// word writes the constraints of one word.
func (c *weaver) word() {
	p := c.program
	c.values = make([][][]frontend.Variable, len(p.Stages))
	for i := range c.values {
		c.values[i] = make([][]frontend.Variable, p.Length)
	}
	for t := range p.Length {
		for i := range p.Stages {
			c.values[i][t] = c.stage(i, t)
		}
		c.labels = append(c.labels, c.oneOf(c.values[len(p.Stages)-1][t]))
	}
}

// stage writes the constraints of a stage's elements at a position and returns their values.
func (c *weaver) stage(i, t int) []frontend.Variable {
	s := &c.program.Stages[i]
	var out []frontend.Variable
	switch s.Kind {
	case TokenStage:
		bits, token := c.oneHot(s.Rows)
		c.tokens = append(c.tokens, token)
		return bits
	case ProductStage:
		for _, p := range s.elements(t) {
			v := c.sum(s, s.Reads[0], p, 0)
			for _, r := range s.Reads[1:] {
				v = c.api.Mul(v, c.sum(s, r, p, 0))
			}
			out = append(out, v)
		}
		return out
	}
	out = c.forms(i, t)
	for k, f := range out {
		switch s.Kind {
		case StepStage:
			out[k] = c.step(s, c.program.tables[i], f)
		case BitStage:
			out[k] = c.bit(c.api.Sub(f, s.Threshold), 1<<(s.Gaps*c.program.Width))
		}
	}
	return out
}

// sum is an operand of a read by an element.
func (c *weaver) sum(s *Stage, r Read, p place, o int) frontend.Variable {
	var terms []frontend.Variable
	for _, x := range c.program.refs(s, r, p, o) {
		terms = append(terms, c.values[x.stage][x.t][x.index])
	}
	return add(c.api, terms)
}

// forms are the forms of a stage at a position.
func (c *weaver) forms(i, t int) []frontend.Variable {
	s, w := &c.program.Stages[i], &c.weights[i]
	elements := s.elements(t)
	cells, k := s.Rows*s.Columns, c.program.fanIn(s)
	out := make([]frontend.Variable, len(elements))
	for e, p := range elements {
		var terms []frontend.Variable
		cell := e % cells
		if len(w.constants) > 0 {
			terms = append(terms, w.constants[s.phase(t)*cells+cell])
		}
		if c.program.claims[i] {
			if cell == 0 {
				c.claim(i, p)
			}
			terms = append(terms, c.of[i].out[len(c.of[i].out)-1][cell])
		}
		at := cell * k
		for _, r := range s.Reads {
			n := c.program.operands(r)
			for o := range n {
				if len(w.coefficients) > 0 && !(c.program.claims[i] && r.whole()) {
					terms = append(terms, c.api.Mul(w.coefficients[at+o], c.sum(s, r, p, o)))
				}
			}
			at += n
		}
		out[e] = add(c.api, terms)
	}
	return out
}

// claim takes the products of a stage's matrix and the vector that its elements share; p is the
// first of them.
func (c *weaver) claim(i int, p place) {
	s := &c.program.Stages[i]
	var in []frontend.Variable
	for _, r := range s.Reads {
		for o := range c.program.operands(r) {
			if r.whole() {
				in = append(in, c.sum(s, r, p, o))
			}
		}
	}
	x := &c.of[i]
	x.in, x.out = append(x.in, in), append(x.out, c.take(s.Rows*s.Columns))
}

// step is the value of the row whose ends hold f: see [constrainer.interval].
func (c *weaver) step(s *Stage, t *table, f frontend.Variable) frontend.Variable {
	distance := c.take(2)
	for _, d := range distance {
		c.checkLoose(d, 1<<(s.Gaps*c.program.Width))
	}
	value := c.take(1)
	c.queries = append(c.queries, query{t.tag, c.between(c.api.Sub(f, distance[0]), c.api.Add(f, distance[1], 1)), value})
	return value[0]
}
