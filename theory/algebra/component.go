package algebra

import (
	"math/big"
	"slices"
)

// A component is a strongly connected component of an image orbit, with spanning
// trees from and to its first set Y. Sets are numbered within the component.
type component struct {
	orbit *imageOrbit
	sets  []uint32 // set numbers of the orbit, ascending; Y is sets[0]
	rank  int

	from   []edge   // the edge into each set, on the way from Y
	tuples []uint16 // rank per set: where the points of Y, in order, go on that way
	to     []edge   // the edge out of each set, on the way to Y
	back   []Map    // the permutation of Y's positions that the way from Y and back makes
	into   [][]edge // edges of the component by their targets: set is the source
}

// An edge is a generator and the set at its other end.
type edge struct {
	set    int32
	letter uint16
}

func newComponent(o *imageOrbit, sets []uint32) *component {
	c := &component{orbit: o, sets: sets, rank: len(o.points(int(sets[0]))), into: make([][]edge, len(sets))}
	for i := range sets {
		for g := range o.gens {
			if j, ok := c.follow(i, g); ok {
				c.into[j] = append(c.into[j], edge{int32(i), uint16(g)})
			}
		}
	}
	c.goOut()
	c.goBack()
	return c
}

// follow returns the set that a generator leads to, if it is in the component.
func (c *component) follow(i, g int) (int, bool) {
	target := c.orbit.edges[int(c.sets[i])*len(c.orbit.gens)+g]
	return int(c.orbit.place[target]), c.orbit.class[target] == c.orbit.class[c.sets[0]]
}

func (c *component) tuple(i int) []uint16 { return c.tuples[i*c.rank : (i+1)*c.rank] }

// goOut builds the tree of shortest paths from Y.
func (c *component) goOut() {
	c.from = make([]edge, len(c.sets))
	c.tuples = make([]uint16, len(c.sets)*c.rank)
	copy(c.tuple(0), c.orbit.points(int(c.sets[0])))
	seen := make([]bool, len(c.sets))
	seen[0] = true
	queue := []int{0}
	for n := 0; n < len(queue); n++ {
		i := queue[n]
		for g, gen := range c.orbit.gens {
			j, ok := c.follow(i, g)
			if !ok || seen[j] {
				continue
			}
			seen[j] = true
			c.from[j] = edge{int32(i), uint16(g)}
			for k, p := range c.tuple(i) {
				c.tuple(j)[k] = gen[p]
			}
			queue = append(queue, j)
		}
	}
}

// goBack builds the tree of shortest paths to Y.
func (c *component) goBack() {
	c.to = make([]edge, len(c.sets))
	c.back = make([]Map, len(c.sets))
	c.back[0] = Identity(c.rank)
	queue := []int{0}
	for n := 0; n < len(queue); n++ {
		j := queue[n]
		for _, e := range c.into[j] {
			i := int(e.set)
			if c.back[i] == nil {
				c.to[i] = edge{int32(j), e.letter}
				c.back[i] = c.loop(i, int(e.letter), j)
				queue = append(queue, i)
			}
		}
	}
}

// loop is the permutation of Y's positions along the way to set i, a generator that
// leads to set j, and the way back.
func (c *component) loop(i, g, j int) Map {
	position := make([]uint16, c.orbit.degree)
	for k, p := range c.tuple(j) {
		position[p] = uint16(k)
	}
	x := make(Map, c.rank)
	for k, p := range c.tuple(i) {
		x[k] = c.back[j][position[c.orbit.gens[g][p]]]
	}
	return x
}

// group returns the group of the permutations of Y that loops make, and for each of
// its generators the word of its loop.
func (c *component) group() (group *Group, words [][]int, err error) {
	group = &Group{degree: c.rank, room: maxTransversal}
	all := factorial(c.rank)
	for j, edges := range c.into {
		for _, e := range edges {
			added, err := group.adjoin(c.loop(int(e.set), int(e.letter), j))
			if err != nil {
				return nil, nil, err
			}
			if !added {
				continue
			}
			word := append(c.wordFrom(int(e.set)), int(e.letter))
			words = append(words, append(word, c.wordTo(j)...))
			if group.Order().Cmp(all) == 0 {
				return group, words, nil // the symmetric group: nothing more to find
			}
		}
	}
	return group, words, nil
}

// wordFrom spells the way from Y to set i.
func (c *component) wordFrom(i int) []int {
	var word []int
	for ; i != 0; i = int(c.from[i].set) {
		word = append(word, int(c.from[i].letter))
	}
	slices.Reverse(word)
	return word
}

