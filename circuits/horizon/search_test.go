package horizon

import (
	"context"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tc0/circuits/arith"
	"tc0/circuits/equiv"
	"tc0/theory/ssm"
)

type fataler interface {
	Helper()
	Fatal(...any)
}

func searched(t fataler, c *tracker, m *Machine, lim Limits) *Report {
	t.Helper()
	r, err := Search(context.Background(), m, family(c.build), c.task, c.alphabet(), lim)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func cutOf(t fataler, c *tracker, length int) *Machine {
	t.Helper()
	m, err := Cut(c.build, length)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// checkReport compares a report with what going through all words finds.
func checkReport(t fataler, r *Report, want *Failure, asked int) {
	t.Helper()
	verdict, horizon := equiv.Holds, asked
	if want != nil {
		verdict, horizon = equiv.Fails, len(want.Word)-1
	}
	if d := cmp.Diff(want, r.First); d != "" || r.Verdict != verdict || r.Horizon != horizon || r.Asked != asked {
		t.Fatal(r.Verdict, r.Horizon, r.Asked, "want", verdict, horizon, asked, "-want +got:\n"+d)
	}
}

// TestSearchAgainstAllWords: with plenty of memory and with none, with maps that repeat
// and with one map for each position, the search finds the word that going through all
// words finds.
func TestSearchAgainstAllWords(t *testing.T) {
	const n = 6
	failing, right := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		c := drawTracker(t)
		want, err := bruteForce(family(c.build), c.task, c.alphabet(), n)
		if err != nil {
			t.Fatal(err)
		}
		if want == nil {
			right++
		} else {
			failing++
		}
		for _, m := range []*Machine{cutOf(t, c, n), cutOf(t, c, window+1)} {
			for _, memory := range []int{0, 1} {
				for _, words := range []int{0, 5} {
					checkReport(t, searched(t, c, m, Limits{Length: n, Memory: memory, words: words}), want, n)
				}
			}
		}
	})
	if failing < 10 || right < 10 {
		t.Errorf("%d failing and %d right trackers: too few of one kind to say anything", failing, right)
	}
}

// TestRepeatingMaps: the maps of a tracker repeat, and searching with one of them beyond
// the window is searching the circuit built in full.
func TestRepeatingMaps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawTracker(t)
		const n = window + 5
		short := cutOf(t, c, n)
		if from, ok := short.Repeats(); !ok || from > max(c.back, c.odd, c.spared)+1 {
			t.Fatal("maps repeat:", ok, "from", from)
		}
		full, _, err := cut(c.build, n)
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := full.Repeats(); ok {
			t.Fatal("a machine cut in full says that it repeats")
		}
		a, b := searched(t, c, short, Limits{Length: n}), searched(t, c, full, Limits{Length: n})
		if d := cmp.Diff(b.First, a.First); d != "" || a.Verdict != b.Verdict || a.Horizon != b.Horizon {
			t.Fatal(a.Verdict, a.Horizon, "in full", b.Verdict, b.Horizon, d)
		}
	})
}

// TestMapsThatDiffer: one position that is not like the others keeps its own map,
// wherever it is.
func TestMapsThatDiffer(t *testing.T) {
	for odd := range window - 3 {
		c := counting(50)
		c.back, c.odd = 3, odd
		want := &Failure{Word: make([]int, odd+1), Expected: 0, Got: -1}
		checkReport(t, searched(t, c, cutOf(t, c, window+9), Limits{Length: window + 9}), want, window+9)
	}
	for spared := range window - 1 {
		const even = window + 2
		c := counting(even)
		c.back, c.spared = 3, spared
		want := &Failure{Word: slices.Repeat([]int{1}, even), Expected: 0, Got: -1}
		checkReport(t, searched(t, c, cutOf(t, c, window+9), Limits{Length: window + 9}), want, window+9)
	}
}

// TestDeepHorizon: merging makes a horizon exact that no enumeration reaches.
func TestDeepHorizon(t *testing.T) {
	const many = 300
	c := counting(many)
	r := searched(t, c, cutOf(t, c, 2*many), Limits{Length: 2 * many})
	checkReport(t, r, &Failure{Word: slices.Repeat([]int{1}, many), Expected: 0, Got: -1}, 2*many)
	words := new(big.Int).Lsh(big.NewInt(1), many-1)
	if last := r.Levels[many-2]; last.Words.Cmp(words) != 0 || last.Nodes != 2 {
		t.Errorf("%+v, want 2^%d words and two new states", last, many-1)
	}
}

// lastLetter shows the last letter, and so has no state at all.
func lastLetter(n int) (*arith.Circuit, error) {
	b := arith.NewBuilder()
	b.At(arith.Origin{Stage: b.Stage("last letter"), T: -1, A: -1, B: -1, J: -1})
	for range n {
		token := b.Input(2)
		var logits, labels []arith.Node
		for k := range int64(2) {
			f := b.Form(0, []arith.Term{{Coef: 1, View: arith.View{Node: token, Table: b.Table([]int64{1 - k, k})}}})
			logits, labels = append(logits, f), append(labels, b.Step(f, b.Table([]int64{1}), b.Table([]int64{0, 1}), 0, 1))
		}
		b.Output(logits, labels)
	}
	return b.Finish()
}

// TestTrueStatesTellNodesApart: a model without a state is at one node only while the
// task is in one state, too.
func TestTrueStatesTellNodesApart(t *testing.T) {
	m, err := Cut(lastLetter, 50)
	if err != nil {
		t.Fatal(err)
	}
	r, err := Search(t.Context(), m, family(lastLetter), counting(1).task, []int{0, 1}, Limits{Length: 50})
	if err != nil {
		t.Fatal(err)
	}
	checkReport(t, r, &Failure{Word: []int{1, 0}, Expected: 1, Got: 0}, 50)
}

