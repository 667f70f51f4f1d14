package algebra

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestEnumerate compares elements, numbers, words and Cayley graphs with a closure
// computed the plain way.
func TestEnumerate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		gens := drawMaps(t, 4)
		want := list(gens)
		m, err := Enumerate(gens, len(want.elements))
		if err != nil {
			t.Fatal(err)
		}
		if m.Order() != len(want.elements) || m.Degree() != len(gens[0]) {
			t.Fatalf("order %d, degree %d; want order %d", m.Order(), m.Degree(), len(want.elements))
		}
		for i, x := range want.elements {
			if j, ok := m.Index(x); !m.Element(i).Equal(x) || !ok || j != i {
				t.Fatalf("element %d is %v, want %v (found at %d, %v)", i, m.Element(i), x, j, ok)
			}
			if word := m.Word(i); !slices.Equal(word, want.words[i]) || m.Evaluate(word) != i {
				t.Fatalf("element %d: word %v, want %v", i, word, want.words[i])
			}
			for g := range gens {
				if i == 0 && m.Generators()[g] != m.Right(0, g) {
					t.Fatalf("generator %d is element %d", g, m.Generators()[g])
				}
				if got := m.Right(i, g); got != want.product(i, m.Generators()[g]) {
					t.Fatalf("%d times generator %d is %d", i, g, got)
				}
				if got := m.Left(g, i); got != want.product(m.Generators()[g], i) {
					t.Fatalf("generator %d times %d is %d", g, i, got)
				}
			}
			j := rapid.IntRange(0, m.Order()-1).Draw(t, "other")
			if m.Product(i, j) != want.product(i, j) {
				t.Fatalf("%d times %d is %d", i, j, m.Product(i, j))
			}
		}
		if outside := make(Map, len(gens[0])+1); true {
			if _, ok := m.Index(outside); ok {
				t.Fatal("found a map of another degree")
			}
		}
	})
}

func TestEnumerateLimit(t *testing.T) {
	if _, err := Enumerate(full(4), 256); err != nil {
		t.Errorf("T_4 has 256 elements: %v", err)
	}
	_, err := Enumerate(full(4), 255)
	var limit *LimitError
	if !errors.As(err, &limit) || *limit != (LimitError{"elements", 255, 255}) {
		t.Errorf("got %v", err)
	}
	if _, err := Enumerate(full(4), 0); !errors.As(err, &limit) {
		t.Errorf("limit 0: got %v", err)
	}
}

func TestEnumerateErrors(t *testing.T) {
	for _, c := range []struct {
		gens []Map
		want string
	}{
		{[]Map{{0, 1}, {0}}, "generator 2 has 1 points and generator 1 has 2"},
		{[]Map{{0, 2}}, "generator 1 sends point 2 to 3"},
	} {
		if _, err := Enumerate(c.gens, 10); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: got %v", c.gens, err)
		}
	}
	if m, err := Enumerate(nil, 1); err != nil || m.Order() != 1 || m.Degree() != 0 {
		t.Errorf("no generators: %v", err)
	}
}

// TestMonoidFacts compares idempotents, powers, exponent, aperiodicity and centre
// with their definitions.
func TestMonoidFacts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		gens := drawMaps(t, 4)
		m, err := Enumerate(gens, 1<<10)
		if err != nil {
			t.Fatal(err)
		}
		var idempotents, centre []int
		for i := range m.Order() {
			if m.Product(i, i) == i {
				idempotents = append(idempotents, i)
			}
			central := true
			for j := range m.Order() {
				central = central && m.Product(i, j) == m.Product(j, i)
			}
			if central {
				centre = append(centre, i)
			}
		}
		if !slices.Equal(m.Idempotents(), idempotents) || !slices.Equal(m.Centre(), centre) {
			t.Fatalf("idempotents %v, want %v; centre %v, want %v", m.Idempotents(), idempotents, m.Centre(), centre)
		}
		checkAperiodicity(t, m)
	})
}

// checkAperiodicity tries x^k = x^(k+1) for growing k.
func checkAperiodicity(t *rapid.T, m *Monoid) {
	powers := make([]int, m.Order()) // x^k
	for i := range powers {
		powers[i] = i
	}
	k, stable := 0, false
	for k = 1; k <= m.Degree(); k++ { // an index is below the degree, and at least 1
		stable = true
		for i, x := range powers {
			powers[i] = m.Product(x, i)
			stable = stable && powers[i] == x
		}
		if stable {
			break
		}
	}
	a := m.Aperiodicity()
	index, period := m.Exponent()
	if a.Aperiodic != stable || period.IsInt64() && (period.Int64() == 1) != stable {
		t.Fatalf("aperiodic: %v, period %v; want %v", a.Aperiodic, period, stable)
	}
	if stable && (a.K != k || index != k) {
		t.Fatalf("x^k = x^(k+1) for k = %d (index %d), want %d", a.K, index, k)
	}
	if !stable {
		high, low := a.Witness, a.Witness
		for range a.Index - 1 {
			low = m.Product(low, a.Witness)
		}
		for range a.Index + a.Period - 1 {
			high = m.Product(high, a.Witness)
		}
		if a.Period < 2 || high != low {
			t.Fatalf("not a witness: %+v", a)
		}
	}
}
