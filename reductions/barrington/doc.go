// Package barrington turns Boolean formulas into words: Barrington's theorem (1989) for
// any non-solvable group, monoid or regular language.
//
// A [Language] is a word problem with a non-solvable group in it: that of a group
// ([Named]), of the monoid that some maps generate ([Generated]), or membership in a
// regular language ([Automaton]). An [Instance] is a formula made into words of that
// language: for each assignment one word, whose answer is the formula's value. All
// words of an instance have one length, and the letter at a position depends on one
// bit of the assignment, so the reduction is a projection (in NC0, of depth 0):
// [Instance.Circuit] writes it as a circuit.
//
//	f, err := formula.Parse("x1 & (x2 | !x3)")
//	l, err := barrington.Named("A5")
//	in := barrington.NewInstance(f, l)
//	in.Length()                                // 16
//	for letter := range in.Word([]bool{true, false, false}) { … }
//
// # Construction
//
// A [Witness] is a perfect group P ≠ 1 and a way to write elements of it as products of
// w commutators of elements of it. The program of a formula F for g in P is a list of
// instructions (variable, element if 1, element if 0) whose product is g when F is true
// and 1 when it is false. It is
//
//	x        (x, g, 1)
//	!F       the program of F for g^-1, and its last instruction times g
//	F & G    for g = [a1,b1]…[aw,bw]: F for a1, G for b1, F for a1^-1, G for b1^-1, …
//	F | G    !(!F & !G)
//	F ^ G    !(!(F & !G) & !(!F & G))
//
// where the operands of an AND are first made equally deep with instructions that
// multiply by 1, at the end. So the length is (4w)^d exactly, d the depth in the sense
// of [formula.Formula.Depth]: levels of AND and OR, NOT free. It is 4^d where P has a
// single-class witness, which is looked for first: a, b and [a,b] in one conjugacy
// class, as in Barrington's proof. All programs are for conjugates of [a,b] and their
// inverses then, so that conjugation costs nothing either.
//
// Programs are never built. An instruction is found from the base-4w digits of its
// index by one descent of the formula, and a stream of all instructions is a walk in
// memory of the order of the depth.
//
// In a monoid P lies in the group of units of e·M·e, for an idempotent e. Every element
// of P that occurs becomes a word over the generators, all of one length, and the
// language a pair of contexts that tell [a,b] from e.
//
// The package decides neither solvability nor satisfiability; it uses package algebra
// for groups, and searches for a small non-solvable subgroup where P is large.
package barrington
