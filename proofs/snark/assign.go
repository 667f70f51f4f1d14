package snark

import "tc0/circuits/arith"

// trace is the evaluation of one word by the arithmetic circuit.
type trace struct {
	word   []int
	values []int64 // by node
	levels []int32 // by input or step
}

// assigner computes the advice for words: values in the order in which the
// constrainer takes them, and how often each row is looked up.
type assigner struct {
	plan   *plan
	trace  trace // of the word at hand
	advice []int64
	counts [][]int64     // multiplicities by tag and row
	exact  map[int64]int // exact checks of ranges below the range table's, by size
	tally  Tally
}

// assign computes the advice for the words of a proof.
func (p *plan) assign(words ...trace) *assigner {
	a := p.newAssigner()
	for _, tr := range words {
		a.word(tr)
	}
	for _, c := range a.counts {
		a.take(c...)
	}
	return a
}

func (p *plan) newAssigner() *assigner {
	a := &assigner{plan: p, exact: map[int64]int{}, tally: Tally{Methods: map[string]int{}}}
	for _, t := range p.all() {
		a.counts = append(a.counts, make([]int64, t.size))
		a.tally.Tables++
		a.tally.Rows += t.size
	}
	return a
}

// word adds the advice of one word.
func (a *assigner) word(tr trace) {
	a.trace = tr
	p := a.plan
	for i, live := range p.live {
		n := arith.Node(i)
		switch {
		case !live:
		case p.vars[i] != nil:
			a.variable(p.vars[i])
		case p.circuit.Kind(n) == arith.Product:
			a.tally.Products += len(p.circuit.Factors(n)) - 1
		}
	}
}

func (a *assigner) take(v ...int64) { a.advice = append(a.advice, v...) }

// variable adds the advice of one input or step.
func (a *assigner) variable(v *variable) {
	a.tally.Methods[v.method.String()]++
	if v.shape == nil {
		a.input(v)
		return
	}
	form, _, _ := a.plan.circuit.Step(v.node)
	f, k, s := a.trace.values[form], int(a.trace.levels[v.node])+v.shift, v.shape
	switch v.method {
	case bit:
		a.bit(v, f-s.thresholds[v.a], k > v.a)
	case quotient:
		if s.gap > 1 {
			a.take(int64(k - v.a))
			a.checkExact(f-s.thresholds[0]-s.gap*int64(k-1), s.gap)
			if !v.free {
				a.checkLoose(int64(k-v.a), int64(v.b-v.a+1))
			}
		}
	case clamped:
		a.clamped(v, f, k)
	case divided:
		q := s.position(f)
		a.take(q)
		a.checkExact(f-s.thresholds[0]-s.gap*(q-1), s.gap)
		a.query(v, k, int(q-v.table.first))
	case saturated:
		a.saturated(v, f, k)
	case direct:
		a.query(v, k, int(f-v.table.first))
	case interval:
		at := k - v.table.level
		e := v.table.keys[at]
		a.take(f-e.lo, e.hi-1-f)
		a.checkLoose(f-e.lo, v.table.gap)
		a.checkLoose(e.hi-1-f, v.table.gap)
		a.query(v, k, at)
	}
}

func (a *assigner) input(v *variable) {
	token := int(a.trace.levels[v.node])
	if v.method == oneHot {
		for k := range v.b {
			a.take(b2i(token == k))
		}
		a.tally.Bits += v.b + 1
		return
	}
	a.take(int64(token))
	a.query(v, token, token)
}

// bit adds [s >= 0] and the check of its sign.
func (a *assigner) bit(v *variable, s int64, up bool) {
	a.take(b2i(up))
	a.tally.Bits++
	a.tally.Signs++
	if !up {
		s = -s - 1
	}
	a.checkLoose(s, v.sign())
}

func (a *assigner) saturated(v *variable, f int64, k int) {
	s, q := v.shape, v.shape.position(f)
	at := k - int(v.table.first)
	over := max(q-int64(k), int64(k)-q)
	a.take(int64(k), v.table.columns[0][at], over)
	a.checkExact(f-s.thresholds[0]-s.gap*(q-1), s.gap)
	a.checkLoose(over, v.over()+1)
	a.query(v, k, at)
	a.tally.Signs++
	a.tally.Columns++
}

func (a *assigner) clamped(v *variable, f int64, k int) {
	s, q := v.shape, v.shape.position(f)
	a.take(int64(k))
	under, over := max(int64(k)-q, 0), max(q-int64(k), 0)
	if v.below > 0 {
		a.take(under)
		a.tally.Signs++
		a.checkLoose(under, v.below+1)
	}
	if v.above > 0 {
		a.take(over)
		a.tally.Signs++
		a.checkLoose(over, v.above+1)
	}
	a.checkExact(f-s.thresholds[0]-s.gap*(q-1), s.gap)
	a.checkExact(int64(k), v.top()+1)
}

// query adds the views at a level and counts the row that gives them.
func (a *assigner) query(v *variable, k, at int) {
	for _, values := range v.values {
		a.take(values[k])
	}
	a.tally.Columns += len(v.values)
	a.look(v.table, at)
}

// look counts a row. One that is not there, as a false trace has it, makes the proof fail.
func (a *assigner) look(t *table, at int) {
	if at >= 0 && at < t.size {
		a.counts[t.tag][at]++
	}
	a.tally.Queries++
}

// checkLoose is 0 <= v < m' for some m' >= m.
func (a *assigner) checkLoose(v, m int64) {
	if k := byBits(m, false); k >= 0 {
		a.bits(v, k)
		return
	}
	a.look(a.plan.base, int(a.limbs(v, m)))
}

// checkExact is 0 <= v < m.
func (a *assigner) checkExact(v, m int64) {
	if k := byBits(m, true); k >= 0 {
		a.bits(v, k)
		return
	}
	if !a.plan.splits(m) {
		a.checkLoose(v, m)
		a.checkLoose(m-1-v, m)
		return
	}
	_, top := a.plan.limbs(m)
	v = a.limbs(v, m)
	switch t := a.plan.exact[top]; {
	case byBits(top, true) >= 0:
		a.bits(v, byBits(top, true))
	case top == int64(a.plan.base.size):
		a.look(a.plan.base, int(v))
	case t != nil:
		a.look(t, int(v))
	default:
		a.exact[top]++
		a.look(a.plan.base, int(v))
		a.look(a.plan.base, int(v)+a.plan.base.size-int(top))
	}
}

// limbs adds the low limbs of v and returns the top one.
func (a *assigner) limbs(v, m int64) int64 {
	low, _ := a.plan.limbs(m)
	for range low {
		limb := v & int64(a.plan.base.size-1)
		a.take(limb)
		a.look(a.plan.base, int(limb))
		v >>= a.plan.width
	}
	return v
}

// bits adds all but the top one of k bits.
func (a *assigner) bits(v int64, k int) {
	for i := range max(k-1, 0) {
		a.take(v >> i & 1)
	}
	a.tally.Bits += max(k, 1)
}
