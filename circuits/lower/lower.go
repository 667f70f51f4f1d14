package lower

import (
	"fmt"
	"math/bits"
	"slices"

	"tc0/circuits/arith"
	"tc0/circuits/threshold"
)

// Options say how variables are written in gates.
type Options struct {
	// Digits is 1 for one gate per change point or 2 for two digits wherever
	// that is possible and saves gates.
	Digits int
	// Materialise lists the stages whose bits become gates of their own.
	Materialise map[string]bool
}

// shapeKey names steps that are lowered alike.
type shapeKey struct {
	th, val     arith.Table
	off, count  int
	digits      int
	materialise bool
}

// lowering is the state of one run.
type lowering struct {
	ac      *arith.Circuit
	tc      *threshold.Builder
	o       Options
	tabled  []bool               // steps that some view reads through a table
	label   map[arith.Node]int32 // bank of each label step's gate
	shapes  map[shapeKey]*Shape
	tables  map[arith.Table]threshold.Table // tables used as they are
	deltas  map[arith.Table]threshold.Table // differences of neighbours
	bitTabs map[bitKey]threshold.Table      // weights that make bits
	borders map[borderKey]threshold.Table   // borders of parts
	powers  map[powerKey]threshold.Table    // weights of conjunctions
	bank    []int32                         // first bank of each variable
	value   []int32                         // value form of each node
	lists   map[arith.View]operand          // bit lists of views
	stages  []int32
}

// operand is a view as the factor of a product: Lo + Σ 2^i·bit_i.
type operand struct {
	list  int
	bits  int
	lo    int64
	value int // form of the view's value
}

// bitKey names the weights that make one bit of a table's entries, taken above
// lo; the table is [levelTable] for the level of a thermometer itself. One-hot
// bits weigh by the entries, gates of a thermometer by their differences.
type bitKey struct {
	table      arith.Table
	off, count int // entries
	oneHot     bool
	bit        int
	lo         int64
}

// levelTable stands for the table 0, 1, 2, …
const levelTable arith.Table = -1

// powerKey names the weights of conjunctions by the bits of the operands.
type powerKey [arith.MaxFactors]uint8

type borderKey struct {
	shape *Shape
	part  int
}

// Circuit lowers an arithmetic circuit.
func Circuit(ac *arith.Circuit, o Options) (*threshold.Circuit, error) {
	if o.Digits < 1 || o.Digits > 2 {
		return nil, fmt.Errorf("lower: %d digits, expected 1 or 2", o.Digits)
	}
	l := &lowering{
		ac: ac, tc: threshold.NewBuilder(), o: o,
		tabled: make([]bool, ac.Len()), label: map[arith.Node]int32{}, shapes: map[shapeKey]*Shape{},
		tables: map[arith.Table]threshold.Table{}, deltas: map[arith.Table]threshold.Table{},
		bitTabs: map[bitKey]threshold.Table{}, borders: map[borderKey]threshold.Table{},
		powers: map[powerKey]threshold.Table{},
		bank:   make([]int32, ac.Len()), value: make([]int32, ac.Len()), lists: map[arith.View]operand{},
	}
	for _, s := range ac.Stages() {
		l.stages = append(l.stages, l.tc.Stage(s))
	}
	l.markTabled()
	l.markLabels()
	for n := range arith.Node(ac.Len()) {
		if err := l.node(n); err != nil {
			return nil, fmt.Errorf("lower %s: %w", ac.Name(n), err)
		}
	}
	for _, out := range ac.Outputs() {
		labels := make([]threshold.Output, len(out.Labels))
		for i, n := range out.Labels {
			labels[i] = threshold.Output{Bank: l.label[n]}
		}
		l.tc.Output(labels)
	}
	return l.tc.Finish()
}

