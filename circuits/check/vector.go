package check

import "math"

// vector is a list of numbers in the narrowest of three widths that holds them.
// A variable of 2^20 cells has some twenty functions, nearly all of them bits.
type vector struct {
	count int
	bits  []uint64 // numbers 0 and 1
	half  []int32
	full  []int64
}

// pack keeps (x - c)/d for every x in values; d divides.
func pack(values []int64, c, d int64) vector {
	lo, hi := int64(0), int64(0)
	for _, x := range values {
		lo, hi = min(lo, (x-c)/d), max(hi, (x-c)/d)
	}
	v := vector{count: len(values)}
	switch {
	case lo == 0 && hi <= 1:
		v.bits = make([]uint64, (len(values)+63)/64)
		for i, x := range values {
			if x != c {
				v.bits[i/64] |= 1 << (i % 64)
			}
		}
	case lo >= math.MinInt32 && hi <= math.MaxInt32:
		v.half = make([]int32, len(values))
		for i, x := range values {
			v.half[i] = int32((x - c) / d)
		}
	default:
		v.full = make([]int64, len(values))
		for i, x := range values {
			v.full[i] = (x - c) / d
		}
	}
	return v
}

// at is number i.
func (v *vector) at(i int) int64 {
	switch {
	case v.bits != nil:
		return int64(v.bits[i/64] >> (i % 64) & 1)
	case v.half != nil:
		return int64(v.half[i])
	}
	return v.full[i]
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
	h := uint64(len(values))
	for _, x := range values {
		h = mix(h, uint64((x-c)/d))
	}
	same := func(have *vector) bool {
		if have.count != len(values) {
			return false
		}
		for i, x := range values {
			if have.at(i) != (x-c)/d {
				return false
			}
		}
		return true
	}
	for _, id := range s.vecAt[h] {
		if same(&s.vecs[id]) {
			return scaled{d, id}
		}
	}
	id := int32(len(s.vecs))
	s.vecs = append(s.vecs, pack(values, c, d))
	s.vecAt[h] = append(s.vecAt[h], id)
	return scaled{d, id}
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
	for i := range sum {
		sum[i] = x*s.vecs[a].at(i) + y*s.vecs[b].at(i)
	}
	v := s.vector(sum, 0)
	s.vecSum[key] = v
	return v
}

// cells is a buffer of zeros for values at so many cells, good until the next call.
func (s *store) cells(count int) []int64 {
	if cap(s.scratch) < count {
		s.scratch = make([]int64, count)
	}
	s.scratch = s.scratch[:count]
	clear(s.scratch)
	return s.scratch
}
