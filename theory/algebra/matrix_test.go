package algebra

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestMatrices: products of matrices are products of maps, and different matrices
// are different maps.
func TestMatrices(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.SampledFrom([]int{2, 3, 5}).Draw(t, "p")
		d := rapid.IntRange(1, 3).Draw(t, "d")
		entry := rapid.SliceOfN(rapid.IntRange(-9, 9), d, d)
		matrix := rapid.SliceOfN(entry, d, d)
		a, b := matrix.Draw(t, "a"), matrix.Draw(t, "b")
		product, equal := make([][]int, d), true
		for i := range product {
			product[i] = make([]int, d)
			for j := range d {
				for k := range d {
					product[i][j] += a[i][k] * b[k][j]
				}
				equal = equal && reduce(a[i][j], p) == reduce(b[i][j], p)
			}
		}
		maps, err := Matrices(p, [][][]int{a, b, product})
		if err != nil {
			t.Fatal(err)
		}
		if !maps[0].Then(maps[1]).Equal(maps[2]) || maps[0].Equal(maps[1]) != equal {
			t.Fatalf("maps %v", maps)
		}
		vectors, _ := countVectors(p, d)
		invertible := maps[0].IsPermutation() && maps[1].IsPermutation()
		if len(maps[0]) != vectors-count(invertible) {
			t.Fatalf("%d points, invertible: %v", len(maps[0]), invertible)
		}
	})
}

// TestMatrixOrders: all 16 matrices mod 2, and the group SL(2,3).
func TestMatrixOrders(t *testing.T) {
	for _, c := range []struct {
		p        int
		matrices [][][]int
		order    int
	}{
		{2, [][][]int{{{1, 1}, {0, 1}}, {{0, 1}, {1, 0}}, {{1, 0}, {0, 0}}}, 16},
		{3, [][][]int{{{1, 1}, {0, 1}}, {{1, 0}, {1, 1}}}, 24},
		{7, [][][]int{{{3}}}, 6},
	} {
		maps, err := Matrices(c.p, c.matrices)
		if err != nil {
			t.Fatal(err)
		}
		if got := enumerate(t, maps).Order(); got != c.order {
			t.Errorf("mod %d: order %d, want %d", c.p, got, c.order)
		}
	}
}

func TestMatrixErrors(t *testing.T) {
	for _, c := range []struct {
		p        int
		matrices [][][]int
		want     string
	}{
		{4, nil, "matrices mod 4: expected a prime"},
		{-3, nil, "matrices mod -3"},
		{1 << 40, nil, "expected a prime below 65536"},
		{5, [][][]int{{}}, "matrix 1: 0 rows"},
		{5, [][][]int{{{1, 2}}}, "matrix 1: row 1 has 2 entries: expected 1"},
		{5, [][][]int{{{1}}, {{1, 2}, {3, 4}}}, "matrix 2: 2 rows"},
		{257, [][][]int{{{1, 0}, {0, 1}}}, "more than 65536 vectors"},
	} {
		_, err := Matrices(c.p, c.matrices)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("mod %d, %v: error %v does not say %q", c.p, c.matrices, err, c.want)
		}
	}
}
