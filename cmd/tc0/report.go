package main

import (
	"fmt"
	"io"

	"tc0/circuits/compile"
	"tc0/circuits/equiv"
	"tc0/circuits/threshold"
	"tc0/circuits/view"
)

// flatJSON is the answer of compile --json: the statistics under the names that
// stats --json gives them, and beside them everything else of the report.
type flatJSON struct {
	threshold.Stats
	Source source `json:"source"`
	*compile.Report
	Statistics *threshold.Stats `json:"statistics,omitempty"` // hides the report's: they are above
}

func flatReport(r reportJSON) flatJSON {
	return flatJSON{Stats: r.Report.Statistics, Source: r.Source, Report: r.Report}
}

// printReport prints the fidelity report and the counts, what matters most at the
// end, where a reader of a terminal looks.
func printReport(w io.Writer, r reportJSON, out string) error {
	fmt.Fprintf(w, "%s, words of length %d: %s form, %d bits in %s, %s minimized\n\n",
		r.Source.Name, r.Length, r.Form, r.Bits, plural(r.Digits, "digit"), r.Minimize)
	if err := printTables(w, tensorTable(r.Tensors), findingTable(r.Findings), gapTable(r.Gaps)); err != nil {
		return err
	}
	fmt.Fprintln(w)
	if err := printStats(w, &r.Statistics); err != nil {
		return err
	}
	fmt.Fprintf(w, "\nLabels equal the float model's at %s of %s (%s: %s, seed %d)%s.\n",
		percent(r.Agreement), plural(r.Positions, "position"), r.Kind, plural(r.EvalWords, "held-out word"), r.EvalSeed,
		disagreement(r.Report))
	_, err := fmt.Fprintf(w, "Written to %s: %s, %s, %s, %s\n", out, quantFile, arithFile, circuitFile, reportFile)
	return err
}

// disagreement names the first word with another label, if there is one.
func disagreement(r *compile.Report) string {
	if len(r.Disagrees) == 0 {
		return ""
	}
	return "; the first word with another label is " + equiv.Letters(r.Disagrees)
}

func gapTable(gaps []compile.Gap) *view.Table {
	t := &view.Table{Head: []string{"between ", "same label", "error / largest logit"}}
	for _, g := range gaps {
		t.Add(g.Between, percent(g.Agreement), fmt.Sprintf("%.2g", g.MaxLogit))
	}
	return t
}

func tensorTable(tensors []compile.TensorError) *view.Table {
	t := &view.Table{Head: []string{"tensor ", "bits", "unit", "largest error", "mean error", "saturated", "values"}}
	for _, e := range tensors {
		t.Add(e.Name, e.Bits, fmt.Sprintf("2^%d", e.ScaleExp), fmt.Sprintf("%.2g", e.Max), fmt.Sprintf("%.2g", e.Mean),
			e.Saturated, e.Values)
	}
	return t
}

func findingTable(findings []compile.Finding) *view.Table {
	t := &view.Table{Head: []string{"finding ", " "}}
	for _, f := range findings {
		t.Add(f.Stage, f.Text)
	}
	return t
}
