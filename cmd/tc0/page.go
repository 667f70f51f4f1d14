package main

import (
	"context"
	"fmt"
	"io"
	"runtime"

	"github.com/spf13/cobra"

	"tc0/circuits/check"
	"tc0/proofs/report"
)

func (a *app) reportVerb() *cobra.Command {
	var q report.Request
	var out string
	cmd := &cobra.Command{
		Use:   "report OUT_DIR [--run RUN_DIR] (-o FILE.html | --json)",
		Short: "Set claim, evidence and verdict of a compiled model side by side on one page",
		Long: `Verify the certificates in OUT_DIR and write one page of HTML: the class of the task with
its witness, what theory predicts of the architecture, training and accuracy by length,
the circuit, its family and depth by stage, quantisation, and each claim beside its
evidence and its verdict, with commands to check them. The page loads nothing.

The run is that of record.json in OUT_DIR (tc0 certify --run puts it there) or in
RUN_DIR; without one the page is about the circuit alone. A family.json in OUT_DIR
(tc0 certify --family) is verified and shown too. --json prints the same as JSON.

A certificate that fails is exit status 1, one that is undecided 3; the page says which.`,
		Example: `  tc0 train --task Z2 --arch mamba --length 8 -o run
  tc0 compile run --length 8 --bits 8 -o out && tc0 certify out --run run
  tc0 certify --family run --lengths 4,8,16 --quant out/quant.json -o out/family.json
  tc0 report out -o report.html`,
		Args: oneOf("one OUT_DIR"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if (out == "") != a.json {
				return fmt.Errorf("report: expected either -o FILE.html or --json; see tc0 report --help")
			}
			q.Dir = args[0]
			return a.page(cmd.Context(), q, out)
		},
	}
	f := cmd.Flags()
	f.StringVar(&q.Run, "run", "", "the run whose record is in `RUN_DIR`")
	f.StringVar(&q.Checkpoint, "checkpoint", "", "the checkpoint is in `DIR`, no longer where report.json says")
	f.StringVarP(&out, "output", "o", "", "write the page to `FILE.html`")
	return cmd
}

func (a *app) page(ctx context.Context, q report.Request, out string) error {
	if out != "" && isDir(out) {
		return fmt.Errorf("%s: is a directory, expected a file for -o", out)
	}
	if err := checkOutDir(q.Dir); err != nil {
		return err
	}
	c := certifying{checkpoint: q.Checkpoint, run: q.Run}
	ck, err := c.findCheckpoint(q.Dir)
	if err != nil {
		return err
	}
	known := &theory{known: map[string]taskTheory{}}
	q.Checkpoint, q.Workers, q.Progress = ck.Dir, runtime.GOMAXPROCS(0), a.meter.step
	q.Theory = func(task, arch string, layers int) ([]report.Prediction, error) {
		t, err := known.of(task)
		return pagePredictions(t.about(arch, layers)), err
	}
	r, err := report.Gather(ctx, q)
	if err != nil {
		return err
	}
	if out != "" {
		if err := writeFiles(ctx, file{out, r.WriteHTML}); err != nil {
			return err
		}
	}
	if err := a.answer(r, func(w io.Writer) error { return printPage(w, r, out) }); err != nil {
		return err
	}
	return pageStatus(r.Certificates)
}

// pagePredictions are predictions as a report has them.
func pagePredictions(all []predictionJSON) []report.Prediction {
	list := []report.Prediction{}
	for _, p := range all {
		list = append(list, report.Prediction{
			Prediction: string(p.Prediction), Depth: p.depth(), Arithmetic: p.Arithmetic, Theorems: p.Theorems, Assumptions: p.Assumptions, Why: p.Why,
		})
	}
	return list
}

// pageStatus is the exit status that the worst verdict asks for.
func pageStatus(certificates []report.Certificate) error {
	status := exitHolds
	for _, c := range certificates {
		switch {
		case c.Verdict == check.Fails:
			return verdict(exitFails)
		case c.Verdict == check.Undecided:
			status = exitUndecided
		}
	}
	if status == exitHolds {
		return nil
	}
	return verdict(status)
}

func printPage(w io.Writer, r *report.Report, out string) error {
	for _, c := range r.Certificates {
		fmt.Fprintf(w, "%s: %v", c.File, c.Verdict)
		if c.Reason != "" {
			fmt.Fprintf(w, ": %s", c.Reason)
		}
		fmt.Fprintln(w)
	}
	if len(r.Certificates) == 0 {
		fmt.Fprintln(w, "no certificates: tc0 certify issues them")
	}
	_, err := fmt.Fprintf(w, "wrote %s\n", out)
	return err
}
