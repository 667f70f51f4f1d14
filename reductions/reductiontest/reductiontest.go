package reductiontest

import (
	"context"
	"flag"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"tc0/circuits/threshold"
	"tc0/reductions/embed"
	"tc0/reductions/morphism"
	"tc0/theory/algebra"
)

var update = flag.Bool("update", false, "write golden files anew")

// Elements lists a named group.
func Elements(t testing.TB, name string) *algebra.Table {
	t.Helper()
	g, err := algebra.Named(name)
	if err != nil {
		t.Fatal(err)
	}
	table, err := g.Table(1000)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// Words are random words of one length over elements 0 … order-1, drawn by PCG with
// seeds 1 and 50: the same on every call.
func Words(order, count, length int) [][]int {
	random := rand.New(rand.NewPCG(1, 50))
	words := make([][]int, count)
	for i := range words {
		for range length {
			words[i] = append(words[i], random.IntN(order))
		}
	}
	return words
}

// Product is the product of a word.
func Product(m embed.Monoid, word []int) int {
	s := 0
	for _, g := range word {
		s = m.Product(s, g)
	}
	return s
}

// Running are the running products s_t = s_{t-1}∘g_t of a word over S_n, as tuples
// with (a∘b)(i) = a(b(i)); element g is the g-th tuple in lexicographic order, as in
// the word-problem repository.
func Running(n int, word []int) [][]int {
	tuples := lexicographic(n)
	state := tuples[0]
	var states [][]int
	for _, g := range word {
		next := make([]int, n)
		for i := range next {
			next[i] = state[tuples[g][i]]
		}
		state = next
		states = append(states, state)
	}
	return states
}

// lexicographic are the permutations of n points in order.
func lexicographic(n int) [][]int {
	if n == 0 {
		return [][]int{{}}
	}
	var all [][]int
	for first := range n {
		for _, rest := range lexicographic(n - 1) {
			tuple := []int{first}
			for _, v := range rest {
				if v >= first {
					v++
				}
				tuple = append(tuple, v)
			}
			all = append(all, tuple)
		}
	}
	return all
}

// CheckCircuit compares the circuit of a morphism for words of one letter with the
// map, on every letter, symbol by symbol, and its depth with 1.
func CheckCircuit(t *testing.T, u *morphism.Uniform) {
	t.Helper()
	c, err := u.Circuit(1)
	if err != nil {
		t.Fatal(err)
	}
	if d := c.Stats().Depth; d != 1 {
		t.Errorf("depth %d, expected 1", d)
	}
	var words [][]int
	for a := range u.Letters() {
		words = append(words, []int{a})
	}
	labels, _, err := threshold.NewSimulator(c).Run(context.Background(), words)
	if err != nil {
		t.Fatal(err)
	}
	for a, positions := range labels {
		var got []string
		for _, classes := range positions {
			for _, s := range classes {
				got = append(got, u.Symbols()[s])
			}
		}
		want, err := u.Apply([]int{a})
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("letter %d is written as %q, expected %q: %v", a, got, want, err)
		}
	}
}

// CheckGolden compares a text with a file, which -update writes.
func CheckGolden(t *testing.T, path, text string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil || string(want) != text {
		t.Errorf("%s is not what is written now (%v):\n%s", path, err, text)
	}
}
