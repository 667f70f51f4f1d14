package ssm

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// oddNames lists testdata/odd, whose golden values testdata/make_odd.py took from
// the public code in float64.
func oddNames(t *testing.T) []string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join("testdata", "odd"))
	if err != nil {
		t.Fatal(err)
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = filepath.Join("odd", e.Name())
	}
	if len(names) < 11 {
		t.Fatalf("%d folders in testdata/odd, expected at least 11", len(names))
	}
	return names
}

// Both sides compute in float64, so logits and inner values agree far beyond what
// the float32 goldens of the trained models allow.
func TestOddGolden(t *testing.T) {
	for _, name := range oddNames(t) {
		for _, form := range forms {
			t.Run(fmt.Sprintf("%s/%v", filepath.Base(name), form), func(t *testing.T) {
				model, golden := mustLoad(t, name).Model, mustGolden(t, name)
				for _, n := range []int{1, 2, 9} {
					goldenLength(t, model, golden, form, n)
				}
				oddActivations(t, model, golden, form)
			})
		}
	}
}

func oddActivations(t *testing.T, model *Model, golden map[string]Tensor, form Form) {
	t.Helper()
	got := activations(t, model, intsOf(t, golden, "act.ids"), form)
	compared := map[string]int{}
	for _, key := range sortedKeys(golden) {
		inner, ok := strings.CutPrefix(key, "act.")
		if !ok || inner == "ids" {
			continue
		}
		compared[inner[strings.LastIndex(inner, ".")+1:]]++
		if g := gap(t, inner, got[inner], floatsOf(t, golden, key)); g > 1e-9 {
			t.Errorf("%s: relative difference %.3g, allowed 1e-9", inner, g)
		}
	}
	want := map[string][]string{
		"mamba": {"norm_out", "conv", "conv_silu", "B", "C", "gated", "mixer_out"},
		"s4d":   {"kernel", "scan", "gelu", "mixer_out"},
	}
	for _, name := range want[model.Family] {
		if compared[name] != len(model.Blocks) {
			t.Errorf("compared %q in %d layers, expected %d", name, compared[name], len(model.Blocks))
		}
	}
}
