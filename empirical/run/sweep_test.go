package run

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"tc0/empirical/model"
	"tc0/empirical/task"
	"tc0/empirical/train"
	"tc0/theory/ssm"
)

// A fake runner counts the runs and ends them after stop of them, by cancelling.
type fake struct {
	mutex  sync.Mutex
	runs   map[string]int
	accept func(Spec) (Record, error)
}

func (f *fake) Run(ctx context.Context, s Spec) (Record, error) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if ctx.Err() != nil {
		return Record{}, ctx.Err()
	}
	f.runs[s.Digest()]++
	return f.accept(s)
}

// A sweep that is stopped at random and started again carries out every run once.
func TestSweep_stopped(t *testing.T) {
	p := mustPlan(t, strings.NewReplacer(`["mod_3"]`, `["mod_3", "Z2"]`, `[4]`, `[3, 4]`).Replace(oneCell))
	path := newPath(t)
	f := &fake{runs: map[string]int{}, accept: func(s Spec) (Record, error) { return record(s, 0.75, 0.75), nil }}
	stops := 0
	for {
		ctx, cancel := context.WithCancel(context.Background())
		s := mustOpen(t, path)
		err := Sweep(ctx, p, s, f, 3, func(progress Progress) {
			if progress.Added == 2 {
				cancel()
			}
		})
		cancel()
		s.Close()
		if err == nil {
			break
		}
		if !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		stops++
	}
	records := mustRecords(t, mustOpen(t, path))
	if len(records) != 24 || len(f.runs) != 24 || stops < 3 {
		t.Errorf("%d records of %d runs after %d stops, expected 24 of 24", len(records), len(f.runs), stops)
	}
	for digest, n := range f.runs {
		if n != 1 {
			t.Errorf("run %.12s was carried out %d times", digest, n)
		}
	}
}

func TestSweep_errors(t *testing.T) {
	p := mustPlan(t, oneCell)
	for _, c := range []struct {
		about  string
		accept func(Spec) (Record, error)
		want   string
	}{
		{"runner", func(Spec) (Record, error) { return Record{}, errors.New("no space left") }, "no space left"},
		{"other spec", func(Spec) (Record, error) { return record(seedSpec(1), 0, 0), nil }, "another spec"},
		{"bad record", func(s Spec) (Record, error) { return Record{Digest: s.Digest(), Spec: s, Seed: s.Seed}, nil }, "ended"},
	} {
		err := Sweep(t.Context(), p, mustOpen(t, newPath(t)), &fake{runs: map[string]int{}, accept: c.accept}, 1+len(c.about)%2, nil)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, expected %q", c.about, err, c.want)
		}
	}
	if err := Sweep(t.Context(), p, nil, nil, 0, nil); err == nil {
		t.Error("no workers: no error")
	}
}

func smallRun(t testing.TB, arch string) Spec {
	t.Helper()
	s := NewSpec(task.Spec{Name: "Z3:g2", Length: 6, Seed: 2}, model.Config{Arch: arch, Width: 16, Hidden: 16}, 1)
	s.Train.Batch, s.Train.Steps, s.Train.EvalEvery, s.Train.EvalWords, s.Words = 16, 40, 20, 64, 50
	return s
}

