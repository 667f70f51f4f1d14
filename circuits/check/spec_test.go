package check_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"tc0/circuits/threshold"
)

// spec is a threshold circuit as data, for tests to change.
type spec struct {
	stages  []string
	tables  [][]int64
	forms   []formSpec
	banks   []threshold.Bank
	outputs [][]threshold.Output
}

type formSpec struct {
	constant int64
	terms    []threshold.Term
}

func specOf(c *threshold.Circuit) *spec {
	s := &spec{stages: c.Stages(), outputs: c.Outputs()}
	for t := range threshold.Table(c.Tables()) {
		s.tables = append(s.tables, c.Table(t))
	}
	for f := range c.Forms() {
		constant, terms := c.FormParts(f)
		s.forms = append(s.forms, formSpec{constant, terms})
	}
	for b := range c.Banks() {
		s.banks = append(s.banks, c.Bank(b))
	}
	return s
}

// clone shares what mutations copy before they change it.
func (s *spec) clone() *spec {
	return &spec{s.stages, slices.Clone(s.tables), slices.Clone(s.forms), slices.Clone(s.banks), slices.Clone(s.outputs)}
}

// eachTerm changes the terms of all forms.
func (s *spec) eachTerm(edit func(*threshold.Term)) {
	for f := range s.forms {
		d := &s.forms[f]
		d.terms = slices.Clone(d.terms)
		for i := range d.terms {
			edit(&d.terms[i])
		}
	}
}

// rebuild is the state of one [spec.build].
type rebuild struct {
	*spec
	b      *threshold.Builder
	table  []threshold.Table
	next   int // forms built
	listAt map[*int32]int
}

// build makes the circuit, unless the builder refuses.
func (s *spec) build() (*threshold.Circuit, error) {
	r := &rebuild{spec: s, b: threshold.NewBuilder(), listAt: map[*int32]int{}}
	for _, name := range s.stages {
		r.b.Stage(name)
	}
	for _, t := range s.tables {
		r.table = append(r.table, r.b.Table(t))
	}
	for i := range s.banks {
		if err := r.bank(&s.banks[i]); err != nil {
			return nil, err
		}
	}
	if err := r.upTo(len(s.forms) - 1); err != nil {
		return nil, err
	}
	for _, o := range s.outputs {
		r.b.Output(o)
	}
	return r.b.Finish()
}

// upTo builds the forms to f.
func (r *rebuild) upTo(f int) error {
	for ; r.next <= min(f, len(r.forms)-1); r.next++ {
		d := &r.forms[r.next]
		terms := slices.Clone(d.terms)
		for i, t := range terms {
			if t.Table == threshold.Ones {
				continue
			}
			if t.Table < 0 || int(t.Table) >= len(r.table) {
				return fmt.Errorf("table %d does not exist", t.Table)
			}
			terms[i].Table = r.table[t.Table]
		}
		r.b.Form(d.constant, terms)
	}
	return r.b.Err()
}

func (r *rebuild) bank(d *threshold.Bank) error {
	switch d.Kind {
	case threshold.Input:
		r.b.Input(int(d.Gates), d.Tag)
		return r.b.Err()
	case threshold.And, threshold.Pairs:
		return r.conjunctions(d)
	}
	if err := r.upTo(d.Form); err != nil {
		return err
	}
	if d.Table < 0 || int(d.Table) >= len(r.table) {
		return fmt.Errorf("table %d does not exist", d.Table)
	}
	if d.Kind == threshold.Level {
		r.b.Level(d.Form, r.table[d.Table], d.Off, d.Stride, d.Gates, d.Tag)
	} else {
		r.b.Digit(d.Form, d.High, r.table[d.Table], d.Off, d.Count, d.Width, d.Past, d.Tag)
	}
	return r.b.Err()
}

func (r *rebuild) conjunctions(d *threshold.Bank) error {
	var lists []int
	for _, l := range d.Lists {
		for _, f := range l {
			if err := r.upTo(int(f)); err != nil {
				return err
			}
		}
		lists = append(lists, r.list(l))
	}
	if d.Kind == threshold.Pairs {
		r.b.Pairs(d.Tag, lists[0])
	} else {
		r.b.And(d.Tag, lists...)
	}
	return r.b.Err()
}

// list keeps lists that banks share shared.
func (r *rebuild) list(forms []int32) int {
	if len(forms) == 0 {
		return r.b.List(forms)
	}
	l, ok := r.listAt[&forms[0]]
	if !ok || len(r.b.ListForms(l)) != len(forms) {
		l = r.b.List(forms)
		r.listAt[&forms[0]] = l
	}
	return l
}

