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

// program plans proofs of the architecture, which is checked first.
func (a *Architecture) program(o Options) (*program, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	if err := a.check(); err != nil {
		return nil, err
	}
	return newProgram(a, o.count())
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
