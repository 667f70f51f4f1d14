package ssm

import (
	"cmp"
	"encoding/binary"
	"fmt"
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
	data  []byte // little-endian, part of the file's bytes
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

// ReadSafetensors parses a whole safetensors file held in memory. The header is
// not trusted: all sizes are checked against len(data) before they are used, and
// the tensors must cover the data section exactly, without holes or overlaps.
// The tensors refer to data, which must not change afterwards.
func ReadSafetensors(data []byte) (map[string]Tensor, error) {
	header, body, err := splitHeader(data)
	if err != nil {
		return nil, err
	}
	entries, err := parseObject(header)
	if err != nil {
		return nil, fmt.Errorf("safetensors header: %w", err)
	}
	tensors := map[string]Tensor{}
	spans := make([]span, 0, len(entries))
	for _, name := range sortedKeys(entries) {
		if name == "__metadata__" {
			if err := checkMetadata(entries[name]); err != nil {
				return nil, err
			}
			continue
		}
		tensor, at, err := readEntry(name, entries[name], body)
		if err != nil {
			return nil, fmt.Errorf("tensor %q: %w", name, err)
		}
		tensors[name] = tensor
		spans = append(spans, at)
	}
	return tensors, checkCover(spans, len(body))
}

// splitHeader cuts the file into JSON text and tensor bytes.
func splitHeader(data []byte) (header, body []byte, err error) {
	if len(data) < 8 {
		return nil, nil, fmt.Errorf("the file has %d bytes, expected at least the 8 of a safetensors header length", len(data))
	}
	size := binary.LittleEndian.Uint64(data)
	rest := data[8:]
	if size > maxHeader {
		return nil, nil, fmt.Errorf("the header length is %d, expected at most %d", size, maxHeader)
	}
	if size > uint64(len(rest)) {
		return nil, nil, fmt.Errorf("the header length is %d, but only %d bytes follow: the file is cut off or not safetensors", size, len(rest))
	}
	header, body = rest[:size], rest[size:]
	if len(header) == 0 || header[0] != '{' {
		return nil, nil, fmt.Errorf("the header does not start with '{': the file is not safetensors")
	}
	return header, body, nil
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

// span is the part of the data section one tensor takes.
type span struct {
	name       string
	begin, end int
}

// readEntry checks one header entry against the data section.
func readEntry(name string, value any, body []byte) (Tensor, span, error) {
	entry, ok := value.(map[string]any)
	if !ok {
		return Tensor{}, span{}, fmt.Errorf("expected an object with dtype, shape and data_offsets")
	}
	for key := range entry {
		if key != "dtype" && key != "shape" && key != "data_offsets" {
			return Tensor{}, span{}, fmt.Errorf("unknown header key %q", key)
		}
	}
	dtype, _ := entry["dtype"].(string)
	if dtypeSize[dtype] == 0 {
		return Tensor{}, span{}, fmt.Errorf("dtype %v is not known", quoted(entry["dtype"]))
	}
	shape, ok := asCounts(entry["shape"])
	if !ok {
		return Tensor{}, span{}, fmt.Errorf("shape: expected a list of non-negative integers")
	}
	offsets, ok := asCounts(entry["data_offsets"])
	if !ok || len(offsets) != 2 {
		return Tensor{}, span{}, fmt.Errorf("data_offsets: expected two non-negative integers")
	}
	begin, end := offsets[0], offsets[1]
	if begin > end || end > len(body) {
		return Tensor{}, span{}, fmt.Errorf("data_offsets [%d, %d] are not inside the %d data bytes", begin, end, len(body))
	}
	size, ok := byteSize(shape, dtypeSize[dtype])
	if !ok || size != end-begin {
		return Tensor{}, span{}, fmt.Errorf("shape %v with dtype %s does not take the %d bytes of data_offsets [%d, %d]",
			shape, dtype, end-begin, begin, end)
	}
	return Tensor{DType: dtype, Shape: shape, data: body[begin:end:end]}, span{name, begin, end}, nil
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
