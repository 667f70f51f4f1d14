package tensor

import "math"

// activation numbers the functions that are applied entry by entry.
type activation int

const (
	expOf activation = iota
	sigmoidOf
	tanhOf
	// The functions from here on also give their slope.
	siluOf
	geluOf
	softplusOf
	activations
)

// apply sets value to f(x), and slope, for the functions that give it, to f′(x). The
// three may share storage.
func (f activation) apply(value, slope, x []float32) {
	done := 0
	if kern != nil {
		done = len(x) &^ (kern.lanes - 1)
		f.call(value, slope, x, done)
		if done < len(x) {
			f.rest(value, slope, x, done)
		}
		return
	}
	for i, v := range x {
		y, s := f.at(v)
		value[i] = y
		if f >= siluOf {
			slope[i] = s
		}
	}
}

// call runs the kernel for the first n entries.
func (f activation) call(value, slope, x []float32, n int) {
	if n == 0 {
		return
	}
	if f < siluOf {
		slope = value // not written
	}
	kern.activate[f](&value[0], &slope[0], &x[0], n)
}

// rest runs the kernel for the entries from done on, fewer than a register holds.
func (f activation) rest(value, slope, x []float32, done int) {
	buf := make([]float32, 2*kern.lanes)
	v, s := buf[:kern.lanes], buf[kern.lanes:]
	copy(v, x[done:])
	f.call(v, s, v, kern.lanes)
	copy(value[done:], v[:len(x)-done])
	if f >= siluOf {
		copy(slope[done:], s[:len(x)-done])
	}
}

// at is f and its slope at one number, as the kernels compute them.
func (f activation) at(x float32) (value, slope float32) {
	switch f {
	case expOf:
		return exp32(x), 0
	case sigmoidOf:
		return 1 / (1 + exp32(-x)), 0
	case tanhOf:
		return 2/(1+exp32(-2*x)) - 1, 0
	case siluOf:
		s := 1 / (1 + exp32(-x))
		return x * s, s + x*s*(1-s)
	case geluOf:
		return gelu32(x)
	}
	return softplus32(x)
}

// The exponential: x = n·ln 2 + r with |r| ≤ ln 2 / 2, e^r by a polynomial (S. Moshier,
// Cephes, expf). The relative error is below 2^−22 for results in the range of normal
// numbers; outside it the result stays at that range's ends.
const (
	expLow, expHigh = -87, 88
	log2e           = 1.44269504088896341
	ln2High, ln2Low = 0.693359375, -2.12194440e-4
	exp7            = 1.9875691500e-4
	exp6            = 1.3981999507e-3
	exp5            = 8.3334519073e-3
	exp4            = 4.1665795894e-2
	exp3            = 1.6666665459e-1
	exp2            = 0.5
)

func exp32(x float32) float32 {
	x = min(max(x, expLow), expHigh)
	n := float32(math.RoundToEven(float64(x * log2e)))
	r := x - n*ln2High
	r -= n * ln2Low
	p := float32(exp7)
	p = p*r + exp6
	p = p*r + exp5
	p = p*r + exp4
	p = p*r + exp3
	p = p*r + exp2
	p = p*r + 1
	p = p*r + 1
	return p * math.Float32frombits(uint32(int32(n)+127)<<23)
}

// GELU in its exact form, x·Φ(x), with the error function of Abramowitz and Stegun,
// 7.1.26, whose absolute error is at most 1.5e-7.
const (
	erfScale   = 0.3275911 * 0.70710678118654752 // of |x|, where erf takes |x|/√2
	erf1       = 0.254829592
	erf2       = -0.284496736
	erf3       = 1.421413741
	erf4       = -1.453152027
	erf5       = 1.061405429
	normalPeak = 0.39894228040143268 // 1/√2π
)

func gelu32(x float32) (value, slope float32) {
	a := float32(math.Abs(float64(x)))
	e := exp32(-0.5 * x * x)
	t := 1 / (1 + a*erfScale)
	p := float32(erf5)
	p = p*t + erf4
	p = p*t + erf3
	p = p*t + erf2
	p = p*t + erf1
	half := 0.5 - 0.5*p*t*e // Φ(|x|) − 1/2
	cdf := 0.5 + float32(math.Copysign(float64(half), float64(x)))
	return x * cdf, cdf + x*e*normalPeak
}

// softplus32 is log(1 + e^x) = max(x, 0) + log(1 + u) with u = e^−|x|, and the slope
// 1/(1 + e^−x). log(1 + u) = 2 artanh(s) with s = u/(2 + u) ≤ 1/3, by its series.
func softplus32(x float32) (value, slope float32) {
	u := exp32(-float32(math.Abs(float64(x))))
	s := u / (2 + u)
	q := s * s
	p := float32(2.0 / 15)
	p = p*q + 2.0/13
	p = p*q + 2.0/11
	p = p*q + 2.0/9
	p = p*q + 2.0/7
	p = p*q + 2.0/5
	p = p*q + 2.0/3
	p = p*q + 2
	half := 1/(1+u) - 0.5
	return max(x, 0) + p*s, 0.5 + float32(math.Copysign(float64(half), float64(x)))
}

// axpy adds a·x to y.
func axpy(a float32, x, y []float32) {
	y = y[:len(x)]
	done := 0
	if kern != nil {
		if done = len(x) &^ (kern.lanes - 1); done > 0 {
			kern.axpy(a, &x[0], &y[0], done)
		}
	}
	for i := done; i < len(x); i++ {
		y[i] += a * x[i]
	}
}

// mulAdd adds a·x, entry by entry, to y.
func mulAdd(a, x, y []float32) {
	a, y = a[:len(x)], y[:len(x)]
	done := 0
	if kern != nil {
		if done = len(x) &^ (kern.lanes - 1); done > 0 {
			kern.mulAdd(&a[0], &x[0], &y[0], done)
		}
	}
	for i := done; i < len(x); i++ {
		y[i] += a[i] * x[i]
	}
}

// add adds x to y.
func add(x, y []float32) { axpy(1, x, y) }

// dot is the sum of a·x, in four sums that are added at the end.
func dot(a, x []float32) float32 {
	a = a[:len(x)]
	var s0, s1, s2, s3 float32
	i := 0
	for ; i+4 <= len(x); i += 4 {
		s0 += a[i] * x[i]
		s1 += a[i+1] * x[i+1]
		s2 += a[i+2] * x[i+2]
		s3 += a[i+3] * x[i+3]
	}
	for ; i < len(x); i++ {
		s0 += a[i] * x[i]
	}
	return (s0 + s1) + (s2 + s3)
}

// sum is the sum of x, in four sums that are added at the end.
func sum(x []float32) float32 {
	var s0, s1, s2, s3 float32
	i := 0
	for ; i+4 <= len(x); i += 4 {
		s0 += x[i]
		s1 += x[i+1]
		s2 += x[i+2]
		s3 += x[i+3]
	}
	for ; i < len(x); i++ {
		s0 += x[i]
	}
	return (s0 + s1) + (s2 + s3)
}
