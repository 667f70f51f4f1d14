package ssm

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// builder hands out tensors, checks their shapes and remembers which were asked
// for. The first error sticks; after it every method returns zero values, so that
// callers can state a whole layer without an if after each line.
type builder struct {
	cfg     *config
	tensors map[string]located
	file    string // named when a tensor is missing
	used    map[string]bool
	eps     float64
	out     string // the head's name, without ".weight"
	err     error
}

// buildModel turns tensors into a model and accounts for every one of them.
func buildModel(cfg *config, tensors map[string]located) (*Model, error) {
	b := &builder{cfg: cfg, tensors: tensors, file: weightsFile, used: map[string]bool{}}
	names := sortedKeys(tensors)
	if len(names) > 0 && tensors[names[0]].file != weightsFile {
		b.file = indexFile
	}
	family, err := b.family(names)
	if err != nil {
		return nil, err
	}
	eps, err := cfg.eps()
	if err != nil {
		return nil, err
	}
	b.eps = eps
	m := b.model(family)
	b.checkLeftover(names)
	if b.err != nil {
		return nil, b.err
	}
	if err := m.Validate(); err != nil {
		return nil, fmt.Errorf("%s: %w: train or export the model anew", b.file, err)
	}
	return m, nil
}

// family combines the tensor names with what config.json declares.
func (b *builder) family(names []string) (string, error) {
	found, err := detectFamily(names)
	if err != nil {
		return "", fmt.Errorf("%s: %w", b.file, err)
	}
	declared, err := b.cfg.family()
	if err != nil {
		return "", err
	}
	if declared != "" && declared != found {
		return "", keyError("model_type", b.cfg.values["model_type"], fmt.Sprintf("a name starting with %q (the tensors of %s)", typeOf(found), b.file))
	}
	return found, nil
}

// fail keeps the first error; a nil error changes nothing.
func (b *builder) fail(err error) {
	if b.err == nil {
		b.err = err
	}
}

func (b *builder) has(name string) bool {
	_, ok := b.tensors[name]
	return ok
}

// shape returns the dimensions of a tensor that must exist with the given rank;
// layout describes them in an error.
func (b *builder) shape(name string, rank int, layout string) []int {
	zero := make([]int, rank)
	if b.err != nil {
		return zero
	}
	t, ok := b.tensors[name]
	if !ok {
		b.fail(fmt.Errorf("%s: tensor %q is missing, expected shape %s: save the complete model", b.file, name, layout))
		return zero
	}
	if len(t.Shape) != rank || slices.Contains(t.Shape, 0) {
		b.fail(fmt.Errorf("%s: tensor %q has shape %v, expected %s with positive sizes: save the model anew", t.file, name, t.Shape, layout))
		return zero
	}
	return t.Shape
}

// values returns a tensor that must exist with exactly this shape.
func (b *builder) values(name string, shape ...int) []float64 {
	if b.err != nil {
		return nil
	}
	t, ok := b.tensors[name]
	if !ok {
		b.fail(fmt.Errorf("%s: tensor %q is missing, expected shape %v: save the complete model", b.file, name, shape))
		return nil
	}
	b.used[name] = true
	if !slices.Equal(t.Shape, shape) {
		b.fail(fmt.Errorf("%s: tensor %q has shape %v, expected %v: save the model anew", t.file, name, t.Shape, shape))
		return nil
	}
	values, err := t.Float64s()
	if err != nil {
		b.fail(fmt.Errorf("%s: tensor %q: %w: convert it to one of them", t.file, name, err))
		return nil
	}
	at := slices.IndexFunc(values, func(v float64) bool { return v-v != 0 })
	if at >= 0 {
		b.fail(fmt.Errorf("%s: tensor %q has the value %v at index %d, expected finite numbers: use a checkpoint whose training did not diverge",
			t.file, name, values[at], at))
		return nil
	}
	return values
}

// fill reads the tensors of a table into the model.
func (b *builder) fill(list []entry) {
	for _, e := range list {
		if e.optional && !b.has(e.name) {
			continue
		}
		shape := e.shape
		if t, ok := b.tensors[e.name]; ok && e.loose && len(t.Shape) == len(shape)-1 {
			shape = shape[:len(shape)-1]
		}
		values := b.values(e.name, shape...)
		if err := checkExp("", values); e.log && err != nil {
			b.fail(fmt.Errorf("%s: tensor %q%w: use a checkpoint whose training did not diverge", b.tensors[e.name].file, e.name, err))
		}
		if b.err != nil {
			return
		}
		e.set(values)
	}
}

