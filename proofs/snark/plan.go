package snark

import (
	"fmt"
	"maps"
	"slices"

	"github.com/consensys/gnark/frontend"

	"tc0/circuits/arith"
)

// Bounds of what is planned.
const (
	minWidth, maxWidth = 4, 16   // bits of the range table
	maxRows            = 1 << 20 // of one function table
	bitsBound          = 8       // ranges of at most so many values are checked by bits
)

// Weights of the planner: CPU time of a Groth16 prover over BN254 in microseconds
// for an inverse of the lookup argument, for a constraint of a hash, whose wires are as large, and for
// any other constraint.
const (
	inverseCost = 23
	hashCost    = 14
	otherCost   = 7
)

// method is how one step or input becomes constraints. F is the step's form, T its
// thresholds, g their distance where that is constant, k its level.
type method uint8

const (
	constant  method = iota // one level is reachable
	oneHot                  // an input: a bit per token
	bit                     // two levels: a bit and the sign of F - T
	quotient                // k from F = T + g·(k-1) + r, 0 <= r < g
	clamped                 // as quotient with k in 0..L, and overshoots at both ends
	divided                 // here and below with a table: as quotient, then a row (k; views)
	saturated               // as quotient with a row (k; end, views) and an overshoot end·m
	direct                  // a row (F; views)
	interval                // a row (T_k, T_k+1; views) with T_k <= F < T_k+1
)

var methodNames = [...]string{"constant", "one-hot", "bit", "quotient", "clamped", "divided", "saturated", "direct", "interval"}

func (m method) String() string { return methodNames[m] }

// variable is a site with its method.
type variable struct {
	*site
	method method
	table  *table // of the methods with rows
	free   bool   // quotient: a row that reads it bounds it
}

// sign is how many values F - T or T - 1 - F takes, whichever is not negative, of a site
// with two levels.
func (x *site) sign() int64 {
	t := x.shape.thresholds[x.a]
	return max(x.hi-t, t-1-x.lo) + 1
}

// plan is how a circuit becomes constraints: what the prover adds as advice, in
// which order, and how every value is checked. It depends on the circuit alone.
type plan struct {
	*survey
	rangeTables
	words  int         // in one proof
	vars   []*variable // by node; nil for forms, products and dead nodes
	tables []*table    // of functions
	ranges []*table    // exact range tables in order of size
	advice int
	tally  Tally
}

// newPlan plans a circuit, evaluated on so many words, with the range table for which a
// prover needs least time.
func newPlan(c *arith.Circuit, words int) (*plan, error) {
	s, err := surveyOf(c)
	if err != nil {
		return nil, err
	}
	var best *plan
	bestCost := 0
	for w := uint(minWidth); w <= maxWidth; w++ {
		p := &plan{survey: s, words: words, rangeTables: rangeTables{width: w}, vars: make([]*variable, c.Len())}
		cost, err := p.choose()
		if err != nil {
			return nil, err
		}
		if best == nil || cost < bestCost {
			best, bestCost = p, cost
		}
	}
	best.tabulate()
	best.release()
	best.tallyUp()
	return best, nil
}

// evaluate traces a word.
func evaluate(c *arith.Circuit, word []int) (trace, error) {
	values, levels, err := arith.NewTracer(c).Trace(word)
	return trace{word, values, levels}, err
}

// tallyUp makes the tally, which is the same for every word. An exact range that is
// checked more often than it has values gets a table.
func (p *plan) tallyUp() {
	zeros := slices.Repeat([]trace{p.zeros}, p.words)
	first := p.assign(zeros...)
	p.exact = map[int64]*table{}
	for _, m := range slices.Sorted(maps.Keys(first.exact)) {
		if m < int64(first.exact[m]) {
			t := &table{tag: len(p.all()), name: "range", method: direct, size: int(m)}
			p.exact[m], p.ranges = t, append(p.ranges, t)
		}
	}
	a := p.assign(zeros...)
	p.advice, p.tally = len(a.advice), a.tally
	p.tally.Width = int(p.width)
}

// all are the tables in the order of their tags.
func (p *plan) all() []*table {
	return slices.Concat([]*table{p.base}, p.tables, p.ranges)
}

// choose picks a method for every variable, alone where that is possible and cheaper,
// else with the table of its group, and returns the cost of all.
func (p *plan) choose() (cost int, err error) {
	for i, x := range p.sites {
		if x != nil {
			p.vars[i] = &variable{site: x}
		}
	}
	cost = inverseCost << p.width
	for _, g := range p.groups {
		c, err := p.settle(g)
		if err != nil {
			return 0, err
		}
		cost += c
	}
	return cost, nil
}

// none is the cost of what is not possible.
const none = 1 << 40

