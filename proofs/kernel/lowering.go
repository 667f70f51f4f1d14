package kernel

import (
	"io"
	"slices"
	"sort"
)

// The lowering is checked in one pass over circuit.tc: every form and every bank, when it is
// read, gets its meaning in terms of model.ac, or is refused.
//
//	token     bit v of the i-th input bank is [token i = v]
//	level     gates [F ≥ b_k], b ascending, each b_k a threshold of a step on F: how many are on is
//	          a function of the step's level. F may stand with its sign changed, -F ≥ b being
//	          not F ≥ 1-b; and a form that is a function of the level itself may stand in its
//	          place, as a bit that is made a gate, [bit ≥ 1]
//	digit     for borders c_1 ≤ … ≤ c_L and H = ⌊L/2^w⌋ higher gates u_h = [F ≥ c_{h·2^w}],
//	          the gates [F + Σ_h (c_{(h-1)2^w+j} - c_{h·2^w+j})·u_h ≥ c_j], 0 < j < 2^w, are
//	          [F ≥ c_{m·2^w+j}] with m = Σ u_h, so of the #{i: F ≥ c_i} the higher gates
//	          count the multiples of 2^w and the lower ones the rest;
//	          borders beyond L stand above every value of F
//	form      a sum over gates of one node's banks is a function of its level: Σ_k w_k·gate_k is
//	          w_1 + … + w_c where c gates are on, and w_v at the token v. Another form must be
//	          the next form or product of model.ac, term by term
//	product   Π (lo_i + w_i) as a polynomial in the w_i; w_i is a factor less lo_i, a list its
//	          bits, and Π w = Σ over choices of bits 2^(i+j+…)·[b_i + b_j + … ≥ number of factors],
//	          w² = Σ 4^i·b_i + Σ_{i<j} 2^(i+j+1)·[b_i + b_j ≥ 2]
//
// By induction over circuit.tc every form has the value of its meaning on every word; and every node
// has a form that is its value.

// lowering is the state of the pass.
type lowering struct {
	*functions
	*circuit
	m        *arithmetic
	value    []meaning // of the nodes of model.ac
	pending  []int32   // forms and products of several nodes that no form of circuit.tc is yet
	inputs   []int32   // tokens that no bank is yet
	formIs   []meaning
	met      map[meaning]bool // what some form is
	bankIs   []meaning        // of the number of gates that are on
	listIs   []meaning        // of Σ 2^i·bit_i
	viewed   map[[4]int32]meaning
	weighted map[weightsKey]meaning
	codes    map[codeKey]meaning
	digits   map[digitsKey][2]meaning
	bits     map[meaning]bool
}

// weightsKey names weights on a bank with a code.
type weightsKey struct {
	code       meaning
	table, off int32
}

// codeKey names thresholds of a step and borders that a form sign·F + shift is compared with.
type codeKey struct {
	step        [3]int32
	borders     [4]int32
	sign, shift int64
}

type digitsKey struct {
	code  meaning
	width uint8
}

// checkLowering reads circuit.tc and checks that it implements m; it returns the counts.
func checkLowering(m *arithmetic, r io.Reader) *Size {
	l := &lowering{
		functions: newFunctions(), circuit: openCircuit(r), m: m, value: make([]meaning, len(m.nodes)), inputs: m.inputs,
		viewed: map[[4]int32]meaning{}, weighted: map[weightsKey]meaning{}, codes: map[codeKey]meaning{},
		digits: map[digitsKey][2]meaning{}, bits: map[meaning]bool{}, met: map[meaning]bool{},
	}
	for n := range m.nodes {
		l.node(int32(n))
	}
	size := newCounter(l.circuit)
	for kind := uint8(recordEnd); ; {
		switch kind = l.record(kind); kind {
		case recordForm:
			is := l.form(int32(len(l.formIs)))
			l.formIs, l.met[is] = append(l.formIs, is), true
		case recordList:
			l.listIs = append(l.listIs, l.list(int32(len(l.listIs))))
		case recordEnd:
			l.outputs(size)
			return &size.Size
		default:
			l.bankIs = append(l.bankIs, l.bank(int32(len(l.bankIs))))
			size.add(&l.banks[len(l.banks)-1])
		}
	}
}

// node finds what the value of a node of model.ac is a function of; forms of several nodes and
// products are functions of themselves.
func (l *lowering) node(n int32) {
	d, value := &l.m.nodes[n], meaning{node: nothing}
	switch d.kind {
	case nodeInput:
		return
	case nodeStep:
		value = l.entries(view{n, natural})
	case nodeForm:
		value.constant = d.constant
		for i := 0; i < len(d.terms) && value.node != several; i++ {
			l.add(&value, d.terms[i].coef, l.view(d.terms[i].view))
		}
	case nodeProduct:
		value.node = several
	}
	if value.node == several {
		value = meaning{node: n, rises: l.number([]int64{1})}
		l.pending = append(l.pending, n)
	}
	l.value[n] = value
}

