package barrington

import (
	"math/rand/v2"
	"testing"

	"tc0/theory/algebra"
)

func enumerate(t testing.TB, degree int, generators string) *algebra.Monoid {
	t.Helper()
	m, err := algebra.Enumerate(maps(t, degree, generators), maxGroup)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

const (
	a5 = "(1 2 3); (1 2 3 4 5)"
	// even is 2^4:A5, the even changes of sign of five coordinates and their even
	// permutations: PerfectGroup(960, 2) of GAP. It is the smallest perfect group with
	// elements that are no commutators.
	even = "(1 2 3)(6 7 8); (1 2 3 4 5)(6 7 8 9 10); (1 6)(2 7)"
)

// TestSingleClass: in A5 both classes of 5-cycles and the 3-cycles have a, b and [a,b]
// in one class, and the involutions have not.
func TestSingleClass(t *testing.T) {
	s := newSearch(enumerate(t, 5, a5))
	for _, class := range s.classes {
		if found := s.singleClass(class) != nil; found != (len(class) != 15) {
			t.Errorf("class of %d: found %v", len(class), found)
		}
	}
	a, b, c := maps(t, 5, "(1 5 3)")[0], maps(t, 5, "(2 5 4)")[0], maps(t, 5, "(1 5 2)")[0]
	if got := algebra.Commutator(a, b); !got.Equal(c) {
		t.Errorf("[%v, %v] is %v, not %v", a, b, got, c)
	}
}

// TestInverseClasses: the classes of M11 that do not hold the inverses of their
// elements, 8A, 8B, 11A and 11B, have witnesses, whose targets are two classes.
func TestInverseClasses(t *testing.T) {
	s := newSearch(enumerate(t, 11, "(1 2 3 4 5 6 7 8 9 10 11); (3 7 11 8)(4 10 5 6)"))
	found := 0
	for c, class := range s.classes {
		pairs := s.singleClass(class)
		if pairs == nil || s.classOf[s.inverse[class[0]]] == int32(c) {
			continue
		}
		found++
		if err := s.witness(pairs, class[0], len(class)).Check(); err != nil {
			t.Errorf("class of %d: %v", len(class), err)
		}
	}
	if found != 4 {
		t.Errorf("%d classes, want 4", found)
	}
}

// TestWitnesses: width 1 and a single class in every group of the usual examples, with
// the class that is the smallest to have one.
func TestWitnesses(t *testing.T) {
	for name, class := range map[string]int{
		"A5": 12, "S5": 12, "A6": 40, "PSL(2,7)": 21, "SL(2,5)": 12, "A7": 70, "A5xA5": 12,
	} {
		w := named(t, name).witness
		if size, ok := w.SingleClass(); !ok || size != class || w.Width() != 1 || w.Check() != nil {
			t.Errorf("%s: class of %d, %v, width %d, %v", name, size, ok, w.Width(), w.Check())
		}
		pair := w.Commutators()[0]
		if c := algebra.Commutator(pair[0], pair[1]); !c.Equal(w.Element()) {
			t.Errorf("%s: [%v, %v] is %v, not %v", name, pair[0], pair[1], c, w.Element())
		}
	}
}

// TestGeneralForm: a true element that is a product of two commutators and of no less,
// in a group with 840 commutators (as GAP finds by characters), has programs of length
// 8^depth; and the general form of A5 has 4^depth.
func TestGeneralForm(t *testing.T) {
	for _, c := range []struct {
		generators                 string
		degree, commutators, width int
	}{{a5, 5, 60, 1}, {even, 10, 840, 2}} {
		s := newSearch(enumerate(t, c.degree, c.generators))
		pairs, err := s.general()
		if err != nil {
			t.Fatal(err)
		}
		commutators, last := 1, int32(0) // the identity is one
		for x := range int32(s.m.Order()) {
			if len(pairs[x]) == 1 {
				commutators++
			}
			if len(pairs[x]) == c.width {
				last = x
			}
		}
		w := s.witness(pairs, last, 0)
		if commutators != c.commutators || w.Width() != c.width || w.Check() != nil {
			t.Fatalf("%d commutators, width %d, %v", commutators, w.Width(), w.Check())
		}
		draw := rand.New(rand.NewPCG(5, 0))
		for depth := range 4 {
			f := random(t, draw, 4, depth)
			p := NewProgram(f, w)
			want := 1
			for range depth {
				want *= 4 * c.width
			}
			if n := count(p.All()); n != want || p.Length().Int64() != int64(want) {
				t.Errorf("depth %d: %d instructions, Length is %v, want %d", depth, n, p.Length(), want)
			}
			for k := range 16 {
				x := []bool{k&1 == 1, k&2 == 2, k&4 == 4, k&8 == 8}
				element := int32(0)
				if f.Value(x) {
					element = last
				}
				if got := p.Run(x); got != int(element) {
					t.Errorf("%v on %v: element %d, want %d", f, x, got, element)
				}
			}
		}
	}
}

// TestCheckWitness: whatever part of a witness is changed, Check finds it.
func TestCheckWitness(t *testing.T) {
	group := enumerate(t, 5, a5)
	fresh := func() *Witness {
		w, err := NewWitness(group)
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	targets := fresh().Targets()
	for i := range targets {
		for k := range 4 {
			w := fresh()
			w.targets[i].split[k] = (w.targets[i].split[k] + 1) % int32(targets)
			if w.Check() == nil {
				t.Errorf("target %d, factor %d", i, k)
			}
		}
		w := fresh()
		w.targets[i].inverse = (w.targets[i].inverse + 1) % int32(targets)
		if w.Check() == nil {
			t.Errorf("inverse of target %d", i)
		}
		w = fresh()
		w.targets[i].element = (w.targets[i].element + 1) % 60
		if w.Check() == nil {
			t.Errorf("element of target %d", i)
		}
	}
}

func TestNotPerfect(t *testing.T) {
	for _, g := range []string{"(1 2 3 4 5)", "(1 2); (1 2 3)"} {
		if _, err := NewWitness(enumerate(t, 5, g)); err == nil {
			t.Errorf("%s has a witness", g)
		}
	}
}
