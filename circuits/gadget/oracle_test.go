package gadget

import (
	"math"
	"math/big"
)

// The oracle evaluates the functions in big.Float by series that the package does
// not use: exp by halving its argument 24 times, erf by its alternating Maclaurin
// series, π by the arithmetic-geometric mean.
const oracleBits = 900

// oracleReach is the largest |x| at which oracleBits leave hundreds of bits after every
// cancellation.
func oracleReach(k Kind) float64 {
	switch k {
	case Identity, RSqrt:
		return math.Inf(1) // exact
	case GELU:
		return 20
	}
	return 64
}

func real900(v float64) *big.Float { return new(big.Float).SetPrec(oracleBits).SetFloat64(v) }

func rational900(v *big.Rat) *big.Float { return new(big.Float).SetPrec(oracleBits).SetRat(v) }

// scaledRat is m·2^exp/den.
func scaledRat(m int64, exp int, den int64) *big.Rat {
	r := new(big.Rat).SetFrac64(m, den)
	p := new(big.Int).Lsh(big.NewInt(1), uint(max(exp, -exp)))
	if exp < 0 {
		return r.Quo(r, new(big.Rat).SetInt(p))
	}
	return r.Mul(r, new(big.Rat).SetInt(p))
}

func oracleExp(x *big.Float) *big.Float {
	const halvings = 24
	small := new(big.Float).Copy(x)
	small.SetMantExp(small, -halvings)
	sum, term := real900(1), real900(1)
	for n := 1.0; ; n++ {
		term.Mul(term, small).Quo(term, real900(n))
		if term.Sign() == 0 || term.MantExp(nil) < -oracleBits {
			break
		}
		sum.Add(sum, term)
	}
	for range halvings {
		sum.Mul(sum, sum)
	}
	return sum
}

var oraclePi = func() *big.Float { // Gauss-Legendre
	a, b, t, p := real900(1), real900(0.5), real900(0.25), 1.0
	b.Sqrt(b)
	for range 10 {
		next := new(big.Float).Add(a, b)
		next.Quo(next, real900(2))
		b.Mul(a, b).Sqrt(b)
		d := new(big.Float).Sub(a, next)
		t.Sub(t, d.Mul(d, d).Mul(d, real900(p)))
		a, p = next, 2*p
	}
	s := new(big.Float).Add(a, b)
	return s.Mul(s, s).Quo(s, t.Mul(t, real900(4)))
}()

// oracleNormal is Φ(x) = 1/2 + Σ (-1)^n x^(2n+1) / (2^n n! (2n+1)) / √(2π).
func oracleNormal(x *big.Float) *big.Float {
	x2 := new(big.Float).Mul(x, x)
	x2.Quo(x2, real900(-2))
	power, sum := new(big.Float).Copy(x), new(big.Float).Copy(x)
	for n := 1.0; ; n++ {
		power.Mul(power, x2).Quo(power, real900(n))
		if power.Sign() == 0 || power.MantExp(nil) < -oracleBits {
			break
		}
		sum.Add(sum, new(big.Float).Quo(power, real900(2*n+1)))
	}
	root := new(big.Float).Mul(oraclePi, real900(2))
	sum.Quo(sum, root.Sqrt(root))
	return sum.Add(sum, real900(0.5))
}

// oracleReaches compares Kind(x) with the border of each code, that is whether
// the unclamped code at F is at least c.
func oracleReaches(f Function, at int64) func(c int64) bool {
	x := scaledRat(at, f.InExp, f.InDen)
	border := func(c int64) *big.Rat { return scaledRat(2*c-1, f.OutExp-1, 1) }
	switch {
	case f.Kind == Identity || f.Kind == Softplus && x.Cmp(big.NewRat(20, 1)) > 0:
		return func(c int64) bool { return x.Cmp(border(c)) >= 0 }
	case f.Kind == RSqrt:
		x.Add(x, new(big.Rat).SetFloat64(f.Eps))
		return func(c int64) bool {
			y := border(c)
			if x.Sign() <= 0 || y.Sign() < 0 {
				return true
			}
			y.Mul(y, y)
			return y.Mul(y, x).Cmp(big.NewRat(1, 1)) <= 0
		}
	}
	v := rational900(x)
	switch f.Kind {
	case Softplus: // 1 + exp(x) >= exp(y)
		v = oracleExp(v)
		v.Add(v, real900(1))
		return func(c int64) bool { return v.Cmp(oracleExp(rational900(border(c)))) >= 0 }
	case Decay:
		v = oracleExp(v.Neg(v))
	case Sigmoid, SiLU:
		e := oracleExp(new(big.Float).Neg(v))
		e.Quo(real900(1), e.Add(e, real900(1)))
		if f.Kind == SiLU {
			e.Mul(e, v)
		}
		v = e
	case GELU:
		v.Mul(v, oracleNormal(v))
	}
	return func(c int64) bool { return v.Cmp(rational900(border(c))) >= 0 }
}

// requireCode fails unless code is the oracle's at F.
func requireCode(t failer, f Function, at, code int64) {
	t.Helper()
	reaches := oracleReaches(f, at)
	switch {
	case code < f.Lo || code > f.Hi:
		t.Fatalf("%+v at F=%d: code %d out of range", f, at, code)
	case code > f.Lo && !reaches(code):
		t.Fatalf("%+v at F=%d: code %d is too high", f, at, code)
	case code < f.Hi && reaches(code+1):
		t.Fatalf("%+v at F=%d: code %d is too low", f, at, code)
	}
}
