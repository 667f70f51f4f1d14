package kernel

import (
	"math"
	"math/big"
	"sort"
)

// curve is a real function followed by rounding: for an integer F and x = F·2^exp/den,
//
//	code = clamp(⌊f(x)·2^-out + 1/2⌋, lo, hi)
//
// so code >= c, for lo < c <= hi, asks whether f(x) >= (2c-1)·2^(out-1). That question is
// decided in rational numbers or between bounds, never by a nearest float.
type curve struct {
	kind   string // identity, silu, gelu, softplus, sigmoid, exp, rsqrt: 1/√(x+eps)
	exp    int
	den    int64 // negative for a function of -x
	out    int
	lo, hi int64
	eps    float64

	from, to int64 // the F that the table is for
}

// farthest bounds |F| unless a function has bounds of its own.
const farthest = int64(1) << 61

// turns are where functions are not monotone, up to 1e-55: SiLU and GELU fall to a minimum, where
// f'(x) = 0, and then rise; softplus may fall where PyTorch goes on with x.
var turns = map[string]string{
	"silu":     "-1.2784645427610737951093587390229801554394774886197457655",
	"gelu":     "-0.7517915246935644574579049467795240396644711534234538484",
	"softplus": "20",
}

// around are the F on both sides of the turn, or the nearest ones, none if there is no turn.
func (f *curve) around() []int64 {
	text, ok := turns[f.kind]
	if !ok {
		return nil
	}
	floor := func(after string) int64 {
		x, _ := new(big.Rat).SetString(text)
		width, _ := new(big.Rat).SetString(after)
		x.Quo(x.Add(x, width), f.x(1))
		at := new(big.Int).Div(x.Num(), x.Denom())
		if !at.IsInt64() {
			return limit * int64(at.Sign())
		}
		return at.Int64()
	}
	F := floor("0")
	require(F == floor("1e-55"), "model.ac: a scale of 2^%d at which the turn of %s is not known", f.exp, f.kind)
	F = min(max(F, f.from), f.to-1)
	return []int64{F, F + 1}
}

// check compares a step's table with the curve: at each change point τ the codes of τ-1
// and τ, at both ends, and on both sides of a turn. Between two neighbouring change points the
// codes at both ends agree, so where f is monotone they are the same within.
func (f *curve) check(thresholds, values []int64) {
	for i, t := range thresholds {
		require(f.is(within(t)-1, values[i]) && f.is(t, values[i+1]),
			"model.ac: the change point %d of %s is not one", t, f.kind)
	}
	for _, F := range append(f.around(), f.from, f.to) {
		level := sort.Search(len(thresholds), func(i int) bool { return thresholds[i] > F })
		require(f.is(F, values[level]), "model.ac: the table of %s is not the function at %d", f.kind, F)
	}
}

// is tells whether the code at F is c.
func (f *curve) is(F, c int64) bool {
	return c >= f.lo && c <= f.hi && (c == f.lo || f.reaches(F, c)) && (c == f.hi || !f.reaches(F, c+1))
}

// at is the code at F.
func (f *curve) at(F int64) int64 {
	return f.lo + int64(sort.Search(int(f.hi-f.lo), func(i int) bool { return !f.reaches(F, f.lo+int64(i)+1) }))
}

// attained narrows the codes to those that the function takes: SiLU and GELU have a least
// one, and 1/√ is between its values at both ends.
func (f *curve) attained() {
	switch f.kind {
	case "silu", "gelu":
		sides := f.around()
		f.lo = max(f.lo, min(f.at(sides[0]), f.at(sides[1])))
	case "rsqrt":
		f.lo, f.hi = f.at(f.to), f.at(f.from)
	}
}

// power is 2^e.
func power(e int) *big.Rat {
	x := new(big.Rat).SetInt(new(big.Int).Lsh(big.NewInt(1), uint(max(e, -e))))
	if e < 0 {
		return x.Inv(x)
	}
	return x
}

