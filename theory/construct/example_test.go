package construct_test

import (
	"fmt"

	"tc0/theory/construct"
	"tc0/theory/ssm"
)

// Parity: two states, and the letter 1 changes between them.
func Example() {
	m, err := construct.New([][]int{{0, 1}, {1, 0}}, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	word := []int{1, 0, 1, 1}
	for _, arch := range construct.Archs {
		model, err := construct.Build(arch, m)
		if err != nil {
			fmt.Println(err)
			return
		}
		logits, err := model.Forward(word, ssm.Recurrent, nil)
		if err != nil {
			fmt.Println(err)
			return
		}
		states := make([]int, len(word))
		for t := range states {
			states[t] = ssm.Argmax(logits[t*model.Vocab : (t+1)*model.Vocab])
		}
		fmt.Println(arch, states)
	}
	// Output:
	// rnn [1 1 0 1]
	// rnn-ssm [1 1 0 1]
	// ids4 [1 1 0 1]
	// pd-ssm [1 1 0 1]
}

// The word problem of Z60 with all elements as letters needs 3+4+5 coordinates.
func ExampleMachine_Factors() {
	trans := make([][]int, 60)
	for state := range trans {
		for letter := range 60 {
			trans[state] = append(trans[state], (state+letter)%60)
		}
	}
	m, err := construct.New(trans, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	model, err := construct.Build(construct.IDS4, m)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(m.Factors(), model.Blocks[0].(*ssm.IDS4).DState)
	// Output:
	// [3 4 5] 12
}
