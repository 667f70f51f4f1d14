package construct

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"tc0/theory/ssm"
)

// TestPyTorch exports every construction as F32, and lets PyTorch load and run it on
// random words of 256 letters, with the script of theory/ssm. All numbers are small
// multiples of 1/2, so the logits must be equal.
func TestPyTorch(t *testing.T) {
	const python = "/usr/bin/python3"
	if err := exec.Command(python, "-c", "import torch").Run(); err != nil {
		t.Skip("needs python3 with PyTorch (Debian python3-torch): not installed")
	}
	args, names := []string{filepath.Join("..", "ssm", "testdata", "torch_logits.py")}, []string{}
	for _, a := range subjects(t) {
		for _, arch := range Archs {
			dir := t.TempDir()
			exportWith(t, dir, build(t, arch, a), a)
			args, names = append(args, dir), append(names, fmt.Sprintf("%s as %s", a.name, arch))
		}
	}
	command := exec.Command(python, args...)
	command.Stderr = os.Stderr
	out, err := command.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	lines := bytes.Split(bytes.TrimSpace(out), []byte("\n"))
	if len(lines) != len(names) {
		t.Fatalf("%d results, expected %d", len(lines), len(names))
	}
	for i, line := range lines {
		var result struct{ Gap *float64 }
		if err := json.Unmarshal(line, &result); err != nil || result.Gap == nil || *result.Gap != 0 {
			t.Errorf("%s: %s, expected the gap 0", names[i], line)
		}
	}
}

// exportWith writes a checkpoint and, beside it, words with our logits, which must be
// right.
func exportWith(t *testing.T, dir string, model *ssm.Model, a automaton) {
	t.Helper()
	const words, length = 2, 256
	files, err := ssm.Export(model, &ssm.Task{
		Name: a.name, Kind: "automaton", Trans: a.trans, Start: a.start,
		Vocab: len(a.trans[0]), States: len(a.trans),
	}, "F32")
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(3, 3))
	var ids []int64
	var logits []float64
	for range words {
		word := make([]int, length)
		state := a.start
		for at := range word {
			word[at] = r.IntN(len(a.trans[0]))
			ids = append(ids, int64(word[at]))
		}
		out, err := model.Forward(word, ssm.Recurrent, nil)
		if err != nil {
			t.Fatal(err)
		}
		for at, letter := range word {
			state = a.trans[state][letter]
			if why := wrong(out[at*model.Vocab:(at+1)*model.Vocab], state); why != "" {
				t.Fatal(why)
			}
		}
		logits = append(logits, out...)
	}
	files["expected.safetensors"] = expected(t, ids, logits, []int{words, length}, model.Vocab)
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := ssm.Load(dir); err != nil {
		t.Fatal(err)
	}
}

func expected(t *testing.T, ids []int64, logits []float64, shape []int, classes int) []byte {
	t.Helper()
	input, err := ssm.NewIntTensor(shape, ids)
	if err != nil {
		t.Fatal(err)
	}
	output, err := ssm.NewTensor("F64", append(shape, classes), logits)
	if err != nil {
		t.Fatal(err)
	}
	var data bytes.Buffer
	if err := ssm.WriteSafetensors(&data, map[string]ssm.Tensor{"ids": input, "logits": output}); err != nil {
		t.Fatal(err)
	}
	return data.Bytes()
}
