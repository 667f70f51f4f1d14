package compile

import (
	"context"
	"slices"

	"tc0/theory/ssm"
)

// searcher measures argmax agreement of candidate quantisations with the float
// model on held-out words.
type searcher struct {
	ck     *ssm.Checkpoint
	r      Request
	words  [][]int
	labels [][]int // float argmax by word and position
	t      *tables
	model  *Model // of the last measurement
}

// search finds the least precision P at which P and P+1 both reach the
// agreement, and then takes bits from single tensors where that saves gates.
func search(ctx context.Context, ck *ssm.Checkpoint, q *Quant, r Request) (*Quant, error) {
	s := &searcher{ck: ck, r: r, t: newTables(), words: Words(q.Alphabet, r.EvalWords, r.Length, evalSeed(r.Seed))}
	if err := s.reference(ctx, q.Form); err != nil {
		return nil, err
	}
	bits, err := s.least(ctx, q)
	if err != nil {
		return nil, err
	}
	q.Precision = Precision{Base: bits}
	return s.allocate(ctx, q)
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
	m, err := newModel(s.ck, q, bits, s.r.Length, s.t)
	if err != nil {
		return 0, nil, err
	}
	s.model = m
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

// allocate lowers tensors by a bit, in the order of the gates that saves, as
// long as the agreement holds with the tensor at one bit less still: the same
// two-step test that the precision itself passed.
func (s *searcher) allocate(ctx context.Context, q *Quant) (*Quant, error) {
	if a, _, err := s.agreement(ctx, q, q.Precision.Base); err != nil || a < s.r.Agreement {
		return q, err
	}
	gates := s.model.gates()
	order := make([]int, 0, len(q.Tensors))
	saving := make([]int64, len(q.Tensors))
	for i := range q.Tensors {
		trial := q.with(i, -1)
		m, err := newModel(s.ck, trial, q.Precision.Base, s.r.Length, s.t)
		if err != nil {
			return nil, err
		}
		// Only tensors whose bit matters are worth a trial on words.
		if saving[i] = gates - m.gates(); saving[i]*allocateWorth > gates {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return int(min(1, max(-1, saving[b]-saving[a]))) })
	for done, i := range order {
		s.r.Progress("allocate bits", done, len(order))
		a, _, err := s.agreement(ctx, q.with(i, -2), q.Precision.Base)
		if err != nil {
			return nil, err
		}
		if a >= s.r.Agreement {
			q = q.with(i, -1)
		}
	}
	// Lowering several tensors at once must hold as well.
	if a, _, err := s.agreement(ctx, q, q.Precision.Base); err != nil || a >= s.r.Agreement {
		return q, err
	}
	return q.uniform(), nil
}

// allocateWorth is the inverse of the least fraction of all gates that a bit of
// a tensor must save.
const allocateWorth = 50

// with is the quantisation with tensor i changed by some bits.
func (q *Quant) with(i, extra int) *Quant {
	c := *q
	c.Tensors = slices.Clone(q.Tensors)
	c.Tensors[i].Extra += extra
	return &c
}

// uniform is the quantisation with no tensor singled out.
func (q *Quant) uniform() *Quant {
	c := *q
	c.Tensors = slices.Clone(q.Tensors)
	for i := range c.Tensors {
		c.Tensors[i].Extra = 0
	}
	return &c
}

// gates is the number of gates at the model's length.
func (m *Model) gates() int64 { return m.program.layout(gateMeasure, 0).base(m.length) }
