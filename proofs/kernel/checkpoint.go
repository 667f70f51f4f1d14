package kernel

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// matrix is a linear map, row-major, with a bias or none.
type matrix struct {
	rows, cols int
	w, bias    []float64
}

// part are some of the rows.
func (m *matrix) part(from, rows int) *matrix {
	p := &matrix{rows: rows, cols: m.cols, w: m.w[from*m.cols : (from+rows)*m.cols]}
	if m.bias != nil {
		p.bias = m.bias[from : from+rows]
	}
	return p
}

// norm is RMSNorm, or LayerNorm if it centres.
type norm struct {
	centres bool
	w, bias []float64
	eps     float64
}

// mambaBlock is one Mamba layer: arXiv 2312.00752, algorithm 2.
type mambaBlock struct {
	norm                    norm
	e, n, k, r              int // inner size, state, kernel, rank
	in, x, dt, out          matrix
	conv, convBias, aLog, d []float64
}

// s4dBlock is one S4D layer: arXiv 2206.11893, section 3.
type s4dBlock struct {
	norm  norm
	pre   bool
	modes int
	dt, d []float64    // by channel
	a, c  []complex128 // by channel and mode
	out   matrix
}

// network is a checkpoint in float64.
type network struct {
	family    string
	vocab, d  int
	embedding []float64
	mamba     []mambaBlock
	s4d       []s4dBlock
	final     *norm
	head      matrix
	files     []File
	digest    string
}

// tensors are those of the weight files, by name.
type tensors map[string]*array

type array struct {
	shape  []int
	values []float64 // nil for integers, which are buffers of no consequence
	used   bool
}

// openCheckpoint reads config.json and the weights of a directory.
func openCheckpoint(dir string) *network {
	n, t := &network{}, tensors{}
	read := func(name string) []byte {
		data := readFile(filepath.Join(dir, name))
		sum := sha256.Sum256(data)
		n.files = append(n.files, File{name, hex.EncodeToString(sum[:])})
		return data
	}
	config := configuration(object(pythonNumbers(read("config.json")), "config.json"))
	if _, err := os.Stat(filepath.Join(dir, "model.safetensors")); errors.Is(err, fs.ErrNotExist) {
		const name = "model.safetensors.index.json"
		index, _ := object(read(name), name)["weight_map"].(map[string]any)
		shards := map[string]bool{}
		for _, file := range index {
			name, _ := file.(string)
			require(filepath.IsLocal(name) && filepath.Base(name) == name, "the index names the file %q", name)
			shards[name] = true
		}
		for _, name := range slices.Sorted(maps.Keys(shards)) {
			t.read(read(name), name)
		}
		require(len(t) == len(index), "the shards hold other tensors than their index")
	} else {
		t.read(read("model.safetensors"), "model.safetensors")
	}
	n.digest = digestOf(n.files)
	n.build(config, t)
	for name, a := range t {
		require(a.values == nil || a.used, "tensor %q: is of no model known here", name)
	}
	return n
}

