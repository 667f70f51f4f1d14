package kernel

import (
	"io"
	"math/bits"
	"slices"
)

// The lowering is checked in one walk over the nodes of model.ac, in step with
// circuit.tc: each node must be followed by the forms, lists and banks of one of the
// rules below, no more and no less. Every rule is a small identity of integers:
//
//	telescoping      g(level) = g(0) + Σ_k (g(k+1) - g(k))·[F ≥ τ_k], τ ascending
//	one-hot          g(token) = Σ_v g(v)·[token = v]
//	digits           for borders c_1 ≤ … ≤ c_L and H = ⌊L/2^w⌋ higher gates u_h = [F ≥ c_{h·2^w}],
//	                 the gates [F + Σ_h (c_{(h-1)2^w+j} - c_{h·2^w+j})·u_h ≥ c_j], 0 < j < 2^w, are
//	                 [F ≥ c_{m·2^w+j}] with m = Σ u_h, so #{i: F ≥ c_i} = 2^w·Σ u + Σ low;
//	                 borders beyond L stand above every value of F
//	materialisation  a bit is [bit ≥ 1]
//	product          Π (lo_i + w_i) = Σ over sets of factors of Π_outside lo · Π_inside w, and
//	                 Π w = Σ over choices of bits 2^(i+j+…)·[b_i + b_j + … ≥ number of factors]
//	square           w² = Σ 4^i·b_i + Σ_{i<j} 2^(i+j+1)·[b_i + b_j ≥ 2]
//
// By induction over the nodes every form stands for its node's value on every word.

// weights names the weights that a rule asks for; equal names are equal weights, so
// they are compared with a table once.
type weights struct {
	kind       uint8
	table      int32 // of model.ac
	off, count int32
	bit        uint8
	lo         int64
	widths     [4]uint8
}

const (
	entries    = iota // the table's entries
	rises             // differences of neighbours
	bitOf             // bit of entry - lo
	bitRises          // differences of neighbouring bits of entry - lo
	levelRises        // differences of neighbouring bits of 0, 1, …, count
	powers            // 2^(i+j+…) for bits i, j, … of numbers of these widths
	pairPowers        // 2^(i+j+1), i < j
)

// weight is what a rule wants a form to read.
type weight struct {
	coef   int64
	isForm bool
	ref    int32
	weights
	ones bool
}

func ofForm(coef int64, form int32) weight { return weight{coef: coef, isForm: true, ref: form} }
func ofOnes(coef int64, bank int32) weight { return weight{coef: coef, ref: bank, ones: true} }
func ofBank(coef int64, bank int32, w weights) weight {
	return weight{coef: coef, ref: bank, weights: w}
}

// operand is a factor as lo + Σ 2^i·bit_i, the bits a list, its value a form.
type operand struct {
	list, value int32
	width       int
	lo          int64
}

// digits are the banks of one monotone part of a step in two digits.
type digits struct {
	high, low int32 // banks
	width     int   // of the low digit; 0 if there is none
	count     int   // borders
}

// lowering is the state of the walk: what stands for each node.
type lowering struct {
	m      *arithmetic
	c      *circuit
	value  []int32 // form of each node's value
	bank   []int32 // first bank of each variable
	parts  map[int32][]digits
	labels map[int32]int32 // bank of each label
	lists  map[view]operand
	seen   map[seenWeights]bool
	border map[borderKey][]int64
	stages []int32 // number in circuit.tc
}

type seenWeights struct {
	weights
	table, off int32
}

type borderKey struct {
	th, val, off, levels int32
	falling              bool
}

