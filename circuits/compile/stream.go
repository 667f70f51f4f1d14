package compile

import (
	"tc0/circuits/gadget"
	"tc0/theory/ssm"
)

// streamPart is a summand of the residual stream: weight_i times element i of a
// stage or, where matrix is set (d rows of cols), Σ_c matrix_ic times element c.
type streamPart struct {
	source
	weight []float64
	matrix []float64
	cols   int
}

// stream is the residual stream as an unrounded form: Σ parts + bias.
type stream struct {
	parts []streamPart
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
func embedStream(x source, d int) *stream {
	return &stream{parts: []streamPart{{source: x, weight: ones(d), cols: d}}, bias: make([]float64, d)}
}

// sources are those of all parts' elements, part by part.
func (s *stream) sources() []source {
	var out []source
	for _, p := range s.parts {
		out = append(out, repeat(p.source, p.cols)...)
	}
	return out
}

// read composes a linear map with the stream: weights over all parts' elements
// and the bias.
func (s *stream) read(l *ssm.Linear) (weights, bias []float64) {
	bias = make([]float64, l.Out)
	for o := range l.Out {
		row := l.Weight[o*l.In : (o+1)*l.In]
		for _, p := range s.parts {
			weights = append(weights, p.read(row)...)
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

// read is a row of a map on the stream as weights on the part's elements.
func (p *streamPart) read(row []float64) []float64 {
	out := make([]float64, p.cols)
	for i, w := range row {
		if p.matrix == nil {
			out[i] = w * p.weight[i]
			continue
		}
		for c, x := range p.matrix[i*p.cols : (i+1)*p.cols] {
			out[c] += float64(w * x)
		}
	}
	return out
}

// own are weights of channel i's own elements: d rows of one column a part.
func (s *stream) own(scale func(i int) float64) (weights, bias []float64, sources []source) {
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

// streamNorm holds the integers of a LayerNorm or RMSNorm on the stream.
type streamNorm struct {
	kind   ssm.NormKind
	whole  *linear // d x parts
	centre *quantity
	factor *quantity
}

// centred reports whether the mean is taken away, as RMSNorm does not.
func (n *streamNorm) centred() bool { return n.kind == ssm.LayerNorm }

// streamNorm plans a norm on the stream and returns the stream after it.
func (p *planner) streamNorm(name string, n *ssm.Norm, in *stream, out *streamNorm) *stream {
	out.kind = n.Kind
	centre := p.signed(name + "centre")
	w, bias, sources := in.own(func(int) float64 { return 1 })
	out.whole = p.linear(name+"whole", w, bias, sources, centre)
	d := len(n.Weight)
	den, kind := int64(d), n.Kind
	if kind == ssm.RMSNorm {
		den = 1
	}
	out.centre = p.quantity(name+"centre", gadget.Identity, out.whole.source().centred(den), den, centre, 0)
	out.factor = p.factor(name, n, out.centre.source())
	normed := streamPart{source: product(out.centre, out.factor), weight: n.Weight, cols: d}
	after := &stream{parts: []streamPart{normed}, bias: n.Bias}
	if after.bias == nil {
		after.bias = make([]float64, d)
	}
	return after
}

// addOwn adds a row of a map from a channel's own elements.
func addOwn(add adder, k *linear, e element, parts []*stage) {
	add.constant(k.constant[e.a])
	for p, c := range k.row(e.a) {
		add.term(c, operand{s: parts[p], e: e})
	}
}

func (m *mapper) streamNormStages(name string, n *streamNorm, d int, parts []*stage) []*stage {
	whole := m.shared(name+"whole", d, func(e element, add adder) {
		addOwn(add, n.whole, element{t: e.t, a: e.a}, parts)
	})
	centre := n.centre
	if !n.centred() { // one rounding
		unrounded := whole
		whole = m.step(name+"centre", d, 1, centre, func(e element, add adder) {
			add.term(1, operand{s: unrounded, e: element{t: e.t, a: e.a}})
		})
		centre = nil
	}
	normed, norm := m.normStages(name, whole, centre, n.factor, d)
	return []*stage{m.product(name+"centre·norm", d, 1, func(e element) []operand {
		return []operand{{s: normed, e: element{t: e.t, a: e.a}}, {s: norm, e: element{t: e.t}}}
	})}
}
