package compile

import (
	"math/bits"

	"tc0/circuits/lower"
)

// reading is a multiple of a weighted sum over one bank of gates, or over the bits
// of a token.
type reading struct {
	t     int   // position of the bank
	first int64 // number of its first gate; inputBits for a token's bits
	gates int64
	coef  int64
	weights
}

// inputBits, in place of a gate's number, makes a token's bits come before the
// gates of its position, as in the circuit.
const inputBits = -1

// before orders banks as the circuit does.
func (r *reading) before(o *reading) bool {
	return r.t < o.t || r.t == o.t && r.first < o.first
}

// weighting says how a bank's weights follow from its variable.
type weighting uint8

const (
	thermometer weighting = iota // gate k: the gain of the entry from level k to k+1
	oneHot                       // bit k: the entry of token k
	conjunction                  // products of one power of two of each factor
	pairs                        // twice products of two different ones of one factor
	explicit                     // the table
)

// weights are the weights of a bank, computed one at a time. The entry of a level is
// (table[level]-lo)>>shift & mask, squared where asked for, or that of the level
// itself where there is no table.
type weights struct {
	kind   weighting
	square bool
	table  []int64
	lo     int64
	shift  uint8
	mask   int64
	widths [4]uint8 // conjunction, pairs: bits of the factors
}

// whole is the mask of whole entries; single bits have the mask 1.
const whole = -1

func (w *weights) entry(level int64) int64 {
	if w.table != nil {
		level = w.table[level]
	}
	if w.square {
		level *= level
	}
	return (level - w.lo) >> w.shift & w.mask
}

// at is the weight of gate k. Where powers of two do not fit, one of the bank's is
// 2^62, which does not pass as checked.
func (w *weights) at(k int64) int64 {
	switch w.kind {
	case thermometer:
		return w.entry(k+1) - w.entry(k)
	case oneHot:
		return w.entry(k)
	case conjunction:
		shift := int64(0)
		for i := len(w.widths) - 1; i >= 0; i-- {
			if width := int64(w.widths[i]); width > 0 {
				shift += k % width
				k /= width
			}
		}
		return 1 << shift
	case pairs:
		i, j := pairAt(k, int64(w.widths[0]))
		return 2 << (i + j)
	}
	return w.table[k]
}

// pairAt is the k-th pair i < j of numbers below n, in lexicographic order.
func pairAt(k, n int64) (i, j int64) {
	for row := n - 1; k >= row; row-- {
		k -= row
		i++
	}
	return i, i + 1 + k
}

// extent is the range that is proved of the sum over the bank, as the threshold
// circuit's builder proves it: thermometers show a level, one bit of a token is 1,
// and conjunctions are free.
func (r *reading) extent() (lo, hi int64) {
	switch r.kind {
	case thermometer:
		for k := range r.gates {
			v := r.entry(k+1) - r.entry(0)
			lo, hi = min(lo, v), max(hi, v)
		}
	case oneHot:
		lo, hi = r.entry(0), r.entry(0)
		for k := range r.gates {
			lo, hi = min(lo, r.entry(k)), max(hi, r.entry(k))
		}
	default:
		for k := range r.gates {
			hi += r.at(k)
		}
	}
	return lo, hi
}

// checked is arithmetic that notes what does not fit in 62 bits.
type checked struct{ wide bool }

// wordLimit bounds the absolute value of every constant and weight.
const wordLimit = int64(1)<<62 - 1

// times multiplies.
func (c *checked) times(a, b int64) int64 {
	hi, lo := bits.Mul64(magnitude(a), magnitude(b))
	if hi != 0 || lo > uint64(wordLimit) {
		c.wide = true
		return 0
	}
	return a * b
}

// plus adds numbers within the limit.
func (c *checked) plus(a, b int64) int64 {
	sum := a + b
	if sum < -wordLimit || sum > wordLimit {
		c.wide = true
		return 0
	}
	return sum
}

// magnitude is |v|.
func magnitude(v int64) uint64 {
	if v < 0 {
		return -uint64(v)
	}
	return uint64(v)
}

// writer writes values, bits and forms of elements out as a constant and readings
// of banks. Forms are written out in place, one within the other, no deeper than
// there are stages.
type writer struct {
	p *program
	checked
	sum  int64 // constants so far
	read func(r reading)
}

func (w *writer) add(coef, c int64) { w.sum = w.plus(w.sum, w.times(coef, c)) }

// scaledForm adds a multiple of a form.
type scaledForm struct {
	w    *writer
	coef int64
}

func (f scaledForm) constant(c int64)           { f.w.add(f.coef, c) }
func (f scaledForm) term(coef int64, o operand) { f.w.value(f.w.times(f.coef, coef), o) }

// form adds coef times the form of an element.
func (w *writer) form(coef int64, s *stage, e element) { s.written()(e, scaledForm{w, coef}) }

// written is the stage's form as it is written out, without its own stage.
func (s *stage) written() func(e element, add adder) {
	if s.direct != nil {
		return s.direct
	}
	return s.form
}

// top is the greatest value that is proved of coef times an element's form.
func (w *writer) top(coef int64, s *stage, e element) int64 {
	top := writer{p: w.p}
	top.read = func(r reading) {
		lo, hi := r.extent()
		top.sum = top.plus(top.sum, max(top.times(r.coef, lo), top.times(r.coef, hi)))
	}
	top.form(coef, s, e)
	w.wide = w.wide || top.wide
	return top.sum
}

// value adds coef times the value of an operand.
func (w *writer) value(coef int64, o operand) {
	if coef == 0 {
		return
	}
	switch o.s.op {
	case tokenOp:
		w.token(coef, o, weights{kind: oneHot, square: o.square, mask: whole})
	case formOp:
		w.form(coef, o.s, o.e)
	case stepOp:
		w.step(coef, o)
	case productOp:
		w.product(coef, o.s, o.e)
	}
}

