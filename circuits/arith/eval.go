package arith

import (
	"context"
	"fmt"
	"runtime"
	"sync"
)

// lanes is how many words one pass over the circuit evaluates together.
const lanes = 64

// Result holds the outputs of one word, position by position.
type Result struct {
	Logits [][]int64
	Labels []int // the class whose label bit is 1; -1 unless it is exactly one
}

// Eval evaluates words of tokens; every word must have one token per input.
// Words are shared out over the processors. The error names the first bad word.
func (e *Evaluator) Eval(ctx context.Context, words [][]int) ([]Result, error) {
	for i, w := range words {
		if err := e.checkWord(w); err != nil {
			return nil, fmt.Errorf("word %d: %w", i, err)
		}
	}
	results := make([]Result, len(words))
	chunks := (len(words) + lanes - 1) / lanes
	var next sync.Mutex
	chunk := 0
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), chunks) {
		wg.Go(func() {
			s := e.newState()
			for ctx.Err() == nil {
				next.Lock()
				i := chunk
				chunk++
				next.Unlock()
				if i >= chunks {
					return
				}
				lo, hi := i*lanes, min((i+1)*lanes, len(words))
				s.run(words[lo:hi])
				for k := range words[lo:hi] {
					results[lo+k] = s.result(k)
				}
			}
		})
	}
	wg.Wait()
	return results, ctx.Err()
}

// Trace evaluates one word and returns every node's natural value and every
// variable's level (0 for forms and products); e must come from [NewTracer].
func (e *Evaluator) Trace(word []int) (values []int64, levels []int32, err error) {
	if err := e.checkWord(word); err != nil {
		return nil, nil, err
	}
	s := e.newState()
	s.run([][]int{word})
	values, levels = make([]int64, len(e.c.nodes)), make([]int32, len(e.c.nodes))
	for i := range values {
		d := &e.c.nodes[i]
		if v := e.value[i]; v >= 0 {
			values[i] = s.slots[int(v)*lanes]
		}
		switch d.kind {
		case Input:
			levels[i] = int32(s.slots[int(e.level[i])*lanes])
			values[i] = int64(levels[i])
		case Step:
			form := s.slots[int(e.value[e.c.terms[d.first].Node])*lanes]
			levels[i] = int32(e.stepLevel(d, form))
		}
	}
	return values, levels, nil
}

func (e *Evaluator) checkWord(w []int) error {
	if len(w) != len(e.c.inputs) {
		return fmt.Errorf("%d tokens, the circuit has %d inputs", len(w), len(e.c.inputs))
	}
	for t, tok := range w {
		if tok < 0 || tok >= e.c.Levels(e.c.inputs[t]) {
			return fmt.Errorf("token %d at position %d is outside 0..%d", tok, t, e.c.Levels(e.c.inputs[t])-1)
		}
	}
	return nil
}

// stepLevel is a step's level at a value of its form.
func (e *Evaluator) stepLevel(d *node, form int64) int {
	return max(0, min(int(d.levels), e.indexes[d.th].Level(form)-int(d.off)))
}

// state is the memory of one pass.
type state struct {
	e     *Evaluator
	slots []int64
	form  [lanes]int64 // of the step under way
	level [lanes]int64
	part  [lanes]int64 // of the product under way
}

func (e *Evaluator) newState() *state {
	return &state{e: e, slots: make([]int64, e.slots*lanes)}
}

func (s *state) slot(i int32) *[lanes]int64 {
	return (*[lanes]int64)(s.slots[int(i)*lanes:])
}

// run evaluates up to [lanes] words.
func (s *state) run(words [][]int) {
	for i := range s.e.ops {
		o := &s.e.ops[i]
		switch o.kind {
		case Input:
			in := s.slot(o.level)
			*in = [lanes]int64{}
			for k, w := range words {
				in[k] = int64(w[o.off])
			}
		case Step:
			s.step(o)
		default:
			if o.value >= 0 {
				s.sum(o, s.slot(o.value))
			}
		}
	}
}

// sum adds the reads of an operation up in acc, which is no slot that it reads.
// Sums and products on the way may wrap around; integers modulo 2^64 form a ring,
// so the sum is right because it is proved to fit.
func (s *state) sum(o *op, acc *[lanes]int64) {
	reads := s.e.reads[o.first : o.first+o.count]
	fast := o.plain + o.products
	switch {
	case wide && fast > 0:
		sumAVX512(acc, o.constant, &reads[0], int(o.plain), int(o.products), &s.slots[0])
	default:
		s.values(reads[:o.plain], o.constant, acc)
		for _, r := range reads[o.plain:fast] {
			addProduct(acc, r.coef, s.slot(r.a), s.slot(r.b))
		}
	}
	for _, r := range reads[fast:] {
		if r.b == theProduct {
			s.addViews(acc, r.coef, s.e.products[r.a])
			continue
		}
		level, table := s.slot(r.a), s.e.c.tables[atLevel-r.b]
		for k, l := range level {
			acc[k] += r.coef * table[l]
		}
	}
}

