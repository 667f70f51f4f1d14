package equiv_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"tc0/circuits/arith"
	"tc0/circuits/compile"
	"tc0/circuits/equiv"
	"tc0/circuits/threshold"
	"tc0/theory/ssm"
)

// trained quantises a shipped checkpoint at the given bits, or at those that the
// search finds when bits is 0, and compiles it for words of length n.
func trained(t *testing.T, name string, n, bits int) (*compile.Model, *arith.Circuit, *threshold.Circuit, []int) {
	t.Helper()
	ck, err := ssm.Load(filepath.Join("../../theory/ssm/testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	r := compile.Request{
		Length: n, Agreement: 1, Digits: 2, Minimize: compile.Gates, Form: compile.Convolution, Seed: 1, EvalWords: 512,
		Progress: func(string, int, int) {},
	}
	if bits > 0 {
		r.Precision = &compile.Precision{Base: bits}
	}
	q, err := compile.Quantise(context.Background(), ck, r)
	if err != nil {
		t.Fatal(err)
	}
	m, err := compile.New(ck, q, n)
	if err != nil {
		t.Fatal(err)
	}
	ac, tc, err := m.Threshold(n)
	if err != nil {
		t.Fatal(err)
	}
	return m, ac, tc, q.Alphabet
}

func holds(t *testing.T, r *equiv.Result, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if r.Verdict != equiv.Holds {
		t.Fatalf("%s: %v", r.Between, r.First)
	}
	t.Logf("%s: equal on %d words (%+v), %d gate evaluations", r.Between, r.Compared, r.Method, r.Gates)
}

// TestTrainedExhaustively simulates every gate on all words of length 1 to 8 over
// the input tokens.
func TestTrainedExhaustively(t *testing.T) {
	for _, name := range []string{"mamba-parity", "mamba-s3-g2"} {
		for n := 1; n <= 8; n++ {
			t.Run(fmt.Sprintf("%s/%d", name, n), func(t *testing.T) {
				m, ac, tc, alphabet := trained(t, name, n, 6)
				words, err := equiv.Exhaustive(alphabet, n)
				if err != nil {
					t.Fatal(err)
				}
				r, err := equiv.Model(context.Background(), m, ac, words, nil)
				holds(t, r, err)
				r, err = equiv.Circuits(context.Background(), ac, tc, words, nil)
				holds(t, r, err)
			})
		}
	}
}

// TestTrainedSampled compares every shipped checkpoint at the precision that reaches
// full agreement: 10,000 words through the arithmetic circuit, and 10,000 or, for
// the larger circuits, 100 words through every gate.
func TestTrainedSampled(t *testing.T) {
	if os.Getenv("TC0_LONG") == "" {
		t.Skip("takes some ten minutes; set TC0_LONG=1 to run it")
	}
	for _, n := range []int{8, 16} {
		for _, name := range []string{"mamba-flipflop4", "s4d-z5", "mamba-parity", "mamba-s3-g2", "mamba-a4-g3", "mamba-a5-g2"} {
			t.Run(fmt.Sprintf("%s/%d", name, n), func(t *testing.T) {
				m, ac, tc, alphabet := trained(t, name, n, 0)
				sample := func(count int) equiv.Words {
					words, err := equiv.Sampled(alphabet, n, count, 5)
					if err != nil {
						t.Fatal(err)
					}
					return words
				}
				r, err := equiv.Model(context.Background(), m, ac, sample(10000), nil)
				holds(t, r, err)
				count := 100
				if n == 8 && (name == "mamba-flipflop4" || name == "s4d-z5") {
					count = 10000
				}
				r, err = equiv.Circuits(context.Background(), ac, tc, sample(count), nil)
				holds(t, r, err)
			})
		}
	}
}
