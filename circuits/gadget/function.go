package gadget

import (
	"fmt"
	"math"
)

// Kind names a real function of one variable.
type Kind uint8

// The real functions that layers use. Valley functions (SiLU, GELU) fall to one
// minimum and then rise; the others are monotone, but for Softplus at its cut.
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

// Function is a real function followed by rounding: for an integer F,
//
//	x    = F · 2^InExp / InDen
//	code = clamp(⌊Kind(x)·2^-OutExp + 1/2⌋, Lo, Hi)
//
// RSqrt adds Eps (a dyadic rational, as every float64 is) to x first and takes
// every x+Eps <= 0 to Hi. The other kinds ignore Eps.
type Function struct {
	Kind   Kind
	InExp  int
	InDen  int64
	OutExp int
	Lo, Hi int64
	Eps    float64
}

// Bounds of a Function. A form whose range is proved to fit in 62 bits stays
// within formLimit; exponents beyond expLimit are no number format of a float64
// model; codes within codeLimit keep 2·code-1 far from overflow; and a table of
// more than tableLimit change points is refused rather than allocated.
const (
	formLimit  = int64(1) << 61
	codeLimit  = int64(1) << 60
	tableLimit = int64(1) << 28
	expLimit   = 1024
)

// validate names the first field that is out of bounds.
func (f *Function) validate() error {
	switch {
	case int(f.Kind) >= len(kindNames):
		return fmt.Errorf("step: unknown function %v", f.Kind)
	case f.Lo > f.Hi:
		return fmt.Errorf("step %v: empty code range [%d,%d]", f.Kind, f.Lo, f.Hi)
	case f.Lo < -codeLimit || f.Hi > codeLimit:
		return fmt.Errorf("step %v: code range [%d,%d] exceeds ±2^60", f.Kind, f.Lo, f.Hi)
	case f.Hi-f.Lo > tableLimit:
		return fmt.Errorf("step %v: code range [%d,%d] has more than 2^28 change points", f.Kind, f.Lo, f.Hi)
	case f.InDen <= 0:
		return fmt.Errorf("step %v: denominator %d is not positive", f.Kind, f.InDen)
	case max(f.InExp, -f.InExp, f.OutExp, -f.OutExp) > expLimit || f.InExp == math.MinInt || f.OutExp == math.MinInt:
		return fmt.Errorf("step %v: exponents 2^%d and 2^%d exceed ±%d", f.Kind, f.InExp, f.OutExp, expLimit)
	case f.Kind == RSqrt && (math.IsNaN(f.Eps) || math.IsInf(f.Eps, 0)):
		return fmt.Errorf("step %v: eps %v is not finite", f.Kind, f.Eps)
	}
	return nil
}

// Steps is a function of an integer by its change points: the value is
// Values[l] where l is the number of Thresholds that are at most F.
type Steps struct {
	Thresholds []int64 // strictly ascending
	Values     []int64 // len(Thresholds)+1, neighbours differ
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

// Steps computes every change point of f for |F| <= 2^61: At(F) is the code at F.
// It fails when a field is out of bounds or when a change point cannot be decided.
func (f Function) Steps() (Steps, error) {
	if err := f.validate(); err != nil {
		return Steps{}, err
	}
	pieces, err := f.pieces()
	if err != nil {
		return Steps{}, err
	}
	var s Steps
	for _, p := range pieces {
		if err := p.appendTo(&s); err != nil {
			return Steps{}, err
		}
	}
	return s, nil
}

// push appends the change to code at F = at, unless the code is that already.
func (s *Steps) push(at, code int64) {
	switch n := len(s.Thresholds); {
	case len(s.Values) == 0:
		s.Values = append(s.Values, code)
	case s.Values[n] == code:
	case n > 0 && s.Thresholds[n-1] == at: // codes in between are never taken
		s.Values[n] = code
	default:
		s.Thresholds = append(s.Thresholds, at)
		s.Values = append(s.Values, code)
	}
}
