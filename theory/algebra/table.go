package algebra

import "fmt"

// A Table is a group with its elements listed; element 0 is the identity.
type Table struct {
	elements store
	labels   []string
	products []uint32 // dense product table of a small group
}

// denseOrder is the largest order whose whole product table is stored.
const denseOrder = 512

// Table lists the elements, which must not be more than limit (otherwise a
// [*LimitError]). Their order is
//
//	Sn, An     lexicographic in the tuple of images a, with the product
//	           (a∘b)(i) = a(b(i)); the map of an element is the inverse of its tuple
//	Zn         0, 1, …, n-1
//	Dn         rotations r^k, then reflections r^k·s
//	Q8         1, -1, i, -i, j, -j, k, -k
//	GL SL PSL  the identity, then lexicographic in the entries (the lesser of ±m)
//	H3(Z_n)    lexicographic in (a,b,c)
//	GxH        the element (g, h) has number |H|·g + h
func (g *NamedGroup) Table(limit int) (*Table, error) {
	if !g.order.IsInt64() || g.order.Int64() > int64(limit) {
		return nil, fmt.Errorf("the group %s has %v elements: %w", g.Name, g.order,
			&LimitError{What: "elements", Limit: limit})
	}
	elements, labels := g.list()
	return newTable(elements, labels), nil
}

func newTable(elements []Map, labels []string) *Table {
	t := &Table{elements: newStore(len(elements[0])), labels: labels}
	for _, x := range elements {
		t.elements.intern(x)
	}
	if len(elements) > denseOrder {
		return t
	}
	products := make([]uint32, 0, len(elements)*len(elements))
	for i := range elements {
		for j := range elements {
			products = append(products, uint32(t.Product(i, j)))
		}
	}
	t.products = products
	return t
}

// Order returns the number of elements.
func (t *Table) Order() int { return t.elements.count }

// Product returns the element i·j.
func (t *Table) Product(i, j int) int {
	if t.products != nil {
		return int(t.products[i*t.elements.count+j])
	}
	return t.elements.mustIndex(t.Element(i).Then(t.Element(j)))
}

// Element returns the map of element i, with Element(Product(i, j)) equal to
// Element(i).Then(Element(j)). It must not be changed.
func (t *Table) Element(i int) Map { return t.elements.at(i) }

// Label returns the name of element i: cycles of the tuple for Sn and An, otherwise
// as in the list of [NamedGroup.Table].
func (t *Table) Label(i int) string { return t.labels[i] }

// Index returns the number of the element with the given map.
func (t *Table) Index(x Map) (int, bool) { return t.elements.index(x) }
