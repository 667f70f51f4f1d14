package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/spf13/cobra"

	"tc0/circuits/view"
	runs "tc0/empirical/run"
	"tc0/empirical/train"
)

// sweeping says what to train and where to keep the records.
type sweeping struct {
	grid    string
	store   string
	workers int
}

// sweepJSON is the answer of sweep.
type sweepJSON struct {
	Store string      `json:"store"`
	Added int         `json:"added"` // runs, by this sweep
	Runs  int         `json:"runs"`  // of the grid, in the store
	Cells []runs.Cell `json:"cells"`
}

func (a *app) sweepVerb() *cobra.Command {
	var s sweeping
	cmd := &cobra.Command{
		Use:   "sweep GRID.json -o STORE",
		Short: "Train the models of a grid and keep a record of each; find the least depth of each cell",
		Long: `Train every model of a grid that STORE has no record of, several at a time, and add
its record. With "adaptive" in the grid, depths are tried in ascending order in each
cell (task, architecture, length) until all goals are reached, and no deeper.

A grid is a JSON object:

  tasks, archs, lengths, layers, seeds   lists; names as for tc0 train
  goals       accuracies on validation words: [{"token": 0.9}, {"sequence": 0.9}]
  adaptive    true: look for the least depth; false: train the whole grid
  retry       adaptive: a run that missed a goal but came to this accuracy is tried
              with the next seed too; all_seeds: true tries every seed
  words       choices for all tasks, such as {"seed": 1, "bos": false}
  train, model  settings by architecture or for "*", such as {"*": {"budget_seconds": 60}}
  times, test_words   test lengths as multiples of the length [1, 2, 4, 8], words of each [512]

STORE is a file of records, one a line, that only grows; several processes may add to
it at once. A sweep that was interrupted or killed goes on when the same command is
given again: finished runs are not repeated, and those under way, kept in
STORE.running, go on from their last evaluation.`,
		Example: `  tc0 sweep docs/figures/figure3.json -o docs/figures/figure3.jsonl
  tc0 runs docs/figures/figure3.jsonl --where task=A5:g4 --where length=16`,
		Args: oneOf("one GRID.json"),
		RunE: func(cmd *cobra.Command, args []string) error {
			s.grid = args[0]
			return a.sweep(cmd.Context(), &s, cmd.ErrOrStderr())
		},
	}
	f := cmd.Flags()
	f.StringVarP(&s.store, "output", "o", "", "add the records to `STORE`, made if there is none")
	f.IntVar(&s.workers, "workers", runtime.GOMAXPROCS(0), "runs at a time, of one thread each")
	require(cmd, "output")
	atLeast(cmd, 1, "workers")
	return cmd
}

func (a *app) sweep(ctx context.Context, s *sweeping, stderr io.Writer) error {
	plan, err := readPlan(s.grid)
	if err != nil {
		return err
	}
	store, err := openStore(s.store, true)
	if err != nil {
		return err
	}
	defer store.Close()
	half := halfDone(s.store + ".running")
	before, err := store.Records()
	if err != nil {
		return err
	}
	total := len(plan.Next(before))
	a.meter.step("sweep, runs", 0, total)
	r := sweepJSON{Store: s.store}
	err = runs.Sweep(ctx, plan, store, half.runner(ctx), s.workers, func(p runs.Progress) {
		r.Added = p.Added
		half.drop(p.Last.Digest)
		a.meter.step("sweep, runs", p.Added, p.Added+p.Wanted)
	})
	if interrupted(ctx, err) {
		a.meter.stop()
		fmt.Fprintf(stderr, "tc0: interrupted after %s; the same command goes on\n", plural(r.Added, "run"))
		return verdict(exitInterrupted)
	}
	if err != nil {
		return err
	}
	records, err := store.Records()
	if err != nil {
		return err
	}
	half.clear(records)
	r.Cells = plan.Cells(records)
	r.Runs = plan.Count(records)
	return a.answer(r, r.print)
}

// readPlan reads a grid from a file.
func readPlan(path string) (*runs.Plan, error) {
	f, err := openKind(path, "a GRID.json", "")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	grid, err := runs.ReadGrid(io.LimitReader(f, maxSpec))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	plan, err := grid.Plan()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return plan, nil
}

// openStore opens a store, to write or to read. One to read must be there.
func openStore(path string, toWrite bool) (*runs.Store, error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: is not a file, expected a store of runs", path)
	} else if errors.Is(err, fs.ErrNotExist) && !toWrite {
		return nil, fmt.Errorf("%s: no such file: expected a store of runs, as tc0 sweep writes it", path)
	}
	store, err := runs.Open(path)
	if err != nil {
		return nil, underName(path, err)
	}
	if toWrite && !store.Writable() {
		store.Close()
		return nil, fmt.Errorf("%s: may not be written: make it writable or copy it", path)
	}
	return store, nil
}

// halfDone is where the states of runs under way are, a folder for each: what is left of one,
// a file half written when the process was killed included, goes with it.
type halfDone string

func (h halfDone) folder(digest string) string { return filepath.Join(string(h), digest) }

// runner trains in this process, and goes on where a state was left.
func (h halfDone) runner(ctx context.Context) runs.Runner {
	state := func(s runs.Spec) string { return filepath.Join(h.folder(s.Digest()), stateFile) }
	return runs.Local{
		Code: codeVersion(),
		Begin: func(s runs.Spec, t *train.Trainer) error {
			if err := os.MkdirAll(h.folder(s.Digest()), 0o755); err != nil {
				return underName(string(h), err)
			}
			return restore(t, state(s))
		},
		Each: func(s runs.Spec, t *train.Trainer, _ train.Point) error {
			err := writeFiles(ctx, file{state(s), t.Save})
			if errors.Is(err, fs.ErrNotExist) {
				return nil // another process has finished this run
			}
			return err
		},
	}
}

// drop removes the state of a run that is done. One that stays is cleared later.
func (h halfDone) drop(digest string) { os.RemoveAll(h.folder(digest)) }

// clear removes what is left of runs that are done, and the folder if nothing else is in it.
func (h halfDone) clear(records []runs.Record) {
	for _, r := range records {
		h.drop(r.Digest)
	}
	os.Remove(string(h))
}

func (r *sweepJSON) print(w io.Writer) error {
	t := &view.Table{Head: []string{"task ", "goal ", "architecture ", "length", "least layers", "runs", "best"}}
	for _, c := range r.Cells {
		t.Add(c.Task, c.Goal.String(), c.Arch, c.Length, c.Outcome(), len(c.Tries), percent(c.Best()))
	}
	if err := t.Write(w); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\n%s of the grid in %s, %s of them new. Measured on validation words.\n", plural(r.Runs, "run"), r.Store, view.Count(r.Added))
	return err
}
