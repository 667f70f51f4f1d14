package gadget

import (
	"math"
	"math/big"
	"sync"
)

// enclosure is a fixed-point number with an error bound: the true value lies
// within err of mid, both in units of 2^-prec.
type enclosure struct {
	mid *big.Int
	err *big.Int
}

// sign is the certain sign of the enclosed number, or 0 when zero lies within
// the error.
func (e enclosure) sign() int {
	if e.mid.CmpAbs(e.err) <= 0 {
		return 0
	}
	return e.mid.Sign()
}

// halvings is how often the argument of the exponential is halved before its
// Taylor series is summed; the result is squared as often.
const halvings = 8

// dyadic is the fixed-point form of m·2^exp, exact whenever exp >= -prec.
func dyadic(m int64, exp int, prec uint) *big.Int {
	v := big.NewInt(m)
	shift := exp + int(prec)
	if shift >= 0 {
		return v.Lsh(v, uint(shift))
	}
	return v.Rsh(v, uint(-shift))
}

// expNeg encloses exp(-x) for x >= 0 given in units of 2^-prec.
//
// Error: the reduced argument is off by at most 2 units, each of the at most
// prec/8 Taylor terms by 1, and each of the 8 squarings doubles the error and
// adds 1 (all values are at most 1); 2^18 units cover this up to prec = 4096.
func expNeg(x *big.Int, prec uint) enclosure {
	ln2 := constants.get(prec).ln2
	k, r := new(big.Int), new(big.Int)
	k.QuoRem(x, ln2, r)
	if !k.IsInt64() || k.Int64() > int64(prec)+64 {
		return enclosure{new(big.Int), big.NewInt(1)}
	}
	r.Rsh(r, halvings)
	sum := new(big.Int).Lsh(big.NewInt(1), prec)
	term := new(big.Int).Set(sum)
	var divisor big.Int
	for i := int64(1); ; i++ {
		term.Mul(term, r)
		term.Rsh(term, prec)
		term.Quo(term, divisor.SetInt64(i))
		if term.Sign() == 0 {
			break
		}
		if i&1 == 1 {
			sum.Sub(sum, term)
		} else {
			sum.Add(sum, term)
		}
	}
	for range halvings {
		sum.Mul(sum, sum)
		sum.Rsh(sum, prec)
	}
	// k·ln2 is off by k units of the constant's own error, which expNeg's bound
	// covers because k <= prec+64 and the shift by k divides it again.
	sum.Rsh(sum, uint(k.Int64()))
	return enclosure{sum, big.NewInt(1 << 18)}
}

// erfSeriesLimit bounds |x| for the series of [normalCDF]; beyond it the lower
// tail is less than 2^-104, since Φ(-x) < exp(-x²/2)/2 for x > 0.
const erfSeriesLimit = 12

// normalCDF encloses Φ(|x|) - 1/2 for |x| in units of 2^-prec, by
// erf(z) = 2/√π · exp(-z²) · Σ 2ⁿ z^(2n+1)/(2n+1)!! (DLMF 7.6.2) with z = |x|/√2.
func normalHalf(x *big.Int, prec uint) enclosure {
	limit := new(big.Int).Lsh(big.NewInt(erfSeriesLimit), prec)
	if x.Cmp(limit) > 0 {
		half := new(big.Int).Lsh(big.NewInt(1), prec-1)
		return enclosure{half, new(big.Int).Lsh(big.NewInt(1), prec-104)}
	}
	x2 := new(big.Int).Mul(x, x)
	x2.Rsh(x2, prec)
	sum, term := new(big.Int).Set(x), new(big.Int).Set(x)
	var divisor big.Int
	terms := int64(1)
	for n := int64(1); ; n++ {
		term.Mul(term, x2)
		term.Rsh(term, prec)
		term.Quo(term, divisor.SetInt64(2*n+1))
		if term.Sign() == 0 {
			break
		}
		sum.Add(sum, term)
		terms++
	}
	half := new(big.Int).Rsh(x2, 1)
	e := expNeg(half, prec)
	v := sum.Mul(sum, e.mid)
	v.Rsh(v, prec)
	v.Mul(v, constants.get(prec).invSqrt2Pi)
	v.Rsh(v, prec)
	// The sum is at most 2^105 (|x| <= 12) and multiplies the error of exp; its
	// own error is at most terms·2^105 units damped by exp(-x²/2) times that
	// growth. One power-of-two bound covers every contribution.
	err := new(big.Int).Lsh(big.NewInt(terms+4), 128)
	return enclosure{v, err}
}

