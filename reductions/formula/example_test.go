package formula_test

import (
	"fmt"
	"strings"

	"tc0/reductions/formula"
)

func ExampleParse() {
	f, err := formula.Parse("x1 & (x2 | !x3)")
	fmt.Println(f, err)
	fmt.Println(f.Names(), f.Depth(), f.Size(), f.Value([]bool{true, false, false}))
	_, err = formula.Parse("x1 & (x2 | x3'")
	fmt.Println(err)
	// Output:
	// x1 & (x2 | !x3) <nil>
	// [x1 x2 x3] 2 3 true
	// column 14: unknown symbol '\'': write ! for not, before its operand
}

func ExampleReadBLIF() {
	n, err := formula.ReadBLIF(strings.NewReader(`.model majority
.inputs a b c
.outputs m
.names a b c m
11- 1
1-1 1
-11 1
.end
`))
	fmt.Println(n.Formula(0), err)
	// Output: a & b | a & c | b & c <nil>
}

func ExampleBalance() {
	f, _ := formula.Parse("a & (b & (c & (d | e | f | g)))")
	g, err := formula.Balance(f, 1000)
	fmt.Println(g, err)
	fmt.Println(f.Depth(), g.Depth())
	c, _ := formula.Equivalent(f, g, 1000, 1)
	fmt.Println(c.Equal, c.Method, c.Compared)
	// Output:
	// (d | e | (f | g)) & (c & (a & b)) <nil>
	// 6 3
	// true exhaustive 128
}
