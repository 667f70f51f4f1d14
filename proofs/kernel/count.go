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

// load is what a form, written out, puts on a gate that reads it. Compiled forms are below 2^61
// with any gates on, so Σ|w| fits where it is no hostile file's.
type load struct {
	wires, max uint64
	weight     uint64 // Σ|w|
}

// scaled is the load of a form times a number.
func (l load) scaled(coef uint64) load {
	if coef == 0 {
		return load{}
	}
	over, most := bits.Mul64(l.max, coef)
	high, weight := bits.Mul64(l.weight, coef)
	require(over == 0 && most < uint64(limit) && high == 0, "circuit.tc: the weights of a gate are too large to count")
	return load{l.wires, most, weight}
}

// join is the load of two on different sources.
func join(a, b load) load {
	weight, over := bits.Add64(a.weight, b.weight, 0)
	require(over == 0, "circuit.tc: the weights of a gate are too large to count")
	return load{a.wires + b.wires, max(a.max, b.max), weight}
}

func loadOf(ws []int64) (l load) {
	for _, w := range ws {
		if m := magnitude(within(w)); m != 0 {
			l = join(l, load{1, m, m})
		}
	}
	return l
}

// counter adds banks up. Gates of a bank differ in their thresholds or in which bits
// they join, so a form is written out once for all of them.
type counter struct {
	Size
	c     *circuit
	loads map[int32]load    // of forms
	rows  map[[3]int32]load // of parts of tables: table, first, count
	seen  []bool
	work  int
}

// reading is a weighted sum over a bank, on the way to being written out.
type reading struct {
	bank, table, off int32
	coef             int64
}

// mostWork bounds how many parts of forms are visited in all, most of one form, and
// nested how deep forms lie in one another: a hostile file is refused, not followed.
const (
	mostWork  = 1 << 32
	mostParts = 1 << 24
	nested    = 1 << 16
)

func newCounter(c *circuit) *counter {
	return &counter{Size: Size{TotalWeight: new(big.Int)}, c: c, loads: map[int32]load{}, rows: map[[3]int32]load{}}
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
				k.gates(k.sum(k.flat(bits[j], 1, 0, k.flat(bits[i], 1, 0, nil))), 1)
			}
		}
	}
	k.Gates += uint64(b.gates)
	k.Depth = max(k.Depth, int(b.depth))
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
	return once(k.loads, f, func() load { return k.sum(k.flat(f, 1, 0, nil)) })
}

// flat replaces forms by their parts until only banks are left.
func (k *counter) flat(f int32, coef int64, depth int, out []reading) []reading {
	require(depth < nested, "circuit.tc: forms lie within more than %d others", nested)
	for _, p := range k.c.forms[f].parts {
		k.work++
		require(k.work < mostWork && len(out) < mostParts, "circuit.tc: its forms, written out, have too many parts to count")
		c := times(coef, p.coef)
		if p.isForm {
			out = k.flat(p.ref, c, depth+1, out)
		} else {
			out = append(out, reading{p.ref, p.table, p.off, c})
		}
	}
	return out
}

// sum is the load of readings; those of one bank fall on the same wires.
func (k *counter) sum(rs []reading) (l load) {
	for len(k.seen) < len(k.c.banks) {
		k.seen = append(k.seen, false)
	}
	first := rs[:0] // of each bank
	clash := map[int32][]reading{}
	for _, r := range rs {
		if !k.seen[r.bank] {
			first = append(first, r)
			k.seen[r.bank] = true
		} else {
			clash[r.bank] = append(clash[r.bank], r)
		}
	}
	for _, r := range first {
		k.seen[r.bank] = false
		if others := clash[r.bank]; others != nil {
			l = join(l, loadOf(k.merged(append(others, r))))
		} else {
			l = join(l, k.row(r).scaled(magnitude(r.coef)))
		}
	}
	return l
}

// row is the load of a reading, without its coefficient.
func (k *counter) row(r reading) load {
	gates := k.c.banks[r.bank].gates
	if r.table == ones {
		return load{uint64(gates), min(1, uint64(gates)), uint64(gates)}
	}
	return once(k.rows, [3]int32{r.table, r.off, int32(gates)}, func() load {
		return loadOf(k.c.tables[r.table][r.off : int64(r.off)+gates])
	})
}

// merged adds up the weights of several readings of one bank.
func (k *counter) merged(rs []reading) []int64 {
	sum := make([]int64, k.c.banks[rs[0].bank].gates)
	for _, r := range rs {
		for i := range sum {
			w := int64(1)
			if r.table != ones {
				w = k.c.tables[r.table][int(r.off)+i]
			}
			sum[i] = plus(sum[i], times(r.coef, w))
		}
	}
	return sum
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
	for j := 1; j <= int(b.gates); j++ {
		var ws []int64
		for i := 1; i <= int(b.count)>>b.width; i++ {
			ws = append(ws, plus(border((i-1)<<b.width+j), -border(i<<b.width+j)))
		}
		k.gates(join(k.form(b.form), loadOf(ws)), 1)
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
