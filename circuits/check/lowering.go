package check

import (
	"context"
	"fmt"

	"tc0/circuits/arith"
	"tc0/circuits/threshold"
)

// Verdict is the outcome of a validation.
type Verdict uint8

// The verdicts.
const (
	Undecided Verdict = iota // stopped before the end, with nothing found wrong
	Holds
	Fails
)

var verdictNames = [...]string{"undecided", "holds", "fails"}

// String is the verdict in lower case.
func (v Verdict) String() string { return verdictNames[v] }

// MarshalText is the verdict in lower case.
func (v Verdict) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// Method is how [Lowering] reaches its verdict.
const Method = "proved variable by variable over the proved ranges"

// Compared says how much was compared.
type Compared struct {
	Nodes   int    `json:"nodes"`   // of the arithmetic circuit
	Steps   int    `json:"steps"`   // among them
	Levels  uint64 `json:"levels"`  // intervals of form values at which steps were evaluated, over all steps
	Classes int    `json:"classes"` // steps that differ in tables, banks or reached levels
	Banks   int    `json:"banks"`
	Gates   uint64 `json:"gates"`
	Forms   int    `json:"forms"` // forms of the threshold circuit that gates read
	Outputs int    `json:"outputs"`
}

// Failure is one place where a threshold circuit does not implement a node.
type Failure struct {
	ID       string     `json:"id"`
	Node     arith.Node `json:"node"` // -1 when the bank belongs to no node
	Name     string     `json:"name"`
	Bank     int        `json:"bank"` // -1 when no bank is at fault
	Gate     int64      `json:"gate"` // within the bank, or -1
	Value    int64      `json:"value"`
	Expected int64      `json:"expected"`
	Found    int64      `json:"found"`
	Text     string     `json:"text"`
}

// String is the failure on one line.
func (f Failure) String() string {
	s := f.ID
	if f.Name != "" {
		s += " " + f.Name
	}
	if f.Bank >= 0 {
		s += fmt.Sprintf(" bank %d", f.Bank)
	}
	if f.Gate >= 0 {
		s += fmt.Sprintf(" gate %d", f.Gate)
	}
	return s + ": " + f.Text
}

// Report is the outcome of [Lowering].
type Report struct {
	Verdict  Verdict   `json:"verdict"`
	Method   string    `json:"method"`
	Compared Compared  `json:"compared"`
	Failures int       `json:"failures"`
	Failing  []Failure `json:"failing"` // all that were found, in order of discovery
	Reason   string    `json:"reason"`  // why the validation stopped early, if it did
}

// Options bound a validation.
type Options struct {
	MaxFailures int // the validation stops after so many; 0 means 100
}

const defaultFailures = 100

// validator is the state of one run of [Lowering].
type validator struct {
	ac *arith.Circuit
	tc *threshold.Circuit
	store
	limit  int
	report Report

	lo, hi  []int64 // ranges of the nodes, proved anew
	banksOf [][]int32
	node    []value // natural value of each node
	class   []int32 // of inputs and steps, by node
	bad     []bool  // nodes reported as failing
	read    []bool  // variables whose gates are read by something
	form    []value // of the forms of tc; lin == unknown until resolved
	bank    []bankInfo
	current arith.Node
	own     bool // a form read gates of the current node that are not established

	classes []class
	memo    memos
	tokens  []int     // input banks in order
	prims   []primary // buffer
	codes   []int64   // buffer
}

// Lowering decides whether tc implements ac: gate by gate, for every value in the
// range proved for the form that a step reads, the gates tagged with a node
// must give what readers of the node expect. It does not run words and does not
// use package lower. It stops early, undecided, when the context ends.
func Lowering(ctx context.Context, ac *arith.Circuit, tc *threshold.Circuit, o Options) Report {
	v := newValidator(ac, tc, o)
	done := v.prepare() && v.nodes(ctx)
	if done {
		v.outputs()
		v.unread()
		v.more()
	}
	r := &v.report
	r.Compared.Classes = len(v.classes)
	switch {
	case r.Failures > 0:
		r.Verdict = Fails
	case done:
		r.Verdict = Holds
	}
	return *r
}

func newValidator(ac *arith.Circuit, tc *threshold.Circuit, o Options) *validator {
	v := &validator{
		ac: ac, tc: tc, store: newStore(), limit: o.MaxFailures, report: Report{Method: Method, Failing: []Failure{}},
		banksOf: make([][]int32, ac.Len()), node: make([]value, ac.Len()), class: make([]int32, ac.Len()),
		bad: make([]bool, ac.Len()), read: make([]bool, ac.Len()), form: make([]value, tc.Forms()),
		bank: make([]bankInfo, tc.Banks()), memo: newMemos(),
	}
	if v.limit <= 0 {
		v.limit = defaultFailures
	}
	for i := range v.class {
		v.class[i] = none
	}
	for i := range v.form {
		v.form[i].lin = unknown
	}
	return v
}