// token reads the bits of a position's token; v says what of the table's entries.
func (w *writer) token(coef int64, o operand, v weights) {
	v.table = o.s.tokens[o.e.a]
	w.read(reading{t: o.e.t, first: inputBits, gates: int64(len(v.table)), coef: coef, weights: v})
}

// step adds coef times the value of a step, from its bits where they are gates.
func (w *writer) step(coef int64, o operand) {
	s, first := &o.s.shape, w.p.number.address(o.s, o.e)
	switch {
	case o.square || s.Digits == 1 && !s.Materialise:
		v := weights{square: o.square, table: o.s.steps.Values, mask: whole}
		w.add(coef, v.entry(0))
		w.read(reading{o.e.t, first, int64(s.Levels), coef, v})
		return
	case s.Materialise:
		for i := range s.Bits {
			w.bit(w.times(coef, 1<<i), o, i)
		}
	default:
		for i := range s.Parts {
			p := &s.Parts[i]
			high, low := int64(p.High()), int64(p.Low())
			w.read(reading{o.e.t, first, high, w.times(coef, 1<<p.Width), weights{mask: whole}})
			w.read(reading{o.e.t, first + high, low, coef, weights{mask: whole}})
			first += high + low
		}
	}
	w.add(coef, s.Lo)
}

// bit adds coef times a bit of an operand's value above its least.
func (w *writer) bit(coef int64, o operand, i int) {
	switch {
	case o.s.op == tokenOp:
		lo, _ := lower.Spread(o.s.tokens[o.e.a])
		w.token(coef, o, weights{kind: oneHot, lo: lo, shift: uint8(i), mask: 1})
	case o.s.shape.Materialise:
		first := w.p.number.address(o.s, o.e) + o.s.shape.Gates() - int64(o.s.shape.Bits-i)
		w.read(reading{o.e.t, first, 1, coef, weights{mask: whole}})
	default:
		w.levelBit(coef, o.s, o.e, i)
	}
}

// levelBit adds coef times a bit of a step's value above its least, as a form over
// the gates of its levels or digits.
func (w *writer) levelBit(coef int64, s *stage, e element, i int) {
	first := w.p.number.address(s, e)
	if s.shape.Digits == 1 {
		v := weights{table: s.steps.Values, lo: s.shape.Lo, shift: uint8(i), mask: 1}
		w.add(coef, v.entry(0))
		w.read(reading{e.t, first, int64(s.shape.Levels), coef, v})
		return
	}
	for k := range s.shape.Parts {
		p := &s.shape.Parts[k]
		at, bit, gates := first, i-p.Width, p.High()
		if i < p.Width {
			at, bit, gates = first+int64(p.High()), i, p.Low()
		}
		w.read(reading{e.t, at, int64(gates), coef, weights{shift: uint8(bit), mask: 1}})
		first += int64(p.High() + p.Low())
	}
}

// product adds coef times a product: Π (lo_i + w_i) as a constant, multiples of
// single factors' values, and conjunctions for every larger set.
func (w *writer) product(coef int64, s *stage, e element) {
	fs := s.factors(e)
	first := w.p.number.address(s, e)
	if isSquare(fs) {
		w.square(coef, fs[0], first)
		return
	}
	f := factorsOf(fs)
	w.add(coef, w.rest(f, 0))
	for i, o := range fs {
		rest := w.rest(f, 1<<i)
		w.value(w.times(coef, rest), o)
		w.add(coef, -w.times(rest, f.least[i]))
	}
	for set, gates := range f.conjunctions {
		v := weights{kind: conjunction}
		for i := range fs {
			if set>>i&1 == 1 {
				v.widths[i] = uint8(f.widths[i])
			}
		}
		w.read(reading{e.t, first, gates, w.times(coef, w.rest(f, set)), v})
		first += gates
	}
}

// square adds coef·(lo+w)² = coef·(-lo² + 2·lo·value + Σ 4^i·bit_i + the pairs).
func (w *writer) square(coef int64, o operand, first int64) {
	width, lo := operandBits(o)
	w.add(coef, -w.times(lo, lo))
	w.value(w.times(coef, 2*lo), o)
	for i := range width {
		w.bit(w.times(coef, 1<<(2*i)), o, i)
	}
	w.read(reading{o.e.t, first, lower.SquareGates(width), coef, weights{kind: pairs, widths: [4]uint8{uint8(width)}}})
}

// factors are the widths and least values of a product's factors.
type factors struct {
	widths []int
	least  []int64
}

func factorsOf(fs []operand) factors {
	f := factors{make([]int, len(fs)), make([]int64, len(fs))}
	for i, o := range fs {
		f.widths[i], f.least[i] = operandBits(o)
	}
	return f
}

// rest is the product of the least values of the factors outside a set.
func (c *checked) rest(f factors, set uint) int64 {
	p := int64(1)
	for i, lo := range f.least {
		if set>>i&1 == 0 {
			p = c.times(p, lo)
		}
	}
	return p
}

// conjunctions yields the sets of factors that have a bank of conjunctions, in the
// order of their banks and with their numbers of gates.
func (f *factors) conjunctions(yield func(set uint, gates int64) bool) {
	for set := range lower.Subsets(f.least) {
		if !yield(set, f.gates(set)) {
			return
		}
	}
}

// gates is the number of choices of one bit of each factor of a set.
func (f *factors) gates(set uint) int64 {
	n := int64(1)
	for i, width := range f.widths {
		if set>>i&1 == 1 {
			n *= int64(width)
		}
	}
	return n
}
