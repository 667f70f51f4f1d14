package threshold

import (
	"encoding/binary"
	"fmt"
	"hash/maphash"
	"math"
	"math/bits"
	"slices"
)

// rangeLimit bounds the absolute value of every form and weight.
const rangeLimit = int64(1)<<62 - 1

// digitLimit bounds the absolute value of digit thresholds, so that a digit
// gate's weights, their differences, fit even on top of its form's.
const digitLimit = int64(1) << 61

// maxList bounds the bits of one operand of an and bank.
const maxList = 62

// maxOps is the number of operands of an and bank.
const maxOps = 4

// Builder makes a [Circuit] in topological order. The first error sticks.
type Builder struct {
	c       Circuit
	err     error
	stageOf map[string]int32
	tableOf map[uint64][]Table
	seed    maphash.Seed
	extent  map[extentKey][2]int64
	heavy   map[partKey]uint64
	rising  map[stepKey]int
}

// stepKey names thresholds whose order was checked.
type stepKey struct {
	table              Table
	off, stride, count int
}

// extentKey names a part of a table whose extremes are cached.
type extentKey struct {
	kind  Kind
	table Table
	off   int32
	gates int64
}

// NewBuilder returns an empty builder.
func NewBuilder() *Builder {
	return &Builder{
		stageOf: map[string]int32{}, tableOf: map[uint64][]Table{}, seed: maphash.MakeSeed(),
		extent: map[extentKey][2]int64{}, heavy: map[partKey]uint64{}, rising: map[stepKey]int{},
	}
}

// Err is the first error so far.
func (b *Builder) Err() error { return b.err }

func (b *Builder) fail(format string, args ...any) {
	if b.err == nil {
		b.err = fmt.Errorf("bank %d, form %d: %s", len(b.c.banks), len(b.c.forms), fmt.Sprintf(format, args...))
	}
}

// Stage interns a stage name.
func (b *Builder) Stage(name string) int32 {
	if s, ok := b.stageOf[name]; ok {
		return s
	}
	s := int32(len(b.c.stages))
	b.c.stages = append(b.c.stages, name)
	b.stageOf[name] = s
	return s
}

// hash hashes a table in pieces.
func (b *Builder) hash(values []int64) uint64 {
	var h maphash.Hash
	h.SetSeed(b.seed)
	var buf [1 << 10]byte
	for part := range slices.Chunk(values, len(buf)/8) {
		for i, v := range part {
			binary.LittleEndian.PutUint64(buf[8*i:], uint64(v))
		}
		h.Write(buf[:8*len(part)])
	}
	return h.Sum64()
}

// Table interns a table by its content. The builder keeps the slice.
func (b *Builder) Table(values []int64) Table {
	key := b.hash(values)
	for _, t := range b.tableOf[key] {
		if slices.Equal(b.c.tables[t], values) {
			return t
		}
	}
	t := Table(len(b.c.tables))
	b.c.tables = append(b.c.tables, values)
	b.tableOf[key] = append(b.tableOf[key], t)
	return t
}

// Form adds constant + Σ terms, costs no gate, and returns its number.
func (b *Builder) Form(constant int64, terms []Term) int {
	if b.err != nil {
		return 0
	}
	f := form{
		constant: constant, lo: constant, hi: constant, weight: magnitude(constant),
		first: int32(len(b.c.terms)), count: int32(len(terms)),
	}
	if f.weight > uint64(rangeLimit) {
		b.fail("constant %d does not fit in 62 bits", constant)
		return 0
	}
	for _, t := range terms {
		lo, hi, depth, ok := b.termRange(t)
		if !ok {
			return 0
		}
		f.lo, f.hi, f.depth = f.lo+lo, f.hi+hi, max(f.depth, depth)
		if f.lo < -rangeLimit || f.hi > rangeLimit {
			b.fail("form range does not fit in 62 bits")
			return 0
		}
		// A range may stay small where weights cancel out; written out over
		// gates they must fit all the same.
		over, weight := bits.Mul64(magnitude(t.Coef), b.heaviest(t))
		if f.weight += weight; over != 0 || weight > uint64(rangeLimit) || f.weight > uint64(rangeLimit) {
			b.fail("weights of the form, written out, do not fit in 62 bits")
			return 0
		}
	}
	if len(b.c.forms) >= math.MaxInt32 || len(b.c.terms)+len(terms) > math.MaxInt32 {
		b.fail("more than 2^31 forms or terms")
		return 0
	}
	b.c.terms = append(b.c.terms, terms...)
	b.c.forms = append(b.c.forms, f)
	return len(b.c.forms) - 1
}

