package check

import (
	"tc0/circuits/arith"
	"tc0/circuits/threshold"
)

// What is known of a bank's gates.
const (
	open    uint8 = iota // not looked at yet
	rooted               // functions of one variable
	conjoin              // conjunctions over several variables
	opaque               // at fault: known to nobody
)

// bankInfo is what is known of a bank.
type bankInfo struct {
	state uint8
	root  arith.Node // rooted: the variable, or none for constant gates
	sig   int32      // rooted: the gates as functions of the variable's cell
	mask  int32      // conjoin: gates that are always 0, whose weights are void
}

// gateKind says how a bank's gates depend on a cell.
type gateKind uint8

const (
	oneHot      gateKind = iota // gate c is 1 at cell c alone
	thermometer                 // the first level.at(cell) gates are 1
	anyGates                    // bits[cell]
)

// signature is a bank's gates as functions of its variable's cell.
type signature struct {
	kind  gateKind
	gates int64
	cells int
	level vector
	bits  [][]bool
}

// gate is gate k at a cell.
func (g *signature) gate(k int64, cell int) bool {
	switch g.kind {
	case oneHot:
		return k == int64(cell)
	case thermometer:
		return k < g.level.at(cell)
	}
	return g.bits[cell][k]
}

// weigh is Σ weight(k)·gate_k at every cell, in the buffer of cells.
func (v *validator) weigh(g *signature, weight func(k int64) int64) []int64 {
	out := v.cells(g.cells)
	switch g.kind {
	case oneHot:
		for c := range out {
			out[c] = weight(int64(c))
		}
	case thermometer:
		prefix := make([]int64, g.gates+1)
		for k := range g.gates {
			prefix[k+1] = prefix[k] + weight(k)
		}
		g.level.addTo(out, 1)
		for c, level := range out {
			out[c] = prefix[level]
		}
	case anyGates:
		for c := range out {
			for k, on := range g.bits[c] {
				if on {
					out[c] += weight(int64(k))
				}
			}
		}
	}
	return out
}

// Keys of memo tables.
type (
	termKey struct {
		sig   int32
		table threshold.Table
		off   int32
	}
	weightKey struct {
		table threshold.Table
		off   int32
		gates int64
		mask  int32
	}
	viewKey struct {
		class int32
		table arith.Table
	}
	reachKey struct {
		base   *base
		lo, hi int64
	}
	listKey struct {
		first *int32
		count int
	}
)

// memos keep what many nodes share.
type memos struct {
	sigs    []signature
	sigAt   map[string]int32
	terms   map[termKey]unary
	weights map[weightKey]scaled
	views   map[viewKey]unary
	bases   map[string]*base
	recent  []*base // larger ones whose values are kept
	reaches map[reachKey]int32
	classAt map[string]int32
	lists   map[listKey]list
	shapes  map[string]*listShape
	unaryAt map[string]unary // products of functions of one variable
	masks   [][]bool
	maskAt  map[string]int32
	powers  map[[5]int]scaled // weights of the bits of products, by lengths and mask
	key     []byte
}

func newMemos() memos {
	return memos{
		sigAt: map[string]int32{}, terms: map[termKey]unary{}, weights: map[weightKey]scaled{},
		views: map[viewKey]unary{}, bases: map[string]*base{}, reaches: map[reachKey]int32{}, classAt: map[string]int32{},
		lists: map[listKey]list{}, shapes: map[string]*listShape{}, unaryAt: map[string]unary{}, maskAt: map[string]int32{}, masks: [][]bool{nil}, powers: map[[5]int]scaled{},
	}
}

// addSignature keeps a signature and returns its number.
func (m *memos) addSignature(g signature) int32 {
	m.sigs = append(m.sigs, g)
	return int32(len(m.sigs) - 1)
}

// resolve is a form of the threshold circuit in normal form. It is not settled
// when it reads gates that are not established yet: it may be asked again.
func (v *validator) resolve(f int) (val value, settled bool) {
	if v.form[f].lin != unknown {
		return v.form[f], true
	}
	v.report.Compared.Forms++
	c, terms := v.tc.FormParts(f)
	base := len(v.buf)
	settled = true
	for _, t := range terms {
		if g, ok := t.Ref.Form(); ok {
			inner, ok := v.resolve(g)
			settled = settled && ok
			c += v.pushValue(t.Coef, inner)
			continue
		}
		add, ok := v.pushBank(t)
		settled = settled && ok
		c += add
	}
	val = v.finish(base, c)
	if settled {
		v.form[f] = val
	} else {
		v.report.Compared.Forms--
	}
	return val, settled
}

