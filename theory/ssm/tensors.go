package ssm

import (
	"errors"
	"fmt"
	"strconv"
)

// NamedTensor is one tensor of a model under the name it has in a checkpoint. The
// values are row-major; they are the model's own slice, except those of an S4D
// kernel's C, which the model keeps as two slices. Read them, do not change them.
type NamedTensor struct {
	Name   string
	Shape  []int
	Values []float64
}

// entry says where a tensor of a layer goes. The reader and the writer share these
// tables, so neither can know a name or a shape that the other does not.
type entry struct {
	name  string
	shape []int
	get   func() []float64
	set   func([]float64)

	optional bool // may be absent, which is nil
	log      bool // enters through exp, which must not overflow
	loose    bool // a file may leave out the last dimension, which is 1
}

func need(name string, values *[]float64, shape ...int) entry {
	return entry{
		name: name, shape: shape,
		get: func() []float64 { return *values },
		set: func(v []float64) { *values = v },
	}
}

func maybe(name string, values *[]float64, shape ...int) entry {
	e := need(name, values, shape...)
	e.optional = true
	return e
}

func logarithm(name string, values *[]float64, shape ...int) entry {
	e := need(name, values, shape...)
	e.log = true
	return e
}

// entries of a map with the names of torch.nn.Linear; the bias is optional.
func (l *Linear) entries(name string) []entry {
	return []entry{
		need(name+".weight", &l.Weight, l.Out, l.In),
		maybe(name+".bias", &l.Bias, l.Out),
	}
}

// biased is entries for a map that must have a bias.
func (l *Linear) biased(name string) []entry {
	e := l.entries(name)
	e[1].optional = false
	return e
}

func (n *Norm) entries(name string, size int) []entry {
	return []entry{need(name+".weight", &n.Weight, size), maybe(name+".bias", &n.Bias, size)}
}

// gateEntries are the four tensors of layer i of torch.nn.RNN or torch.nn.LSTM.
func gateEntries(core string, i int, input, recurrent *Linear) []entry {
	layer := "_l" + strconv.Itoa(i)
	return []entry{
		need(core+"weight_ih"+layer, &input.Weight, input.Out, input.In),
		need(core+"weight_hh"+layer, &recurrent.Weight, recurrent.Out, recurrent.In),
		maybe(core+"bias_ih"+layer, &input.Bias, input.Out),
		maybe(core+"bias_hh"+layer, &recurrent.Bias, recurrent.Out),
	}
}

func (m *Mamba) entries(n layout, i int) []entry {
	p := n.layer(i) + "mixer."
	return concat(
		m.Norm.entries(n.norm(i), m.DModel),
		m.InProj.entries(p+"in_proj"),
		[]entry{
			need(p+"conv1d.weight", &m.ConvWeight, m.DInner, 1, m.DConv),
			maybe(p+"conv1d.bias", &m.ConvBias, m.DInner),
			need(p+"x_proj.weight", &m.XProj.Weight, m.XProj.Out, m.XProj.In),
		},
		m.DtProj.biased(p+"dt_proj"),
		[]entry{
			logarithm(p+"A_log", &m.ALog, m.DInner, m.DState),
			need(p+"D", &m.D, m.DInner),
		},
		m.OutProj.entries(p+"out_proj"))
}

func (s *S4D) entries(n layout, i int) []entry {
	stem := n.layer(i)
	k := stem + "kernel."
	output := need(stem+"output_linear.0.weight", &s.Output.Weight, s.Output.Out, s.Output.In, 1)
	output.loose = true // a convolution of width 1 or a plain map
	return append(s.Norm.entries(n.norm(i), s.DModel),
		entry{name: k + "C", shape: []int{s.DModel, s.Modes, 2}, get: s.packC, set: s.unpackC},
		logarithm(k+"log_dt", &s.LogDt, s.DModel),
		logarithm(k+"log_A_real", &s.LogAReal, s.DModel, s.Modes),
		need(k+"A_imag", &s.AImag, s.DModel, s.Modes),
		need(stem+"D", &s.D, s.DModel),
		output,
		maybe(stem+"output_linear.0.bias", &s.Output.Bias, s.Output.Out))
}

