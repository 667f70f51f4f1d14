package threshold

import (
	"errors"
	"fmt"
	"io"

	"tc0/circuits/varint"
)

const (
	binaryMagic   = "tc0thres"
	binaryVersion = 1
)

// WriteBinary writes the compact form: counts first, then stages, tables, and
// forms, lists and banks in topological order, so that a reader can stream it.
func (c *Circuit) WriteBinary(w io.Writer) error {
	b := &binaryWriter{Writer: varint.NewWriter(w, binaryMagic)}
	for _, v := range []uint64{
		binaryVersion, c.gates, c.inputs, uint64(len(c.banks)), uint64(len(c.forms)), uint64(len(c.terms)),
		uint64(len(c.lists)), uint64(len(c.tables)), uint64(len(c.stages)), uint64(len(c.outputs)),
	} {
		b.Uint(v)
	}
	b.Names(c.stages)
	b.Tables(c.tables)
	f, l := 0, 0
	for i := range c.banks {
		d := &c.banks[i]
		f, l = b.upTo(c, f, int(d.forms), l, int(d.lists0), i)
		b.bank(d, f, l, i)
	}
	b.upTo(c, f, len(c.forms), l, len(c.lists), len(c.banks))
	b.Byte(recordEnd)
	for _, o := range c.outputs {
		b.Uint(uint64(len(o)))
		for _, g := range o {
			b.Uint(uint64(g.Bank))
			b.Uint(uint64(g.Gate))
		}
	}
	return b.Flush()
}

// Records of the compact form: a bank's kind, or one of these.
const (
	recordForm = 0x10
	recordList = 0x11
	recordEnd  = 0x12
)

type binaryWriter struct {
	*varint.Writer
	node int32
}

// upTo writes the forms and lists that precede a bank.
func (b *binaryWriter) upTo(c *Circuit, f, forms, l, lists, banks int) (int, int) {
	for ; f < forms; f++ {
		d := &c.forms[f]
		b.Byte(recordForm)
		b.Int(d.constant)
		b.Uint(uint64(d.count))
		for _, t := range c.terms[d.first : d.first+d.count] {
			b.Int(t.Coef)
			if g, ok := t.Ref.Form(); ok {
				b.Uint(uint64(f-g)<<1 | 1)
				continue
			}
			b.Uint(uint64(banks-int(t.Ref)) << 1)
			b.Uint(uint64(t.Table + 1))
			if t.Table != Ones {
				b.Uint(uint64(t.Off))
			}
		}
	}
	for ; l < lists; l++ {
		b.Byte(recordList)
		b.Uint(uint64(len(c.lists[l])))
		for _, x := range c.lists[l] {
			b.Uint(uint64(forms - int(x)))
		}
	}
	return f, l
}

func (b *binaryWriter) bank(d *bank, forms, lists, i int) {
	b.Byte(byte(d.kind))
	switch d.kind {
	case Input:
		b.Uint(uint64(d.gates))
	case Level:
		b.Uint(uint64(forms - int(d.form)))
		b.Uint(uint64(d.table))
		b.Uint(uint64(d.off))
		b.Uint(uint64(d.stride))
		b.Uint(uint64(d.gates))
	case Digit:
		b.Uint(uint64(forms - int(d.form)))
		b.Uint(uint64(i - int(d.high)))
		b.Uint(uint64(d.table))
		b.Uint(uint64(d.off))
		b.Uint(uint64(d.count))
		b.Uint(uint64(d.width))
		b.Int(d.past)
	case And, Pairs:
		b.Uint(uint64(d.lists))
		for _, l := range d.ops[:d.lists] {
			b.Uint(uint64(lists - int(l)))
		}
	}
	b.Int(int64(d.tag.Node) - int64(b.node))
	b.Int(int64(d.tag.Part))
	b.Int(int64(d.tag.Stage))
	b.node = d.tag.Node
}

// ReadBinary reads the compact form with the builder's checks. It accepts exactly
// the bytes that [Circuit.WriteBinary] writes. Counts in the header are compared
// at the end; nothing is allocated by them.
func ReadBinary(r io.Reader) (*Circuit, error) {
	in, err := varint.NewReader(r, binaryMagic)
	if err != nil {
		return nil, fmt.Errorf("not a threshold circuit in binary form (%w)", err)
	}
	b := &binaryReader{Reader: in, b: NewBuilder()}
	if v := b.Uint(); v != binaryVersion {
		return nil, fmt.Errorf("format version %d, this program reads %d", v, binaryVersion)
	}
	var header [9]uint64
	for i := range header {
		header[i] = b.Uint()
	}
	b.stages(header[7])
	b.tables(header[6])
	for b.ok() && b.record() {
	}
	for i := uint64(0); i < header[8] && b.ok(); i++ {
		b.b.Output(varint.List(b.Reader, b.Count(), func() Output { return Output{int32(b.Count()), int64(b.Uint())} }))
	}
	if !b.ok() {
		return nil, b.failure()
	}
	if err := b.End(); err != nil {
		return nil, err
	}
	c, err := b.b.Finish()
	if err != nil {
		return nil, err
	}
	found := [9]uint64{c.gates, c.inputs, uint64(len(c.banks)), uint64(len(c.forms)), uint64(len(c.terms)), uint64(len(c.lists)), uint64(len(c.tables)), uint64(len(c.stages)), uint64(len(c.outputs))}
	if header != found {
		return nil, fmt.Errorf("the header's counts %v are not those of the file, %v", header, found)
	}
	return c, nil
}

