package horizon

import (
	"context"
	"fmt"
	"strconv"

	"tc0/circuits/arith"
	"tc0/circuits/equiv"
	"tc0/circuits/threshold"
	"tc0/theory/ssm"
)

// Compiled is a quantised model with its circuits.
type Compiled interface {
	equiv.Reference
	Threshold(n int) (*arith.Circuit, *threshold.Circuit, error)
}

// BySolver answers the question of [Search] with a solver, one length after the other:
// for each, whether on some word the last label that the threshold circuit shows is not
// the true state. The labels before are those of shorter words, which have been shown to
// be right. The failing word is the solver's choice among the shortest.
//
// It is about the gates themselves, not about a map between positions, and its proofs can
// be checked; but the circuits of trained models soon become too large for solvers,
// and then the report says undecided with the length reached.
func BySolver(ctx context.Context, model Compiled, task *ssm.Task, alphabet []int, solver equiv.Solver, lim Limits) (*Report, error) {
	letters, err := equiv.CheckTask(task, alphabet)
	if err != nil {
		return nil, err
	}
	if lim.Length < 1 {
		return nil, fmt.Errorf("length %d, expected at least 1", lim.Length)
	}
	s := &search{alphabet: letters}
	s.report = Report{
		Verdict: equiv.Holds, Asked: lim.Length,
		Method: fmt.Sprintf("solver %s on the gates, length by length", solver), Levels: []Level{},
	}
	for n := 1; n <= lim.Length; n++ {
		if lim.Progress != nil {
			lim.Progress(n, 0, 0)
		}
		_, tc, err := model.Threshold(n)
		if err != nil {
			return nil, err
		}
		a, err := equiv.Ask(ctx, tc, task, letters, n-1, solver)
		switch {
		case err != nil && s.stopped(err):
			return &s.report, nil
		case err != nil:
			return nil, fmt.Errorf("length %d: %w", n, err)
		}
		s.report.Answers = append(s.report.Answers, a)
		switch a.Verdict {
		case equiv.Holds:
			s.done(n, -1)
		case equiv.Undecided:
			s.report.Verdict, s.report.Reason = equiv.Undecided, fmt.Sprintf("length %d: %s", n, a.Reason)
			return &s.report, nil
		case equiv.Fails:
			s.failBySolver(a.First)
			return &s.report, replay(ctx, model, task, s.report.First)
		}
	}
	return &s.report, nil
}

// failBySolver notes the word that a solver found.
func (s *search) failBySolver(d *equiv.Difference) {
	last := child{label: -1}
	if label, err := strconv.Atoi(d.Got); err == nil {
		last.label = label
	}
	last.truth, _ = strconv.Atoi(d.Expected)
	s.fail(d.Word, last)
}
