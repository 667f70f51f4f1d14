package export

import "tc0/circuits/threshold"

// lit is an and-inverter literal: twice a variable, plus 1 when negated.
// Variable 0 is the constant, so literal 0 is false and 1 is true.
type lit uint64

const (
	no  lit = 0
	yes lit = 1
)

func (l lit) not() lit { return l ^ 1 }

// maxShared bounds the conjunctions remembered for sharing.
const maxShared = 1 << 20

// graph cuts gates into conjunctions of two literals. It hands each new
// conjunction to emit and remembers only those of the current bank, which is
// where gates have sums in common.
type graph struct {
	next   lit // the next new variable, as a literal
	emit   func(out, a, b lit)
	shared map[[2]lit]lit
	gates  []lit // by gate number
}

func newGraph(gates uint64, firstVariable uint64, emit func(out, a, b lit)) *graph {
	return &graph{
		next: lit(firstVariable) << 1, emit: emit, shared: map[[2]lit]lit{}, gates: make([]lit, 0, gates),
	}
}

// forget drops what is remembered for sharing.
func (g *graph) forget() { clear(g.shared) }

// and is the conjunction of two literals, a new one only when it must be.
func (g *graph) and(a, b lit) lit {
	if a < b {
		a, b = b, a
	}
	switch {
	case b == no || a == b.not():
		return no
	case b == yes || a == b:
		return a
	}
	if l, ok := g.shared[[2]lit{a, b}]; ok {
		return l
	}
	if len(g.shared) >= maxShared {
		g.forget()
	}
	out := g.next
	g.next += 2
	g.emit(out, a, b)
	g.shared[[2]lit{a, b}] = out
	return out
}

func (g *graph) or(a, b lit) lit { return g.and(a.not(), b.not()).not() }

// add is a half adder.
func (g *graph) add(a, b lit) (sum, carry lit) {
	carry = g.and(a, b)
	return g.and(g.or(a, b), carry.not()), carry
}

// add3 is a full adder.
func (g *graph) add3(a, b, c lit) (sum, carry lit) {
	half, both := g.add(a, b)
	sum, through := g.add(half, c)
	return sum, g.or(both, through)
}

// signal is the literal of an input bit or of a gate already cut.
func (g *graph) signal(s threshold.Signal) lit {
	if s.Input {
		return lit(s.Number+1) << 1 // inputs are variables 1, 2, …
	}
	return g.gates[s.Number]
}
