package language

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tc0/theory/algebra"
)

// words lists all words of up to the given length over k letters, in shortlex order.
func words(k, length int) [][]int {
	all := [][]int{{}}
	for i := 0; i < len(all); i++ {
		if len(all[i]) == length {
			break
		}
		for a := range k {
			all = append(all, append(slices.Clone(all[i]), a))
		}
	}
	return all
}

func mustRegex(t testing.TB, expression string, alphabet ...string) *DFA {
	t.Helper()
	d, err := Regex(expression, alphabet, 10000)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// randomDFA draws an automaton, complete but not minimal, perhaps with unreachable states.
func randomDFA(t *rapid.T, outputs int) *DFA {
	n := rapid.IntRange(1, 9).Draw(t, "states")
	k := rapid.IntRange(1, 3).Draw(t, "letters")
	next := make([][]int, n)
	output := make([]int, n)
	for q := range next {
		next[q] = rapid.SliceOfN(rapid.IntRange(0, n-1), k, k).Draw(t, "row")
		output[q] = rapid.IntRange(0, outputs-1).Draw(t, "output")
	}
	d, err := NewDFA([]string{"a", "b", "c"}[:k], rapid.IntRange(0, n-1).Draw(t, "start"), next, output)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// A denotation is an expression's text in our dialect and in Go's (empty when Go lacks an
// operator in it), and the language as a set of words of at most depth letters.
type denotation struct {
	text, gotext string
	words        map[string]bool
}

const depth = 5

func randomExpression(t *rapid.T, size int) denotation {
	universe := map[string]bool{}
	for _, w := range words(2, depth) {
		universe[FormatWord([]string{"a", "b"}, w)] = true
	}
	delete(universe, "ε")
	universe[""] = true
	var build func(size int) denotation
	concat := func(l, r map[string]bool) map[string]bool {
		out := map[string]bool{}
		for u := range l {
			for v := range r {
				if len(u)+len(v) <= depth {
					out[u+v] = true
				}
			}
		}
		return out
	}
	build = func(size int) denotation {
		if size <= 1 {
			return rapid.SampledFrom([]denotation{
				{"a", "a", map[string]bool{"a": true}},
				{"b", "b", map[string]bool{"b": true}},
				{"()", "(?:)", map[string]bool{"": true}},
				{"[]", "", map[string]bool{}},
				{".", "[ab]", map[string]bool{"a": true, "b": true}},
				{"[^a]", "[^ac-z]", map[string]bool{"b": true}},
			}).Draw(t, "leaf")
		}
		left := rapid.IntRange(1, size-1).Draw(t, "left")
		l := build(left)
		switch rapid.SampledFrom([]string{"|", "&", "", "~", "{}", "*", "+?"}).Draw(t, "operator") {
		case "|":
			r := build(size - left)
			out := map[string]bool{}
			for _, s := range []map[string]bool{l.words, r.words} {
				for w := range s {
					out[w] = true
				}
			}
			return denotation{"(" + l.text + "|" + r.text + ")", join(l, r, "(?:", "|", ")"), out}
		case "&":
			r := build(size - left)
			out := map[string]bool{}
			for w := range l.words {
				if r.words[w] {
					out[w] = true
				}
			}
			return denotation{"(" + l.text + "&" + r.text + ")", "", out}
		case "":
			r := build(size - left)
			return denotation{"(" + l.text + " " + r.text + ")", join(l, r, "(?:", "", ")"), concat(l.words, r.words)}
		case "~":
			out := map[string]bool{}
			for w := range universe {
				if !l.words[w] {
					out[w] = true
				}
			}
			return denotation{"(~" + l.text + ")", "", out}
		case "{}":
			low := rapid.IntRange(0, 2).Draw(t, "low")
			high := rapid.IntRange(low, 3).Draw(t, "high")
			return repeated(l, fmt.Sprintf("{%d,%d}", low, high), low, high, concat)
		case "*":
			return repeated(l, "*", 0, depth, concat)
		}
		if rapid.Bool().Draw(t, "plus") {
			return repeated(l, "+", 1, depth+1, concat)
		}
		return repeated(l, "?", 0, 1, concat)
	}
	return build(size)
}

func join(l, r denotation, open, separator, closing string) string {
	if l.gotext == "" || r.gotext == "" {
		return ""
	}
	return open + l.gotext + separator + r.gotext + closing
}

func repeated(l denotation, postfix string, low, high int, concat func(l, r map[string]bool) map[string]bool) denotation {
	out, power := map[string]bool{}, map[string]bool{"": true}
	for i := 0; i <= high; i++ {
		if i >= low {
			for w := range power {
				out[w] = true
			}
		}
		power = concat(power, l.words)
	}
	d := denotation{"(" + l.text + postfix + ")", "", out}
	if l.gotext != "" {
		d.gotext = "(?:(?:" + l.gotext + ")" + postfix + ")"
	}
	return d
}

// The meaning of an expression is compared with its definition on all words up to length
// 5, and where the operators are Go's with Go's regexp.
func TestRegexMeaning(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := randomExpression(t, rapid.IntRange(1, 8).Draw(t, "size"))
		d, err := Regex(x.text, []string{"a", "b"}, 10000)
		if err != nil {
			t.Fatal(err)
		}
		m := d.Minimize()
		var other *regexp.Regexp
		if x.gotext != "" {
			other = regexp.MustCompile("^(?:" + x.gotext + ")$")
		}
		for _, w := range words(2, depth) {
			text := strings.TrimPrefix(d.Format(w), "ε")
			if d.Accepts(w) != x.words[text] || m.Accepts(w) != x.words[text] {
				t.Fatalf("%s on %q: automaton %v, minimal %v, definition %v",
					x.text, text, d.Accepts(w), m.Accepts(w), x.words[text])
			}
			if other != nil && other.MatchString(text) != x.words[text] {
				t.Fatalf("%s on %q: regexp %s disagrees with the definition", x.text, text, x.gotext)
			}
		}
	})
}

