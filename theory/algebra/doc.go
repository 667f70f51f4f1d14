// Package algebra computes with finite monoids and groups whose elements are maps on
// points: how many elements there are, which of them lie in groups, and whether those
// groups are solvable. These facts decide the circuit complexity of word problems and
// regular languages.
//
// A [Map] acts on the right: x.Then(y) applies x first, so the map of a word is the
// product of its letters in reading order. Generators come from [ParseMap], from
// [Matrices] mod p, from a [Cayley] table, from a file ([ReadGenerators]) or from the
// name of a group ([Named]). There are three ways to go on, by size:
//
//   - A [Monoid] is enumerated by the algorithm of Froidure and Pin: elements in
//     shortlex order of their least words, both Cayley graphs, [Green]'s relations,
//     idempotents, maximal subgroups, aperiodicity.
//   - A [Group] is never listed. It is a base and strong generating set, which gives
//     order, membership, derived series, solvability and perfect core.
//   - A [Survey] finds the maximal subgroups of a monoid too large to list, from the
//     image sets of its elements. It has three answers; undecided comes with how far
//     the search went.
//
// For a group that is not solvable, [PerfectCore] gives the commutators of
// Barrington's theorem: every element of the core as a product of fewest commutators,
// and one commutator in the conjugacy class of its factors.
//
//	named, err := algebra.Named("PSL(2,7)")
//	if err != nil {
//		return err
//	}
//	group, err := named.Group()
//	if err != nil {
//		return err
//	}
//	fmt.Println(group.Order(), group.Solvable()) // 168 false
//
// All results are exact, and the same on every machine: orders are big integers,
// there is no floating point, and the one random search has a fixed seed and
// proves what it finds. Everything that can be too large takes a limit or has one,
// and says so in a [LimitError].
//
// # What it does not do
//
// No finitely presented monoids or groups, no infinite ones, no isomorphism test or
// identification, no subgroup lattices, no circuit classes: the verdicts about
// languages are drawn elsewhere. A Group that is large in base and orbits, and
// neither alternating nor symmetric, can reach its limits; see [NewGroup]. [PerfectCore]
// lists the whole group, and there is no such search in a group too large for that.
package algebra
