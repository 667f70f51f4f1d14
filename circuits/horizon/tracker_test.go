package horizon

import (
	"context"
	"math"
	"slices"

	"pgregory.net/rapid"

	"tc0/circuits/arith"
	"tc0/circuits/compile"
	"tc0/circuits/equiv"
	"tc0/circuits/lower"
	"tc0/circuits/threshold"
	"tc0/theory/ssm"
)

// tracker is a family of circuits that follow an automaton exactly and carry a second
// state beside it, some levels of which spoil the labels.
type tracker struct {
	task    *ssm.Task
	letters int
	keep    int64     // of the second state, in its next
	feed    []int64   // by letter, into the second state
	values  []int64   // of the second state, by level; thresholds are 1, 2, …
	spoil   [][]int64 // by class and level of the second state, added to the label's form
	back    int       // how many positions before its own the labels' product reads
	odd     int       // the position whose class 0 is never shown; -1 for none
	spared  int       // the position where the second state spoils nothing; -1 for none
}

// counting is a parity tracker that shows no label at the even words of so many ones or
// more.
func counting(ones int) *tracker {
	c := &tracker{
		task: &ssm.Task{Name: "parity", Trans: [][]int{{0, 1}, {1, 0}}}, letters: 2,
		keep: 1, feed: []int64{0, 1}, back: 1, odd: -1, spared: -1,
	}
	for v := range ones + 1 {
		c.values = append(c.values, int64(v))
	}
	c.spoil = [][]int64{make([]int64, ones+1), make([]int64, ones+1)}
	c.spoil[0][ones] = -3
	return c
}

// drawTracker draws a tracker of few states; most levels of its second state spoil
// nothing.
func drawTracker(t *rapid.T) *tracker {
	letters, states := rapid.IntRange(1, 3).Draw(t, "letters"), rapid.IntRange(1, 3).Draw(t, "states")
	c := &tracker{task: &ssm.Task{Name: "random"}, letters: letters}
	c.task.Start = rapid.IntRange(0, states-1).Draw(t, "start")
	for range states {
		c.task.Trans = append(c.task.Trans, rapid.SliceOfN(rapid.IntRange(0, states-1), letters, letters).Draw(t, "row"))
	}
	c.keep = rapid.Int64Range(-1, 2).Draw(t, "keep")
	c.feed = rapid.SliceOfN(rapid.Int64Range(-2, 4), letters, letters).Draw(t, "feed")
	levels := rapid.IntRange(1, 12).Draw(t, "levels")
	for v := range levels {
		c.values = append(c.values, int64(v))
	}
	if rapid.Bool().Draw(t, "shuffled") {
		c.values = rapid.Permutation(c.values).Draw(t, "values")
	}
	for range states {
		row := make([]int64, levels)
		row[rapid.IntRange(0, levels-1).Draw(t, "spoiled")] = rapid.SampledFrom([]int64{0, 0, 2, -3}).Draw(t, "by")
		c.spoil = append(c.spoil, row)
	}
	c.back = rapid.IntRange(0, 3).Draw(t, "back")
	c.odd = rapid.SampledFrom([]int{-1, -1, 3, 5}).Draw(t, "odd")
	c.spared = rapid.SampledFrom([]int{-1, -1, 1, 4}).Draw(t, "spared")
	return c
}

func (c *tracker) alphabet() []int {
	a := make([]int, c.letters)
	for i := range a {
		a[i] = i
	}
	return a
}

// build makes the circuit for words of length n.
func (c *tracker) build(n int) (*arith.Circuit, error) {
	b := arith.NewBuilder()
	var tokens, truths, seconds []arith.Node
	for t := range n {
		b.At(arith.Origin{Stage: b.Stage("tracker"), T: int32(t), A: -1, B: -1, J: -1})
		tokens = append(tokens, b.Input(c.letters))
		truths = append(truths, c.truth(b, t, tokens, truths))
		seconds = append(seconds, c.second(b, t, tokens, seconds))
		c.output(b, t, truths, seconds)
	}
	return b.Finish()
}

func upTo(n int) []int64 {
	v := make([]int64, n)
	for i := range v {
		v[i] = int64(i)
	}
	return v
}

func natural(n arith.Node) arith.View { return arith.View{Node: n, Table: arith.Natural} }

