package class

import (
	"tc0/theory/algebra"
	"tc0/theory/language"
)

// newSeries makes the evidence that permutations generate a solvable group, which they do.
func newSeries(gens []algebra.Map, budget int) (*Series, error) {
	p := newProgram(len(gens[0]), budget)
	t, err := p.generators(gens)
	if err != nil {
		return nil, err
	}
	s := &Series{}
	for !t.group.Trivial() {
		next, err := p.derived(t)
		if err != nil {
			return nil, err
		}
		closure, err := p.closure(t, next)
		if err != nil {
			return nil, err
		}
		s.Closures = append(s.Closures, *closure)
		if !next.group.Trivial() {
			s.Terms = append(s.Terms, next.steps)
		}
		t = next
	}
	s.Program = p.prune(s.Terms...)
	return s, nil
}

// closure writes the commutators of t, and of the next term with t, as products of
// generators of the next term.
func (p *program) closure(t, next *term) (*Closure, error) {
	q := newProgram(p.degree, p.budget)
	gens, err := q.generators(p.maps(next.steps))
	if err != nil {
		return nil, err
	}
	chain, err := newChain(q, gens)
	if err != nil {
		return nil, err
	}
	c := &Closure{}
	for i, x := range t.steps {
		for _, y := range t.steps[i+1:] {
			c.Values = append(c.Values, chain.express(algebra.Commutator(p.value(x), p.value(y))))
		}
	}
	for _, y := range next.steps {
		for _, x := range t.steps {
			c.Values = append(c.Values, chain.express(algebra.Commutator(p.value(y), p.value(x))))
		}
	}
	c.Program = q.prune(c.Values)
	return c, nil
}

func (p *program) maps(steps []int) []algebra.Map {
	maps := make([]algebra.Map, len(steps))
	for i, s := range steps {
		maps[i] = p.value(s)
	}
	return maps
}

// newPerfect makes the evidence that permutations generate a group that is not solvable,
// which they do: the perfect core by a program over them, and each generator of the core by
// a program over commutators of the core. moved is an element of the core that is not the
// identity, the first of its generators.
func newPerfect(gens []algebra.Map, budget int) (e *PerfectEvidence, moved algebra.Map, err error) {
	p := newProgram(len(gens[0]), budget)
	t, err := p.generators(gens)
	if err != nil {
		return nil, nil, err
	}
	for {
		next, err := p.derived(t)
		if err != nil {
			return nil, nil, err
		}
		if next.group.Order().Cmp(t.group.Order()) == 0 {
			break
		}
		t = next
	}
	steps, err := p.thin(t)
	if err != nil {
		return nil, nil, err
	}
	e = &PerfectEvidence{Perfect: steps}
	core := p.maps(steps)
	q := newProgram(p.degree, budget)
	whole, err := q.generators(core)
	if err != nil {
		return nil, nil, err
	}
	commutators, err := q.derived(whole)
	if err != nil {
		return nil, nil, err
	}
	chain, err := newChain(q, commutators)
	if err != nil {
		return nil, nil, err
	}
	for _, x := range core {
		e.Values = append(e.Values, chain.express(x))
	}
	e.Closure = q.prune(e.Values)
	e.Program = p.prune(e.Perfect)
	return e, core[0], nil
}

// thin drops generators that the others make up for, so that the first one stays moved.
func (p *program) thin(t *term) ([]int, error) {
	steps := t.steps
	for i := len(steps) - 1; i >= 0; i-- {
		fewer := append(append([]int{}, steps[:i]...), steps[i+1:]...)
		u, err := p.term(fewer)
		if err != nil {
			return nil, err
		}
		if u.group.Order().Cmp(t.group.Order()) == 0 {
			steps = fewer
		}
	}
	var moved []int
	for _, s := range steps {
		if !p.value(s).IsIdentity() {
			moved = append(moved, s)
		}
	}
	return moved, nil
}

// context returns words that tell x from the idempotent e in a minimal automaton, x being
// another map with ex = x.
func context(d *language.DFA, e, x algebra.Map) (left, right Word) {
	for q := range d.States() {
		if int(e[q]) != q || int(x[q]) == q {
			continue
		}
		left, _ = d.AccessWord(q)
		right, _ = d.Distinguish(q, int(x[q]))
		return left, right
	}
	panic("class: equal maps have no context")
}

// newSubgroups makes the evidence that all subgroups of an enumerated monoid are solvable,
// which they are.
func newSubgroups(m *algebra.Monoid, green *algebra.Green, budget int) (*SolvableEvidence, error) {
	index, period := m.Exponent()
	omega, ok := idempotentPower(index, period)
	if !ok || m.Order()*m.Degree() > budget {
		return nil, errTooLarge
	}
	e := &SolvableEvidence{Omega: omega}
	for i := range m.Order() {
		e.Elements = append(e.Elements, m.Element(i))
	}
	for _, d := range green.Regular() {
		if green.Classes[d].HSize == 1 {
			continue
		}
		if err := e.addClass(m, green, d, budget); err != nil {
			return nil, err
		}
	}
	return e, nil
}

func (e *SolvableEvidence) addClass(m *algebra.Monoid, green *algebra.Green, d, budget int) error {
	idempotent := green.Classes[d].Idempotent
	group := m.MaximalSubgroup(green, idempotent)
	series, err := newSeries(group.Group.Generators(), budget)
	if err != nil {
		return err
	}
	g := GroupElement{E: idempotent, Series: *series}
	for _, x := range group.Generators {
		i, _ := m.Index(x)
		g.Generators = append(g.Generators, i)
	}
	e.Classes = append(e.Classes, g)
	cells := map[[2]uint32][]int{} // elements of the D-class by R- and L-class
	var idempotents []int
	for i := range m.Order() {
		if int(green.D[i]) != d {
			continue
		}
		cell := [2]uint32{green.R[i], green.L[i]}
		cells[cell] = append(cells[cell], i)
		if m.Product(i, i) == i {
			idempotents = append(idempotents, i)
		}
	}
	for _, f := range idempotents {
		a := cells[[2]uint32{green.R[f], green.L[idempotent]}][0]
		for _, b := range cells[[2]uint32{green.R[idempotent], green.L[f]}] {
			if m.Product(a, b) == f && m.Product(b, a) == idempotent {
				e.Idempotents = append(e.Idempotents, Conjugacy{F: f, A: a, B: b, Class: len(e.Classes) - 1})
				break
			}
		}
	}
	return nil
}

// layers lists the maps of the non-empty words of each length modulo s.
func layers(m *algebra.Monoid, s, budget int) ([][]algebra.Map, error) {
	seen := make([][]bool, s)
	for i := range seen {
		seen[i] = make([]bool, m.Order())
	}
	list := make([][]algebra.Map, s)
	type node struct{ layer, element int }
	queue := []node{{0, 0}} // the empty word, which is not listed
	for ; len(queue) > 0; queue = queue[1:] {
		n := queue[0]
		for g := range m.Generators() {
			to := node{(n.layer + 1) % s, m.Right(n.element, g)}
			if seen[to.layer][to.element] {
				continue
			}
			seen[to.layer][to.element] = true
			list[to.layer] = append(list[to.layer], m.Element(to.element))
			queue = append(queue, to)
			if budget -= m.Degree(); budget < 0 {
				return nil, errTooLarge
			}
		}
	}
	return list, nil
}