// wordTo spells the way from set i to Y.
func (c *component) wordTo(i int) []int {
	var word []int
	for ; i != 0; i = int(c.to[i].set) {
		word = append(word, int(c.to[i].letter))
	}
	return word
}

// subgroup returns the H-class of an idempotent with image Y, or nil if there is none.
func (c *component) subgroup(group *Group, loops [][]int) *Subgroup {
	base, word, ok := c.collapse()
	if !ok {
		return nil
	}
	// base permutes Y, its image; the power of that permutation's order is idempotent.
	s := &Subgroup{Points: base.Image(), Group: group}
	_, order := restrict(base, s.Points).Power()
	s.Idempotent = power(base, order)
	for _, loop := range loops {
		s.Generators = append(s.Generators, s.Idempotent.Then(c.evaluate(loop)))
	}
	longest := 0
	for _, loop := range loops {
		longest = max(longest, len(loop))
	}
	letters := new(big.Int).Mul(order, big.NewInt(int64(len(word))))
	if letters.Cmp(big.NewInt(int64(MaxWord-longest))) > 0 {
		return s
	}
	s.Worded = true
	s.Word = slices.Repeat(word, int(order.Int64()))
	for _, loop := range loops {
		s.Words = append(s.Words, slices.Concat(s.Word, loop))
	}
	return s
}

// power returns x^n for n ≥ 1.
func power(x Map, n *big.Int) Map {
	y := x
	for bit := n.BitLen() - 2; bit >= 0; bit-- {
		y = y.Then(y)
		if n.Bit(bit) != 0 {
			y = y.Then(x)
		}
	}
	return y
}

// evaluate returns the map of a word.
func (c *component) evaluate(word []int) Map {
	x := Identity(c.orbit.degree)
	for _, g := range word {
		x = x.Then(c.orbit.gens[g])
	}
	return x
}

// collapse returns an element whose image is Y and which permutes Y, with its word.
func (c *component) collapse() (x Map, word []int, ok bool) {
	merge := c.merging()
	inY := make([]bool, c.orbit.degree)
	for _, p := range c.tuple(0) {
		inY[p] = true
	}
	x, word = Identity(c.orbit.degree), []int{}
	for {
		outside := slices.IndexFunc(x, func(p uint16) bool { return !inY[p] })
		if outside < 0 {
			return x, word, true
		}
		step, ok := c.wordMerging(merge, x[outside])
		if !ok {
			return nil, nil, false
		}
		x = x.Then(c.evaluate(step))
		word = append(word, step...)
	}
}

// merging returns, for each pair of a set Z and a point p outside it, at
// [Z*degree + p], the first letter + 1 of a shortest word that keeps Z in the
// component and sends p into it; 0 if there is none. It searches backwards.
func (c *component) merging() []uint16 {
	degree := c.orbit.degree
	letter := make([]uint16, len(c.sets)*degree)
	preimages := make([][][]uint16, len(c.orbit.gens))
	for g, gen := range c.orbit.gens {
		preimages[g] = make([][]uint16, degree)
		for p, q := range gen {
			preimages[g][q] = append(preimages[g][q], uint16(p))
		}
	}
	type pair struct {
		set   int32
		point uint16
	}
	var queue []pair
	arrive := func(e edge, q uint16) {
		for _, p := range preimages[e.letter][q] {
			at := int(e.set)*degree + int(p)
			if letter[at] == 0 && !c.orbit.has(c.sets[e.set], p) {
				letter[at] = e.letter + 1
				queue = append(queue, pair{e.set, p})
			}
		}
	}
	for j, edges := range c.into {
		for _, e := range edges {
			for _, q := range c.tuple(j) {
				arrive(e, q)
			}
		}
	}
	for n := 0; n < len(queue); n++ {
		for _, e := range c.into[queue[n].set] {
			arrive(e, queue[n].point)
		}
	}
	return letter
}

// wordMerging spells the word that merges point p into Y, and the way back to Y.
func (c *component) wordMerging(merge []uint16, p uint16) ([]int, bool) {
	var word []int
	set := 0
	for !c.orbit.has(c.sets[set], p) {
		letter := merge[set*c.orbit.degree+int(p)]
		if letter == 0 {
			return nil, false
		}
		g := int(letter) - 1
		word = append(word, g)
		p = c.orbit.gens[g][p]
		set, _ = c.follow(set, g)
	}
	return append(word, c.wordTo(set)...), true
}
