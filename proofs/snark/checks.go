package snark

import (
	"math/big"
	"math/bits"

	"github.com/consensys/gnark/frontend"
)

// rangeTables are the tables that ranges are checked by.
type rangeTables struct {
	width uint             // bits of the range table
	base  *table           // the range table
	exact map[int64]*table // further range tables, by size
}

// limbs splits a range of m values for the range table: how many low limbs, and
// how many values the top limb has.
func (p *rangeTables) limbs(m int64) (low int, top int64) {
	for m > 1<<p.width {
		m = (m-1)>>p.width + 1
		low++
	}
	return low, m
}

// splits tells whether [0, m) can be checked limb by limb: m is a multiple of
// the weight of the top limb.
func (p *rangeTables) splits(m int64) bool {
	low, top := p.limbs(m)
	return m == top<<(uint(low)*p.width)
}

// byBits is the number of bits that check a range of m values, or -1 when it is too
// large or is to be exact and no power of two.
func byBits(m int64, exact bool) int {
	if m > bitsBound || exact && m&(m-1) != 0 {
		return -1
	}
	return bits.Len64(uint64(m - 1))
}

// looseCost and exactCost are estimates of the cost of range checks.
func (p *rangeTables) looseCost(m int64) int {
	if k := byBits(m, false); k >= 0 {
		return k * otherCost
	}
	low, _ := p.limbs(m)
	return (low + 1) * inverseCost
}

func (p *rangeTables) exactCost(m int64) int {
	if k := byBits(m, true); k >= 0 {
		return k * otherCost
	}
	if !p.splits(m) {
		return 2 * p.looseCost(m)
	}
	low, _ := p.limbs(m)
	return (low + 1) * inverseCost
}

// wiring takes advice and writes range checks and lookups.
type wiring struct {
	api     frontend.API
	gate    *gate // of an R1CS
	ranges  *rangeTables
	advice  []frontend.Variable // not taken yet
	queries []query
}

// query claims that a row is in a table.
type query struct {
	tag     int
	key     frontend.Variable
	columns []frontend.Variable
}

func newWiring(api frontend.API, r *rangeTables, advice []frontend.Variable) wiring {
	return wiring{api: api, gate: newGate(api, advice[0]), ranges: r, advice: advice}
}

// take returns the next values of the advice.
func (c *wiring) take(n int) []frontend.Variable {
	taken := c.advice[:n:n]
	c.advice = c.advice[n:]
	return taken
}

func (c *wiring) look(t *table, key frontend.Variable) {
	c.queries = append(c.queries, query{tag: t.tag, key: key})
}

// oneHot takes bits for one of n symbols and returns all of them, and the symbol.
func (c *wiring) oneHot(n int) (bits []frontend.Variable, symbol frontend.Variable) {
	bits = c.take(n - 1)
	last := []frontend.Variable{1}
	var weighted []frontend.Variable
	for k, b := range bits {
		c.api.AssertIsBoolean(b)
		last, weighted = append(last, c.api.Neg(b)), append(weighted, c.api.Mul(b, k))
	}
	bits = append(bits, add(c.api, last))
	c.api.AssertIsBoolean(bits[n-1])
	return bits, add(c.api, append(weighted, c.api.Mul(bits[n-1], n-1)))
}

// oneOf is the number of the bit that is 1, of which there is exactly one.
func (c *wiring) oneOf(bits []frontend.Variable) frontend.Variable {
	var weighted []frontend.Variable
	for k, b := range bits {
		weighted = append(weighted, c.api.Mul(b, k))
	}
	c.api.AssertIsEqual(add(c.api, bits), 1)
	return add(c.api, weighted)
}

// bit is [s >= 0]: with it s, without it -s-1 is not negative, and
// below m.
func (c *wiring) bit(s frontend.Variable, m int64) frontend.Variable {
	b := c.take(1)[0]
	c.api.AssertIsBoolean(b)
	c.checkLoose(c.api.Sub(c.api.Mul(b, c.api.Add(c.api.Mul(s, 2), 1)), s, 1), m)
	return b
}

// zeroProduct constrains a·b = 0.
func (c *wiring) zeroProduct(a, b frontend.Variable) {
	if c.gate == nil {
		c.api.AssertIsEqual(c.api.Mul(a, b), 0)
		return
	}
	c.gate.product(a, b, zero)
}

// checkLoose is 0 <= v < m' for some m' >= m.
func (c *wiring) checkLoose(v frontend.Variable, m int64) {
	if k := byBits(m, false); k >= 0 {
		c.bits(v, k)
		return
	}
	c.look(c.ranges.base, c.limbs(v, m))
}

