// Package compile turns a trained model into a family of arithmetic circuits
// n ↦ C_n, and into the threshold circuits that implement them:
//
//	compiled, err := compile.Compile(ctx, checkpoint, compile.Request{
//		Length: 8, Agreement: 1, Digits: 2, Minimize: compile.Gates,
//		Form: compile.Convolution, Seed: 1, EvalWords: 512,
//	})
//	fmt.Println(compiled.Report.Bits, compiled.Threshold.Stats().Depth)
//
// The work goes through four values. A [Quant] is a quantisation: the range of every
// tensor, measured on words once, and a precision as a formula in n. With the
// checkpoint it fixes a [Model], the integers of every layer: rounded coefficients,
// scales, and step functions with exact change points. [Model.Eval] is the quantised
// function by plain integer arithmetic, and [Model.Arith] the same function as a
// circuit, which package lower turns into gates.
//
// Layers are described once, as stages: grids of elements that share tables. From
// them follow the circuit for any length, the number of any gate ([Model.GateAt]
// writes one out without building the circuit) and the bounds of the family
// ([Model.Bound]).
//
// The package reads no files but quant.json. It does not train, prove or check: its
// output is compared with its specification by packages equiv and check.
package compile
