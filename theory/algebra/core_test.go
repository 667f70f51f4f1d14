package algebra

import (
	"errors"
	"slices"
	"testing"
)

// coreGroups are groups that are not solvable, with the order and commutator width of
// the perfect core. The last two are from GAP's library of perfect groups; GAP counted
// 840 commutators in the very last.
var coreGroups = []struct {
	name   string
	gens   []string
	degree int
	order  int
	width  int
}{
	{name: "A5", order: 60, width: 1},
	{name: "S5", order: 60, width: 1},
	{name: "A6", order: 360, width: 1},
	{name: "PSL(2,7)", order: 168, width: 1},
	{name: "SL(2,5)", order: 120, width: 1},
	{name: "S5xS3", order: 60, width: 1},
	{name: "PerfectGroup(960,1)", degree: 16, order: 960, width: 1, gens: []string{
		"(2 4)(3 5)(7 15)(8 14)(10 13)(12 16)", "(2 6 7)(3 11 12)(4 14 5)(8 9 13)(10 15 16)",
		"(1 2)(3 8)(4 9)(5 10)(6 7)(11 15)(12 14)(13 16)",
		"(1 3)(2 8)(4 13)(5 6)(7 10)(9 16)(11 12)(14 15)"}},
	{name: "PerfectGroup(960,2)", degree: 10, order: 960, width: 2, gens: []string{
		"(1 2)(3 6)(5 8)(9 10)", "(2 4 5)(6 7 9)", "(1 3)(4 7)(5 9)(8 10)", "(1 3)(2 6)(5 9)(8 10)"}},
}

func TestCore(t *testing.T) {
	for _, c := range coreGroups {
		gens := maps(t, c.degree, c.gens...)
		if gens == nil {
			gens = named(t, c.name).Generators
		}
		core, err := PerfectCore(gens, 1000)
		if err != nil {
			t.Fatal(err)
		}
		if len(core.Elements) != c.order || core.Width() != c.width {
			t.Errorf("%s: order %d, width %d", c.name, len(core.Elements), core.Width())
		}
		checkCommutators(t, c.name, core)
		checkSingleClass(t, c.name, core)
	}
}

// checkCommutators multiplies the commutators of every element, and counts by brute
// force how many elements are one commutator.
func checkCommutators(t *testing.T, name string, c *Core) {
	widest, single := 0, map[int]bool{}
	for _, a := range c.Elements {
		for _, b := range c.Elements {
			single[c.commutator(a, b)] = true
		}
	}
	for _, x := range c.Elements {
		pairs := c.Commutators(x)
		widest = max(widest, len(pairs))
		product := 0
		for _, p := range pairs {
			if !slices.Contains(c.Elements, p.A) || !slices.Contains(c.Elements, p.B) {
				t.Fatalf("%s: %v is not in the core", name, p)
			}
			product = c.Group.Product(product, c.commutator(p.A, p.B))
		}
		if product != x || (len(pairs) <= 1) != single[x] {
			t.Fatalf("%s: element %d is the product %d of %v; one commutator: %v", name, x, product, pairs, single[x])
		}
	}
	if widest != c.Width() {
		t.Errorf("%s: width %d, but %d commutators are needed", name, c.Width(), widest)
	}
}

func checkSingleClass(t *testing.T, name string, c *Core) {
	s, ok := c.SingleClass()
	if !ok {
		t.Errorf("%s: no single-class commutator", name)
		return
	}
	conjugate := func(x, h int) int {
		inverse, _ := c.Group.Inverse(h)
		return c.Group.Product(c.Group.Product(inverse, x), h)
	}
	if s.C == 0 || c.commutator(s.A, s.B) != s.C || conjugate(s.A, s.ToB) != s.B || conjugate(s.A, s.ToC) != s.C {
		t.Errorf("%s: %+v is not a single-class commutator", name, s)
	}
	class := map[int]bool{}
	for _, h := range c.Elements {
		class[conjugate(s.A, h)] = true
	}
	for _, h := range []int{s.ToB, s.ToC} {
		if !slices.Contains(c.Elements, h) {
			t.Errorf("%s: the conjugator %d is not in the core", name, h)
		}
	}
	if c.ClassSize(s.A) != len(class) {
		t.Errorf("%s: class of %d elements, want %d", name, c.ClassSize(s.A), len(class))
	}
	if h, ok := c.Conjugator(s.B, s.C); !ok || conjugate(s.B, h) != s.C {
		t.Errorf("%s: %d does not conjugate %d to %d", name, h, s.B, s.C)
	}
	if _, ok := c.Conjugator(0, s.A); ok {
		t.Errorf("%s: the identity is conjugate to %d", name, s.A)
	}
}

func TestCoreErrors(t *testing.T) {
	if _, err := PerfectCore(named(t, "S4").Generators, 1000); !errors.Is(err, ErrSolvable) {
		t.Errorf("S4: got %v", err)
	}
	if _, err := PerfectCore(named(t, "S12").Generators, 1000); !errors.As(err, new(*LimitError)) {
		t.Errorf("S12: got %v", err)
	}
	if _, err := PerfectCore(full(5), 10000); err == nil {
		t.Error("a monoid that is not a group has no perfect core")
	}
}

// TestConjugacyClasses has class numbers from character tables.
func TestConjugacyClasses(t *testing.T) {
	for name, want := range map[string]int{"S4": 5, "A5": 5, "S5": 7, "Q8": 5, "PSL(2,7)": 6, "SL(2,5)": 9, "A6": 7, "Z12": 12} {
		m := enumerate(t, named(t, name).Generators)
		class, ok := m.ConjugacyClasses()
		if !ok || int(slices.Max(class))+1 != want {
			t.Errorf("%s: %d classes, want %d", name, slices.Max(class)+1, want)
		}
		for i := range m.Order() {
			for _, g := range m.Generators() {
				inverse, _ := m.Inverse(g)
				if class[m.Product(m.Product(inverse, i), g)] != class[i] {
					t.Fatalf("%s: a conjugate of %d is in another class", name, i)
				}
			}
		}
	}
	if _, ok := enumerate(t, full(3)).ConjugacyClasses(); ok {
		t.Error("T_3 is not a group")
	}
}