type binaryReader struct {
	*varint.Reader
	b    *Builder
	node int32
	list bool // the record before was a list
}

func (b *binaryReader) ok() bool { return b.Err() == nil && b.b.Err() == nil }

func (b *binaryReader) failure() error {
	if err := b.Err(); err != nil {
		return fmt.Errorf("bank %d, form %d: %w", len(b.b.c.banks), len(b.b.c.forms), err)
	}
	return b.b.Err()
}

func (b *binaryReader) stages(n uint64) {
	for i := 0; uint64(i) < n && b.ok(); i++ {
		name := b.Name()
		if b.ok() && int(b.b.Stage(name)) != i {
			b.Fail(fmt.Errorf("stage %d repeats a name", i))
		}
	}
}

func (b *binaryReader) tables(n uint64) {
	for i := 0; uint64(i) < n && b.ok(); i++ {
		values := b.Table()
		if b.ok() && int(b.b.Table(values)) != i {
			b.Fail(fmt.Errorf("table %d repeats an earlier one", i))
		}
	}
}

// record reads a form, list or bank; it returns false at the end record.
func (b *binaryReader) record() bool {
	kind := b.Byte()
	if !b.ok() {
		return false
	}
	if kind == recordForm && b.list {
		b.Fail(errors.New("a form follows a list before the same bank: lists come last"))
		return false
	}
	b.list = kind == recordList
	switch kind {
	case recordForm:
		b.form()
	case recordList:
		n, have := b.Count(), len(b.b.c.forms)
		forms := make([]int32, 0, min(n, maxList))
		for i := 0; i < n && b.Err() == nil; i++ {
			forms = append(forms, int32(have-b.Count()))
		}
		if b.ok() {
			b.b.List(forms)
		}
	case recordEnd:
		return false
	default:
		b.bank(Kind(kind))
	}
	return true
}

func (b *binaryReader) form() {
	have := len(b.b.c.forms)
	constant, n := b.Int(), b.Count()
	terms := make([]Term, 0, min(n, 1<<12))
	for i := 0; i < n && b.Err() == nil; i++ {
		t := Term{Coef: b.Int(), Table: Ones}
		ref := b.Count()
		if ref&1 == 1 {
			t.Ref = FormRef(have - ref>>1)
			if ref>>1 > have || ref>>1 == 0 {
				b.Fail(fmt.Errorf("term reads a form that does not exist"))
			}
		} else {
			t.Ref = BankRef(len(b.b.c.banks) - ref>>1)
			t.Table = Table(b.Count()) - 1
			if t.Table != Ones {
				t.Off = int32(b.Count())
			}
			if ref>>1 > len(b.b.c.banks) {
				b.Fail(fmt.Errorf("term reads a bank that does not exist"))
			}
		}
		terms = append(terms, t)
	}
	if b.ok() {
		b.b.Form(constant, terms)
	}
}

func (b *binaryReader) bank(kind Kind) {
	forms, banks, lists := len(b.b.c.forms), len(b.b.c.banks), len(b.b.c.lists)
	var add func(Tag)
	switch kind {
	case Input:
		levels := b.Count()
		add = func(tag Tag) { b.b.Input(levels, tag) }
	case Level:
		form, table, off, stride, gates := forms-b.Count(), Table(b.Count()), b.Count(), b.Count(), b.Count()
		add = func(tag Tag) { b.b.Level(form, table, off, stride, int64(gates), tag) }
	case Digit:
		form, high, table := forms-b.Count(), banks-b.Count(), Table(b.Count())
		off, count, width, past := b.Count(), b.Count(), b.Count(), b.Int()
		add = func(tag Tag) { b.b.Digit(form, high, table, off, count, width, past, tag) }
	case And, Pairs:
		n := b.Count()
		ops := make([]int, 0, 4)
		for i := 0; i < n && i < 5 && b.Err() == nil; i++ {
			ops = append(ops, lists-b.Count())
		}
		add = func(tag Tag) {
			switch {
			case kind == And:
				b.b.And(tag, ops...)
			case n == 1:
				b.b.Pairs(tag, ops[0])
			default:
				b.b.fail("pairs of %d lists", n)
			}
		}
	default:
		b.Fail(fmt.Errorf("unknown record %#x", byte(kind)))
		return
	}
	tag := Tag{Node: b.Next(b.node), Part: b.Next(0), Stage: b.Next(0)}
	b.node = tag.Node
	if b.ok() {
		add(tag)
	}
}
