package equiv_test

import (
	"context"
	"fmt"
	"strings"

	"tc0/circuits/arith"
	"tc0/circuits/equiv"
	"tc0/circuits/lower"
	"tc0/circuits/threshold"
	"tc0/theory/ssm"
)

// both tells by two labels whether two bits are both 1.
const both = `tc0 arith 1
counts nodes=6 terms=5 tables=3 stages=1 positions=1
stage s0 "both"
table t0 0 1
table t1 2
table t2 -1
input n0 levels=2 @ s0 0 -1 -1 -1
input n1 levels=2 @ s0 1 -1 -1 -1
form n2 = 0 + 1*n0[t0] + 1*n1[t0] @ s0 1 -1 -1 -1
step n3 = n2 th=t1 val=t0 off=0 count=1 @ s0 1 1 -1 -1
form n4 = 0 + -1*n2 @ s0 1 -1 -1 -1
step n5 = n4 th=t2 val=t0 off=0 count=1 @ s0 1 0 -1 -1
logits 0 n4 n2
labels 0 n5 n3
`

func ExampleCircuits() {
	ac, _ := arith.ReadText(strings.NewReader(both))
	tc, _ := lower.Circuit(ac, lower.Options{Digits: 1})
	words, _ := equiv.Exhaustive([]int{0, 1}, 2)
	r, _ := equiv.Circuits(context.Background(), ac, tc, words, nil)
	fmt.Println(r.Verdict, "-", r.Method)

	var text strings.Builder
	_ = tc.WriteText(&text)
	damaged, _ := threshold.ReadText(strings.NewReader(strings.Replace(text.String(), "table t1 2\n", "table t1 0\n", 1)))
	r, _ = equiv.Circuits(context.Background(), ac, damaged, words, nil)
	fmt.Println(r.Verdict, "-", r.First)
	// Output:
	// holds - exhaustive over 4 words of length 2
	// fails - word 0,0, position 0: label is 0 and 1, expected 0; first differing node n3 both[t=1,a=1]: level 1, expected 0 (form 0 of bank 2 has the right value 0: a threshold differs)
}

// parity tells by two labels, at each of two positions, whether the number of ones so far
// is even or odd.
const parity = `tc0 arith 1
counts nodes=10 terms=9 tables=5 stages=1 positions=2
stage s0 "parity"
table t0 0 1
table t1 1
table t2 0
table t3 1 2
table t4 0 1 0
input n0 levels=2 @ s0 0 -1 -1 -1
form n1 = 0 + 1*n0[t0] @ s0 0 -1 -1 -1
step n2 = n1 th=t1 val=t0 off=0 count=1 @ s0 0 1 -1 -1
form n3 = 0 + -1*n1 @ s0 0 -1 -1 -1
step n4 = n3 th=t2 val=t0 off=0 count=1 @ s0 0 0 -1 -1
input n5 levels=2 @ s0 1 -1 -1 -1
form n6 = 0 + 1*n0[t0] + 1*n5[t0] @ s0 1 -1 -1 -1
step n7 = n6 th=t3 val=t4 off=0 count=2 @ s0 1 1 -1 -1
form n8 = 0 + -1*n7 @ s0 1 -1 -1 -1
step n9 = n8 th=t2 val=t0 off=0 count=1 @ s0 1 0 -1 -1
logits 0 n3 n1
labels 0 n4 n2
logits 1 n8 n6
labels 1 n9 n7
`

func ExampleAsk() {
	ac, _ := arith.ReadText(strings.NewReader(parity))
	tc, _ := lower.Circuit(ac, lower.Options{Digits: 1})
	task := &ssm.Task{Name: "parity", Trans: [][]int{{0, 1}, {1, 0}}}
	a, err := equiv.Ask(context.Background(), tc, task, []int{0, 1}, 0, equiv.Gophersat)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(a.Verdict, "-", a.Kind)

	var text strings.Builder
	_ = tc.WriteText(&text)
	damaged, _ := threshold.ReadText(strings.NewReader(strings.Replace(text.String(), "table t3 1 2\n", "table t3 1 3\n", 1)))
	a, err = equiv.Ask(context.Background(), damaged, task, []int{0, 1}, 0, equiv.Gophersat)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(a.Verdict, "-", a.First)
	// Output:
	// holds - proved: DRAT proof of gophersat, checked
	// fails - word 1,1, position 1: label is 1, expected 0
}
