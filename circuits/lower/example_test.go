package lower_test

import (
	"context"
	"fmt"

	"tc0/circuits/arith"
	"tc0/circuits/lower"
	"tc0/circuits/threshold"
)

// quarterSquare is the circuit of [⌊3x/4⌋² >= 20] for a token x of 0 … 7.
func quarterSquare() *arith.Circuit {
	b := arith.NewBuilder()
	b.At(arith.Origin{Stage: b.Stage("example"), T: -1, A: -1, B: -1, J: -1})
	natural := func(n arith.Node) arith.View { return arith.View{Node: n, Table: arith.Natural} }

	token := arith.View{Node: b.Input(8), Table: b.Table([]int64{0, 1, 2, 3, 4, 5, 6, 7})}
	triple := b.Form(0, []arith.Term{{Coef: 3, View: token}})
	quarter := b.Step(triple, b.Table([]int64{4, 8, 12, 16, 20}), b.Table([]int64{0, 1, 2, 3, 4, 5}), 0, 5)
	square := b.Form(0, []arith.Term{{Coef: 1, View: natural(b.Product(natural(quarter), natural(quarter)))}})
	b.Output([]arith.Node{square}, []arith.Node{b.Step(square, b.Table([]int64{20}), b.Table([]int64{0, 1}), 0, 1)})
	c, err := b.Finish()
	if err != nil {
		panic(err)
	}
	return c
}

// A step, a square and a comparison: five gates for the values 1 … 5, three for
// the pairs of their three bits, and one.
func ExampleCircuit() {
	tc, err := lower.Circuit(quarterSquare(), lower.Options{Digits: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	s := tc.Stats()
	fmt.Println("gates", s.Gates, "depth", s.Depth)
	labels, _, err := threshold.NewSimulator(tc).Run(context.Background(), [][]int{{5}, {6}, {7}})
	fmt.Println(labels, err)
	// Output:
	// gates 9 depth 3
	// [[[]] [[]] [[0]]] <nil>
}
