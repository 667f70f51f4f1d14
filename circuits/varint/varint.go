package varint

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

// Writer writes numbers. Its errors come from Flush.
type Writer struct {
	w   *bufio.Writer
	buf [binary.MaxVarintLen64]byte
}

// NewWriter writes a file that begins with magic.
func NewWriter(w io.Writer, magic string) *Writer {
	out := &Writer{w: bufio.NewWriterSize(w, 1<<16)}
	out.w.WriteString(magic)
	return out
}

// Uint writes a number of up to 64 bits, seven to a byte, the lowest first.
func (w *Writer) Uint(v uint64) { w.w.Write(w.buf[:binary.PutUvarint(w.buf[:], v)]) }

// Int writes a signed number, its sign as the lowest bit.
func (w *Writer) Int(v int64) { w.w.Write(w.buf[:binary.PutVarint(w.buf[:], v)]) }

// Byte writes one byte.
func (w *Writer) Byte(b byte) { w.w.WriteByte(b) }

// Names writes names, each after its length.
func (w *Writer) Names(names []string) {
	for _, s := range names {
		w.Uint(uint64(len(s)))
		w.w.WriteString(s)
	}
}

// Tables writes tables, each as its length and the differences of neighbours.
func (w *Writer) Tables(tables [][]int64) {
	for _, t := range tables {
		w.Uint(uint64(len(t)))
		prev := int64(0)
		for _, v := range t {
			w.Int(v - prev) // wraps and unwraps alike
			prev = v
		}
	}
}

// Flush ends the file.
func (w *Writer) Flush() error { return w.w.Flush() }

// Reader reads what a Writer wrote.
type Reader struct {
	r   *bufio.Reader
	err error
}

// NewReader reads a file that must begin with magic.
func NewReader(r io.Reader, magic string) (*Reader, error) {
	in := &Reader{r: bufio.NewReaderSize(r, 1<<16)}
	head := make([]byte, len(magic))
	if _, err := io.ReadFull(in.r, head); err != nil || string(head) != magic {
		return nil, errors.New("bad magic")
	}
	return in, nil
}

// Err is the first error.
func (r *Reader) Err() error { return r.err }

// Fail notes an error, unless there was one before.
func (r *Reader) Fail(err error) {
	if r.err == nil {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		r.err = err
	}
}

// Byte reads one byte.
func (r *Reader) Byte() byte {
	b, err := r.r.ReadByte()
	if err != nil {
		r.Fail(err)
	}
	return b
}

// Uint reads a number in base 128. The last byte of a longer one is not 0, so
// that every number has one form.
func (r *Reader) Uint() (v uint64) {
	for shift := uint(0); ; shift += 7 {
		d, err := r.r.ReadByte()
		if err == nil && (shift > 0 && d == 0 || shift == 63 && d > 1) {
			err = errors.New("number is not in its shortest form or does not fit in 64 bits")
		}
		if err != nil {
			r.Fail(err)
			return 0
		}
		v |= uint64(d&0x7f) << shift
		if d < 0x80 {
			return v
		}
	}
}

// Int reads a signed number, whose sign is its lowest bit.
func (r *Reader) Int() int64 {
	v := r.Uint()
	return int64(v>>1) ^ -int64(v&1)
}

// Next adds a difference to an index; the sum must fit in 32 bits.
func (r *Reader) Next(index int32) int32 {
	d := r.Int()
	if d < math.MinInt32-int64(index) || d > math.MaxInt32-int64(index) {
		r.Fail(fmt.Errorf("index %d%+d does not fit in 32 bits", index, d))
		return 0
	}
	return index + int32(d)
}

// Count reads a number that must fit in 31 bits.
func (r *Reader) Count() int {
	v := r.Uint()
	if v >= 1<<31 {
		r.Fail(fmt.Errorf("count %d is out of range", v))
		return 0
	}
	return int(v)
}

// Name reads a name.
func (r *Reader) Name() string {
	size := int64(r.Count())
	name, err := io.ReadAll(io.LimitReader(r.r, size)) // grows as bytes arrive
	if err == nil && int64(len(name)) < size {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		r.Fail(err)
	}
	return string(name)
}

// Table reads a table.
func (r *Reader) Table() []int64 {
	size, prev := r.Count(), int64(0)
	return List(r, size, func() int64 {
		prev += r.Int()
		return prev
	})
}

// List reads so many things, until an error. It grows as they arrive.
func List[T any](r *Reader, n int, read func() T) []T {
	list := make([]T, 0, min(n, 1<<12))
	for i := 0; i < n && r.err == nil; i++ {
		list = append(list, read())
	}
	return list
}

// End is the first error, or that bytes follow.
func (r *Reader) End() error {
	if r.err != nil {
		return r.err
	}
	if _, err := r.r.ReadByte(); err != io.EOF {
		return errors.New("bytes follow the last output")
	}
	return nil
}
