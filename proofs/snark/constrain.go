package snark

import (
	"fmt"
	"math/big"

	"github.com/consensys/gnark/frontend"

	"tc0/circuits/arith"
)

// constrainer writes the constraints of a plan. It mirrors the assigner, value by
// value.
type constrainer struct {
	api     frontend.API
	gate    *gate // of an R1CS
	plan    *plan
	advice  []frontend.Variable   // not taken yet
	values  [][]frontend.Variable // of the word at hand
	tokens  []frontend.Variable   // of all words, by position
	labels  []frontend.Variable
	tables  []tableRows
	queries []query
}

// query claims that a row is in a table.
type query struct {
	tag     int
	key     frontend.Variable
	columns []frontend.Variable
}

// define writes the constraints of all words, but for the lookups.
func (c *constrainer) define() error {
	for range c.plan.words {
		c.word()
	}
	for _, t := range c.plan.all() {
		c.tables = append(c.tables, tableRows{t, c.take(t.size)})
	}
	if len(c.advice) > 0 {
		return fmt.Errorf("%d values of advice are left over", len(c.advice))
	}
	return nil
}

// word writes the constraints of all live nodes for one word.
func (c *constrainer) word() {
	ac := c.plan.circuit
	c.values = make([][]frontend.Variable, ac.Len())
	for i, live := range c.plan.live {
		n := arith.Node(i)
		switch {
		case !live:
		case ac.Kind(n) == arith.Form:
			c.values[i] = []frontend.Variable{c.form(n)}
		case ac.Kind(n) == arith.Product:
			c.values[i] = []frontend.Variable{c.product(n)}
		case ac.Kind(n) == arith.Input:
			c.values[i] = c.input(c.plan.vars[i])
		default:
			c.values[i] = c.step(c.plan.vars[i])
		}
	}
	for _, o := range ac.Outputs() {
		c.labels = append(c.labels, c.label(o))
	}
}

// take returns the next values of the advice.
func (c *constrainer) take(n int) []frontend.Variable {
	taken := c.advice[:n:n]
	c.advice = c.advice[n:]
	return taken
}

// view is a node read through a table.
func (c *constrainer) view(v arith.View) frontend.Variable {
	if p := c.plan.vars[v.Node]; p != nil {
		return c.values[v.Node][p.view(v.Table)]
	}
	return c.values[v.Node][0]
}

func (c *constrainer) form(n arith.Node) frontend.Variable {
	constant, terms := c.plan.circuit.Form(n)
	sum := []frontend.Variable{constant}
	for _, t := range terms {
		sum = append(sum, c.api.Mul(c.view(t.View), t.Coef))
	}
	return add(c.api, sum)
}

func (c *constrainer) product(n arith.Node) frontend.Variable {
	factors := c.plan.circuit.Factors(n)
	product := c.view(factors[0].View)
	for _, f := range factors[1:] {
		product = c.api.Mul(product, c.view(f.View))
	}
	return product
}

// label is the class whose bit is 1, of which there is exactly one.
func (c *constrainer) label(o arith.Output) frontend.Variable {
	var bits, weighted []frontend.Variable
	for class, n := range o.Labels {
		b := c.view(arith.View{Node: n, Table: arith.Natural})
		bits, weighted = append(bits, b), append(weighted, c.api.Mul(b, class))
	}
	c.api.AssertIsEqual(add(c.api, bits), 1)
	return add(c.api, weighted)
}

func (c *constrainer) input(v *variable) []frontend.Variable {
	if v.method != oneHot {
		token := c.take(1)[0]
		c.tokens = append(c.tokens, token)
		return c.query(v, token)
	}
	bits := c.take(v.b)
	last := []frontend.Variable{1}
	var token []frontend.Variable
	for k, b := range bits {
		c.api.AssertIsBoolean(b)
		last, token = append(last, c.api.Neg(b)), append(token, c.api.Mul(b, k))
	}
	bits = append(bits, add(c.api, last))
	c.api.AssertIsBoolean(bits[v.b])
	c.tokens = append(c.tokens, add(c.api, append(token, c.api.Mul(bits[v.b], v.b))))
	return c.views(v, func(values []int64) frontend.Variable {
		var sum []frontend.Variable
		for k, x := range values {
			sum = append(sum, c.api.Mul(bits[k], x))
		}
		return add(c.api, sum)
	})
}

