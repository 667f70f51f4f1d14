package arith

import (
	"fmt"
	"strings"
)

// Node is the number of a node; nodes refer only to smaller numbers.
type Node int32

// Table is the number of an interned table of integers.
type Table int32

// Natural, in place of a table, is the natural view: a form's or product's own
// value, or a step's value table.
const Natural Table = -1

// Kind is a node's operation.
type Kind uint8

// The operations.
const (
	Input Kind = iota
	Form
	Step
	Product
)

var kindNames = [...]string{"input", "form", "step", "product"}

// String is the operation's name in the text form.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return fmt.Sprintf("kind(%d)", uint8(k))
}

// View is a node read through a table. Forms and products have only the
// natural view, inputs only tables, steps both.
type View struct {
	Node  Node
	Table Table
}

// Term is a view with its coefficient in a form; products ignore Coef.
type Term struct {
	Coef int64
	View
}

// Stage is the number of an interned stage name such as "L0.scan.decay".
type Stage int32

// Origin says where in the model a node comes from. Unused indices are -1.
type Origin struct {
	Stage Stage
	T     int32 // position in the word
	A, B  int32 // channel and state, or row
	J     int32 // the earlier position that a pair node reads
}

// Output names the nodes of one position's results.
type Output struct {
	Logits []Node // one form per class
	Labels []Node // one step with values 0, 1 per class: [class is the argmax]
}

// MaxFactors is the largest number of views in a product.
const MaxFactors = 4

// node is one operation. Forms and products own terms[first : first+count];
// steps own their form as one term.
type node struct {
	kind     Kind
	first    int32
	count    int32
	constant int64 // form: constant; input: number of levels
	th, val  Table // step: thresholds and values
	off      int32 // step: first threshold used
	levels   int32 // step: number of thresholds used
	lo, hi   int64 // proved range of the natural value (levels for inputs)
}

// Circuit is an immutable arithmetic circuit.
type Circuit struct {
	nodes   []node
	terms   []Term
	tables  [][]int64
	stages  []string
	origins []Origin
	inputs  []Node
	outputs []Output
}

// Len is the number of nodes.
func (c *Circuit) Len() int { return len(c.nodes) }

// Kind is the operation of n.
func (c *Circuit) Kind(n Node) Kind { return c.nodes[n].kind }

// Range is the proved range of n's natural value; for an input, of its level.
func (c *Circuit) Range(n Node) (lo, hi int64) { return c.nodes[n].lo, c.nodes[n].hi }

// Inputs are the token inputs in order of position. The caller must not modify them.
func (c *Circuit) Inputs() []Node { return c.inputs }

// Outputs are the results by position. The caller must not modify them.
func (c *Circuit) Outputs() []Output { return c.outputs }

// Origin says where n comes from.
func (c *Circuit) Origin(n Node) Origin { return c.origins[n] }

// StageName is the name of a stage.
func (c *Circuit) StageName(s Stage) string { return c.stages[s] }

// Stages are all stage names by number. The caller must not modify them.
func (c *Circuit) Stages() []string { return c.stages }

// Tables is the number of interned tables.
func (c *Circuit) Tables() int { return len(c.tables) }

// Table is an interned table. The caller must not modify it.
func (c *Circuit) Table(t Table) []int64 { return c.tables[t] }

// Levels is the number of levels of an input or step.
func (c *Circuit) Levels(n Node) int {
	if d := &c.nodes[n]; d.kind == Input {
		return int(d.constant)
	} else {
		return int(d.levels) + 1
	}
}

// Form is the constant and terms of a form. The caller must not modify them.
func (c *Circuit) Form(n Node) (constant int64, terms []Term) {
	d := &c.nodes[n]
	return d.constant, c.terms[d.first : d.first+d.count]
}

// Factors are the views of a product. The caller must not modify them.
func (c *Circuit) Factors(n Node) []Term {
	d := &c.nodes[n]
	return c.terms[d.first : d.first+d.count]
}

// Step is the form that a step reads, its thresholds (ascending) and its values
// by level (one more). The caller must not modify them.
func (c *Circuit) Step(n Node) (form Node, thresholds, values []int64) {
	d := &c.nodes[n]
	return c.terms[d.first].Node, c.tables[d.th][d.off : d.off+d.levels], c.tables[d.val][d.off : d.off+d.levels+1]
}

// StepTables are the interned tables behind a step and the part of them used:
// thresholds [off, off+count) and values [off, off+count].
func (c *Circuit) StepTables(n Node) (thresholds, values Table, off, count int) {
	d := &c.nodes[n]
	return d.th, d.val, int(d.off), int(d.levels)
}

// ViewTable is the view's value by level of an input or step.
func (c *Circuit) ViewTable(v View) []int64 {
	if v.Table == Natural {
		_, _, values := c.Step(v.Node)
		return values
	}
	return c.tables[v.Table][:c.Levels(v.Node)]
}

// Name is the node's place in words, such as "L0.scan.state[t=3,a=2,b=1]".
func (c *Circuit) Name(n Node) string {
	o := c.origins[n]
	var b strings.Builder
	b.WriteString(c.stages[o.Stage])
	sep := byte('[')
	for _, f := range [...]struct {
		name  string
		value int32
	}{{"t", o.T}, {"a", o.A}, {"b", o.B}, {"j", o.J}} {
		if f.value < 0 {
			continue
		}
		fmt.Fprintf(&b, "%c%s=%d", sep, f.name, f.value)
		sep = ','
	}
	if sep == ',' {
		b.WriteByte(']')
	}
	return b.String()
}
