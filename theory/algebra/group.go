package algebra

import (
	"fmt"
	"math/big"
	"slices"
)

// A Group is a permutation group held as a base and strong generating set, never
// as a list of elements. A Group is immutable.
type Group struct {
	degree     int
	generators []Map
	levels     []*level
	giant      *giant // instead of levels, if the group was recognised as one
	room       int    // most point images to store; 0 is no limit, neither for memory nor for time
	stored     int    // point images in coset representatives
	work       int    // point images computed
	trial      int    // at how much work to look for a giant again
}

// A level is one step of a stabilizer chain: its generators fix the base points of
// the levels above it, and the orbit of its own base point has one coset
// representative per point.
type level struct {
	point      uint16
	generators []Map
	checked    []int    // per generator: orbit points whose Schreier generator is known to sift to 1
	orbit      []uint16 // in order of discovery
	back       []Map    // by point: the inverse of its representative, or nil off the orbit
}

const (
	maxTransversal = 1 << 27 // point images stored in the coset representatives of a group
	maxWork        = 1 << 35 // point images computed for the chain of a group, about a minute's work
	firstTrial     = 1 << 19 // point images computed before the first look for a giant
)

// NewGroup returns the group that permutations of one degree generate. The
// algorithm is that of Schreier and Sims: every Schreier generator of every level has
// been sifted when NewGroup returns, so the chain is proved, not probable.
// Alternating and symmetric groups on many points are recognised, by a theorem of
// Jordan, and need no chain. A map that is not a permutation is an error, and a
// group that needs too much memory or time is a [*LimitError].
func NewGroup(gens []Map) (*Group, error) {
	degree, err := commonDegree(gens)
	if err != nil {
		return nil, err
	}
	for i, x := range gens {
		if !x.IsPermutation() {
			return nil, fmt.Errorf("generator %d, %s, is not a permutation: a group has only permutations as generators",
				i+1, abridged(x.String()))
		}
	}
	g := &Group{degree: degree, generators: slices.Clone(gens), room: maxTransversal}
	if err := g.build(); err != nil {
		return nil, err
	}
	return g, nil
}

// adjoin adds a generator unless it is in the group already, and reports whether it
// did.
func (g *Group) adjoin(x Map) (bool, error) {
	if g.Contains(x) {
		return false, nil
	}
	g.generators = append(g.generators, x)
	if g.giant == nil {
		return true, g.extend(x)
	}
	// The larger group may be a giant on more points, or none, and has no chain yet.
	g.giant, g.work, g.trial = nil, 0, 0
	return true, g.build()
}

// build makes the chain of all generators.
func (g *Group) build() error {
	for _, x := range g.generators {
		if err := g.extend(x); err != nil {
			return err
		}
	}
	return nil
}

// extend adds a permutation to the chain and completes it.
func (g *Group) extend(x Map) error {
	if g.giant != nil {
		return nil
	}
	residue, depth := g.sift(x, 0)
	if residue == nil {
		return nil
	}
	for i := 0; i <= depth; i++ {
		g.strengthen(i, residue)
	}
	return g.complete()
}

// complete sifts the Schreier generators that have not been sifted, deepest level
// first, until none is left. When that is much work, it looks whether the group is a
// giant, which needs none.
func (g *Group) complete() error {
	for i := len(g.levels) - 1; i >= 0; {
		if g.work > max(g.trial, firstTrial) {
			if g.recognise() {
				return nil
			}
			g.trial = 4 * g.work
		}
		if err := g.check(); err != nil {
			return err
		}
		residue, depth := g.nextResidue(i)
		if residue == nil {
			i--
			continue
		}
		for j := i + 1; j <= depth; j++ {
			g.strengthen(j, residue)
		}
		i = depth
	}
	return nil
}

// check compares the memory and the time that the chain took with their limits.
func (g *Group) check() error {
	switch {
	case g.full():
		return &LimitError{What: "point images stored for a group", Limit: g.room, Found: g.stored}
	case g.room > 0 && g.work > maxWork:
		return &LimitError{What: "point images computed for a group", Limit: maxWork, Found: g.work}
	}
	return nil
}

func (g *Group) full() bool { return g.room > 0 && g.stored > g.room }

