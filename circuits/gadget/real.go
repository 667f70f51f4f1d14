package gadget

import (
	"math"
	"math/big"
	"sync"
)

// fixed is a precision p: numbers are integers in units of u = 2^-p.
type fixed uint

// Precisions at which a comparison is tried, from the least to the largest.
const (
	leastBits fixed = 256
	mostBits  fixed = 4096
)

// enclosure is a fixed-point number with an error bound: the true value lies
// within err of mid, both in the units of one precision. The operations below
// keep that for every input; none of them changes an operand.
type enclosure struct{ mid, err *big.Int }

func units(n int64) *big.Int { return big.NewInt(n) }

// sign is the certain sign of the enclosed number, or 0 when zero lies within
// the error.
func (a enclosure) sign() int {
	if a.mid.CmpAbs(a.err) <= 0 {
		return 0
	}
	return a.mid.Sign()
}

// size is an upper bound of the absolute value.
func (a enclosure) size() *big.Int {
	s := new(big.Int).Abs(a.mid)
	return s.Add(s, a.err)
}

func (a enclosure) neg() enclosure { return enclosure{new(big.Int).Neg(a.mid), a.err} }

func (a enclosure) plus(b enclosure) enclosure {
	return enclosure{new(big.Int).Add(a.mid, b.mid), new(big.Int).Add(a.err, b.err)}
}

func (a enclosure) minus(b enclosure) enclosure {
	return enclosure{new(big.Int).Sub(a.mid, b.mid), new(big.Int).Add(a.err, b.err)}
}

// over is a/n for n >= 1: rounding down costs less than 1 unit in each part.
func (a enclosure) over(n int64) enclosure {
	d := units(n)
	mid, err := new(big.Int).Div(a.mid, d), new(big.Int).Quo(a.err, d)
	return enclosure{mid, err.Add(err, units(2))}
}

// coarser drops bits bits: rounding down costs less than 1 unit in each part.
func (a enclosure) coarser(bits uint) enclosure {
	if bits == 0 {
		return a
	}
	mid, err := new(big.Int).Rsh(a.mid, bits), new(big.Int).Rsh(a.err, bits)
	return enclosure{mid, err.Add(err, units(2))}
}

// one is 1.
func (p fixed) one() enclosure {
	return enclosure{new(big.Int).Lsh(units(1), uint(p)), new(big.Int)}
}

// dyadic is m·2^exp/den for den >= 1, exact where the units allow, rounded down
// otherwise.
func (p fixed) dyadic(m int64, exp int, den int64) enclosure {
	v, rest := units(m), new(big.Int)
	shift := exp + int(p)
	d := units(den)
	if shift >= 0 {
		v.Lsh(v, uint(shift))
	} else {
		d.Lsh(d, uint(-shift))
	}
	v.DivMod(v, d, rest)
	return enclosure{v, units(int64(rest.Sign()))}
}

// times is a·b: |ab-a'b'| <= |a'|·err(b) + |b'|·err(a) + err(a)·err(b), and
// rounding down costs less than 1 unit in each part.
func (p fixed) times(a, b enclosure) enclosure {
	mid := new(big.Int).Mul(a.mid, b.mid)
	err := new(big.Int).Mul(a.size(), b.err)
	other := new(big.Int).Abs(b.mid)
	err.Add(err, other.Mul(other, a.err))
	err.Rsh(err, uint(p))
	return enclosure{mid.Rsh(mid, uint(p)), err.Add(err, units(2))}
}

// overOnePlus is a/(1+q) for q >= 0. With b = 1+q, b' its middle and a/b the
// truth, |a'/b' - a/b| <= (err(a) + |a'/b'|·err(b))/b and b >= 1; rounding down
// costs less than 1 unit in the quotient, and again in the error, where the
// quotient that it uses may be 1 short.
func (p fixed) overOnePlus(a, q enclosure) enclosure {
	mid := new(big.Int).Lsh(a.mid, uint(p))
	mid.Div(mid, new(big.Int).Add(q.mid, p.one().mid))
	err := new(big.Int).Abs(mid)
	err.Add(err, units(1))
	err.Mul(err, q.err).Rsh(err, uint(p))
	err.Add(err, a.err)
	return enclosure{mid, err.Add(err, units(2))}
}

// halvings is how often the argument of the exponential is halved before its
// Taylor series is summed; the result is squared as often.
const halvings = 8

