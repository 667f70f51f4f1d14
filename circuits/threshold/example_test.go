package threshold_test

import (
	"context"
	"fmt"
	"os"

	"tc0/circuits/threshold"
)

// exactlyTwo is [x = 2] of a sum x of three tokens 0 or 1, as the difference of
// two gates on one form.
func exactlyTwo() *threshold.Circuit {
	b := threshold.NewBuilder()
	tag := threshold.Tag{Node: -1, Stage: b.Stage("count")}
	value := b.Table([]int64{0, 1})
	var terms []threshold.Term
	for range 3 {
		terms = append(terms, threshold.Term{Coef: 1, Ref: threshold.BankRef(b.Input(2, tag)), Table: value})
	}
	sum := b.Form(0, terms)
	reached := b.Level(sum, b.Table([]int64{2, 3}), 0, 1, 2, tag)
	equal := b.Form(0, []threshold.Term{{Coef: 1, Ref: threshold.BankRef(reached), Table: b.Table([]int64{1, -1})}})
	out := b.Level(equal, b.Table([]int64{1}), 0, 1, 1, tag)
	b.Output([]threshold.Output{{Bank: int32(out)}})
	c, err := b.Finish()
	if err != nil {
		panic(err)
	}
	return c
}

func ExampleBuilder() {
	_ = exactlyTwo().WriteText(os.Stdout)
	// Output:
	// tc0 threshold 1
	// counts gates=3 inputs=6 banks=5 forms=2 terms=4 lists=0 tables=4 stages=1 positions=1
	// stage s0 "count"
	// table t0 0 1
	// table t1 2 3
	// table t2 1 -1
	// table t3 1
	// input b0 bits=2 @ -1 0 0
	// input b1 bits=2 @ -1 0 0
	// input b2 bits=2 @ -1 0 0
	// form f0 = 0 + 1*b0[t0:0] + 1*b1[t0:0] + 1*b2[t0:0]
	// level b3 f0 t1 off=0 stride=1 gates=2 @ -1 0 0
	// form f1 = 0 + 1*b3[t2:0]
	// level b4 f1 t3 off=0 stride=1 gates=1 @ -1 0 0
	// output 0 b4.0
}

func ExampleSimulator_Run() {
	words := [][]int{{0, 1, 0}, {1, 0, 1}, {1, 1, 1}}
	labels, _, err := threshold.NewSimulator(exactlyTwo()).Run(context.Background(), words)
	fmt.Println(labels, err)
	// Output: [[[]] [[0]] [[]]] <nil>
}

func ExampleCircuit_Stats() {
	s := exactlyTwo().Stats()
	fmt.Println(s.Depth, s.Gates, s.Wires, s.MaxFanIn, s.TotalWeight)
	// Output: 2 3 8 3 8
}

func ExampleGateReader() {
	c := exactlyTwo()
	b, k, _ := c.BankOf(2)
	fmt.Printf("%+v\n", threshold.NewGateReader(c).Gate(b, k))
	// Output: {Threshold:1 Wires:[{Signal:{Input:false Number:0} Weight:1} {Signal:{Input:false Number:1} Weight:-1}]}
}
