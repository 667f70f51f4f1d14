package model

import (
	"fmt"
	"slices"
	"strings"

	"tc0/empirical/tensor"
	"tc0/theory/ssm"
)

// A Model computes what a model of [ssm] defines, in float32, for many sequences at once,
// and has gradients. It may be used by many goroutines, each with a tape of its own, as
// long as none changes the parameters.
type Model struct {
	def       *ssm.Model
	params    tensor.Params
	bound     []binding
	of        map[*float64]*tensor.Param // by the first entry of the definition's slice
	positions []float32
}

// A binding is a parameter and the slice of the definition that it stands for.
type binding struct {
	param *tensor.Param
	def   []float64
}

// New makes a model that can be trained. It takes def over: Export writes into it. The
// parameters are the tensors of def under the names that they have in a checkpoint,
// rounded to float32, without the positions, which are not trained. A PD-SSM is an error.
func New(def *ssm.Model) (*Model, error) {
	tensors, err := def.Tensors()
	if err != nil {
		return nil, err
	}
	if def.Family == ssm.FamilyPDSSM {
		return nil, fmt.Errorf("a model of family %q has no trainable form: use one of %s", def.Family, strings.Join(Architectures, ", "))
	}
	m := &Model{def: def, of: map[*float64]*tensor.Param{}}
	for _, t := range tensors {
		if def.Positions != nil && &t.Values[0] == &def.Positions[0] {
			m.positions = rounded(t.Values)
			continue
		}
		p := m.params.Add(t.Name, decays(t.Name, t.Shape), t.Shape...)
		m.bound = append(m.bound, binding{p, t.Values})
		m.of[&t.Values[0]] = p
	}
	m.params.Alloc()
	for _, b := range m.bound {
		copy(b.param.Value, rounded(b.def))
	}
	return m, nil
}

func rounded(values []float64) []float32 {
	out := make([]float32, len(values))
	for i, v := range values {
		out[i] = float32(v)
	}
	return out
}

// undecayed are the matrices that weight decay would not pull towards something simpler:
// those that a state is multiplied with over and over.
var undecayed = []string{"A_log", "A_imag", "log_A_real", "kernel.C", "A0", "A"}

// decays says whether weight decay applies: to matrices, not to vectors.
func decays(name string, shape []int) bool {
	return len(shape) > 1 && !slices.ContainsFunc(undecayed, func(s string) bool {
		return strings.HasSuffix(name, "."+s)
	})
}

// Params are the parameters, in the order of [ssm.Model.Tensors].
func (m *Model) Params() *tensor.Params { return &m.params }

// Vocab is the number of tokens, which are also the labels.
func (m *Model) Vocab() int { return m.def.Vocab }

// MaxLength is the length of the longest sequence, 0 for no limit.
func (m *Model) MaxLength() int {
	if m.def.Positions == nil {
		return 0
	}
	return len(m.def.Positions) / m.def.DModel
}

// Export returns the definition with the current parameters, all of them float32
// numbers. It is the model that New got, and Export writes into it again.
func (m *Model) Export() *ssm.Model {
	for _, b := range m.bound {
		for i, v := range b.param.Value {
			b.def[i] = float64(v)
		}
	}
	for _, block := range m.def.Blocks {
		if s, ok := block.(*ssm.S4D); ok {
			for i := range s.CRe {
				c := m.kernelC(s).Value[2*i:]
				s.CRe[i], s.CIm[i] = float64(c[0]), float64(c[1])
			}
		}
	}
	return m.def
}

// kernelC is the parameter C of an S4D layer, which the definition keeps as two slices.
func (m *Model) kernelC(s *ssm.S4D) *tensor.Param {
	name := strings.TrimSuffix(m.param(s.LogDt).Name, "log_dt") + "C"
	for _, b := range m.bound {
		if b.param.Name == name {
			return b.param
		}
	}
	panic("model: no parameter " + name)
}

