package torch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tc0/empirical/model"
	"tc0/empirical/run"
	"tc0/empirical/task"
	"tc0/empirical/train"
	"tc0/theory/ssm"
)

// pretend, when set, makes the test binary an interpreter that is none.
const pretend = "TC0_TEST_PYTHON"

func TestMain(m *testing.M) {
	switch os.Getenv(pretend) {
	case "complains":
		fmt.Fprintln(os.Stderr, "Traceback (most recent call last):\n  File \"engine.py\", line 17")
		fmt.Fprintln(os.Stderr, "ModuleNotFoundError: No module named 'torch'")
		os.Exit(1)
	case "ends":
		os.Exit(0)
	case "chatters":
		fmt.Println("hello")
		io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	case "hangs":
		time.Sleep(time.Hour)
	}
	os.Exit(m.Run())
}

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
	words := task.Spec{Name: "S3", Length: 6, Min: 3, BOS: true, Seed: 1}
	s := run.NewSpec(words, model.Config{Arch: arch, Width: 16, Layers: 2}, 3)
	s.Train.Batch, s.Train.WarmUp, s.Train.Steps = 24, 3, 5
	s.Train.Rate, s.Train.Decay, s.Train.Clip = 0.01, 3, 0.2 // so that each of them shows
	s.Train.EvalEvery, s.Train.EvalWords, s.Train.Until = 1, 64, train.Until{}
	s.Lengths, s.Words = []int{6, 12}, 64
	return s
}

// parity is a run that an RNN is quick to learn.
func parity() run.Spec {
	words := task.Spec{Name: "Z2", Length: 8, BOS: true, Seed: 1}
	s := run.NewSpec(words, model.Config{Arch: "rnn", Width: 8, Hidden: 16}, 1)
	s.Train.Batch, s.Train.WarmUp, s.Train.Rate = 32, 5, 0.02
	s.Train.EvalEvery, s.Train.EvalWords = 10, 64
	s.Lengths, s.Words = []int{8, 16}, 64
	return s
}

func mustRun(t *testing.T, r run.Runner, s run.Spec) run.Record {
	t.Helper()
	record, err := r.Run(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	if err := record.Check(); err != nil {
		t.Error(err)
	}
	return record
}

// TestSameSteps: from the same weights and words, both engines have the same losses, gradients
// and accuracies in the first steps. Words are short and long, with BOS, and gradients are
// clipped.
func TestSameSteps(t *testing.T) {
	engine := Engine{Python: interpreter(t)}
	for _, arch := range model.Architectures {
		if arch == "rnn-relu" { // TestDiverged has it
			continue
		}
		t.Run(arch, func(t *testing.T) {
			t.Parallel()
			want, got := mustRun(t, run.Local{}, spec(arch)), mustRun(t, engine, spec(arch))
			if len(got.Curve) != len(want.Curve) {
				t.Fatalf("%d points, expected %d", len(got.Curve), len(want.Curve))
			}
			for i, w := range want.Curve {
				g := got.Curve[i]
				if !near(g.Loss, w.Loss, 1e-4*w.Loss) || !near(g.Gradient, w.Gradient, 1e-2*w.Gradient) ||
					!near(g.Token, w.Token, 0.01) {
					t.Errorf("%+v, expected about %+v", g, w)
				}
			}
			if !near(got.TokenAccuracy, want.TokenAccuracy, 0.01) {
				t.Errorf("%g of the test tokens are right, expected about %g", got.TokenAccuracy, want.TokenAccuracy)
			}
		})
	}
}

func near(x, y, tolerance float64) bool { return math.Abs(x-y) <= tolerance }

// TestRecord: a run that reaches its goal gives a record and a checkpoint that is what was
// tested.
func TestRecord(t *testing.T) {
	t.Parallel()
	s := parity()
	s.Train.Steps, s.Train.Until = 2000, train.Until{Token: 1, Sequence: 1}
	var points []train.Point
	var kept run.Record
	dir := t.TempDir()
	record := mustRun(t, Engine{
		Python: interpreter(t), Code: "v1",
		Each: func(_ run.Spec, p train.Point) error {
			points = append(points, p)
			return nil
		},
		Keep: func(r run.Record, files map[string][]byte) error {
			kept = r
			for name, data := range files {
				if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
					return err
				}
			}
			return nil
		},
	}, s)
	if !record.Reached || record.TokenAccuracy < 0.9 || record.Code != "v1" || !(record.CPU > 0) {
		t.Errorf("%+v, expected one that reached its goal", record)
	}
	if !Ran(record) || Ran(run.Record{Machine: run.ThisMachine()}) {
		t.Error("Ran does not know which engine made a record")
	}
	if ok, _ := regexp.MatchString(`^pytorch [0-9]+\.[0-9]+.*, .+$`, record.Machine.Kernel); !ok {
		t.Errorf("machine.kernel %q, expected PyTorch, its version and a device", record.Machine.Kernel)
	}
	if diff := cmp.Diff(record, kept); diff != "" {
		t.Errorf("Keep got another record (-returned +got):\n%s", diff)
	}
	if diff := cmp.Diff(record.Curve, points); diff != "" {
		t.Errorf("Each got other points (-curve +got):\n%s", diff)
	}
	c, err := ssm.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if c.Digest != record.Checkpoint {
		t.Errorf("the checkpoint kept has digest %s, the record %s", c.Digest, record.Checkpoint)
	}
}

