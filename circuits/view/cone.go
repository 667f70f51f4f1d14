package view

import (
	"fmt"
	"io"
	"strings"

	"tc0/circuits/arith"
)

// ConeLine is one line of a cone: a node at a distance from its root.
type ConeLine struct {
	Row
	Indent int    `json:"indent"`
	Note   string `json:"note,omitempty"` // why its operands are not shown
}

// Cone is the tree of operands under a node. Every node is opened once, and a
// step stands for the form that it alone reads.
type Cone struct {
	Lines []ConeLine `json:"lines"`
	Nodes int        `json:"nodes"` // distinct nodes in the whole cone
	Gates int64      `json:"gates"` // theirs
	Cut   bool       `json:"cut"`   // the tree is longer than the limits
}

// ConeLimits keep a cone readable.
type ConeLimits struct {
	Levels   int // how far below the root
	Lines    int
	Operands int // per node
}

// DefaultCone are limits that fit on a screen or two.
var DefaultCone = ConeLimits{Levels: 6, Lines: 120, Operands: 12}

// Cone is what a node depends on.
func (v *View) Cone(n arith.Node, limits ConeLimits) Cone {
	w := coneWalk{v: v, limits: limits, opened: map[arith.Node]bool{}}
	w.visit(n, 0)
	w.cone.Nodes, w.cone.Gates = v.coneSize(n)
	return w.cone
}

// coneSize counts the whole cone, without limits.
func (v *View) coneSize(root arith.Node) (nodes int, gates int64) {
	in := make([]bool, root+1)
	in[root] = true
	for n := root; n >= 0; n-- { // operands have smaller numbers
		if !in[n] {
			continue
		}
		nodes++
		gates += v.gates(n)
		for _, m := range v.operands(n) {
			in[m] = true
		}
	}
	return nodes, gates
}

// reads are the operands of a node in a cone.
func (v *View) reads(n arith.Node) []arith.Node {
	operands := v.operands(n)
	if v.ac.Kind(n) == arith.Step && v.readers[operands[0]] == 1 {
		return v.operands(operands[0])
	}
	return operands
}

type coneWalk struct {
	v      *View
	limits ConeLimits
	opened map[arith.Node]bool
	cone   Cone
}

func (w *coneWalk) visit(n arith.Node, indent int) {
	if len(w.cone.Lines) >= w.limits.Lines {
		w.cone.Cut = true
		return
	}
	operands := w.v.reads(n)
	line := ConeLine{Row: w.v.row(n), Indent: indent}
	open := len(operands) > 0
	switch {
	case open && w.opened[n]:
		line.Note, open = "shown above", false
	case open && indent >= w.limits.Levels:
		line.Note, open = "reads "+several(len(operands), "node"), false
		w.cone.Cut = true
	}
	w.cone.Lines = append(w.cone.Lines, line)
	if !open {
		return
	}
	w.opened[n] = true
	for i, m := range operands {
		if i == w.limits.Operands {
			at := &w.cone.Lines[len(w.cone.Lines)-1]
			at.Note = strings.TrimPrefix(at.Note+fmt.Sprintf("; %s of n%d", several(len(operands)-i, "more operand"), n), "; ")
			w.cone.Cut = true
			return
		}
		w.visit(m, indent+1)
	}
}

func several(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return Count(n) + " " + what + "s"
}

// Write prints the cone as an indented tree.
func (c *Cone) Write(w io.Writer) error {
	t := &Table{Head: []string{"node ", "operation ", "depth", "gates", " "}}
	for _, l := range c.Lines {
		t.Add(strings.Repeat("· ", l.Indent)+fmt.Sprintf("n%d %s", l.ID, l.Name), l.Kind, l.Depth, l.Gates, l.Note)
	}
	if err := t.Write(w); err != nil {
		return err
	}
	cut := ""
	if c.Cut {
		cut = "; the tree is cut to its limits"
	}
	_, err := fmt.Fprintf(w, "\nwhole cone: %s nodes, %s gates%s\n", Count(c.Nodes), Count(c.Gates), cut)
	return err
}
