package ssm

import (
	"fmt"
	"slices"
	"strings"
)

// model reads a model of a family.
func (b *builder) model(family string) *Model {
	if family == FamilyMamba {
		return b.mambaModel()
	}
	return b.taggerModel(family)
}

// mambaModel reads a Mamba model under any of the known naming schemes.
func (b *builder) mambaModel() *Model {
	b.check(b.cfg.checkPlainMamba)
	prefix := b.prefix("layers.", ".mixer.")
	root := strings.TrimSuffix(prefix, "backbone.")
	n := layout{
		layer: numbered(prefix+"layers.", "."),
		norm:  numbered(prefix+"layers.", ".norm"),
		final: prefix + "norm_f",
	}
	m := &Model{Family: FamilyMamba}
	count := b.layers(prefix + "layers.")
	b.embedding(m, prefix+"embeddings.weight", prefix+"embedding.weight")
	// The taggers have neither the prefix nor the plural of the language models.
	b.headName(root, prefix == root && b.has(prefix+"embedding.weight"))
	norms := []string{n.final}
	for i := range count {
		norms = append(norms, n.norm(i))
	}
	norm := Norm{Kind: b.normKind(RMSNorm, norms), Eps: b.eps}
	for i := range count {
		m.Blocks = append(m.Blocks, b.mamba(n, i, m.DModel, norm))
	}
	m.FinalNorm = &norm
	b.fill(norm.entries(n.final, m.DModel))
	b.head(m, m.DModel)
	return m
}

// prefix is what stands before stem in the names of the layers' tensors, "" as a
// rule for taggers, "backbone." for language models, more when a wrapper (module.,
// _orig_mod.) was saved along. Tensors under another prefix are left over.
func (b *builder) prefix(stem, part string) string {
	for _, name := range sortedKeys(b.tensors) {
		if before, ok := (mark{stem, part}).match(name); ok {
			return before
		}
	}
	return ""
}

// normKind decides once for all norms: a bias in the file means LayerNorm,
// otherwise the configuration decides, otherwise the family's usual kind. One norm
// with a bias demands it of all.
func (b *builder) normKind(usual NormKind, norms []string) NormKind {
	name := ""
	for _, norm := range norms {
		if b.has(norm + ".bias") {
			name = norm + ".bias"
		}
	}
	layer, key, err := b.cfg.layerNorm()
	b.fail(err)
	if name != "" && key != "" && !layer {
		b.fail(keyError(key, b.cfg.values[key], fmt.Sprintf("LayerNorm (%s)", presence(name, true))))
	}
	switch {
	case name != "":
		for _, norm := range norms {
			if !b.has(norm + ".bias") {
				b.fail(fmt.Errorf("%s: tensor %q is missing, expected it because %q is there: save the complete model", b.file, norm+".bias", name))
			}
		}
		return LayerNorm
	case layer:
		return LayerNorm
	case key != "":
		return RMSNorm
	}
	return usual
}

// mamba reads one layer; its sizes come from A_log, conv1d and dt_proj.
func (b *builder) mamba(n layout, i, d int, norm Norm) *Mamba {
	p := n.layer(i) + "mixer."
	scan := b.shape(p+"A_log", 2, "[inner size, state size]")
	conv := b.shape(p+"conv1d.weight", 3, "[inner size, 1, kernel size]")
	step := b.shape(p+"dt_proj.weight", 2, "[inner size, rank]")
	e, state, k, r := scan[0], scan[1], conv[2], step[1]
	m := &Mamba{
		Norm: norm, DModel: d, DInner: e, DState: state, DConv: k, DtRank: r,
		InProj:  Linear{Out: 2 * e, In: d},
		XProj:   Linear{Out: r + 2*state, In: e},
		DtProj:  Linear{Out: e, In: r},
		OutProj: Linear{Out: d, In: e},
	}
	b.fill(m.entries(n, i))
	b.check(func() error { return b.checkMamba(p, m) })
	return m
}

// checkMamba compares one layer with the configuration.
func (b *builder) checkMamba(p string, m *Mamba) error {
	shape := func(name string) string { return "the shape of " + p + name }
	keys := keysBias
	if !b.tagger() { // a tagger's "bias" is about its head
		keys = append(slices.Clone(keys), "bias")
	}
	in, out, conv := m.InProj.Bias != nil, m.OutProj.Bias != nil, m.ConvBias != nil
	return firstError(
		b.cfg.checkSize(m.DState, shape("A_log"), keysState),
		b.cfg.checkSize(m.DConv, shape("conv1d.weight"), keysConv),
		b.cfg.checkRank(m.DtRank, m.DModel, shape("dt_proj.weight")),
		b.cfg.checkInner(m.DInner, m.DModel, shape("A_log")),
		b.cfg.checkFlag(in, presence(p+"in_proj.bias", in), keys),
		b.cfg.checkFlag(out, presence(p+"out_proj.bias", out), keys),
		b.cfg.checkFlag(conv, presence(p+"conv1d.bias", conv), keysConvB))
}

