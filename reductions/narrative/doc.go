// Package narrative reduces word problems to stories with a question at the end.
//
// [Coins] tells of people who trade coins. Every element of a permutation group
// becomes a fixed number of sentences, of which the last may say that nothing
// happens:
//
//	Alice holds coin 1. Bob holds coin 2. Carl holds coin 3.
//	Alice and Carl trade coins. Nobody trades any coins now.
//	Who holds coin 1? Who holds coin 2? Who holds coin 3?
//
// [Boxes] tells of boxes whose contents are moved, first into empty boxes and then
// to where they belong, so that nothing gets mixed up on the way. Every element
// becomes two sentences for each point and may be any map, one that puts several
// things into one box included, so this takes every finite monoid:
//
//	Box 1 contains the apple. Box 2 contains the bell. Box 3 is empty. Box 4 is empty.
//	Move the contents of Box 1 to Box 3. Move the contents of Box 2 to Box 4.
//	Move the contents of Box 3 to Box 2. Move the contents of Box 4 to Box 1.
//	Which box contains the apple? Which box contains the bell?
//
// All sentences of a block have the same number of words, so that each word of the
// story depends on one element.
//
// What a story leaves unsaid makes it hard. A sentence here names places, not the
// things on them, and what it does to a thing depends on all sentences before it:
// an iterated product, which is NC1-hard where the monoid is not solvable. Stories
// whose sentences name the thing and its new place ("Move the apple from Box 1 to
// Box 2", as in the entity tracking of Kim & Schuster 2023, figure 1) are not: the
// last sentence that names the thing has the answer, and finding it is in AC0.
//
// Convention: an item on point p goes to point x[p] of the map x of the product,
// letters multiplied in reading order; the answers are that map. Points are the
// people in the order of [Person], coins in their order, the boxes and the things of
// [Thing]. For S_n in the word-problem repository's order, s_t = s_{t-1}∘g_t, person
// i ends with the coin that person s_t(i) had at first.
//
//	action, _ := embed.Least(table)
//	r, _ := narrative.Coins(action)
//	story, _ := r.Forward([]int{3, 17, 5})
//	element, _ := r.Answer(story)
//
// [Read] answers the questions of a story by carrying out its sentences one by one.
// It shares nothing with the writer: it knows no list of names, and takes its
// people, boxes and things from the story. It understands the sentences above and no
// other English.
package narrative
