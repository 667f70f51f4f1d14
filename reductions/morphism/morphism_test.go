package morphism_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tc0/circuits/threshold"
	"tc0/reductions/morphism"
)

func ExampleUniform() {
	u, _ := morphism.New([][]string{{"a", "b"}, {"b", "a"}})
	out, _ := u.Apply([]int{0, 1, 1})
	fmt.Println(strings.Join(out, " "), "- symbol 4 from letter", u.Source(4))
	// Output: a b b a b a - symbol 4 from letter 2
}

func TestErrors(t *testing.T) {
	for name, tc := range map[string]struct {
		blocks [][]string
		word   []int
		want   string
	}{
		"no letters": {nil, nil, "no letters, expected a block for each"},
		"two lengths": {[][]string{{"a", "b"}, {"a"}}, nil,
			"letter 1: a block of 1 symbols, expected one length, at least 1: letter 0 has 2"},
		"empty block": {[][]string{{}, {}}, nil,
			"letter 0: a block of 0 symbols, expected one length, at least 1: letter 0 has 0"},
		"not a letter": {[][]string{{"a"}, {"b"}}, []int{1, 2}, "letter 2 of the word: element 2, expected 0 to 1"},
		"negative":     {[][]string{{"a"}, {"b"}}, []int{-1}, "letter 1 of the word: element -1, expected 0 to 1"},
	} {
		u, err := morphism.New(tc.blocks)
		if err == nil {
			_, err = u.Apply(tc.word)
		}
		if err == nil || err.Error() != tc.want {
			t.Errorf("%s: %v, expected %q", name, err, tc.want)
		}
	}
}

// TestCircuit compares the circuit with the map on random words of random
// morphisms, gate by gate, and reads off the gates that every output looks at its
// own letter only.
func TestCircuit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		letters, size := rapid.IntRange(1, 5).Draw(t, "letters"), rapid.IntRange(1, 4).Draw(t, "size")
		symbol := rapid.SampledFrom([]string{"", "x", "y", "zz"})
		block := rapid.SliceOfN(symbol, size, size)
		u, err := morphism.New(rapid.SliceOfN(block, letters, letters).Draw(t, "blocks"))
		if err != nil {
			t.Fatal(err)
		}
		word := rapid.SliceOfN(rapid.IntRange(0, letters-1), 1, 4).Draw(t, "word")
		c, err := u.Circuit(len(word))
		if err != nil {
			t.Fatal(err)
		}
		labels, _, err := threshold.NewSimulator(c).Run(context.Background(), [][]int{word})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for i, classes := range labels[0] {
			if len(classes) != 1 {
				t.Fatalf("output %d has symbols %v, expected one", i, classes)
			}
			got = append(got, u.Symbols()[classes[0]])
		}
		want, err := u.Apply(word)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Fatalf("%v %s", err, diff)
		}
		checkLocality(t, u, c)
	})
}

// checkLocality checks depth, fan-in and the source of every wire.
func checkLocality(t *rapid.T, u *morphism.Uniform, c *threshold.Circuit) {
	if s := c.Stats(); s.Depth > 1 || s.MaxFanIn > uint64(u.Letters()) {
		t.Fatalf("depth %d and fan-in %d, expected 1 and at most %d", s.Depth, s.MaxFanIn, u.Letters())
	}
	read := threshold.NewGateReader(c)
	for i, labels := range c.Outputs() {
		for _, label := range labels {
			for _, w := range read.Gate(int(label.Bank), label.Gate).Wires {
				if letter := int(w.Number) / u.Letters(); !w.Input || letter != u.Source(i) {
					t.Fatalf("output %d reads %+v of letter %d, expected an input bit of letter %d", i, w, letter, u.Source(i))
				}
			}
		}
	}
}
