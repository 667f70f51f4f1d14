package model_test

import (
	"fmt"

	"tc0/empirical/model"
)

// The parameters of a model have the names that they have in a checkpoint.
func ExampleNew() {
	def, err := model.Fresh(model.Config{Arch: "rnn", Vocab: 6, Width: 4, Hidden: 8}, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	m, err := model.New(def)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, p := range m.Params().All() {
		fmt.Println(p.Name, p.Shape)
	}
	// Output:
	// embedding.weight [6 4]
	// rnn.weight_ih_l0 [8 4]
	// rnn.weight_hh_l0 [8 8]
	// rnn.bias_ih_l0 [8]
	// rnn.bias_hh_l0 [8]
	// cl_head.weight [6 8]
	// cl_head.bias [6]
}
