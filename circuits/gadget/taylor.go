package gadget

import (
	"fmt"
	"math"
	"math/big"
	"math/bits"
	"sync/atomic"
)

// value encloses Kind(x) on a curve piece.
func (k Kind) value(p fixed, x enclosure) enclosure {
	switch k {
	case Decay:
		return p.expNeg(x)
	case Sigmoid:
		return p.logistic(x)
	case SiLU:
		return p.times(x, p.logistic(x))
	case Softplus: // max(x,0) + log(1+exp(-|x|))
		if x.mid.Sign() < 0 {
			return p.log1p(p.expNeg(x.neg()))
		}
		return x.plus(p.log1p(p.expNeg(x)))
	}
	return p.times(x, p.normal(x)) // GELU
}

// logistic is 1/(1+exp(-x)), or exp(x)/(1+exp(x)) for x < 0.
func (p fixed) logistic(x enclosure) enclosure {
	if x.mid.Sign() < 0 {
		e := p.expNeg(x.neg())
		return p.overOnePlus(e, e)
	}
	return p.overOnePlus(p.one(), p.expNeg(x))
}

// series encloses the Taylor coefficients c_0..c_n of Kind at x: at every point
// of the enclosure x. So the last one, over a whole interval, bounds the remainder
// in Lagrange's form.
func (k Kind) series(p fixed, x enclosure, n int) []enclosure {
	switch k {
	case Decay:
		return p.decaySeries(x, n)
	case Sigmoid:
		return p.logisticSeries(x, n)
	case SiLU:
		return p.timesArgument(x, p.logisticSeries(x, n))
	case Softplus:
		return p.integral(k.value(p, x), p.logisticSeries(x, n-1))
	}
	return p.timesArgument(x, p.integral(p.normal(x), p.densitySeries(x, n-1)))
}

// decaySeries is that of exp(-x).
func (p fixed) decaySeries(x enclosure, n int) []enclosure {
	c := []enclosure{p.expNeg(x)}
	for i := int64(1); i <= int64(n); i++ {
		c = append(c, c[i-1].over(i).neg())
	}
	return c
}

// logisticSeries is that of s = 1/(1+exp(-x)), by s' = s - s².
func (p fixed) logisticSeries(x enclosure, n int) []enclosure {
	s := []enclosure{p.logistic(x)}
	sizes := []*big.Int{s[0].size()}
	for m := range n {
		s = append(s, s[m].minus(p.squared(s, sizes)).over(int64(m+1)))
		sizes = append(sizes, s[m+1].size())
	}
	return s
}

// squared is coefficient m of the square of a series known up to m: Σ s_i·s_(m-i),
// with the error bound of times. Every product of two different factors is in
// the sum twice.
func (p fixed) squared(s []enclosure, sizes []*big.Int) enclosure {
	mid, err, t := new(big.Int), new(big.Int), new(big.Int)
	i, j := 0, len(s)-1
	for ; i < j; i, j = i+1, j-1 {
		mid.Add(mid, t.Mul(s[i].mid, s[j].mid))
		err.Add(err, t.Mul(sizes[i], s[j].err))
		err.Add(err, t.Mul(sizes[j], s[i].err))
	}
	mid.Lsh(mid, 1)
	err.Lsh(err, 1)
	if i == j {
		mid.Add(mid, t.Mul(s[i].mid, s[i].mid))
		err.Add(err, t.Mul(sizes[i], s[i].err))
		err.Add(err, t)
	}
	return enclosure{mid.Rsh(mid, uint(p)), err.Rsh(err, uint(p)).Add(err, units(2))}
}

// densitySeries is that of φ(x) = exp(-x²/2)/√(2π), by φ' = -xφ.
func (p fixed) densitySeries(x enclosure, n int) []enclosure {
	scale := enclosure{constants.at(p).invSqrt2Pi, units(1)}
	half := p.times(x, x).over(2)
	d := []enclosure{p.times(scale, p.expNeg(half))}
	for m := range n {
		next := p.times(x, d[m])
		if m > 0 {
			next = next.plus(d[m-1])
		}
		d = append(d, next.over(int64(m+1)).neg())
	}
	return d
}

// integral is the series with the given value and derivative.
func (p fixed) integral(value enclosure, derivative []enclosure) []enclosure {
	c := []enclosure{value}
	for i, d := range derivative {
		c = append(c, d.over(int64(i+1)))
	}
	return c
}

// timesArgument is the series of x times a function.
func (p fixed) timesArgument(x enclosure, of []enclosure) []enclosure {
	c := make([]enclosure, len(of))
	for n := range of {
		c[n] = p.times(x, of[n])
		if n > 0 {
			c[n] = c[n].plus(of[n-1])
		}
	}
	return c
}

// The axis is cut into cells of width 2^-cellBits, of which those with
// |x| < cellReach have a Taylor polynomial.
const (
	cellBits  = 5
	cellReach = 64
	cellCount = 2 * cellReach << cellBits
	degree    = 18
)

