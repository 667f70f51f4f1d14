package snark

import (
	"errors"
	"fmt"
	"slices"
	"sort"

	"tc0/circuits/arith"
)

// site is what is known of an input or step before a method is chosen for it.
type site struct {
	node   arith.Node
	views  []arith.Table // through which it is read
	values [][]int64     // of each view, by level
	shape  *shape        // nil for inputs
	shift  int           // what a level of the shape is more than a level of the step
	lo, hi int64         // of its form; of the token for an input
	a, b   int           // reachable levels
	affine bool          // every view is affine in the level, over the reachable ones
	below  int64         // even thresholds: how far the position can lie under level 0
	above  int64         // and how far over the top level
}

// over is how far the position can lie beyond the levels.
func (x *site) over() int64 { return max(x.below, x.above) }

// top is the top level.
func (x *site) top() int64 { return int64(len(x.shape.thresholds)) }

// survey is a circuit seen through its labels.
type survey struct {
	circuit *arith.Circuit
	live    []bool  // nodes on which labels depend, and all inputs
	sites   []*site // by node; nil for forms, products and dead nodes
	groups  []*group
	zeros   trace // of the word of zeros
	shapes  map[[3]int]*shape
	runs    map[arith.Table][]int32
}

// surveyOf looks at a circuit.
func surveyOf(c *arith.Circuit) (*survey, error) {
	s := &survey{circuit: c, shapes: map[[3]int]*shape{}, runs: map[arith.Table][]int32{}}
	views, err := s.reach()
	if err != nil {
		return nil, err
	}
	s.sites = make([]*site, c.Len())
	for i, live := range s.live {
		n := arith.Node(i)
		switch {
		case live && c.Kind(n) == arith.Input:
			s.sites[i] = s.input(n, views[i])
		case live && c.Kind(n) == arith.Step:
			s.sites[i] = s.step(n, views[i])
		}
	}
	s.group()
	s.zeros, err = evaluate(c, make([]int, len(c.Inputs())))
	return s, err
}

// reach finds the live nodes and the tables through which each is read.
func (s *survey) reach() (views [][]arith.Table, err error) {
	c := s.circuit
	s.live, views = make([]bool, c.Len()), make([][]arith.Table, c.Len())
	read := func(v arith.View) {
		s.live[v.Node] = true
		if !slices.Contains(views[v.Node], v.Table) {
			views[v.Node] = append(views[v.Node], v.Table)
		}
	}
	if len(c.Outputs()) == 0 {
		return nil, errors.New("the circuit has no outputs: there is nothing to prove")
	}
	for t, o := range c.Outputs() {
		if len(o.Labels) == 0 {
			return nil, fmt.Errorf("position %d has no labels: there is nothing to prove", t)
		}
		for _, n := range o.Labels {
			read(arith.View{Node: n, Table: arith.Natural})
		}
	}
	for _, n := range c.Inputs() {
		s.live[n] = true
	}
	for i := c.Len() - 1; i >= 0; i-- {
		if n := arith.Node(i); s.live[i] {
			s.operands(n, read)
		}
	}
	for i := range views {
		slices.Sort(views[i])
	}
	return views, nil
}

// operands visits what a node reads.
func (s *survey) operands(n arith.Node, read func(arith.View)) {
	switch s.circuit.Kind(n) {
	case arith.Form:
		_, terms := s.circuit.Form(n)
		for _, t := range terms {
			read(t.View)
		}
	case arith.Product:
		for _, f := range s.circuit.Factors(n) {
			read(f.View)
		}
	case arith.Step:
		form, _, _ := s.circuit.Step(n)
		s.live[form] = true
	}
}

func (s *survey) input(n arith.Node, views []arith.Table) *site {
	most := s.circuit.Levels(n) - 1
	x := &site{node: n, views: views, hi: int64(most), b: most}
	for _, t := range views {
		x.values = append(x.values, s.circuit.Table(t))
	}
	return x
}

