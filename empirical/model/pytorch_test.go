package model

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"tc0/empirical/tensor"
	"tc0/theory/ssm"
)

// python is an interpreter that has PyTorch.
func python(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"python3", "/usr/bin/python3"} {
		const find = "import importlib.util, sys; sys.exit(not importlib.util.find_spec('torch'))"
		if exec.Command(name, "-c", find).Run() == nil {
			return name
		}
	}
	t.Skip("needs PyTorch (Debian python3-torch): not installed")
	return ""
}

// answer is what testdata/pytorch.py writes.
type answer struct {
	Logits    [][][]float64        `json:"logits"`
	Loss      float64              `json:"loss"`
	Gradients map[string][]float64 `json:"gradients"`
}

// write makes a checkpoint directory.
func write(t *testing.T, m *Model) string {
	t.Helper()
	files, err := ssm.Export(m.Export(), nil, "F32")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// request is what testdata/pytorch.py reads.
type request struct {
	Directory string  `json:"directory"`
	Tokens    [][]int `json:"tokens"`
	Labels    [][]int `json:"labels"`
}

// ask computes logits and gradients of checkpoints with PyTorch.
func ask(t *testing.T, requests []request) []answer {
	t.Helper()
	text, err := json.Marshal(requests)
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(python(t), filepath.Join("testdata", "pytorch.py"))
	command.Stdin = bytes.NewReader(text)
	var stderr bytes.Buffer
	command.Stderr = &stderr
	out, err := command.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, stderr.String())
	}
	var answers []answer
	if err := json.Unmarshal(out, &answers); err != nil {
		t.Fatal(err)
	}
	if len(answers) != len(requests) {
		t.Fatalf("%d answers to %d requests", len(answers), len(requests))
	}
	return answers
}

// TestPyTorch: PyTorch reads the checkpoints, and has the same logits and gradients.
func TestPyTorch(t *testing.T) {
	const batch, length = 3, 7
	var models []*Model
	var requests []request
	for _, c := range small() {
		m := trainable(t, c)
		tokens, labels := words(c.Vocab, batch, length, 5), words(c.Vocab, batch, length, 6)
		labels[1][2] = -1
		models, requests = append(models, m), append(requests, request{write(t, m), tokens, labels})
	}
	for i, want := range ask(t, requests) {
		m, r := models[i], requests[i]
		arch := small()[i].Arch
		for b, got := range logits(m, r.Tokens) {
			compare(t, arch, got, slices.Concat(want.Logits[b]...), m.Vocab(), 1e-4)
		}
		loss, grads := gradient(m, r.Tokens, r.Labels)
		if math.Abs(loss-want.Loss) > 1e-5*want.Loss {
			t.Errorf("%s: loss %v, PyTorch has %v", arch, loss, want.Loss)
		}
		for _, p := range m.Params().All() {
			compareGradient(t, arch+", "+p.Name, p.Part(grads), want.Gradients[p.Name])
		}
	}
}

// gradient is the sum of the losses of a batch and its gradient.
func gradient(m *Model, inputs, labels [][]int) (float64, []float32) {
	batch, length := len(inputs), len(inputs[0])
	tokens, targets := make([]int32, batch*length), make([]int32, batch*length)
	for b := range batch {
		for k := range length {
			tokens[m.Row(b, k, batch, length)] = int32(inputs[b][k])
			targets[m.Row(b, k, batch, length)] = int32(labels[b][k])
		}
	}
	grads := make([]float32, m.Params().Len())
	tape := &tensor.Tape{}
	tape.Reset(grads)
	loss := tape.CrossEntropy(m.Logits(tape, tokens, length), targets, 1)
	tape.Backward()
	return loss, grads
}

func compareGradient(t *testing.T, name string, got []float32, want []float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: PyTorch has a gradient of %d entries, expected %d", name, len(want), len(got))
		return
	}
	scale := tensor.Norm(got)
	for i, v := range want {
		if diff := math.Abs(float64(got[i]) - v); !(diff <= 1e-4*scale) {
			t.Errorf("%s[%d]: gradient %v, PyTorch has %v", name, i, got[i], v)
			return
		}
	}
}
