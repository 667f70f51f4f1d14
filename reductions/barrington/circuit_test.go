package barrington

import (
	"context"
	"math/rand/v2"
	"testing"

	"tc0/circuits/check"
	"tc0/circuits/threshold"
)

// TestCircuit: simulated, the reduction's circuit gives the letters of the words; it is
// well formed, of depth 1 with gates that read one bit at most.
func TestCircuit(t *testing.T) {
	draw := rand.New(rand.NewPCG(11, 0))
	for _, l := range []*Language{named(t, "A5"), automaton(t, s5(t))} {
		for depth := range 4 {
			f := random(t, draw, 4, depth)
			in := NewInstance(f, l)
			c, err := in.Circuit(1000)
			if err != nil {
				t.Fatal(err)
			}
			if s := c.Stats(); s.Depth > 1 || s.MaxFanIn > 1 || s.Gates > 2*4+2 {
				t.Errorf("depth %d, fan-in %d, %d gates", s.Depth, s.MaxFanIn, s.Gates)
			}
			if faults := check.Circuit(c, check.Limits{}); len(faults) > 0 {
				t.Errorf("not well formed: %v", faults)
			}
			var tokens [][]int
			for k := range 16 {
				tokens = append(tokens, []int{k & 1, k >> 1 & 1, k >> 2 & 1, k >> 3 & 1})
			}
			labels, _, err := threshold.NewSimulator(c).Run(context.Background(), tokens)
			if err != nil {
				t.Fatal(err)
			}
			for k, word := range tokens {
				i := 0
				for letter := range in.Word([]bool{word[0] == 1, word[1] == 1, word[2] == 1, word[3] == 1}) {
					if got := labels[k][i]; len(got) != 1 || got[0] != letter {
						t.Fatalf("%v on %v, position %d: letters %v, want %d", f, word, i, got, letter)
					}
					i++
				}
			}
		}
	}
}

func TestCircuitLimit(t *testing.T) {
	_, err := NewInstance(parse(t, "x1 & x2 & x3"), named(t, "A5")).Circuit(15)
	if _, ok := err.(*LengthError); !ok {
		t.Errorf("16 letters of at most 15: %v", err)
	}
}
