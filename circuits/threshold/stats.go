package threshold

import (
	"math/big"
	"math/bits"
	"slices"
)

// StageStats are the counts of the gates that one stage's banks hold.
type StageStats struct {
	Name        string   `json:"name"`
	Depth       int      `json:"depth"` // of its deepest gate
	Gates       uint64   `json:"gates"`
	Wires       uint64   `json:"wires"`
	MaxFanIn    uint64   `json:"max_fan_in"`
	TotalWeight *big.Int `json:"total_weight"`
}

// Stats are the counts of a circuit with every gate written out alone. Wires
// are (gate, distinct source) pairs with non-zero weight.
type Stats struct {
	Depth         int          `json:"depth"`
	Gates         uint64       `json:"gates"`
	Wires         uint64       `json:"wires"`
	Inputs        uint64       `json:"inputs"`
	Outputs       uint64       `json:"outputs"`
	MaxFanIn      uint64       `json:"max_fan_in"`
	MaxWeightBits int          `json:"max_weight_bits"` // of the largest |weight|
	TotalWeight   *big.Int     `json:"total_weight"`
	Banks         int          `json:"banks"`
	Forms         int          `json:"forms"`
	Tables        int          `json:"tables"`
	Stages        []StageStats `json:"stages"`
}

// load is what one form puts on each gate that reads it.
type load struct {
	wires  uint64
	max    uint64
	weight uint64 // Σ|w|, or saturated
	wide   *big.Int
}

// Stats counts c in one pass over its banks.
func (c *Circuit) Stats() Stats {
	s := Stats{
		Gates: c.gates, Inputs: c.inputs, TotalWeight: new(big.Int),
		Banks: len(c.banks), Forms: len(c.forms), Tables: len(c.tables),
	}
	for _, o := range c.outputs {
		s.Outputs += uint64(len(o))
	}
	s.Stages = make([]StageStats, len(c.stages))
	for i, name := range c.stages {
		s.Stages[i] = StageStats{Name: name, TotalWeight: new(big.Int)}
	}
	k := counter{fl: flattener{c: c}, parts: map[partKey]load{}, formLoad: make([]load, len(c.forms)), known: make([]bool, len(c.forms)), digits: map[digitKey][]load{}, reads: map[int32][]int32{}}
	maxWeight := uint64(0)
	for b := range c.banks {
		d := &c.banks[b]
		if d.kind == Input || d.gates == 0 {
			continue
		}
		t := k.bank(d)
		s.Depth = max(s.Depth, int(d.depth))
		s.Wires += t.wires
		s.MaxFanIn = max(s.MaxFanIn, t.fanIn)
		maxWeight = max(maxWeight, t.max)
		s.TotalWeight.Add(s.TotalWeight, t.weight)
		if d.tag.Stage >= 0 {
			g := &s.Stages[d.tag.Stage]
			g.Depth = max(g.Depth, int(d.depth))
			g.Gates += uint64(d.gates)
			g.Wires += t.wires
			g.MaxFanIn = max(g.MaxFanIn, t.fanIn)
			g.TotalWeight.Add(g.TotalWeight, t.weight)
		}
	}
	s.MaxWeightBits = bits.Len64(maxWeight)
	return s
}

// tally is the count of one bank.
type tally struct {
	wires, fanIn, max uint64
	weight            *big.Int
}

type partKey struct {
	table Table
	off   int32
	gates int64
}

// counter caches the loads of forms and table parts.
type counter struct {
	fl       flattener
	parts    map[partKey]load
	formLoad []load
	known    []bool
	digits   map[digitKey][]load
	reads    map[int32][]int32 // banks that a list reads
}

// bank counts one bank.
func (k *counter) bank(d *bank) tally {
	switch d.kind {
	case Level:
		return k.form(int(d.form)).times(uint64(d.gates))
	case Digit:
		return k.digit(d)
	}
	return k.choices(d)
}

func (l load) total() *big.Int {
	if l.wide != nil {
		return l.wide
	}
	return new(big.Int).SetUint64(l.weight)
}

// times is the tally of n gates with the same load.
func (l load) times(n uint64) tally {
	w := new(big.Int).SetUint64(n)
	return tally{l.wires * n, l.wires, l.max, w.Mul(w, l.total())}
}

// plus adds loads on disjoint sources.
func (l load) plus(m load) load {
	out := load{wires: l.wires + m.wires, max: max(l.max, m.max)}
	sum, carry := bits.Add64(l.weight, m.weight, 0)
	if l.wide == nil && m.wide == nil && carry == 0 {
		out.weight = sum
	} else {
		out.wide = new(big.Int).Add(l.total(), m.total())
	}
	return out
}

// form is the load of a form.
func (k *counter) form(f int) load {
	if !k.known[f] {
		_, ws := k.fl.form(f)
		k.formLoad[f], k.known[f] = k.loads(ws), true
	}
	return k.formLoad[f]
}

func (k *counter) loads(ws []weights) load {
	var l load
	for _, w := range ws {
		l = l.plus(k.part(w))
	}
	return l
}

