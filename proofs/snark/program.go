package snark

import (
	"errors"
	"fmt"
	"slices"

	"github.com/consensys/gnark/frontend"
)

// program is an architecture made ready for proofs about some number of words. It is to
// secret weights what a plan is to known ones.
type program struct {
	*Architecture
	rangeTables
	words  int
	digest string   // of the architecture
	tables []*table // by stage: of steps, with secret rows; else nil
	claims []bool   // by stage: whether matrices are claimed, and not multiplied out
	advice int
	tally  Tally
}

// newProgram plans proofs of an architecture that has been checked.
func newProgram(a *Architecture, words int) (*program, error) {
	digest, err := a.Digest()
	if err != nil {
		return nil, err
	}
	p := &program{
		Architecture: a, words: words, digest: digest, tables: make([]*table, len(a.Stages)), claims: make([]bool, len(a.Stages)),
		rangeTables: rangeTables{width: uint(a.Width), base: &table{name: "range", method: direct, size: 1 << a.Width}},
	}
	for i := range a.Stages {
		s := &a.Stages[i]
		if s.Kind == StepStage {
			p.tables[i] = &table{tag: len(p.all()), name: s.Name, method: interval, size: s.Levels}
		}
		p.claims[i] = p.claimed(s)
	}
	x := p.perform(make(Parameters, a.parameters()), slices.Repeat([][]int{make([]int, a.Length)}, words)...)
	p.advice, p.tally = len(x.advice), x.tally
	p.tally.Width = a.Width
	p.tally.Absorbed = 2 + a.elements()
	return p, nil
}

// parameters is the number of parameters.
func (a *Architecture) parameters() int {
	n := 0
	for _, r := range a.layout() {
		n += r.count
	}
	return n
}

// all are the tables in the order of their tags.
func (p *program) all() []*table {
	out := []*table{p.base}
	for _, t := range p.tables {
		if t != nil {
			out = append(out, t)
		}
	}
	return out
}

// whole tells whether a read gives every element the same vector.
func (r Read) whole() bool { return r.Row == Every && r.Column == Every }

// claimed tells whether a form's products of matrices and vectors take fewer constraints
// with Freivalds' check than one by one.
func (p *program) claimed(s *Stage) bool {
	if !s.computes() || s.Coefficients.Limbs == 0 {
		return false
	}
	rows, columns := s.Rows*s.Columns, p.shared(s)
	uses := p.words * p.times(s)
	return (rows-1)*columns+uses*(rows-1+columns) < rows*columns*uses
}

// shared is how many operands all elements of a form at a position share.
func (a *Architecture) shared(s *Stage) int {
	n := 0
	for _, r := range s.Reads {
		if r.whole() {
			n += a.operands(r)
		}
	}
	return n
}

// ref is an element by stage, position and index.
type ref struct{ stage, t, index int }

// refs are the elements that are summed for operand o of a read by an element, none where
// they are outside the word.
func (a *Architecture) refs(s *Stage, r Read, p place, o int) []ref {
	op := &a.Stages[r.Stage]
	if !r.present(op, s.Pair, p.t, p.j) {
		return nil
	}
	row, column := o, 0
	if r.Column == Every {
		row, column = o/op.Columns, o%op.Columns
	}
	row, column = r.Row.pick(p.row, p.column, row), r.Column.pick(p.row, p.column, column)
	t := r.when(p.t, p.j)
	if !op.Pair || s.Pair {
		return []ref{{r.Stage, t, op.index(p.j, row, column)}}
	}
	var out []ref
	for j := range t {
		out = append(out, ref{r.Stage, t, op.index(j, row, column)})
	}
	return out
}

// elements are the elements of a stage at a position in the order of their index.
func (s *Stage) elements(t int) []place {
	from, to := -1, 0
	if s.Pair {
		from, to = 0, t
	}
	var out []place
	for j := from; j < to && t >= s.First; j++ {
		for row := range s.Rows {
			for column := range s.Columns {
				out = append(out, place{t, j, row, column})
			}
		}
	}
	return out
}

func (p *program) size() int    { return p.advice }
func (p *program) count() Tally { return p.tally }

// weave writes the constraints of parameters and words.
func (p *program) weave(api frontend.API, advice []frontend.Variable) (*woven, error) {
	c := &weaver{woven: woven{wiring: newWiring(api, &p.rangeTables, advice)}, program: p}
	return &c.woven, c.define()
}

// solve performs the program with a model's parameters.
func (p *program) solve(words [][]int, m *model) (labels [][]int, advice []int64, err error) {
	if m == nil {
		return nil, nil, errors.New("the constraint system is about committed weights: bind it to a model")
	}
	for _, w := range words {
		if len(w) != p.Length {
			return nil, nil, fmt.Errorf("a word of %d tokens, expected %d", len(w), p.Length)
		}
		if i := slices.IndexFunc(w, func(v int) bool { return !within(v, 0, p.Vocabulary-1) }); i >= 0 {
			return nil, nil, fmt.Errorf("token %d is %d, expected 0..%d", i, w[i], p.Vocabulary-1)
		}
	}
	x := p.perform(m.parameters, words...)
	return x.labels, x.advice, x.err
}

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

// performance computes the advice that a weaver takes.
type performance struct {
	tape
	program *program
	weights []performedWeights // by stage
	values  [][][]int64        // of the word at hand: by stage, position and index
	labels  [][]int            // by word
	err     error              // of the first position without exactly one label
}

// performedWeights are the numbers of a stage.
type performedWeights struct {
	coefficients, constants []int64
	thresholds              []int64 // of a step, between its levels
	ends, values            []int64 // of the levels
}