// checkLowering reads circuit.tc and checks that it implements m; it returns the counts.
func checkLowering(m *arithmetic, r io.Reader) *Size {
	l := &lowering{
		m: m, c: openCircuit(r), value: make([]int32, len(m.nodes)), bank: make([]int32, len(m.nodes)),
		parts: map[int32][]digits{}, labels: map[int32]int32{}, lists: map[view]operand{},
		seen: map[seenWeights]bool{}, border: map[borderKey][]int64{},
	}
	for _, name := range m.stages {
		i := slices.Index(l.c.stages, name)
		require(i >= 0, "circuit.tc: has no stage %q", name)
		l.stages = append(l.stages, int32(i))
	}
	for _, labels := range m.labels {
		for _, n := range labels {
			l.labels[n] = -1
		}
	}
	for n := range int32(len(m.nodes)) {
		switch m.nodes[n].kind {
		case nodeInput:
			l.bank[n] = l.take(n, 0, bankInput)
			require(l.c.banks[l.bank[n]].gates == int64(m.nodes[n].levels), "node %d: its token has another number of bits", n)
		case nodeForm:
			l.form(n)
		case nodeStep:
			l.step(n)
		case nodeProduct:
			l.product(n)
		}
	}
	var labels [][]int32
	for _, nodes := range m.labels {
		var row []int32
		for _, n := range nodes {
			row = append(row, l.labels[n])
		}
		labels = append(labels, row)
	}
	l.c.finish(labels)
	return &l.c.size.Size
}

// take takes the next bank, which must be this part of the node.
func (l *lowering) take(n int32, part int, kind uint8) int32 {
	at := l.c.takeBank()
	b := &l.c.banks[at]
	require(b.kind == kind && b.node == n && int(b.number) == part && b.stage == l.stages[l.m.nodes[n].stage],
		"bank %d: is not part %d of node %d", at, part, n)
	return at
}

// expect takes the next form, which must be this one.
func (l *lowering) expect(n int32, constant int64, want ...weight) int32 {
	at := l.c.takeForm()
	f := &l.c.forms[at]
	require(f.constant == constant && len(f.parts) == len(want), "form %d: is not the one that node %d needs", at, n)
	for i, w := range want {
		p := f.parts[i]
		require(p.coef == w.coef && p.isForm == w.isForm && p.ref == w.ref && (w.isForm || l.weighs(p, w)),
			"form %d: part %d is not what node %d needs", at, i, n)
	}
	return at
}

// weighs compares the weights that a part puts on a bank.
func (l *lowering) weighs(p part, w weight) bool {
	if w.ones || p.table == ones {
		return w.ones && p.table == ones
	}
	key := seenWeights{w.weights, p.table, p.off}
	ok, known := l.seen[key]
	if !known {
		ok = startsWith(l.c.tables[p.table][p.off:], l.m.weights(w.weights))
		l.seen[key] = ok
	}
	return ok
}

func startsWith(values, want []int64) bool {
	return len(values) >= len(want) && slices.Equal(values[:len(want)], want)
}

// weights writes weights out.
func (m *arithmetic) weights(w weights) []int64 {
	var level []int64
	switch w.kind {
	case powers:
		return powersOf(w.widths)
	case pairPowers:
		for i := range w.widths[0] {
			for j := i + 1; j < w.widths[0]; j++ {
				level = append(level, 2<<(i+j))
			}
		}
		return level
	case levelRises:
		for v := range int64(w.count) {
			level = append(level, v>>w.bit&1)
		}
		return differences(level)
	}
	level = slices.Clone(m.tables[w.table][w.off : w.off+w.count])
	if w.kind == bitOf || w.kind == bitRises {
		for i := range level {
			level[i] = (level[i] - w.lo) >> w.bit & 1
		}
	}
	if w.kind == rises || w.kind == bitRises {
		return differences(level)
	}
	return level
}

func differences(v []int64) []int64 {
	var d []int64
	for i := 1; i < len(v); i++ {
		d = append(d, v[i]-v[i-1])
	}
	return d
}

func powersOf(widths [4]uint8) []int64 {
	out := []int64{1}
	for _, width := range widths {
		if width == 0 {
			continue
		}
		var next []int64
		for _, w := range out {
			for bit := range width - 1 { // a width is stored as one more, 0 stands for none
				next = append(next, w<<bit)
			}
		}
		out = next
	}
	return out
}

// form: a form copies its node's terms; views by tables become weights on the
// variable's bank.
func (l *lowering) form(n int32) {
	d := &l.m.nodes[n]
	l.value[n] = l.affine(n, d.constant, d.terms)
}