// TestAllWords: when no state is new, the horizon has no end.
func TestAllWords(t *testing.T) {
	c := counting(3)
	c.spoil[0][3] = 0
	r := searched(t, c, cutOf(t, c, 1000), Limits{Length: 1000})
	checkReport(t, r, nil, 1000)
	if !r.AllWords || r.Steps > 100 {
		t.Errorf("all words %v after %d steps", r.AllWords, r.Steps)
	}
}

// TestSearchStops: when the time is over the report says how far the search came, and
// does not call it right.
func TestSearchStops(t *testing.T) {
	c := counting(30)
	m := cutOf(t, c, 100)
	for name, end := range map[string]func() context.Context{
		"the time ran out among the words of length 4": func() context.Context {
			ctx, cancel := context.WithDeadlineCause(context.Background(), time.Unix(0, 0), nil)
			cancel()
			return ctx
		},
		"interrupted among the words of length 4": func() context.Context {
			ctx, cancel := context.WithCancel(context.Background())
			cancel()
			return ctx
		},
	} {
		ctx := &late{Context: context.Background(), after: end()}
		r, err := Search(ctx, m, family(c.build), c.task, c.alphabet(), Limits{Length: 100, Progress: func(length, _, _ int) { ctx.over = length == 4 }})
		if err != nil {
			t.Fatal(err)
		}
		if r.Verdict != equiv.Undecided || r.Reason != name || r.Horizon != 3 {
			t.Errorf("%s %q horizon %d, want undecided %q horizon 3", r.Verdict, r.Reason, r.Horizon, name)
		}
	}
}

// late is a context that ends when it is told to.
type late struct {
	context.Context
	after context.Context
	over  bool
}

func (l *late) Err() error {
	if l.over {
		return l.after.Err()
	}
	return nil
}

// TestReplay: a failing word on which the direct evaluation is right is an error.
func TestReplay(t *testing.T) {
	c, sound := counting(3), counting(3)
	sound.spoil[0][3] = 0
	_, err := Search(t.Context(), cutOf(t, c, 9), family(sound.build), c.task, c.alphabet(), Limits{Length: 9})
	if err == nil || !strings.Contains(err.Error(), "word 1,1,1,1, position 3: the quantised model says 0, its circuit -1") {
		t.Errorf("error %v", err)
	}
}

func TestBadQuestions(t *testing.T) {
	c := counting(3)
	m := cutOf(t, c, 4)
	ask := func(task *ssm.Task, alphabet []int, length int) error {
		_, err := Search(t.Context(), m, family(c.build), task, alphabet, Limits{Length: length})
		return err
	}
	for _, k := range []struct {
		err  error
		want string
	}{
		{ask(nil, []int{0, 1}, 4), "no task: the true labels are unknown"},
		{ask(c.task, nil, 4), "the alphabet is empty"},
		{ask(c.task, []int{0, 2}, 4), "task parity does not say what letter 2 does in state 0"},
		{ask(&ssm.Task{Name: "odd", Start: 5, Trans: c.task.Trans}, []int{0, 1}, 4), "task odd starts in state 5, it has 2"},
		{ask(c.task, []int{0, 1}, 0), "length 0, expected at least 1"},
		{ask(c.task, []int{0, 1}, 5), "length 5, the machine was cut for words up to 4"},
	} {
		if k.err == nil || k.err.Error() != k.want {
			t.Errorf("error %v, want %s", k.err, k.want)
		}
	}
}

// TestCutRefuses: a label that reads a later token has no horizon.
func TestCutRefuses(t *testing.T) {
	build := func(int) (*arith.Circuit, error) {
		b := arith.NewBuilder()
		b.At(arith.Origin{Stage: b.Stage("ahead"), T: 0, A: -1, B: -1, J: -1})
		tokens := []arith.Node{b.Input(2), b.Input(2)}
		for t := range tokens {
			f := b.Form(0, []arith.Term{{Coef: 1, View: arith.View{Node: tokens[1-t], Table: b.Table([]int64{0, 1})}}})
			b.Output([]arith.Node{f}, []arith.Node{b.Step(f, b.Table([]int64{1}), b.Table([]int64{0, 1}), 0, 1)})
		}
		return b.Finish()
	}
	if _, err := Cut(build, 2); err == nil || err.Error() != "the label of position 0 is computed at position 1: the circuit is not causal" {
		t.Errorf("error %v", err)
	}
	if _, err := Cut(build, 0); err == nil {
		t.Error("length 0 is accepted")
	}
}

// TestSolverAgreesWithSearch: by proof and by search the horizon is the same.
func TestSolverAgreesWithSearch(t *testing.T) {
	for _, s := range []equiv.Solver{equiv.Gophersat, equiv.Cadical, equiv.Clasp} {
		t.Run(string(s), func(t *testing.T) {
			if err := s.Installed(); err != nil {
				t.Skip(err)
			}
			for _, c := range []*tracker{counting(1), counting(3), counting(9)} {
				const n = 4
				want := searched(t, c, cutOf(t, c, n), Limits{Length: n})
				got, err := BySolver(t.Context(), family(c.build), c.task, c.alphabet(), s, Limits{Length: n})
				if err != nil {
					t.Fatal(err)
				}
				if got.Verdict != want.Verdict || got.Horizon != want.Horizon {
					t.Errorf("%s, horizon %d, want %s, %d", got.Verdict, got.Horizon, want.Verdict, want.Horizon)
				}
				for _, a := range got.Answers[:got.Horizon] {
					if proved := s != equiv.Clasp; (a.Proof != nil) != proved {
						t.Errorf("proof %+v", a.Proof)
					}
				}
			}
		})
	}
}
