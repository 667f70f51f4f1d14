package barrington

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"tc0/theory/algebra"
)

// A Witness is what Barrington's construction needs of a group: elements, the targets,
// each with commutators of targets whose product it is. Targets are closed under
// inverses; target 0 is the identity and target 1 the element of true formulas.
type Witness struct {
	group   *algebra.Monoid
	width   int
	class   int // size of the conjugacy class that holds a, b and [a,b]; 0 if none is known
	targets []target
}

// target is an element and its split into a1, b1, a1^-1, b1^-1, a2, …: 4·width targets.
type target struct {
	element int32
	inverse int32
	split   []int32
}

// Group is the perfect group, enumerated; instructions multiply by its elements.
func (w *Witness) Group() *algebra.Monoid { return w.group }

// Width is the most commutators that a target needs.
func (w *Witness) Width() int { return w.width }

// Targets is the number of targets.
func (w *Witness) Targets() int { return len(w.targets) }

// SingleClass says whether a, b and [a,b] of every split are in one conjugacy class of
// the group, or are inverses of such, and how large the class is.
func (w *Witness) SingleClass() (size int, ok bool) { return w.class, w.class > 0 }

// Element is the group element that a true formula's program multiplies to.
func (w *Witness) Element() algebra.Map { return w.group.Element(int(w.targets[1].element)) }

// Commutators are the pairs (a, b) whose commutators' product is [Witness.Element].
func (w *Witness) Commutators() [][2]algebra.Map {
	var pairs [][2]algebra.Map
	split := w.targets[1].split
	for i := 0; i < len(split); i += 4 {
		pairs = append(pairs, [2]algebra.Map{w.target(split[i]), w.target(split[i+1])})
	}
	return pairs
}

func (w *Witness) target(t int32) algebra.Map { return w.group.Element(int(w.targets[t].element)) }

// Check proves the witness again, from the maps alone: every target's split multiplies
// to it and consists of targets and their inverses, and the element of true formulas is
// not the identity.
func (w *Witness) Check() error {
	identity := algebra.Identity(w.group.Degree())
	if !w.target(0).Equal(identity) || w.Element().Equal(identity) {
		return errors.New("target 0 must be the identity and target 1 must not")
	}
	for i, t := range w.targets {
		x := w.target(int32(i))
		if y := w.target(t.inverse); !x.Then(y).Equal(identity) {
			return fmt.Errorf("target %d: %v is not the inverse of %v", i, y, x)
		}
		if len(t.split) != 4*w.width {
			return fmt.Errorf("target %d has %d factors, not %d", i, len(t.split), 4*w.width)
		}
		product := identity
		for k := 0; k < len(t.split); k += 4 {
			a, b := w.target(t.split[k]), w.target(t.split[k+1])
			if w.targets[t.split[k]].inverse != t.split[k+2] || w.targets[t.split[k+1]].inverse != t.split[k+3] {
				return fmt.Errorf("target %d: factors %d to %d are not a commutator", i, k, k+3)
			}
			product = product.Then(algebra.Commutator(a, b))
		}
		if !product.Equal(x) {
			return fmt.Errorf("target %d is %v, and its commutators multiply to %v", i, x, product)
		}
	}
	return nil
}

// NewWitness finds a witness in a perfect group: the single-class form in the smallest
// conjugacy class that has one, otherwise general form.
func NewWitness(perfect *algebra.Monoid) (*Witness, error) {
	s := newSearch(perfect)
	for _, class := range s.classes {
		if pairs := s.singleClass(class); pairs != nil {
			return s.witness(pairs, s.known(pairs)[0], len(class)), nil
		}
	}
	pairs, err := s.general()
	if err != nil {
		return nil, err
	}
	return s.witness(pairs, s.known(pairs)[0], 0), nil
}

// search is a group with its inverses and conjugacy classes.
type search struct {
	m       *algebra.Monoid
	inverse []int32
	classes [][]int32 // without that of the identity, the smallest first
	classOf []int32
}

type pair struct{ a, b int32 }

func newSearch(m *algebra.Monoid) *search {
	s := &search{m: m, inverse: make([]int32, m.Order()), classOf: make([]int32, m.Order())}
	for i := range s.inverse {
		inverse, _ := m.Element(i).Inverse()
		j, _ := m.Index(inverse)
		s.inverse[i] = int32(j)
		s.classOf[i] = -1
	}
	for i := 1; i < m.Order(); i++ {
		if s.classOf[i] < 0 {
			s.classes = append(s.classes, s.class(int32(i)))
		}
	}
	slices.SortStableFunc(s.classes, func(a, b []int32) int { return cmp.Compare(len(a), len(b)) })
	for c, class := range s.classes {
		for _, x := range class {
			s.classOf[x] = int32(c)
		}
	}
	return s
}

