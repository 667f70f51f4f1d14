// Package equiv compares the functions along the compiler's chain, word by word
// and without tolerances:
//
//	quantised model     = arithmetic circuit    [Model]: logits and labels
//	arithmetic circuit  = threshold circuit     [Circuits]: labels, gate by gate
//
// The words are all words over an alphabet ([Exhaustive]) or a stated number of
// random ones ([Sampled]); they are drawn as they are needed, so that comparing
// many costs no memory.
//
//	words, err := equiv.Exhaustive(quant.Alphabet, 8)
//	result, err := equiv.Circuits(ctx, ac, tc, words, nil)
//	fmt.Println(result.Verdict, result.Method, result.Compared, result.First)
//
// When the two circuits differ, the word is run again through both with every
// inner node visible, and the first node whose gates do not show its value is
// named: the fault is there, and everything before it is sound on that word.
//
// A further question goes to a solver: is there a word on which the threshold circuit's
// labels are not the true states of a task? It is put in CNF or as pseudo-Boolean
// constraints. A word is simulated, and where there is none, a proof is checked:
//
//	answer, err := equiv.Ask(ctx, tc, task, alphabet, 0, equiv.Gophersat)
//	fmt.Println(answer.Verdict, answer.Kind, answer.First)
//
// Solvers are for small circuits: some ten thousand gates are within reach, some hundred
// thousand are not.
//
// The package compares behaviour. Apart from proofs it says nothing about words that were
// not compared; validating the lowering over whole ranges is the business of package
// check.
package equiv
