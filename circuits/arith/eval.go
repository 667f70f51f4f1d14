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
	Labels []int // the class whose label bit is 1
}

// Evaluator evaluates a circuit on many words. It is safe for concurrent use.
//
// A pass computes every node for [lanes] words at a time. Values live in slots
// that are reused after a node's last reader, and a product with a single
// reader is computed inside it, so the working set stays in cache.
type Evaluator struct {
	c       *Circuit
	value   []int32 // slot of a node's natural value, -1 when not stored
	level   []int32 // slot of its level, -1 when not stored
	slots   int
	indexes []*Index // by threshold table
	affine  []int8   // by value table: values rise (+1) or fall (-1) by one, else 0
}

// NewEvaluator plans the evaluation of c.
func NewEvaluator(c *Circuit) *Evaluator { return newEvaluator(c, true) }

// NewTracer plans an evaluation in which every node keeps its value.
func NewTracer(c *Circuit) *Evaluator { return newEvaluator(c, false) }

func newEvaluator(c *Circuit, reuse bool) *Evaluator {
	e := &Evaluator{c: c, indexes: make([]*Index, len(c.tables)), affine: make([]int8, len(c.tables))}
	e.assignSlots(reuse)
	for i := range c.nodes {
		if d := &c.nodes[i]; d.kind == Step {
			if e.indexes[d.th] == nil {
				e.indexes[d.th] = NewIndex(c.tables[d.th])
			}
			e.affine[d.val] = slope(c.tables[d.val])
		}
	}
	return e
}

// slope is ±1 when the table is an arithmetic progression of that difference.
func slope(t []int64) int8 {
	if len(t) < 2 || t[1]-t[0] != 1 && t[1]-t[0] != -1 {
		return 0
	}
	d := t[1] - t[0]
	for i := 2; i < len(t); i++ {
		if t[i]-t[i-1] != d {
			return 0
		}
	}
	return int8(d)
}

// assignSlots gives every stored value and level a slot.
func (e *Evaluator) assignSlots(reuse bool) {
	c := e.c
	readers := make([]int32, len(c.nodes))
	needLevel := make([]bool, len(c.nodes))
	needValue := make([]bool, len(c.nodes))
	inForm := make([]bool, len(c.nodes))
	for i := range c.nodes {
		d := &c.nodes[i]
		for _, t := range c.terms[d.first : d.first+d.count] {
			readers[t.Node]++
			inForm[t.Node] = d.kind == Form
			if t.Table == Natural {
				needValue[t.Node] = true
			} else {
				needLevel[t.Node] = true
			}
		}
	}
	for _, o := range c.outputs {
		for _, n := range append(o.Logits[:len(o.Logits):len(o.Logits)], o.Labels...) {
			readers[n] += 2 // read by the caller: never inlined, never reused
			needValue[n] = true
		}
	}
	last := make([]Node, len(c.nodes))
	inline := func(n Node) bool {
		return reuse && c.nodes[n].kind == Product && readers[n] == 1 && inForm[n]
	}
	for i := range c.nodes {
		e.eachRead(Node(i), inline, func(n Node) { last[n] = Node(i) })
	}
	for _, o := range c.outputs {
		for _, n := range append(o.Logits[:len(o.Logits):len(o.Logits)], o.Labels...) {
			last[n] = Node(len(c.nodes))
		}
	}
	e.value, e.level = make([]int32, len(c.nodes)), make([]int32, len(c.nodes))
	var free []int32
	take := func() int32 {
		if n := len(free); n > 0 {
			s := free[n-1]
			free = free[:n-1]
			return s
		}
		e.slots++
		return int32(e.slots - 1)
	}
	for i := range c.nodes {
		n := Node(i)
		e.value[n], e.level[n] = -1, -1
		if inline(n) {
			continue
		}
		kind := c.nodes[n].kind
		if kind != Input && (needValue[n] || !reuse) {
			e.value[n] = take()
		}
		if kind == Input || needLevel[n] {
			e.level[n] = take()
		}
		if !reuse {
			continue
		}
		release := func(m Node) {
			if last[m] != n {
				return
			}
			last[m] = -1
			if e.value[m] >= 0 {
				free = append(free, e.value[m])
			}
			if e.level[m] >= 0 {
				free = append(free, e.level[m])
			}
		}
		e.eachRead(n, inline, release)
	}
}

// eachRead visits the stored nodes that evaluating n reads, looking through
// inlined products.
func (e *Evaluator) eachRead(n Node, inline func(Node) bool, visit func(Node)) {
	if inline(n) {
		return
	}
	d := &e.c.nodes[n]
	for _, t := range e.c.terms[d.first : d.first+d.count] {
		if !inline(t.Node) {
			visit(t.Node)
			continue
		}
		for _, f := range e.c.Factors(t.Node) {
			visit(f.Node)
		}
	}
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
	tmp   [lanes]int64
}

