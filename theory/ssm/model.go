package ssm

import (
	"fmt"
)

// Linear is the affine map y = Weight x + Bias.
type Linear struct {
	Out, In int
	Weight  []float64 // row-major, Out x In
	Bias    []float64 // length Out, or nil when the map has none
}

// apply returns the Out values for the In values of x.
func (l *Linear) apply(x []float64) []float64 {
	y := make([]float64, l.Out)
	for o := range y {
		y[o] = dot(l.Weight[o*l.In:(o+1)*l.In], x)
		if l.Bias != nil {
			y[o] += l.Bias[o]
		}
	}
	return y
}

// Model is an embedding, a stack of blocks, an optional final norm and a head:
//
//	x_t = Embedding[token_t] + Positions[t];  x = Blocks[0..](x);  logits_t = Head(FinalNorm(x_t))
type Model struct {
	Family string // one of the Family constants
	Vocab  int    // rows of the embedding, padding rows included
	DModel int    // width of the embedding

	Embedding []float64 // Vocab x DModel
	Positions []float64 // longest sequence x DModel, or nil for none
	Blocks    []Block
	FinalNorm *Norm  // nil for most taggers
	Head      Linear // Vocab x width of the last block, bias optional
	Tied      bool   // the head's matrix is the embedding
}

// The values of Model.Family. All blocks of a model have the type named here.
const (
	FamilyMamba       = "mamba"        // *Mamba
	FamilyS4D         = "s4d"          // *S4D
	FamilyTransformer = "transformer"  // *Transformer
	FamilyRNN         = "rnn"          // *RNN
	FamilyLSTM        = "lstm"         // *LSTM
	FamilyIDS4        = "ids4"         // *IDS4
	FamilyIDS4Product = "ids4-product" // *IDS4Product
	FamilyPDSSM       = "pd-ssm"       // *PDSSM
)

// Block is one layer of the stream. Only the layer types of this package implement it.
type Block interface {
	// run maps the stream (one vector per position) to the stream after the layer.
	run(xs [][]float64, form Form, emit emitFunc) [][]float64
	// start returns the layer before the first position.
	start() cell
	// width is the length of the vectors after the layer.
	width() int
	// validate checks the layer for a stream of the given width.
	validate(name string, width int) error

	family() string
	entries(n layout, i int) []entry // its tensors in a file, as layer i
	settings() settings
	norms() []*Norm
}

// recurrentOnly is implemented by the layers that have no Convolution form.
type recurrentOnly interface{ recurrentOnly() }

// Form names one of the two ways to compute a layer's scan. Both define the same
// function over the real numbers; in float64 they round differently.
type Form int

const (
	// Convolution computes the state at every position from the inputs directly:
	// the unrolled sum for Mamba, the kernel convolution for S4D. This is the
	// shape in which a layer has constant depth (Merrill, Petty, Sabharwal 2024,
	// arXiv 2404.08819).
	Convolution Form = iota
	// Recurrent computes the state at each position from the one before.
	Recurrent
)

// String returns the name of the form.
func (f Form) String() string {
	switch f {
	case Convolution:
		return "convolution"
	case Recurrent:
		return "recurrent"
	}
	return fmt.Sprintf("Form(%d)", int(f))
}

// Probe receives one inner value of a forward pass. The slice belongs to the
// forward pass: a receiver must copy what it keeps and must not write to it.
//
// Every name comes once per layer and position. The layer types list their names; the final norm reports norm_centred, norm_scale and norm_out under
// layer = len(Blocks). Nothing is promised about the order of the calls, except
// that layers come in ascending order.
type Probe func(layer int, name string, t int, value []float64)

// emitFunc is a Probe with the layer filled in; it is never nil.
type emitFunc func(name string, t int, value []float64)

func (p Probe) at(layer int) emitFunc {
	if p == nil {
		return func(string, int, []float64) {}
	}
	return func(name string, t int, value []float64) { p(layer, name, t, value) }
}

// Forward returns the logits, row-major len(tokens) x Vocab. It reports an error
// for no tokens, for a token outside 0..Vocab-1, for more tokens than Positions has
// rows, for an unknown form or one that a block does not have, and for a model whose
// slices do not have the lengths its sizes ask for. Weights so large that float64
// overflows give infinite or NaN logits, not an error.
func (m *Model) Forward(tokens []int, form Form, probe Probe) ([]float64, error) {
	if err := m.checkForm(form); err != nil {
		return nil, err
	}
	if err := m.Validate(); err != nil {
		return nil, err
	}
	if len(tokens) == 0 {
		return nil, fmt.Errorf("no tokens: a forward pass needs at least one")
	}
	xs := make([][]float64, len(tokens))
	for t, token := range tokens {
		var err error
		if xs[t], err = m.embed(token, t); err != nil {
			return nil, err
		}
	}
	for i, block := range m.Blocks {
		xs = block.run(xs, form, probe.at(i))
	}
	if m.FinalNorm != nil {
		xs = m.FinalNorm.run(xs, probe.at(len(m.Blocks)))
	}
	logits := make([]float64, 0, len(tokens)*m.Vocab)
	for _, x := range xs {
		logits = append(logits, m.Head.apply(x)...)
	}
	return logits, nil
}

// checkForm makes sure that every block has the form.
func (m *Model) checkForm(form Form) error {
	if form != Convolution && form != Recurrent {
		return fmt.Errorf("unknown form %v: use Convolution or Recurrent", form)
	}
	for i, block := range m.Blocks {
		if _, one := block.(recurrentOnly); one && form != Recurrent {
			return fmt.Errorf("model: Blocks[%d] (%s) has no %v form: use Recurrent", i, block.family(), form)
		}
	}
	return nil
}

// embed copies the embedding row, so that a probe never sees the weights, and adds
// the row for position t.
func (m *Model) embed(token, t int) ([]float64, error) {
	if token < 0 || token >= m.Vocab {
		return nil, fmt.Errorf("token %d at position %d is outside 0..%d", token, t, m.Vocab-1)
	}
	x := append([]float64(nil), m.Embedding[token*m.DModel:(token+1)*m.DModel]...)
	if m.Positions == nil {
		return x, nil
	}
	if rows := len(m.Positions) / m.DModel; t >= rows {
		return nil, fmt.Errorf("position %d has no row in Positions: use at most %d tokens", t, rows)
	}
	return add(x, m.Positions[t*m.DModel:(t+1)*m.DModel]), nil
}

// Argmax returns the index of the largest entry, the lowest one on a tie, and -1
// for an empty row. NaN entries never win, unless the first entry is one.
func Argmax(row []float64) int {
	if len(row) == 0 {
		return -1
	}
	best := 0
	for i, v := range row {
		if v > row[best] {
			best = i
		}
	}
	return best
}
