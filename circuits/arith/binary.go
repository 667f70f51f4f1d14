package arith

import (
	"fmt"
	"io"

	"tc0/circuits/varint"
)

const (
	binaryMagic = "tc0arith"
	binaryOne   = 1 // format version
)

// WriteBinary writes the compact form: counts first, then stages, tables,
// nodes and outputs, in varints, with node references relative to the reader.
func (c *Circuit) WriteBinary(w io.Writer) error {
	b := &binaryWriter{varint.NewWriter(w, binaryMagic)}
	for _, v := range []int{binaryOne, len(c.nodes), len(c.terms), len(c.tables), len(c.stages), len(c.outputs)} {
		b.Uint(uint64(v))
	}
	b.Names(c.stages)
	b.Tables(c.tables)
	var prev Origin
	for i := range c.nodes {
		b.node(c, Node(i))
		o := c.origins[i]
		b.Int(int64(o.Stage) - int64(prev.Stage))
		b.Int(int64(o.T) - int64(prev.T))
		b.Int(int64(o.A) - int64(prev.A))
		b.Int(int64(o.B) - int64(prev.B))
		b.Int(int64(o.J) - int64(prev.J))
		prev = o
	}
	for _, o := range c.outputs {
		for _, nodes := range [][]Node{o.Logits, o.Labels} {
			b.Uint(uint64(len(nodes)))
			for _, n := range nodes {
				b.Uint(uint64(n))
			}
		}
	}
	return b.Flush()
}

type binaryWriter struct{ *varint.Writer }

func (b *binaryWriter) node(c *Circuit, n Node) {
	d := &c.nodes[n]
	b.Byte(byte(d.kind))
	switch d.kind {
	case Input:
		b.Uint(uint64(d.constant))
	case Form:
		b.Int(d.constant)
		b.Uint(uint64(d.count))
		for _, t := range c.terms[d.first : d.first+d.count] {
			b.Int(t.Coef)
			b.view(n, t.View)
		}
	case Step:
		b.Uint(uint64(n - c.terms[d.first].Node))
		for _, v := range []int32{int32(d.th), int32(d.val), d.off, d.levels} {
			b.Uint(uint64(v))
		}
	case Product:
		b.Uint(uint64(d.count))
		for _, t := range c.terms[d.first : d.first+d.count] {
			b.view(n, t.View)
		}
	}
}

func (b *binaryWriter) view(at Node, v View) {
	b.Uint(uint64(at - v.Node))
	b.Uint(uint64(v.Table + 1))
}

// ReadBinary reads the compact form and proves every range again. It accepts
// exactly the bytes that [Circuit.WriteBinary] writes. Counts in the header are
// compared at the end; nothing is allocated by them.
func ReadBinary(r io.Reader) (*Circuit, error) {
	in, err := varint.NewReader(r, binaryMagic)
	if err != nil {
		return nil, fmt.Errorf("not an arithmetic circuit in binary form (%w)", err)
	}
	b := &binaryReader{in, NewBuilder()}
	if v := b.Uint(); v != binaryOne {
		return nil, fmt.Errorf("format version %d, this program reads %d", v, binaryOne)
	}
	nodes, terms, tables, stages, positions := b.Count(), b.Count(), b.Count(), b.Count(), b.Count()
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
	if err := b.End(); err != nil {
		return nil, err
	}
	c, err := b.b.Finish()
	if err == nil && len(c.terms) != terms {
		err = fmt.Errorf("header says %d terms, the file holds %d", terms, len(c.terms))
	}
	return c, err
}

type binaryReader struct {
	*varint.Reader
	b *Builder
}

func (b *binaryReader) ok() bool { return b.Err() == nil && b.b.Err() == nil }

func (b *binaryReader) failure() error {
	if err := b.Err(); err != nil {
		return fmt.Errorf("node %d: %w", len(b.b.c.nodes), err)
	}
	return b.b.Err()
}

func (b *binaryReader) stages(n int) {
	for i := 0; i < n && b.ok(); i++ {
		name := b.Name()
		if b.ok() && int(b.b.Stage(name)) != i {
			b.Fail(fmt.Errorf("stage %d repeats a name", i))
		}
	}
}

func (b *binaryReader) tables(n int) {
	for i := 0; i < n && b.ok(); i++ {
		values := b.Table()
		if b.ok() && int(b.b.Table(values)) != i {
			b.Fail(fmt.Errorf("table %d repeats an earlier one", i))
		}
	}
}

func (b *binaryReader) node(prev *Origin) {
	kind := b.Byte()
	if !b.ok() {
		return
	}
	at := Node(len(b.b.c.nodes))
	// The origin follows the operands in the file, so operands are read first.
	var add func()
	switch Kind(kind) {
	case Input:
		levels := b.Count()
		add = func() { b.b.Input(levels) }
	case Form:
		constant, terms := b.Int(), b.terms(at, true)
		add = func() { b.b.Form(constant, terms) }
	case Step:
		form := at - Node(b.Count())
		th, val, off, count := Table(b.Count()), Table(b.Count()), b.Count(), b.Count()
		add = func() { b.b.Step(form, th, val, off, count) }
	case Product:
		terms := b.terms(at, false)
		views := make([]View, len(terms))
		for i, t := range terms {
			views[i] = t.View
		}
		add = func() { b.b.Product(views...) }
	default:
		b.Fail(fmt.Errorf("unknown operation %d", kind))
		return
	}
	*prev = Origin{Stage(b.Next(int32(prev.Stage))), b.Next(prev.T), b.Next(prev.A), b.Next(prev.B), b.Next(prev.J)}
	if b.ok() {
		b.b.At(*prev)
		add()
	}
}

func (b *binaryReader) terms(at Node, coefs bool) []Term {
	return varint.List(b.Reader, b.Count(), func() Term {
		t := Term{Coef: 1}
		if coefs {
			t.Coef = b.Int()
		}
		t.Node = at - Node(b.Count())
		t.Table = Table(b.Count()) - 1
		return t
	})
}

func (b *binaryReader) nodes() []Node {
	return varint.List(b.Reader, b.Count(), func() Node { return Node(b.Count()) })
}
