package barrington

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"tc0/reductions/formula"
	"tc0/theory/algebra"
	"tc0/theory/language"
)

// random is a formula over n variables of exactly the given depth, in which the other
// operand of a gate is at most as deep.
func random(t interface{ Fatalf(string, ...any) }, draw *rand.Rand, n, depth int) *formula.Formula {
	var names []string
	for v := range n {
		names = append(names, fmt.Sprintf("x%d", v+1))
	}
	b, err := formula.NewBuilder(names)
	if err != nil {
		t.Fatalf("%v", err)
	}
	var node func(depth int) int
	node = func(depth int) (x int) {
		switch op := draw.IntN(8); {
		case depth == 0 && op == 0 && draw.IntN(4) == 0:
			x = b.Constant(draw.IntN(2) == 0)
		case depth == 0:
			x = b.Variable(draw.IntN(n))
		case depth > 1 && op == 0:
			x = b.Xor(node(depth-2), node(draw.IntN(depth-1)))
		case op < 4:
			x = b.And(node(depth-1), node(draw.IntN(depth)))
		default:
			x = b.Or(node(draw.IntN(depth)), node(depth-1))
		}
		if draw.IntN(3) == 0 {
			x = b.Not(x)
		}
		return x
	}
	f := b.Formula(node(depth))
	if f.Depth() != depth {
		t.Fatalf("depth %d, want %d", f.Depth(), depth)
	}
	return f
}

// complete is the complete binary tree of the given depth over 16 variables.
func complete(t testing.TB, depth int) *formula.Formula {
	t.Helper()
	var names []string
	for v := range 16 {
		names = append(names, fmt.Sprintf("x%d", v+1))
	}
	b, err := formula.NewBuilder(names)
	if err != nil {
		t.Fatal(err)
	}
	draw := rand.New(rand.NewPCG(7, 0))
	var level []int
	for range 1 << depth {
		level = append(level, b.Variable(draw.IntN(16)))
	}
	for len(level) > 1 {
		next := make([]int, 0, len(level)/2)
		for i := 0; i < len(level); i += 2 {
			x, y := level[i], level[i+1]
			switch draw.IntN(4) {
			case 0:
				next = append(next, b.And(x, y))
			case 1:
				next = append(next, b.Or(x, y))
			case 2:
				next = append(next, b.Not(b.And(x, y)))
			default:
				next = append(next, b.Or(b.Not(x), y))
			}
		}
		level = next
	}
	return b.Formula(level[0])
}

func parse(t testing.TB, text string) *formula.Formula {
	t.Helper()
	f, err := formula.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func named(t testing.TB, name string) *Language {
	t.Helper()
	l, err := Named(name)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// maps parses maps of one degree, separated by semicolons.
func maps(t testing.TB, degree int, text string) []algebra.Map {
	t.Helper()
	var ms []algebra.Map
	for _, s := range strings.Split(text, ";") {
		m, err := algebra.ParseMap(strings.TrimSpace(s), degree)
		if err != nil {
			t.Fatal(err)
		}
		ms = append(ms, m)
	}
	return ms
}

// monoids are three transformation monoids that are not groups.
var monoids = []struct {
	name, generators string
	degree           int
	idempotentRank   int
}{
	{"S5 and a collapse", "(1 2); (1 2 3 4 5); [1 1 3 3 5]", 5, 5},
	{"A5 at rank 5 of 7", "[2 1 4 3 5 5 1]; [1 3 5 4 2 2 4]; [1 2 3 4 5 1 1]", 7, 5},
	{"T5", "(1 2); (1 2 3 4 5); [1 1 3 4 5]", 5, 5},
}

func generated(t testing.TB, degree int, generators string) *Language {
	t.Helper()
	l, err := Generated(maps(t, degree, generators), 1<<12)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// s5 is an acceptor whose letters swap the first two of five states and rotate all.
func s5(t testing.TB) *language.DFA {
	t.Helper()
	next := [][]int{{1, 1}, {0, 2}, {2, 3}, {3, 4}, {4, 0}}
	d, err := language.NewDFA([]string{"s", "r"}, 0, next, []int{1, 0, 0, 0, 0})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func automaton(t testing.TB, d *language.DFA) *Language {
	t.Helper()
	l, err := Automaton(d, 1<<12)
	if err != nil {
		t.Fatal(err)
	}
	return l
}
