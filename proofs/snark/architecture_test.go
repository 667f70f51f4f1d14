package snark

import (
	"math/rand/v2"
	"testing"

	"tc0/circuits/arith"
)

// TestParameters checks that the program of an architecture, with the parameters of a circuit, gives
// every node's value on sampled words: parameters determine the circuit.
func TestParameters(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 5))
	for _, m := range []trained{flipflop, recurrent, s4d, s4dSteps} {
		c := m.circuit(t)
		a, err := ArchitectureOf(c)
		if err != nil {
			t.Fatalf("%v: %v", m, err)
		}
		parameters, err := a.Parameters(c)
		if err != nil {
			t.Fatalf("%v: %v", m, err)
		}
		index := map[string]int{}
		for i, s := range a.Stages {
			index[s.Name] = i
		}
		p, err := newProgram(a, 1)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%v: %d parameters, range table of %d bits, %d constraints expected, %+v", m, len(parameters), a.Width, p.tally.Constraints(), p.tally)
		for range 8 {
			word := make([]int, m.length)
			for i := range word {
				word[i] = random.IntN(a.Vocabulary)
			}
			want, _, err := arith.NewTracer(c).Trace(word)
			if err != nil {
				t.Fatal(err)
			}
			got := p.perform(parameters, word).values
			for i, v := range want {
				n := arith.Node(i)
				s := index[c.StageName(c.Origin(n).Stage)]
				switch at := placeOf(c, n); {
				case c.Kind(n) == arith.Input, c.Kind(n) == arith.Form && a.Stages[s].Kind != FormStage:
				case got[s][at.t][a.Stages[s].index(at.j, at.row, at.column)] != v:
					t.Fatalf("%v, word %v: %s is %d, expected %d", m, word, c.Name(n), got[s][at.t][a.Stages[s].index(at.j, at.row, at.column)], v)
				}
			}
		}
	}
}
