package class_test

import (
	"fmt"
	"log"
	"os"

	"tc0/theory/algebra"
	"tc0/theory/class"
	"tc0/theory/language"
)

func ExampleClassify() {
	d, err := language.Regex("b*(ab*ab*)*", nil, 1000)
	if err != nil {
		log.Fatal(err)
	}
	v, err := class.Classify(class.Language("an even number of a", d), class.DefaultBudget())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(v)
	// Output:
	// an even number of a: ACC0
	//   problem      language with a minimal automaton of 2 states and 2 letters
	//   monoid       a group of order 2, not aperiodic, solvable, derived length 1, not quasi-aperiodic, stability index 1
	//   reason       nontrivial subgroups of order 2, all solvable; outside AC0 by T-AC0-regular
	//   witness      a has order 2 over the idempotent b, a word of the same length 1; between ε and ε the outputs differ
	//   theorem      T-ACC0
	//   arithmetic   none: the class is that of the exact problem; what a model can do about it depends on its arithmetic
	//   explored     the derived series, by base and strong generating sets; the whole monoid, 2 elements
	//   certificate  made
}

func ExampleCheck() {
	v, err := class.Classify(class.WordProblem("S3", []algebra.Map{{1, 2, 0}, {1, 0, 2}}), class.DefaultBudget())
	if err != nil {
		log.Fatal(err)
	}
	text, err := v.Certificate.Encode()
	if err != nil {
		log.Fatal(err)
	}
	os.Stdout.Write(text)

	c, err := class.Decode(text)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(class.Check(c))
	c.DerivedLength = 1
	fmt.Println(class.Check(c))
	// Output:
	// {"format":"tc0 class certificate 1","subject":{"maps":[[1,2,0],[1,0,2]]},"class":"ACC0","derived_length":2,"solvable":{"series":{"program":["x0","x1","[0,1]"],"terms":[[2]],"closures":[{"program":["x0","0*0"],"values":[0,-1,1]},{}]}},"period":{"word":[0],"idempotent":[],"order":3,"left":[],"right":[]}}
	// <nil>
	// certificate: derived length 1 claimed, 2 shown
}
