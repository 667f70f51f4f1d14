package embed_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tc0/circuits/threshold"
	"tc0/reductions/embed"
	"tc0/reductions/narrative"
	"tc0/reductions/reductiontest"
	"tc0/theory/algebra"
	"tc0/theory/language"
)

func ExampleLeast() {
	group, _ := algebra.Named("PSL(2,5)")
	table, _ := group.Table(60)
	action, err := embed.Least(table)
	fmt.Println(table.Order(), "elements on", action.Degree(), "points instead of", len(table.Element(0)), err)
	// Output: 60 elements on 5 points instead of 6 <nil>
}

func ExampleTransitions() {
	evenA, _ := language.Regex("(b|ab*a)*", []string{"a", "b"}, 100)
	words, _ := embed.NewTransitions(evenA.Minimize(), 100)
	action, _ := embed.Natural(words.Monoid())
	stories, _ := narrative.Coins(action)

	letters, _ := evenA.Parse("abba")
	elements, _ := words.Forward(letters)
	story, _ := stories.Forward(elements)
	fmt.Print(story)
	element, _ := stories.Answer(story)
	output, err := words.Answer(element)
	fmt.Println("abba in the language:", output, err)
	// Output:
	// Alice holds coin 1. Bob holds coin 2.
	// Alice and Bob trade coins.
	// Nobody trades any coins now.
	// Nobody trades any coins now.
	// Alice and Bob trade coins.
	// Who holds coin 1? Who holds coin 2?
	// abba in the language: 1 <nil>
}

// checkAction is exhaustive over pairs of elements.
func checkAction(t *testing.T, name string, m embed.Monoid, a *embed.Action) {
	t.Helper()
	if a.Order() != m.Order() {
		t.Fatalf("%s: %d maps of %d elements", name, a.Order(), m.Order())
	}
	for i := range m.Order() {
		if len(a.Map(i)) != a.Degree() {
			t.Fatalf("%s: element %d has %d points, the action %d", name, i, len(a.Map(i)), a.Degree())
		}
		if got, err := a.Element(a.Map(i)); err != nil || got != i {
			t.Fatalf("%s: the map of element %d is that of %d: %v", name, i, got, err)
		}
		for j := range m.Order() {
			if !a.Map(i).Then(a.Map(j)).Equal(a.Map(m.Product(i, j))) {
				t.Fatalf("%s: the maps of %d and %d do not multiply to that of their product", name, i, j)
			}
		}
	}
}

// degrees are least degrees of faithful actions, up to six points; for others, what
// Least finds. Sources: the groups are subgroups of S5 and S6 by construction, Q8
// acts on no fewer than 8 points, and the degree of a product of groups of coprime
// order is the sum (Johnson, Minimal permutation representations of finite groups,
// 1971).
var degrees = map[string]int{
	"Z1": 1, "Z2": 2, "Z4": 4, "Z6": 5, "Z12": 7, "Z60": 12,
	"S3": 3, "S4": 4, "A4": 4, "S5": 5, "A5": 5, "A6": 6, "S6": 6,
	"D4": 4, "D5": 5, "D6": 5, "Q8": 8,
	"Z2xZ2": 4, "Z2xZ2xZ2": 6, "Z3xZ3": 6, "S3xZ2": 5, "S3xS3": 6, "A4xZ2": 6, "A4xZ5": 9,
	"SL(2,2)": 3, "PSL(2,3)": 4, "PSL(2,5)": 5, "PSL(2,7)": 8, "SL(2,3)": 8,
}

func TestActions(t *testing.T) {
	for name, degree := range degrees {
		table := reductiontest.Elements(t, name)
		natural, err := embed.Natural(table)
		if err != nil {
			t.Fatal(err)
		}
		least, err := embed.Least(table)
		if err != nil {
			t.Fatal(err)
		}
		if least.Degree() != degree {
			t.Errorf("%s: %d points, expected %d", name, least.Degree(), degree)
		}
		if table.Order() <= 120 {
			checkAction(t, name, table, natural)
			checkAction(t, name, table, least)
			regular, err := embed.Regular(table)
			if err != nil {
				t.Fatal(err)
			}
			checkAction(t, name, table, regular)
		}
	}
}

