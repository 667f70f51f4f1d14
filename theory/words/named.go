package words

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tc0/theory/algebra"
)

// Named returns the word problem of a group named as in [algebra.Named], its elements
// numbered as in [algebra.NamedGroup.Table] and at most limit. A suffix chooses the
// letters, as in the tasks of the word-problem checkpoints:
//
//	A5      all elements
//	A5:g2   two generators: for Zn 0 and 1; for Sn the transposition of the first two
//	        points and the cycle of all; for A4 a 3-cycle and (1 2)(3 4); for An, n odd,
//	        a 3-cycle and the cycle of all
//	A5:g3   those and the identity; for Zn 0, 1 and n−1
//	S5:g5   for Sn, n ≥ 4, n letters: the identity and the transpositions of neighbours
func Named(name string, limit int) (*Problem, error) {
	group, set, chosen := strings.Cut(name, ":")
	g, err := algebra.Named(group)
	if err != nil {
		return nil, err
	}
	table, err := g.Table(limit)
	if err != nil {
		return nil, err
	}
	if !chosen {
		return New(name, table)
	}
	letters, err := generatorSet(g, table, set)
	if err != nil {
		return nil, err
	}
	return New(name, table, letters...)
}

// generatorSet returns the letters that a suffix like g2 stands for.
func generatorSet(g *algebra.NamedGroup, table *algebra.Table, set string) ([]int, error) {
	family := g.Name[:1]
	n, err := strconv.Atoi(g.Name[1:])
	if err != nil {
		n = 0 // not a family of one number
	}
	var tuples []algebra.Map
	switch {
	case family == "Z" && set == "g2" && n >= 2:
		return []int{0, 1}, nil
	case family == "Z" && set == "g3" && n >= 3:
		return []int{0, 1, n - 1}, nil
	case family == "S" && n >= 3 && (set == "g2" || set == "g3"):
		tuples = []algebra.Map{transposition(n, 0), rotation(n, n)}
	case family == "S" && n >= 4 && set == "g"+strconv.Itoa(n):
		tuples = neighbours(n)
	case g.Name == "A4" && (set == "g2" || set == "g3"):
		tuples = []algebra.Map{rotation(4, 3), transposition(4, 0).Then(transposition(4, 2))}
	case family == "A" && n >= 5 && n%2 == 1 && (set == "g2" || set == "g3"):
		tuples = []algebra.Map{rotation(n, 3), rotation(n, n)}
	default:
		return nil, fmt.Errorf("%s has no set of letters %q: Zn, Sn, A4 and An for odd n have g2 and g3, "+
			"Sn for n ≥ 4 also gn", g.Name, set)
	}
	if set != "g2" {
		tuples = append(tuples, algebra.Identity(n))
	}
	var letters []int
	for _, a := range tuples {
		x, _ := a.Inverse() // a table's map of an element is the inverse of its tuple
		i, ok := table.Index(x)
		if !ok {
			return nil, fmt.Errorf("%v is not an element of %s", a, g.Name)
		}
		letters = append(letters, i)
	}
	return letters, nil
}

// transposition exchanges the points i and i+1 of n.
func transposition(n, i int) algebra.Map {
	a := algebra.Identity(n)
	a[i], a[i+1] = a[i+1], a[i]
	return a
}

// rotation sends each of the first k of n points to the next one.
func rotation(n, k int) algebra.Map {
	a := algebra.Identity(n)
	copy(a, append(slices.Clone(a[1:k]), 0))
	return a
}

// neighbours are the transpositions of neighbours of n points.
func neighbours(n int) []algebra.Map {
	var maps []algebra.Map
	for i := range n - 1 {
		maps = append(maps, transposition(n, i))
	}
	return maps
}
