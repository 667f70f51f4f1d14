package train

import (
	"math/rand/v2"

	"tc0/theory/ssm"
	"tc0/theory/words"
)

// A Source gives random words with a label for each position.
type Source interface {
	// Draw fills a word and its labels, which are as long, from r and nothing else. A
	// label below 0 is not scored; a word that ends early has such labels from there on.
	Draw(r *rand.Rand, tokens, labels []int32)
	// Vocab is the number of tokens, which are also the labels.
	Vocab() int
}

// A WordProblem is a source of words over the letters of a problem, each letter drawn alone,
// labelled with the running products.
type WordProblem struct {
	problem       *words.Problem
	letters       []int
	input, target []int
}

// NewWordProblem makes a source from a problem. It is for one goroutine.
func NewWordProblem(p *words.Problem) *WordProblem {
	return &WordProblem{problem: p, letters: p.Letters()}
}

func (w *WordProblem) Draw(r *rand.Rand, tokens, labels []int32) {
	if len(w.input) < len(tokens) {
		w.input, w.target = make([]int, len(tokens)), make([]int, len(tokens))
	}
	input, target := w.input[:len(tokens)], w.target[:len(tokens)]
	for t := range input {
		input[t] = w.letters[r.IntN(len(w.letters))]
	}
	w.problem.Running(input, target)
	for t, g := range input {
		tokens[t], labels[t] = int32(g), int32(target[t])
	}
}

func (w *WordProblem) Vocab() int { return w.problem.Monoid().Order() }

// Task is the problem as the automaton that a checkpoint's task.json holds: states and
// tokens are elements, and the state is the product so far.
func (w *WordProblem) Task() *ssm.Task {
	n := w.Vocab()
	task := &ssm.Task{
		Name: w.problem.Name(), Kind: "automaton",
		About:       "the state is the product of the tokens so far, as the number of an element; element 0 is the identity",
		InputTokens: w.letters, Vocab: n, States: n,
	}
	for a := range n {
		row := make([]int, n)
		for b := range row {
			row[b] = w.problem.Monoid().Product(a, b)
		}
		task.Trans = append(task.Trans, row)
	}
	return task
}