// packC interleaves the real and imaginary parts of C, and unpackC undoes it.
func (s *S4D) packC() []float64 {
	c := make([]float64, 0, 2*len(s.CRe))
	for i := range s.CRe {
		c = append(c, s.CRe[i], s.CIm[i])
	}
	return c
}

func (s *S4D) unpackC(c []float64) {
	s.CRe, s.CIm = nil, nil
	for i := 0; i < len(c); i += 2 {
		s.CRe, s.CIm = append(s.CRe, c[i]), append(s.CIm, c[i+1])
	}
}

func (r *RNN) entries(n layout, i int) []entry {
	return gateEntries(n.layer(i), i, &r.Input, &r.Recurrent)
}

func (l *LSTM) entries(n layout, i int) []entry {
	return gateEntries(n.layer(i), i, &l.Input, &l.Recurrent)
}

func (l *Transformer) entries(n layout, i int) []entry {
	stem := n.layer(i)
	a := stem + "self_attn."
	return concat(
		l.Norm1.entries(stem+"norm1", l.DModel),
		l.Norm2.entries(stem+"norm2", l.DModel),
		[]entry{
			need(a+"in_proj_weight", &l.InProj.Weight, l.InProj.Out, l.InProj.In),
			need(a+"in_proj_bias", &l.InProj.Bias, l.InProj.Out),
		},
		l.OutProj.biased(a+"out_proj"),
		l.First.biased(stem+"linear1"),
		l.Second.biased(stem+"linear2"))
}

func (r *Residual) entries(norm string, size int) []entry {
	if r.Norm == nil {
		return nil
	}
	return r.Norm.entries(norm, size)
}

func (l *IDS4) entries(n layout, i int) []entry {
	stem := n.layer(i)
	return concat(
		l.Residual.entries(n.norm(i), l.DModel),
		[]entry{
			need(stem+"A0", &l.A0, l.DState, l.DState),
			need(stem+"A", &l.A, l.DModel, l.DState, l.DState),
			need(stem+"B.weight", &l.B.Weight, l.DState, l.DModel),
		},
		l.C.entries(stem+"C"),
		l.D.entries(stem+"D"))
}

func (l *IDS4Product) entries(n layout, i int) []entry {
	stem := n.layer(i)
	return concat(
		l.Residual.entries(n.norm(i), l.DModel),
		[]entry{need(stem+"A", &l.A, l.DModel, l.DState, l.DState)},
		l.Proj.biased(stem+"proj"),
		l.C.biased(stem+"C"),
		l.D.biased(stem+"D"))
}

func (l *PDSSM) entries(n layout, i int) []entry {
	stem := n.layer(i)
	return concat(
		l.Residual.entries(n.norm(i), l.DModel),
		[]entry{
			need(stem+"select.weight", &l.Select.Weight, l.Dictionary, l.DModel),
			need(stem+"matrices", &l.Matrices, l.Dictionary, l.DState, l.DState),
		},
		l.Magnitude.First.biased(stem+"magnitude.0"),
		l.Magnitude.Second.biased(stem+"magnitude.2"),
		l.Phase.First.biased(stem+"phase.0"),
		l.Phase.Second.biased(stem+"phase.2"),
		[]entry{
			need(stem+"B_re", &l.BRe, l.DState, l.DModel),
			need(stem+"B_im", &l.BIm, l.DState, l.DModel),
		},
		l.Readout.biased(stem+"readout"),
		[]entry{need(stem+"skip", &l.Skip, l.DModel)})
}

func concat(parts ...[]entry) []entry {
	var all []entry
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}

// layout is how a family names what is not inside a layer.
type layout struct {
	embedding, positions string
	layer                func(i int) string // what the tensors of layer i start with
	norm                 func(i int) string // the norm around layer i
	final, head          string
}

func numbered(before, after string) func(int) string {
	return func(i int) string { return before + strconv.Itoa(i) + after }
}