func TestRegexDialect(t *testing.T) {
	for _, c := range []struct {
		expression string
		alphabet   []string
		states     int // of the minimal automaton
		in, out    []string
	}{
		{"(a|b)*abb", nil, 4, []string{"abb", "babb"}, []string{"", "ab", "abba"}},
		{"~(a*)", []string{"a", "b"}, 2, []string{"b", "ab"}, []string{"", "aa"}},
		{"~a*", []string{"a", "b"}, 2, []string{"b", "ab"}, []string{"", "aa"}},
		{"(~a)*", []string{"a", "b"}, 3, []string{"", "aa", "b"}, []string{"a"}},
		{"a&b", nil, 1, nil, []string{"", "a", "b"}},
		{"a|b&c", nil, 3, []string{"a"}, []string{"b", "c"}},
		{`"w0" "w1"*`, nil, 3, []string{"w0", "w0 w1 w1"}, []string{"w1"}},
		{`[a-c"zz"]{2}`, nil, 4, []string{"a zz", "b c"}, []string{"a"}},
		{`[^a]+`, []string{"a", "b", "c"}, 3, []string{"bc"}, []string{"a", ""}},
		{`\|\\\"`, nil, 5, []string{`|\"`}, []string{`|`}},
		{`\n|\t`, nil, 3, nil, nil},
		{" a  b ", nil, 4, []string{"ab"}, nil},
		{"ε|a", nil, 3, []string{"", "a"}, []string{"aa"}},
		{"∅|a", nil, 3, []string{"a"}, []string{""}},
		{"a{3}", nil, 5, []string{"aaa"}, []string{"aa", "aaaa"}},
		{"a{2,}", nil, 3, []string{"aa", "aaaaa"}, []string{"a"}},
		{"a{2,3}", nil, 5, []string{"aa", "aaa"}, []string{"a", "aaaa"}},
		{"a{1000}", nil, 1002, nil, nil},
		{"[a-]", nil, 3, []string{"a", "-"}, nil},
		{"0*(1 0* 1 0*)*", nil, 2, []string{"11", "0110"}, []string{"1"}},
	} {
		d := mustRegex(t, c.expression, c.alphabet...).Minimize()
		if d.States() != c.states {
			t.Errorf("%s: %d states, want %d", c.expression, d.States(), c.states)
		}
		for i, text := range slices.Concat(c.in, c.out) {
			w, err := d.Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			if want := i < len(c.in); d.Accepts(w) != want {
				t.Errorf("%s on %q: %v, want %v", c.expression, text, d.Accepts(w), want)
			}
		}
	}
}

