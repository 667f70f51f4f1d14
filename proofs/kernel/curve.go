package kernel

import (
	"math"
	"math/big"
	"slices"
	"sort"
	"sync"
)

// curve is a real function followed by rounding: for an integer F and x = F·2^exp/den,
//
//	code = clamp(⌊f(x)·2^-out + 1/2⌋, lo, hi)
//
// so code >= c, for lo < c <= hi, asks whether f(x) >= (2c-1)·2^(out-1). That question is
// decided in rational numbers or between bounds, never by a nearest float.
type curve struct {
	kind   string // identity, silu, gelu, softplus, sigmoid, decay: exp(-x), rsqrt: 1/√(x+eps)
	exp    int
	den    int64
	out    int
	lo, hi int64
	eps    float64

	from, to int64 // the F that the table is for
}

// farthest bounds |F| unless a function has bounds of its own.
const farthest = int64(1) << 61

// valleys fall to one minimum, where f'(x) = 0, and then rise: at is between at[0] and
// at[1], its value above least.
var valleys = map[string]struct {
	at    [2]string
	least float64
}{
	"silu": {[2]string{"-1.278464542761073796", "-1.278464542761073795"}, -0.27846454276108},
	"gelu": {[2]string{"-0.751791524693564458", "-0.751791524693564457"}, -0.16997120747991},
}

// bottom are the few integers among which f is least; none if the scale is so fine that
// they are many.
func (f *curve) bottom() (Fs []int64) {
	v, ok := valleys[f.kind]
	if !ok || f.exp < -50 {
		return nil
	}
	floor := func(decimal string) int64 {
		x, _ := new(big.Rat).SetString(decimal)
		x.Quo(x, f.x(1))
		return new(big.Int).Div(x.Num(), x.Denom()).Int64()
	}
	for F := floor(v.at[0]); F <= floor(v.at[1])+1; F++ {
		Fs = append(Fs, F)
	}
	return Fs
}

// check compares a step's table with the curve: at each change point τ the codes of τ-1
// and τ, and the codes at both ends. Between two neighbouring change points the codes at both
// ends agree, so where f is monotone they are the same within. SiLU and GELU are not where they have their minimum,
// softplus not where PyTorch goes on with x, at 20: there codes on both sides are compared.
func (f *curve) check(thresholds, values []int64) {
	for i, t := range thresholds {
		require(f.is(within(t)-1, values[i]) && f.is(t, values[i+1]), "model.ac: the change point %d of %s is not one", t, f.kind)
	}
	if v, ok := valleys[f.kind]; ok && f.exp < -50 {
		code := slices.Min(values)
		require(code == f.lo || math.Ldexp(float64(2*code-1), f.out-1) <= v.least,
			"model.ac: the table of %s misses the function's minimum", f.kind)
	}
	f.compare(thresholds, values, f.from, f.to)
	f.compare(thresholds, values, f.bottom()...)
	if cut := f.cut(); f.kind == "softplus" && cut < limit/2 {
		f.compare(thresholds, values, cut, cut+1)
	}
}

// compare compares the table with the curve at some F.
func (f *curve) compare(thresholds, values []int64, Fs ...int64) {
	for _, at := range Fs {
		level := sort.Search(len(thresholds), func(i int) bool { return thresholds[i] > at })
		require(f.is(at, values[level]), "model.ac: the table of %s is not the function at %d", f.kind, at)
	}
}

// cut is the greatest F with x <= 20.
func (f *curve) cut() int64 {
	q := new(big.Rat).Quo(big.NewRat(20, 1), f.x(1))
	c := new(big.Int).Div(q.Num(), q.Denom())
	if !c.IsInt64() {
		return limit
	}
	return c.Int64()
}

// is tells whether the code at F is c.
func (f *curve) is(F, c int64) bool {
	return c >= f.lo && c <= f.hi && (c == f.lo || f.reaches(F, c)) && (c == f.hi || !f.reaches(F, c+1))
}

// at is the code at F.
func (f *curve) at(F int64) int64 {
	return f.lo + int64(sort.Search(int(f.hi-f.lo), func(i int) bool { return !f.reaches(F, f.lo+int64(i)+1) }))
}

// attained narrows the codes to those that the function takes: a valley has a least
// one, and 1/√ is between its values at both ends.
func (f *curve) attained() {
	if v, ok := valleys[f.kind]; ok {
		least := f.hi
		for _, F := range f.bottom() {
			least = min(least, f.at(F))
		}
		if f.exp < -50 {
			least = int64(math.Floor(math.Ldexp(v.least, -f.out) + 0.5))
		}
		f.lo = max(f.lo, least)
	}
	if f.kind == "rsqrt" {
		f.lo, f.hi = f.at(f.to), f.at(f.from)
	}
}

// power is 2^e.
func power(e int) *big.Rat {
	one := big.NewInt(1)
	if e < 0 {
		return new(big.Rat).SetFrac(one, new(big.Int).Lsh(one, uint(-e)))
	}
	return new(big.Rat).SetInt(new(big.Int).Lsh(one, uint(e)))
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
	case "rsqrt": // 1/√z >= b > 0 if and only if b²·z <= 1
		z := x.Add(x, new(big.Rat).SetFloat64(f.eps))
		if z.Sign() <= 0 || border.Sign() <= 0 {
			return true
		}
		return z.Mul(z, border.Mul(border, border)).Cmp(big.NewRat(1, 1)) <= 0
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
	case "decay":
		require(x.Sign() >= 0, "model.ac: a decay beyond 1")
	}
	if _, valley := valleys[f.kind]; !valley && border.Sign() <= 0 {
		return true
	}
	for p := fixed(128); p <= 4096; p *= 2 {
		low, high := p.difference(f.kind, x, border)
		if low.Sign() >= 0 {
			return true
		}
		if high.Sign() < 0 {
			return false
		}
	}
	refuse("model.ac: a change point of %s cannot be decided", f.kind)
	return false
}

