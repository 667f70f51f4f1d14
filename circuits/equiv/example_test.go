package equiv_test

import (
	"context"
	"fmt"
	"strings"

	"tc0/circuits/arith"
	"tc0/circuits/equiv"
	"tc0/circuits/lower"
	"tc0/circuits/threshold"
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
