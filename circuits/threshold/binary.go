package threshold

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

const (
	binaryMagic   = "tc0thres"
	binaryVersion = 1
)

// WriteBinary writes the compact form: counts first, then stages, tables, and
// forms, lists and banks in topological order, so that a reader can stream it.
func (c *Circuit) WriteBinary(w io.Writer) error {
	b := &binaryWriter{w: bufio.NewWriterSize(w, 1<<16)}
	b.w.WriteString(binaryMagic)
	for _, v := range []uint64{
		binaryVersion, c.gates, c.inputs, uint64(len(c.banks)), uint64(len(c.forms)), uint64(len(c.terms)),
		uint64(len(c.lists)), uint64(len(c.tables)), uint64(len(c.stages)), uint64(len(c.outputs)),
	} {
		b.uint(v)
	}
	for _, s := range c.stages {
		b.uint(uint64(len(s)))
		b.w.WriteString(s)
	}
	for _, t := range c.tables {
		b.uint(uint64(len(t)))
		prev := int64(0)
		for _, v := range t {
			b.int(v - prev) // wraps and unwraps alike
			prev = v
		}
	}
	f, l := 0, 0
	for i := range c.banks {
		d := &c.banks[i]
		f, l = b.upTo(c, f, int(d.forms), l, int(d.lists0), i)
		b.bank(d, f, l, i)
	}
	b.upTo(c, f, len(c.forms), l, len(c.lists), len(c.banks))
	b.w.WriteByte(recordEnd)
	for _, o := range c.outputs {
		b.uint(uint64(len(o)))
		for _, g := range o {
			b.uint(uint64(g.Bank))
			b.uint(uint64(g.Gate))
		}
	}
	return b.w.Flush()
}

// Records of the compact form: a bank's kind, or one of these.
const (
	recordForm = 0x10
	recordList = 0x11
	recordEnd  = 0x12
)

type binaryWriter struct {
	w    *bufio.Writer
	buf  [binary.MaxVarintLen64]byte
	node int32
}

func (b *binaryWriter) uint(v uint64) { b.w.Write(b.buf[:binary.PutUvarint(b.buf[:], v)]) }
func (b *binaryWriter) int(v int64)   { b.w.Write(b.buf[:binary.PutVarint(b.buf[:], v)]) }

// upTo writes the forms and lists that precede a bank.
func (b *binaryWriter) upTo(c *Circuit, f, forms, l, lists, banks int) (int, int) {
	for ; f < forms; f++ {
		d := &c.forms[f]
		b.w.WriteByte(recordForm)
		b.int(d.constant)
		b.uint(uint64(d.count))
		for _, t := range c.terms[d.first : d.first+d.count] {
			b.int(t.Coef)
			if g, ok := t.Ref.Form(); ok {
				b.uint(uint64(f-g)<<1 | 1)
				continue
			}
			b.uint(uint64(banks-int(t.Ref)) << 1)
			b.uint(uint64(t.Table + 1))
			if t.Table != Ones {
				b.uint(uint64(t.Off))
			}
		}
	}
	for ; l < lists; l++ {
		b.w.WriteByte(recordList)
		b.uint(uint64(len(c.lists[l])))
		for _, x := range c.lists[l] {
			b.uint(uint64(forms - int(x)))
		}
	}
	return f, l
}

func (b *binaryWriter) bank(d *bank, forms, lists, i int) {
	b.w.WriteByte(byte(d.kind))
	switch d.kind {
	case Input:
		b.uint(uint64(d.gates))
	case Level:
		b.uint(uint64(forms - int(d.form)))
		b.uint(uint64(d.table))
		b.uint(uint64(d.off))
		b.uint(uint64(d.stride))
		b.uint(uint64(d.gates))
	case Digit:
		b.uint(uint64(forms - int(d.form)))
		b.uint(uint64(i - int(d.high)))
		b.uint(uint64(d.table))
		b.uint(uint64(d.off))
		b.uint(uint64(d.count))
		b.uint(uint64(d.width))
		b.int(d.past)
	case And, Pairs:
		b.uint(uint64(d.lists))
		for _, l := range d.ops[:d.lists] {
			b.uint(uint64(lists - int(l)))
		}
	}
	b.int(int64(d.tag.Node) - int64(b.node))
	b.int(int64(d.tag.Part))
	b.int(int64(d.tag.Stage))
	b.node = d.tag.Node
}

