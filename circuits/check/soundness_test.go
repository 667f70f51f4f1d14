package check_test

import (
	"context"
	"math/rand/v2"
	"reflect"
	"testing"

	"tc0/circuits/arith"
	"tc0/circuits/check"
	"tc0/circuits/threshold"
)

// TestFarConstants has banks whose forms differ from the step's by constants
// near the ends of the integers, where borders of cells and negated values do
// not fit. One of the gates is 1 on token 0, the label is never.
func TestFarConstants(t *testing.T) {
	const far = 1<<62 - 1
	a := arith.NewBuilder()
	a.At(arith.Origin{Stage: a.Stage("s"), T: -1, A: -1, B: -1, J: -1})
	in := a.Input(2)
	form := a.Form(-far, []arith.Term{{Coef: 1, View: arith.View{Node: in, Table: a.Table([]int64{0, 1})}}})
	step := a.Step(form, a.Table(nil), a.Table([]int64{0}), 0, 0)
	a.Output(nil, []arith.Node{step})
	ac, err := a.Finish()
	if err != nil {
		t.Fatal(err)
	}

	b := threshold.NewBuilder()
	tag := threshold.Tag{Node: int32(step), Stage: b.Stage("s")}
	bits := b.Input(2, threshold.Tag{Node: int32(in)})
	token := func(coef, constant int64) int {
		return b.Form(constant, []threshold.Term{{Coef: coef, Ref: threshold.BankRef(bits), Table: b.Table([]int64{0, 1})}})
	}
	b.Level(token(1, far-1), b.Table([]int64{-far}), 0, 1, 1, tag)
	gate := b.Level(token(-1, far-1), b.Table([]int64{far - 1}), 0, 1, 1, tag)
	b.Output([]threshold.Output{{Bank: int32(gate)}})
	tc, err := b.Finish()
	if err != nil {
		t.Fatal(err)
	}
	got, _, err := threshold.NewSimulator(tc).Run(context.Background(), [][]int{{0}, {1}})
	if err != nil || len(got[0][0]) != 1 || len(got[1][0]) != 0 {
		t.Fatalf("labels %v, %v: the gate should be 1 on token 0 alone", got, err)
	}
	if r := check.Lowering(context.Background(), ac, tc, check.Options{}); r.Verdict != check.Fails {
		t.Errorf("%v: accepted a gate that is 1 for a label that is 0", r.Verdict)
	}
}

// expected are the labels of words by the definition of the circuit.
func expected(tb testing.TB, ac *arith.Circuit, words [][]int) [][][]int {
	tb.Helper()
	tracer := arith.NewTracer(ac)
	all := make([][][]int, len(words))
	for i, w := range words {
		values, _, err := tracer.Trace(w)
		if err != nil {
			tb.Fatal(err)
		}
		all[i] = make([][]int, len(ac.Outputs()))
		for t, o := range ac.Outputs() {
			for class, n := range o.Labels {
				if values[n] == 1 {
					all[i][t] = append(all[i][t], class)
				}
			}
		}
	}
	return all
}

// TestSoundness changes one to three things of small random circuits, any that a
// file could hold, and has every word decide: what is accepted must compute the
// same. Sampled circuits and mutants, exhaustive words.
func TestSoundness(t *testing.T) {
	const circuits, mutants = 400, 40
	refused, rejected, accepted, equal := 0, 0, 0, 0
	for seed := range uint64(circuits) {
		r := rand.New(rand.NewPCG(seed, 1))
		ac, tc := randomPair(t, r)
		if ac == nil {
			continue
		}
		if report := check.Lowering(context.Background(), ac, tc, check.Options{}); report.Verdict != check.Holds {
			t.Fatalf("circuit %d: %v %v", seed, report.Verdict, report.Failing)
		}
		ws := allWords(ac)
		want := expected(t, ac, ws)
		s := specOf(tc)
		for range mutants {
			m, text := s.mutant(r, everything, 1+r.IntN(3))
			changed, err := m.build()
			if err != nil {
				refused++
				continue
			}
			got, _, err := threshold.NewSimulator(changed).Run(context.Background(), ws)
			same := err == nil && reflect.DeepEqual(got, want)
			switch report := check.Lowering(context.Background(), ac, changed, check.Options{}); {
			case report.Verdict == check.Undecided:
				t.Errorf("circuit %d, %s: %s", seed, text, report.Reason)
			case report.Verdict == check.Holds && !same:
				t.Errorf("circuit %d, %s: accepted, but words differ", seed, text)
			case report.Verdict == check.Holds:
				accepted++
			case same:
				equal++
				rejected++
			default:
				rejected++
			}
		}
	}
	t.Logf("%d circuits (seeds 0…), %d mutants each: %d refused by the builder, %d rejected (%d of them equal on all words), %d accepted and equal on all words",
		circuits, mutants, refused, rejected, equal, accepted)
	if rejected < 1000 || accepted < 100 {
		t.Error("too few mutants to tell anything")
	}
}