// Two runs of one spec differ in the time that they took, and in nothing else.
func TestLocal(t *testing.T) {
	var began, points, kept int
	l := Local{
		Code:  "test",
		Begin: func(Spec, *train.Trainer) error { began++; return nil },
		Each:  func(Spec, *train.Trainer, train.Point) error { points++; return nil },
		Keep: func(r Record, files map[string][]byte) error {
			kept++
			dir := t.TempDir()
			for name, data := range files {
				if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
					return err
				}
			}
			ck, err := ssm.Load(dir)
			if err == nil && ck.Digest != r.Checkpoint {
				err = fmt.Errorf("checkpoint %s, record %s", ck.Digest, r.Checkpoint)
			}
			return err
		},
	}
	r, err := l.Run(t.Context(), smallRun(t, "rnn"))
	if err != nil {
		t.Fatal(err)
	}
	again, err := l.Run(t.Context(), smallRun(t, "rnn"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(r, again, cmpopts.IgnoreFields(Record{}, "CPU"), cmpopts.IgnoreFields(train.Point{}, "CPU")); diff != "" {
		t.Errorf("two runs differ:\n%s", diff)
	}
	if began != 2 || points != 4 || kept != 2 || r.Steps != 40 || r.Ended != train.OutOfSteps || len(r.Scores) != 4 || r.Scores[3].Length != 48 {
		t.Errorf("%d began, %d points, %d kept, %+v", began, points, kept, r)
	}
	s := mustOpen(t, newPath(t))
	if err := s.Append(r); err != nil {
		t.Fatal(err)
	}
	line, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	read, err := ParseRecord(line)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(r, read); diff != "" {
		t.Errorf("read back:\n%s", diff)
	}
}

func TestLocal_ends(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("Ctrl-C")
	cancel(why)
	if _, err := (Local{}).Run(ctx, smallRun(t, "rnn")); !errors.Is(err, why) {
		t.Errorf("cancelled: error %v", err)
	}
	full := errors.New("disk full")
	if _, err := (Local{Each: func(Spec, *train.Trainer, train.Point) error { return full }}).Run(t.Context(), smallRun(t, "rnn")); !errors.Is(err, full) {
		t.Errorf("an error while training: error %v", err)
	}
	s := smallRun(t, "rnn-relu")
	s.Train.Rate, s.Train.WarmUp, s.Train.Clip = 1000, 0, 0
	s.Train.Steps = 400
	r, err := Local{}.Run(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	if r.Ended != Failed || !strings.Contains(r.Failure, "step ") {
		t.Errorf("a diverging run: ended %q, %q", r.Ended, r.Failure)
	}
	if err := r.Check(); err != nil {
		t.Error(err)
	}
}

// A transformer has positions for the longest test words, which the spec need not say.
func TestSpec_room(t *testing.T) {
	for length, want := range map[int]int{6: 512, 100: 800} {
		s := NewSpec(task.Spec{Name: "Z3:g2", Length: length}, model.Config{Arch: "transformer"}, 1)
		s.Train.Steps = 1
		s, err := s.Complete()
		if err != nil || s.Model.MaxLength != want {
			t.Errorf("length %d: room for %d positions (%v), expected %d", length, s.Model.MaxLength, err, want)
		}
	}
}

func TestSpec_errors(t *testing.T) {
	for _, c := range []struct {
		change func(*Spec)
		want   string
	}{
		{func(s *Spec) { s.Task.Name = "Foo" }, `task "Foo"`},
		{func(s *Spec) { s.Model.Vocab = 3 }, "leave it out"},
		{func(s *Spec) { s.Train.Length = 3 }, "leave them out"},
		{func(s *Spec) { s.Words = 0 }, "words 0"},
		{func(s *Spec) { s.Lengths = []int{5} }, "expected the task's length"},
		{func(s *Spec) { s.Lengths = []int{6, 6} }, "ascending"},
		{func(s *Spec) { s.Model.Arch = "gru" }, "model: "},
		{func(s *Spec) { s.Train.Steps = 0 }, "train: "},
		{func(s *Spec) { s.Model = model.Config{Arch: "transformer", MaxLength: 40} }, "raise max_length"},
	} {
		s := smallRun(t, "rnn")
		c.change(&s)
		if _, err := s.Complete(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, expected %q", err, c.want)
		}
	}
}

// Every choice changes the digest, and leaving out a usual size does not.
func TestSpec_digest(t *testing.T) {
	digest := func(change func(*Spec)) string {
		s := smallRun(t, "rnn")
		change(&s)
		s, err := s.Complete()
		if err != nil {
			t.Fatal(err)
		}
		return s.Digest()
	}
	base := digest(func(*Spec) {})
	for i, change := range []func(*Spec){
		func(s *Spec) { s.Seed++ }, func(s *Spec) { s.Task.Seed++ }, func(s *Spec) { s.Task.BOS = true },
		func(s *Spec) { s.Task.Pairs = true }, func(s *Spec) { s.Task.Min = 3 }, func(s *Spec) { s.Task.Curriculum = true },
		func(s *Spec) { s.Train.Rate /= 2 }, func(s *Spec) { s.Model.Layers = 2 }, func(s *Spec) { s.Words++ },
	} {
		if digest(change) == base {
			t.Errorf("change %d leaves the digest as it was", i)
		}
	}
	if digest(func(s *Spec) { s.Model.Layers = 1 }) != base {
		t.Error("the usual number of layers changes the digest")
	}
}

// The ends of the interval are the probabilities at z standard deviations from what was seen.
func TestWilson(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		trials := rapid.IntRange(1, 1000).Draw(t, "trials")
		hits := rapid.IntRange(0, trials).Draw(t, "hits")
		low, high := Wilson(hits, trials, 0.95)
		for _, p := range []float64{low, high} {
			away := math.Abs(p - float64(hits)/float64(trials))
			if want := 1.959963984540054 * math.Sqrt(p*(1-p)/float64(trials)); math.Abs(away-want) > 1e-9 {
				t.Fatalf("%d of %d: %g is %g away, expected %g", hits, trials, p, away, want)
			}
		}
	})
	if low, high := Wilson(0, 0, 0.95); low != 0 || high != 1 {
		t.Errorf("nothing seen: %g to %g", low, high)
	}
}

func TestFilter(t *testing.T) {
	records := []Record{record(seedSpec(1), 0.5, 0.5), record(seedSpec(2), 0.95, 0.5), record(seedSpec(30), 0.1, 0.1)}
	for _, c := range []struct{ filter, want string }{
		{"seed=2", "2"}, {"seed != 2", "1 30"}, {"seed<2", "1"}, {"seed<=2", "1 2"}, {"seed>2", "30"}, {"seed>=2", "2 30"},
		{"reached=true", "2"}, {"arch=rnn", "1 2 30"}, {"arch!=rnn", ""}, {"task=parity_check", "1 2 30"},
		{"token_accuracy>=0.5", "1 2 30"}, {"digest=" + records[1].Digest[:8], "2"}, {"checkpoint=0f0f", "1 2 30"}, {"length=3", "1 2 30"}, {"layers=2", ""},
	} {
		f, err := ParseFilter(c.filter)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, r := range Select(records, f) {
			got = append(got, fmt.Sprint(r.Seed))
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s: seeds %q, expected %q", c.filter, s, c.want)
		}
	}
	for _, text := range []string{"", "seed", "colour=1", "seed=x", "seed=NaN", "arch<mamba", "=1", "seed!2"} {
		if _, err := ParseFilter(text); err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: error %v, expected one line", text, err)
		}
	}
}

func FuzzParseFilter(f *testing.F) {
	f.Add("seed>=2")
	f.Add("digest!=ab")
	r := record(seedSpec(1), 0.5, 0.5)
	f.Fuzz(func(_ *testing.T, text string) {
		if filter, err := ParseFilter(text); err == nil {
			filter.Match(r)
		}
	})
}

func ExampleWilson() {
	fmt.Println(FormatInterval(4, 5))
	// Output: 4 of 5 (95 %: 0.38 to 0.96)
}
