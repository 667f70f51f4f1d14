package formula

import (
	"fmt"
	"iter"
	"math/bits"
	"math/rand/v2"
	"slices"
)

// Value is the formula's value on one assignment, a bit for each of [Formula.Names].
func (f *Formula) Value(assignment []bool) bool {
	in := make([]uint64, len(f.names))
	for v := range in {
		if assignment[v] {
			in[v] = 1
		}
	}
	return NewEvaluator(f).Eval(in)&1 == 1
}

// An Evaluator evaluates a formula on 64 assignments at once. It is for one
// goroutine.
type Evaluator struct {
	f     *Formula
	value []uint64
}

// NewEvaluator returns an evaluator of f.
func NewEvaluator(f *Formula) *Evaluator {
	return &Evaluator{f, make([]uint64, len(f.nodes))}
}

// Eval is the formula's value: bit k is that on assignment k, in which variable v is
// bit k of in[v].
func (e *Evaluator) Eval(in []uint64) uint64 {
	value := e.value
	for i, n := range e.f.nodes {
		switch n.Op {
		case False:
			value[i] = 0
		case True:
			value[i] = ^uint64(0)
		case Variable:
			value[i] = in[n.A]
		case Not:
			value[i] = ^value[n.A]
		case And:
			value[i] = value[n.A] & value[n.B]
		case Or:
			value[i] = value[n.A] | value[n.B]
		case Xor:
			value[i] = value[n.A] ^ value[n.B]
		}
	}
	return value[len(value)-1]
}

// MaxExhaustive is the number of variables up to which comparisons try all
// assignments.
const MaxExhaustive = 16

// Assignments chooses the assignments that a comparison looks at: all of those to
// the support when it has at most [MaxExhaustive] variables, and samples otherwise.
type Assignments struct {
	Variables int    // of an assignment
	Support   []int  // the variables that matter; the others are 0
	Samples   uint64 // where not all are tried
	Seed      uint64
}

// Exhaustive says whether all assignments are tried.
func (a Assignments) Exhaustive() bool { return len(a.Support) <= MaxExhaustive }

// Count is how many assignments are looked at.
func (a Assignments) Count() uint64 {
	if a.Exhaustive() {
		return 1 << len(a.Support)
	}
	return a.Samples
}

// counting are the six low bits of 0, 1, …, 63.
var counting = [6]uint64{
	0xaaaaaaaaaaaaaaaa, 0xcccccccccccccccc, 0xf0f0f0f0f0f0f0f0,
	0xff00ff00ff00ff00, 0xffff0000ffff0000, 0xffffffff00000000,
}

// Blocks are the assignments, 64 at a time as [Evaluator.Eval] takes them, and a mask
// of those in use, which are the first ones. The slice is used again.
func (a Assignments) Blocks() iter.Seq2[[]uint64, uint64] {
	return func(yield func([]uint64, uint64) bool) {
		in := make([]uint64, a.Variables)
		draw := rand.New(rand.NewPCG(a.Seed, 0))
		for first, count := uint64(0), a.Count(); first < count; first += 64 {
			for i, v := range a.Support {
				switch {
				case !a.Exhaustive():
					in[v] = draw.Uint64()
				case i < len(counting):
					in[v] = counting[i]
				default:
					in[v] = -(first >> i & 1)
				}
			}
			mask := ^uint64(0)
			if count-first < 64 {
				mask = 1<<(count-first) - 1
			}
			if !yield(in, mask) {
				return
			}
		}
	}
}

// Assignment is number k of a block.
func Assignment(block []uint64, k int) []bool {
	x := make([]bool, len(block))
	for v, word := range block {
		x[v] = word>>k&1 == 1
	}
	return x
}

// A Comparison says whether two things computed the same function, how that was
// found, and where they differ.
type Comparison struct {
	Equal    bool
	Method   string // "exhaustive", which is a proof, or "sampled"
	Compared uint64 // assignments
	Seed     uint64 // of the samples
	Witness  []bool // an assignment on which they differ, if any
}

// Comparison is the verdict on these assignments; witness is nil when no difference
// was found.
func (a Assignments) Comparison(compared uint64, witness []bool) Comparison {
	c := Comparison{Equal: witness == nil, Method: "exhaustive", Compared: compared, Witness: witness}
	if !a.Exhaustive() {
		c.Method, c.Seed = "sampled", a.Seed
	}
	return c
}

// Equivalent compares two formulas over the same variables: on all assignments to the
// variables that occur, up to [MaxExhaustive] of them, else on samples.
func Equivalent(f, g *Formula, samples, seed uint64) (Comparison, error) {
	if !slices.Equal(f.names, g.names) {
		return Comparison{}, fmt.Errorf("the formulas have different variables: %d and %d", len(f.names), len(g.names))
	}
	support := append(f.Support(), g.Support()...)
	slices.Sort(support)
	a := Assignments{len(f.names), slices.Compact(support), samples, seed}
	ef, eg := NewEvaluator(f), NewEvaluator(g)
	compared := uint64(0)
	for in, mask := range a.Blocks() {
		if d := (ef.Eval(in) ^ eg.Eval(in)) & mask; d != 0 {
			k := bits.TrailingZeros64(d)
			return a.Comparison(compared+uint64(k)+1, Assignment(in, k)), nil
		}
		compared += uint64(bits.OnesCount64(mask))
	}
	return a.Comparison(compared, nil), nil
}