// wide is a 128-bit integer, hi·2^64 + lo.
type wide struct {
	hi int64
	lo uint64
}

func (v wide) plus(b wide) wide {
	lo, carry := bits.Add64(v.lo, b.lo, 0)
	return wide{v.hi + b.hi + int64(carry), lo}
}

func (v wide) minus(b wide) wide {
	lo, borrow := bits.Sub64(v.lo, b.lo, 0)
	return wide{v.hi - b.hi - int64(borrow), lo}
}

// scaled is v·t/2^64, rounded down.
func (v wide) scaled(t uint64) wide {
	hi, mid := bits.Mul64(uint64(v.hi), t)
	if v.hi < 0 {
		hi -= t
	}
	low, _ := bits.Mul64(v.lo, t)
	lo, carry := bits.Add64(mid, low, 0)
	return wide{int64(hi + carry), lo}
}

// beyond tells whether |v| > n.
func (v wide) beyond(n uint64) bool {
	if v.hi < 0 {
		v = wide{}.minus(v)
	}
	return v.hi != 0 || v.lo > n
}

func (v wide) float() float64 { return float64(v.hi)*0x1p64 + float64(v.lo) }

func wideOf(v *big.Int) wide {
	hi := new(big.Int).Rsh(v, 64)
	lo := new(big.Int).Sub(v, new(big.Int).Lsh(hi, 64))
	return wide{hi.Int64(), lo.Uint64()}
}

// cell is a Taylor polynomial Σ terms[n]·tⁿ of Kind at the left end x0 of a cell, t
// in [0,1) being the place (x-x0)·2^cellBits. It is within err of Kind(x), and moves
// by at most slope where t moves by 2^-64; all in units of 2^-unit. The sizes of
// the terms add up to less than 2^126, those from narrow on to less than 2^62.
type cell struct {
	terms  [degree + 1]wide
	narrow int
	unit   int
	err    uint64
	slope  uint64
}

// at is the polynomial by Horner's scheme: every step rounds down once.
func (c *cell) at(t uint64) wide {
	sum := int64(c.terms[degree].lo)
	for n := degree - 1; n >= c.narrow; n-- {
		hi, _ := bits.Mul64(uint64(sum), t)
		if sum < 0 {
			hi -= t
		}
		sum = int64(c.terms[n].lo) + int64(hi)
	}
	v := wide{sum >> 63, uint64(sum)}
	for n := c.narrow - 1; n >= 0; n-- {
		v = v.scaled(t).plus(c.terms[n])
	}
	return v
}

// undecidable is the error of a cell that decides nothing.
const undecidable = math.MaxUint64

// newCell computes cell j, whose left end is j·2^-cellBits.
//
// Error in units: rounding each term costs below 1, and so does each step of
// Horner's scheme, in which later steps multiply by t < 1: 2·degree+1. To this
// comes the error of each enclosed term, rounded up, and the remainder
// c_(degree+1)(ξ)·2^(-cellBits·(degree+1)) with ξ in the cell.
func newCell(k Kind, j int64) *cell {
	p := leastBits
	left := p.dyadic(j, -cellBits, 1)
	radius := new(big.Int).Lsh(units(1), uint(p)-cellBits-1)
	whole := enclosure{new(big.Int).Add(left.mid, radius), radius}
	over := k.series(p, whole, degree+1)
	at := k.series(p, left, degree)

	// tail[n] is the size of the terms from n on, in units of 2^-p; together they
	// are Σ n·|terms[n]|, which bounds the slope.
	var tail [degree + 2]*big.Int
	tail[degree+1] = units(0)
	slope := units(0)
	for n := degree; n >= 0; n-- {
		at[n] = at[n].coarser(uint(cellBits * n))
		tail[n] = at[n].size()
		tail[n].Add(tail[n], tail[n+1])
		if n > 0 {
			slope.Add(slope, tail[n])
		}
	}
	c := &cell{unit: int(p) + 125 - tail[0].BitLen()}
	// up is a size in units of the cell, rounded up.
	up := func(v *big.Int, exp int) uint64 {
		v = shift(v, c.unit-int(p)+exp)
		v.Add(v, units(1))
		if !v.IsUint64() {
			return undecidable / 4
		}
		return min(v.Uint64(), undecidable/4)
	}
	c.narrow = degree
	for c.narrow > 0 && shift(tail[c.narrow-1], c.unit-int(p)).BitLen() < 62 {
		c.narrow--
	}
	c.err = 2*degree + 1 + up(over[degree+1].size(), -cellBits*(degree+1))
	for n, a := range at {
		c.terms[n] = wideOf(shift(a.mid, c.unit-int(p)))
		c.err = min(c.err, undecidable/4) + up(a.err, 0)
	}
	c.slope = up(slope, -64)
	if c.err >= undecidable/4 || c.slope >= undecidable/4 || shift(tail[degree], c.unit-int(p)).BitLen() >= 62 {
		c.err, c.slope = undecidable, 0
	}
	return c
}

