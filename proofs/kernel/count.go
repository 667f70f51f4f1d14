package kernel

import (
	"math/big"
	"math/bits"
	"slices"
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

// load is what a form, written out, puts on a gate that reads it.
type load struct {
	wires, max uint64
	weight     wide // Σ|w|
}

// wide is a number of 128 bits: fewer than 2^55 wires of less than 2^62 each.
type wide struct{ hi, lo uint64 }

func (a wide) plus(b wide) wide {
	lo, carry := bits.Add64(a.lo, b.lo, 0)
	hi, over := bits.Add64(a.hi, b.hi, carry)
	require(over == 0, "circuit.tc: the weights of a gate add up to more than 128 bits")
	return wide{hi, lo}
}

func (a wide) times(n uint64) wide {
	hi, lo := bits.Mul64(a.lo, n)
	over, high := bits.Mul64(a.hi, n)
	require(over == 0, "circuit.tc: the weights of a gate add up to more than 128 bits")
	return wide{high, 0}.plus(wide{hi, lo})
}

func (a wide) big() *big.Int {
	b := new(big.Int).SetUint64(a.hi)
	return b.Lsh(b, 64).Add(b, new(big.Int).SetUint64(a.lo))
}

// counter adds banks up. Gates of a bank differ in their thresholds or in which bits
// they join, so a form is written out once for all of them.
type counter struct {
	Size
	c      *circuit
	max    uint64
	loads  map[int32]load    // of forms
	rows   map[[3]int32]load // of parts of tables: table, first, count
	digits map[digitKey][]load
	reads  map[int32][]int32 // banks that a list reads
	place  []int32
	buffer []reading
	work   int
}

// digitKey names digits with equal weights on their higher digits.
type digitKey struct {
	table, off, count int32
	width             uint8
	past              int64
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

// remembered is for how many forms and lists what they add up to is kept.
const remembered = 1 << 13

func newCounter(c *circuit) counter {
	return counter{
		Size: Size{TotalWeight: new(big.Int)}, c: c,
		loads: map[int32]load{}, rows: map[[3]int32]load{}, digits: map[digitKey][]load{},
		reads: map[int32][]int32{},
	}
}

// add counts a bank.
func (k *counter) add(at int) {
	b := &k.c.banks[at]
	switch b.kind {
	case bankInput:
		k.Inputs += uint64(b.gates)
		return
	case bankLevel:
		if b.gates > 0 {
			k.gates(k.form(b.form), uint64(b.gates))
		}
	case bankDigit:
		base := k.form(b.form)
		for _, l := range k.digit(b) {
			k.gates(join(base, l), 1) // the form reads earlier banks than the higher digit
		}
	default:
		k.choices(b)
	}
	k.Gates += uint64(b.gates)
	if b.gates > 0 {
		k.Depth = max(k.Depth, int(b.depth))
	}
	k.MaxWeightBits = bits.Len64(k.max)
}

// gates counts n gates with one load.
func (k *counter) gates(l load, n uint64) {
	k.Wires += l.wires * n
	k.MaxFanIn = max(k.MaxFanIn, l.wires)
	k.max = max(k.max, l.max)
	k.TotalWeight.Add(k.TotalWeight, l.weight.times(n).big())
}

// join is the load of two on different sources.
func join(a, b load) load {
	return load{a.wires + b.wires, max(a.max, b.max), a.weight.plus(b.weight)}
}

func loadOf(ws []int64) (l load) {
	for _, w := range ws {
		if m := magnitude(within(w)); m != 0 {
			l.wires++
			l.max = max(l.max, m)
			l.weight = l.weight.plus(wide{0, m})
		}
	}
	return l
}

// form is the load of a form.
func (k *counter) form(f int32) load {
	l, ok := k.loads[f]
	if !ok {
		k.buffer = k.flat(f, 1, 0, k.buffer[:0])
		l = k.sum(k.buffer)
		if len(k.loads) == remembered {
			clear(k.loads) // forms are read again soon or never
		}
		k.loads[f] = l
	}
	return l
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
		} else if k.c.banks[p.ref].gates > 0 {
			out = append(out, reading{p.ref, p.table, p.off, c})
		}
	}
	return out
}

