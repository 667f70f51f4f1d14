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
	tape
	plan  *plan
	trace trace // of the word at hand
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
	return &assigner{tape: newTape(&p.rangeTables, p.all()), plan: p}
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
		a.bit(f-s.thresholds[v.a], v.sign(), k > v.a)
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
		a.oneHot(v.b+1, token)
		return
	}
	a.take(int64(token))
	a.query(v, token, token)
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