func TestRegexErrors(t *testing.T) {
	for _, c := range []struct{ expression, want string }{
		{"(ab", "regular expression, character 1: '(' is never closed"},
		{"a(b(c)", "regular expression, character 2: '(' is never closed"},
		{"ab)", "regular expression, character 3: ')' closes nothing"},
		{"a]", "regular expression, character 2: ']' closes nothing"},
		{"[ab", "regular expression, character 1: '[' is never closed"},
		{`a"bc`, "regular expression, character 2: the quote is never closed"},
		{`""`, `regular expression, character 1: "" is not a letter: the empty word is ()`},
		{"*a", "regular expression, character 1: '*' repeats nothing: write a letter or an expression before it"},
		{"a||b", "regular expression, character 3: an expression is missing here; the empty word is ()"},
		{"", "regular expression, character 1: an expression is missing here; the empty word is ()"},
		{"é&", "regular expression, character 3: an expression is missing here; the empty word is ()"},
		{"a{2", "regular expression, character 2: the count is not of the form {m}, {m,} or {m,n}"},
		{"a{x}", "regular expression, character 2: the count is not of the form {m}, {m,} or {m,n}"},
		{"a{3,2}", "regular expression, character 2: the count {3,2} is empty: want the smaller number first"},
		{"a{99999999}", "regular expression, character 2: the count is larger than 1048576"},
		{"a\\", "regular expression, character 2: a character is missing after the backslash"},
		{`\d`, `regular expression, character 1: \d is not an escape; a letter or digit stands for itself`},
		{"[z-a]", "regular expression, character 2: z-a is not an ascending range of characters"},
		{"[^]", "regular expression, character 1: [^] is not an expression: any letter is ."},
		{"()", "regular expression: no letter in it: give the alphabet"},
		{"~", "regular expression, character 2: an expression is missing here; the empty word is ()"},
		{strings.Repeat("(", 2000), "regular expression, character 1001: nested deeper than 1000"},
		{"a\xff", "regular expression: not UTF-8"},
		{"(a|b)*a(a|b){20}", "regular expression: more than 1000 states, or too much memory: the limit on states is reached"},
	} {
		_, err := Regex(c.expression, nil, 1000)
		if err == nil || err.Error() != c.want {
			t.Errorf("%.20q:\n got %v\nwant %s", c.expression, err, c.want)
		}
	}
	_, err := Regex("ab", []string{"a"}, 10)
	if want := `regular expression, character 2: letter "b" is not in the alphabet`; err == nil || err.Error() != want {
		t.Errorf("outside the alphabet: %v, want %s", err, want)
	}
	if _, err := Regex("a", []string{"a", "a"}, 10); err == nil {
		t.Error("an alphabet with a letter twice was accepted")
	}
}

// A minimal automaton gives the same outputs, has pairwise distinguishable states, and
// every witness is the first word that does its work.
func TestMinimize(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := randomDFA(t, 3)
		m := d.Minimize()
		short := words(d.Letters(), 6)
		for _, w := range short {
			if got, want := m.Output(m.Run(m.Start(), w)), d.Output(d.Run(d.Start(), w)); got != want {
				t.Fatalf("after %s: output %d, want %d", d.Format(w), got, want)
			}
		}
		if word, equal, err := Equivalent(d, m); err != nil || !equal {
			t.Fatalf("minimal automaton differs on %v (%v)", word, err)
		}
		for p := range m.States() {
			first := slices.IndexFunc(short, func(w []int) bool { return m.Run(m.Start(), w) == p })
			access, ok := m.AccessWord(p)
			if !ok || first >= 0 && !slices.Equal(access, short[first]) || m.Run(m.Start(), access) != p {
				t.Fatalf("access word %v of state %d", access, p)
			}
			for q := range p {
				word, ok := m.Distinguish(p, q)
				if !ok {
					t.Fatalf("states %d and %d are equivalent", p, q)
				}
				first := slices.IndexFunc(short, func(w []int) bool { return m.Output(m.Run(p, w)) != m.Output(m.Run(q, w)) })
				if first >= 0 && !slices.Equal(word, short[first]) || m.Output(m.Run(p, word)) == m.Output(m.Run(q, word)) {
					t.Fatalf("states %d and %d: word %v", p, q, word)
				}
			}
		}
		if again := m.Minimize(); !cmp.Equal(again, m, cmp.AllowUnexported(DFA{})) {
			t.Fatal("minimizing twice changes the automaton")
		}
	})
}

