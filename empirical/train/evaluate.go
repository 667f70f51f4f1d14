package train

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"time"

	"tc0/empirical/model"
	"tc0/empirical/tensor"
)

// A Score counts what a model got right on words of one length.
type Score struct {
	Length    int   `json:"length"`
	Words     int   `json:"words"`
	Correct   []int `json:"correct"`   // by position: words whose label there was predicted
	Scored    []int `json:"scored"`    // by position: words that have a label there
	Sequences int   `json:"sequences"` // words right at every position that has a label
}

// Token is the part of all labels that were predicted, 0 if there are none.
func (s Score) Token() float64 { return ratio(total(s.Correct), total(s.Scored)) }

// Sequence is the part of all words that are right everywhere.
func (s Score) Sequence() float64 { return ratio(s.Sequences, s.Words) }

// Position is the part of the labels at position t that were predicted.
func (s Score) Position(t int) float64 { return ratio(s.Correct[t], s.Scored[t]) }

func ratio(part, all int) float64 {
	if all == 0 {
		return 0
	}
	return float64(part) / float64(all)
}

func total(counts []int) int {
	sum := 0
	for _, n := range counts {
		sum += n
	}
	return sum
}

// Evaluate scores a model on words of a length that the seed decides. The words are
// independent draws of the source: for a small problem they may repeat, and repeat what
// a training on the same source saw.
func Evaluate(m *model.Model, source Source, length, count int, seed uint64, workers int) (Score, error) {
	if err := fits(m, source, length); err != nil {
		return Score{}, err
	}
	score, _ := newScorer(m, max(1, workers)).evaluate(source, length, max(0, count), evalRand(seed))
	return score, nil
}

// fits says why words of a source are not for a model.
func fits(m *model.Model, source Source, length int) error {
	switch {
	case source.Vocab() > m.Vocab():
		return fmt.Errorf("the source has %d tokens and the model %d: make a model with a vocabulary of %d", source.Vocab(), m.Vocab(), source.Vocab())
	case length < 1:
		return fmt.Errorf("length %d: expected at least 1", length)
	case m.MaxLength() > 0 && length > m.MaxLength():
		return fmt.Errorf("length %d: the model has positions for %d", length, m.MaxLength())
	}
	return nil
}

// A scorer evaluates with several workers.
type scorer struct {
	m     *model.Model
	tapes []*tensor.Tape
}

func newScorer(m *model.Model, workers int) *scorer {
	s := &scorer{m: m}
	for range workers {
		s.tapes = append(s.tapes, &tensor.Tape{})
	}
	return s
}

// evalMicro is how many words are evaluated at once, or fewer if they are long.
const evalMicro, evalPositions = 64, 2048

// evaluate scores count words drawn from r and says how much processor time it took.
func (s *scorer) evaluate(source Source, length, count int, r *rand.Rand) (Score, time.Duration) {
	sum := Score{Length: length, Words: count, Correct: make([]int, length), Scored: make([]int, length)}
	size := min(evalMicro, max(1, evalPositions/length))
	var mutex sync.Mutex
	var spent time.Duration
	for done := 0; done < count; {
		var group sync.WaitGroup
		for _, tape := range s.tapes {
			n := min(size, count-done)
			if n == 0 {
				break
			}
			done += n
			b := newBatch(s.m, n, length)
			b.draw(source, r)
			group.Go(func() {
				runtime.LockOSThread()
				defer runtime.UnlockOSThread()
				started := threadTime()
				tape.Reset(nil)
				part := b.score(s.m.Logits(tape, b.tokens, length))
				mutex.Lock()
				defer mutex.Unlock()
				sum.add(part)
				spent += threadTime() - started
			})
		}
		group.Wait()
	}
	return sum, spent
}

// add counts another score of the same length in, without its number of words.
func (s *Score) add(part Score) {
	for t := range s.Correct {
		s.Correct[t] += part.Correct[t]
		s.Scored[t] += part.Scored[t]
	}
	s.Sequences += part.Sequences
}

// A batch is words of one length as a model takes them.
type batch struct {
	m              *model.Model
	words, length  int
	tokens, labels []int32 // by the model's rows
	word, label    []int32 // one word
}

func newBatch(m *model.Model, words, length int) *batch {
	n := words * length
	return &batch{m, words, length, make([]int32, n), make([]int32, n), make([]int32, length), make([]int32, length)}
}

// draw fills the batch and returns the number of labels.
func (b *batch) draw(source Source, r *rand.Rand) int {
	scored := 0
	for i := range b.words {
		source.Draw(r, b.word, b.label)
		for t := range b.word {
			row := b.m.Row(i, t, b.words, b.length)
			b.tokens[row], b.labels[row] = b.word[t], b.label[t]
			if b.label[t] >= 0 {
				scored++
			}
		}
	}
	return scored
}

// score compares logits with the labels.
func (b *batch) score(logits *tensor.Tensor) Score {
	s := Score{Length: b.length, Words: b.words, Correct: make([]int, b.length), Scored: make([]int, b.length)}
	for i := range b.words {
		right := true
		for t := range b.length {
			row := b.m.Row(i, t, b.words, b.length)
			label := b.labels[row]
			if label < 0 {
				continue
			}
			s.Scored[t]++
			if tensor.Argmax(logits.Row(row)) == int(label) {
				s.Correct[t]++
			} else {
				right = false
			}
		}
		if right {
			s.Sequences++
		}
	}
	return s
}
