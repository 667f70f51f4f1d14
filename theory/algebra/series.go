package algebra

// Commutator returns [a,b] = a·b·a^-1·b^-1 of two permutations.
func Commutator(a, b Map) Map {
	return a.Then(b).Then(a.inverse()).Then(b.inverse())
}

// NormalClosure returns the least normal subgroup of the group that contains the
// given elements of it.
func (g *Group) NormalClosure(elements []Map) *Group {
	if g.giant != nil {
		return g.giantClosure(elements)
	}
	n := &Group{degree: g.degree}
	for queue := elements; len(queue) > 0; queue = queue[1:] {
		x := queue[0]
		if added, _ := n.adjoin(x); !added { // n has no limit: there is no error
			continue
		}
		for _, s := range g.generators {
			queue = append(queue, s.inverse().Then(x).Then(s))
		}
	}
	return n
}

// DerivedSubgroup returns the subgroup that all commutators generate: the normal
// closure of the commutators of the generators.
func (g *Group) DerivedSubgroup() *Group {
	if g.giant != nil {
		return g.giant.alternating(g.degree)
	}
	var commutators []Map
	for i, a := range g.generators {
		for _, b := range g.generators[:i] {
			if c := Commutator(a, b); !c.IsIdentity() {
				commutators = append(commutators, c)
			}
		}
	}
	return g.NormalClosure(commutators)
}

// DerivedSeries returns g, g′, g″, … down to the last term that differs from the
// one before it. The last term is trivial exactly if the group is solvable.
func (g *Group) DerivedSeries() []*Group {
	series := []*Group{g}
	for last := g; !last.Trivial(); {
		next := last.DerivedSubgroup()
		if next.Order().Cmp(last.Order()) == 0 {
			break
		}
		series = append(series, next)
		last = next
	}
	return series
}

// PerfectCore returns the last term of the derived series, the largest perfect
// subgroup.
func (g *Group) PerfectCore() *Group {
	series := g.DerivedSeries()
	return series[len(series)-1]
}

// Solvable reports whether the derived series ends in the trivial group.
func (g *Group) Solvable() bool { return g.PerfectCore().Trivial() }

// DerivedLength returns the number of steps of the derived series down to the
// trivial group; ok is false for a group that is not solvable.
func (g *Group) DerivedLength() (length int, ok bool) {
	series := g.DerivedSeries()
	return len(series) - 1, series[len(series)-1].Trivial()
}