// pushBank adds a term over a bank's gates and returns its constant.
func (v *validator) pushBank(t threshold.Term) (constant int64, settled bool) {
	info := &v.bank[t.Ref]
	if info.state == rooted {
		u := v.termOf(info.sig, t)
		if info.root >= 0 {
			v.push(function, int32(info.root), u.fn, t.Coef*u.s)
			v.read[info.root] = true
		}
		return t.Coef * u.c, true
	}
	b := v.tc.Bank(int(t.Ref))
	w := v.weightsOf(weightKey{t.Table, t.Off, b.Gates, info.mask})
	v.push(conjunct, int32(t.Ref), w.vec, t.Coef*w.s)
	if info.state == open && arith.Node(b.Tag.Node) == v.current {
		v.own = true
	}
	return 0, info.state != open
}

// termOf is a term's sum over a bank with this signature.
func (v *validator) termOf(sig int32, t threshold.Term) unary {
	key := termKey{sig, t.Table, t.Off}
	u, ok := v.memo.terms[key]
	if !ok {
		weight := func(int64) int64 { return 1 }
		if t.Table != threshold.Ones {
			table := v.tc.Table(t.Table)[t.Off:]
			weight = func(k int64) int64 { return table[k] }
		}
		u = v.unary(v.weigh(&v.memo.sigs[sig], weight))
		v.memo.terms[key] = u
	}
	return u
}

// gateOf is one gate of a bank with this signature.
func (v *validator) gateOf(sig int32, gate int64) unary {
	g := &v.memo.sigs[sig]
	out := v.cells(g.cells)
	for c := range out {
		if g.gate(gate, c) {
			out[c] = 1
		}
	}
	return v.unary(out)
}

// weightsOf are the weights that matter of a term over a bank of conjunctions.
func (v *validator) weightsOf(key weightKey) scaled {
	w, ok := v.memo.weights[key]
	if !ok {
		weights := make([]int64, key.gates)
		for k := range weights {
			weights[k] = 1
			if key.table != threshold.Ones {
				weights[k] = v.tc.Table(key.table)[int(key.off)+k]
			}
		}
		w = v.masked(weights, key.mask)
		v.memo.weights[key] = w
	}
	return w
}

// masked interns weights, leaving out those on gates that are always 0.
func (v *validator) masked(weights []int64, mask int32) scaled {
	for k, void := range v.memo.masks[mask] {
		if void {
			weights[k] = 0
		}
	}
	return v.vector(weights, 0)
}

// unaryValue is a function of a variable as a value.
func (v *validator) unaryValue(root arith.Node, u unary) value {
	if u.fn == none {
		return value{u.c, 0, none}
	}
	base := len(v.buf)
	v.push(function, int32(root), u.fn, u.s)
	return v.finish(base, u.c)
}

// single reads a value as a function of one variable: root is none for a
// constant.
func (v *validator) single(x value) (root arith.Node, u unary, ok bool) {
	if x.lin == none {
		return arith.Node(none), unary{x.c, 0, none}, true
	}
	atoms := v.sum(x.lin)
	if len(atoms) != 1 || atoms[0].kind() != function {
		return 0, unary{}, false
	}
	return arith.Node(atoms[0].id()), unary{x.c, x.s * atoms[0].coef, atoms[0].vec()}, true
}

// arithForm brings a form of the arithmetic circuit to normal form. One that turns
// out constant has this range: only there do its readers' claims hold.
func (v *validator) arithForm(n arith.Node) {
	c, terms := v.ac.Form(n)
	base := len(v.buf)
	for _, t := range terms {
		if t.Table == arith.Natural {
			c += v.pushValue(t.Coef, v.node[t.Node])
			continue
		}
		u := v.viewOf(t.View)
		v.push(function, int32(t.Node), u.fn, t.Coef*u.s)
		c += t.Coef * u.c
	}
	x := v.finish(base, c)
	if v.node[n] = x; x.lin == none {
		v.lo[n], v.hi[n] = x.c, x.c
	}
}

// viewOf is a view of an input or step as a function of its cell.
func (v *validator) viewOf(w arith.View) unary {
	id := v.class[w.Node]
	cl := &v.classes[id]
	if w.Table == arith.Natural {
		return cl.natural
	}
	key := viewKey{id, w.Table}
	u, ok := v.memo.views[key]
	if !ok {
		table := v.ac.Table(w.Table)
		values := v.cells(cl.cells)
		cl.level.addTo(values, 1)
		for c, level := range values {
			values[c] = table[level]
		}
		u = v.unary(values)
		v.memo.views[key] = u
	}
	return u
}
