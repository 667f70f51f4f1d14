package algebra

// conjugacy is a partition of elements of an enumerated group into the orbits of
// conjugation by some of its elements.
type conjugacy struct {
	monoid *Monoid
	class  []int32 // of each element of the monoid; -1 outside the partition
	least  []int   // the least element of each class
	size   []int   // elements of each class
	by     []int   // for each element x of a class the h with x = h^-1·least·h
}

// conjugate partitions elements, which must be closed under conjugation by the given
// ones. Classes are numbered in the order of their least elements.
func (m *Monoid) conjugate(elements, by []int) *conjugacy {
	c := &conjugacy{monoid: m, class: make([]int32, m.Order()), by: make([]int, m.Order())}
	for i := range c.class {
		c.class[i] = -1
	}
	for _, x := range elements {
		if c.class[x] < 0 {
			c.fill(x, by)
		}
	}
	return c
}

// fill makes the class of its least element.
func (c *conjugacy) fill(least int, by []int) {
	number := int32(len(c.least))
	c.least = append(c.least, least)
	c.class[least] = number
	orbit := []int{least}
	for n := 0; n < len(orbit); n++ {
		x := orbit[n]
		for _, s := range by {
			if y := c.monoid.conjugateBy(x, s); c.class[y] < 0 {
				c.class[y] = number
				c.by[y] = c.monoid.Product(c.by[x], s)
				orbit = append(orbit, y)
			}
		}
	}
	c.size = append(c.size, len(orbit))
}

// conjugateBy returns h^-1·x·h in a group.
func (m *Monoid) conjugateBy(x, h int) int {
	by := m.Element(h)
	y := make(Map, m.Degree())
	for p, q := range m.Element(x) {
		y[by[p]] = by[q]
	}
	return m.elements.mustIndex(y)
}

// between returns h with y = h^-1·x·h for elements of one class.
func (c *conjugacy) between(x, y int) int {
	inverse, _ := c.monoid.Inverse(c.by[x])
	return c.monoid.Product(inverse, c.by[y])
}

// ConjugacyClasses returns the class number of each element of a group, classes in
// the order of their least elements; ok is false if the monoid is not a group.
func (m *Monoid) ConjugacyClasses() (class []int32, ok bool) {
	if !m.IsGroup() {
		return nil, false
	}
	all := make([]int, m.Order())
	for i := range all {
		all[i] = i
	}
	return m.conjugate(all, m.generators).class, true
}

// IsGroup reports whether all elements are permutations.
func (m *Monoid) IsGroup() bool {
	for _, g := range m.generators {
		if !m.Element(g).IsPermutation() {
			return false
		}
	}
	return true
}

// Centre returns the elements that commute with all others, ascending.
func (m *Monoid) Centre() []int {
	var list []int
	for i := range m.Order() {
		central := true
		for g := range m.letters {
			central = central && m.Right(i, g) == m.Left(g, i)
		}
		if central {
			list = append(list, i)
		}
	}
	return list
}
