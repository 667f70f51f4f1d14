package torch

import (
	"math"
	"os/exec"
	"testing"

	"tc0/empirical/model"
	"tc0/empirical/run"
	"tc0/empirical/task"
	"tc0/empirical/train"
)

// interpreter is one that has PyTorch.
func interpreter(t *testing.T) string {
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

// spec is a small run of an architecture, with an evaluation after every step.
func spec(arch string) run.Spec {
	s := run.NewSpec(task.Spec{Name: "S3", Length: 6, Min: 3, Seed: 1}, model.Config{Arch: arch, Width: 16, Layers: 2}, 3)
	s.Train.Batch, s.Train.WarmUp, s.Train.Steps, s.Train.Clip = 24, 3, 6, 0.5
	s.Train.EvalEvery, s.Train.EvalWords, s.Train.Until = 1, 64, train.Until{}
	s.Lengths, s.Words = []int{6, 12}, 64
	return s
}

// TestSameCurve: from the same weights and words, both engines have the same losses, rates
// and gradients in the first steps.
func TestSameCurve(t *testing.T) {
	engine := Engine{Python: interpreter(t), Code: "test"}
	for _, arch := range model.Architectures {
		t.Run(arch, func(t *testing.T) {
			want, err := run.Local{}.Run(t.Context(), spec(arch))
			if err != nil {
				t.Fatal(err)
			}
			got, err := engine.Run(t.Context(), spec(arch))
			if err != nil {
				t.Fatal(err)
			}
			if err := got.Check(); err != nil {
				t.Error(err)
			}
			for i, w := range want.Curve {
				g := got.Curve[i]
				t.Logf("%d: loss %v %v gradient %v %v token %v %v", g.Step, g.Loss, w.Loss, g.Gradient, w.Gradient, g.Token, w.Token)
				if math.Abs(g.Loss-w.Loss) > 1e-3*w.Loss {
					t.Error("loss")
				}
			}
			t.Log(got.TokenAccuracy, want.TokenAccuracy, got.Machine.Kernel, got.CPU)
		})
	}
}
