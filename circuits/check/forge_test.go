package check_test

import (
	"context"
	"reflect"
	"slices"
	"testing"

	"tc0/circuits/arith"
	"tc0/circuits/check"
	"tc0/circuits/lower"
	"tc0/circuits/threshold"
)

// Numbers of banks and forms in the lowered circuit of [products].
const (
	oneForm   = 0 // the constant 1
	threeXYZ  = 3 // conjunctions of x, y and z
	threeXY   = 6
	evenBank  = 7 // of the multiple 2
	thirdBank = 8 // of the multiple 3
)

// products is x·y·z of three tokens, and multiples 2 and 3 of [x = 1] by y, each
// compared with all their values.
func products(tb testing.TB) (*arith.Circuit, *threshold.Circuit) {
	tb.Helper()
	b := arith.NewBuilder()
	b.At(arith.Origin{Stage: b.Stage("s"), T: -1, A: -1, B: -1, J: -1})
	b.Form(1, nil)
	x, y, z := b.Input(3), b.Input(3), b.Input(3)
	view := func(n arith.Node, values ...int64) arith.View { return arith.View{Node: n, Table: b.Table(values)} }
	values := []arith.Node{
		b.Product(view(x, 1, 2, 4), view(y, 1, 2, 4), view(z, 1, 2, 4)),
		b.Product(view(x, 0, 2, 0), view(y, 1, 2, 4)),
		b.Product(view(x, 0, 3, 0), view(y, 1, 2, 4)),
	}
	var labels []arith.Node
	for _, v := range values {
		f := b.Form(0, []arith.Term{{Coef: 1, View: arith.View{Node: v, Table: arith.Natural}}})
		_, hi := b.Range(f)
		for at := range hi {
			labels = append(labels, b.Step(f, b.Table([]int64{at + 1}), b.Table([]int64{0, 1}), 0, 1))
		}
	}
	b.Output(nil, labels)
	ac, err := b.Finish()
	if err != nil {
		tb.Fatal(err)
	}
	tc, err := lower.Circuit(ac, lower.Options{Digits: 1})
	if err != nil {
		tb.Fatal(err)
	}
	return ac, tc
}

// TestForgeries are circuits made to look right where a validator might not look.
func TestForgeries(t *testing.T) {
	tests := []struct {
		name  string
		forge func(s *spec)
	}{
		{"bits of another variable that has the same levels", func(s *spec) {
			l := s.banks[threeXYZ].Lists
			s.banks[threeXYZ].Lists = [][]int32{l[1], l[1], l[2]}
		}},
		{"bits of another multiple of the factor", func(s *spec) {
			s.banks[thirdBank].Lists = [][]int32{s.banks[evenBank].Lists[0], s.banks[thirdBank].Lists[1]}
		}},
		{"bits of the factor and a constant", func(s *spec) {
			d := &s.banks[threeXY]
			d.Lists = [][]int32{append(slices.Clone(d.Lists[0]), oneForm), d.Lists[1]}
			s.tables = append(s.tables, []int64{1, 2, 2, 4, 4, 8})
			s.eachTerm(func(t *threshold.Term) {
				if t.Ref == threeXY {
					t.Table = threshold.Table(len(s.tables) - 1)
				}
			})
		}},
		{"tokens in another order", func(s *spec) {
			s.banks[0].Tag, s.banks[1].Tag = s.banks[1].Tag, s.banks[0].Tag
			s.eachTerm(func(t *threshold.Term) {
				if t.Ref == 0 || t.Ref == 1 {
					t.Ref = 1 - t.Ref
				}
			})
		}},
		{"a label more", func(s *spec) { s.outputs[0] = append(slices.Clone(s.outputs[0]), s.outputs[0][0]) }},
		{"a label less", func(s *spec) { s.outputs[0] = s.outputs[0][1:] }},
		{"a position more", func(s *spec) { s.outputs = append(s.outputs, nil) }},
		{"no position", func(s *spec) { s.outputs = nil }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ac, tc := products(t)
			ws := allWords(ac)
			want := expected(t, ac, ws)
			if r := check.Lowering(context.Background(), ac, tc, check.Options{}); r.Verdict != check.Holds {
				t.Fatal(r.Failing)
			}
			s := specOf(tc).clone()
			tt.forge(s)
			forged, err := s.build()
			if err != nil {
				t.Fatal(err)
			}
			got, _, err := threshold.NewSimulator(forged).Run(context.Background(), ws)
			if err != nil || reflect.DeepEqual(want, got) {
				t.Fatalf("the forgery computes the same, %v", err)
			}
			if r := check.Lowering(context.Background(), ac, forged, check.Options{}); r.Verdict != check.Fails {
				t.Errorf("%v", r.Verdict)
			}
		})
	}
}
