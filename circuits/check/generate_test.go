package check_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"tc0/circuits/arith"
	"tc0/circuits/lower"
	"tc0/circuits/threshold"
)

// drawing makes small random arithmetic circuits with every operation. Every
// value is a logit that some label compares with a number.
type drawing struct {
	*rand.Rand
	b         *arith.Builder
	variables []arith.Node // inputs and steps
	levels    map[arith.Node]int
	steps     []arith.Node
	forms     []arith.Node
	values    []arith.Node // everything but inputs
	shared    []int64      // a table that is read in several ways
}

// randomPair draws an arithmetic circuit and lowers it; it is nil when numbers
// multiplied up too far.
func randomPair(tb testing.TB, r *rand.Rand) (*arith.Circuit, *threshold.Circuit) {
	d := &drawing{Rand: r, b: arith.NewBuilder(), levels: map[arith.Node]int{}}
	d.shared = d.numbers(16)
	stage := d.b.Stage("s")
	d.b.At(arith.Origin{Stage: stage, T: -1, A: -1, B: -1, J: -1})
	for range 1 + r.IntN(3) {
		d.input()
	}
	d.form()
	for range 2 + r.IntN(8) {
		[]func(){d.form, d.form, d.step, d.step, d.product}[r.IntN(5)]()
	}
	d.expose()
	ac, err := d.b.Finish()
	if err != nil {
		return nil, nil
	}
	tc, err := lower.Circuit(ac, lower.Options{Digits: 1 + r.IntN(2), Materialise: map[string]bool{"s": r.IntN(2) == 0}})
	if err != nil {
		return nil, nil
	}
	return ac, tc
}

func (d *drawing) numbers(n int) []int64 {
	v := make([]int64, n)
	for i := range v {
		v[i] = d.Int64N(9) - 4
	}
	return v
}

// table is the shared one, perhaps scaled or moved, or one of its own: different
// variables then often are the same function of their levels.
func (d *drawing) table(n int) []int64 {
	if d.IntN(3) == 0 {
		return d.numbers(n)
	}
	scale, add := 1+d.Int64N(2), d.Int64N(3)
	v := slices.Clone(d.shared[:n])
	for i := range v {
		v[i] = scale*v[i] + add
	}
	return v
}

func (d *drawing) input() {
	n := 1 + d.IntN(4)
	v := d.b.Input(n)
	d.variables, d.levels[v] = append(d.variables, v), n
}

func (d *drawing) view(any bool) arith.View {
	if any && len(d.values) > 0 && d.IntN(2) == 0 {
		return arith.View{Node: d.values[d.IntN(len(d.values))], Table: arith.Natural}
	}
	if len(d.steps) > 0 && d.IntN(2) == 0 {
		return arith.View{Node: d.steps[d.IntN(len(d.steps))], Table: arith.Natural}
	}
	n := d.variables[d.IntN(len(d.variables))]
	return arith.View{Node: n, Table: d.b.Table(d.table(d.levels[n]))}
}

func (d *drawing) form() {
	terms := make([]arith.Term, 1+d.IntN(3))
	for i := range terms {
		terms[i] = arith.Term{Coef: d.Int64N(7) - 3, View: d.view(true)}
	}
	f := d.b.Form(d.Int64N(11)-5, terms)
	d.forms, d.values = append(d.forms, f), append(d.values, f)
}

func (d *drawing) step() {
	if d.b.Err() != nil {
		return
	}
	form := d.forms[d.IntN(len(d.forms))]
	lo, hi := d.b.Range(form)
	th := make([]int64, d.IntN(14))
	for i := range th {
		th[i] = lo - 1 + d.Int64N(hi-lo+3)
	}
	slices.Sort(th)
	th = slices.Compact(th)
	values := d.numbers(len(th) + 1)
	if turn := d.IntN(len(values)); d.IntN(3) > 0 { // a valley, or rising or falling
		for i := range values {
			values[i] = int64(max(i-turn, turn-i)) * (1 + int64(turn%2))
		}
	}
	s := d.b.Step(form, d.b.Table(th), d.b.Table(values), 0, len(th))
	d.levels[s] = len(values)
	d.steps, d.variables, d.values = append(d.steps, s), append(d.variables, s), append(d.values, s)
}

func (d *drawing) product() {
	views := make([]arith.View, 2+max(0, d.IntN(5)-2))
	for i := range views {
		views[i] = d.view(false)
	}
	if d.IntN(4) == 0 {
		views[1] = views[0]
	}
	d.values = append(d.values, d.b.Product(views...))
}

func (d *drawing) expose() {
	var logits, labels []arith.Node
	for _, v := range d.values {
		if d.b.Err() != nil {
			return
		}
		f := d.b.Form(0, []arith.Term{{Coef: 1, View: arith.View{Node: v, Table: arith.Natural}}})
		lo, hi := d.b.Range(f)
		logits = append(logits, f)
		for range 3 {
			at := lo + d.Int64N(hi-lo+2)
			values := []int64{0, 1}
			if d.IntN(8) == 0 {
				values = []int64{1, 0}
			}
			labels = append(labels, d.b.Step(f, d.b.Table([]int64{at}), d.b.Table(values), 0, 1))
		}
	}
	d.b.Output(logits, labels)
}

// allWords are all words that a circuit can read.
func allWords(c *arith.Circuit) [][]int {
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
