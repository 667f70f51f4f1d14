package equiv

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tc0/circuits/compile"
)

func TestExhaustiveIsLexicographic(t *testing.T) {
	w, err := Exhaustive([]int{5, 2, 5}, 3) // letters are sorted, each counted once
	if err != nil {
		t.Fatal(err)
	}
	want := [][]int{{2, 2, 2}, {2, 2, 5}, {2, 5, 2}, {2, 5, 5}, {5, 2, 2}, {5, 2, 5}, {5, 5, 2}, {5, 5, 5}}
	if d := cmp.Diff(want, collect(w, 3)); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	if w.Count() != 8 || w.Method() != "exhaustive over 8 words of length 3" {
		t.Errorf("%d words, %q", w.Count(), w.Method())
	}
}

// TestWordsDoNotDependOnChunks: neither the order nor the draw.
func TestWordsDoNotDependOnChunks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		alphabet := rapid.SliceOfN(rapid.IntRange(0, 9), 1, 4).Draw(t, "alphabet")
		length := rapid.IntRange(1, 4).Draw(t, "length")
		w, err := Exhaustive(alphabet, length)
		if rapid.Bool().Draw(t, "sampled") {
			w, err = Sampled(alphabet, length, rapid.IntRange(1, 300).Draw(t, "count"), rapid.Uint64().Draw(t, "seed"))
		}
		if err != nil {
			t.Fatal(err)
		}
		want := collect(w, circuitChunk)
		if uint64(len(want)) != w.Count() {
			t.Fatalf("%d words, want %d", len(want), w.Count())
		}
		if d := cmp.Diff(want, collect(w, rapid.IntRange(1, 70).Draw(t, "chunk"))); d != "" {
			t.Fatalf("-in one chunk +in several:\n%s", d)
		}
	})
}

func TestSampledSeeds(t *testing.T) {
	draw := func(seed uint64) [][]int {
		w, err := Sampled([]int{0, 3, 7}, 5, 400, seed)
		if err != nil {
			t.Fatal(err)
		}
		if want := "sampled 400 words of length 5, seed "; !strings.HasPrefix(w.Method(), want) {
			t.Errorf("method %q, want %q and the seed", w.Method(), want)
		}
		return collect(w, 64)
	}
	if !cmp.Equal(draw(1), draw(1)) {
		t.Error("the same seed gives other words")
	}
	if cmp.Equal(draw(1), draw(2)) {
		t.Error("two seeds give the same words")
	}
	if cmp.Equal(draw(1), compile.Words([]int{0, 3, 7}, 400, 5, 1)) {
		t.Error("the words are those that calibration draws from the same seed")
	}
	count := map[int]int{}
	for _, w := range draw(1) {
		for _, v := range w {
			count[v]++
		}
	}
	for _, v := range []int{0, 3, 7} { // 2000 letters: 667 ± 21 each
		if count[v] < 560 || count[v] > 770 {
			t.Errorf("letter %d is drawn %d times of 2000", v, count[v])
		}
	}
}

func TestWordsErrors(t *testing.T) {
	if _, err := Exhaustive([]int{0, 1}, 24); err != nil {
		t.Errorf("2^24 words: %v", err)
	}
	for _, test := range []struct {
		name string
		run  func() (Words, error)
		want string
	}{
		{"one more letter", func() (Words, error) { return Exhaustive([]int{0, 1}, 25) },
			"2^25 words of length 25 are too many for an exhaustive comparison (at most 16777216): compare a sample instead"},
		{"would wrap", func() (Words, error) { return Exhaustive(alphabetOf(60), 1000) }, "60^1000 words of length 1000 are too many"},
		{"alphabet", func() (Words, error) { return Exhaustive(nil, 3) }, "the alphabet is empty"},
		{"length", func() (Words, error) { return Sampled([]int{1}, 0, 5, 1) }, "words of length 0, expected at least 1"},
		{"count", func() (Words, error) { return Sampled([]int{1}, 3, 0, 1) }, "0 words to compare, expected at least 1"},
	} {
		if _, err := test.run(); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want %q", test.name, err, test.want)
		}
	}
}
