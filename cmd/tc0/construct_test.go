package main

import (
	"context"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tc0/circuits/check"
	"tc0/theory/construct"
	"tc0/theory/ssm"
)

// parity is a right model of the word problem of Z2.
func parity(t *testing.T) *ssm.Checkpoint {
	t.Helper()
	task, err := problem{name: "Z2", listed: true}.task()
	if err != nil {
		t.Fatal(err)
	}
	m, err := construct.New(letterColumns(task), task.Start)
	if err != nil {
		t.Fatal(err)
	}
	model, err := construct.Build(construct.IDS4, m)
	if err != nil {
		t.Fatal(err)
	}
	return &ssm.Checkpoint{Model: model, Task: task}
}

// TestTrack checks that the first wrong position of a word is found, whatever is wrong.
func TestTrack(t *testing.T) {
	for _, c := range []struct {
		name   string
		damage func(m *ssm.Model)
		margin float64
		want   *mistakeJSON
	}{
		{"right", func(*ssm.Model) {}, 1, nil},
		{"larger weights", func(m *ssm.Model) {
			for i := range m.Head.Weight {
				m.Head.Weight[i] *= 2
			}
			for i := range m.Head.Bias {
				m.Head.Bias[i] *= 2
			}
		}, 2, nil},
		{"one label is always higher", func(m *ssm.Model) { m.Head.Bias[0] += 5 }, 0,
			&mistakeJSON{Length: 4, Position: 1, Word: []int{0, 1}, Expected: 1, Label: 0}},
		{"a tie", func(m *ssm.Model) { m.Head.Bias[1]++ }, 0,
			&mistakeJSON{Length: 4, Position: 0, Word: []int{0}, Expected: 0, Label: 1}},
		{"no number", func(m *ssm.Model) { m.Head.Bias[1] = math.NaN() }, 0,
			&mistakeJSON{Length: 4, Position: 0, Word: []int{0}, Expected: 0, Label: 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			ck := parity(t)
			c.damage(ck.Model)
			margin, got, err := track(t.Context(), ck, []int{0, 1, 1, 0})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" || margin != c.margin {
				t.Errorf("margin %v, expected %v; -want +got:\n%s", margin, c.margin, diff)
			}
		})
	}
}

// TestTry checks the verdict on sampled words, and what is printed of a wrong model.
func TestTry(t *testing.T) {
	a := &app{meter: newMeter(&strings.Builder{})}
	ck := parity(t)
	right := &constructJSON{Seed: 1}
	if err := a.try(t.Context(), right, ck, []int{3, 5}, 2); err != nil {
		t.Fatal(err)
	}
	want := []trialJSON{{Length: 3, Words: 2, Margin: 1}, {Length: 5, Words: 2, Margin: 1}}
	if diff := cmp.Diff(want, right.Trials); diff != "" || right.Verdict != check.Holds || right.Witness != nil {
		t.Errorf("%v, witness %v; -want +got:\n%s", right.Verdict, right.Witness, diff)
	}

	ck.Model.Head.Bias[0] += 5
	wrong := &constructJSON{Subject: "Z2", Factors: []int{2}, Seed: 1}
	if err := a.try(t.Context(), wrong, ck, []int{3, 50}, 10); err != nil {
		t.Fatal(err)
	}
	if wrong.Verdict != check.Fails || wrong.Witness == nil {
		t.Fatalf("%v, witness %v: expected a failure", wrong.Verdict, wrong.Witness)
	}
	var text strings.Builder
	if err := wrong.print(&text); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"wrong at position ", "label 0 is no lower than the right one, 1\n", "verdict: fails (sampled)\n"} {
		if !strings.Contains(text.String(), line) {
			t.Errorf("%q is not in:\n%s", line, text.String())
		}
	}

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := a.try(ctx, &constructJSON{}, ck, []int{3}, 1); err == nil {
		t.Error("went on after an interrupt")
	}
}

// TestLastingLetters: expressions are malformed for good after two operators, which words
// of lasting letters never are.
func TestLastingLetters(t *testing.T) {
	p, err := taskProblem("modular_arithmetic")
	if err != nil {
		t.Fatal(err)
	}
	task, err := p.task()
	if err != nil {
		t.Fatal(err)
	}
	lasting := lastingLetters(task)
	word := drawWord(task, rand.New(rand.NewPCG(1, 1)), 1000, func(state int) []int { return lasting[state] })
	seen := map[int]bool{}
	for i, state := 0, task.Start; i < len(word); i++ {
		state = task.Trans[state][word[i]]
		seen[state] = true
	}
	if len(seen) < task.States-1 {
		t.Errorf("%d of %d states seen, expected all but the malformed one", len(seen), task.States)
	}
}

// TestTaskFiles compares tables with those of the shipped checkpoints, which come from the
// word-problem experiments.
func TestTaskFiles(t *testing.T) {
	for _, c := range []struct{ name, dir string }{
		{"A5:g2", "ids4-a5-g2"}, {"S5:g2", "lstm-s5-g2"}, {"A4:g3", "mamba-a4-g3"}, {"S3:g2", "mamba-s3-g2"},
		{"S3", "rnn-s3"}, {"Z5", "s4d-z5"}, {"Z2", "mamba-parity"},
	} {
		ck, err := ssm.Load("../../theory/ssm/testdata/" + c.dir)
		if err != nil {
			t.Fatal(err)
		}
		got, err := problem{name: c.name, listed: true}.task()
		if err != nil {
			t.Fatal(err)
		}
		want := *ck.Task
		want.About, got.About = "", ""
		if diff := cmp.Diff(&want, got); diff != "" {
			t.Errorf("%s, -shipped +made:\n%s", c.name, diff)
		}
	}
}
