package ssm

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

// array is a tensor to be written.
type array struct {
	dtype string
	shape []int
	data  []byte
}

// encode lays tensors out in the order of their names.
func encode(arrays map[string]array) []byte {
	header, body := map[string]any{"__metadata__": map[string]string{"format": "pt"}}, []byte{}
	for _, name := range sortedKeys(arrays) {
		a := arrays[name]
		shape := append([]int{}, a.shape...)
		header[name] = map[string]any{"dtype": a.dtype, "shape": shape, "data_offsets": []int{len(body), len(body) + len(a.data)}}
		body = append(body, a.data...)
	}
	text, err := json.Marshal(header)
	if err != nil {
		panic(err)
	}
	return withHeader(string(text), body)
}

// readBytes reads a safetensors file held in memory.
func readBytes(data []byte) (map[string]Tensor, error) {
	return ReadSafetensors(bytes.NewReader(data), int64(len(data)))
}

// withHeader joins a header text, right or wrong, with tensor bytes.
func withHeader(text string, body []byte) []byte {
	out := binary.LittleEndian.AppendUint64(nil, uint64(len(text)))
	return append(append(out, text...), body...)
}

// tensorOf encodes values in one of the floating-point types.
func tensorOf(dtype string, values []float64, shape ...int) array {
	a := array{dtype: dtype, shape: shape}
	for _, v := range values {
		switch dtype {
		case "F64":
			a.data = binary.LittleEndian.AppendUint64(a.data, math.Float64bits(v))
		case "F32":
			a.data = binary.LittleEndian.AppendUint32(a.data, math.Float32bits(float32(v)))
		case "BF16":
			a.data = binary.LittleEndian.AppendUint16(a.data, uint16(math.Float32bits(float32(v))>>16))
		case "F16":
			a.data = binary.LittleEndian.AppendUint16(a.data, toHalf(v))
		}
	}
	return a
}

// toHalf finds the binary16 number equal to v; the tests only use such v.
func toHalf(v float64) uint16 {
	if v == 0 {
		return 0
	}
	sign, fraction := uint16(0), math.Abs(v)
	if v < 0 {
		sign = 1 << 15
	}
	m, e := math.Frexp(fraction) // fraction = m * 2^e, m in [0.5, 1)
	return sign | uint16(e+14)<<10 | (uint16(m*2048) & 1023)
}

// source draws values k/64 with |k| <= 127, exact in all four types.
type source struct{ *rand.Rand }

func newSource(seed uint64) source { return source{rand.New(rand.NewPCG(seed, 1))} }

func (r source) values(n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = float64(r.IntN(255)-127) / 64
	}
	return out
}

func (r source) linear(out, in int, bias bool) Linear {
	l := Linear{Out: out, In: in, Weight: r.values(out * in)}
	if bias {
		l.Bias = r.values(out)
	}
	return l
}

func (r source) norm(kind NormKind, bias bool, size int) Norm {
	n := Norm{Kind: kind, Weight: r.values(size), Eps: 1e-5}
	if bias {
		n.Bias = r.values(size)
	}
	return n
}

// mambaSizes are the choices of a random Mamba model.
type mambaSizes struct {
	Layers, Vocab, D, E, N, K, R   int
	Kind                           NormKind
	NormBias, Bias, ConvBias, Tied bool
	HeadBias                       bool
}

func (r source) mamba(s mambaSizes) *Model {
	m := &Model{Family: "mamba", Vocab: s.Vocab, DModel: s.D, Tied: s.Tied, Embedding: r.values(s.Vocab * s.D)}
	for range s.Layers {
		layer := &Mamba{
			Norm: r.norm(s.Kind, s.NormBias, s.D), DModel: s.D, DInner: s.E, DState: s.N, DConv: s.K, DtRank: s.R,
			InProj: r.linear(2*s.E, s.D, s.Bias), ConvWeight: r.values(s.E * s.K),
			XProj: r.linear(s.R+2*s.N, s.E, false), DtProj: r.linear(s.E, s.R, true),
			ALog: r.values(s.E * s.N), D: r.values(s.E), OutProj: r.linear(s.D, s.E, s.Bias),
		}
		if s.ConvBias {
			layer.ConvBias = r.values(s.E)
		}
		m.Blocks = append(m.Blocks, layer)
	}
	final := r.norm(s.Kind, s.NormBias, s.D)
	m.FinalNorm = &final
	m.Head = r.linear(s.Vocab, s.D, s.HeadBias)
	if s.Tied {
		m.Head.Weight = m.Embedding
	}
	return m
}

