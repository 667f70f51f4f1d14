package snark_test

import (
	"context"
	"fmt"
	"math/big"

	"tc0/circuits/arith"
	"tc0/circuits/compile"
	"tc0/proofs/snark"
	"tc0/theory/ssm"
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

// A trained model whose weights stay secret: labels are proved to be those of the weights with a commitment,
// here without keys.
func ExampleSystem_Bind() {
	circuit, err := compiled("../../theory/ssm/testdata/mamba-flipflop4", 2, 4)
	if err != nil {
		fmt.Println(err)
		return
	}
	architecture, err := snark.ArchitectureOf(circuit, snark.DefaultRoom)
	if err != nil {
		fmt.Println(err)
		return
	}
	system, err := snark.LowerArchitecture(architecture, snark.Options{Backend: snark.Groth16, Words: snark.Private, Committed: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	var commitments []string
	for _, salt := range []int64{1, 2} { // in earnest from snark.NewSalt
		bound, err := system.Bind(circuit, big.NewInt(salt))
		if err != nil {
			fmt.Println(err)
			return
		}
		assignment, err := bound.Assign([]int{1, 3})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println("solved:", bound.Solve(context.Background(), assignment) == nil)
		commitments = append(commitments, assignment.Statement.Model)
	}
	fmt.Println("the salt hides that it is one model:", commitments[0] != commitments[1])
	// Output:
	// solved: true
	// solved: true
	// the salt hides that it is one model: true
}

// compiled is the circuit of a checkpoint at a length and precision.
func compiled(dir string, length, bits int) (*arith.Circuit, error) {
	ck, err := ssm.Load(dir)
	if err != nil {
		return nil, err
	}
	q, err := compile.Quantise(context.Background(), ck, compile.Request{
		Length: length, Precision: &compile.Precision{Base: bits}, Digits: 2, Minimize: compile.Gates,
		Form: compile.Convolution, Seed: 1, EvalWords: 1,
	})
	if err != nil {
		return nil, err
	}
	model, err := compile.New(ck, q, length)
	if err != nil {
		return nil, err
	}
	return model.Arith(length)
}
