package snark

import "tc0/circuits/arith"

// trace is the evaluation of one word by the arithmetic circuit.
type trace struct {
	word   []int
	values []int64 // by node
	levels []int32 // by input or step
}

// assigner computes the advice for one word: values in the order in which the
// constrainer takes them, and how often each row is looked up.
type assigner struct {
	plan   *plan
	trace  trace
	advice []int64
	counts map[*table][]int64 // multiplicities by row
	exact  map[int64]int      // exact checks of ranges below the range table's, by size
	tally  Tally
}

// assign computes the advice for a word.
func (p *plan) assign(tr trace) *assigner {
	a := &assigner{plan: p, trace: tr, counts: map[*table][]int64{}, exact: map[int64]int{}, tally: Tally{Methods: map[string]int{}}}
	for i, live := range p.live {
		n := arith.Node(i)
		switch {
		case !live:
		case p.vars[i] != nil:
			a.variable(n, p.vars[i])
		case p.circuit.Kind(n) == arith.Product:
			a.tally.Products += len(p.circuit.Factors(n)) - 1
		}
	}
	for _, t := range p.all() {
		a.tally.Tables++
		a.tally.Rows += t.size
		a.advice = append(a.advice, a.rows(t)...)
	}
	return a
}

// rows are the multiplicities of a table.
func (a *assigner) rows(t *table) []int64 {
	if a.counts[t] == nil {
		a.counts[t] = make([]int64, t.size)
	}
	return a.counts[t]
}

func (a *assigner) take(v ...int64) { a.advice = append(a.advice, v...) }

// variable adds the advice of one input or step.
func (a *assigner) variable(n arith.Node, v *variable) {
	a.tally.Methods[methodNames[v.method]]++
	if a.plan.circuit.Kind(n) == arith.Input {
		a.input(n, v)
		return
	}
	form, _, _ := a.plan.circuit.Step(n)
	f, k, s := a.trace.values[form], int(a.trace.levels[n]), a.plan.shape(n)
	switch v.method {
	case bit:
		a.bit(v, f-s.thresholds[v.a])
	case quotient:
		if s.gap > 1 {
			q := int64(k - v.a)
			a.take(q)
			a.checkExact(f-s.thresholds[v.a]-s.gap*(q-1), s.gap)
			if !v.free {
				a.checkLoose(q, int64(v.b-v.a+1))
			}
		}
	case divided:
		q := s.position(f)
		a.take(q)
		a.checkExact(f-s.thresholds[0]-s.gap*(q-1), s.gap)
		a.query(n, v, k, int(q-v.table.first))
	case saturated:
		q := s.position(f)
		end := v.table.columns[0][k-int(v.table.first)]
		over := max(q-int64(k), int64(k)-q)
		a.take(int64(k), end, over)
		a.tally.Signs++
		a.checkExact(f-s.thresholds[0]-s.gap*(q-1), s.gap)
		a.checkLoose(over, overshoot(s, v)+1)
		a.query(n, v, k, k-int(v.table.first))
		a.tally.Columns++ // the end
	case direct:
		a.query(n, v, k, int(f-v.table.first))
	case interval:
		at := k - v.table.level
		ends := v.table.keys[at]
		a.take(f-ends.lo, ends.hi-1-f)
		a.checkLoose(f-ends.lo, v.table.gap)
		a.checkLoose(ends.hi-1-f, v.table.gap)
		a.query(n, v, k, at)
	}
}

func (a *assigner) input(n arith.Node, v *variable) {
	token := a.trace.levels[n]
	if v.method == oneHot {
		for k := range v.b {
			a.take(b2i(int(token) == k))
		}
		a.tally.Bits += v.b + 1
		return
	}
	a.take(int64(token))
	a.query(n, v, int(token), int(token))
}

// bit adds [s >= 0] and the check of its sign.
func (a *assigner) bit(v *variable, s int64) {
	a.take(b2i(s >= 0))
	a.tally.Bits++
	a.tally.Signs++
	a.checkLoose(max(s, -s-1), v.sign)
}

// query adds the views at a level and counts the row that gives them.
func (a *assigner) query(n arith.Node, v *variable, k, at int) {
	for _, t := range v.views {
		a.take(values(a.plan.circuit, n, t)[k])
	}
	a.tally.Columns += len(v.views)
	a.look(v.table, at)
}

func (a *assigner) look(t *table, at int) {
	a.rows(t)[at]++
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

func b2i(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
