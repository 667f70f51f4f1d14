package view

import (
	"cmp"
	"fmt"
	"slices"

	"tc0/circuits/arith"
	"tc0/circuits/threshold"
)

// View is an arithmetic circuit together with the threshold circuit that
// implements it.
type View struct {
	ac      *arith.Circuit
	tc      *threshold.Circuit
	banks   [][]int32 // by node, ascending
	readers []int32   // by node: nodes that read it
	depth   []int32   // by node: of its deepest gate, for forms of what they read
	stats   *threshold.Stats
}

// New joins two circuits; the threshold circuit's tags must name nodes of the
// arithmetic circuit.
func New(ac *arith.Circuit, tc *threshold.Circuit) (*View, error) {
	v := &View{ac: ac, tc: tc, banks: make([][]int32, ac.Len()), readers: make([]int32, ac.Len()), depth: make([]int32, ac.Len())}
	for b := range tc.Banks() {
		n := tc.Bank(b).Tag.Node
		if n < -1 || int(n) >= ac.Len() {
			return nil, fmt.Errorf("bank %d says that it implements node %d, but the arithmetic circuit has %d nodes: the files are of different compilations", b, n, ac.Len())
		}
		if n >= 0 {
			v.banks[n] = append(v.banks[n], int32(b))
		}
	}
	for n := range arith.Node(ac.Len()) {
		v.depth[n] = v.depthOf(n)
		for _, m := range v.operands(n) {
			v.readers[m]++
		}
	}
	return v, nil
}

// depthOf is the depth of a node's own gates, or of what a form reads.
func (v *View) depthOf(n arith.Node) int32 {
	d := int32(0)
	for _, b := range v.banks[n] {
		d = max(d, int32(v.tc.Bank(int(b)).Depth))
	}
	if d == 0 {
		for _, m := range v.operands(n) {
			d = max(d, v.depth[m])
		}
	}
	return d
}

// operands are the distinct nodes that n reads, by number.
func (v *View) operands(n arith.Node) []arith.Node {
	var terms []arith.Term
	switch v.ac.Kind(n) {
	case arith.Form:
		_, terms = v.ac.Form(n)
	case arith.Product:
		terms = v.ac.Factors(n)
	case arith.Step:
		form, _, _ := v.ac.Step(n)
		return []arith.Node{form}
	}
	out := make([]arith.Node, len(terms))
	for i, t := range terms {
		out[i] = t.Node
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// gates is the number of gates of a node.
func (v *View) gates(n arith.Node) (gates int64) {
	for _, b := range v.banks[n] {
		if d := v.tc.Bank(int(b)); d.Kind != threshold.Input {
			gates += d.Gates
		}
	}
	return gates
}

// Stats are the threshold circuit's counts, computed once.
func (v *View) Stats() *threshold.Stats {
	if v.stats == nil {
		s := v.tc.Stats()
		v.stats = &s
	}
	return v.stats
}

// Stage is one row of the table of stages.
type Stage struct {
	Name     string `json:"name"`
	Kinds    string `json:"kinds"`
	Nodes    int    `json:"nodes"`
	MinDepth int    `json:"min_depth"`
	MaxDepth int    `json:"max_depth"`
	Gates    uint64 `json:"gates"`
	Wires    uint64 `json:"wires"`
	MaxFanIn uint64 `json:"max_fan_in"`
}

// stageWalk collects one stage.
type stageWalk struct {
	Stage
	kinds [4]bool
	last  int32      // its latest position
	first arith.Node // its first node there
}

// see counts one node of the stage. The depths of a stage are those of its
// banks; one without gates has the depths that its forms stand at.
func (s *stageWalk) see(v *View, n arith.Node) {
	if t := v.ac.Origin(n).T; s.Nodes == 0 || t > s.last {
		s.last, s.first = t, n
	}
	s.Nodes++
	s.kinds[v.ac.Kind(n)] = true
	for _, b := range v.banks[n] {
		if d := v.tc.Bank(int(b)); d.Gates > 0 && d.Kind != threshold.Input {
			s.deep(d.Depth)
		}
	}
}

func (s *stageWalk) deep(depth int) {
	if s.MinDepth < 0 || depth < s.MinDepth {
		s.MinDepth = depth
	}
	s.MaxDepth = max(s.MaxDepth, depth)
}

// Stages are the stages of the chosen nodes in the order in which the last
// position goes through them. Gates, wires and fan-in are those of the whole
// stage, at all positions.
func (v *View) Stages(f Filter) []Stage {
	walks := make([]stageWalk, len(v.ac.Stages()))
	for i := range walks {
		walks[i].Stage = Stage{Name: v.ac.StageName(arith.Stage(i)), MinDepth: -1}
	}
	for n := range arith.Node(v.ac.Len()) {
		if f.matches(v.ac, n) {
			walks[v.ac.Origin(n).Stage].see(v, n)
		}
	}
	for n := range arith.Node(v.ac.Len()) {
		if s := &walks[v.ac.Origin(n).Stage]; s.Nodes > 0 && !s.kinds[arith.Step] && !s.kinds[arith.Product] {
			s.deep(int(v.depth[n]))
		}
	}
	for _, g := range v.Stats().Stages {
		for i := range walks {
			if s := &walks[i]; s.Name == g.Name {
				s.Gates, s.Wires, s.MaxFanIn = g.Gates, g.Wires, g.MaxFanIn
			}
		}
	}
	slices.SortStableFunc(walks, func(a, b stageWalk) int { return cmp.Compare(a.first, b.first) })
	var out []Stage
	for _, s := range walks {
		if s.Nodes > 0 {
			s.Kinds = kindList(s.kinds)
			s.MinDepth = max(s.MinDepth, 0)
			out = append(out, s.Stage)
		}
	}
	return out
}

func kindList(has [4]bool) string {
	s := ""
	for k, ok := range has {
		if ok && s != "" {
			s += "+"
		}
		if ok {
			s += arith.Kind(k).String()
		}
	}
	return s
}

// StageTable is a table of stages.
func StageTable(stages []Stage) *Table {
	t := &Table{Head: []string{"stage ", "operation ", "nodes", "depth", "gates", "wires", "fan-in"}}
	for _, s := range stages {
		depth := fmt.Sprint(s.MaxDepth)
		if s.MinDepth != s.MaxDepth {
			depth = fmt.Sprintf("%d–%d", s.MinDepth, s.MaxDepth)
		}
		t.Add(s.Name, s.Kinds, s.Nodes, depth, s.Gates, s.Wires, s.MaxFanIn)
	}
	return t
}
