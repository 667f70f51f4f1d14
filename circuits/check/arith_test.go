package check_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"tc0/circuits/arith"
	"tc0/circuits/check"
)

// damagedArith is an arithmetic circuit that no builder or reader would let through.
type damagedArith struct {
	nodes   []arithNode
	tables  [][]int64
	inputs  []arith.Node
	outputs []arith.Output
}

type arithNode struct {
	kind       arith.Kind
	lo, hi     int64
	constant   int64
	terms      []arith.Term
	th, val    arith.Table
	off, count int
}

func (d *damagedArith) Len() int                          { return len(d.nodes) }
func (d *damagedArith) Kind(n arith.Node) arith.Kind      { return d.nodes[n].kind }
func (d *damagedArith) Range(n arith.Node) (lo, hi int64) { return d.nodes[n].lo, d.nodes[n].hi }
func (d *damagedArith) Inputs() []arith.Node              { return d.inputs }
func (d *damagedArith) Outputs() []arith.Output           { return d.outputs }
func (d *damagedArith) Tables() int                       { return len(d.tables) }
func (d *damagedArith) Table(t arith.Table) []int64       { return d.tables[t] }
func (d *damagedArith) Factors(n arith.Node) []arith.Term { return d.nodes[n].terms }
func (d *damagedArith) Form(n arith.Node) (int64, []arith.Term) {
	return d.nodes[n].constant, d.nodes[n].terms
}
func (d *damagedArith) StepTables(n arith.Node) (th, val arith.Table, off, count int) {
	x := &d.nodes[n]
	return x.th, x.val, x.off, x.count
}
func (d *damagedArith) Levels(n arith.Node) int {
	if x := &d.nodes[n]; x.kind == arith.Input {
		return int(x.constant)
	}
	return d.nodes[n].count + 1
}

// Nodes of the circuit that tests damage.
const (
	tokenNode arith.Node = iota
	formNode
	stepNode
	productNode
	logitNode
	labelNode
)

// everyNode is a circuit with a node of every kind, as data: token, 3 + 2·token's
// view, a step on it, their product, the logit and its sign.
func everyNode() *damagedArith {
	natural := func(n arith.Node) arith.View { return arith.View{Node: n, Table: arith.Natural} }
	token := arith.View{Node: tokenNode, Table: 0}
	return &damagedArith{
		tables: [][]int64{{4, -1, 7}, {0, 5, 10, 20}, {-2, 3, 1, 8, 9}, {0, 1}},
		inputs: []arith.Node{tokenNode},
		nodes: []arithNode{
			{kind: arith.Input, lo: 0, hi: 2, constant: 3},
			{kind: arith.Form, lo: 1, hi: 17, constant: 3, terms: []arith.Term{{Coef: 2, View: token}}},
			{kind: arith.Step, lo: 1, hi: 8, terms: []arith.Term{{Coef: 1, View: natural(formNode)}}, th: 1, val: 2, off: 1, count: 2},
			{kind: arith.Product, lo: -8, hi: 56, terms: []arith.Term{{Coef: 1, View: token}, {Coef: 1, View: natural(stepNode)}}},
			{kind: arith.Form, lo: -112, hi: 16, terms: []arith.Term{{Coef: -2, View: natural(productNode)}}},
			{kind: arith.Step, lo: 0, hi: 1, terms: []arith.Term{{Coef: 1, View: natural(logitNode)}}, th: 1, val: 3, count: 1},
		},
		outputs: []arith.Output{{Logits: []arith.Node{logitNode}, Labels: []arith.Node{labelNode}}},
	}
}

