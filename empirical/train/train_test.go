package train

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tc0/empirical/model"
	"tc0/empirical/tensor"
	"tc0/theory/words"
)

// a5 is the word problem of A5 with four letters: two generators, the identity and one more.
func a5(t testing.TB) *WordProblem {
	t.Helper()
	three, err := words.Named("A5:g3", 60)
	if err != nil {
		t.Fatal(err)
	}
	four, err := words.New("A5:4", three.Monoid(), append(three.Letters(), 7)...)
	if err != nil {
		t.Fatal(err)
	}
	return NewWordProblem(four)
}

func trainer(t testing.TB, shape model.Config, c Config) *Trainer {
	t.Helper()
	source := a5(t)
	shape.Vocab = source.Vocab()
	def, err := model.Fresh(shape, 1)
	if err != nil {
		t.Fatal(err)
	}
	m, err := model.New(def)
	if err != nil {
		t.Fatal(err)
	}
	tr, err := New(m, source, source, c)
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

func run(t testing.TB, tr *Trainer) Result {
	t.Helper()
	result, err := tr.Run(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// TestLearns: an RNN and an IDS4 learn A5 at length 8.
func TestLearns(t *testing.T) {
	if tensor.Kernel() == "go" {
		t.Skip("needs kernels in assembly: the loops in Go would take a minute")
	}
	for _, shape := range []model.Config{{Arch: "rnn"}, {Arch: "ids4"}} {
		c := Usual(shape.Arch, 8)
		c.Steps, c.Until.Token = 1500, 0.95
		tr := trainer(t, shape, c)
		result := run(t, tr)
		t.Logf("%s: %d steps, %.2f s, %.3f of the tokens", shape.Arch, result.Steps, result.CPU, result.Last.Token())
		if result.Ended != Reached {
			t.Errorf("%s: %.3f of the tokens after %d steps, expected 0.95", shape.Arch, result.Last.Token(), result.Steps)
		}
	}
}

// TestEveryArchitecture: a few steps make the loss smaller.
func TestEveryArchitecture(t *testing.T) {
	for _, arch := range model.Architectures {
		c := Usual(arch, 5)
		c.Batch, c.WarmUp, c.Steps, c.EvalWords = 16, 1, 40, 16
		shape := model.Config{Arch: arch, Width: 16, Layers: 2}
		if strings.HasPrefix(arch, "ids4") {
			shape.State = 6
		}
		tr := trainer(t, shape, c)
		first, _, err := tr.Step()
		if err != nil {
			t.Fatal(err)
		}
		if last := run(t, tr).Curve; !(last[len(last)-1].Loss < 0.95*first) {
			t.Errorf("%s: loss %.3f at first, mean %.3f of the next steps", arch, first, last[len(last)-1].Loss)
		}
	}
}

// short is a training of a few steps with evaluations, one of them in the middle.
func short() Config {
	c := Usual("lstm", 6)
	c.Batch, c.Micro, c.WarmUp, c.Steps, c.FinalRate = 40, 6, 5, 30, 1e-4
	c.EvalEvery, c.EvalWords = 10, 20
	return c
}

// TestSameBytes: neither the number of workers nor being killed and restored changes the
// parameters.
func TestSameBytes(t *testing.T) {
	shape := model.Config{Arch: "mamba", Width: 16, State: 4}
	plain := trainer(t, shape, short())
	run(t, plain)
	for workers := 2; workers <= 5; workers++ {
		c := short()
		c.Workers = workers
		tr := trainer(t, shape, c)
		run(t, tr)
		if diff := cmp.Diff(plain.model.Params().Values(), tr.model.Params().Values()); diff != "" {
			t.Errorf("%d workers come to other parameters", workers)
		}
	}
	for _, stop := range []int{1, 10, 23, 30} {
		first := trainer(t, shape, short())
		for range stop {
			if _, _, err := first.Step(); err != nil {
				t.Fatal(err)
			}
		}
		var saved bytes.Buffer
		if err := first.Save(&saved); err != nil {
			t.Fatal(err)
		}
		second := trainer(t, shape, short())
		if err := second.Restore(&saved); err != nil {
			t.Fatal(err)
		}
		run(t, second)
		if diff := cmp.Diff(plain.model.Params().Values(), second.model.Params().Values()); diff != "" {
			t.Errorf("restored after step %d, the training comes to other parameters", stop)
		}
		if got, want := second.progress.Step, 30; got != want {
			t.Errorf("restored after step %d, the training ends at step %d, expected %d", stop, got, want)
		}
	}
}

// TestRestoredEnd: a training that had reached its accuracy takes no more steps.
func TestRestoredEnd(t *testing.T) {
	c := short()
	c.Until = Until{Token: 1e-3}
	first := trainer(t, model.Config{Arch: "rnn"}, c)
	var saved bytes.Buffer
	result, err := first.Run(context.Background(), func(Point) error { saved.Reset(); return first.Save(&saved) })
	if err != nil || result.Ended != Reached || result.Steps != 10 {
		t.Fatalf("ended %q at step %d (%v), expected reached at 10", result.Ended, result.Steps, err)
	}
	state := saved.Bytes()
	second := trainer(t, model.Config{Arch: "rnn"}, c)
	if err := second.Restore(bytes.NewReader(state)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(result.Last, run(t, second).Last); diff != "" {
		t.Errorf("score (-first +restored):\n%s", diff)
	}
	if second.progress.Step != 10 || len(second.progress.Curve) != 1 {
		t.Errorf("step %d and %d points, expected 10 and 1", second.progress.Step, len(second.progress.Curve))
	}
	c.Until = Until{Sequence: 1} // asked for more, the training goes on
	third := trainer(t, model.Config{Arch: "rnn"}, c)
	if err := third.Restore(bytes.NewReader(state)); err != nil {
		t.Fatal(err)
	}
	if more := run(t, third); more.Ended != OutOfSteps || more.Steps != c.Steps {
		t.Errorf("with a higher goal it ended %q at step %d, expected steps at %d", more.Ended, more.Steps, c.Steps)
	}
}

func TestEnds(t *testing.T) {
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	failure := errors.New("disk full")
	for _, test := range []struct {
		name  string
		setup func(*Config)
		ctx   context.Context
		each  func(Point) error
		want  string
		err   error
		steps int
	}{
		{"steps", func(*Config) {}, context.Background(), nil, OutOfSteps, nil, 30},
		{"budget", func(c *Config) { c.Budget = 1e-9 }, context.Background(), nil, OutOfBudget, nil, 1},
		{"interrupted", func(c *Config) { c.Until = Until{Token: 1e-9} }, cancelled, nil, Interrupted, nil, 0},
		{"error", func(*Config) {}, context.Background(), func(Point) error { return failure }, "", failure, 10},
	} {
		c := short()
		test.setup(&c)
		tr := trainer(t, model.Config{Arch: "rnn", Hidden: 8}, c)
		result, err := tr.Run(test.ctx, test.each)
		if result.Ended != test.want || !errors.Is(err, test.err) || result.Steps != test.steps {
			t.Errorf("%s: ended %q at step %d with error %v, expected %q at %d, error %v",
				test.name, result.Ended, result.Steps, err, test.want, test.steps, test.err)
		}
	}
}

// TestDivergence: what is not finite is named, and nothing is changed.
func TestDivergence(t *testing.T) {
	c := short()
	tr := trainer(t, model.Config{Arch: "rnn", Hidden: 8}, c)
	for range 3 {
		if _, _, err := tr.Step(); err != nil {
			t.Fatal(err)
		}
	}
	p := tr.model.Params().All()[1]
	p.Value[2] = float32(math.NaN())
	before := fmt.Sprint(tr.model.Params().Values())
	_, err := tr.Run(context.Background(), nil)
	want := "step 4: the loss is NaN, parameter rnn.weight_ih_l0[2] is NaN: use a lower rate or clip"
	if err == nil || err.Error() != want {
		t.Errorf("error %v, expected %q", err, want)
	}
	if fmt.Sprint(tr.model.Params().Values()) != before {
		t.Error("the step changed parameters")
	}
}

func TestCurriculum(t *testing.T) {
	c := short()
	c.Curriculum, c.Steps, c.FinalRate, c.Batch, c.Micro = true, 600, 0, 32, 32
	tr := trainer(t, model.Config{Arch: "lstm", Hidden: 32}, c)
	if tr.progress.Length != 2 {
		t.Fatalf("starts at length %d, expected 2", tr.progress.Length)
	}
	result := run(t, tr)
	last := 0
	for _, p := range result.Curve {
		if p.Length < last {
			t.Errorf("length %d after %d", p.Length, last)
		}
		last = p.Length
	}
	if last < 4 {
		t.Errorf("length %d after %d steps, expected at least 4", last, result.Steps)
	}
}

func TestScore(t *testing.T) {
	s := Score{Length: 2, Words: 4, Correct: []int{3, 1}, Scored: []int{4, 1}, Sequences: 2}
	if s.Token() != 0.8 || s.Sequence() != 0.5 || s.Position(1) != 1 || (Score{}).Token() != 0 {
		t.Errorf("token %v, sequence %v, last position %v", s.Token(), s.Sequence(), s.Position(1))
	}
	until := Until{Token: 0.8, Sequence: 0.6}
	if until.Reached(s) || !(Until{Token: 0.8}).Reached(s) || (Until{}).Reached(s) {
		t.Error("Until does not compare both accuracies")
	}
}

// TestBatchScore: a word counts as right when all its labels are, and what has no label
// does not count.
func TestBatchScore(t *testing.T) {
	for _, arch := range []string{"rnn", "ids4"} { // rows by time and by word
		m := trainer(t, model.Config{Arch: arch}, longer(2)).model
		b := newBatch(m, 3, 2)
		logits := &tensor.Tensor{Rows: 6, Cols: 2, Value: make([]float32, 12)}
		predicted := [3][2]int32{{1, 1}, {1, 0}, {0, 1}}
		labels := [3][2]int32{{1, 1}, {1, 1}, {-1, 1}}
		for i := range predicted {
			for k := range predicted[i] {
				row := m.Row(i, k, 3, 2)
				b.labels[row] = labels[i][k]
				logits.Value[2*row+int(predicted[i][k])] = 1
			}
		}
		want := Score{Length: 2, Words: 3, Correct: []int{2, 2}, Scored: []int{2, 3}, Sequences: 2}
		if diff := cmp.Diff(want, b.score(logits)); diff != "" {
			t.Errorf("%s: score (-want +got):\n%s", arch, diff)
		}
	}
}

func TestEvaluate(t *testing.T) {
	source := a5(t)
	tr := trainer(t, model.Config{Arch: "transformer", MaxLength: 9}, longer(9))
	one, err := Evaluate(tr.model, source, 9, 300, 3, 1)
	if err != nil {
		t.Fatal(err)
	}
	two, err := Evaluate(tr.model, source, 9, 300, 3, 2)
	if diff := cmp.Diff(one, two); err != nil || diff != "" {
		t.Errorf("error %v; scores differ between 1 and 2 workers:\n%s", err, diff)
	}
	if total(one.Scored) != 2700 {
		t.Errorf("%d labels, expected 2700", total(one.Scored))
	}
	if _, err := Evaluate(tr.model, source, 10, 1, 1, 1); err == nil || err.Error() != "length 10: the model has positions for 9" {
		t.Errorf("error %v for a word that is too long", err)
	}
}

// longer is short for another length.
func longer(length int) Config {
	c := short()
	c.Length = length
	return c
}

func TestCheck(t *testing.T) {
	for want, change := range map[string]func(*Config){
		"length 0: expected 1 to 1073741824":                  func(c *Config) { c.Length = 0 },
		"rate NaN: expected 0 to 1000":                        func(c *Config) { c.Rate = math.NaN() },
		"neither steps nor budget_seconds is set":             func(c *Config) { c.Steps, c.FinalRate = 0, 0 },
		"final_rate 0.1: expected more steps than the 100 of": func(c *Config) { c.FinalRate, c.WarmUp = 0.1, 100 },
	} {
		c := short()
		change(&c)
		if err := c.Check(); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("error %v, expected %q", err, want)
		}
	}
}

func TestRestoreErrors(t *testing.T) {
	shape := model.Config{Arch: "rnn", Hidden: 4, Width: 4}
	tr := trainer(t, shape, short())
	var saved bytes.Buffer
	if err := tr.Save(&saved); err != nil {
		t.Fatal(err)
	}
	data := saved.Bytes()
	flipped := bytes.Clone(data)
	flipped[len(data)-100] ^= 1
	other := short()
	other.Rate = 1
	for _, test := range []struct {
		name, want string
		data       []byte
		shape      model.Config
		config     Config
	}{
		{"text", "not a training state", []byte("hello"), shape, short()},
		{"short", "the state ends early", data[:len(data)-500], shape, short()},
		{"cut", "the checksum of the state is wrong", data[:len(data)-1], shape, short()},
		{"long", "the checksum of the state is wrong", append(bytes.Clone(data), 0), shape, short()},
		{"flipped", "the checksum of the state is wrong", flipped, shape, short()},
		{"shape", "the state is of a model with", data, model.Config{Arch: "rnn", Hidden: 5, Width: 4}, short()},
		{"settings", "the state is of a training with other settings", data, shape, other},
	} {
		into := trainer(t, test.shape, test.config)
		before := fmt.Sprint(into.model.Params().Values())
		err := into.Restore(bytes.NewReader(test.data))
		if err == nil || !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("%s: error %v, expected %q", test.name, err, test.want)
		}
		if fmt.Sprint(into.model.Params().Values()) != before {
			t.Errorf("%s: the parameters changed", test.name)
		}
	}
}

func FuzzRestore(f *testing.F) {
	tr := trainer(f, model.Config{Arch: "rnn", Hidden: 2, Width: 2}, short())
	var saved bytes.Buffer
	if err := tr.Save(&saved); err != nil {
		f.Fatal(err)
	}
	f.Add(saved.Bytes())
	f.Add([]byte(stateFormat + "{}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := tr.Restore(bytes.NewReader(data)); err != nil {
			return
		}
		var again bytes.Buffer
		if err := tr.Save(&again); err != nil {
			t.Fatal(err)
		}
		if err := tr.Restore(&again); err != nil {
			t.Fatalf("a state that was restored and saved is refused: %v", err)
		}
	})
}
