package compile

import (
	"math"
)

// headroom widens calibrated ranges, so that words a little outside the
// calibration's saturate rarely.
const headroom = 1.0 / 4

// scale is the number format of one tensor: value = code·2^exp, lo <= code <= hi.
type scale struct {
	exp    int
	lo, hi int64

	largest float64 // calibrated range, widened
	extra   int     // bits beyond the precision p
	fill    float64 // codes of one sign number at most fill·2^(p+extra) + 1
	fine    law     // of 2^-exp
}

// max is the largest |code|.
func (s scale) max() int64 { return max(s.hi, -s.lo) }

// signedScale covers ±largest with bits bits, sign included.
func signedScale(largest float64, bits int) scale {
	s, m := scaleFor(largest, bits-1)
	s.lo, s.hi, s.fill = -m, m, s.fill/2
	s.fine.offset--
	return s
}

// unsignedScale covers 0..largest with bits bits.
func unsignedScale(largest float64, bits int) scale {
	s, m := scaleFor(largest, bits)
	s.hi = m
	return s
}

// unitScale covers [0,1) with bits bits.
func unitScale(_ float64, bits int) scale {
	return scale{exp: -bits, hi: int64(1)<<bits - 1, largest: 1, fill: 1, fine: law{1, 0}}
}

// scaleFor is the finest power of two at which largest, widened by the headroom,
// has a code of at most 2^bits-1, and that code rounded up. With the widened range
// f·2^e, 1/2 <= f < 1, the scale is 2^(e-bits) or twice that, and the code at most
// f·2^bits + 1.
func scaleFor(largest float64, bits int) (s scale, code int64) {
	limit := int64(1)<<bits - 1
	wide := largest * (1 + headroom)
	if !(wide > 0) {
		return scale{exp: -bits, fill: 1, fine: law{1, 0}}, 1
	}
	s.largest = wide
	fill, e := math.Frexp(wide)
	s.fill, s.fine = fill, law{1, float64(-e)}
	s.exp = e - bits
	if math.Ceil(math.Ldexp(wide, -s.exp)) > float64(limit) {
		s.exp++
	}
	return s, max(1, int64(math.Ceil(math.Ldexp(wide, -s.exp))))
}
