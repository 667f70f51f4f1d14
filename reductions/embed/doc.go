// Package embed sends word problems into those of symmetric groups and of maps on
// few points, where the other reductions pick them up.
//
// An [Action] gives every element of a finite monoid a map on points, one to one,
// such that products become products. Maps act on the right: the map of a word is
// that of its letters in reading order, and an item on point p goes to point x[p].
// Three actions are at hand: the one a named group comes with ([Natural]), Cayley's
// on its own elements ([Regular]), and, for small groups, one on a given number of
// points or the proof that there is none ([Symmetric]). [Least] chooses.
//
//	table, _ := s5.Table(120)    // s5 is algebra.Named("S5")
//	action, _ := embed.Least(table)
//	action.Map(3)                // what element 3 does to the points 0 … 4
//
// The running product s_t = s_{t-1}∘g_t of permutation tuples, (a∘b)(i) = a(b(i)),
// is read off the points directly: the item that began on point p stands on point
// x[p] of the map x of s_t, and the tuple of s_t has at place i the item that stands
// on point i. A tuple is the inverse of the map of its element.
//
// Between word problems and regular languages there are two maps. The words with a
// wanted product are a regular language over the monoid's elements ([Recogniser]),
// and the words of an automaton are words of the maps that its letters are on its
// states ([Transitions]). Both go letter by letter, so they are reductions in NC0;
// by the second, membership in any regular language can be asked as a program or a
// story.
//
// The package looks for no least degree beyond [MaxSymmetric] points.
package embed
