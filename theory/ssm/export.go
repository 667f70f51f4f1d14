package ssm

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
)

// NewTensor makes an F64 or F32 tensor. F32 is for values that are float32 numbers:
// nothing is rounded, a value that would be is an error, and so are NaN and
// infinities, which no reader of weights accepts.
func NewTensor(dtype string, shape []int, values []float64) (Tensor, error) {
	if dtype != "F64" && dtype != "F32" {
		return Tensor{}, fmt.Errorf("dtype %q cannot be written, expected F64 or F32", dtype)
	}
	data, err := room(dtype, shape, len(values))
	if err != nil {
		return Tensor{}, err
	}
	for i, v := range values {
		if v-v != 0 {
			return Tensor{}, fmt.Errorf("the value %v at index %d, expected finite numbers", v, i)
		}
		if dtype == "F64" {
			data = binary.LittleEndian.AppendUint64(data, math.Float64bits(v))
			continue
		}
		if float64(float32(v)) != v {
			return Tensor{}, fmt.Errorf("the value %v at index %d is not a float32: write F64", v, i)
		}
		data = binary.LittleEndian.AppendUint32(data, math.Float32bits(float32(v)))
	}
	return Tensor{DType: dtype, Shape: slices.Clone(shape), data: data}, nil
}

// NewIntTensor makes an I64 tensor.
func NewIntTensor(shape []int, values []int64) (Tensor, error) {
	data, err := room("I64", shape, len(values))
	if err != nil {
		return Tensor{}, err
	}
	for _, v := range values {
		data = binary.LittleEndian.AppendUint64(data, uint64(v))
	}
	return Tensor{DType: "I64", Shape: slices.Clone(shape), data: data}, nil
}

// room makes an empty slice for the bytes of a tensor whose shape must hold count
// values.
func room(dtype string, shape []int, count int) ([]byte, error) {
	if slices.ContainsFunc(shape, func(dim int) bool { return dim < 0 }) {
		return nil, fmt.Errorf("shape %v has a negative size", shape)
	}
	size, ok := byteSize(shape, dtypeSize[dtype])
	if !ok || size != count*dtypeSize[dtype] {
		return nil, fmt.Errorf("shape %v does not hold %d values", shape, count)
	}
	return make([]byte, 0, size), nil
}

// header is an entry of a safetensors header, its keys in the order they are written.
type header struct {
	DType   string `json:"dtype"`
	Shape   []int  `json:"shape"`
	Offsets [2]int `json:"data_offsets"`
}

// WriteSafetensors writes tensors in one canonical form, so that equal tensors give
// equal bytes: wider entries before narrower ones, so that all data is aligned, and
// by name among those of one width; the metadata {"format": "pt"}, which some readers
// demand; spaces that fill the header to a multiple of 8 bytes. Only w can fail.
func WriteSafetensors(w io.Writer, tensors map[string]Tensor) error {
	names := sortedKeys(tensors)
	slices.SortStableFunc(names, func(a, b string) int {
		return dtypeSize[tensors[b].DType] - dtypeSize[tensors[a].DType]
	})
	var text bytes.Buffer
	text.WriteString(`{"__metadata__":{"format":"pt"}`)
	at := 0
	for _, name := range names {
		t := tensors[name]
		shape := append([]int{}, t.Shape...) // never null
		text.WriteByte(',')
		text.Write(compactJSON(name))
		text.WriteByte(':')
		text.Write(compactJSON(header{t.DType, shape, [2]int{at, at + len(t.data)}}))
		at += len(t.data)
	}
	text.WriteByte('}')
	text.WriteString(strings.Repeat(" ", -text.Len()&7))
	first := binary.LittleEndian.AppendUint64(nil, uint64(text.Len()))
	if _, err := w.Write(append(first, text.Bytes()...)); err != nil {
		return err
	}
	for _, name := range names {
		if _, err := w.Write(tensors[name].data); err != nil {
			return err
		}
	}
	return nil
}

// compactJSON marshals what cannot fail, without the escapes meant for HTML.
func compactJSON(v any) []byte {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		panic(err) // a string, or a header of strings and integers
	}
	return bytes.TrimSuffix(text.Bytes(), []byte("\n"))
}

