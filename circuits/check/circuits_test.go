package check_test

import (
	"context"
	"testing"

	"tc0/circuits/arith"
	"tc0/circuits/check"
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

// small are compiled circuits small enough to validate hundreds of times.
var small = func() (all []config) {
	for _, model := range []string{"mamba-flipflop4", "s4d-z5"} {
		for _, goal := range []compile.Goal{compile.Gates, compile.Depth, compile.Wires} {
			for _, digits := range []int{1, 2} {
				all = append(all, config{model, compile.Convolution, goal, 4, 6, digits})
			}
		}
	}
	return all
}()

// TestModels: no check finds fault with compiled models.
func TestModels(t *testing.T) {
	for _, c := range small {
		checkModel(t, c)
		if c.goal == compile.Gates {
			c.form = compile.Recurrent
			checkModel(t, c)
		}
	}
	for _, model := range []string{"mamba-parity", "mamba-s3-g2"} {
		checkModel(t, config{model, compile.Convolution, compile.Gates, 4, 6, 2})
	}
}

func checkModel(t *testing.T, c config) {
	ac, tc := build(t, c)
	r := check.Lowering(context.Background(), ac, tc, check.Options{MaxFailures: 3})
	if r.Verdict != check.Holds {
		t.Errorf("%+v: %v %v %s", c, r.Verdict, r.Failing, r.Reason)
	}
	if r.Compared.Nodes != ac.Len() || r.Compared.Banks != tc.Banks() {
		t.Errorf("%+v: compared %d nodes and %d banks of %d and %d", c, r.Compared.Nodes, r.Compared.Banks, ac.Len(), tc.Banks())
	}
	if fs := append(check.Arith(ac), check.Circuit(tc, check.Limits{})...); len(fs) > 0 {
		t.Errorf("%+v: %d findings, first %v", c, len(fs), fs[0])
	}
}

// TestLoweringStops: a validation that is stopped holds nothing.
func TestLoweringStops(t *testing.T) {
	ac, tc := build(t, small[0])
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if r := check.Lowering(ctx, ac, tc, check.Options{}); r.Verdict != check.Undecided || r.Reason == "" || r.Compared.Nodes > 0 {
		t.Errorf("after the context ended: %+v", r)
	}
	other, _ := build(t, small[2])
	for _, most := range []int{1, 7} {
		r := check.Lowering(context.Background(), other, tc, check.Options{MaxFailures: most})
		if r.Verdict != check.Fails || r.Failures != most || len(r.Failing) != most || r.Reason == "" {
			t.Errorf("at most %d failures: %v, %d, %s", most, r.Verdict, r.Failures, r.Reason)
		}
	}
}
