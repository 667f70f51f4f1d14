// Package bound is the registry of what the theory says: theorems and definitions by
// ID, the assumptions they rest on, the arithmetic models they hold in, the circuit
// classes they speak of, and a table of sequence models with what each can and cannot
// express.
//
//	facts := bound.Facts{
//		Name: "S4", Group: bound.Yes, Abelian: bound.No, Solvable: bound.Yes,
//		Aperiodic: bound.No, QuasiAperiodic: bound.No,
//		Order: big.NewInt(24), States: 24, DerivedLength: 3,
//	}
//	dcd, _ := bound.Find("DCD")
//	decisions, err := dcd.Decide(facts)
//	if err != nil {
//		return err
//	}
//	fmt.Println(decisions[0]) // expressible: 3 layers, no fewer do (T-depth; P-fin; unconditional)
//
// # IDs
//
// A statement of Merrill, Petty and Sabharwal 2024, The Illusion of State in State-Space
// Models (arXiv 2404.08819), is named by a letter and the paper's number: T4.4, D2.1,
// LA.5. The letters are D definition, E example, P proposition, C corollary, L lemma,
// T theorem. A statement from anywhere else is named by a letter, a hyphen and a short
// name: T-depth, D-solvable. The letters are D definition, T theorem, F fact. An ID is
// never reused. Classes (TC0), assumptions (TC0 ≠ NC1), arithmetic models (P-fin) and
// architectures (mamba) have IDs too; [Explain] finds any of them.
//
// # Decisions
//
// [Architecture.Decide] says, for each arithmetic model in which something is known,
// whether stacks of the layer can solve the word problem of a monoid: expressible,
// impossible, or unknown, with the theorems used and what they assume. Unknown means
// that the statements recorded here do not settle it. Expressible is a statement
// about weights that exist; whether training finds them is another question.
//
// Each theorem and each row says how it was checked ([Evidence]); few were read in
// full. A decision is as good as the weakest statement it names.
//
// # What it does not do
//
// It computes no facts: theory/class finds out whether a monoid is solvable. It proves
// nothing, and judges no trained model: see circuits/check for that.
package bound
