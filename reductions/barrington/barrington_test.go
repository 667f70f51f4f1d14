package barrington

import (
	"errors"
	"fmt"
	"iter"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tc0/reductions/formula"
	"tc0/theory/algebra"
	"tc0/theory/language"
)

type problem struct {
	name string
	*Language
}

// problems are five groups, three monoids and a regular language.
func problems(t testing.TB) (ps []problem) {
	t.Helper()
	for _, name := range []string{"S5", "A5", "A6", "PSL(2,7)", "SL(2,5)"} {
		ps = append(ps, problem{name, named(t, name)})
	}
	for _, m := range monoids {
		ps = append(ps, problem{m.name, generated(t, m.degree, m.generators)})
	}
	return append(ps, problem{"regular language", automaton(t, s5(t))})
}

// TestFormulas: the instances of 200 random formulas of depth up to 6 over each problem
// have exactly the length claimed, and every answer is the formula's value, on all
// assignments to up to 6 variables.
func TestFormulas(t *testing.T) {
	for _, p := range problems(t) {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			if err := p.witness.Check(); err != nil {
				t.Fatal(err)
			}
			draw := rand.New(rand.NewPCG(3, 0))
			for i := range 200 {
				f := random(t, draw, 1+draw.IntN(6), i%7)
				in := NewInstance(f, p.Language)
				want := p.Block()<<(2*f.Depth()) + len(p.prefix) + len(p.suffix)
				if n := count(in.All()); n != want || in.Length().Cmp(big.NewInt(int64(want))) != 0 {
					t.Fatalf("%v: %d letters, Length is %v, want %d", f, n, in.Length(), want)
				}
				c, err := in.Check(f, 0, 0)
				if err != nil || !c.Equal || c.Method != "exhaustive" || c.Compared != 1<<len(f.Support()) {
					t.Fatalf("%v: %+v, %v", f, c, err)
				}
			}
		})
	}
}

func count[T any](s iter.Seq[T]) (n int) {
	for range s {
		n++
	}
	return n
}

// TestSixteenVariables: all 65,536 assignments, and samples above 16 variables.
func TestSixteenVariables(t *testing.T) {
	var names []string
	for v := range 17 {
		names = append(names, fmt.Sprintf("x%d", v+1))
	}
	for _, n := range []int{16, 17} {
		f, err := formula.Balance(parse(t, strings.Join(names[:n-1], " & ")+" | !"+names[n-1]), 100)
		if err != nil {
			t.Fatal(err)
		}
		in := NewInstance(f, named(t, "A5"))
		got, err := in.Check(f, 5000, 9)
		want := formula.Comparison{Equal: true, Method: "exhaustive", Compared: 65536}
		if n > 16 {
			want = formula.Comparison{Equal: true, Method: "sampled", Compared: 5000, Seed: 9}
		}
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%d variables: %v %s", n, err, diff)
		}
	}
}

// TestCheckFails: an instance of another formula is found out, with an assignment.
func TestCheckFails(t *testing.T) {
	in := NewInstance(parse(t, "x1 & x2 & x3"), named(t, "S5"))
	c, err := in.Check(parse(t, "x1 & x2 & x3 | x1 & !x2 & !x3"), 0, 0)
	if err != nil || c.Equal || !slices.Equal(c.Witness, []bool{true, false, false}) {
		t.Errorf("%+v, %v", c, err)
	}
	if _, err := in.Language().Answer(slices.Values([]int{1})); err == nil {
		t.Error("a product that is neither was read")
	}
	if _, err := in.Check(parse(t, "x1"), 0, 0); err == nil {
		t.Error("formulas of 1 and 3 variables were compared")
	}
}

// TestDescent: position i found alone is position i of the stream, and context and
// blocks are as long as they say.
func TestDescent(t *testing.T) {
	ps := problems(t)
	context := *ps[1].Language // with one that is longer than blocks
	context.prefix, context.suffix = []int{1, 2, 3}, []int{4, 5, 6, 7}
	ps = append(ps, problem{"long context", &context})
	rapid.Check(t, func(t *rapid.T) {
		draw := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		p := rapid.SampledFrom(ps).Draw(t, "problem")
		f := random(t, draw, 4, rapid.IntRange(0, 4).Draw(t, "depth"))
		in := NewInstance(f, p.Language)
		i := int64(0)
		for want := range in.All() {
			got, err := in.At(big.NewInt(i))
			if err != nil || got != want {
				t.Fatalf("%s, %v, position %d: %+v, %v; the stream has %+v", p.name, f, i, got, err, want)
			}
			i++
		}
		for _, i := range []int64{-1, i} {
			if _, err := in.At(big.NewInt(i)); err == nil {
				t.Fatalf("position %d was found", i)
			}
		}
	})
}

