package lower

import (
	"fmt"
	"math/bits"
)

// minDigitLevels is the least number of change points for which a second digit is
// worth a level of depth.
const minDigitLevels = 6

// maxBorders bounds the borders of a part that are not the step's own thresholds.
const maxBorders = 1 << 25

// Part is a monotone piece of a step in units of its codes: the code is the
// number of ascending Borders that the form (negated when Falling) reaches.
type Part struct {
	Falling bool
	Borders []int64
	Whole   bool // Borders are the step's own thresholds, unchanged
	Width   int  // bits of the low digit, 0 for one digit
}

// High is the number of gates of the part's first bank: its higher digit, or all
// of it.
func (p *Part) High() int { return len(p.Borders) >> p.Width }

// Low is the number of gates of its low digit's bank.
func (p *Part) Low() int {
	if p.Width == 0 {
		return 0
	}
	return 1<<p.Width - 1
}

// Shape says how a step is lowered. With Digits 1 the step is one bank of
// arbitrary values; with 2 it is one or two monotone parts with disjoint
// support, and value = Lo + Σ codes.
type Shape struct {
	Digits      int
	Lo          int64
	Bits        int // bits of value - Lo
	Parts       []Part
	Levels      int  // gates of the single bank when Digits is 1
	Materialise bool // each bit is a gate of its own
}

// ShapeOf plans the lowering of a step with these thresholds and values. Two
// digits are used where asked for, where they save gates and where the step is
// monotone or a valley.
func ShapeOf(thresholds, values []int64, digits int, materialise bool) (Shape, error) {
	lo, hi := values[0], values[0]
	for _, v := range values {
		lo, hi = min(lo, v), max(hi, v)
	}
	s := Shape{Digits: 1, Lo: lo, Bits: bits.Len64(uint64(hi - lo)), Levels: len(thresholds), Materialise: materialise}
	if s.Bits > 40 {
		return s, fmt.Errorf("step with %d-bit values", s.Bits)
	}
	if digits < 2 || len(thresholds) < minDigitLevels {
		return s, nil
	}
	parts, ok := split(thresholds, values, lo)
	if !ok {
		return s, nil
	}
	s.Digits, s.Parts, s.Levels = 2, parts, 0
	return s, nil
}

// split cuts a step at its minimum lo into a falling and a rising part, if it
// strictly falls and then strictly rises and digits then take fewer gates than
// one for each threshold.
func split(thresholds, values []int64, lo int64) (parts []Part, ok bool) {
	turn, last := 0, len(thresholds)
	for turn < last && values[turn+1] < values[turn] {
		turn++
	}
	for i := turn; i < last; i++ {
		if values[i+1] <= values[i] {
			return nil, false
		}
	}
	whole := turn == 0 && values[last]-lo == int64(last)
	falls, rises := values[0]-lo, values[last]-lo
	if !whole && max(falls, rises) > maxBorders || digitGates(int(falls))+digitGates(int(rises)) >= last {
		return nil, false
	}
	if turn > 0 {
		parts = append(parts, fallingPart(thresholds[:turn], values[:turn+1]))
	}
	switch {
	case whole:
		parts = append(parts, Part{Whole: true, Borders: thresholds})
	case turn < last:
		parts = append(parts, risingPart(thresholds[turn:], values[turn:]))
	}
	for i := range parts {
		parts[i].Width = lowWidth(len(parts[i].Borders))
	}
	return parts, true
}

// risingPart has the borders of a rising piece: a threshold for every code that
// the value gains there.
func risingPart(thresholds, values []int64) (p Part) {
	for i, t := range thresholds {
		for range values[i+1] - values[i] {
			p.Borders = append(p.Borders, t)
		}
	}
	return p
}

// fallingPart has the borders of a falling piece on the negated form: the value
// is at least c for F < τ, that is for -F >= 1-τ.
func fallingPart(thresholds, values []int64) Part {
	p := Part{Falling: true}
	for i := len(thresholds) - 1; i >= 0; i-- {
		for range values[i] - values[i+1] {
			p.Borders = append(p.Borders, 1-thresholds[i])
		}
	}
	return p
}

// lowWidth is the width of the low digit that takes the fewest gates.
func lowWidth(levels int) int {
	best, width := levels, 0
	for w := 1; 1<<w <= levels; w++ {
		if cost := twoDigits(levels, w); cost < best {
			best, width = cost, w
		}
	}
	return width
}

// twoDigits is the number of gates of a code whose low digit has w bits.
func twoDigits(levels, w int) int { return levels>>w + 1<<w - 1 }

// digitGates is the number of gates of a code in the digits that take the fewest.
func digitGates(levels int) int { return twoDigits(levels, lowWidth(levels)) }

// Depth is the number of levels that the step adds.
func (s *Shape) Depth() int {
	d := 1
	for i := range s.Parts {
		if s.Parts[i].Width > 0 {
			d = 2
		}
	}
	if s.Materialise {
		d++
	}
	return d
}

// Gates is the number of gates of the step.
func (s *Shape) Gates() int64 {
	n := int64(s.Levels)
	for i := range s.Parts {
		n += int64(s.Parts[i].High() + s.Parts[i].Low())
	}
	if s.Materialise {
		n += int64(s.Bits)
	}
	return n
}

// ProductGates is the number of gates of a product whose factors have these
// numbers of bits and least values: a conjunction for every set of two or more
// factors whose other factors do not vanish at their least values.
func ProductGates(factorBits []int, least []int64) int64 {
	n := int64(0)
	for set := range Subsets(least) {
		gates := int64(1)
		for i, b := range factorBits {
			if set>>i&1 == 1 {
				gates *= int64(b)
			}
		}
		n += gates
	}
	return n
}

// SquareGates is the number of gates of the square of a value of this many bits.
func SquareGates(bits int) int64 { return int64(bits) * int64(bits-1) / 2 }

// Subsets yields the sets of at least two factors with their coefficient, the
// product of the least values of the factors outside, where it is not 0. Larger
// sets come first.
func Subsets(least []int64) func(yield func(set uint, coef int64) bool) {
	return func(yield func(set uint, coef int64) bool) {
		n := len(least)
		for size := n; size >= 2; size-- {
			for set := uint(1)<<n - 1; set > 0; set-- {
				if bits.OnesCount(set) != size {
					continue
				}
				coef := int64(1)
				for i, lo := range least {
					if set>>i&1 == 0 {
						coef *= lo
					}
				}
				if coef != 0 && !yield(set, coef) {
					return
				}
			}
		}
	}
}