// fixed is a number of fraction bits; numbers are integers over 2^fixed. Every result
// below is the true one but for an error that its comment states, in units of 2^-fixed.
type fixed uint

// slack is above the error of every difference: 2^48, at most 2^12 times.
var slack = new(big.Int).Lsh(big.NewInt(1), 64)

// difference bounds a number of the sign of f(x) - border from both sides.
func (p fixed) difference(kind string, x, border *big.Rat) (low, high *big.Int) {
	e := func() *big.Int { // exp(-|x|); below 2^-5000, it stands for itself as 0
		size := new(big.Rat).Abs(x)
		if size.Cmp(big.NewRat(1<<12, 1)) > 0 {
			return new(big.Int)
		}
		return p.exp(p.of(size))
	}
	var d *big.Int
	switch kind {
	case "decay":
		d = new(big.Int).Sub(e(), p.of(border))
	case "softplus": // x < border: softplus(x) >= b if and only if exp(x-b) >= 1 - exp(-b)
		d = new(big.Int).Sub(p.exp(p.of(new(big.Rat).Sub(border, x))), p.one())
		d.Add(d, p.exp(p.of(border)))
	case "sigmoid", "silu": // times 1 + exp(-|x|), in [1, 2]
		e, value := e(), p.one()
		whole := new(big.Int).Add(p.one(), e)
		if x.Sign() < 0 {
			value = e
		}
		if kind == "silu" {
			value = p.mul(value, p.of(x))
		}
		d = new(big.Int).Sub(value, p.mul(whole, p.of(border)))
	case "gelu":
		d = new(big.Int).Sub(p.mul(p.of(x), p.normal(x)), p.of(border))
	default:
		refuse("a function %q is not known here", kind)
	}
	return new(big.Int).Sub(d, slack), new(big.Int).Add(d, slack)
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
	for i := int64(1); term.Sign() != 0 && term.BitLen() > 1; i++ {
		term = p.mul(term, r)
		term.Quo(term, big.NewInt(i))
		if i%2 == 1 {
			sum.Sub(sum, term)
		} else {
			sum.Add(sum, term)
		}
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
		step, term := w.of(square), w.of(z)
		sum := new(big.Int)
		for k := int64(3); term.Sign() > 0; k += 2 {
			sum.Add(sum, term)
			term = w.mul(term, step)
			term.Quo(term, big.NewInt(k))
		}
		e := w.exp(step.Rsh(step, 1))
		root := new(big.Int).Lsh(w.pi(), uint(w)+1) // 2π·2^2w
		density := new(big.Int).Lsh(e, uint(w))
		phi = w.mul(sum, density.Quo(density, root.Sqrt(root)))
		phi.Add(phi.Rsh(phi, uint(w-p)), new(big.Int).Rsh(p.one(), 1))
	}
	if x.Sign() < 0 {
		phi.Sub(p.one(), phi)
	}
	return phi
}

// pi is π; error 1.
func (p fixed) pi() *big.Int { return new(big.Int).Rsh(longPi(), uint(longest-p)) }

const longest = fixed(1 << 14)

// longPi is π = 16·arctan(1/5) - 4·arctan(1/239) with 2^14 bits, of which the last 2^5 may be wrong.
var longPi = sync.OnceValue(func() *big.Int {
	arctan := func(times, q int64) *big.Int {
		sum, t := new(big.Int), longest.one()
		t.Quo(t.Mul(t, big.NewInt(times)), big.NewInt(q))
		for k := int64(1); t.Sign() > 0; k += 2 {
			term := new(big.Int).Quo(t, big.NewInt(k))
			if k%4 == 3 {
				term.Neg(term)
			}
			sum.Add(sum, term)
			t.Quo(t, big.NewInt(q*q))
		}
		return sum
	}
	a := arctan(16, 5)
	return a.Sub(a, arctan(4, 239))
})

// roundExp is exp(a)·2^shift to the nearest integer.
func roundExp(a float64, shift int) int64 {
	x := new(big.Rat).SetFloat64(math.Abs(a))
	require(math.Abs(a) < 700 && shift > -1024 && shift < 1024, "exp(%v)·2^%d is out of range", a, shift)
	first := fixed(256 + max(0, shift) + int(4*math.Abs(a)))
	for p := first; p <= 8*first; p *= 2 {
		e := p.exp(p.of(x))
		low, high := new(big.Int).Sub(e, slack), new(big.Int).Add(e, slack)
		if a > 0 { // exp(a) = 1/exp(-a)
			whole := new(big.Int).Lsh(p.one(), uint(p))
			low, high = new(big.Int).Quo(whole, high), new(big.Int).Quo(whole, low)
			high.Add(high, big.NewInt(1))
		}
		low, high = p.nearest(low, shift), p.nearest(high, shift)
		if a == 0 {
			low = p.nearest(p.one(), shift)
			high = low
		}
		if low.Cmp(high) == 0 && low.BitLen() < 63 {
			return low.Int64()
		}
	}
	refuse("exp(%v)·2^%d cannot be rounded to 62 bits", a, shift)
	return 0
}

// nearest is x·2^shift to the nearest integer, a half upwards.
func (p fixed) nearest(x *big.Int, shift int) *big.Int {
	x = new(big.Int).Lsh(x, 1024)
	by := uint(int(p) + 1024 - shift)
	half := new(big.Int).Lsh(big.NewInt(1), by-1)
	return x.Rsh(x.Add(x, half), by)
}