// TestSchedule: learning rate and length of the words go as with the project's own engine.
func TestSchedule(t *testing.T) {
	t.Parallel()
	s := parity()
	s.Task.Length, s.Task.Curriculum, s.Lengths = 4, true, []int{4}
	s.Train.Steps, s.Train.FinalRate, s.Train.Until = 220, 0.001, train.Until{}
	want, got := mustRun(t, run.Local{}, s), mustRun(t, Engine{Python: interpreter(t)}, s)
	type plan struct {
		Step, Length int
		Rate         float64
	}
	plans := func(r run.Record) (all []plan) {
		for _, p := range r.Curve {
			all = append(all, plan{p.Step, p.Length, p.Rate})
		}
		return all
	}
	if diff := cmp.Diff(plans(want), plans(got)); diff != "" {
		t.Errorf("curve of PyTorch (-own engine +PyTorch):\n%s", diff)
	}
	if last := want.Curve[len(want.Curve)-1]; last.Length <= 2 || got.Ended != train.OutOfSteps {
		t.Errorf("the words have length %d at the end, which was for %s: this tests no curriculum", last.Length, got.Ended)
	}
}

// A recorder keeps the words that are drawn.
type recorder struct {
	train.Source
	tokens, labels []int32
}

func (r *recorder) Draw(random *rand.Rand, tokens, labels []int32) {
	r.Source.Draw(random, tokens, labels)
	r.tokens, r.labels = append(r.tokens, tokens...), append(r.labels, labels...)
}

// TestWords: the words are those that train.Trainer and train.Evaluate draw.
func TestWords(t *testing.T) {
	s, err := spec("rnn").Complete()
	if err != nil {
		t.Fatal(err)
	}
	d, m, err := s.Fresh()
	if err != nil {
		t.Fatal(err)
	}
	c, words := s.Training(d), &recorder{Source: d.Stream(task.Train)}
	trainer, err := train.New(m, words, words, c)
	if err != nil {
		t.Fatal(err)
	}
	same := func(what string, got batch) {
		t.Helper()
		if diff := cmp.Diff([][]int32{words.tokens, words.labels}, [][]int32{got.tokens, got.labels}); diff != "" {
			t.Errorf("%s (-own engine +PyTorch):\n%s", what, diff)
		}
		words.tokens, words.labels = nil, nil
	}
	for step := range 3 {
		if _, _, err := trainer.Step(); err != nil {
			t.Fatal(err)
		}
		same(fmt.Sprintf("step %d", step), draw(d.Stream(task.Train), c.Length, c.Batch, c.StepRand(step)))
	}
	words.Source = d.Stream(task.Valid)
	if _, err := train.Evaluate(m, words, c.Length, c.EvalWords, c.Seed, 1); err != nil {
		t.Fatal(err)
	}
	same("validation", draw(d.Stream(task.Valid), c.Length, c.EvalWords, c.EvalRand()))
}