// realConstants are the constants that the enclosures use, in units of 2^-prec,
// each within one unit below the truth.
type realConstants struct {
	ln2        *big.Int
	invSqrt2Pi *big.Int
}

// constantCache computes each precision's constants once.
type constantCache struct {
	mu sync.Mutex
	by map[uint]realConstants
}

var constants = constantCache{by: map[uint]realConstants{}}

func (c *constantCache) get(prec uint) realConstants {
	c.mu.Lock()
	defer c.mu.Unlock()
	if v, ok := c.by[prec]; ok {
		return v
	}
	const guard = 64
	p := prec + guard
	// ln 2 = 2·artanh(1/3);  π = 16·arctan(1/5) - 4·arctan(1/239) (Machin).
	ln2 := arcSeries(3, p, 1)
	ln2.Lsh(ln2, 1)
	pi := arcSeries(5, p, -1)
	pi.Lsh(pi, 4)
	pi.Sub(pi, new(big.Int).Lsh(arcSeries(239, p, -1), 2))
	// 1/√(2π) = √(2^(3p) / 2π) / 2^p
	twoPi := pi.Lsh(pi, 1)
	inv := new(big.Int).Lsh(big.NewInt(1), 3*p)
	inv.Quo(inv, twoPi)
	inv.Sqrt(inv)
	v := realConstants{ln2: ln2.Rsh(ln2, guard), invSqrt2Pi: inv.Rsh(inv, guard)}
	c.by[prec] = v
	return v
}

// arcSeries is Σ sign^k / ((2k+1)·q^(2k+1)): artanh(1/q) for sign 1 and
// arctan(1/q) for sign -1, in units of 2^-prec.
func arcSeries(q int64, prec uint, sign int) *big.Int {
	power := new(big.Int).Lsh(big.NewInt(1), prec)
	power.Quo(power, big.NewInt(q))
	q2 := big.NewInt(q * q)
	sum, term := new(big.Int), new(big.Int)
	for k := int64(0); power.Sign() != 0; k++ {
		term.Quo(power, big.NewInt(2*k+1))
		if sign < 0 && k&1 == 1 {
			sum.Sub(sum, term)
		} else {
			sum.Add(sum, term)
		}
		power.Quo(power, q2)
	}
	return sum
}

// RoundExp is exp(x)·2^shift rounded to the nearest integer, decided exactly.
// x is any finite float64 whose result fits in an int64.
func RoundExp(x float64, shift int) (int64, bool) {
	guess := math.Round(math.Ldexp(math.Exp(x), shift))
	if !(guess >= 0 && guess < 1<<62) {
		return 0, false
	}
	for prec := uint(256); prec <= 4096; prec *= 2 {
		v, ok := roundExpAt(x, shift, prec)
		if ok {
			return v, true
		}
	}
	// exp of a non-zero algebraic number is transcendental, so only x = 0 can tie.
	return int64(guess), x == 0
}

// roundExpAt rounds at one precision; it fails when a half lies in the enclosure.
func roundExpAt(x float64, shift int, prec uint) (int64, bool) {
	// exp(x) = 2^j · exp(-(j·ln2 - x)) with j large enough for a negative argument.
	j := 0
	if x > 0 {
		j = int(x*1.4427) + 2
	}
	m, e := math.Frexp(x)
	arg := dyadic(int64(math.Ldexp(m, 53)), e-53, prec)
	shifted := new(big.Int).Mul(constants.get(prec).ln2, big.NewInt(int64(j)))
	shifted.Sub(shifted, arg)
	v := expNeg(shifted, prec)
	v.err.Add(v.err, big.NewInt(int64(j)))
	down := int(prec) - shift - j
	if down < 2 {
		return 0, false
	}
	low := roundShift(new(big.Int).Sub(v.mid, v.err), uint(down))
	high := roundShift(new(big.Int).Add(v.mid, v.err), uint(down))
	return low, low == high
}

// roundShift is v / 2^shift rounded half up.
func roundShift(v *big.Int, shift uint) int64 {
	v.Add(v, new(big.Int).Lsh(big.NewInt(1), shift-1))
	return v.Rsh(v, shift).Int64()
}