// layoutOf returns the layout of a family whose tensors all start with root.
func layoutOf(family, root string) layout {
	n := layout{embedding: root + "embedding.weight", norm: numbered(root+"norms.", ""), head: root + "cl_head"}
	switch family {
	case FamilyMamba:
		n.embedding = root + "backbone.embeddings.weight"
		n.layer = numbered(root+"backbone.layers.", ".")
		n.norm = numbered(root+"backbone.layers.", ".norm")
		n.final, n.head = root+"backbone.norm_f", root+"lm_head"
	case FamilyS4D:
		n.layer = numbered(root+"s4d_layers.", ".")
	case FamilyTransformer:
		n.layer = numbered(root+"transformer.layers.", ".")
		n.final = root + "transformer.norm"
		n.positions = root + "embedding.1.pe"
	case FamilyRNN:
		n.layer = func(int) string { return root + "rnn." }
	case FamilyLSTM:
		n.layer = func(int) string { return root + "lstm." }
	case FamilyIDS4:
		n.layer = numbered(root+"ids4_layers.", ".")
	case FamilyIDS4Product:
		n.layer = numbered(root+"s4_layers.", ".")
	case FamilyPDSSM:
		n.layer = numbered(root+"pd_layers.", ".")
	}
	return n
}

// Tensors lists the tensors of a checkpoint of the model. It reports an error for a
// model that Validate refuses, or that no checkpoint can hold: blocks of another type
// than Family says, or settings that config.json states once for all layers and that
// differ between them.
func (m *Model) Tensors() ([]NamedTensor, error) {
	if err := m.exportable(); err != nil {
		return nil, err
	}
	n := layoutOf(m.Family, "")
	if m.Positions != nil {
		n.embedding = "embedding.0.weight" // torch.nn.Sequential of embedding and positions
	}
	list := []entry{
		need(n.embedding, &m.Embedding, m.Vocab, m.DModel),
		maybe(n.positions, &m.Positions, len(m.Positions)/m.DModel, 1, m.DModel),
	}
	for i, block := range m.Blocks {
		list = append(list, block.entries(n, i)...)
	}
	if m.FinalNorm != nil {
		list = append(list, m.FinalNorm.entries(n.final, m.Head.In)...)
	}
	head := m.Head.entries(n.head)
	if m.Tied {
		head = head[1:]
	}
	return resolve(append(list, head...)), nil
}

// resolve drops what is absent.
func resolve(list []entry) []NamedTensor {
	var out []NamedTensor
	for _, e := range list {
		if values := e.get(); values != nil {
			out = append(out, NamedTensor{e.name, e.shape, values})
		}
	}
	return out
}

// exportable says why no checkpoint can hold the model.
func (m *Model) exportable() error {
	if err := m.Validate(); err != nil {
		return err
	}
	if len(m.Blocks) == 0 {
		return errors.New("model: no blocks, expected at least one")
	}
	for i, block := range m.Blocks {
		if family := block.family(); family != m.Family {
			return fmt.Errorf("model: Blocks[%d] is a layer of family %q, expected %q (Family of the model)", i, family, m.Family)
		}
		if err := exportableBlock(block, m.Blocks[0], i); err != nil {
			return err
		}
	}
	if m.Positions != nil && m.Family != FamilyTransformer {
		return fmt.Errorf("model: Positions is set in a model of family %q, expected only in a transformer", m.Family)
	}
	if final := m.Family == FamilyMamba; final && m.FinalNorm == nil {
		return errors.New("model: FinalNorm is nil in a Mamba model, expected a norm")
	} else if !final && m.Family != FamilyTransformer && m.FinalNorm != nil {
		return fmt.Errorf("model: FinalNorm is set in a model of family %q, expected nil", m.Family)
	}
	if m.Tied && !sameSlice(m.Head.Weight, m.Embedding) {
		return errors.New("model: Tied is true, but the head's matrix is not the embedding")
	}
	return m.uniformNorms()
}

// sameSlice compares addresses, not values.
func sameSlice(a, b []float64) bool { return len(a) == len(b) && &a[0] == &b[0] }

