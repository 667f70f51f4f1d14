package ssm

import (
	"math"
	"slices"
)

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

// cadd returns a+b entry by entry.
func cadd(a, b []complex128) []complex128 {
	out := make([]complex128, len(a))
	for i := range a {
		out[i] = a[i] + b[i]
	}
	return out
}

// matvec applies a row-major matrix with rows of the length of v.
func matvec(m, v []float64) []float64 {
	out := make([]float64, len(m)/len(v))
	for i := range out {
		out[i] = dot(m[i*len(v):(i+1)*len(v)], v)
	}
	return out
}

// matmul is the product of two row-major n x n matrices.
func matmul(a, b []float64, n int) []float64 {
	out := make([]float64, n*n)
	for i := range n {
		for k := range n {
			factor := a[i*n+k]
			for j := range n {
				out[i*n+j] += float64(factor * b[k*n+j])
			}
		}
	}
	return out
}

// softmax is exp(v) divided by its sum, with the largest entry subtracted first.
func softmax(v []float64) []float64 {
	top, sum := slices.Max(v), 0.0
	out := make([]float64, len(v))
	for i, x := range v {
		out[i] = math.Exp(x - top)
		sum += out[i]
	}
	for i := range out {
		out[i] /= sum
	}
	return out
}
