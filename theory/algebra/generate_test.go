package algebra

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// drawMaps draws one to three maps on up to most points, often of high rank.
func drawMaps(t *rapid.T, most int) []Map {
	n := rapid.IntRange(1, most).Draw(t, "degree")
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Map { return drawMap(t, n) }), 1, 3).Draw(t, "generators")
}

func drawMap(t *rapid.T, n int) Map {
	if rapid.Bool().Draw(t, "permutation") {
		x := drawPermutation(t, n)
		if rapid.Bool().Draw(t, "collapse") {
			x[rapid.IntRange(0, n-1).Draw(t, "point")] = uint16(rapid.IntRange(0, n-1).Draw(t, "image"))
		}
		return x
	}
	x := make(Map, n)
	for p := range x {
		x[p] = uint16(rapid.IntRange(0, n-1).Draw(t, "image"))
	}
	return x
}

func drawPermutation(t *rapid.T, n int) Map {
	return Map(rapid.Permutation(Identity(n)).Draw(t, "permutation"))
}

// listed is a closure computed the plain way, in shortlex order of least words.
type listed struct {
	gens     []Map
	elements []Map
	words    [][]int
	number   map[string]int
}

func list(gens []Map) *listed {
	l := &listed{gens: gens, number: map[string]int{}}
	l.add(Identity(len(gens[0])), nil)
	for i := 0; i < len(l.elements); i++ {
		for g, gen := range gens {
			l.add(l.elements[i].Then(gen), append(slices.Clone(l.words[i]), g))
		}
	}
	return l
}

func (l *listed) add(x Map, word []int) {
	if _, ok := l.number[x.images()]; !ok {
		l.number[x.images()] = len(l.elements)
		l.elements = append(l.elements, x)
		l.words = append(l.words, word)
	}
}

func (l *listed) product(i, j int) int { return l.number[l.elements[i].Then(l.elements[j]).images()] }

// named returns a group that exists.
func named(t testing.TB, name string) *NamedGroup {
	t.Helper()
	g, err := Named(name)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func enumerate(t testing.TB, gens []Map) *Monoid {
	t.Helper()
	m, err := Enumerate(gens, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// maps reads maps of one degree.
func maps(t testing.TB, degree int, texts ...string) []Map {
	t.Helper()
	var list []Map
	for _, text := range texts {
		x, err := ParseMap(text, degree)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, x)
	}
	return list
}

// full generates the full transformation monoid T_n, n ≥ 2.
func full(n int) []Map {
	collapse := Identity(n)
	collapse[1] = 0
	return []Map{cycle(n, 0, n), cycle(n, 0, 2), collapse}
}
