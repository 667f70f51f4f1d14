package compile

import (
	"fmt"
	"math"

	"tc0/circuits/gadget"
)

// headroom widens calibrated ranges, so that words a little outside the
// calibration's saturate rarely.
const headroom = 1.0 / 16

// guardBits is how far below half an output step the worst error of rounded
// coefficients lies: 2^-guardBits of a step for a whole form.
const guardBits = 2

// formBits bounds the ranges of forms; a coarser scale is taken rather than
// exceed it, and the report says so.
const formBits = 60

// scale is the number format of one tensor: value = code·2^exp, lo <= code <= hi.
type scale struct {
	exp    int
	lo, hi int64
}

// max is the largest |code|.
func (s scale) max() int64 { return max(s.hi, -s.lo) }

// signedScale covers ±largest with bits bits, sign included.
func signedScale(largest float64, bits int) scale {
	e, m := scaleFor(largest, bits-1)
	return scale{e, -m, m}
}

// unsignedScale covers 0..largest with bits bits.
func unsignedScale(largest float64, bits int) scale {
	e, m := scaleFor(largest, bits)
	return scale{e, 0, m}
}

// scaleFor is the finest power of two at which largest, widened by the headroom,
// has a code of at most 2^bits-1, and that code rounded up.
func scaleFor(largest float64, bits int) (exp int, code int64) {
	limit := int64(1)<<bits - 1
	wide := largest * (1 + headroom)
	if !(wide > 0) {
		return -bits, 1
	}
	_, exp = math.Frexp(wide / float64(limit))
	for math.Ceil(math.Ldexp(wide, -(exp-1))) <= float64(limit) {
		exp--
	}
	return exp, max(1, int64(math.Ceil(math.Ldexp(wide, -exp))))
}

// source is one operand of a form: integers of known scale and size.
type source struct {
	exp int
	max int64 // bound of |integer|
}

// linear is a matrix of real weights rounded to integer coefficients of common
// scale: row r of the form is Constant[r] + Σ Coef[r][i]·operand_i, with value
// that integer times 2^Exp.
type linear struct {
	rows, cols int
	exp        int
	coef       []int64 // rows x cols
	constant   []int64
	max        int64 // bound of |form| over all rows
	vanished   int   // non-zero weights whose coefficient is 0
	coarse     bool  // the scale was limited by formBits
}

func (l *linear) row(r int) []int64 { return l.coef[r*l.cols : (r+1)*l.cols] }

// roundLinear rounds weights (rows x cols, operand i from sources[i]) and biases
// (nil for none) against coefficient times value range: the scale is the
// coarsest power of two at which the errors of all coefficients together stay
// below 2^-guardBits of half an output step of 2^outExp.
func roundLinear(weights []float64, bias []float64, sources []source, outExp int) *linear {
	cols := len(sources)
	l := &linear{rows: len(weights) / cols, cols: cols}
	reach := 1.0
	for _, s := range sources {
		reach += float64(s.max)
	}
	_, log := math.Frexp(reach)
	l.exp = outExp - guardBits - log
	for {
		largest, ok := l.round(weights, bias, sources)
		if ok {
			l.max = largest
			return l
		}
		l.exp++
		l.coarse = true
	}
}

// round rounds at the current scale; it fails when a form may exceed formBits.
func (l *linear) round(weights, bias []float64, sources []source) (largest int64, ok bool) {
	l.coef, l.constant, l.vanished = make([]int64, len(weights)), make([]int64, l.rows), 0
	const limit = float64(int64(1) << formBits)
	for r := range l.rows {
		reach := 0.0
		for i, s := range sources {
			w := weights[r*l.cols+i]
			k := math.RoundToEven(math.Ldexp(w, s.exp-l.exp))
			reach += math.Abs(k) * float64(s.max)
			if !(reach < limit) {
				return 0, false
			}
			l.coef[r*l.cols+i] = int64(k)
			if k == 0 && w != 0 {
				l.vanished++
			}
		}
		if bias != nil {
			c := math.RoundToEven(math.Ldexp(bias[r], -l.exp))
			reach += math.Abs(c)
			if !(reach < limit) {
				return 0, false
			}
			l.constant[r] = int64(c)
		}
		largest = max(largest, int64(reach)+1)
	}
	return largest, true
}

// quantity is a tensor as the compiler sees it: its scale and the function that
// rounds into it.
type quantity struct {
	scale
	fn    gadget.Function
	steps gadget.Steps
	index stepIndex
}

func (q *quantity) source() source { return source{q.exp, q.max()} }

// product is the source of products of quantities.
func product(ss ...source) source {
	p := source{0, 1}
	for _, s := range ss {
		p.exp += s.exp
		p.max *= s.max
	}
	return p
}

// tables makes quantities and computes each distinct function's steps once.
type tables struct {
	known map[gadget.Function]*quantity
}

func newTables() *tables { return &tables{known: map[gadget.Function]*quantity{}} }

// quantity is the tensor of scale s that kind rounds into from forms of scale
// 2^inExp/inDen.
func (t *tables) quantity(kind gadget.Kind, inExp int, inDen int64, s scale, eps float64) (*quantity, error) {
	fn := gadget.Function{Kind: kind, InExp: inExp, InDen: inDen, OutExp: s.exp, Lo: s.lo, Hi: s.hi, Eps: eps}
	if q, ok := t.known[fn]; ok {
		return q, nil
	}
	steps, err := fn.Steps()
	if err != nil {
		return nil, fmt.Errorf("%v of 2^%d/%d: %w", kind, inExp, inDen, err)
	}
	q := &quantity{scale: s, fn: fn, steps: steps, index: newStepIndex(steps)}
	for _, v := range steps.Values {
		q.lo, q.hi = min(q.lo, v), max(q.hi, v)
	}
	t.known[fn] = q
	return q, nil
}
