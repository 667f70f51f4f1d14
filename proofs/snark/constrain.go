package snark

import (
	"fmt"

	"github.com/consensys/gnark/frontend"

	"tc0/circuits/arith"
)

// constrainer writes the constraints of a plan. It mirrors the assigner, value by
// value.
type constrainer struct {
	woven
	plan   *plan
	values [][]frontend.Variable // of the word at hand
}

// define writes the constraints of all words, but for the lookups.
func (c *constrainer) define() error {
	for range c.plan.words {
		c.word()
	}
	for _, t := range c.plan.all() {
		c.tables = append(c.tables, tableRows{table: t, counts: c.take(t.size)})
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

// label is the class whose bit is 1.
func (c *constrainer) label(o arith.Output) frontend.Variable {
	var bits []frontend.Variable
	for _, n := range o.Labels {
		bits = append(bits, c.view(arith.View{Node: n, Table: arith.Natural}))
	}
	return c.oneOf(bits)
}

func (c *constrainer) input(v *variable) []frontend.Variable {
	if v.method != oneHot {
		token := c.take(1)[0]
		c.tokens = append(c.tokens, token)
		return c.query(v, token)
	}
	bits, token := c.oneHot(v.b + 1)
	c.tokens = append(c.tokens, token)
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
		return affine(c.bit(c.api.Sub(f, s.thresholds[v.a]), v.sign()))
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
