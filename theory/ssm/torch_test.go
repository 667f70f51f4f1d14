package ssm

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// pythonWithTorch finds an interpreter that has PyTorch, Debian's first.
func pythonWithTorch(t *testing.T) string {
	t.Helper()
	for _, python := range []string{"/usr/bin/python3", "python3"} {
		if exec.Command(python, "-c", "import torch").Run() == nil {
			return python
		}
	}
	t.Skip("needs python3 with PyTorch (Debian python3-torch): not installed")
	return ""
}

// addExpected puts random words and our logits for them beside an exported checkpoint.
func addExpected(t *testing.T, dir string, m *Model, words, length int) {
	t.Helper()
	r := rand.New(rand.NewPCG(2, 3))
	var ids []byte
	var logits []float64
	for range words {
		tokens := make([]int, length)
		for i := range tokens {
			tokens[i] = r.IntN(m.Vocab)
			ids = binary.LittleEndian.AppendUint64(ids, uint64(tokens[i]))
		}
		out, err := m.Forward(tokens, Recurrent, nil)
		if err != nil {
			t.Fatal(err)
		}
		logits = append(logits, out...)
	}
	data := encode(map[string]array{
		"ids":    {"I64", []int{words, length}, ids},
		"logits": tensorOf("F64", logits, words, length, m.Vocab),
	})
	if err := os.WriteFile(filepath.Join(dir, "expected.safetensors"), data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// gentle scales weights down, so that float32 has digits left after a few layers.
func gentle(m *Model) *Model {
	for _, block := range m.Blocks {
		for _, e := range block.entries(layoutOf(m.Family, ""), 0) {
			if values := e.get(); values != nil {
				for i := range values {
					values[i] /= 4
				}
				e.set(values)
			}
		}
	}
	return m
}

// TestPyTorch exports the trained checkpoints and random models with every choice of
// every family, and lets PyTorch load and run them: to 1e-9 in float64 where the file
// is F64, to 1e-4 in float32 where it is F32.
func TestPyTorch(t *testing.T) {
	python := pythonWithTorch(t)
	args := []string{filepath.Join("testdata", "torch_logits.py")}
	allowed := map[string]float64{}
	names := map[string]string{}
	add := func(name string, m *Model, dtype string, most float64) {
		dir := mustExport(t, m, nil, dtype)
		addExpected(t, dir, m, 3, 8)
		args, allowed[dir], names[dir] = append(args, dir), most, name+" "+dtype
	}
	for _, name := range checkpoints {
		m := mustLoad(t, name).Model
		add(name, m, "F32", 1e-4)
		add(name, m, "F64", 1e-9)
	}
	for _, family := range families {
		for i := range 8 {
			m := gentle(randomModel(family, i))
			name := fmt.Sprintf("random %s %d", family, i)
			add(name, m, "F64", 1e-9)
			if sign := i%3 == 2 && family == FamilyRNN; !sign && family != FamilyPDSSM {
				add(name, m, "F32", 1e-4) // a jump may go the other way in float32
			}
		}
	}
	command := exec.Command(python, args...)
	command.Stderr = os.Stderr
	out, err := command.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	lines, worst := bytes.Split(bytes.TrimSpace(out), []byte("\n")), map[float64]float64{}
	if len(lines) != len(allowed) {
		t.Fatalf("%d results, expected %d", len(lines), len(allowed))
	}
	for _, line := range lines {
		var result struct {
			Dir string
			Gap *float64
		}
		if err := json.Unmarshal(line, &result); err != nil || result.Gap == nil {
			t.Fatalf("%s: %v", line, err)
		}
		most := allowed[result.Dir]
		if !(*result.Gap <= most) {
			t.Errorf("%s: gap %.2g, allowed %g", names[result.Dir], *result.Gap, most)
		}
		worst[most] = max(worst[most], *result.Gap)
	}
	t.Logf("%d checkpoints; worst gap %.2g in float64, %.2g in float32", len(lines), worst[1e-9], worst[1e-4])
}

// randomModel makes the i-th of 8 models whose choices differ.
func randomModel(family string, i int) *Model {
	r, bit := newSource(uint64(i)), func(n int) bool { return i>>n&1 == 1 }
	kind := NormKind(i % 2)
	switch family {
	case FamilyMamba:
		return r.mamba(mambaSizes{Layers: 2, Vocab: 5, D: 4, E: 6, N: 3, K: 3, R: 2, Kind: kind, NormBias: kind == LayerNorm && bit(1),
			Bias: bit(1), ConvBias: bit(2), Tied: bit(1) != bit(2), HeadBias: bit(2)})
	case FamilyS4D:
		return r.s4d(2, 5, 4, 3, bit(0))
	}
	return r.tagger(family, taggerSizes{Layers: 2, Vocab: 5, D: 4, H: 2, N: 3, F: 5, W: 3, Kind: kind, NormBias: kind == LayerNorm && bit(1),
		Normed: !bit(2) || !bit(1), NormFirst: bit(1), Bias: bit(2), HeadBias: bit(1), Final: bit(2), Positions: !bit(2), Activation: i})
}
