package gadget

import (
	"fmt"
	"math"
	"math/big"
	"math/bits"
)

// Kind names a real function of one variable.
type Kind uint8

// The real functions that layers use. Valley functions (SiLU, GELU) fall to one
// minimum and then rise; the others are monotone.
const (
	Identity Kind = iota // x
	SiLU                 // x/(1+exp(-x))
	GELU                 // x·Φ(x), the exact form with erf
	Softplus             // log(1+exp(x)), and x above 20 as PyTorch has it
	Sigmoid              // 1/(1+exp(-x))
	Decay                // exp(-x)
	RSqrt                // 1/√(x+Eps)
)

var kindNames = [...]string{"identity", "silu", "gelu", "softplus", "sigmoid", "decay", "rsqrt"}

// String is the kind's name in files and reports.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return fmt.Sprintf("kind(%d)", uint8(k))
}

// softplusLinear is the argument above which PyTorch's softplus is the identity.
const softplusLinear = 20

// Function is a real function followed by rounding: for an integer F,
//
//	x    = F · 2^InExp / InDen
//	code = clamp(⌊Kind(x)·2^-OutExp + 1/2⌋, Lo, Hi)
//
// RSqrt adds Eps (a dyadic rational, as every float64 is) to x first and takes
// every x+Eps <= 0 to Hi.
type Function struct {
	Kind   Kind
	InExp  int
	InDen  int64
	OutExp int
	Lo, Hi int64
	Eps    float64
}

// Steps is a function of an integer by its change points: the value is
// Values[l] where l is the number of Thresholds that are at most F.
type Steps struct {
	Thresholds []int64 // strictly ascending
	Values     []int64 // len(Thresholds)+1
}

// At is the value at F.
func (s Steps) At(f int64) int64 { return s.Values[Level(s.Thresholds, f)] }

