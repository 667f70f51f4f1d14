package main

import (
	"cmp"
	"context"
	"iter"
	"math/big"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"tc0/theory/bound"
	"tc0/theory/words"
)

// Joining decisions into rows keeps each of them, and only equal ones share a row.
func TestDecisionRowsKeepEverything(t *testing.T) {
	for _, f := range []bound.Facts{
		{Name: "A5", Group: bound.Yes, Abelian: bound.No, Solvable: bound.No, Aperiodic: bound.No, QuasiAperiodic: bound.No,
			Order: big.NewInt(60), States: 5},
		{Name: "S4", Group: bound.Yes, Abelian: bound.No, Solvable: bound.Yes, Aperiodic: bound.No, QuasiAperiodic: bound.No,
			Order: big.NewInt(24), States: 4, DerivedLength: 3},
		{Name: "nothing known"},
	} {
		all, err := architectureDecisions(f)
		if err != nil {
			t.Fatal(err)
		}
		var back []decisionJSON
		rank := 0
		for _, r := range decisionRows(all) {
			for _, name := range r.architectures {
				d := r.decisionJSON
				d.Architecture = name
				back = append(back, d)
			}
			if r.rank() < rank {
				t.Errorf("%s: %s comes after rank %d", f.Name, r.short(), rank)
			}
			rank = r.rank()
		}
		order := func(ds []decisionJSON) []decisionJSON {
			for i := range ds {
				ds[i].Why = "" // may differ in a row
			}
			slices.SortFunc(ds, func(a, b decisionJSON) int {
				return cmp.Or(cmp.Compare(a.Architecture, b.Architecture), cmp.Compare(a.Arithmetic, b.Arithmetic))
			})
			return ds
		}
		if diff := gocmp.Diff(order(slices.Clone(all)), order(back)); diff != "" {
			t.Errorf("%s: decisions (-before +after rows):\n%s", f.Name, diff)
		}
	}
}

func TestShort(t *testing.T) {
	for _, c := range []struct {
		d    decisionJSON
		want string
	}{
		{decisionJSON{Verdict: bound.Expressible, Layers: 3, LeastLayers: 3}, "3 layers"},
		{decisionJSON{Verdict: bound.Expressible, Layers: 2}, "≤ 2 layers"},
		{decisionJSON{Verdict: bound.Expressible}, "some number of layers"},
		{decisionJSON{Verdict: bound.Impossible}, "impossible"},
		{decisionJSON{Verdict: bound.Open, LeastLayers: 1}, "unknown, ≥ 1 layer"},
		{decisionJSON{Verdict: bound.Open}, "unknown"},
	} {
		if got := c.d.short(); got != c.want {
			t.Errorf("%+v: %q, want %q", c.d, got, c.want)
		}
	}
}

func TestWrap(t *testing.T) {
	text := "TC0 ≠ NC1 says  that some formulas\nhave no circuits-of-constant-depth at all"
	lines := wrap(text, 12)
	want := []string{"TC0 ≠ NC1", "says that", "some", "formulas", "have no", "circuits-of-constant-depth", "at all"}
	if diff := gocmp.Diff(want, lines); diff != "" {
		t.Error(diff)
	}
	if diff := gocmp.Diff([]string{""}, wrap("", 12)); diff != "" {
		t.Error(diff)
	}
}

func TestParseRange(t *testing.T) {
	for text, want := range map[string][2]int{"20": {20, 20}, "0": {0, 0}, "5-40": {5, 40}, "7-7": {7, 7}} {
		least, most, err := parseRange(text)
		if got := [2]int{least, most}; err != nil || got != want {
			t.Errorf("%q: %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "x", "-3", "5-", "-", "9-2", "1-2-3", "99999999999", "1.5"} {
		if _, _, err := parseRange(text); err == nil {
			t.Errorf("%q is taken for a length", text)
		}
	}
}

func TestSplitAlphabet(t *testing.T) {
	for text, want := range map[string][]string{
		"": nil, "ab": {"a", "b"}, "äβ": {"ä", "β"}, "push,pop": {"push", "pop"}, "w0 w1": {"w0", "w1"},
	} {
		if diff := gocmp.Diff(want, splitAlphabet(text)); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
}

// An interrupted stream of words ends soon, not at its end.
func TestCountedEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	forever := func(yield func(words.Row) bool) {
		for yield(words.Row{}) {
		}
	}
	rows := 0
	for range counted(ctx, iter.Seq[words.Row](forever), 1<<40, func(_, _ uint64) {}) {
		if rows++; rows == 5000 {
			cancel()
		}
		if rows > 7000 {
			t.Fatal("the words go on after the interrupt")
		}
	}
}
