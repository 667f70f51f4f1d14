// Package gadget builds the step functions of the level calculus: a real
// function followed by rounding to integer codes, given as the exact integer
// change points at which the code moves.
//
// A [Function] such as SiLU on a form F with value F·2^InExp is, after rounding,
// a function of an integer to a small range of integers. Its [Function.Steps]
// are the least F that reach each code. They are decided by fixed-point
// enclosures whose error is bounded, with the precision raised until the
// decision is certain, so the tables do not depend on the platform's math
// library. Floating point only guesses where to look.
//
//	silu := gadget.Function{Kind: gadget.SiLU, InExp: -6, InDen: 1, OutExp: -4, Lo: -100, Hi: 100}
//	steps, err := silu.Steps()
//
// The package does not know about circuits: lowering a step to gates is the
// business of package lower.
package gadget
