package algebra

import "slices"

// Green holds Green's relations of an enumerated monoid. R, L, H and D give the
// class of each element; in each relation classes are numbered in the order of
// their least elements, so class 0 holds the identity. In a finite monoid D is
// also J.
type Green struct {
	R, L, H, D []uint32
	Classes    []DClass // facts of each D-class

	hStart []uint32 // the elements of H-class h are hItems[hStart[h]:hStart[h+1]]
	hItems []uint32
}

// A DClass is what the eggbox picture of a D-class shows: a table of RClasses rows
// and LClasses columns whose cells are H-classes of HSize elements.
type DClass struct {
	Least       int // its least element
	Rank        int // images of each of its maps
	Order       int // elements
	RClasses    int
	LClasses    int
	HSize       int // elements of each H-class
	Idempotents int // how many; a class without any is not regular
	Idempotent  int // the least idempotent, -1 if there is none
}

// Regular reports whether the class has an idempotent. Then each H-class with an
// idempotent is a group of HSize elements, and these groups are isomorphic.
func (d *DClass) Regular() bool { return d.Idempotent >= 0 }

// Green computes Green's relations: R and L are the strongly connected components
// of the right and left Cayley graphs, H is their meet and D their join.
func (m *Monoid) Green() *Green {
	g := &Green{
		R: components(m.Order(), m.letters, m.right),
		L: components(m.Order(), m.letters, m.left),
	}
	g.H = meet(g.R, g.L)
	g.D = join(g.R, g.L)
	g.hStart, g.hItems = byClass(g.H)
	g.describe(m)
	return g
}

// HClass returns the elements of an H-class, ascending.
func (g *Green) HClass(h int) []uint32 { return g.hItems[g.hStart[h]:g.hStart[h+1]] }

// Regular returns the numbers of the regular D-classes, ascending.
func (g *Green) Regular() []int {
	var list []int
	for d := range g.Classes {
		if g.Classes[d].Regular() {
			list = append(list, d)
		}
	}
	return list
}

// components numbers the strongly connected components of a graph of n nodes with
// k edges each, edges[v*k:(v+1)*k], in the order of their least nodes. The
// algorithm is Tarjan's, with a stack of its own.
func components(n, k int, edges []uint32) []uint32 {
	const unseen = ^uint32(0)
	class := make([]uint32, n)   // least node of the component, once it is closed
	low := make([]uint32, n)     // least visit number reached; unseen before the visit
	closed := make([]bool, n)    // its component is complete
	next := make([]uint16, n)    // edges already followed
	parent := make([]uint32, n)  // in the search tree
	open := make([]uint32, 0, n) // visited nodes of components that are not complete
	visit := make([]uint32, n)
	for v := range low {
		low[v] = unseen
	}
	var clock uint32
	enter := func(v, from uint32) {
		visit[v], low[v], parent[v] = clock, clock, from
		clock++
		open = append(open, v)
	}
	closeAt := func(v uint32) {
		from := len(open) - 1
		for open[from] != v {
			from--
		}
		least := open[from]
		for _, w := range open[from:] {
			least = min(least, w)
		}
		for _, w := range open[from:] {
			class[w], closed[w] = least, true
		}
		open = open[:from]
	}
	for root := range uint32(n) {
		if low[root] != unseen {
			continue
		}
		enter(root, unseen)
		for v := root; v != unseen; {
			if int(next[v]) < k {
				w := edges[int(v)*k+int(next[v])]
				next[v]++
				switch {
				case low[w] == unseen:
					enter(w, v)
					v = w
				case !closed[w]:
					low[v] = min(low[v], visit[w])
				}
				continue
			}
			if low[v] == visit[v] {
				closeAt(v)
			}
			from := parent[v]
			if from != unseen {
				low[from] = min(low[from], low[v])
			}
			v = from
		}
	}
	return renumber(class)
}

// renumber replaces class representatives, each the least element of its class, by
// the numbers 0, 1, … in the order of the representatives.
func renumber(class []uint32) []uint32 {
	var count uint32
	for v, least := range class {
		if int(least) == v {
			class[v] = count
			count++
		} else {
			class[v] = class[least]
		}
	}
	return class
}

// meet numbers the classes of pairs (a[i], b[i]) in the order of their least
// elements.
func meet(a, b []uint32) []uint32 {
	start, items := byClass(a)
	class := make([]uint32, len(a))
	least := make([]uint32, len(a)) // by class of b: the first element of it in the current class of a
	for c := range len(start) - 1 {
		members := items[start[c]:start[c+1]]
		for _, i := range members {
			least[b[i]] = ^uint32(0)
		}
		for _, i := range members {
			least[b[i]] = min(least[b[i]], i)
			class[i] = least[b[i]]
		}
	}
	return renumber(class)
}

// byClass sorts elements by class number: class c is items[start[c]:start[c+1]].
func byClass(class []uint32) (start, items []uint32) {
	count := 0
	for _, c := range class {
		count = max(count, int(c)+1)
	}
	start = make([]uint32, count+1)
	for _, c := range class {
		start[c+1]++
	}
	for c := range count {
		start[c+1] += start[c]
	}
	items = make([]uint32, len(class))
	next := slices.Clone(start)
	for i, c := range class {
		items[next[c]] = uint32(i)
		next[c]++
	}
	return start, items
}

// join numbers the classes of the least equivalence above a and b, by union–find.
func join(a, b []uint32) []uint32 {
	parent := make([]uint32, len(a))
	for i := range parent {
		parent[i] = uint32(i)
	}
	find := func(v uint32) uint32 {
		for parent[v] != v {
			parent[v] = parent[parent[v]]
			v = parent[v]
		}
		return v
	}
	for _, class := range [][]uint32{a, b} {
		least := make([]uint32, 0) // first element of each class of a or b
		for i, c := range class {
			if int(c) == len(least) {
				least = append(least, uint32(i))
				continue
			}
			x, y := find(least[c]), find(uint32(i))
			parent[max(x, y)] = min(x, y)
		}
	}
	for i := range parent {
		parent[i] = find(uint32(i))
	}
	return renumber(parent)
}

// describe fills in the facts of the D-classes.
func (g *Green) describe(m *Monoid) {
	var rSeen, lSeen uint32 // classes below these numbers have been counted
	for i, d := range g.D {
		if int(d) == len(g.Classes) {
			size := g.hStart[g.H[i]+1] - g.hStart[g.H[i]]
			g.Classes = append(g.Classes, DClass{Least: i, Rank: m.Element(i).Rank(), HSize: int(size), Idempotent: -1})
		}
		class := &g.Classes[d]
		class.Order++
		if g.R[i] == rSeen {
			rSeen++
			class.RClasses++
		}
		if g.L[i] == lSeen {
			lSeen++
			class.LClasses++
		}
		if m.Element(i).IsIdempotent() {
			class.Idempotents++
			if class.Idempotent < 0 {
				class.Idempotent = i
			}
		}
	}
}
