package ssm

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// mambaModel reads a Mamba model under any of the known naming schemes.
func (b *builder) mambaModel() *Model {
	b.check(b.cfg.checkPlainMamba)
	prefix := b.prefix("layers.", ".mixer.")
	root := strings.TrimSuffix(prefix, "backbone.")
	m := &Model{Family: "mamba"}
	count := b.layers(prefix + "layers.")
	b.embedding(m, prefix+"embeddings.weight", prefix+"embedding.weight")
	// The taggers have neither the prefix nor the plural of the language models.
	b.headName(root, prefix == root && b.has(prefix+"embedding.weight"))
	norms := []string{prefix + "norm_f"}
	for i := range count {
		norms = append(norms, prefix+"layers."+strconv.Itoa(i)+".norm")
	}
	kind, bias := b.normKind(RMSNorm, norms)
	for i := range count {
		stem := prefix + "layers." + strconv.Itoa(i) + "."
		m.Blocks = append(m.Blocks, b.mamba(stem, m.DModel, b.norm(stem+"norm", kind, bias, m.DModel)))
	}
	final := b.norm(prefix+"norm_f", kind, bias, m.DModel)
	m.FinalNorm = &final
	b.head(m)
	return m
}

// prefix is what stands before stem in the names of the layers' tensors, "" as a
// rule for taggers, "backbone." for language models, more when a wrapper (module.,
// _orig_mod.) was saved along. Tensors under another prefix are left over.
func (b *builder) prefix(stem, part string) string {
	for _, name := range sortedKeys(b.tensors) {
		if before, after, ok := strings.Cut(name, stem); ok && strings.Contains(after, part) {
			return before
		}
	}
	return ""
}

// normKind decides once for all norms: a bias in the file means LayerNorm,
// otherwise the configuration decides, otherwise the family's usual kind.
func (b *builder) normKind(usual NormKind, norms []string) (kind NormKind, bias bool) {
	name := ""
	for _, norm := range norms {
		if b.has(norm + ".bias") {
			name, bias = norm+".bias", true
		}
	}
	layer, key, err := b.cfg.layerNorm()
	b.fail(err)
	if bias && key != "" && !layer {
		b.fail(keyError(key, b.cfg.values[key], fmt.Sprintf("LayerNorm (%s)", presence(name, true))))
	}
	switch {
	case bias, layer:
		return LayerNorm, bias
	case key != "":
		return RMSNorm, false
	}
	return usual, false
}

func (b *builder) norm(name string, kind NormKind, bias bool, size int) Norm {
	n := Norm{Kind: kind, Eps: b.eps, Weight: b.values(name+".weight", size)}
	if bias {
		n.Bias = b.values(name+".bias", size)
	}
	return n
}

// mamba reads one layer; its sizes come from A_log, conv1d and dt_proj.
func (b *builder) mamba(stem string, d int, norm Norm) *Mamba {
	p := stem + "mixer."
	scan := b.shape(p+"A_log", 2, "[inner size, state size]")
	conv := b.shape(p+"conv1d.weight", 3, "[inner size, 1, kernel size]")
	step := b.shape(p+"dt_proj.weight", 2, "[inner size, rank]")
	e, n, k, r := scan[0], scan[1], conv[2], step[1]
	m := &Mamba{
		Norm: norm, DModel: d, DInner: e, DState: n, DConv: k, DtRank: r,
		InProj:     b.linear(p+"in_proj", 2*e, d),
		ConvWeight: b.values(p+"conv1d.weight", e, 1, k),
		ConvBias:   b.optional(p+"conv1d.bias", e),
		XProj:      Linear{Out: r + 2*n, In: e, Weight: b.values(p+"x_proj.weight", r+2*n, e)},
		DtProj:     Linear{Out: e, In: r, Weight: b.values(p+"dt_proj.weight", e, r), Bias: b.values(p+"dt_proj.bias", e)},
		ALog:       b.logs(p+"A_log", e, n),
		D:          b.values(p+"D", e),
		OutProj:    b.linear(p+"out_proj", d, e),
	}
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

// s4dModel reads an S4D tagger.
func (b *builder) s4dModel() *Model {
	b.check(b.cfg.checkPlainS4D)
	root := b.prefix("s4d_layers.", ".kernel.")
	m := &Model{Family: "s4d"}
	count := b.layers(root + "s4d_layers.")
	b.embedding(m, root+"embedding.weight", root+"embeddings.weight")
	b.headName(root, true)
	preNorm, _, err := b.cfg.flag([]string{"prenorm"})
	b.fail(err)
	norms := make([]string, count)
	for i := range norms {
		norms[i] = root + "norms." + strconv.Itoa(i)
	}
	kind, bias := b.normKind(LayerNorm, norms)
	for i, name := range norms {
		norm := b.norm(name, kind, bias, m.DModel)
		m.Blocks = append(m.Blocks, b.s4d(root+"s4d_layers."+strconv.Itoa(i)+".", m.DModel, preNorm, norm))
	}
	b.head(m)
	return m
}

// s4d reads one layer; the number of modes comes from log_A_real.
func (b *builder) s4d(stem string, d int, preNorm bool, norm Norm) *S4D {
	k := stem + "kernel."
	modes := b.shape(k+"log_A_real", 2, "[model size, modes]")[1]
	s := &S4D{
		Norm: norm, PreNorm: preNorm, DModel: d, DState: 2 * modes, Modes: modes,
		LogDt:    b.logs(k+"log_dt", d),
		LogAReal: b.logs(k+"log_A_real", d, modes),
		AImag:    b.values(k+"A_imag", d, modes),
		D:        b.values(stem+"D", d),
		Output:   b.pointwise(stem+"output_linear.0", 2*d, d),
	}
	c := b.values(k+"C", d, modes, 2)
	for i := 0; i < len(c); i += 2 {
		s.CRe, s.CIm = append(s.CRe, c[i]), append(s.CIm, c[i+1])
	}
	b.check(func() error {
		return b.cfg.checkModes(modes, k+"log_A_real")
	})
	return s
}

// pointwise reads a linear map stored as one or as a convolution of width 1.
func (b *builder) pointwise(name string, out, in int) Linear {
	weight := []int{out, in}
	if t, ok := b.tensors[name+".weight"]; ok && len(t.Shape) == 3 {
		weight = append(weight, 1)
	}
	return Linear{Out: out, In: in, Weight: b.values(name+".weight", weight...), Bias: b.optional(name+".bias", out)}
}
