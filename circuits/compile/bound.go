package compile

import (
	"fmt"
	"math"
	"math/bits"
	"strings"

	"tc0/circuits/gadget"
	"tc0/circuits/lower"
)

// Bound bounds the gates and the weights of a family n ↦ C_n by formulas in the
// length n and the precision p. It is derived from what each stage of the layers
// is, not from its tables: with b = p+extra bits,
//
//	step in one digit      a·2^b + 3 gates, a the part of the code range in use
//	step in two digits     (3/√2)·√(a·2^b + 3) gates for each monotone part
//	product of b1, b2 bits b1·b2 gates; of three factors also the pairs whose third
//	                       factor has an offset; a square b(b-1)/2
//	argmax of V classes    V(V-1)/2 + V gates
//
// and the elements of a stage: some for every position, for every pair of
// positions (the decays of a Mamba block), or for every position but the first.
type Bound struct {
	Precision Precision

	position, pair, later polynomial
	least                 int // p below this counts as this: tensors have two bits at least
	weights               law
}

// A Formula is the numbers of a bound: for words of length n, at p = Precision.At(n) or
// Least where that is less,
//
//	gates       ≤ n·Position(p) + n(n−1)/2·Pair(p) + (n−1)·Later(p)
//	weight bits ≤ min(62, Slope·p + ⌈log2 n⌉ + Offset)
type Formula struct {
	Position, Pair, Later Polynomial
	Slope, Offset, Least  int
}

// A Polynomial is Exp·2^p + Root·2^(p/2) + Σ Powers[i]·p^i.
type Polynomial struct {
	Exp, Root int64
	Powers    [4]int64
}

// Formula gives the numbers that String writes.
func (b *Bound) Formula() Formula {
	return Formula{
		b.position.whole(), b.pair.whole(), b.later.whole(), b.weights.slope, int(math.Ceil(b.weights.offset)) + 1, b.least,
	}
}

// Bound is the bound of the model's family: other lengths have the same.
func (m *Model) Bound() *Bound {
	b := &Bound{Precision: m.quant.Precision, weights: m.weights}
	for _, t := range m.quant.Tensors {
		b.least = max(b.least, leastBits-t.Extra)
	}
	for _, s := range m.program.stages {
		to := &b.position
		if s.pair {
			to = &b.pair
		} else if s.later {
			to = &b.later
		}
		for a := range s.rows {
			to.add(m.program.gateLaw(s, a).times(float64(s.cols)))
		}
	}
	for _, x := range []*polynomial{&b.position, &b.pair, &b.later} {
		x.ceil()
	}
	return b
}

// Gates is at least the number of gates of C_n.
func (b *Bound) Gates(n int) uint64 {
	p := max(b.Precision.At(n), b.least)
	x := float64(n)
	return uint64(math.Ceil(float64(x*b.position.at(p)) + float64(x*(x-1)/2*b.pair.at(p)) + float64((x-1)*b.later.at(p))))
}

// WeightBits is at least the number of bits of the largest weight of C_n. The only
// weights that depend on n are those that stand for borders beyond the range of
// a sum over positions.
func (b *Bound) WeightBits(n int) int {
	p := max(b.Precision.At(n), b.least)
	return min(weightLimit, int(math.Ceil(b.weights.at(p)))+1+bits.Len(uint(n-1)))
}

// weightLimit is the most bits of a weight that the representation has.
const weightLimit = 62

// String is the formulas as text.
func (b *Bound) String() string {
	gates := []string{fmt.Sprintf("n·(%v)", &b.position)}
	if b.pair != (polynomial{}) {
		gates = append(gates, fmt.Sprintf("n(n-1)/2·(%v)", &b.pair))
	}
	if b.later != (polynomial{}) {
		gates = append(gates, fmt.Sprintf("(n-1)·(%v)", &b.later))
	}
	f := b.Formula()
	return fmt.Sprintf("gates ≤ %s; weight bits ≤ min(%d, %d·p + ⌈log2 n⌉ + %d); p = %s, counted as %d where it is less",
		strings.Join(gates, " + "), weightLimit, f.Slope, f.Offset, b.Precision, f.Least)
}

// polynomial is exp·2^p + root·2^(p/2) + Σ power[i]·p^i.
type polynomial struct {
	exp, root float64
	power     [4]float64
}

func (a *polynomial) add(b polynomial) {
	a.exp += b.exp
	a.root += b.root
	for i := range a.power {
		a.power[i] += b.power[i]
	}
}

