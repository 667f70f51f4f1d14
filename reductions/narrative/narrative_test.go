package narrative_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tc0/reductions/embed"
	"tc0/reductions/narrative"
	"tc0/reductions/reductiontest"
	"tc0/theory/algebra"
)

// target makes a reduction.
type target func(*embed.Action) (*narrative.Reduction, error)

var targets = map[string]target{"coins": narrative.Coins, "boxes": narrative.Boxes}

// reduce makes a reduction for an action.
func reduce(t testing.TB, to target, a *embed.Action, err error) *narrative.Reduction {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	r, err := to(a)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// checkWord compares an answer with the product.
func checkWord(t *testing.T, name string, m embed.Monoid, r *narrative.Reduction, word []int) {
	t.Helper()
	story, err := r.Forward(word)
	if err != nil {
		t.Fatal(err)
	}
	want := reductiontest.Product(m, word)
	if got, err := r.Answer(story); err != nil || got != want {
		t.Fatalf("%s: %v is read as %d, expected %d: %v", name, word, got, want, err)
	}
}

func ExampleCoins() {
	s3, _ := algebra.Named("S3")
	table, _ := s3.Table(6)
	action, _ := embed.Least(table)
	r, _ := narrative.Coins(action)
	story, _ := r.Forward([]int{3, 1})
	fmt.Print(story)
	element, err := r.Answer(story)
	fmt.Println(element, err, "expected", table.Product(3, 1))
	// Output:
	// Alice holds coin 1. Bob holds coin 2. Carl holds coin 3.
	// Alice and Carl trade coins. Alice and Bob trade coins.
	// Bob and Carl trade coins. Nobody trades any coins now.
	// Who holds coin 1? Who holds coin 2? Who holds coin 3?
	// 2 <nil> expected 2
}

func ExampleBoxes() {
	z2, _ := algebra.Named("Z2")
	table, _ := z2.Table(2)
	action, _ := embed.Least(table)
	r, _ := narrative.Boxes(action)
	story, _ := r.Forward([]int{1})
	fmt.Print(story)
	// Output:
	// Box 1 contains the apple. Box 2 contains the bell. Box 3 is empty. Box 4 is empty.
	// Move the contents of Box 1 to Box 3. Move the contents of Box 2 to Box 4. Move the contents of Box 3 to Box 2. Move the contents of Box 4 to Box 1.
	// Which box contains the apple? Which box contains the bell?
}

func ExampleRead() {
	answers, err := narrative.Read("Ann holds coin 7. Ben holds coin x. Ann and Ben trade coins. Who holds coin 7?")
	fmt.Println(answers, err)
	// Output: [{coin 7 Ben}] <nil>
}

// TestConvention compares the answers with running products s∘g of tuples,
// (a∘b)(i) = a(b(i)): person i ends with the coin of person s(i).
func TestConvention(t *testing.T) {
	action, err := embed.Natural(reductiontest.Elements(t, "S5"))
	coins, boxes := reduce(t, narrative.Coins, action, err), reduce(t, narrative.Boxes, action, err)
	word := reductiontest.Words(120, 1, 20)[0]
	for n, state := range reductiontest.Running(5, word) {
		want := map[string]string{}
		for place, began := range state {
			want[fmt.Sprint("coin ", began+1)] = narrative.Person(place)
			want["the "+narrative.Thing(began)] = fmt.Sprint("Box ", place+1)
		}
		for _, r := range []*narrative.Reduction{coins, boxes} {
			story, err := r.Forward(word[:n+1])
			if err != nil {
				t.Fatal(err)
			}
			answers, err := narrative.Read(story)
			if err != nil || len(answers) != 5 {
				t.Fatalf("%d answers: %v", len(answers), err)
			}
			for _, a := range answers {
				if a.Place != want[a.Item] {
					t.Fatalf("after %d letters %s is at %s, expected %s", n+1, a.Item, a.Place, want[a.Item])
				}
			}
		}
	}
}

// TestEveryElement is exhaustive over the elements of groups, on the points they
// come with and on their own elements.
func TestEveryElement(t *testing.T) {
	for _, name := range []string{"S5", "A5", "A4xZ5", "Q8", "Z1", "PSL(2,7)"} {
		table := reductiontest.Elements(t, name)
		natural, err := embed.Natural(table)
		if err != nil {
			t.Fatal(err)
		}
		regular, err := embed.Regular(table)
		for kind, to := range targets {
			for _, a := range []*embed.Action{natural, regular} {
				r := reduce(t, to, a, err)
				for g := range table.Order() {
					checkWord(t, kind+" of "+name, table, r, []int{g})
				}
			}
		}
	}
}

// TestRandomWords is sampled: 1,000 words of 50 letters of S5 and the empty word,
// as both kinds of stories.
func TestRandomWords(t *testing.T) {
	table := reductiontest.Elements(t, "S5")
	action, err := embed.Least(table)
	for kind, to := range targets {
		r := reduce(t, to, action, err)
		for _, word := range append(reductiontest.Words(120, 1000, 50), nil) {
			checkWord(t, kind, table, r, word)
		}
	}
}

// TestMonoid takes words over all maps of three points, which merge contents.
func TestMonoid(t *testing.T) {
	t3, err := algebra.Enumerate([]algebra.Map{{1, 2, 0}, {1, 0, 2}, {0, 0, 2}}, 27)
	if err != nil {
		t.Fatal(err)
	}
	action, err := embed.Natural(t3)
	r := reduce(t, narrative.Boxes, action, err)
	for _, word := range reductiontest.Words(27, 500, 4) {
		checkWord(t, "T3", t3, r, word)
	}
	_, err = narrative.Coins(action)
	if want := "element 3, [1 1 3], is not a permutation: swaps cannot write it"; err == nil || err.Error() != want {
		t.Errorf("%v", err)
	}
}

// TestCircuit is exhaustive over letters: the circuit for one letter writes the
// block of every element, word by word.
func TestCircuit(t *testing.T) {
	table := reductiontest.Elements(t, "S5")
	action, err := embed.Least(table)
	for _, to := range targets {
		reductiontest.CheckCircuit(t, reduce(t, to, action, err).Blocks())
	}
}

// TestNames checks that names beyond the alphabet stay distinct.
func TestNames(t *testing.T) {
	seen := map[string]int{}
	for p := range 100 {
		for _, name := range []string{narrative.Person(p), narrative.Thing(p)} {
			if q, ok := seen[name]; ok {
				t.Errorf("%s is the name of points %d and %d", name, q, p)
			}
			seen[name] = p
		}
	}
	if narrative.Person(25) != "Zoe" || narrative.Person(26) != "Alice2" || narrative.Thing(53) != "bell3" {
		t.Errorf("points 25 and 26 are %s and %s, thing 53 is %s",
			narrative.Person(25), narrative.Person(26), narrative.Thing(53))
	}
}

// TestRead takes stories that the reductions do not write.
func TestRead(t *testing.T) {
	boxes := "Box A contains the key. Box B contains the pen. Box C is empty. "
	for _, tc := range []struct {
		story string
		want  []narrative.Answer
	}{
		{"", nil},
		{" \n", nil},
		{boxes, nil},
		{boxes + "Which box contains the pen?", []narrative.Answer{{"the pen", "Box B"}}},
		{boxes + "Move the contents of Box A to Box B. Which box contains the key? Move the contents of Box B to Box C.\n" +
			"Which box contains the key? Which box contains the pen? Move the contents of Box A to Box B. Which box contains the key?",
			[]narrative.Answer{{"the key", "Box B"}, {"the key", "Box C"}, {"the pen", "Box C"}, {"the key", "Box C"}}},
		{"Al holds coin 1. Bo holds coin 2. Al\nand Bo trade coins . Nobody trades any coins now. Who holds coin 1 ?",
			[]narrative.Answer{{"coin 1", "Bo"}}},
	} {
		got, err := narrative.Read(tc.story)
		if diff := cmp.Diff(tc.want, got); err != nil || diff != "" {
			t.Errorf("%q: %v %s", tc.story, err, diff)
		}
	}
}

// TestWorld compares the reader with a list of where every thing is, on random
// moves between boxes that come to hold several things.
func TestWorld(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const n = 4
		var story strings.Builder
		var at [n]int
		for p := range n {
			at[p] = p
			fmt.Fprintf(&story, "Box %d contains the %s. ", p, narrative.Thing(p))
		}
		for range rapid.IntRange(0, 30).Draw(t, "sentences") {
			from := rapid.IntRange(0, n-1).Draw(t, "from")
			to := (from + rapid.IntRange(1, n-1).Draw(t, "by")) % n
			fmt.Fprintf(&story, "Move the contents of Box %d to Box %d. ", from, to)
			for p := range at {
				if at[p] == from {
					at[p] = to
				}
			}
			fmt.Fprintf(&story, "Which box contains the %s? ", narrative.Thing(from))
		}
		var want []narrative.Answer
		for p := range n {
			fmt.Fprintf(&story, "Which box contains the %s? ", narrative.Thing(p))
			want = append(want, narrative.Answer{Item: "the " + narrative.Thing(p), Place: fmt.Sprint("Box ", at[p])})
		}
		got, err := narrative.Read(story.String())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got[len(got)-n:]); diff != "" {
			t.Fatalf("%s\n%s", &story, diff)
		}
	})
}

