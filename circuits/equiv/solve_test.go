package equiv

import (
	"context"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"tc0/circuits/threshold"
	"tc0/theory/ssm"
)

// drawTask is a random automaton over the toy's letters, with as many states as
// classes.
func (y toy) drawTask() *ssm.Task {
	task := &ssm.Task{Name: "random"}
	for range y.classes {
		task.Trans = append(task.Trans, rapid.SliceOfN(rapid.IntRange(0, y.classes-1), y.letters, y.letters).Draw(y.t, "row"))
	}
	return task
}

// wrongWord is the first word, in order, with a wrong label from a position on.
func wrongWord(t fataler, c *threshold.Circuit, task *ssm.Task, words [][]int, first int) []int {
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
				return w
			}
		}
	}
	return nil
}

// TestSolversAgreeWithExhaustion: on random circuits and tasks a solver finds a word
// just when there is one.
func TestScratchPB(t *testing.T) {
	for _, s := range []Solver{Gophersat, Cadical, Clasp} {
		n, bad := 0, 0
		t.Run(string(s), func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				ac, y := drawToy(t)
				tc := lowered(t, ac, rapid.IntRange(1, 2).Draw(t, "digits"))
				task := y.drawTask()
				a, err := Ask(context.Background(), tc, task, alphabetOf(y.letters), 0, s)
				n++
				want := wrongWord(t, tc, task, collect(y.all(), 64), 0)
				if err != nil || (a.Verdict == Fails) != (want != nil) || a.Verdict == Undecided {
					bad++
					if true {
					t.Fatal(a, err, want)
					}
				}
			})
		})
		fmt.Println(s, n, bad)
	}
}
