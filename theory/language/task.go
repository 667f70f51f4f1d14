package language

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tc0/theory/algebra"
)

// A Task is a finite-state sequence task of the literature, as a minimal machine whose
// output after a word is the answer (or the label at that position when tagging).
type Task struct {
	Name    string
	About   string // what the output is
	Machine *DFA
}

// Tasks returns the named tasks, in the order of the names list of [NamedTask].
func Tasks() []Task {
	tasks := make([]Task, len(taskTable))
	for i, t := range taskTable {
		tasks[i] = Task{t.name, t.about, t.machine()}
	}
	return tasks
}

// NamedTask returns one of the tasks parity_check, even_pairs, cycle_navigation,
// modular_arithmetic, modular_arithmetic_no_product, flip_flop, (aa)*, dyck-2-3 and a5.
func NamedTask(name string) (*Task, error) {
	for _, t := range taskTable {
		if t.name == name {
			return &Task{t.name, t.about, t.machine()}, nil
		}
	}
	names := make([]string, len(taskTable))
	for i, t := range taskTable {
		names[i] = t.name
	}
	return nil, fmt.Errorf("task %q: want one of %s", name, strings.Join(names, ", "))
}

var taskTable = []struct {
	name, about string
	machine     func() *DFA
}{
	{"parity_check", "number of letters 1, modulo 2 (Delétang et al. 2022)", Parity},
	{"even_pairs", "1 if the number of factors 01 and 10 is odd, that is, if first and last letter differ " +
		"(Delétang et al. 2022)", EvenPairs},
	{"cycle_navigation", "position on a cycle of 5 after steps -1, 0 and 1 (Delétang et al. 2022)",
		func() *DFA { return CycleNavigation(5) }},
	{"modular_arithmetic", "value modulo 5 of an expression with + - * and no brackets, -1 if malformed " +
		"(Delétang et al. 2022)", func() *DFA { return ModularArithmetic(5, true) }},
	{"modular_arithmetic_no_product", "value modulo 5 of an expression with + and -, -1 if malformed",
		func() *DFA { return ModularArithmetic(5, false) }},
	{"flip_flop", "1 plus the bit last written; 0 before the first write (Liu et al. 2023)", FlipFlop},
	{"(aa)*", "1 if the number of letters is even", EvenLength},
	{"dyck-2-3", "1 if the brackets of 2 kinds balance and never nest deeper than 3",
		func() *DFA { return Dyck(2, 3) }},
	{"a5", "1 if point 1 is back in its place under a 5-cycle a and a 3-cycle b, which generate A5", fivePoints},
}

// Parity counts the letters 1 modulo 2.
func Parity() *DFA {
	return explore([]string{"0", "1"}, 0,
		func(s, a int) int { return s ^ a },
		func(s int) int { return s })
}

// EvenPairs tells whether the first and last letter differ.
func EvenPairs() *DFA {
	type ends struct {
		some        bool
		first, last int
	}
	return explore([]string{"0", "1"}, ends{},
		func(s ends, a int) ends {
			if !s.some {
				return ends{true, a, a}
			}
			return ends{true, s.first, a}
		},
		func(s ends) int { return s.first ^ s.last })
}

// CycleNavigation walks on a cycle of n ≥ 1 places by steps -1, 0 and 1.
func CycleNavigation(n int) *DFA {
	return explore([]string{"-1", "0", "1"}, 0,
		func(s, a int) int { return (s + a + n - 1) % n },
		func(s int) int { return s })
}

