// Package horizon finds the tracking horizon of a quantised model: the largest n
// such that on every word of length n, at every position, the label is the true
// state of the task (for a group, the product of the letters so far).
//
//	model, err := compile.New(checkpoint, quant, 24) // one quantisation for all lengths
//	machine, err := horizon.Cut(model.Arith, 24)
//	report, err := horizon.Search(ctx, machine, model, checkpoint.Task, quant.Alphabet, horizon.Limits{Length: 24})
//	fmt.Println(report.Verdict, report.Horizon, report.First)
//
// A model is causal, so a wrong label depends on a prefix alone, and the search
// goes through prefixes, shortest first. [Cut] takes the arithmetic circuit apart
// between positions: what the later part reads of the earlier part is the complete
// state of the quantised model, and one map leads from the state before a position
// and its letter to the label and the state after it. Prefixes that lead to the same
// state and the same true state are one node ([Search] says why that is sound). In
// the recurrent form the maps soon repeat; then a node may be met again at any
// length, and when no node is new the model is right on words of every length.
//
// [BySolver] answers the same question length by length with a SAT or
// pseudo-Boolean solver on the threshold circuit, for circuits that are small, and
// [Sample] measures what testing would have seen at the same lengths.
//
// The package judges the quantised model at one precision. It says nothing about the
// model in floating point, and nothing about letters outside the alphabet.
package horizon
