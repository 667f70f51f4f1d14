package view

import (
	"fmt"
	"slices"
	"strings"

	"tc0/circuits/arith"
)

// Filter chooses nodes; a negative Layer or Time and an empty Stage choose all.
type Filter struct {
	Layer int
	Stage string // a stage's name, its name within the layer, or a group such as "scan"
	Time  int
}

// All chooses every node.
var All = Filter{Layer: -1, Time: -1}

// groups are names for several stages of a layer, without the layer's prefix.
var groups = map[string][]string{
	"norm": {"sum", "centre", "square", "norm", "value·norm", "gate_pre·norm"},
	"scan": {
		"delta·u", "inject", "delta·u·B", "inject·B", "input", "ΣΔ", "decay", "decay·input", "decay·state", "state",
		"state·C", "state·C·gate", "y",
	},
}

// Groups are the names that stand for several stages.
func Groups() []string {
	var names []string
	for name := range groups {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (f Filter) matches(c *arith.Circuit, n arith.Node) bool {
	o := c.Origin(n)
	return (f.Time < 0 || int(o.T) == f.Time) && f.matchesStage(c.StageName(o.Stage))
}

func (f Filter) matchesStage(name string) bool {
	prefix, local, ok := strings.Cut(name, ".")
	if !ok {
		prefix, local = "", name
	}
	if f.Layer >= 0 && prefix != fmt.Sprintf("L%d", f.Layer) {
		return false
	}
	return f.Stage == "" || f.Stage == name || f.Stage == local || prefix != "" && f.Stage == prefix || slices.Contains(groups[f.Stage], local)
}

// Check says what is wrong with a filter that chooses nothing.
func (v *View) Check(f Filter) error {
	if f.Time >= len(v.ac.Inputs()) {
		return fmt.Errorf("time %d, expected 0 to %d", f.Time, len(v.ac.Inputs())-1)
	}
	layers, names, found := 0, []string{}, false
	for _, name := range v.ac.Stages() {
		found = found || f.matchesStage(name)
		names = append(names, name)
		var l int
		if _, err := fmt.Sscanf(name, "L%d.", &l); err == nil {
			layers = max(layers, l+1)
		}
	}
	if f.Layer >= layers {
		return fmt.Errorf("layer %d, the model has layers 0 to %d", f.Layer, layers-1)
	}
	if !found {
		return fmt.Errorf("no stage %q, expected one of %s, or a group: %s", f.Stage, strings.Join(names, " "), strings.Join(Groups(), " "))
	}
	for n := range arith.Node(v.ac.Len()) {
		if f.matches(v.ac, n) {
			return nil
		}
	}
	return fmt.Errorf("stage %q has no nodes at time %d", f.Stage, f.Time)
}

// Row is one node in a list.
type Row struct {
	ID      int    `json:"id"`
	Name    string `json:"name"`
	Kind    string `json:"kind"`
	Lo      int64  `json:"lo"`
	Hi      int64  `json:"hi"`
	Depth   int    `json:"depth"`
	Gates   int64  `json:"gates"`
	Readers int    `json:"readers"`
}

func (v *View) row(n arith.Node) Row {
	lo, hi := v.ac.Range(n)
	return Row{
		ID: int(n), Name: v.ac.Name(n), Kind: v.ac.Kind(n).String(), Lo: lo, Hi: hi,
		Depth: int(v.depth[n]), Gates: v.gates(n), Readers: int(v.readers[n]),
	}
}

// List is the chosen nodes in topological order, at most limit of them, and how
// many there are.
func (v *View) List(f Filter, limit int) (rows []Row, total int) {
	rows = []Row{}
	for n := range arith.Node(v.ac.Len()) {
		if !f.matches(v.ac, n) {
			continue
		}
		if total++; total <= limit {
			rows = append(rows, v.row(n))
		}
	}
	return rows, total
}

// RowTable is a table of nodes.
func RowTable(rows []Row) *Table {
	t := &Table{Head: []string{"node ", "name ", "operation ", "range ", "depth", "gates", "readers"}}
	for _, r := range rows {
		t.Add(fmt.Sprintf("n%d", r.ID), r.Name, r.Kind, fmt.Sprintf("%s … %s", Count(r.Lo), Count(r.Hi)), r.Depth, r.Gates, r.Readers)
	}
	return t
}
