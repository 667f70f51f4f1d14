package chess

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	rules "github.com/corentings/chess/v2"
)

// An IllegalMoveError is the null state: a move that the rules do not allow.
type IllegalMoveError struct {
	Ply  int    // from 1
	FEN  string // the board before the move
	Move string
}

func (e *IllegalMoveError) Error() string {
	return fmt.Sprintf("ply %d: %s is not a legal move on the board %s", e.Ply, e.Move, e.FEN)
}

// A Referee plays games by the rules of the chess library, draws ignored. Which
// moves are legal, and what they lead to, depends on the board, the side to move,
// castling and en passant alone; so the library is asked once for each of those,
// and its answer is remembered. A Referee may be used concurrently.
type Referee struct {
	mu        sync.Mutex
	positions map[string]*position
}

// A position is all that legality depends on: it has no move counters.
type position struct {
	fields string // the first four of the FEN
	board  *rules.Position
	steps  map[string]step // by legal move
}

// A step is where a legal move leads.
type step struct {
	to         *position
	progresses bool // by a capture or a pawn's move, which restart FEN's halfmove clock
}

// NewReferee returns a referee who has seen no position.
func NewReferee() *Referee { return &Referee{positions: map[string]*position{}} }

// Play plays a game to its end and returns the board in FEN, with the move counters
// of the whole game. The error for an illegal move is an [*IllegalMoveError].
func (r *Referee) Play(g Game) (fen string, err error) {
	if g.Rook < 0 || g.Rook >= Points {
		return "", fmt.Errorf("the rook starts on point %d, expected 0 to %d", g.Rook, Points-1)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	p, err := r.start(g.Rook)
	if err != nil {
		return "", err
	}
	quiet := 0 // plies without progress
	for i, m := range g.Moves {
		s, ok := r.move(p, m)
		if !ok {
			return "", &IllegalMoveError{i + 1, p.fen(quiet, i), m}
		}
		p, quiet = s.to, quiet+1
		if s.progresses {
			quiet = 0
		}
	}
	return p.fen(quiet, len(g.Moves)), nil
}

// fen is the position with counters after a number of plies from a start board.
func (p *position) fen(quiet, plies int) string {
	return fmt.Sprintf("%s %d %d", p.fields, quiet, 1+(plies+1)/2)
}

// parsing guards the library's reader of boards, which uses a package variable.
var parsing sync.Mutex

func (r *Referee) start(rook int) (*position, error) {
	var p rules.Position
	parsing.Lock()
	defer parsing.Unlock()
	if err := p.UnmarshalText([]byte(startFEN(rook))); err != nil {
		return nil, fmt.Errorf("start board: %w", err)
	}
	return r.position(&p), nil
}

// position is the one position of the referee that differs from p in counters at
// most.
func (r *Referee) position(p *rules.Position) *position {
	fields := strings.Join(strings.Fields(p.String())[:4], " ")
	known, ok := r.positions[fields]
	if !ok {
		known = &position{fields, p, map[string]step{}}
		r.positions[fields] = known
	}
	return known
}

// move asks the library about a move; ok is false if it is not legal.
func (r *Referee) move(p *position, m string) (s step, ok bool) {
	if s, ok = p.steps[m]; ok {
		return s, true
	}
	legal := p.board.ValidMoves()
	i := slices.IndexFunc(legal, func(l rules.Move) bool { return l.String() == m })
	if i < 0 {
		return step{}, false
	}
	next := p.board.Update(&legal[i])
	s = step{r.position(next), next.HalfMoveClock() == 0}
	p.steps[m] = s
	return s, true
}

// Rook is the point whose square holds the rook in a board that differs from a
// start board in that alone, Black to move: a board between two blocks.
func Rook(fen string) (point int, err error) {
	for p := range Points {
		if strings.HasPrefix(fen, placement(p)+" b - - ") {
			return p, nil
		}
	}
	return 0, fmt.Errorf("the board %s is not one between blocks: "+
		"expected a rook and four queens on a8 to e8, Black to move", fen)
}