// markTabled finds the steps that are read through tables: they need one bank
// whose gates are the level's, which digits do not give.
func (l *lowering) markTabled() {
	mark := func(ts []arith.Term) {
		for _, t := range ts {
			if t.Table != arith.Natural {
				l.tabled[t.Node] = true
			}
		}
	}
	for n := range arith.Node(l.ac.Len()) {
		switch l.ac.Kind(n) {
		case arith.Form:
			_, ts := l.ac.Form(n)
			mark(ts)
		case arith.Product:
			mark(l.ac.Factors(n))
		}
	}
}

// markLabels finds the label steps, which must end in one gate.
func (l *lowering) markLabels() {
	for _, out := range l.ac.Outputs() {
		for _, n := range out.Labels {
			l.label[n] = 0
		}
	}
}

func (l *lowering) tag(n arith.Node, part int) threshold.Tag {
	return threshold.Tag{Node: int32(n), Part: int32(part), Stage: l.stages[l.ac.Origin(n).Stage]}
}

func (l *lowering) node(n arith.Node) error {
	switch l.ac.Kind(n) {
	case arith.Input:
		l.bank[n] = int32(l.tc.Input(l.ac.Levels(n), l.tag(n, 0)))
	case arith.Form:
		constant, terms := l.ac.Form(n)
		l.value[n] = int32(l.form(constant, terms))
	case arith.Step:
		if err := l.step(n); err != nil {
			return err
		}
	case arith.Product:
		l.product(n)
	}
	return l.tc.Err()
}

// form copies a form, replacing views by forms over gates.
func (l *lowering) form(constant int64, terms []arith.Term) int {
	out := make([]threshold.Term, 0, len(terms))
	for _, t := range terms {
		if t.Table == arith.Natural {
			out = append(out, threshold.Term{Coef: t.Coef, Ref: threshold.FormRef(int(l.value[t.Node]))})
			continue
		}
		w, off, first := l.viewWeights(t.View)
		constant += t.Coef * first
		out = append(out, threshold.Term{Coef: t.Coef, Ref: threshold.BankRef(int(l.bank[t.Node])), Table: w, Off: off})
	}
	return l.tc.Form(constant, out)
}

// viewWeights are the weights that make a table view a sum over the variable's
// bank, and the constant to add: one-hot bits carry the table itself, the gates
// of a thermometer its differences.
func (l *lowering) viewWeights(v arith.View) (w threshold.Table, off int32, first int64) {
	if l.ac.Kind(v.Node) == arith.Input {
		return l.table(v.Table), 0, 0
	}
	table := l.ac.Table(v.Table)
	return l.delta(v.Table), 0, table[0]
}

// table shares a table of the arithmetic circuit.
func (l *lowering) table(t arith.Table) threshold.Table {
	id, ok := l.tables[t]
	if !ok {
		id = l.tc.Table(l.ac.Table(t))
		l.tables[t] = id
	}
	return id
}

// delta is the table of differences of neighbouring entries.
func (l *lowering) delta(t arith.Table) threshold.Table {
	id, ok := l.deltas[t]
	if !ok {
		id = l.tc.Table(differences(l.ac.Table(t)))
		l.deltas[t] = id
	}
	return id
}

func differences(v []int64) []int64 {
	d := make([]int64, max(len(v)-1, 0))
	for i := range d {
		d[i] = v[i+1] - v[i]
	}
	return d
}

// step lowers a step: its banks, its value form and, if asked for, its bits.
func (l *lowering) step(n arith.Node) error {
	s, err := l.shape(n)
	if err != nil {
		return err
	}
	form, _, _ := l.ac.Step(n)
	th, val, off, count := l.ac.StepTables(n)
	read := int(l.value[form])
	if s.Digits == 1 {
		b := l.tc.Level(read, l.table(th), off, 1, int64(count), l.tag(n, 0))
		l.bank[n] = int32(b)
		l.value[n] = int32(l.tc.Form(l.ac.Table(val)[off], []threshold.Term{
			{Coef: 1, Ref: threshold.BankRef(b), Table: l.delta(val), Off: int32(off)},
		}))
	} else {
		l.digits(n, s, read)
	}
	if s.Materialise {
		l.materialise(n, s)
	}
	if _, ok := l.label[n]; ok {
		l.label[n] = l.labelBank(n)
	}
	return nil
}

