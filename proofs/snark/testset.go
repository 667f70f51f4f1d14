package snark

import (
	"crypto/rand"
	"fmt"
	"io"
	"math/big"
	"slices"
	"strings"
)

// The formats of test sets.
const (
	testSetFormat  = "tc0 test set 1"
	committedStart = "tc0 committed test set "
	committedSet   = committedStart + "1"
)

// A TestSet are words with targets, in chunks each of which is committed to by its hash
// under a salt of its own. It is for the prover; what is public is its [Commitment].
type TestSet struct {
	Format  string   `json:"format"`
	Shape   Shape    `json:"shape"` // of the model
	Chunk   int      `json:"chunk"` // words of a chunk; the last may have fewer
	Words   [][]int  `json:"words"`
	Targets [][]int  `json:"targets"` // by position: a class, or Unscored
	Salts   []string `json:"salts"`   // by chunk: decimal
}

// A Commitment says of a test set how large it is and what its chunks hash to.
type Commitment struct {
	Format    string   `json:"format"`
	Shape     Shape    `json:"shape"`
	Chunk     int      `json:"chunk"`
	Words     int      `json:"words"`     // with a target
	Positions int      `json:"positions"` // with a target
	Hashes    []string `json:"hashes"`    // by chunk
}

// NewTestSet makes a test set with fresh salts.
func NewTestSet(shape Shape, chunk int, words, targets [][]int) (*TestSet, error) {
	t := &TestSet{Format: testSetFormat, Shape: shape, Chunk: chunk, Words: words, Targets: targets}
	if within(chunk, 1, maxChunk) {
		for range (len(words) + chunk - 1) / chunk {
			salt, err := rand.Int(rand.Reader, field())
			if err != nil {
				return nil, err
			}
			t.Salts = append(t.Salts, salt.String())
		}
	}
	return t, t.check()
}

// check refuses what could not be scored.
func (t *TestSet) check() error {
	if !within(t.Chunk, 1, maxChunk) {
		return fmt.Errorf("a test set in chunks of %d words: expected 1 to %d", t.Chunk, maxChunk)
	}
	if err := t.Shape.check(); err != nil {
		return err
	}
	if len(t.Words) == 0 || len(t.Words) != len(t.Targets) || len(t.Salts) != (len(t.Words)+t.Chunk-1)/t.Chunk {
		return fmt.Errorf("a test set of %d words, %d rows of targets and %d salts", len(t.Words), len(t.Targets), len(t.Salts))
	}
	for i, w := range t.Words {
		if len(w) != t.Shape.Length || len(t.Targets[i]) != t.Shape.Positions {
			return fmt.Errorf("word %d has %d tokens and %d targets, the model has %d and %d",
				i+1, len(w), len(t.Targets[i]), t.Shape.Length, t.Shape.Positions)
		}
		if v := slices.IndexFunc(w, func(v int) bool { return v < 0 || v >= t.Shape.Vocabulary }); v >= 0 {
			return fmt.Errorf("word %d has token %d, the model's are 0..%d", i+1, w[v], t.Shape.Vocabulary-1)
		}
		if v := slices.IndexFunc(t.Targets[i], func(v int) bool { return v < Unscored || v >= t.Shape.Classes }); v >= 0 {
			return fmt.Errorf("word %d has target %d, the model's classes are 0..%d", i+1, t.Targets[i][v], t.Shape.Classes-1)
		}
	}
	for _, s := range t.Salts {
		if _, err := decimal(s); err != nil {
			return fmt.Errorf("salt %w", err)
		}
	}
	return nil
}

// Chunks is the number of chunks.
func (t *TestSet) Chunks() int { return len(t.Salts) }

// At is chunk i. A last chunk that is short is filled with words of zeros that do not count.
func (t *TestSet) At(i int) *Chunk {
	salt, _ := new(big.Int).SetString(t.Salts[i], 10) // checked
	to := min((i+1)*t.Chunk, len(t.Words))
	c := &Chunk{slices.Clone(t.Words[i*t.Chunk : to]), slices.Clone(t.Targets[i*t.Chunk : to]), salt}
	for len(c.Words) < t.Chunk {
		c.Words = append(c.Words, make([]int, t.Shape.Length))
		c.Targets = append(c.Targets, slices.Repeat([]int{Unscored}, t.Shape.Positions))
	}
	return c
}

// Commit hashes the chunks.
func (t *TestSet) Commit() (*Commitment, error) {
	c := &Commitment{Format: committedSet, Shape: t.Shape, Chunk: t.Chunk}
	var whole Score
	for _, targets := range t.Targets {
		whole.word(targets, targets)
	}
	c.Words, c.Positions = whole.Words, whole.Positions
	for i := range t.Chunks() {
		h, err := t.At(i).Hash(t.Shape)
		if err != nil {
			return nil, err
		}
		c.Hashes = append(c.Hashes, h)
	}
	return c, nil
}

// Encode is the text of a test set.
func (t *TestSet) Encode() ([]byte, error) { return encode(t) }

// Encode is the text of a commitment.
func (c *Commitment) Encode() ([]byte, error) { return encode(c) }

// ReadTestSet reads what [TestSet.Encode] gives.
func ReadTestSet(r io.Reader) (*TestSet, error) {
	var t TestSet
	if err := readSpelled(r, &t, &t.Format, testSetFormat); err != nil {
		return nil, err
	}
	return &t, t.check()
}

// ReadCommitment reads what [Commitment.Encode] gives.
func ReadCommitment(r io.Reader) (*Commitment, error) {
	var c Commitment
	if err := readSpelled(r, &c, &c.Format, committedSet); err != nil {
		return nil, err
	}
	if !within(c.Chunk, 1, maxChunk) || len(c.Hashes) == 0 || c.Words < 0 || c.Positions < 0 {
		return nil, fmt.Errorf("%d chunks of %d words are no test set", len(c.Hashes), c.Chunk)
	}
	return &c, c.Shape.check()
}

// IsCommitment tells from its first bytes whether a file is a commitment to a test set.
func IsCommitment(start []byte) bool {
	return strings.HasPrefix(string(start), `{"format":"`+committedStart)
}

// Sum verifies the proofs of chunks and adds their scores; proofs[i] is that of chunk i, nil where
// there is none. An error is a [Refusal].
func (c *Commitment) Sum(proofs []*Proof, k *VerifyingKey) (whole Score, err error) {
	if k.Shape != c.Shape || k.Chunk != c.Chunk {
		return whole, refuse("the verifying key is about chunks of %d words and shape %v, the test set has %d and %v", k.Chunk, k.Shape, c.Chunk, c.Shape)
	}
	missing := len(c.Hashes) - len(proofs)
	var model string
	for i, p := range proofs {
		if p == nil {
			missing++
			continue
		}
		if err := Verify(p, k); err != nil {
			return whole, refuse("chunk %d: %v", i, err)
		}
		if p.Statement.Hash != c.Hashes[i] {
			return whole, refuse("chunk %d: the proof is about the chunk with hash %s, the test set has %s", i, p.Statement.Hash, c.Hashes[i])
		}
		if model == "" {
			model = p.Statement.Model
		}
		if p.Statement.Model != model {
			return whole, refuse("chunk %d: the proof is about the weights with commitment %s, others about those with %s", i, p.Statement.Model, model)
		}
		whole = whole.Add(*p.Statement.Score)
	}
	if missing == 0 && (whole.Words != c.Words || whole.Positions != c.Positions) {
		return whole, refuse("the test set claims %d words and %d positions, its chunks have %d and %d", c.Words, c.Positions, whole.Words, whole.Positions)
	}
	return whole, nil
}