func (e *Evaluator) newState() *state {
	return &state{e: e, slots: make([]int64, e.slots*lanes)}
}

func (s *state) slot(i int32) *[lanes]int64 {
	return (*[lanes]int64)(s.slots[int(i)*lanes:])
}

// run evaluates up to [lanes] words.
func (s *state) run(words [][]int) {
	c, input := s.e.c, 0
	for i := range c.nodes {
		d := &c.nodes[i]
		switch d.kind {
		case Input:
			in := s.slot(s.e.level[i])
			*in = [lanes]int64{}
			for k, w := range words {
				in[k] = int64(w[input])
			}
			input++
		case Form:
			s.form(d, s.e.value[i])
		case Step:
			s.step(d, s.e.value[i], s.e.level[i])
		case Product:
			if v := s.e.value[i]; v >= 0 {
				s.tmp = [lanes]int64{}
				s.addProduct(d, 1, &s.tmp)
				*s.slot(v) = s.tmp
			}
		}
	}
}

func (s *state) form(d *node, to int32) {
	if to < 0 {
		return
	}
	acc := &s.tmp
	for k := range acc {
		acc[k] = d.constant
	}
	c := s.e.c
	terms := c.terms[d.first : d.first+d.count]
	for i := range terms {
		t := &terms[i]
		switch {
		case t.Table != Natural:
			level, table := s.slot(s.e.level[t.Node]), c.tables[t.Table]
			for k, l := range level {
				acc[k] += t.Coef * table[l]
			}
		case s.e.value[t.Node] >= 0:
			addScaled(acc, t.Coef, s.slot(s.e.value[t.Node]))
		default:
			s.addProduct(&c.nodes[t.Node], t.Coef, acc)
		}
	}
	*s.slot(to) = *acc
}

func addScaled(acc *[lanes]int64, coef int64, v *[lanes]int64) {
	if coef == 1 {
		for k := range acc {
			acc[k] += v[k]
		}
		return
	}
	for k := range acc {
		acc[k] += coef * v[k]
	}
}

// addProduct adds coef times a product.
func (s *state) addProduct(d *node, coef int64, acc *[lanes]int64) {
	f := s.e.c.terms[d.first : d.first+d.count]
	if len(f) == 2 && f[0].Table == Natural && f[1].Table == Natural {
		x, y := s.slot(s.e.value[f[0].Node]), s.slot(s.e.value[f[1].Node])
		if coef == 1 {
			for k := range acc {
				acc[k] += x[k] * y[k]
			}
			return
		}
		for k := range acc {
			acc[k] += coef * (x[k] * y[k])
		}
		return
	}
	var p [lanes]int64
	for k := range p {
		p[k] = coef
	}
	for i := range f {
		if t := &f[i]; t.Table == Natural {
			v := s.slot(s.e.value[t.Node])
			for k := range p {
				p[k] *= v[k]
			}
		} else {
			level, table := s.slot(s.e.level[t.Node]), s.e.c.tables[t.Table]
			for k := range p {
				p[k] *= table[level[k]]
			}
		}
	}
	for k := range acc {
		acc[k] += p[k]
	}
}

func (s *state) step(d *node, value, level int32) {
	c := s.e.c
	in := s.slot(s.e.value[c.terms[d.first].Node])
	out := &s.tmp
	ix, off, count := s.e.indexes[d.th], int64(d.off), int64(d.levels)
	for k, f := range in {
		out[k] = max(0, min(count, int64(ix.Level(f))-off))
	}
	if level >= 0 {
		*s.slot(level) = *out
	}
	if value < 0 {
		return
	}
	to := s.slot(value)
	table := c.tables[d.val]
	switch base := table[d.off]; s.e.affine[d.val] {
	case 1:
		for k, l := range out {
			to[k] = base + l
		}
	case -1:
		for k, l := range out {
			to[k] = base - l
		}
	default:
		for k, l := range out {
			to[k] = table[off+l]
		}
	}
}

// result reads the outputs of lane k.
func (s *state) result(k int) Result {
	var r Result
	for _, o := range s.e.c.outputs {
		row := make([]int64, len(o.Logits))
		for i, n := range o.Logits {
			row[i] = s.slot(s.e.value[n])[k]
		}
		label := -1
		for i, n := range o.Labels {
			if s.slot(s.e.value[n])[k] == 1 {
				label = i
			}
		}
		r.Logits = append(r.Logits, row)
		r.Labels = append(r.Labels, label)
	}
	return r
}
