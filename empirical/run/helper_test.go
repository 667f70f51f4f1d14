package run

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tc0/empirical/model"
	"tc0/empirical/task"
	"tc0/empirical/train"
)

// helperFile, when set, makes the test binary append records to this store. helperSeeds are
// the first seed and the number of records.
const helperFile, helperSeeds = "TC0_TEST_STORE", "TC0_TEST_SEEDS"

func TestMain(m *testing.M) {
	if path := os.Getenv(helperFile); path != "" {
		if err := helper(path, os.Getenv(helperSeeds)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// helper appends records and says on standard output which ones are safe.
func helper(path, seeds string) error {
	var first, count uint64
	if _, err := fmt.Sscan(seeds, &first, &count); err != nil {
		return err
	}
	s, err := Open(path)
	if err != nil {
		return err
	}
	defer s.Close()
	for seed := first; seed < first+count; seed++ {
		r := record(seedSpec(seed), 0.5, 0.5)
		r.Code = strings.Repeat("x", 1<<15)
		err := s.Append(r)
		if errors.Is(err, ErrKnown) {
			continue
		}
		if err != nil {
			return err
		}
		fmt.Println(r.Digest)
	}
	return nil
}

// seedSpec is a small complete spec.
func seedSpec(seed uint64) Spec {
	s := NewSpec(task.Spec{Name: "parity_check", Length: 3}, model.Config{Arch: "rnn"}, seed)
	s.Train.Steps, s.Words, s.Lengths = 10, 4, []int{3}
	s, err := s.Complete()
	if err != nil {
		panic(err)
	}
	return s
}

// record is one of a run with an evaluation of these accuracies.
func record(s Spec, token, sequence float64) Record {
	r := Record{
		Digest: s.Digest(), Spec: s, Seed: s.Seed, Ended: train.OutOfSteps, Steps: 10,
		Curve:      []train.Point{{Step: 10, Token: token, Sequence: sequence}},
		Checkpoint: strings.Repeat("0f", 32),
	}
	if token >= s.Train.Until.Token && sequence >= s.Train.Until.Sequence {
		r.Ended, r.Reached = train.Reached, true
	}
	for _, n := range s.Lengths {
		score := train.Score{Length: n, Words: s.Words, Correct: make([]int, n), Scored: make([]int, n), Sequences: s.Words / 2}
		for t := range n {
			score.Correct[t], score.Scored[t] = s.Words/2, s.Words
		}
		r.Scores = append(r.Scores, score)
		r.Split = append(r.Split, task.Split{Length: n})
	}
	r.TokenAccuracy, r.SequenceAccuracy = r.Scores[0].Token(), r.Scores[0].Sequence()
	return r
}

func mustOpen(t testing.TB, path string) *Store {
	t.Helper()
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func newPath(t testing.TB) string { return filepath.Join(t.TempDir(), "runs.jsonl") }

func mustRecords(t testing.TB, s *Store) []Record {
	t.Helper()
	records, err := s.Records()
	if err != nil {
		t.Fatal(err)
	}
	return records
}
