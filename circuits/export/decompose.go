package export

import (
	"cmp"
	"math/bits"
	"slices"

	"tc0/circuits/threshold"
)

// item is a source with a positive weight.
type item struct {
	weight uint64
	from   lit
}

// cut is the literal of a gate, in terms of the literals of its sources.
func (g *graph) cut(x *gate) lit {
	items, need, ok := g.items(x.Gate)
	if !ok {
		return yes
	}
	cost := adderCost(items) / int(min(x.alike, 1<<30))
	d := diagram{items: items, rest: suffixes(items), memo: map[state]int32{}, limit: cost + 2*len(items)}
	if root, ok := d.build(state{0, need}); ok {
		return d.write(g, root)
	}
	return g.compare(g.sum(items), need)
}

// items turns negative weights into negated sources, [Σ wx ≥ t] into
// [Σ |w|x' ≥ need], sorted by falling weight. It is not ok when nothing is
// needed.
func (g *graph) items(x threshold.Gate) (items []item, need natural, ok bool) {
	below, _ := totals(x.Wires)
	if x.Threshold < 0 {
		need = below.minus(magnitude(x.Threshold))
	} else {
		need = below.plus(magnitude(x.Threshold))
	}
	for _, w := range x.Wires {
		it := item{magnitude(w.Weight).lo, g.signal(w.Signal)}
		if w.Weight < 0 {
			it.from = it.from.not()
		}
		items = append(items, it)
	}
	slices.SortStableFunc(items, func(a, b item) int { return cmp.Compare(b.weight, a.weight) })
	return items, need, need != natural{}
}

// suffixes are the sums of the weights from each item on.
func suffixes(items []item) []natural {
	rest := make([]natural, len(items)+1)
	for i := len(items) - 1; i >= 0; i-- {
		rest[i] = rest[i+1].plus(natural{lo: items[i].weight})
	}
	return rest
}

// state is a node of the diagram: the items from at on must reach need.
type state struct {
	at   int
	need natural
}

// branch is a node of the diagram; high and low are where it continues when its
// item is 1 or 0.
type branch struct {
	at        int
	high, low int32
}

// Ends of the diagram.
const (
	never  int32 = -1
	always int32 = -2
)

// diagram is a decision diagram of one gate, with at most limit nodes.
type diagram struct {
	items []item
	rest  []natural
	memo  map[state]int32
	nodes []branch // children come first
	limit int
}

// build adds the nodes below s; it is not ok when they are too many.
func (d *diagram) build(s state) (node int32, ok bool) {
	switch {
	case s.need == natural{}:
		return always, true
	case d.rest[s.at].less(s.need):
		return never, true
	}
	if node, ok := d.memo[s]; ok {
		return node, true
	}
	if len(d.nodes) >= d.limit {
		return 0, false
	}
	high, ok := d.build(state{s.at + 1, s.need.minus(natural{lo: d.items[s.at].weight})})
	if !ok {
		return 0, false
	}
	low, ok := d.build(state{s.at + 1, s.need})
	if !ok {
		return 0, false
	}
	node = int32(len(d.nodes))
	d.nodes = append(d.nodes, branch{s.at, high, low})
	d.memo[s] = node
	return node, true
}

// write cuts the diagram into conjunctions. Whatever suffices with an item at 0
// suffices with it at 1, so a node is low ∨ (item ∧ high).
func (d *diagram) write(g *graph, root int32) lit {
	value := make([]lit, len(d.nodes))
	of := func(n int32) lit {
		switch n {
		case never:
			return no
		case always:
			return yes
		}
		return value[n]
	}
	for i, n := range d.nodes {
		value[i] = g.or(of(n.low), g.and(d.items[n.at].from, of(n.high)))
	}
	return of(root)
}

// adderCost estimates how many diagram nodes (of two conjunctions each) the
// adders of sum are worth: a full adder, of seven, per bit added.
func adderCost(items []item) int {
	ones := 0
	for _, it := range items {
		ones += bits.OnesCount64(it.weight)
	}
	return ones * 7 / 2
}

// sum adds the items up: column by column, three bits of a column make one of
// it and one of the next.
func (g *graph) sum(items []item) []lit {
	var out, column, next []lit
	for i := 0; i < 64 || len(column) > 0; i++ {
		if i < 64 {
			for _, it := range items {
				if it.weight>>i&1 == 1 {
					column = append(column, it.from)
				}
			}
		}
		var s, carry lit
		for len(column) > 1 {
			if len(column) > 2 {
				s, carry = g.add3(column[0], column[1], column[2])
				column = append(column[3:], s)
			} else {
				s, carry = g.add(column[0], column[1])
				column = append(column[2:], s)
			}
			next = append(next, carry)
		}
		out = append(out, append(column, no)[0])
		column, next = next, nil
	}
	return out
}

// compare is whether a number is at least need, which has no more bits: build
// has found that all items together reach it.
func (g *graph) compare(number []lit, need natural) lit {
	reached := yes
	for i, digit := range number {
		if need.bit(i) {
			reached = g.and(digit, reached)
		} else {
			reached = g.or(digit, reached)
		}
	}
	return reached
}
