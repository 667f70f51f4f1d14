package barrington

import (
	"fmt"
	"math/big"
	"math/rand/v2"

	"tc0/theory/algebra"
)

// maxGroup is the order up to which a perfect group is enumerated.
const maxGroup = 1 << 15

// maxAttempts and maxWork bound the search for a small subgroup, in pairs of elements
// and in squares of the degree.
const (
	maxAttempts = 2000
	maxWork     = 1 << 24
)

// perfect enumerates the perfect core of a non-solvable group or, where that is large,
// the core of a non-solvable subgroup found in it.
func perfect(g *algebra.Group) (*algebra.Monoid, error) {
	core := g.PerfectCore()
	if core.Order().Cmp(big.NewInt(maxGroup)) > 0 {
		small, err := subgroup(core)
		if err != nil {
			return nil, err
		}
		core = small.PerfectCore()
	}
	return algebra.Enumerate(core.Generators(), maxGroup)
}

// subgroup searches for a small non-solvable subgroup: one that an element which moves
// few points and a random conjugate of it generate. The sequence is fixed.
func subgroup(g *algebra.Group) (*algebra.Group, error) {
	draw := rand.New(rand.NewPCG(1989, 0))
	walk := newWalk(g.Generators(), draw)
	limit := big.NewInt(maxGroup)
	attempts := max(1, min(maxAttempts, maxWork/(g.Degree()*g.Degree())))
	x := shorten(g.Generators()[0])
	for range attempts {
		if y := shorten(walk.next()); moved(y) < moved(x) && !y.IsIdentity() {
			x = y
		}
		h, err := algebra.NewGroup([]algebra.Map{x, walk.conjugate(x)})
		if err != nil {
			return nil, err
		}
		if h.Order().Cmp(limit) <= 0 && !h.Solvable() {
			return h, nil
		}
	}
	return nil, fmt.Errorf("the perfect core has %s elements, more than %d, "+
		"and no small non-solvable subgroup was found in %d attempts", algebra.FormatOrder(g.Order()), maxGroup, attempts)
}

// walk makes random elements by product replacement (Celler, Leedham-Green, Murray,
// Niemeyer and O'Brien, 1995).
type walk struct {
	draw  *rand.Rand
	slots []algebra.Map
}

func newWalk(gens []algebra.Map, draw *rand.Rand) *walk {
	w := &walk{draw: draw}
	for len(w.slots) < max(10, len(gens)) {
		w.slots = append(w.slots, gens[len(w.slots)%len(gens)])
	}
	for range 100 {
		w.next()
	}
	return w
}

func (w *walk) next() algebra.Map {
	i, j := w.draw.IntN(len(w.slots)), w.draw.IntN(len(w.slots)-1)
	if j >= i {
		j++
	}
	w.slots[i] = w.slots[i].Then(w.slots[j])
	return w.slots[i]
}

func (w *walk) conjugate(x algebra.Map) algebra.Map {
	g := w.next()
	inverse, _ := g.Inverse() // a product of permutations
	return inverse.Then(x).Then(g)
}

// shorten is that of the first powers of x, other than the identity, which moves the
// fewest points.
func shorten(x algebra.Map) algebra.Map {
	best := x
	power := x
	for range 2 * len(x) {
		power = power.Then(x)
		if !power.IsIdentity() && moved(power) < moved(best) {
			best = power
		}
	}
	return best
}

func moved(x algebra.Map) int {
	n := 0
	for p, q := range x {
		if p != int(q) {
			n++
		}
	}
	return n
}
