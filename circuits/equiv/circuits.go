package equiv

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"tc0/circuits/arith"
	"tc0/circuits/threshold"
)

// circuitChunk is how many words are simulated at a time: enough passes of 64
// words to keep the processors busy.
const circuitChunk = 2048

// Circuits compares an arithmetic circuit with a threshold circuit by simulating
// every gate: the label gates of every position must show exactly the label. It
// stops at the first word, in the order of w, on which they differ and locates
// the fault there. An error means that the comparison could not be made.
func Circuits(ctx context.Context, ac *arith.Circuit, tc *threshold.Circuit, w Words, progress Progress) (*Result, error) {
	if err := samePorts(ac, tc); err != nil {
		return nil, err
	}
	if n := len(ac.Inputs()); n != w.length {
		return nil, fmt.Errorf("words of length %d, the circuits read %d tokens", w.length, n)
	}
	r := &Result{Between: CircuitLink, Verdict: Holds, Method: w.method}
	c := &circuits{e: arith.NewEvaluator(ac), s: threshold.NewSimulator(tc), progress: progress, total: w.count}
	for first, words := range w.chunks(circuitChunk) {
		bad, d, err := c.chunk(ctx, first, words)
		if err != nil {
			return nil, err
		}
		r.Gates += uint64((len(words)+63)/64*64) * tc.Gates()
		if d == nil {
			r.Compared = first + uint64(len(words))
			continue
		}
		r.Verdict, r.First, r.Compared = Fails, d, first+uint64(bad)+1
		d.Word = slices.Clone(words[bad])
		if d.FirstNode, err = Locate(ctx, ac, tc, d.Word); err != nil {
			return nil, err
		}
		return r, nil
	}
	return r, nil
}

// samePorts checks that two circuits have the same inputs and outputs.
func samePorts(ac *arith.Circuit, tc *threshold.Circuit) error {
	inputs := 0
	for b := range tc.Banks() {
		d := tc.Bank(b)
		if d.Kind != threshold.Input {
			continue
		}
		if inputs < len(ac.Inputs()) {
			if n := ac.Inputs()[inputs]; int64(ac.Levels(n)) != d.Gates {
				return fmt.Errorf("position %d: the threshold circuit reads %d input bits, the arithmetic circuit tokens below %d", inputs, d.Gates, ac.Levels(n))
			}
		}
		inputs++
	}
	if inputs != len(ac.Inputs()) {
		return fmt.Errorf("the threshold circuit reads %d tokens, the arithmetic circuit %d: they are not of the same length", inputs, len(ac.Inputs()))
	}
	if a, b := len(ac.Outputs()), len(tc.Outputs()); a != b || a == 0 {
		return fmt.Errorf("the threshold circuit has %d positions of outputs, the arithmetic circuit %d", b, a)
	}
	for t, o := range ac.Outputs() {
		if a, b := len(o.Labels), len(tc.Outputs()[t]); a != b || a == 0 {
			return fmt.Errorf("position %d: the threshold circuit has %d labels, the arithmetic circuit %d", t, b, a)
		}
	}
	return nil
}

// circuits is a comparison under way.
type circuits struct {
	e        *arith.Evaluator
	s        *threshold.Simulator
	progress Progress
	total    uint64
}

// chunk compares some words and returns the first difference.
func (c *circuits) chunk(ctx context.Context, first uint64, words [][]int) (bad int, d *Difference, err error) {
	want, err := c.e.Eval(ctx, words)
	if err != nil {
		return 0, nil, fmt.Errorf("arithmetic circuit: %w", err)
	}
	var mu sync.Mutex
	done := first
	bad = len(words)
	err = c.s.Each(ctx, words, func(at int, v *threshold.Values) {
		n := min(64, len(words)-at)
		k, found := firstDifference(want[at:at+n], v)
		mu.Lock()
		defer mu.Unlock()
		if found != nil && at+k < bad {
			bad, d = at+k, found
		}
		if done += uint64(n); c.progress != nil {
			c.progress(done, c.total)
		}
	})
	if err != nil {
		return 0, nil, fmt.Errorf("threshold circuit: %w", err)
	}
	return bad, d, nil
}

// firstDifference compares one pass of the simulator with the labels.
func firstDifference(want []arith.Result, v *threshold.Values) (word int, d *Difference) {
	for k := range want {
		for t, got := range v.Labels(k) {
			if label := want[k].Labels[t]; len(got) != 1 || got[0] != label {
				return k, &Difference{Output: "label", Position: t, Expected: strconv.Itoa(label), Got: labels(got)}
			}
		}
	}
	return 0, nil
}

// labels are the classes whose gates are 1; a sound circuit has exactly one.
func labels(classes []int) string {
	if len(classes) == 0 {
		return "none"
	}
	s := make([]string, len(classes))
	for i, c := range classes {
		s[i] = strconv.Itoa(c)
	}
	return strings.Join(s, " and ")
}