func (s *search) product(x, y int32) int32 { return int32(s.m.Product(int(x), int(y))) }

func (s *search) conjugate(x, g int32) int32 {
	return s.product(s.product(s.inverse[g], x), g)
}

func (s *search) commutator(a, b int32) int32 {
	return s.product(s.product(a, b), s.product(s.inverse[a], s.inverse[b]))
}

// class lists the conjugacy class of x, marking it.
func (s *search) class(x int32) []int32 {
	class := []int32{x}
	s.classOf[x] = x
	for i := 0; i < len(class); i++ {
		for _, g := range s.m.Generators() {
			if y := s.conjugate(class[i], int32(g)); s.classOf[y] < 0 {
				s.classOf[y] = x
				class = append(class, y)
			}
		}
	}
	return class
}

// singleClass finds a and b in a class with [a,b] in it, and with that a pair for each
// element of the class and of that of its inverses; nil when there is none.
func (s *search) singleClass(class []int32) map[int32][]pair {
	a := class[0]
	for _, b := range class {
		c := s.commutator(a, b)
		if c == 0 || s.classOf[c] != s.classOf[a] {
			continue
		}
		pairs := map[int32][]pair{c: {{a, b}}}
		s.spread(pairs, c)
		for _, x := range class {
			p := pairs[x][0]
			if y := s.inverse[x]; pairs[y] == nil {
				pairs[y] = []pair{{p.b, p.a}}
			}
		}
		return pairs
	}
	return nil
}

// spread gives the conjugates of c the conjugates of c's pairs.
func (s *search) spread(pairs map[int32][]pair, c int32) {
	for queue := []int32{c}; len(queue) > 0; queue = queue[1:] {
		x := queue[0]
		for _, g := range s.m.Generators() {
			y := s.conjugate(x, int32(g))
			if pairs[y] != nil {
				continue
			}
			for _, p := range pairs[x] {
				pairs[y] = append(pairs[y], pair{s.conjugate(p.a, int32(g)), s.conjugate(p.b, int32(g))})
			}
			queue = append(queue, y)
		}
	}
}

// general writes every element of a perfect group as a product of as few commutators as
// possible.
func (s *search) general() (map[int32][]pair, error) {
	pairs := map[int32][]pair{}
	for _, class := range s.classes {
		for b := range s.inverse {
			c := s.commutator(class[0], int32(b))
			if c != 0 && pairs[c] == nil {
				pairs[c] = []pair{{class[0], int32(b)}}
				s.spread(pairs, c)
			}
		}
	}
	commutators := s.known(pairs)
	for last := commutators; len(last) > 0 && len(pairs) < s.m.Order()-1; {
		var next []int32
		for _, x := range last {
			for _, k := range commutators {
				if y := s.product(k, x); y != 0 && pairs[y] == nil {
					pairs[y] = append(slices.Clone(pairs[k]), pairs[x]...)
					next = append(next, y)
				}
			}
		}
		last = next
	}
	if len(pairs) != s.m.Order()-1 || len(pairs) == 0 {
		return nil, errors.New("the group is not a perfect group other than 1")
	}
	return pairs, nil
}

// known are the elements with pairs, those of the smallest class first.
func (s *search) known(pairs map[int32][]pair) []int32 {
	var xs []int32
	for _, class := range s.classes {
		for _, x := range class {
			if pairs[x] != nil {
				xs = append(xs, x)
			}
		}
	}
	return xs
}

// witness numbers the targets that are reached from the element of true formulas.
func (s *search) witness(pairs map[int32][]pair, element int32, class int) *Witness {
	w := &Witness{group: s.m, class: class}
	number := map[int32]int32{}
	var order []int32
	visit := func(x int32) int32 {
		if _, ok := number[x]; !ok {
			number[x] = int32(len(order))
			order = append(order, x)
		}
		return number[x]
	}
	visit(0)
	visit(element)
	for i := 0; i < len(order); i++ {
		x := order[i]
		w.targets = append(w.targets, target{element: x, inverse: visit(s.inverse[x])})
		w.width = max(w.width, len(pairs[x]))
		for _, p := range pairs[x] {
			w.targets[i].split = append(w.targets[i].split,
				visit(p.a), visit(p.b), visit(s.inverse[p.a]), visit(s.inverse[p.b]))
		}
	}
	for i := range w.targets {
		for len(w.targets[i].split) < 4*w.width {
			w.targets[i].split = append(w.targets[i].split, 0)
		}
	}
	return w
}
