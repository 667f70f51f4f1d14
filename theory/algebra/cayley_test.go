package algebra

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestCayley: the table of a random monoid, with its elements renamed, gives
// generators of a monoid with the same table.
func TestCayley(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, err := Enumerate(drawMaps(t, 3), 100)
		if err != nil {
			t.Fatal(err)
		}
		rename := drawPermutation(t, m.Order())
		table := tableOf(m, rename)
		elements, maps, err := Cayley(table)
		if err != nil {
			t.Fatal(err)
		}
		again, err := Enumerate(maps, m.Order())
		if err != nil || again.Order() != m.Order() {
			t.Fatalf("order %d, error %v", again.Order(), err)
		}
		for i, g := range elements {
			for x, y := range maps[i] {
				if table[x][g] != int(y) {
					t.Fatalf("generator %d sends %d to %d", g, x, y)
				}
			}
		}
		// One wrong entry breaks associativity or the identity, in a monoid or not.
		i, j := rapid.IntRange(0, m.Order()-1).Draw(t, "i"), rapid.IntRange(0, m.Order()-1).Draw(t, "j")
		table[i][j] = (table[i][j] + 1) % m.Order()
		if _, _, err := Cayley(table); (err == nil) != isMonoid(table) {
			t.Fatalf("got %v, but the changed table is a monoid: %v", err, isMonoid(table))
		}
	})
}

func tableOf(m *Monoid, rename Map) [][]int {
	table := make([][]int, m.Order())
	for i := range table {
		table[i] = make([]int, m.Order())
	}
	for i := range m.Order() {
		for j := range m.Order() {
			table[rename[i]][rename[j]] = int(rename[m.Product(i, j)])
		}
	}
	return table
}

func isMonoid(table [][]int) bool {
	for x := range table {
		for y := range table {
			for z := range table {
				if table[table[x][y]][z] != table[x][table[y][z]] {
					return false
				}
			}
		}
	}
	_, err := identityOf(table)
	return err == nil
}

func TestCayleyErrors(t *testing.T) {
	for _, c := range []struct {
		table [][]int
		want  string
	}{
		{nil, "0 rows"},
		{[][]int{{0, 1}, {1}}, "row 1 of the table has 1 entries and there are 2 rows"},
		{[][]int{{0, 1}, {1, 2}}, "1·1 = 2: expected an element from 0 to 1"},
		{[][]int{{0, 1}, {1, -1}}, "1·1 = -1: expected"},
		{[][]int{{0, 0}, {0, 0}}, "no identity"},
		{[][]int{{0, 1, 2}, {1, 2, 2}, {2, 1, 0}}, "not associative: (1·1)·1 = 1 but 1·(1·1) = 2"},
	} {
		_, _, err := Cayley(c.table)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: error %v does not say %q", c.table, err, c.want)
		}
	}
}