func (l *lowering) affine(n int32, constant int64, terms []term) int32 {
	var want []weight
	for _, t := range terms {
		v := &l.m.nodes[t.node]
		switch {
		case t.table == natural:
			want = append(want, ofForm(t.coef, l.value[t.node]))
		case v.kind == nodeInput:
			want = append(want, ofBank(t.coef, l.bank[t.node], weights{kind: entries, table: t.table, count: v.levels}))
		default:
			require(l.parts[t.node] == nil, "node %d: reads levels of node %d, whose gates are digits", n, t.node)
			constant = plus(constant, times(t.coef, l.m.tables[t.table][0]))
			want = append(want, ofBank(t.coef, l.bank[t.node], weights{kind: rises, table: t.table, count: v.levels}))
		}
	}
	return l.expect(n, constant, want...)
}

// step: one bank of gates for its thresholds, or one or two monotone parts in
// digits; then, as the circuit chooses, its bits as gates; then a label's gate.
func (l *lowering) step(n int32) {
	d := &l.m.nodes[n]
	read, first := l.value[d.form], l.c.peekBank()
	b := &l.c.banks[first]
	if b.kind == bankLevel && b.form == read && b.stride == 1 && b.gates == int64(d.levels)-1 {
		l.bank[n] = l.take(n, 0, bankLevel)
		require(startsWith(l.c.tables[b.table][b.off:], l.m.tables[d.th][d.off:d.off+d.levels-1]),
			"bank %d: not the thresholds of node %d", first, n)
		w := weights{kind: rises, table: d.val, off: d.off, count: d.levels}
		l.value[n] = l.expect(n, l.m.tables[d.val][d.off], ofBank(1, first, w))
	} else {
		l.digits(n, read)
	}
	if next := l.peek(n); next != nil && next.number >= 8 {
		l.materialise(n)
	}
	if _, ok := l.labels[n]; ok {
		l.labels[n] = l.label(n)
	}
}

// peek is the next bank if it belongs to the node.
func (l *lowering) peek(n int32) *bank {
	if l.done(n) {
		return nil
	}
	if b := &l.c.banks[l.c.peekBank()]; b.node == n {
		return b
	}
	return nil
}

// done tells whether no node after n has banks, so that there may be none to peek at.
func (l *lowering) done(n int32) bool {
	if len(l.c.banks) > l.c.taken.bank {
		return false
	}
	return uint64(len(l.c.banks)) == l.c.head[2]
}

// digits: value = lo + Σ codes of the parts, where the step falls to its least value lo
// and then rises. The falling part's code counts borders 1-τ that -F reaches.
func (l *lowering) digits(n, read int32) {
	d := &l.m.nodes[n]
	values := l.m.entries(view{n, natural})
	turn := 1
	for turn < len(values) && values[turn] < values[turn-1] {
		turn++
	}
	for i := turn; i < len(values); i++ {
		require(values[i] > values[i-1], "node %d: in digits, but neither monotone nor a valley", n)
	}
	lo := slices.Min(values)
	var sum []weight
	for _, falling := range []bool{true, false} {
		codes, form, top := values[len(values)-1]-lo, read, l.m.nodes[d.form].hi
		if falling {
			codes, top = values[0]-lo, -l.m.nodes[d.form].lo
		}
		if codes == 0 {
			continue
		}
		if falling {
			form = l.expect(n, 0, ofForm(-1, read))
		}
		p := digits{count: int(codes)}
		k := 2 * len(l.parts[n])
		p.high = l.take(n, k, bankLevel)
		h := l.c.banks[p.high]
		require(h.form == form && bits.OnesCount32(uint32(h.stride)) == 1, "bank %d: no digit of node %d", p.high, n)
		p.width = bits.TrailingZeros32(uint32(h.stride))
		from := h.off - (h.stride - 1)
		require(from >= 0 && codes <= int64(len(l.c.tables[h.table]))-int64(from) && h.gates == codes>>p.width,
			"bank %d: has not as many borders as node %d", p.high, n)
		borders := l.borders(d, falling) // no more than the table has
		require(startsWith(l.c.tables[h.table][from:], borders), "bank %d: not the borders of node %d", p.high, n)
		sum = append(sum, ofOnes(1<<p.width, p.high))
		if p.width > 0 {
			p.low = l.take(n, k+1, bankDigit)
			b := l.c.banks[p.low]
			require(b.form == form && b.high == p.high && int(b.width) == p.width, "bank %d: not the low digit to bank %d", p.low, p.high)
			require(b.table == h.table && b.off == from && int(b.count) == len(borders), "bank %d: not the borders of node %d", p.low, n)
			require(b.past > top && b.past >= borders[len(borders)-1],
				"bank %d: a missing border is not above all values of node %d", p.low, d.form)
			sum = append(sum, ofOnes(1, p.low))
		}
		l.parts[n] = append(l.parts[n], p)
	}
	require(len(sum) > 0, "node %d: no gates", n)
	l.value[n] = l.expect(n, lo, sum...)
}

