// Package task holds the tasks that models are trained on, as data: which words there are,
// which label each position has, and which words are kept out of training.
//
//	d, err := task.New(task.Spec{Name: "A5:g4", Length: 16, Seed: 1})
//	if err != nil {
//		return err
//	}
//	trainer, err := train.New(m, d.Stream(task.Train), d.Stream(task.Valid), config)
//	...
//	fmt.Println(d.Split(16)) // length 16: more than 65536 words; train, validation and test share none
//
// Every task is token tagging by a Moore machine: the label at a position is the output of
// the machine after the tokens so far. A stream draws words without end from the random
// numbers it is given, and is a source for empirical/train.
//
// # Names
//
//	A5, Z60, A4xZ5     running products in a group of algebra.Named (at most [MaxOrder]
//	                   elements); tokens and labels are element numbers, all are letters
//	A5:g2 A5:g3 S5:g5  the letters that words.Named says
//	A5:g4              four letters that generate the group, see below
//	S5:swaps           the exchanges of two points, for Sn
//	mod_3              the number of tokens 1 among tokens 0 and 1, modulo 3 (2 to 1024)
//	parity_check       and the other names of language.NamedTask: even_pairs, cycle_navigation
//	                   and modular_arithmetic (with it, the regular tasks of Delétang et al.
//	                   2022, "Neural networks and the Chomsky hierarchy"), flip_flop, …
//	A5:g4+hidden       some actions are not seen, see below; for groups
//	flip_flop+undo3    the token undo takes back the last token not yet taken back, up to 3
//	                   in a row (1 to 8); beyond that it does nothing. For any task
//
// A position whose output is −1 has no label and is not scored: operators of
// modular_arithmetic, whose words are drawn so that they never become malformed.
//
// A hidden action multiplies the state by an element that is not shown, any of the group
// with equal probability. Then the state can be anything and no position has a label, until
// a token =g reveals it; the tokens =g that a word has in a known state are true.
// (Partially observed actions after Siems et al. 2026, arXiv 2602.14814; UNDO after arXiv
// 2604.05923. The definitions here are our own.)
//
// The tokens of +hidden and +undo are numbered anew: first the letters, then the new ones.
//
// # Four letters
//
// The letters of G:g4 are four elements that any architecture gets alike. One rule gives
// them for every group with at least 5 elements: take the numbers ⌊|G|·x_i/2^64⌋, x_i the
// output of SplitMix64 started at 4, without 0 (the identity) and repetitions, and choose the
// first four in a row such that for some n every element of G is a product of exactly n of
// them. This is more than that they generate G: otherwise the position alone would tell a
// part of the label, as it would if all letters were odd permutations. In the numbering of
// algebra.NamedGroup.Table:
//
//	G       letters
//	Z5      1 2 3 4
//	Z12     4 5 7 10
//	Z60     23 26 35 55
//	S3      1 2 3 5
//	S5      47 59 103 107
//	A4      4 5 7 10
//	A5      25 29 51 53
//	A6      155 177 309 321
//	A4xZ5   23 29 51 53
//
// S4:g4 is an exception: it is the S4:g4 of words.Named, the identity and the exchanges of
// neighbours, so that a name means the same everywhere.
//
// # What is kept out
//
// A keyed hash of the word, from the spec's seed, decides whether it is for training (8 of
// 10 words), validation or test (1 of 10 each), so words of the three are never equal, at
// any length, and no list of words is kept. If there are at most 65536 words of a length,
// they are counted and the parts are exact. Below 10 words, or [Spec].DivideFrom, nothing
// is kept out, and all three draw from all words; [Data.Split] says so. (Of A5:g4 there are
// 256 words of length 4: with a tenth kept out, many of these end in a product that no other
// word shows, which measures the sample and not the model.) Words of training repeat, as
// a stream has no end, and begin alike with words of test: a word is kept out as a whole.
//
// # What it does not do
//
// It does not train, and of files it opens those of [Files] alone. It has no infinite-state tasks and no text.
package task
