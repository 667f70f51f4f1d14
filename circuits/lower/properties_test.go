package lower_test

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tc0/circuits/arith"
	"tc0/circuits/check"
	"tc0/circuits/lower"
	"tc0/circuits/threshold"
)

// drawPair draws an arithmetic circuit and lowers it.
func drawPair(t *rapid.T) (*arith.Circuit, *threshold.Circuit, lower.Options) {
	ac := draw(t)
	o := lower.Options{
		Digits:      rapid.IntRange(1, 2).Draw(t, "digits"),
		Materialise: map[string]bool{bitsStage: rapid.Bool().Draw(t, "materialise")},
	}
	tc, err := lower.Circuit(ac, o)
	if err != nil && strings.Contains(err.Error(), "not fit in") {
		t.Skip("weights multiplied up") // a limit of the format, not a fault
	}
	if err != nil {
		t.Fatal(err)
	}
	return ac, tc, o
}

// TestGatesComputeTheCircuit compares every node's value and every label, bit for
// bit, on all words of random circuits.
func TestGatesComputeTheCircuit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ac, tc, _ := drawPair(t)
		ws := words(ac)
		traces := make([][]int64, len(ws))
		tracer := arith.NewTracer(ac)
		for i, w := range ws {
			values, _, err := tracer.Trace(w)
			if err != nil {
				t.Fatal(err)
			}
			traces[i] = values
		}
		var mu sync.Mutex // rapid's T is for one goroutine
		var faults []string
		err := threshold.NewSimulator(tc).Each(context.Background(), ws, func(first int, v *threshold.Values) {
			mu.Lock()
			defer mu.Unlock()
			for k := range min(64, len(ws)-first) {
				if d := cmp.Diff(logits(ac, traces[first+k]), simulatedLogits(ac, tc, v, k)); d != "" {
					faults = append(faults, "values differ (-arithmetic +gates):\n"+d)
				}
				if d := cmp.Diff(labels(ac, traces[first+k]), v.Labels(k)); d != "" {
					faults = append(faults, "labels differ (-arithmetic +gates):\n"+d)
				}
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		if len(faults) > 0 {
			t.Fatal(faults[0])
		}
	})
}

// logits are the values of the exposed nodes.
func logits(ac *arith.Circuit, trace []int64) (out []int64) {
	for _, n := range ac.Outputs()[0].Logits {
		out = append(out, trace[n])
	}
	return out
}

// simulatedLogits are the values of the forms that the label gates read.
func simulatedLogits(ac *arith.Circuit, tc *threshold.Circuit, v *threshold.Values, k int) (out []int64) {
	for i := range ac.Outputs()[0].Logits {
		out = append(out, v.Form(tc.Bank(int(tc.Outputs()[0][i].Bank)).Form, k))
	}
	return out
}

// labels are the classes whose step is 1, by position.
func labels(ac *arith.Circuit, trace []int64) [][]int {
	out := make([][]int, len(ac.Outputs()))
	for t, o := range ac.Outputs() {
		for class, n := range o.Labels {
			if trace[n] == 1 {
				out[t] = append(out[t], class)
			}
		}
	}
	return out
}

func TestCheckAccepts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ac, tc, _ := drawPair(t)
		if r := check.Lowering(context.Background(), ac, tc, check.Options{}); r.Verdict != check.Holds {
			t.Fatalf("%v: %v %s", r.Verdict, r.Failing, r.Reason)
		}
		if fs := check.Circuit(tc, check.Limits{}); len(fs) > 0 {
			t.Fatalf("%v", fs)
		}
	})
}

// TestGatesAndDepth recounts the gates of every node and the depth of the whole
// from the nodes' tables, by the rules that the package's documentation states.
func TestGatesAndDepth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ac, tc, o := drawPair(t)
		p := newPlan(t, ac, o)
		found := make([]int64, ac.Len())
		last, deepest := int32(-1), 0
		for b := range tc.Banks() {
			d := tc.Bank(b)
			if d.Tag.Node < last {
				t.Fatalf("bank %d of node %d comes after one of node %d", b, d.Tag.Node, last)
			}
			last = d.Tag.Node
			if d.Kind == threshold.Input {
				continue
			}
			found[d.Tag.Node] += d.Gates
			if d.Gates > 0 {
				deepest = max(deepest, d.Depth)
			}
		}
		if d := cmp.Diff(p.gates, found); d != "" {
			t.Fatalf("gates by node (-expected +found):\n%s", d)
		}
		if deepest != p.deepest {
			t.Fatalf("depth %d, expected %d", deepest, p.deepest)
		}
	})
}

