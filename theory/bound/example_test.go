package bound_test

import (
	"fmt"
	"math/big"

	"tc0/theory/bound"
)

// What four models can do with the word problem of A5.
func ExampleArchitecture_Decide() {
	a5 := bound.Facts{
		Name: "A5", Group: bound.Yes, Abelian: bound.No, Solvable: bound.No,
		Aperiodic: bound.No, QuasiAperiodic: bound.No, Order: big.NewInt(60), States: 60,
	}
	for _, name := range []string{"mamba", "dcd", "pd-ssm", "rnn"} {
		a, _ := bound.Find(name)
		decisions, err := a.Decide(a5)
		if err != nil {
			panic(err)
		}
		for _, d := range decisions {
			fmt.Printf("%s: %v\n", name, d)
		}
	}
	// Output:
	// mamba: impossible (C4.5; T-Barrington; P-log; if TC0 ≠ NC1)
	// mamba: impossible (T-Mamba-poly; T-Barrington; P-poly; if TC0 ≠ NC1)
	// mamba: impossible (T-nonneg; P-fin; unconditional)
	// dcd: impossible (T-depth; P-fin; unconditional)
	// dcd: impossible (T4.4; T-Barrington; P-log; if TC0 ≠ NC1)
	// pd-ssm: expressible: 1 layer, no fewer do, state size 60 (T-PD; P-fin; unconditional)
	// rnn: expressible: 1 layer, no fewer do (T5.1; P-log; unconditional)
}

// The entry of a statement, and an ID that is none.
func ExampleExplain() {
	e, err := bound.Explain("C4.7")
	if err != nil {
		panic(err)
	}
	fmt.Print(e)
	_, err = bound.Explain("T-barington")
	fmt.Println(err)
	// Output:
	// C4.7 (corollary)
	// No S4 or S6 model of fixed depth solves the word problem of S5, or any NC1-hard problem.
	// source: Merrill, Petty, Sabharwal 2024, arXiv 2404.08819, Corollary 4.7
	// assumes: TC0 ≠ NC1
	// arithmetic: P-log
	// status: proved in the source
	// checked: source read in full
	// nothing is recorded under "T-barington"; near it: T-Barrington
}