// expNeg encloses exp(-x), for p >= 64.
//
// Let X = x.mid = kL + R units with L = ln2 rounded (below 1 unit off), 0 <= R < L.
//
//   - Halving R drops less than 1 unit: r < 2^-8, and exp(-r) moves by less than 1.
//   - Terms: t_i = ⌊⌊t_{i-1}r⌋/i⌋ is off by e_i <= (e_{i-1}r + 1)/i + 1 <= 2, as
//     e_1 = 0. The sum stops at the first t_N = 0: then the true term is at
//     most e_N, and the alternating rest less than that. Sum of N terms: 2N.
//   - Squaring: both factors are at most 1 + tiny, so E becomes at most
//     2E + E²u + 1 <= 2E + 2; eight times: 256(E+2). With E = 2N+1: (2N+3)·256.
//   - Scaling by 2^-k: exp(-kL) is 2^-k up to a factor within |k|u(1+tiny). For
//     k >= 0 that is below 1 unit of the result, and rounding down costs 1 in the
//     value and 1 in its bound; for k < 0 the value is at most 2^|k|(1+tiny).
//   - k > p+1: exp(-X) < 2^-(p+1), half a unit.
//   - The error of x: |exp(-x) - exp(-x')| <= exp(-x')(exp(e)-1) for |x-x'| <= e, and
//     exp(e)-1 <= e·exp(e) < e·4^⌈e⌉.
func (p fixed) expNeg(x enclosure) enclosure {
	k, r := new(big.Int), new(big.Int)
	k.DivMod(x.mid, constants.at(p).ln2, r)
	v := enclosure{new(big.Int), units(1)}
	if k.IsInt64() && k.Int64() <= int64(p)+1 {
		v = p.expReduced(r.Rsh(r, halvings)).shifted(k.Int64())
	}
	spread := v.size()
	spread.Mul(spread, x.err).Rsh(spread, uint(p))
	if x.err.Sign() != 0 {
		spread.Add(spread, units(1))
	}
	ceil := new(big.Int).Rsh(x.err, uint(p)).Uint64() + 1
	spread.Lsh(spread, uint(2*ceil))
	return enclosure{v.mid, v.err.Add(v.err, spread)}
}

// expReduced is exp(-r)^(2^halvings) for 0 <= r < 2^-8, with the error of expNeg's
// first three steps.
func (p fixed) expReduced(r *big.Int) enclosure {
	sum, term := p.one().mid, p.one().mid
	var divisor big.Int
	n := int64(1)
	for ; ; n++ {
		term.Mul(term, r).Rsh(term, uint(p))
		term.Quo(term, divisor.SetInt64(n))
		if term.Sign() == 0 {
			break
		}
		if n&1 == 1 {
			sum.Sub(sum, term)
		} else {
			sum.Add(sum, term)
		}
	}
	for range halvings {
		sum.Mul(sum, sum).Rsh(sum, uint(p))
	}
	return enclosure{sum, units((2*n + 3) << halvings)}
}

// shifted is the last step of expNeg: a·exp(-kL).
func (a enclosure) shifted(k int64) enclosure {
	if k >= 0 {
		err := new(big.Int).Rsh(a.err, uint(k))
		return enclosure{new(big.Int).Rsh(a.mid, uint(k)), err.Add(err, units(3))}
	}
	err := new(big.Int).Add(a.err, units(1-k))
	return enclosure{new(big.Int).Lsh(a.mid, uint(-k)), err.Lsh(err, uint(-k))}
}

// log1p encloses log(1+q) for q >= 0 with q.mid <= 1+2^-8, as 2·artanh(q/(2+q)).
// The quotient t is rounded down by less than 1 unit, where artanh' <= 8/7 as
// t² <= 1/8, and |log(1+q) - log(1+q')| <= |q-q'|.
func (p fixed) log1p(q enclosure) enclosure {
	two := new(big.Int).Lsh(units(1), uint(p)+1)
	t := new(big.Int).Lsh(q.mid, uint(p))
	t.Quo(t, two.Add(two, q.mid))
	v := p.arc(t, 1)
	err := new(big.Int).Add(v.err, units(2))
	err.Lsh(err, 1)
	return enclosure{v.mid.Lsh(v.mid, 1), err.Add(err, q.err)}
}

