package kernel

import "io"

// Kinds of banks of a threshold circuit, and the other records of circuit.tc.
const (
	bankInput = iota
	bankLevel
	bankDigit
	bankAnd
	bankPairs

	recordForm = 0x10
	recordList = 0x11
	recordEnd  = 0x12
)

// ones, in place of a table, is the weight 1 for every gate.
const ones = -1

// part is a summand of a form: coef times a form or a weighted sum over a bank.
type part struct {
	coef   int64
	isForm bool
	ref    int32
	table  int32 // of a bank: weights from off on, or ones
	off    int32
}

// affine is a form: a constant and parts.
type affine struct {
	constant int64
	parts    []part
	depth    int32
}

// bank is a bank of gates.
type bank struct {
	kind       uint8
	width      uint8 // of the low digit
	form, high int32
	table, off int32
	stride     int32
	count      int32 // thresholds that level and digit banks are about
	past       int64
	lists      []int32
	gates      int64
	depth      int32
	node       int32 // of model.ac, as the tag says
	stage      int32
}

// circuit is circuit.tc as far as it has been read. It holds forms, lists and banks,
// nothing per gate or per wire.
type circuit struct {
	in     *input
	head   [9]uint64 // gates, inputs, banks, forms, terms, lists, tables, stages, positions
	stages []string
	tables [][]int64
	forms  []affine
	lists  [][]int32
	banks  []bank
	terms  uint64
	last   int32 // node of the last tag
}

func openCircuit(r io.Reader) *circuit {
	c := &circuit{in: newInput(r, "circuit.tc", "tc0thres")}
	for i := range c.head {
		c.head[i] = c.in.uint()
		require(i < 2 || c.head[i] < 1<<31, "circuit.tc: a count of its head does not fit in 31 bits")
	}
	c.stages = c.in.stages(int32(c.head[7]))
	c.tables = c.in.tables(int32(c.head[6]))
	return c
}

// record reads one record and says of which kind it was. A form after a list would be of the
// next bank.
func (c *circuit) record(last uint8) (kind uint8) {
	kind = c.in.byte()
	switch {
	case kind == recordForm:
		require(last != recordList, "circuit.tc: a form after a list, of one bank")
		c.forms = append(c.forms, c.readForm())
	case kind == recordList:
		var list []int32
		n := c.in.count()
		require(n <= 62, "circuit.tc: a list of %d bits", n)
		for range n {
			list = append(list, c.in.back(len(c.forms)))
		}
		c.lists = append(c.lists, list)
	case kind != recordEnd:
		require(kind <= bankPairs, "circuit.tc: unknown record %#x", kind)
		c.banks = append(c.banks, c.readBank(kind))
	}
	return kind
}

func (c *circuit) readForm() (f affine) {
	in := c.in
	f.constant = within(in.int())
	for range in.count() {
		p := part{coef: within(in.int()), table: ones}
		r := in.uint()
		if p.isForm = r&1 == 1; p.isForm {
			p.ref = in.backBy(r>>1, len(c.forms))
			f.depth = max(f.depth, c.forms[p.ref].depth)
		} else {
			p.ref = in.backBy(r>>1, len(c.banks))
			b := &c.banks[p.ref]
			if p.table = in.index(len(c.tables)+1) - 1; p.table != ones {
				p.off = in.count()
				require(int64(p.off)+b.gates <= int64(len(c.tables[p.table])), "circuit.tc: weights beyond a table")
			}
			if b.gates > 0 {
				f.depth = max(f.depth, b.depth)
			}
		}
		f.parts = append(f.parts, p)
		c.terms++
	}
	return f
}

func (c *circuit) readBank(kind uint8) bank {
	in := c.in
	b := bank{kind: kind}
	switch kind {
	case bankInput:
		b.gates = int64(in.count())
		require(b.gates > 0, "circuit.tc: a token of no bits")
	case bankLevel:
		b.form, b.table = in.back(len(c.forms)), in.index(len(c.tables))
		b.off, b.stride, b.count = in.count(), in.count(), in.count()
		b.gates = int64(b.count)
		size, last := int64(len(c.tables[b.table])), int64(b.off)+(b.gates-1)*int64(b.stride)
		require(b.stride >= 1 && int64(b.off) <= size && (b.count == 0 || last < size),
			"circuit.tc: thresholds beyond a table")
		b.depth = c.forms[b.form].depth + 1
	case bankDigit:
		b.form, b.high, b.table = in.back(len(c.forms)), in.back(len(c.banks)), in.index(len(c.tables))
		b.off, b.stride, b.count = in.count(), 1, in.count()
		width := in.count()
		b.past = in.int()
		require(int64(b.off)+int64(b.count) <= int64(len(c.tables[b.table])), "circuit.tc: thresholds beyond a table")
		require(width >= 1 && width <= 30 && 1<<width <= 2*(int64(b.count)+1), "circuit.tc: a digit of %d bits", width)
		h := &c.banks[b.high]
		require(h.kind == bankLevel && h.count == b.count>>width && h.form == b.form,
			"circuit.tc: a digit without its higher digit")
		b.width, b.gates = uint8(width), 1<<width-1
		b.depth = max(c.forms[b.form].depth, h.depth) + 1
	case bankAnd, bankPairs:
		n := in.count()
		require(kind == bankPairs && n == 1 || kind == bankAnd && n >= 2 && n <= 4, "circuit.tc: conjunctions of %d lists", n)
		b.gates = 1
		for range n {
			l := in.back(len(c.lists))
			b.lists = append(b.lists, l)
			b.gates *= int64(len(c.lists[l]))
			for _, f := range c.lists[l] {
				b.depth = max(b.depth, c.forms[f].depth+1)
			}
		}
		if kind == bankPairs {
			b.gates = b.gates * (b.gates - 1) / 2
		}
	}
	c.last = in.next(c.last)
	b.node = c.last
	in.int32() // the part of the node, a note for people
	b.stage = in.int32()
	require(b.stage >= -1 && int(b.stage) < len(c.stages), "circuit.tc: stage %d does not exist", b.stage)
	return b
}

// borders are the thresholds of a bank, which may not fall.
func (c *circuit) borders(b *bank) (borders []int64) {
	for k := range int64(b.count) {
		t := within(c.tables[b.table][int64(b.off)+k*int64(b.stride)])
		require(k == 0 || borders[k-1] <= t, "circuit.tc: the thresholds of a bank fall")
		borders = append(borders, t)
	}
	return borders
}

// checkHead compares the counts that the file begins with.
func (c *circuit) checkHead(s *Size, positions int) {
	have := [9]uint64{s.Gates, s.Inputs, uint64(len(c.banks)), uint64(len(c.forms)), c.terms, uint64(len(c.lists)),
		uint64(len(c.tables)), uint64(len(c.stages)), uint64(positions)}
	require(c.head == have, "circuit.tc: its head counts %v, the file holds %v", c.head, have)
}
