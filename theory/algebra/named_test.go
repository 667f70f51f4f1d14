package algebra

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestDerivedLengths has the groups whose layer counts are published (arXiv
// 2603.01959: derived length), and some more.
func TestDerivedLengths(t *testing.T) {
	for name, want := range map[string]int{
		"Z60": 1, "S3": 2, "D4": 2, "A4": 2, "A4xZ5": 2, "S4": 3,
		"A5": -1, "S5": -1, "A6": -1, "PSL(2,7)": -1, "SL(2,5)": -1,
		"Z1": 0, "S1": 0, "S2": 1, "A2": 0, "A3": 1, "Q8": 2, "D8": 2, "H3(Z_5)": 2, "H3(Z_6)": 2,
		"SL(2,2)": 2, "SL(2,3)": 3, "GL(2,3)": 4, "PSL(2,3)": 2, "PSL(2,2)": 2, "S4xZ7xQ8": 3, "S10": -1, "Z7xA5": -1,
	} {
		g, err := named(t, name).Group()
		if err != nil {
			t.Fatal(err)
		}
		length, ok := g.DerivedLength()
		if !ok {
			length = -1
		}
		if length != want || g.Order().Cmp(named(t, name).Order()) != 0 {
			t.Errorf("%s: derived length %d, want %d; order %v", name, length, want, g.Order())
		}
	}
}

// TestTables: the listed elements are the group, once each, the identity first, and
// products of numbers are products of maps.
func TestTables(t *testing.T) {
	for _, name := range []string{"Z1", "Z12", "S1", "S4", "A1", "A2", "A5", "D3", "D8", "Q8", "GL(2,2)", "GL(2,3)",
		"SL(2,3)", "PSL(2,2)", "PSL(2,5)", "PSL(2,7)", "H3(Z_3)", "H3(Z_4)", "A4xZ5", "Z2xZ2xS3", "S6"} {
		g := named(t, name)
		table, err := g.Table(1000)
		if err != nil {
			t.Fatal(err)
		}
		group, err := g.Group()
		if err != nil {
			t.Fatal(err)
		}
		n := table.Order()
		if g.Order().Int64() != int64(n) || !table.Element(0).IsIdentity() {
			t.Fatalf("%s: %d elements, the first is %v", name, n, table.Element(0))
		}
		labels := map[string]bool{}
		for i := range n {
			labels[table.Label(i)] = true
			if j, ok := table.Index(table.Element(i)); !ok || j != i || !group.Contains(table.Element(i)) {
				t.Fatalf("%s: element %d, %v, is found at %d", name, i, table.Element(i), j)
			}
			for j := range n {
				if got, want := table.Element(table.Product(i, j)), table.Element(i).Then(table.Element(j)); !got.Equal(want) {
					t.Fatalf("%s: %d·%d is %v, want %v", name, i, j, got, want)
				}
			}
		}
		if len(labels) != n {
			t.Errorf("%s: %d different labels", name, len(labels))
		}
		if _, err := g.Table(n - 1); !errors.As(err, new(*LimitError)) {
			t.Errorf("%s with limit %d: got %v", name, n-1, err)
		}
	}
}

// TestRepositoryOrder recomputes the products of the word-problem repository from its
// convention: permutations in lexicographic order of the image tuple, (a∘b)(i) =
// a(b(i)), and |H|·g+h for direct products.
func TestRepositoryOrder(t *testing.T) {
	tuples := func(n int, keep func(Map) bool) (list []Map) {
		for a := Identity(n); a != nil; a = successor(a) {
			if keep(a) {
				list = append(list, a)
			}
		}
		return list
	}
	compose := func(a, b Map) Map {
		c := make(Map, len(a))
		for i := range c {
			c[i] = a[b[i]]
		}
		return c
	}
	a4, z5 := tuples(4, Map.even), 5
	number := map[string]int{}
	for i, a := range a4 {
		number[a.images()] = i
	}
	table, err := named(t, "A4_x_Z5").Table(60)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 60 {
		for j := range 60 {
			g, h := number[compose(a4[i/z5], a4[j/z5]).images()], (i%z5+j%z5)%z5
			if got := table.Product(i, j); got != z5*g+h {
				t.Fatalf("%d·%d = %d, want %d", i, j, got, z5*g+h)
			}
		}
	}
	got := []string{table.Label(0), table.Label(1), table.Label(5), table.Label(59)}
	if diff := cmp.Diff([]string{"((), 0)", "((), 1)", "((2 3 4), 0)", "((1 4)(2 3), 4)"}, got); diff != "" {
		t.Error(diff)
	}
}

// TestNamedIsLazy: no elements are listed, however many there are.
func TestNamedIsLazy(t *testing.T) {
	g := named(t, "S1000xZ1000000")
	if g.Degree() != 1000+64+15625 || g.Order().BitLen() < 8000 {
		t.Errorf("degree %d, order of %d bits", g.Degree(), g.Order().BitLen())
	}
	if _, err := g.Table(1 << 20); !errors.As(err, new(*LimitError)) {
		t.Errorf("got %v", err)
	}
	if named(t, "D8").Convention == "" || named(t, "A4_x_Z5").Name != "A4xZ5" {
		t.Error("names are not canonical")
	}
}

func TestNamedErrors(t *testing.T) {
	for name, want := range map[string]string{
		"":             "not a known group name",
		"T5":           "expected Zn, Sn",
		"Z":            "not a known group name",
		"Z0":           "out of range",
		"Z05":          `"05" is not a number`,
		"Z-1":          "not a known group name",
		"S99999999999": "out of range",
		"S5x":          "empty factor",
		"xS5":          "empty factor",
		"S5xB3":        `"B3" is not a known group name`,
		"D2":           "out of range",
		"Q16":          "not a known group name",
		"PSL(2,8)":     "8 is not a prime",
		"SL(2,5":       "not a known group name",
		"SL(3,5)":      "not a known group name",
		"SL(2,257)":    "out of range",
		"Z2147483647":  "more than 65536 points",
		"S65536xZ2":    "more than 65536 points",
		"s5":           "not a known group name",
		"S5\n":         `"5\n" is not a number`,
	} {
		_, err := Named(name)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("Named(%q): error %v does not say %q", name, err, want)
		}
	}
}

func FuzzNamed(f *testing.F) {
	for _, seed := range []string{"Z60", "S5", "A4_x_Z5", "PSL(2,7)", "H3(Z_5)", "GL(2,3)xQ8xD4"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		g, err := Named(name)
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n\r") {
				t.Fatalf("an error of several lines: %q", err)
			}
			return
		}
		if again, err := Named(g.Name); err != nil || again.Name != g.Name {
			t.Fatalf("%q has the canonical name %q, which is read as %v, %v", name, g.Name, again, err)
		}
		for _, x := range g.Generators {
			if !x.IsPermutation() {
				t.Fatalf("%s has the generator %v", name, x)
			}
		}
	})
}
