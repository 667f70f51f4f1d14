package check

import (
	"math"
	"math/bits"
	"slices"
	"sort"
)

// vector is a list of numbers in the smallest of four forms. A variable of 2^20
// cells has some twenty functions: its bits, and others that rise by one from cell
// to cell for long.
type vector struct {
	count int
	bits  []uint64 // numbers 0 and 1
	runs  []run
	half  []int32
	full  []int64
}

// run is an arithmetic progression as far as the next run.
type run struct {
	first int32
	by    int32
	value int64
}

const runSize = 16 // bytes

// pack keeps the values in the smallest form.
func pack(values []int64) vector {
	v := vector{count: len(values)}
	lo, hi, runs := survey(values)
	size := 8 * len(values)
	switch {
	case lo == 0 && hi <= 1:
		size = len(values) / 8
	case lo >= math.MinInt32 && hi <= math.MaxInt32:
		size = 4 * len(values)
	}
	switch {
	case runs*runSize < size && len(values) <= math.MaxInt32:
		v.runs = make([]run, 0, runs)
		for i := 0; i < len(values); {
			r, next := runAt(values, i)
			v.runs = append(v.runs, r)
			i = next
		}
	case lo == 0 && hi <= 1:
		v.bits = make([]uint64, (len(values)+63)/64)
		for i, x := range values {
			v.bits[i/64] |= uint64(x) << (i % 64)
		}
	case size < 8*len(values):
		v.half = make([]int32, len(values))
		for i, x := range values {
			v.half[i] = int32(x)
		}
	default:
		v.full = slices.Clone(values)
	}
	return v
}

// survey finds the range of the values, with 0, and of how many runs they consist.
func survey(values []int64) (lo, hi int64, runs int) {
	for _, x := range values {
		lo, hi = min(lo, x), max(hi, x)
	}
	for i := 0; i < len(values); runs++ {
		_, i = runAt(values, i)
	}
	return lo, hi, runs
}

// runAt is the run that begins at index i, and the index after it.
func runAt(values []int64, i int) (r run, next int) {
	r = run{first: int32(i), value: values[i]}
	next = i + 1
	if next == len(values) {
		return r, next
	}
	by := values[next] - values[i]
	if by < math.MinInt32 || by > math.MaxInt32 {
		return r, next
	}
	r.by = int32(by)
	for ; next < len(values) && values[next]-values[next-1] == by; next++ {
	}
	return r, next
}

// hash is the same for equal vectors.
func (v *vector) hash() uint64 {
	h := uint64(v.count)
	for _, x := range v.bits {
		h = mix(h, x)
	}
	for _, r := range v.runs {
		h = mix(mix(h, uint64(r.first)<<32|uint64(uint32(r.by))), uint64(r.value))
	}
	for _, x := range v.half {
		h = mix(h, uint64(x))
	}
	for _, x := range v.full {
		h = mix(h, uint64(x))
	}
	return h
}

// at is number i.
func (v *vector) at(i int) int64 {
	switch {
	case v.bits != nil:
		return int64(v.bits[i/64] >> (i % 64) & 1)
	case v.half != nil:
		return int64(v.half[i])
	case v.full != nil:
		return v.full[i]
	}
	r := v.runs[sort.Search(len(v.runs), func(k int) bool { return int(v.runs[k].first) > i })-1]
	return r.value + int64(i-int(r.first))*int64(r.by)
}

// addTo adds coef times the vector to out.
func (v *vector) addTo(out []int64, coef int64) {
	for i, x := range v.half {
		out[i] += coef * int64(x)
	}
	for i, x := range v.full {
		out[i] += coef * x
	}
	for i, word := range v.bits {
		for ; word != 0; word &= word - 1 {
			out[64*i+bits.TrailingZeros64(word)] += coef
		}
	}
	for k, r := range v.runs {
		next := v.count
		if k+1 < len(v.runs) {
			next = int(v.runs[k+1].first)
		}
		x, by := coef*r.value, coef*int64(r.by)
		for i := int(r.first); i < next; i++ {
			out[i] += x
			x += by
		}
	}
}