// param is the parameter that stands for a slice of the definition, nil for nil.
func (m *Model) param(def []float64) *tensor.Param {
	if def == nil {
		return nil
	}
	return m.of[&def[0]]
}

// byTime says that rows go by time: the recurrent layers work so.
func (m *Model) byTime() bool {
	return m.def.Family == ssm.FamilyRNN || m.def.Family == ssm.FamilyLSTM
}

// Row is the row that position t of sequence b has in what Logits takes and gives, for a
// batch of sequences of one length.
func (m *Model) Row(b, t, batch, length int) int {
	if m.byTime() {
		return t*batch + b
	}
	return b*length + t
}

// Logits computes the logits of sequences of one length on the tape: a row of Vocab for
// each position. The tokens, all below Vocab, are ordered as Row says.
func (m *Model) Logits(t *tensor.Tape, tokens []int32, length int) *tensor.Tensor {
	f := forward{m, t, length}
	x := t.Embedding(tokens, m.param(m.def.Embedding))
	if m.positions != nil {
		x = t.AddPositions(x, m.positions, length)
	}
	for _, block := range m.def.Blocks {
		x = f.block(block, x)
	}
	if m.def.FinalNorm != nil {
		x = f.norm(m.def.FinalNorm, x)
	}
	return f.linear(&m.def.Head, x)
}

// forward is one use of Logits.
type forward struct {
	*Model
	t      *tensor.Tape
	length int
}

func (f forward) block(block ssm.Block, x *tensor.Tensor) *tensor.Tensor {
	switch l := block.(type) {
	case *ssm.Mamba:
		return f.t.Add(x, f.mamba(l, f.norm(&l.Norm, x)))
	case *ssm.S4D:
		r := ssm.Residual{Norm: &l.Norm, PreNorm: l.PreNorm}
		return f.around(&r, x, func(u *tensor.Tensor) *tensor.Tensor { return f.s4d(l, u) })
	case *ssm.Transformer:
		return f.transformer(l, x)
	case *ssm.RNN:
		return f.t.RNN(f.gates(&l.Input, &l.Recurrent, x), f.param(l.Recurrent.Weight), f.length, recurrence(l.Activation))
	case *ssm.LSTM:
		return f.t.LSTM(f.gates(&l.Input, &l.Recurrent, x), f.param(l.Recurrent.Weight), f.length)
	case *ssm.IDS4:
		return f.around(&l.Residual, x, func(u *tensor.Tensor) *tensor.Tensor { return f.ids4(l, u) })
	case *ssm.IDS4Product:
		return f.around(&l.Residual, x, func(u *tensor.Tensor) *tensor.Tensor { return f.ids4Product(l, u) })
	}
	panic(fmt.Sprintf("model: no forward pass for %T", block))
}

// around is the residual sum with the norm before, after or not at all.
func (f forward) around(r *ssm.Residual, x *tensor.Tensor, mix func(*tensor.Tensor) *tensor.Tensor) *tensor.Tensor {
	switch {
	case r.Norm == nil:
		return f.t.Add(x, mix(x))
	case r.PreNorm:
		return f.t.Add(x, mix(f.norm(r.Norm, x)))
	}
	return f.norm(r.Norm, f.t.Add(x, mix(x)))
}

func (f forward) norm(n *ssm.Norm, x *tensor.Tensor) *tensor.Tensor {
	if n.Kind == ssm.RMSNorm {
		return f.t.RMSNorm(x, f.param(n.Weight), n.Eps)
	}
	return f.t.LayerNorm(x, f.param(n.Weight), f.param(n.Bias), n.Eps)
}

func (f forward) linear(l *ssm.Linear, x *tensor.Tensor) *tensor.Tensor {
	return f.rows(l, 0, l.Out, x)
}

