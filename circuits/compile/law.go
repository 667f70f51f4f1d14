package compile

import "math"

// law bounds a number x that depends on the precision p: log2 x <= slope·p + offset.
type law struct {
	slope  int
	offset float64
}

// constantLaw bounds a number that does not depend on p.
func constantLaw(x float64) law { return law{0, math.Log2(max(x, 1))} }

// times bounds a product.
func (a law) times(b law) law { return law{a.slope + b.slope, a.offset + b.offset} }

// scaled bounds a multiple.
func (a law) scaled(x float64) law { return a.times(constantLaw(x)) }

// or bounds both.
func (a law) or(b law) law { return law{max(a.slope, b.slope), max(a.offset, b.offset)} }

// at is the bound of log2 x.
func (a law) at(p int) float64 { return float64(a.slope*p) + a.offset }

// sumLaw bounds a sum.
func sumLaw(parts ...law) law {
	var most law
	for _, x := range parts {
		most = most.or(x)
	}
	return most.scaled(float64(len(parts)))
}
