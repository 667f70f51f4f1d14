package equiv

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tc0/circuits/arith"
	"tc0/circuits/threshold"
	"tc0/theory/ssm"
)

var allSolvers = []Solver{Gophersat, Cadical, Clasp}

// eachSolver runs a test with every solver that is installed.
func eachSolver(t *testing.T, test func(t *testing.T, s Solver)) {
	for _, s := range allSolvers {
		t.Run(string(s), func(t *testing.T) {
			if err := s.Installed(); err != nil {
				t.Skip(err)
			}
			test(t, s)
		})
	}
}

func ask(t fataler, c *threshold.Circuit, task *ssm.Task, alphabet []int, first int, s Solver) *Answer {
	t.Helper()
	a, err := Ask(context.Background(), c, task, alphabet, first, s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// wrongWords are the words with a wrong label from a position on, by simulation of every
// gate.
func wrongWords(t fataler, c *threshold.Circuit, task *ssm.Task, words [][]int, first int) (wrong [][]int) {
	t.Helper()
	shown, _, err := threshold.NewSimulator(c).Run(context.Background(), words)
	if err != nil {
		t.Fatal(err)
	}
	for i, w := range words {
		state := task.Start
		for at, a := range w {
			state = task.Trans[state][a]
			if got := shown[i][at]; at >= first && (len(got) != 1 || got[0] != state) {
				wrong = append(wrong, w)
				break
			}
		}
	}
	return wrong
}

// checkAnswer compares an answer with what simulating all words shows.
func checkAnswer(t fataler, a *Answer, wrong [][]int, first int) {
	t.Helper()
	switch {
	case len(wrong) == 0 && a.Verdict == Holds && a.First == nil && (a.Proof != nil) == (a.Solver != Clasp):
	case len(wrong) > 0 && a.Verdict == Fails && a.Proof == nil && a.First.Position >= first &&
		slices.ContainsFunc(wrong, func(w []int) bool { return slices.Equal(w, a.First.Word) }):
	default:
		t.Fatal(a.Solver, a.Verdict, a.Reason, a.First, a.Proof, "but the wrong words are", wrong)
	}
}

// drawTask is a random automaton over the toy's letters, with as many states as
// classes.
func (y toy) drawTask() *ssm.Task {
	task := &ssm.Task{Name: "random"}
	for range y.classes {
		task.Trans = append(task.Trans, rapid.SliceOfN(rapid.IntRange(0, y.classes-1), y.letters, y.letters).Draw(y.t, "row"))
	}
	return task
}

// TestSolversOnRandomCircuits: a solver finds a word just when there is one, whatever
// the circuit and the task.
func TestSolversOnRandomCircuits(t *testing.T) {
	eachSolver(t, func(t *testing.T, s Solver) {
		rapid.Check(t, func(t *rapid.T) {
			ac, y := drawToy(t)
			tc := lowered(t, ac, rapid.IntRange(1, 2).Draw(t, "digits"))
			task := y.drawTask()
			first := rapid.IntRange(0, y.length-1).Draw(t, "first")
			alphabet := alphabetOf(rapid.IntRange(1, y.letters).Draw(t, "alphabet"))
			words, err := Exhaustive(alphabet, y.length)
			if err != nil {
				t.Fatal(err)
			}
			checkAnswer(t, ask(t, tc, task, alphabet, first, s), wrongWords(t, tc, task, collect(words, 64), first), first)
		})
	})
}

// cyclic counts the letters 0, 1, 2 of a word modulo 3, exactly: the labels read a step
// on the sum.
func cyclic(t fataler, n int) (*threshold.Circuit, *ssm.Task) {
	t.Helper()
	b := arith.NewBuilder()
	var terms []arith.Term
	levels := make([]int64, 2*n+1)
	for i := range levels {
		levels[i] = int64(i)
	}
	for at := range n {
		b.At(arith.Origin{Stage: b.Stage("cyclic"), T: int32(at), A: -1, B: -1, J: -1})
		terms = append(terms, arith.Term{Coef: 1, View: arith.View{Node: b.Input(3), Table: b.Table([]int64{0, 1, 2})}})
		sum := b.Step(b.Form(0, terms), b.Table(levels[1:]), b.Table(levels), 0, 2*n)
		var logits, labels []arith.Node
		for k := range 3 {
			is := make([]int64, len(levels))
			for i := range is {
				if i%3 == k {
					is[i] = 1
				}
			}
			f := b.Form(0, []arith.Term{{Coef: 1, View: arith.View{Node: sum, Table: b.Table(is)}}})
			logits, labels = append(logits, f), append(labels, b.Step(f, b.Table([]int64{1}), b.Table([]int64{0, 1}), 0, 1))
		}
		b.Output(logits, labels)
	}
	c, err := b.Finish()
	if err != nil {
		t.Fatal(err)
	}
	return lowered(t, c, 1), &ssm.Task{Name: "Z3", Trans: [][]int{{0, 1, 2}, {1, 2, 0}, {2, 0, 1}}}
}

// TestPlantedFaults: a sound circuit has no wrong word, and with the threshold of one
// gate changed the solver finds a word if there is one, for every gate.
func TestPlantedFaults(t *testing.T) {
	const n = 3
	sound, task := cyclic(t, n)
	words := collect(exhaustive(t, alphabetOf(3), n), 64)
	eachSolver(t, func(t *testing.T, s Solver) {
		checkAnswer(t, ask(t, sound, task, alphabetOf(3), 0, s), nil, 0)
		faults, found := 0, 0
		for bank := range sound.Banks() {
			d := sound.Bank(bank)
			if d.Kind != threshold.Level {
				continue
			}
			for gate := range d.Gates {
				for _, delta := range []int64{-1, 1} {
					damaged, err := oneThreshold(t, sound, bank, gate, delta)
					if err != nil {
						continue // no longer ascending
					}
					faults++
					wrong := wrongWords(t, damaged, task, words, 0)
					checkAnswer(t, ask(t, damaged, task, alphabetOf(3), 0, s), wrong, 0)
					if len(wrong) > 0 {
						found++
					}
				}
			}
		}
		if faults < 15 || found < 10 {
			t.Errorf("%d faults of which %d show: too few to say anything", faults, found)
		}
	})
}

// TestMiterIsTheComparison: the miter's one output is 1 on just the words of the
// alphabet that have a wrong label.
func TestMiterIsTheComparison(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ac, y := drawToy(t)
		tc, task := lowered(t, ac, rapid.IntRange(1, 2).Draw(t, "digits")), y.drawTask()
		first := rapid.IntRange(0, y.length-1).Draw(t, "first")
		alphabet := alphabetOf(rapid.IntRange(1, y.letters).Draw(t, "alphabet"))
		m, err := Miter(tc, task, alphabet, first)
		if err != nil {
			t.Fatal(err)
		}
		words := collect(y.all(), 64)
		shown, _, err := threshold.NewSimulator(m).Run(context.Background(), words)
		if err != nil {
			t.Fatal(err)
		}
		var got, want [][]int
		for i, w := range words {
			if len(shown[i]) != 1 {
				t.Fatal("outputs", shown[i])
			}
			if len(shown[i][0]) == 1 {
				got = append(got, w)
			}
		}
		for _, w := range wrongWords(t, tc, task, words, first) {
			if slices.Max(w) < len(alphabet) {
				want = append(want, w)
			}
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Fatal("wrong words, -want +got:\n" + d)
		}
	})
}