// TestMonoids takes monoids that are not groups.
func TestMonoids(t *testing.T) {
	for name, gens := range map[string][]algebra.Map{
		"flip-flop": {{0, 0}, {1, 1}},
		"T3":        {{1, 2, 0}, {1, 0, 2}, {0, 0, 2}},
		"zero":      {{1, 1}},
	} {
		m, err := algebra.Enumerate(gens, 100)
		if err != nil {
			t.Fatal(err)
		}
		for _, make := range []func() (*embed.Action, error){
			func() (*embed.Action, error) { return embed.Natural(m) },
			func() (*embed.Action, error) { return embed.Regular(m) },
			func() (*embed.Action, error) { return embed.Least(m) },
		} {
			a, err := make()
			if err != nil {
				t.Fatal(err)
			}
			checkAction(t, name, m, a)
		}
		for n := range embed.MaxSymmetric {
			if _, err := embed.Symmetric(m, n+1); err == nil {
				t.Errorf("%s is said to embed in S%d", name, n+1)
			}
		}
	}
}

// TestSwaps checks exchanges of items against the map, and their number against
// its cycles.
func TestSwaps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 12).Draw(t, "points")
		points := make([]uint16, n)
		for p := range points {
			points[p] = uint16(p)
		}
		x := algebra.Map(rapid.Permutation(points).Draw(t, "x"))
		item := algebra.Identity(n) // on each point
		swaps := embed.Swaps(x)
		for _, s := range swaps {
			item[s[0]], item[s[1]] = item[s[1]], item[s[0]]
		}
		for q, p := range item {
			if int(x[p]) != q {
				t.Fatalf("%v by %v leaves item %d on %d", x, swaps, p, q)
			}
		}
		if len(swaps) > max(n-1, 0) {
			t.Fatalf("%v takes %d exchanges, expected at most %d", x, len(swaps), n-1)
		}
	})
}

// limited is a monoid of many elements that must not be asked for products.
type limited struct{ order int }

func (m limited) Order() int                { return m.order }
func (m limited) Product(int, int) int      { panic("asked for a product") }
func (m limited) Element(i int) algebra.Map { return algebra.Map{0} }

func TestErrors(t *testing.T) {
	a4 := reductiontest.Elements(t, "A4")
	for name, tc := range map[string]struct {
		f    func() error
		want string
	}{
		"large": {func() error { _, err := embed.Regular(limited{513}); return err },
			"an action of 513 elements on 513 points: the limit is 262144 images together"},
		"huge": {func() error { _, err := embed.Regular(limited{1 << 62}); return err },
			"an action of 4611686018427387904 elements on 4611686018427387904 points: the limit is 262144 images together"},
		"natural": {func() error { _, err := embed.Natural(limited{1 << 40}); return err },
			"an action of 1099511627776 elements on 1 points: the limit is 262144 images together"},
		"not faithful": {func() error { _, err := embed.Natural(limited{2}); return err },
			"the action is not faithful: elements 0 and 1 are both ()"},
		"no embedding": {func() error { _, err := embed.Symmetric(reductiontest.Elements(t, "Q8"), 5); return err },
			"no embedding into S5: 8 elements, and no choice of generators' images is one-to-one and multiplicative"},
		"no order": {func() error { _, err := embed.Symmetric(reductiontest.Elements(t, "Z7"), 6); return err },
			"no embedding into S6: 7 elements, and no choice of generators' images is one-to-one and multiplicative"},
		"degree": {func() error { _, err := embed.Symmetric(a4, 7); return err },
			"embeddings into S7: only degrees 1 to 6 are searched"},
		"not an element": {func() error {
			a, err := embed.Natural(a4)
			if err == nil {
				_, err = a.Element(algebra.Map{1, 0, 2, 3})
			}
			return err
		}, "(1 2) is not the map of one of the 12 elements"},
		"recogniser": {func() error { _, err := embed.Recogniser(limited{4096}, func(int) bool { return true }); return err },
			"an action of 4096 elements on 4096 points: the limit is 262144 images together"},
		"letter": {func() error { _, err := parity(t).Forward([]int{0, 2}); return err },
			"letter 2 of the word: letter 2, expected 0 to 1"},
		"element": {func() error { _, err := parity(t).Answer(2); return err }, "element 2, expected 0 to 1"},
	} {
		if err := tc.f(); err == nil || err.Error() != tc.want {
			t.Errorf("%s: %v\nexpected %s", name, err, tc.want)
		}
	}
	_, err := embed.NewTransitions(language.ModularArithmetic(5, true), 10)
	var limit *algebra.LimitError
	if !errors.As(err, &limit) {
		t.Errorf("%v, expected a limit error", err)
	}
}

