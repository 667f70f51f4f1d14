package horizon_test

import (
	"context"
	"fmt"

	"tc0/circuits/compile"
	"tc0/circuits/horizon"
	"tc0/theory/ssm"
)

// A flip-flop model at 6 bits is right on all words of up to five letters, and forgets what
// it was set to when five more letters say nothing.
func Example() {
	checkpoint, err := ssm.Load("../../theory/ssm/testdata/mamba-flipflop4")
	if err != nil {
		fmt.Println(err)
		return
	}
	alphabet := compile.Alphabet(checkpoint)
	quant, err := compile.Quantise(context.Background(), checkpoint, compile.Request{
		Length: 8, Precision: &compile.Precision{Base: 6}, Digits: 2, Minimize: compile.Gates, Form: compile.Recurrent,
		Seed: 1, Progress: func(string, int, int) {},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	const length = 24
	model, err := compile.New(checkpoint, quant, length)
	if err != nil {
		fmt.Println(err)
		return
	}
	machine, err := horizon.Cut(model.Arith, length)
	if err != nil {
		fmt.Println(err)
		return
	}
	report, err := horizon.Search(context.Background(), machine, model, checkpoint.Task, alphabet, horizon.Limits{Length: length})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(report.Verdict, "after length", report.Horizon)
	fmt.Println("word", report.First.Word, "gives", report.First.Got, "instead of", report.First.Expected)

	sampled, err := horizon.Sample(context.Background(), model, checkpoint.Task, alphabet, report.Horizon+1, 100, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(sampled.RightWords, "of", sampled.Words, "random words of the next length are right")
	// Output:
	// fails after length 5
	// word [4 0 0 0 0 0] gives 0 instead of 3
	// 100 of 100 random words of the next length are right
}