// checkExact is 0 <= v < m.
func (c *wiring) checkExact(v frontend.Variable, m int64) {
	if k := byBits(m, true); k >= 0 {
		c.bits(v, k)
		return
	}
	if !c.ranges.splits(m) {
		c.checkLoose(v, m)
		c.checkLoose(c.api.Sub(m-1, v), m)
		return
	}
	_, top := c.ranges.limbs(m)
	v = c.limbs(v, m)
	switch t := c.ranges.exact[top]; {
	case byBits(top, true) >= 0:
		c.bits(v, byBits(top, true))
	case top == int64(c.ranges.base.size):
		c.look(c.ranges.base, v)
	case t != nil:
		c.look(t, v)
	default:
		c.look(c.ranges.base, v)
		c.look(c.ranges.base, c.api.Add(v, int64(c.ranges.base.size)-top))
	}
}

// limbs checks the low limbs of v and returns the top one, which is not checked.
func (c *wiring) limbs(v frontend.Variable, m int64) frontend.Variable {
	low, _ := c.ranges.limbs(m)
	if low == 0 {
		return v
	}
	rest := []frontend.Variable{v}
	weight := big.NewInt(1)
	for _, limb := range c.take(low) {
		c.look(c.ranges.base, limb)
		rest = append(rest, c.api.Mul(limb, new(big.Int).Neg(weight)))
		weight = new(big.Int).Lsh(weight, c.ranges.width)
	}
	return c.api.Mul(add(c.api, rest), weight.ModInverse(weight, c.api.Compiler().Field()))
}

// bits is 0 <= v < 2^k.
func (c *wiring) bits(v frontend.Variable, k int) {
	if k == 0 {
		c.api.AssertIsEqual(v, 0)
		return
	}
	rest := []frontend.Variable{v}
	for i, b := range c.take(k - 1) {
		c.api.AssertIsBoolean(b)
		rest = append(rest, c.api.Mul(b, -(int64(1)<<i)))
	}
	top := big.NewInt(1 << (k - 1))
	c.api.AssertIsBoolean(c.api.Mul(add(c.api, rest), top.ModInverse(top, c.api.Compiler().Field())))
}

// tape is the advice that a wiring takes, in its order, and how often each row is looked up.
type tape struct {
	ranges *rangeTables
	advice []int64
	counts [][]int64     // multiplicities by tag and row
	exact  map[int64]int // exact checks of ranges below the range table's, by size
	tally  Tally
}

func newTape(r *rangeTables, tables []*table) tape {
	t := tape{ranges: r, exact: map[int64]int{}, tally: Tally{Methods: map[string]int{}}}
	for _, tb := range tables {
		t.counts = append(t.counts, make([]int64, tb.size))
		t.tally.Tables++
		t.tally.Rows += tb.size
	}
	return t
}

func (a *tape) take(v ...int64) { a.advice = append(a.advice, v...) }

// oneHot adds the bits of one of n symbols, but for the last.
func (a *tape) oneHot(n, symbol int) {
	for k := range n - 1 {
		a.take(b2i(symbol == k))
	}
	a.tally.Bits += n
}

// bit adds [s >= 0] and the check of its sign.
func (a *tape) bit(s, m int64, up bool) {
	a.take(b2i(up))
	a.tally.Bits++
	a.tally.Signs++
	if !up {
		s = -s - 1
	}
	a.checkLoose(s, m)
}

// look counts a row. One that is not there, as a false trace has it, makes the proof fail.
func (a *tape) look(t *table, at int) {
	if at >= 0 && at < t.size {
		a.counts[t.tag][at]++
	}
	a.tally.Queries++
}

// checkLoose is 0 <= v < m' for some m' >= m.
func (a *tape) checkLoose(v, m int64) {
	if k := byBits(m, false); k >= 0 {
		a.bits(v, k)
		return
	}
	a.look(a.ranges.base, int(a.limbs(v, m)))
}

// checkExact is 0 <= v < m.
func (a *tape) checkExact(v, m int64) {
	if k := byBits(m, true); k >= 0 {
		a.bits(v, k)
		return
	}
	if !a.ranges.splits(m) {
		a.checkLoose(v, m)
		a.checkLoose(m-1-v, m)
		return
	}
	_, top := a.ranges.limbs(m)
	v = a.limbs(v, m)
	switch t := a.ranges.exact[top]; {
	case byBits(top, true) >= 0:
		a.bits(v, byBits(top, true))
	case top == int64(a.ranges.base.size):
		a.look(a.ranges.base, int(v))
	case t != nil:
		a.look(t, int(v))
	default:
		a.exact[top]++
		a.look(a.ranges.base, int(v))
		a.look(a.ranges.base, int(v)+a.ranges.base.size-int(top))
	}
}

// limbs adds the low limbs of v and returns the top one.
func (a *tape) limbs(v, m int64) int64 {
	low, _ := a.ranges.limbs(m)
	for range low {
		limb := v & int64(a.ranges.base.size-1)
		a.take(limb)
		a.look(a.ranges.base, int(limb))
		v >>= a.ranges.width
	}
	return v
}

// bits adds all but the top one of k bits.
func (a *tape) bits(v int64, k int) {
	for i := range max(k-1, 0) {
		a.take(v >> i & 1)
	}
	a.tally.Bits += max(k, 1)
}
