package ssm

import (
	"fmt"
	"strconv"
	"strings"
)

// mambaModel reads a Mamba model under any of the known naming schemes.
func (b *builder) mambaModel() *Model {
	b.check(b.cfg.checkPlainMamba)
	prefix := ""
	for name := range b.tensors {
		if strings.HasPrefix(name, "backbone.layers.") {
			prefix = "backbone."
		}
	}
	m := &Model{Family: "mamba"}
	count := b.layers(prefix + "layers.")
	b.embedding(m, prefix+"embeddings.weight", prefix+"embedding.weight")
	kind, bias := b.normKind(prefix, count)
	for i := range count {
		stem := prefix + "layers." + strconv.Itoa(i) + "."
		m.Blocks = append(m.Blocks, b.mamba(stem, m.DModel, b.norm(stem+"norm", kind, bias, m.DModel)))
	}
	final := b.norm(prefix+"norm_f", kind, bias, m.DModel)
	m.FinalNorm = &final
	// The taggers have neither the prefix nor the plural of the language models.
	b.head(m, prefix == "" && b.has("embedding.weight"))
	return m
}

// normKind decides once for all norms of a Mamba model: a bias in the file means
// LayerNorm, otherwise the configuration decides, otherwise it is RMSNorm.
func (b *builder) normKind(prefix string, layers int) (kind NormKind, bias bool) {
	name := prefix + "norm_f.bias"
	bias = b.has(name)
	for i := range layers {
		if layer := prefix + "layers." + strconv.Itoa(i) + ".norm.bias"; b.has(layer) {
			name, bias = layer, true
		}
	}
	layer, key, err := b.cfg.layerNorm()
	b.fail(err)
	if bias && key != "" && !layer {
		b.fail(keyError(key, b.cfg.values[key], fmt.Sprintf("LayerNorm (%s is in the file)", name)))
	}
	if bias || layer {
		return LayerNorm, bias
	}
	return RMSNorm, false
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
	bias := func(name string, present bool) string {
		if present {
			return p + name + ".bias is in the file"
		}
		return p + name + ".bias is not in the file"
	}
	in, out, conv := m.InProj.Bias != nil, m.OutProj.Bias != nil, m.ConvBias != nil
	return firstError(
		b.cfg.checkSize(m.DState, shape("A_log"), keysState),
		b.cfg.checkSize(m.DConv, shape("conv1d.weight"), keysConv),
		b.cfg.checkRank(m.DtRank, m.DModel, shape("dt_proj.weight")),
		b.cfg.checkInner(m.DInner, m.DModel, shape("A_log")),
		b.cfg.checkFlag(in, bias("in_proj", in), keysBias),
		b.cfg.checkFlag(out, bias("out_proj", out), keysBias),
		b.cfg.checkFlag(conv, bias("conv1d", conv), keysConvB))
}

// s4dModel reads an S4D tagger.
func (b *builder) s4dModel() *Model {
	m := &Model{Family: "s4d"}
	count := b.layers("s4d_layers.")
	b.embedding(m, "embedding.weight", "embeddings.weight")
	preNorm, _, err := b.cfg.flag([]string{"prenorm"})
	b.fail(err)
	for i := range count {
		number := strconv.Itoa(i)
		// torch.nn.LayerNorm may be built without bias; then the file has none.
		name := "norms." + number
		norm := b.norm(name, LayerNorm, b.has(name+".bias"), m.DModel)
		m.Blocks = append(m.Blocks, b.s4d("s4d_layers."+number+".", m.DModel, preNorm, norm))
	}
	b.head(m, true)
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
		return b.cfg.checkSize(s.DState, "twice the modes of "+k+"log_A_real", keysState)
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