// nextResidue goes on through the Schreier generators of level i until one does not
// sift to the identity, and returns what is left of it and where it stopped.
func (g *Group) nextResidue(i int) (residue Map, depth int) {
	l := g.levels[i]
	scratch := make(Map, g.degree)
	for s, generator := range l.generators {
		for l.checked[s] < len(l.orbit) {
			p := l.orbit[l.checked[s]]
			l.checked[s]++
			g.work += g.degree * (len(g.levels) - i)
			// u_p · s · u_q^-1 for q = s[p].
			from, to := l.back[p], l.back[generator[p]]
			for x, y := range generator {
				scratch[from[x]] = to[y]
			}
			if residue, depth = g.sift(scratch, i+1); residue != nil {
				return residue, depth
			}
		}
	}
	return nil, 0
}

// sift divides x, which fixes the base points above level from, by coset
// representatives from that level down. It returns nil if the identity remains, and
// otherwise the remainder and the level that it stopped at.
func (g *Group) sift(x Map, from int) (residue Map, depth int) {
	x = append(Map(nil), x...)
	for i := from; i < len(g.levels); i++ {
		back := g.levels[i].back[x[g.levels[i].point]]
		if back == nil {
			return x, i
		}
		for p, q := range x {
			x[p] = back[q]
		}
	}
	if x.IsIdentity() {
		return nil, 0
	}
	return x, len(g.levels)
}

// strengthen adds a generator to level i, which is made if the chain ends there.
func (g *Group) strengthen(i int, x Map) {
	if i == len(g.levels) {
		g.levels = append(g.levels, newLevel(g.degree, x))
	}
	l := g.levels[i]
	l.generators = append(l.generators, x)
	l.checked = append(l.checked, 0)
	g.grow(l)
}

// newLevel makes a level whose base point is the first that x moves.
func newLevel(degree int, x Map) *level {
	l := &level{back: make([]Map, degree)}
	for int(x[l.point]) == int(l.point) {
		l.point++
	}
	l.orbit = []uint16{l.point}
	l.back[l.point] = Identity(degree)
	return l
}

// grow closes the orbit of a level under its generators, or stops when the memory of
// the group is full. Representatives that exist stay, so what has been checked stays
// true.
func (g *Group) grow(l *level) {
	newest := l.generators[len(l.generators)-1]
	known := len(l.orbit)
	for i := range known {
		g.reach(l, l.orbit[i], newest)
	}
	for i := known; i < len(l.orbit) && !g.full(); i++ {
		for _, s := range l.generators {
			g.reach(l, l.orbit[i], s)
		}
	}
}

// reach adds the image of orbit point p under s, if it is new.
func (g *Group) reach(l *level, p uint16, s Map) {
	q := s[p]
	if l.back[q] != nil {
		return
	}
	back := make(Map, len(s))
	for x, y := range s {
		back[y] = l.back[p][x]
	}
	l.back[q] = back
	l.orbit = append(l.orbit, q)
	g.stored += len(s)
	g.work += len(s)
}

// Order returns the number of elements.
func (g *Group) Order() *big.Int {
	if g.giant != nil {
		return g.giant.order()
	}
	order := big.NewInt(1)
	for _, l := range g.levels {
		order.Mul(order, big.NewInt(int64(len(l.orbit))))
	}
	return order
}

// Degree returns the number of points.
func (g *Group) Degree() int { return g.degree }

// Generators returns generators of the group: for [NewGroup] those that it was given.
func (g *Group) Generators() []Map { return g.generators }

// Contains reports whether x is an element of the group.
func (g *Group) Contains(x Map) bool {
	if len(x) != g.degree || !x.IsPermutation() {
		return false
	}
	if g.giant != nil {
		return g.giant.contains(x)
	}
	residue, _ := g.sift(x, 0)
	return residue == nil
}

// Trivial reports whether the group has one element.
func (g *Group) Trivial() bool { return len(g.levels) == 0 && g.giant == nil }

// Abelian reports whether all elements commute.
func (g *Group) Abelian() bool {
	for i, x := range g.generators {
		for _, y := range g.generators[:i] {
			if !x.Then(y).Equal(y.Then(x)) {
				return false
			}
		}
	}
	return true
}
