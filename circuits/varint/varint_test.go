package varint

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

const magic = "magic"

// TestRoundTrip reads back what was written, to the last byte.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		uints := rapid.SliceOf(rapid.Uint64()).Draw(r, "uints")
		ints := rapid.SliceOf(rapid.Int64()).Draw(r, "ints")
		names := rapid.SliceOf(rapid.String()).Draw(r, "names")
		tables := rapid.SliceOf(rapid.SliceOf(rapid.Int64())).Draw(r, "tables")
		var b bytes.Buffer
		w := NewWriter(&b, magic)
		for _, v := range uints {
			w.Uint(v)
		}
		for _, v := range ints {
			w.Int(v)
		}
		w.Names(names)
		w.Tables(tables)
		w.Byte(7)
		if err := w.Flush(); err != nil {
			r.Fatal(err)
		}
		in, err := NewReader(bytes.NewReader(b.Bytes()), magic)
		if err != nil {
			r.Fatal(err)
		}
		for _, v := range uints {
			if got := in.Uint(); got != v {
				r.Fatalf("read %d, expected %d", got, v)
			}
		}
		for _, v := range ints {
			if got := in.Int(); got != v {
				r.Fatalf("read %d, expected %d", got, v)
			}
		}
		for _, s := range names {
			if got := in.Name(); got != s {
				r.Fatalf("read %q, expected %q", got, s)
			}
		}
		for _, table := range tables {
			if d := cmp.Diff(append([]int64{}, table...), in.Table()); d != "" {
				r.Fatal(d)
			}
		}
		if in.Byte() != 7 {
			r.Fatal("another byte")
		}
		if err := in.End(); err != nil {
			r.Fatal(err)
		}
	})
}

// TestRefusals reads numbers that are spelled otherwise, too large or cut off.
func TestRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		bytes string
		read  func(r *Reader)
		want  string
	}{
		"a zero more":        {"\x80\x00", func(r *Reader) { r.Uint() }, "not in its shortest form"},
		"65 bits":            {strings.Repeat("\xff", 9) + "\x02", func(r *Reader) { r.Uint() }, "does not fit in 64 bits"},
		"a count of 32 bits": {"\x80\x80\x80\x80\x08", func(r *Reader) { r.Count() }, "out of range"},
		"an index past 32":   {"\xfe\xff\xff\xff\x0f", func(r *Reader) { r.Next(1) }, "does not fit in 32 bits"},
		"half a number":      {"\x80", func(r *Reader) { r.Int() }, io.ErrUnexpectedEOF.Error()},
		"half a name":        {"\x05abc", func(r *Reader) { r.Name() }, io.ErrUnexpectedEOF.Error()},
		"half a table":       {"\xff\xff\xff\xff\x07\x00", func(r *Reader) { r.Table() }, io.ErrUnexpectedEOF.Error()},
		"no byte":            {"", func(r *Reader) { r.Byte() }, io.ErrUnexpectedEOF.Error()},
		"a byte more":        {"\x01\x02", func(r *Reader) { r.Uint() }, "bytes follow"},
	} {
		r, err := NewReader(strings.NewReader(magic+c.bytes), magic)
		if err != nil {
			t.Fatal(err)
		}
		c.read(r)
		if err := r.End(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, expected %q", name, err, c.want)
		}
	}
	if _, err := NewReader(strings.NewReader("magi"), magic); err == nil {
		t.Error("half the magic is accepted")
	}
}

// TestFirstError keeps the first error.
func TestFirstError(t *testing.T) {
	r, err := NewReader(strings.NewReader(magic), magic)
	if err != nil {
		t.Fatal(err)
	}
	first := errors.New("first")
	r.Fail(first)
	r.Uint()
	if r.Err() != first {
		t.Errorf("error %v, expected %v", r.Err(), first)
	}
}