// view is what a view of model.ac is a function of.
func (l *lowering) view(v view) meaning {
	if v.table == natural {
		return l.value[v.node]
	}
	return l.entries(v)
}

// entries is the function of a variable's level that its view is.
func (l *lowering) entries(v view) meaning {
	d := &l.m.nodes[v.node]
	key := [4]int32{v.table, 0, 0, d.levels}
	if v.table == natural {
		key = [4]int32{natural, d.val, d.off, d.levels}
	}
	m := once(l.viewed, key, func() meaning { return l.of(nothing, l.m.entries(v)) })
	m.node = v.node
	return m
}

// form is the meaning of a form of circuit.tc.
func (l *lowering) form(at int32) meaning {
	f := &l.forms[at]
	m := meaning{constant: f.constant, node: nothing}
	for i := 0; i < len(f.parts) && m.node != several; i++ {
		l.add(&m, f.parts[i].coef, l.part(f.parts[i]))
	}
	if m.node != several {
		return m
	}
	require(len(l.pending) > 0, "form %d: is no form or product of model.ac", at)
	n := l.pending[0]
	l.pending = l.pending[1:]
	if l.m.nodes[n].kind == nodeForm {
		l.terms(at, f, n)
	} else {
		l.product(at, f, n)
	}
	return l.value[n]
}

// part is the meaning of what a part reads.
func (l *lowering) part(p part) meaning {
	if p.isForm {
		return l.formIs[p.ref]
	}
	code := l.bankIs[p.ref]
	if code.node == several || p.table == ones {
		return code
	}
	node := code.node
	code.node = nothing
	b := &l.banks[p.ref]
	if b.kind == bankInput {
		code.constant = -b.gates // as a key, unlike any thermometer's
	}
	m := once(l.weighted, weightsKey{code, p.table, p.off}, func() meaning {
		weights := l.tables[p.table][p.off : int64(p.off)+b.gates]
		if b.kind == bankInput {
			return l.of(nothing, weights)
		}
		return l.of(nothing, prefixes(weights, l.values(code)))
	})
	m.node = node
	return m
}

// prefixes are the sums of the first weights, as many as gates are on.
func prefixes(weights, on []int64) []int64 {
	sums := []int64{0}
	for i, w := range weights {
		sums = append(sums, plus(sums[i], w))
	}
	var values []int64
	for _, n := range on {
		values = append(values, sums[n])
	}
	return values
}

// bank is how many gates of a bank are on, as a function of its node.
func (l *lowering) bank(at int32) (code meaning) {
	b := &l.banks[at]
	require(b.node >= 0 && int(b.node) < len(l.m.nodes), "bank %d: is of no node of model.ac", at)
	n := &l.m.nodes[b.node]
	require(b.stage >= 0 && l.m.stages[n.stage] == l.stages[b.stage],
		"bank %d: is of another stage than node %d", at, b.node)
	switch b.kind {
	case bankInput:
		require(len(l.inputs) > 0 && b.node == l.inputs[0], "bank %d: is not the next token of model.ac", at)
		require(b.gates == int64(n.levels), "bank %d: its token has another number of bits", at)
		code.constant, l.inputs = 1, l.inputs[1:]
	case bankLevel, bankDigit:
		require(n.kind == nodeStep, "bank %d: is of no step of model.ac", at)
		code = l.thermometer(at, b, n)
	default:
		require(l.apart(b.lists), "bank %d: joins bits of one node", at)
		return meaning{node: several}
	}
	code.node = b.node
	return code
}

// thermometer is the code of a bank on the form of a step, or on a function of its level: its
// gates are on in their order.
func (l *lowering) thermometer(at int32, b *bank, step *node) meaning {
	code, top := l.code(at, b, step)
	if b.kind == bankLevel {
		return code
	}
	require(b.past > top, "bank %d: a missing border is not above all values of its form", at)
	digits := once(l.digits, digitsKey{code, b.width}, func() [2]meaning {
		high, low := l.values(code), l.values(code)
		for i, c := range high {
			high[i], low[i] = c>>b.width, c&(1<<b.width-1)
		}
		return [2]meaning{l.of(nothing, high), l.of(nothing, low)}
	})
	higher := l.bankIs[b.high]
	require(l.banks[b.high].node == b.node && higher.constant == digits[0].constant && higher.rises == digits[0].rises,
		"bank %d: is not the low digit to bank %d", at, b.high)
	return digits[1]
}

