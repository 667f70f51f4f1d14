package arith

import (
	"cmp"
	"slices"
)

// schedule is an order of the nodes in which each comes after those that it reads.
//
// Builders go position by position. A convolution then wants all channels of all
// earlier positions again at each position, which is more than a near cache holds.
// So the circuit is cut into segments within which a node reads only its own
// channel, and segments with nodes for pairs of positions are evaluated channel by
// channel; the others keep the builder's order. Origins steer the order and nothing
// else: any origins give a valid one.
func (c *Circuit) schedule() []Node {
	segment, order := c.segments(), make([]Node, len(c.nodes))
	if len(order) == 0 {
		return order
	}
	pairs := make([]bool, slices.Max(segment)+1)
	for i := range order {
		order[i] = Node(i)
		pairs[segment[i]] = pairs[segment[i]] || c.origins[i].J >= 0
	}
	group := make([]int32, len(pairs)) // neighbouring segments in the builder's order are one
	for s := 1; s < len(group); s++ {
		group[s] = group[s-1]
		if pairs[s] || pairs[s-1] {
			group[s]++
		}
	}
	channel := func(n Node) int32 {
		if pairs[segment[n]] {
			return c.origins[n].A
		}
		return 0
	}
	slices.SortStableFunc(order, func(a, b Node) int {
		return cmp.Or(cmp.Compare(group[segment[a]], group[segment[b]]), cmp.Compare(channel(a), channel(b)))
	})
	return order
}

// segments numbers the nodes' segments. A node's is later than that of a node of
// another channel that it reads, not earlier than that of any, and as late as its own
// readers allow, since what is computed early has to be kept.
func (c *Circuit) segments() []int32 {
	segment, last := make([]int32, len(c.nodes)), int32(0)
	for i := range c.nodes {
		for _, t := range c.reads(i) {
			segment[i] = max(segment[i], segment[t.Node]+c.crossing(i, t))
		}
		last = max(last, segment[i])
	}
	for i := range segment {
		segment[i] = last
	}
	for i := len(c.nodes) - 1; i >= 0; i-- {
		for _, t := range c.reads(i) {
			segment[t.Node] = min(segment[t.Node], segment[i]-c.crossing(i, t))
		}
	}
	return segment
}

func (c *Circuit) reads(i int) []Term {
	d := &c.nodes[i]
	return c.terms[d.first : d.first+d.count]
}

// crossing is 1 when node i and the node that it reads are of different channels.
func (c *Circuit) crossing(i int, t Term) int32 {
	if c.origins[i].A != c.origins[t.Node].A {
		return 1
	}
	return 0
}