// Level is the number of ascending thresholds that are at most f.
func Level(thresholds []int64, f int64) int {
	lo, hi := 0, len(thresholds)
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if thresholds[mid] <= f {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// Beyond these arguments GELU and SiLU differ from their asymptotes 0 and x by
// less than 2^-90, which is finer than any two dyadic numbers compared here: they
// lie strictly above a negative border, below a positive one, and below x.
const (
	geluTail = 12
	siluTail = 128
)

// formLimit bounds |F|: a change point beyond it is out of reach of every form
// whose range is proved to fit in 62 bits.
const formLimit = int64(1) << 61

// Steps computes every change point of f. It fails when the clip range is empty
// or when a change point cannot be decided.
func (f Function) Steps() (Steps, error) {
	if f.Lo > f.Hi {
		return Steps{}, fmt.Errorf("step %v: empty code range [%d,%d]", f.Kind, f.Lo, f.Hi)
	}
	if f.InDen <= 0 {
		return Steps{}, fmt.Errorf("step %v: denominator %d is not positive", f.Kind, f.InDen)
	}
	switch f.Kind {
	case Decay, RSqrt:
		return f.falling()
	case SiLU, GELU:
		return f.valley()
	case Identity, Softplus, Sigmoid:
		return f.rising()
	}
	return Steps{}, fmt.Errorf("step: unknown function %v", f.Kind)
}

// asymptotes are the codes at F = -∞ and +∞, clamped to the code range.
func (f Function) asymptotes() (left, right int64) {
	one := int64(math.MaxInt64)
	if f.OutExp <= 0 && f.OutExp > -62 {
		one = int64(1) << -f.OutExp
	}
	clamp := func(c int64) int64 { return max(f.Lo, min(f.Hi, c)) }
	switch f.Kind {
	case Sigmoid:
		return clamp(0), clamp(one)
	case Softplus:
		return clamp(0), f.Hi
	case Decay, RSqrt:
		return f.Hi, clamp(0)
	case SiLU, GELU:
		return clamp(0), f.Hi
	}
	return f.Lo, f.Hi
}

// rising tabulates a non-decreasing function.
func (f Function) rising() (Steps, error) {
	left, right := f.asymptotes()
	var s Steps
	s.Values = append(s.Values, left)
	err := f.climb(left+1, right, &s)
	return s, err
}

// climb appends the change points of the codes from..to of a rising branch.
func (f Function) climb(from, to int64, s *Steps) error {
	last := -formLimit
	for c := from; c <= to; c++ {
		var at int64
		var ok bool
		var err error
		if f.Kind == Identity {
			at, ok = f.identityPoint(c)
		} else {
			at, ok, err = f.search(c, last, formLimit, +1)
		}
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		s.push(at, c)
		last = at
	}
	return nil
}

// identityPoint is the least F with F·2^InExp/InDen >= (c-1/2)·2^OutExp.
func (f Function) identityPoint(c int64) (at int64, ok bool) {
	hi, lo := bits.Mul64(uint64(max(2*c-1, 1-2*c)), uint64(f.InDen))
	if hi != 0 || lo > uint64(formLimit) {
		return 0, false
	}
	v := int64(lo)
	if c <= 0 {
		v = -v
	}
	shift := f.OutExp - 1 - f.InExp
	switch {
	case shift <= -62:
		v = (v + formLimit - 1) / formLimit
	case shift < 0: // an arithmetic shift floors: -floor(-v) is the ceiling
		v = -(-v >> -shift)
	case shift >= bits.LeadingZeros64(lo)-2:
		return 0, false
	default:
		v <<= shift
	}
	return v, v > -formLimit && v < formLimit
}

// falling tabulates a non-increasing function.
func (f Function) falling() (Steps, error) {
	left, right := f.asymptotes()
	var s Steps
	s.Values = append(s.Values, left)
	last := -formLimit
	for c := left; c > right; c-- {
		// The first F below code c.
		at, ok, err := f.search(c, last, formLimit, -1)
		if err != nil {
			return s, err
		}
		if !ok {
			break
		}
		s.push(at, c-1)
		last = at
	}
	return s, nil
}

// push appends a change point; codes that are never reached share theirs with
// the next, so the thresholds stay strictly ascending.
func (s *Steps) push(at, code int64) {
	if n := len(s.Thresholds); n > 0 && s.Thresholds[n-1] == at {
		s.Values[n] = code
		return
	}
	s.Thresholds = append(s.Thresholds, at)
	s.Values = append(s.Values, code)
}

// valley tabulates a function that falls to its minimum and rises again.
func (f Function) valley() (Steps, error) {
	turn := f.bottom()
	low, err := f.codeAt(turn)
	if err != nil {
		return Steps{}, err
	}
	var s Steps
	left, right := f.asymptotes()
	s.Values = append(s.Values, left)
	last := -formLimit
	for c := left; c > low; c-- {
		at, ok, err := f.search(c, last, turn, -1)
		if err != nil {
			return s, err
		}
		if !ok {
			break
		}
		s.push(at, c-1)
		last = at
	}
	if n := len(s.Thresholds); n > 0 {
		last = s.Thresholds[n-1]
	}
	last = max(last, turn)
	for c := s.Values[len(s.Values)-1] + 1; c <= right; c++ {
		at, ok, err := f.search(c, last, formLimit, +1)
		if err != nil {
			return s, err
		}
		if !ok {
			break
		}
		s.push(at, c)
		last = at
	}
	return s, nil
}

// bottom is an F next to the minimum of a valley function. SiLU's minimum is at
// x = -1.27846454…, GELU's at x = -0.75179152…; a neighbour of the true integer
// minimiser is as good, because the function is flat there to second order and
// the rounded code is checked at bottom itself.
func (f Function) bottom() int64 {
	x := -1.2784645427610738
	if f.Kind == GELU {
		x = -0.7517915246935645
	}
	return int64(math.Round(math.Ldexp(x, -f.InExp) * float64(f.InDen)))
}

// codeAt is the clamped code at F, decided exactly.
func (f Function) codeAt(at int64) (int64, error) {
	guess := math.Round(math.Ldexp(f.real(at), -f.OutExp))
	c := max(f.Lo, min(f.Hi, int64(guess)))
	for c < f.Hi {
		ok, err := f.reaches(at, c+1)
		if err != nil || !ok {
			if err != nil {
				return 0, err
			}
			break
		}
		c++
	}
	for c > f.Lo {
		ok, err := f.reaches(at, c)
		if err != nil || ok {
			return c, err
		}
		c--
	}
	return c, nil
}

// search finds the least F in (from, to] at which the function reaches code c
// (dir +1) or no longer reaches it (dir -1), given that it is monotone there in
// that direction. ok is false when no such F exists.
func (f Function) search(c, from, to int64, dir int) (at int64, ok bool, err error) {
	past := func(at int64) (bool, error) {
		r, err := f.reaches(at, c)
		return r == (dir > 0), err
	}
	// Gallop away from the guess until it is bracketed: lo is not past, hi is.
	guess := max(from, min(to, f.guess(c, dir)))
	lo, hi := from, to
	for step := int64(1); ; step *= 2 {
		p, err := past(guess)
		if err != nil {
			return 0, false, err
		}
		if p {
			hi = guess
			if guess <= from {
				return from, true, nil
			}
			if hi-from <= step {
				lo = from
				if q, err := past(from); err != nil || q {
					return from, q, err
				}
				break
			}
			guess = hi - step
			if q, err := past(guess); err != nil {
				return 0, false, err
			} else if !q {
				lo = guess
				break
			}
			continue
		}
		lo = guess
		if guess >= to {
			return 0, false, nil
		}
		if to-lo <= step {
			guess = to
		} else {
			guess = lo + step
		}
		if q, err := past(guess); err != nil {
			return 0, false, err
		} else if q {
			hi = guess
			break
		}
	}
	for hi-lo > 1 {
		mid := lo + (hi-lo)/2
		p, err := past(mid)
		if err != nil {
			return 0, false, err
		}
		if p {
			hi = mid
		} else {
			lo = mid
		}
	}
	return hi, true, nil
}

// reaches tells whether the unclamped code at F is at least c, that is whether
// Kind(x) >= (2c-1)·2^(OutExp-1), with certainty.
func (f Function) reaches(at, c int64) (bool, error) {
	if s, ok := f.quickSign(at, c); ok {
		return s > 0, nil
	}
	if s, exact := f.exactSign(at, c); exact {
		return s >= 0, nil
	}
	for prec := uint(256); prec <= 4096; prec *= 2 {
		if s := f.difference(at, c, prec).sign(); s != 0 {
			return s > 0, nil
		}
	}
	return false, fmt.Errorf("step %v: F=%d against code %d undecided at 4096 bits", f.Kind, at, c)
}

// exactSign decides the cases that are algebraic: identity, reciprocal root,
// softplus above its linear cut-off, the tails of SiLU and GELU, and every
// function at x = 0.
func (f Function) exactSign(at, c int64) (sign int, exact bool) {
	rough := math.Ldexp(float64(at), f.InExp) / float64(f.InDen)
	tail := f.Kind == GELU && math.Abs(rough) > geluTail || f.Kind == SiLU && math.Abs(rough) > siluTail
	algebraic := f.Kind == Identity || f.Kind == RSqrt || at == 0 || tail ||
		f.Kind == Softplus && rough > softplusLinear-1
	if !algebraic {
		return 0, false
	}
	y := new(big.Rat).SetInt64(2*c - 1)
	scaleRat(y, f.OutExp-1)
	x := new(big.Rat).SetFrac(big.NewInt(at), big.NewInt(f.InDen))
	scaleRat(x, f.InExp)
	switch {
	case f.Kind == Identity:
		return x.Cmp(y), true
	case f.Kind == RSqrt:
		x.Add(x, new(big.Rat).SetFloat64(f.Eps))
		if x.Sign() <= 0 || y.Sign() <= 0 {
			return 1, true
		}
		y.Mul(y, y).Mul(y, x)
		return new(big.Rat).SetInt64(1).Cmp(y), true
	case tail && x.Sign() < 0:
		return -y.Sign(), true
	case tail:
		if x.Cmp(y) > 0 {
			return 1, true
		}
		return -1, true
	case f.Kind == Softplus && x.Cmp(new(big.Rat).SetInt64(softplusLinear)) > 0:
		return x.Cmp(y), true
	case at != 0:
		return 0, false
	}
	switch f.Kind {
	case Sigmoid:
		return big.NewRat(1, 2).Cmp(y), true
	case Decay:
		return big.NewRat(1, 1).Cmp(y), true
	case SiLU, GELU:
		return -y.Sign(), true
	}
	return 0, false
}

// scaleRat multiplies r by 2^exp in place.
func scaleRat(r *big.Rat, exp int) {
	p := new(big.Int).Lsh(big.NewInt(1), uint(max(exp, -exp)))
	if exp >= 0 {
		r.Mul(r, new(big.Rat).SetInt(p))
	} else {
		r.Quo(r, new(big.Rat).SetInt(p))
	}
}

// difference encloses a number with the sign of Kind(x) - y for the
// transcendental cases, y = (2c-1)·2^(OutExp-1). InDen divides x with one unit
// of error.
func (f Function) difference(at, c int64, prec uint) enclosure {
	one := new(big.Int).Lsh(big.NewInt(1), prec)
	y := dyadic(2*c-1, f.OutExp-1, prec)
	x := dyadic(at, f.InExp, prec)
	if f.InDen != 1 {
		x.Quo(x, big.NewInt(f.InDen))
	}
	mag := new(big.Int).Abs(x)
	switch f.Kind {
	case Decay:
		if at < 0 { // exp(|x|) > 1: compare 1 with y·exp(-|x|)
			e := expNeg(mag, prec)
			return difference(one, mulFix(y, e.mid, prec), y, e.err, prec)
		}
		e := expNeg(x, prec)
		return difference(e.mid, y, one, e.err, prec)
	case Sigmoid, SiLU:
		// σ(x) = 1/(1+q) or q/(1+q) with q = exp(-|x|); multiply through by 1+q.
		e := expNeg(mag, prec)
		left := one
		if at < 0 {
			left = e.mid
		}
		bound := one
		if f.Kind == SiLU {
			left = mulFix(x, left, prec)
			bound = mag
		}
		right := new(big.Int).Add(y, mulFix(y, e.mid, prec))
		bound = new(big.Int).Add(bound, new(big.Int).Abs(y))
		return difference(left, right, bound, e.err, prec)
	case Softplus:
		// log(1+exp(x)) >= y  ⇔  exp(-y) + exp(x-y) >= 1, trivial for y <= 0 or x >= y.
		if y.Sign() <= 0 || x.Cmp(y) >= 0 {
			return enclosure{one, new(big.Int)}
		}
		a := expNeg(y, prec)
		b := expNeg(new(big.Int).Sub(y, x), prec)
		sum := new(big.Int).Add(a.mid, b.mid)
		return enclosure{sum.Sub(sum, one), new(big.Int).Lsh(a.err, 2)}
	default: // GELU: x·(1/2 ± half(|x|))
		h := normalHalf(mag, prec)
		phi := new(big.Int).Rsh(one, 1)
		if at < 0 {
			phi.Sub(phi, h.mid)
		} else {
			phi.Add(phi, h.mid)
		}
		return difference(mulFix(x, phi, prec), y, mag, h.err, prec)
	}
}

// difference is left-right with an error of err scaled by bound (at least 1)
// plus a few units of rounding.
func difference(left, right, bound, err *big.Int, prec uint) enclosure {
	d := new(big.Int).Sub(left, right)
	e := new(big.Int).Mul(new(big.Int).Abs(bound), err)
	e.Rsh(e, prec)
	e.Add(e, err)
	e.Add(e, big.NewInt(8))
	return enclosure{d, e}
}

// mulFix is the fixed-point product, within one unit.
func mulFix(a, b *big.Int, prec uint) *big.Int {
	v := new(big.Int).Mul(a, b)
	return v.Rsh(v, prec)
}

// real is the function in float64: a guess, never a decision.
func (f Function) real(at int64) float64 {
	x := math.Ldexp(float64(at), f.InExp) / float64(f.InDen)
	switch f.Kind {
	case SiLU:
		return x / (1 + math.Exp(-x))
	case GELU:
		return x * 0.5 * math.Erfc(-x/math.Sqrt2)
	case Softplus:
		if x > softplusLinear {
			return x
		}
		return math.Log1p(math.Exp(x))
	case Sigmoid:
		return 1 / (1 + math.Exp(-x))
	case Decay:
		return math.Exp(-x)
	case RSqrt:
		return 1 / math.Sqrt(x+f.Eps)
	}
	return x
}

// guess estimates the F at which Kind crosses code c on the branch dir.
func (f Function) guess(c int64, dir int) int64 {
	y := math.Ldexp(float64(2*c-1), f.OutExp-1)
	var x float64
	switch f.Kind {
	case Softplus:
		x = y
		if y < softplusLinear {
			x = math.Log(math.Expm1(y))
		}
	case Sigmoid:
		x = math.Log(y / (1 - y))
	case Decay:
		x = -math.Log(y)
	case RSqrt:
		x = 1/(y*y) - f.Eps
	case SiLU, GELU:
		x = f.invertValley(y, dir)
	default:
		x = y
	}
	v := math.Ldexp(x, -f.InExp) * float64(f.InDen)
	if !(math.Abs(v) < float64(formLimit)) {
		if v > 0 {
			return formLimit
		}
		return -formLimit
	}
	return int64(v)
}

// invertValley bisects SiLU or GELU on its falling (dir -1) or rising branch.
func (f Function) invertValley(y float64, dir int) float64 {
	unit := Function{Kind: f.Kind, InExp: 0, InDen: 1}
	at := func(x float64) float64 {
		if unit.Kind == GELU {
			return x * 0.5 * math.Erfc(-x/math.Sqrt2)
		}
		return x / (1 + math.Exp(-x))
	}
	turn := -1.2784645427610738
	if f.Kind == GELU {
		turn = -0.7517915246935645
	}
	lo, hi := turn, math.Max(2, 2*y+2)
	if dir < 0 {
		lo, hi = -64, turn
	}
	for range 64 {
		mid := lo + (hi-lo)/2
		if (at(mid) >= y) == (dir > 0) {
			hi = mid
		} else {
			lo = mid
		}
	}
	return hi
}
