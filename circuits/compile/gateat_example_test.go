package compile_test

import (
	"context"
	"fmt"
	"log"

	"tc0/circuits/compile"
	"tc0/theory/ssm"
)

// The last gate of a circuit for a million tokens, which could not be built.
func ExampleModel_GateAt() {
	ck, err := ssm.Load("../../theory/ssm/testdata/mamba-flipflop4")
	if err != nil {
		log.Fatal(err)
	}
	q, err := compile.Quantise(context.Background(), ck, compile.Request{
		Length: 8, Precision: &compile.Precision{Base: 6}, Digits: 1, Minimize: compile.Gates, Form: compile.Convolution,
	})
	if err != nil {
		log.Fatal(err)
	}
	const n = 1_000_000
	m, err := compile.New(ck, q, n)
	if err != nil {
		log.Fatal(err)
	}
	gates, err := m.Gates(n)
	if err != nil {
		log.Fatal(err)
	}
	place, err := m.Locate(n, gates-1)
	if err != nil {
		log.Fatal(err)
	}
	gate, err := m.GateAt(n, gates-1)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(place, "threshold", gate.Threshold)
	for _, w := range gate.Wires {
		p, err := m.Locate(n, w.Number)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(w.Weight, p)
	}
	// Output:
	// argmax.label[t=999999,a=4] threshold 0
	// -1 argmax.compare[t=999999,a=3]
	// -1 argmax.compare[t=999999,a=6]
	// -1 argmax.compare[t=999999,a=8]
	// -1 argmax.compare[t=999999,a=9]
}