// arc is Σ sign^k t^(2k+1)/(2k+1) for 0 <= t, t² <= 1/8: artanh(t) for sign 1 and
// arctan(t) for -1.
//
// The powers w_k = ⌊w_{k-1}·⌊t²⌋⌋ are off by e_k <= e_{k-1}/8 + t + 1 <= 2, each
// term by e_k/(2k+1) + 1 <= 3. The sum stops at w_N = 0, where the true
// power is at most 2, and the rest at most 2·(1 + 1/8 + …) < 3. In all 3(N+1).
func (p fixed) arc(t *big.Int, sign int) enclosure {
	t2 := new(big.Int).Mul(t, t)
	t2.Rsh(t2, uint(p))
	power := new(big.Int).Set(t)
	sum, term, divisor := new(big.Int), new(big.Int), new(big.Int)
	k := int64(0)
	for ; power.Sign() != 0; k++ {
		term.Quo(power, divisor.SetInt64(2*k+1))
		if sign < 0 && k&1 == 1 {
			sum.Sub(sum, term)
		} else {
			sum.Add(sum, term)
		}
		power.Mul(power, t2).Rsh(power, uint(p))
	}
	return enclosure{sum, units(3 * (k + 1))}
}

// normal encloses Φ(x) = 1/2 + sign(x)·h(|x|). Its slope is below 1/2.
func (p fixed) normal(x enclosure) enclosure {
	h := p.normalHalf(new(big.Int).Abs(x.mid))
	mid := new(big.Int).Rsh(p.one().mid, 1)
	if x.mid.Sign() < 0 {
		mid.Sub(mid, h.mid)
	} else {
		mid.Add(mid, h.mid)
	}
	return enclosure{mid, new(big.Int).Add(h.err, x.err)}
}

// normalHalf encloses Φ(x) - 1/2 for x >= 0 in units of p, by
//
//	Φ(x) - 1/2 = exp(-x²/2)/√(2π) · S,  S = Σ T_n,  T_n = x^(2n+1)/(2n+1)!!
//
// (DLMF 7.6.2), with g further bits. S is at most 1.26·exp(x²/2), and
// Σ x^(2m)/(2m+1)!! <= exp(x²/2). In units of 2^-(p+g):
//
//   - x² is rounded down, by a factor 1-ε with ε < u/x². T_n gets n such factors
//     and n·T_n <= x²/2·T_{n-1}: S loses less than S/2 units.
//   - Each step of the recurrence drops less than 4/3, which later steps multiply
//     by at most Σ x^(2m)/(2m+1)!!: N terms lose less than 4/3·N·exp(x²/2).
//   - The sum stops at a term that is 0 with 2N+1 >= 2x², so that the true one is at
//     most 4/3·N·exp(x²/2) and the rest a geometric series of ratio 1/2. (Where
//     Nε is not small, x² < 2^-(p+g)/2 and T_2 and the rest are below 1 unit.)
//   - In all (8/3·N + 1)·exp(x²/2), and exp(x²/2) <= 2^(3/4·x²).
//
// The g bits cover the factor exp(x²/2) by which S multiplies the error of the
// exponential. Beyond x² = 2p, 1-Φ(x) < exp(-x²/2)/2 is below half a unit.
func (p fixed) normalHalf(x *big.Int) enclosure {
	x2 := new(big.Int).Mul(x, x)
	square := new(big.Int).Rsh(x2, 2*uint(p)) // ⌊x²⌋
	if square.Cmp(units(2*int64(p))) > 0 {
		return enclosure{new(big.Int).Lsh(units(1), uint(p)-1), units(1)}
	}
	growth := uint(3*square.Int64()/4) + 2 // exp(x²/2) <= 2^growth
	g := (growth + 16 + 63) / 64 * 64
	wide := p + fixed(g)
	if g >= uint(p) {
		x2.Lsh(x2, g-uint(p))
	} else {
		x2.Rsh(x2, uint(p)-g)
	}
	s := wide.normalSeries(new(big.Int).Lsh(x, g), x2, 2*square.Int64()+2, growth)
	half := enclosure{new(big.Int).Rsh(x2, 1), units(1)} // 1/2 for x2, 1/2 for the halving
	density := wide.times(wide.expNeg(half), enclosure{constants.at(wide).invSqrt2Pi, units(1)})
	return wide.times(s, density).coarser(g)
}

