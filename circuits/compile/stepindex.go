package compile

import "tc0/circuits/gadget"

// stepIndex evaluates a step by a table over equal buckets of its argument, for
// the direct evaluation of the quantised model.
type stepIndex struct {
	steps gadget.Steps
	base  int64
	shift uint
	first []int32
}

func newStepIndex(s gadget.Steps) stepIndex {
	ix := stepIndex{steps: s}
	n := len(s.Thresholds)
	if n == 0 {
		return ix
	}
	ix.base = s.Thresholds[0]
	span := uint64(s.Thresholds[n-1] - ix.base)
	for span>>ix.shift >= uint64(n) {
		ix.shift++
	}
	ix.first = make([]int32, span>>ix.shift+2)
	level := 0
	for b := range ix.first {
		for level < n && uint64(s.Thresholds[level]-ix.base)>>ix.shift < uint64(b) {
			level++
		}
		ix.first[b] = int32(level)
	}
	return ix
}

// at is the step's value at f.
func (ix *stepIndex) at(f int64) int64 {
	if len(ix.first) == 0 || f < ix.base {
		return ix.steps.Values[0]
	}
	b := uint64(f-ix.base) >> ix.shift
	if b+1 >= uint64(len(ix.first)) {
		return ix.steps.Values[len(ix.steps.Thresholds)]
	}
	lo, hi := ix.first[b], ix.first[b+1]
	part := ix.steps.Thresholds[lo:hi]
	return ix.steps.Values[int(lo)+gadget.Level(part, f)]
}