// Input adds the one-hot bits of a token with the given vocabulary.
func (b *Builder) Input(levels int, tag Tag) int {
	if levels < 1 || levels > math.MaxInt32 {
		b.fail("input with %d bits", levels)
	}
	d := bank{kind: Input, gates: int64(levels), tag: tag, gate: b.c.inputs}
	if b.err == nil {
		b.c.inputs += uint64(levels)
	}
	return b.add(d)
}

// Level adds gates [form >= table[off+k·stride]] for k = 0 … gates-1.
func (b *Builder) Level(f int, table Table, off, stride int, gates int64, tag Tag) int {
	if !b.knownForm(f) || !b.knownTable(table) || off < 0 || off > math.MaxInt32 ||
		stride < 1 || stride > math.MaxInt32 || gates < 0 || gates > math.MaxInt32 ||
		gates > 0 && int64(off)+(gates-1)*int64(stride) >= int64(len(b.c.tables[table])) {
		b.fail("level bank reads outside form %d or table %d", f, table)
		return 0
	}
	d := bank{
		kind: Level, form: int32(f), table: table, off: int32(off), stride: int32(stride), gates: gates, tag: tag,
		depth: b.c.forms[f].depth + 1,
	}
	if k := b.falls(table, off, stride, int(gates)); k > 0 {
		b.fail("thresholds fall at gate %d", k)
		return 0
	}
	if gates > 0 && (b.c.levelThreshold(&d, 0) < -rangeLimit || b.c.levelThreshold(&d, gates-1) > rangeLimit) {
		b.fail("thresholds of table %d do not fit in 62 bits", table)
		return 0
	}
	return b.add(d)
}

// Digit adds the 2^width-1 gates of the low digit of a code whose thresholds are
// table[off:off+count]; high is the level bank of its higher digit, which must
// use every 2^width-th of them. past stands for the thresholds beyond count and
// must exceed the range of the form.
func (b *Builder) Digit(f, high int, table Table, off, count, width int, past int64, tag Tag) int {
	if !b.knownForm(f) || !b.knownTable(table) || off < 0 || count < 0 || count > len(b.c.tables[table])-off ||
		width < 1 || width > 30 || high < 0 || high >= len(b.c.banks) {
		b.fail("digit bank reads outside form %d, bank %d or table %d", f, high, table)
		return 0
	}
	h := &b.c.banks[high]
	if h.kind != Level || h.gates != int64(count>>width) || past <= b.c.forms[f].hi {
		b.fail("digit bank does not match its high digit's bank %d", high)
		return 0
	}
	if 1<<width > 2*(count+1) {
		b.fail("low digit of %d bits for a code of %d thresholds", width, count)
		return 0
	}
	t := b.c.tables[table][off : off+count]
	if k := b.falls(table, off, 1, count); k > 0 {
		b.fail("digit thresholds fall at %d", k)
		return 0
	}
	if past > digitLimit || count > 0 && (t[0] < -digitLimit || max(past, t[count-1]) > digitLimit) {
		b.fail("digit thresholds do not fit in 61 bits")
		return 0
	}
	return b.add(bank{
		kind: Digit, form: int32(f), high: int32(high), table: table, off: int32(off), count: int32(count),
		width: uint8(width), past: past, gates: 1<<width - 1, tag: tag,
		depth: max(b.c.forms[f].depth, h.depth) + 1,
	})
}

// falls is the first of count thresholds table[off+k·stride] that is below the
// one before, or 0. Many banks share their thresholds, so the answer is kept.
func (b *Builder) falls(table Table, off, stride, count int) int {
	key := stepKey{table, off, stride, count}
	at, ok := b.rising[key]
	if ok {
		return at
	}
	t := b.c.tables[table]
	for k := 1; k < count && at == 0; k++ {
		if t[off+k*stride] < t[off+(k-1)*stride] {
			at = k
		}
	}
	b.rising[key] = at
	return at
}