// equal tells whether two vectors hold the same numbers, for which there is one form.
func (v *vector) equal(w *vector) bool {
	return v.count == w.count && slices.Equal(v.bits, w.bits) && slices.Equal(v.runs, w.runs) &&
		slices.Equal(v.half, w.half) && slices.Equal(v.full, w.full)
}

// scaled is s times a vector.
type scaled struct {
	s   int64
	vec int32
}

// vecPair names a sum of two multiples of vectors.
type vecPair struct {
	a, b int32
	x, y int64
}

// vector interns the numbers x - c, x in values, up to an integer factor; zero is
// none. Arithmetic wraps: quantities are below 2^62, so equality modulo 2^64 is
// equality.
func (s *store) vector(values []int64, c int64) scaled {
	d := factorOf(values, c)
	if d == 0 {
		return scaled{0, none}
	}
	own := pack(s.reduced(values, c, d))
	h := own.hash()
	for _, id := range s.vecAt[h] {
		if s.vecs[id].equal(&own) {
			return scaled{d, id}
		}
	}
	id := int32(len(s.vecs))
	s.vecs = append(s.vecs, own)
	s.vecAt[h] = append(s.vecAt[h], id)
	return scaled{d, id}
}

// reduced are the numbers (x - c)/d, in a buffer; d divides.
func (s *store) reduced(values []int64, c, d int64) []int64 {
	s.quotients = slices.Grow(s.quotients[:0], len(values))[:len(values)]
	out := s.quotients
	if d == 1 { // division is slow, and this the common case
		for i, x := range values {
			out[i] = x - c
		}
		return out
	}
	for i, x := range values {
		out[i] = (x - c) / d
	}
	return out
}

// factorOf is the greatest common divisor of the numbers x - c with the sign of the
// first that is not 0, or 0 when all are.
func factorOf(values []int64, c int64) int64 {
	g, sign := uint64(0), int64(0)
	for _, x := range values {
		if x -= c; x == 0 {
			continue
		}
		if sign == 0 {
			sign = 1
			if x < 0 {
				sign = -1
			}
		}
		if g = gcd(g, magnitude(x)); g == 1 {
			break
		}
	}
	if g > math.MaxInt64 {
		g = 1
	}
	return sign * int64(g)
}

// unary interns a function given by its values at the cells.
func (s *store) unary(values []int64) unary {
	v := s.vector(values, values[0])
	return unary{values[0], v.s, v.vec}
}

// at is the function's value at a cell.
func (s *store) at(u unary, cell int) int64 {
	if u.fn == none {
		return u.c
	}
	return u.c + u.s*s.vecs[u.fn].at(cell)
}

// addVectors is x·a + y·b.
func (s *store) addVectors(x int64, a int32, y int64, b int32) scaled {
	if a == b {
		if x+y == 0 {
			return scaled{0, none}
		}
		return scaled{x + y, a}
	}
	key := vecPair{a, b, x, y}
	if v, ok := s.vecSum[key]; ok {
		return v
	}
	sum := s.cells(s.vecs[a].count)
	s.vecs[a].addTo(sum, x)
	s.vecs[b].addTo(sum, y)
	v := s.vector(sum, 0)
	s.vecSum[key] = v
	return v
}

// values puts the function's values into out, which has an entry for each cell.
func (s *store) values(out []int64, u unary) []int64 {
	for c := range out {
		out[c] = u.c
	}
	if u.fn != none {
		s.vecs[u.fn].addTo(out, u.s)
	}
	return out
}

// cells is a buffer of zeros for values at so many cells, good until the next call.
func (s *store) cells(count int) []int64 { return zeros(&s.results, count) }

// spare is another such buffer.
func (s *store) spare(count int) []int64 { return zeros(&s.operands, count) }

func zeros(buffer *[]int64, count int) []int64 {
	if cap(*buffer) < count {
		*buffer = make([]int64, count)
	}
	*buffer = (*buffer)[:count]
	clear(*buffer)
	return *buffer
}
