package chess_test

import (
	"bufio"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"

	rules "github.com/corentings/chess/v2"
	"pgregory.net/rapid"

	"tc0/reductions/chess"
	"tc0/reductions/embed"
	"tc0/reductions/reductiontest"
	"tc0/theory/algebra"
)

// group is a named group with the reduction of its words to chess.
func group(t testing.TB, name string) (*algebra.Table, *chess.Reduction) {
	t.Helper()
	table := reductiontest.Elements(t, name)
	a, err := embed.Least(table)
	if err != nil {
		t.Fatal(err)
	}
	r, err := chess.New(a)
	if err != nil {
		t.Fatal(err)
	}
	return table, r
}

func ExampleReduction() {
	s5, _ := algebra.Named("S5")
	table, _ := s5.Table(120)
	action, _ := embed.Least(table)
	r, _ := chess.New(action)
	text, _ := r.Forward([]int{3, 17, 5})
	first, _, _ := strings.Cut(text, " b1a1 ")
	fmt.Println(first)
	element, err := r.Answer(text)
	fmt.Println(element, err, "expected", table.Product(table.Product(3, 17), 5))
	// Output:
	// position fen rqqqq3/8/8/8/8/8/PP6/K6k b - - 0 1 moves c8c7 a1b1 e8e6
	// 19 <nil> expected 19
}

// TestConvention follows the rook of every square along one word and compares it,
// after each block, with running products s∘g of tuples, (a∘b)(i) = a(b(i)): square
// i must have the rook that began on square s(i).
func TestConvention(t *testing.T) {
	_, r := group(t, "S5")
	referee := chess.NewReferee()
	word := reductiontest.Words(120, 1, 20)[0]
	for n, state := range reductiontest.Running(5, word) {
		for square, began := range state {
			game, err := r.Game(word[:n+1], began)
			if err != nil {
				t.Fatal(err)
			}
			fen, err := referee.Play(game)
			if err != nil {
				t.Fatal(err)
			}
			if at, err := chess.Rook(fen); err != nil || at != square {
				t.Fatalf("after %d letters the rook that began on %c8 is on point %d (%v), expected %d",
					n+1, 'a'+began, at, err, square)
			}
		}
	}
}

// TestEveryElement is exhaustive: all elements of S5, and of smaller groups that
// embed, from all five squares. Answer fails on any illegal move and wrong board.
func TestEveryElement(t *testing.T) {
	for _, name := range []string{"S5", "A5", "A4", "D4", "Z6", "S3xZ2", "Z1"} {
		table, r := group(t, name)
		for g := range table.Order() {
			text, err := r.Forward([]int{g})
			if err != nil {
				t.Fatal(err)
			}
			if got, err := r.Answer(text); err != nil || got != g {
				t.Errorf("%s: element %d is read as %d: %v", name, g, got, err)
			}
		}
	}
}

// TestRandomWords is sampled: 1,000 words of 50 letters of S5 and the empty word,
// from all five squares.
func TestRandomWords(t *testing.T) {
	table, r := group(t, "S5")
	for _, word := range append(reductiontest.Words(120, 1000, 50), nil) {
		text, err := r.Forward(word)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := r.Answer(text); err != nil || got != reductiontest.Product(table, word) {
			t.Fatalf("%v is read as %d, expected %d: %v", word, got, reductiontest.Product(table, word), err)
		}
	}
}

// TestReferee compares a referee who has seen other games with the library itself,
// asked at every ply.
func TestReferee(t *testing.T) {
	_, r := group(t, "S5")
	referee := chess.NewReferee()
	for i, word := range reductiontest.Words(120, 20, 3) {
		g, err := r.Game(word, i%chess.Points)
		if err != nil {
			t.Fatal(err)
		}
		if i%2 == 1 { // a pawn's move, which blocks the king's next one or another's
			g.Moves[14*i%len(g.Moves)+1] = "a2a3"
		}
		got, err := referee.Play(g)
		if want, ply := library(t, g); ply > 0 {
			var illegal *chess.IllegalMoveError
			if !errors.As(err, &illegal) || illegal.Ply != ply || illegal.FEN != want {
				t.Errorf("%v, expected an illegal move at ply %d on %s", err, ply, want)
			}
		} else if err != nil || got != want {
			t.Errorf("%s (%v), expected %s", got, err, want)
		}
	}
}

// library plays a game by the library alone and returns the last board, and the
// ply of the move that is illegal there, if one is.
func library(t *testing.T, g chess.Game) (fen string, illegal int) {
	t.Helper()
	var p rules.Position
	fields := strings.Fields(g.String())
	if err := p.UnmarshalText([]byte(strings.Join(fields[2:8], " "))); err != nil {
		t.Fatal(err)
	}
	board := &p
	for i, m := range g.Moves {
		legal := board.ValidMoves()
		k := slices.IndexFunc(legal, func(l rules.Move) bool { return l.String() == m })
		if k < 0 {
			return board.String(), i + 1
		}
		board = board.Update(&legal[k])
	}
	return board.String(), 0
}

