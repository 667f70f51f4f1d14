package horizon

import (
	"context"
	"fmt"
	"math/rand/v2"

	"tc0/circuits/equiv"
	"tc0/theory/ssm"
)

// Accuracy is how often a model was right on random words of one length: sampled,
// letters drawn uniformly.
type Accuracy struct {
	Length         int    `json:"length"`
	Words          int    `json:"words"`
	Seed           uint64 `json:"seed"`
	RightPositions int    `json:"right_positions"` // of Length·Words
	RightLast      int    `json:"right_last"`      // words whose last label is right
	RightWords     int    `json:"right_words"`     // words all of whose labels are right
}

// sampleStream keeps these words apart from those that calibration draws from the same
// seed.
const sampleStream = 0x686f72697a6f6e

// draw draws words uniformly.
func draw(letters []int, length, count int, seed uint64) [][]int {
	r := rand.New(rand.NewPCG(seed, sampleStream))
	words := make([][]int, count)
	for i := range words {
		words[i] = make([]int, length)
		for t := range words[i] {
			words[i][t] = letters[r.IntN(len(letters))]
		}
	}
	return words
}

// Sample measures the accuracy of a quantised model by direct evaluation.
func Sample(ctx context.Context, model equiv.Reference, task *ssm.Task, alphabet []int, length, count int, seed uint64) (Accuracy, error) {
	a := Accuracy{Length: length, Words: count, Seed: seed}
	if length < 1 || count < 1 {
		return a, fmt.Errorf("%d words of length %d, expected at least one of at least one letter", count, length)
	}
	letters, err := equiv.CheckTask(task, alphabet)
	if err != nil {
		return a, err
	}
	words := draw(letters, length, count, seed)
	results, err := model.EvalAll(ctx, words)
	if err != nil {
		return a, err
	}
	for i, r := range results {
		state, right := task.Start, 0
		for t, letter := range words[i] {
			state = task.Trans[state][letter]
			if r.Labels[t] == state {
				right++
			}
		}
		a.RightPositions += right
		if r.Labels[length-1] == state {
			a.RightLast++
		}
		if right == length {
			a.RightWords++
		}
	}
	return a, nil
}
