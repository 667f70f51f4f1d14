package snark

import "math/big"

// ends are the first form value of a level and the first of the level above.
type ends struct{ lo, hi int64 }

// table holds the rows of one function or range. Rows of different tables differ in
// their tag; the range table has tag 0.
type table struct {
	tag     int
	name    string
	method  method
	first   int64 // the key of row 0, but for intervals
	size    int
	columns [][]int64
	keys    []ends // interval: by row
	level   int    // interval: of row 0
	gap     int64  // interval: the largest hi - lo
}

// key is the key of row i.
func (t *table) key(i int) *big.Int {
	if t.method == interval {
		k := new(big.Int).Mul(big.NewInt(t.keys[i].hi), endWeight)
		return k.Add(k, big.NewInt(t.keys[i].lo))
	}
	return big.NewInt(t.first + int64(i))
}

// group are the variables that can share a table: same thresholds, same views.
type group struct {
	name   string
	sites  []*site
	lo, hi int64 // of all forms
	a, b   int   // of all levels
	gap    int64 // the most form values that a level has; steps only
}

func (g *group) shape() *shape     { return g.sites[0].shape }
func (g *group) values() [][]int64 { return g.sites[0].values }

// ends of level k, among the values that the group's forms take.
func (g *group) ends(k int) ends {
	r := ends{g.lo, g.hi + 1}
	if k > g.a {
		r.lo = g.shape().thresholds[k-1]
	}
	if k < g.b {
		r.hi = g.shape().thresholds[k]
	}
	return r
}

// rows is how many rows the table of a method would have, -1 when the method does not
// apply.
func (g *group) rows(m method) int64 {
	switch {
	case m == direct:
		return g.hi - g.lo + 1
	case g.shape() == nil || m != interval && g.shape().gap == 0:
		return -1
	case m == divided:
		return g.shape().position(g.hi) - g.shape().position(g.lo) + 1
	}
	return int64(g.b - g.a + 1)
}

// build makes the table of a group for a method.
func (g *group) build(m method, tag int) *table {
	t := &table{tag: tag, name: g.name, method: m, size: int(g.rows(m))}
	level := func(i int) int { return g.a + i }
	switch m {
	case direct:
		t.first = g.lo
		if s := g.shape(); s != nil {
			level = s.climb(g.lo)
		}
	case divided:
		t.first = g.shape().position(g.lo)
		level = func(i int) int { return g.shape().cut(t.first + int64(i)) }
	case saturated:
		t.first = int64(g.a)
		last := len(g.shape().thresholds)
		column := make([]int64, t.size)
		for i := range column {
			column[i] = b2i(g.a+i == last) - b2i(g.a+i == 0)
		}
		t.columns = append(t.columns, column)
	case interval:
		t.level, t.gap = g.a, g.gap
		for k := g.a; k <= g.b; k++ {
			t.keys = append(t.keys, g.ends(k))
		}
	}
	for range g.values() {
		t.columns = append(t.columns, make([]int64, t.size))
	}
	known := len(t.columns) - len(g.values())
	for i := range t.size {
		k := level(i)
		for j, v := range g.values() {
			t.columns[known+j][i] = v[k]
		}
	}
	return t
}

// shape is a part of a threshold table on which steps stand.
type shape struct {
	thresholds []int64
	gap        int64 // their distance where it is constant, else 0
}

// position is where F lies among evenly spaced thresholds that go on for ever: the
// level before it is cut to 0..L.
func (s *shape) position(f int64) int64 { return floorDiv(f-s.thresholds[0], s.gap) + 1 }

// cut is the level of a position.
func (s *shape) cut(position int64) int {
	return int(min(max(position, 0), int64(len(s.thresholds))))
}

// climb gives the levels of first, first+1, and so on, one after the other.
func (s *shape) climb(first int64) func(i int) int {
	k := level(s.thresholds, first)
	return func(i int) int {
		for k < len(s.thresholds) && s.thresholds[k] <= first+int64(i) {
			k++
		}
		return k
	}
}

// floorDiv is ⌊x/g⌋ for g > 0.
func floorDiv(x, g int64) int64 {
	q := x / g
	if x%g < 0 {
		q--
	}
	return q
}

func b2i(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