// digestOf names a checkpoint: see docs/formats/out-dir.md.
func digestOf(files []File) string {
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	sum := sha256.New()
	for _, f := range files {
		fmt.Fprintf(sum, "%s  %s\n", f.SHA256, f.Name)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// read takes the tensors of one safetensors file, which must fill it without holes.
func (t tensors) read(data []byte, name string) {
	require(len(data) >= 8 && binary.LittleEndian.Uint64(data) <= uint64(len(data)-8), "%s: is no safetensors file", name)
	body := data[8+binary.LittleEndian.Uint64(data):]
	var spans [][]int
	for tensor, entry := range object(data[8:len(data)-len(body)], name) {
		if tensor == "__metadata__" {
			continue
		}
		e, _ := entry.(map[string]any)
		shape, span := counts(e["shape"]), counts(e["data_offsets"])
		require(len(span) == 2 && span[0] <= span[1] && span[1] <= len(body), "%s: tensor %q lies outside", name, tensor)
		require(t[tensor] == nil, "%s: tensor %q occurs twice", name, tensor)
		size := 1
		for _, s := range shape {
			require(s == 0 || size <= len(body)/s, "%s: tensor %q is larger than the file", name, tensor)
			size *= s
		}
		dtype, _ := e["dtype"].(string)
		t[tensor] = &array{shape: shape, values: floats(dtype, body[span[0]:span[1]], size)}
		spans = append(spans, span)
	}
	slices.SortFunc(spans, slices.Compare[[]int])
	at := 0
	for _, s := range append(spans, []int{len(body)}) {
		require(s[0] == at, "%s: its tensors overlap or leave holes", name)
		at = s[len(s)-1]
	}
}

// decoders are the types of numbers, all of them subsets of float64.
var decoders = map[string]struct {
	width  int
	decode func(b []byte) float64
}{
	"F64":  {8, func(b []byte) float64 { return math.Float64frombits(binary.LittleEndian.Uint64(b)) }},
	"F32":  {4, func(b []byte) float64 { return float64(math.Float32frombits(binary.LittleEndian.Uint32(b))) }},
	"BF16": {2, func(b []byte) float64 { return float64(math.Float32frombits(uint32(b[0])<<16 | uint32(b[1])<<24)) }},
	"F16":  {2, half},
	"I64":  {width: 8}, "I32": {width: 4}, "U8": {width: 1}, "BOOL": {width: 1},
}

// half decodes an IEEE 754 binary16 number: a float32 of the same bits but for an exponent that
// is less by 112. Infinities and NaN are not finite.
func half(b []byte) float64 {
	bits := uint32(binary.LittleEndian.Uint16(b))
	if bits>>10&31 == 31 {
		return math.NaN()
	}
	return math.Ldexp(float64(math.Float32frombits(bits>>15<<31|bits&0x7fff<<13)), 112)
}

func floats(dtype string, b []byte, size int) (out []float64) {
	d := decoders[dtype]
	require(d.width > 0 && len(b) == d.width*size, "a tensor of type %q has not the size of its shape", dtype)
	if d.decode == nil {
		return nil
	}
	out = make([]float64, size)
	for i := range out {
		out[i] = d.decode(b[i*d.width:])
		require(out[i]-out[i] == 0, "a weight is not finite")
	}
	return out
}

// get is a tensor of this shape; sizes of 1 may be written or not.
func (t tensors) get(name string, shape ...int) []float64 {
	v := t.optional(name, shape...)
	require(v != nil, "there is no tensor %q", name)
	return v
}

func (t tensors) optional(name string, shape ...int) []float64 {
	a := t[name]
	if a == nil {
		return nil
	}
	one := func(n int) bool { return n == 1 }
	have := slices.DeleteFunc(slices.Clone(a.shape), one)
	require(slices.Equal(have, slices.DeleteFunc(slices.Clone(shape), one)),
		"tensor %q has shape %v, expected %v", name, a.shape, shape)
	require(a.values != nil, "tensor %q: holds integers", name)
	a.used = true
	return a.values
}

func (t tensors) matrix(name string, rows, cols int) matrix {
	return matrix{rows, cols, t.get(name+".weight", rows, cols), t.optional(name+".bias", rows)}
}

// dim is one size of a tensor.
func (t tensors) dim(name string, i, rank int) int {
	a := t[name]
	require(a != nil && len(a.shape) == rank && a.shape[i] > 0,
		"tensor %q: is missing or of another rank than %d", name, rank)
	return a.shape[i]
}

// settings are the entries of config.json that change the function.
type settings struct {
	eps          float64
	norm         string // "rms", "layer" or "" where it is silent
	prenorm      bool
	family       string
	tied, untied bool // if it says so
}

func configuration(o map[string]any) settings {
	var s settings
	if inner, ok := o["ssm_cfg"].(map[string]any); ok {
		layer := inner["layer"]
		require(layer == nil || layer == "Mamba1", "config.json: layer %v is not known here", layer)
	}
	only := map[string]any{"hidden_act": "silu", "activation": "gelu", "disc": "zoh", "bidirectional": false}
	for key, plain := range only {
		v := o[key]
		require(v == nil || v == plain || key == "hidden_act" && v == "swish", "config.json: %s %v is not known here", key, v)
	}
	run := o["lr"] != nil || o["betas"] != nil || o["weight_decay"] != nil // of a logged run, whose eps is the optimiser's
	names := []string{"layer_norm_epsilon", "layer_norm_eps", "norm_epsilon", "norm_eps", "rms_norm_eps", "eps"}
	for _, key := range names {
		if n, ok := o[key].(json.Number); ok && !(key == "eps" && run) {
			eps, err := n.Float64()
			require(err == nil && eps > 0 && (s.eps == 0 || s.eps == eps), "config.json: %s is %v", key, n)
			s.eps = eps
		}
	}
	if s.eps == 0 {
		s.eps = 1e-5
	}
	if rms, ok := o["rms_norm"].(bool); ok {
		s.norm = map[bool]string{true: "rms", false: "layer"}[rms]
	} else if kind, ok := o["norm"].(string); ok {
		s.norm = strings.TrimSuffix(strings.ToLower(kind), "norm")
	}
	s.prenorm, _ = o["prenorm"].(bool)
	for _, key := range []string{"tie_word_embeddings", "tie_embeddings"} {
		if tied, ok := o[key].(bool); ok {
			s.tied, s.untied = tied, !tied
		}
	}
	s.family, _ = o["model_type"].(string)
	return s
}

// build finds the model in the tensors by the names of its layers.
func (n *network) build(c settings, t tensors) {
	names := slices.Sorted(maps.Keys(t))
	contains := func(part string) func(string) bool {
		return func(name string) bool { return strings.Contains(name, part) }
	}
	marker, inner, norms, kind := "layers.", ".mixer.", "layers.%d.norm", "rms"
	if n.family = "mamba"; slices.ContainsFunc(names, contains("s4d_layers.")) {
		n.family, marker, inner, norms, kind = "s4d", "s4d_layers.", ".kernel.", "norms.%d", "layer"
	}
	require(strings.HasPrefix(c.family, n.family) || c.family == "",
		"config.json: model_type %q, the tensors are of %s", c.family, n.family)
	root := ""
	for _, name := range slices.Backward(names) {
		if before, after, ok := strings.Cut(name, marker); ok && strings.Contains(after, inner) {
			root = before // of the first in the end
		}
	}
	embedding := root + "embeddings.weight"
	if t[embedding] == nil {
		embedding = root + "embedding.weight"
	}
	n.vocab, n.d = t.dim(embedding, 0, 2), t.dim(embedding, 1, 2)
	n.embedding = t.get(embedding, n.vocab, n.d)
	if c.norm != "" {
		kind = c.norm
	}
	normOf := func(name string) norm {
		bias := t.optional(root+name+".bias", n.d)
		require(bias == nil || c.norm != "rms", "tensor %q: the bias of an RMSNorm", name)
		return norm{kind == "layer" || bias != nil, t.get(root+name+".weight", n.d), bias, c.eps}
	}
	for i := 0; slices.ContainsFunc(names, contains(root+marker+strconv.Itoa(i)+".")); i++ {
		stem, norm := root+marker+strconv.Itoa(i)+".", normOf(fmt.Sprintf(norms, i))
		if n.family == "mamba" {
			n.mamba = append(n.mamba, mambaOf(t, stem+"mixer.", n.d, norm))
		} else {
			n.s4d = append(n.s4d, s4dOf(t, stem, n.d, norm, c.prenorm))
		}
	}
	if n.family == "mamba" {
		final := normOf("norm_f")
		n.final = &final
	}
	plain := strings.TrimSuffix(root, "backbone.")
	tagger := n.family == "s4d" || plain == root && strings.HasSuffix(embedding, "embedding.weight")
	n.buildHead(c, t, plain, tagger)
}

func (n *network) buildHead(c settings, t tensors, root string, tagger bool) {
	for _, name := range []string{"lm_head", "cl_head"} {
		if t[root+name+".weight"] != nil {
			n.head = t.matrix(root+name, n.vocab, n.d)
			require(!c.tied || slices.Equal(n.head.w, n.embedding), "config.json: the head is not the embedding")
			return
		}
	}
	require(!tagger && !c.untied, "the model has no head")
	n.head = matrix{n.vocab, n.d, n.embedding, t.optional(root+"lm_head.bias", n.vocab)}
}

func mambaOf(t tensors, p string, d int, norm norm) mambaBlock {
	e, n := t.dim(p+"A_log", 0, 2), t.dim(p+"A_log", 1, 2)
	k, r := t.dim(p+"conv1d.weight", 2, 3), t.dim(p+"dt_proj.weight", 1, 2)
	return mambaBlock{
		norm: norm, e: e, n: n, k: k, r: r,
		in: t.matrix(p+"in_proj", 2*e, d), x: t.matrix(p+"x_proj", r+2*n, e),
		dt: t.matrix(p+"dt_proj", e, r), out: t.matrix(p+"out_proj", d, e),
		conv: t.get(p+"conv1d.weight", e, 1, k), convBias: t.optional(p+"conv1d.bias", e),
		aLog: t.get(p+"A_log", e, n), d: t.get(p+"D", e),
	}
}

func s4dOf(t tensors, p string, d int, norm norm, pre bool) s4dBlock {
	k := p + "kernel."
	modes := t.dim(k+"log_A_real", 1, 2)
	b := s4dBlock{norm: norm, pre: pre, modes: modes, d: t.get(p+"D", d), out: t.matrix(p+"output_linear.0", 2*d, d)}
	for _, log := range t.get(k+"log_dt", d) {
		b.dt = append(b.dt, math.Exp(log))
	}
	log, im, c := t.get(k+"log_A_real", d, modes), t.get(k+"A_imag", d, modes), t.get(k+"C", d, modes, 2)
	for i := range log {
		b.a, b.c = append(b.a, complex(-math.Exp(log[i]), im[i])), append(b.c, complex(c[2*i], c[2*i+1]))
	}
	return b
}

// object reads one JSON object in which no key occurs twice, so that no two readers
// can see different values. Numbers stay json.Number.
func object(data []byte, name string) map[string]any {
	require(utf8.Valid(data), "%s: is no UTF-8", name)
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	o, ok := value(d, name, 0).(map[string]any)
	require(ok, "%s: is no JSON object", name)
	_, err := d.Token()
	require(err == io.EOF, "%s: text follows the JSON object", name)
	return o
}

func value(d *json.Decoder, name string, depth int) any {
	token, err := d.Token()
	require(err == nil && depth < 32, "%s: is no JSON, or nested too deep", name)
	kind, nested := token.(json.Delim)
	if !nested {
		return token
	}
	object, list := map[string]any{}, []any{}
	for d.More() {
		x := value(d, name, depth+1)
		if kind == '[' {
			list = append(list, x)
			continue
		}
		key, _ := x.(string)
		_, twice := object[key]
		require(!twice, "%s: the key %q occurs twice", name, key)
		object[key] = value(d, name, depth+1)
	}
	_, err = d.Token()
	require(err == nil, "%s: is no JSON", name)
	if kind == '[' {
		return list
	}
	return object
}

// pythonNumbers quotes NaN and Infinity, which Python writes although they are not JSON.
func pythonNumbers(data []byte) []byte {
	return pythonNumber.ReplaceAllFunc(data, func(token []byte) []byte {
		if token[0] == '"' {
			return token
		}
		return []byte(strconv.Quote(string(token)))
	})
}

// pythonNumber matches whole strings as well, so that nothing inside one changes.
var pythonNumber = regexp.MustCompile(`"(?:[^"\\]|\\.)*"|-?Infinity|NaN`)

// count is a JSON number that is a size.
func count(v any) int {
	n, _ := v.(json.Number)
	x, err := strconv.ParseUint(n.String(), 10, 40)
	require(err == nil, "%v is no size", v)
	return int(x)
}

func counts(v any) (sizes []int) {
	list, ok := v.([]any)
	require(ok, "%v is no list of sizes", v)
	for _, x := range list {
		sizes = append(sizes, count(x))
	}
	return sizes
}
