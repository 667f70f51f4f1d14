package arith

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

const (
	binaryMagic = "tc0arith"
	binaryOne   = 1 // format version
)

// WriteBinary writes the compact form: counts first, then stages, tables,
// nodes and outputs, in varints, with node references relative to the reader.
func (c *Circuit) WriteBinary(w io.Writer) error {
	b := &binaryWriter{w: bufio.NewWriterSize(w, 1<<16)}
	b.w.WriteString(binaryMagic)
	for _, v := range []int{binaryOne, len(c.nodes), len(c.terms), len(c.tables), len(c.stages), len(c.outputs)} {
		b.uint(uint64(v))
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
	var prev Origin
	for i := range c.nodes {
		b.node(c, Node(i))
		o := c.origins[i]
		b.int(int64(o.Stage) - int64(prev.Stage))
		b.int(int64(o.T) - int64(prev.T))
		b.int(int64(o.A) - int64(prev.A))
		b.int(int64(o.B) - int64(prev.B))
		b.int(int64(o.J) - int64(prev.J))
		prev = o
	}
	for _, o := range c.outputs {
		for _, nodes := range [][]Node{o.Logits, o.Labels} {
			b.uint(uint64(len(nodes)))
			for _, n := range nodes {
				b.uint(uint64(n))
			}
		}
	}
	return b.w.Flush()
}

type binaryWriter struct {
	w   *bufio.Writer
	buf [binary.MaxVarintLen64]byte
}

func (b *binaryWriter) uint(v uint64) { b.w.Write(b.buf[:binary.PutUvarint(b.buf[:], v)]) }
func (b *binaryWriter) int(v int64)   { b.w.Write(b.buf[:binary.PutVarint(b.buf[:], v)]) }

func (b *binaryWriter) node(c *Circuit, n Node) {
	d := &c.nodes[n]
	b.w.WriteByte(byte(d.kind))
	switch d.kind {
	case Input:
		b.uint(uint64(d.constant))
	case Form:
		b.int(d.constant)
		b.uint(uint64(d.count))
		for _, t := range c.terms[d.first : d.first+d.count] {
			b.int(t.Coef)
			b.view(n, t.View)
		}
	case Step:
		b.uint(uint64(n - c.terms[d.first].Node))
		for _, v := range []int32{int32(d.th), int32(d.val), d.off, d.levels} {
			b.uint(uint64(v))
		}
	case Product:
		b.uint(uint64(d.count))
		for _, t := range c.terms[d.first : d.first+d.count] {
			b.view(n, t.View)
		}
	}
}

func (b *binaryWriter) view(at Node, v View) {
	b.uint(uint64(at - v.Node))
	b.uint(uint64(v.Table + 1))
}

// ReadBinary reads the compact form and proves every range again. It accepts
// exactly the bytes that [Circuit.WriteBinary] writes. Counts in the header are
// compared at the end; nothing is allocated by them.
func ReadBinary(r io.Reader) (*Circuit, error) {
	b := &binaryReader{r: bufio.NewReaderSize(r, 1<<16), b: NewBuilder()}
	magic := make([]byte, len(binaryMagic))
	if _, err := io.ReadFull(b.r, magic); err != nil || string(magic) != binaryMagic {
		return nil, errors.New("not an arithmetic circuit in binary form (bad magic)")
	}
	if v := b.uint(); v != binaryOne {
		return nil, fmt.Errorf("format version %d, this program reads %d", v, binaryOne)
	}
	nodes, terms, tables, stages, positions := b.count(), b.count(), b.count(), b.count(), b.count()
	b.stages(stages)
	b.tables(tables)
	var origin Origin
	for i := 0; i < nodes && b.ok(); i++ {
		b.node(&origin)
	}
	for i := 0; i < positions && b.ok(); i++ {
		logits := b.nodes()
		b.b.Output(logits, b.nodes())
	}
	if !b.ok() {
		return nil, b.failure()
	}
	if _, err := b.r.ReadByte(); err != io.EOF {
		return nil, errors.New("bytes follow the last output")
	}
	c, err := b.b.Finish()
	if err == nil && len(c.terms) != terms {
		err = fmt.Errorf("header says %d terms, the file holds %d", terms, len(c.terms))
	}
	return c, err
}

type binaryReader struct {
	r   *bufio.Reader
	b   *Builder
	err error
}

func (b *binaryReader) ok() bool { return b.err == nil && b.b.Err() == nil }

func (b *binaryReader) failure() error {
	if b.err != nil {
		return fmt.Errorf("node %d: %w", len(b.b.c.nodes), b.err)
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

func (b *binaryReader) stages(n int) {
	for i := 0; i < n && b.ok(); i++ {
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

func (b *binaryReader) tables(n int) {
	for i := 0; i < n && b.ok(); i++ {
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

func (b *binaryReader) node(prev *Origin) {
	kind, err := b.r.ReadByte()
	if err != nil {
		b.fail(err)
		return
	}
	at := Node(len(b.b.c.nodes))
	// The origin follows the operands in the file, so operands are read first.
	var add func()
	switch Kind(kind) {
	case Input:
		levels := b.count()
		add = func() { b.b.Input(levels) }
	case Form:
		constant, terms := b.int(), b.terms(at, true)
		add = func() { b.b.Form(constant, terms) }
	case Step:
		form := at - Node(b.count())
		th, val, off, count := Table(b.count()), Table(b.count()), b.count(), b.count()
		add = func() { b.b.Step(form, th, val, off, count) }
	case Product:
		terms := b.terms(at, false)
		views := make([]View, len(terms))
		for i, t := range terms {
			views[i] = t.View
		}
		add = func() { b.b.Product(views...) }
	default:
		b.fail(fmt.Errorf("unknown operation %d", kind))
		return
	}
	*prev = Origin{Stage(b.next(int32(prev.Stage))), b.next(prev.T), b.next(prev.A), b.next(prev.B), b.next(prev.J)}
	if b.ok() {
		b.b.At(*prev)
		add()
	}
}

func (b *binaryReader) terms(at Node, coefs bool) []Term {
	n := b.count()
	terms := make([]Term, 0, min(n, 1<<12))
	for i := 0; i < n && b.err == nil; i++ {
		t := Term{Coef: 1}
		if coefs {
			t.Coef = b.int()
		}
		t.Node = at - Node(b.count())
		t.Table = Table(b.count()) - 1
		terms = append(terms, t)
	}
	return terms
}

func (b *binaryReader) nodes() []Node {
	n := b.count()
	nodes := make([]Node, 0, min(n, 1<<12))
	for i := 0; i < n && b.err == nil; i++ {
		nodes = append(nodes, Node(b.count()))
	}
	return nodes
}
