package equiv

import (
	"context"
	"fmt"
	"slices"

	"tc0/circuits/arith"
	"tc0/circuits/lower"
	"tc0/circuits/threshold"
)

// firstBitPart is the part number that the lowering gives to the gate of a
// variable's bit 0.
const firstBitPart = 8

// Locate runs one word through both circuits and names the first node, in the
// arithmetic circuit's order, whose gates do not show its value; nil when all do.
func Locate(ctx context.Context, ac *arith.Circuit, tc *threshold.Circuit, word []int) (*Node, error) {
	values, levels, err := arith.NewTracer(ac).Trace(word)
	if err != nil {
		return nil, err
	}
	l := &locator{ac: ac, tc: tc, values: values, levels: levels, banks: banksByNode(ac, tc)}
	var found *Node
	err = threshold.NewSimulator(tc).Each(ctx, [][]int{word}, func(_ int, v *threshold.Values) {
		l.v = v
		found = l.first()
	})
	return found, err
}

// banksByNode lists the banks that claim to implement each node.
func banksByNode(ac *arith.Circuit, tc *threshold.Circuit) map[arith.Node][]int {
	banks := map[arith.Node][]int{}
	for b := range tc.Banks() {
		if n := tc.Bank(b).Tag.Node; n >= 0 && int(n) < ac.Len() {
			banks[arith.Node(n)] = append(banks[arith.Node(n)], b)
		}
	}
	return banks
}

// locator compares the nodes of one word.
type locator struct {
	ac     *arith.Circuit
	tc     *threshold.Circuit
	v      *threshold.Values
	values []int64
	levels []int32
	banks  map[arith.Node][]int
}

func (l *locator) first() *Node {
	for n := range arith.Node(l.ac.Len()) {
		var d *Node
		switch l.ac.Kind(n) {
		case arith.Step:
			d = l.step(n)
		case arith.Product:
			d = l.product(n)
		}
		if d != nil {
			d.ID, d.Name = int(n), l.ac.Name(n)
			return d
		}
	}
	return l.outputs()
}

// outputs finds a label that is read from a gate other than its node's.
func (l *locator) outputs() *Node {
	for t, o := range l.ac.Outputs() {
		for class, n := range o.Labels {
			g := l.tc.Outputs()[t][class]
			if got := int64(l.v.Bank(int(g.Bank))[g.Gate] & 1); got != l.values[n] {
				return &Node{
					ID: int(n), Name: l.ac.Name(n), Quantity: "output bit", Expected: l.values[n], Got: got,
					Cause: fmt.Sprintf("the node's own gates are right, but the output reads gate %d of bank %d", g.Gate, g.Bank),
				}
			}
		}
	}
	return nil
}

// step compares the banks of a step with its level or its codes.
func (l *locator) step(n arith.Node) *Node {
	form, thresholds, values := l.ac.Step(n)
	var parts, bits []int
	for _, b := range l.banks[n] {
		if l.tc.Bank(b).Tag.Part >= firstBitPart {
			bits = append(bits, b)
		} else {
			parts = append(parts, b)
		}
	}
	if len(parts) == 1 && l.tc.Bank(parts[0]).Gates == int64(len(thresholds)) {
		if d := l.ones("level", parts[0], int64(l.levels[n])); d != nil {
			d.Cause = l.readCause(parts[0], l.values[form])
			return d
		}
	} else if d := l.digits(n, parts); d != nil {
		return d
	}
	return l.bits(bits, l.values[n]-slices.Min(values))
}

// digits compares a step written in two digits, one or two monotone parts.
func (l *locator) digits(n arith.Node, banks []int) *Node {
	form, thresholds, values := l.ac.Step(n)
	shape, err := lower.ShapeOf(thresholds, values, 2, false)
	if err != nil || shape.Digits != 2 {
		return &Node{Quantity: "number of gates", Expected: int64(len(thresholds)), Got: l.gates(banks)}
	}
	for i := range shape.Parts {
		p := &shape.Parts[i]
		f := l.values[form]
		if p.Falling {
			f = -f
		}
		code, _ := slices.BinarySearch(p.Borders, f+1) // borders that f reaches
		high, low := l.part(banks, 2*i), l.part(banks, 2*i+1)
		if high < 0 || p.Width > 0 && low < 0 {
			return &Node{Quantity: "number of banks", Expected: int64(shape.Gates()), Got: l.gates(banks), Cause: "a digit's bank is missing"}
		}
		d := l.ones("higher digit", high, int64(code>>p.Width))
		if d == nil && p.Width > 0 {
			d = l.ones("lower digit", low, int64(code&(1<<p.Width-1)))
		}
		if d != nil {
			d.Cause = l.readCause(high, f)
			return d
		}
	}
	return nil
}

// part is the bank with a part number, or -1.
func (l *locator) part(banks []int, part int) int {
	for _, b := range banks {
		if int(l.tc.Bank(b).Tag.Part) == part {
			return b
		}
	}
	return -1
}

func (l *locator) gates(banks []int) (n int64) {
	for _, b := range banks {
		n += l.tc.Bank(b).Gates
	}
	return n
}

// ones expects a thermometer: exactly the first gates of a bank are 1.
func (l *locator) ones(quantity string, bank int, want int64) *Node {
	got, sorted := int64(0), true
	for k, g := range l.v.Bank(bank) {
		got += int64(g & 1)
		sorted = sorted && (g&1 == 1) == (int64(k) < want)
	}
	if sorted {
		return nil
	}
	if got == want {
		return &Node{Quantity: quantity + " is not a thermometer: ones", Expected: want, Got: got}
	}
	return &Node{Quantity: quantity, Expected: want, Got: got}
}

// readCause tells whether what a bank reads is wrong already.
func (l *locator) readCause(bank int, want int64) string {
	d := l.tc.Bank(bank)
	if d.Kind != threshold.Level && d.Kind != threshold.Digit {
		return fmt.Sprintf("bank %d is of kind %v", bank, d.Kind)
	}
	if got := l.v.Form(d.Form, 0); got != want {
		return fmt.Sprintf("form %d of bank %d has value %d, expected %d: a weight or constant differs", d.Form, bank, got, want)
	}
	return fmt.Sprintf("form %d of bank %d has the right value %d: a threshold differs", d.Form, bank, want)
}

// bits compares bits that are gates of their own.
func (l *locator) bits(banks []int, code int64) *Node {
	for _, b := range banks {
		bit := int64(l.tc.Bank(b).Tag.Part - firstBitPart)
		if d := l.ones(fmt.Sprintf("bit %d", bit), b, code>>bit&1); d != nil {
			return d
		}
	}
	return nil
}
