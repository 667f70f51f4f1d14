package check_test

import (
	"context"
	"fmt"

	"tc0/circuits/arith"
	"tc0/circuits/check"
	"tc0/circuits/lower"
	"tc0/circuits/threshold"
)

// The label [2·token - 3 >= 0] for tokens 0, 1 and 2 is lowered, and then compared
// with the label [2·token - 3 >= 2]. They differ where the form is 0 or 1; that no
// token makes it 0 is beyond what ranges tell.
func ExampleLowering() {
	ac := label(0)
	tc, err := lower.Circuit(ac, lower.Options{Digits: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(check.Lowering(context.Background(), ac, tc, check.Options{}).Verdict)

	for _, f := range check.Lowering(context.Background(), label(2), tc, check.Options{}).Failing {
		fmt.Println(f)
		fmt.Println(check.Explain(f.ID))
	}
	// Output:
	// holds
	// LW007 sign bank 1 gate 0: at 0 the label is 0 and the output gate 1
	// An output gate does not equal its label over the proved range.
}

// label is the circuit of [2·token - 3 >= border].
func label(border int64) *arith.Circuit {
	b := arith.NewBuilder()
	b.At(arith.Origin{Stage: b.Stage("sign"), T: -1, A: -1, B: -1, J: -1})
	token := arith.View{Node: b.Input(3), Table: b.Table([]int64{0, 1, 2})}
	form := b.Form(-3, []arith.Term{{Coef: 2, View: token}})
	step := b.Step(form, b.Table([]int64{border}), b.Table([]int64{0, 1}), 0, 1)
	b.Output([]arith.Node{form}, []arith.Node{step})
	c, err := b.Finish()
	if err != nil {
		panic(err)
	}
	return c
}

func ExampleCircuit() {
	b := threshold.NewBuilder()
	tag := threshold.Tag{Node: -1, Stage: b.Stage("sign")}
	token := b.Input(3, tag)
	sum := b.Form(0, []threshold.Term{{Coef: 1, Ref: threshold.BankRef(token), Table: b.Table([]int64{-3, -1, 1})}})
	b.Level(sum, b.Table([]int64{-2, 0}), 0, 1, 2, tag)
	tc, err := b.Finish()
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range check.Circuit(tc, check.Limits{MaxGates: 1, MaxWeightBits: 1}) {
		fmt.Println(f)
	}
	// Output:
	// TC021 circuit: 2 gates are more than 1
	// TC022 bank 1, gate 0: a weight of more than 1 bits; the largest has 2
}
