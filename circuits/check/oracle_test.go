package check_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"tc0/circuits/arith"
	"tc0/circuits/threshold"
)

// oracle decides by brute force, without the validator, whether a circuit that
// differs from a lowered one in numbers alone computes the same. Into the banks of
// every step it puts the form values of the whole proved range, or, where these
// are many, all at which a gate may change, and compares what readers make of
// the gates, taken as they are written.
type oracle struct {
	ac    *arith.Circuit
	tc    *threshold.Circuit   // as lowered
	read  map[arith.Node]int   // form of tc that holds a step's form
	banks map[arith.Node][]int // of each node
	fixed map[arith.Node]bool  // nodes whose value is the same for all words
	trace []int64              // values on one word
}

// maxPoints bounds the ranges of which every value is tried.
const maxPoints = 1 << 12

// newOracle finds on words which forms hold the forms of steps: the first bank of
// a step reads that form or, if the step falls, a form that negates it.
func newOracle(tb testing.TB, ac *arith.Circuit, tc *threshold.Circuit, words [][]int) *oracle {
	tb.Helper()
	o := &oracle{ac: ac, tc: tc, read: map[arith.Node]int{}, banks: map[arith.Node][]int{}, fixed: map[arith.Node]bool{}}
	words = words[:min(64, len(words))]
	var traces [][]int64
	tracer := arith.NewTracer(ac)
	for _, w := range words {
		trace, _, err := tracer.Trace(w)
		if err != nil {
			tb.Fatal(err)
		}
		traces = append(traces, trace)
	}
	err := threshold.NewSimulator(tc).Each(context.Background(), words, func(_ int, v *threshold.Values) {
		for b := range tc.Banks() {
			d := tc.Bank(b)
			n := arith.Node(d.Tag.Node)
			if o.banks[n] = append(o.banks[n], b); len(o.banks[n]) > 1 || ac.Kind(n) != arith.Step {
				continue
			}
			form, _, _ := ac.Step(n)
			o.read[n] = d.Form
			for k, trace := range traces {
				if v.Form(d.Form, k) != trace[form] {
					_, terms := tc.FormParts(d.Form)
					o.read[n], _ = terms[0].Ref.Form()
				}
			}
		}
	})
	if err != nil {
		tb.Fatal(err)
	}
	o.trace = traces[0]
	for n := range arith.Node(ac.Len()) {
		o.fixed[n] = o.constant(n)
	}
	return o
}

// constant tells whether a node has one value: it reads nothing else, it is a step
// with one value over the range of its form, or a product with a factor that is 0.
func (o *oracle) constant(n arith.Node) bool {
	switch o.ac.Kind(n) {
	case arith.Input:
		return o.ac.Levels(n) == 1
	case arith.Step:
		form, thresholds, values := o.ac.Step(n)
		lo, hi := o.ac.Range(form)
		reached := values[:1]
		for i, t := range thresholds {
			if t <= lo {
				reached = values[i+1 : i+2]
			} else if t <= hi {
				reached = append(reached[:len(reached):len(reached)], values[i+1])
			}
		}
		return o.fixed[form] || slices.Min(reached) == slices.Max(reached)
	}
	all, zero := true, false
	for _, t := range o.ac.Factors(n) {
		all = all && o.fixed[t.Node]
		zero = zero || o.fixed[t.Node] && t.Table == arith.Natural && o.trace[t.Node] == 0
	}
	return all || zero && o.ac.Kind(n) == arith.Product
}

// trial is the comparison of one changed circuit with the lowered one.
type trial struct {
	*oracle
	points map[arith.Node][]int64 // form values of a step, tokens of an input
	change map[int]bool           // banks whose gates may differ
	was    *local
	is     *local
}

// local are one circuit's gates, variable by variable.
type local struct {
	*trial
	tc    *threshold.Circuit
	gates map[int][][]bool // of a bank, at each point of its variable
}

// equal is nil when the changed circuit gives every reader the same.
func (o *oracle) equal(changed *threshold.Circuit) error {
	t := &trial{oracle: o, points: map[arith.Node][]int64{}, change: map[int]bool{}}
	t.was, t.is = &local{t, o.tc, map[int][][]bool{}}, &local{t, changed, map[int][][]bool{}}
	for b := range o.tc.Banks() {
		t.change[b] = t.mayDiffer(b)
	}
	for f, used := range o.readForms() {
		if !used {
			continue
		}
		if err := t.sameForm(f); err != nil {
			return fmt.Errorf("form %d: %w", f, err)
		}
	}
	for p, out := range o.tc.Outputs() {
		for class, g := range out {
			for i := range t.pointsOf(t.was.variable(int(g.Bank))) {
				if t.change[int(g.Bank)] && t.was.bank(int(g.Bank))[i][g.Gate] != t.is.bank(int(g.Bank))[i][g.Gate] {
					return fmt.Errorf("output %d of position %d", class, p)
				}
			}
		}
	}
	return nil
}

