// Package words is the home of word-problem data: streams of words over a finite
// monoid with their running products, and the file formats they are kept in.
//
// The word problem of a monoid (D3.1) asks for the product of a word g_1 … g_k.
// Here every row carries all running products s_t = s_{t−1}·g_t, s_0 the identity,
// because models are trained to tag each position with s_t:
//
//	a5, err := words.Named("A5:g2", 1000) // two generators of A5
//	if err != nil {
//		return err
//	}
//	rows, err := a5.Random(words.Sample{Length: 20, Count: 1000, Seed: 1})
//	if err != nil {
//		return err
//	}
//	return words.WriteCSV(os.Stdout, rows)
//
// # Streams
//
// [Problem.All] gives all words of a length in product order (the last letter
// changes fastest). [Problem.Random] gives distinct words in a pseudo-random order.
// Distinctness is proved, not checked: the order is a bijection on the words of the
// length, so no set of words seen is kept. When at most 2^20 words exist, or the
// length is 1, the bijection is a shuffle of all their numbers (4 MiB for 2^20),
// uniform up to the generator. Above that it is a Feistel network on the letters:
// each of 10 rounds adds to one half of the word, letter by letter modulo the size
// of the alphabet, a function of the other half, which can be undone whatever the
// function is. Its memory does not grow with the number of words. It is made for
// experiments, not for secrets.
//
// Two ranges of one order that do not overlap have no word in common, so a training
// and a test set from one seed are disjoint.
//
// [Language.Balanced] draws, with repetition, words of mixed lengths for recognition,
// one half inside the language in expectation, uniformly within each half and length.
//
// Random numbers come from the PCG of math/rand/v2, whose output is fixed by its
// definition, and from integer arithmetic of this package. The same request gives
// the same bytes on every machine.
//
// # Formats
//
// CSV is that of the word-problem repository of Merrill, Petty and Sabharwal, byte for
// byte: a header seed,input,target; element numbers separated by one space; "\n" at
// the end of each line, the last one too.
//
// JSONL has one object a line, with four keys and no others, written in this order:
//
//	{"problem":"A5","seed":1,"input":[3,17],"target":[3,20]}
//
// FLaRe is a split of that benchmark for the language of all words whose product is
// accepted (the identity, unless said otherwise): four files in one folder, a line
// for each word or for some of them.
//
//	main.tok            the word, letters separated by one space; an empty line is the empty word
//	labels.txt          1 if the word is in the language, else 0
//	next-symbols.jsonl  for words in the language only: for each prefix, the shortest first, an
//	                    object: "s" the letters after which the word can still be completed,
//	                    in byte order, and "e" whether the prefix is in the language
//	num-edits.txt       for words outside the language only: the number of edits of an accepted
//	                    word that made it, or an empty line if it was drawn otherwise
//
// The benchmark's log-probabilities.txt and edit-distances.txt, which some of its
// languages have, are neither written nor read.
//
// The readers stream, check every letter, running product and label against the
// problem, and stop at the first fault with one line that names the file and the line.
//
// # What it does not do
//
// It opens no files: the caller passes readers and writers. It knows no
// particular monoid; [Named] gets its tables from theory/algebra.
package words
