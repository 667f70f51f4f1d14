package compile

import (
	"math"
	"math/cmplx"

	"tc0/circuits/gadget"
	"tc0/theory/ssm"
)

// kernelWindow is the number of lags whose coefficient errors together stay
// below the guard; it fixes the scale of the convolution for every length.
const kernelWindow = 64

// s4dLayer holds the integers of one quantised S4D block.
type s4dLayer struct {
	d, modes  int
	preNorm   bool
	norm      streamNorm
	kernel    []*linear // by lag: d x parts, constant per channel
	state     *linear   // recurrent: rows re, im of every mode; columns re, im, parts
	re        *quantity
	read      *linear // recurrent: d x (2·modes + parts)
	gelu      *quantity
	value     *linear
	valueCode *quantity
	gate      *linear
	gateCode  *quantity
	out       *stream
}

func (p *planner) s4d(layer int, b *ssm.S4D, in *stream) *s4dLayer {
	name := mambaPrefix(layer)
	l := &s4dLayer{d: b.DModel, modes: b.Modes, preNorm: b.PreNorm}
	mixed := in
	if b.PreNorm {
		mixed = p.streamNorm(name, &b.Norm, in, &l.norm)
	}
	gelu := p.signed(name + "gelu")
	form := p.s4dMix(name, b, l, mixed, gelu)
	l.gelu = p.quantity(name+"gelu", gadget.GELU, form, 1, gelu, 0)

	gs := repeat(l.gelu.source(), l.d)
	half := func(from int) (w, bias []float64) {
		if b.Output.Bias != nil {
			bias = b.Output.Bias[from : from+l.d]
		}
		return b.Output.Weight[from*l.d : (from+l.d)*l.d], bias
	}
	value := p.signed(name + "value")
	w, bias := half(0)
	l.value = p.linear(name+"value", w, bias, gs, value)
	l.valueCode = p.quantity(name+"value", gadget.Identity, l.value.source(), 1, value, 0)
	gate := p.unit(name + "gate")
	w, bias = half(l.d)
	l.gate = p.linear(name+"gate", w, bias, gs, scale{exp: gate.exp + 2, fine: gate.fine}) // the sigmoid's slope is at most 1/4
	l.gateCode = p.quantity(name+"gate", gadget.Sigmoid, l.gate.source(), 1, gate, 0)

	glu := streamPart{source: product(l.valueCode, l.gateCode), weight: ones(l.d), cols: l.d}
	sum := &stream{parts: append(append([]streamPart(nil), in.parts...), glu), bias: in.bias}
	if b.PreNorm {
		l.out = sum
	} else {
		l.out = p.streamNorm(name, &b.Norm, sum, &l.norm)
	}
	return l
}

// s4dMix plans the state-space mixing in either form and returns its forms as an
// operand.
func (p *planner) s4dMix(name string, b *ssm.S4D, l *s4dLayer, in *stream, out scale) source {
	if p.q.Form == Recurrent {
		return p.s4dRecurrence(name, b, l, in, out)
	}
	lags := max(p.length, kernelWindow)
	kernel := b.Kernel(lags)
	reach := 1.0
	for _, part := range in.parts {
		reach += float64(part.max) * kernelWindow
	}
	_, log := math.Frexp(reach)
	form := source{exp: out.exp - guardBits - log}
	for !p.kernelAt(b, l, in, kernel, lags, &form, out) {
		form.exp++
	}
	if form.exp > out.exp-guardBits-log {
		p.coarse(name+"kernel", form.exp)
	}
	vanished := 0
	for _, k := range l.kernel {
		vanished += k.vanished
	}
	p.vanished(name+"kernel", vanished, lags*l.d*len(in.parts))
	return form
}

// kernelAt rounds the kernel's lags at the scale of form; it fails when forms may
// exceed formBits.
func (p *planner) kernelAt(b *ssm.S4D, l *s4dLayer, in *stream, kernel []float64, lags int, form *source, out scale) bool {
	l.kernel = l.kernel[:0]
	sum := 0.0
	for lag := range lags {
		w, bias, sources := in.own(func(i int) float64 {
			k := kernel[i*lags+lag]
			if lag == 0 {
				k += b.D[i]
			}
			return k
		})
		k := newLinear(w, sources)
		k.exp = form.exp
		if !k.round(w, bias, sources) {
			return false
		}
		if lag < kernelWindow {
			sum += k.wide
		}
		k.fine = out.fine.times(reachLaw(sources)).scaled(kernelWindow << (guardBits + 1))
		k.measure(w, bias, sources)
		form.fine, form.size = k.fine, form.size.or(k.size)
		l.kernel = append(l.kernel, k)
	}
	return sum < 1<<formBits
}

// s4dRecurrence plans s_t = exp(a·dt)·s_{t-1} + x_t per mode and the readout
// y = Σ 2·Re(c·gain·s) + D·x.
func (p *planner) s4dRecurrence(name string, b *ssm.S4D, l *s4dLayer, in *stream, out scale) source {
	state := p.signed(name + "state")
	size := (&quantity{scale: state}).source()
	var weights, bias, readout, readBias []float64
	for i := range l.d {
		parts := func() (w []float64) {
			for _, part := range in.parts {
				w = append(w, part.weight[i])
			}
			return w
		}
		for m := range l.modes {
			at := i*l.modes + m
			dt := math.Exp(b.LogDt[i])
			a := complex(-math.Exp(b.LogAReal[at]), b.AImag[at])
			pole := cmplx.Exp(a * complex(dt, 0))
			w := complex(b.CRe[at], b.CIm[at]) * (pole - 1) / a
			weights = append(append(weights, real(pole), -imag(pole)), parts()...)
			weights = append(weights, imag(pole), real(pole))
			for range in.parts {
				weights = append(weights, 0)
			}
			bias = append(bias, in.bias[i], 0)
			readout = append(readout, 2*real(w), -2*imag(w))
		}
		for _, w := range parts() {
			readout = append(readout, b.D[i]*w)
		}
		readBias = append(readBias, b.D[i]*in.bias[i])
	}
	var sources []source
	for _, part := range in.parts {
		sources = append(sources, part.source)
	}
	l.state = p.linear(name+"state", weights, bias, append(repeat(size, 2), sources...), state)
	l.re = p.quantity(name+"state", gadget.Identity, l.state.source(), 1, state, 0)
	l.read = p.linear(name+"scan", readout, readBias, append(repeat(size, 2*l.modes), sources...), out)
	return l.read.source()
}
