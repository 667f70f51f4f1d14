package compile

import (
	"math"

	"tc0/theory/ssm"
)

// headLayer holds the integers of the final norm and the head. A positive
// factor common to all logits of a position does not change the argmax, so the
// norm's factor is left out where nothing is added after it.
type headLayer struct {
	classes int
	parts   int
	d       int
	centre  *quantity // LayerNorm whose factor is kept
	norm    *quantity // nil when the factor is left out
	logits  *linear   // classes x (parts·d), or x d on products with the factor
}

// logitBits is how much finer than the precision the logits' coefficients are.
const logitBits = 3

func (p *planner) headOf(m *ssm.Model, in *s4dStream) *headLayer {
	h := &headLayer{classes: m.Vocab, d: m.DModel, parts: len(in.parts)}
	t, err := p.q.tensor("logits")
	if err != nil {
		p.fail(err)
		return h
	}
	outExp := signedScale(t.Max, p.bits+logitBits).exp
	n := m.FinalNorm
	if n == nil {
		weights, bias := in.read(&m.Head)
		h.logits = p.linear("logits", weights, bias, in.sources(), outExp)
		return h
	}
	weights, bias := normalisedWeights(&m.Head, n, 0, m.Vocab)
	if bias == nil {
		if n.Kind == ssm.LayerNorm {
			centreRows(weights, m.DModel)
		}
		factor, err := p.q.tensor("final.norm")
		if err != nil {
			p.fail(err)
			return h
		}
		// Without the factor, logits are smaller or larger by it.
		outExp -= int(math.Ceil(math.Log2(max(factor.Max, 1e-300))))
		h.logits = p.linear("logits", weights, nil, in.sources(), outExp)
		return h
	}
	x := p.normalise("final.", n, in.parts[0].source, &h.centre, &h.norm)
	h.logits = p.linear("logits", weights, bias, repeat(product(x, h.norm.source()), m.DModel), outExp)
	return h
}

// centreRows subtracts from each row of weights its mean: W(x - mean x) = (W - mean W)x.
func centreRows(weights []float64, d int) {
	for at := 0; at < len(weights); at += d {
		sum := 0.0
		for _, w := range weights[at : at+d] {
			sum += w
		}
		for i := range d {
			weights[at+i] -= sum / float64(d)
		}
	}
}

// headStages adds the logits and the argmax; x is the stream's parts.
func (m *mapper) headStages(h *headLayer, x []*stage) {
	if h.norm != nil {
		normed, norm := m.normStages("final.", x[0], h.centre, h.norm, h.d)
		x = []*stage{m.product("final.normalised", h.d, 1, func(e element) []operand {
			return []operand{{s: normed, e: element{t: e.t, a: e.a}}, {s: norm, e: element{t: e.t}}}
		})}
	}
	logits := &stage{name: "logits", op: formOp, source: source{h.logits.exp, h.logits.max}}
	logits.form = func(e element, add adder) {
		add.constant(h.logits.constant[e.a])
		row := h.logits.row(e.a)
		for p, s := range x {
			for i := range h.d {
				add.term(row[p*h.d+i], operand{s: s, e: element{t: e.t, a: i}})
			}
		}
	}
	m.p.add(h.classes, 1, logits)
	m.argmax(logits)
}
