package kernel

import (
	"math/big"
	"math/bits"
)

// Size are the counts of a circuit with every gate written out alone, as
// docs/formats/threshold.md defines them.
type Size struct {
	Depth         int      `json:"depth"`
	Gates         uint64   `json:"gates"`
	Wires         uint64   `json:"wires"`
	Inputs        uint64   `json:"inputs"`
	Outputs       uint64   `json:"outputs"`
	MaxFanIn      uint64   `json:"max_fan_in"`
	MaxWeightBits int      `json:"max_weight_bits"`
	TotalWeight   *big.Int `json:"total_weight"`
}

// load is what one gate reads, written out.
type load struct {
	wires, max uint64
	weight     uint64 // Σ|w|
}

// join is the load of two on different sources. Compiled forms are below 2^61 with any gates on,
// so Σ|w| fits where it is no hostile file's.
func join(a, b load) load {
	weight, over := bits.Add64(a.weight, b.weight, 0)
	require(over == 0, "circuit.tc: the weights of a gate are too large to count")
	return load{a.wires + b.wires, max(a.max, b.max), weight}
}

func loadOf(ws []int64) (l load) {
	over, any := uint64(0), uint64(0)
	for _, w := range ws {
		if w != 0 {
			m := magnitude(w)
			l.weight, over = bits.Add64(l.weight, m, 0)
			l.wires, l.max, any = l.wires+1, max(l.max, m), any|over
		}
	}
	require(any == 0, "circuit.tc: the weights of a gate are too large to count")
	return l
}

// counter adds banks up. Gates of a bank differ in their thresholds or in which bits
// they join, so a form is written out once for all of them.
type counter struct {
	Size
	c       *circuit
	loads   []*load // of forms, if they were asked for
	weights []int64 // of the form that is written out, bank after bank
	banks   []int32 // which
	place   []int32 // by bank: where its weights begin, from 1
	work    int
	digits  map[digitKey][]load // on the higher digit
}

type digitKey struct {
	table, off, count int32
	width             uint8
	past              int64
}

// mostWork bounds how many weights are added in all, mostWeights those of one form, and nested how
// deep forms lie in one another: a hostile file is refused, not followed.
const (
	mostWork    = 1 << 36
	mostWeights = 1 << 26
	nested      = 1 << 16
)

func newCounter(c *circuit) *counter {
	return &counter{Size: Size{TotalWeight: new(big.Int)}, c: c, digits: map[digitKey][]load{}}
}

// add counts a bank, whose lists, if there are two, read different banks.
func (k *counter) add(b *bank) {
	if b.kind == bankInput {
		k.Inputs += uint64(b.gates)
		return
	}
	if b.gates == 0 {
		return
	}
	k.Gates += uint64(b.gates)
	k.Depth = max(k.Depth, int(b.depth))
	switch b.kind {
	case bankLevel:
		k.gates(k.form(b.form), uint64(b.gates))
	case bankDigit:
		k.digit(b)
	case bankAnd:
		k.choices(b)
	case bankPairs:
		bits := k.c.lists[b.lists[0]]
		for i := range bits {
			for j := range i {
				k.gates(k.written(bits[i], bits[j]), 1)
			}
		}
	}
}

// gates counts n gates with one load.
func (k *counter) gates(l load, n uint64) {
	k.Wires += l.wires * n
	k.MaxFanIn = max(k.MaxFanIn, l.wires)
	k.MaxWeightBits = max(k.MaxWeightBits, bits.Len64(l.max))
	weight := new(big.Int).SetUint64(l.weight)
	k.TotalWeight.Add(k.TotalWeight, weight.Mul(weight, new(big.Int).SetUint64(n)))
}

// form is the load of a form.
func (k *counter) form(f int32) load {
	k.loads = append(k.loads, make([]*load, len(k.c.forms)-len(k.loads))...)
	if k.loads[f] == nil {
		l := k.written(f)
		k.loads[f] = &l
	}
	return *k.loads[f]
}

// written is the load of a sum of forms, written out.
func (k *counter) written(forms ...int32) load {
	k.place = append(k.place, make([]int32, len(k.c.banks)-len(k.place))...)
	k.weights, k.banks = k.weights[:0], k.banks[:0]
	for _, f := range forms {
		k.write(f, 1, 0)
	}
	for _, b := range k.banks {
		k.place[b] = 0
	}
	return loadOf(k.weights)
}

// write adds coef times a form to the weights.
func (k *counter) write(f int32, coef int64, depth int) {
	require(depth < nested, "circuit.tc: forms lie within more than %d others", nested)
	for _, p := range k.c.forms[f].parts {
		c := times(coef, p.coef)
		if p.isForm {
			k.write(p.ref, c, depth+1)
			continue
		}
		gates := k.c.banks[p.ref].gates
		if k.work += int(gates) + 1; k.work > mostWork || len(k.weights) > mostWeights {
			refuse("circuit.tc: its forms, written out, have too many weights to count")
		}
		if k.place[p.ref] == 0 {
			k.place[p.ref], k.banks = int32(len(k.weights)+1), append(k.banks, p.ref)
			k.weights = append(k.weights, make([]int64, gates)...)
		}
		ws := k.weights[k.place[p.ref]-1:][:gates]
		for i := range ws { // sums of two numbers within 2^62 do not wrap
			if p.table == ones {
				ws[i] = within(ws[i] + c)
			} else if w := k.c.tables[p.table][int(p.off)+i]; w != 0 {
				ws[i] = within(ws[i] + times(c, w))
			}
		}
	}
}

// digit counts a digit's gates. On the gates i = 1, 2, … of the higher digit, which no form before
// reads, they have the weights c(i-1) - c(i).
func (k *counter) digit(b *bank) {
	border := func(code int) int64 {
		if code > int(b.count) {
			return b.past
		}
		return k.c.tables[b.table][int(b.off)+code-1]
	}
	loads := once(k.digits, digitKey{b.table, b.off, b.count, b.width, b.past}, func() (ls []load) {
		for j := 1; j <= int(b.gates); j++ {
			var ws []int64
			for i := 1; i <= int(b.count)>>b.width; i++ {
				ws = append(ws, plus(border((i-1)<<b.width+j), -border(i<<b.width+j)))
			}
			ls = append(ls, loadOf(ws))
		}
		return ls
	})
	for _, l := range loads {
		k.gates(join(k.form(b.form), l), 1)
	}
}

// choices counts conjunctions of bits of different banks: a gate's load is the sum of its bits'.
func (k *counter) choices(b *bank) {
	fanIn := uint64(0)
	for _, list := range b.lists {
		fs, widest := k.c.lists[list], uint64(0)
		for _, f := range fs {
			l := k.form(f)
			widest = max(widest, l.wires)
			k.gates(l, uint64(b.gates)/uint64(len(fs)))
		}
		fanIn += widest
	}
	k.MaxFanIn = max(k.MaxFanIn, fanIn)
}