// exportableBlock compares the settings of layer i that config.json states once.
func exportableBlock(block, first Block, i int) error {
	if a, b := block.settings(), first.settings(); a != b {
		return fmt.Errorf("model: Blocks[%d] has the settings %+v, expected %+v as Blocks[0]: config.json states them once", i, a, b)
	}
	if l, ok := block.(*Mamba); ok && (l.XProj.Bias != nil || l.DtProj.Bias == nil) {
		return fmt.Errorf("model: Blocks[%d]: expected XProj without and DtProj with a bias", i)
	}
	return nil
}

// settings are what the configuration of a model states once for all its layers,
// under the keys that it has there; sizes that are not there are 0.
type settings struct {
	Inner, State, Conv, Rank        int // Mamba; State also S4D, IDS4 and PDSSM
	Heads, FF                       int // Transformer
	Hidden                          int // RNN and LSTM
	Dictionary, Gate                int // PDSSM
	Activation                      Activation
	NormFirst, Norm                 bool
	InBias, OutBias, ConvBias, Bias bool // Bias is that of recurrent layers
}

func (m *Mamba) settings() settings {
	return settings{Inner: m.DInner, State: m.DState, Conv: m.DConv, Rank: m.DtRank, Norm: true,
		InBias: m.InProj.Bias != nil, OutBias: m.OutProj.Bias != nil, ConvBias: m.ConvBias != nil}
}

func (s *S4D) settings() settings {
	return settings{State: s.DState, NormFirst: s.PreNorm, Norm: true}
}

func (l *Transformer) settings() settings {
	return settings{Heads: l.Heads, FF: l.DFF, Activation: l.Activation, NormFirst: l.NormFirst, Norm: true}
}

func (r *RNN) settings() settings {
	return settings{Hidden: r.DHidden, Activation: r.Activation, Bias: r.Input.Bias != nil}
}

func (l *LSTM) settings() settings { return settings{Hidden: l.DHidden, Bias: l.Input.Bias != nil} }

func (l *IDS4) settings() settings {
	return settings{State: l.DState, NormFirst: l.PreNorm, Norm: l.Norm != nil}
}

func (l *IDS4Product) settings() settings {
	return settings{State: l.DState, NormFirst: l.PreNorm, Norm: l.Norm != nil}
}

func (l *PDSSM) settings() settings {
	return settings{State: l.DState, Dictionary: l.Dictionary, Gate: l.DGate, NormFirst: l.PreNorm, Norm: l.Norm != nil}
}

func (*Mamba) family() string       { return FamilyMamba }
func (*S4D) family() string         { return FamilyS4D }
func (*Transformer) family() string { return FamilyTransformer }
func (*RNN) family() string         { return FamilyRNN }
func (*LSTM) family() string        { return FamilyLSTM }
func (*IDS4) family() string        { return FamilyIDS4 }
func (*IDS4Product) family() string { return FamilyIDS4Product }
func (*PDSSM) family() string       { return FamilyPDSSM }

func (m *Mamba) norms() []*Norm       { return []*Norm{&m.Norm} }
func (s *S4D) norms() []*Norm         { return []*Norm{&s.Norm} }
func (l *Transformer) norms() []*Norm { return []*Norm{&l.Norm1, &l.Norm2} }
func (*RNN) norms() []*Norm           { return nil }
func (*LSTM) norms() []*Norm          { return nil }

func (r *Residual) norms() []*Norm {
	if r.Norm == nil {
		return nil
	}
	return []*Norm{r.Norm}
}

// norms lists all norms of the model.
func (m *Model) norms() []*Norm {
	var all []*Norm
	for _, block := range m.Blocks {
		all = append(all, block.norms()...)
	}
	if m.FinalNorm != nil {
		all = append(all, m.FinalNorm)
	}
	return all
}

// uniformNorms makes sure that config.json can state kind and Eps once.
func (m *Model) uniformNorms() error {
	for i, n := range m.norms() {
		first := m.norms()[0]
		if n.Kind != first.Kind || n.Eps != first.Eps || (n.Bias == nil) != (first.Bias == nil) {
			return fmt.Errorf("model: norm %d differs from norm 0 in Kind, Eps or having a Bias, expected them equal: config.json states them once", i)
		}
		if n.Kind == RMSNorm && n.Bias != nil {
			return errors.New("model: an RMSNorm has a Bias, expected none")
		}
	}
	return nil
}
