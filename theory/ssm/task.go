package ssm

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Task is the exact task a model was trained on: an automaton that reads tokens,
// whose state after tokens 0..t is the label at position t.
type Task struct {
	Name        string  `json:"name"`
	Kind        string  `json:"kind"`         // "automaton" or "group"
	About       string  `json:"about"`        // a sentence for people
	Trans       [][]int `json:"trans"`        // Trans[state][token] is the next state
	InputTokens []int   `json:"input_tokens"` // the tokens the inputs are drawn from
	Start       int     `json:"start"`        // the state before the first token
	Vocab       int     `json:"vocab"`        // number of tokens
	States      int     `json:"states"`       // number of states
	Elements    [][]int `json:"elements"`     // for groups: what each element stands for, else nil
}

// readTask parses and checks task.json.
func readTask(data []byte) (*Task, error) {
	if _, err := parseObject(data); err != nil {
		return nil, err
	}
	task := &Task{}
	err := json.Unmarshal(data, task)
	if wrong := (*json.UnmarshalTypeError)(nil); errors.As(err, &wrong) {
		return nil, fmt.Errorf("%q holds a %s, expected %s", wrong.Field, wrong.Value, strings.ReplaceAll(wrong.Type.String(), "[]", "list of "))
	}
	if err != nil {
		return nil, err
	}
	return task, task.check()
}

// fits makes sure that a model has a row for every token and a class for every state.
func (t *Task) fits(m *Model) error {
	if t.Vocab > m.Vocab {
		return fmt.Errorf(`"vocab" is %d, expected at most %d (the rows of the embedding)`, t.Vocab, m.Vocab)
	}
	if t.States > m.Vocab {
		return fmt.Errorf(`"states" is %d, expected at most %d (the classes of the head)`, t.States, m.Vocab)
	}
	return nil
}

func (t *Task) check() error {
	if t.States < 1 || t.Vocab < 1 {
		return fmt.Errorf(`"states" is %d and "vocab" is %d, expected both positive`, t.States, t.Vocab)
	}
	if t.Start < 0 || t.Start >= t.States {
		return fmt.Errorf(`"start" is %d, expected 0..%d`, t.Start, t.States-1)
	}
	if len(t.Trans) != t.States {
		return fmt.Errorf(`"trans" has %d rows, expected %d (one for each state)`, len(t.Trans), t.States)
	}
	for state, row := range t.Trans {
		if len(row) != t.Vocab {
			return fmt.Errorf(`"trans"[%d] has %d entries, expected %d (one for each token)`, state, len(row), t.Vocab)
		}
		for token, next := range row {
			if next < 0 || next >= t.States {
				return fmt.Errorf(`"trans"[%d][%d] is %d, expected 0..%d`, state, token, next, t.States-1)
			}
		}
	}
	seen := map[int]bool{}
	for i, token := range t.InputTokens {
		if token < 0 || token >= t.Vocab {
			return fmt.Errorf(`"input_tokens"[%d] is %d, expected 0..%d`, i, token, t.Vocab-1)
		}
		if seen[token] {
			return fmt.Errorf(`"input_tokens"[%d] is %d again, expected each token once`, i, token)
		}
		seen[token] = true
	}
	if len(t.Elements) != 0 && len(t.Elements) != t.States {
		return fmt.Errorf(`"elements" has %d rows, expected %d (one for each state)`, len(t.Elements), t.States)
	}
	return nil
}
