package algebra

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestGreen compares the classes with the definition: equal principal ideals.
func TestGreen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, err := Enumerate(drawMaps(t, 4), 1<<10)
		if err != nil {
			t.Fatal(err)
		}
		n := m.Order()
		if n > 100 {
			t.Skip("too many triples") // the draw's fault
		}
		right, left, both := make([]string, n), make([]string, n), make([]string, n)
		for i := range n {
			r, l, j := make([]bool, n), make([]bool, n), make([]bool, n)
			for x := range n {
				r[m.Product(i, x)], l[m.Product(x, i)] = true, true
				for y := range n {
					j[m.Product(m.Product(x, i), y)] = true
				}
			}
			right[i], left[i], both[i] = fmt.Sprint(r), fmt.Sprint(l), fmt.Sprint(j)
		}
		h := make([]string, n)
		for i := range n {
			h[i] = right[i] + left[i]
		}
		g := m.Green()
		for _, c := range []struct {
			name  string
			class []uint32
			ideal []string
		}{{"R", g.R, right}, {"L", g.L, left}, {"H", g.H, h}, {"D", g.D, both}} {
			if want := numbered(c.ideal); !slices.Equal(c.class, want) {
				t.Fatalf("%s is %v, want %v", c.name, c.class, want)
			}
		}
		checkClasses(t, m, g)
	})
}

// numbered numbers equal strings alike, in order of first appearance.
func numbered(keys []string) []uint32 {
	numbers := map[string]uint32{}
	var class []uint32
	for _, key := range keys {
		if _, ok := numbers[key]; !ok {
			numbers[key] = uint32(len(numbers))
		}
		class = append(class, numbers[key])
	}
	return class
}

// checkClasses recounts the facts of D-classes.
func checkClasses(t *rapid.T, m *Monoid, g *Green) {
	for d, class := range g.Classes {
		want := DClass{Least: -1, Idempotent: -1}
		rows, columns := map[uint32]bool{}, map[uint32]bool{}
		for i := range m.Order() {
			if int(g.D[i]) != d {
				continue
			}
			if want.Least < 0 {
				want.Least, want.Rank = i, m.Element(i).Rank()
				want.HSize = len(g.HClass(int(g.H[i])))
			}
			want.Order++
			rows[g.R[i]], columns[g.L[i]] = true, true
			if m.Product(i, i) == i {
				if want.Idempotents++; want.Idempotent < 0 {
					want.Idempotent = i
				}
			}
			if !slices.Contains(g.HClass(int(g.H[i])), uint32(i)) {
				t.Fatalf("element %d is not in its H-class", i)
			}
		}
		want.RClasses, want.LClasses = len(rows), len(columns)
		if diff := cmp.Diff(want, class); diff != "" || class.Order != class.RClasses*class.LClasses*class.HSize {
			t.Fatalf("D-class %d: %s", d, diff)
		}
		if class.Regular() != slices.Contains(g.Regular(), d) || class.Regular() != (class.Idempotents > 0) {
			t.Fatalf("D-class %d: regular %v", d, class.Regular())
		}
	}
}

// TestGreenFull: T_n has one regular D-class for each rank r, with S(n,r) R-classes
// (kernels, Stirling numbers), binomial(n,r) L-classes (images) and H-classes of
// r! elements.
func TestGreenFull(t *testing.T) {
	stirling := []int{1, 15, 25, 10, 1}
	binomial := []int{5, 10, 10, 5, 1}
	m := enumerate(t, full(5))
	g := m.Green()
	if m.Order() != 3125 || len(g.Classes) != 5 {
		t.Fatalf("order %d, %d D-classes", m.Order(), len(g.Classes))
	}
	for _, class := range g.Classes {
		r := class.Rank
		factorial := int(factorial(r).Int64())
		if class.RClasses != stirling[r-1] || class.LClasses != binomial[r-1] || class.HSize != factorial {
			t.Errorf("rank %d: %+v", r, class)
		}
		s := m.MaximalSubgroup(g, class.Idempotent)
		if s.Group.Order().Int64() != int64(factorial) {
			t.Errorf("rank %d: the group has order %v", r, s.Group.Order())
		}
	}
}
