package chess

import (
	"fmt"
	"strings"

	"tc0/reductions/embed"
	"tc0/reductions/morphism"
	"tc0/theory/algebra"
)

// A Reduction sends words over the elements of a group to games. It may be used
// concurrently.
type Reduction struct {
	action  *embed.Action
	blocks  *morphism.Uniform
	referee *Referee
}

// New returns the reduction for a group of permutations of at most [Points] points.
func New(a *embed.Action) (*Reduction, error) {
	if a.Degree() > Points {
		return nil, fmt.Errorf("the group acts on %d points, more than the %d squares of the rook: "+
			"chess takes groups that embed in S%[2]d", a.Degree(), Points)
	}
	blocks, err := a.SwapBlocks(Points-1, exchange, idle())
	if err != nil {
		return nil, err
	}
	return &Reduction{a, blocks, NewReferee()}, nil
}

// Blocks is the map of elements to blocks of [Plies] moves.
func (r *Reduction) Blocks() *morphism.Uniform { return r.blocks }

// Game is the word's game with the rook on the square of a point at first.
func (r *Reduction) Game(word []int, rook int) (Game, error) {
	moves, err := r.blocks.Apply(word)
	return Game{rook, moves}, err
}

// Forward is the word's text: its games with the rook on each of the five squares,
// one to a line.
func (r *Reduction) Forward(word []int) (string, error) {
	var b strings.Builder
	for rook := range Points {
		g, err := r.Game(word, rook)
		if err != nil {
			return "", err
		}
		b.WriteString(g.String())
		b.WriteByte('\n')
	}
	return b.String(), nil
}

// Answer plays the games of a text, in any order, and returns the element that
// brought the rook from each square to where it ended.
func (r *Reduction) Answer(text string) (element int, err error) {
	x := make(algebra.Map, Points)
	seen := [Points]bool{}
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if len(lines) != Points {
		return 0, fmt.Errorf("%d lines, expected %d games, one for each square of the rook", len(lines), Points)
	}
	for i, line := range lines {
		from, to, err := r.play(line)
		if err != nil {
			return 0, fmt.Errorf("line %d: %w", i+1, err)
		}
		if seen[from] {
			return 0, fmt.Errorf("line %d: a second game with the rook on %c8 at first", i+1, 'a'+from)
		}
		seen[from], x[from] = true, uint16(to)
	}
	for p := r.action.Degree(); p < Points; p++ {
		if int(x[p]) != p {
			return 0, fmt.Errorf("the rook came from %c8 to %c8, but the group leaves %[1]c8 alone", 'a'+p, 'a'+int(x[p]))
		}
	}
	return r.action.Element(x[:r.action.Degree()])
}

// play plays one line's game and returns the rook's point at first and at last.
func (r *Reduction) play(line string) (from, to int, err error) {
	g, err := ParseGame(line)
	if err != nil {
		return 0, 0, err
	}
	fen, err := r.referee.Play(g)
	if err != nil {
		return 0, 0, err
	}
	to, err = Rook(fen)
	return g.Rook, to, err
}
