package horizon

import (
	"context"
	"encoding/binary"
)

// stepWords is how many pairs of a state and a letter are evaluated together.
const stepWords = 4096

// place is a state of the model, packed, and of the task.
type place struct {
	state string
	truth int
}

// child is a place's successor by one letter. Its state is good until the next step.
type child struct {
	state []byte
	truth int
	label int
}

// key is a state and a true state in one string, the state first.
func (c child) key() string {
	return string(binary.LittleEndian.AppendUint32(c.state[:len(c.state):len(c.state)], uint32(c.truth)))
}

// stepper holds memory that steps use again.
type stepper struct {
	levels   []int // of all words
	words    [][]int
	packed   []byte
	children []child
}

// batch is how many places one step takes.
func (s *search) batch() int { return max(1, s.lim.words/len(s.alphabet)) }

// step follows every letter from places that t letters lead to: the children of the
// first place by letter, then those of the second. Their states are made on demand.
func (s *search) step(ctx context.Context, t int, places []place, states bool) ([]child, error) {
	p := s.m.at(t)
	s.unpack(t, p, places)
	results, err := p.eval.Eval(ctx, s.words)
	if err != nil {
		return nil, err
	}
	s.report.Steps += uint64(len(results))
	s.children, s.packed = s.children[:0], s.packed[:0]
	for i, r := range results {
		truth := s.task.Trans[places[i/len(s.alphabet)].truth][s.alphabet[i%len(s.alphabet)]]
		c := child{truth: truth, label: r.Labels[0]}
		if states {
			c.state = s.pack(p, r.Logits[0])
		}
		s.children = append(s.children, c)
	}
	return s.children, nil
}

// unpack writes the words of a step: the levels of a state, then a letter.
func (s *search) unpack(t int, p *position, places []place) {
	s.levels, s.words = s.levels[:0], s.words[:0]
	for _, place := range places {
		for _, letter := range s.alphabet {
			s.levels = appendLevels(s.levels, s.m.widths(t), place.state)
			s.levels = append(s.levels, letter)
		}
	}
	for length := p.before + 1; len(s.words)*length < len(s.levels); {
		first := len(s.words) * length
		s.words = append(s.words, s.levels[first:first+length])
	}
}

// widths are the bytes of the variables before position t.
func (m *Machine) widths(t int) []int {
	if t == 0 {
		return nil
	}
	return m.at(t - 1).widths
}

func appendLevels(to []int, widths []int, state string) []int {
	for _, w := range widths {
		level := 0
		for i := w - 1; i >= 0; i-- {
			level = level<<8 | int(state[i])
		}
		to, state = append(to, level), state[w:]
	}
	return to
}

// pack appends the levels of a state to the packed states and returns them.
func (s *search) pack(p *position, levels []int64) []byte {
	first := len(s.packed)
	for i, w := range p.widths {
		for level := levels[i]; w > 0; w-- {
			s.packed = append(s.packed, byte(level))
			level >>= 8
		}
	}
	return s.packed[first:len(s.packed):len(s.packed)]
}
