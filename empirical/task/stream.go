package task

import (
	"fmt"
	"iter"
	"math/rand/v2"

	"tc0/theory/words"
)

// A Stream draws words of one part, with replacement. It is for one goroutine.
type Stream struct {
	data *Data
	part Part
	cuts map[int]cuts // by length
}

// Stream returns a new stream of the words of a part.
func (d *Data) Stream(p Part) *Stream { return &Stream{d, p, map[int]cuts{}} }

// Vocab is that of the data.
func (s *Stream) Vocab() int { return s.data.Vocab() }

// Draw fills tokens and labels, which are as long, with a word that r decides. It has as many
// letters as there is room for, but a word of training may be shorter if the spec says
// so: then tokens 0 without a label follow. A letter is drawn from those that may follow,
// each as likely; a word of another part is drawn again.
func (s *Stream) Draw(r *rand.Rand, tokens, labels []int32) {
	at := min(s.data.prefix(), len(tokens))
	for t := range at {
		tokens[t], labels[t] = int32(s.data.bos()), -1
	}
	tokens, labels = tokens[at:], labels[at:]
	length, any := s.length(r, len(tokens))
	for {
		hash := s.word(r, tokens[:length], labels[:length])
		if any || s.holds(length, hash) {
			break
		}
	}
	for t := length; t < len(tokens); t++ {
		tokens[t], labels[t] = 0, -1
	}
}

// pairsOf is the number of words of training of which one has length 2, with Spec.Pairs.
const pairsOf = 8

// length draws the length of a word for which there is room, and says whether the word may
// be of any part.
func (s *Stream) length(r *rand.Rand, room int) (length int, any bool) {
	if s.part != Train {
		return room, false
	}
	spec := s.data.spec
	if spec.Pairs && (room <= 2 || r.IntN(pairsOf) == 0) {
		return min(2, room), room >= 2
	}
	if spec.Min > 0 && spec.Min < room {
		return spec.Min + r.IntN(room-spec.Min+1), false
	}
	return room, false
}

func (s *Stream) holds(length int, hash uint64) bool {
	c, ok := s.cuts[length]
	if !ok {
		c = s.data.cuts(length)
		s.cuts[length] = c
	}
	return c.shared || c.part(hash) == s.part
}

// word draws letters and returns the word's hash.
func (s *Stream) word(r *rand.Rand, tokens, labels []int32) uint64 {
	m := s.data.machine
	state, hash := m.start, s.data.firstHash()
	for t := range tokens {
		letters := m.mayFollow(state)
		a := letters[r.IntN(len(letters))]
		hash = nextHash(hash, a)
		state = int(m.next[state][a])
		tokens[t], labels[t] = int32(a), m.label[state]
	}
	return hash
}

// Rows are words of so many letters as rows of theory/words, BOS and missing labels (−1)
// included, which the seed decides. They may repeat.
func (s *Stream) Rows(length, count int, seed uint64) iter.Seq[words.Row] {
	return func(yield func(words.Row) bool) {
		r := rand.New(rand.NewPCG(seed, 0))
		n := s.data.Positions(length)
		tokens, labels := make([]int32, n), make([]int32, n)
		row := words.Row{Seed: seed, Input: make([]int, n), Target: make([]int, n)}
		for range count {
			s.Draw(r, tokens, labels)
			for t := range tokens {
				row.Input[t], row.Target[t] = int(tokens[t]), int(labels[t])
			}
			if !yield(row) {
				return
			}
		}
	}
}

// A List draws from rows that were read, each as likely. It does not divide them: read
// one list for each part. Unlike a stream it never changes.
type List struct {
	vocab int
	rows  []words.Row
}

// Read keeps the rows of a reader of theory/words, at most limit, for a model with so many
// tokens.
func Read(rows iter.Seq2[words.Row, error], vocab, limit int) (*List, error) {
	l := &List{vocab: vocab}
	for row, err := range rows {
		if err != nil {
			return nil, err
		}
		if len(l.rows) == limit {
			return nil, fmt.Errorf("more than %d rows: split the file or raise the limit", limit)
		}
		for t, x := range row.Input {
			if y := row.Target[t]; x < 0 || x >= vocab || y >= vocab {
				return nil, fmt.Errorf("row %d, position %d: token %d with label %d, expected both below %d", len(l.rows)+1, t+1, x, y, vocab)
			}
		}
		l.rows = append(l.rows, row.Clone())
	}
	if len(l.rows) == 0 {
		return nil, fmt.Errorf("no rows: expected at least one word")
	}
	return l, nil
}

// Vocab is the number of tokens given to [Read].
func (l *List) Vocab() int { return l.vocab }

// Draw fills tokens and labels with one of the rows. A longer row is cut, which keeps its
// labels true; after a shorter one come tokens 0 without labels.
func (l *List) Draw(r *rand.Rand, tokens, labels []int32) {
	row := l.rows[r.IntN(len(l.rows))]
	for t := range tokens {
		tokens[t], labels[t] = 0, -1
		if t < len(row.Input) {
			tokens[t], labels[t] = int32(row.Input[t]), int32(row.Target[t])
		}
	}
}
