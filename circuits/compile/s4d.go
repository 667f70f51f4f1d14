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

// s4dPart is a summand of the residual stream: weight_i times element i of a stage.
type s4dPart struct {
	source
	weight []float64
}

// s4dStream is the residual stream as an unrounded form: Σ parts + bias.
type s4dStream struct {
	parts []s4dPart
	bias  []float64
}

func ones(n int) []float64 {
	w := make([]float64, n)
	for i := range w {
		w[i] = 1
	}
	return w
}

// embedStream is the stream before the first block.
func embedStream(x source, d int) *s4dStream {
	return &s4dStream{parts: []s4dPart{{x, ones(d)}}, bias: make([]float64, d)}
}

// sources are those of all parts' elements, part by part.
func (s *s4dStream) sources() []source {
	var out []source
	for _, p := range s.parts {
		out = append(out, repeat(p.source, len(p.weight))...)
	}
	return out
}

// read composes a linear map with the stream: weights over all parts' elements
// and the bias.
func (s *s4dStream) read(l *ssm.Linear) (weights, bias []float64) {
	bias = make([]float64, l.Out)
	for o := range l.Out {
		row := l.Weight[o*l.In : (o+1)*l.In]
		for _, p := range s.parts {
			for i, w := range row {
				weights = append(weights, float64(w*p.weight[i]))
			}
		}
		for i, w := range row {
			bias[o] += float64(w * s.bias[i])
		}
		if l.Bias != nil {
			bias[o] += l.Bias[o]
		}
	}
	return weights, bias
}

// own are weights of channel i's own elements: d rows of one column a part.
func (s *s4dStream) own(scale func(i int) float64) (weights, bias []float64, sources []source) {
	for i := range s.bias {
		for _, p := range s.parts {
			weights = append(weights, float64(scale(i)*p.weight[i]))
		}
		bias = append(bias, float64(scale(i)*s.bias[i]))
	}
	for _, p := range s.parts {
		sources = append(sources, p.source)
	}
	return weights, bias, sources
}

// s4dLayer holds the integers of one quantised S4D block.
type s4dLayer struct {
	d, modes  int
	preNorm   bool
	norm      s4dNorm
	kernel    []*linear // by lag: d x parts, constant per channel
	state     *linear   // recurrent: rows re, im of every mode; columns re, im, parts
	re        *quantity
	read      *linear // recurrent: d x (2·modes + parts)
	gelu      *quantity
	value     *linear
	valueCode *quantity
	gate      *linear
	gateCode  *quantity
	out       *s4dStream
}

// s4dNorm holds the integers of a LayerNorm or RMSNorm on the stream.
type s4dNorm struct {
	whole  *linear // d x parts
	centre *quantity
	factor *quantity
}

func (p *planner) s4d(layer int, b *ssm.S4D, in *s4dStream) *s4dLayer {
	name := mambaPrefix(layer)
	l := &s4dLayer{d: b.DModel, modes: b.Modes, preNorm: b.PreNorm}
	mixed := in
	if b.PreNorm {
		mixed = p.s4dNorm(name, &b.Norm, in, &l.norm)
	}
	gelu := p.signed(name + "gelu")
	formExp := p.s4dMix(name, b, l, mixed, gelu.exp)
	l.gelu = p.quantity(name+"gelu", gadget.GELU, formExp, 1, gelu, 0)

	gs := repeat(l.gelu.source(), l.d)
	half := func(from int) (w, bias []float64) {
		if b.Output.Bias != nil {
			bias = b.Output.Bias[from : from+l.d]
		}
		return b.Output.Weight[from*l.d : (from+l.d)*l.d], bias
	}
	value := p.signed(name + "value")
	w, bias := half(0)
	l.value = p.linear(name+"value", w, bias, gs, value.exp)
	l.valueCode = p.quantity(name+"value", gadget.Identity, l.value.exp, 1, value, 0)
	gate := p.unit(name + "gate")
	w, bias = half(l.d)
	l.gate = p.linear(name+"gate", w, bias, gs, gate.exp+2) // the sigmoid's slope is at most 1/4
	l.gateCode = p.quantity(name+"gate", gadget.Sigmoid, l.gate.exp, 1, gate, 0)

	glu := s4dPart{product(l.valueCode.source(), l.gateCode.source()), ones(l.d)}
	sum := &s4dStream{parts: append(append([]s4dPart(nil), in.parts...), glu), bias: in.bias}
	if b.PreNorm {
		l.out = sum
	} else {
		l.out = p.s4dNorm(name, &b.Norm, sum, &l.norm)
	}
	return l
}

// s4dNorm plans a norm on the stream and returns the stream after it.
func (p *planner) s4dNorm(name string, n *ssm.Norm, in *s4dStream, out *s4dNorm) *s4dStream {
	centre := p.signed(name + "centre")
	w, bias, sources := in.own(func(int) float64 { return 1 })
	out.whole = p.linear(name+"whole", w, bias, sources, centre.exp)
	d := len(n.Weight)
	den, kind := int64(d), n.Kind
	if kind == ssm.RMSNorm {
		den = 1
	}
	out.centre = p.quantity(name+"centre", gadget.Identity, out.whole.exp, den, centre, 0)
	out.factor = p.quantity(name+"norm", gadget.RSqrt, 2*out.centre.exp, int64(d), p.unsigned(name+"norm"), n.Eps)
	normed := s4dPart{product(out.centre.source(), out.factor.source()), n.Weight}
	after := &s4dStream{parts: []s4dPart{normed}, bias: n.Bias}
	if after.bias == nil {
		after.bias = make([]float64, d)
	}
	return after
}

// s4dMix plans the state-space mixing in either form and returns the scale of
// its forms.
func (p *planner) s4dMix(name string, b *ssm.S4D, l *s4dLayer, in *s4dStream, outExp int) int {
	if p.q.Form == Recurrent {
		return p.s4dRecurrence(name, b, l, in, outExp)
	}
	kernel := b.Kernel(p.length)
	reach := 1.0
	for _, part := range in.parts {
		reach += float64(part.max) * kernelWindow
	}
	_, log := math.Frexp(reach)
	exp := outExp - guardBits - log
	for lag := range p.length {
		w, bias, sources := in.own(func(i int) float64 {
			k := kernel[i*p.length+lag]
			if lag == 0 {
				k += b.D[i]
			}
			return k
		})
		k := &linear{rows: l.d, cols: len(in.parts), exp: exp}
		largest, ok := k.round(w, bias, sources)
		if !ok {
			p.fail(errTooWide(name + "kernel"))
			return exp
		}
		k.max = largest
		l.kernel = append(l.kernel, k)
	}
	return exp
}

// s4dRecurrence plans s_t = exp(a·dt)·s_{t-1} + x_t per mode and the readout
// y = Σ 2·Re(c·gain·s) + D·x.
func (p *planner) s4dRecurrence(name string, b *ssm.S4D, l *s4dLayer, in *s4dStream, outExp int) int {
	state := p.signed(name + "state")
	size := source{state.exp, state.max()}
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
	l.state = p.linear(name+"state", weights, bias, append(repeat(size, 2), sources...), state.exp)
	l.re = p.quantity(name+"state", gadget.Identity, l.state.exp, 1, state, 0)
	l.read = p.linear(name+"scan", readout, readBias, append(repeat(size, 2*l.modes), sources...), outExp)
	return l.read.exp
}
