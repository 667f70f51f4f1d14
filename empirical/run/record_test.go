package run

import (
	"strings"
	"testing"

	"tc0/empirical/train"
)

func TestRecord_Check(t *testing.T) {
	failed := func(r *Record) {
		*r = Record{Digest: r.Digest, Spec: r.Spec, Seed: r.Seed, Ended: Failed, Failure: "step 3"}
	}
	for _, c := range []struct {
		about  string
		change func(*Record)
		want   string // "" for none
	}{
		{"as it is", func(*Record) {}, ""},
		{"every word is right", func(r *Record) {
			s := &r.Scores[0]
			s.Sequences = s.Words
			for t := range s.Correct {
				s.Correct[t] = s.Scored[t]
			}
			r.TokenAccuracy, r.SequenceAccuracy = 1, 1
		}, ""},
		{"failed", failed, ""},
		{"failed without a reason", func(r *Record) { failed(r); r.Failure = "" }, "a failed run has a failure"},
		{"failed with scores", func(r *Record) { s := r.Scores[:1]; failed(r); r.Scores = s }, "no scores"},
		{"failed with a checkpoint", func(r *Record) { c := r.Checkpoint; failed(r); r.Checkpoint = c }, "no checkpoint"},
		{"no checkpoint", func(r *Record) { r.Checkpoint = "" }, `checkpoint "": expected a SHA-256`},
		{"a checkpoint in capitals", func(r *Record) { r.Checkpoint = strings.ToUpper(r.Checkpoint) }, "expected a SHA-256"},
		{"a spec that is not complete", func(r *Record) { r.Spec.Model.Width = 0 }, "sizes of the model are missing"},
		{"another spec", func(r *Record) { r.Spec.Words++ }, "that of the spec is"},
		{"another seed", func(r *Record) { r.Seed++ }, "seed"},
		{"reached without", func(r *Record) { r.Reached = true }, "reached is true"},
		{"another end", func(r *Record) { r.Ended = "boredom" }, `ended "boredom"`},
		{"a score too few", func(r *Record) { r.Scores = nil }, "0 scores"},
		{"a split too few", func(r *Record) { r.Split = nil }, "0 splits"},
		{"other words", func(r *Record) { r.Scores[0].Words++ }, "scores[0]: expected 4 words of 3 positions"},
		{"a position too few", func(r *Record) { r.Scores[0].Correct = r.Scores[0].Correct[1:] }, "scores[0]"},
		{"more words right than there are", func(r *Record) { r.Scores[0].Sequences = 5 }, "scores[0]"},
		{"fewer words right than none", func(r *Record) { r.Scores[0].Sequences = -1 }, "scores[0]"},
		{"more right than scored", func(r *Record) { r.Scores[0].Correct[1] = 5 }, "5 of 4 right at position 1"},
		{"fewer right than none", func(r *Record) { r.Scores[0].Correct[1] = -1 }, "-1 of 4 right"},
		{"more scored than words", func(r *Record) { r.Scores[0].Scored[2] = 5 }, "right at position 2"},
		{"another accuracy of tokens", func(r *Record) { r.TokenAccuracy += 0.1 }, "the scores say"},
		{"another accuracy of words", func(r *Record) { r.SequenceAccuracy = 1 }, "the scores say"},
	} {
		r := record(seedSpec(1), 0.5, 0.5)
		c.change(&r)
		err := r.Check()
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: error %v, expected %q", c.about, err, c.want)
		}
	}
}

func TestRecord_Met(t *testing.T) {
	r := record(seedSpec(1), 0.5, 0.5)
	r.Curve = []train.Point{{Token: 0.7, Sequence: 0.2}, {Token: 0.9, Sequence: 0.4}, {Token: 0.8, Sequence: 0.6}}
	for _, c := range []struct {
		goal train.Until
		want bool
	}{
		{train.Until{Token: 0.9}, true}, {train.Until{Token: 0.91}, false},
		{train.Until{Sequence: 0.6}, true}, {train.Until{Sequence: 0.7}, false},
	} {
		if got := r.Met(c.goal); got != c.want {
			t.Errorf("%v: %v, expected %v", c.goal, got, c.want)
		}
	}
}
