package lower_test

import (
	"slices"
	"strings"

	"pgregory.net/rapid"

	"tc0/circuits/arith"
)

// Stages of drawn circuits; steps of the second are materialised when options say so.
const (
	plainStage = "plain"
	bitsStage  = "bits"
)

// drawing makes random arithmetic circuits with every operation, whose nodes are
// all visible: each is the only term of a form that is a logit and whose sign at
// some threshold is a label.
type drawing struct {
	t         *rapid.T
	b         *arith.Builder
	stages    [2]arith.Stage
	variables []arith.Node // inputs and steps
	levels    map[arith.Node]int
	steps     []arith.Node
	forms     []arith.Node
	values    []arith.Node // everything but inputs
	tables    [][]int64    // shared, so that one table is read in several ways
}

// draw draws a circuit and how to lower it.
func draw(t *rapid.T) *arith.Circuit {
	d := &drawing{t: t, b: arith.NewBuilder(), levels: map[arith.Node]int{}}
	d.stages = [2]arith.Stage{d.b.Stage(plainStage), d.b.Stage(bitsStage)}
	d.place()
	for range 3 {
		d.tables = append(d.tables, d.numbers(8))
	}
	for range d.int(1, 3) {
		d.input()
	}
	d.form()
	for range d.int(1, 14) {
		rapid.SampledFrom([]func(){d.form, d.form, d.step, d.step, d.step, d.product, d.product, d.square, d.place}).Draw(t, "node")()
	}
	d.expose()
	c, err := d.b.Finish()
	if err != nil && strings.Contains(err.Error(), "not fit in") {
		t.Skip("values multiplied up") // the draw's fault, not the builder's
	}
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (d *drawing) int(lo, hi int) int { return rapid.IntRange(lo, hi).Draw(d.t, "int") }

// place chooses the stage of the nodes that follow.
func (d *drawing) place() {
	d.b.At(arith.Origin{Stage: rapid.SampledFrom(d.stages[:]).Draw(d.t, "stage"), T: -1, A: -1, B: -1, J: -1})
}

func (d *drawing) numbers(n int) []int64 {
	return rapid.SliceOfN(rapid.Int64Range(-9, 9), n, n).Draw(d.t, "numbers")
}

func (d *drawing) input() {
	n := d.int(1, 4)
	v := d.b.Input(n)
	d.variables, d.levels[v] = append(d.variables, v), n
}

// view draws a view: of a variable, or of any value when they may be read whole.
func (d *drawing) view(any bool) arith.View {
	if any && len(d.values) > 0 && d.int(0, 1) == 0 {
		return arith.View{Node: rapid.SampledFrom(d.values).Draw(d.t, "value"), Table: arith.Natural}
	}
	if len(d.steps) > 0 && d.int(0, 1) == 0 {
		return arith.View{Node: rapid.SampledFrom(d.steps).Draw(d.t, "step"), Table: arith.Natural}
	}
	n := rapid.SampledFrom(d.variables).Draw(d.t, "variable")
	table := rapid.SampledFrom(d.tables).Draw(d.t, "table")
	if levels := d.levels[n]; len(table) < levels {
		table = append(slices.Clone(table), d.numbers(levels-len(table))...)
	}
	return arith.View{Node: n, Table: d.b.Table(table)}
}

func (d *drawing) form() {
	terms := make([]arith.Term, d.int(1, 3))
	for i := range terms {
		terms[i] = arith.Term{Coef: int64(d.int(-3, 3)), View: d.view(true)}
	}
	f := d.b.Form(int64(d.int(-5, 5)), terms)
	d.forms, d.values = append(d.forms, f), append(d.values, f)
}

// step draws thresholds about the range of a form and values of some shape.
func (d *drawing) step() {
	if d.b.Err() != nil {
		return
	}
	form := rapid.SampledFrom(d.forms).Draw(d.t, "form")
	lo, hi := d.b.Range(form)
	n := rapid.SampledFrom([]int{0, 1, 2, 3, 7, 12, 20, 40}).Draw(d.t, "levels")
	th := make([]int64, n)
	for i := range th {
		th[i] = rapid.Int64Range(lo-2, hi+2).Draw(d.t, "threshold")
	}
	slices.Sort(th)
	th = slices.Compact(th)
	off := d.int(0, min(1, len(th)))
	count := len(th) - off
	var values []int64
	if d.int(0, 5) == 0 { // a table that views use, if it is long enough
		values = rapid.SampledFrom(d.tables).Draw(d.t, "values")
	}
	if len(values) <= off+count {
		values = append(make([]int64, off), d.shape(count+1)...)
	}
	s := d.b.Step(form, d.b.Table(th), d.b.Table(values), off, count)
	d.levels[s] = count + 1
	d.steps, d.variables, d.values = append(d.steps, s), append(d.variables, s), append(d.values, s)
}

// shape draws n values that rise, fall, or do both, by one or by more.
func (d *drawing) shape(n int) []int64 {
	turn := rapid.SampledFrom([]int{0, n - 1, n / 2, -1}).Draw(d.t, "turn") // -1: no order at all
	if turn < 0 {
		return d.numbers(n)
	}
	v := make([]int64, n)
	jump := func() int64 { return int64(max(1, d.int(-6, 3))) }
	v[turn] = int64(d.int(-9, 9))
	for i := turn + 1; i < n; i++ {
		v[i] = v[i-1] + jump()
	}
	for i := turn - 1; i >= 0; i-- {
		v[i] = v[i+1] + jump()
	}
	return v
}

func (d *drawing) product() {
	views := make([]arith.View, d.int(2, arith.MaxFactors))
	for i := range views {
		views[i] = d.view(false)
	}
	d.values = append(d.values, d.b.Product(views...))
}

func (d *drawing) square() {
	v := d.view(false)
	d.values = append(d.values, d.b.Product(v, v))
}

// expose makes every value a logit and its comparison with a number a label; a
// last position has steps of any kind with values 0 and 1 as labels.
func (d *drawing) expose() {
	var logits, labels, others []arith.Node
	for _, v := range d.values {
		if d.b.Err() != nil {
			return
		}
		f := d.b.Form(0, []arith.Term{{Coef: 1, View: arith.View{Node: v, Table: arith.Natural}}})
		lo, hi := d.b.Range(f)
		at := rapid.Int64Range(lo, hi+1).Draw(d.t, "border")
		logits = append(logits, f)
		labels = append(labels, d.b.Step(f, d.b.Table([]int64{at}), d.b.Table([]int64{0, 1}), 0, 1))
		if d.int(0, 3) == 0 {
			values := rapid.SliceOfN(rapid.Int64Range(0, 1), 3, 3).Draw(d.t, "label")
			others = append(others, d.b.Step(f, d.b.Table([]int64{at, at + 2}), d.b.Table(values), 0, d.int(0, 2)))
		}
	}
	d.b.Output(logits, labels)
	d.b.Output(nil, others)
}

// words are all words that a circuit can read.
func words(c *arith.Circuit) [][]int {
	all := [][]int{nil}
	for _, in := range c.Inputs() {
		var next [][]int
		for _, w := range all {
			for token := range c.Levels(in) {
				next = append(next, append(slices.Clone(w), token))
			}
		}
		all = next
	}
	return all
}