// readForms are the forms that hold the forms of steps, the bits of factors, and
// all that these read. Others are part of a step and judged by its gates.
func (o *oracle) readForms() []bool {
	used := make([]bool, o.tc.Forms())
	for _, f := range o.read {
		used[f] = true
	}
	for b := range o.tc.Banks() {
		for _, list := range o.tc.Bank(b).Lists {
			for _, f := range list {
				used[f] = true
			}
		}
	}
	for f := len(used) - 1; f >= 0; f-- {
		if _, terms := o.tc.FormParts(f); used[f] {
			for _, t := range terms {
				if g, ok := t.Ref.Form(); ok {
					used[g] = true
				}
			}
		}
	}
	return used
}

// mayDiffer tells whether a bank of a step was changed, in its thresholds or in what
// it reads within the step.
func (t *trial) mayDiffer(b int) bool {
	x, y := t.was.tc.Bank(b), t.is.tc.Bank(b)
	n := arith.Node(x.Tag.Node)
	if x.Kind != threshold.Level && x.Kind != threshold.Digit {
		return false
	}
	if x.Kind == threshold.Digit && (x.Past != y.Past || t.change[x.High]) {
		return true
	}
	return !slices.Equal(thresholds(t.was.tc, &x), thresholds(t.is.tc, &y)) || t.formDiffers(n, x.Form)
}

func (t *trial) formDiffers(n arith.Node, f int) bool {
	if f == t.read[n] {
		return false
	}
	a, x := t.was.tc.FormParts(f)
	b, y := t.is.tc.FormParts(f)
	for i := range x {
		if g, ok := x[i].Ref.Form(); ok && (x[i].Coef != y[i].Coef || t.formDiffers(n, g)) {
			return true
		} else if !ok && (t.change[int(x[i].Ref)] || !t.sameWeights(x[i], y[i])) {
			return true
		}
	}
	return a != b
}

// sameWeights compares the weights that two terms put on one bank.
func (t *trial) sameWeights(x, y threshold.Term) bool {
	for k := range int(t.tc.Bank(int(x.Ref)).Gates) {
		if t.was.weight(x, k) != t.is.weight(y, k) {
			return false
		}
	}
	return true
}

// thresholds are those that a bank of a step uses.
func thresholds(tc *threshold.Circuit, d *threshold.Bank) (all []int64) {
	table := tc.Table(d.Table)[d.Off:]
	if d.Kind == threshold.Digit {
		return table[:d.Count]
	}
	for k := range int(d.Gates) {
		all = append(all, table[k*d.Stride])
	}
	return all
}

// pointsOf are the points of a variable. Gates change at a threshold of F or of
// -F, so that its neighbours are points where not all values are.
func (t *trial) pointsOf(n arith.Node) []int64 {
	if ps, ok := t.points[n]; ok {
		return ps
	}
	var ps []int64
	if t.ac.Kind(n) == arith.Input {
		ps = interval(0, int64(t.ac.Levels(n))-1)
	} else {
		form, _, _ := t.ac.Step(n)
		lo, hi := t.ac.Range(form)
		switch {
		case t.fixed[form]:
			ps = []int64{t.trace[form]}
		case hi-lo < maxPoints:
			ps = interval(lo, hi)
		default:
			ps = t.around(n, lo, hi)
		}
	}
	t.points[n] = ps
	return ps
}

// around are the ends of a range and the points in it about all thresholds.
func (t *trial) around(n arith.Node, lo, hi int64) []int64 {
	ps := []int64{lo, hi}
	for _, b := range t.banks[n] {
		for _, tc := range []*threshold.Circuit{t.was.tc, t.is.tc} {
			d := tc.Bank(b)
			for _, x := range append(thresholds(tc, &d), d.Past) {
				for _, p := range []int64{x - 1, x, x + 1, -x - 1, -x, 1 - x} {
					if lo <= p && p <= hi {
						ps = append(ps, p)
					}
				}
			}
		}
	}
	slices.Sort(ps)
	return slices.Compact(ps)
}

func interval(lo, hi int64) (all []int64) {
	for x := lo; x <= hi; x++ {
		all = append(all, x)
	}
	return all
}

func (l *local) variable(bank int) arith.Node { return arith.Node(l.tc.Bank(bank).Tag.Node) }

