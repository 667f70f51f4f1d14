package threshold

import (
	"context"
	"fmt"
	"math/bits"
	"runtime"
	"sync"
	"sync/atomic"
)

// words is how many words one pass simulates: one bit of every machine word each.
const words = 64

// maxValues bounds the memory of one pass, in machine words: banks are so compact
// that a small file may hold more gates than any memory.
const maxValues = 1 << 30

// Simulator evaluates a circuit gate by gate on 64 words at a time. A gate's
// value is one machine word; forms are added up in bit-sliced two's complement.
type Simulator struct {
	c       *Circuit
	width   []uint8 // planes of each form
	plane   []int   // first plane of each form
	planes  int
	offset  []int // first gate word of each bank, inputs included
	gates   int
	inputs  []int64 // bits of each token
	grouped map[partKey][]group
}

// group are the gates of a bank that share a weight.
type group struct {
	weight int64
	gates  []int32
}

// NewSimulator plans the simulation of c.
func NewSimulator(c *Circuit) *Simulator {
	s := &Simulator{
		c: c, width: make([]uint8, len(c.forms)), plane: make([]int, len(c.forms)),
		offset: make([]int, len(c.banks)), grouped: map[partKey][]group{},
	}
	for f := range c.forms {
		d := &c.forms[f]
		s.plane[f], s.width[f] = s.planes, uint8(signedBits(d.lo, d.hi))
		s.planes += int(s.width[f])
		for _, t := range c.terms[d.first : d.first+d.count] {
			if t.Ref >= 0 && t.Table != Ones {
				s.group(t)
			}
		}
	}
	for b := range c.banks {
		s.offset[b] = s.gates
		s.gates += int(c.banks[b].gates)
		if c.banks[b].kind == Input {
			s.inputs = append(s.inputs, c.banks[b].gates)
		}
	}
	return s
}

// signedBits is the two's complement width that holds lo..hi.
func signedBits(lo, hi int64) int {
	return max(bits.Len64(uint64(max(hi, -1-min(hi, -1)))), bits.Len64(uint64(max(-1-min(lo, -1), 0)))) + 1
}

func (s *Simulator) group(t Term) {
	gates := s.c.banks[t.Ref].gates
	key := partKey{t.Table, t.Off, gates}
	if _, ok := s.grouped[key]; ok {
		return
	}
	at := map[int64]int{}
	var gs []group
	for k, w := range s.c.tables[t.Table][t.Off : int64(t.Off)+gates] {
		if w == 0 {
			continue
		}
		i, ok := at[w]
		if !ok {
			i = len(gs)
			at[w] = i
			gs = append(gs, group{weight: w})
		}
		gs[i].gates = append(gs[i].gates, int32(k))
	}
	s.grouped[key] = gs
}

// Run simulates words of tokens and returns each word's label bits: for every
// position the classes whose gate is 1. It returns how many gate evaluations
// were made.
func (s *Simulator) Run(ctx context.Context, tokens [][]int) (labels [][][]int, evaluations uint64, err error) {
	labels = make([][][]int, len(tokens))
	err = s.Each(ctx, tokens, func(first int, v *Values) {
		for k := range min(words, len(tokens)-first) {
			labels[first+k] = v.Labels(k)
		}
	})
	passes := uint64(len(tokens)+words-1) / words
	return labels, passes * words * s.c.gates, err
}

// Each simulates words in passes of 64 and hands every pass's gate values to
// visit, from several goroutines at once.
func (s *Simulator) Each(ctx context.Context, tokens [][]int, visit func(first int, v *Values)) error {
	for i, w := range tokens {
		if err := s.checkWord(w); err != nil {
			return fmt.Errorf("word %d: %w", i, err)
		}
	}
	if n := s.gates + s.planes; n > maxValues {
		return fmt.Errorf("simulation takes %d GiB for each processor, at most %d", n>>27, maxValues>>27)
	}
	passes := (len(tokens) + words - 1) / words
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), passes) {
		wg.Go(func() {
			v := s.newValues()
			for ctx.Err() == nil {
				first := (int(next.Add(1)) - 1) * words
				if first >= len(tokens) {
					return
				}
				v.run(tokens[first:min(first+words, len(tokens))])
				visit(first, v)
			}
		})
	}
	wg.Wait()
	return ctx.Err()
}

func (s *Simulator) checkWord(w []int) error {
	if len(w) != len(s.inputs) {
		return fmt.Errorf("%d tokens, the circuit reads %d", len(w), len(s.inputs))
	}
	for t, token := range w {
		if token < 0 || int64(token) >= s.inputs[t] {
			return fmt.Errorf("token %d at position %d is outside 0..%d", token, t, s.inputs[t]-1)
		}
	}
	return nil
}

// Values are the gate values of one pass.
type Values struct {
	s     *Simulator
	gate  []uint64
	plane []uint64
	count [33]uint64 // of up to 2^32 gates, and a sign
	lane  [words]int64
}

