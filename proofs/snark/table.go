package snark

import (
	"fmt"
	"math/big"

	"tc0/circuits/arith"
)

// row holds the two ends of a level: first form value and first of the level above.
type row struct{ lo, hi int64 }

// table holds the rows of one function or range. Rows of different tables differ in
// their tag; the range table has tag 0.
type table struct {
	tag     int
	name    string
	method  method
	first   int64 // direct, divided, saturated: the key of row 0
	size    int
	keys    []row // interval only
	columns [][]int64
	level   int   // interval: the level of row 0
	gap     int64 // interval: the largest hi - lo
}

// key is the key of row i.
func (t *table) key(i int) *big.Int {
	if t.method == interval {
		k := new(big.Int).Mul(big.NewInt(t.keys[i].hi), endWeight)
		return k.Add(k, big.NewInt(t.keys[i].lo))
	}
	return big.NewInt(t.first + int64(i))
}

// shape is what the steps on one part of a threshold table have in common.
type shape struct {
	thresholds []int64
	gap        int64 // their distance where it is constant, else 0
}

// shapes caches what is asked of threshold and value tables again and again.
type shapes struct {
	c      *arith.Circuit
	steps  map[[3]int]*shape
	affine map[affineKey]bool
}

type affineKey struct {
	view arith.View // of a step or input with the same values
	a, b int
}

func newShapes(c *arith.Circuit) *shapes {
	return &shapes{c: c, steps: map[[3]int]*shape{}, affine: map[affineKey]bool{}}
}

func (s *shapes) step(n arith.Node) *shape {
	th, _, off, count := s.c.StepTables(n)
	key := [3]int{int(th), off, count}
	if found, ok := s.steps[key]; ok {
		return found
	}
	_, t, _ := s.c.Step(n)
	sh := &shape{thresholds: t}
	if len(t) > 1 {
		sh.gap = t[1] - t[0]
		for i := 2; i < len(t); i++ {
			if t[i]-t[i-1] != sh.gap {
				sh.gap = 0
				break
			}
		}
	}
	s.steps[key] = sh
	return sh
}

// values are a view's values by level.
func values(c *arith.Circuit, n arith.Node, t arith.Table) []int64 {
	return c.ViewTable(arith.View{Node: n, Table: t})
}

// linear tells whether every view of a step is affine in its level over [a, b].
func (s *shapes) linear(n arith.Node, views []arith.Table, a, b int) bool {
	for _, t := range views {
		key := affineKey{arith.View{Node: 0, Table: t}, a, b}
		if t == arith.Natural {
			_, val, off, _ := s.c.StepTables(n)
			key = affineKey{arith.View{Node: arith.Node(-1 - off), Table: val}, a, b}
		}
		is, ok := s.affine[key]
		if !ok {
			is = isAffine(values(s.c, n, t)[a : b+1])
			s.affine[key] = is
		}
		if !is {
			return false
		}
	}
	return true
}

func isAffine(v []int64) bool {
	for i := 2; i < len(v); i++ {
		if v[i]-v[i-1] != v[1]-v[0] {
			return false
		}
	}
	return true
}

// floorDiv is ⌊x/g⌋ for g > 0.
func floorDiv(x, g int64) int64 {
	q := x / g
	if x%g < 0 {
		q--
	}
	return q
}

// position is where F lies among evenly spaced thresholds that go on for ever: the
// level before it is cut to 0..L.
func (s *shape) position(f int64) int64 { return floorDiv(f-s.thresholds[0], s.gap) + 1 }

// group are the steps that can share a table: same thresholds, same views.
type group struct {
	name   string
	nodes  []arith.Node
	vars   []*variable
	shape  *shape // nil for inputs
	views  []arith.Table
	lo, hi int64
	a, b   int
	gap    int64 // the widest part between two thresholds, once asked for
}

// ends are the first form value of level k and of the level above, among the values
// that the group's forms take.
func (g *group) ends(k int) row {
	r := row{g.lo, g.hi + 1}
	if k > g.a {
		r.lo = g.shape.thresholds[k-1]
	}
	if k < g.b {
		r.hi = g.shape.thresholds[k]
	}
	return r
}

// widest is the number of form values that the widest level has.
func (g *group) widest() int64 {
	if g.gap == 0 {
		for k := g.a; k <= g.b; k++ {
			r := g.ends(k)
			g.gap = max(g.gap, r.hi-r.lo)
		}
	}
	return g.gap
}

// build makes the table of a group for a method.
func (g *group) build(c *arith.Circuit, m method, tag int) (*table, error) {
	t := &table{tag: tag, name: g.name, method: m}
	level := func(i int) int { return g.a + i }
	switch m {
	case direct:
		t.first, t.size = g.lo, int(g.hi-g.lo+1)
		if g.shape != nil {
			at := 0 // levels ascend with F
			ups := make([]int, t.size)
			for i := range ups {
				for at < len(g.shape.thresholds) && g.shape.thresholds[at] <= t.first+int64(i) {
					at++
				}
				ups[i] = at
			}
			level = func(i int) int { return ups[i] }
		}
	case divided:
		t.first = g.shape.position(g.lo)
		t.size = int(g.shape.position(g.hi) - t.first + 1)
		level = func(i int) int { return int(min(max(t.first+int64(i), 0), int64(len(g.shape.thresholds)))) }
	case saturated:
		t.first, t.size = int64(g.a), g.b-g.a+1
		ends := make([]int64, t.size)
		for i := range ends {
			switch g.a + i {
			case 0:
				ends[i] = -1
			case len(g.shape.thresholds):
				ends[i] = 1
			}
		}
		t.columns = append(t.columns, ends)
	case interval:
		t.size, t.level, t.gap = g.b-g.a+1, g.a, g.widest()
		for k := g.a; k <= g.b; k++ {
			t.keys = append(t.keys, g.ends(k))
		}
	default:
		return nil, fmt.Errorf("%s: method %s has no rows", g.name, methodNames[m])
	}
	for _, v := range g.views {
		all := values(c, g.nodes[0], v)
		column := make([]int64, t.size)
		for i := range column {
			column[i] = all[level(i)]
		}
		t.columns = append(t.columns, column)
	}
	return t, nil
}

// rows is how many rows the table of a method would have, -1 when the method does not
// apply.
func (g *group) rows(m method) int64 {
	switch m {
	case direct:
		return g.hi - g.lo + 1
	case divided:
		if g.shape == nil || g.shape.gap == 0 {
			return -1
		}
		return g.shape.position(g.hi) - g.shape.position(g.lo) + 1
	case saturated:
		if g.shape == nil || g.shape.gap == 0 {
			return -1
		}
		return int64(g.b - g.a + 1)
	case interval:
		if g.shape == nil {
			return -1
		}
		return int64(g.b - g.a + 1)
	}
	return -1
}
