package tensor

import (
	"math"
	"math/cmplx"
)

// S4DParams are the arrays of an S4D layer with d channels of m complex modes.
type S4DParams struct {
	LogDt           *Param // [d]
	LogAReal, AImag *Param // [d, m]
	C               *Param // [d, m, 2], real and imaginary parts
	D               *Param // [d]
}

// S4D is the convolution of each channel with its kernel, for u of width d:
//
//	K_l = 2 Re Σ_m c_m·(p_m − 1)/a_m·p_m^l,  p_m = exp(a_m·dt),  a_m = −exp(LogAReal) + i·AImag
//	y_t = Σ_{l≤t} K_l·u_{t−l} + D·u_t
//
// The rows are sequences of the given length, one after the other.
func (t *Tape) S4D(u *Tensor, p S4DParams, length int) *Tensor {
	d := u.Cols
	y := t.new(u.Rows, d)
	kernel := t.floats(length * d) // a row for each l
	p.each(func(at, channel int, m mode) {
		if at%p.modes() == 0 {
			for l := range length {
				kernel[l*d+channel] = 0
			}
		}
		power := m.weight()
		for l := range length {
			kernel[l*d+channel] += float32(2 * real(power))
			power *= m.pole
		}
	})
	for r := range u.Rows {
		row := y.Row(r)
		clear(row)
		mulAdd(p.D.Value, u.Row(r), row)
		for l := range r%length + 1 {
			mulAdd(kernel[l*d:(l+1)*d], u.Row(r-l), row)
		}
	}
	t.push(func() {
		slope := t.zeros(length * d)
		for r := range u.Rows {
			gy := y.Grad[r*d : (r+1)*d]
			mulAdd(u.Row(r), gy, t.grad(p.D))
			mulAdd(p.D.Value, gy, u.Grad[r*d:(r+1)*d])
			for l := range r%length + 1 {
				s := r - l
				mulAdd(u.Row(s), gy, slope[l*d:(l+1)*d])
				mulAdd(kernel[l*d:(l+1)*d], gy, u.Grad[s*d:(s+1)*d])
			}
		}
		t.kernelBack(p, slope, length)
	})
	return y
}

// A mode is one mode of a channel, discretised.
type mode struct {
	dt               float64
	a, c, pole, gain complex128 // gain = (pole − 1)/a
}

// weight is the kernel's factor of pole^l.
func (m mode) weight() complex128 { return m.c * m.gain }

func (p S4DParams) modes() int { return p.LogAReal.Shape[1] }

// each visits all modes, those of a channel one after the other.
func (p S4DParams) each(visit func(at, channel int, m mode)) {
	for channel, logDt := range p.LogDt.Value {
		dt := math.Exp(float64(logDt))
		for k := range p.modes() {
			at := channel*p.modes() + k
			a := complex(-math.Exp(float64(p.LogAReal.Value[at])), float64(p.AImag.Value[at]))
			c := complex(float64(p.C.Value[2*at]), float64(p.C.Value[2*at+1]))
			pole := cmplx.Exp(a * complex(dt, 0))
			visit(at, channel, mode{dt, a, c, pole, (pole - 1) / a})
		}
	}
}

// kernelBack adds the gradients by the modes, given slope, that by the kernel. For a
// complex number z on which the loss depends holomorphically through the kernel, gz is
// the number with dLoss = Re(gz·dz).
func (t *Tape) kernelBack(p S4DParams, slope []float32, length int) {
	d := len(p.LogDt.Value)
	logDt, logAReal, aImag, gc := t.grad(p.LogDt), t.grad(p.LogAReal), t.grad(p.AImag), t.grad(p.C)
	p.each(func(at, channel int, m mode) {
		var gWeight, gPole complex128
		power, before := complex(1, 0), complex(0, 0) // pole^l and l·pole^(l−1)
		for l := range length {
			g := complex(2*float64(slope[l*d+channel]), 0)
			gWeight += g * power
			gPole += g * before
			before = before*m.pole + power
			power *= m.pole
		}
		gPole *= m.weight()
		gGain := gWeight * m.c
		gPole += gGain / m.a
		gExponent := gPole * m.pole
		gA := gExponent*complex(m.dt, 0) - gGain*m.gain/m.a
		gC := gWeight * m.gain
		gc[2*at] += float32(real(gC))
		gc[2*at+1] -= float32(imag(gC))
		logAReal[at] += float32(real(gA) * real(m.a))
		aImag[at] -= float32(imag(gA))
		logDt[channel] += float32(real(gExponent*m.a) * m.dt)
	})
}
