// Package chess reduces word problems of permutations of up to five points, S5 and
// its subgroups among them, to chess (P3.3).
//
// Black has a rook and four queens on a8 … e8, one of the five squares is the
// rook's; White moves his king to and fro. An exchange of two of the squares takes
// 12 plies, six by each side, in which every move is legal wherever the rook is and
// no check occurs. An element takes four exchanges, the missing ones filled up with
// moves that come back to where they began: 48 plies, always. After each element's
// block the rook is where the running product has brought its square.
//
//	action, _ := embed.Least(table)              // of S5
//	r, _ := chess.New(action)
//	text, _ := r.Forward([]int{3, 17, 5})
//	element, _ := r.Answer(text)                 // the product of 3, 17 and 5
//
// The text is in UCI: lines "position fen … moves …" that any engine reads, moves
// by source and target square and nothing else. The first line, with the rook on
// a8, is the decision problem: the rook is back on a8 exactly if the product leaves
// the first point in place. One board shows where one point goes, so there are five
// lines, for the rook on each square, and together they show the product.
//
// Convention: the rook on the square of point p goes to that of point x[p], where x
// is the map of the product, letters multiplied in reading order. For S5 in the
// word-problem repository's order that is s_t = s_{t-1}∘g_t, and square i has at
// the end what square s_t(i) had at first.
//
// [Referee] plays moves by the rules of github.com/corentings/chess. As in the
// source, draws by repetition and by the fifty- and seventy-five-move rules do not
// end a game: a block repeats positions. An illegal move makes the state null, here
// an [IllegalMoveError].
//
// The package reduces to chess only; it does not write standard algebraic notation,
// which names pieces and gives the state away move by move, and it reads no boards
// but its own.
package chess
