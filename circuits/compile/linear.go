package compile

import "math"

// guardBits is how far below half an output step the worst error of rounded
// coefficients lies: 2^-guardBits of a step for a whole form.
const guardBits = 2

// formBits bounds the ranges of forms, as they are proved over free conjunctions;
// a coarser scale is taken rather than exceed it, and the report says so.
const formBits = 61

// source is one operand of a form: integers of known scale and size.
type source struct {
	exp int
	max int64 // bound of |integer|
	// wide bounds |integer| when every gate behind it is taken as free, which is how
	// ranges of threshold circuits are proved.
	wide float64

	fine law // of 2^-exp
	size law // of wide
}

// centred is the source of n·x_i - Σ x.
func (s source) centred(n int64) source {
	s.size = s.size.scaled(float64(2 * n))
	return s
}

// one is the constant 1 as an operand.
var one = source{max: 1, wide: 1}

// repeat is n operands alike.
func repeat(s source, n int) []source {
	out := make([]source, n)
	for i := range out {
		out[i] = s
	}
	return out
}

// linear is a matrix of real weights rounded to integer coefficients of common
// scale: row r of the form is constant[r] + Σ coef[r][i]·operand_i, with value
// that integer times 2^exp.
type linear struct {
	rows, cols int
	exp        int
	coef       []int64 // rows x cols
	constant   []int64
	max        int64   // bound of |form| over all rows
	wide       float64 // the same with free gates
	fine, size law     // of 2^-exp and wide
	vanished   int     // non-zero weights whose coefficient is 0
	coarse     bool    // the scale was limited by formBits
}

func (l *linear) row(r int) []int64 { return l.coef[r*l.cols : (r+1)*l.cols] }

func (l *linear) source() source { return source{l.exp, l.max, l.wide, l.fine, l.size} }

// roundLinear rounds weights (rows x cols, operand i from sources[i]) and biases
// (nil for none) against coefficient times value range, for an output of scale
// 2^outExp: the form's scale is the coarsest power of two at which the errors of a
// row's coefficients, each times the largest operand, stay below 2^-guardBits of
// half an output step together. Weights that are powers of two have no error at a
// coarse scale.
func roundLinear(weights, bias []float64, sources []source, outExp int, outFine law) *linear {
	l := newLinear(weights, sources)
	reach := 1.0
	for _, s := range sources {
		reach += float64(s.max)
	}
	_, log := math.Frexp(reach)
	budget := math.Ldexp(1, outExp-1-guardBits)
	l.exp = outExp - guardBits - log // certainly fine enough
	for l.exp < outExp && l.errorAt(weights, bias, sources, l.exp+1) <= budget {
		l.exp++
	}
	for !l.round(weights, bias, sources) {
		l.exp++
		l.coarse = true
	}
	l.fine = outFine.times(reachLaw(sources)).scaled(1 << (guardBits + 1))
	l.measure(weights, bias, sources)
	return l
}

func newLinear(weights []float64, sources []source) *linear {
	return &linear{rows: len(weights) / len(sources), cols: len(sources)}
}

// reachLaw bounds the sum of the operands' sizes, and 1.
func reachLaw(sources []source) law {
	var most law
	for _, s := range sources {
		most = most.or(s.size)
	}
	return most.scaled(float64(len(sources) + 1))
}

// measure bounds the size of the forms for every precision. An operand's size in
// real units, wide·2^exp, changes by less than 2^3 with the precision, since codes of
// a range fill between half and all of their bits.
func (l *linear) measure(weights, bias []float64, sources []source) {
	real := 0.0
	for r := range l.rows {
		sum := 0.0
		if bias != nil {
			sum = math.Abs(bias[r])
		}
		for i, s := range sources {
			sum += float64(math.Abs(weights[r*l.cols+i]) * math.Ldexp(s.wide, s.exp+3))
		}
		real = max(real, sum)
	}
	l.size = sumLaw(law{l.fine.slope, l.fine.offset + math.Log2(max(real, 1e-300))}, reachLaw(sources))
}

// errorAt bounds the error of every row at a scale, in real units.
func (l *linear) errorAt(weights, bias []float64, sources []source, exp int) (worst float64) {
	for r := range l.rows {
		sum := 0.0
		if bias != nil {
			sum = roundingError(bias[r], exp)
		}
		for i, s := range sources {
			sum += float64(roundingError(weights[r*l.cols+i], exp-s.exp) * math.Ldexp(float64(s.max), s.exp))
		}
		worst = max(worst, sum)
	}
	return worst
}

// roundingError is the distance of w from the nearest multiple of 2^exp.
func roundingError(w float64, exp int) float64 {
	x := math.Ldexp(w, -exp)
	return math.Ldexp(math.Abs(x-math.RoundToEven(x)), exp)
}

// round rounds at the current scale; it fails when a form may exceed formBits.
func (l *linear) round(weights, bias []float64, sources []source) (ok bool) {
	l.coef, l.constant, l.vanished = make([]int64, len(weights)), make([]int64, l.rows), 0
	l.max, l.wide = 0, 0
	const limit = float64(int64(1) << formBits)
	for r := range l.rows {
		reach, wide := 0.0, 0.0
		if bias != nil {
			c := math.RoundToEven(math.Ldexp(bias[r], -l.exp))
			if !(math.Abs(c) < limit) {
				return false
			}
			reach, wide = math.Abs(c), math.Abs(c)
			l.constant[r] = int64(c)
		}
		for i, s := range sources {
			w := weights[r*l.cols+i]
			k := math.RoundToEven(math.Ldexp(w, s.exp-l.exp))
			reach += float64(math.Abs(k) * float64(s.max))
			wide += float64(math.Abs(k) * s.wide)
			if !(wide < limit) {
				return false
			}
			l.coef[r*l.cols+i] = int64(k)
			if k == 0 && w != 0 {
				l.vanished++
			}
		}
		l.max, l.wide = max(l.max, int64(reach)+1), max(l.wide, wide)
	}
	return true
}