// labelPart is the part of a label step's own gate.
const labelPart = 4

// labelBank is the bank of a label's gate: the step's bank if that is its only
// gate and the label is 1 where it is, otherwise one gate more, [value >= 1].
func (l *lowering) labelBank(n arith.Node) int32 {
	if _, _, values := l.ac.Step(n); slices.Equal(values, []int64{0, 1}) {
		return l.bank[n]
	}
	return int32(l.tc.Level(int(l.value[n]), l.one(), 0, 1, 1, l.tag(n, labelPart)))
}

// one is the table of the threshold 1.
func (l *lowering) one() threshold.Table { return l.tc.Table([]int64{1}) }

func (l *lowering) shape(n arith.Node) (*Shape, error) {
	th, val, off, count := l.ac.StepTables(n)
	key := shapeKey{th, val, off, count, l.o.Digits, l.o.Materialise[l.ac.StageName(l.ac.Origin(n).Stage)]}
	if l.tabled[n] {
		key.digits = 1
	}
	if s, ok := l.shapes[key]; ok {
		return s, nil
	}
	_, thresholds, values := l.ac.Step(n)
	s, err := ShapeOf(thresholds, values, key.digits, key.materialise)
	l.shapes[key] = &s
	return &s, err
}

// digits adds the banks of a step in two digits and its value form.
func (l *lowering) digits(n arith.Node, s *Shape, read int) {
	var terms []threshold.Term
	for i := range s.Parts {
		p := &s.Parts[i]
		form := read
		if p.Falling {
			form = l.tc.Form(0, []threshold.Term{{Coef: -1, Ref: threshold.FormRef(read)}})
		}
		table, off := l.partTable(n, s, i)
		stride := 1 << p.Width
		high := l.tc.Level(form, table, off+stride-1, stride, int64(p.High()), l.tag(n, 2*i))
		if i == 0 {
			l.bank[n] = int32(high)
		}
		terms = append(terms, threshold.Term{Coef: int64(stride), Ref: threshold.BankRef(high), Table: threshold.Ones})
		if p.Width > 0 {
			_, hi := l.tc.FormRange(form)
			past := hi + 1
			if k := len(p.Borders); k > 0 {
				past = max(past, p.Borders[k-1])
			}
			low := l.tc.Digit(form, high, table, off, len(p.Borders), p.Width, past, l.tag(n, 2*i+1))
			terms = append(terms, threshold.Term{Coef: 1, Ref: threshold.BankRef(low), Table: threshold.Ones})
		}
	}
	l.value[n] = int32(l.tc.Form(s.Lo, terms))
}

// partTable is the table of a part's borders: the step's own thresholds where
// they serve, so that they are stored once.
func (l *lowering) partTable(n arith.Node, s *Shape, i int) (threshold.Table, int) {
	th, _, off, _ := l.ac.StepTables(n)
	if s.Parts[i].Whole {
		return l.table(th), off
	}
	key := borderKey{s, i}
	t, ok := l.borders[key]
	if !ok {
		t = l.tc.Table(s.Parts[i].Borders)
		l.borders[key] = t
	}
	return t, 0
}

// materialise turns each bit into a gate [bit >= 1]; the value and the bits are
// read from these gates from then on.
func (l *lowering) materialise(n arith.Node, s *Shape) {
	bitForms := l.bitForms(arith.View{Node: n, Table: arith.Natural}, s)
	terms := make([]threshold.Term, len(bitForms))
	gates := make([]int32, len(bitForms))
	for i, f := range bitForms {
		b := l.tc.Level(int(f), l.one(), 0, 1, 1, l.tag(n, 8+i))
		ref := threshold.Term{Coef: 1, Ref: threshold.BankRef(b), Table: threshold.Ones}
		gates[i] = int32(l.tc.Form(0, []threshold.Term{ref}))
		ref.Coef = 1 << i
		terms[i] = ref
	}
	l.value[n] = int32(l.tc.Form(s.Lo, terms))
	l.lists[arith.View{Node: n, Table: arith.Natural}] = operand{
		list: l.tc.List(gates), bits: len(gates), lo: s.Lo, value: int(l.value[n]),
	}
}