// TestMillionGates: depth 20, of which nothing is built.
func TestMillionGates(t *testing.T) {
	in := NewInstance(complete(t, 20), named(t, "A5"))
	if n := in.Length().String(); n != "1099511627776" {
		t.Fatalf("length %s", n)
	}
	i := int64(0)
	for want := range in.All() {
		if got, err := in.At(big.NewInt(i)); err != nil || got != want {
			t.Fatalf("position %d: %+v, %v; the stream has %+v", i, got, err, want)
		}
		if i++; i == 5000 {
			break
		}
	}
	if _, err := in.At(big.NewInt(1<<40 - 1)); err != nil {
		t.Error(err)
	}
}

// TestDeep: a chain of 3,000 gates; the length has 1,807 digits.
func TestDeep(t *testing.T) {
	in := NewInstance(parse(t, strings.Repeat("x1 & (x2 | ", 1500)+"x3"+strings.Repeat(")", 1500)), named(t, "A5"))
	want := new(big.Int).Lsh(big.NewInt(1), 6000)
	if in.Length().Cmp(want) != 0 {
		t.Errorf("length %v", in.Length())
	}
	if _, err := in.At(want.Sub(want, big.NewInt(1))); err != nil {
		t.Error(err)
	}
}

// TestXor: an exclusive or costs two levels and no more nodes than its reading.
func TestXor(t *testing.T) {
	f := parse(t, "x1 ^ x2 ^ x3 <-> x4")
	in := NewInstance(f, named(t, "A5"))
	if n := count(in.All()); n != 1<<12 {
		t.Errorf("%d letters for depth %d", n, f.Depth())
	}
	if c, err := in.Check(f, 0, 0); err != nil || !c.Equal {
		t.Error(c, err)
	}
}

// TestRun: the program's own product is the witness's element or the identity.
func TestRun(t *testing.T) {
	f := parse(t, "(x1 | !x2) & x3")
	p := NewProgram(f, named(t, "SL(2,5)").witness)
	for k := range 8 {
		x := []bool{k&1 == 1, k&2 == 2, k&4 == 4}
		want := algebra.Identity(p.witness.group.Degree())
		if f.Value(x) {
			want = p.witness.Element()
		}
		if got := p.witness.group.Element(p.Run(x)); !got.Equal(want) {
			t.Errorf("%v: %v, want %v", x, got, want)
		}
	}
}

// TestMonoids: the monoids of the other tests are no groups, and the group lies where
// they say.
func TestMonoids(t *testing.T) {
	for _, m := range monoids {
		gens := maps(t, m.degree, m.generators)
		if !slices.ContainsFunc(gens, func(x algebra.Map) bool { return !x.IsPermutation() }) {
			t.Errorf("%s is a group", m.name)
		}
		sub, err := smallest(gens, 1<<12)
		if err != nil || sub.Idempotent.Rank() != m.idempotentRank {
			t.Errorf("%s: the idempotent has rank %d, %v", m.name, sub.Idempotent.Rank(), err)
		}
	}
}

// TestBlocks: every block is a word for its element, multiplied by the letters' maps.
func TestBlocks(t *testing.T) {
	for _, m := range monoids {
		l := generated(t, m.degree, m.generators)
		sub, err := smallest(l.maps, 1<<12)
		if err != nil {
			t.Fatal(err)
		}
		for i, word := range l.blocks {
			product := algebra.Identity(m.degree)
			for _, letter := range word {
				product = product.Then(l.maps[letter])
			}
			if want := sub.Embed(l.witness.group.Element(i)); !product.Equal(want) || len(word) != l.Block() {
				t.Fatalf("%s: block %v is %v, want %v", m.name, word, product, want)
			}
		}
	}
}

// TestMixedSteps: generators with words of 2 and 3 letters and an idempotent of 1.
func TestMixedSteps(t *testing.T) {
	gens := maps(t, 5, a5)
	group, err := algebra.NewGroup(gens)
	if err != nil {
		t.Fatal(err)
	}
	s, err := newSpeller(&algebra.Subgroup{Group: group, Words: [][]int{{0, 0}, {1, 1, 1}}, Word: []int{2}, Worded: true})
	if err != nil {
		t.Fatal(err)
	}
	elements := maps(t, 5, "(); (1 2 3); (1 2 3 4 5); (1 2)(3 4); (1 5 4 3 2)")
	words, err := s.blocks(elements)
	if err != nil {
		t.Fatal(err)
	}
	for i, word := range words {
		product := algebra.Identity(5)
		for k := 0; k < len(word); k += []int{2, 3, 1}[word[k]] {
			if word[k] < 2 {
				product = product.Then(gens[word[k]])
			}
		}
		if !product.Equal(elements[i]) || len(word) != len(words[0]) {
			t.Errorf("%v is %v, want %v", word, product, elements[i])
		}
	}
}

