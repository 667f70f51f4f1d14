// Package export writes threshold circuits in formats that other programs read.
//
//	text, binary  the circuit's own exact forms
//	json          every gate written out: number, threshold, stage, wires
//	dot           a drawing for graphviz; small circuits only
//	verilog       a module of one assignment per gate, a signed sum of weights
//	blif          two-input tables for ABC and Yosys
//	aiger         an and-inverter graph, binary (aig) or ASCII (aag)
//	opb           two pseudo-Boolean constraints per gate, for PB solvers
//
// [WriteQuery] and [WriteQueryCNF] write a question about a circuit for PB and SAT
// solvers.
//
// An example:
//
//	f, err := export.ParseFormat("blif")
//	…
//	err = export.Write(w, circuit, f, export.Options{})
//
// Signals have the same names everywhere: x<position>_<token> for the one-hot
// input bits, g<number> for gates, y<position>_<class> for outputs. OPB allows
// numbered variables only; the comments at its head give the correspondence.
//
// Gates are written as they are met, so memory stays small: BLIF and AIGER keep
// one literal per gate and the nodes of one bank, everything else keeps one
// gate. AIGER and OPB begin with totals, so they walk over the circuit twice.
//
// # Decomposition
//
// BLIF and AIGER cut every gate into two-input conjunctions with the same
// procedure. Negative weights become negated literals. The gate is then a
// decision diagram over its sources by falling weight, nodes with equal
// remaining sources and remaining threshold shared; when that grows larger than
// adding the weights up in binary with full adders and comparing would be, it
// is the adders that are written. Adders take a number of conjunctions linear in
// fan-in times weight bits, so the result is always polynomial.
//
// # What it does not do
//
// It reads none of these formats back except through package threshold. The
// logic formats leave out that inputs are one-hot: two circuits that agree on
// all words may differ on other input bits, so an equivalence check of them
// needs that constraint, which OPB and queries state. Weights are exact in every
// format, but readers of JSON that use floating point lose those above 2^53,
// and PB solvers differ in the integers they take (clasp: 32 bits); OPB output
// says how many bits its largest constraint needs.
package export
