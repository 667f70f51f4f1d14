package equiv

import (
	"context"
	"fmt"

	"pgregory.net/rapid"

	"tc0/circuits/arith"
	"tc0/circuits/compile"
	"tc0/circuits/lower"
	"tc0/circuits/threshold"
)

// toy is a random small classifier of words over 0 … letters-1: hidden steps and
// products of them, a score for each class and exactly one label by position.
type toy struct {
	b       *arith.Builder
	t       *rapid.T
	letters int
	length  int
	classes int
}

func drawToy(t *rapid.T) (*arith.Circuit, toy) {
	int := func(lo, hi int, what string) int { return rapid.IntRange(lo, hi).Draw(t, what) }
	y := toy{arith.NewBuilder(), t, int(2, 3, "letters"), int(1, 4, "length"), int(2, 3, "classes")}
	y.at("input", 0)
	tokens := make([]arith.Node, y.length)
	for i := range tokens {
		y.at("input", i)
		tokens[i] = y.b.Input(y.letters)
	}
	for i := range tokens {
		y.position(i, tokens[:i+1])
	}
	c, err := y.b.Finish()
	if err != nil {
		t.Fatal(err)
	}
	return c, y
}

func (y toy) at(stage string, position int) {
	y.b.At(arith.Origin{Stage: y.b.Stage(stage), T: int32(position), A: -1, B: -1, J: -1})
}

func (y toy) table(n int) arith.Table {
	return y.b.Table(rapid.SliceOfN(rapid.Int64Range(-20, 20), n, n).Draw(y.t, "table"))
}

// position adds two hidden steps, their product and the labels of one position.
func (y toy) position(at int, tokens []arith.Node) {
	y.at("hidden", at)
	var hidden []arith.View
	for range 2 {
		var terms []arith.Term
		for _, x := range tokens {
			terms = append(terms, arith.Term{Coef: rapid.Int64Range(-3, 3).Draw(y.t, "coef"), View: arith.View{Node: x, Table: y.table(y.letters)}})
		}
		f := y.b.Form(rapid.Int64Range(-20, 20).Draw(y.t, "constant"), terms)
		count := rapid.IntRange(1, 12).Draw(y.t, "thresholds")
		first, by := rapid.Int64Range(-60, 0).Draw(y.t, "first"), rapid.Int64Range(1, 9).Draw(y.t, "by")
		th, val := make([]int64, count), make([]int64, count+1)
		for k := range th {
			th[k] = first + int64(k)*by
			val[k+1] = int64(k + 1)
		}
		values := y.b.Table(val) // digits split this one
		if rapid.Bool().Draw(y.t, "free") {
			values = y.table(count + 1)
		}
		hidden = append(hidden, arith.View{Node: y.b.Step(f, y.b.Table(th), values, 0, count), Table: arith.Natural})
	}
	y.at("product", at)
	p := arith.View{Node: y.b.Product(hidden[0], hidden[rapid.IntRange(0, 1).Draw(y.t, "factor")]), Table: arith.Natural}
	y.at("score", at)
	score := y.b.Form(0, []arith.Term{{Coef: 1, View: p}, {Coef: 7, View: hidden[1]}})
	th := make([]int64, y.classes-1)
	for k := range th {
		th[k] = int64(40 * k)
	}
	class := y.b.Step(score, y.b.Table(th), y.b.Table([]int64{0, 1, 2}[:y.classes]), 0, y.classes-1)
	y.at("label", at)
	labels, logits := make([]arith.Node, y.classes), make([]arith.Node, y.classes)
	for k := range labels {
		is := make([]int64, y.classes)
		is[k] = 1
		logits[k] = score
		f := y.b.Form(0, []arith.Term{{Coef: 1, View: arith.View{Node: class, Table: y.b.Table(is)}}})
		labels[k] = y.b.Step(f, y.b.Table([]int64{1}), y.b.Table([]int64{0, 1}), 0, 1)
	}
	y.b.Output(logits, labels)
}

// all are the words over the toy's letters.
func (y toy) all() Words {
	w, err := Exhaustive(alphabetOf(y.letters), y.length)
	if err != nil {
		y.t.Fatal(err)
	}
	return w
}

func alphabetOf(n int) []int {
	a := make([]int, n)
	for i := range a {
		a[i] = i
	}
	return a
}

func lowered(t fataler, c *arith.Circuit, digits int) *threshold.Circuit {
	tc, err := lower.Circuit(c, lower.Options{Digits: digits})
	if err != nil {
		t.Fatal(err)
	}
	return tc
}

// asModel is an arithmetic circuit in the place of a quantised model.
type asModel struct{ c *arith.Circuit }

func (m asModel) EvalAll(ctx context.Context, words [][]int) ([]compile.Result, error) {
	results, err := arith.NewEvaluator(m.c).Eval(ctx, words)
	if err != nil {
		return nil, fmt.Errorf("stand-in: %w", err)
	}
	out := make([]compile.Result, len(words))
	for i, r := range results {
		out[i].Labels = r.Labels
		for _, row := range r.Logits {
			out[i].Logits = append(out[i].Logits, row...)
		}
	}
	return out, nil
}

// Trace shows all steps of a stage and position as one tensor.
func (m asModel) Trace(word []int, see func(tensor string, t int, codes []int64)) (compile.Result, error) {
	values, _, err := arith.NewTracer(m.c).Trace(word)
	if err != nil {
		return compile.Result{}, fmt.Errorf("stand-in: %w", err)
	}
	for at, nodes := range stepsByPlace(m.c) {
		codes := make([]int64, len(nodes))
		for i, n := range nodes {
			codes[i] = values[n]
		}
		see(at.tensor, int(at.t), codes)
	}
	all, err := m.EvalAll(context.Background(), [][]int{word})
	return all[0], err
}

type fataler interface {
	Helper()
	Fatal(...any)
}

// collect are all words of a comparison in order.
func collect(w Words, chunk int) [][]int {
	var out [][]int
	for _, words := range w.chunks(chunk) {
		for _, word := range words {
			out = append(out, append([]int(nil), word...))
		}
	}
	return out
}