func (r source) s4d(layers, vocab, d, modes int, preNorm bool) *Model {
	m := &Model{Family: "s4d", Vocab: vocab, DModel: d, Embedding: r.values(vocab * d), Head: r.linear(vocab, d, true)}
	for range layers {
		layer := &S4D{
			Norm: r.norm(LayerNorm, true, d), PreNorm: preNorm, DModel: d, DState: 2 * modes, Modes: modes,
			LogDt: r.values(d), LogAReal: r.values(d * modes), AImag: r.values(d * modes),
			CRe: r.values(d * modes), CIm: r.values(d * modes), D: r.values(d), Output: r.linear(2*d, d, true),
		}
		m.Blocks = append(m.Blocks, layer)
	}
	return m
}

var families = []string{
	FamilyMamba, FamilyS4D, FamilyTransformer, FamilyRNN, FamilyLSTM, FamilyIDS4, FamilyIDS4Product, FamilyPDSSM,
}

// taggerSizes are the choices of a random tagger.
type taggerSizes struct {
	Layers, Vocab, D          int
	H, N, F, W                int // hidden or heads, state, feed-forward or gate, dictionary
	Kind                      NormKind
	NormBias, Normed          bool
	NormFirst, Bias, HeadBias bool
	Final, Positions          bool
	Activation                int
}

func (r source) tagger(family string, s taggerSizes) *Model {
	width := s.D
	if family == FamilyTransformer {
		width = s.D * s.H // H heads of size D
	}
	m := &Model{Family: family, Vocab: s.Vocab, DModel: width, Embedding: r.values(s.Vocab * width)}
	norm := func(size int) *Norm {
		n := r.norm(s.Kind, s.NormBias, size)
		return &n
	}
	for range s.Layers {
		block := r.block(family, s, width, norm)
		m.Blocks = append(m.Blocks, block)
		width = block.width()
	}
	if family == FamilyTransformer && s.Final {
		m.FinalNorm = norm(width)
	}
	if family == FamilyTransformer && s.Positions {
		m.Positions = r.values(16 * width)
	}
	m.Head = r.linear(s.Vocab, width, s.HeadBias)
	return m
}

func (r source) block(family string, s taggerSizes, d int, norm func(int) *Norm) Block {
	residual := Residual{}
	if s.Normed {
		residual = Residual{Norm: norm(d), PreNorm: s.NormFirst}
	}
	switch family {
	case FamilyTransformer:
		return &Transformer{
			DModel: d, Heads: s.H, DFF: s.F, Activation: []Activation{GELU, ReLU}[s.Activation%2], NormFirst: s.NormFirst,
			InProj: r.linear(3*d, d, true), OutProj: r.linear(d, d, true), Norm1: *norm(d), Norm2: *norm(d),
			First: r.linear(s.F, d, true), Second: r.linear(d, s.F, true),
		}
	case FamilyRNN:
		return &RNN{
			DIn: d, DHidden: s.H, Activation: []Activation{Tanh, ReLU, Sign}[s.Activation%3],
			Input: r.linear(s.H, d, s.Bias), Recurrent: r.linear(s.H, s.H, s.Bias),
		}
	case FamilyLSTM:
		return &LSTM{DIn: d, DHidden: s.H, Input: r.linear(4*s.H, d, s.Bias), Recurrent: r.linear(4*s.H, s.H, s.Bias)}
	case FamilyIDS4:
		return &IDS4{
			Residual: residual, DModel: d, DState: s.N, A0: r.values(s.N * s.N), A: r.values(d * s.N * s.N),
			B: r.linear(s.N, d, false), C: r.linear(d, s.N, s.Bias), D: r.linear(d, d, s.Bias),
		}
	case FamilyIDS4Product:
		return &IDS4Product{
			Residual: residual, DModel: d, DState: s.N, A: r.values(d * s.N * s.N),
			Proj: r.linear(1, s.N, true), C: r.linear(d, s.N, true), D: r.linear(d, d, true),
		}
	}
	gate := func() Gate { return Gate{r.linear(s.F, d, true), r.linear(s.N, s.F, true)} }
	return &PDSSM{
		Residual: residual, DModel: d, DState: s.N, Dictionary: s.W, DGate: s.F,
		Select: r.linear(s.W, d, false), Matrices: r.values(s.W * s.N * s.N), Magnitude: gate(), Phase: gate(),
		BRe: r.values(s.N * d), BIm: r.values(s.N * d), Readout: r.linear(d, 2*s.N, true), Skip: r.values(d),
	}
}

