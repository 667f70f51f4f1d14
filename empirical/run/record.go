package run

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"tc0/empirical/task"
	"tc0/empirical/train"
)

// A Record is what came of one run: one line of a store, and the record.json beside a
// checkpoint.
type Record struct {
	Digest  string  `json:"digest"` // of Spec
	Spec    Spec    `json:"spec"`   // complete
	Seed    uint64  `json:"seed"`   // that of Spec, for readers of few fields
	Code    string  `json:"code"`   // version of the program
	Machine Machine `json:"machine"`

	// Checkpoint is the digest of what was trained, ssm.Checkpoint.Digest: it ties a circuit
	// that was compiled from the checkpoint to this run. A failed run has none.
	Checkpoint string `json:"checkpoint,omitempty"`

	Reached bool    `json:"reached"` // the accuracy at which training was to end
	Ended   string  `json:"ended"`   // as in train.Result, or [Failed]
	Failure string  `json:"failure,omitempty"`
	Steps   int     `json:"steps"`
	CPU     float64 `json:"cpu_seconds"`

	// TokenAccuracy and SequenceAccuracy are of test words of the task's length.
	TokenAccuracy    float64 `json:"token_accuracy"`
	SequenceAccuracy float64 `json:"sequence_accuracy"`

	Curve  []train.Point `json:"curve"`  // on validation words
	Scores []train.Score `json:"scores"` // of test words, for each of Spec.Lengths, by position
	Split  []task.Split  `json:"split"`  // whether these words were kept out of training, by length
}

// Failed is how a run ended whose loss was not finite. Failure says where.
const Failed = "failed"

// A Machine is where a run took place.
type Machine struct {
	OS     string `json:"os"`
	Arch   string `json:"arch"`
	CPUs   int    `json:"cpus"`
	Go     string `json:"go"`
	Kernel string `json:"kernel"` // the loops of tensor.Kernel, or "pytorch VERSION, DEVICE"
}

// Check says what in a record contradicts the rest of it.
func (r Record) Check() error {
	spec, err := r.Spec.Complete()
	if err != nil {
		return fmt.Errorf("spec: %w", err)
	}
	switch digest := spec.Digest(); {
	case r.Spec.Digest() != digest:
		return errors.New("spec is not complete: sizes of the model are missing")
	case r.Digest != digest:
		return fmt.Errorf("digest %.12s…: that of the spec is %.12s…", r.Digest, digest)
	case r.Seed != spec.Seed:
		return fmt.Errorf("seed %d: that of the spec is %d", r.Seed, spec.Seed)
	case r.Reached != (r.Ended == train.Reached):
		return fmt.Errorf("reached is %v and ended is %q", r.Reached, r.Ended)
	}
	switch r.Ended {
	case train.Reached, train.OutOfSteps, train.OutOfBudget:
		return r.checkScores()
	case Failed:
		if r.Failure == "" || len(r.Scores) > 0 || r.Checkpoint != "" {
			return errors.New("a failed run has a failure, no scores and no checkpoint")
		}
		return nil
	}
	return fmt.Errorf("ended %q: expected %s, %s, %s or %s", r.Ended, train.Reached, train.OutOfSteps, train.OutOfBudget, Failed)
}

func (r Record) checkScores() error {
	if !isDigest(r.Checkpoint) {
		return fmt.Errorf("checkpoint %q: expected a SHA-256 in hexadecimal", r.Checkpoint)
	}
	if len(r.Scores) != len(r.Spec.Lengths) || len(r.Split) != len(r.Spec.Lengths) {
		return fmt.Errorf("%d scores and %d splits for %d lengths", len(r.Scores), len(r.Split), len(r.Spec.Lengths))
	}
	for i, s := range r.Scores {
		n := r.Spec.Lengths[i]
		if r.Spec.Task.BOS {
			n++
		}
		if s.Words != r.Spec.Words || s.Length != n || len(s.Correct) != n || len(s.Scored) != n || s.Sequences < 0 || s.Sequences > s.Words {
			return fmt.Errorf("scores[%d]: expected %d words of %d positions", i, r.Spec.Words, n)
		}
		for t, c := range s.Correct {
			if c < 0 || c > s.Scored[t] || s.Scored[t] > s.Words {
				return fmt.Errorf("scores[%d]: %d of %d right at position %d of %d words", i, c, s.Scored[t], t, s.Words)
			}
		}
	}
	if first := r.Scores[0]; r.TokenAccuracy != first.Token() || r.SequenceAccuracy != first.Sequence() {
		return fmt.Errorf("accuracies %g and %g: the scores say %g and %g", r.TokenAccuracy, r.SequenceAccuracy, first.Token(), first.Sequence())
	}
	return nil
}

func isDigest(text string) bool {
	sum, err := hex.DecodeString(text)
	return err == nil && len(sum) == sha256.Size && hex.EncodeToString(sum) == text
}

// Best is the largest accuracy that an evaluation during training had, of tokens if the goal
// speaks of tokens, else of sequences.
func (r Record) Best(goal train.Until) float64 {
	best := 0.0
	for _, p := range r.Curve {
		if goal.Token > 0 {
			best = max(best, p.Token)
		} else {
			best = max(best, p.Sequence)
		}
	}
	return best
}

// Met reports whether an evaluation during training reached a goal of tokens or of sequences.
func (r Record) Met(goal train.Until) bool { return r.Best(goal) >= max(goal.Token, goal.Sequence) }

// ParseRecord reads one line of a store. A record with keys that are not known here or that
// contradicts itself is an error.
func ParseRecord(line []byte) (Record, error) {
	var r Record
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil {
		return r, err
	}
	if _, err := d.Token(); err != io.EOF {
		return r, errors.New("more than one value on the line")
	}
	return r, r.Check()
}
