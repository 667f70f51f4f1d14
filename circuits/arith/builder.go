package arith

import (
	"encoding/binary"
	"fmt"
	"hash/maphash"
	"math"
	"math/bits"
	"slices"
)

// rangeLimit bounds the absolute value of every node, so that sums of two
// nodes and negations still fit in an int64.
const rangeLimit = int64(1)<<62 - 1

// Builder makes a [Circuit] node by node. The first error sticks: later calls
// return zero nodes and [Builder.Finish] reports it.
type Builder struct {
	c       Circuit
	err     error
	origin  Origin
	stageOf map[string]Stage
	tableOf map[uint64][]Table
	seed    maphash.Seed
	extents map[extentKey][2]int64
	ascends map[Table]bool
}

// extentKey names a part of a table whose extremes are cached: many nodes read
// the same one.
type extentKey struct {
	table      Table
	off, count int
}

// NewBuilder returns an empty builder.
func NewBuilder() *Builder {
	return &Builder{
		stageOf: map[string]Stage{}, tableOf: map[uint64][]Table{}, seed: maphash.MakeSeed(),
		origin:  Origin{T: -1, A: -1, B: -1, J: -1},
		extents: map[extentKey][2]int64{}, ascends: map[Table]bool{},
	}
}

// Fail records the first error.
func (b *Builder) Fail(format string, args ...any) {
	if b.err == nil {
		b.err = fmt.Errorf("node %d: "+format, append([]any{len(b.c.nodes)}, args...)...)
	}
}

// Err is the first error so far.
func (b *Builder) Err() error { return b.err }

// Stage interns a stage name.
func (b *Builder) Stage(name string) Stage {
	if s, ok := b.stageOf[name]; ok {
		return s
	}
	s := Stage(len(b.c.stages))
	b.c.stages = append(b.c.stages, name)
	b.stageOf[name] = s
	return s
}

