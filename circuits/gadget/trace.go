package gadget

import "math"

// tracer finds the crossings of one curve piece in their order. Where it looks is
// guesswork in floating point; what it returns is decided by above alone.
type tracer struct {
	*piece
	seen int
	last [3]int64 // crossings before, latest first
}

// next is the least F of the piece past the border of code c: at or above it on
// a rising piece, below it on a falling one. Borders come in the order in which
// the piece crosses them, and the piece does cross them.
func (t *tracer) next(c int64) (int64, error) {
	lo, hi := t.from, t.to // lo is before the crossing, hi is not
	if t.seen > 0 {
		lo = max(lo, t.last[0]-1)
	}
	slope, at := t.predict(lo, hi)
	var before, beforeGap float64
	for tries := 0; hi-lo > 1; tries++ {
		above, gap, err := t.above(at, c)
		if err != nil {
			return 0, err
		}
		if above == (t.dir > 0) {
			hi = at
		} else {
			lo = at
		}
		if rise := gap - beforeGap; tries > 0 && rise != 0 {
			slope = (float64(at) - before) / rise
		}
		before, beforeGap = float64(at), gap
		at = t.towards(at, -gap*slope, lo, hi)
		if tries > 3 && tries&1 == 0 {
			at = lo + (hi-lo)/2
		}
	}
	t.last[2], t.last[1], t.last[0] = t.last[1], t.last[0], hi
	t.seen++
	return hi, nil
}

// predict continues the last crossings by a parabola. The slope is in units of F
// per output step.
func (t *tracer) predict(lo, hi int64) (slope float64, at int64) {
	step := t.last[0] - t.last[1]
	bend := step - (t.last[1] - t.last[2])
	switch t.seen {
	case 0, 1:
		return 0, lo + (hi-lo)/2
	case 2:
		bend = 0
	}
	return float64(step+bend/2) * float64(t.dir), t.towards(t.last[0], float64(step+bend), lo, hi)
}

// towards is at+move, rounded up and kept strictly between lo and hi.
func (t *tracer) towards(at int64, move float64, lo, hi int64) int64 {
	if !(math.Abs(move) < 0x1p62) {
		return lo + (hi-lo)/2
	}
	return max(lo+1, min(hi-1, at+int64(math.Ceil(move))))
}