func TestEquivalent(t *testing.T) {
	a, b := mustRegex(t, "(ab)*"), mustRegex(t, "()|a(ba)*b|abab")
	if word, equal, err := Equivalent(a, b); !equal || err != nil {
		t.Errorf("equal languages: differ on %v, %v", word, err)
	}
	word, equal, err := Equivalent(mustRegex(t, "(ab){0,3}"), a)
	if equal || err != nil || a.Format(word) != "abababab" {
		t.Errorf("(ab){0,3} and (ab)*: %v, %v, %v", word, equal, err)
	}
	word, equal, err = Equivalent(mustRegex(t, "ab", "a", "b"), mustRegex(t, "ab", "b", "a"))
	if !equal || err != nil {
		t.Errorf("letters in another order: %v, %v", word, err)
	}
	if _, _, err = Equivalent(a, mustRegex(t, "a")); err == nil {
		t.Error("different alphabets were compared")
	}
	if got := mustRegex(t, "a*", "a", "b").Complement(); got.Accepts(nil) || !got.Accepts([]int{1}) {
		t.Error("complement")
	}
}

// Determinize agrees with a search over the edges of the nondeterministic automaton.
func TestDeterminize(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := &NFA{Alphabet: []string{"a", "b"}, States: rapid.IntRange(1, 6).Draw(t, "states")}
		state := rapid.IntRange(0, n.States-1)
		n.Start = rapid.SliceOfN(state, 1, 2).Draw(t, "start")
		n.Accept = rapid.SliceOfN(state, 0, 3).Draw(t, "accept")
		for range rapid.IntRange(0, 12).Draw(t, "edges") {
			n.Edges = append(n.Edges, Edge{state.Draw(t, "from"), rapid.IntRange(Epsilon, 1).Draw(t, "letter"), state.Draw(t, "to")})
		}
		d, err := n.Determinize(1 << 10)
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range words(2, 5) {
			if got, want := d.Accepts(w), reaches(n, w); got != want {
				t.Fatalf("%v on %s: %v, want %v", n, d.Format(w), got, want)
			}
		}
	})
}

// reaches searches the pairs of a state and a position in the word.
func reaches(n *NFA, w []int) bool {
	type at struct{ state, position int }
	var todo []at
	seen := map[at]bool{}
	for _, q := range n.Start {
		todo = append(todo, at{q, 0})
	}
	for len(todo) > 0 {
		x := todo[0]
		todo = todo[1:]
		if seen[x] {
			continue
		}
		seen[x] = true
		if x.position == len(w) && slices.Contains(n.Accept, x.state) {
			return true
		}
		for _, e := range n.Edges {
			if e.From == x.state && e.Letter == Epsilon {
				todo = append(todo, at{e.To, x.position})
			}
			if e.From == x.state && x.position < len(w) && e.Letter == w[x.position] {
				todo = append(todo, at{e.To, x.position + 1})
			}
		}
	}
	return false
}

func TestDeterminizeLimit(t *testing.T) {
	n := &NFA{Alphabet: []string{"a", "b"}, States: 12, Start: []int{0}, Accept: []int{11}}
	n.Edges = []Edge{{0, 0, 0}, {0, 1, 0}, {0, 0, 1}}
	for q := 1; q < 11; q++ {
		n.Edges = append(n.Edges, Edge{q, 0, q + 1}, Edge{q, 1, q + 1})
	}
	if d, err := n.Determinize(2048); err != nil || d.States() != 2048 {
		t.Errorf("within the limit: %v", err)
	}
	if _, err := n.Determinize(2047); err == nil {
		t.Error("no error beyond the limit")
	}
}

