package equiv

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"tc0/circuits/arith"
	"tc0/circuits/compile"
	"tc0/circuits/threshold"
	"tc0/theory/ssm"
)

// config names a compiled model.
type config struct {
	model           string
	form            compile.Form
	goal            compile.Goal
	n, bits, digits int
}

func (c config) String() string {
	return fmt.Sprintf("%s/%s/%s/n=%d/bits=%d/digits=%d", c.model, c.form, c.goal, c.n, c.bits, c.digits)
}

// load quantises a checkpoint, calibrated on 64 words.
func load(tb testing.TB, c config) (m *compile.Model, alphabet []int) {
	tb.Helper()
	ck, err := ssm.Load("../../theory/ssm/testdata/" + c.model)
	if err != nil {
		tb.Fatal(err)
	}
	q, err := compile.Quantise(tb.Context(), ck, compile.Request{
		Length: c.n, Precision: &compile.Precision{Base: c.bits}, Digits: c.digits, Minimize: c.goal, Form: c.form,
		Words: compile.Words(compile.Alphabet(ck), 64, c.n, 1), Seed: 1,
	})
	if err != nil {
		tb.Fatal(err)
	}
	m, err = compile.New(ck, q, c.n)
	if err != nil {
		tb.Fatal(err)
	}
	return m, compile.Alphabet(ck)
}

func circuitsOf(tb testing.TB, m *compile.Model, n int) (*arith.Circuit, *threshold.Circuit) {
	tb.Helper()
	ac, tc, err := m.Threshold(n)
	if err != nil {
		tb.Fatal(err)
	}
	return ac, tc
}

func exhaustive(tb testing.TB, alphabet []int, n int) Words {
	tb.Helper()
	w, err := Exhaustive(alphabet, n)
	if err != nil {
		tb.Fatal(err)
	}
	return w
}

// TestModelsHold: the quantised model, its arithmetic circuit and its threshold
// circuit are the same function on every word, and every node's gates show its
// value, whatever the form, the goal and the digits.
func TestModelsHold(t *testing.T) {
	for _, c := range []config{
		{"mamba-parity", compile.Convolution, compile.Gates, 4, 6, 2},
		{"mamba-parity", compile.Convolution, compile.Depth, 4, 5, 1},
		{"mamba-parity", compile.Recurrent, compile.Wires, 4, 5, 2},
		{"mamba-s3-g2", compile.Convolution, compile.Gates, 3, 6, 2},
		{"mamba-flipflop4", compile.Recurrent, compile.Depth, 3, 5, 1},
		{"mamba-flipflop4", compile.Convolution, compile.Wires, 3, 6, 2},
		{"s4d-z5", compile.Convolution, compile.Gates, 3, 5, 2},
	} {
		t.Run(c.String(), func(t *testing.T) {
			m, alphabet := load(t, c)
			ac, tc := circuitsOf(t, m, c.n)
			words := exhaustive(t, alphabet, c.n)
			model, err := Model(t.Context(), m, ac, words, nil)
			if err != nil {
				t.Fatal(err)
			}
			gates, err := Circuits(t.Context(), ac, tc, words, nil)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range []*Result{model, gates} {
				if r.Verdict != Holds || r.Compared != words.Count() || r.First != nil {
					t.Errorf("%s: %s after %d of %d words: %v", r.Between, r.Verdict, r.Compared, words.Count(), r.First)
				}
			}
			if want := (words.Count() + 63) / 64 * 64 * tc.Gates(); gates.Gates != want {
				t.Errorf("%d gate evaluations, want %d", gates.Gates, want)
			}
			for _, w := range collect(words, 64)[:4] {
				if n, err := Locate(t.Context(), ac, tc, w); err != nil || n != nil {
					t.Errorf("word %v: %v %v", w, n, err)
				}
			}
		})
	}
}

// TestLocateFindsTheFirstNode: on mutants of compiled models, the node named is
// that of the first gate with another value than in the sound circuit.
func TestLocateFindsTheFirstNode(t *testing.T) {
	for _, c := range []config{
		{"mamba-flipflop4", compile.Convolution, compile.Gates, 3, 5, 2},
		{"mamba-flipflop4", compile.Convolution, compile.Depth, 3, 4, 1},
		{"mamba-flipflop4", compile.Recurrent, compile.Wires, 3, 4, 2},
	} {
		t.Run(c.String(), func(t *testing.T) {
			m, alphabet := load(t, c)
			ac, sound := circuitsOf(t, m, c.n)
			words := collect(exhaustive(t, alphabet, c.n), 64)
			text, r := thresholdLines(t, sound), rand.New(rand.NewPCG(7, 7))
			mutants, differ := 0, 0
			for mutants < 30 {
				damaged := mutant(t, sound, text, r)
				if damaged == nil {
					continue
				}
				mutants++
				word := words[r.IntN(len(words))]
				want, found := firstDiffering(t, sound, damaged, word)
				got, err := Locate(t.Context(), ac, damaged, word)
				switch {
				case err != nil:
					t.Fatal(err)
				case found != (got != nil):
					t.Fatalf("mutant %d, word %v: found %v, want %v (node %d)", mutants, word, got, found, want)
				case found && got.ID != want:
					t.Fatalf("mutant %d, word %v: found %v, want node %d %s", mutants, word, got, want, ac.Name(arith.Node(want)))
				case found:
					differ++
				}
			}
			if differ < 5 {
				t.Errorf("only %d of %d mutants differ anywhere", differ, mutants)
			}
			t.Logf("%d of %d mutants differ in a gate on one word", differ, mutants)
		})
	}
}
