// Package check finds what is wrong with circuits. It trusts neither builders nor
// package lower, and decides by proof over ranges, not by running words.
//
//	findings := check.Circuit(tc, check.Limits{MaxDepth: 14})
//	report := check.Lowering(ctx, ac, tc, check.Options{})
//	if report.Verdict != check.Holds {
//		fmt.Println(report.Failing)
//	}
//
// [Arith] and [Circuit] work out again what the builders of the two
// representations promise, such as order, ranges and depth, and list every fault.
//
// [Lowering] proves that a threshold circuit gives the labels of an arithmetic
// circuit, variable by variable. Every bank names a node by its tag. The tag is a
// hint that the proof does not rest on: a wrong one makes it fail.
//
//   - A step's banks must read its form, up to sign and a constant. Between two
//     neighbouring change points, of the step or of a bank, no gate changes, so one
//     evaluation for each such interval (a cell) in the proved range of the form
//     gives all gates as functions of the step's cell.
//   - Sums over gates of one variable then are functions of its cell. Products are
//     expanded into such functions and conjunctions of bits, whose lists must add
//     up to the factors in every cell.
//   - Both circuits' forms are brought to one normal form, sums of functions of single
//     variables and of weighted conjunctions. Equal normal forms are equal numbers;
//     the arithmetic is modulo 2^64 and all proved ranges lie within 2^62.
//
// The proved range of a form takes its terms as independent, so a circuit that
// errs only at values which no word reaches is refused.
//
// The package does not say how well an arithmetic circuit follows a model (package
// compile measures that), it does not look at logits, which have no gates, and it
// does not compare threshold circuits with each other (package equiv does).
package check
