package compile

import (
	"context"

	"tc0/theory/ssm"
)

// searcher measures argmax agreement of candidate quantisations with the float
// model on held-out words.
type searcher struct {
	ck     *ssm.Checkpoint
	r      Request
	words  [][]int
	labels [][]int // float argmax by word and position
}

// search allocates bits to tensors and then finds the least precision P at which P
// and P+1 both reach the agreement.
func search(ctx context.Context, ck *ssm.Checkpoint, q *Quant, r Request) (*Quant, error) {
	q, err := allocate(ctx, ck, q, r)
	if err != nil {
		return nil, err
	}
	s := &searcher{ck: ck, r: r, words: Words(q.Alphabet, r.EvalWords, r.Length, evalSeed(r.Seed))}
	if err := s.reference(ctx, q.Form); err != nil {
		return nil, err
	}
	bits, err := s.least(ctx, q)
	if err != nil {
		return nil, err
	}
	q.Precision = Precision{Base: bits}
	return q, q.Validate()
}

// reference evaluates the float model.
func (s *searcher) reference(ctx context.Context, form Form) error {
	for _, w := range s.words {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		logits, err := s.ck.Model.Forward(w, floatForm(form), nil)
		if err != nil {
			return err
		}
		vocab := s.ck.Model.Vocab
		row := make([]int, len(w))
		for t := range row {
			row[t] = ssm.Argmax(logits[t*vocab : (t+1)*vocab])
		}
		s.labels = append(s.labels, row)
	}
	return nil
}

// agreement is the fraction of positions at which the quantised label is the
// float label, and the first word where one is not.
func (s *searcher) agreement(ctx context.Context, q *Quant, bits int) (float64, []int, error) {
	m, err := newModel(s.ck, q, bits, s.r.Length)
	if err != nil {
		return 0, nil, err
	}
	results, err := m.EvalAll(ctx, s.words)
	if err != nil {
		return 0, nil, err
	}
	agree, total := 0, 0
	var first []int
	for i, r := range results {
		for t, label := range r.Labels {
			total++
			if label == s.labels[i][t] {
				agree++
			} else if first == nil {
				first = s.words[i]
			}
		}
	}
	return float64(agree) / float64(total), first, nil
}

// least searches the precision upward.
func (s *searcher) least(ctx context.Context, q *Quant) (int, error) {
	best := ErrNoPrecision{Agreement: -1}
	reached := 0 // consecutive precisions that reach the agreement
	for bits := MinBits; bits <= MaxBits; bits++ {
		s.r.Progress("search precision", bits-MinBits, MaxBits-MinBits+1)
		a, word, err := s.agreement(ctx, q, bits)
		if err != nil {
			return 0, err
		}
		if a > best.Agreement {
			best = ErrNoPrecision{bits, a, word}
		}
		if a < s.r.Agreement {
			reached = 0
			continue
		}
		if reached++; reached == 2 {
			return bits - 1, nil
		}
	}
	return 0, &best
}