// x is the argument at F.
func (f *curve) x(F int64) *big.Rat {
	x := power(f.exp)
	return x.Mul(x, big.NewRat(F, f.den))
}

// reaches decides f(x) >= (2c-1)·2^(out-1).
func (f *curve) reaches(F, c int64) bool {
	require(max(f.exp, -f.exp, f.out, -f.out) < 1024, "model.ac: a scale of 2^%d or 2^%d", f.exp, f.out)
	x, border := f.x(F), power(f.out-1)
	border.Mul(border, new(big.Rat).SetInt64(2*c-1))
	switch f.kind {
	case "identity":
		return x.Cmp(border) >= 0
	case "softplus":
		if x.Cmp(big.NewRat(20, 1)) > 0 || x.Cmp(border) >= 0 { // softplus(x) > x
			return x.Cmp(border) >= 0
		}
	case "silu", "gelu": // -1 < f(x), and f(x) < b for b > 0, b >= x
		if border.Cmp(big.NewRat(-1, 1)) <= 0 {
			return true
		}
		if border.Sign() > 0 && border.Cmp(x) >= 0 {
			return false
		}
	}
	if f.kind != "silu" && f.kind != "gelu" && border.Sign() <= 0 {
		return true // the others are positive
	}
	if f.kind == "rsqrt" { // 1/√z >= b > 0 if and only if z <= 0, where it counts as infinite, or b²·z <= 1
		z := x.Add(x, new(big.Rat).SetFloat64(f.eps))
		return z.Mul(z, border.Mul(border, border)).Cmp(big.NewRat(1, 1)) <= 0
	}
	for p := fixed(128); p <= 4096; p *= 2 {
		d := p.difference(f.kind, x, border)
		if d.CmpAbs(slack) >= 0 {
			return d.Sign() > 0
		}
	}
	refuse("model.ac: a change point of %s cannot be decided", f.kind)
	return false
}

// roundExp is exp(a)·2^shift to the nearest integer: a float's guess, or a neighbour of it.
func roundExp(a float64, shift int) int64 {
	mantissa, e := math.Frexp(a)
	f := &curve{kind: "exp", exp: e - 53, den: 1, out: -shift, hi: limit}
	guess := math.Round(math.Ldexp(math.Exp(a), shift))
	for c := guess - 1; c <= guess+1 && c < float64(limit); c++ {
		if f.is(int64(math.Ldexp(mantissa, 53)), int64(c)) {
			return int64(c)
		}
	}
	refuse("exp(%v)·2^%d cannot be rounded to 62 bits", a, shift)
	return 0
}

// fixed is a number of fraction bits; numbers are integers over 2^fixed. Every result
// below is the true one but for an error that its comment states, in units of 2^-fixed.
type fixed uint

// slack is above the error of every difference: 2^48, at most 2^12 times.
var slack = new(big.Int).Lsh(big.NewInt(1), 64)

// difference is a number of the sign of f(x) - border, but for an error below slack.
func (p fixed) difference(kind string, x, border *big.Rat) *big.Int {
	b, e := p.of(border), p.exp(p.of(new(big.Rat).Abs(x)))
	d := new(big.Int)
	switch kind {
	case "exp": // exp(x) >= b > 0 if and only if 1/b >= exp(-x)
		if x.Sign() <= 0 {
			return d.Sub(e, b)
		}
		return d.Sub(p.of(new(big.Rat).Inv(border)), e)
	case "softplus": // x < b: softplus(x) >= b if and only if exp(x-b) >= 1 - exp(-b)
		d.Add(p.exp(p.of(new(big.Rat).Sub(border, x))), p.exp(b))
		return d.Sub(d, p.one())
	case "gelu":
		return d.Sub(p.mul(p.of(x), p.normal(x)), b)
	case "sigmoid", "silu": // times 1 + exp(-|x|), in [1, 2]
		value := p.one()
		if x.Sign() < 0 {
			value = e
		}
		if kind == "silu" {
			value = p.mul(value, p.of(x))
		}
		return d.Sub(value, p.mul(new(big.Int).Add(p.one(), e), b))
	}
	refuse("a function %q is not known here", kind)
	return nil
}

