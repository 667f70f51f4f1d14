package algebra_test

import (
	"fmt"
	"strings"

	"tc0/theory/algebra"
)

// Is a group solvable, and in how many steps?
func Example() {
	for _, name := range []string{"Z60", "A4xZ5", "S4", "A5"} {
		named, err := algebra.Named(name)
		if err != nil {
			fmt.Println(err)
			return
		}
		group, err := named.Group()
		if err != nil {
			fmt.Println(err)
			return
		}
		length, solvable := group.DerivedLength()
		fmt.Println(name, group.Order(), solvable, length)
	}
	// Output:
	// Z60 60 true 1
	// A4xZ5 60 true 2
	// S4 24 true 3
	// A5 60 false 0
}

func ExampleEnumerate() {
	file := "transformations\nset0 = [1 1]\nset1 = [2 2]\nflip = (1 2)\n"
	generators, err := algebra.ReadGenerators(strings.NewReader(file))
	if err != nil {
		fmt.Println(err)
		return
	}
	m, err := algebra.Enumerate(generators.Maps, 1000)
	if err != nil {
		fmt.Println(err)
		return
	}
	for i := range m.Order() {
		fmt.Println(m.Element(i), m.Word(i))
	}
	fmt.Println(m.Green().D, m.Aperiodicity().Aperiodic)
	// Output:
	// () []
	// [1 1] [0]
	// [2 2] [1]
	// (1 2) [2]
	// [0 1 1 0] false
}

// T_12 has 12^12 elements. Its subgroups are found among 4,095 image sets. With a
// smaller limit the answer is "no" only if a witness was met on the way.
func ExampleMaximalSubgroups() {
	rotate, swap, merge := algebra.Identity(12), algebra.Identity(12), algebra.Identity(12)
	for p := range rotate {
		rotate[p] = uint16((p + 1) % 12)
	}
	swap[0], swap[1] = 1, 0
	merge[1] = 0
	survey, err := algebra.MaximalSubgroups([]algebra.Map{rotate, swap, merge}, 5000)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("aperiodic:", survey.Aperiodic(), "solvable:", survey.Solvable())
	for _, h := range survey.Subgroups[:2] {
		fmt.Println(h.Group.Order(), h.Idempotent, h.Word, h.Words)
	}

	survey, err = algebra.MaximalSubgroups([]algebra.Map{merge, rotate.Then(merge)}, 5)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("solvable:", survey.Solvable(), survey.Stopped)
	// Output:
	// aperiodic: no solvable: no
	// 479001600 () [] [[0] [1]]
	// 39916800 [1 1 3 4 5 6 7 8 9 10 11 12] [2] [[2 1 0] [2 0 1 0 0 0 0 0 0 0 0 0 0 0]]
	// solvable: undecided stopped at 5 image sets: the limit is 5
}

// A commutator in the conjugacy class of its factors is what the shortest branching
// programs of Barrington's theorem are made of.
func ExamplePerfectCore() {
	named, err := algebra.Named("S5")
	if err != nil {
		fmt.Println(err)
		return
	}
	core, err := algebra.PerfectCore(named.Generators, 1000)
	if err != nil {
		fmt.Println(err)
		return
	}
	s, ok := core.SingleClass()
	fmt.Println(len(core.Elements), core.Width(), ok)
	for _, i := range []int{s.A, s.B, s.C} {
		fmt.Println(core.Group.Element(i), core.Group.Word(i))
	}
	// Output:
	// 60 1 true
	// (1 2 3 4 5) [0]
	// (1 4 2 3 5) [1 0 0 1]
	// (1 4 3 5 2) [0 0 0 0 1 0 0 0 1 0]
}