// prepare proves the ranges and sorts the banks by the node they implement.
func (v *validator) prepare() bool {
	ranges, faults := proveRanges(v.ac)
	for _, f := range faults {
		v.fail(Failure{ID: f.ID, Node: arith.Node(f.Place.Index), Bank: -1, Gate: -1, Text: f.Text})
	}
	if len(faults) > 0 {
		v.report.Reason = "the arithmetic circuit is not well formed"
		return false
	}
	v.lo, v.hi = ranges.lo, ranges.hi
	for b := range v.tc.Banks() {
		n := v.tc.Bank(b).Tag.Node
		if n < 0 || int(n) >= v.ac.Len() || v.ac.Kind(arith.Node(n)) == arith.Form {
			v.fail(Failure{ID: idStray, Node: -1, Bank: b, Gate: -1, Text: fmt.Sprintf("tagged with node %d, which has no gates", n)})
			v.bank[b].state = opaque
			continue
		}
		v.banksOf[n] = append(v.banksOf[n], int32(b))
	}
	return v.more()
}

// more tells whether to go on.
func (v *validator) more() bool {
	if v.report.Failures < v.limit {
		return true
	}
	v.report.Reason = fmt.Sprintf("stopped after %d failures", v.limit)
	return false
}

// nodes validates every node in order.
func (v *validator) nodes(ctx context.Context) bool {
	for n := range arith.Node(v.ac.Len()) {
		if n&0xfff == 0 && ctx.Err() != nil {
			v.report.Reason = ctx.Err().Error()
			return false
		}
		v.current = n
		switch v.ac.Kind(n) {
		case arith.Input:
			v.input(n)
		case arith.Form:
			v.arithForm(n)
		case arith.Step:
			v.step(n)
		case arith.Product:
			v.product(n)
		}
		v.report.Compared.Nodes++
		for _, b := range v.banksOf[n] {
			v.report.Compared.Banks++
			if d := v.tc.Bank(int(b)); d.Kind != threshold.Input {
				v.report.Compared.Gates += uint64(d.Gates)
			}
		}
		if !v.more() {
			return false
		}
	}
	return true
}

// fail records a failure, up to the limit. A node is blamed once: what follows from
// its failure is not worth a line.
func (v *validator) fail(f Failure) {
	if v.report.Failures >= v.limit {
		return
	}
	if f.Node >= 0 && int(f.Node) < v.ac.Len() {
		if v.bad[f.Node] {
			return
		}
		v.bad[f.Node] = true
		f.Name = v.ac.Name(f.Node)
	}
	v.report.Failures++
	v.report.Failing = append(v.report.Failing, f)
}

// unread validates steps that nothing reads: readers say what a step must
// provide, so without any it must provide its levels or its codes.
func (v *validator) unread() {
	for n := range arith.Node(v.ac.Len()) {
		if v.ac.Kind(n) == arith.Step && !v.read[n] && !v.bad[n] {
			v.blame(n)
		}
	}
}

// outputs compares the label gates with the label steps.
func (v *validator) outputs() {
	want, have := v.ac.Outputs(), v.tc.Outputs()
	if len(want) != len(have) {
		v.fail(Failure{ID: idOutputs, Node: -1, Bank: -1, Gate: -1, Expected: int64(len(want)), Found: int64(len(have)),
			Text: fmt.Sprintf("%d positions of labels, expected %d", len(have), len(want))})
		return
	}
	for t := range want {
		if len(want[t].Labels) != len(have[t]) {
			v.fail(Failure{ID: idOutputs, Node: -1, Bank: -1, Gate: -1, Expected: int64(len(want[t].Labels)), Found: int64(len(have[t])),
				Text: fmt.Sprintf("%d labels at position %d, expected %d", len(have[t]), t, len(want[t].Labels))})
			continue
		}
		for i, n := range want[t].Labels {
			v.label(n, have[t][i])
		}
	}
}

// label compares one label gate with its step.
func (v *validator) label(n arith.Node, o threshold.Output) {
	v.report.Compared.Outputs++
	info := v.bank[o.Bank]
	if info.state != rooted {
		v.fail(Failure{ID: idOutputs, Node: n, Bank: int(o.Bank), Gate: o.Gate, Text: "the output is not a function of one variable"})
		return
	}
	if info.root >= 0 {
		v.read[info.root] = true
	}
	gate := v.gateOf(info.sig, o.Gate)
	found := v.unaryValue(info.root, gate)
	if found == v.node[n] {
		return
	}
	f := Failure{ID: idOutputs, Node: n, Bank: int(o.Bank), Gate: o.Gate}
	if info.root != n {
		f.Text = "the output gate belongs to another node"
		v.fail(f)
		return
	}
	cell, expected, at := v.differ(v.class[n], v.classes[v.class[n]].natural, gate)
	f.Value, f.Expected, f.Found = v.valueAt(n, cell), expected, at
	f.Text = fmt.Sprintf("at %d the label is %d and the output gate %d", f.Value, expected, at)
	v.fail(f)
}
