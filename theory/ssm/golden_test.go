package ssm

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var checkpoints = []string{
	"mamba-flipflop4", "mamba-flipflop4-bf16", "mamba-parity", "mamba-s3-g2",
	"mamba-a4-g3", "mamba-a5-g2", "s4d-z5",
	"transformer-a4-g3", "rnn-s3", "lstm-s5-g2", "ids4-a5-g2",
}

var forms = []Form{Convolution, Recurrent}

// formsOf lists the forms that a model has.
func formsOf(m *Model) []Form {
	if _, one := m.Blocks[0].(recurrentOnly); one {
		return []Form{Recurrent}
	}
	return forms
}

func mustLoad(t testing.TB, name string) *Checkpoint {
	t.Helper()
	ck, err := Load(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return ck
}

func mustGolden(t testing.TB, name string) map[string]Tensor {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name, "golden.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	tensors, err := readBytes(data)
	if err != nil {
		t.Fatal(err)
	}
	return tensors
}

func floatsOf(t testing.TB, tensors map[string]Tensor, name string) []float64 {
	t.Helper()
	values, err := tensors[name].Float64s()
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return values
}

func intsOf(t testing.TB, tensors map[string]Tensor, name string) []int {
	t.Helper()
	values, err := tensors[name].Int64s()
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	ints := make([]int, len(values))
	for i, v := range values {
		ints[i] = int(v)
	}
	return ints
}

// rowGap is gap for each row of the given size by itself; it returns the worst.
func rowGap(t testing.TB, what string, got, want []float64, size int) float64 {
	t.Helper()
	if len(got) != len(want) || len(got) == 0 {
		t.Fatalf("%s: %d values, expected %d", what, len(got), len(want))
	}
	worst := 0.0
	for at := 0; at < len(want); at += size {
		worst = max(worst, gap(t, what, got[at:at+size], want[at:at+size]))
	}
	return worst
}

// gap returns the largest difference over the largest absolute value of want.
func gap(t testing.TB, what string, got, want []float64) float64 {
	t.Helper()
	if len(got) != len(want) || len(got) == 0 {
		t.Fatalf("%s: %d values, expected %d", what, len(got), len(want))
	}
	diff, size := 0.0, 0.0
	for i := range want {
		d := math.Abs(got[i] - want[i])
		if math.IsNaN(d) {
			t.Fatalf("%s: NaN at index %d", what, i)
		}
		diff, size = max(diff, d), max(size, math.Abs(want[i]))
	}
	if diff == 0 {
		return 0
	}
	return diff / size
}

// The float64 logits come from an independent program written from the formulas.
func TestGoldenLogits(t *testing.T) {
	for _, name := range checkpoints {
		model := mustLoad(t, name).Model
		for _, form := range formsOf(model) {
			t.Run(fmt.Sprintf("%s/%v", name, form), func(t *testing.T) {
				t.Parallel()
				golden := mustGolden(t, name)
				worst := 0.0
				for _, n := range []int{1, 2, 8, 16, 32} {
					worst = max(worst, goldenLength(t, model, golden, form, n))
				}
				t.Logf("worst relative difference %.2g", worst)
			})
		}
	}
}

func goldenLength(t *testing.T, model *Model, golden map[string]Tensor, form Form, n int) float64 {
	t.Helper()
	ids := intsOf(t, golden, fmt.Sprintf("ids.L%d", n))
	want := floatsOf(t, golden, fmt.Sprintf("logits64.L%d", n))
	var got []float64
	for at := 0; at < len(ids); at += n {
		logits, err := model.Forward(ids[at:at+n], form, nil)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, logits...)
	}
	g := rowGap(t, fmt.Sprintf("logits64.L%d", n), got, want, model.Vocab) // of each position
	if g > 1e-9 {
		t.Errorf("length %d: relative difference %.3g, allowed 1e-9", n, g)
	}
	return g
}

// The inner values come from public float32 code.
func TestGoldenActivations(t *testing.T) {
	for _, name := range checkpoints {
		model := mustLoad(t, name).Model
		for _, form := range formsOf(model) {
			t.Run(fmt.Sprintf("%s/%v", name, form), func(t *testing.T) {
				golden := mustGolden(t, name)
				allowed := 1e-5
				if model.Family == "s4d" {
					allowed = 1e-4
				}
				got := activations(t, model, intsOf(t, golden, "act.ids"), form)
				worst, compared := 0.0, 0
				for _, key := range sortedKeys(golden) {
					inner, ok := strings.CutPrefix(key, "act.")
					if !ok || inner == "ids" {
						continue
					}
					g := gap(t, inner, got[inner], floatsOf(t, golden, key))
					worst, compared = max(worst, g), compared+1
					if g > allowed {
						t.Errorf("%s: relative difference %.3g, allowed %g", inner, g, allowed)
					}
				}
				if want := goldenTensors[model.Family](len(model.Blocks)); compared != want {
					t.Errorf("compared %d tensors, expected %d", compared, want)
				}
				t.Logf("%d tensors, worst relative difference %.2g", compared, worst)
			})
		}
	}
}