// bank are the gates of an input's or step's bank at the points of its variable.
func (l *local) bank(b int) [][]bool {
	if g, ok := l.gates[b]; ok {
		return g
	}
	d, n := l.tc.Bank(b), l.variable(b)
	rows := make([][]bool, len(l.pointsOf(n)))
	for i, p := range l.pointsOf(n) {
		rows[i] = make([]bool, d.Gates)
		for k := range rows[i] {
			switch d.Kind {
			case threshold.Input:
				rows[i][k] = p == int64(k)
			case threshold.Level:
				rows[i][k] = l.form(n, d.Form, i) >= l.tc.Table(d.Table)[d.Off+k*d.Stride]
			case threshold.Digit:
				rows[i][k] = l.form(n, d.Form, i) >= l.border(&d, k+1, i)
			}
		}
	}
	l.gates[b] = rows
	return rows
}

// border is c_{0,k} + Σ_h (c_{h,k} - c_{h-1,k})·u_h over the gates u of the higher
// digit: the low digit's gate k as it is defined.
func (l *local) border(d *threshold.Bank, k, i int) int64 {
	c := func(h int) int64 {
		if code := h<<d.Width + k; code <= d.Count {
			return l.tc.Table(d.Table)[d.Off+code-1]
		}
		return d.Past
	}
	sum := c(0)
	for h, on := range l.bank(d.High)[i] {
		if on {
			sum += c(h+1) - c(h)
		}
	}
	return sum
}

// form is a form over the gates of variable n at point i.
func (l *local) form(n arith.Node, f, i int) int64 {
	if g, ok := l.read[n]; ok && g == f {
		return l.pointsOf(n)[i]
	}
	sum, terms := l.tc.FormParts(f)
	for _, t := range terms {
		if g, ok := t.Ref.Form(); ok {
			sum += t.Coef * l.form(n, g, i)
		} else if l.variable(int(t.Ref)) != n {
			panic(fmt.Sprintf("form %d reads another variable than node %d", f, n))
		} else {
			sum += l.term(t, i)
		}
	}
	return sum
}

// weight is a term's weight on gate k.
func (l *local) weight(t threshold.Term, k int) int64 {
	if t.Table == threshold.Ones {
		return t.Coef
	}
	return t.Coef * l.tc.Table(t.Table)[int(t.Off)+k]
}

// term is a term over a variable's bank at a point.
func (l *local) term(t threshold.Term, i int) (sum int64) {
	for k, on := range l.bank(int(t.Ref))[i] {
		if on {
			sum += l.weight(t, k)
		}
	}
	return sum
}

// sameForm compares a form of the two circuits term by term.
func (t *trial) sameForm(f int) error {
	a, x := t.was.tc.FormParts(f)
	b, y := t.is.tc.FormParts(f)
	if a != b {
		return fmt.Errorf("constants %d and %d", a, b)
	}
	for i := range x {
		if err := t.sameTerm(x[i], y[i]); err != nil {
			return fmt.Errorf("term %d: %w", i, err)
		}
	}
	return nil
}

func (t *trial) sameTerm(x, y threshold.Term) error {
	if _, ok := x.Ref.Form(); ok {
		if x.Coef != y.Coef {
			return fmt.Errorf("coefficients %d and %d", x.Coef, y.Coef)
		}
		return nil
	}
	b := int(x.Ref)
	if !t.change[b] && t.sameWeights(x, y) {
		return nil
	}
	if d := t.tc.Bank(b); len(d.Lists) > 0 {
		for k, dead := range t.was.dead(&d) {
			if u, v := t.was.weight(x, k), t.is.weight(y, k); u != v && !dead {
				return fmt.Errorf("weights %d and %d of gate %d", u, v, k)
			}
		}
		return nil
	}
	for i, p := range t.pointsOf(t.was.variable(b)) {
		if u, v := t.was.term(x, i), t.is.term(y, i); u != v {
			return fmt.Errorf("%d and %d at %d", u, v, p)
		}
	}
	return nil
}

// dead are the conjunctions with a bit that is 0 at all points.
func (l *local) dead(d *threshold.Bank) []bool {
	zero := make([][]bool, len(d.Lists))
	for i, list := range d.Lists {
		for _, f := range list {
			zero[i] = append(zero[i], l.zero(int(f)))
		}
	}
	var dead []bool
	if d.Kind == threshold.Pairs {
		for i := range zero[0] {
			for j := i + 1; j < len(zero[0]); j++ {
				dead = append(dead, zero[0][i] || zero[0][j])
			}
		}
		return dead
	}
	dead = []bool{false}
	for _, bits := range zero {
		var next []bool
		for _, g := range dead {
			for _, z := range bits {
				next = append(next, g || z)
			}
		}
		dead = next
	}
	return dead
}

// zero tells whether a form over one variable's gates is 0 at all points.
func (l *local) zero(f int) bool {
	constant, terms := l.tc.FormParts(f)
	if len(terms) == 0 {
		return constant == 0
	}
	if g, ok := terms[0].Ref.Form(); ok {
		return l.zero(g)
	}
	n := l.variable(int(terms[0].Ref))
	for i := range l.pointsOf(n) {
		if l.form(n, f, i) != 0 {
			return false
		}
	}
	return true
}
