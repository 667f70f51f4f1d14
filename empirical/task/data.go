package task

import (
	"fmt"
	"slices"

	"tc0/theory/language"
	"tc0/theory/ssm"
	"tc0/theory/words"
)

// A Spec is all choices about the words of a task.
type Spec struct {
	Name string `json:"name"` // the task and its alphabet

	Length int `json:"length"`        // letters of a word
	Min    int `json:"min,omitempty"` // of the shortest word of training; 0: all have Length letters
	// Pairs makes one in 8 words of training a word of length 2, any of them: words of that
	// length are then not kept out.
	Pairs bool `json:"pairs,omitempty"`
	// BOS puts a token before the first letter, with the number after all others. Its
	// position has no label: predicting it is no achievement.
	BOS bool `json:"bos,omitempty"`
	// Curriculum says that training starts with short words and makes them longer. It is
	// what trains that does it.
	Curriculum bool `json:"curriculum,omitempty"`

	// DivideFrom is the number of words that a length must have for some to be kept out [10],
	// at most 65536. Where there are few, nobody can infer the label of a word from others.
	DivideFrom uint64 `json:"divide_from,omitempty"`
	Seed       uint64 `json:"seed"` // of what is kept out; not of what is drawn

	Files *Files `json:"files,omitempty"` // instead of random words
}

// Data are the words of a spec. They never change and may be used by many goroutines.
type Data struct {
	spec    Spec
	machine *machine
}

// New makes the data of a spec.
func New(s Spec) (*Data, error) {
	switch {
	case s.Length < 1 || s.Length > words.MaxLength:
		return nil, fmt.Errorf("length %d: expected 1 to %d", s.Length, words.MaxLength)
	case s.Min < 0 || s.Min > s.Length:
		return nil, fmt.Errorf("min %d: expected 1 to the length, %d, or 0", s.Min, s.Length)
	case s.DivideFrom != 0 && (s.DivideFrom < fewest || s.DivideFrom > counted):
		return nil, fmt.Errorf("divide_from %d: expected %d to %d, or 0 for %d", s.DivideFrom, fewest, counted, fewest)
	}
	m, err := named(s.Name)
	if err == nil {
		err = s.checkFiles()
	}
	if err != nil {
		return nil, fmt.Errorf("task %q: %w", s.Name, err)
	}
	return &Data{s, m}, nil
}

// Spec is what was given to [New].
func (d *Data) Spec() Spec { return d.spec }

// About says what the labels are.
func (d *Data) About() string { return d.machine.about }

// Vocab is the number of tokens or that of labels, whichever is larger: the vocabulary that
// a model needs.
func (d *Data) Vocab() int { return max(d.bos()+d.prefix(), d.machine.classes) }

// Classes is the number of labels.
func (d *Data) Classes() int { return d.machine.classes }

// Letters are the tokens that words are made of, ascending.
func (d *Data) Letters() []int { return slices.Clone(d.machine.letters) }

// Token names a token.
func (d *Data) Token(token int) string {
	if token == d.bos() && d.spec.BOS {
		return "BOS"
	}
	return d.machine.tokens[token]
}

// divideFrom is the number of words of a length that are divided.
func (d *Data) divideFrom() uint64 { return max(fewest, d.spec.DivideFrom) }

// Positions is the number of tokens of a word of so many letters: one more with BOS.
func (d *Data) Positions(length int) int { return length + d.prefix() }

func (d *Data) bos() int { return len(d.machine.tokens) }

// prefix is the number of tokens before the first letter.
func (d *Data) prefix() int {
	if d.spec.BOS {
		return 1
	}
	return 0
}

// Automaton is the task as a Moore machine over the letters that words are made of; the output
// −1 is that of a position without a label.
func (d *Data) Automaton() (*language.DFA, error) {
	m := d.machine
	names := make([]string, len(m.letters))
	for i, a := range m.letters {
		names[i] = m.tokens[a]
	}
	next, output := make([][]int, len(m.next)), make([]int, len(m.next))
	for q, row := range m.next {
		output[q] = int(m.label[q])
		for _, a := range m.letters {
			next[q] = append(next[q], int(row[a]))
		}
	}
	return language.NewDFA(names, m.start, next, output)
}

// File is the task as the task.json of a checkpoint, where the label is the state of an
// automaton. It is an error if several states of the smallest automaton have one label, or
// a state has none: that file cannot say so.
func (d *Data) File() (*ssm.Task, error) {
	m := d.machine
	for q, l := range m.label {
		if int(l) != q {
			return nil, fmt.Errorf("task %q: its labels are not the states of its automaton (%d states, %d labels), "+
				"which task.json cannot say: write the checkpoint without it", d.spec.Name, len(m.next), m.classes)
		}
	}
	t := &ssm.Task{
		Name: d.spec.Name, Kind: "automaton", About: m.about,
		InputTokens: d.Letters(), Start: m.start, Vocab: len(m.tokens), States: len(m.next), Elements: m.elements,
	}
	if m.elements != nil {
		t.Kind = "group"
	}
	for q, row := range m.next {
		to := make([]int, 0, len(row)+1)
		for _, p := range row {
			to = append(to, int(p))
		}
		if d.spec.BOS {
			to = append(to, q)
		}
		t.Trans = append(t.Trans, to)
	}
	t.Vocab += d.prefix()
	return t, nil
}
