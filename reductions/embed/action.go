package embed

import (
	"encoding/binary"
	"errors"
	"fmt"

	"tc0/reductions/morphism"
	"tc0/theory/algebra"
)

// MaxImages bounds Order()·Degree() of an action.
const MaxImages = 1 << 18

// A Monoid is what an action needs to know of a finite monoid or group: elements
// 0 … Order()-1, of which 0 is the identity, and their products.
// [algebra.Table] and [algebra.Monoid] are such.
type Monoid interface {
	Order() int
	Product(i, j int) int
}

// Maps is a monoid whose elements come as maps already.
type Maps interface {
	Monoid
	Element(i int) algebra.Map
}

// An Action is a faithful action of a finite monoid on points 0 … Degree()-1: a
// different map for every element, with Map(i·j) = Map(i).Then(Map(j)). It is
// immutable.
type Action struct {
	maps   []algebra.Map
	degree int
	number map[string]int
}

// newAction is the action by a list of maps of one degree. Only faithfulness is
// checked: that products are products is up to the caller.
func newAction(maps []algebra.Map) (*Action, error) {
	if len(maps) == 0 {
		return nil, errors.New("no elements, expected at least the identity")
	}
	a := &Action{maps: maps, degree: len(maps[0]), number: make(map[string]int, len(maps))}
	for i, x := range maps {
		if j, ok := a.number[key(x)]; ok {
			return nil, fmt.Errorf("the action is not faithful: elements %d and %d are both %v", j, i, x)
		}
		a.number[key(x)] = i
	}
	return a, nil
}

// key is a map's images as a string.
func key(x algebra.Map) string {
	images := make([]byte, 0, 2*len(x))
	for _, q := range x {
		images = binary.BigEndian.AppendUint16(images, q)
	}
	return string(images)
}

// checkSize refuses an action of too many images.
func checkSize(order, degree int) error {
	if order > MaxImages || order*degree > MaxImages {
		return fmt.Errorf("an action of %d elements on %d points: the limit is %d images together", order, degree, MaxImages)
	}
	return nil
}

// Natural is the action by the maps that the monoid's elements are.
func Natural(m Maps) (*Action, error) {
	if err := checkSize(m.Order(), len(m.Element(0))); err != nil {
		return nil, err
	}
	maps := make([]algebra.Map, m.Order())
	for i := range maps {
		maps[i] = m.Element(i)
	}
	return newAction(maps)
}

// Regular is the action on the elements themselves by multiplication on the right:
// element x, as a point, goes to x·g (Cayley). It is faithful because the identity
// goes to g.
func Regular(m Monoid) (*Action, error) {
	order := m.Order()
	if err := checkSize(order, order); err != nil {
		return nil, err
	}
	maps := make([]algebra.Map, order)
	for g := range maps {
		maps[g] = make(algebra.Map, order)
		for x := range order {
			maps[g][x] = uint16(m.Product(x, g))
		}
	}
	return newAction(maps)
}

// Least is an action on as few points as the package knows of: the least degree
// there is if that is at most [MaxSymmetric], otherwise the smaller of the natural
// and the regular one. The natural action is preferred among equals.
func Least(m Maps) (*Action, error) {
	degree := len(m.Element(0))
	for n := 1; n <= MaxSymmetric && n < degree; n++ {
		if a, err := Symmetric(m, n); err == nil {
			return a, nil
		}
	}
	if m.Order() < degree {
		return Regular(m)
	}
	return Natural(m)
}

// Order is the number of elements.
func (a *Action) Order() int { return len(a.maps) }

// Degree is the number of points.
func (a *Action) Degree() int { return a.degree }

// Map is what element i does to the points. It must not be changed.
func (a *Action) Map(i int) algebra.Map { return a.maps[i] }

// Element is the element whose map is x.
func (a *Action) Element(x algebra.Map) (int, error) {
	if i, ok := a.number[key(x)]; ok {
		return i, nil
	}
	return 0, fmt.Errorf("%v is not the map of one of the %d elements", x, a.Order())
}

// SwapBlocks writes every element as a block of the same number of steps, each of
// which exchanges the items on two points: swap writes a step, and idle is a step
// that changes nothing and fills up the block. All steps must have the same number
// of symbols. Degree()-1 steps are enough for any permutation; an element that is
// not one is an error.
func (a *Action) SwapBlocks(steps int, swap func(p, q int) []string, idle []string) (*morphism.Uniform, error) {
	blocks := make([][]string, a.Order())
	for i, x := range a.maps {
		if !x.IsPermutation() {
			return nil, fmt.Errorf("element %d, %v, is not a permutation: swaps cannot write it", i, x)
		}
		swaps := Swaps(x)
		for _, s := range swaps {
			blocks[i] = append(blocks[i], swap(s[0], s[1])...)
		}
		for range steps - len(swaps) {
			blocks[i] = append(blocks[i], idle...)
		}
	}
	return morphism.New(blocks)
}

// Swaps are exchanges of the items on two points that together, from the first to
// the last, bring the item on every point p to x[p], for a permutation x: one fewer
// than points for every cycle.
func Swaps(x algebra.Map) [][2]int {
	var swaps [][2]int
	seen := make([]bool, len(x))
	for first := range x {
		for p := first; !seen[p]; p = int(x[p]) {
			seen[p] = true
			if p != first {
				swaps = append(swaps, [2]int{first, p})
			}
		}
	}
	return swaps
}