// TestConcurrent plays with one reduction, and with new ones, at the same time.
func TestConcurrent(t *testing.T) {
	table, shared := group(t, "S5")
	for i, word := range reductiontest.Words(120, 8, 2) {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			r := shared
			if i%2 == 1 {
				_, r = group(t, "S5")
			}
			text, err := r.Forward(word)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := r.Answer(text); err != nil || got != reductiontest.Product(table, word) {
				t.Errorf("%v is read as %d, expected %d: %v", word, got, reductiontest.Product(table, word), err)
			}
		})
	}
}

// TestCircuit is exhaustive over letters: the circuit for one letter writes the
// block of every element, move by move.
func TestCircuit(t *testing.T) {
	_, r := group(t, "S5")
	if size := r.Blocks().Size(); size != 48 {
		t.Errorf("blocks of %d moves, expected 48", size)
	}
	reductiontest.CheckCircuit(t, r.Blocks())
}

func TestIllegalMove(t *testing.T) {
	_, r := group(t, "S5")
	g, err := r.Game([]int{1, 2}, 0)
	if err != nil {
		t.Fatal(err)
	}
	g.Moves[49] = "a1a2"
	_, err = chess.NewReferee().Play(g)
	var illegal *chess.IllegalMoveError
	if !errors.As(err, &illegal) || illegal.Ply != 50 || illegal.Move != "a1a2" {
		t.Fatalf("%v, expected an illegal move a1a2 at ply 50", err)
	}
	before := chess.Game{Rook: 0, Moves: g.Moves[:49]}
	if fen, err := chess.NewReferee().Play(before); err != nil || fen != illegal.FEN {
		t.Errorf("the board is said to be %s, is %s: %v", illegal.FEN, fen, err)
	}
	want := "ply 50: a1a2 is not a legal move on the board rq1qq3/2q5/8/8/8/8/PP6/K6k w - - 49 26"
	if err.Error() != want {
		t.Errorf("%v, expected %s", err, want)
	}
}

func TestErrors(t *testing.T) {
	_, r := group(t, "A4")
	text, err := r.Forward([]int{1})
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(text, "\n")
	start := func(rook int) string { return chess.Game{Rook: rook}.String() + "\n" }
	for name, tc := range map[string]struct{ text, want string }{
		"empty":     {"", "1 lines, expected 5 games, one for each square of the rook"},
		"four":      {strings.Join(lines[:4], ""), "4 lines, expected 5 games, one for each square of the rook"},
		"twice":     {lines[0] + lines[0] + lines[2] + lines[3] + lines[4], "line 2: a second game with the rook on a8 at first"},
		"malformed": {strings.Replace(text, "b1a1", "b1a9", 1), `line 1: move 4 is "b1a9", expected source and target square, such as a8a7`},
		"blank":     {strings.Replace(text, " b1a1", "  b1a1", 1), `line 1: move 4 is "", expected source and target square, such as a8a7`},
		"no moves":  {strings.Replace(text, " moves ", " ", 1), `line 1: " b8b7 a1b1 d8d6 b1a1 b7d7 a1b1 d6b6 b1a1" after the board, expected moves, such as: moves a8a7 a1b1`},
		"illegal": {strings.Replace(text, "b1a1", "b1c4", 1),
			"line 1: ply 4: b1c4 is not a legal move on the board r1q1q3/1q6/3q4/8/8/8/PP6/1K5k w - - 3 3"},
		"half a block": {strings.ReplaceAll(text, " moves b8b7 a1b1 ", " moves "),
			"line 1: ply 2: b1a1 is not a legal move on the board rqq1q3/8/3q4/8/8/8/PP6/K6k w - - 1 2"},
		"another board": {"position startpos\n" + strings.Join(lines[1:], ""),
			`line 1: "position startpos" is not a game from a start board, expected: position fen rqqqq3/8/8/8/8/8/PP6/K6k b - - 0 1 moves …`},
		"between blocks": {start(0)[:len(start(0))-1] + " moves a8a7 a1b1\n" + strings.Join(lines[1:], ""),
			"line 1: the board 1qqqq3/r7/8/8/8/8/PP6/1K5k b - - 2 2 is not one between blocks: expected a rook and four queens on a8 to e8, Black to move"},
		"not an element": {swapped(t, 0, 1), "(1 2) is not the map of one of the 12 elements"},
		"outside":        {swapped(t, 0, 4), "the rook came from e8 to a8, but the group leaves e8 alone"},
	} {
		if _, err := r.Answer(tc.text); err == nil || err.Error() != tc.want {
			t.Errorf("%s: %v\nexpected %s", name, err, tc.want)
		}
	}
}

