package plot

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"tc0/empirical/model"
	"tc0/empirical/run"
	"tc0/empirical/task"
	"tc0/empirical/train"
)

// testGrid is a small grid like that of the paper's figure.
func testGrid() run.Grid {
	return run.Grid{
		Tasks: []string{"Z60:g4", "A4xZ5:g4", "A5:g4"}, Archs: []string{"rnn", "lstm", "ids4", "transformer", "s4d", "mamba"},
		Lengths: []int{4, 8, 16}, Layers: []int{1, 2, 4}, Seeds: []uint64{1, 2}, Adaptive: true, Retry: 0.7,
		Goals: []train.Until{{Token: 0.9}, {Sequence: 0.9}},
		Words: task.Spec{Seed: 1, DivideFrom: 1000},
		Train: map[string]json.RawMessage{"*": json.RawMessage(`{"budget_seconds": 60}`)},
	}
}

// accuracy is a made-up result of the kind that the theory lets expect: recurrent models
// are right at one layer, others need depth that grows with the length where the group is
// not commutative.
func accuracy(s run.Spec) (token, sequence float64) {
	hard := map[string]float64{"Z60:g4": 0.4, "A4xZ5:g4": 1.1, "A5:g4": 1.6}[s.Task.Name]
	skill := map[string]float64{"rnn": 9, "lstm": 9, "ids4": 9, "transformer": 1.2, "s4d": 1.5, "mamba": 2}[s.Model.Arch]
	need := hard * math.Log2(float64(s.Task.Length)) / skill
	token = min(1, 0.97-0.25*max(0, need-float64(s.Model.Layers))+0.005*float64(s.Seed))
	token = max(token, 0.05)
	return token, math.Pow(token, 2)
}

// result is a record of a run with a curve that rises to these accuracies.
func result(s run.Spec, token, sequence float64) run.Record {
	r := run.Record{
		Digest: s.Digest(), Spec: s, Seed: s.Seed, Ended: train.OutOfBudget, Steps: 1200, CPU: 60, Code: "test",
		Machine: run.Machine{OS: "linux"}, Checkpoint: strings.Repeat("0f", 32),
	}
	if token >= s.Train.Until.Token && sequence >= s.Train.Until.Sequence {
		r.Ended, r.Reached, r.CPU = train.Reached, true, 21
	}
	for i := 1; i <= 12; i++ {
		part := 1 - math.Exp(-float64(i)/3)
		part /= 1 - math.Exp(-4)
		r.Curve = append(r.Curve, train.Point{
			Step: 100 * i, Length: s.Task.Length, Loss: 4.1*(1-part) + 0.1, Token: token * part, Sequence: sequence * part * part,
			CPU: r.CPU * float64(i) / 12,
		})
	}
	for i, n := range s.Lengths {
		positions := n
		if s.Task.BOS {
			positions++
		}
		score := train.Score{Length: positions, Words: s.Words, Sequences: int(sequence * float64(s.Words) / float64(1+3*i))}
		for t := range positions {
			score.Scored = append(score.Scored, s.Words)
			fall := math.Exp(-max(0, float64(t-s.Task.Length)) / float64(s.Task.Length))
			score.Correct = append(score.Correct, int(float64(s.Words)*(token*fall+(1-fall)/60)))
		}
		if s.Task.BOS {
			score.Scored[0], score.Correct[0] = 0, 0
		}
		r.Scores = append(r.Scores, score)
		r.Split = append(r.Split, task.Split{Length: n})
	}
	r.TokenAccuracy, r.SequenceAccuracy = r.Scores[0].Token(), r.Scores[0].Sequence()
	return r
}

// sixRuns is one run of each architecture.
func sixRuns(t testing.TB) []run.Record {
	t.Helper()
	var records []run.Record
	for _, arch := range testGrid().Archs {
		records = append(records, oneRun(t, "A5:g4", arch, 2, 16, 1))
	}
	return records
}

// sweep carries a plan out with made-up results.
func sweep(t testing.TB, p *run.Plan) []run.Record {
	t.Helper()
	var records []run.Record
	for next := p.Next(nil); len(next) > 0; next = p.Next(records) {
		for _, s := range next {
			token, sequence := accuracy(s)
			r := result(s, token, sequence)
			if err := r.Check(); err != nil {
				t.Fatal(err)
			}
			records = append(records, r)
		}
	}
	return records
}

func mustPlan(t testing.TB, g run.Grid) *run.Plan {
	t.Helper()
	p, err := g.Plan()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// oneRun is a complete spec outside of a grid.
func oneRun(t testing.TB, taskName, arch string, layers, length int, seed uint64) run.Record {
	t.Helper()
	s := run.NewSpec(task.Spec{Name: taskName, Length: length}, model.Config{Arch: arch, Layers: layers}, seed)
	s.Train.Budget, s.Train.Until = 60, train.Until{Token: 0.9}
	s, err := s.Complete()
	if err != nil {
		t.Fatal(err)
	}
	token, sequence := accuracy(s)
	return result(s, token, sequence)
}