func TestMiterRefuses(t *testing.T) {
	c, task := cyclic(t, 2)
	for _, k := range []struct {
		task     *ssm.Task
		alphabet []int
		first    int
		want     string
	}{
		{nil, []int{0}, 0, "no task: the true labels are unknown"},
		{task, nil, 0, "the alphabet is empty"},
		{&ssm.Task{Name: "odd", Start: 3, Trans: task.Trans}, []int{0}, 0, "task odd starts in state 3, it has 3"},
		{task, []int{3}, 0, "task Z3 does not say what letter 3 does in state 0"},
		{task, []int{0}, 2, "labels from position 2 on, the circuit has 2"},
		{&ssm.Task{Name: "wide", Trans: [][]int{{0, 0, 0, 0}}}, []int{0, 3}, 0, "position 0 reads tokens below 3, the alphabet has 3"},
	} {
		if _, err := Miter(c, k.task, k.alphabet, k.first); err == nil || !strings.Contains(err.Error(), k.want) {
			t.Errorf("error %v, want %q", err, k.want)
		}
	}
}

// program puts a program of that name, a shell script, first in the path.
func program(t *testing.T, name, script string) {
	t.Helper()
	if _, err := os.Stat("/bin/sh"); err != nil {
		t.Skip("needs a POSIX shell (/bin/sh): not installed")
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
}

// TestSolversAreNotTrusted: whatever a program says, no wrong answer comes of it.
func TestSolversAreNotTrusted(t *testing.T) {
	c, task := cyclic(t, 2)
	for _, k := range []struct{ name, script, want string }{
		{"a word that is right", "echo s SATISFIABLE; echo v 1 -2 -3 4 -5 -6 0", "the solver's word 0,0 shows the true labels"},
		{"two tokens", "echo s SATISFIABLE; echo v 1 2 -3 4 -5 -6 0", "the solver gives two tokens at position 0"},
		{"no token", "echo s SATISFIABLE; echo v -1 -2 -3 4 -5 -6 0", "the solver gives no token at position 0"},
		{"too few values", "echo s SATISFIABLE; echo v 1 -2", "values of 2 of the 6 input bits"},
		{"no number", "echo s SATISFIABLE; echo v 1 two", `value "two", expected a variable's number`},
		{"nothing", "echo it went wrong >&2; exit 3", `no answer: status "" (exit status 3) it went wrong`},
		{"no proof", "echo s UNSATISFIABLE; : >proof", "solver cadical: proof: it ends before the empty clause"},
		{"claim only", "echo s UNSATISFIABLE; echo 0 >proof", "solver cadical: proof, line 1: the lemma does not follow"},
		{"proof of something else", "echo s UNSATISFIABLE; printf '1 0\\n0\\n' >proof", "proof, line 1: the lemma does not follow"},
		{"no clause", "echo s UNSATISFIABLE; echo a >proof", `proof, line 1: "a", expected literals and one 0`},
	} {
		t.Run(k.name, func(t *testing.T) {
			program(t, "cadical", k.script)
			a, err := Ask(t.Context(), c, task, alphabetOf(3), 0, Cadical)
			if err == nil || !strings.Contains(err.Error(), k.want) {
				t.Errorf("answer %+v, error %v, want %q", a, err, k.want)
			}
		})
	}
}

// TestUndecided: time and size end a question, and the answer says which.
func TestUndecided(t *testing.T) {
	c, task := cyclic(t, 3)
	program(t, "cadical", "exec sleep 60")
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	a, err := Ask(ctx, c, task, alphabetOf(3), 0, Cadical)
	if err != nil || a.Verdict != Undecided || a.Reason != "the time ran out" {
		t.Errorf("answer %+v, error %v", a, err)
	}
	over, stop := context.WithDeadline(t.Context(), time.Unix(0, 0))
	defer stop()
	if a, err := Ask(over, c, task, alphabetOf(3), 0, Gophersat); err != nil || a.Verdict != Undecided {
		t.Errorf("answer %+v, error %v", a, err)
	}
	small := &limited{limit: 100, ctx: t.Context()}
	err = writeQuestion(small, c, "CNF")
	if a, err := (&Answer{}).undecided(err); err != nil || a.Reason != "the question takes more than 0 MB" {
		t.Errorf("reason %+v, error %v", a, err)
	}
}

func TestSolverNames(t *testing.T) {
	for _, s := range allSolvers {
		if got, err := ParseSolver(string(s)); err != nil || got != s {
			t.Errorf("%s: %v, %v", s, got, err)
		}
	}
	if _, err := ParseSolver("minisat"); err == nil || err.Error() != `unknown solver "minisat", expected one of gophersat, cadical, clasp` {
		t.Errorf("error %v", err)
	}
	t.Setenv("PATH", t.TempDir())
	c, task := cyclic(t, 1)
	_, err := Ask(t.Context(), c, task, alphabetOf(3), 0, Clasp)
	if want := "solver clasp: the program is not installed (Debian package clasp)"; err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}
