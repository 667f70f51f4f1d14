package arith

import (
	"cmp"
	"slices"
)

// Evaluator evaluates a circuit on many words. It is safe for concurrent use.
//
// A pass computes every node for [lanes] words at a time. Values live in slots
// that are reused after a node's last reader. A product that one form alone reads
// is computed inside it, and so is a form inside the step that alone reads it.
// What remains is laid out once as a list of operations, since a pass over a
// large circuit is bound by the memory that it walks through.
type Evaluator struct {
	c        *Circuit
	value    []int32 // slot of a node's natural value, -1 when not stored
	level    []int32 // slot of its level, -1 when not stored
	slots    int
	ops      []op
	reads    []read
	products [][]read // those that are not of two values
	indexes  []*Index // by threshold table
	slopes   []int8   // by value table: values rise (+1) or fall (-1) by one, else 0
}

// op computes a sum of reads, for a step the level that the sum reaches too.
type op struct {
	constant     int64
	first, count int32 // reads
	plain        int32 // reads of values, which come first
	products     int32 // reads of products of two values, which come next
	value, level int32 // slots to fill, or -1
	th, val      Table
	off, levels  int32 // input: off is its number
	kind         Kind  // products are sums of one read
	stored       bool  // step: the sum is the value in its only read's slot
}

// read is one term of a sum: coef times
//
//	the value in slot a                        b = theValue
//	the product of the values in slots a and b b >= 0
//	a table at the level in slot a             b = atLevel - table
//	a product of other views, number a         b = theProduct
type read struct {
	coef int64
	a, b int32
}

// order puts plain values first and products of two values next: most of a pass is
// spent on them.
func (r read) order() int {
	switch {
	case r.b == theValue:
		return 0
	case r.b >= 0:
		return 1
	}
	return 2
}

const (
	theValue   = -1
	theProduct = -2
	atLevel    = -3
)

// NewEvaluator plans the evaluation of c.
func NewEvaluator(c *Circuit) *Evaluator { return newEvaluator(c, true) }

// NewTracer plans an evaluation in which every node keeps its value.
func NewTracer(c *Circuit) *Evaluator { return newEvaluator(c, false) }