// List adds a list of bit forms that and banks choose from, and returns its number.
func (b *Builder) List(forms []int32) int {
	if len(forms) > maxList {
		b.fail("operand of %d bits", len(forms))
	}
	for _, f := range forms {
		if !b.knownForm(int(f)) {
			b.fail("bit form %d does not exist yet", f)
			return 0
		}
		if b.c.forms[f].weight > uint64(rangeLimit)/maxOps {
			b.fail("weights of bit form %d do not fit in 60 bits", f)
			return 0
		}
	}
	if b.err != nil {
		return 0
	}
	b.c.lists = append(b.c.lists, forms)
	return len(b.c.lists) - 1
}

// And adds, for each choice of one form of each of two to four lists, the gate
// that all chosen forms are 1.
func (b *Builder) And(tag Tag, lists ...int) int {
	d := bank{kind: And, gates: 1, tag: tag}
	if len(lists) < 2 || len(lists) > len(d.ops) {
		b.fail("and bank of %d lists", len(lists))
		return 0
	}
	for i, l := range lists {
		d.gates *= b.operand(&d, i, l)
	}
	return b.add(d)
}

// Pairs adds, for each i < j, the gate that forms i and j of the list are both 1.
func (b *Builder) Pairs(tag Tag, list int) int {
	d := bank{kind: Pairs, tag: tag}
	n := b.operand(&d, 0, list)
	d.gates = n * (n - 1) / 2
	return b.add(d)
}

// operand makes list l operand i of d and returns its length.
func (b *Builder) operand(d *bank, i, l int) int64 {
	if l < 0 || l >= len(b.c.lists) {
		b.fail("list %d does not exist yet", l)
		return 0
	}
	d.ops[i], d.lists = int32(l), uint8(i+1)
	for _, f := range b.c.lists[l] {
		d.depth = max(d.depth, b.c.forms[f].depth+1)
	}
	return int64(len(b.c.lists[l]))
}

// Output adds one position's label gates.
func (b *Builder) Output(labels []Output) {
	for _, o := range labels {
		if o.Bank < 0 || int(o.Bank) >= len(b.c.banks) || o.Gate < 0 || o.Gate >= b.c.banks[o.Bank].gates {
			b.fail("output reads gate %d of bank %d, which does not exist", o.Gate, o.Bank)
			return
		}
	}
	b.c.outputs = append(b.c.outputs, slices.Clone(labels))
}

// Finish returns the circuit; the builder must not be used afterwards.
func (b *Builder) Finish() (*Circuit, error) {
	if b.err != nil {
		return nil, b.err
	}
	c := b.c
	return &c, nil
}

// FormRange is the proved range of a form already added.
func (b *Builder) FormRange(f int) (lo, hi int64) { return b.c.forms[f].lo, b.c.forms[f].hi }

// Gates is the number of gates so far.
func (b *Builder) Gates() uint64 { return b.c.gates }

// BankGates is the number of gates of bank i.
func (b *Builder) BankGates(i int) int64 { return b.c.banks[i].gates }

func (b *Builder) knownForm(f int) bool    { return f >= 0 && f < len(b.c.forms) }
func (b *Builder) knownTable(t Table) bool { return t >= 0 && int(t) < len(b.c.tables) }

func (b *Builder) add(d bank) int {
	if b.err == nil && (d.tag.Stage < -1 || d.tag.Stage >= int32(len(b.c.stages))) {
		b.fail("unknown stage %d", d.tag.Stage)
	}
	if b.err == nil && len(b.c.banks) >= math.MaxInt32 {
		b.fail("more than 2^31 banks")
	}
	if b.err != nil {
		return 0
	}
	d.forms, d.lists0 = int32(len(b.c.forms)), int32(len(b.c.lists))
	if d.kind != Input {
		d.gate = b.c.gates
		b.c.gates += uint64(d.gates)
	}
	b.c.banks = append(b.c.banks, d)
	return len(b.c.banks) - 1
}

// ListForms are the forms of a list already added. The caller must not modify them.
func (b *Builder) ListForms(l int) []int32 { return b.c.lists[l] }