// borders are the form values, ascending, from which on the code of a part is one
// more: of the rising part, or of the falling one on the negated form.
func (l *lowering) borders(d *node, falling bool) []int64 {
	key := borderKey{d.th, d.val, d.off, d.levels, falling}
	b, ok := l.border[key]
	if ok {
		return b
	}
	th, values := l.m.tables[d.th][d.off:d.off+d.levels-1], l.m.tables[d.val][d.off:d.off+d.levels]
	for i, t := range th {
		t = within(t)
		for range max(values[i+1]-values[i], 0) {
			if !falling {
				b = append(b, t)
			}
		}
		for range max(values[i]-values[i+1], 0) {
			if falling {
				b = append(b, 1-t)
			}
		}
	}
	slices.Sort(b)
	l.border[key] = b
	return b
}

// materialise: every bit of value - lo is a gate [bit >= 1], and readers read these.
func (l *lowering) materialise(n int32) {
	width, lo := l.spread(view{n, natural})
	fs := l.bits(view{n, natural}, width, lo)
	var sum []weight
	var gates []int32
	for i, f := range fs {
		at := l.take(n, 8+i, bankLevel)
		b := &l.c.banks[at]
		require(b.form == f && b.gates == 1 && l.c.tables[b.table][b.off] == 1, "bank %d: is not bit %d of node %d", at, i, n)
		gates = append(gates, l.expect(n, 0, ofOnes(1, at)))
		sum = append(sum, ofOnes(1<<i, at))
	}
	l.value[n] = l.expect(n, lo, sum...)
	l.lists[view{n, natural}] = operand{l.list(n, gates), l.value[n], width, lo}
}

// label: the step's only gate if the step is [F ≥ τ], otherwise a gate [value ≥ 1].
func (l *lowering) label(n int32) int32 {
	if slices.Equal(l.m.entries(view{n, natural}), []int64{0, 1}) {
		return l.bank[n]
	}
	at := l.take(n, 4, bankLevel)
	b := &l.c.banks[at]
	require(b.form == l.value[n] && b.gates == 1 && l.c.tables[b.table][b.off] == 1, "bank %d: is not the label of node %d", at, n)
	return at
}

// spread is the least value of a view and the bits of the largest above it.
func (l *lowering) spread(v view) (width int, lo int64) {
	n := &l.m.nodes[v.node]
	table, off := v.table, int32(0)
	if v.table == natural {
		table, off = n.val, n.off
	}
	lo, hi := l.m.extremes(table, off, n.levels)
	return bits.Len64(uint64(hi - lo)), lo
}

// bits takes the forms of the bits of a view above lo. The two parts of a valley are
// never both above 0, so their bits add up without carries.
func (l *lowering) bits(v view, width int, lo int64) (fs []int32) {
	require(width <= 62, "node %d: a value of %d bits", v.node, width)
	n := &l.m.nodes[v.node]
	table, off := v.table, int32(0)
	if v.table == natural {
		table, off = n.val, n.off
	}
	parts := l.parts[v.node]
	require(parts == nil || v.table == natural, "node %d: its levels are read, but its gates are digits", v.node)
	for bit := range width {
		w := weights{kind: bitOf, table: table, off: off, count: n.levels, bit: uint8(bit), lo: lo}
		switch {
		case parts != nil:
			fs = append(fs, l.expect(v.node, 0, digitBits(parts, bit)...))
		case n.kind == nodeInput:
			fs = append(fs, l.expect(v.node, 0, ofBank(1, l.bank[v.node], w)))
		default:
			w.kind = bitRises
			fs = append(fs, l.expect(v.node, (l.m.tables[table][off]-lo)>>bit&1, ofBank(1, l.bank[v.node], w)))
		}
	}
	return fs
}

