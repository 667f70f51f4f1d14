package compile

import (
	"fmt"
	"math"
	"math/bits"
	"slices"

	"tc0/circuits/gadget"
)

// quantity is a tensor as the compiler sees it: its scale and the function that
// rounds into it.
type quantity struct {
	scale
	fn    gadget.Function
	steps gadget.Steps
	index stepIndex
}

// newQuantity is the tensor of scale s that kind rounds into from forms of scale
// 2^inExp/inDen.
func newQuantity(kind gadget.Kind, inExp int, inDen int64, s scale, eps float64) (*quantity, error) {
	fn := gadget.Function{Kind: kind, InExp: inExp, InDen: inDen, OutExp: s.exp, Lo: s.lo, Hi: s.hi, Eps: eps}
	steps, err := fn.Steps()
	if err != nil {
		return nil, fmt.Errorf("%v of 2^%d/%d: %w", kind, inExp, inDen, err)
	}
	q := &quantity{scale: s, fn: fn}
	q.use(steps)
	return q, nil
}

// use makes steps those of the tensor.
func (q *quantity) use(steps gadget.Steps) {
	q.steps, q.index = steps, newStepIndex(steps)
	q.lo, q.hi = slices.Min(steps.Values), slices.Max(steps.Values)
}

// within drops the change points that no form of the given range passes: the
// function is the same there and the tables are shorter.
func (q *quantity) within(lo, hi int64) {
	from, to := gadget.Level(q.steps.Thresholds, lo), gadget.Level(q.steps.Thresholds, hi)
	q.use(gadget.Steps{Thresholds: q.steps.Thresholds[from:to], Values: q.steps.Values[from : to+1]})
}

// factor is the least value and the largest offset from it over free bits.
func (q *quantity) factor() (least, span float64) {
	return math.Abs(float64(q.lo)), float64(int64(1)<<bits.Len64(uint64(q.hi-q.lo)) - 1)
}

// source is the quantity as an operand: with b = p+extra bits, |lo| and the
// offset are at most 2^(b-1) and 2^b.
func (q *quantity) source() source {
	least, span := q.factor()
	return source{q.exp, q.max(), least + span, q.fine, law{1, float64(q.extra) + 1}}
}

// product is the source of products of quantities. With factors lo_i + w_i, w_i
// from free bits, the conjunctions of a product and the multiples of its single
// factors reach Π(|lo_i| + w_i) + 2n·Π|lo_i| at most (see lower.product).
func product(qs ...*quantity) source {
	p := source{max: 1, wide: 1}
	rest := 2 * float64(len(qs))
	for _, q := range qs {
		s := q.source()
		p.exp += s.exp
		p.max *= s.max
		least, _ := q.factor()
		p.wide *= s.wide
		rest *= least
		p.fine, p.size = p.fine.times(s.fine), p.size.times(s.size)
	}
	p.wide += rest
	return p
}
