package model

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tc0/empirical/tensor"
	"tc0/theory/ssm"
)

// small are shapes of every architecture, of more than one layer. The sizes of the
// Mambas are one that the kernels of the scan take and one that they do not.
func small() []Config {
	return []Config{
		{Arch: "mamba", Vocab: 7, Width: 16, Layers: 2, State: 3},
		{Arch: "mamba", Vocab: 7, Width: 5, Layers: 2, State: 3, Tied: true},
		{Arch: "s4d", Vocab: 7, Width: 6, Layers: 2, State: 4},
		{Arch: "transformer", Vocab: 7, Width: 12, Layers: 2, Heads: 3, MaxLength: 20},
		{Arch: "rnn", Vocab: 7, Width: 6, Layers: 2, Hidden: 9},
		{Arch: "rnn-relu", Vocab: 7, Width: 6, Layers: 2, Hidden: 9},
		{Arch: "lstm", Vocab: 7, Width: 6, Layers: 2, Hidden: 9},
		{Arch: "ids4", Vocab: 7, Width: 6, Layers: 2, State: 5},
		{Arch: "ids4-product", Vocab: 7, Width: 6, Layers: 2, State: 4},
	}
}

func trainable(t *testing.T, c Config) *Model {
	t.Helper()
	def, err := Fresh(c, 1)
	if err != nil {
		t.Fatal(err)
	}
	m, err := New(def)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// words are random tokens of a batch of sequences, by sequence.
func words(vocab, batch, length int, seed uint64) [][]int {
	r := rand.New(rand.NewPCG(seed, 1))
	all := make([][]int, batch)
	for b := range all {
		for range length {
			all[b] = append(all[b], r.IntN(vocab))
		}
	}
	return all
}

// logits runs the model on a batch and gives the logits by sequence and position.
func logits(m *Model, words [][]int) [][]float32 {
	batch, length := len(words), len(words[0])
	tokens := make([]int32, batch*length)
	for b, word := range words {
		for t, token := range word {
			tokens[m.Row(b, t, batch, length)] = int32(token)
		}
	}
	tape := &tensor.Tape{}
	tape.Reset(nil)
	y := m.Logits(tape, tokens, length)
	out := make([][]float32, batch)
	for b := range out {
		for t := range length {
			out[b] = append(out[b], y.Row(m.Row(b, t, batch, length))...)
		}
	}
	return out
}

// compare fails where logits differ by more than a part of the position's largest one.
func compare(t *testing.T, name string, got []float32, want []float64, vocab int, tolerance float64) {
	t.Helper()
	for at := 0; at < len(want); at += vocab {
		top, worst := 0.0, 0.0
		for j := at; j < at+vocab; j++ {
			top = max(top, math.Abs(want[j]))
			if diff := math.Abs(float64(got[j]) - want[j]); !(diff <= worst) {
				worst = diff
			}
		}
		if !(worst <= tolerance*top) {
			t.Errorf("%s, position %d: logits differ by %.2g of the largest, %.4g; expected at most %g", name, at/vocab, worst/top, top, tolerance)
		}
	}
}

// TestLogits compares with the definition in float64.
func TestLogits(t *testing.T) {
	for _, c := range small() {
		m := trainable(t, c)
		for _, length := range []int{1, 2, 16} {
			words := words(c.Vocab, 5, length, uint64(length))
			got := logits(m, words)
			for b, word := range words {
				want, err := m.Export().Forward(word, ssm.Recurrent, nil)
				if err != nil {
					t.Fatal(err)
				}
				compare(t, fmt.Sprintf("%s, length %d", c.Arch, length), got[b], want, c.Vocab, 1e-4)
			}
		}
	}
}

// checkpoints are models trained elsewhere, with the logits that PyTorch computed.
const checkpoints = "../../theory/ssm/testdata"

func TestCheckpoints(t *testing.T) {
	dirs, err := filepath.Glob(filepath.Join(checkpoints, "*", "golden.safetensors"))
	if err != nil || len(dirs) < 6 {
		t.Fatalf("%d checkpoints with golden logits under %s (%v), expected at least 6", len(dirs), checkpoints, err)
	}
	for _, path := range dirs {
		dir := filepath.Dir(path)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			ck, err := ssm.Load(dir)
			if err != nil {
				t.Fatal(err)
			}
			golden := readTensors(t, path)
			m, err := New(ck.Model)
			if err != nil {
				t.Fatal(err)
			}
			for _, length := range []int{1, 2, 8, 16} {
				words := split(t, golden[fmt.Sprintf("ids.L%d", length)])
				want, err := golden[fmt.Sprintf("logits.L%d", length)].Float64s()
				if err != nil {
					t.Fatal(err)
				}
				size := length * m.Vocab()
				for b, got := range logits(m, words) {
					compare(t, fmt.Sprintf("case %d, length %d", b, length), got, want[b*size:(b+1)*size], m.Vocab(), 1e-3)
				}
			}
		})
	}
}