// digitBits reads a bit of a code from its digit.
func digitBits(parts []digits, bit int) (want []weight) {
	for _, p := range parts {
		at, b, count := p.high, bit-p.width, p.count>>p.width
		if bit < p.width {
			at, b, count = p.low, bit, 1<<p.width-1
		}
		if count>>b > 0 {
			want = append(want, ofBank(1, at, weights{kind: levelRises, count: int32(count) + 1, bit: uint8(b)}))
		}
	}
	return want
}

// list takes the next list, which must hold these forms.
func (l *lowering) list(n int32, fs []int32) int32 {
	at := l.c.takeList()
	require(slices.Equal(l.c.lists[at], fs), "list %d: is not the bits of node %d", at, n)
	return at
}

// operand is a view as a factor; its bits come where it is a factor for the first time.
func (l *lowering) operand(v view) operand {
	o, ok := l.lists[v]
	if ok {
		return o
	}
	o.width, o.lo = l.spread(v)
	o.list = l.list(v.node, l.bits(v, o.width, o.lo))
	if v.table == natural {
		o.value = l.value[v.node]
	} else {
		o.value = l.affine(v.node, 0, []term{{1, v}})
	}
	l.lists[v] = o
	return o
}

// product: constant, multiples of single factors, conjunctions for larger sets.
func (l *lowering) product(n int32) {
	fs := l.m.nodes[n].terms
	if len(fs) == 2 && fs[0] == fs[1] {
		l.square(n, l.operand(fs[0].view))
		return
	}
	ops := make([]operand, len(fs))
	for i, f := range fs {
		ops[i] = l.operand(f.view)
	}
	outside := func(set int) int64 { // Π lo of the factors that are not in the set
		p := int64(1)
		for i, o := range ops {
			if set>>i&1 == 0 {
				p = times(p, o.lo)
			}
		}
		return p
	}
	constant := outside(0)
	var want []weight
	for i, o := range ops {
		if rest := outside(1 << i); rest != 0 {
			constant = plus(constant, -times(rest, o.lo)) // the factor's value is lo + w
			want = append(want, ofForm(rest, o.value))
		}
	}
	part := 0
	for size := len(ops); size >= 2; size-- {
		for set := 1<<len(ops) - 1; set > 0; set-- {
			rest := outside(set)
			if bits.OnesCount(uint(set)) == size && rest != 0 {
				want = append(want, l.conjunctions(n, part, set, ops, rest))
				part++
			}
		}
	}
	l.value[n] = l.expect(n, constant, want...)
}

// conjunctions takes the bank that joins one bit of each factor of a set.
func (l *lowering) conjunctions(n int32, part, set int, ops []operand, rest int64) weight {
	var lists []int32
	w := weights{kind: powers}
	sum := 0
	for i, o := range ops {
		if set>>i&1 == 1 {
			w.widths[len(lists)] = uint8(o.width) + 1
			lists = append(lists, o.list)
			sum += o.width
		}
	}
	require(sum <= 62, "node %d: a product of %d bits", n, sum)
	at := l.take(n, part, bankAnd)
	require(slices.Equal(l.c.banks[at].lists, lists), "bank %d: joins other bits than those of node %d", at, n)
	return ofBank(rest, at, w)
}

// square: (lo+w)² = -lo² + 2·lo·value + w².
func (l *lowering) square(n int32, o operand) {
	require(o.width <= 30, "node %d: the square of %d bits", n, o.width)
	at := l.take(n, 0, bankPairs)
	require(l.c.banks[at].lists[0] == o.list, "bank %d: joins other bits than those of node %d", at, n)
	want := []weight{
		ofForm(times(2, o.lo), o.value),
		ofBank(1, at, weights{kind: pairPowers, widths: [4]uint8{uint8(o.width)}}),
	}
	for i, f := range l.c.lists[o.list] {
		want = append(want, ofForm(1<<(2*i), f))
	}
	l.value[n] = l.expect(n, -times(o.lo, o.lo), want...)
}