func (s *Simulator) newValues() *Values {
	return &Values{s: s, gate: make([]uint64, s.gates), plane: make([]uint64, s.planes)}
}

// Bank are the gate values of bank b: bit k of entry g is gate g on word k. The
// caller must not modify them.
func (v *Values) Bank(b int) []uint64 {
	return v.gate[v.s.offset[b] : v.s.offset[b]+int(v.s.c.banks[b].gates)]
}

// Form is the value of form f on word k.
func (v *Values) Form(f, k int) int64 {
	p, w := v.form(f), 0
	value := int64(0)
	for ; w < len(p); w++ {
		value |= int64(p[w]>>k&1) << w
	}
	return value << (64 - w) >> (64 - w)
}

// Labels are the classes of word k whose label gate is 1, by position.
func (v *Values) Labels(k int) [][]int {
	out := make([][]int, len(v.s.c.outputs))
	for t, o := range v.s.c.outputs {
		for class, g := range o {
			if v.Bank(int(g.Bank))[g.Gate]>>k&1 == 1 {
				out[t] = append(out[t], class)
			}
		}
	}
	return out
}

func (v *Values) form(f int) []uint64 {
	return v.plane[v.s.plane[f] : v.s.plane[f]+int(v.s.width[f])]
}

// run evaluates every form and gate in order.
func (v *Values) run(tokens [][]int) {
	c := v.s.c
	f, t := 0, 0
	for b := range c.banks {
		d := &c.banks[b]
		for ; f < int(d.forms); f++ {
			v.sum(f)
		}
		out := v.Bank(b)
		switch d.kind {
		case Input:
			clear(out)
			for k, w := range tokens {
				out[w[t]] |= 1 << k
			}
			t++
		case Level:
			p := v.form(int(d.form))
			for k := range out {
				out[k] = atLeast(p, c.levelThreshold(d, int64(k)))
			}
		case Digit:
			v.digit(d, out)
		case And, Pairs:
			v.and(d, out)
		}
	}
	for ; f < len(c.forms); f++ {
		v.sum(f)
	}
}

// sum adds a form up.
func (v *Values) sum(f int) {
	c := v.s.c
	d, acc := &c.forms[f], v.form(f)
	for i := range acc {
		acc[i] = -uint64(d.constant >> i & 1)
	}
	for _, t := range c.terms[d.first : d.first+d.count] {
		if g, ok := t.Ref.Form(); ok {
			addScaled(acc, v.form(g), t.Coef, true)
			continue
		}
		gates := v.Bank(int(t.Ref))
		if t.Table == Ones {
			v.addCount(acc, gates, nil, t.Coef)
			continue
		}
		for _, g := range v.s.grouped[partKey{t.Table, t.Off, int64(len(gates))}] {
			v.addCount(acc, gates, g.gates, t.Coef*g.weight)
		}
	}
}

// addCount adds coef times the number of ones among the chosen gates (all of
// them when chosen is nil).
func (v *Values) addCount(acc, gates []uint64, chosen []int32, coef int64) {
	addScaled(acc, v.count[:v.add(gates, chosen)], coef, false)
}

// add counts the ones among the chosen gates in the first n planes of v.count.
func (v *Values) add(gates []uint64, chosen []int32) (n int) {
	push := func(carry uint64) {
		for i := 0; carry != 0; i++ {
			if i == n {
				v.count[n] = 0
				n++
			}
			v.count[i], carry = v.count[i]^carry, v.count[i]&carry
		}
	}
	if chosen == nil {
		for _, g := range gates {
			push(g)
		}
	} else {
		for _, k := range chosen {
			push(gates[k])
		}
	}
	return n
}

// addScaled adds coef·x to acc modulo 2^len(acc); x is two's complement when
// signed and otherwise a natural number.
func addScaled(acc, x []uint64, coef int64, signed bool) {
	if len(x) == 0 {
		return
	}
	for m := magnitude(coef); m != 0; m &= m - 1 {
		shift := bits.TrailingZeros64(m)
		carry := uint64(0)
		flip := uint64(0)
		if coef < 0 { // subtract: add the complement and one
			flip, carry = ^uint64(0), ^uint64(0)
		}
		for i, k := shift, 0; i < len(acc); i, k = i+1, k+1 {
			var b uint64
			switch {
			case k < len(x):
				b = x[k]
			case signed:
				b = x[len(x)-1]
			case carry == 0 && flip == 0:
				i = len(acc)
				continue
			}
			b ^= flip
			a := acc[i]
			acc[i] = a ^ b ^ carry
			carry = a&b | carry&(a^b)
		}
	}
}

