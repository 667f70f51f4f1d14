package algebra

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// A moore machine has states 0..len(output)-1 and one map per letter.
type moore struct {
	letters []Map
	output  []int
}

// machine explores a machine from its start, by names of states.
func machine(start string, letters int, next func(state string, letter int) string, output func(state string) int) moore {
	number := map[string]int{start: 0}
	states := []string{start}
	m := moore{letters: make([]Map, letters)}
	for i := 0; i < len(states); i++ {
		m.output = append(m.output, output(states[i]))
		for a := range letters {
			target := next(states[i], a)
			if _, ok := number[target]; !ok {
				number[target] = len(states)
				states = append(states, target)
			}
			m.letters[a] = append(m.letters[a], uint16(number[target]))
		}
	}
	return m
}

// minimal merges equivalent states, by Moore's refinement.
func (m moore) minimal() []Map {
	class := m.output
	for count := 0; ; {
		var keys []string
		for s := range class {
			key := fmt.Sprint(class[s])
			for _, x := range m.letters {
				key += fmt.Sprint(" ", class[x[s]])
			}
			keys = append(keys, key)
		}
		refined := numbered(keys)
		class = class[:0:0]
		for _, c := range refined {
			class = append(class, int(c))
		}
		if slices.Max(class) == count {
			return m.quotient(class, count+1)
		}
		count = slices.Max(class)
	}
}

func (m moore) quotient(class []int, count int) []Map {
	gens := make([]Map, len(m.letters))
	for a, x := range m.letters {
		gens[a] = make(Map, count)
		for s, target := range x {
			gens[a][class[s]] = uint16(class[target])
		}
	}
	return gens
}

// arithmetic is the running value of a chain of numbers and operators mod m,
// products first.
func arithmetic(m int, operators string) moore {
	type state struct {
		kind       string // "D" after a number, "S" after *, "O" after + or -
		sum, value int    // value is the sign after an operator
	}
	mod := func(x int) int { return (x%m + m) % m }
	read := func(s string) (state, bool) {
		var v state
		_, err := fmt.Sscan(s, &v.kind, &v.sum, &v.value)
		return v, err == nil
	}
	write := func(kind string, sum, value int) string { return fmt.Sprint(kind, " ", sum, " ", value) }
	next := func(s string, letter int) string {
		v, ok := read(s)
		digit := letter < m
		switch {
		case s == "start" && digit:
			return write("D", 0, letter)
		case ok && v.kind != "D" && digit:
			return write("D", v.sum, mod(v.value*letter))
		case !ok || v.kind != "D" || digit:
			return "dead"
		case operators[letter-m] == '*':
			return write("S", v.sum, v.value)
		case operators[letter-m] == '+':
			return write("O", mod(v.sum+v.value), 1)
		}
		return write("O", mod(v.sum+v.value), -1)
	}
	return machine("start", m+len(operators), next, func(s string) int {
		if v, ok := read(s); ok && v.kind == "D" {
			return mod(v.sum + v.value)
		}
		return -1
	})
}

// dyck accepts words of k pairs of brackets nested at most depth deep.
func dyck(k, depth int) moore {
	next := func(s string, letter int) string {
		bracket := fmt.Sprint(letter % k)
		switch {
		case s == "dead" || letter < k && len(s) == depth || letter >= k && !strings.HasSuffix(s, bracket):
			return "dead"
		case letter < k:
			return s + bracket
		}
		return strings.TrimSuffix(s, bracket)
	}
	return machine("", 2*k, next, func(s string) int { return count(s == "") })
}

// TestTasks: order, aperiodicity, group orders and derived lengths of the transition
// monoids of popular sequence tasks (minimal Moore machines), computed before by an
// independent program in Python.
func TestTasks(t *testing.T) {
	for _, c := range []struct {
		name      string
		gens      []Map
		states    int
		order     int
		groups    string // the nontrivial ones, order:length
		aperiodic bool
	}{
		{"parity", maps(t, 2, "()", "(1 2)"), 2, 2, "2:1", false},
		{"even pairs", maps(t, 5, "[2 2 2 4 4]", "[5 3 3 5 5]"), 5, 5, "", true},
		{"cycle navigation", maps(t, 5, "(5 4 3 2 1)", "()", "(1 2 3 4 5)"), 5, 5, "5:1", false},
		{"arithmetic mod 5", arithmetic(5, "+-*").minimal(), 51, 518, "4:1 5:1", false},
		{"arithmetic mod 5 without *", arithmetic(5, "+-").minimal(), 16, 92, "5:1", false},
		{"flip-flop", maps(t, 3, "[2 2 2]", "[3 3 3]", "()"), 3, 3, "", true},
		{"(aa)*", maps(t, 2, "(1 2)"), 2, 2, "2:1", false},
		{"Dyck, 2 pairs, depth 3", dyck(2, 3).minimal(), 16, 285, "", true},
		{"A5 on 5 points", maps(t, 5, "(1 2 3 4 5)", "(1 2 3)"), 5, 60, "60:-1", false},
	} {
		m := enumerate(t, c.gens)
		if m.Degree() != c.states || m.Order() != c.order || m.Aperiodicity().Aperiodic != c.aperiodic {
			t.Errorf("%s: %d states, order %d, aperiodic %v", c.name, m.Degree(), m.Order(), m.Aperiodicity().Aperiodic)
		}
		survey, err := MaximalSubgroups(c.gens, 1<<12)
		if err != nil {
			t.Fatal(err)
		}
		groups := map[string]bool{}
		for _, fact := range surveyedFacts(survey) {
			_, orderAndLength, _ := strings.Cut(fact, ":")
			groups[orderAndLength] = true
		}
		var found []string
		for g := range groups {
			found = append(found, g)
		}
		if got := strings.Join(sorted(found), " "); got != c.groups || survey.Aperiodic() != answer(c.aperiodic) {
			t.Errorf("%s: groups %q, aperiodic %v", c.name, got, survey.Aperiodic())
		}
	}
}