// mutation changes one thing of a cloned spec at random and says what. It says
// nothing when there is nothing of its kind, or when the change changes nothing.
type mutation func(s *spec, r *rand.Rand) string

// Changes of numbers leave alone who reads whom.
var numbers = []mutation{mutateWeight, mutateThreshold, mutateTable}

var everything = append([]mutation{
	mutateView, mutateTerms, mutateOperand, mutateCount, mutateList, mutateOutput, mutateTag,
}, numbers...)

// mutant applies mutations of some kinds until it has made n.
func (s *spec) mutant(r *rand.Rand, kinds []mutation, n int) (*spec, string) {
	m, text := s.clone(), ""
	for n > 0 {
		if d := kinds[r.IntN(len(kinds))](m, r); d != "" {
			text += d + "; "
			n--
		}
	}
	return m, text
}

// bump changes a number a little or, rarely, much.
func bump(r *rand.Rand, x int64) int64 {
	switch r.IntN(8) {
	case 0:
		return -x
	case 1:
		return x * 2
	case 2:
		return x + r.Int64N(2001) - 1000
	case 3:
		return x + 1<<r.IntN(62)
	case 4, 5:
		return x - 1
	}
	return x + 1
}

// change sets *at to a bumped value.
func change[T ~int | ~int32 | ~int64](r *rand.Rand, what string, at *T) string {
	old := *at
	*at = T(bump(r, int64(old)))
	if *at == old {
		return ""
	}
	return fmt.Sprintf("%s %d -> %d", what, old, *at)
}

// near sets *at to another number close by.
func near[T ~int | ~int32](r *rand.Rand, what string, at *T) string {
	old := *at
	if *at = max(0, old+T(r.IntN(9)-4)); *at == old {
		return ""
	}
	return fmt.Sprintf("%s %d -> %d", what, old, *at)
}

// pickForm copies the terms of a random form.
func (s *spec) pickForm(r *rand.Rand) (int, *formSpec) {
	f := r.IntN(len(s.forms))
	d := &s.forms[f]
	d.terms = slices.Clone(d.terms)
	return f, d
}

func mutateWeight(s *spec, r *rand.Rand) string {
	f, d := s.pickForm(r)
	i := r.IntN(len(d.terms) + 1)
	if i == len(d.terms) {
		return change(r, fmt.Sprintf("constant of form %d", f), &d.constant)
	}
	return change(r, fmt.Sprintf("coefficient %d of form %d", i, f), &d.terms[i].Coef)
}

func mutateTable(s *spec, r *rand.Rand) string {
	t := r.IntN(len(s.tables))
	if len(s.tables[t]) == 0 {
		return ""
	}
	s.tables[t] = slices.Clone(s.tables[t])
	i := r.IntN(len(s.tables[t]))
	return change(r, fmt.Sprintf("entry %d of table %d", i, t), &s.tables[t][i])
}

func mutateThreshold(s *spec, r *rand.Rand) string {
	b := r.IntN(len(s.banks))
	d := &s.banks[b]
	what := func(field string) string { return fmt.Sprintf("%s of bank %d", field, b) }
	switch i := r.IntN(4); {
	case d.Kind != threshold.Level && d.Kind != threshold.Digit:
		return ""
	case i == 0:
		return near(r, what("table"), &d.Table)
	case i == 1:
		return change(r, what("offset"), &d.Off)
	case d.Kind == threshold.Digit:
		return change(r, what("past"), &d.Past)
	}
	return change(r, what("stride"), &d.Stride)
}

func mutateView(s *spec, r *rand.Rand) string {
	f, d := s.pickForm(r)
	if len(d.terms) == 0 {
		return ""
	}
	t := &d.terms[r.IntN(len(d.terms))]
	switch {
	case t.Ref < 0:
		return ""
	case t.Table == threshold.Ones:
		t.Table = threshold.Table(r.IntN(len(s.tables)))
		return fmt.Sprintf("ones of form %d -> table %d", f, t.Table)
	case r.IntN(2) == 0:
		return near(r, fmt.Sprintf("offset of form %d", f), &t.Off)
	}
	return near(r, fmt.Sprintf("table of form %d", f), &t.Table)
}

