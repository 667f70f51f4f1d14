package arith

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func needWide(t *testing.T) {
	if !wide {
		t.Skip("the processor has no registers of 512 bits: the loops in Go are all there is")
	}
}

func drawLanes(t *rapid.T, label string, lo, hi int64) (v [lanes]int64) {
	for k := range v {
		v[k] = rapid.Int64Range(lo, hi).Draw(t, label)
	}
	return v
}

// TestSumKernel: the kernel adds up as the loops in Go do, wrapping around alike.
func TestSumKernel(t *testing.T) {
	needWide(t)
	rapid.Check(t, func(t *rapid.T) {
		const slots = 4
		s := &state{slots: make([]int64, slots*lanes)}
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		for i := range s.slots {
			s.slots[i] = int64(r.Uint64()) >> r.IntN(64)
		}
		plain, products := rapid.IntRange(0, 9).Draw(t, "plain"), rapid.IntRange(0, 5).Draw(t, "products")
		coef := rapid.OneOf(rapid.SampledFrom([]int64{1, -1, 0}), rapid.Int64())
		var reads []read
		for i := range plain + products {
			d := read{coef.Draw(t, "coef"), int32(r.IntN(slots)), theValue}
			if i >= plain {
				d.b = int32(r.IntN(slots))
			}
			reads = append(reads, d)
		}
		constant := rapid.Int64().Draw(t, "constant")
		var want, got [lanes]int64
		s.values(reads[:plain], constant, &want)
		for _, d := range reads[plain:] {
			addProduct(&want, d.coef, s.slot(d.a), s.slot(d.b))
		}
		reads = append(reads, read{}) // so that there is a first one
		sumAVX512(&got, constant, &reads[0], plain, products, &s.slots[0])
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("sums (-loops +kernel):\n%s", diff)
		}
	})
}

// TestStepKernel: the kernel finds the levels that a search finds, and their values.
func TestStepKernel(t *testing.T) {
	needWide(t)
	rapid.Check(t, func(t *rapid.T) {
		thresholds := rapid.OneOf(
			rapid.SliceOfN(rapid.Int64Range(-1<<40, 1<<40), 1, 300),
			rapid.SliceOfN(rapid.Int64Range(-500, 500), 1, 300),
			rapid.SliceOfN(rapid.Int64Range(-1<<63+3, 1<<63-3), 1, 300),
			rapid.Custom(func(t *rapid.T) []int64 {
				by, from := int64(1)<<rapid.IntRange(0, 40).Draw(t, "by"), rapid.Int64Range(-1<<40, 1<<40).Draw(t, "from")
				var even []int64
				for k := range rapid.Int64Range(1, 300).Draw(t, "count") {
					even = append(even, from+k*by)
				}
				return even
			}),
		).Draw(t, "thresholds")
		slices.Sort(thresholds)
		thresholds = slices.Compact(thresholds)
		ix := NewIndex(thresholds)
		if !ix.fast() {
			t.Skip("crowded: not for the kernel")
		}
		off := rapid.IntRange(0, len(thresholds)-1).Draw(t, "off")
		count := rapid.OneOf(rapid.Just(1), rapid.IntRange(1, len(thresholds)-off)).Draw(t, "count")
		form := drawLanes(t, "form", thresholds[0]-2, thresholds[len(thresholds)-1]+2)
		form[0], form[1] = -1<<62, 1<<62-1
		base, by := rapid.Int64().Draw(t, "base"), rapid.Int64().Draw(t, "by")
		var level, value, alone [lanes]int64
		stepAVX512(ix, &form, int64(off), int64(count), &level, &value, base, by)
		stepAVX512(ix, &form, int64(off), int64(count), &alone, nil, 0, 0)
		for k, f := range form {
			want := int64(0)
			for _, th := range thresholds[off : off+count] {
				if f >= th {
					want++
				}
			}
			if count == 1 {
				var reach, reached [lanes]int64
				reachAVX512(thresholds[off], &form, &reach, &reached, base, by)
				if reach[k] != want || reached[k] != base+by*want {
					t.Fatalf("form %d, threshold %d: level %d, value %d", f, thresholds[off], reach[k], reached[k])
				}
			}
			if level[k] != want || alone[k] != want || value[k] != base+by*want {
				t.Fatalf("form %d: level %d and %d, value %d; expected level %d, value %d", f, level[k], alone[k], value[k], want, base+by*want)
			}
		}
	})
}
