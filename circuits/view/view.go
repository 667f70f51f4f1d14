package view

import (
	"fmt"

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

// operands are the distinct nodes that n reads, in order of appearance.
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
	out := make([]arith.Node, 0, len(terms))
	for i, t := range terms {
		if i == 0 || terms[i-1].Node != t.Node {
			out = append(out, t.Node)
		}
	}
	return out
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

// Stages are the stages in the order in which the model goes through them.
func (v *View) Stages(f Filter) []Stage {
	stages := make([]Stage, len(v.ac.Stages()))
	kinds := make([][4]bool, len(stages))
	for i := range stages {
		stages[i] = Stage{Name: v.ac.StageName(arith.Stage(i)), MinDepth: -1}
	}
	for n := range arith.Node(v.ac.Len()) {
		if !f.matches(v.ac, n) {
			continue
		}
		i := v.ac.Origin(n).Stage
		s, d := &stages[i], int(v.depth[n])
		s.Nodes++
		kinds[i][v.ac.Kind(n)] = true
		if s.MinDepth < 0 || d < s.MinDepth {
			s.MinDepth = d
		}
		s.MaxDepth = max(s.MaxDepth, d)
	}
	for _, g := range v.Stats().Stages {
		for i := range stages {
			if stages[i].Name == g.Name {
				stages[i].Gates, stages[i].Wires, stages[i].MaxFanIn = g.Gates, g.Wires, g.MaxFanIn
			}
		}
	}
	out := stages[:0]
	for i, s := range stages {
		if s.Nodes > 0 {
			s.Kinds = kindList(kinds[i])
			out = append(out, s)
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