// ReadBinary reads the compact form with the builder's checks. It accepts exactly
// the bytes that [Circuit.WriteBinary] writes. Counts in the header are compared
// at the end; nothing is allocated by them.
func ReadBinary(r io.Reader) (*Circuit, error) {
	b := &binaryReader{r: bufio.NewReaderSize(r, 1<<16), b: NewBuilder()}
	magic := make([]byte, len(binaryMagic))
	if _, err := io.ReadFull(b.r, magic); err != nil || string(magic) != binaryMagic {
		return nil, errors.New("not a threshold circuit in binary form (bad magic)")
	}
	if v := b.uint(); v != binaryVersion {
		return nil, fmt.Errorf("format version %d, this program reads %d", v, binaryVersion)
	}
	var header [9]uint64
	for i := range header {
		header[i] = b.uint()
	}
	b.stages(header[7])
	b.tables(header[6])
	for b.ok() && b.record() {
	}
	for i := uint64(0); i < header[8] && b.ok(); i++ {
		n := b.count()
		labels := make([]Output, 0, min(n, 1<<12))
		for k := 0; k < n && b.err == nil; k++ {
			labels = append(labels, Output{int32(b.count()), int64(b.uint())})
		}
		b.b.Output(labels)
	}
	if !b.ok() {
		return nil, b.failure()
	}
	if _, err := b.r.ReadByte(); err != io.EOF {
		return nil, errors.New("bytes follow the last output")
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
	r    *bufio.Reader
	b    *Builder
	node int32
	list bool // the record before was a list
	err  error
}

func (b *binaryReader) ok() bool { return b.err == nil && b.b.Err() == nil }

func (b *binaryReader) failure() error {
	if b.err != nil {
		return fmt.Errorf("bank %d, form %d: %w", len(b.b.c.banks), len(b.b.c.forms), b.err)
	}
	return b.b.Err()
}

func (b *binaryReader) fail(err error) {
	if b.err == nil {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		b.err = err
	}
}

// uint reads a number in base 128. The last byte of a longer one is not 0, so
// that every number has one form.
func (b *binaryReader) uint() (v uint64) {
	for shift := uint(0); ; shift += 7 {
		d, err := b.r.ReadByte()
		if err == nil && (shift > 0 && d == 0 || shift == 63 && d > 1) {
			err = errors.New("number is not in its shortest form or does not fit in 64 bits")
		}
		if err != nil {
			b.fail(err)
			return 0
		}
		v |= uint64(d&0x7f) << shift
		if d < 0x80 {
			return v
		}
	}
}

// int reads a signed number, whose sign is its lowest bit.
func (b *binaryReader) int() int64 {
	v := b.uint()
	return int64(v>>1) ^ -int64(v&1)
}

// next adds a difference to an index; the sum must fit in 32 bits.
func (b *binaryReader) next(index int32) int32 {
	d := b.int()
	if d < math.MinInt32-int64(index) || d > math.MaxInt32-int64(index) {
		b.fail(fmt.Errorf("index %d%+d does not fit in 32 bits", index, d))
		return 0
	}
	return index + int32(d)
}

// count reads a number that must fit in 31 bits.
func (b *binaryReader) count() int {
	v := b.uint()
	if v >= 1<<31 {
		b.fail(fmt.Errorf("count %d is out of range", v))
		return 0
	}
	return int(v)
}

func (b *binaryReader) stages(n uint64) {
	for i := 0; uint64(i) < n && b.ok(); i++ {
		size := int64(b.count())
		name, err := io.ReadAll(io.LimitReader(b.r, size)) // grows as bytes arrive
		if err == nil && int64(len(name)) < size {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			b.fail(err)
		}
		if b.ok() && int(b.b.Stage(string(name))) != i {
			b.fail(fmt.Errorf("stage %d repeats a name", i))
		}
	}
}

func (b *binaryReader) tables(n uint64) {
	for i := 0; uint64(i) < n && b.ok(); i++ {
		size := b.count()
		values := make([]int64, 0, min(size, 1<<12))
		prev := int64(0)
		for k := 0; k < size && b.err == nil; k++ {
			prev += b.int()
			values = append(values, prev)
		}
		if b.ok() && int(b.b.Table(values)) != i {
			b.fail(fmt.Errorf("table %d repeats an earlier one", i))
		}
	}
}

// record reads a form, list or bank; it returns false at the end record.
func (b *binaryReader) record() bool {
	kind, err := b.r.ReadByte()
	if err != nil {
		b.fail(err)
		return false
	}
	if kind == recordForm && b.list {
		b.fail(errors.New("a form follows a list before the same bank: lists come last"))
		return false
	}
	b.list = kind == recordList
	switch kind {
	case recordForm:
		b.form()
	case recordList:
		n, have := b.count(), len(b.b.c.forms)
		forms := make([]int32, 0, min(n, maxList))
		for i := 0; i < n && b.err == nil; i++ {
			forms = append(forms, int32(have-b.count()))
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
	constant, n := b.int(), b.count()
	terms := make([]Term, 0, min(n, 1<<12))
	for i := 0; i < n && b.err == nil; i++ {
		t := Term{Coef: b.int(), Table: Ones}
		ref := b.count()
		if ref&1 == 1 {
			t.Ref = FormRef(have - ref>>1)
			if ref>>1 > have || ref>>1 == 0 {
				b.fail(fmt.Errorf("term reads a form that does not exist"))
			}
		} else {
			t.Ref = BankRef(len(b.b.c.banks) - ref>>1)
			t.Table = Table(b.count()) - 1
			if t.Table != Ones {
				t.Off = int32(b.count())
			}
			if ref>>1 > len(b.b.c.banks) {
				b.fail(fmt.Errorf("term reads a bank that does not exist"))
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
		levels := b.count()
		add = func(tag Tag) { b.b.Input(levels, tag) }
	case Level:
		form, table, off, stride, gates := forms-b.count(), Table(b.count()), b.count(), b.count(), b.count()
		add = func(tag Tag) { b.b.Level(form, table, off, stride, int64(gates), tag) }
	case Digit:
		form, high, table := forms-b.count(), banks-b.count(), Table(b.count())
		off, count, width, past := b.count(), b.count(), b.count(), b.int()
		add = func(tag Tag) { b.b.Digit(form, high, table, off, count, width, past, tag) }
	case And, Pairs:
		n := b.count()
		ops := make([]int, 0, 4)
		for i := 0; i < n && i < 5 && b.err == nil; i++ {
			ops = append(ops, lists-b.count())
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
		b.fail(fmt.Errorf("unknown record %#x", byte(kind)))
		return
	}
	tag := Tag{Node: b.next(b.node), Part: b.next(0), Stage: b.next(0)}
	b.node = tag.Node
	if b.ok() {
		add(tag)
	}
}