// operand is the bit list of a view, made on first use.
func (l *lowering) operand(v arith.View) operand {
	if o, ok := l.lists[v]; ok {
		return o
	}
	var o operand
	if v.Table == arith.Natural && l.ac.Kind(v.Node) == arith.Step {
		s, _ := l.shape(v.Node) // computed without error when the step was lowered
		forms := l.bitForms(v, s)
		o = operand{list: l.tc.List(forms), bits: len(forms), lo: s.Lo, value: int(l.value[v.Node])}
	} else {
		o = l.tableOperand(v)
	}
	l.lists[v] = o
	return o
}

// bitForms are the bits of a step's value above its least, as forms.
func (l *lowering) bitForms(v arith.View, s *Shape) []int32 {
	forms := make([]int32, s.Bits)
	if s.Digits == 1 {
		_, val, off, count := l.ac.StepTables(v.Node)
		return l.tableBits(v, bitKey{table: val, off: off, count: count + 1, lo: s.Lo}, s.Bits)
	}
	for i := range forms {
		var terms []threshold.Term
		bank := int(l.bank[v.Node])
		for k := range s.Parts {
			p := &s.Parts[k]
			at, bit, count := bank, i-p.Width, p.High()
			if i < p.Width {
				at, bit, count = bank+1, i, p.Low()
			}
			if count>>bit > 0 {
				terms = append(terms, threshold.Term{Coef: 1, Ref: threshold.BankRef(at), Table: l.levelBit(bit, count)})
			}
			bank++
			if p.Width > 0 {
				bank++
			}
		}
		forms[i] = int32(l.tc.Form(0, terms))
	}
	return forms
}

// levelBit is the table of weights that make a bit of a thermometer's level.
func (l *lowering) levelBit(bit, count int) threshold.Table {
	key := bitKey{table: levelTable, count: count + 1, bit: bit}
	t, ok := l.bitTabs[key]
	if !ok {
		w := make([]int64, count)
		for k := range w {
			w[k] = int64((k+1)>>bit&1 - k>>bit&1)
		}
		t = l.tc.Table(w)
		l.bitTabs[key] = t
	}
	return t
}

// tableBits are the bits of a view's entries above key.lo, as forms.
func (l *lowering) tableBits(v arith.View, key bitKey, n int) []int32 {
	values := l.ac.ViewTable(v)
	key.oneHot = l.ac.Kind(v.Node) == arith.Input
	forms := make([]int32, n)
	for key.bit = range n {
		t, ok := l.bitTabs[key]
		if !ok {
			w := make([]int64, len(values))
			for k, x := range values {
				w[k] = (x - key.lo) >> key.bit & 1
			}
			if !key.oneHot {
				w = differences(w)
			}
			t = l.tc.Table(w)
			l.bitTabs[key] = t
		}
		constant := int64(0)
		if !key.oneHot {
			constant = (values[0] - key.lo) >> key.bit & 1
		}
		forms[key.bit] = int32(l.tc.Form(constant, []threshold.Term{
			{Coef: 1, Ref: threshold.BankRef(int(l.bank[v.Node])), Table: t},
		}))
	}
	return forms
}

// tableOperand is the operand of an input, or of a step, read through a table.
func (l *lowering) tableOperand(v arith.View) operand {
	values := l.ac.ViewTable(v)
	lo, width := Spread(values)
	forms := l.tableBits(v, bitKey{table: v.Table, count: len(values), lo: lo}, width)
	return operand{
		list: l.tc.List(forms), bits: width, lo: lo,
		value: l.form(0, []arith.Term{{Coef: 1, View: v}}),
	}
}