// shift is v·2^exp rounded down.
func shift(v *big.Int, exp int) *big.Int {
	if exp >= 0 {
		return new(big.Int).Lsh(v, uint(exp))
	}
	return new(big.Int).Rsh(v, uint(-exp))
}

// cells are computed when first asked for. Two goroutines may both compute one;
// they get the same.
var cells [len(kindNames)][cellCount]atomic.Pointer[cell]

func cellAt(k Kind, j int64) *cell {
	slot := &cells[k][j+cellCount/2]
	c := slot.Load()
	if c == nil {
		c = newCell(k, j)
		slot.Store(c)
	}
	return c
}

// place locates x: it is (j + (t+θ)·2^-64)·2^-cellBits with 0 <= θ < 1, and θ = 0
// if exact. It fails outside the cells.
func (f *Function) place(at int64) (j int64, t uint64, exact, ok bool) {
	v, exact, ok := shiftedWide(at, f.InExp+cellBits+64)
	if !ok {
		return 0, 0, false, false
	}
	if f.InDen != 1 {
		var whole bool
		v, whole = v.over(uint64(f.InDen))
		exact = exact && whole
	}
	return v.hi, v.lo, exact, v.hi >= -cellCount/2 && v.hi < cellCount/2
}

// shiftedWide is m·2^n rounded down, for |m| < 2^63; it fails from 2^126 on.
func shiftedWide(m int64, n int) (v wide, exact, ok bool) {
	switch {
	case bits.Len64(uint64(max(m, -m)))+n > 126:
		return wide{}, false, false
	case n >= 64:
		return wide{m << (n - 64), 0}, true, true
	case n >= 0:
		return wide{m >> (64 - n), uint64(m) << n}, true, true
	case n > -64:
		return wide{m >> 63, uint64(m >> -n)}, m&(1<<-n-1) == 0, true
	}
	return wide{m >> 63, uint64(m >> 63)}, m == 0, true
}

// over is v/n rounded down.
func (v wide) over(n uint64) (q wide, exact bool) {
	negative := v.hi < 0
	if negative {
		v = wide{}.minus(v)
	}
	rest := uint64(v.hi) % n
	lo, rest := bits.Div64(rest, v.lo, n)
	q = wide{int64(uint64(v.hi) / n), lo}
	if negative {
		q = wide{}.minus(q)
		if rest != 0 {
			q = q.minus(wide{0, 1})
		}
	}
	return q, rest == 0
}

// curveAbove is above on a curve. Exact equality happens at x = 0 only: elsewhere
// it would make exp (by Lindemann's theorem) algebraic at a rational x. For GELU
// no proof is known to the authors; there an equality would end undecided.
func (f *Function) curveAbove(at, c int64) (yes bool, gap float64, err error) {
	if at == 0 && f.Kind != Softplus {
		return f.aboveAtZero(c), 0, nil
	}
	if yes, gap, ok := f.taylorAbove(at, c); ok {
		return yes, gap, nil
	}
	for p := leastBits; p <= mostBits; p *= 2 {
		d := f.difference(at, c, p)
		if s := d.sign(); s != 0 {
			mid, _ := new(big.Float).SetInt(d.mid).Float64()
			return s > 0, math.Ldexp(mid, -int(p)-f.OutExp), nil
		}
	}
	return false, 0, fmt.Errorf("step %v: F=%d against code %d undecided at %d bits", f.Kind, at, c, mostBits)
}

// difference encloses Kind(x) - y.
func (f *Function) difference(at, c int64, p fixed) enclosure {
	x := p.dyadic(at, f.InExp, f.InDen)
	return f.Kind.value(p, x).minus(p.dyadic(2*c-1, f.OutExp-1, 1))
}

// aboveAtZero compares the algebraic values at x = 0.
func (f *Function) aboveAtZero(c int64) bool {
	switch f.Kind {
	case Decay:
		return f.border(c, 0) <= 0
	case Sigmoid:
		return f.border(c, -1) <= 0
	}
	return c <= 0
}

// taylorAbove is curveAbove where the polynomial of x's cell decides it.
func (f *Function) taylorAbove(at, c int64) (yes bool, gap float64, ok bool) {
	j, t, exactX, ok := f.place(at)
	if !ok {
		return false, 0, false
	}
	cell := cellAt(f.Kind, j)
	if cell.err == undecidable {
		return false, 0, false
	}
	m := 2*c - 1
	y, exactY, ok := shiftedWide(m, cell.unit+f.OutExp-1)
	if !ok { // |y| >= 2^125 units, more than |Kind(x)|
		return m < 0, -float64(m) / 2, true
	}
	limit := cell.err
	if !exactX {
		limit += cell.slope
	}
	if !exactY {
		limit++
	}
	d := cell.at(t).minus(y)
	return d.hi >= 0, d.float() * power(-cell.unit-f.OutExp), d.beyond(limit)
}

// power is 2^exp, or a neighbouring power of two at the ends of float64's range.
func power(exp int) float64 {
	return math.Float64frombits(uint64(1023+max(-1022, min(1023, exp))) << 52)
}