// Export returns the files of a checkpoint, by base name: config.json,
// model.safetensors and, unless task is nil, task.json. Load of a directory with these
// files gives the same model, every number to the last bit. The tensors have the type
// F64 or F32; F32 is an error when a weight is not a float32 number. The same model
// gives the same bytes on every machine. It reports an error for a model that
// Model.Tensors refuses and for a task that does not fit.
func Export(m *Model, task *Task, dtype string) (map[string][]byte, error) {
	list, err := m.Tensors()
	if err != nil {
		return nil, err
	}
	tensors := map[string]Tensor{}
	for _, t := range list {
		if tensors[t.Name], err = NewTensor(dtype, t.Shape, t.Values); err != nil {
			return nil, fmt.Errorf("tensor %q: %w", t.Name, err)
		}
	}
	var weights bytes.Buffer
	if err := WriteSafetensors(&weights, tensors); err != nil {
		return nil, err
	}
	files := map[string][]byte{configFile: indented(m.config()), weightsFile: weights.Bytes()}
	if task == nil {
		return files, nil
	}
	if err := firstError(task.check(), task.fits(m)); err != nil {
		return nil, fmt.Errorf("task: %w", err)
	}
	files[taskFile] = append(compactJSON(task), '\n')
	return files, nil
}

// Digest is the [Checkpoint] Digest that Load finds when the files that Export gave are
// a directory.
func Digest(files map[string][]byte) string {
	sums := map[string]string{}
	for name, data := range files {
		if name != taskFile {
			sum := sha256.Sum256(data)
			sums[name] = hex.EncodeToString(sum[:])
		}
	}
	return digestOf(sums)
}

// indented marshals a configuration, its keys in byte order.
func indented(config map[string]any) []byte {
	text, err := json.MarshalIndent(config, "", "  ")
	if err != nil {
		panic(err) // strings, booleans, integers and finite numbers
	}
	return append(text, '\n')
}

// config states the sizes and choices of the model as config.json does.
func (m *Model) config() map[string]any {
	c := map[string]any{"tie_word_embeddings": m.Tied}
	s := m.Blocks[0].settings()
	if m.Family == FamilyMamba {
		m.mambaConfig(c, s)
	} else {
		m.taggerConfig(c, s)
	}
	return c
}

// mambaConfig writes the keys of Hugging Face transformers.
func (m *Model) mambaConfig(c map[string]any, s settings) {
	c["model_type"], c["architectures"] = "mamba", []string{"MambaForCausalLM"}
	c["vocab_size"], c["hidden_size"], c["num_hidden_layers"] = m.Vocab, m.DModel, len(m.Blocks)
	c["intermediate_size"], c["state_size"], c["conv_kernel"], c["time_step_rank"] = s.Inner, s.State, s.Conv, s.Rank
	if s.Inner%m.DModel == 0 {
		c["expand"] = s.Inner / m.DModel
	}
	if s.InBias == s.OutBias {
		c["use_bias"] = s.InBias
	}
	c["use_conv_bias"], c["hidden_act"] = s.ConvBias, "silu"
	c["layer_norm_epsilon"], c["rms_norm"] = m.FinalNorm.Eps, m.FinalNorm.Kind == RMSNorm
}

// taggerConfig writes the keys of the word-problem taggers.
func (m *Model) taggerConfig(c map[string]any, s settings) {
	name := typeOf(m.Family)
	c["n_vocab"], c["n_layers"], c["bias"] = m.Vocab, len(m.Blocks), m.Head.Bias != nil
	if norms := m.norms(); len(norms) > 0 {
		c["layer_norm_eps"], c["rms_norm"] = norms[0].Eps, norms[0].Kind == RMSNorm
	}
	switch m.Family {
	case FamilyRNN, FamilyLSTM:
		c["d_embedding"], c["d_hidden"] = m.DModel, s.Hidden
	default:
		c["d_model"] = m.DModel
	}
	switch m.Family {
	case FamilyRNN:
		c["kind"], name = string(s.Activation), string(s.Activation)
		if s.Activation == Sign {
			name = "rnn_ssm"
		}
	case FamilyLSTM:
		c["kind"] = "lstm"
	case FamilyTransformer:
		c["n_heads"], c["d_ff"], c["activation"], c["norm_first"] = s.Heads, s.FF, string(s.Activation), s.NormFirst
		if m.Positions != nil {
			c["max_len"] = len(m.Positions) / m.DModel
		}
	default:
		c["d_state"], c["prenorm"] = s.State, s.NormFirst
	}
	if m.Family == FamilyPDSSM {
		c["dictionary_size"], c["d_gate"] = s.Dictionary, s.Gate
	}
	c["model_type"] = name + "_token_classifier"
}