// mutateTerms drops, repeats or redirects a term.
func mutateTerms(s *spec, r *rand.Rand) string {
	f, d := s.pickForm(r)
	if len(d.terms) == 0 {
		return ""
	}
	i := r.IntN(len(d.terms))
	switch r.IntN(3) {
	case 0:
		d.terms = slices.Delete(d.terms, i, i+1)
		return fmt.Sprintf("form %d loses term %d", f, i)
	case 1:
		d.terms = append(d.terms, d.terms[i])
		return fmt.Sprintf("form %d repeats term %d", f, i)
	}
	what := fmt.Sprintf("operand %d of form %d", i, f)
	if g, ok := d.terms[i].Ref.Form(); ok {
		text := near(r, what, &g)
		d.terms[i].Ref = threshold.FormRef(g)
		return text
	}
	return near(r, what, &d.terms[i].Ref)
}

func mutateOperand(s *spec, r *rand.Rand) string {
	b := r.IntN(len(s.banks))
	d := &s.banks[b]
	switch {
	case d.Kind != threshold.Level && d.Kind != threshold.Digit:
		return ""
	case d.Kind == threshold.Digit && r.IntN(2) == 0:
		return near(r, fmt.Sprintf("high of bank %d", b), &d.High)
	}
	return near(r, fmt.Sprintf("form of bank %d", b), &d.Form)
}

func mutateCount(s *spec, r *rand.Rand) string {
	b := r.IntN(len(s.banks))
	d := &s.banks[b]
	switch {
	case d.Kind == threshold.Digit && r.IntN(2) == 0:
		return near(r, fmt.Sprintf("width of bank %d", b), &d.Width)
	case d.Kind == threshold.Digit:
		return near(r, fmt.Sprintf("count of bank %d", b), &d.Count)
	case d.Kind == threshold.Level || d.Kind == threshold.Input:
		return change(r, fmt.Sprintf("gates of bank %d", b), &d.Gates)
	}
	return ""
}

// mutateList exchanges, replaces, drops or repeats bits of operands, or exchanges
// or replaces operands.
func mutateList(s *spec, r *rand.Rand) string {
	b := r.IntN(len(s.banks))
	d := &s.banks[b]
	if len(d.Lists) == 0 {
		return ""
	}
	d.Lists = slices.Clone(d.Lists)
	i, j := r.IntN(len(d.Lists)), r.IntN(len(d.Lists))
	switch other := &s.banks[r.IntN(len(s.banks))]; r.IntN(5) {
	case 0:
		d.Lists[i], d.Lists[j] = d.Lists[j], d.Lists[i]
		return fmt.Sprintf("operands %d and %d of bank %d", i, j, b)
	case 1:
		if len(other.Lists) == 0 {
			return ""
		}
		d.Lists[i] = other.Lists[r.IntN(len(other.Lists))]
		return fmt.Sprintf("operand %d of bank %d is another's", i, b)
	}
	l := slices.Clone(d.Lists[i])
	if len(l) == 0 {
		return ""
	}
	x, y := r.IntN(len(l)), r.IntN(len(l))
	text := fmt.Sprintf("bits %d and %d of operand %d of bank %d", x, y, i, b)
	switch r.IntN(4) {
	case 0:
		l[x], l[y] = l[y], l[x]
	case 1:
		text = near(r, text, &l[x])
	case 2:
		l = slices.Delete(l, x, x+1)
	case 3:
		l = append(l, l[x])
	}
	d.Lists[i] = l
	return text
}

func mutateOutput(s *spec, r *rand.Rand) string {
	t := r.IntN(len(s.outputs))
	if len(s.outputs[t]) == 0 {
		return ""
	}
	s.outputs[t] = slices.Clone(s.outputs[t])
	o := &s.outputs[t][r.IntN(len(s.outputs[t]))]
	if r.IntN(3) == 0 {
		return change(r, fmt.Sprintf("output gate at %d", t), &o.Gate)
	}
	return near(r, fmt.Sprintf("output bank at %d", t), &o.Bank)
}

// mutateTag changes a tag, or exchanges two of one kind of bank.
func mutateTag(s *spec, r *rand.Rand) string {
	b, other := r.IntN(len(s.banks)), r.IntN(len(s.banks))
	if x, y := &s.banks[b], &s.banks[other]; r.IntN(2) == 0 {
		if x.Kind != y.Kind || b == other {
			return ""
		}
		x.Tag, y.Tag = y.Tag, x.Tag
		return fmt.Sprintf("nodes of banks %d and %d", b, other)
	}
	return near(r, fmt.Sprintf("node of bank %d", b), &s.banks[b].Tag.Node)
}

// TestSpec: an unchanged circuit is built again as it was.
func TestSpec(t *testing.T) {
	_, tc := build(t, small[0])
	again, err := specOf(tc).build()
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(specOf(tc), specOf(again)) {
		t.Error("the circuit differs from its copy")
	}
}