// truth is the automaton's next state, by the number of its last state and letter.
func (c *tracker) truth(b *arith.Builder, t int, tokens, truths []arith.Node) arith.Node {
	terms := []arith.Term{{Coef: 1, View: arith.View{Node: tokens[t], Table: b.Table(upTo(c.letters))}}}
	constant := int64(0)
	if t == 0 {
		constant = int64(c.task.Start * c.letters)
	} else {
		terms = append(terms, arith.Term{Coef: int64(c.letters), View: natural(truths[t-1])})
	}
	var next []int64
	for _, row := range c.task.Trans {
		for _, q := range row[:c.letters] {
			next = append(next, int64(q))
		}
	}
	return b.Step(b.Form(constant, terms), b.Table(upTo(len(next))[1:]), b.Table(next), 0, len(next)-1)
}

func (c *tracker) second(b *arith.Builder, t int, tokens, seconds []arith.Node) arith.Node {
	terms := []arith.Term{{Coef: 1, View: arith.View{Node: tokens[t], Table: b.Table(c.feed)}}}
	if t > 0 {
		terms = append(terms, arith.Term{Coef: c.keep, View: natural(seconds[t-1])})
	}
	return b.Step(b.Form(0, terms), b.Table(upTo(len(c.values))[1:]), b.Table(c.values), 0, len(c.values)-1)
}

// output adds the labels: 2·[truth is k] + what spoils it, which reads the second state
// here and, in a product that is 0, at an earlier position.
func (c *tracker) output(b *arith.Builder, t int, truths, seconds []arith.Node) {
	var logits, labels []arith.Node
	none := natural(b.Product(natural(seconds[max(0, t-c.back)]), arith.View{Node: seconds[t], Table: b.Table(make([]int64, len(c.values)))}))
	for k := range c.task.Trans {
		var is []int64
		for _, row := range c.task.Trans {
			for _, q := range row[:c.letters] {
				is = append(is, map[bool]int64{true: 1}[q == k])
			}
		}
		constant, spoil := int64(0), c.spoil[k]
		if t == c.odd && k == 0 {
			constant = -9
		}
		if t == c.spared {
			spoil = make([]int64, len(spoil))
		}
		f := b.Form(constant, []arith.Term{
			{Coef: 2, View: arith.View{Node: truths[t], Table: b.Table(is)}},
			{Coef: 1, View: arith.View{Node: seconds[t], Table: b.Table(spoil)}},
			{Coef: 1, View: none},
		})
		logits = append(logits, f)
		labels = append(labels, b.Step(f, b.Table([]int64{1}), b.Table([]int64{0, 1}), 0, 1))
	}
	b.Output(logits, labels)
}

// family makes the circuits of all lengths and stands in for a compiled model.
type family func(n int) (*arith.Circuit, error)

// EvalAll evaluates whole circuits: the stand-in for the direct evaluation.
func (f family) EvalAll(ctx context.Context, words [][]int) ([]compile.Result, error) {
	circuit, err := f(len(words[0]))
	if err != nil {
		return nil, err
	}
	results, err := arith.NewEvaluator(circuit).Eval(ctx, words)
	if err != nil {
		return nil, err
	}
	out := make([]compile.Result, len(words))
	for i, r := range results {
		out[i].Labels = r.Labels
	}
	return out, nil
}

// Trace is not asked for.
func (family) Trace([]int, func(string, int, []int64)) (compile.Result, error) {
	return compile.Result{}, nil
}

// Threshold lowers the circuit.
func (f family) Threshold(n int) (*arith.Circuit, *threshold.Circuit, error) {
	ac, err := f(n)
	if err != nil {
		return nil, nil, err
	}
	tc, err := lower.Circuit(ac, lower.Options{Digits: 1})
	return ac, tc, err
}

// bruteForce is the least of the shortest words with a wrong last label, found by going
// through all words of each length; nil when there is none up to n.
func bruteForce(model equiv.Reference, task *ssm.Task, alphabet []int, n int) (*Failure, error) {
	for length := 1; length <= n; length++ {
		words := allWords(alphabet, length)
		results, err := model.EvalAll(context.Background(), words)
		if err != nil {
			return nil, err
		}
		for i, w := range words {
			state := task.Start
			for _, a := range w {
				state = task.Trans[state][a]
			}
			if got := results[i].Labels[length-1]; got != state {
				return &Failure{Word: w, Expected: state, Got: got}, nil
			}
		}
	}
	return nil, nil
}

// allWords are the words of a length in lexicographic order.
func allWords(alphabet []int, length int) [][]int {
	words := make([][]int, 0, int(math.Pow(float64(len(alphabet)), float64(length))))
	var extend func(word []int)
	extend = func(word []int) {
		if len(word) == length {
			words = append(words, slices.Clone(word))
			return
		}
		for _, a := range alphabet {
			extend(append(word, a))
		}
	}
	extend(nil)
	return words
}