func newEvaluator(c *Circuit, reuse bool) *Evaluator {
	e := &Evaluator{
		c: c, value: make([]int32, len(c.nodes)), level: make([]int32, len(c.nodes)),
		indexes: make([]*Index, len(c.tables)), slopes: make([]int8, len(c.tables)),
	}
	p := newPlan(e, reuse)
	sloped := make([]bool, len(c.tables))
	for _, n := range p.order {
		d := &c.nodes[n]
		e.value[n], e.level[n] = -1, -1
		if p.inside(n) {
			continue
		}
		p.assign(n)
		e.op(n)
		p.release(n)
		if d.kind != Step {
			continue
		}
		if e.indexes[d.th] == nil {
			e.indexes[d.th] = NewIndex(c.tables[d.th])
		}
		if !sloped[d.val] {
			sloped[d.val], e.slopes[d.val] = true, slope(c.tables[d.val])
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

// op lays out the operation of a node whose operands have their slots.
func (e *Evaluator) op(n Node) {
	d := &e.c.nodes[n]
	o := op{
		constant: d.constant, first: int32(len(e.reads)), value: e.value[n], level: e.level[n],
		th: d.th, val: d.val, off: d.off, levels: d.levels, kind: d.kind,
	}
	switch d.kind {
	case Input:
		at, _ := slices.BinarySearch(e.c.inputs, n)
		o.off = int32(at)
	case Form:
		e.sum(d)
	case Product:
		e.reads = append(e.reads, e.product(d, 1))
	case Step:
		form := e.c.terms[d.first].Node
		if o.stored = e.value[form] >= 0; o.stored {
			e.reads = append(e.reads, read{1, e.value[form], theValue})
		} else {
			o.constant = e.c.nodes[form].constant
			e.sum(&e.c.nodes[form])
		}
	}
	o.count = int32(len(e.reads)) - o.first
	for _, r := range e.reads[o.first:] {
		switch r.order() {
		case 0:
			o.plain++
		case 1:
			o.products++
		}
	}
	e.ops = append(e.ops, o)
}

// sum lays out the terms of a form in the order of reads.
func (e *Evaluator) sum(d *node) {
	first := len(e.reads)
	for _, t := range e.c.terms[d.first : d.first+d.count] {
		if t.Table == Natural && e.value[t.Node] < 0 {
			e.reads = append(e.reads, e.product(&e.c.nodes[t.Node], t.Coef))
		} else {
			e.reads = append(e.reads, e.view(t))
		}
	}
	slices.SortStableFunc(e.reads[first:], func(a, b read) int { return cmp.Compare(a.order(), b.order()) })
}

func (e *Evaluator) view(t Term) read {
	if t.Table == Natural {
		return read{t.Coef, e.value[t.Node], theValue}
	}
	return read{t.Coef, e.level[t.Node], atLevel - int32(t.Table)}
}

func (e *Evaluator) product(d *node, coef int64) read {
	f := e.c.terms[d.first : d.first+d.count]
	if len(f) == 2 && f[0].Table == Natural && f[1].Table == Natural {
		return read{coef, e.value[f[0].Node], e.value[f[1].Node]}
	}
	views := make([]read, len(f))
	for i, t := range f {
		views[i] = e.view(t)
	}
	e.products = append(e.products, views)
	return read{coef, int32(len(e.products) - 1), theProduct}
}

// plan decides what is stored, where and for how long.
type plan struct {
	e         *Evaluator
	order     []Node // of evaluation
	reuse     bool
	readers   []int32
	within    []Kind // operation of the last node that reads it
	needValue []bool
	needLevel []bool
	last      []Node // the last node whose computation reads it
	free      []int32
}

func newPlan(e *Evaluator, reuse bool) *plan {
	c, n := e.c, len(e.c.nodes)
	p := &plan{
		e: e, order: c.schedule(), reuse: reuse, readers: make([]int32, n), within: make([]Kind, n),
		needValue: make([]bool, n), needLevel: make([]bool, n), last: make([]Node, n),
	}
	for i := range c.nodes {
		d := &c.nodes[i]
		for _, t := range c.terms[d.first : d.first+d.count] {
			p.readers[t.Node]++
			p.within[t.Node] = d.kind
			if t.Table == Natural {
				p.needValue[t.Node] = true
			} else {
				p.needLevel[t.Node] = true
			}
		}
	}
	p.eachOutput(func(n Node) {
		p.readers[n]++ // the caller
		p.needValue[n] = true
	})
	for _, n := range p.order {
		if !p.inside(n) {
			p.eachRead(n, func(m Node) { p.last[m] = n })
		}
	}
	p.eachOutput(func(m Node) { p.last[m] = Node(n) })
	return p
}

func (p *plan) eachOutput(visit func(Node)) {
	for _, o := range p.e.c.outputs {
		for _, n := range o.Logits {
			visit(n)
		}
		for _, n := range o.Labels {
			visit(n)
		}
	}
}

// inside tells whether a node is computed inside its only reader, which is not the
// caller.
func (p *plan) inside(n Node) bool {
	if !p.reuse || p.readers[n] != 1 {
		return false
	}
	kind, reader := p.e.c.nodes[n].kind, p.within[n]
	return kind == Product && reader == Form || kind == Form && reader == Step
}

// eachRead visits the stored nodes that computing n reads.
func (p *plan) eachRead(n Node, visit func(Node)) {
	d := &p.e.c.nodes[n]
	for _, t := range p.e.c.terms[d.first : d.first+d.count] {
		if p.inside(t.Node) {
			p.eachRead(t.Node, visit)
		} else {
			visit(t.Node)
		}
	}
}

// assign gives a node its slots. They are none that computing it reads.
func (p *plan) assign(n Node) {
	kind := p.e.c.nodes[n].kind
	if kind != Input && (p.needValue[n] || !p.reuse) {
		p.e.value[n] = p.take()
	}
	if kind == Input || p.needLevel[n] {
		p.e.level[n] = p.take()
	}
}

func (p *plan) take() int32 {
	if n := len(p.free); n > 0 {
		s := p.free[n-1]
		p.free = p.free[:n-1]
		return s
	}
	p.e.slots++
	return int32(p.e.slots - 1)
}

// release frees the slots of the nodes that n reads last.
func (p *plan) release(n Node) {
	if !p.reuse {
		return
	}
	p.eachRead(n, func(m Node) {
		if p.last[m] != n {
			return
		}
		p.last[m] = -1
		for _, s := range [...]int32{p.e.value[m], p.e.level[m]} {
			if s >= 0 {
				p.free = append(p.free, s)
			}
		}
	})
}
