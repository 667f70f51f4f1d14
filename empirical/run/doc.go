// Package run keeps what training runs came to, and decides which run is next.
//
//	store, err := run.Open("runs.jsonl")
//	if err != nil {
//		return err
//	}
//	defer store.Close()
//	grid, err := run.ReadGrid(file)
//	if err != nil {
//		return err
//	}
//	plan, err := grid.Plan()
//	if err != nil {
//		return err
//	}
//	err = run.Sweep(ctx, plan, store, run.Local{}, 2, nil) // two runs at a time
//	...
//	records, err := store.Records()
//	for _, cell := range plan.Cells(records) {
//		fmt.Println(cell) // A5:g4 length 16, mamba: 90 % of the tokens: 4 layers
//	}
//
// A [Spec] is everything that decides a run; its digest names it. A [Record] is what came of
// it, as one line of JSON. A [Store] is a file of such lines.
//
// # The store
//
// Records are only ever added, each as one line, under a lock of the whole file (flock), and
// flushed to disk before Append returns. A process that is killed while it writes leaves a
// line without an end: readers ignore it and the next Append overwrites it. A digest is
// added once: when two processes ran the same spec, the second is told and adds nothing.
// On systems without flock, and on network file systems that ignore it, a store is
// refused or is for one process.
//
// # A sweep
//
// [Plan.Next] is a pure function from the records so far to the specs that are wanted next,
// so a sweep that was stopped goes on where it was, and another engine can take its place.
// Without Adaptive that is the whole grid. With it, every cell (task, architecture, length)
// tries its depths in ascending order, since accuracy need not rise with depth, until
// every goal is reached. A spec that Next names is wanted whatever comes of the others it
// names, so they can run at the same time.
//
// A goal is reached by a run if a single evaluation during training reached it, on words
// kept out of training (validation), as in the paper of Merrill, Petty and Sabharwal 2024.
// Accuracy on test words is in the record beside it and can be a little lower.
//
// # What it does not do
//
// It draws no figures and prints no tables. It does not lock specs: two sweeps on one store
// at once may train the same one, and one of the results is dropped.
package run