// Spread is the least value and the bits of the largest above it.
func Spread(values []int64) (lo int64, width int) {
	lo = slices.Min(values)
	return lo, bits.Len64(uint64(slices.Max(values) - lo))
}

// product writes Π (lo_i + w_i) out: a constant, multiples of single factors'
// values, and conjunction banks for every larger set with a non-zero rest.
func (l *lowering) product(n arith.Node) {
	fs := l.ac.Factors(n)
	if len(fs) == 2 && fs[0].View == fs[1].View {
		l.square(n, fs[0].View)
		return
	}
	ops := make([]operand, len(fs))
	least := make([]int64, len(fs))
	for i, f := range fs {
		ops[i] = l.operand(f.View)
		least[i] = ops[i].lo
	}
	// Σ over sets of two or more of rest·Π w, and the single factors by their
	// values: Π lo + Σ_i rest_i·(value_i - lo_i).
	constant := int64(1)
	for _, lo := range least {
		constant *= lo
	}
	var terms []threshold.Term
	for i := range ops {
		rest := int64(1)
		for k, lo := range least {
			if k != i {
				rest *= lo
			}
		}
		if rest != 0 {
			constant -= rest * least[i]
			terms = append(terms, threshold.Term{Coef: rest, Ref: threshold.FormRef(ops[i].value)})
		}
	}
	part := 0
	for set, rest := range Subsets(least) {
		var chosen []operand
		for i := range ops {
			if set>>i&1 == 1 {
				chosen = append(chosen, ops[i])
			}
		}
		terms = append(terms, l.conjunctions(n, part, chosen, rest))
		part++
	}
	l.value[n] = int32(l.tc.Form(constant, terms))
}

// conjunctions adds the bank of all conjunctions of one bit of each operand.
func (l *lowering) conjunctions(n arith.Node, part int, ops []operand, coef int64) threshold.Term {
	lists := make([]int, len(ops))
	for i, o := range ops {
		lists[i] = o.list
	}
	bank := l.tc.And(l.tag(n, part), lists...)
	return threshold.Term{Coef: coef, Ref: threshold.BankRef(bank), Table: l.weights(ops)}
}

// weights is the table of 2^(i+j+…) for conjunctions of bits i, j, …
func (l *lowering) weights(ops []operand) threshold.Table {
	var key powerKey
	for i, o := range ops {
		key[i] = uint8(o.bits) + 1 // 0 stands for no operand
	}
	t, ok := l.powers[key]
	if ok {
		return t
	}
	weights := []int64{1}
	for _, o := range ops {
		next := make([]int64, 0, len(weights)*o.bits)
		for _, w := range weights {
			for b := range o.bits {
				next = append(next, w<<b)
			}
		}
		weights = next
	}
	t = l.tc.Table(weights)
	l.powers[key] = t
	return t
}

// square is (lo+w)² = lo² + 2·lo·w + Σ 4^i·bit_i + 2·Σ_{i<j} 2^(i+j)·bit_i·bit_j.
func (l *lowering) square(n arith.Node, v arith.View) {
	o := l.operand(v)
	bank := l.tc.Pairs(l.tag(n, 0), o.list)
	var weights []int64
	for i := range o.bits {
		for j := i + 1; j < o.bits; j++ {
			weights = append(weights, 2<<(i+j))
		}
	}
	terms := []threshold.Term{
		{Coef: 2 * o.lo, Ref: threshold.FormRef(o.value)},
		{Coef: 1, Ref: threshold.BankRef(bank), Table: l.tc.Table(weights)},
	}
	for i, f := range l.tc.ListForms(o.list) {
		terms = append(terms, threshold.Term{Coef: 1 << (2 * i), Ref: threshold.FormRef(int(f))})
	}
	l.value[n] = int32(l.tc.Form(-o.lo*o.lo, terms))
}
