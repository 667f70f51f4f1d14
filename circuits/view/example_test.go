package view_test

import (
	"fmt"
	"os"
	"strings"

	"tc0/circuits/arith"
	"tc0/circuits/lower"
	"tc0/circuits/view"
)

// both tells by two labels whether two bits are both 1.
const both = `tc0 arith 1
counts nodes=6 terms=5 tables=3 stages=2 positions=1
stage s0 "input"
stage s1 "both"
table t0 0 1
table t1 2
table t2 -1
input n0 levels=2 @ s0 0 -1 -1 -1
input n1 levels=2 @ s0 1 -1 -1 -1
form n2 = 0 + 1*n0[t0] + 1*n1[t0] @ s1 1 -1 -1 -1
step n3 = n2 th=t1 val=t0 off=0 count=1 @ s1 1 1 -1 -1
form n4 = 0 + -1*n2 @ s1 1 -1 -1 -1
step n5 = n4 th=t2 val=t0 off=0 count=1 @ s1 1 0 -1 -1
logits 0 n4 n2
labels 0 n5 n3
`

func Example() {
	ac, _ := arith.ReadText(strings.NewReader(both))
	tc, _ := lower.Circuit(ac, lower.Options{Digits: 1})
	v, _ := view.New(ac, tc)
	_ = view.StageTable(v.Stages(view.All)).Write(os.Stdout)
	fmt.Println()
	node := v.Node(3, 10)
	_ = node.Write(os.Stdout)
	// Output:
	// stage  operation  nodes  depth  gates  wires  fan-in
	// input  input          2      0      0      0       0
	// both   form+step      4      1      2      4       2
	//
	// n3  both[t=1,a=1]  (step)
	//     = values[number of thresholds that n2 reaches]
	//     n2 both[t=1]
	//     = table (0 1)[level of n0 input[t=0]]
	//     + table (0 1)[level of n1 input[t=1]]
	//   range       0 … 1
	//   levels      2
	//   thresholds  (2)
	//   values      (0 1)
	//   depth       1
	//   gates       1
	//   readers     0
	//   output      label bit of class 1 at position 0
	//   bank 2 (level): gate 0 at depth 1, fan-in 2
	//       [f0 ≥ τ] for τ in (2)
}
