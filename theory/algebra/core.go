package algebra

import (
	"errors"
	"math/big"
)

// ErrSolvable says that a group has a trivial perfect core.
var ErrSolvable = errors.New("the group is solvable: its perfect core is trivial, so no commutator construction exists")

// A Core is the perfect core P of a group that is not solvable, listed, with what
// Barrington's construction needs: every element as a product of commutators, and
// if possible a commutator in the conjugacy class of its own factors. All elements
// are numbers of Group, whose Word method spells them over the given generators.
type Core struct {
	Group    *Monoid // the whole group, enumerated
	Elements []int   // the elements of P, ascending; the first is the identity

	classes *conjugacy // of P, under conjugation by P
	factors []factor   // of the least element of each class
	width   int
}

// A factor is how the least element x of a class is a product of fewest commutators
// of P: x = rest·c, where c is conjugate to [pair.A, pair.B].
type factor struct {
	known  bool
	length int
	rest   int
	last   int // c
	pair   Pair
}

// A Pair stands for the commutator [A,B] = A·B·A^-1·B^-1.
type Pair struct{ A, B int }

// PerfectCore lists the group of some permutations and its perfect core. A group
// with more than limit elements is a [*LimitError], a solvable group [ErrSolvable].
func PerfectCore(gens []Map, limit int) (*Core, error) {
	group, err := NewGroup(gens)
	if err != nil {
		return nil, err
	}
	core := group.PerfectCore()
	if core.Trivial() {
		return nil, ErrSolvable
	}
	if group.Order().Cmp(big.NewInt(int64(limit))) > 0 {
		return nil, &LimitError{What: "elements", Limit: limit}
	}
	m, err := Enumerate(gens, limit)
	if err != nil {
		return nil, err
	}
	c := &Core{Group: m}
	for i := range m.Order() {
		if core.Contains(m.Element(i)) {
			c.Elements = append(c.Elements, i)
		}
	}
	var by []int
	for _, x := range core.Generators() {
		by = append(by, m.elements.mustIndex(x))
	}
	c.classes = m.conjugate(c.Elements, by)
	c.factor()
	return c, nil
}

// factor finds a shortest product of commutators for the least element of each
// class. The set of products of a number of commutators is a union of classes, and
// [a,b] may be conjugated to one whose a is least in its class.
func (c *Core) factor() {
	c.factors = make([]factor, len(c.classes.least))
	c.factors[0] = factor{known: true}
	left := c.singles(len(c.factors) - 1)
	c.width = 1
	for left > 0 {
		c.width++
		left = c.products(left)
	}
}

// singles finds the classes of commutators.
func (c *Core) singles(left int) int {
	for _, a := range c.classes.least {
		for _, b := range c.Elements {
			x := c.commutator(a, b)
			if f := &c.factors[c.classes.class[x]]; !f.known {
				*f = factor{known: true, length: 1, last: x, pair: Pair{a, b}}
				if left--; left == 0 {
					return 0
				}
			}
		}
	}
	return left
}

// products finds the classes of products of c.width commutators.
func (c *Core) products(left int) int {
	for class, x := range c.classes.least {
		if !c.factors[class].known && c.split(class, x) {
			left--
		}
	}
	return left
}

// split writes x as a product of c.width-1 commutators and one commutator.
func (c *Core) split(class, x int) bool {
	for _, last := range c.Elements {
		f := c.factors[c.classes.class[last]]
		if f.length != 1 {
			continue
		}
		inverse, _ := c.Group.Inverse(last)
		rest := c.Group.Product(x, inverse)
		if r := c.factors[c.classes.class[rest]]; r.known && r.length == c.width-1 {
			c.factors[class] = factor{known: true, length: c.width, rest: rest, last: last}
			return true
		}
	}
	return false
}

func (c *Core) commutator(a, b int) int {
	return c.Group.elements.mustIndex(Commutator(c.Group.Element(a), c.Group.Element(b)))
}

// Width returns the least w such that every element of the core is a product of at
// most w commutators of elements of the core.
func (c *Core) Width() int { return c.width }

// Commutators writes an element of the core as a product of fewest commutators of
// elements of the core, left to right; for the identity there are none.
func (c *Core) Commutators(x int) []Pair {
	class := c.classes.class[x]
	if class < 0 {
		panic("algebra: the element is not in the perfect core")
	}
	f := c.factors[class]
	if f.length == 0 {
		return nil
	}
	// The least element of the class is rest·last; conjugate both to match x.
	by := c.classes.by[x]
	if f.length > 1 {
		rest, last := c.Group.conjugateBy(f.rest, by), c.Group.conjugateBy(f.last, by)
		return append(c.Commutators(rest), c.Commutators(last)...)
	}
	by = c.classes.between(f.last, x)
	return []Pair{{c.Group.conjugateBy(f.pair.A, by), c.Group.conjugateBy(f.pair.B, by)}}
}

// Conjugator returns an element h of the core with y = h^-1·x·h; ok is false if x
// and y are not conjugate in the core.
func (c *Core) Conjugator(x, y int) (h int, ok bool) {
	class := c.classes.class
	if class[x] < 0 || class[x] != class[y] {
		return 0, false
	}
	return c.classes.between(x, y), true
}

// ClassSize returns the number of conjugates of an element of the core, in the core.
func (c *Core) ClassSize(x int) int { return c.classes.size[c.classes.class[x]] }

// SingleClass is a commutator C = [A,B] = A·B·A^-1·B^-1 other than the identity, with
// A, B and C conjugate in the core: B = ToB^-1·A·ToB and C = ToC^-1·A·ToC.
type SingleClass struct{ A, B, C, ToB, ToC int }

// SingleClass looks for a commutator in the class of its factors, smallest classes
// first. The search is exhaustive: ok is false only if there is none.
func (c *Core) SingleClass() (s SingleClass, ok bool) {
	best := -1
	for class, a := range c.classes.least {
		if a == 0 || best >= 0 && c.classes.size[class] >= c.classes.size[best] {
			continue
		}
		if found, ok := c.within(int32(class), a); ok {
			s, best = found, class
		}
	}
	return s, best >= 0
}

// within searches one class.
func (c *Core) within(class int32, a int) (s SingleClass, ok bool) {
	for _, b := range c.Elements {
		if c.classes.class[b] != class {
			continue
		}
		if x := c.commutator(a, b); c.classes.class[x] == class {
			return SingleClass{a, b, x, c.classes.between(a, b), c.classes.between(a, x)}, true
		}
	}
	return s, false
}
