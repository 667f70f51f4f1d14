package language_test

import (
	"fmt"
	"log"
	"os"
	"strings"

	"tc0/theory/language"
)

func ExampleRegex() {
	d, err := language.Regex("(a|b)*abb", nil, 1000)
	if err != nil {
		log.Fatal(err)
	}
	m := d.Minimize()
	for q := range m.States() {
		access, _ := m.AccessWord(q)
		apart, _ := m.Distinguish(q, (q+1)%m.States())
		fmt.Printf("state %d after %s; %s sets it apart from state %d\n", q, m.Format(access), m.Format(apart), (q+1)%m.States())
	}
	_, err = language.Regex("(a|b", nil, 1000)
	fmt.Println(err)
	// Output:
	// state 0 after ε; bb sets it apart from state 1
	// state 1 after a; b sets it apart from state 2
	// state 2 after ab; ε sets it apart from state 3
	// state 3 after abb; ε sets it apart from state 0
	// regular expression, character 1: '(' is never closed
}

func ExampleEquivalent() {
	a, err := language.Regex("(ab)*", nil, 1000)
	if err != nil {
		log.Fatal(err)
	}
	b, err := language.Regex("(ab)*|a(bb)+", nil, 1000)
	if err != nil {
		log.Fatal(err)
	}
	word, equal, err := language.Equivalent(a, b)
	fmt.Println(equal, a.Format(word), err)
	// Output: false abb <nil>
}

func ExampleRead() {
	n, err := language.Read(strings.NewReader("0 1 a a\n1 0 b b\n0\n"), "ab.att")
	if err != nil {
		log.Fatal(err)
	}
	d, err := n.Determinize(1000)
	if err != nil {
		log.Fatal(err)
	}
	if err := d.Minimize().WriteText(os.Stdout); err != nil {
		log.Fatal(err)
	}
	// Output:
	// tc0 automaton 1
	// alphabet a b
	// start 0
	// accept 0
	// 0 a 1
	// 0 b 2
	// 1 a 2
	// 1 b 0
	// 2 a 2
	// 2 b 2
}

func ExampleStable() {
	d, err := language.Regex("(aa)*", nil, 1000)
	if err != nil {
		log.Fatal(err)
	}
	m, err := d.SyntacticMonoid(1000)
	if err != nil {
		log.Fatal(err)
	}
	s, err := language.Stable(m, 1000)
	if err != nil {
		log.Fatal(err)
	}
	_, quasi := s.Aperiodic()
	fmt.Printf("order %d, stability index %d, stable semigroup of %d, quasi-aperiodic: %v\n",
		m.Order(), s.Index, len(s.Semigroup), quasi)
	// Output: order 2, stability index 2, stable semigroup of 1, quasi-aperiodic: true
}
