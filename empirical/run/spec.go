package run

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"tc0/empirical/model"
	"tc0/empirical/task"
	"tc0/empirical/train"
	"tc0/theory/ssm"
)

// A Spec is everything that decides a run, up to the machine.
type Spec struct {
	Task  task.Spec    `json:"task"`
	Model model.Config `json:"model"` // without Vocab, which the task gives
	Train train.Config `json:"train"` // without Seed, Length and Curriculum: see Seed and Task
	Seed  uint64       `json:"seed"`  // of weights, training words and evaluations

	Lengths []int `json:"lengths"` // of test words, in letters: the task's first, ascending
	Words   int   `json:"words"`   // for each length
}

// NewSpec is a spec with the usual settings: train.Usual, 512 test words of the task's
// length and, unless words come from files, of 2, 4 and 8 times that. It still needs a limit of steps or seconds.
func NewSpec(t task.Spec, m model.Config, seed uint64) Spec {
	s := Spec{Task: t, Model: m, Train: train.Usual(m.Arch, t.Length), Seed: seed, Words: 512}
	s.Train.Seed, s.Train.Length, s.Train.Workers = 0, 0, 0
	longest := 8
	if t.Files != nil {
		longest = 1 // the files need not have longer words
	}
	for times := 1; times <= longest; times *= 2 {
		s.Lengths = append(s.Lengths, times*t.Length)
	}
	return s
}

// Complete fills in the usual sizes of the model and says what does not fit. Specs that
// mean the same have one complete form.
func (s Spec) Complete() (Spec, error) {
	d, err := task.New(s.Task)
	if err != nil {
		return s, err
	}
	switch {
	case s.Model.Vocab != 0:
		return s, fmt.Errorf("model vocab %d: the task gives it: leave it out", s.Model.Vocab)
	case s.Train.Seed != 0 || s.Train.Length != 0 || s.Train.Curriculum:
		return s, fmt.Errorf("train: seed, length or curriculum is set: the spec's seed and task say these: leave them out")
	case s.Words < 1 || s.Words > maxWords:
		return s, fmt.Errorf("words %d: expected 1 to %d", s.Words, maxWords)
	case len(s.Lengths) == 0 || s.Lengths[0] != s.Task.Length:
		return s, fmt.Errorf("lengths %v: expected the task's length, %d, first", s.Lengths, s.Task.Length)
	}
	for i, n := range s.Lengths {
		if n > maxLength || i > 0 && n <= s.Lengths[i-1] {
			return s, fmt.Errorf("lengths %v: expected an ascending list up to %d", s.Lengths, maxLength)
		}
	}
	m := s.Model
	m.Vocab = d.Vocab()
	longest := d.Positions(s.Lengths[len(s.Lengths)-1])
	if m.Arch == ssm.FamilyTransformer && m.MaxLength == 0 {
		m.MaxLength = max(usualRoom, longest)
	}
	if m, err = m.Complete(); err != nil {
		return s, fmt.Errorf("model: %w", err)
	}
	if m.MaxLength > 0 && longest > m.MaxLength {
		return s, fmt.Errorf("lengths %v: the model has positions for %d: test shorter words or raise max_length", s.Lengths, m.MaxLength)
	}
	if err := s.Training(d).Check(); err != nil {
		return s, fmt.Errorf("train: %w", err)
	}
	m.Vocab = 0
	s.Model = m
	return s, nil
}

const (
	usualRoom = 512 // positions of a transformer, if the test words are no longer
	maxWords  = 1 << 24
	maxLength = 1 << 20
)

// Training is the configuration of the trainer, with one thread.
func (s Spec) Training(d *task.Data) train.Config {
	c := s.Train
	c.Seed, c.Length, c.Curriculum, c.Workers = s.Seed, d.Positions(s.Task.Length), s.Task.Curriculum, 1
	return c
}

// Fresh is the task of a complete spec and its model with random weights.
func (s Spec) Fresh() (*task.Data, *model.Model, error) {
	d, err := task.New(s.Task)
	if err != nil {
		return nil, nil, err
	}
	config := s.Model
	config.Vocab = d.Vocab()
	def, err := model.Fresh(config, s.Seed)
	if err != nil {
		return nil, nil, err
	}
	m, err := model.New(def)
	return d, m, err
}

// Digest is the SHA-256 of a complete spec's JSON, in hexadecimal: the name of the run.
func (s Spec) Digest() string {
	text, err := json.Marshal(s)
	if err != nil {
		panic(err) // no number of a complete spec is infinite or NaN
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}
