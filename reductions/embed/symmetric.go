package embed

import (
	"fmt"
	"slices"

	"tc0/theory/algebra"
)

// MaxSymmetric is the largest degree that [Symmetric] searches.
const MaxSymmetric = 6

// Symmetric is an embedding of a group into the symmetric group on n points, n at
// most [MaxSymmetric]. The images of generators are tried in lexicographic order
// and the first embedding is returned. The search is exhaustive, up to a renaming of
// the points for the first generator, so an error for a degree within the limit
// means that there is none.
func Symmetric(g Monoid, n int) (*Action, error) {
	if n < 1 || n > MaxSymmetric {
		return nil, fmt.Errorf("embeddings into S%d: only degrees 1 to %d are searched", n, MaxSymmetric)
	}
	none := fmt.Errorf("no embedding into S%d: %d elements, "+
		"and no choice of generators' images is one-to-one and multiplicative", n, g.Order())
	points := permutations(n)
	if len(points)%g.Order() != 0 {
		return nil, none // the order of a subgroup divides that of the group
	}
	s := newSearch(g, points)
	if !s.choose() {
		return nil, none
	}
	maps, _ := s.walk()
	return newAction(maps)
}

// permutations are all permutations of n points in lexicographic order.
func permutations(n int) []algebra.Map {
	all := []algebra.Map{{}}
	for range n {
		var longer []algebra.Map
		for _, x := range all {
			for q := range uint16(n) {
				if !slices.Contains(x, q) {
					longer = append(longer, append(slices.Clone(x), q))
				}
			}
		}
		all = longer
	}
	return all
}

// A search chooses images of generators, first generators first.
type search struct {
	order      int
	right      [][]int         // right[k][x] is element x times generator k
	candidates [][]algebra.Map // of each generator
	images     []algebra.Map   // of the first generators
	identity   algebra.Map
}

// newSearch chooses generators one by one, always the first element that those
// before do not generate. Candidates are the permutations that have a generator's
// order, and for the first generator, which does not care what the points are
// called, one for each list of cycle lengths.
func newSearch(g Monoid, permutations []algebra.Map) *search {
	s := &search{order: g.Order(), identity: permutations[0]}
	known := make([]bool, s.order)
	known[0] = true
	for x := range known {
		if known[x] {
			continue
		}
		s.addGenerator(g, x, permutations)
		s.closure(len(s.right), func(_, _, product int) bool {
			known[product] = true
			return true
		})
	}
	return s
}

func (s *search) addGenerator(g Monoid, x int, permutations []algebra.Map) {
	right := make([]int, s.order)
	for y := range right {
		right[y] = g.Product(y, x)
	}
	order, power := 1, x
	for ; power != 0 && order <= s.order; order++ {
		power = right[power]
	}
	var candidates []algebra.Map
	seen := map[string]bool{}
	for _, p := range permutations {
		lengths := cycleLengths(p)
		if lcm(lengths) != order || len(s.right) == 0 && seen[fmt.Sprint(lengths)] {
			continue
		}
		seen[fmt.Sprint(lengths)] = true
		candidates = append(candidates, p)
	}
	s.right = append(s.right, right)
	s.candidates = append(s.candidates, candidates)
}

// cycleLengths are the lengths of a permutation's cycles, ascending.
func cycleLengths(x algebra.Map) []int {
	var lengths []int
	seen := make([]bool, len(x))
	for p := range x {
		length := 0
		for q := p; !seen[q]; q = int(x[q]) {
			seen[q] = true
			length++
		}
		if length > 0 {
			lengths = append(lengths, length)
		}
	}
	slices.Sort(lengths)
	return lengths
}

// lcm is the least common multiple, which is the order of a permutation with cycles
// of these lengths.
func lcm(lengths []int) int {
	multiple := 1
	for _, n := range lengths {
		step := multiple
		for multiple%n != 0 {
			multiple += step
		}
	}
	return multiple
}

// closure visits every product x·k of an element x that the first generators
// generate and one of them, x itself before its products, until visit returns
// false.
func (s *search) closure(generators int, visit func(x, k, product int) bool) {
	seen := make([]bool, s.order)
	seen[0] = true
	for queue := []int{0}; len(queue) > 0; queue = queue[1:] {
		x := queue[0]
		for k := range generators {
			product := s.right[k][x]
			if !visit(x, k, product) {
				return
			}
			if !seen[product] {
				seen[product] = true
				queue = append(queue, product)
			}
		}
	}
}

// choose extends the images to all generators if it can.
func (s *search) choose() bool {
	k := len(s.images)
	if k == len(s.right) {
		return true
	}
	for _, x := range s.candidates[k] {
		s.images = append(s.images[:k], x)
		if _, ok := s.walk(); ok && s.choose() {
			return true
		}
	}
	s.images = s.images[:k]
	return false
}

// walk sends what the generators with an image generate to products of images. It
// is ok if every element gets one image whatever the way to it, and none but the
// identity gets the identity: an embedding.
func (s *search) walk() (maps []algebra.Map, ok bool) {
	maps = make([]algebra.Map, s.order)
	maps[0], ok = s.identity, true
	s.closure(len(s.images), func(x, k, product int) bool {
		image := maps[x].Then(s.images[k])
		if maps[product] == nil {
			maps[product] = image
		}
		ok = maps[product].Equal(image) && image.IsIdentity() == (product == 0)
		return ok
	})
	return maps, ok
}