// rows is the outputs from lo to hi−1 of a map.
func (f forward) rows(l *ssm.Linear, lo, hi int, x *tensor.Tensor) *tensor.Tensor {
	if l.Bias == nil {
		return f.t.LinearRows(x, f.param(l.Weight), lo, hi)
	}
	return f.t.LinearRows(x, f.param(l.Weight), lo, hi, f.param(l.Bias))
}

func (f forward) mamba(l *ssm.Mamba, u *tensor.Tensor) *tensor.Tensor {
	e, r := l.DInner, l.DtRank
	v, z := f.rows(&l.InProj, 0, e, u), f.rows(&l.InProj, e, 2*e, u)
	s := f.t.SiLU(f.t.Conv(v, f.param(l.ConvWeight), f.param(l.ConvBias), f.length))
	p, bc := f.rows(&l.XProj, 0, r, s), f.rows(&l.XProj, r, l.XProj.Out, s)
	delta := f.t.Softplus(f.linear(&l.DtProj, p))
	y := f.t.SelectiveScan(delta, s, bc, f.param(l.ALog), f.param(l.D), f.length)
	return f.linear(&l.OutProj, f.t.GatedSiLU(y, z))
}

func (f forward) s4d(l *ssm.S4D, u *tensor.Tensor) *tensor.Tensor {
	y := f.t.S4D(u, tensor.S4DParams{
		LogDt: f.param(l.LogDt), LogAReal: f.param(l.LogAReal), AImag: f.param(l.AImag),
		C: f.kernelC(l), D: f.param(l.D),
	}, f.length)
	g := f.t.GELU(y)
	return f.t.GatedSigmoid(f.rows(&l.Output, 0, l.DModel, g), f.rows(&l.Output, l.DModel, 2*l.DModel, g))
}

func (f forward) transformer(l *ssm.Transformer, x *tensor.Tensor) *tensor.Tensor {
	x = f.around(&ssm.Residual{Norm: &l.Norm1, PreNorm: l.NormFirst}, x, func(u *tensor.Tensor) *tensor.Tensor {
		return f.linear(&l.OutProj, f.t.CausalAttention(f.linear(&l.InProj, u), l.Heads, f.length))
	})
	return f.around(&ssm.Residual{Norm: &l.Norm2, PreNorm: l.NormFirst}, x, func(u *tensor.Tensor) *tensor.Tensor {
		hidden := f.linear(&l.First, u)
		if l.Activation == ssm.ReLU {
			return f.linear(&l.Second, f.t.ReLU(hidden))
		}
		return f.linear(&l.Second, f.t.GELU(hidden))
	})
}

// gates is what the inputs and both biases give to a recurrent layer.
func (f forward) gates(input, recurrent *ssm.Linear, x *tensor.Tensor) *tensor.Tensor {
	if input.Bias == nil {
		return f.t.Linear(x, f.param(input.Weight))
	}
	return f.t.Linear(x, f.param(input.Weight), f.param(input.Bias), f.param(recurrent.Bias))
}

func recurrence(a ssm.Activation) tensor.Recurrence {
	switch a {
	case ssm.ReLU:
		return tensor.ReLU
	case ssm.Sign:
		return tensor.Sign
	}
	return tensor.Tanh
}

func (f forward) ids4(l *ssm.IDS4, u *tensor.Tensor) *tensor.Tensor {
	a := f.t.Combine(u, f.param(l.A), f.param(l.A0))
	h := f.t.MatrixScan(a, f.linear(&l.B, u), f.length)
	return f.t.Add(f.linear(&l.C, h), f.linear(&l.D, u))
}

func (f forward) ids4Product(l *ssm.IDS4Product, u *tensor.Tensor) *tensor.Tensor {
	m := f.t.GELU(f.t.Combine(u, f.param(l.A), nil))
	v := f.t.Rows(f.linear(&l.Proj, f.t.MatrixProduct(m, l.DState, f.length)), l.DState)
	return f.t.Add(f.linear(&l.C, v), f.linear(&l.D, u))
}
