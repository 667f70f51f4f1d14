package snark

import (
	"errors"
	"fmt"
	"math/big"
	"slices"

	"github.com/consensys/gnark/frontend"
)

// Unscored is the target of a position that does not count.
const Unscored = -1

// Score is how many labels of a chunk are right. A word counts if any of its positions
// does, and is right if all these are.
type Score struct {
	Words          int `json:"words"`
	RightWords     int `json:"right_words"`
	Positions      int `json:"positions"`
	RightPositions int `json:"right_positions"`
}

// scoreInputs are the public inputs of a score.
const scoreInputs = 4

// Add is the score of both chunks.
func (s Score) Add(t Score) Score {
	return Score{s.Words + t.Words, s.RightWords + t.RightWords, s.Positions + t.Positions, s.RightPositions + t.RightPositions}
}

// word adds a word's labels.
func (s *Score) word(labels, targets []int) {
	scored, right := 0, 0
	for t, want := range targets {
		if want != Unscored {
			scored++
			right += int(b2i(labels[t] == want))
		}
	}
	s.Positions, s.RightPositions = s.Positions+scored, s.RightPositions+right
	s.Words += int(b2i(scored > 0))
	s.RightWords += int(b2i(scored > 0 && right == scored))
}

func (s *Score) inputs(o Options, shape Shape) ([]*big.Int, error) {
	var out []*big.Int
	for _, n := range []struct{ n, most int }{
		{s.Words, o.Chunk}, {s.RightWords, s.Words}, {s.Positions, o.Chunk * shape.Positions}, {s.RightPositions, s.Positions},
	} {
		if n.n < 0 || n.n > n.most {
			return nil, fmt.Errorf("score %+v: is not one of %d words", *s, o.Chunk)
		}
		out = append(out, big.NewInt(int64(n.n)))
	}
	return out, nil
}

// constrainScore is the score of labels, in the order of its inputs. The target of a position
// that does not count is the number of classes, which no label is.
func constrainScore(api frontend.API, labels, targets []frontend.Variable, s Shape) []frontend.Variable {
	counted := make([][]frontend.Variable, scoreInputs)
	count := func(i int, v frontend.Variable) { counted[i] = append(counted[i], v) }
	for len(labels) > 0 {
		var scored, missed []frontend.Variable
		for t := range s.Positions {
			right := api.IsZero(api.Sub(labels[t], targets[t]))
			counts := api.Sub(1, api.IsZero(api.Sub(targets[t], s.Classes)))
			scored, missed = append(scored, counts), append(missed, api.Sub(counts, right))
			count(2, counts)
			count(3, right)
		}
		some := api.Sub(1, api.IsZero(add(api, scored)))
		count(0, some)
		count(1, api.Mul(some, api.IsZero(add(api, missed))))
		labels, targets = labels[s.Positions:], targets[s.Positions:]
	}
	var out []frontend.Variable
	for _, terms := range counted {
		out = append(out, sum(api, terms))
	}
	return out
}

// Chunk are the words of one proof of a score, with a target for every position of each.
type Chunk struct {
	Words   [][]int
	Targets [][]int // classes, or Unscored
	Salt    *big.Int
}

// coded are the targets as symbols: Unscored as the number of classes.
func (c *Chunk) coded(s Shape) []int {
	targets := slices.Concat(c.Targets...)
	for i, t := range targets {
		if t == Unscored {
			targets[i] = s.Classes
		}
	}
	return targets
}

// Hash is the hash of the chunk under its salt: see [HashWord]; targets follow the words.
func (c *Chunk) Hash(s Shape) (string, error) {
	o := Options{Chunk: len(c.Words)}
	parts, err := s.tokens(o).pack(slices.Concat(c.Words...))
	if err != nil {
		return "", fmt.Errorf("tokens: %w", err)
	}
	targets, err := s.targets(o).pack(c.coded(s))
	if err != nil {
		return "", fmt.Errorf("targets: %w", err)
	}
	return hash(c.Salt, append(parts, targets...))
}

// AssignChunk evaluates the circuit on the words of a chunk and scores the labels.
func (s *System) AssignChunk(c *Chunk) (*Assignment, error) {
	if s.Options.Chunk == 0 {
		return nil, errors.New("the constraint system is about one word, not about chunks of a test set")
	}
	if len(c.Words) != s.Options.Chunk || len(c.Targets) != s.Options.Chunk {
		return nil, fmt.Errorf("a chunk of %d words and %d rows of targets, the constraint system wants %d", len(c.Words), len(c.Targets), s.Options.Chunk)
	}
	a := &Assignment{Salt: c.Salt, Statement: Statement{Score: &Score{}}}
	shape := s.lowering.shape()
	labels, advice, err := s.lowering.solve(c.Words, s.model)
	if err != nil {
		return nil, err
	}
	for i, targets := range c.Targets {
		if len(targets) != shape.Positions {
			return nil, fmt.Errorf("word %d has %d targets, expected %d", i, len(targets), shape.Positions)
		}
		a.Statement.Score.word(labels[i], targets)
	}
	if a.Statement.Hash, err = c.Hash(shape); err != nil {
		return nil, err
	}
	return a, s.complete(a, c.coded(shape), advice)
}