func TestNewDFAErrors(t *testing.T) {
	ab := []string{"a", "b"}
	for name, f := range map[string]func() (*DFA, error){
		"no letters":     func() (*DFA, error) { return NewDFA(nil, 0, [][]int{{}}, []int{0}) },
		"letter twice":   func() (*DFA, error) { return NewDFA([]string{"a", "a"}, 0, [][]int{{0, 0}}, []int{0}) },
		"no states":      func() (*DFA, error) { return NewDFA(ab, 0, nil, nil) },
		"start":          func() (*DFA, error) { return NewDFA(ab, 1, [][]int{{0, 0}}, []int{0}) },
		"short row":      func() (*DFA, error) { return NewDFA(ab, 0, [][]int{{0}}, []int{0}) },
		"state too high": func() (*DFA, error) { return NewDFA(ab, 0, [][]int{{0, 1}}, []int{0}) },
		"outputs":        func() (*DFA, error) { return NewDFA(ab, 0, [][]int{{0, 0}}, []int{0, 0}) },
	} {
		if _, err := f(); err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want one line", name, err)
		}
	}
}

// The figures are those of task_algebra in the landscape of state-tracking tasks, where
// an independent program computed them.
func TestTasks(t *testing.T) {
	type figures struct {
		Name                     string
		States, Order, Stability int
		Aperiodic, Quasi         bool
	}
	want := []figures{
		{"parity_check", 2, 2, 1, false, false},
		{"even_pairs", 5, 5, 2, true, true},
		{"cycle_navigation", 5, 5, 0, false, false},
		{"modular_arithmetic", 51, 518, 0, false, false},
		{"modular_arithmetic_no_product", 16, 92, 0, false, false}, // 31 with unreachable states: see below
		{"flip_flop", 3, 3, 0, true, true},
		{"(aa)*", 2, 2, 2, false, true},
		{"dyck-2-3", 16, 285, 0, true, true},
		{"a5", 5, 60, 0, false, false},
	}
	for i, task := range Tasks() {
		m, err := task.Machine.TransitionMonoid(1000)
		if err != nil {
			t.Fatal(err)
		}
		s, err := Stable(m, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		_, quasi := s.Aperiodic()
		aperiodic := true
		for x := range m.Order() {
			if _, period := m.Power(x); period > 1 {
				aperiodic = false
			}
		}
		got := figures{task.Name, task.Machine.States(), m.Order(), s.Index, aperiodic, quasi}
		if want[i].Stability == 0 {
			t.Logf("%s: stability index %d", task.Name, s.Index)
			got.Stability = 0
		}
		if diff := cmp.Diff(want[i], got); diff != "" {
			t.Errorf("%s", diff)
		}
		named, err := NamedTask(task.Name)
		if err != nil || !cmp.Equal(named.Machine, task.Machine, cmp.AllowUnexported(DFA{})) {
			t.Errorf("%s by name: %v", task.Name, err)
		}
	}
	if _, err := NamedTask("parity"); err == nil {
		t.Error("an unknown task was found")
	}
}

// The table's figure for modular arithmetic without products is 31 states: the classes of
// equivalent states when those that only a product leads to are kept.
func TestTaskStatesWithUnreachable(t *testing.T) {
	d := ModularArithmetic(5, true)
	k := d.Letters() - 1
	if d.Alphabet()[k] != "*" {
		t.Fatalf("alphabet %v", d.Alphabet())
	}
	next := make([][]int, d.States())
	output := make([]int, d.States())
	for q := range next {
		output[q] = d.Output(q)
		for a := range k {
			next[q] = append(next[q], d.Next(q, a))
		}
	}
	without, err := NewDFA(d.Alphabet()[:k], d.Start(), next, output)
	if err != nil {
		t.Fatal(err)
	}
	classes := 0
	for q := range without.States() {
		first := true
		for p := range q {
			if _, ok := without.Distinguish(p, q); !ok {
				first = false
			}
		}
		if first {
			classes++
		}
	}
	if classes != 31 {
		t.Errorf("%d classes, want 31", classes)
	}
	if _, equal, err := Equivalent(without, ModularArithmetic(5, false)); !equal || err != nil {
		t.Errorf("another language without the letter *: %v", err)
	}
}

func TestTaskMeaning(t *testing.T) {
	for _, c := range []struct {
		task, word string
		want       int
	}{
		{"parity_check", "1 0 1 1", 1},
		{"even_pairs", "0 1 0", 0},
		{"even_pairs", "0 1 1", 1},
		{"cycle_navigation", "1 1 0 -1 1 1 1 1", 0},
		{"modular_arithmetic", "2 + 3 * 4 - 1", 3},
		{"modular_arithmetic", "2 +", -1},
		{"modular_arithmetic", "2 2", -1},
		{"modular_arithmetic_no_product", "1 - 3", 3},
		{"flip_flop", "w1 i w0 r", 1},
		{"(aa)*", "a a", 1},
		{"dyck-2-3", "(1 (2 )2 (1 (1 )1 )1 )1", 1},
		{"dyck-2-3", "(1 (1 (1 (1 )1 )1 )1 )1", 0},
		{"dyck-2-3", "(1 )2", 0},
		{"a5", "a a a a a", 1},
		{"a5", "a b", 0},
	} {
		task, err := NamedTask(c.task)
		if err != nil {
			t.Fatal(err)
		}
		w, err := task.Machine.Parse(c.word)
		if err != nil {
			t.Fatal(err)
		}
		if got := task.Machine.Output(task.Machine.Run(task.Machine.Start(), w)); got != c.want {
			t.Errorf("%s after %s: %d, want %d", c.task, c.word, got, c.want)
		}
	}
}

// Stable agrees with the definition, computed on sets of maps.
func TestStable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := randomDFA(t, 2).Minimize()
		m, err := d.TransitionMonoid(3000)
		if err != nil {
			t.Skip("a larger monoid than the definition is worth trying on")
		}
		s, err := Stable(m, 1<<22)
		if err != nil {
			t.Fatal(err)
		}
		maps, _ := d.Maps()
		power := make([]map[string]algebra.Map, 2*s.Index+1)
		power[0] = map[string]algebra.Map{"": algebra.Identity(d.States())}
		for n := 1; n <= 2*s.Index; n++ {
			power[n] = map[string]algebra.Map{}
			for _, x := range power[n-1] {
				for _, a := range maps {
					y := x.Then(a)
					power[n][fmt.Sprint([]uint16(y))] = y
				}
			}
		}
		for n := 1; n <= s.Index; n++ {
			if same := cmp.Equal(power[n], power[2*n]); same != (n == s.Index) {
				t.Fatalf("index %d, but η(Σ^%d) = η(Σ^%d) is %v", s.Index, n, 2*n, same)
			}
		}
		if len(s.Semigroup) != len(power[s.Index]) {
			t.Fatalf("%d elements, want %d", len(s.Semigroup), len(power[s.Index]))
		}
		for _, x := range s.Semigroup {
			word, ok := s.Word(x)
			if !ok || len(word) != s.Index || value(m, word) != x {
				t.Fatalf("word %v of element %d", word, x)
			}
		}
	})
}

func TestStableLimit(t *testing.T) {
	m, err := CycleNavigation(5).TransitionMonoid(10)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Stable(m, 3); err == nil {
		t.Error("no error beyond the limit")
	}
}

func TestParseWord(t *testing.T) {
	d := FlipFlop()
	w, err := d.Parse(" w0 i  r ")
	if err != nil || d.Format(w) != "w0 i r" {
		t.Errorf("%v, %v", w, err)
	}
	if _, err := d.Parse("w2"); err == nil || err.Error() != `word: letter 1 is "w2": the alphabet is w0 w1 i r` {
		t.Errorf("unknown letter: %v", err)
	}
	if w, err := d.Parse("ε"); err != nil || len(w) != 0 || d.Format(w) != "ε" {
		t.Errorf("empty word: %v, %v", w, err)
	}
}

func value(m *algebra.Monoid, word []int) int {
	x := 0
	for _, g := range word {
		x = m.Right(x, g)
	}
	return x
}
