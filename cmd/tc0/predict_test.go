package main

import (
	"testing"

	"tc0/theory/bound"
)

func TestPredict(t *testing.T) {
	for _, c := range []struct {
		name     string
		decision decisionJSON
		layers   int
		want     prediction
		depth    string
	}{
		{"no depth", decisionJSON{Verdict: bound.Impossible}, 3, noDepth, ""},
		{"no depth, none asked", decisionJSON{Verdict: bound.Impossible}, 0, noDepth, ""},
		{"enough", decisionJSON{Verdict: bound.Expressible, Layers: 3, LeastLayers: 3}, 3, thisDepth, "3 layers, no fewer"},
		{"too few", decisionJSON{Verdict: bound.Expressible, Layers: 3, LeastLayers: 3}, 2, notThisDepth, "3 layers, no fewer"},
		{"between the bounds", decisionJSON{Verdict: bound.Expressible, Layers: 3, LeastLayers: 1}, 2, unknownDepth, "≤ 3 layers"},
		{"none asked", decisionJSON{Verdict: bound.Expressible, Layers: 3, LeastLayers: 3}, 0, someDepth, "3 layers, no fewer"},
		{"some depth", decisionJSON{Verdict: bound.Expressible}, 8, unknownDepth, "some depth"},
		{"open", decisionJSON{Verdict: bound.Open}, 1, unknownDepth, ""},
		{"open, below the bound", decisionJSON{Verdict: bound.Open, LeastLayers: 2}, 1, notThisDepth, "≥ 2 layers"},
		{"open, above it", decisionJSON{Verdict: bound.Open, LeastLayers: 2}, 2, unknownDepth, "≥ 2 layers"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.decision.predict(c.layers); got != c.want {
				t.Errorf("%q, expected %q", got, c.want)
			}
			if got := c.decision.depth(); got != c.depth {
				t.Errorf("depth %q, expected %q", got, c.depth)
			}
			if c.want.rank() < 0 {
				t.Errorf("%q has no rank", c.want)
			}
		})
	}
}
