package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/spf13/cobra"

	"tc0/circuits/check"
	"tc0/circuits/threshold"
	"tc0/circuits/view"
)

// checkedJSON is what was found in one circuit file.
type checkedJSON struct {
	File     string          `json:"file"`
	Kind     string          `json:"kind"` // "arithmetic" or "threshold"
	Size     string          `json:"size"` // in words
	Findings []check.Finding `json:"findings"`
}

// checkJSON is the answer of check.
type checkJSON struct {
	Verdict  check.Verdict `json:"verdict"`
	Circuits []checkedJSON `json:"circuits"`
	Lowering *check.Report `json:"lowering"` // null when a circuit was checked alone
}

func (a *app) checkVerb() *cobra.Command {
	var limits check.Limits
	var against string
	cmd := &cobra.Command{
		Use:   "check OUT_DIR|FILE|CERTIFICATE",
		Short: "Check that a circuit is well formed, within limits, and what it claims to be",
		Long: `Check a circuit file: that it is well formed, worked out again from its gates
alone, and stays within the limits given. Every fault is listed.

Of an OUT_DIR both circuits are checked, and circuit.tc is validated against
model.ac: the gates of every variable must show its level at every value in the
range proved for it. That is a proof for all words, not a sample. A circuit file
elsewhere is validated in the same way with --against.

A certificate of tc0 classify is checked by multiplying and comparing the maps that
it lists; nothing is searched.`,
		Example: `  tc0 check out
  tc0 check out/circuit.tc --max-depth 30 --max-gates 1000000 --max-weight-bits 32
  tc0 check changed.tc --against out/model.ac
  tc0 classify --group A5 --certificate a5.json && tc0 check a5.json`,
		Args: oneOf("one OUT_DIR, circuit file or certificate"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if isCertificate(args[0]) {
				if against != "" || limits != (check.Limits{}) {
					return fmt.Errorf("%s: is a certificate of a circuit class; --against and limits are for circuits", args[0])
				}
				return a.checkCertificate(args[0])
			}
			return a.check(cmd.Context(), args[0], against, limits)
		},
	}
	cmd.Flags().IntVar(&limits.MaxDepth, "max-depth", 0, "largest depth allowed")
	cmd.Flags().Uint64Var(&limits.MaxGates, "max-gates", 0, "largest number of gates allowed")
	cmd.Flags().IntVar(&limits.MaxWeightBits, "max-weight-bits", 0, "most bits that a weight may have")
	cmd.Flags().StringVar(&against, "against", "", "the arithmetic circuit in `MODEL.ac` that FILE must implement")
	atLeast(cmd, 1, "max-depth", "max-gates", "max-weight-bits")
	return cmd
}