// goldenTensors is how many act tensors the file of a model with n blocks has.
var goldenTensors = map[string]func(n int) int{
	FamilyMamba:       func(n int) int { return 13*n + 1 },
	FamilyS4D:         func(n int) int { return 5*n + 1 },
	FamilyTransformer: func(n int) int { return n + 2 },
	FamilyRNN:         func(int) int { return 3 },
	FamilyLSTM:        func(int) int { return 4 },
	FamilyIDS4Product: func(n int) int { return 5*n + 1 },
}

// activations runs the model and names every inner value as the golden files do.
func activations(t *testing.T, model *Model, ids []int, form Form) map[string][]float64 {
	t.Helper()
	got := map[string][]float64{}
	logits, err := model.Forward(ids, form, func(layer int, name string, pos int, value []float64) {
		key := fmt.Sprintf("layers.%d.%s", layer, name)
		if name != "weights" && len(got[key]) != pos*len(value) {
			t.Errorf("%s: position %d out of turn", key, pos)
		}
		got[key] = append(got[key], value...)
	})
	if err != nil {
		t.Fatal(err)
	}
	got["logits"] = logits
	last := len(model.Blocks) - 1
	got["embed"], got["hidden"] = got["layers.0.block_in"], got[fmt.Sprintf("layers.%d.block_out", last)]
	if l, ok := model.Blocks[last].(*LSTM); ok {
		cells := got[fmt.Sprintf("layers.%d.cell", last)]
		got["last_cell"] = cells[len(cells)-l.DHidden:]
	}
	for i, block := range model.Blocks {
		if s, ok := block.(*S4D); ok {
			got[fmt.Sprintf("layers.%d.kernel", i)] = s.Kernel(len(ids))
		}
	}
	return got
}

// The labels of the golden inputs pin down how task.json is to be read.
func TestTaskLabels(t *testing.T) {
	for _, name := range checkpoints {
		task, golden := mustLoad(t, name).Task, mustGolden(t, name)
		ids, labels := intsOf(t, golden, "ids.L32"), intsOf(t, golden, "labels.L32")
		for at := 0; at+32 < len(ids); at += 32 { // the last case has no labels
			state := task.Start
			for i := range 32 {
				state = task.Trans[state][ids[at+i]]
				if labels[at+i] != state {
					t.Fatalf("%s: label %d at %d, expected %d", name, labels[at+i], at+i, state)
				}
			}
		}
	}
}

func TestLoadSizes(t *testing.T) {
	type sizes struct {
		Family                            string
		Vocab, DModel, Layers, Inner      int
		State, Conv, Rank                 int
		Tied, HeadBias, FinalNorm, Shared bool
	}
	want := map[string]sizes{
		"mamba-flipflop4":      {"mamba", 5, 8, 1, 16, 4, 4, 1, true, false, true, true},
		"mamba-flipflop4-bf16": {"mamba", 5, 8, 1, 16, 4, 4, 1, true, false, true, true},
		"mamba-parity":         {"mamba", 2, 16, 2, 32, 4, 4, 1, true, false, true, true},
		"mamba-s3-g2":          {"mamba", 6, 24, 2, 48, 4, 4, 2, true, false, true, true},
		"mamba-a4-g3":          {"mamba", 12, 24, 2, 48, 4, 4, 2, false, false, true, false},
		"mamba-a5-g2":          {"mamba", 60, 32, 2, 64, 8, 4, 2, true, false, true, true},
		"s4d-z5":               {"s4d", 5, 32, 2, 0, 8, 0, 0, false, true, false, false},
		"transformer-a4-g3":    {"transformer", 12, 32, 2, 64, 4, 0, 0, false, true, false, false},
		"rnn-s3":               {"rnn", 6, 16, 1, 32, 0, 0, 0, false, true, false, false},
		"lstm-s5-g2":           {"lstm", 120, 16, 1, 64, 0, 0, 0, false, true, false, false},
		"ids4-a5-g2":           {"ids4-product", 60, 32, 1, 0, 12, 0, 0, false, true, false, false},
	}
	for _, name := range checkpoints {
		m := mustLoad(t, name).Model
		got := sizes{Family: m.Family, Vocab: m.Vocab, DModel: m.DModel, Layers: len(m.Blocks), Tied: m.Tied,
			HeadBias: m.Head.Bias != nil, FinalNorm: m.FinalNorm != nil, Shared: &m.Head.Weight[0] == &m.Embedding[0]}
		switch block := m.Blocks[0].(type) {
		case *Mamba:
			got.Inner, got.State, got.Conv, got.Rank = block.DInner, block.DState, block.DConv, block.DtRank
		case *S4D:
			got.State = block.DState
		case *Transformer:
			got.Inner, got.State = block.DFF, block.Heads
		case *RNN:
			got.Inner = block.DHidden
		case *LSTM:
			got.Inner = block.DHidden
		case *IDS4Product:
			got.State = block.DState
		}
		if diff := cmp.Diff(want[name], got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// The digest is what sha256sum prints for the weight files, hashed again.
func TestFilesAndDigest(t *testing.T) {
	ck := mustLoad(t, "mamba-flipflop4")
	if diff := cmp.Diff([]string{"config.json", "model.safetensors", "task.json"}, ck.Files); diff != "" {
		t.Error(diff)
	}
	const want = "4124c7e0b02b963b3028d378863271e5c048c645b2f786b16b8fd653f5d1ee61"
	if ck.Digest != want {
		t.Errorf("digest %s, expected %s", ck.Digest, want)
	}
}
