package run

import (
	"context"
	"errors"
	"fmt"
)

// A Runner carries out one complete spec. An error other than that of the context, such as
// a full disk, ends a sweep; a training that diverges is a record. It may be called by
// several goroutines at once.
type Runner interface {
	Run(ctx context.Context, s Spec) (Record, error)
}

// Progress is what a sweep has come to.
type Progress struct {
	Last    Record // the one just added
	Added   int    // by this sweep
	Running int
	Wanted  int // specs known to be wanted and not done, Running included; more may follow
}

// Sweep carries out the runs of a plan that the store lacks, so many at a time, and calls each
// after every one, unless that is nil. When the context ends it stops, and returns the
// context's cause: what was running is lost, what was finished is in the store. When
// it returns, nothing is running.
func Sweep(ctx context.Context, p *Plan, s *Store, r Runner, workers int, each func(Progress)) error {
	if workers < 1 {
		return fmt.Errorf("workers %d: expected at least 1", workers)
	}
	inner, cancel := context.WithCancel(ctx)
	defer cancel()
	w := sweep{plan: p, store: s, runner: r, running: map[string]bool{}, outcomes: make(chan outcome)}
	var failure error
	for {
		if failure == nil && inner.Err() == nil {
			failure = w.start(inner, workers)
		}
		if failure != nil {
			cancel()
		}
		if len(w.running) == 0 {
			break
		}
		err := w.finish(<-w.outcomes, each)
		if failure == nil && inner.Err() == nil {
			failure = err
		}
	}
	if failure != nil {
		return failure
	}
	return context.Cause(ctx)
}

// A sweep is the state of Sweep, for one goroutine.
type sweep struct {
	plan     *Plan
	store    *Store
	runner   Runner
	running  map[string]bool // by digest
	outcomes chan outcome
	wanted   int
	added    int
}

type outcome struct {
	digest string
	record Record
	err    error
}

// start starts runs until so many are running or none is wanted.
func (w *sweep) start(ctx context.Context, workers int) error {
	records, err := w.store.Records()
	if err != nil {
		return err
	}
	next := w.plan.next(byDigest(records))
	w.wanted = len(next)
	for _, n := range next {
		if len(w.running) >= workers {
			break
		}
		if w.running[n.digest] {
			continue
		}
		w.running[n.digest] = true
		go func() {
			record, err := w.runner.Run(ctx, n.spec)
			w.outcomes <- outcome{n.digest, record, err}
		}()
	}
	return nil
}

// finish adds what a run came to.
func (w *sweep) finish(o outcome, each func(Progress)) error {
	delete(w.running, o.digest)
	if o.err != nil {
		return fmt.Errorf("run %.12s: %w", o.digest, o.err)
	}
	if o.record.Digest != o.digest {
		return fmt.Errorf("run %.12s: the record is of another spec, %.12s", o.digest, o.record.Digest)
	}
	err := w.store.Append(o.record)
	if errors.Is(err, ErrKnown) {
		return nil // another process was first
	}
	if err != nil {
		return err
	}
	w.added++
	w.wanted--
	if each != nil {
		each(Progress{Last: o.record, Added: w.added, Running: len(w.running), Wanted: w.wanted})
	}
	return nil
}
