package algebra

import (
	"fmt"
	"math/big"
)

// A square is a 2×2 matrix (a b; c d) mod p.
type square struct{ a, b, c, d int }

func (m square) String() string { return fmt.Sprintf("[%d %d; %d %d]", m.a, m.b, m.c, m.d) }

func (m square) determinant(p int) int { return ((m.a*m.d-m.b*m.c)%p + p) % p }

// shears generate SL(2,p) for every prime p.
var shears = []square{{1, 1, 0, 1}, {1, 0, 1, 1}}

// onVectors is the action v → v·m on the nonzero row vectors, in lexicographic order.
func (m square) onVectors(p int) Map {
	x := make(Map, p*p-1)
	for i := range x {
		u, v := (i+1)/p, (i+1)%p
		x[i] = uint16((u*m.a+v*m.c)%p*p + (u*m.b+v*m.d)%p - 1)
	}
	return x
}

// onLines is the action on the lines of row vectors: point v < p is the line of
// (1,v) and point p that of (0,1).
func (m square) onLines(p int) Map {
	x := make(Map, p+1)
	inverse := inverses(p)
	for i := range x {
		u, v := 1, i
		if i == p {
			u, v = 0, 1
		}
		first, second := (u*m.a+v*m.c)%p, (u*m.b+v*m.d)%p
		x[i] = uint16(p)
		if first != 0 {
			x[i] = uint16(second * inverse[first] % p)
		}
	}
	return x
}

// inverses returns the inverses mod a prime of 1, …, p-1, by p = q·n + r, so that
// 1/n = -q/r.
func inverses(p int) []int {
	inverse := make([]int, p)
	inverse[1] = 1
	for n := 2; n < p; n++ {
		inverse[n] = (p - p/n) * inverse[p%n] % p
	}
	return inverse
}

func generalLinear(p int) *NamedGroup {
	q := int64(p)
	g := linear(p, shears, func(m square) bool { return m.determinant(p) != 0 }, square.onVectors)
	g.order = big.NewInt((q*q - 1) * (q*q - q))
	if root := primitiveRoot(p); root != 1 {
		g.Generators = append(g.Generators, square{root, 0, 0, 1}.onVectors(p))
	}
	return g
}

func specialLinear(p int) *NamedGroup {
	g := linear(p, shears, func(m square) bool { return m.determinant(p) == 1 }, square.onVectors)
	g.order = projectiveOrder(p, false)
	return g
}

// projective names the pair ±m by its lexicographically lesser matrix.
func projective(p int) *NamedGroup {
	lesser := func(m square) bool {
		for _, entry := range []int{m.a, m.b, m.c, m.d} {
			if entry != 0 {
				return entry <= p-entry
			}
		}
		return false
	}
	keep := func(m square) bool { return m.determinant(p) == 1 && lesser(m) }
	g := linear(p, shears, keep, square.onLines)
	g.order = projectiveOrder(p, true)
	list := g.list
	g.list = func() ([]Map, []string) {
		elements, labels := list()
		for i := range labels {
			labels[i] = "±" + labels[i]
		}
		return elements, labels
	}
	return g
}

func projectiveOrder(p int, projective bool) *big.Int {
	q := big.NewInt(int64(p))
	order := new(big.Int).Mul(q, q)
	order.Sub(order, big.NewInt(1)).Mul(order, q)
	if projective && p > 2 {
		order.Rsh(order, 1)
	}
	return order
}

// linear lists the identity, and then the other matrices that keep accepts in
// lexicographic order of (a, b, c, d).
func linear(p int, generators []square, keep func(square) bool, action func(square, int) Map) *NamedGroup {
	g := &NamedGroup{}
	for _, m := range generators {
		g.Generators = append(g.Generators, action(m, p))
	}
	one := square{1, 0, 0, 1}
	g.list = func() (elements []Map, labels []string) {
		add := func(m square) {
			elements = append(elements, action(m, p))
			labels = append(labels, m.String())
		}
		add(one)
		for i := range p * p * p * p {
			m := square{i / (p * p * p), i / (p * p) % p, i / p % p, i % p}
			if m != one && keep(m) {
				add(m)
			}
		}
		return elements, labels
	}
	return g
}

// primitiveRoot returns the least generator of the units mod a prime.
func primitiveRoot(p int) int {
	for root := 1; ; root++ {
		order := 1
		for x := root % p; x != 1; x = x * root % p {
			order++
		}
		if order == p-1 {
			return root
		}
	}
}