// TestDiverged: a loss that is not finite is a record that names step and tensor.
func TestDiverged(t *testing.T) {
	t.Parallel()
	s := parity()
	s.Model.Arch, s.Task.Length, s.Lengths = "rnn-relu", 16, []int{16}
	s.Train.Rate, s.Train.WarmUp, s.Train.Clip, s.Train.Steps = 1000, 0, 0, 1000
	record := mustRun(t, Engine{Python: interpreter(t)}, s)
	want := regexp.MustCompile(`^step [0-9]+: the (loss is|gradient has length) (NaN|\+Inf), ` +
		`(parameter|gradient by) [a-z0-9_.]+\[[0-9]+\] is (NaN|[+-]Inf): use a lower rate or clip$`)
	if record.Ended != run.Failed || !want.MatchString(record.Failure) {
		t.Errorf("ended %q, failure %q, expected %q and %s", record.Ended, record.Failure, run.Failed, want)
	}
}

// TestStopped: seconds end a run, and so does an error of Begin, Each or Keep.
func TestStopped(t *testing.T) {
	t.Parallel()
	full := errors.New("no space left")
	s := parity()
	s.Train.Budget, s.Train.Until = 1e-3, train.Until{Sequence: 1}
	python := interpreter(t)
	var kept run.Record
	for name, e := range map[string]Engine{
		"Each": {Python: python, Each: func(run.Spec, train.Point) error { return full }},
		"Keep": {Python: python, Keep: func(r run.Record, _ map[string][]byte) error {
			kept = r
			return full
		}},
	} {
		if _, err := e.Run(t.Context(), s); !errors.Is(err, full) {
			t.Errorf("%s: error %v, expected %v", name, err, full)
		}
	}
	if kept.Ended != train.OutOfBudget || kept.Steps > 10 || kept.CPU < 1e-3 {
		t.Errorf("ended %q after %d steps and %g s, expected %q", kept.Ended, kept.Steps, kept.CPU, train.OutOfBudget)
	}
}

// TestInterpreters: one that does not work is one clear line, and leaves nothing behind.
func TestInterpreters(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ python, as, want string }{
		{"no-such-python", "", "^no-such-python: cannot be started [(].*not found.*[)]: expected Python 3 with PyTorch"},
		{self, "complains", ": ModuleNotFoundError: No module named 'torch': expected Python 3 with PyTorch .*: name another"},
		{self, "ends", ": ended without an answer .*: expected Python 3 with PyTorch"},
		{self, "chatters", `: answered "hello", expected an answer of engine.py: expected Python 3 with PyTorch`},
	} {
		temporary := emptyTemporary(t)
		t.Setenv(pretend, c.as)
		s := parity()
		s.Train.Steps = 1
		_, err := Engine{Python: c.python}.Run(t.Context(), s)
		if err == nil || strings.Contains(err.Error(), "\n") || !regexp.MustCompile(c.want).MatchString(err.Error()) {
			t.Errorf("%s %s: error %q, expected one line like %s", c.python, c.as, err, c.want)
		}
		temporary.empty(t)
	}
}

// A temporary is the directory for temporary files.
type temporary string

func emptyTemporary(t *testing.T) temporary {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	t.Setenv("TMP", dir) // Windows
	return temporary(dir)
}

func (d temporary) empty(t *testing.T) {
	t.Helper()
	if left, err := os.ReadDir(string(d)); err != nil || len(left) > 0 {
		t.Errorf("%v is left of temporary files (%v)", left, err)
	}
}

// TestInterrupted: the end of the context is the end of the run, even if Python hangs.
func TestInterrupted(t *testing.T) {
	why := errors.New("enough")
	t.Run("training", func(t *testing.T) {
		python, temporary := interpreter(t), emptyTemporary(t)
		ctx, cancel := context.WithCancelCause(t.Context())
		s := parity()
		s.Train.Steps, s.Train.Until = 1<<30, train.Until{}
		_, err := Engine{Python: python, Each: func(run.Spec, train.Point) error {
			cancel(why)
			return nil
		}}.Run(ctx, s)
		if !errors.Is(err, why) {
			t.Errorf("error %v, expected the cause %v", err, why)
		}
		temporary.empty(t)
	})
	t.Run("hanging", func(t *testing.T) {
		self, err := os.Executable()
		if err != nil {
			t.Fatal(err)
		}
		temporary := emptyTemporary(t)
		t.Setenv(pretend, "hangs")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(50*time.Millisecond, func() { cancel(why) })
		s := parity()
		s.Train.Steps = 1
		if _, err := (Engine{Python: self}).Run(ctx, s); !errors.Is(err, why) {
			t.Errorf("error %v, expected the cause %v", err, why)
		}
		temporary.empty(t)
	})
}