func readTensors(t *testing.T, path string) map[string]ssm.Tensor {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		t.Fatal(err)
	}
	tensors, err := ssm.ReadSafetensors(file, info.Size())
	if err != nil {
		t.Fatal(err)
	}
	return tensors
}

// split is a tensor of shape [cases, length] as words.
func split(t *testing.T, x ssm.Tensor) [][]int {
	t.Helper()
	ids, err := x.Int64s()
	if err != nil {
		t.Fatal(err)
	}
	words := make([][]int, x.Shape[0])
	for i, id := range ids {
		words[i/x.Shape[1]] = append(words[i/x.Shape[1]], int(id))
	}
	return words
}

// TestGradients compares the change of the definition's loss, in float64, along directions
// in each parameter with what the gradient says: one direction is the gradient itself,
// the other is random.
func TestGradients(t *testing.T) {
	for _, c := range small() {
		m := trainable(t, c)
		const batch, length = 3, 5
		inputs, labels := words(c.Vocab, batch, length, 5), words(c.Vocab, batch, length, 6)
		_, grads := gradient(m, inputs, labels)
		r := rand.New(rand.NewPCG(8, 8))
		for _, p := range m.Params().All() {
			grad := p.Part(grads)
			random := make([]float32, len(grad))
			for i := range random {
				random[i] = float32(r.NormFloat64())
			}
			for name, direction := range map[string][]float32{"the gradient": grad, "a random direction": random} {
				along, got := slopes(m, p, grad, direction, inputs, labels)
				scale := tensor.Norm(grad)
				if diff := math.Abs(along - got); !(diff < 1e-3*scale) || scale == 0 {
					t.Errorf("%s: along %s of %s the loss changes by %.6g, the gradient, of length %.6g, says %.6g",
						c.Arch, name, p.Name, got, scale, along)
				}
			}
		}
	}
}

// slopes is the change of the loss along a direction of p, for a step of length 1, as the
// gradient says and as a central difference has it.
func slopes(m *Model, p *tensor.Param, grad, direction []float32, inputs, labels [][]int) (along, got float64) {
	step := 1e-4 * (1 + tensor.Norm(p.Value)) / tensor.Norm(direction)
	saved, moved := append([]float32(nil), p.Value...), make([]float64, len(p.Value))
	at := func(h float64) float64 {
		for i, v := range saved {
			p.Value[i] = float32(float64(v) + h*float64(direction[i]))
			moved[i] += math.Copysign(1, h) * float64(p.Value[i])
		}
		return loss64(m, inputs, labels)
	}
	diff := at(step) - at(-step)
	copy(p.Value, saved)
	length := 2 * step * tensor.Norm(direction)
	for i, d := range moved {
		along += d * float64(grad[i])
	}
	return along / length, diff / length
}

// loss64 is the sum of the losses of a batch, as the definition has them.
func loss64(m *Model, inputs, labels [][]int) float64 {
	total := 0.0
	for b, word := range inputs {
		logits, err := m.Export().Forward(word, ssm.Recurrent, nil)
		if err != nil {
			panic(err)
		}
		for t, label := range labels[b] {
			row, sum := logits[t*m.Vocab():(t+1)*m.Vocab()], 0.0
			for _, v := range row {
				sum += math.Exp(v)
			}
			total += math.Log(sum) - row[label]
		}
	}
	return total
}

// TestExport: the files of a model give the same model again, to the last bit.
func TestExport(t *testing.T) {
	for _, c := range small() {
		m := trainable(t, c)
		for i := range m.Params().Values() {
			m.Params().Values()[i] += 1e-3 * float32(i%7)
		}
		ck, err := ssm.Load(write(t, m))
		if err != nil {
			t.Fatal(err)
		}
		again, err := New(ck.Model)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(m.Params().Values(), again.Params().Values()); diff != "" {
			t.Errorf("%s: the parameters change on the way (-before +after):\n%s", c.Arch, diff)
		}
		words := words(c.Vocab, 3, 9, 3)
		if diff := cmp.Diff(logits(m, words), logits(again, words)); diff != "" {
			t.Errorf("%s: the logits change on the way", c.Arch)
		}
	}
}

// TestBatch: a sequence has the same logits alone and in a batch, up to the rounding of
// tiles of other heights.
func TestBatch(t *testing.T) {
	for _, c := range small() {
		m := trainable(t, c)
		words := words(c.Vocab, 9, 5, 4)
		together := logits(m, words)
		for b, word := range words {
			for i, v := range logits(m, [][]int{word})[0] {
				if d := math.Abs(float64(v - together[b][i])); !(d <= 1e-5*max(1, math.Abs(float64(v)))) {
					t.Fatalf("%s: sequence %d has logit %v alone and %v in a batch", c.Arch, b, v, together[b][i])
				}
			}
		}
	}
}

