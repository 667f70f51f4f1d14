package kernel

import (
	"fmt"
	"math/bits"
)

// refusal is how every check of this package ends that does not hold: refuse
// panics with one, and Verify, the only function that recovers, makes it the verdict.
// So no check can be forgotten by a caller that does not look at an error.
type refusal string

func refuse(format string, args ...any) { panic(refusal(fmt.Sprintf(format, args...))) }

// require refuses unless the condition holds.
func require(holds bool, format string, args ...any) {
	if !holds {
		refuse(format, args...)
	}
}

// limit bounds every number that the circuits hold: |x| < 2^62. Arithmetic below
// refuses what would leave it, so nothing here wraps.
const limit = int64(1) << 62

func magnitude(v int64) uint64 {
	if v < 0 {
		return -uint64(v)
	}
	return uint64(v)
}

func within(v int64) int64 {
	require(uint64(v+limit-1) < uint64(2*(limit-1)+1), "a number does not fit in 62 bits") // in one comparison
	return v
}

func plus(a, b int64) int64 { return within(within(a) + within(b)) }

func times(a, b int64) int64 {
	hi, lo := bits.Mul64(magnitude(a), magnitude(b))
	require(hi == 0 && lo < uint64(limit), "a product does not fit in 62 bits")
	return a * b
}

// once computes a value for a key the first time that it is asked for.
func once[K comparable, V any](known map[K]V, key K, compute func() V) V {
	v, ok := known[key]
	if !ok {
		v = compute()
		known[key] = v
	}
	return v
}