// check records the outcome of a comparison with the configuration. It takes a
// function because the sizes mean nothing once an error has occurred.
func (b *builder) check(compare func() error) {
	if b.err == nil {
		b.fail(compare())
	}
}

// layers counts the layers named stem0., stem1., ... and demands that no number
// is left out. The numbers come from the file, so they bound nothing.
func (b *builder) layers(stem string) int {
	seen := map[int]bool{}
	for name := range b.tensors {
		if rest, ok := strings.CutPrefix(name, stem); ok {
			digits, _, _ := strings.Cut(rest, ".")
			if n, err := strconv.Atoi(digits); err == nil && strconv.Itoa(n) == digits && n >= 0 {
				seen[n] = true
			}
		}
	}
	for i := range len(seen) {
		if !seen[i] {
			b.fail(fmt.Errorf("%s: tensor %q is missing, expected %d layers numbered from 0: save the complete model", b.file, stem+strconv.Itoa(i)+".*", len(seen)))
			return 0
		}
	}
	b.check(func() error {
		return b.cfg.checkSize(len(seen), "the layers in "+b.file, keysLayers)
	})
	return len(seen)
}

// embedding reads the matrix under the first of the names that exists.
func (b *builder) embedding(m *Model, names ...string) {
	name := names[0]
	for _, n := range names {
		if b.has(n) {
			name = n
			break
		}
	}
	shape := b.shape(name, 2, "[vocabulary, model size]")
	m.Vocab, m.DModel = shape[0], shape[1]
	m.Embedding = b.values(name, m.Vocab, m.DModel)
	source := "the shape of " + name
	b.check(func() error { return b.cfg.checkVocab(m.Vocab, source) })
	b.check(func() error { return b.cfg.checkSize(m.DModel, source, keysModel) })
	b.check(func() error { return b.cfg.checkSize(m.DModel, source, keysEmbedding) })
}

// headName decides what the head is called; tagger says what a model without one is.
func (b *builder) headName(root string, tagger bool) {
	b.out = root + "lm_head"
	if b.has(root+"cl_head.weight") || (tagger && !b.has(b.out+".weight")) {
		b.out = root + "cl_head"
	}
}

func (b *builder) tagger() bool { return strings.HasSuffix(b.out, "cl_head") }

// head reads the output map for a stream of the given width. It may be the embedding
// itself.
func (b *builder) head(m *Model, width int) {
	tie, key, err := b.cfg.flag(keysTie)
	b.fail(err)
	name := b.out
	// A language model without a head shares the embedding unless told otherwise;
	// a tagger without one has lost it.
	m.Head = Linear{Out: m.Vocab, In: width}
	list := m.Head.entries(name)
	if !b.has(name+".weight") && width == m.DModel && (tie || (key == "" && !b.tagger())) {
		m.Tied, m.Head.Weight = true, m.Embedding
		b.fill(list[1:])
		return
	}
	b.fill(list)
	same := slices.Equal(m.Head.Weight, m.Embedding)
	if b.err == nil && tie && !same {
		b.fail(keyError(key, tie, fmt.Sprintf("false (%s.weight differs from the embedding)", name)))
	}
	// Without an entry in the configuration the file decides.
	m.Tied = same && (tie || key == "")
	if m.Tied {
		m.Head.Weight = m.Embedding
	}
	if b.tagger() {
		bias := m.Head.Bias != nil
		b.check(func() error { return b.cfg.checkFlag(bias, presence(name+".bias", bias), []string{"bias"}) })
	}
}

// checkLeftover refuses tensors nobody asked for: they would be part of a model
// that computes something else. Integer tensors are buffers of no consequence.
func (b *builder) checkLeftover(names []string) {
	for _, name := range names {
		t := b.tensors[name]
		switch t.DType {
		case "I64", "I32", "U8", "BOOL":
			continue
		}
		if !b.used[name] {
			b.fail(fmt.Errorf("%s: tensor %q is not known, expected only the tensors of one model of a supported kind: remove it, or use a supported model",
				t.file, name))
		}
	}
}
