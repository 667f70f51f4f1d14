package algebra

import "fmt"

// maxGenerators is what the letters of a word can count.
const maxGenerators = 1<<16 - 1

// A Monoid is an enumerated transformation monoid: every element has a number, in
// shortlex order of its least word over the generators. Element 0 is the identity.
// A Monoid is immutable.
type Monoid struct {
	elements   store
	letters    int      // generators, as given
	generators []int    // element of each generator
	right      []uint32 // [element*letters + generator]
	left       []uint32 // [element*letters + generator], generator times element
	first      []uint16 // first letter of the least word
	last       []uint16 // last letter of the least word
	prefix     []uint32 // the element of the least word without its last letter
	suffix     []uint32 // the element of the least word without its first letter
}

// Enumerate lists the monoid that the maps generate, by the algorithm of Froidure
// and Pin ("Algorithms for computing finite semigroups", 1997). It multiplies maps
// only when the word relations found so far do not give the product. All maps have
// one degree; with no maps at all the monoid is trivial, of degree 0. More than
// limit elements are a [*LimitError].
func Enumerate(gens []Map, limit int) (*Monoid, error) {
	degree, err := commonDegree(gens)
	if err != nil {
		return nil, err
	}
	if limit < 1 {
		return nil, &LimitError{What: "elements", Limit: limit}
	}
	m := &Monoid{elements: newStore(degree), letters: len(gens)}
	m.elements.intern(Identity(degree))
	m.record(0, 0, 0, 0)
	if err := m.close(gens, min(limit, 1<<32-2)); err != nil {
		return nil, err
	}
	for g := range gens {
		m.generators = append(m.generators, m.Right(0, g))
	}
	return m, nil
}

// commonDegree checks that the generators are total functions on the same points,
// and not more than words can name.
func commonDegree(gens []Map) (int, error) {
	if len(gens) == 0 {
		return 0, nil
	}
	degree := len(gens[0])
	if degree > MaxDegree {
		return 0, fmt.Errorf("a map on %d points: at most %d are supported", degree, MaxDegree)
	}
	if len(gens) > maxGenerators {
		return 0, fmt.Errorf("%d generators: at most %d are supported", len(gens), maxGenerators)
	}
	for i, x := range gens {
		if len(x) != degree {
			return 0, fmt.Errorf("generator %d has %d points and generator 1 has %d: expected the same number",
				i+1, len(x), degree)
		}
		for p, q := range x {
			if int(q) >= degree {
				return 0, fmt.Errorf("generator %d sends point %d to %d: the points are 1 to %d", i+1, p+1, int(q)+1, degree)
			}
		}
	}
	return degree, nil
}

// close multiplies elements by generators, one word length at a time, until no
// product is new.
func (m *Monoid) close(gens []Map, limit int) error {
	scratch := make(Map, m.elements.degree)
	for done := 0; done < m.elements.count; {
		end := m.elements.count
		for i := done; i < end; i++ {
			for g, gen := range gens {
				j, err := m.multiply(i, g, gen, scratch, limit)
				if err != nil {
					return err
				}
				m.right = append(m.right, uint32(j))
			}
		}
		// The left products of this length follow, since prefixes are one shorter.
		for i := done; i < end; i++ {
			for g := range gens {
				m.left = append(m.left, uint32(m.times(g, i)))
			}
		}
		done = end
	}
	return nil
}

// multiply returns the element i·g, adding it if it is new.
func (m *Monoid) multiply(i, g int, gen, scratch Map, limit int) (int, error) {
	first, suffix := g, 0
	if i != 0 {
		// The least word of i is a·s, with s shorter, so r = s·g is known. Unless the
		// least word of r is that of s and then g, the product a·r has a word before
		// that of i and then g, and its parts are known.
		s := int(m.suffix[i])
		r := m.Right(s, g)
		if r == 0 || int(m.prefix[r]) != s || int(m.last[r]) != g {
			return m.times(int(m.first[i]), r), nil
		}
		first, suffix = int(m.first[i]), r
	}
	for p, q := range m.elements.at(i) {
		scratch[p] = gen[q]
	}
	j, slot, ok := m.elements.find(scratch)
	if ok {
		return j, nil
	}
	if m.elements.count >= limit {
		return 0, &LimitError{What: "elements", Limit: limit, Found: m.elements.count}
	}
	m.record(first, g, i, suffix)
	return m.elements.add(scratch, slot), nil
}

// times returns letter·r by way of r's least word: the letter times its prefix, and
// then its last letter.
func (m *Monoid) times(letter, r int) int {
	if r == 0 {
		return m.Right(0, letter)
	}
	return m.Right(m.Left(letter, int(m.prefix[r])), int(m.last[r]))
}

// record keeps the least word of the element that is added next.
func (m *Monoid) record(first, last, prefix, suffix int) {
	m.first = append(m.first, uint16(first))
	m.last = append(m.last, uint16(last))
	m.prefix = append(m.prefix, uint32(prefix))
	m.suffix = append(m.suffix, uint32(suffix))
}

// Order returns the number of elements.
func (m *Monoid) Order() int { return m.elements.count }

// Degree returns the number of points.
func (m *Monoid) Degree() int { return m.elements.degree }

// Generators returns the generators as elements, in the order given to
// [Enumerate], repeats kept.
func (m *Monoid) Generators() []int { return m.generators }

// Element returns the map of element i. It must not be changed.
func (m *Monoid) Element(i int) Map { return m.elements.at(i) }

// Index returns the element equal to x.
func (m *Monoid) Index(x Map) (int, bool) { return m.elements.index(x) }

// Product returns the element i·j, i applied first.
func (m *Monoid) Product(i, j int) int {
	return m.elements.mustIndex(m.Element(i).Then(m.Element(j)))
}

// Right returns element i times generator g.
func (m *Monoid) Right(i, g int) int { return int(m.right[i*m.letters+g]) }

// Left returns generator g times element i.
func (m *Monoid) Left(g, i int) int { return int(m.left[i*m.letters+g]) }

// Word returns the shortlex-least word for element i, as generator numbers; it is
// empty for the identity.
func (m *Monoid) Word(i int) []int {
	word := []int{}
	for ; i != 0; i = int(m.suffix[i]) {
		word = append(word, int(m.first[i]))
	}
	return word
}

// Evaluate returns the element of a word over generator numbers.
func (m *Monoid) Evaluate(word []int) int {
	i := 0
	for _, g := range word {
		i = m.Right(i, g)
	}
	return i
}

// Inverse returns the element that is the inverse of a permutation i.
func (m *Monoid) Inverse(i int) (int, bool) {
	inverse, ok := m.Element(i).Inverse()
	if !ok {
		return 0, false
	}
	return m.elements.mustIndex(inverse), true
}

// Idempotents returns the elements e with e·e = e, ascending.
func (m *Monoid) Idempotents() []int {
	var list []int
	for i := range m.elements.count {
		if m.Element(i).IsIdempotent() {
			list = append(list, i)
		}
	}
	return list
}
