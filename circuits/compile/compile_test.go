package compile

import (
	"context"
	"fmt"
	"testing"
	"time"

	"tc0/circuits/arith"
	"tc0/circuits/threshold"
	"tc0/theory/ssm"
)

func TestScratch(t *testing.T) {
	for _, name := range []string{"mamba-flipflop4", "s4d-z5", "mamba-parity", "mamba-s3-g2"} {
		for _, form := range []Form{Convolution, Recurrent} {
			for _, goal := range []Goal{Gates, Depth, Wires} {
				for _, digits := range []int{1, 2} {
					const n, bits = 5, 6
					ck, err := ssm.Load("../../theory/ssm/testdata/" + name)
					if err != nil {
						t.Fatal(err)
					}
					words := Words(Alphabet(ck), 128, n, 1)
					tensors, err := Calibrate(context.Background(), ck, form, words)
					if err != nil {
						t.Fatal(err)
					}
					q := &Quant{Version: 1, Checkpoint: ck.Digest, Form: form, Precision: Precision{Base: bits}, Digits: digits, Minimize: goal, Alphabet: Alphabet(ck), Tensors: tensors}
					start := time.Now()
					m, err := New(ck, q, n)
					if err != nil {
						t.Fatal(name, form, goal, digits, err)
					}
					t1 := time.Since(start)
					ac, tc, err := m.Threshold(n)
					if err != nil {
						t.Fatal(name, form, goal, digits, err)
					}
					st := tc.Stats()
					t2 := time.Since(start)
					fmt.Println(name, form, goal, digits, "plan", t1, "lower+stats", t2-t1, "nodes", ac.Len(), "depth", st.Depth, "gates", st.Gates, "wires", st.Wires, "wbits", st.MaxWeightBits, m.Findings)
					test := Words(Alphabet(ck), 100, n, 2)
					want, err := m.EvalAll(context.Background(), test)
					if err != nil {
						t.Fatal(err)
					}
					got, err := arith.NewEvaluator(ac).Eval(context.Background(), test)
					if err != nil {
						t.Fatal(err)
					}
					agree, total := 0, 0
					for i := range test {
						logits, _ := ck.Model.Forward(test[i], ssm.Recurrent, nil)
						for p := range n {
							for c := range m.vocab {
								if got[i].Logits[p][c] != want[i].Logits[p*m.vocab+c] {
									t.Fatalf("%s: word %d pos %d class %d: IR %d direct %d", name, i, p, c, got[i].Logits[p][c], want[i].Logits[p*m.vocab+c])
								}
							}
							if got[i].Labels[p] != want[i].Labels[p] {
								t.Fatal("label differs")
							}
							total++
							if ssm.Argmax(logits[p*m.vocab:(p+1)*m.vocab]) == want[i].Labels[p] {
								agree++
							}
						}
					}
					labels, evals, err := threshold.NewSimulator(tc).Run(context.Background(), test)
					if err != nil {
						t.Fatal(err)
					}
					for i := range test {
						for p := range n {
							if len(labels[i][p]) != 1 || labels[i][p][0] != want[i].Labels[p] {
								t.Fatalf("%s: gates word %d pos %d: %v want %d", name, i, p, labels[i][p], want[i].Labels[p])
							}
						}
					}
					gates := m.program.layout(gateMeasure, 0).base(n)
					if uint64(gates) != st.Gates {
						t.Errorf("layout says %d gates, built %d", gates, st.Gates)
					}
					fmt.Println("   agree", agree, total, "evals", evals, time.Since(start)-t2)
				}
			}
		}
	}
}