func TestReadErrors(t *testing.T) {
	const two = "Al holds coin 1. Bo holds coin 2. "
	const understood = `not understood, expected a sentence such as: Who holds coin _? Which box contains the _? Nobody trades any coins now. ` +
		`_ and _ trade coins. Move the contents of Box _ to Box _. _ holds coin _. Box _ contains the _. Box _ is empty.`
	for _, tc := range []struct{ story, want string }{
		{two + "Al and Bo trade hats.", `sentence 3, "Al and Bo trade hats.": ` + understood},
		{two + "Al and Bo trade coins?", `sentence 3, "Al and Bo trade coins?": expected . at its end`},
		{two + "Who holds coin 1.", `sentence 3, "Who holds coin 1.": expected ? at its end`},
		{two + ".", `sentence 3, ".": ` + understood},
		{two + "Al and\nBo", `sentence 3, "Al and\nBo": expected a full stop or a question mark at its end`},
		{two + "Al and Cy trade coins.", `sentence 3, "Al and Cy trade coins.": "Cy" has not been introduced`},
		{two + "Al and Al trade coins.", `sentence 3, "Al and Al trade coins.": "Al" is named twice, expected two different ones`},
		{two + "Al holds coin 3.", `sentence 3, "Al holds coin 3.": "Al" is there already`},
		{two + "Al and Bo trade coins. Cy holds coin 1.", `sentence 4, "Cy holds coin 1.": "coin 1" is at "Bo" already`},
		{two + "Who holds coin 3?", `sentence 3, "Who holds coin 3?": "coin 3" has not been introduced`},
		{"Box 1 is empty. Move the contents of Box 1 to Box 2.",
			`sentence 2, "Move the contents of Box 1 to Box 2.": "Box 2" has not been introduced`},
	} {
		if _, err := narrative.Read(tc.story); err == nil || err.Error() != tc.want {
			t.Errorf("%q: %v\nexpected %s", tc.story, err, tc.want)
		}
	}
}