// settle picks the methods of one group and returns their cost.
func (p *plan) settle(g *group) (int, error) {
	alone := make([]int, len(g.sites))
	best, bestCost := constant, 0
	for i, x := range g.sites {
		p.vars[x.node].method, alone[i] = p.alone(x)
		alone[i] = min(alone[i]*p.words, none)
		bestCost = min(bestCost+alone[i], none)
	}
	for _, m := range []method{direct, divided, saturated, interval} {
		rows := g.rows(m)
		if rows < 0 || rows > maxRows {
			continue
		}
		cost := int(rows) * inverseCost
		for i, x := range g.sites {
			cost += min(alone[i], p.queryCost(g, x, m)*p.words)
		}
		if cost < bestCost {
			best, bestCost = m, cost
		}
	}
	if bestCost >= none {
		return 0, fmt.Errorf("%s: a step needs a table of %d rows, at most %d are possible: compile with fewer bits", g.name, g.b-g.a+1, maxRows)
	}
	if best != constant {
		for i, x := range g.sites {
			if p.queryCost(g, x, best)*p.words < alone[i] {
				p.vars[x.node].method = best
			}
		}
	}
	return bestCost, nil
}

// tabulate builds the range table and the tables of the groups that need one.
func (p *plan) tabulate() {
	p.base = &table{name: "range", method: direct, size: 1 << p.width}
	for _, g := range p.groups {
		var t *table
		for _, x := range g.sites {
			v := p.vars[x.node]
			if v.method < divided {
				continue
			}
			if t == nil {
				t = g.build(v.method, len(p.all()))
				p.tables = append(p.tables, t)
			}
			v.table = t
		}
	}
}

// alone is the cheapest method of a site that has no rows.
func (p *plan) alone(x *site) (m method, cost int) {
	if x.shape == nil {
		return oneHot, (x.b + 1) * otherCost
	}
	cost = none
	if x.b-x.a == 1 {
		m, cost = bit, 2*otherCost+p.looseCost(x.sign())
	}
	if x.shape.gap == 0 || !x.affine {
		return m, cost
	}
	q := p.exactCost(x.shape.gap)
	if x.over() == 0 {
		if q += p.looseCost(int64(x.b - x.a + 1)); q < cost {
			m, cost = quotient, q
		}
		return m, cost
	}
	q += p.exactCost(x.top() + 1)
	for _, side := range []int64{x.below, x.above} {
		if side > 0 {
			q += otherCost + p.looseCost(side+1)
		}
	}
	if q < cost {
		m, cost = clamped, q
	}
	return m, cost
}

// queryCost is the cost of one site of a group by a method with rows.
func (p *plan) queryCost(g *group, x *site, m method) int {
	cost := inverseCost + len(x.views)*otherCost
	switch m {
	case divided:
		cost += p.exactCost(x.shape.gap)
	case saturated:
		cost += p.exactCost(x.shape.gap) + 2*otherCost + p.looseCost(x.over()+1)
	case interval:
		cost += 2 * p.looseCost(g.gap)
	}
	return cost
}

// release drops the range check of quotients that a row bounds: where a direct step
// reads ±1 times a quotient's view that grows by ±1.
func (p *plan) release() {
	for _, v := range p.vars {
		if v == nil || v.method != direct || v.shape == nil {
			continue
		}
		form, _, _ := p.circuit.Step(v.node)
		_, terms := p.circuit.Form(form)
		if len(terms) != 1 || terms[0].Coef != 1 && terms[0].Coef != -1 {
			continue
		}
		x := p.vars[terms[0].Node]
		if x == nil || x.method != quotient {
			continue
		}
		d := x.slope(x.view(terms[0].Table))
		x.free = x.free || d == 1 || d == -1
	}
}

// view is the index of a table among a site's views.
func (x *site) view(t arith.Table) int { return slices.Index(x.views, t) }

// slope is by how much an affine view grows with the level.
func (x *site) slope(view int) int64 { return x.values[view][x.a+1] - x.values[view][x.a] }

func (p *plan) shape() Shape { return ShapeOf(p.circuit) }
func (p *plan) size() int    { return p.advice }
func (p *plan) count() Tally { return p.tally }

// weave writes the constraints of the plan's words.
func (p *plan) weave(api frontend.API, advice []frontend.Variable) (*woven, error) {
	c := &constrainer{woven: woven{wiring: newWiring(api, &p.rangeTables, advice)}, plan: p}
	return &c.woven, c.define()
}

// solve evaluates the circuit on words.
func (p *plan) solve(words [][]int, _ *model) (labels [][]int, advice []int64, err error) {
	var traces []trace
	for _, word := range words {
		tr, err := evaluate(p.circuit, word)
		if err != nil {
			return nil, nil, err
		}
		l, err := labelsOf(p.circuit, tr)
		if err != nil {
			return nil, nil, err
		}
		traces, labels = append(traces, tr), append(labels, l)
	}
	return labels, p.assign(traces...).advice, nil
}

// labelsOf are the classes whose label bit is 1 in a trace.
func labelsOf(c *arith.Circuit, tr trace) ([]int, error) {
	out := make([]int, len(c.Outputs()))
	for t, o := range c.Outputs() {
		var bits []int64
		for _, n := range o.Labels {
			bits = append(bits, tr.values[n])
		}
		var err error
		if out[t], err = labelOf(t, bits); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// labelOf is the class whose bit is 1 at a position.
func labelOf(t int, bits []int64) (int, error) {
	label := -1
	for class, b := range bits {
		switch {
		case b == 1 && label >= 0:
			return 0, fmt.Errorf("position %d has two labels, %d and %d: a proof needs exactly one", t, label, class)
		case b == 1:
			label = class
		}
	}
	if label < 0 {
		return 0, fmt.Errorf("position %d has no label: a proof needs exactly one", t)
	}
	return label, nil
}