// At sets the origin of the nodes that follow.
func (b *Builder) At(o Origin) {
	if int(o.Stage) >= len(b.c.stages) || o.Stage < 0 {
		b.Fail("unknown stage %d", o.Stage)
		return
	}
	if min(o.T, o.A, o.B, o.J) < -1 {
		b.Fail("origin index %d", min(o.T, o.A, o.B, o.J))
		return
	}
	b.origin = o
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

// Input adds a token input with the given number of levels, 1 to 2^31-1.
func (b *Builder) Input(levels int) Node {
	if levels < 1 || levels > math.MaxInt32 {
		b.Fail("input with %d levels", levels)
	}
	n := b.add(node{kind: Input, constant: int64(levels), lo: 0, hi: int64(levels) - 1})
	b.c.inputs = append(b.c.inputs, n)
	return n
}

// Form adds constant + Σ coef·view.
func (b *Builder) Form(constant int64, terms []Term) Node {
	lo, hi := constant, constant
	if constant < -rangeLimit || constant > rangeLimit {
		b.Fail("constant %d does not fit in 62 bits", constant)
		return 0
	}
	for _, t := range terms {
		vlo, vhi, ok := b.viewRange(t.View)
		if !ok {
			return 0
		}
		if t.Coef < 0 {
			vlo, vhi = vhi, vlo
		}
		plo, ok1 := mul(t.Coef, vlo)
		phi, ok2 := mul(t.Coef, vhi)
		lo += plo
		hi += phi
		if !ok1 || !ok2 || lo < -rangeLimit || hi > rangeLimit {
			b.Fail("form range does not fit in 62 bits; use fewer bits or a coarser scale")
			return 0
		}
	}
	return b.addTerms(node{kind: Form, constant: constant, lo: lo, hi: hi}, terms)
}

// Step adds a step on a form with thresholds th[off:off+count] and values
// val[off:off+count+1]. The whole table th must ascend, since evaluation indexes
// it once for all steps.
func (b *Builder) Step(form Node, th, val Table, off, count int) Node {
	if !b.known(form) || b.c.nodes[form].kind != Form {
		b.Fail("step does not read a form")
		return 0
	}
	if !b.knownTable(th) || !b.knownTable(val) || off < 0 || count < 0 ||
		count > len(b.c.tables[th])-off || count >= len(b.c.tables[val])-off {
		b.Fail("step uses [%d,+%d) of tables that are missing or shorter", off, count)
		return 0
	}
	if !b.ascending(th) {
		return 0
	}
	v := b.extent(val, off, count+1)
	if v[0] < -rangeLimit || v[1] > rangeLimit {
		b.Fail("step range does not fit in 62 bits")
		return 0
	}
	return b.addTerms(node{
		kind: Step, th: th, val: val, off: int32(off), levels: int32(count), lo: v[0], hi: v[1],
	}, []Term{{1, View{form, Natural}}})
}

// ascending tells whether all of a table's thresholds strictly ascend, or
// records where they do not.
func (b *Builder) ascending(th Table) bool {
	if b.ascends[th] {
		return true
	}
	t := b.c.tables[th]
	for i := 1; i < len(t); i++ {
		if t[i] <= t[i-1] {
			b.Fail("thresholds do not ascend at %d of table %d", i, th)
			return false
		}
	}
	b.ascends[th] = true
	return true
}

// extent is the least and greatest of table[off:off+count], count >= 1.
func (b *Builder) extent(table Table, off, count int) [2]int64 {
	key := extentKey{table, off, count}
	e, ok := b.extents[key]
	if !ok {
		t := b.c.tables[table][off : off+count]
		e = [2]int64{slices.Min(t), slices.Max(t)}
		b.extents[key] = e
	}
	return e
}

// Product adds the product of two to [MaxFactors] views of inputs and steps.
func (b *Builder) Product(views ...View) Node {
	if len(views) < 2 || len(views) > MaxFactors {
		b.Fail("product of %d views", len(views))
		return 0
	}
	lo, hi := int64(1), int64(1)
	terms := make([]Term, len(views))
	for i, v := range views {
		vlo, vhi, ok := b.viewRange(v)
		if !ok {
			return 0
		}
		if k := b.c.nodes[v.Node].kind; k != Input && k != Step {
			b.Fail("product of a %v", k)
			return 0
		}
		if lo, hi, ok = mulRange(lo, hi, vlo, vhi); !ok {
			b.Fail("product range does not fit in 62 bits; use fewer bits")
			return 0
		}
		terms[i] = Term{1, v}
	}
	return b.addTerms(node{kind: Product, lo: lo, hi: hi}, terms)
}

// Output adds the results of the next position.
func (b *Builder) Output(logits, labels []Node) {
	for _, n := range logits {
		if !b.known(n) || b.c.nodes[n].kind != Form {
			b.Fail("logit %d is not a form", n)
			return
		}
	}
	for _, n := range labels {
		if !b.known(n) || b.c.nodes[n].kind != Step || b.c.nodes[n].lo < 0 || b.c.nodes[n].hi > 1 {
			b.Fail("label %d is not a step with values 0 and 1", n)
			return
		}
	}
	b.c.outputs = append(b.c.outputs, Output{slices.Clone(logits), slices.Clone(labels)})
}

// Range is the proved range of a node already added.
func (b *Builder) Range(n Node) (lo, hi int64) { return b.c.nodes[n].lo, b.c.nodes[n].hi }

// Finish returns the circuit; the builder must not be used afterwards.
func (b *Builder) Finish() (*Circuit, error) {
	if b.err != nil {
		return nil, b.err
	}
	c := b.c
	return &c, nil
}

func (b *Builder) known(n Node) bool       { return n >= 0 && int(n) < len(b.c.nodes) }
func (b *Builder) knownTable(t Table) bool { return t >= 0 && int(t) < len(b.c.tables) }

// viewRange is the range of a view, or a recorded error.
func (b *Builder) viewRange(v View) (lo, hi int64, ok bool) {
	if !b.known(v.Node) {
		b.Fail("reads node %d, which does not exist yet", v.Node)
		return 0, 0, false
	}
	d := &b.c.nodes[v.Node]
	if v.Table == Natural {
		if d.kind == Input {
			b.Fail("reads input %d without a table", v.Node)
			return 0, 0, false
		}
		return d.lo, d.hi, true
	}
	if d.kind != Input && d.kind != Step {
		b.Fail("reads a %v through a table", d.kind)
		return 0, 0, false
	}
	levels := b.c.Levels(v.Node)
	if !b.knownTable(v.Table) || len(b.c.tables[v.Table]) < levels {
		b.Fail("table %d is missing or shorter than the %d levels of node %d", v.Table, levels, v.Node)
		return 0, 0, false
	}
	e := b.extent(v.Table, 0, levels)
	return e[0], e[1], true
}

func (b *Builder) add(d node) Node {
	if b.err != nil {
		return 0
	}
	if len(b.c.nodes) >= math.MaxInt32 {
		b.Fail("circuit has more than 2^31 nodes")
		return 0
	}
	if int(b.origin.Stage) >= len(b.c.stages) {
		b.Fail("no stage was set") // its name could not be written
		return 0
	}
	b.c.nodes = append(b.c.nodes, d)
	b.c.origins = append(b.c.origins, b.origin)
	return Node(len(b.c.nodes) - 1)
}

func (b *Builder) addTerms(d node, terms []Term) Node {
	if len(b.c.terms)+len(terms) > math.MaxInt32 {
		b.Fail("circuit has more than 2^31 terms")
		return 0
	}
	d.first, d.count = int32(len(b.c.terms)), int32(len(terms))
	n := b.add(d)
	if b.err == nil {
		b.c.terms = append(b.c.terms, terms...)
	}
	return n
}

// mul is a·b, or not ok when it does not fit the range limit.
func mul(a, b int64) (int64, bool) {
	if a == 0 || b == 0 {
		return 0, true
	}
	abs := func(v int64) uint64 {
		if v < 0 {
			return -uint64(v)
		}
		return uint64(v)
	}
	hi, lo := bits.Mul64(abs(a), abs(b))
	if hi != 0 || lo > uint64(rangeLimit) {
		return 0, false
	}
	return a * b, true
}

// mulRange is the range of a product of two ranges.
func mulRange(alo, ahi, blo, bhi int64) (lo, hi int64, ok bool) {
	lo, hi = rangeLimit, -rangeLimit
	for _, a := range [2]int64{alo, ahi} {
		for _, b := range [2]int64{blo, bhi} {
			p, fits := mul(a, b)
			if !fits {
				return 0, 0, false
			}
			lo, hi = min(lo, p), max(hi, p)
		}
	}
	return lo, hi, true
}
