// Package formula holds Boolean formulas: what a reduction to a word problem starts
// from.
//
// A [Formula] is a tree of variables, constants, NOT, AND, OR and XOR, kept flat and
// immutable. Equal subformulas may be stored once, so a circuit read from a file is a
// formula too: its depth and everything else here is that of the tree written out,
// and its size, which may be astronomical, is a big integer.
//
// Depth counts the levels of AND and OR on the longest path. NOT is free and XOR is
// two levels, as it stands for (a | b) & !(a & b). Size counts the leaves; a tree of
// s leaves has s-1 gates of two inputs.
//
//	f, err := formula.Parse("x1 & (x2 | !x3)")
//	f.Depth()                           // 2
//	f.Value([]bool{true, false, false}) // true
//
// [Parse] reads the text form and [Formula.String] writes it; [ReadBLIF] and
// [ReadAIGER] read combinational networks as ABC writes them. [Balance] makes deep
// formulas shallow. [Equivalent] compares two formulas and says how.
//
// The package minimises nothing, does not decide satisfiability, and reads no
// network with memory.
package formula