// code is how many borders of a bank its form reaches, as a function of the level of its step,
// and the form's largest value.
func (l *lowering) code(at int32, b *bank, step *node) (code meaning, top int64) {
	form, read, on := l.formIs[b.form], l.value[step.form], &l.m.nodes[step.form]
	for _, sign := range []int64{1, -1} {
		if !form.parallel(meaning{0, read.node, l.sum(0, sign, read.rises)}) {
			continue
		}
		shift := plus(form.constant, -times(sign, read.constant))
		key := codeKey{[3]int32{step.th, step.off, step.levels}, [4]int32{b.table, b.off, b.stride, b.count}, sign, shift}
		code = once(l.codes, key, func() meaning { return l.compared(step, l.borders(b), sign, shift) })
		if code.node != several {
			return code, plus(shift, max(times(sign, on.lo), times(sign, on.hi)))
		}
	}
	require(form.node == b.node || form.node == nothing,
		"bank %d: does not read what its step %d reads, or borders are missing", at, b.node)
	borders, values := l.borders(b), l.values(form)
	top = slices.Max(values)
	for i, x := range values {
		values[i] = int64(sort.Search(len(borders), func(k int) bool { return borders[k] > x }))
	}
	return l.of(nothing, values), top
}

// compared is how many borders sign·F + shift reaches, by the level of a step on F: of several
// nodes if that is no function of it.
func (l *lowering) compared(step *node, borders []int64, sign, shift int64) (code meaning) {
	thresholds := l.m.tables[step.th][step.off : step.off+step.levels-1]
	rises := make([]int64, len(thresholds))
	for _, border := range borders {
		t := plus(border, -shift)
		if sign < 0 {
			t = 1 - t // -F >= t until F >= 1-t
			code.constant++
		}
		i, found := slices.BinarySearch(thresholds, t)
		if !found {
			return meaning{node: several}
		}
		rises[i] += sign
	}
	return meaning{code.constant, nothing, l.number(rises)}
}

// list is the number whose bits a list holds.
func (l *lowering) list(at int32) meaning {
	sum := meaning{node: nothing}
	for i, f := range l.lists[at] {
		if !l.bit(l.formIs[f]) {
			refuse("list %d: form %d is no bit", at, f)
		}
		l.add(&sum, 1<<i, l.formIs[f])
	}
	require(sum.node != several, "list %d: has bits of several nodes", at)
	return sum
}

// bit tells whether a function of a variable's level is 0 or 1 at every level.
func (l *lowering) bit(m meaning) bool {
	if m.node >= 0 && l.m.nodes[m.node].kind != nodeInput && l.m.nodes[m.node].kind != nodeStep {
		return false
	}
	m.node = nothing
	return once(l.bits, m, func() bool {
		return !slices.ContainsFunc(l.values(m), func(v int64) bool { return v != 0 && v != 1 })
	})
}

// apart tells whether lists read different nodes, and so different banks.
func (l *lowering) apart(lists []int32) bool {
	for i, a := range lists {
		for _, b := range lists[:i] {
			if l.listIs[a].node == l.listIs[b].node && l.listIs[a].node != nothing {
				return false
			}
		}
	}
	return true
}

// terms checks a form of circuit.tc that must be a form of model.ac.
func (l *lowering) terms(at int32, f *affine, n int32) {
	d := &l.m.nodes[n]
	require(len(f.parts) == len(d.terms), "form %d: has %d parts, node %d needs %d", at, len(f.parts), n, len(d.terms))
	constant := f.constant
	for i, t := range d.terms {
		p, want := f.parts[i], l.view(t.view)
		got := l.part(p)
		if p.coef != t.coef || !got.parallel(want) {
			refuse("form %d: part %d is not what node %d needs", at, i, n)
		}
		constant = plus(constant, times(t.coef, plus(got.constant, -want.constant)))
	}
	require(constant == d.constant, "form %d: its constant is not what node %d needs", at, n)
}

// factor is a factor as lo + w.
type factor struct {
	meaning
	lo int64
}

// above is w.
func (f factor) above() meaning {
	f.constant -= f.lo
	return f.meaning
}

