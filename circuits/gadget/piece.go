package gadget

import (
	"cmp"
	"fmt"
	"math/big"
	"math/bits"
	"runtime"
	"slices"
	"sync"
)

// law says how Kind(x) compares with the border y = (code-1/2)·2^OutExp of a
// code on a piece. Far from zero a function is so close to an asymptote that no
// border fits in between; there the comparison is one of integers.
type law uint8

const (
	curve       law = iota // by Taylor polynomials and enclosures of Kind(x)
	linear                 // Kind(x) = x
	belowLinear            // x-δ, 0 < δ < any difference x-y that is not zero
	belowOne               // 1-δ, likewise
	aboutZero              // ±δ, likewise
	unbounded              // above every border
	inverseRoot            // 1/√(x+Eps), unbounded where x+Eps <= 0
)

// piece is a range of F on which a function obeys one law and its codes rise
// (dir +1), fall (-1) or stay (0).
type piece struct {
	*Function
	law      law
	dir      int64
	from, to int64
}

// pieces cuts -formLimit..formLimit into ranges where f is monotone.
func (f *Function) pieces() ([]piece, error) {
	end, tail := formLimit, f.tail()
	switch f.Kind {
	case Identity:
		return f.join(piece{law: linear, dir: +1, to: end}), nil
	case RSqrt:
		return f.join(piece{law: inverseRoot, dir: -1, to: end}), nil
	case Sigmoid:
		return f.join(
			piece{law: aboutZero, to: f.floor(-tail)},
			piece{law: curve, dir: +1, to: f.floor(tail)},
			piece{law: belowOne, to: end}), nil
	case Softplus: // log(1+exp(20)) - 20 is 2^-28.9: the codes may fall where PyTorch cuts
		return f.join(
			piece{law: aboutZero, to: f.floor(-tail)},
			piece{law: curve, dir: +1, to: f.floor(softplusLinear)},
			piece{law: linear, dir: +1, to: end}), nil
	case Decay: // every border is below 2^(60+OutExp), hence below exp(-x) beyond it
		return f.join(
			piece{law: unbounded, to: f.floor(-max(0, 60+int64(f.OutExp)))},
			piece{law: curve, dir: -1, to: f.floor(tail)},
			piece{law: aboutZero, to: end}), nil
	}
	bottom, err := f.bottom()
	return f.join(
		piece{law: aboutZero, to: f.floor(-tail)},
		piece{law: curve, dir: -1, to: bottom},
		piece{law: curve, dir: +1, to: f.floor(tail)},
		piece{law: belowLinear, dir: +1, to: end}), err
}

// join sets where each piece begins and drops the empty ones.
func (f *Function) join(parts ...piece) []piece {
	from := -formLimit
	kept := parts[:0]
	for _, p := range parts {
		p.Function, p.from = f, from
		if p.from <= p.to {
			kept, from = append(kept, p), p.to+1
		}
	}
	return kept
}

// softplusLinear is the argument above which PyTorch's softplus is the identity.
const softplusLinear = 20

// tail is an integer t such that for |x| > t the transcendental functions are
// closer to their asymptotes 0, 1 and x than any border y that is not on the
// asymptote. Borders are odd multiples of 2^(OutExp-1), so that the asymptote and
// y differ by 0 or by at least 2^(1-b) with b as below. And the functions differ
// from the asymptotes
//
//	Decay, Sigmoid, Softplus   by at most exp(-|x|)   < 2^-|x|
//	SiLU                       by at most |x|exp(-|x|) <= 2^-|x|   for |x| >= 6
//	GELU                       by at most |x|exp(-x²/2)/2 <= 2^(-x²/2)
//
// (SiLU: ln|x| <= (1-ln2)|x| from 6 on; GELU: Φ(-z) <= exp(-z²/2)/2, and
// z/2·exp(-(1-ln2)z²/2) is at most 0.56.) SiLU and GELU lie below 0 and below x,
// Sigmoid below 1, which settles y = x and y = 1; y = 0 is no border.
func (f *Function) tail() int64 {
	b := int64(1 - min(f.InExp, f.OutExp-1, 0) + bits.Len64(uint64(f.InDen)))
	t := int64(6)
	for t < b && (f.Kind != GELU || t*t/2 < b) {
		t++
	}
	return t
}

// floor is the largest F with x <= bound, clamped to the range of forms.
func (f *Function) floor(bound int64) int64 { return f.floorOf(big.NewInt(bound), 0) }

