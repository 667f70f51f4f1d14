package main

import (
	"bytes"
	"strings"
	"testing"

	"tc0/circuits/check"
	"tc0/circuits/compile"
)

// TestFamilyAnswer checks verdicts and witnesses on made-up counts.
func TestFamilyAnswer(t *testing.T) {
	row := func(n, depth int, gates uint64, weight int) check.FamilyRow {
		return check.FamilyRow{Length: n, Depth: depth, Gates: gates, GatesBound: 1000, MaxWeightBits: weight, WeightBitsBound: 20}
	}
	for _, tc := range []struct {
		name string
		form compile.Form
		rows []check.FamilyRow
		want check.Verdict
		text string
	}{
		{"sound", compile.Convolution, []check.FamilyRow{row(4, 14, 10, 9), row(8, 14, 1000, 20)}, check.Holds,
			"depth: the same at every length\ngates and weight bits: within their bounds at every length\n"},
		{"deeper", compile.Convolution, []check.FamilyRow{row(4, 14, 10, 9), row(8, 15, 20, 9)}, check.Fails,
			"depth: changes, from 14 at n = 4 to 15 at n = 8 (convolution form)\n"},
		{"recurrent", compile.Recurrent, []check.FamilyRow{row(4, 14, 10, 9), row(8, 28, 20, 9)}, check.Holds,
			"depth: changes, from 14 at n = 4 to 28 at n = 8 (recurrent form)\n"},
		{"gates", compile.Convolution, []check.FamilyRow{row(4, 14, 10, 9), row(8, 14, 1001, 9)}, check.Fails,
			"gates and weight bits: 1,001 gates at n = 8, above the bound of 1,000\n"},
		{"weights", compile.Recurrent, []check.FamilyRow{row(4, 14, 10, 21), row(8, 14, 20, 9)}, check.Fails,
			"gates and weight bits: 21 weight bits at n = 4, above the bound of 20\n"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			j := familyAnswer(tc.form, check.Family(tc.rows, "formula"))
			var b bytes.Buffer
			if err := j.print(&b); err != nil {
				t.Fatal(err)
			}
			if j.Verdict != tc.want {
				t.Errorf("verdict %v, expected %v", j.Verdict, tc.want)
			}
			if !strings.Contains(b.String(), tc.text) {
				t.Errorf("answer lacks %q:\n%s", tc.text, &b)
			}
		})
	}
}
