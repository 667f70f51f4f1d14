package snark

import (
	"errors"
	"fmt"
	"maps"
	"math/bits"
	"slices"

	"tc0/circuits/arith"
)

// Bounds on what is read from a circuit file.
const (
	minWidth, maxWidth = 4, 16   // bits of the range table
	maxRows            = 1 << 20 // of one function table
	bitsBound          = 8       // ranges up to it are checked by bits, powers of two only
)

// Weights of the planner: CPU time of a Groth16 prover over BN254 in microseconds
// for an inverse of the lookup argument and for any other constraint.
const (
	inverseCost = 23
	otherCost   = 7
)

// method is how one step or input becomes constraints. F is the step's form, g the
// distance of its thresholds T where that is constant, k its level.
type method uint8

const (
	constant  method = iota // one level is reachable
	oneHot                  // an input: a bit per token
	bit                     // two levels: a bit and the sign of F - T
	quotient                // k from F = T + g·(k-1) + r, 0 <= r < g
	divided                 // as quotient, then a row (k; views)
	saturated               // as quotient with a row (k; end, views) and an overshoot end·m
	direct                  // a row (F; views)
	interval                // a row (T_k, T_k+1; views) with T_k <= F < T_k+1
)

var methodNames = [...]string{"constant", "one-hot", "bit", "quotient", "divided", "saturated", "direct", "interval"}

// variable is an input or step in the plan.
type variable struct {
	method method
	views  []arith.Table // through which it is read
	lo, hi int64         // of its form; of the token for an input
	a, b   int           // reachable levels
	table  *table        // of the methods with rows
	free   bool          // quotient: a row that reads it bounds it
	sign   int64         // bit: how many values F - T or T - 1 - F takes, whichever is not negative
}

// plan is how a circuit becomes constraints: what the prover adds as advice, in
// which order, and how every value is checked. It depends on the circuit alone.
type plan struct {
	circuit *arith.Circuit
	width   uint // bits of the range table
	live    []bool
	vars    []*variable // by node; nil for forms, products and dead nodes
	shapes  *shapes
	base    *table           // the range table
	tables  []*table         // of functions
	exact   map[int64]*table // further range tables, by size
	ranges  []*table         // the same in order of size
	advice  int
	tally   Tally
}

// newPlan plans a circuit with the range table that a prover needs least time for.
func newPlan(c *arith.Circuit) (*plan, error) {
	live, views, err := reach(c)
	if err != nil {
		return nil, err
	}
	zeros, err := evaluate(c, make([]int, len(c.Inputs())))
	if err != nil {
		return nil, err
	}
	shapes := newShapes(c)
	var best *plan
	for w := uint(minWidth); w <= maxWidth; w++ {
		p := &plan{circuit: c, width: w, live: live, shapes: shapes, vars: make([]*variable, c.Len())}
		p.base = &table{name: "range", method: direct, size: 1 << w}
		if err := p.choose(views); err != nil {
			return nil, err
		}
		p.count(zeros)
		if best == nil || p.tally.proveMicros() < best.tally.proveMicros() {
			best = p
		}
	}
	return best, nil
}

// evaluate traces a word.
func evaluate(c *arith.Circuit, word []int) (trace, error) {
	values, levels, err := arith.NewTracer(c).Trace(word)
	return trace{word, values, levels}, err
}

// count makes the tally, which is the same for every word. An exact range that is
// checked more often than it has values gets a table.
func (p *plan) count(any trace) {
	first := p.assign(any)
	p.exact = map[int64]*table{}
	for _, m := range slices.Sorted(maps.Keys(first.exact)) {
		if m < int64(first.exact[m]) {
			t := &table{tag: len(p.tables) + len(p.ranges) + 1, name: "range", method: direct, size: int(m)}
			p.exact[m], p.ranges = t, append(p.ranges, t)
		}
	}
	a := p.assign(any)
	p.advice, p.tally = len(a.advice), a.tally
	p.tally.Width = int(p.width)
}

// all are the tables in the order of their tags.
func (p *plan) all() []*table {
	return append(append([]*table{p.base}, p.tables...), p.ranges...)
}

func (p *plan) shape(n arith.Node) *shape { return p.shapes.step(n) }

// reach finds the nodes that the labels depend on and the tables through which
// each variable is read.
func reach(c *arith.Circuit) (live []bool, views [][]arith.Table, err error) {
	live, views = make([]bool, c.Len()), make([][]arith.Table, c.Len())
	read := func(v arith.View) {
		live[v.Node] = true
		for _, t := range views[v.Node] {
			if t == v.Table {
				return
			}
		}
		views[v.Node] = append(views[v.Node], v.Table)
	}
	if len(c.Outputs()) == 0 {
		return nil, nil, errors.New("the circuit has no outputs: there is nothing to prove")
	}
	for t, o := range c.Outputs() {
		if len(o.Labels) == 0 {
			return nil, nil, fmt.Errorf("position %d has no labels: there is nothing to prove", t)
		}
		for _, n := range o.Labels {
			if lo, hi := c.Range(n); c.Kind(n) != arith.Step || lo < 0 || hi > 1 {
				return nil, nil, fmt.Errorf("%s: a label of position %d is a %v with values %d..%d, expected a step with values 0 and 1",
					c.Name(n), t, c.Kind(n), lo, hi)
			}
			read(arith.View{Node: n, Table: arith.Natural})
		}
	}
	for _, n := range c.Inputs() {
		live[n] = true
	}
	for i := c.Len() - 1; i >= 0; i-- {
		n := arith.Node(i)
		if !live[i] {
			continue
		}
		switch c.Kind(n) {
		case arith.Form:
			_, terms := c.Form(n)
			for _, t := range terms {
				read(t.View)
			}
		case arith.Step:
			form, _, _ := c.Step(n)
			live[form] = true
		case arith.Product:
			for _, f := range c.Factors(n) {
				read(f.View)
			}
		}
	}
	return live, views, nil
}

// limbs splits a range of m values for the range table: how many low limbs, and
// how many values the top limb has.
func (p *plan) limbs(m int64) (low int, top int64) {
	base := int64(1) << p.width
	for m > base {
		m = (m-1)>>p.width + 1
		low++
	}
	return low, m
}

// splits tells whether [0, m) can be checked limb by limb: m is a multiple of
// the weight of the top limb.
func (p *plan) splits(m int64) bool {
	low, top := p.limbs(m)
	return m == top<<(uint(low)*p.width)
}

// byBits is the number of bits that check a range of m values, or -1 when it is too
// large or is to be exact and no power of two.
func byBits(m int64, exact bool) int {
	if m > bitsBound || exact && m&(m-1) != 0 {
		return -1
	}
	return bits.Len64(uint64(m - 1))
}

// looseCost and exactCost are the planner's estimates of range checks.
func (p *plan) looseCost(m int64) int {
	if k := byBits(m, false); k >= 0 {
		return k * otherCost
	}
	low, _ := p.limbs(m)
	return (low + 1) * inverseCost
}

func (p *plan) exactCost(m int64) int {
	if k := byBits(m, true); k >= 0 {
		return k * otherCost
	}
	low, top := p.limbs(m)
	switch {
	case !p.splits(m):
		return 2 * p.looseCost(m)
	case top == 1<<p.width:
		return (low + 1) * inverseCost
	}
	return (low+1)*inverseCost + otherCost
}

// levels is the number of thresholds at most f.
func level(thresholds []int64, f int64) int {
	lo, hi := 0, len(thresholds)
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if thresholds[mid] <= f {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}