func parity(t testing.TB) *embed.Transitions {
	t.Helper()
	p, err := embed.NewTransitions(language.Parity(), 10)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestRecogniser compares acceptance with products on random words.
func TestRecogniser(t *testing.T) {
	s4 := reductiontest.Elements(t, "S4")
	rapid.Check(t, func(t *rapid.T) {
		wanted := rapid.SliceOfN(rapid.Bool(), 24, 24).Draw(t, "wanted")
		d, err := embed.Recogniser(s4, func(i int) bool { return wanted[i] })
		if err != nil {
			t.Fatal(err)
		}
		word := rapid.SliceOfN(rapid.IntRange(0, 23), 0, 20).Draw(t, "word")
		product := reductiontest.Product(s4, word)
		if d.Accepts(word) != wanted[product] || d.Alphabet()[13] != "13" {
			t.Fatalf("%v with product %d is accepted: %v", word, product, d.Accepts(word))
		}
	})
}

// TestTransitions compares the output read off the product with that of the
// automaton, on random words of the named tasks.
func TestTransitions(t *testing.T) {
	elsewhere, err := language.NewDFA([]string{"a", "b"}, 2, [][]int{{1, 0}, {2, 0}, {0, 2}}, []int{5, 7, 0})
	if err != nil {
		t.Fatal(err)
	}
	for name, d := range map[string]*language.DFA{
		"another start": elsewhere,
		"parity":        language.Parity(), "even pairs": language.EvenPairs(), "flip-flop": language.FlipFlop(),
		"navigation": language.CycleNavigation(5), "arithmetic": language.ModularArithmetic(3, true),
	} {
		words, err := embed.NewTransitions(d, 10000)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		m := words.Monoid()
		rapid.Check(t, func(t *rapid.T) {
			word := rapid.SliceOfN(rapid.IntRange(0, d.Letters()-1), 0, 20).Draw(t, "word")
			elements, err := words.Forward(word)
			if err != nil {
				t.Fatal(err)
			}
			product := reductiontest.Product(m, elements)
			if got, err := words.Answer(product); err != nil || got != d.Output(d.Run(d.Start(), word)) {
				want := d.Output(d.Run(d.Start(), word))
				t.Fatalf("%s: output %d (%v) after %v, the automaton has %d", name, got, err, word, want)
			}
		})
		checkCircuit(t, name, d, words)
	}
}

// checkCircuit is exhaustive over letters: the circuit for one letter writes its
// element.
func checkCircuit(t *testing.T, name string, d *language.DFA, words *embed.Transitions) {
	t.Helper()
	c, err := words.Blocks().Circuit(1)
	if err != nil {
		t.Fatal(err)
	}
	for a := range d.Letters() {
		labels, _, err := threshold.NewSimulator(c).Run(context.Background(), [][]int{{a}})
		if err != nil {
			t.Fatal(err)
		}
		want, err := words.Forward([]int{a})
		if err != nil {
			t.Fatal(err)
		}
		got := labels[0][0]
		if len(got) != 1 || words.Blocks().Symbols()[got[0]] != strconv.Itoa(want[0]) {
			t.Errorf("%s: letter %d is written as symbols %v, expected element %d", name, a, got, want[0])
		}
	}
}

// gapScript prints, for all groups of orders that divide 720, up to 30, the least
// degree up to 6 of a faithful action, 0 if there is none, and generators on the
// group's elements. A faithful action is one on the cosets of subgroups whose cores
// have only the identity in common.
const gapScript = `
SizeScreen([4096, 24]);;
LoadPackage("smallgrp");;
least := function(g)
  local subgroups, best, search;
  subgroups := List(ConjugacyClassesSubgroups(g), Representative);
  subgroups := Filtered(subgroups, u -> Index(g, u) <= 6);
  best := 7;
  search := function(core, degree, first)
    local k;
    if Size(core) = 1 then best := degree; return; fi;
    for k in [first..Length(subgroups)] do
      if degree + Index(g, subgroups[k]) < best then
        search(Intersection(core, Core(g, subgroups[k])), degree + Index(g, subgroups[k]), k + 1);
      fi;
    od;
  end;
  search(g, 0, 1);
  if best = 7 then return 0; fi;
  return Maximum(1, best);
end;;
for n in Filtered([1..30], n -> 720 mod n = 0) do for i in [1..NrSmallGroups(n)] do
  p := Image(RegularActionHomomorphism(SmallGroup(n, i)));;
  Print(n, ";", i, ";", least(p));; for x in GeneratorsOfGroup(p) do Print(";", x);; od; Print("\n");
od; od;
QUIT;
`

// TestGAP compares, for all groups of order up to 30 that divides 720, whether and
// where they embed, with GAP.
func TestGAP(t *testing.T) {
	gap, err := exec.LookPath("gap")
	if err != nil {
		t.Skip("needs gap with smallgrp (Debian gap-core, gap-smallgrp): not installed")
	}
	cmd := exec.Command(gap, "-q", "-A", "-b")
	cmd.Stdin = strings.NewReader(gapScript)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	groups := 0
	lines := bufio.NewScanner(strings.NewReader(string(out)))
	for lines.Scan() {
		fields := strings.Split(lines.Text(), ";")
		if len(fields) < 3 {
			continue
		}
		groups++
		order, _ := strconv.Atoi(fields[0])
		want, _ := strconv.Atoi(fields[2])
		if got := leastOf(t, order, fields[3:]); got != want {
			t.Errorf("group %s of order %s: least degree %d, GAP has %d", fields[1], fields[0], got, want)
		}
	}
	if groups < 60 {
		t.Errorf("%d groups from GAP, expected 60 or more:\n%.1000s", groups, out)
	}
	t.Logf("%d groups", groups)
}

// leastOf is the least degree of an embedding that Symmetric finds, 0 if none.
func leastOf(t *testing.T, order int, cycles []string) int {
	t.Helper()
	gens := []algebra.Map{algebra.Identity(order)}
	for _, c := range cycles {
		x, err := algebra.ParseMap(c, order)
		if err != nil {
			t.Fatal(err)
		}
		gens = append(gens, x)
	}
	m, err := algebra.Enumerate(gens, order)
	if err != nil || m.Order() != order {
		t.Fatalf("%d elements of %d: %v", m.Order(), order, err)
	}
	for n := 1; n <= embed.MaxSymmetric; n++ {
		if a, err := embed.Symmetric(m, n); err == nil {
			checkAction(t, fmt.Sprint(cycles), m, a)
			return n
		}
	}
	return 0
}

func TestSwapBlocks(t *testing.T) {
	a, err := embed.Natural(reductiontest.Elements(t, "S3"))
	if err != nil {
		t.Fatal(err)
	}
	u, err := a.SwapBlocks(2, func(p, q int) []string { return []string{fmt.Sprint(p, q)} }, []string{"-"})
	if err != nil {
		t.Fatal(err)
	}
	got, err := u.Apply([]int{0, 1, 3})
	if diff := cmp.Diff([]string{"-", "-", "1 2", "-", "0 2", "0 1"}, got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
}
