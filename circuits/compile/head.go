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
	d       int
	normed  bool // the final norm is computed, factor and all
	norm    streamNorm
	logits  *linear // classes x (parts·d)
}

// logitBits is how much finer than the precision the logits' coefficients are.
const logitBits = 3

// readsOpen tells whether the head can read an unrounded stream: no norm lies
// between, or one whose factor is left out.
func readsOpen(m *ssm.Model) bool {
	return m.FinalNorm == nil || m.FinalNorm.Bias == nil && m.Head.Bias == nil
}

func (p *planner) headOf(m *ssm.Model, in *stream) *headLayer {
	h := &headLayer{classes: m.Vocab, d: m.DModel}
	out := p.scale("logits", logitBits, signedScale)
	head, n := &m.Head, m.FinalNorm
	switch {
	case n == nil:
	case readsOpen(m):
		head = withoutFactor(head, n)
		factor, err := p.q.tensor("final.norm")
		if err != nil {
			p.fail(err)
			return h
		}
		// Without the factor, logits are smaller or larger by it.
		_, log := math.Frexp(factor.Max)
		out.exp -= log
		out.fine.offset += float64(log)
	default:
		h.normed = true
		in = p.streamNorm("final.", n, in, &h.norm)
	}
	weights, bias := in.read(head)
	h.logits = p.linear("logits", weights, bias, in.sources(), out)
	p.weigh(h.logits.size.scaled(2)) // of differences of logits
	return h
}

// withoutFactor is the head after a norm without its factor: rows times the
// norm's weight and, for a LayerNorm, less their mean, as
// W(x - mean x) = (W - mean W)x.
func withoutFactor(head *ssm.Linear, n *ssm.Norm) *ssm.Linear {
	weights, _ := normalisedWeights(head, n, 0, head.Out)
	if n.Kind == ssm.LayerNorm {
		for at := 0; at < len(weights); at += head.In {
			sum := 0.0
			for _, w := range weights[at : at+head.In] {
				sum += w
			}
			for i := range head.In {
				weights[at+i] -= sum / float64(head.In)
			}
		}
	}
	return &ssm.Linear{Out: head.Out, In: head.In, Weight: weights}
}

// headStages adds the logits and the argmax; x is the stream's parts.
func (m *mapper) headStages(h *headLayer, x []*stage) {
	if h.normed {
		x = m.streamNormStages("final.", &h.norm, h.d, x)
	}
	logits := &stage{name: "logits", op: formOp}
	logits.form = func(e element, add adder) {
		addParts(add, h.logits, e.a, e.t, x)
	}
	m.p.add(h.classes, 1, logits)
	m.argmax(logits)
}
