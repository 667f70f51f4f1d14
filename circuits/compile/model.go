package compile

import (
	"fmt"
	"math"

	"tc0/circuits/arith"
	"tc0/circuits/lower"
	"tc0/circuits/threshold"
	"tc0/theory/ssm"
)

// Model is a quantised model at one precision: the integers that its
// arithmetic circuits and its direct evaluation share, for every length.
type Model struct {
	Findings []Finding

	weights law // of the largest weight, but for the number of positions
	quant   *Quant
	bits    int
	length  int
	vocab   int
	embed   scale
	codes   []int64 // vocab x d
	d       int
	mamba   []*mambaLayer
	s4d     []*s4dLayer
	head    *headLayer
	program *program
}

// newModel makes the quantised model of a checkpoint at the given bits for words
// of at most the given length.
func newModel(ck *ssm.Checkpoint, q *Quant, bits, length int) (*Model, error) {
	if bits < MinBits || bits > MaxBits {
		return nil, fmt.Errorf("%d bits, expected %d to %d", bits, MinBits, MaxBits)
	}
	if length < 1 {
		return nil, fmt.Errorf("length %d, expected at least 1", length)
	}
	if err := compilable(ck); err != nil {
		return nil, err
	}
	model := ck.Model
	p := &planner{q: q, bits: bits, length: length}
	m := &Model{quant: q, bits: bits, length: length, vocab: model.Vocab, d: model.DModel}
	m.embed = p.signed("embed")
	m.embed.exp -= min(freeBits, MaxBits-bits)
	m.codes = make([]int64, len(model.Embedding))
	reach := int64(0)
	for i, w := range model.Embedding {
		m.codes[i] = int64(math.RoundToEven(math.Ldexp(w, -m.embed.exp)))
		reach = max(reach, m.codes[i], -m.codes[i])
	}
	size := law{1, float64(m.embed.extra + freeBits)}
	x := embedStream(source{m.embed.exp, reach, float64(reach), m.embed.fine.scaled(1 << freeBits), size}, m.d)
	for i, block := range model.Blocks {
		switch b := block.(type) {
		case *ssm.Mamba:
			l := p.mamba(i, b, x.parts[0].source, i == len(model.Blocks)-1 && readsOpen(model))
			m.mamba = append(m.mamba, l)
			x = l.out
		case *ssm.S4D:
			l := p.s4d(i, b, x)
			m.s4d = append(m.s4d, l)
			x = l.out
		}
	}
	m.head = p.headOf(model, x)
	if p.err != nil {
		return nil, p.err
	}
	m.Findings, m.weights = p.report, p.weights
	m.program = m.assemble()
	return m, m.program.finish(q.Minimize)
}

// New makes the quantised model for words of at most length n, at q.Precision's
// bits for that length.
func New(ck *ssm.Checkpoint, q *Quant, n int) (*Model, error) {
	return newModel(ck, q, q.Precision.At(n), n)
}

// Bits is the precision.
func (m *Model) Bits() int { return m.bits }

// Arith is the arithmetic circuit for words of length n.
func (m *Model) Arith(n int) (*arith.Circuit, error) {
	if n < 1 || n > m.length {
		return nil, fmt.Errorf("length %d, the model was made for 1 to %d", n, m.length)
	}
	return m.program.build(n)
}

// Options are the lowering options that the model's gate numbers assume.
func (m *Model) Options() lower.Options {
	return lower.Options{Digits: m.quant.Digits, Materialise: m.program.wires}
}

// Threshold is the threshold circuit for words of length n together with the
// arithmetic circuit that it implements.
func (m *Model) Threshold(n int) (*arith.Circuit, *threshold.Circuit, error) {
	ac, err := m.Arith(n)
	if err != nil {
		return nil, nil, err
	}
	tc, err := lower.Circuit(ac, m.Options())
	return ac, tc, err
}

// assemble lays the model's stages out.
func (m *Model) assemble() *program {
	mp := &mapper{p: &program{vocab: m.vocab, digits: m.quant.Digits}, recurrent: m.quant.Form == Recurrent}
	tokens := make([][]int64, m.d)
	for i := range tokens {
		tokens[i] = make([]int64, m.vocab)
		for v := range tokens[i] {
			tokens[i][v] = m.codes[v*m.d+i]
		}
	}
	x := mp.token("embed", tokens, nil)
	parts := []*stage{x}
	for i, l := range m.mamba {
		parts = mp.mambaStages(mambaPrefix(i), l, parts[0])
	}
	for i, l := range m.s4d {
		parts = mp.s4dStages(mambaPrefix(i), l, parts)
	}
	mp.headStages(m.head, parts)
	return mp.p
}

// compilable says that a checkpoint's layers are none that a circuit of constant depth
// is known for here.
func compilable(ck *ssm.Checkpoint) error {
	switch ck.Model.Family {
	case ssm.FamilyMamba, ssm.FamilyS4D:
		return nil
	}
	return fmt.Errorf("a model of the family %s: only %s and %s models can be compiled", ck.Model.Family, ssm.FamilyMamba, ssm.FamilyS4D)
}
