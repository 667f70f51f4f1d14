package compile

import (
	"context"
	"fmt"
	"slices"

	"tc0/circuits/check"
	"tc0/theory/ssm"
)

// Family compiles a checkpoint at several lengths with one quantisation and counts
// every circuit beside the family's bounds.
func Family(ctx context.Context, ck *ssm.Checkpoint, q *Quant, lengths []int, progress Progress) (*check.FamilyReport, error) {
	if len(lengths) == 0 {
		return nil, fmt.Errorf("no lengths")
	}
	var bound *Bound
	var rows []check.FamilyRow
	for i, n := range lengths {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		progress("compile the family", i, len(lengths))
		m, err := New(ck, q, n)
		if err != nil {
			return nil, fmt.Errorf("length %d: %w", n, err)
		}
		_, tc, err := m.Threshold(n)
		if err != nil {
			return nil, fmt.Errorf("length %d: %w", n, err)
		}
		if bound == nil {
			bound = m.Bound()
		}
		s := tc.Stats()
		rows = append(rows, check.FamilyRow{
			Length: n, Bits: m.bits, Depth: s.Depth, Gates: s.Gates, GatesBound: bound.Gates(n), Wires: s.Wires,
			MaxWeightBits: s.MaxWeightBits, WeightBitsBound: bound.WeightBits(n),
		})
	}
	return check.Family(rows, bound.String()), nil
}

// Point is one way of compiling a quantised model, with what it costs.
type Point struct {
	Minimize Goal   `json:"minimize"`
	Digits   int    `json:"digits"`
	Depth    int    `json:"depth"`
	Gates    uint64 `json:"gates"`
	Wires    uint64 `json:"wires"`
	OnFront  bool   `json:"on_front"` // no other way is better in one count and no worse in the others
}

// Pareto compiles with every goal and number of digits at the same scales. The
// ways compute the same function but for the depth goal, which rounds less often.
func Pareto(ctx context.Context, ck *ssm.Checkpoint, r Request) ([]Point, error) {
	q, err := r.prepare(ctx, ck)
	if err != nil {
		return nil, err
	}
	var points []Point
	for _, goal := range []Goal{Gates, Depth, Wires} {
		for digits := 1; digits <= 2; digits++ {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			r.Progress("compile every way", len(points), 6)
			way := *q
			way.Minimize, way.Digits = goal, digits
			m, err := New(ck, &way, r.Length)
			if err != nil {
				return nil, err
			}
			_, tc, err := m.Threshold(r.Length)
			if err != nil {
				return nil, err
			}
			s := tc.Stats()
			points = append(points, Point{Minimize: goal, Digits: digits, Depth: s.Depth, Gates: s.Gates, Wires: s.Wires})
		}
	}
	for i := range points {
		points[i].OnFront = !slices.ContainsFunc(points, points[i].worseThan)
	}
	return points, nil
}

// worseThan tells whether o is at least as good in everything and better in
// something.
func (p Point) worseThan(o Point) bool {
	return o.Depth <= p.Depth && o.Gates <= p.Gates && o.Wires <= p.Wires &&
		(o.Depth < p.Depth || o.Gates < p.Gates || o.Wires < p.Wires)
}