// values sets acc to a constant and a sum of values.
func (s *state) values(reads []read, constant int64, acc *[lanes]int64) {
	if len(reads) == 0 {
		for k := range acc {
			acc[k] = constant
		}
		return
	}
	setScaled(acc, constant, reads[0].coef, s.slot(reads[0].a))
	reads = reads[1:]
	for ; len(reads) >= 4; reads = reads[4:] {
		r := (*[4]read)(reads)
		v0, v1, v2, v3 := s.slot(r[0].a), s.slot(r[1].a), s.slot(r[2].a), s.slot(r[3].a)
		c0, c1, c2, c3 := r[0].coef, r[1].coef, r[2].coef, r[3].coef
		for k := range acc {
			acc[k] += c0*v0[k] + c1*v1[k] + c2*v2[k] + c3*v3[k]
		}
	}
	for i := range reads {
		addScaled(acc, reads[i].coef, s.slot(reads[i].a))
	}
}

// The loops below do four lanes at a time: most of a pass is spent in them.

func setScaled(acc *[lanes]int64, constant, coef int64, v *[lanes]int64) {
	for k := 0; k < lanes; k += 4 {
		a, x := (*[4]int64)(acc[k:k+4]), (*[4]int64)(v[k:k+4])
		a[0] = constant + coef*x[0]
		a[1] = constant + coef*x[1]
		a[2] = constant + coef*x[2]
		a[3] = constant + coef*x[3]
	}
}

func addScaled(acc *[lanes]int64, coef int64, v *[lanes]int64) {
	for k := 0; k < lanes; k += 4 {
		a, x := (*[4]int64)(acc[k:k+4]), (*[4]int64)(v[k:k+4])
		a[0] += coef * x[0]
		a[1] += coef * x[1]
		a[2] += coef * x[2]
		a[3] += coef * x[3]
	}
}

func addProduct(acc *[lanes]int64, coef int64, v, w *[lanes]int64) {
	for k := 0; coef != 1 && k < lanes; k += 4 {
		a, x, y := (*[4]int64)(acc[k:k+4]), (*[4]int64)(v[k:k+4]), (*[4]int64)(w[k:k+4])
		a[0] += coef * x[0] * y[0]
		a[1] += coef * x[1] * y[1]
		a[2] += coef * x[2] * y[2]
		a[3] += coef * x[3] * y[3]
	}
	for k := 0; coef == 1 && k < lanes; k += 4 {
		a, x, y := (*[4]int64)(acc[k:k+4]), (*[4]int64)(v[k:k+4]), (*[4]int64)(w[k:k+4])
		a[0] += x[0] * y[0]
		a[1] += x[1] * y[1]
		a[2] += x[2] * y[2]
		a[3] += x[3] * y[3]
	}
}

// addViews adds coef times the product of any views.
func (s *state) addViews(acc *[lanes]int64, coef int64, views []read) {
	p := &s.part
	for k := range p {
		p[k] = coef
	}
	for _, r := range views {
		in := s.slot(r.a)
		if r.b == theValue {
			for k, x := range in {
				p[k] *= x
			}
			continue
		}
		table := s.e.c.tables[atLevel-r.b]
		for k, l := range in {
			p[k] *= table[l]
		}
	}
	for k, x := range p {
		acc[k] += x
	}
}

func (s *state) step(o *op) {
	in := &s.form
	if o.stored {
		in = s.slot(s.e.reads[o.first].a)
	} else {
		s.sum(o, in)
	}
	out := &s.level
	if o.level >= 0 {
		out = s.slot(o.level)
	}
	if o.value < 0 {
		s.levels(o, in, out, nil, nil, 0)
		return
	}
	to := s.slot(o.value)
	table := s.e.c.tables[o.val][o.off : o.off+o.levels+1]
	s.levels(o, in, out, to, table, int64(s.e.slopes[o.val]))
}

// levels are the levels that the forms reach and, unless to is nil, the values there:
// table[0] + by·level, or entries of the table when by is 0.
func (s *state) levels(o *op, form, level, to *[lanes]int64, table []int64, by int64) {
	if by != 0 && s.kernel(o, form, level, to, table[0], by) {
		return
	}
	if !s.kernel(o, form, level, nil, 0, 0) {
		s.e.indexes[o.th].levels(form, int64(o.off), int64(o.levels), level)
	}
	switch {
	case to == nil:
	case by != 0:
		setScaled(to, table[0], by, level)
	default:
		for k, l := range level {
			to[k] = table[l]
		}
	}
}

// kernel tells whether a kernel could find the levels and, unless to is nil, the
// values base + by·level.
func (s *state) kernel(o *op, form, level, to *[lanes]int64, base, by int64) bool {
	ix := s.e.indexes[o.th]
	switch {
	case !wide:
		return false
	case o.levels == 1:
		reachAVX512(ix.thresholds[o.off], form, level, to, base, by)
	case ix.fast():
		stepAVX512(ix, form, int64(o.off), int64(o.levels), level, to, base, by)
	default:
		return false
	}
	return true
}

// result reads the outputs of lane k.
func (s *state) result(k int) Result {
	var r Result
	for _, o := range s.e.c.outputs {
		row := make([]int64, len(o.Logits))
		for i, n := range o.Logits {
			row[i] = s.slot(s.e.value[n])[k]
		}
		label, ones := -1, 0
		for i, n := range o.Labels {
			if s.slot(s.e.value[n])[k] == 1 {
				label = i
				ones++
			}
		}
		if ones != 1 {
			label = -1
		}
		r.Logits = append(r.Logits, row)
		r.Labels = append(r.Labels, label)
	}
	return r
}
