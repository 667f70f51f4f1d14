package algebra

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestGroup compares order, membership, derived series and normal closure with
// listed groups.
func TestGroup(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 5).Draw(t, "degree")
		permutations := rapid.Custom(func(t *rapid.T) Map { return drawPermutation(t, n) })
		gens := rapid.SliceOfN(permutations, 1, 3).Draw(t, "generators")
		g, err := NewGroup(gens)
		if err != nil {
			t.Fatal(err)
		}
		all := list(gens)
		checkGroup(t, g, all)
		series := g.DerivedSeries()
		for i, term := range series {
			checkGroup(t, term, all)
			next := commutators(all)
			if i+1 == len(series) {
				if len(next.elements) != len(all.elements) {
					t.Fatalf("the series stops at order %d, but the derived subgroup has order %d",
						len(all.elements), len(next.elements))
				}
				break
			}
			all = next
		}
		if length, ok := g.DerivedLength(); ok != g.Solvable() || length != len(series)-1 || ok != g.PerfectCore().Trivial() {
			t.Fatalf("derived length %d, %v; solvable %v", length, ok, g.Solvable())
		}
	})
}

// commutators lists the subgroup that all commutators of a listed group generate.
func commutators(l *listed) *listed {
	gens := []Map{l.elements[0]}
	for _, a := range l.elements {
		for _, b := range l.elements {
			if c := Commutator(a, b); !c.IsIdentity() && !slices.ContainsFunc(gens, c.Equal) {
				gens = append(gens, c)
			}
		}
	}
	return list(gens)
}

func checkGroup(t *rapid.T, g *Group, want *listed) {
	n := g.Degree()
	if g.Order().Int64() != int64(len(want.elements)) || g.Trivial() != (len(want.elements) == 1) {
		t.Fatalf("order %v, want %d", g.Order(), len(want.elements))
	}
	inside, abelian := 0, true
	for _, x := range list([]Map{cycle(n, 0, n), cycle(n, 0, min(n, 2))}).elements {
		_, in := want.number[x.images()]
		if g.Contains(x) != in {
			t.Fatalf("%v in the group: %v, want %v", x, g.Contains(x), in)
		}
		inside++
	}
	for _, a := range want.elements {
		for _, b := range want.elements {
			abelian = abelian && a.Then(b).Equal(b.Then(a))
		}
	}
	if g.Abelian() != abelian || inside == 0 {
		t.Fatalf("abelian: %v, want %v", g.Abelian(), abelian)
	}
	if g.Contains(Identity(n+1)) || n > 1 && g.Contains(make(Map, n)) {
		t.Fatal("contains a map that is not a permutation of its points")
	}
}

func TestNormalClosure(t *testing.T) {
	s4, err := NewGroup(named(t, "S4").Generators)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		element string
		order   int64
	}{{"()", 1}, {"(1 2)(3 4)", 4}, {"(1 2 3)", 12}, {"(1 2)", 24}, {"(1 2 3 4)", 24}} {
		if got := s4.NormalClosure(maps(t, 4, c.element)).Order().Int64(); got != c.order {
			t.Errorf("%s in S4: order %d, want %d", c.element, got, c.order)
		}
	}
}

func TestNewGroupErrors(t *testing.T) {
	_, err := NewGroup([]Map{{0, 1, 2}, {0, 0, 2}})
	if err == nil || !strings.Contains(err.Error(), `generator 2, "[1 1 3]", is not a permutation`) {
		t.Errorf("got %v", err)
	}
	if _, err = NewGroup([]Map{{0, 1}, {0}}); err == nil {
		t.Error("two degrees in one group")
	}
	crowded := &Group{degree: 100, room: 1000}
	if _, err = crowded.adjoin(cycle(100, 0, 100)); !errors.As(err, new(*LimitError)) {
		t.Errorf("100 coset representatives on 100 points in the room of 1000 images: got %v", err)
	}
	if g, err := NewGroup(nil); err != nil || !g.Trivial() || g.Order().Int64() != 1 {
		t.Errorf("no generators: %v", err)
	}
}

// TestGiants: groups on many points that are giants are recognised, and others with
// the same number of points, transitive or primitive, are not.
func TestGiants(t *testing.T) {
	for _, name := range []string{"S8", "A8", "A9", "S20", "A20", "S21", "A21", "S50", "A49", "S300"} {
		g, err := named(t, name).Group()
		if err != nil {
			t.Fatal(err)
		}
		if !g.recognise() || g.Order().Cmp(named(t, name).Order()) != 0 {
			t.Errorf("%s: order %v, recognised: %v", name, g.Order(), g.giant != nil)
		}
		n, symmetric := g.Degree(), name[0] == 'S'
		if g.Contains(cycle(n, 0, 2)) != symmetric || !g.Contains(cycle(n, 1, 4)) {
			t.Errorf("%s: wrong parity", name)
		}
		if length, ok := g.DerivedLength(); ok || length != count(symmetric) {
			t.Errorf("%s: derived length %d, %v", name, length, ok)
		}
		core := g.PerfectCore()
		if again, err := NewGroup(core.Generators()); err != nil || again.Order().Cmp(core.Order()) != 0 {
			t.Errorf("%s: the generators of the core generate another group", name)
		}
		if got := g.NormalClosure([]Map{cycle(n, 0, 3)}).Order(); got.Cmp(named(t, "A"+name[1:]).Order()) != 0 {
			t.Errorf("%s: normal closure of a 3-cycle has order %v", name, got)
		}
	}
	wreath := []Map{beside(cycle(10, 0, 10), Identity(10)), beside(cycle(10, 0, 2), Identity(10)), swapHalves(20)}
	for _, c := range []struct {
		name  string
		gens  []Map
		order string
	}{
		{"PSL(2,23)", named(t, "PSL(2,23)").Generators, "6072"},
		{"S10 wr Z2", wreath, "26336378880000"},
		{"S20xS20", named(t, "S20xS20").Generators, "5919012181389927685417441689600000000"},
		{"Z23xS10", named(t, "Z23xS10").Generators, "83462400"},
	} {
		g, err := NewGroup(c.gens)
		if err != nil || g.recognise() || g.Order().String() != c.order {
			t.Errorf("%s: %v, order %v", c.name, err, g.Order())
		}
	}
}

func swapHalves(n int) Map {
	x := make(Map, n)
	for p := range x {
		x[p] = uint16((p + n/2) % n)
	}
	return x
}

// TestGiantGrows: adding to a giant one generator that reaches further gives the
// group on all points.
func TestGiantGrows(t *testing.T) {
	g := &Group{degree: 30}
	for i, x := range []Map{cycle(30, 0, 22), cycle(30, 0, 2), cycle(30, 24, 27), cycle(30, 20, 30)} {
		if added, err := g.adjoin(x); !added || err != nil {
			t.Fatal(added, err)
		}
		if g.giant == nil && g.recognise() != (i == 1 || i == 3) {
			t.Fatalf("after %d: a giant: %v", i, g.giant != nil)
		}
		want, err := NewGroup(g.Generators())
		if err != nil || g.Order().Cmp(want.Order()) != 0 {
			t.Errorf("after %d: order %v, want %v", i, g.Order(), want.Order())
		}
	}
	if g.Order().Cmp(factorial(30)) != 0 {
		t.Errorf("order %v, want 30!", g.Order())
	}
}
