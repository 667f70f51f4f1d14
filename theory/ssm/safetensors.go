package ssm

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/bits"
	"slices"
	"strings"
)

// maxHeader is the limit of the format on the JSON header.
const maxHeader = 100_000_000

// dtypeSize is the number of bytes of one entry.
var dtypeSize = map[string]int{
	"BOOL": 1, "U8": 1, "I8": 1, "F8_E5M2": 1, "F8_E4M3": 1,
	"I16": 2, "U16": 2, "F16": 2, "BF16": 2,
	"I32": 4, "U32": 4, "F32": 4,
	"I64": 8, "U64": 8, "F64": 8,
}

// Tensor is one array of a safetensors file, row-major.
type Tensor struct {
	DType string // as in the file: F64, F32, F16, BF16, I64, ...
	Shape []int  // empty for a scalar
	data  []byte // little-endian
}

// Len returns the number of entries.
func (t Tensor) Len() int { return len(t.data) / dtypeSize[t.DType] }

// Float64s returns the entries of an F64, F32, F16 or BF16 tensor. All four are
// subsets of float64, so nothing is rounded.
func (t Tensor) Float64s() ([]float64, error) {
	size := dtypeSize[t.DType]
	var decode func([]byte) float64
	switch t.DType {
	case "F64":
		decode = func(b []byte) float64 { return math.Float64frombits(binary.LittleEndian.Uint64(b)) }
	case "F32":
		decode = func(b []byte) float64 { return float64(math.Float32frombits(binary.LittleEndian.Uint32(b))) }
	case "BF16":
		decode = func(b []byte) float64 {
			return float64(math.Float32frombits(uint32(binary.LittleEndian.Uint16(b)) << 16))
		}
	case "F16":
		decode = func(b []byte) float64 { return fromHalf(binary.LittleEndian.Uint16(b)) }
	default:
		return nil, fmt.Errorf("dtype %s is not one of F64, F32, F16, BF16", t.DType)
	}
	values := make([]float64, t.Len())
	for i := range values {
		values[i] = decode(t.data[i*size:])
	}
	return values, nil
}

// Int64s returns the entries of an I64, I32, U8 or BOOL tensor.
func (t Tensor) Int64s() ([]int64, error) {
	size := dtypeSize[t.DType]
	var decode func([]byte) int64
	switch t.DType {
	case "I64":
		decode = func(b []byte) int64 { return int64(binary.LittleEndian.Uint64(b)) }
	case "I32":
		decode = func(b []byte) int64 { return int64(int32(binary.LittleEndian.Uint32(b))) }
	case "U8", "BOOL":
		decode = func(b []byte) int64 { return int64(b[0]) }
	default:
		return nil, fmt.Errorf("dtype %s is not one of I64, I32, U8, BOOL", t.DType)
	}
	values := make([]int64, t.Len())
	for i := range values {
		values[i] = decode(t.data[i*size:])
	}
	return values, nil
}

// fromHalf decodes an IEEE 754 binary16 number.
func fromHalf(bits uint16) float64 {
	sign := 1.0
	if bits>>15 == 1 {
		sign = -1
	}
	exponent, fraction := int(bits>>10&31), float64(bits&1023)
	switch exponent {
	case 0:
		return sign * math.Ldexp(fraction, -24)
	case 31:
		if fraction != 0 {
			return math.NaN()
		}
		return math.Inf(int(sign))
	}
	return sign * math.Ldexp(1024+fraction, exponent-25)
}

// ReadSafetensors reads a safetensors file of the given number of bytes. The header
// is not trusted: it must place the tensors so that they cover the rest of the file
// exactly, without holes or overlaps, before that rest is read.
func ReadSafetensors(r io.Reader, size int64) (map[string]Tensor, error) {
	header, rest, err := readHeader(r, size)
	if err != nil {
		return nil, err
	}
	entries, err := parseObject(header)
	if err != nil {
		return nil, fmt.Errorf("safetensors header: %w", err)
	}
	spans, err := readLayout(entries, rest)
	if err != nil {
		return nil, err
	}
	body := make([]byte, rest)
	if _, err := io.ReadFull(r, body); err != nil {
		return nil, cutOff(err)
	}
	tensors := map[string]Tensor{}
	for _, s := range spans {
		tensors[s.name] = Tensor{DType: s.dtype, Shape: s.shape, data: body[s.begin:s.end:s.end]}
	}
	return tensors, nil
}

// readLayout checks the header's entries against a data section of size bytes.
func readLayout(entries map[string]any, size int) ([]span, error) {
	spans := make([]span, 0, len(entries))
	for _, name := range sortedKeys(entries) {
		if name == "__metadata__" {
			if err := checkMetadata(entries[name]); err != nil {
				return nil, err
			}
			continue
		}
		s, err := readEntry(name, entries[name], size)
		if err != nil {
			return nil, fmt.Errorf("tensor %q: %w", name, err)
		}
		spans = append(spans, s)
	}
	return spans, checkCover(spans, size)
}