// perform evaluates the program with some parameters on words and makes the advice.
func (p *program) perform(parameters Parameters, words ...[]int) *performance {
	x := p.begin(parameters)
	for _, w := range words {
		x.word(w)
	}
	x.end()
	return x
}

// begin adds the parameters.
func (p *program) begin(parameters Parameters) *performance {
	x := &performance{tape: newTape(&p.rangeTables, p.all()), program: p, weights: make([]performedWeights, len(p.Stages))}
	for i := range p.Stages {
		parameters = x.parameters(i, parameters)
	}
	return x
}

// end adds how often each row has been looked up.
func (x *performance) end() {
	for _, c := range x.counts {
		x.take(c...)
	}
}

// parameters adds the parameters of a stage and returns those of the next ones.
func (x *performance) parameters(i int, parameters Parameters) Parameters {
	s, w := &x.program.Stages[i], &x.weights[i]
	w.coefficients, w.constants = s.Coefficients.Known, s.Constants.Known
	var numbers [][]int64
	for _, r := range x.program.runs(i) {
		v := parameters[:r.count]
		parameters = parameters[r.count:]
		for _, v := range v {
			x.take(v + x.program.shift(r))
		}
		for _, v := range v {
			x.checkLoose(v+x.program.shift(r), x.program.span(r))
		}
		numbers = append(numbers, v)
	}
	if s.Coefficients.Limbs > 0 {
		w.coefficients, numbers = numbers[0], numbers[1:]
	}
	if s.Constants.Limbs > 0 {
		w.constants, numbers = numbers[0], numbers[1:]
	}
	if x.program.claims[i] {
		cells := s.Rows * s.Columns
		x.tally.Weights += (cells - 1) * x.program.shared(s)
	}
	if s.Kind == StepStage {
		w.ends, w.values = slices.Clone(numbers[0]), numbers[3]
		for _, gap := range widths(numbers[1], numbers[2]) {
			w.ends = append(w.ends, w.ends[len(w.ends)-1]+gap)
		}
		w.thresholds = w.ends[1:s.Levels]
		x.tally.Columns += s.Levels
	}
	return parameters
}

// word adds the advice of one word.
func (x *performance) word(word []int) {
	p := x.program
	x.values = make([][][]int64, len(p.Stages))
	for i := range x.values {
		x.values[i] = make([][]int64, p.Length)
	}
	var labels []int
	for t := range p.Length {
		for i := range p.Stages {
			x.values[i][t] = x.stage(i, t, word[t])
		}
		label, err := labelOf(t, x.values[len(p.Stages)-1][t])
		if x.err == nil {
			x.err = err
		}
		labels = append(labels, label)
	}
	x.labels = append(x.labels, labels)
}

func (x *performance) stage(i, t, token int) []int64 {
	s := &x.program.Stages[i]
	var out []int64
	switch s.Kind {
	case TokenStage:
		x.oneHot(s.Rows, token)
		out = make([]int64, s.Rows)
		out[token] = 1
		return out
	case ProductStage:
		for _, p := range s.elements(t) {
			v := int64(1)
			for _, r := range s.Reads {
				v *= x.sum(x.program.refs(s, r, p, 0))
			}
			x.tally.Products += len(s.Reads) - 1
			out = append(out, v)
		}
		return out
	}
	out = x.forms(i, t)
	for k, f := range out {
		switch s.Kind {
		case StepStage:
			out[k] = x.step(i, f)
		case BitStage:
			out[k] = b2i(f >= s.Threshold)
			x.bit(f-s.Threshold, 1<<(s.Gaps*x.program.Width), f >= s.Threshold)
		}
	}
	return out
}

func (x *performance) sum(refs []ref) int64 {
	var v int64
	for _, y := range refs {
		v += x.values[y.stage][y.t][y.index]
	}
	return v
}

func (x *performance) forms(i, t int) []int64 {
	s, w := &x.program.Stages[i], &x.weights[i]
	elements := s.elements(t)
	cells, k := s.Rows*s.Columns, x.program.fanIn(s)
	out, claimed := make([]int64, len(elements)), make([]int64, len(elements))
	for e, p := range elements {
		cell := e % cells
		if len(w.constants) > 0 {
			out[e] = w.constants[s.phase(t)*cells+cell]
		}
		at := cell * k
		for _, r := range s.Reads {
			n := x.program.operands(r)
			for o := 0; o < n && len(w.coefficients) > 0; o++ {
				refs := x.program.refs(s, r, p, o)
				v := w.coefficients[at+o] * x.sum(refs)
				out[e] += v
				switch {
				case len(refs) == 0:
				case x.program.claims[i] && r.whole():
					claimed[e] += v
					x.tally.Weights += int(b2i(cell == 0)) // the vector times the weighed matrix
				case s.Coefficients.Limbs > 0:
					x.tally.Weights++
				}
			}
			at += n
		}
	}
	if x.program.claims[i] {
		x.take(claimed...)
		x.tally.Weights += len(elements) - len(elements)/cells // the products, weighed
	}
	return out
}

// step adds the distances of a form from the ends of its level, and the level's value.
func (x *performance) step(i int, f int64) int64 {
	s, w := &x.program.Stages[i], &x.weights[i]
	k := level(w.thresholds, f)
	below, above := f-w.ends[k], w.ends[k+1]-1-f
	x.take(below, above)
	for _, d := range []int64{below, above} {
		x.checkLoose(d, 1<<(s.Gaps*x.program.Width))
	}
	x.take(w.values[k])
	x.tally.Columns++
	x.look(x.program.tables[i], k)
	return w.values[k]
}
