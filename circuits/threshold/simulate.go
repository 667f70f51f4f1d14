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

// Simulator evaluates a circuit gate by gate on 64 words at a time. A gate's
// value is one machine word; forms are added up in bit-sliced two's complement.
type Simulator struct {
	c       *Circuit
	width   []uint8 // planes of each form
	plane   []int   // first plane of each form
	planes  int
	offset  []int // first gate word of each bank, inputs included
	gates   int
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
	t := 0
	for b := range s.c.banks {
		d := &s.c.banks[b]
		if d.kind != Input {
			continue
		}
		if t >= len(w) {
			return fmt.Errorf("%d tokens are too few", len(w))
		}
		if w[t] < 0 || int64(w[t]) >= d.gates {
			return fmt.Errorf("token %d at position %d is outside 0..%d", w[t], t, d.gates-1)
		}
		t++
	}
	if t != len(w) {
		return fmt.Errorf("%d tokens, the circuit reads %d", len(w), t)
	}
	return nil
}

// Values are the gate values of one pass.
type Values struct {
	s     *Simulator
	gate  []uint64
	plane []uint64
	count [32]uint64
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
	n := 0
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
	addScaled(acc, v.count[:n], coef, false)
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

// digit evaluates a digit bank. When the gates of the higher digit form a
// thermometer, as banks with ascending thresholds do, the weighted sum over them
// telescopes to c_{H,k}; this is checked on the actual gate values, and lanes are
// added up gate by gate when it does not hold.
func (v *Values) digit(d *bank, out []uint64) {
	high := v.Bank(int(d.high))
	nested := true
	for h := 1; h < len(high); h++ {
		nested = nested && high[h]&^high[h-1] == 0
	}
	if !nested {
		v.digitPlain(d, high, out)
		return
	}
	c := v.s.c
	var level [words]int64
	for _, g := range high {
		for k := range level {
			level[k] += int64(g >> k & 1)
		}
	}
	v.lanes(int(d.form))
	clear(out)
	for g := range out {
		word := uint64(0)
		for k := range v.lane {
			if v.lane[k] >= c.border(d, level[k], int64(g)+1) {
				word |= 1 << k
			}
		}
		out[g] = word
	}
}

// digitPlain adds every gate's weights one by one.
func (v *Values) digitPlain(d *bank, high, out []uint64) {
	c := v.s.c
	v.lanes(int(d.form))
	for g := range out {
		ws := c.digitWeights(d, int64(g)+1)
		t := c.border(d, 0, int64(g)+1)
		word := uint64(0)
		for k := range v.lane {
			sum := v.lane[k]
			for h, w := range ws {
				if high[h]>>k&1 == 1 {
					sum += w
				}
			}
			if sum >= t {
				word |= 1 << k
			}
		}
		out[g] = word
	}
}

// lanes spreads a form's planes out to one integer per word.
func (v *Values) lanes(f int) {
	p := v.form(f)
	n := len(p)
	for k := range v.lane {
		x := uint64(0)
		for i, w := range p {
			x |= (w >> k & 1) << i
		}
		v.lane[k] = int64(x<<(64-n)) >> (64 - n)
	}
}

// and evaluates the conjunctions of an and or pairs bank. A bit form whose
// planes hold a value other than 0 and 1 (a damaged circuit) is added up.
func (v *Values) and(d *bank, out []uint64) {
	var choice [4]int32
	for k := range out {
		pick := v.s.c.choice(d, int64(k), choice[:0])
		word, beyond := ^uint64(0), uint64(0)
		for _, f := range pick {
			p := v.form(int(f))
			for _, high := range p[1:] {
				beyond |= high
			}
			if len(p) == 1 { // its only plane is the sign: 0 or -1
				beyond |= p[0]
			}
			word &= p[0]
		}
		if beyond != 0 {
			word = v.conjunction(pick)
		}
		out[k] = word
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
