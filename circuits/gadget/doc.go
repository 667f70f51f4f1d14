// Package gadget builds the step functions of the level calculus: a real
// function followed by rounding to integer codes, given as the exact integer
// change points at which the code moves.
//
// A [Function] such as SiLU on a form F with value F·2^InExp is, after rounding,
// a function of an integer to a small range of integers. Its [Function.Steps]
// are the least F that reach each code.
//
//	silu := gadget.Function{Kind: gadget.SiLU, InExp: -6, InDen: 1, OutExp: -4, Lo: -100, Hi: 100}
//	steps, err := silu.Steps()
//
// # How a comparison is decided
//
// Everything rests on one question: is Kind(x) at least y, the border between two
// codes? It is answered in integer arithmetic alone, so that the tables are
// the same on every platform:
//
//   - Identity, RSqrt, and the other functions far from zero, where no border fits
//     between them and their asymptotes, have their change points in closed form.
//   - Elsewhere a Taylor polynomial per cell of the axis is evaluated in 128-bit
//     integers. Its error bound is computed with it: rounding, coefficients, and
//     the remainder in Lagrange's form.
//   - What that leaves open goes to fixed-point enclosures of growing precision,
//     whose error bounds are derived at each operation.
//
// Floating point guesses where to look next and decides nothing.
//
// The package does not know about circuits: lowering a step to gates is the
// business of package lower.
package gadget
