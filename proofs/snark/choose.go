package snark

import (
	"fmt"
	"slices"

	"tc0/circuits/arith"
)

// groupKey tells groups apart.
type groupKey struct {
	input           bool
	th, off, levels int
	val             int
	views           string
}

// choose picks a method for every variable: alone where that is possible and
// cheaper, else with the table of its group.
func (p *plan) choose(views [][]arith.Table) error {
	groups := p.group(views)
	for _, g := range groups {
		if err := p.settle(g); err != nil {
			return err
		}
	}
	p.release()
	return nil
}

// group collects the variables that can share a table, in order of their first node.
func (p *plan) group(views [][]arith.Table) []*group {
	c := p.circuit
	var groups []*group
	at := map[groupKey]*group{}
	for i, live := range p.live {
		n := arith.Node(i)
		if !live || c.Kind(n) != arith.Input && c.Kind(n) != arith.Step {
			continue
		}
		v := &variable{views: views[i]}
		p.vars[i] = v
		key := groupKey{input: c.Kind(n) == arith.Input, views: fmt.Sprint(v.views)}
		var sh *shape
		if key.input {
			v.lo, v.hi = 0, int64(c.Levels(n)-1)
			v.a, v.b = 0, c.Levels(n)-1
			key.levels = c.Levels(n)
		} else {
			sh = p.shape(n)
			form, _, _ := c.Step(n)
			v.lo, v.hi = c.Range(form)
			v.a, v.b = level(sh.thresholds, v.lo), level(sh.thresholds, v.hi)
			th, val, off, count := c.StepTables(n)
			key.th, key.off, key.levels, key.val = int(th), off, count, int(val)
		}
		if v.a == v.b && sh != nil {
			v.method = constant
			continue
		}
		g := at[key]
		if g == nil {
			g = &group{name: c.StageName(c.Origin(n).Stage), shape: sh, views: v.views, lo: v.lo, hi: v.hi, a: v.a, b: v.b}
			at[key] = g
			groups = append(groups, g)
		}
		g.nodes, g.vars = append(g.nodes, n), append(g.vars, v)
		g.lo, g.hi = min(g.lo, v.lo), max(g.hi, v.hi)
		g.a, g.b = min(g.a, v.a), max(g.b, v.b)
	}
	return groups
}

// settle picks the methods of one group.
func (p *plan) settle(g *group) error {
	alone := make([]int, len(g.vars)) // cost without a table; -1 where there is none
	for i, v := range g.vars {
		v.method, alone[i] = p.alone(g, g.nodes[i], v)
	}
	best, bestCost := constant, 0
	for _, cost := range alone {
		if cost < 0 {
			bestCost = -1
			break
		}
		bestCost += cost
	}
	for _, m := range []method{direct, divided, saturated, interval} {
		rows := g.rows(m)
		if rows < 0 || rows > maxRows {
			continue
		}
		cost := int(rows) * inverseCost
		for i, v := range g.vars {
			q := p.queryCost(g, v, m)
			if alone[i] >= 0 {
				q = min(q, alone[i])
			}
			cost += q
		}
		if bestCost < 0 || cost < bestCost {
			best, bestCost = m, cost
		}
	}
	if bestCost < 0 {
		return fmt.Errorf("%s: a step needs a table of %d rows, more than %d: compile with fewer bits", g.name, g.b-g.a+1, maxRows)
	}
	if best == constant {
		return nil
	}
	t, err := g.build(p.circuit, best, len(p.tables)+1)
	if err != nil {
		return err
	}
	used := false
	for i, v := range g.vars {
		if alone[i] < 0 || p.queryCost(g, v, best) < alone[i] {
			v.method, v.table, used = best, t, true
		}
	}
	if used {
		p.tables = append(p.tables, t)
	}
	return nil
}

// alone is the cheapest method of a variable that has no rows.
func (p *plan) alone(g *group, n arith.Node, v *variable) (m method, cost int) {
	if g.shape == nil {
		return oneHot, (v.b + 1) * otherCost
	}
	cost = -1
	if v.b-v.a == 1 {
		t := g.shape.thresholds[v.a]
		v.sign = max(v.hi-t, t-1-v.lo) + 1
		m, cost = bit, 2*otherCost+p.looseCost(v.sign)
	}
	if g.shape.gap != 0 && !g.overshoots(v) && p.shapes.linear(n, g.views, v.a, v.b) {
		if q := p.exactCost(g.shape.gap) + p.looseCost(int64(v.b-v.a+1)); cost < 0 || q < cost {
			m, cost = quotient, q
		}
	}
	return m, cost
}

// overshoots tells whether a form leaves the levels between evenly spaced
// thresholds.
func (g *group) overshoots(v *variable) bool {
	return g.shape.position(v.lo) < 0 || g.shape.position(v.hi) > int64(len(g.shape.thresholds))
}

// queryCost is the cost of one variable of a group by a method with rows.
func (p *plan) queryCost(g *group, v *variable, m method) int {
	cost := inverseCost + len(g.views)*otherCost
	switch m {
	case divided:
		cost += p.exactCost(g.shape.gap)
	case saturated:
		cost += p.exactCost(g.shape.gap) + 2*otherCost + p.looseCost(overshoot(g.shape, v)+1)
	case interval:
		cost += 2 * p.looseCost(g.widest())
	}
	return cost
}

// overshoot is how far past 0..L a form's position can lie.
func overshoot(s *shape, v *variable) int64 {
	return max(-s.position(v.lo), s.position(v.hi)-int64(len(s.thresholds)), 0)
}

// release drops the range check of quotients that a row bounds: a direct step whose
// form is ±1 times a quotient's view that grows by ±1.
func (p *plan) release() {
	c := p.circuit
	for i, v := range p.vars {
		if v == nil || v.method != direct || c.Kind(arith.Node(i)) != arith.Step {
			continue
		}
		form, _, _ := c.Step(arith.Node(i))
		_, terms := c.Form(form)
		if len(terms) != 1 || terms[0].Coef != 1 && terms[0].Coef != -1 {
			continue
		}
		x := p.vars[terms[0].Node]
		if x == nil || x.method != quotient {
			continue
		}
		all := values(c, terms[0].Node, terms[0].Table)
		if d := all[x.a+1] - all[x.a]; d == 1 || d == -1 {
			x.free = true
		}
	}
}

// view is the index of a table among a variable's views.
func (v *variable) view(t arith.Table) int { return slices.Index(v.views, t) }
