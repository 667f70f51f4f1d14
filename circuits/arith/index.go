package arith

import (
	"math"
	"math/bits"
)

// Index finds levels in one threshold table in a few operations. Thresholds that
// are the same power of two apart, as those of plain rounding, need no memory.
// Otherwise the table's span is cut into equal segments and every segment into
// buckets of a width of its own, so that a bucket holds one threshold or none
// unless thresholds crowd within a segment: exponentials crowd theirs at one end
// of the span.
type Index struct {
	thresholds []int64
	low, high  int64 // levels are constant up to low and from high on
	shift      uint  // width of a segment, or distance of even thresholds
	even       bool
	segments   []segment
	levelBits  uint
	// buckets hold the level at the beginning of a bucket in their low levelBits
	// and above that where in the segment the next threshold is, or the segment's
	// end. One more follows the last.
	buckets []uint64
	crowded bool // some segment is
}

// segment is the buckets of one segment.
type segment struct {
	first   uint32 // its first bucket
	width   uint8  // of its buckets: they are 2^width values wide
	crowded bool   // some bucket holds more than one threshold
}

const (
	// maxSegments bounds the segments, so that they stay in the nearest cache.
	maxSegments = 512
	// bucketsPerLevel bounds the buckets of a segment by its thresholds.
	bucketsPerLevel = 8
)

// NewIndex indexes strictly ascending thresholds.
func NewIndex(thresholds []int64) *Index {
	n := len(thresholds)
	ix := &Index{thresholds: thresholds, levelBits: uint(bits.Len(uint(n)))}
	if n == 0 {
		return ix
	}
	if ix.spaced() {
		return ix
	}
	ix.low, ix.high = max(thresholds[0], math.MinInt64+1)-1, thresholds[n-1]
	span := uint64(ix.high) - uint64(ix.low)
	for span>>ix.shift >= min(maxSegments, uint64(n)+1) && ix.shift < 63-ix.levelBits { // a bucket holds both
		ix.shift++
	}
	level := 0
	for s := range span>>ix.shift + 1 {
		level = ix.segment(s<<ix.shift, level)
	}
	ix.buckets = append(ix.buckets, uint64(n))
	return ix
}

// spaced tells whether the thresholds are all the same power of two apart, and
// then sets low one distance below the first.
func (ix *Index) spaced() bool {
	t := ix.thresholds
	if len(t) < 2 {
		return false
	}
	by := uint64(t[1]) - uint64(t[0])
	if by&(by-1) != 0 || uint64(t[0])-math.MaxInt64-1 < by {
		return false // or low would be below the least integer
	}
	for k := 2; k < len(t); k++ {
		if uint64(t[k])-uint64(t[k-1]) != by {
			return false
		}
	}
	ix.even, ix.shift = true, uint(bits.TrailingZeros64(by))
	ix.low, ix.high = int64(uint64(t[0])-by), t[len(t)-1]
	return true
}

// segment adds the segment that begins at low+from, where level thresholds are
// below it, and returns how many are below its end.
func (ix *Index) segment(from uint64, level int) int {
	end, closest := level, uint64(1)<<ix.shift
	for ; end < len(ix.thresholds) && (ix.offset(end)-from)>>ix.shift == 0; end++ {
		if end > level {
			closest = min(closest, ix.offset(end)-ix.offset(end-1))
		}
	}
	width := uint(bits.Len64(closest)) - 1 // buckets no wider than thresholds are apart
	budget := uint64(end-level) * bucketsPerLevel
	for width < ix.shift && uint64(1)<<(ix.shift-width) > budget {
		width++
	}
	crowded := uint64(1)<<width > closest
	ix.segments = append(ix.segments, segment{uint32(len(ix.buckets)), uint8(width), crowded})
	ix.crowded = ix.crowded || crowded
	for b := range uint64(1) << (ix.shift - width) {
		for level < end && ix.offset(level)-from < b<<width {
			level++
		}
		next := uint64(1) << ix.shift
		if level < end {
			next = ix.offset(level) - from
		}
		ix.buckets = append(ix.buckets, next<<ix.levelBits|uint64(level))
	}
	return end
}

// offset is threshold k above low.
func (ix *Index) offset(k int) uint64 { return uint64(ix.thresholds[k]) - uint64(ix.low) }

// Level is the number of thresholds that are at most f.
func (ix *Index) Level(f int64) int {
	if len(ix.thresholds) == 0 {
		return 0
	}
	off := uint64(min(max(f, ix.low), ix.high)) - uint64(ix.low)
	if ix.even {
		return int(off >> (ix.shift & 63))
	}
	s := ix.segments[off>>(ix.shift&63)]
	off &= 1<<(ix.shift&63) - 1
	b := int(s.first) + int(off>>(s.width&63))
	e, inEntry := ix.buckets[b], uint64(1)<<(ix.levelBits&63)-1
	level := int(e & inEntry)
	if s.crowded {
		return ix.bisect(level, int(ix.buckets[b+1]&inEntry), f)
	}
	if off >= e>>(ix.levelBits&63) {
		level++
	}
	return level
}

// fast tells whether a kernel can find levels.
func (ix *Index) fast() bool { return !ix.crowded && len(ix.thresholds) > 0 }

// bisect is the level of f, which is at least lo and at most hi.
func (ix *Index) bisect(lo, hi int, f int64) int {
	for lo < hi {
		mid := (lo + hi) / 2
		if ix.thresholds[mid] <= f {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// levels are the numbers of thresholds that [lanes] values reach, counted from
// threshold off and at most count. Without crowded segments it is [Index.Level]
// written out, free of jumps that depend on the values.
func (ix *Index) levels(f *[lanes]int64, off, count int64, out *[lanes]int64) {
	switch {
	case count == 1:
		t := ix.thresholds[off]
		for k, v := range f {
			level := int64(0)
			if v >= t {
				level = 1
			}
			out[k] = level
		}
		return
	case ix.crowded || len(ix.thresholds) == 0:
		for k, v := range f {
			out[k] = int64(ix.Level(v))
		}
	default:
		ix.clamp(f, out)
		if shift := ix.shift & 63; ix.even {
			for k, at := range out {
				out[k] = int64(uint64(at) >> shift)
			}
		} else {
			ix.look(out)
		}
	}
	if off == 0 && count == int64(len(ix.thresholds)) {
		return
	}
	for k, l := range out {
		out[k] = max(0, min(count, l-off))
	}
}

// clamp is how far values are above low, at most as far as high.
func (ix *Index) clamp(f, out *[lanes]int64) {
	low, high := ix.low, ix.high
	span := high - low // as an unsigned integer: it may be larger than any int64
	for k, v := range f {
		at := v - low
		if v < low {
			at = 0
		}
		if v > high {
			at = span
		}
		out[k] = at
	}
}

// look replaces distances from low by levels.
func (ix *Index) look(at *[lanes]int64) {
	segments, buckets, shift, levelBits := ix.segments, ix.buckets, ix.shift&63, ix.levelBits&63
	inSegment, inEntry := uint64(1)<<shift-1, uint64(1)<<levelBits-1
	for k, v := range at {
		off := uint64(v)
		s := &segments[off>>shift]
		off &= inSegment
		e := buckets[uint64(s.first)+off>>(s.width&63)]
		level := int64(e & inEntry)
		if off >= e>>levelBits {
			level++
		}
		at[k] = level
	}
}