// naming says where the tensors of a Mamba model go.
type naming struct{ prefix, embedding, head, dtype string }

var huggingFace = naming{"backbone.", "embeddings", "lm_head", "F32"}

// export writes a model under a naming scheme; an empty head name leaves it out.
func (n naming) export(m *Model) map[string]array {
	out := map[string]array{}
	put := func(name string, values []float64, shape ...int) {
		if values != nil {
			out[name] = tensorOf(n.dtype, values, shape...)
		}
	}
	linear := func(name string, l Linear) {
		put(name+".weight", l.Weight, l.Out, l.In)
		put(name+".bias", l.Bias, l.Out)
	}
	norm := func(name string, v Norm) {
		put(name+".weight", v.Weight, m.DModel)
		put(name+".bias", v.Bias, m.DModel)
	}
	put(n.prefix+n.embedding+".weight", m.Embedding, m.Vocab, m.DModel)
	for i, block := range m.Blocks {
		switch l := block.(type) {
		case *Mamba:
			stem := fmt.Sprintf("%slayers.%d.", n.prefix, i)
			norm(stem+"norm", l.Norm)
			linear(stem+"mixer.in_proj", l.InProj)
			put(stem+"mixer.conv1d.weight", l.ConvWeight, l.DInner, 1, l.DConv)
			put(stem+"mixer.conv1d.bias", l.ConvBias, l.DInner)
			linear(stem+"mixer.x_proj", l.XProj)
			linear(stem+"mixer.dt_proj", l.DtProj)
			put(stem+"mixer.A_log", l.ALog, l.DInner, l.DState)
			put(stem+"mixer.D", l.D, l.DInner)
			linear(stem+"mixer.out_proj", l.OutProj)
		case *S4D:
			stem := fmt.Sprintf("%ss4d_layers.%d.", n.prefix, i)
			norm(fmt.Sprintf("%snorms.%d", n.prefix, i), l.Norm)
			put(stem+"D", l.D, l.DModel)
			put(stem+"kernel.log_dt", l.LogDt, l.DModel)
			put(stem+"kernel.log_A_real", l.LogAReal, l.DModel, l.Modes)
			put(stem+"kernel.A_imag", l.AImag, l.DModel, l.Modes)
			c := []float64{}
			for j := range l.CRe {
				c = append(c, l.CRe[j], l.CIm[j])
			}
			put(stem+"kernel.C", c, l.DModel, l.Modes, 2)
			linear(stem+"output_linear.0", l.Output)
		}
	}
	if m.FinalNorm != nil {
		norm(n.prefix+"norm_f", *m.FinalNorm)
	}
	if n.head != "" {
		linear(n.head, m.Head)
	}
	return out
}

// writeDir puts files into a fresh directory.
func writeDir(t testing.TB, files map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// testdataFiles reads the files of a stored checkpoint, to be changed by a test.
func testdataFiles(t testing.TB, name string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	for _, file := range []string{configFile, weightsFile, taskFile} {
		data, err := os.ReadFile(filepath.Join("testdata", name, file))
		if err != nil {
			t.Fatal(err)
		}
		files[file] = data
	}
	return files
}

// decodeArrays is the inverse of encode.
func decodeArrays(t testing.TB, data []byte) map[string]array {
	t.Helper()
	tensors, err := readBytes(data)
	if err != nil {
		t.Fatal(err)
	}
	arrays := map[string]array{}
	for name, tensor := range tensors {
		arrays[name] = array{tensor.DType, tensor.Shape, append([]byte{}, tensor.data...)}
	}
	return arrays
}