func TestArithLists(t *testing.T) {
	tests := []struct {
		name   string
		damage func(d *damagedArith)
		want   []string
	}{
		{"sound", func(*damagedArith) {}, nil},
		{"form reads itself", func(d *damagedArith) { d.nodes[logitNode].terms[0].Node = logitNode }, []string{"AR001 node 4, operand 0"}},
		{"form reads a missing node", func(d *damagedArith) { d.nodes[logitNode].terms[0].Node = -1 }, []string{"AR001 node 4, operand 0"}},
		{"step reads a step", func(d *damagedArith) { d.nodes[labelNode].terms[0].Node = stepNode }, []string{"AR001 node 5, operand 0"}},
		{"step reads through a table", func(d *damagedArith) { d.nodes[labelNode].terms[0].Table = 0 }, []string{"AR001 node 5, operand 0"}},
		{"token without a table", func(d *damagedArith) { d.nodes[formNode].terms[0].Table = arith.Natural }, []string{"AR001 node 1, operand 0"}},
		{"form through a table", func(d *damagedArith) {
			d.nodes[productNode].terms[1] = arith.Term{View: arith.View{Node: formNode, Table: 1}}
		}, []string{"AR001 node 3, operand 1"}},
		{"unknown operation", func(d *damagedArith) { d.nodes[productNode].kind = 9 }, []string{"AR001 node 3"}},
		{"view of a short table", func(d *damagedArith) { d.nodes[formNode].terms[0].Table = 3 }, []string{"AR002 node 1"}},
		{"view of no table", func(d *damagedArith) { d.nodes[formNode].terms[0].Table = 4 }, []string{"AR002 node 1"}},
		{"thresholds past their table", func(d *damagedArith) { d.nodes[stepNode].off = 3 }, []string{"AR002 node 2", "AR002 node 2"}},
		{"values past their table", func(d *damagedArith) { d.nodes[labelNode].off = 1 }, []string{"AR002 node 5"}},
		{"thresholds below 0", func(d *damagedArith) { d.nodes[labelNode].count = -1 }, []string{"AR002 node 5", "AR007 node 5"}},
		{"thresholds stay", func(d *damagedArith) { d.tables[1][2] = 5 }, []string{"AR003 node 2"}},
		{"unused thresholds fall", func(d *damagedArith) { d.tables[1][3] = 9 }, []string{"AR003 node 2"}},
		{"product of a form", func(d *damagedArith) {
			d.nodes[productNode].terms[1].Node = formNode
			d.nodes[productNode].lo, d.nodes[productNode].hi = -17, 119
			d.nodes[logitNode].lo, d.nodes[logitNode].hi = -238, 34
		}, []string{"AR004 node 3, operand 1"}},
		{"product of one", func(d *damagedArith) {
			d.nodes[productNode].terms = d.nodes[productNode].terms[:1]
			d.nodes[productNode].lo, d.nodes[productNode].hi = -1, 7
			d.nodes[logitNode].lo, d.nodes[logitNode].hi = -14, 2
		}, []string{"AR005 node 3"}},
		{"step of nothing", func(d *damagedArith) { d.nodes[labelNode].terms = nil }, []string{"AR005 node 5"}},
		{"overflow", func(d *damagedArith) { d.nodes[logitNode].terms[0].Coef = 1 << 60 }, []string{"AR006 node 4"}},
		{"overflow below", func(d *damagedArith) { d.nodes[formNode].constant = -1<<62 + 2 }, []string{"AR006 node 1"}},
		{"just no overflow below", func(d *damagedArith) { d.nodes[formNode].constant = -1<<62 + 3 }, []string{"AR007 node 1"}},
		{"wrapping overflow", func(d *damagedArith) { d.nodes[logitNode].terms[0].Coef = -1 << 63 }, []string{"AR006 node 4"}},
		{"range", func(d *damagedArith) { d.nodes[formNode].lo++ }, []string{"AR007 node 1"}},
		{"logit that is no form", func(d *damagedArith) { d.outputs[0].Logits[0] = stepNode }, []string{"AR008 output 0, class 0"}},
		{"label that is no step", func(d *damagedArith) { d.outputs[0].Labels[0] = -1 }, []string{"AR008 output 0, class 0"}},
		{"label of other values", func(d *damagedArith) { d.outputs[0].Labels[0] = stepNode }, []string{"AR008 output 0, class 0"}},
		{"no levels", func(d *damagedArith) { d.nodes[tokenNode].constant = 0 }, []string{"AR009 node 0"}},
		{"list of inputs", func(d *damagedArith) { d.inputs = nil }, []string{"AR009 circuit"}},
		{"several faults", func(d *damagedArith) { d.inputs, d.tables[1][3], d.nodes[stepNode].hi = nil, 9, 9 }, []string{"AR003 node 2", "AR007 node 2", "AR009 circuit"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := everyNode()
			tt.damage(d)
			fs := check.ArithView(d)
			if diff := cmp.Diff(tt.want, places(fs)); diff != "" {
				t.Errorf("findings (-want +got):\n%s\n%v", diff, fs)
			}
		})
	}
}
