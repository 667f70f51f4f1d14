// Package reductiontest has what the tests of the reductions share: the words that
// all of them send to their targets, an oracle of their products that is made
// without the algebra package, and the checks that are the same for each.
//
//	for _, word := range reductiontest.Words(120, 1000, 50) {
//		…
//	}
//
// It is for tests, and nothing else imports it.
package reductiontest
