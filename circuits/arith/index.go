package arith

import "math/bits"

// Index finds levels in one threshold table in a few operations: the table's
// span is cut into equal buckets, each of which knows the level at its start.
type Index struct {
	thresholds []int64
	base       int64
	shift      uint
	start      []int32 // start[b]: thresholds at most base + b<<shift - 1; one extra
}

// bucketsPerLevel trades memory for fewer thresholds per bucket.
const bucketsPerLevel = 4

// NewIndex indexes strictly ascending thresholds.
func NewIndex(thresholds []int64) *Index {
	ix := &Index{thresholds: thresholds}
	if len(thresholds) == 0 {
		return ix
	}
	ix.base = thresholds[0]
	span := uint64(thresholds[len(thresholds)-1] - ix.base)
	want := uint64(len(thresholds)) * bucketsPerLevel
	for span>>ix.shift >= want {
		ix.shift++
	}
	n := int(span>>ix.shift) + 1
	ix.start = make([]int32, n+1)
	level := 0
	for b := range ix.start {
		edge := ix.base + int64(uint64(b)<<ix.shift)
		for level < len(thresholds) && thresholds[level] < edge {
			level++
		}
		ix.start[b] = int32(level)
	}
	ix.start[n] = int32(len(thresholds))
	return ix
}

// Level is the number of thresholds that are at most f.
func (ix *Index) Level(f int64) int {
	if len(ix.start) == 0 || f < ix.base {
		return 0
	}
	b := uint64(f-ix.base) >> ix.shift
	if b >= uint64(len(ix.start)-1) {
		return len(ix.thresholds)
	}
	lo, hi := int(ix.start[b]), int(ix.start[b+1])
	if hi-lo > 8 {
		return ix.bisect(lo, hi, f)
	}
	for lo < hi && ix.thresholds[lo] <= f {
		lo++
	}
	return lo
}

func (ix *Index) bisect(lo, hi int, f int64) int {
	for range bits.Len(uint(hi - lo)) {
		if lo == hi {
			break
		}
		mid := (lo + hi) / 2
		if ix.thresholds[mid] <= f {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}