func TestAnswerErrors(t *testing.T) {
	action, err := embed.Natural(reductiontest.Elements(t, "A3"))
	coins := reduce(t, narrative.Coins, action, err)
	const three = "Alice holds coin 1. Bob holds coin 2. Carl holds coin 3. Dan holds coin 4. "
	const questions = "Who holds coin 1? Who holds coin 2? Who holds coin 3?"
	for _, tc := range []struct{ story, want string }{
		{three, "the story asks 0 questions, expected 3, one for each item"},
		{three + questions + questions, "the story asks 6 questions, expected 3, one for each item"},
		{three + "Who holds coin 1? Who holds coin 3? Who holds coin 2?", `question 2 is about "coin 3", expected coin 2`},
		{three + "Bob and Dan trade coins. " + questions, `the story ends with coin 2 at "Dan", expected Alice to Carl`},
		{three + "Bob and Alice trade coins. " + questions, "(1 2) is not the map of one of the 3 elements"},
	} {
		if _, err := coins.Answer(tc.story); err == nil || err.Error() != tc.want {
			t.Errorf("%q: %v\nexpected %s", tc.story, err, tc.want)
		}
	}
	_, err = coins.Forward([]int{0, 3})
	if want := "letter 2 of the word: element 3, expected 0 to 2"; err == nil || err.Error() != want {
		t.Errorf("%v, expected %s", err, want)
	}
}

func TestGolden(t *testing.T) {
	action, err := embed.Least(reductiontest.Elements(t, "S5"))
	for kind, to := range targets {
		story, err := reduce(t, to, action, err).Forward([]int{3, 17, 5})
		if err != nil {
			t.Fatal(err)
		}
		reductiontest.CheckGolden(t, "testdata/s5-3-17-5-"+kind+".txt", story)
	}
}

// FuzzRead checks that a story is refused in one line, or that every question in it
// has one answer, whatever the spaces between the words.
func FuzzRead(f *testing.F) {
	action, err := embed.Natural(reductiontest.Elements(f, "S3"))
	for _, to := range targets {
		story, err := reduce(f, to, action, err).Forward([]int{3, 1})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(story)
	}
	f.Add("Al holds coin 1. Who holds coin 1")
	f.Add("Nobody trades any coins now.?")
	f.Fuzz(func(t *testing.T, story string) {
		answers, err := narrative.Read(story)
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n\r") {
				t.Errorf("more than one line: %q", err)
			}
			return
		}
		if len(answers) != strings.Count(story, "?") {
			t.Errorf("%d answers to %d questions", len(answers), strings.Count(story, "?"))
		}
		again, err := narrative.Read(strings.Join(strings.Fields(story), "\n"))
		if diff := cmp.Diff(answers, again); err != nil || diff != "" {
			t.Errorf("with other spaces the answers differ: %v %s", err, diff)
		}
	})
}
