package arith

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// drawing makes random circuits.
type drawing struct {
	t      *rapid.T
	b      *Builder
	tokens []int
	forms  []Node
	steps  []Node // with a natural view in products and forms
	values []Node // everything but inputs
	levels map[Node]int
	labels []Node
}

func draw(t *rapid.T) (*Circuit, *drawing) {
	d := &drawing{t: t, b: NewBuilder(), levels: map[Node]int{}}
	d.b.Stage("first \"one\"\n")
	d.b.At(Origin{Stage: d.b.Stage("b"), T: -1, A: 3, B: -1, J: 0})
	d.b.Table(nil)
	d.input()
	for range rapid.IntRange(1, 25).Draw(t, "nodes") {
		rapid.SampledFrom([]func(){d.input, d.form, d.form, d.form, d.step, d.step, d.product, d.product, d.origin}).Draw(t, "node")()
	}
	for range rapid.IntRange(0, 2).Draw(t, "positions") {
		d.b.Output(d.some(d.forms), d.some(d.labels))
	}
	if err := d.b.Err(); err != nil && strings.Contains(err.Error(), "not fit in") {
		t.Skip("values multiplied up") // the draw's fault, not the builder's
	}
	c, err := d.b.Finish()
	if err != nil {
		t.Fatal(err)
	}
	return c, d
}

func (d *drawing) int(lo, hi int) int { return rapid.IntRange(lo, hi).Draw(d.t, "int") }

func (d *drawing) some(nodes []Node) []Node {
	if len(nodes) == 0 {
		return nil
	}
	return rapid.SliceOfN(rapid.SampledFrom(nodes), 0, 3).Draw(d.t, "some")
}

func (d *drawing) value() int64 {
	if d.int(0, 7) == 0 {
		return int64(d.int(-1<<15, 1<<15))
	}
	return int64(d.int(-3, 3))
}

func (d *drawing) table(n int) Table {
	v := make([]int64, n)
	up := int64(d.int(-1, 1)) // tables that rise or fall by one are a case of their own
	first := d.value()
	for i := range v {
		if v[i] = d.value(); up != 0 {
			v[i] = first + up*int64(i)
		}
	}
	return d.b.Table(v)
}

func (d *drawing) origin() {
	d.b.At(Origin{Stage(d.int(0, 1)), int32(d.int(-1, 3)), int32(d.int(-1, 3)), int32(d.int(-1, 3)), int32(d.int(-1, 3))})
}

func (d *drawing) input() {
	n := d.int(1, 5)
	d.tokens = append(d.tokens, n)
	d.levels[d.b.Input(n)] = n
}

// view draws a view: of a variable, or of any value when natural is allowed.
func (d *drawing) view(any bool) View {
	if any && len(d.values) > 0 && d.int(0, 1) == 0 {
		return View{rapid.SampledFrom(d.values).Draw(d.t, "value"), Natural}
	}
	if len(d.steps) > 0 && d.int(0, 1) == 0 {
		return View{rapid.SampledFrom(d.steps).Draw(d.t, "step"), Natural}
	}
	var variables []Node
	for n := range d.levels {
		variables = append(variables, n)
	}
	slices.Sort(variables)
	n := rapid.SampledFrom(variables).Draw(d.t, "variable")
	return View{n, d.table(d.levels[n] + d.int(0, 2))}
}

func (d *drawing) form() {
	terms := make([]Term, d.int(0, 9))
	for i := range terms {
		terms[i] = Term{d.value(), d.view(true)}
	}
	f := d.b.Form(d.value(), terms)
	d.forms, d.values = append(d.forms, f), append(d.values, f)
}

func (d *drawing) step() {
	if len(d.forms) == 0 || d.b.Err() != nil {
		return
	}
	form := rapid.SampledFrom(d.forms).Draw(d.t, "form")
	lo, hi := d.b.Range(form)
	n := d.int(0, 30)
	th := make([]int64, n)
	for i := range th {
		th[i] = rapid.Int64Range(lo-3, hi+3).Draw(d.t, "threshold")
	}
	slices.Sort(th)
	th = slices.Compact(th)
	off := d.int(0, len(th))
	count := d.int(0, len(th)-off)
	values := d.table(off + count + 1 + d.int(0, 1))
	label := d.int(0, 3) == 0
	if label {
		v := make([]int64, off+count+1)
		for i := range v {
			v[i] = int64(d.int(0, 1))
		}
		values = d.b.Table(v)
	}
	s := d.b.Step(form, d.b.Table(th), values, off, count)
	d.levels[s] = count + 1
	d.steps, d.values = append(d.steps, s), append(d.values, s)
	if label {
		d.labels = append(d.labels, s)
	}
}

func (d *drawing) product() {
	views := make([]View, d.int(2, MaxFactors))
	for i := range views {
		views[i] = d.view(false)
	}
	d.values = append(d.values, d.b.Product(views...))
}

func (d *drawing) word() []int {
	w := make([]int, len(d.tokens))
	for i, n := range d.tokens {
		w[i] = d.int(0, n-1)
	}
	return w
}

// benchCircuit sums products of steps over pairs of positions, as a scan does.
func benchCircuit(tb testing.TB, n int) *Circuit {
	tb.Helper()
	b := NewBuilder()
	stage := b.Stage("bench")
	b.At(Origin{stage, -1, -1, -1, -1})
	embed := b.Table([]int64{3, -7, 12, 5, -1, 0, 9, -4})
	th, val := make([]int64, 255), make([]int64, 256)
	for i := range th {
		th[i] = int64(i*3) - 380
	}
	for i := range val {
		val[i] = int64(i) - 128
	}
	steps, values := b.Table(th), b.Table(val)
	var prefix []Term
	var u []Node
	for t := range n {
		prefix = append(prefix, Term{7, View{b.Input(8), embed}})
		sum := b.Form(int64(t), prefix)
		u = append(u, b.Step(sum, steps, values, 0, 255))
		var terms []Term
		for j := range t {
			terms = append(terms, Term{1, View{b.Product(View{u[j], Natural}, View{u[t], Natural}), Natural}})
		}
		y := b.Form(0, terms)
		b.Output([]Node{y}, []Node{b.Step(y, b.Table([]int64{0}), b.Table([]int64{0, 1}), 0, 1)})
	}
	c, err := b.Finish()
	if err != nil {
		tb.Fatal(err)
	}
	return c
}
