// Package morphism has uniform morphisms: maps of words that write every letter
// as a block of one fixed number of symbols,
//
//	f(w_0 w_1 … w_{n-1}) = f(w_0) f(w_1) … f(w_{n-1}),   |f(a)| = k for every letter a.
//
// This is what makes a reduction local. Output symbol i depends on input letter
// ⌊i/k⌋ alone ([Uniform.Source]), so over a fixed alphabet the reduction is in NC0:
// [Uniform.Circuit] is its circuit for words of a given length, of depth 1 and of a
// fan-in that does not grow with the length.
//
//	u, _ := morphism.New([][]string{{"a", "b"}, {"b", "a"}})
//	u.Apply([]int{0, 1, 1}) // a b b a b a
//
// A block is a sequence of symbols, and a symbol is any text: a chess move, a
// character of a program, a word of a story. What stands before the first and
// after the last block of an instance, and how symbols are joined to a text, is up
// to the reduction, and must not depend on the letters.
package morphism