// readHeader returns the JSON text and the number of bytes that follow it.
func readHeader(r io.Reader, size int64) (header []byte, rest int, err error) {
	if size < 8 {
		return nil, 0, fmt.Errorf("the file has %d bytes, expected at least the 8 of a safetensors header length", size)
	}
	var first [8]byte
	if _, err := io.ReadFull(r, first[:]); err != nil {
		return nil, 0, cutOff(err)
	}
	length := binary.LittleEndian.Uint64(first[:])
	if length > maxHeader {
		return nil, 0, fmt.Errorf("the header length is %d, expected at most %d: the file is not safetensors", length, maxHeader)
	}
	if length > uint64(size-8) {
		return nil, 0, fmt.Errorf("the header length is %d, but only %d bytes follow: the file is cut off or not safetensors", length, size-8)
	}
	header = make([]byte, length)
	if _, err := io.ReadFull(r, header); err != nil {
		return nil, 0, cutOff(err)
	}
	if len(header) == 0 || header[0] != '{' {
		return nil, 0, errors.New("the header does not start with '{': the file is not safetensors")
	}
	return header, int(size-8) - len(header), nil
}

// cutOff explains a file that ends before its size, because it is being written.
func cutOff(err error) error {
	return fmt.Errorf("the file ended while it was read (%w)", err)
}

func checkMetadata(value any) error {
	object, ok := value.(map[string]any)
	if !ok {
		return fmt.Errorf("__metadata__: expected an object of strings")
	}
	for key, v := range object {
		if _, ok := v.(string); !ok {
			return fmt.Errorf("__metadata__: the value of %q is not a string", key)
		}
	}
	return nil
}

// span is one tensor of the header and the part of the data section it takes.
type span struct {
	name, dtype string
	shape       []int
	begin, end  int
}

// readEntry checks one header entry against a data section of size bytes.
func readEntry(name string, value any, size int) (span, error) {
	entry, ok := value.(map[string]any)
	if !ok {
		return span{}, fmt.Errorf("expected an object with dtype, shape and data_offsets")
	}
	for key := range entry {
		if key != "dtype" && key != "shape" && key != "data_offsets" {
			return span{}, fmt.Errorf("unknown header key %q", key)
		}
	}
	dtype, _ := entry["dtype"].(string)
	if dtypeSize[dtype] == 0 {
		return span{}, fmt.Errorf("dtype %v is not known", quoted(entry["dtype"]))
	}
	shape, ok := asCounts(entry["shape"])
	if !ok {
		return span{}, fmt.Errorf("shape: expected a list of non-negative integers")
	}
	offsets, ok := asCounts(entry["data_offsets"])
	if !ok || len(offsets) != 2 {
		return span{}, fmt.Errorf("data_offsets: expected two non-negative integers")
	}
	begin, end := offsets[0], offsets[1]
	if begin > end || end > size {
		return span{}, fmt.Errorf("data_offsets [%d, %d] are not inside the %d data bytes", begin, end, size)
	}
	bytes, ok := byteSize(shape, dtypeSize[dtype])
	if !ok || bytes != end-begin {
		return span{}, fmt.Errorf("shape %v with dtype %s does not take the %d bytes of data_offsets [%d, %d]",
			shape, dtype, end-begin, begin, end)
	}
	return span{name, dtype, shape, begin, end}, nil
}

// byteSize multiplies the dimensions; false when the product leaves int.
func byteSize(shape []int, entry int) (int, bool) {
	if slices.Contains(shape, 0) {
		return 0, true
	}
	product := uint64(entry)
	for _, dim := range shape {
		high, low := bits.Mul64(product, uint64(dim))
		if high != 0 || low > math.MaxInt {
			return 0, false
		}
		product = low
	}
	return int(product), true
}

// checkCover demands that the spans tile the data section.
func checkCover(spans []span, size int) error {
	slices.SortFunc(spans, func(a, b span) int {
		return cmp.Or(cmp.Compare(a.begin, b.begin), cmp.Compare(a.end, b.end), strings.Compare(a.name, b.name))
	})
	at := 0
	for _, s := range spans {
		if s.begin < at {
			return fmt.Errorf("tensor %q: its data starts at %d and overlaps another tensor that ends at %d", s.name, s.begin, at)
		}
		if s.begin > at {
			return fmt.Errorf("tensor %q: its data starts at %d, which leaves a hole after %d", s.name, s.begin, at)
		}
		at = s.end
	}
	if at != size {
		return fmt.Errorf("the tensors take %d bytes of the data section, but it has %d", at, size)
	}
	return nil
}

// quoted formats a JSON value for an error message without line breaks.
func quoted(v any) string {
	if s, ok := v.(string); ok {
		return fmt.Sprintf("%q", s)
	}
	if v == nil {
		return "(absent)"
	}
	return fmt.Sprintf("%q", fmt.Sprint(v))
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