// presence says in an error what the file has.
func presence(name string, present bool) string {
	if present {
		return name + " is in the file"
	}
	return name + " is not in the file"
}

// taggerModel reads a tagger: an embedding, numbered layers, perhaps numbered norms,
// and cl_head.
func (b *builder) taggerModel(family string) *Model {
	mark := marks[family]
	root := b.prefix(mark.stem, mark.part)
	n := layoutOf(family, root)
	m := &Model{Family: family}
	count := b.layers(root + mark.stem)
	b.embedding(m, n.embedding, root+"embeddings.weight", root+"embedding.0.weight")
	if n.positions != "" {
		b.positions(m, n.positions)
	}
	b.headName(root, true)
	found := b.normNames(n, count)
	norm := Norm{Kind: b.normKind(LayerNorm, found), Eps: b.eps}
	width := m.DModel
	for i := range count {
		block := b.block(family, n, i, width, norm, len(found) > 0)
		if b.err != nil {
			return m
		}
		b.fill(block.entries(n, i))
		m.Blocks = append(m.Blocks, block)
		width = block.width()
	}
	if n.final != "" && b.has(n.final+".weight") {
		m.FinalNorm = &Norm{Kind: norm.Kind, Eps: norm.Eps}
		b.fill(m.FinalNorm.entries(n.final, width))
	}
	b.head(m, width)
	return m
}

// normNames lists the norms that a tagger of so many layers has.
func (b *builder) normNames(n layout, count int) []string {
	var found []string
	for i := range count {
		for _, name := range []string{n.norm(i), n.layer(i) + "norm1", n.layer(i) + "norm2"} {
			if b.has(name + ".weight") {
				found = append(found, name)
			}
		}
	}
	if b.has(n.final + ".weight") {
		found = append(found, n.final)
	}
	return found
}

// positions reads the optional table that is added to the embedding.
func (b *builder) positions(m *Model, name string) {
	if !b.has(name) {
		b.check(func() error { return b.cfg.checkSize(0, "there are no positions in the file", keysPositions) })
		return
	}
	rows := b.shape(name, 3, "[longest sequence, 1, model size]")[0]
	m.Positions = b.values(name, rows, 1, m.DModel)
	b.check(func() error { return b.cfg.checkSize(rows, "the shape of "+name, keysPositions) })
}

// block makes layer i with its sizes, which come from shapes and from the
// configuration, and without its tensors; normed says whether the file has norms.
func (b *builder) block(family string, n layout, i, width int, norm Norm, normed bool) Block {
	switch family {
	case FamilyS4D:
		return b.s4d(n, i, width, norm)
	case FamilyTransformer:
		return b.transformer(n, i, width, norm)
	case FamilyRNN:
		return b.rnn(n, i, width)
	case FamilyLSTM:
		return b.lstm(n, i, width)
	case FamilyIDS4:
		return b.ids4(n, i, width, b.residual(n, i, norm, normed))
	case FamilyIDS4Product:
		return b.ids4Product(n, i, width, b.residual(n, i, norm, normed))
	}
	return b.pdssm(n, i, width, b.residual(n, i, norm, normed))
}

// s4d reads the sizes of one layer; the number of modes comes from log_A_real.
func (b *builder) s4d(n layout, i, d int, norm Norm) *S4D {
	b.check(b.cfg.checkPlainS4D)
	name := n.layer(i) + "kernel.log_A_real"
	modes := b.shape(name, 2, "[model size, modes]")[1]
	b.check(func() error { return b.cfg.checkModes(modes, name) })
	preNorm, _, err := b.cfg.flag(keysPreNorm)
	b.fail(err)
	return &S4D{Norm: norm, PreNorm: preNorm, DModel: d, DState: 2 * modes, Modes: modes, Output: Linear{Out: 2 * d, In: d}}
}

// transformer takes what no shape tells from the configuration.
func (b *builder) transformer(n layout, i, d int, norm Norm) *Transformer {
	name := n.layer(i) + "linear1.weight"
	ff := b.shape(name, 2, "[feed-forward size, model size]")[0]
	b.check(func() error { return b.cfg.checkSize(ff, "the shape of "+name, keysFF) })
	l := &Transformer{
		DModel: d, DFF: ff, Norm1: norm, Norm2: norm,
		InProj: Linear{Out: 3 * d, In: d}, OutProj: Linear{Out: d, In: d},
		First: Linear{Out: ff, In: d}, Second: Linear{Out: d, In: ff},
	}
	b.check(func() (err error) {
		if l.Heads, err = b.cfg.heads(d); err != nil {
			return err
		}
		if l.Activation, err = b.cfg.activation("activation", GELU, ReLU); err != nil {
			return err
		}
		l.NormFirst, err = b.cfg.requiredFlag("norm_first")
		return err
	})
	return l
}

