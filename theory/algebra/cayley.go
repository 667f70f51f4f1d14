package algebra

import "fmt"

// Cayley turns the multiplication table of a finite monoid into generators: row i,
// column j holds i·j, elements count from 0. It returns a generating set, ascending,
// and for each of its elements g the map x → x·g; these maps generate a monoid
// isomorphic to the table's. A table that is not square, has an entry that is not an
// element, no identity or a product that is not associative is an error that says
// where.
//
// Associativity is decided by Light's test: the elements a with (x·a)·y = x·(a·y) for
// all x and y are closed under products, so it is enough to try a generating set.
func Cayley(table [][]int) (elements []int, maps []Map, err error) {
	if err := checkSquare(table); err != nil {
		return nil, nil, err
	}
	identity, err := identityOf(table)
	if err != nil {
		return nil, nil, err
	}
	elements = generating(table, identity)
	if err := light(table, elements); err != nil {
		return nil, nil, err
	}
	for _, g := range elements {
		x := make(Map, len(table))
		for i, row := range table {
			x[i] = uint16(row[g])
		}
		maps = append(maps, x)
	}
	return elements, maps, nil
}

func checkSquare(table [][]int) error {
	n := len(table)
	if n == 0 || n > MaxDegree {
		return fmt.Errorf("a table with %d rows: expected 1 to %d", n, MaxDegree)
	}
	for i, row := range table {
		if len(row) != n {
			return fmt.Errorf("row %d of the table has %d entries and there are %d rows: expected a square", i, len(row), n)
		}
		for j, k := range row {
			if k < 0 || k >= n {
				return fmt.Errorf("the table says %d·%d = %d: expected an element from 0 to %d", i, j, k, n-1)
			}
		}
	}
	return nil
}

func identityOf(table [][]int) (int, error) {
	for e := range table {
		neutral := true
		for x := range table {
			neutral = neutral && table[e][x] == x && table[x][e] == x
		}
		if neutral {
			return e, nil
		}
	}
	return 0, fmt.Errorf("the table of %d elements has no identity e with e·x = x·e = x: add one to make it a monoid",
		len(table))
}

// generating returns elements that generate the table by products from the left:
// each is the least element not reached so far. For a table with the identity alone
// it is the identity.
func generating(table [][]int, identity int) []int {
	var generators []int
	reached := make([]bool, len(table))
	reached[identity] = true
	list := []int{identity}
	for next := range table {
		if reached[next] {
			continue
		}
		generators = append(generators, next)
		for i := 0; i < len(list); i++ {
			for _, g := range generators {
				if x := table[list[i]][g]; !reached[x] {
					reached[x] = true
					list = append(list, x)
				}
			}
		}
	}
	if generators == nil {
		return []int{identity}
	}
	return generators
}

// light is Light's associativity test.
func light(table [][]int, generators []int) error {
	for _, a := range generators {
		for x, row := range table {
			for y := range table {
				if left, right := table[row[a]][y], row[table[a][y]]; left != right {
					return fmt.Errorf("the table is not associative: (%d·%d)·%d = %d but %d·(%d·%d) = %d",
						x, a, y, left, x, a, y, right)
				}
			}
		}
	}
	return nil
}
