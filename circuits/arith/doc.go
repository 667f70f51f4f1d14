// Package arith is the arithmetic-circuit intermediate representation: integer
// functions of tokens built from four operations of the level calculus.
//
//	input    a token; its level is the token's number
//	form     constant + Σ coef·view, exact integer arithmetic
//	step     a function of a form given by change points: the level is the
//	         number of thresholds that the form reaches
//	product  the exact product of two to four views
//
// A view of a variable (an input or a step) is a table indexed by its level; a
// step has a natural view, its value table. Rounding happens in steps only, so
// the order of summation never matters.
//
// A [Circuit] is immutable, flat and topologically ordered; a [Builder] makes
// one and proves the integer range of every node from its operands as it goes.
// A node whose range does not fit in 62 bits is an error, so evaluation in
// int64 cannot wrap. [Circuit.WriteText] and [ReadText] are inverse, and so are
// [Circuit.WriteBinary] and [ReadBinary].
//
// The package evaluates circuits; it does not know about gates, models or
// files on disk.
package arith