func (a *app) check(ctx context.Context, path, against string, limits check.Limits) error {
	a.meter.step("read", 0, 0)
	arithPath, thresholdPath, c, err := loadForCheck(path, against)
	if err != nil {
		return err
	}
	if c.threshold == nil && limits != (check.Limits{}) {
		return fmt.Errorf("%s: is an arithmetic circuit, the limits are for threshold circuits", path)
	}
	r := &checkJSON{Verdict: check.Holds}
	if c.arith != nil {
		a.meter.step("check "+filepath.Base(arithPath), 0, 0)
		r.add(arithPath, "arithmetic", plural(c.arith.Len(), "node"), check.Arith(c.arith))
	}
	if c.threshold != nil {
		a.meter.step("check "+filepath.Base(thresholdPath), 0, 0)
		r.add(thresholdPath, "threshold", thresholdSize(c.threshold), check.Circuit(c.threshold, limits))
	}
	if c.arith != nil && c.threshold != nil {
		a.meter.step("validate the gates", 0, 0)
		lowering := check.Lowering(ctx, c.arith, c.threshold, check.Options{})
		if r.Lowering = &lowering; r.Verdict == check.Holds {
			r.Verdict = lowering.Verdict
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := a.answer(r, r.print); err != nil {
		return err
	}
	return r.status()
}

// loadForCheck reads what there is to check: either circuit may be absent.
func loadForCheck(path, against string) (arithPath, thresholdPath string, c circuits, err error) {
	if isDir(path) {
		if against != "" {
			return "", "", c, errors.New("--against: goes with a circuit file; the circuit of an OUT_DIR is validated against its own " + arithFile)
		}
		c.arith, c.threshold, err = loadPair(path)
		return filepath.Join(path, arithFile), filepath.Join(path, circuitFile), c, err
	}
	if against == "" {
		c, err = loadCircuit(path)
		return path, path, c, err
	}
	if c.threshold, err = loadThreshold(path); err == nil {
		c.arith, err = loadArith(against)
	}
	return against, path, c, err
}

func thresholdSize(c *threshold.Circuit) string {
	depth := 0
	for b := range c.Banks() {
		depth = max(depth, c.Bank(b).Depth)
	}
	return fmt.Sprintf("%s, depth %d", plural(c.Gates(), "gate"), depth)
}

func (r *checkJSON) add(file, kind, size string, findings []check.Finding) {
	if len(findings) > 0 {
		r.Verdict = check.Fails
	}
	r.Circuits = append(r.Circuits, checkedJSON{file, kind, size, append([]check.Finding{}, findings...)})
}

func (r *checkJSON) status() error {
	switch r.Verdict {
	case check.Holds:
		return nil
	case check.Fails:
		return verdict(exitFails)
	}
	return verdict(exitUndecided)
}

// print writes every finding, and what the IDs among them mean.
func (r *checkJSON) print(w io.Writer) error {
	var ids []string
	for _, c := range r.Circuits {
		found := "well formed"
		if len(c.Findings) > 0 {
			found = plural(len(c.Findings), "finding")
		}
		fmt.Fprintf(w, "%s: %s circuit of %s: %s\n", c.File, c.Kind, c.Size, found)
		for _, f := range c.Findings {
			fmt.Fprintf(w, "  %v\n", f)
			ids = append(ids, f.ID)
		}
	}
	ids = append(ids, r.printLowering(w)...)
	explain(w, ids)
	_, err := fmt.Fprintf(w, "verdict: %v\n", r.Verdict)
	return err
}

// printLowering writes how the validation of the gates went and returns the IDs of
// its failures.
func (r *checkJSON) printLowering(w io.Writer) (ids []string) {
	l := r.Lowering
	switch {
	case l == nil && r.Circuits[0].Kind == "threshold":
		fmt.Fprintln(w, "Checked alone; --against MODEL.ac also validates it against its arithmetic circuit.")
		return nil
	case l == nil:
		return nil
	}
	fmt.Fprintf(w, "gates against variables: %v, %s\n", l.Verdict, l.Method)
	fmt.Fprintf(w, "  %s, %s among them at %s of their forms\n",
		plural(l.Compared.Nodes, "node"), plural(l.Compared.Steps, "step"), plural(l.Compared.Levels, "interval"))
	fmt.Fprintf(w, "  %s in %s, %s\n",
		plural(l.Compared.Gates, "gate"), plural(l.Compared.Banks, "bank"), plural(l.Compared.Outputs, "output"))
	for _, f := range l.Failing {
		fmt.Fprintf(w, "  %v\n", f)
		ids = append(ids, f.ID)
	}
	if more := l.Failures - len(l.Failing); more > 0 {
		fmt.Fprintf(w, "  … and %s more\n", view.Count(more))
	}
	if l.Reason != "" {
		fmt.Fprintf(w, "  %s\n", l.Reason)
	}
	return ids
}

// explain says once what each ID means.
func explain(w io.Writer, ids []string) {
	seen := map[string]bool{}
	for _, id := range ids {
		if text := check.Explain(id); text != "" && !seen[id] {
			seen[id] = true
			fmt.Fprintf(w, "%s: %s\n", id, text)
		}
	}
}