// sum is the load of readings; those of one bank fall on the same wires.
func (k *counter) sum(rs []reading) (total load) {
	for len(k.place) < len(k.c.banks) {
		k.place = append(k.place, 0)
	}
	first := rs[:0] // by bank; place[bank] is where, from 1
	var clash map[int32][]reading
	for _, r := range rs {
		switch at := k.place[r.bank]; {
		case at == 0:
			first = append(first, r)
			k.place[r.bank] = int32(len(first))
		case first[at-1].table == r.table && first[at-1].off == r.off:
			first[at-1].coef = plus(first[at-1].coef, r.coef)
		default:
			if clash == nil {
				clash = map[int32][]reading{}
			}
			clash[r.bank] = append(clash[r.bank], r)
		}
	}
	for _, r := range first {
		k.place[r.bank] = 0
		if others := clash[r.bank]; others != nil {
			total = join(total, loadOf(k.merged(append(others, r))))
		} else {
			total = join(total, k.row(r).scaled(magnitude(r.coef)))
		}
	}
	return total
}

// row is the load of a reading, without its coefficient.
func (k *counter) row(r reading) load {
	gates := k.c.banks[r.bank].gates
	if r.table == ones {
		return load{uint64(gates), 1, wide{0, uint64(gates)}}
	}
	key := [3]int32{r.table, r.off, int32(gates)}
	l, ok := k.rows[key]
	if !ok {
		l = loadOf(k.c.tables[r.table][r.off : int64(r.off)+gates])
		k.rows[key] = l
	}
	return l
}

func (l load) scaled(coef uint64) load {
	if coef == 0 {
		return load{}
	}
	hi, most := bits.Mul64(l.max, coef)
	require(hi == 0 && most < uint64(limit), "circuit.tc: a weight does not fit in 62 bits")
	return load{l.wires, most, l.weight.times(coef)}
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

// digit are the loads that the gates of a digit put on the higher digit's gates:
// weights c(i-1) - c(i) for i = 1, 2, …
func (k *counter) digit(b *bank) []load {
	key := digitKey{b.table, b.off, b.count, b.width, b.past}
	if ls, ok := k.digits[key]; ok {
		return ls
	}
	borders := k.c.tables[b.table][b.off : b.off+b.count]
	border := func(code int) int64 {
		if code > len(borders) {
			return b.past
		}
		return borders[code-1]
	}
	var ls []load
	for j := 1; j <= int(b.gates); j++ {
		var ws []int64
		for i := 1; i <= len(borders)>>b.width; i++ {
			ws = append(ws, plus(border((i-1)<<b.width+j), -border(i<<b.width+j)))
		}
		ls = append(ls, loadOf(ws))
	}
	k.digits[key] = ls
	return ls
}

// choices counts conjunctions. Where the lists read different banks, a gate's load
// is the sum of its bits'; otherwise gates are written out one by one.
func (k *counter) choices(b *bank) {
	if b.kind == bankPairs || !k.disjoint(b) {
		k.each(b)
		return
	}
	fanIn := uint64(0)
	for _, list := range b.lists {
		fs, widest := k.c.lists[list], uint64(0)
		if len(fs) == 0 {
			return
		}
		for _, f := range fs {
			l := k.form(f)
			widest = max(widest, l.wires)
			k.gates(l, uint64(b.gates)/uint64(len(fs)))
		}
		fanIn += widest
	}
	k.MaxFanIn = max(k.MaxFanIn, fanIn)
}

// disjoint tells whether no bank is read through two lists.
func (k *counter) disjoint(b *bank) bool {
	for i, list := range b.lists {
		for _, other := range b.lists[:i] {
			for _, bank := range k.banksOf(list) {
				if _, found := slices.BinarySearch(k.banksOf(other), bank); found {
					return false
				}
			}
		}
	}
	return true
}

// banksOf are the banks that a list reads, ascending.
func (k *counter) banksOf(list int32) []int32 {
	banks, ok := k.reads[list]
	if !ok {
		for _, f := range k.c.lists[list] {
			for _, r := range k.flat(f, 1, 0, nil) {
				banks = append(banks, r.bank)
			}
		}
		slices.Sort(banks)
		banks = slices.Compact(banks)
		if len(k.reads) == remembered {
			clear(k.reads)
		}
		k.reads[list] = banks
	}
	return banks
}

// each counts conjunctions gate by gate.
func (k *counter) each(b *bank) {
	if b.kind == bankPairs {
		fs := k.c.lists[b.lists[0]]
		for i := range fs {
			for j := i + 1; j < len(fs); j++ {
				k.gates(k.sum(k.flat(fs[j], 1, 0, k.flat(fs[i], 1, 0, nil))), 1)
			}
		}
		return
	}
	for g := range b.gates {
		var rs []reading
		for i := len(b.lists) - 1; i >= 0; i-- {
			fs := k.c.lists[b.lists[i]]
			rs, g = k.flat(fs[g%int64(len(fs))], 1, 0, rs), g/int64(len(fs))
		}
		k.gates(k.sum(rs), 1)
	}
}
