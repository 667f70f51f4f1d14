package arith_test

import (
	"context"
	"fmt"
	"os"

	"tc0/circuits/arith"
)

// squares is the rounded tenth of the product of two tokens 0..9, and whether
// it is at least 3.
func squares() *arith.Circuit {
	b := arith.NewBuilder()
	b.At(arith.Origin{Stage: b.Stage("digits"), T: -1, A: -1, B: -1, J: -1})
	digits := b.Table([]int64{0, 1, 2, 3, 4, 5, 6, 7, 8, 9})
	x, y := b.Input(10), b.Input(10)
	p := b.Product(arith.View{Node: x, Table: digits}, arith.View{Node: y, Table: digits})
	f := b.Form(5, []arith.Term{{Coef: 1, View: arith.View{Node: p, Table: arith.Natural}}})
	tenth := b.Step(f, b.Table([]int64{10, 20, 30, 40, 50, 60, 70, 80}), b.Table([]int64{0, 1, 2, 3, 4, 5, 6, 7, 8}), 0, 8)
	z := b.Form(0, []arith.Term{{Coef: 1, View: arith.View{Node: tenth, Table: arith.Natural}}})
	large := b.Step(z, b.Table([]int64{3}), b.Table([]int64{0, 1}), 0, 1)
	b.Output([]arith.Node{z}, []arith.Node{large})
	c, err := b.Finish()
	if err != nil {
		panic(err)
	}
	return c
}

func ExampleBuilder() {
	_ = squares().WriteText(os.Stdout)
	// Output:
	// tc0 arith 1
	// counts nodes=7 terms=6 tables=5 stages=1 positions=1
	// stage s0 "digits"
	// table t0 0 1 2 3 4 5 6 7 8 9
	// table t1 10 20 30 40 50 60 70 80
	// table t2 0 1 2 3 4 5 6 7 8
	// table t3 3
	// table t4 0 1
	// input n0 levels=10 @ s0 -1 -1 -1 -1
	// input n1 levels=10 @ s0 -1 -1 -1 -1
	// product n2 = n0[t0] * n1[t0] @ s0 -1 -1 -1 -1
	// form n3 = 5 + 1*n2 @ s0 -1 -1 -1 -1
	// step n4 = n3 th=t1 val=t2 off=0 count=8 @ s0 -1 -1 -1 -1
	// form n5 = 0 + 1*n4 @ s0 -1 -1 -1 -1
	// step n6 = n5 th=t3 val=t4 off=0 count=1 @ s0 -1 -1 -1 -1
	// logits 0 n5
	// labels 0 n6
}

func ExampleEvaluator_Eval() {
	r, err := arith.NewEvaluator(squares()).Eval(context.Background(), [][]int{{7, 8}, {2, 3}})
	fmt.Println(r[0].Logits, r[0].Labels, r[1].Logits, r[1].Labels, err)
	// Output: [[6]] [0] [[1]] [-1] <nil>
}

func ExampleIndex_Level() {
	ix := arith.NewIndex([]int64{-5, 0, 100})
	fmt.Println(ix.Level(-6), ix.Level(-5), ix.Level(99), ix.Level(100))
	// Output: 0 1 2 3
}