// normalSeries is S of normalHalf from x and x², with at least the given number
// of terms.
func (p fixed) normalSeries(x, x2 *big.Int, least int64, growth uint) enclosure {
	sum, term := new(big.Int).Set(x), new(big.Int).Set(x)
	var divisor big.Int
	n := int64(1)
	for ; term.Sign() != 0 || n < least; n++ {
		term.Mul(term, x2).Rsh(term, uint(p))
		term.Quo(term, divisor.SetInt64(2*n+1))
		sum.Add(sum, term)
	}
	err := units(3*n + 2)
	return enclosure{sum, err.Lsh(err, growth)}
}

// realConstants are the constants that the enclosures use, in units of 2^-p, each
// less than one unit off.
type realConstants struct{ ln2, invSqrt2Pi *big.Int }

// constantCache computes each precision's constants once.
type constantCache struct {
	mu sync.Mutex
	by map[fixed]realConstants
}

var constants = constantCache{by: map[fixed]realConstants{}}

func (c *constantCache) at(p fixed) realConstants {
	c.mu.Lock()
	defer c.mu.Unlock()
	v, ok := c.by[p]
	if !ok {
		v = p.newConstants()
		c.by[p] = v
	}
	return v
}

// newConstants works with 64 more bits. There ln2 = log1p(1) errs by at most 6
// units for each of its N <= p/3 terms, and by 10, and
//
//	π = 16·arctan(1/5) - 4·arctan(1/239)   (Machin)
//
// by at most 60 units for each of its N <= p/4 terms, and by 100: below 2^18 for
// p < 2^14. 1/√(2π) errs by less than that, as its derivative in 2π is
// below 1/30 in absolute value, and by 2 for the rounded quotient and root. So the
// results are right to 2^-40 units of p, and rounding to p bits adds half a unit.
func (p fixed) newConstants() realConstants {
	const guard = 64
	wide := p + guard
	ln2 := wide.log1p(wide.one()).mid
	pi := wide.arctanOver(5)
	pi.Lsh(pi, 4)
	pi.Sub(pi, new(big.Int).Lsh(wide.arctanOver(239), 2))
	// 1/√(2π) = √(2^(3p)/(2π·2^p))/2^p
	inv := new(big.Int).Lsh(units(1), 3*uint(wide))
	inv.Quo(inv, pi.Lsh(pi, 1))
	inv.Sqrt(inv)
	round := func(v *big.Int) *big.Int { return v.Rsh(v.Add(v, shift(units(1), guard-1)), guard) }
	return realConstants{round(ln2), round(inv)}
}

// arctanOver is arctan(1/q) for q >= 5; rounding 1/q down costs at most 1 unit
// beside the error of arc.
func (p fixed) arctanOver(q int64) *big.Int {
	t := p.one().mid
	return p.arc(t.Quo(t, units(q)), -1).mid
}

// RoundExp is exp(x)·2^shift rounded to the nearest integer, decided exactly. It fails
// when the result does not fit in an int64, when x is not finite, or when |shift|
// exceeds 1024.
func RoundExp(x float64, shift int) (int64, bool) {
	if math.IsNaN(x) || math.IsInf(x, 0) || x > 2*expLimit || shift > expLimit || shift < -expLimit {
		return 0, false // exp(2·1024)·2^-1024 is far above 2^63
	}
	m, exp := float64Parts(x)
	for p := leastBits; p <= mostBits; p *= 2 {
		v := p.one()
		if x != 0 { // where exp is transcendental, so that no half can be hit
			v = p.expNeg(p.dyadic(-m, exp, 1))
		}
		low := roundShift(new(big.Int).Sub(v.mid, v.err), shift-int(p))
		high := roundShift(new(big.Int).Add(v.mid, v.err), shift-int(p))
		switch {
		case low.Cmp(high) == 0:
			return low.Int64(), low.IsInt64()
		case low.Sign() > 0 && low.BitLen() > 63:
			return 0, false
		}
	}
	return 0, false
}

// roundShift is v·2^exp rounded to an integer, a half upwards.
func roundShift(v *big.Int, exp int) *big.Int {
	if exp < 0 {
		v.Add(v, shift(units(1), -exp-1))
	}
	return shift(v, exp)
}

// float64Parts is a finite v = m·2^exp with |m| < 2^53.
func float64Parts(v float64) (m int64, exp int) {
	fraction, exp := math.Frexp(v)
	return int64(math.Ldexp(fraction, 53)), exp - 53
}