// views are a variable's views, each made from its values by level.
func (c *constrainer) views(v *variable, of func(values []int64) frontend.Variable) []frontend.Variable {
	out := make([]frontend.Variable, len(v.views))
	for i, values := range v.values {
		out[i] = of(values)
	}
	return out
}

// step writes the constraints of a step and returns its views.
func (c *constrainer) step(v *variable) []frontend.Variable {
	form, _, _ := c.plan.circuit.Step(v.node)
	f, s := c.values[form][0], v.shape
	affine := func(level frontend.Variable) []frontend.Variable {
		return c.views(v, func(values []int64) frontend.Variable {
			return c.api.Add(values[v.a], c.api.Mul(level, values[v.a+1]-values[v.a]))
		})
	}
	switch v.method {
	case constant:
		return c.views(v, func(values []int64) frontend.Variable { return values[v.a] })
	case bit:
		return affine(c.bit(v, c.api.Sub(f, s.thresholds[v.a])))
	case quotient:
		first := s.thresholds[0] + s.gap*int64(v.a) // where level a+1 begins
		if s.gap == 1 {                             // the proved range of f is all there is to check
			return affine(c.api.Sub(f, first-1))
		}
		q := c.take(1)[0]
		c.checkExact(c.remainder(f, first, s.gap, q), s.gap)
		if !v.free {
			c.checkLoose(q, int64(v.b-v.a+1))
		}
		return affine(q)
	case clamped:
		return affine(c.api.Sub(c.clamped(v, s, f), v.a))
	case divided:
		q := c.take(1)[0]
		c.checkExact(c.remainder(f, s.thresholds[0], s.gap, q), s.gap)
		return c.query(v, q)
	case saturated:
		return c.saturated(v, s, f)
	case direct:
		return c.query(v, f)
	default:
		return c.interval(v, f)
	}
}

// remainder is r in f = t + gap·(q-1) + r.
func (c *constrainer) remainder(f frontend.Variable, t, gap int64, q frontend.Variable) frontend.Variable {
	return c.api.Sub(c.api.Add(f, gap-t), c.api.Mul(q, gap))
}

// bit is [s >= 0]: with it s, without it -s-1 is not negative.
func (c *constrainer) bit(v *variable, s frontend.Variable) frontend.Variable {
	b := c.take(1)[0]
	c.api.AssertIsBoolean(b)
	c.checkLoose(c.api.Sub(c.api.Mul(b, c.api.Add(c.api.Mul(s, 2), 1)), s, 1), v.sign())
	return b
}

// clamped is the level k = min(max(q, 0), L) of the position q = k - under + over of f, where
// under is 0 unless k is 0, and over unless k is L.
func (c *constrainer) clamped(v *variable, s *shape, f frontend.Variable) frontend.Variable {
	k := c.take(1)[0]
	q := k
	if v.below > 0 {
		under := c.take(1)[0]
		c.zeroProduct(under, k)
		c.checkLoose(under, v.below+1)
		q = c.api.Sub(q, under)
	}
	if v.above > 0 {
		over := c.take(1)[0]
		c.zeroProduct(over, c.api.Sub(v.top(), k))
		c.checkLoose(over, v.above+1)
		q = c.api.Add(q, over)
	}
	c.checkExact(c.remainder(f, s.thresholds[0], s.gap, q), s.gap)
	c.checkExact(k, v.top()+1)
	return k
}

// zeroProduct constrains a·b = 0.
func (c *constrainer) zeroProduct(a, b frontend.Variable) {
	if c.gate == nil {
		c.api.AssertIsEqual(c.api.Mul(a, b), 0)
		return
	}
	c.gate.product(a, b, zero)
}

