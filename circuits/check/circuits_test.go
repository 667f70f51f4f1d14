package check

import (
	"context"
	"testing"

	"tc0/circuits/arith"
	"tc0/circuits/compile"
	"tc0/circuits/threshold"
	"tc0/theory/ssm"
)

// config names a compiled circuit.
type config struct {
	model           string
	form            compile.Form
	goal            compile.Goal
	n, bits, digits int
}

// build compiles a checkpoint to both circuits.
func build(tb testing.TB, c config) (*arith.Circuit, *threshold.Circuit) {
	tb.Helper()
	ck, err := ssm.Load("../../theory/ssm/testdata/" + c.model)
	if err != nil {
		tb.Fatal(err)
	}
	alphabet := compile.Alphabet(ck)
	tensors, err := compile.Calibrate(context.Background(), ck, c.form, compile.Words(alphabet, 128, c.n, 1))
	if err != nil {
		tb.Fatal(err)
	}
	q := &compile.Quant{
		Version: 1, Checkpoint: ck.Digest, Form: c.form, Precision: compile.Precision{Base: c.bits},
		Digits: c.digits, Minimize: c.goal, Alphabet: alphabet, Tensors: tensors,
	}
	m, err := compile.New(ck, q, c.n)
	if err != nil {
		tb.Fatal(err)
	}
	ac, tc, err := m.Threshold(c.n)
	if err != nil {
		tb.Fatal(err)
	}
	return ac, tc
}

func TestLoweringOfModels(t *testing.T) {
	for _, model := range []string{"mamba-parity", "mamba-flipflop4", "s4d-z5", "mamba-s3-g2"} {
		for _, form := range []compile.Form{compile.Convolution, compile.Recurrent} {
			for _, goal := range []compile.Goal{compile.Gates, compile.Depth, compile.Wires} {
				for _, digits := range []int{1, 2} {
					c := config{model, form, goal, 4, 6, digits}
					ac, tc := build(t, c)
					r := Lowering(context.Background(), ac, tc, Options{})
					if r.Verdict != Holds {
						t.Errorf("%+v: %v, %d failures, %s", c, r.Verdict, r.Failures, r.Reason)
						for _, f := range r.Failing[:min(3, len(r.Failing))] {
							t.Log(f)
						}
					}
				}
			}
		}
	}
}