// ModularArithmetic evaluates expressions of digits 0..m-1 and the operators +, - and, if
// product is set, *, which binds tighter. The output is the value modulo m after a digit
// of a well-formed expression, else -1.
func ModularArithmetic(m int, product bool) *DFA {
	alphabet := make([]string, m, m+3)
	for i := range alphabet {
		alphabet[i] = strconv.Itoa(i)
	}
	alphabet = append(alphabet, "+", "-")
	if product {
		alphabet = append(alphabet, "*")
	}
	// The value so far is sum + term; a digit multiplies onto term.
	type state struct {
		phase     int // 0 a digit must follow, 1 after a digit, 2 malformed
		sum, term int
	}
	return explore(alphabet, state{0, 0, 1},
		func(s state, a int) state {
			switch {
			case s.phase == 0 && a < m:
				return state{1, s.sum, s.term * a % m}
			case s.phase == 1 && alphabet[a] == "+":
				return state{0, (s.sum + s.term) % m, 1}
			case s.phase == 1 && alphabet[a] == "-":
				return state{0, (s.sum + s.term) % m, m - 1}
			case s.phase == 1 && alphabet[a] == "*":
				return state{0, s.sum, s.term}
			}
			return state{2, 0, 0}
		},
		func(s state) int {
			if s.phase == 1 {
				return (s.sum + s.term) % m
			}
			return -1
		})
}

// FlipFlop remembers the last of the letters w0 and w1; i and r, ignore and read, change
// nothing. The output is 0 before the first write, then 1 or 2.
func FlipFlop() *DFA {
	return explore([]string{"w0", "w1", "i", "r"}, 0,
		func(s, a int) int {
			if a < 2 {
				return a + 1
			}
			return s
		},
		func(s int) int { return s })
}

// EvenLength accepts (aa)*.
func EvenLength() *DFA {
	return explore([]string{"a"}, 1,
		func(s, _ int) int { return 1 - s },
		func(s int) int { return s })
}

// Dyck accepts balanced words of kinds of brackets nested at most depth deep. The letters
// are (1, )1, (2, )2 and so on.
func Dyck(kinds, depth int) *DFA {
	var alphabet []string
	for k := range kinds {
		alphabet = append(alphabet, fmt.Sprintf("(%d", k+1), fmt.Sprintf(")%d", k+1))
	}
	// A state is the stack of open kinds, one byte each, or "x" when the word is lost.
	return explore(alphabet, "",
		func(s string, a int) string {
			kind := string(rune('1' + a/2))
			top := len(s) - 1
			switch {
			case s == "x":
			case a%2 == 0 && len(s) < depth:
				return s + kind
			case a%2 == 1 && top >= 0 && s[top:] == kind:
				return s[:top]
			}
			return "x"
		},
		func(s string) int {
			if s == "" {
				return 1
			}
			return 0
		})
}

// Orbit follows a point under permutations or other maps: state p is the point, letters
// are maps, and a word is accepted when it leads point 0 back to itself. One name per map.
func Orbit(names []string, maps []algebra.Map) (*DFA, error) {
	if len(names) != len(maps) || len(maps) == 0 || len(maps[0]) == 0 {
		return nil, fmt.Errorf("orbit: %d names for %d maps: want one each, and points to move", len(names), len(maps))
	}
	degree := len(maps[0])
	next := make([][]int, degree)
	output := make([]int, degree)
	output[0] = 1
	for p := range next {
		for i, x := range maps {
			if len(x) != degree {
				return nil, fmt.Errorf("orbit: map %s has degree %d, map %s %d", names[i], len(x), names[0], degree)
			}
			next[p] = append(next[p], int(x[p]))
		}
	}
	d, err := NewDFA(names, 0, next, output)
	if err != nil {
		return nil, err
	}
	return d.Minimize(), nil
}

func fivePoints() *DFA {
	d, err := Orbit([]string{"a", "b"}, []algebra.Map{{1, 2, 3, 4, 0}, {1, 2, 0, 3, 4}})
	if err != nil {
		panic(err) // the table above is well formed
	}
	return d
}

// explore builds the minimal machine of a transition function on the states that words
// lead to from start.
func explore[S comparable](alphabet []string, start S, next func(S, int) S, output func(S) int) *DFA {
	d := &DFA{alphabet: slices.Clone(alphabet)}
	number := map[S]int32{start: 0}
	order := []S{start}
	for i := 0; i < len(order); i++ {
		d.output = append(d.output, output(order[i]))
		for a := range alphabet {
			s := next(order[i], a)
			if _, ok := number[s]; !ok {
				number[s] = int32(len(order))
				order = append(order, s)
			}
			d.next = append(d.next, number[s])
		}
	}
	return d.Minimize()
}