// step describes a step. One that is read as it is, and whose form stays between the
// neighbours of its thresholds, is a step on the whole of its tables; so steps of one
// stage belong together even if each has only the thresholds that it can reach.
func (s *survey) step(n arith.Node, views []arith.Table) *site {
	c := s.circuit
	form, _, _ := c.Step(n)
	th, val, off, count := c.StepTables(n)
	x := &site{node: n, views: views}
	x.lo, x.hi = c.Range(form)
	from, to := off, off+count
	if len(views) == 1 && views[0] == arith.Natural {
		all := c.Table(th)
		end := min(len(all), len(c.Table(val))-1)
		if (off == 0 || all[off-1] <= x.lo) && (to == end || x.hi < all[to]) {
			from, to = 0, end
		}
	}
	x.shape, x.shift = s.shapeOf(th, from, to), off-from
	x.a, x.b = level(x.shape.thresholds, x.lo), level(x.shape.thresholds, x.hi)
	x.affine = true
	for _, t := range views {
		if t == arith.Natural {
			x.values = append(x.values, c.Table(val)[from:to+1])
			x.affine = x.affine && s.even(val, from+x.a, from+x.b)
		} else {
			x.values = append(x.values, c.Table(t))
			x.affine = x.affine && s.even(t, x.a, x.b)
		}
	}
	if x.shape.gap != 0 {
		x.below, x.above = max(-x.shape.position(x.lo), 0), max(x.shape.position(x.hi)-x.top(), 0)
	}
	return x
}

func (s *survey) shapeOf(th arith.Table, from, to int) *shape {
	key := [3]int{int(th), from, to}
	found := s.shapes[key]
	if found == nil {
		found = &shape{thresholds: s.circuit.Table(th)[from:to]}
		if to-from > 1 && s.even(th, from, to-1) {
			found.gap = found.thresholds[1] - found.thresholds[0]
		}
		s.shapes[key] = found
	}
	return found
}

// even tells whether a table is affine from index i to j.
func (s *survey) even(t arith.Table, i, j int) bool {
	run := s.runs[t]
	if run == nil {
		v := s.circuit.Table(t)
		run = make([]int32, len(v)) // run[i]: how far the table is affine from i on
		for i := len(v) - 1; i >= 0; i-- {
			switch {
			case i >= len(v)-2:
				run[i] = int32(len(v) - 1)
			case v[i+2]-v[i+1] == v[i+1]-v[i]:
				run[i] = run[i+1]
			default:
				run[i] = int32(i + 1)
			}
		}
		s.runs[t] = run
	}
	return int(run[i]) >= j
}

// groupKey tells groups apart.
type groupKey struct {
	shape *shape
	val   arith.Table
	views string
}

// group collects the sites that can share a table, in order of their first node.
func (s *survey) group() {
	at := map[groupKey]*group{}
	for _, x := range s.sites {
		if x == nil || x.a == x.b && x.shape != nil {
			continue
		}
		key := groupKey{shape: x.shape, views: fmt.Sprint(x.views)}
		if x.shape == nil {
			key.val = arith.Table(x.b)
		} else {
			_, key.val, _, _ = s.circuit.StepTables(x.node)
		}
		g := at[key]
		if g == nil {
			g = &group{name: s.circuit.StageName(s.circuit.Origin(x.node).Stage), lo: x.lo, hi: x.hi, a: x.a, b: x.b}
			at[key] = g
			s.groups = append(s.groups, g)
		}
		g.sites = append(g.sites, x)
		g.lo, g.hi = min(g.lo, x.lo), max(g.hi, x.hi)
		g.a, g.b = min(g.a, x.a), max(g.b, x.b)
	}
	for _, g := range s.groups {
		if g.shape() == nil {
			continue
		}
		for k := g.a; k <= g.b; k++ {
			e := g.ends(k)
			g.gap = max(g.gap, e.hi-e.lo)
		}
	}
}

// level is the number of thresholds that are at most f.
func level(thresholds []int64, f int64) int {
	return sort.Search(len(thresholds), func(i int) bool { return thresholds[i] > f })
}