// saturated is the level k = min(max(q, 0), L) of the position q of f: q - k =
// end·over, where the row of k has end -1 at 0, 1 at L and 0 between.
func (c *constrainer) saturated(v *variable, s *shape, f frontend.Variable) []frontend.Variable {
	advice := c.take(3)
	k, end, over := advice[0], advice[1], advice[2]
	q := c.api.Add(k, c.api.Mul(end, over))
	c.checkExact(c.remainder(f, s.thresholds[0], s.gap, q), s.gap)
	c.checkLoose(over, v.over()+1)
	return c.query(v, k, end)
}

// interval is the level whose ends, from its row, hold f. Both are bounded by the
// checks of their distance from f, so one integer holds the two.
func (c *constrainer) interval(v *variable, f frontend.Variable) []frontend.Variable {
	advice := c.take(2)
	c.checkLoose(advice[0], v.table.gap)
	c.checkLoose(advice[1], v.table.gap)
	lo, hi := c.api.Sub(f, advice[0]), c.api.Add(f, advice[1], 1)
	return c.query(v, c.api.Add(lo, c.api.Mul(hi, endWeight)))
}

// query looks a row up: its key, columns that are known already, and the views,
// which are advice.
func (c *constrainer) query(v *variable, key frontend.Variable, known ...frontend.Variable) []frontend.Variable {
	views := c.take(len(v.views))
	c.queries = append(c.queries, query{v.table.tag, key, append(known, views...)})
	return views
}

func (c *constrainer) look(t *table, key frontend.Variable) {
	c.queries = append(c.queries, query{tag: t.tag, key: key})
}

// checkLoose is 0 <= v < m' for some m' >= m.
func (c *constrainer) checkLoose(v frontend.Variable, m int64) {
	if k := byBits(m, false); k >= 0 {
		c.bits(v, k)
		return
	}
	c.look(c.plan.base, c.limbs(v, m))
}

// checkExact is 0 <= v < m.
func (c *constrainer) checkExact(v frontend.Variable, m int64) {
	if k := byBits(m, true); k >= 0 {
		c.bits(v, k)
		return
	}
	if !c.plan.splits(m) {
		c.checkLoose(v, m)
		c.checkLoose(c.api.Sub(m-1, v), m)
		return
	}
	_, top := c.plan.limbs(m)
	v = c.limbs(v, m)
	switch t := c.plan.exact[top]; {
	case byBits(top, true) >= 0:
		c.bits(v, byBits(top, true))
	case top == int64(c.plan.base.size):
		c.look(c.plan.base, v)
	case t != nil:
		c.look(t, v)
	default:
		c.look(c.plan.base, v)
		c.look(c.plan.base, c.api.Add(v, int64(c.plan.base.size)-top))
	}
}

// limbs checks the low limbs of v and returns the top one, which is not checked.
func (c *constrainer) limbs(v frontend.Variable, m int64) frontend.Variable {
	low, _ := c.plan.limbs(m)
	if low == 0 {
		return v
	}
	rest := []frontend.Variable{v}
	weight := big.NewInt(1)
	for _, limb := range c.take(low) {
		c.look(c.plan.base, limb)
		rest = append(rest, c.api.Mul(limb, new(big.Int).Neg(weight)))
		weight = new(big.Int).Lsh(weight, c.plan.width)
	}
	return c.api.Mul(add(c.api, rest), weight.ModInverse(weight, c.api.Compiler().Field()))
}

// bits is 0 <= v < 2^k.
func (c *constrainer) bits(v frontend.Variable, k int) {
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

// add is a sum of any number of terms, made at once: a running sum would be
// several times slower.
func add(api frontend.API, terms []frontend.Variable) frontend.Variable {
	switch len(terms) {
	case 0:
		return 0
	case 1:
		return terms[0]
	}
	return api.Add(terms[0], terms[1], terms[2:]...)
}
