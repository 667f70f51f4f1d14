package ssm

import (
	"fmt"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// drawModel draws a small model of any family and tokens for it.
func drawModel(t *rapid.T) (*Model, []int) {
	m := drawFamily(t, rapid.SampledFrom(families).Draw(t, "family"))
	return m, rapid.SliceOfN(rapid.IntRange(0, m.Vocab-1), 1, 12).Draw(t, "tokens")
}

// drawFamily draws a small model of one family.
func drawFamily(t *rapid.T, family string) *Model {
	r := newSource(rapid.Uint64().Draw(t, "seed"))
	size := func(name string, most int) int { return rapid.IntRange(1, most).Draw(t, name) }
	flag := func(name string) bool { return rapid.Bool().Draw(t, name) }
	vocab, layers := size("vocab", 5), size("layers", 2)
	kind := NormKind(rapid.IntRange(0, 1).Draw(t, "norm"))
	normBias := kind == LayerNorm && flag("norm bias")
	switch family {
	case FamilyMamba:
		return r.mamba(mambaSizes{
			Layers: layers, Vocab: vocab, D: size("d", 5), E: size("e", 5), N: size("n", 4),
			K: size("k", 4), R: size("r", 3), Kind: kind, NormBias: normBias,
			Bias: flag("bias"), ConvBias: flag("conv bias"), Tied: flag("tied"), HeadBias: flag("head bias"),
		})
	case FamilyS4D:
		return r.s4d(layers, vocab, size("d", 5), size("modes", 4), flag("prenorm"))
	}
	return r.tagger(family, taggerSizes{
		Layers: layers, Vocab: vocab, D: size("d", 5), H: size("h", 4), N: size("n", 4), F: size("f", 4), W: size("w", 3),
		Kind: kind, NormBias: normBias, Normed: flag("normed"), NormFirst: flag("norm first"), Bias: flag("bias"),
		HeadBias: flag("head bias"), Final: flag("final norm"), Positions: flag("positions"),
		Activation: size("activation", 6),
	})
}

func forward(t *rapid.T, m *Model, tokens []int, form Form) []float64 {
	logits, err := m.Forward(tokens, form, nil)
	if err != nil {
		t.Fatal(err)
	}
	return logits
}

// The two forms agree over the reals, so they may differ by rounding only.
func TestFormsAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, tokens := drawModel(t)
		if len(formsOf(m)) == 1 {
			t.Skip("one form only")
		}
		a, b := forward(t, m, tokens, Convolution), forward(t, m, tokens, Recurrent)
		diff, size := 0.0, 0.0
		for i := range a {
			diff, size = max(diff, math.Abs(a[i]-b[i])), max(size, math.Abs(a[i]))
		}
		if !(diff <= 1e-9*size) {
			t.Fatalf("largest difference %g at size %g", diff, size)
		}
	})
}

// A position sees nothing after it: the logits of a prefix are those of the whole
// sequence, to the last bit.
func TestCausal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, tokens := drawModel(t)
		cut := rapid.IntRange(1, len(tokens)).Draw(t, "cut")
		for _, form := range formsOf(m) {
			whole, prefix := forward(t, m, tokens, form), forward(t, m, tokens[:cut], form)
			if diff := cmp.Diff(whole[:cut*m.Vocab], prefix); diff != "" {
				t.Fatalf("%v: %s", form, diff)
			}
		}
	})
}

// A Stepper gives the logits of Forward, to the last bit.
func TestStepper(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, tokens := drawModel(t)
		s, err := m.Start()
		if err != nil {
			t.Fatal(err)
		}
		var got []float64
		for _, token := range tokens {
			logits, err := s.Step(token)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, logits...)
			if _, err := s.Step(m.Vocab); err == nil {
				t.Fatal("no error for a token outside the vocabulary")
			}
		}
		if diff := cmp.Diff(forward(t, m, tokens, Recurrent), got); diff != "" {
			t.Fatal(diff)
		}
	})
}

