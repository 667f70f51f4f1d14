package algebra

// A Subgroup is a group inside a transformation monoid: the units of e·M·e for an
// idempotent e, or some of them when the search for it was cut short. It acts
// faithfully on the images of e, since x = e·x for each of its elements.
type Subgroup struct {
	Idempotent Map    // e
	Points     []int  // the images of e, ascending
	Generators []Map  // elements of the monoid that generate the subgroup; none if it is trivial
	Group      *Group // its action on Points, point i standing for Points[i], with the generators in the same order

	// Word and Words spell the idempotent and the generators over the generators of
	// the monoid. Worded is false when one of the words is longer than MaxWord letters;
	// Word and Words are nil then.
	Word   []int
	Words  [][]int
	Worded bool
}

// MaxWord is the most letters of a word that a [Subgroup] spells out.
const MaxWord = 1 << 20

// Embed returns the element of the monoid for an element of Group: the one that acts
// as x on Points and sends the other points where e and then x send them.
func (s *Subgroup) Embed(x Map) Map {
	y := make(Map, len(s.Idempotent))
	position := positions(s.Points, len(y))
	for p, q := range s.Idempotent {
		y[p] = uint16(s.Points[x[position[q]]])
	}
	return y
}

// Expand turns a word over the generators of the subgroup into a word over the
// generators of the monoid. The empty word becomes that of the idempotent.
func (s *Subgroup) Expand(word []int) []int {
	if len(word) == 0 {
		return append([]int{}, s.Word...)
	}
	var long []int
	for _, g := range word {
		long = append(long, s.Words[g]...)
	}
	return long
}

// Shorten replaces the words by the shortlex-least ones of an enumeration of the
// monoid over the same generators.
func (s *Subgroup) Shorten(m *Monoid) {
	s.Word, s.Worded = m.Word(m.elements.mustIndex(s.Idempotent)), true
	s.Words = nil
	for _, x := range s.Generators {
		s.Words = append(s.Words, m.Word(m.elements.mustIndex(x)))
	}
}

// positions inverts a list of points: position[list[i]] is i. Points that are not
// in the list have position 0.
func positions(list []int, degree int) []uint16 {
	position := make([]uint16, degree)
	for i, p := range list {
		position[p] = uint16(i)
	}
	return position
}

// restrict returns the action of x on points that it permutes.
func restrict(x Map, points []int) Map {
	position := positions(points, len(x))
	y := make(Map, len(points))
	for i, p := range points {
		y[i] = position[x[p]]
	}
	return y
}

// MaximalSubgroup returns the H-class of an idempotent as a group. Its generators
// are found by going through the class in order, so their words are short but there
// may be more of them than needed.
func (m *Monoid) MaximalSubgroup(g *Green, e int) *Subgroup {
	idempotent := m.Element(e)
	s := &Subgroup{Idempotent: idempotent, Points: idempotent.Image(), Word: m.Word(e), Worded: true}
	s.Group = &Group{degree: len(s.Points)}
	for _, i := range g.HClass(int(g.H[e])) {
		x := m.Element(int(i))
		if added, _ := s.Group.adjoin(restrict(x, s.Points)); added { // no limit: no error
			s.Generators = append(s.Generators, x)
			s.Words = append(s.Words, m.Word(int(i)))
		}
	}
	return s
}
