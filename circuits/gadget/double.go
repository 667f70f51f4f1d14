package gadget

import "math"

// double is an unevaluated sum of two float64, about 106 bits. Its operations
// use math.FMA, which rounds the same on every platform.
type double struct{ hi, lo float64 }

// quickSum is a+b for |a| >= |b|.
func quickSum(a, b float64) double {
	s := float64(a + b)
	return double{s, float64(b - float64(s-a))}
}

// twoSum is a+b exactly.
func twoSum(a, b float64) double {
	s := float64(a + b)
	v := float64(s - a)
	return double{s, float64(float64(a-float64(s-v)) + float64(b-v))}
}

func (a double) plus(b double) double {
	s, t := twoSum(a.hi, b.hi), twoSum(a.lo, b.lo)
	s = quickSum(s.hi, float64(s.lo+t.hi))
	return quickSum(s.hi, float64(s.lo+t.lo))
}

func (a double) minus(b double) double { return a.plus(double{-b.hi, -b.lo}) }

func (a double) times(b double) double {
	p := float64(a.hi * b.hi)
	e := math.FMA(a.hi, b.hi, -p)
	e = float64(e + float64(float64(a.hi*b.lo)+float64(a.lo*b.hi)))
	return quickSum(p, e)
}

// scaled is a·2^exp, exact short of underflow.
func (a double) scaled(exp int) double {
	return double{math.Ldexp(a.hi, exp), math.Ldexp(a.lo, exp)}
}

// doubleOf is an integer below 2^62 in absolute value, exactly.
func doubleOf(v int64) double {
	hi := float64(v)
	return double{hi, float64(v - int64(hi))}
}

// ln2 to 106 bits, and the reciprocals 1/n of the exponential's series.
var (
	doubleLn2  = double{0x1.62e42fefa39efp-1, 0x1.abc9e3b39803fp-56}
	reciprocal = func() (r [16]double) {
		for n := 1; n < len(r); n++ {
			hi := 1 / float64(n)
			r[n] = double{hi, math.FMA(-hi, float64(n), 1) / float64(n)}
		}
		return r
	}()
)

// expHalvings is how often exp halves its reduced argument: with |r| <= ln2/2/2^5
// and 14 terms the series is cut off below 2^-110.
const expHalvings = 5

// exp is e^x for -700 <= x <= 0. Its relative error is below 2^-86: the reduction
// loses at most 700·2^-104, each of some 35 operations 2^-102, and the squarings
// double errors five times.
func (x double) exp() double {
	k := math.Round(x.hi / math.Ln2)
	r := x.minus(doubleLn2.times(double{hi: k})).scaled(-expHalvings)
	s := double{hi: 1}
	for n := 14; n >= 1; n-- {
		s = double{hi: 1}.plus(r.times(reciprocal[n]).times(s))
	}
	for range expHalvings {
		s = s.times(s)
	}
	return s.scaled(int(k))
}

// doubleMargin is the part of the largest summand that a difference must exceed
// to be decided in double arithmetic, 2^6 times the error bound.
const doubleMargin = 0x1p-80

// quickSign is the sign of Kind(x) - y where double arithmetic decides it; ok is
// false where it does not. It follows [Function.difference] term by term.
func (f Function) quickSign(at, c int64) (sign int, ok bool) {
	if f.InDen != 1 && f.Kind != RSqrt || at == math.MinInt64 || at >= formLimit || at <= -formLimit || c >= 1<<50 || c <= -(1<<50) {
		return 0, false
	}
	x := doubleOf(at).scaled(f.InExp)
	y := double{hi: math.Ldexp(float64(2*c-1), f.OutExp-1)}
	mag := x
	if at < 0 {
		mag = double{-x.hi, -x.lo}
	}
	one := double{hi: 1}
	if f.Kind == RSqrt { // 1 against y²(x+eps), times the denominator
		sum := x.plus(double{hi: f.Eps}.times(doubleOf(f.InDen)))
		if sum.hi <= 0 || y.hi <= 0 {
			return 0, false
		}
		return compare(doubleOf(f.InDen), y.times(y).times(sum), 0)
	}
	if mag.hi > 600 {
		return 0, false
	}
	var left, right double
	switch f.Kind {
	case Decay:
		e := double{-mag.hi, -mag.lo}.exp()
		left, right = e, y
		if at < 0 {
			left, right = one, y.times(e)
		}
	case Sigmoid, SiLU:
		e := double{-mag.hi, -mag.lo}.exp()
		left = one
		if at < 0 {
			left = e
		}
		if f.Kind == SiLU {
			left = x.times(left)
		}
		right = y.plus(y.times(e))
	case Softplus:
		below := x.minus(y)
		if y.hi <= 0 || below.hi >= 0 {
			return 0, false
		}
		left, right = double{-y.hi, 0}.exp().plus(below.exp()), one
	default:
		return 0, false
	}
	return compare(left, right, y.hi)
}

// compare is the sign of left-right where it exceeds the margin of the largest
// of left, right and a further summand.
func compare(left, right double, other float64) (sign int, ok bool) {
	d := left.minus(right)
	bound := doubleMargin * math.Max(math.Abs(left.hi), math.Max(math.Abs(right.hi), math.Abs(other)))
	switch {
	case d.hi > bound:
		return 1, true
	case d.hi < -bound:
		return -1, true
	}
	return 0, false
}
