// Package code reduces word problems to programs: what does this program print?
//
// There are two kinds of programs, one to follow things and one to follow a place.
//
// [Swaps] writes exchanges of list entries. Every element of a permutation group
// becomes a fixed number of lines, of which the last may exchange an entry with
// itself:
//
//	x = [0, 1, 2]
//	x[0], x[2] = x[2], x[0]
//	x[0], x[0] = x[0], x[0]
//	print(x)
//
// [Conditionals] writes conditional assignments. Every element becomes one line for
// each point and may be any map, so this takes every finite monoid:
//
//	def place(x):
//	    if   x == 0: x = 2
//	    elif x == 1: x = 1
//	    elif x == 2: x = 0
//	    return x
//	print([place(0), place(1), place(2)])
//
// Programs are Python, and at the same time Starlark in its default dialect: no
// option of [syntax.FileOptions] is needed. All lines of a block are padded to one
// width, so that each character of the program depends on one element of the word.
//
// Convention: an item on point p goes to point x[p] of the map x of the product,
// letters multiplied in reading order. Conditionals print that map; Swaps prints
// where things came from, its inverse. For S_n in the word-problem repository's
// order, where s_t = s_{t-1}∘g_t and (a∘b)(i) = a(b(i)), what Swaps prints is the
// tuple of s_t.
//
//	action, _ := embed.Least(table)
//	r, _ := code.Swaps(action)
//	program, _ := r.Forward([]int{3, 17, 5})
//	element, _ := r.Answer(program)
//
// [Run] bounds the steps of a program, but not the memory that it allocates: it is
// for programs of this package, not for those of strangers.
package code
