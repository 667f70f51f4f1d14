package snark

import (
	"context"
	"math/big"
	"math/rand/v2"
	"testing"

	"tc0/circuits/arith"
)

// committed lowers the architecture of a trained model and binds it to the model's weights.
func (m trained) committed(tb testing.TB, o Options) *System {
	tb.Helper()
	o.Committed = true
	c := m.circuit(tb)
	a, err := ArchitectureOf(c)
	if err != nil {
		tb.Fatal(err)
	}
	s, err := LowerArchitecture(a, o)
	if err != nil {
		tb.Fatal(err)
	}
	if s, err = s.Bind(c, big.NewInt(12345)); err != nil {
		tb.Fatal(err)
	}
	return s
}

// TestCommittedAgreement compares labels and satisfiability with the evaluator of package arith
// on sampled words of trained models.
func TestCommittedAgreement(t *testing.T) {
	random := rand.New(rand.NewPCG(4, 4))
	for _, m := range []trained{flipflop, s4d} {
		s := m.committed(t, Options{Backend: Groth16, Words: Private})
		tally := s.Tally()
		t.Logf("%v: %d constraints, %d accounted for", m, s.Constraints(), tally.Constraints())
		for range 4 {
			word := make([]int, m.length)
			for i := range word {
				word[i] = random.IntN(s.lowering.shape().Vocabulary)
			}
			results, err := arith.NewEvaluator(m.circuit(t)).Eval(context.Background(), [][]int{word})
			if err != nil {
				t.Fatal(err)
			}
			a, err := s.Assign(word)
			if err != nil {
				t.Fatal(err)
			}
			for pos, label := range results[0].Labels {
				if a.Statement.Labels[pos] != label {
					t.Fatalf("%v, word %v: labels %v, expected %v", m, word, a.Statement.Labels, results[0].Labels)
				}
			}
			if err := s.Solve(context.Background(), a); err != nil {
				t.Fatalf("%v, word %v: %v", m, word, err)
			}
		}
	}
}