// product checks a form of circuit.tc that must be a product of model.ac. As a polynomial in the w
// of the factors it has the coefficient of each set of them, as bits, at the set's place; w² of
// a square is at 2.
func (l *lowering) product(at int32, f *affine, n int32) {
	var ops []factor
	for _, t := range l.m.nodes[n].terms {
		lo, _ := l.m.extent(t.view)
		ops = append(ops, factor{l.view(t.view), lo})
	}
	want := expand(ops)
	if len(ops) == 2 && ops[0] == ops[1] {
		ops = ops[:1]
		want = [16]int64{want[0], plus(want[1], want[2]), want[3]}
	}
	sum := [16]int64{f.constant}
	for i := 0; i < len(f.parts); i++ {
		p := f.parts[i]
		set := 0
		if p.isForm || l.banks[p.ref].kind < bankAnd {
			got := l.part(p)
			j := slices.IndexFunc(ops, func(o factor) bool { return o.node == got.node && o.rises == got.rises })
			require(j >= 0, "form %d: part %d is no factor of node %d", at, i, n)
			set = 1 << j
			sum[0] = plus(sum[0], times(p.coef, plus(ops[j].lo, plus(got.constant, -ops[j].constant))))
		} else {
			b := &l.banks[p.ref]
			set = l.joined(b, ops)
			require(b.node == n && set > 0 && l.powers(b, p), "form %d: part %d is not conjunctions of node %d", at, i, n)
			i += l.squares(b, p.coef, f.parts[i+1:])
		}
		sum[set] = plus(sum[set], p.coef)
	}
	require(sum == want, "form %d: is not the product of node %d", at, n)
}

// expand is Π (lo_i + w_i).
func expand(ops []factor) (sum [16]int64) {
	for set := range 1 << len(ops) {
		sum[set] = 1
		for i, o := range ops {
			if set>>i&1 == 0 {
				sum[set] = times(sum[set], o.lo)
			}
		}
	}
	return sum
}

// joined is the set of factors whose bits a bank joins, 0 if they are others or not of a square.
func (l *lowering) joined(b *bank, ops []factor) (set int) {
	for _, list := range b.lists {
		i := 0
		for i < len(ops) && (set>>i&1 == 1 || !l.listIs[list].same(ops[i].above())) {
			i++
		}
		if i == len(ops) {
			return 0
		}
		set |= 1 << i
	}
	switch {
	case b.kind == bankAnd:
		return set
	case len(ops) == 1:
		return 2
	}
	return 0
}

// squares counts the parts that complete pairs to a square: Σ 4^i·b_i.
func (l *lowering) squares(b *bank, coef int64, parts []part) int {
	if b.kind != bankPairs {
		return 0
	}
	bits := l.lists[b.lists[0]]
	for i, form := range bits {
		square := part{coef: times(coef, 1<<(2*i)), isForm: true, ref: form, table: ones}
		require(i < len(parts) && parts[i] == square, "circuit.tc: the square of bit %d is missing", i)
	}
	return len(bits)
}

// powers tells whether a part weighs conjunctions by the powers of two of their bits.
func (l *lowering) powers(b *bank, p part) bool {
	if p.table == ones {
		return false
	}
	want := []int64{1}
	for _, list := range b.lists {
		var next []int64
		for _, w := range want {
			for i := range l.lists[list] {
				next = append(next, times(w, 1<<i))
			}
		}
		want = next
	}
	if b.kind == bankPairs {
		single := want
		want = nil
		for i, w := range single {
			for _, v := range single[i+1:] {
				want = append(want, times(2*w, v))
			}
		}
	}
	return slices.Equal(want, l.tables[p.table][p.off:int64(p.off)+b.gates])
}

// outputs reads the end of circuit.tc: each label is a gate that is on where the step is 1.
func (l *lowering) outputs(size *counter) {
	require(len(l.inputs) == 0, "circuit.tc: has %d tokens less than model.ac", len(l.inputs))
	for n, value := range l.value {
		if !l.met[value] && l.m.nodes[n].kind != nodeInput {
			refuse("circuit.tc: no form is the value of node %d", n)
		}
	}
	for _, nodes := range l.m.labels {
		require(int(l.in.count()) == len(nodes), "circuit.tc: a position has not one label for each class")
		for class, n := range nodes {
			bank, gate := l.in.index(len(l.banks)), l.in.uint()
			require(l.bankIs[bank].node == n && gate < uint64(l.banks[bank].gates),
				"circuit.tc: label %d is no gate of its class", class)
			on := l.values(l.bankIs[bank])
			for i, count := range on {
				on[i] = min(1, max(0, count-int64(gate))) // 1 if gate < count
			}
			require(l.of(n, on).same(l.value[n]), "circuit.tc: label %d is not on where its class is the answer", class)
			size.Outputs++
		}
	}
	l.in.end()
	l.checkHead(&size.Size, len(l.m.labels))
}