// Whatever other programs write can be read.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawFamily(t, rapid.SampledFrom([]string{FamilyMamba, FamilyS4D}).Draw(t, "family"))
		names := naming{"", "embedding", "cl_head", rapid.SampledFrom([]string{"F64", "F32", "F16", "BF16"}).Draw(t, "dtype")}
		// Chance may make an untied head equal to the embedding, so say what it is.
		text := fmt.Sprintf(`{"tie_word_embeddings": %v, "rms_norm": %v, "prenorm": %v}`, m.Tied,
			m.FinalNorm != nil && m.FinalNorm.Kind == RMSNorm, m.Family == "s4d" && m.Blocks[0].(*S4D).PreNorm)
		tensors, err := readBytes(encode(names.export(m)))
		if err != nil {
			t.Fatal(err)
		}
		object, err := parseObject([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		cfg, err := newConfig(object)
		if err != nil {
			t.Fatal(err)
		}
		all := map[string]located{}
		for name, tensor := range tensors {
			all[name] = located{tensor, weightsFile}
		}
		got, err := buildModel(cfg, all)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(m, got); diff != "" {
			t.Fatal(diff)
		}
	})
}

// probeSizes is the table of names in the docstrings, with the lengths of the values
// at all positions together.
func probeSizes(m *Model, positions int) map[string]int {
	want := map[string]int{}
	put := func(layer int, size int, names ...string) {
		for _, name := range names {
			want[fmt.Sprintf("%d.%s", layer, name)] = size * positions
		}
	}
	width := m.DModel
	for i, block := range m.Blocks {
		put(i, width, "block_in")
		width = block.width()
		put(i, width, "block_out")
		switch l := block.(type) {
		case *Mamba:
			put(i, l.DInner, "in_proj_x", "in_proj_z", "conv", "conv_silu", "delta", "scan", "gate", "gated")
			put(i, l.DState, "B", "C")
			put(i, l.DInner*l.DState, "state")
			put(i, width, "mixer_out")
		case *S4D:
			put(i, width, "mixer_out", "scan", "gelu", "glu_value", "glu_gate")
			if !l.PreNorm {
				put(i, width, "residual")
			}
		case *Transformer:
			put(i, width, "query", "key", "value", "attention", "ff_out")
			put(i, l.DFF, "ff_hidden")
			want[fmt.Sprintf("%d.weights", i)] = l.Heads * positions * (positions + 1) / 2
			put(i, width, "norm1_centred", "norm1_out", "norm2_centred", "norm2_out")
			put(i, 1, "norm1_scale", "norm2_scale")
		case *RNN:
			put(i, width, "pre")
		case *LSTM:
			put(i, width, "gate_i", "gate_f", "gate_g", "gate_o", "cell")
		case *IDS4:
			put(i, l.DState*l.DState, "trans")
			put(i, l.DState, "drive", "state")
		case *IDS4Product:
			put(i, l.DState*l.DState, "trans", "state")
			put(i, l.DState, "proj")
		case *PDSSM:
			put(i, l.DState, "target", "rho", "phi")
			put(i, 2*l.DState, "state")
		}
		if r := residualOf(block); r != nil {
			put(i, width, "mixer_out")
			if r.Norm != nil && !r.PreNorm {
				put(i, width, "residual")
			}
		}
		if _, two := block.(*Transformer); !two && len(block.norms()) > 0 {
			put(i, 1, "norm_scale")
			put(i, width, "norm_centred", "norm_out")
		}
	}
	if m.FinalNorm != nil {
		put(len(m.Blocks), 1, "norm_scale")
		put(len(m.Blocks), width, "norm_centred", "norm_out")
	}
	return want
}

// residualOf is what stands around the mixer of the layers that share it.
func residualOf(block Block) *Residual {
	switch l := block.(type) {
	case *IDS4:
		return &l.Residual
	case *IDS4Product:
		return &l.Residual
	case *PDSSM:
		return &l.Residual
	}
	return nil
}

// Each promised value comes exactly once per layer and position; probing changes
// nothing; and the simple relations between the values hold.
func TestProbes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, tokens := drawModel(t)
		for _, form := range formsOf(m) {
			values := map[string][]float64{}
			seen := map[string]bool{}
			layer := 0
			logits, err := m.Forward(tokens, form, func(l int, name string, pos int, v []float64) {
				key := fmt.Sprintf("%d.%s", l, name)
				at := fmt.Sprintf("%s@%d", key, pos)
				if seen[at] || l < layer {
					t.Fatalf("%s twice or out of order", at)
				}
				seen[at], layer = true, l
				values[key] = append(values[key], v...)
			})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(forward(t, m, tokens, form), logits); diff != "" {
				t.Fatalf("the probe changes the result: %s", diff)
			}
			got := map[string]int{}
			for key, v := range values {
				got[key] = len(v)
			}
			if diff := cmp.Diff(probeSizes(m, len(tokens)), got); diff != "" {
				t.Fatalf("%v (-want +got):\n%s", form, diff)
			}
			checkRelations(t, m, values)
		}
	})
}