// TestSign: an RNN with the activation sign, which cannot be trained, computes what its
// definition says.
func TestSign(t *testing.T) {
	def, err := Fresh(Config{Arch: "rnn", Vocab: 5, Width: 4, Hidden: 8}, 3)
	if err != nil {
		t.Fatal(err)
	}
	def.Blocks[0].(*ssm.RNN).Activation = ssm.Sign
	m, err := New(def)
	if err != nil {
		t.Fatal(err)
	}
	words := words(5, 2, 12, 1)
	for b, got := range logits(m, words) {
		want, err := m.Export().Forward(words[b], ssm.Recurrent, nil)
		if err != nil {
			t.Fatal(err)
		}
		compare(t, "sign", got, want, 5, 1e-5)
	}
}

func TestComplete(t *testing.T) {
	for _, test := range []struct {
		in   Config
		want string
	}{
		{Config{Arch: "gru", Vocab: 2}, `architecture "gru" is not known: use one of mamba, s4d, transformer, rnn, rnn-relu, lstm, ids4, ids4-product`},
		{Config{Arch: "lstm"}, "vocab 0: expected 1 to 1048576"},
		{Config{Arch: "lstm", Vocab: 2, State: 4}, "state 4: lstm has no such size: leave it out"},
		{Config{Arch: "transformer", Vocab: 2, Width: 10, Heads: 3}, "width 10 is not a multiple of 3 heads"},
		{Config{Arch: "s4d", Vocab: 2, State: 3}, "state 3 is odd: S4D has pairs of conjugate modes"},
		{Config{Arch: "s4d", Vocab: 2, Tied: true}, "tied: s4d has a head of its own: leave it out"},
		{Config{Arch: "rnn", Vocab: 2, Hidden: 1 << 20}, "a model of these sizes may have 8.8e+12 parameters: expected at most 2.68e+08: use smaller sizes"},
		{Config{Arch: "mamba", Vocab: 2, Layers: 1 << 20}, "a model of these sizes may have 4.4e+10 parameters: expected at most 2.68e+08: use smaller sizes"},
		{Config{Arch: "mamba", Vocab: 2, Layers: 1 << 21}, "layers 2097152: expected 1 to 1048576"},
	} {
		_, err := test.in.Complete()
		if err == nil || err.Error() != test.want {
			t.Errorf("%+v: error %v, expected %q", test.in, err, test.want)
		}
	}
	got, err := Config{Arch: "transformer", Vocab: 60}.Complete()
	want := Config{Arch: "transformer", Vocab: 60, Width: 64, Layers: 1, Heads: 4, FF: 256, MaxLength: 512}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("error %v, sizes (-want +got):\n%s", err, diff)
	}
}

// The bound on parameters is one, and is not far off.
func TestMostParameters(t *testing.T) {
	for _, arch := range Architectures {
		for _, c := range []Config{{}, {Width: 256, Layers: 4}, {Width: 8, Layers: 2}} {
			c.Arch, c.Vocab = arch, 60
			c, err := c.Complete()
			if err != nil {
				t.Fatal(err)
			}
			def, err := Fresh(c, 1)
			if err != nil {
				t.Fatal(err)
			}
			m, err := New(def)
			if err != nil {
				t.Fatal(err)
			}
			n, most := float64(m.Params().Len()), c.mostParameters()
			if most < n || most > 16*n {
				t.Errorf("%s: the bound is %g, and there are %g parameters", arch, most, n)
			}
		}
	}
}

// TestDecay: weight decay is for matrices that are applied once, not for what a state is
// multiplied with at every position, nor for biases and norms.
func TestDecay(t *testing.T) {
	decayed := map[string]bool{}
	for _, c := range small() {
		for _, p := range trainable(t, c).Params().All() {
			decayed[p.Name] = p.Decay
		}
	}
	for name, want := range map[string]bool{
		"backbone.layers.0.mixer.in_proj.weight": true, "backbone.layers.0.mixer.conv1d.weight": true,
		"backbone.layers.0.mixer.A_log": false, "backbone.layers.0.mixer.D": false, "backbone.norm_f.weight": false,
		"s4d_layers.0.kernel.C": false, "s4d_layers.0.kernel.A_imag": false, "s4d_layers.0.output_linear.0.weight": true,
		"ids4_layers.0.A0": false, "ids4_layers.0.A": false, "ids4_layers.0.B.weight": true,
		"rnn.weight_hh_l0": true, "rnn.bias_hh_l0": false, "cl_head.weight": true,
	} {
		if got, ok := decayed[name]; !ok || got != want {
			t.Errorf("%s: decay %v (there: %v), expected %v", name, got, ok, want)
		}
	}
}
