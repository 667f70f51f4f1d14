// Package report sets claim, evidence and verdict side by side: what is claimed of a compiled
// model and of the run that trained it, what the claims rest on, and what came of checking
// them, as data and as one page of HTML.
//
//	r, err := report.Gather(ctx, report.Request{Dir: "out", Checkpoint: "run"})
//	if err != nil {
//		return err
//	}
//	err = r.WriteHTML(file)
//
// The page stands alone: styles and drawings are in it, it loads nothing and runs nothing. The
// JSON of a [Report] says the same. The same files give the same bytes of both.
//
// Verdicts are those of the verifiers of proofs/kernel and proofs/cert, which [Gather] runs
// on the certificates that it finds beside the circuit. What is shown of a claim that was not
// judged is marked so.
//
// # What it does not do
//
// It issues no certificates, and judges nothing itself. It is no evidence: a page can be
// edited. A reader who wants to know runs the commands at its end.
package report
