package export

import (
	"math/big"
	"math/bits"

	"tc0/circuits/threshold"
)

// natural is an unsigned 128-bit integer. Sums of weights need more than 64
// bits: a single weight may take 62 of them.
type natural struct{ hi, lo uint64 }

func (a natural) plus(b natural) natural {
	lo, carry := bits.Add64(a.lo, b.lo, 0)
	hi, _ := bits.Add64(a.hi, b.hi, carry)
	return natural{hi, lo}
}

// minus is a-b, or 0 when b is larger.
func (a natural) minus(b natural) natural {
	lo, borrow := bits.Sub64(a.lo, b.lo, 0)
	hi, borrow := bits.Sub64(a.hi, b.hi, borrow)
	if borrow != 0 {
		return natural{}
	}
	return natural{hi, lo}
}

func (a natural) less(b natural) bool { return a.hi < b.hi || a.hi == b.hi && a.lo < b.lo }

func (a natural) bits() int {
	if a.hi != 0 {
		return 64 + bits.Len64(a.hi)
	}
	return bits.Len64(a.lo)
}

func (a natural) bit(i int) bool {
	if i >= 64 {
		return a.hi>>(i-64)&1 == 1
	}
	return a.lo>>i&1 == 1
}

func (a natural) big() *big.Int {
	v := new(big.Int).SetUint64(a.hi)
	return v.Or(v.Lsh(v, 64), new(big.Int).SetUint64(a.lo))
}

func magnitude(v int64) natural {
	if v < 0 {
		return natural{lo: -uint64(v)}
	}
	return natural{lo: uint64(v)}
}

// totals are the sums of the absolute values of a gate's negative and positive
// weights: the gate's sum ranges from -below to above.
func totals(wires []threshold.Wire) (below, above natural) {
	for _, w := range wires {
		if w.Weight < 0 {
			below = below.plus(magnitude(w.Weight))
		} else {
			above = above.plus(magnitude(w.Weight))
		}
	}
	return below, above
}