// floorOf is the largest F with x <= m·2^exp, clamped to -formLimit-1..formLimit.
func (f *Function) floorOf(m *big.Int, exp int) int64 {
	v := new(big.Int).Mul(m, big.NewInt(f.InDen))
	if shift := exp - f.InExp; shift >= 0 {
		v.Lsh(v, uint(shift))
	} else {
		v.Rsh(v, uint(-shift)) // rounds down
	}
	if !v.IsInt64() {
		v.SetInt64(saturate(v.Sign()))
	}
	return max(-formLimit-1, min(formLimit, v.Int64()))
}

// saturate is a point out of the range of forms, on the given side.
func saturate(sign int) int64 {
	if sign < 0 {
		return -formLimit - 1
	}
	return formLimit + 1
}

// Minima of the valley functions: -m·2^-bottomBits > x > -(m+1)·2^-bottomBits
// for SiLU at x = -1.27846… (where exp(x)+1+x = 0) and GELU at -0.75179…
// (where Φ(x)+xφ(x) = 0). The tests prove both brackets.
const bottomBits = 192

var (
	siluBottom, _ = new(big.Int).SetString("1474973c84120b7e35d2f26b055144a50180ba77fb0d03146", 16)
	geluBottom, _ = new(big.Int).SetString("c07568cbf8059eec18b3a735257d3456948c645fa1fbd14b", 16)
)

// bottom is the last F of the falling part of a valley function.
func (f *Function) bottom() (int64, error) {
	m := siluBottom
	if f.Kind == GELU {
		m = geluBottom
	}
	high := f.floorOf(new(big.Int).Neg(m), -bottomBits)
	low := f.floorOf(new(big.Int).Not(m), -bottomBits) // -(m+1)
	if low != high {
		return 0, fmt.Errorf("step %v: the minimum is too close to F=%d at scale 2^%d/%d", f.Kind, high, f.InExp, f.InDen)
	}
	return high, nil
}

// coarse is how many codes to an F make it cheaper to ask every F for its code than
// every code for its F.
const coarse = 8

// appendTo appends the piece's change points.
func (p *piece) appendTo(s *Steps) error {
	first, err := p.code(p.from)
	if err != nil {
		return err
	}
	last, err := p.code(p.to)
	if err != nil {
		return err
	}
	s.push(p.from, first)
	n := (last - first) * p.dir
	if n/coarse > p.to-p.from {
		return p.appendEach(s)
	}
	base := len(s.Thresholds)
	s.Thresholds = slices.Grow(s.Thresholds, int(n))
	s.Values = slices.Grow(s.Values, int(n))
	// The crossings are compacted in place: push never overtakes the reader.
	at := s.Thresholds[base : base+int(n)]
	if err := p.crossings(at, first); err != nil {
		return err
	}
	for i, f := range at {
		s.push(f, first+int64(i+1)*p.dir)
	}
	return nil
}

// appendEach appends the code of every F after the first.
func (p *piece) appendEach(s *Steps) error {
	for at := p.from + 1; at <= p.to; at++ {
		c, err := p.code(at)
		if err != nil {
			return err
		}
		s.push(at, c)
	}
	return nil
}

// code is the clamped code at F.
func (p *piece) code(at int64) (int64, error) {
	lo, hi := p.Lo, p.Hi // the code is in lo..hi
	for lo < hi {
		c := hi - (hi-lo)/2
		above, _, err := p.above(at, c)
		switch {
		case err != nil:
			return 0, err
		case above:
			lo = c
		default:
			hi = c - 1
		}
	}
	return lo, nil
}

// above tells whether Kind(x) >= (c-1/2)·2^OutExp, with certainty. The gap is
// their difference in output steps where it is known: it steers the search.
func (p *piece) above(at, c int64) (yes bool, gap float64, err error) {
	switch p.law {
	case linear, belowLinear:
		return at >= p.linearPoint(c), 0, nil
	case inverseRoot:
		return c <= 0 || at < p.newInverse().point(c), 0, nil
	case aboutZero:
		return c <= 0, 0, nil
	case belowOne:
		return p.border(c, 0) < 0, 0, nil
	case unbounded:
		return true, 0, nil
	}
	return p.curveAbove(at, c)
}

// border is the sign of y - 2^exp for the border y of code c.
func (f *Function) border(c int64, exp int) int {
	y, shift := 2*c-1, exp-(f.OutExp-1) // y against 2^shift
	switch {
	case y < 0 || shift >= 62:
		return -1
	case shift < 0:
		return +1
	}
	return cmp.Compare(y, int64(1)<<shift)
}

