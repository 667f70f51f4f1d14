package algebra

import "math/big"

// Power returns the least index ≥ 1 and period ≥ 1 with x^index = x^(index+period):
// the longest way from a point to a cycle, and the least common multiple of the
// cycle lengths.
func (x Map) Power() (index int, period *big.Int) {
	const unknown, walking = 0, -1
	index, period = 1, big.NewInt(1)
	depth := make([]int, len(x)) // steps to a cycle, + 1
	var walk []uint16
	for start := range x {
		walk = walk[:0]
		p := uint16(start)
		for ; depth[p] == unknown; p = x[p] {
			depth[p] = walking
			walk = append(walk, p)
		}
		length := 0 // of the cycle, if this walk closed one at p
		for depth[p] == walking {
			depth[p] = 1
			length++
			p = x[p]
		}
		if length > 1 {
			period = lcm(period, big.NewInt(int64(length)))
		}
		for i := len(walk) - length - 1; i >= 0; i-- {
			depth[walk[i]] = depth[x[walk[i]]] + 1
			index = max(index, depth[walk[i]]-1)
		}
	}
	return index, period
}

func lcm(a, b *big.Int) *big.Int {
	gcd := new(big.Int).GCD(nil, nil, a, b)
	return gcd.Mul(a, gcd.Div(b, gcd))
}

// Power returns the least index ≥ 1 and period ≥ 1 with x^index = x^(index+period)
// for x = element i. Both are at most the order of the monoid.
func (m *Monoid) Power(i int) (index, period int) {
	index, long := m.Element(i).Power()
	return index, int(long.Int64())
}

// Exponent returns the least index ≥ 1 and period ≥ 1 with x^index =
// x^(index+period) for all elements x. For a group the period is its exponent.
func (m *Monoid) Exponent() (index int, period *big.Int) {
	index, period = 1, big.NewInt(1)
	for i := range m.Order() {
		k, n := m.Power(i)
		index = max(index, k)
		if n > 1 {
			period = lcm(period, big.NewInt(int64(n)))
		}
	}
	return index, period
}

// Aperiodicity is the answer to whether all subgroups of a monoid are trivial, and a
// witness of it.
type Aperiodicity struct {
	Aperiodic bool
	K         int // if aperiodic: the least k ≥ 1 with x^k = x^(k+1) for all x
	Witness   int // if not: an element x, the least with a period above 1
	Index     int // of the witness: x^Index = x^(Index+Period)
	Period    int
}

// Aperiodicity looks at the powers of every element.
func (m *Monoid) Aperiodicity() Aperiodicity {
	k := 1
	for i := range m.Order() {
		index, period := m.Power(i)
		if period > 1 {
			return Aperiodicity{Witness: i, Index: index, Period: period}
		}
		k = max(k, index)
	}
	return Aperiodicity{Aperiodic: true, K: k}
}