// atLeast is [p >= t] on every lane, for two's complement p.
func atLeast(p []uint64, t int64) uint64 {
	n := len(p)
	if limit := int64(1) << (n - 1); n < 64 && t > limit-1 {
		return 0
	} else if n < 64 && t < -limit {
		return ^uint64(0)
	}
	borrow := uint64(0)
	for i := range n - 1 {
		if t>>i&1 == 1 {
			borrow |= ^p[i]
		} else {
			borrow &= ^p[i]
		}
	}
	// The sign plane counts negatively: there the roles are exchanged.
	if t>>(n-1)&1 == 1 {
		borrow &= p[n-1]
	} else {
		borrow |= p[n-1]
	}
	return ^borrow
}

// digit evaluates a digit bank. The gates of the higher digit form a thermometer,
// since the builder accepts no level bank whose thresholds fall; so a gate's
// weighted sum over them telescopes, and where H of them are 1 gate k compares
// the form with c_{H,k}. Every gate is compared on every word.
func (v *Values) digit(d *bank, out []uint64) {
	v.ones(v.Bank(int(d.high)))
	level := v.lane
	v.lanes(v.form(int(d.form)))
	clear(out)
	for k, f := range v.lane {
		v.s.c.compare(d, level[k], f, k, out)
	}
}

// compare evaluates the gates of a digit bank on word k, where level gates of the
// higher digit are 1 and the form is f. Gates beyond the bank's thresholds compare
// with past, which the builder has found to exceed the form's range: they are 0.
func (c *Circuit) compare(d *bank, level, f int64, k int, out []uint64) {
	own := c.tables[d.table][d.off : d.off+d.count]
	own = own[level<<d.width:]
	own = own[:min(len(own), len(out))]
	for g, t := range own {
		bit := uint64(0)
		if f >= t {
			bit = 1
		}
		out[g] |= bit << k
	}
}

// lanes spreads two's complement planes out to one integer per word.
func (v *Values) lanes(planes []uint64) {
	var p [words]uint64
	sign := planes[len(planes)-1]
	for i := copy(p[:], planes); i < len(p); i++ {
		p[i] = sign
	}
	transpose(&p)
	for k, x := range p {
		v.lane[k] = int64(x)
	}
}

// ones counts, for every word, how many gates are 1.
func (v *Values) ones(gates []uint64) {
	n := v.add(gates, nil)
	v.count[n] = 0 // the sign
	v.lanes(v.count[:n+1])
}

// transpose exchanges bit i of word k with bit k of word i.
func transpose(a *[words]uint64) {
	mask := ^uint64(0) >> 32
	for half := uint(words / 2); half > 0; half, mask = half/2, mask^mask<<(half/2) {
		for k := uint(0); k < words; k = (k + half + 1) &^ half {
			swap := (a[k]>>half ^ a[k+half]) & mask
			a[k] ^= swap << half
			a[k+half] ^= swap
		}
	}
}

// and evaluates the conjunctions of an and or pairs bank: every gate is that of
// the bits it reads. When a bit form holds a value other than 0 and 1 (in a
// damaged circuit), gates are added up one by one.
func (v *Values) and(d *bank, out []uint64) {
	var bits [maxOps][maxList]uint64
	for i := range d.lists {
		for j, f := range v.s.c.lists[d.ops[i]] {
			bit, ok := v.bit(int(f))
			if !ok {
				v.conjunctions(d, out)
				return
			}
			bits[i][j] = bit
		}
	}
	if len(out) == 0 {
		return
	}
	if d.kind == Pairs {
		k := 0
		list := bits[0][:len(v.s.c.lists[d.ops[0]])]
		for i, first := range list {
			for _, second := range list[i+1:] {
				out[k] = first & second
				k++
			}
		}
		return
	}
	// Every list multiplies the gates, the last list's bit running fastest.
	n := 1
	out[0] = ^uint64(0)
	for i := range d.lists {
		list := bits[i][:len(v.s.c.lists[d.ops[i]])]
		for k := n - 1; k >= 0; k-- {
			word := out[k]
			for j := len(list) - 1; j >= 0; j-- {
				out[k*len(list)+j] = word & list[j]
			}
		}
		n *= len(list)
	}
}

// bit is the value of a form that is 0 or 1 on every word.
func (v *Values) bit(f int) (bit uint64, ok bool) {
	p := v.form(f)
	if len(p) == 1 { // its only plane is the sign: 0 or -1
		return p[0], p[0] == 0
	}
	beyond := uint64(0)
	for _, high := range p[1:] {
		beyond |= high
	}
	return p[0], beyond == 0
}

// conjunctions adds up every gate of an and or pairs bank.
func (v *Values) conjunctions(d *bank, out []uint64) {
	var choice [maxOps]int32
	for k := range out {
		out[k] = v.conjunction(v.s.c.choice(d, int64(k), choice[:0]))
	}
}

// conjunction is [Σ forms >= number of forms], whatever the forms' values.
func (v *Values) conjunction(pick []int32) uint64 {
	var sum [66]uint64
	for _, f := range pick {
		addScaled(sum[:], v.form(int(f)), 1, true)
	}
	return atLeast(sum[:], int64(len(pick)))
}