// TestNoWords: odd permutations only, so that words for the identity and for generators
// never have one length; elements of the perfect core have.
func TestNoWords(t *testing.T) {
	survey, err := algebra.MaximalSubgroups(maps(t, 5, "(1 2); (1 2 3 4)(5); (4 5)"), 100)
	if err != nil {
		t.Fatal(err)
	}
	s, err := newSpeller(survey.Subgroups[0])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.blocks([]algebra.Map{algebra.Identity(5), survey.Subgroups[0].Group.Generators()[0]}); err == nil {
		t.Error("an even and an odd permutation have words of one length")
	}
}

// TestAutomata: the automaton itself accepts the words of true formulas, and rejects
// the others, whether it accepts the idempotent or not.
func TestAutomata(t *testing.T) {
	f := parse(t, "(x1 | x2) & !(x2 & x3)")
	flipped := map[bool]bool{}
	for _, d := range []*language.DFA{s5(t), s5(t).Complement()} {
		in := NewInstance(f, automaton(t, d))
		flipped[in.language.flipped] = true
		for k := range 8 {
			x := []bool{k&1 == 1, k&2 == 2, k&4 == 4}
			word := slices.Collect(in.Word(x))
			value, err := in.Value(x)
			if d.Accepts(word) != f.Value(x) || value != f.Value(x) || err != nil {
				t.Errorf("%v: accepted %v, value %v, %v; the formula is %v", x, d.Accepts(word), value, err, f.Value(x))
			}
		}
	}
	if len(flipped) != 2 {
		t.Error("one of the two must accept the idempotent in its context")
	}
}

// TestLargeGroups: the word problem of a group too large to list, in a small subgroup.
func TestLargeGroups(t *testing.T) {
	f := parse(t, "x1 & !(x2 | x3)")
	for name, letters := range map[string]int{"S12": 60, "S8": 40320} {
		l := named(t, name)
		if len(l.letters) != letters || l.witness.Check() != nil {
			t.Errorf("%s: %d letters, %v", name, len(l.letters), l.witness.Check())
		}
		if c, err := NewInstance(f, l).Check(f, 0, 0); err != nil || !c.Equal {
			t.Errorf("%s: %+v, %v", name, c, err)
		}
	}
}

func TestErrors(t *testing.T) {
	solvable := func(what string, length int) string {
		return (&SolvableError{what, length}).Error()
	}
	moore, err := language.NewDFA([]string{"a"}, 0, [][]int{{1}, {2}, {0}}, []int{0, 1, 2})
	if err != nil {
		t.Fatal(err)
	}
	parity, err := language.Regex("(aa)*", nil, 10)
	if err != nil {
		t.Fatal(err)
	}
	of := func(_ *Language, err error) error { return err }
	limit := NewInstance(parse(t, "(x1 & x2) | (x3 & x4)"), named(t, "A5")).Within(big.NewInt(15))
	for _, c := range []struct {
		err  error
		want string
	}{
		{of(Named("Z60")), "the group Z60 is solvable, of derived length 1; Barrington's construction needs a non-solvable group, such as A5 or S5"},
		{of(Named("S4")), solvable("the group S4", 3)},
		{of(Named("A4xZ5")), solvable("the group A4xZ5", 2)},
		{of(Generated(maps(t, 4, "(1 2); (1 2 3 4); [1 1 2 3]"), 1000)), solvable("every group in the monoid", 3)},
		{of(Generated(maps(t, 3, "[1 1 2]"), 1000)), solvable("every group in the monoid", 0)},
		{of(Automaton(parity, 1000)), solvable("every group in the monoid", 1)},
		{of(Automaton(moore, 1000)), "the automaton has outputs other than 0 and 1: it accepts no language"},
		{limit, "the word has 16 letters; at most 15 are allowed"},
	} {
		if c.err == nil || c.err.Error() != c.want {
			t.Errorf("error %v, want %s", c.err, c.want)
		}
	}
	if _, err := Named("B7"); err == nil || strings.Contains(err.Error(), "\n") {
		t.Errorf("B7: %v", err)
	}
	var stopped *algebra.LimitError
	if _, err := Generated(maps(t, 5, "[2 1 4 3 5]; [1 1 4 5 3]; [2 3 4 5 5]"), 1); !errors.As(err, &stopped) {
		t.Errorf("a search that stopped: %v", err)
	}
}