// plan is what the documentation says of a lowered circuit.
type plan struct {
	ac      *arith.Circuit
	tabled  map[arith.Node]bool
	labels  map[arith.Node]bool
	shapes  map[arith.Node]lower.Shape
	gates   []int64
	value   []int // depth of each node's natural value
	level   []int // depth of the gates that tables are read from
	deepest int
}

func newPlan(t *rapid.T, ac *arith.Circuit, o lower.Options) *plan {
	p := &plan{
		ac: ac, tabled: map[arith.Node]bool{}, labels: map[arith.Node]bool{}, shapes: map[arith.Node]lower.Shape{},
		gates: make([]int64, ac.Len()), value: make([]int, ac.Len()), level: make([]int, ac.Len()),
	}
	for n := range arith.Node(ac.Len()) {
		if k := ac.Kind(n); k != arith.Form && k != arith.Product {
			continue
		}
		for _, v := range ac.Factors(n) {
			p.tabled[v.Node] = p.tabled[v.Node] || v.Table != arith.Natural
		}
	}
	for _, out := range ac.Outputs() {
		for _, n := range out.Labels {
			p.labels[n] = true
		}
	}
	for n := range arith.Node(ac.Len()) {
		switch ac.Kind(n) {
		case arith.Form:
			p.value[n] = p.deepestOf(ac.Factors(n))
		case arith.Step:
			p.step(t, n, o)
		case arith.Product:
			p.product(n)
		}
	}
	return p
}

func (p *plan) view(v arith.View) int {
	if v.Table == arith.Natural {
		return p.value[v.Node]
	}
	return p.level[v.Node]
}

func (p *plan) deepestOf(ts []arith.Term) (depth int) {
	for _, t := range ts {
		depth = max(depth, p.view(t.View))
	}
	return depth
}

func (p *plan) step(t *rapid.T, n arith.Node, o lower.Options) {
	form, thresholds, values := p.ac.Step(n)
	digits := o.Digits
	if p.tabled[n] {
		digits = 1
	}
	s, err := lower.ShapeOf(thresholds, values, digits, o.Materialise[p.ac.StageName(p.ac.Origin(n).Stage)])
	if err != nil {
		t.Fatal(err)
	}
	p.shapes[n], p.gates[n] = s, s.Gates()
	if len(thresholds) > 0 {
		p.level[n] = p.value[form] + 1
		p.value[n] = p.value[form] + s.Depth()
	}
	if s.Materialise && s.Bits == 0 {
		p.value[n] = 0 // a constant
	}
	p.deepest = max(p.deepest, p.value[n], p.level[n])
	if p.labels[n] && !(len(thresholds) == 1 && values[0] == 0 && values[1] == 1) {
		p.gates[n]++
		p.deepest = max(p.deepest, p.value[n]+1)
	}
}

// product goes through the sets of factors: one factor alone is free, more take
// conjunctions of their bits, and a set counts unless the least values of the
// others, or the bits of its own, make it vanish.
func (p *plan) product(n arith.Node) {
	fs := p.ac.Factors(n)
	width, least := make([]int, len(fs)), make([]int64, len(fs))
	for i, f := range fs {
		if s, ok := p.shapes[f.Node]; ok && f.Table == arith.Natural {
			width[i], least[i] = s.Bits, s.Lo
		} else {
			least[i], width[i] = lower.Spread(p.ac.ViewTable(f.View))
		}
	}
	if len(fs) == 2 && fs[0].View == fs[1].View {
		p.gates[n] = lower.SquareGates(width[0])
		p.value[n] = p.deepestOf(fs) + min(1, int(p.gates[n]))
		p.deepest = max(p.deepest, p.value[n])
		return
	}
	p.gates[n] = lower.ProductGates(width, least)
	for set := 1; set < 1<<len(fs); set++ {
		counts, size, depth := true, 0, 0
		for i, f := range fs {
			if set>>i&1 == 0 {
				counts = counts && least[i] != 0
				continue
			}
			counts = counts && width[i] > 0
			size, depth = size+1, max(depth, p.view(f.View))
		}
		if size > 1 {
			depth++
		}
		if counts {
			p.value[n] = max(p.value[n], depth)
		}
	}
	p.deepest = max(p.deepest, p.value[n])
}
