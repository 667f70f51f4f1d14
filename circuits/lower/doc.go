// Package lower turns an arithmetic circuit into a threshold circuit by
// telescoping: a step becomes a bank of gates, one per change point (or two
// short banks, one per digit), any function of its level becomes an affine form
// over those gates, and a product becomes conjunctions of bits.
//
//	tc, err := lower.Circuit(ac, lower.Options{Digits: 2})
//
// The gates of every node are contiguous and follow the order of the nodes, and
// how many there are depends on the node's own tables only ([Shape]), so that
// gate numbers of a family of circuits can be computed without building them.
//
// Depth: a bank is one level above what its form reads, a second digit one more,
// conjunctions one, materialised bits one, and one the gate [value >= 1] of a label
// that is not a single comparison already. Forms cost nothing.
//
// The package does not choose scales or precisions, and it does not check its
// own work: package check validates a pair of circuits variable by variable.
package lower