// swapped are the five games of an exchange of two squares.
func swapped(t *testing.T, p, q int) string {
	t.Helper()
	table, r := group(t, "S5")
	x := algebra.Identity(5)
	x[p], x[q] = x[q], x[p]
	g, ok := table.Index(x)
	if !ok {
		t.Fatalf("%v is not in S5", x)
	}
	text, err := r.Forward([]int{g})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestWrongWord(t *testing.T) {
	_, r := group(t, "S5")
	_, err := r.Forward([]int{3, 120})
	if want := "letter 2 of the word: element 120, expected 0 to 119"; err == nil || err.Error() != want {
		t.Errorf("%v, expected %s", err, want)
	}
	if _, err := chess.NewReferee().Play(chess.Game{Rook: 5}); err == nil {
		t.Error("a rook on f8 is accepted")
	}
}

func TestNotInS5(t *testing.T) {
	a, err := embed.Least(reductiontest.Elements(t, "Z7"))
	if err != nil {
		t.Fatal(err)
	}
	want := "the group acts on 7 points, more than the 5 squares of the rook: chess takes groups that embed in S5"
	if _, err := chess.New(a); err == nil || err.Error() != want {
		t.Errorf("%v, expected %s", err, want)
	}
}

func TestGolden(t *testing.T) {
	_, r := group(t, "S5")
	text, err := r.Forward([]int{3, 17, 5})
	if err != nil {
		t.Fatal(err)
	}
	reductiontest.CheckGolden(t, "testdata/s5-3-17-5.uci", text)
}

// TestRoundTrip checks that games are read as they are written.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		move := rapid.StringMatching(`[a-h][1-8][a-h][1-8][qrbn]?`)
		g := chess.Game{Rook: rapid.IntRange(0, 4).Draw(t, "rook"), Moves: rapid.SliceOf(move).Draw(t, "moves")}
		got, err := chess.ParseGame(g.String())
		if err != nil || got.Rook != g.Rook || !slices.Equal(got.Moves, g.Moves) {
			t.Fatalf("%q is read as %v: %v", g, got, err)
		}
	})
}

// FuzzParseGame checks that text is refused in one line or read as a game that
// writes the same text, and that playing it panics on nothing.
func FuzzParseGame(f *testing.F) {
	g := chess.Game{Rook: 2, Moves: []string{"c8c7", "a2a4", "b8b5", "a4b5", "c7a7", "b5b6", "a7a1"}}
	f.Add(g.String())
	f.Add(chess.Game{}.String())
	f.Add("position startpos moves e2e4")
	f.Add(strings.Replace(g.String(), "a2a4", "a7a8q", 1))
	f.Fuzz(func(t *testing.T, text string) {
		g, err := chess.ParseGame(text)
		if err == nil {
			if g.String() != text {
				t.Fatalf("%q is read as %q", text, g)
			}
			_, err = chess.NewReferee().Play(g)
		}
		if err != nil && strings.ContainsAny(err.Error(), "\n\r") {
			t.Errorf("more than one line: %q", err)
		}
	})
}

// TestStockfish compares the last board with that of an engine, for every element
// and 20 words of 50 letters, from all squares. The engine stops at a move that it
// holds to be illegal, which the FEN's move counters would show.
func TestStockfish(t *testing.T) {
	path, err := exec.LookPath("stockfish")
	if err != nil {
		path, err = exec.LookPath("/usr/games/stockfish")
	}
	if err != nil {
		t.Skip("needs stockfish (Debian stockfish): not installed")
	}
	_, r := group(t, "S5")
	words := reductiontest.Words(120, 20, 50)
	for g := range 120 {
		words = append(words, []int{g})
	}
	var games []chess.Game
	for _, word := range words {
		for rook := range chess.Points {
			g, err := r.Game(word, rook)
			if err != nil {
				t.Fatal(err)
			}
			games = append(games, g)
		}
	}
	referee := chess.NewReferee()
	for i, board := range stockfish(t, path, games) {
		want, err := referee.Play(games[i])
		if err != nil || board != want {
			t.Errorf("stockfish has %s, the library %s: %v", board, want, err)
		}
	}
}

// stockfish returns the engine's board after each game.
func stockfish(t *testing.T, path string, games []chess.Game) []string {
	t.Helper()
	var script strings.Builder
	for _, g := range games {
		fmt.Fprintf(&script, "%s\nd\n", g)
	}
	script.WriteString("quit\n")
	engine := exec.Command(path)
	engine.Stdin = strings.NewReader(script.String())
	out, err := engine.Output()
	if err != nil {
		t.Fatal(err)
	}
	var boards []string
	lines := bufio.NewScanner(strings.NewReader(string(out)))
	for lines.Scan() {
		if fen, ok := strings.CutPrefix(lines.Text(), "Fen: "); ok {
			boards = append(boards, fen)
		}
	}
	if len(boards) != len(games) {
		t.Fatalf("%d boards from the engine, expected %d", len(boards), len(games))
	}
	return boards
}