// toeplitz is the layer's convolution with the sum over the inputs, not the taps.
func toeplitz(s *S4D, u []float64) []float64 {
	n := len(u) / s.DModel
	kernel, y := s.Kernel(n), make([]float64, len(u))
	for at := range y {
		t, i := at/s.DModel, at%s.DModel
		y[at] = s.D[i] * u[at]
		for from := range t + 1 {
			y[at] += kernel[i*n+t-from] * u[from*s.DModel+i]
		}
	}
	return y
}

// centre subtracts the mean of every group of size values.
func centre(x []float64, size int) []float64 {
	out := append([]float64(nil), x...)
	for at := 0; at < len(x); at += size {
		mean := 0.0
		for _, v := range x[at : at+size] {
			mean += v / float64(size)
		}
		for i := at; i < at+size; i++ {
			out[i] -= mean
		}
	}
	return out
}

// checkRelations ties the values that the golden files do not have to the others.
func checkRelations(t *rapid.T, m *Model, v map[string][]float64) {
	same := func(what string, got, want []float64) {
		size := 0.0
		for _, v := range want {
			size = max(size, math.Abs(v))
		}
		near := cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) <= 1e-9*max(size, 1) })
		if diff := cmp.Diff(want, got, near); diff != "" {
			t.Fatalf("%s (-want +got):\n%s", what, diff)
		}
	}
	for i, block := range m.Blocks {
		at := func(name string) []float64 { return v[fmt.Sprintf("%d.%s", i, name)] }
		if i > 0 {
			same("block_in", at("block_in"), v[fmt.Sprintf("%d.block_out", i-1)])
		}
		switch l := block.(type) {
		case *Mamba:
			same("gate", at("gate"), apply(silu, at("in_proj_z")))
			same("gated", at("gated"), multiply(at("scan"), at("gate")))
			same("block_out", at("block_out"), add(at("block_in"), at("mixer_out")))
		case *S4D:
			input, normed := at("block_in"), at("residual")
			if l.PreNorm {
				input, normed = at("norm_out"), at("block_in")
			}
			same("scan", at("scan"), toeplitz(l, input))
			same("norm_centred", at("norm_centred"), centre(normed, m.DModel))
			same("gelu", at("gelu"), apply(gelu, at("scan")))
			same("mixer_out", at("mixer_out"), multiply(at("glu_value"), at("glu_gate")))
			if l.PreNorm {
				same("block_out", at("block_out"), add(at("block_in"), at("mixer_out")))
			} else {
				same("residual", at("residual"), add(at("block_in"), at("mixer_out")))
				same("block_out", at("block_out"), at("norm_out"))
			}
		case *Transformer:
			rows := at("weights")
			for t := 0; len(rows) > 0; t++ {
				for range l.Heads {
					sum := 0.0
					for _, w := range rows[:t+1] {
						sum += w
					}
					same("sum of attention weights", []float64{sum}, []float64{1})
					rows = rows[t+1:]
				}
			}
		case *RNN:
			same("block_out", at("block_out"), apply(l.Activation.of, at("pre")))
		case *LSTM:
			same("block_out", at("block_out"), multiply(at("gate_o"), apply(math.Tanh, at("cell"))))
		case *IDS4:
			n, trans, states := l.DState, at("trans"), at("state")
			for t := range len(states) / n {
				want := at("drive")[t*n : (t+1)*n]
				if t > 0 {
					want = add(want, matvec(trans[t*n*n:(t+1)*n*n], states[(t-1)*n:t*n]))
				}
				same("state", states[t*n:(t+1)*n], want)
			}
		}
		if r := residualOf(block); r != nil && (r.Norm == nil || r.PreNorm) {
			same("block_out", at("block_out"), add(at("block_in"), at("mixer_out")))
		}
	}
}
