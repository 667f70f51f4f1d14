package ssm_test

import (
	"fmt"

	"tc0/theory/ssm"
)

// The model was trained on a flip-flop: token 0 keeps the state, token j sets it
// to j-1. The label at each position is the entry with the largest logit.
func Example() {
	ck, err := ssm.Load("testdata/mamba-flipflop4")
	if err != nil {
		fmt.Println(err)
		return
	}
	tokens := []int{3, 0, 0, 1, 0, 4}
	logits, err := ck.Model.Forward(tokens, ssm.Recurrent, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	vocab := ck.Model.Vocab
	labels := make([]int, len(tokens))
	for t := range labels {
		labels[t] = ssm.Argmax(logits[t*vocab : (t+1)*vocab])
	}
	fmt.Println(ck.Task.Name, labels)
	// Output:
	// flipflop4 [2 2 2 0 0 3]
}

// A probe sees the inner values of the forward pass.
func ExampleModel_Forward() {
	ck, err := ssm.Load("testdata/mamba-flipflop4")
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = ck.Model.Forward([]int{2, 0}, ssm.Convolution, func(layer int, name string, t int, value []float64) {
		if name == "B" || name == "delta" {
			fmt.Printf("layer %d position %d: %s has %d values\n", layer, t, name, len(value))
		}
	})
	if err != nil {
		fmt.Println(err)
	}
	// Output:
	// layer 0 position 0: delta has 16 values
	// layer 0 position 0: B has 4 values
	// layer 0 position 1: delta has 16 values
	// layer 0 position 1: B has 4 values
}

// A model can be read token by token, for as long as one likes.
func ExampleStepper() {
	ck, err := ssm.Load("testdata/rnn-s3")
	if err != nil {
		fmt.Println(err)
		return
	}
	s, err := ck.Model.Start()
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, token := range []int{1, 4, 2} {
		logits, err := s.Step(token)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println("the product so far is element", ssm.Argmax(logits))
	}
	// Output:
	// the product so far is element 1
	// the product so far is element 2
	// the product so far is element 0
}

// The files of a checkpoint, to be written wherever the caller likes.
func ExampleExport() {
	ck, err := ssm.Load("testdata/lstm-s5-g2")
	if err != nil {
		fmt.Println(err)
		return
	}
	files, err := ssm.Export(ck.Model, nil, "F32")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(string(files["config.json"]))
	fmt.Println(len(files["model.safetensors"]), "bytes of weights")
	// Output:
	// {
	//   "bias": true,
	//   "d_embedding": 16,
	//   "d_hidden": 64,
	//   "kind": "lstm",
	//   "model_type": "lstm_token_classifier",
	//   "n_layers": 1,
	//   "n_vocab": 120,
	//   "tie_word_embeddings": false
	// }
	// 123440 bytes of weights
}
