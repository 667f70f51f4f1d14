package train_test

import (
	"context"
	"fmt"

	"tc0/empirical/model"
	"tc0/empirical/train"
	"tc0/theory/words"
)

// An LSTM learns the word problem of Z2, parity.
func Example() {
	problem, err := words.Named("Z2", 100)
	if err != nil {
		fmt.Println(err)
		return
	}
	source := train.NewWordProblem(problem)
	def, err := model.Fresh(model.Config{Arch: "lstm", Vocab: source.Vocab(), Width: 8, Hidden: 16}, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	m, err := model.New(def)
	if err != nil {
		fmt.Println(err)
		return
	}
	config := train.Usual("lstm", 8)
	config.Rate, config.Steps, config.Until = 1e-2, 2000, train.Until{Token: 0.99}
	t, err := train.New(m, source, source, config)
	if err != nil {
		fmt.Println(err)
		return
	}
	result, err := t.Run(context.Background(), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	longer, err := train.Evaluate(m, source, 12, 1000, 7, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(result.Ended, result.Last.Token() >= 0.99, longer.Position(0) == 1)
	// Output: reached true true
}
