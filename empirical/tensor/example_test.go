package tensor_test

import (
	"fmt"

	"tc0/empirical/tensor"
)

// A table of two logits for each token learns to tell token 0 from token 1.
func Example() {
	var params tensor.Params
	table := params.Add("table", false, 2, 2)
	params.Alloc()

	tape, grads := &tensor.Tape{}, make([]float32, params.Len())
	optimiser := tensor.AdamW{Beta1: 0.9, Beta2: 0.999, Eps: 1e-8}
	tokens, labels := []int32{0, 1, 1, 0}, []int32{1, 0, 0, 1}
	for step := range 101 {
		clear(grads)
		tape.Reset(grads)
		logits := tape.Embedding(tokens, table)
		loss := tape.CrossEntropy(logits, labels, 1)
		if step%50 == 0 {
			fmt.Printf("step %d: loss %.2f\n", step, loss)
		}
		tape.Backward()
		optimiser.Step(&params, grads, 0.1, 1)
	}
	// Output:
	// step 0: loss 2.77
	// step 50: loss 0.04
	// step 100: loss 0.02
}
