package barrington_test

import (
	"fmt"
	"math/big"

	"tc0/reductions/barrington"
	"tc0/reductions/formula"
	"tc0/theory/language"
)

func ExampleNewInstance() {
	f, _ := formula.Parse("x1 & x2")
	a5, _ := barrington.Named("A5")
	in := barrington.NewInstance(f, a5)
	fmt.Println("letters:", in.Length())
	x := []bool{true, true}
	for letter := range in.Word(x) {
		fmt.Println(a5.Letters()[letter])
	}
	value, err := in.Value(x)
	fmt.Println(value, f.Value(x), err)
	// Output:
	// letters: 4
	// (1 4 2 3 5)
	// (1 4 3 5 2)
	// (1 5 3 2 4)
	// (1 2 5 3 4)
	// true true <nil>
}

func ExampleInstance_At() {
	f, _ := formula.Parse("x1 & (x2 | !x3)")
	a5, _ := barrington.Named("A5")
	c, _ := barrington.NewInstance(f, a5).At(big.NewInt(4))
	fmt.Printf("x%d chooses between %s and %s\n", c.Variable+1, a5.Letters()[c.Zero], a5.Letters()[c.One])
	// Output:
	// x2 chooses between (1 5 4 3 2) and ()
}

func ExampleAutomaton() {
	// Five cups: s swaps the first two, r moves all of them on. Is the ball back?
	next := [][]int{{1, 1}, {0, 2}, {2, 3}, {3, 4}, {4, 0}}
	cups, _ := language.NewDFA([]string{"s", "r"}, 0, next, []int{1, 0, 0, 0, 0})
	l, _ := barrington.Automaton(cups, 1000)
	f, _ := formula.Parse("x1 & x2")
	in := barrington.NewInstance(f, l)
	fmt.Println("letters:", in.Length())
	for letter := range in.Word([]bool{true, true}) {
		fmt.Print(l.Letters()[letter])
	}
	fmt.Println()
	// Output:
	// letters: 48
	// rrsrsrrsrssssrrsssssssssrsrrrsrsrssssrrrrsrsrsss
}

func ExampleNamed_solvable() {
	_, err := barrington.Named("S4")
	fmt.Println(err)
	// Output:
	// the group S4 is solvable, of derived length 3; Barrington's construction needs a non-solvable group, such as A5 or S5
}
