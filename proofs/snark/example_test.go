package snark_test

import (
	"context"
	"fmt"

	"tc0/circuits/arith"
	"tc0/proofs/snark"
)

// A circuit of two tokens whose label is 1 where their sum is at least 2. The keys' digest
// is different in every run.
func Example() {
	b := arith.NewBuilder()
	b.At(arith.Origin{Stage: b.Stage("sum"), A: -1, B: -1, J: -1})
	number := b.Table([]int64{0, 1, 2})
	var terms []arith.Term
	for range 2 {
		terms = append(terms, arith.Term{Coef: 1, View: arith.View{Node: b.Input(3), Table: number}})
	}
	sum, at := b.Form(0, terms), b.Table([]int64{2})
	less, more := b.Step(sum, at, b.Table([]int64{1, 0}), 0, 1), b.Step(sum, at, b.Table([]int64{0, 1}), 0, 1)
	b.Output([]arith.Node{sum, sum}, []arith.Node{less, more})
	circuit, err := b.Finish()
	if err != nil {
		fmt.Println(err)
		return
	}

	system, err := snark.Lower(circuit, snark.Options{Backend: snark.Groth16, Words: snark.Private})
	if err != nil {
		fmt.Println(err)
		return
	}
	proving, verifying, err := system.Setup(snark.Origin{})
	if err != nil {
		fmt.Println(err)
		return
	}
	assignment, err := system.Assign([]int{1, 2})
	if err != nil {
		fmt.Println(err)
		return
	}
	proof, err := system.Prove(context.Background(), proving, assignment)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("labels:", proof.Statement.Labels)
	fmt.Println("verified:", snark.Verify(proof, verifying) == nil)
	proof.Statement.Labels[0] = 0
	fmt.Println("another label:", snark.Verify(proof, verifying) == nil)
	// Output:
	// labels: [1]
	// verified: true
	// another label: false
}