func (p fixed) one() *big.Int { return new(big.Int).Lsh(big.NewInt(1), uint(p)) }

// of is a rational number; error 1.
func (p fixed) of(x *big.Rat) *big.Int {
	n := new(big.Int).Lsh(x.Num(), uint(p))
	return n.Quo(n, x.Denom())
}

// mul is a product; error 1, beside the factors' errors times the other factor.
func (p fixed) mul(a, b *big.Int) *big.Int {
	c := new(big.Int).Mul(a, b)
	return c.Rsh(c, uint(p))
}

// exp is exp(-x) for x >= 0; error below 2^44. With x = r·2^k, r < 2^-8, the series of exp(-r)
// has fewer than 2^10 terms, each with error 2; k <= 30 squarings of a number at most 1 double
// the error and add 1. An error of x counts once.
func (p fixed) exp(x *big.Int) *big.Int {
	if x.BitLen() > int(p)+13 { // x >= 2^12 and exp(-x) < 2^-5000
		return new(big.Int)
	}
	k := max(0, x.BitLen()-int(p)+8)
	r := new(big.Int).Rsh(x, uint(k))
	sum, term := p.one(), p.one()
	for i := int64(1); term.CmpAbs(big.NewInt(1)) > 0; i++ {
		term = p.mul(term, r)
		term.Quo(term, big.NewInt(-i))
		sum.Add(sum, term)
	}
	for range k {
		sum = p.mul(sum, sum)
	}
	return sum
}

// normal is Φ(x), the normal distribution function; error below 2^48:
//
//	Φ(z) = 1/2 + exp(-z²/2)/√(2π)·Σ_k z^(2k+1)/(1·3·5·…·(2k+1)), z >= 0
//
// The sum grows up to exp(z²/2), so it is computed with z² bits more, and its terms, all
// positive, are added until they are below a unit. For z² >= 2p the tail is below a unit.
func (p fixed) normal(x *big.Rat) *big.Int {
	z := new(big.Rat).Abs(x)
	square := new(big.Rat).Mul(z, z)
	phi := p.one()
	if square.Cmp(big.NewRat(int64(2*p), 1)) < 0 {
		bound, _ := square.Float64()
		w := p + fixed(bound) + 32
		step, term, sum := w.of(square), w.of(z), new(big.Int)
		for k := int64(3); term.Sign() > 0; k += 2 {
			sum.Add(sum, term)
			term = w.mul(term, step)
			term.Quo(term, big.NewInt(k))
		}
		root := new(big.Int).Lsh(w.pi(), uint(w)+1) // 2π·2^2w
		sum = new(big.Int).Mul(sum, w.exp(step.Rsh(step, 1)))
		sum.Quo(sum, root.Sqrt(root))
		phi = sum.Add(sum.Rsh(sum, uint(w-p)), phi.Rsh(phi, 1))
	}
	if x.Sign() < 0 {
		phi.Sub(p.one(), phi)
	}
	return phi
}

// pi is π = 16·arctan(1/5) - 4·arctan(1/239); error below 2^15, a unit for each term.
func (p fixed) pi() *big.Int {
	sum := new(big.Int)
	for _, arctan := range [][2]int64{{16, 5}, {-4, 239}} {
		power := p.one()
		power.Quo(power.Mul(power, big.NewInt(arctan[0])), big.NewInt(arctan[1]))
		for k := int64(1); power.Sign() != 0; k += 2 {
			sum.Add(sum, new(big.Int).Quo(power, big.NewInt(k)))
			power.Quo(power, big.NewInt(-arctan[1]*arctan[1]))
		}
	}
	return sum
}
