package chess

import (
	"fmt"
	"strings"
)

// Points is the number of squares that the rook can hold between blocks: a8 … e8.
const Points = 5

// Plies is the number of moves of both sides for one element.
const Plies = (Points - 1) * exchangePlies

// exchangePlies is the number of moves of both sides that exchange two squares.
const exchangePlies = 12

// A Game is one of the five start boards and moves from there, Black's first.
type Game struct {
	Rook  int      // point of the rook's square at the start: 0 for a8 … 4 for e8
	Moves []string // in UCI
}

// placement is the board with the rook on the square of a point, in FEN.
func placement(rook int) string {
	eighth := []byte("qqqqq3")
	eighth[rook] = 'r'
	return string(eighth) + "/8/8/8/8/8/PP6/K6k"
}

// startFEN is the start board with the rook on the square of a point.
func startFEN(rook int) string { return placement(rook) + " b - - 0 1" }

// String is the game as a UCI command.
func (g Game) String() string {
	if len(g.Moves) == 0 {
		return "position fen " + startFEN(g.Rook)
	}
	return "position fen " + startFEN(g.Rook) + " moves " + strings.Join(g.Moves, " ")
}

// ParseGame reads the UCI command that [Game.String] writes. Moves need not be
// legal, but must be moves: two squares, and a piece for a promotion.
func ParseGame(line string) (Game, error) {
	for rook := range Points {
		rest, ok := strings.CutPrefix(line, "position fen "+startFEN(rook))
		if !ok {
			continue
		}
		if rest == "" {
			return Game{Rook: rook}, nil
		}
		list, ok := strings.CutPrefix(rest, " moves ")
		if !ok {
			return Game{}, fmt.Errorf("%.40q after the board, expected moves, such as: moves a8a7 a1b1", rest)
		}
		moves := strings.Split(list, " ")
		for i, m := range moves {
			if !wellFormed(m) {
				return Game{}, fmt.Errorf("move %d is %.40q, expected source and target square, such as a8a7", i+1, m)
			}
		}
		return Game{rook, moves}, nil
	}
	return Game{}, fmt.Errorf("%.80q is not a game from a start board, expected: position fen %s moves …",
		line, startFEN(0))
}

// wellFormed reports whether m is a move in UCI.
func wellFormed(m string) bool {
	if len(m) == 5 && strings.IndexByte("qrbn", m[4]) >= 0 {
		m = m[:4]
	}
	return len(m) == 4 && square(m[:2]) && square(m[2:])
}

func square(s string) bool { return 'a' <= s[0] && s[0] <= 'h' && '1' <= s[1] && s[1] <= '8' }

// exchange are the moves that exchange what is on the eighth rank's squares of two
// points. Black's pieces pass each other on the sixth and seventh rank.
func exchange(p, q int) []string {
	x, y := string(rune('a'+p)), string(rune('a'+q))
	return withKing(
		x+"8"+x+"7",
		y+"8"+y+"6",
		x+"7"+y+"7",
		y+"6"+x+"6",
		y+"7"+y+"8",
		x+"6"+x+"8",
	)
}

// idle are as many moves that change nothing.
func idle() []string { return withKing("a8a7", "a7a8", "a8a7", "a7a8", "a8a7", "a7a8") }

// withKing answers six moves of Black with White's king, which ends where it began.
func withKing(black ...string) []string {
	king := [2]string{"a1b1", "b1a1"}
	var moves []string
	for i, m := range black {
		moves = append(moves, m, king[i%2])
	}
	return moves
}
