package equiv

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"tc0/circuits/arith"
	"tc0/circuits/compile"
)

// Progress is told how many of how many words were compared.
type Progress func(done, total uint64)

// modelChunk is how many words are evaluated at a time.
const modelChunk = 2048

// Reference is the direct integer evaluation of a quantised model.
type Reference interface {
	EvalAll(ctx context.Context, words [][]int) ([]compile.Result, error)
	// Trace shows the codes of inner tensors, see [compile.Model.Trace].
	Trace(word []int, see func(tensor string, t int, codes []int64)) (compile.Result, error)
}

// Model compares a quantised model with an arithmetic circuit: every integer
// logit and every label, at every position. It stops at the first word on which
// they differ and names the first node whose value the model does not share: one of
// an inner tensor, or else the output's. An error means that the comparison could
// not be made.
func Model(ctx context.Context, m Reference, c *arith.Circuit, w Words, progress Progress) (*Result, error) {
	if n := len(c.Inputs()); n != w.length {
		return nil, fmt.Errorf("words of length %d, the arithmetic circuit reads %d tokens", w.length, n)
	}
	r := &Result{Between: ModelLink, Verdict: Holds, Method: w.method}
	e := arith.NewEvaluator(c)
	for first, words := range w.chunks(modelChunk) {
		want, err := m.EvalAll(ctx, words)
		if err != nil {
			return nil, fmt.Errorf("quantised model: %w", err)
		}
		got, err := e.Eval(ctx, words)
		if err != nil {
			return nil, fmt.Errorf("arithmetic circuit: %w", err)
		}
		for i := range words {
			if d := compareModel(c, words[i], want[i], got[i]); d != nil {
				d.Word = slices.Clone(words[i])
				if inner, err := locateInner(m, c, d.Word); err != nil {
					return nil, err
				} else if inner != nil {
					d.FirstNode = inner
				}
				r.Verdict, r.First, r.Compared = Fails, d, first+uint64(i)+1
				return r, nil
			}
		}
		r.Compared = first + uint64(len(words))
		if progress != nil {
			progress(r.Compared, w.count)
		}
	}
	return r, nil
}

// compareModel is the first difference on one word.
func compareModel(c *arith.Circuit, word []int, want compile.Result, got arith.Result) *Difference {
	if len(got.Labels) != len(want.Labels) {
		return count("number of positions", 0, len(want.Labels), len(got.Labels))
	}
	classes := len(want.Logits) / len(want.Labels)
	for t, row := range got.Logits {
		if len(row) != classes {
			return count("number of logits", t, classes, len(row))
		}
		if n := len(c.Outputs()[t].Labels); n != classes {
			return count("number of labels", t, classes, n)
		}
		for k, v := range row {
			if expected := want.Logits[t*classes+k]; v != expected {
				n := c.Outputs()[t].Logits[k]
				return &Difference{
					Output: fmt.Sprintf("logit %d", k), Position: t, Expected: strconv.FormatInt(expected, 10), Got: strconv.FormatInt(v, 10),
					FirstNode: &Node{ID: int(n), Name: c.Name(n), Quantity: "value", Expected: expected, Got: v},
				}
			}
		}
		if got.Labels[t] != want.Labels[t] {
			return labelDifference(c, word, t, want.Labels[t])
		}
	}
	return nil
}

func count(what string, position, want, got int) *Difference {
	return &Difference{Output: what, Position: position, Expected: strconv.Itoa(want), Got: strconv.Itoa(got)}
}

// labelDifference looks at all label bits of a position: exactly that of the
// label should be 1.
func labelDifference(c *arith.Circuit, word []int, t, label int) *Difference {
	d := &Difference{Output: "label", Position: t, Expected: strconv.Itoa(label)}
	values, _, err := arith.NewTracer(c).Trace(word)
	if err != nil { // the word has been evaluated already
		return d
	}
	var ones []int
	for class, n := range c.Outputs()[t].Labels {
		bit, want := values[n], int64(0)
		if class == label {
			want = 1
		}
		if bit != want && d.FirstNode == nil {
			d.FirstNode = &Node{ID: int(n), Name: c.Name(n), Quantity: "value", Expected: want, Got: bit}
		}
		if bit == 1 {
			ones = append(ones, class)
		}
	}
	d.Got = labels(ones)
	return d
}

// place is a tensor at a position, by the name of its stage.
type place struct {
	tensor string
	t      int32
}

// locateInner is the first step, in the circuit's order, whose value is not the code
// that the model has for its element; nil when all agree.
func locateInner(m Reference, c *arith.Circuit, word []int) (*Node, error) {
	values, _, err := arith.NewTracer(c).Trace(word)
	if err != nil {
		return nil, err
	}
	steps := stepsByPlace(c)
	var found *Node
	_, err = m.Trace(word, func(tensor string, t int, codes []int64) {
		nodes := steps[place{tensor, int32(t)}]
		if len(nodes) != len(codes) {
			return // not the tensor's elements
		}
		for i, n := range nodes {
			if values[n] != codes[i] && (found == nil || int(n) < found.ID) {
				found = &Node{ID: int(n), Name: c.Name(n), Quantity: "value", Expected: codes[i], Got: values[n]}
			}
		}
	})
	return found, err
}

func stepsByPlace(c *arith.Circuit) map[place][]arith.Node {
	steps, stages := map[place][]arith.Node{}, c.Stages()
	for n := range arith.Node(c.Len()) {
		if c.Kind(n) == arith.Step {
			o := c.Origin(n)
			at := place{stages[o.Stage], o.T}
			steps[at] = append(steps[at], n)
		}
	}
	return steps
}