func (a polynomial) times(k float64) polynomial {
	a.exp *= k
	a.root *= k
	for i := range a.power {
		a.power[i] *= k
	}
	return a
}

// over is the product with p + extra; only powers have one.
func (a polynomial) over(extra int) polynomial {
	out := polynomial{}
	for i, c := range a.power {
		out.power[i] += float64(c * float64(extra))
		if i+1 < len(a.power) {
			out.power[i+1] += c
		}
	}
	return out
}

// ceil rounds coefficients up to what is printed.
func (a *polynomial) ceil() {
	a.exp, a.root = math.Ceil(a.exp), math.Ceil(a.root)
	for i := range a.power {
		a.power[i] = math.Ceil(a.power[i])
	}
}

// whole is the polynomial after ceil.
func (a *polynomial) whole() Polynomial {
	out := Polynomial{Exp: int64(a.exp), Root: int64(a.root)}
	for i, c := range a.power {
		out.Powers[i] = int64(c)
	}
	return out
}

func (a *polynomial) at(p int) float64 {
	root := math.Ldexp(1, p/2)
	if p%2 == 1 {
		root *= math.Sqrt2
	}
	sum := math.Ldexp(a.exp, p) + float64(a.root*root)
	x := 1.0
	for _, c := range a.power {
		sum += float64(c * x)
		x *= float64(p)
	}
	return sum
}

func (a *polynomial) String() string {
	var terms []string
	add := func(c float64, of string) {
		if c != 0 {
			terms = append(terms, fmt.Sprintf("%.0f%s", c, of))
		}
	}
	add(a.exp, "·2^p")
	add(a.root, "·2^(p/2)")
	add(a.power[3], "·p³")
	add(a.power[2], "·p²")
	add(a.power[1], "·p")
	add(a.power[0], "")
	if len(terms) == 0 {
		return "0"
	}
	return strings.ReplaceAll(strings.Join(terms, " + "), "+ -", "- ")
}

// gateLaw bounds the gates of one element of a stage.
func (p *program) gateLaw(s *stage, row int) polynomial {
	switch {
	case s.op == stepOp && s.q == nil: // a bit of the argmax
		return polynomial{power: [4]float64{1}}
	case s.op == stepOp:
		return s.q.gateLaw(s.shape)
	case s.op == productOp:
		return productLaw(s.factors(element{t: 1, a: row, j: 0}))
	}
	return polynomial{}
}

// spare is the codes beyond the part of the range in use that rounding may add.
const spare = 3

// gateLaw bounds the gates of a step into q.
func (q *quantity) gateLaw(shape lower.Shape) polynomial {
	scale := math.Ldexp(q.fill, q.extra)
	var out polynomial
	for _, part := range q.branches() {
		codes := float64(part * scale)
		if shape.Digits == 1 {
			out.exp += codes
			out.power[0] += spare
			continue
		}
		const best = 3 / math.Sqrt2 // L/2^w + 2^w at the best whole w, over √L
		out.root += float64(best * math.Sqrt(codes))
		out.power[0] += float64(best*math.Sqrt(spare)) + 1
	}
	if shape.Materialise {
		out.power[0] += float64(q.extra)
		out.power[1]++
	}
	return out
}

// branches are the numbers of change points on each monotone branch of q's function, in
// units of the codes of one sign.
func (q *quantity) branches() []float64 {
	trough := 0.0
	switch q.fn.Kind {
	case gadget.Identity:
		return []float64{2}
	case gadget.SiLU:
		trough = 0.2785
	case gadget.GELU:
		trough = 0.1700
	default:
		return []float64{1}
	}
	trough = min(1, trough/q.largest)
	return []float64{trough, 1 + trough}
}

// productLaw bounds the gates of a product.
func productLaw(fs []operand) polynomial {
	unit := polynomial{power: [4]float64{1}}
	if len(fs) == 2 && fs[0] == fs[1] && fs[0].s.op != tokenOp {
		b := fs[0].s.q.extra
		return unit.over(b).over(b - 1).times(0.5)
	}
	least := make([]int64, len(fs))
	for i, o := range fs {
		_, least[i] = operandBits(o)
		if o.s.op == tokenOp {
			least[i] = o.s.q.lo // of other rows too
		}
	}
	var out polynomial
	for set := range lower.Subsets(least) {
		term := unit
		for i, o := range fs {
			if set>>i&1 == 1 {
				term = term.over(o.s.q.extra)
			}
		}
		out.add(term)
	}
	return out
}