// linearPoint is the least F with x >= y, or x > y below the line, for the border
// y of code c; saturated out of the range of forms.
func (p *piece) linearPoint(c int64) int64 {
	// F against (2c-1)·InDen·2^shift.
	m := 2*c - 1
	hi, lo := bits.Mul64(uint64(max(m, -m)), uint64(p.InDen))
	shift := p.OutExp - 1 - p.InExp
	inexact := false
	if shift < 0 {
		hi, lo, inexact = shiftRight(hi, lo, uint(-shift))
		shift = 0
	}
	if hi != 0 || bits.Len64(lo)+shift > 62 {
		return saturate(cmp.Compare(m, 0))
	}
	floor := int64(lo << shift)
	ceil := floor
	if inexact {
		ceil++
	}
	if m < 0 {
		floor, ceil = -ceil, -floor
	}
	if p.law == belowLinear {
		return floor + 1
	}
	return ceil
}

// shiftRight is (hi,lo) / 2^n rounded down.
func shiftRight(hi, lo uint64, n uint) (qhi, qlo uint64, inexact bool) {
	switch {
	case n >= 128:
		return 0, 0, hi|lo != 0
	case n >= 64:
		return 0, hi >> (n - 64), lo != 0 || hi<<(128-n) != 0
	}
	return hi >> n, hi<<(64-n) | lo>>n, lo<<(64-n) != 0
}

// inverse solves 1/√(x+Eps) < y for F: with d = (2c-1)² it is
//
//	F > (Num/d - Sub) / 2^shift
//
// where Num = InDen·2^(2-2·OutExp-InExp+shift), Sub = InDen·Eps·2^(shift-InExp)
// and the shift makes both integers.
type inverse struct {
	num, sub *big.Int
	shift    uint
	d, q     big.Int
}

func (f *Function) newInverse() *inverse {
	eps, epsExp := float64Parts(f.Eps)
	numExp, subExp := 2-2*f.OutExp-f.InExp, epsExp-f.InExp
	shift := max(0, -numExp, -subExp)
	den := big.NewInt(f.InDen)
	num := new(big.Int).Lsh(den, uint(numExp+shift))
	sub := new(big.Int).Mul(den, big.NewInt(eps))
	return &inverse{num: num, sub: sub.Lsh(sub, uint(subExp+shift)), shift: uint(shift)}
}

// point is the least F with 1/√(x+Eps) below the border of code c >= 1. Rounding
// the quotients down one after the other is rounding down once.
func (v *inverse) point(c int64) int64 {
	v.d.SetInt64(2*c - 1)
	v.d.Mul(&v.d, &v.d)
	v.q.Quo(v.num, &v.d)
	v.q.Sub(&v.q, v.sub)
	v.q.Rsh(&v.q, v.shift)
	if !v.q.IsInt64() {
		return saturate(v.q.Sign())
	}
	return max(-formLimit, min(formLimit, v.q.Int64())+1)
}

// crossings fills at[i] with the first F past the i-th border from the code first
// on, in the piece's direction.
func (p *piece) crossings(at []int64, first int64) error {
	// code is whose border the i-th crossing is.
	code := func(i int) int64 {
		if p.dir > 0 {
			return first + int64(i) + 1
		}
		return first - int64(i)
	}
	switch p.law {
	case linear, belowLinear:
		for i := range at {
			at[i] = p.linearPoint(code(i))
		}
	case inverseRoot:
		v := p.newInverse()
		for i := range at {
			at[i] = v.point(code(i))
		}
	case curve:
		return inParallel(len(at), func(from, to int) error {
			t := tracer{piece: p}
			for i := from; i < to; i++ {
				var err error
				if at[i], err = t.next(code(i)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return nil
}

// parallelMin is the number of crossings that is worth a goroutine.
const parallelMin = 1 << 12

// inParallel calls work on consecutive parts of 0..n, each call on one processor,
// and returns the first part's error.
func inParallel(n int, work func(from, to int) error) error {
	workers := max(1, min(n/parallelMin, runtime.GOMAXPROCS(0)))
	errs := make([]error, workers)
	var wait sync.WaitGroup
	for w := range workers {
		wait.Go(func() { errs[w] = work(w*n/workers, (w+1)*n/workers) })
	}
	wait.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