// part is the load of weights on one bank.
func (k *counter) part(w weights) load {
	gates := k.fl.c.banks[w.bank].gates
	switch {
	case w.coef == 0 || gates == 0:
		return load{}
	case w.sum != nil:
		return loadOf(w.sum)
	case w.table == Ones:
		return load{wires: uint64(gates), max: 1, weight: uint64(gates)}.scaled(magnitude(w.coef))
	}
	key := partKey{w.table, w.off, gates}
	l, ok := k.parts[key]
	if !ok {
		l = loadOf(k.fl.c.tables[w.table][w.off : int64(w.off)+gates])
		k.parts[key] = l
	}
	return l.scaled(magnitude(w.coef))
}

func (l load) scaled(coef uint64) load {
	out := load{wires: l.wires, max: l.max * coef}
	hi, lo := bits.Mul64(l.weight, coef)
	if l.wide == nil && hi == 0 {
		out.weight = lo
	} else {
		out.wide = new(big.Int).Mul(l.total(), new(big.Int).SetUint64(coef))
	}
	return out
}

// loadOf counts explicit weights.
func loadOf(ws []int64) load {
	var l load
	for _, w := range ws {
		if w != 0 {
			m := magnitude(w)
			l = l.plus(load{wires: 1, max: m, weight: m})
		}
	}
	return l
}

// digitKey names digit banks with the same weights on their higher digit.
type digitKey struct {
	table      Table
	off, count int32
	width      uint8
	past       int64
}

// digit counts a digit bank: its form, and per gate its weights on the higher
// digit, which the form does not read as a rule.
func (k *counter) digit(d *bank) tally {
	key := digitKey{d.table, d.off, d.count, d.width, d.past}
	if (d.count+1)&(1<<d.width-1) == 0 {
		key.past = 0 // the top block is full, so past stands for nothing
	}
	high, ok := k.digits[key]
	if !ok {
		for g := int64(1); g <= d.gates; g++ {
			high = append(high, loadOf(k.fl.c.digitWeights(d, g)))
		}
		k.digits[key] = high
	}
	t := tally{weight: new(big.Int)}
	if _, ws := k.fl.form(int(d.form)); slices.ContainsFunc(ws, func(w weights) bool { return w.bank == d.high }) {
		k.overlapping(d, &t)
		return t
	}
	base := k.form(int(d.form))
	for _, h := range high {
		t.add(base.plus(h))
	}
	return t
}

// overlapping counts a digit bank whose form reads the higher digit too: weights
// add up on the same wires, so gates are written out one by one.
func (k *counter) overlapping(d *bank, t *tally) {
	for g := int64(1); g <= d.gates; g++ {
		k.fl.buf = k.fl.buf[:0]
		k.fl.add(int(d.form), 1)
		k.fl.buf = append(k.fl.buf, weights{bank: d.high, coef: 1, sum: k.fl.c.digitWeights(d, g)})
		t.add(k.loads(k.fl.merge()))
	}
}

// add counts one more gate.
func (t *tally) add(l load) {
	t.wires += l.wires
	t.fanIn = max(t.fanIn, l.wires)
	t.max = max(t.max, l.max)
	t.weight.Add(t.weight, l.total())
}

// choices counts an and or pairs bank. When the lists read disjoint banks a
// gate's load is the sum of its bits' loads, so the sums factor.
func (k *counter) choices(d *bank) tally {
	c := k.fl.c
	t := tally{weight: new(big.Int)}
	if d.kind == And && k.disjoint(d) {
		for i := range d.lists {
			list := c.lists[d.ops[i]]
			others := uint64(d.gates) / uint64(len(list))
			widest := uint64(0)
			for _, f := range list {
				l := k.form(int(f))
				part := l.times(others)
				t.wires += part.wires
				t.max = max(t.max, l.max)
				t.weight.Add(t.weight, part.weight)
				widest = max(widest, l.wires)
			}
			t.fanIn += widest
		}
		return t
	}
	var choice []int32
	for g := range d.gates {
		choice = c.choice(d, g, choice[:0])
		_, ws := k.fl.forms(choice)
		t.add(k.loads(ws))
	}
	return t
}

// disjoint tells whether the lists of an and bank read different banks.
func (k *counter) disjoint(d *bank) bool {
	for i := range d.lists {
		for j := range i {
			for _, b := range k.listReads(d.ops[i]) {
				if slices.Contains(k.listReads(d.ops[j]), b) {
					return false
				}
			}
		}
	}
	return true
}

// listReads are the banks that a list's forms read.
func (k *counter) listReads(list int32) []int32 {
	if banks, ok := k.reads[list]; ok {
		return banks
	}
	var banks []int32
	for _, f := range k.fl.c.lists[list] {
		_, ws := k.fl.form(int(f))
		for _, w := range ws {
			if !slices.Contains(banks, w.bank) {
				banks = append(banks, w.bank)
			}
		}
	}
	k.reads[list] = banks
	return banks
}
