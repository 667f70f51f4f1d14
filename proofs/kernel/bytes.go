package kernel

import (
	"bufio"
	"io"
	"math"
	"unicode/utf8"
)

// input reads the binary formats. It accepts one spelling of everything, so that a
// file that is accepted is the only file of its content.
type input struct {
	r    *bufio.Reader
	name string
}

func newInput(r io.Reader, name, magic string) *input {
	in := &input{r: bufio.NewReaderSize(r, 1<<16), name: name}
	head := make([]byte, len(magic))
	_, err := io.ReadFull(in.r, head)
	require(err == nil && string(head) == magic, "%s: does not begin with %q", name, magic)
	require(in.uint() == 1, "%s: not format version 1", name)
	return in
}

func (in *input) byte() byte {
	b, err := in.r.ReadByte()
	if err != nil { // not by require, whose arguments cost an allocation for every byte
		refuse("%s: the file is cut off", in.name)
	}
	return b
}

// uint reads a varint; only the shortest form is taken.
func (in *input) uint() (v uint64) {
	for shift := uint(0); ; shift += 7 {
		d := in.byte()
		if shift > 0 && d == 0 || shift == 63 && d > 1 {
			refuse("%s: a number is not in its shortest form", in.name)
		}
		v |= uint64(d&0x7f) << shift
		if d < 0x80 {
			return v
		}
	}
}

func (in *input) int() int64 {
	v := in.uint()
	return int64(v>>1) ^ -int64(v&1)
}

// count reads a number of 31 bits.
func (in *input) count() int32 {
	v := in.uint()
	require(v <= math.MaxInt32, "%s: the number %d does not fit in 31 bits", in.name, v)
	return int32(v)
}

// int32 reads a signed number of 32 bits.
func (in *input) int32() int32 {
	v := in.int()
	require(v >= math.MinInt32 && v <= math.MaxInt32, "%s: the number %d does not fit in 32 bits", in.name, v)
	return int32(v)
}

// next adds a difference to a number of 31 bits or -1.
func (in *input) next(last int32) int32 {
	d := in.int()
	require(d >= -1<<32 && d <= 1<<32 && int64(last)+d >= -1 && int64(last)+d <= math.MaxInt32,
		"%s: a number is out of range", in.name)
	return last + int32(d)
}

// back reads a reference to one of count earlier things, counted from there.
func (in *input) back(count int) int32 { return in.backBy(in.uint(), count) }

func (in *input) backBy(d uint64, count int) int32 {
	require(d >= 1 && d <= uint64(count), "%s: a reference does not lead back to one of %d", in.name, count)
	return int32(uint64(count) - d)
}

// index reads the number of one of count things.
func (in *input) index(count int) int32 {
	v := in.uint()
	require(v < uint64(count), "%s: number %d of %d", in.name, v, count)
	return int32(v)
}

// stages reads names, of which no two are alike.
func (in *input) stages(n int32) []string {
	var names []string
	seen := map[string]bool{}
	for range n {
		size := int64(in.count())
		name, err := io.ReadAll(io.LimitReader(in.r, size)) // grows as bytes arrive
		require(err == nil && int64(len(name)) == size, "%s: the file is cut off", in.name)
		require(utf8.Valid(name) && !seen[string(name)], "%s: a stage's name is repeated or no UTF-8", in.name)
		seen[string(name)] = true
		names = append(names, string(name))
	}
	return names
}

// tables reads tables, of which no two are alike.
func (in *input) tables(n int32) [][]int64 {
	var known vectors
	for i := range n {
		var values []int64
		last := int64(0)
		for range in.count() {
			last += in.int() // differences, modulo 2^64
			values = append(values, last)
		}
		require(known.number(values) == i, "%s: two tables are alike", in.name)
	}
	return known.all
}

func (in *input) end() {
	_, err := in.r.ReadByte()
	require(err == io.EOF, "%s: bytes follow the end", in.name)
}