func (b *builder) rnn(n layout, i, in int) *RNN {
	r := &RNN{DIn: in}
	r.DHidden, r.Input, r.Recurrent = b.gates(n, i, in, 1)
	b.check(func() (err error) {
		r.Activation, err = b.cfg.activation("kind", Tanh, ReLU, Sign)
		return err
	})
	return r
}

func (b *builder) lstm(n layout, i, in int) *LSTM {
	l := &LSTM{DIn: in}
	l.DHidden, l.Input, l.Recurrent = b.gates(n, i, in, 4)
	if kind, ok := b.cfg.values["kind"]; ok && kind != "lstm" {
		b.fail(keyError("kind", kind, `"lstm" (the tensors of an LSTM)`))
	}
	return l
}

// gates reads the sizes of a recurrent layer.
func (b *builder) gates(n layout, i, in, gates int) (hidden int, input, recurrent Linear) {
	stem := n.layer(i)
	name := fmt.Sprintf("%sweight_hh_l%d", stem, i)
	hidden = b.shape(name, 2, "[gates times hidden size, hidden size]")[1]
	b.check(func() error {
		return firstError(
			b.cfg.checkSize(hidden, "the shape of "+name, keysHidden),
			b.pairedBiases(fmt.Sprintf("%sbias_ih_l%d", stem, i), fmt.Sprintf("%sbias_hh_l%d", stem, i)))
	})
	return hidden, Linear{Out: gates * hidden, In: in}, Linear{Out: gates * hidden, In: hidden}
}

// pairedBiases demands both biases of a recurrent layer or none.
func (b *builder) pairedBiases(first, second string) error {
	if b.has(first) == b.has(second) {
		return nil
	}
	if b.has(first) {
		first, second = second, first
	}
	return fmt.Errorf("%s: tensor %q is missing, expected it because %q is there: save the complete model", b.file, first, second)
}

// residual makes what stands around a mixer; a file without norms has none.
func (b *builder) residual(n layout, i int, norm Norm, normed bool) Residual {
	preNorm, key, err := b.cfg.flag(keysPreNorm)
	b.fail(err)
	if normed {
		return Residual{Norm: &norm, PreNorm: preNorm}
	}
	if preNorm {
		b.fail(keyError(key, preNorm, fmt.Sprintf("false (%s)", presence(n.norm(i)+".weight", false))))
	}
	return Residual{}
}

// stateSize reads the size n of a tensor [first size, n, n].
func (b *builder) stateSize(name, first string) []int {
	shape := b.shape(name, 3, "["+first+", state size, state size]")
	b.check(func() error { return b.cfg.checkSize(shape[1], "the shape of "+name, keysState) })
	return shape
}

func (b *builder) ids4(n layout, i, d int, r Residual) *IDS4 {
	s := b.stateSize(n.layer(i)+"A", "model size")[1]
	return &IDS4{
		Residual: r, DModel: d, DState: s,
		B: Linear{Out: s, In: d}, C: Linear{Out: d, In: s}, D: Linear{Out: d, In: d},
	}
}

func (b *builder) ids4Product(n layout, i, d int, r Residual) *IDS4Product {
	s := b.stateSize(n.layer(i)+"A", "model size")[1]
	return &IDS4Product{
		Residual: r, DModel: d, DState: s,
		Proj: Linear{Out: 1, In: s}, C: Linear{Out: d, In: s}, D: Linear{Out: d, In: d},
	}
}

func (b *builder) pdssm(n layout, i, d int, r Residual) *PDSSM {
	matrices := b.stateSize(n.layer(i)+"matrices", "dictionary size")
	k, s := matrices[0], matrices[1]
	name := n.layer(i) + "magnitude.0.weight"
	gate := b.shape(name, 2, "[gate size, model size]")[0]
	b.check(func() error {
		return firstError(
			b.cfg.checkSize(k, "the shape of "+n.layer(i)+"matrices", keysDictionary),
			b.cfg.checkSize(gate, "the shape of "+name, keysGate))
	})
	network := Gate{First: Linear{Out: gate, In: d}, Second: Linear{Out: s, In: gate}}
	return &PDSSM{
		Residual: r, DModel: d, DState: s, Dictionary: k, DGate: gate,
		Select: Linear{Out: k, In: d}, Magnitude: network, Phase: network, Readout: Linear{Out: d, In: 2 * s},
	}
}
