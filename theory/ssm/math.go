package ssm

import "math"

// Every product that feeds a sum is written float64(a*b): the Go specification
// lets a compiler fuse x*y+z into one rounding unless a conversion stands in
// between, and a specification must give the same sums on every machine.

// softplusCut is where torch.nn.functional.softplus switches to the identity.
const softplusCut = 20

// softplus is log(1+exp(v)), and v itself above softplusCut.
func softplus(v float64) float64 {
	if v > softplusCut {
		return v
	}
	return math.Log1p(math.Exp(v))
}

// sigmoid is 1/(1+exp(-v)).
func sigmoid(v float64) float64 { return 1 / (1 + math.Exp(-v)) }

// silu is v*sigmoid(v).
func silu(v float64) float64 { return v * sigmoid(v) }

// gelu is the exact form with erf, not the tanh approximation.
func gelu(v float64) float64 { return 0.5 * v * (1 + math.Erf(v/math.Sqrt2)) }

// apply returns f of every entry.
func apply(f func(float64) float64, v []float64) []float64 {
	out := make([]float64, len(v))
	for i, x := range v {
		out[i] = f(x)
	}
	return out
}

// add returns a+b entry by entry.
func add(a, b []float64) []float64 {
	out := make([]float64, len(a))
	for i := range a {
		out[i] = a[i] + b[i]
	}
	return out
}

// multiply returns a*b entry by entry.
func multiply(a, b []float64) []float64 {
	out := make([]float64, len(a))
	for i := range a {
		out[i] = float64(a[i] * b[i])
	}
	return out
}

// dot sums the products from the first entry to the last.
func dot(a, b []float64) float64 {
	sum := 0.0
	for i := range a {
		sum += float64(a[i] * b[i])
	}
	return sum
}

// cmul is the complex product, spelled out for the reason given above.
func cmul(a, b complex128) complex128 {
	return complex(
		float64(real(a)*real(b))-float64(imag(a)*imag(b)),
		float64(real(a)*imag(b))+float64(imag(a)*real(b)))
}

// cdiv is the complex quotient; b must not be zero.
func cdiv(a, b complex128) complex128 {
	norm := float64(real(b)*real(b)) + float64(imag(b)*imag(b))
	q := cmul(a, complex(real(b), -imag(b)))
	return complex(real(q)/norm, imag(q)/norm)
}

// cexp is the complex exponential.
func cexp(a complex128) complex128 {
	scale := math.Exp(real(a))
	sin, cos := math.Sincos(imag(a))
	return complex(float64(scale*cos), float64(scale*sin))
}
