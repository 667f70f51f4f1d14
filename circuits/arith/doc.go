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
//
// A node whose proved range does not fit in 62 bits is refused when it is built,
// and when it is read; there is no wider evaluation. Thresholds and written-out
// weights of threshold circuits have the same bound, so a wider node could be
// evaluated but not lowered, and the compiler's answer to the error is a coarser
// scale. What is accepted is exact in int64: sums and products on the way to a
// node's value may leave the range of int64, but arithmetic modulo 2^64 is a ring,
// and the value itself is proved to fit.
//
// [Circuit.WriteText] and [ReadText] are inverse, and so are
// [Circuit.WriteBinary] and [ReadBinary]. The readers accept what the writers
// write and nothing else, so equal circuits are equal files.
//
// The package evaluates circuits; it does not know about gates, models or
// files on disk.
package arith
