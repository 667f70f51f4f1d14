package snark

import (
	"math/rand/v2"
	"testing"

	"tc0/circuits/arith"
)

// construct is a small circuit whose steps are all lowered by one method. Its label
// depends on the step's value.
type construct struct {
	name   string
	method method
	tokens int // of a vocabulary of 8
	count  int // steps of the kind
	step   func(b *small) arith.Node
}

// small builds a small circuit over tokens of a vocabulary of 8.
type small struct {
	*arith.Builder
	random *rand.Rand
	tokens []arith.Node
	codes  arith.Table // a large number per token
}

// form is a random sum of large numbers, one per token, of at most some 2^bits.
func (b *small) form(bits int) arith.Node {
	var terms []arith.Term
	for _, n := range b.tokens {
		terms = append(terms, arith.Term{Coef: b.random.Int64N(1<<(bits-14)) + 1, View: arith.View{Node: n, Table: b.codes}})
	}
	return b.Form(0, terms)
}

// even are evenly spaced thresholds, and values that are affine or not.
func (b *small) even(first, gap int64, n int, affine bool) (th, val arith.Table) {
	t, v := make([]int64, n), make([]int64, n+1)
	for i := range v {
		if v[i] = int64(i); !affine {
			v[i] = int64(i*i%17) - 5
		}
		if i < n {
			t[i] = first + gap*int64(i)
		}
	}
	return b.Table(t), b.Table(v)
}

func (b *small) stepOn(form arith.Node, th, val arith.Table, n int) arith.Node {
	return b.Step(form, th, val, 0, n)
}

var constructs = []construct{
	{"bit", bit, 3, 12, func(b *small) arith.Node {
		th, val := b.even(40_000, 1, 1, true)
		return b.stepOn(b.form(18), th, val, 1)
	}},
	{"quotient, power of two", quotient, 3, 12, func(b *small) arith.Node {
		th, val := b.even(-1<<20, 1<<9, 1<<12, true)
		return b.stepOn(b.form(17), th, val, 1<<12)
	}},
	{"quotient, other distance", quotient, 3, 12, func(b *small) arith.Node {
		th, val := b.even(-600_000, 300, 4096, true)
		return b.stepOn(b.form(17), th, val, 4096)
	}},
	{"clamped", clamped, 3, 12, func(b *small) arith.Node {
		th, val := b.even(40_000, 256, 200, true)
		return b.stepOn(b.form(18), th, val, 200)
	}},
	{"divided", divided, 3, 60, func(b *small) arith.Node {
		th, val := b.even(1, 4096, 40, false)
		return b.stepOn(b.form(17), th, val, 40)
	}},
	{"saturated", saturated, 3, 60, func(b *small) arith.Node {
		th, val := b.even(70_000, 16, 12, false)
		return b.stepOn(b.form(19), th, val, 12)
	}},
	{"direct", direct, 3, 40, func(b *small) arith.Node {
		var terms []arith.Term
		for _, n := range b.tokens {
			terms = append(terms, arith.Term{Coef: 1, View: arith.View{Node: n, Table: b.Table([]int64{0, 1, 2, 3, 4, 5, 6, 7})}})
		}
		return b.stepOn(b.Form(0, terms), b.Table([]int64{1, 4, 5, 11, 19}), b.Table([]int64{3, -1, 4, 1, -5, 9}), 5)
	}},
	{"direct, bounding a quotient", direct, 3, 40, func(b *small) arith.Node {
		th, val := b.even(1<<12, 1<<12, 30, true)
		code := b.stepOn(b.form(17), th, val, 30)
		return b.stepOn(b.Form(0, []arith.Term{term(1, code)}), b.Table([]int64{1, 4, 5, 11, 19}), b.Table([]int64{3, -1, 4, 1, -5, 9}), 5)
	}},
	{"interval", interval, 3, 40, func(b *small) arith.Node {
		return b.stepOn(b.form(20), b.Table([]int64{1_000, 40_000, 41_000, 90_000, 300_000}), b.Table([]int64{3, -1, 4, 1, -5, 9}), 5)
	}},
}

// build makes the circuit of a construct: its steps, their sum, and two labels that tell
// whether the sum is above some number.
func (c construct) build(tb testing.TB) *arith.Circuit {
	tb.Helper()
	b := &small{Builder: arith.NewBuilder(), random: rand.New(rand.NewPCG(7, 7))}
	b.At(arith.Origin{Stage: b.Stage(c.name), A: -1, B: -1, J: -1})
	for range c.tokens {
		b.tokens = append(b.tokens, b.Input(8))
	}
	codes := make([]int64, 8)
	for i := range codes {
		codes[i] = b.random.Int64N(1 << 12)
	}
	b.codes = b.Table(codes)
	var terms []arith.Term
	var last arith.Node
	for range c.count {
		last = c.step(b)
		terms = append(terms, term(1, last))
	}
	view := arith.View{Node: last, Table: arith.Natural}
	terms = append(terms, term(3, b.Product(view, view)))
	majority(b.Builder, b.Form(0, terms))
	out, err := b.Finish()
	if err != nil {
		tb.Fatalf("%s: %v", c.name, err)
	}
	return out
}

// majority outputs label 1 where a form is above the middle of its range, else 0.
func majority(b *arith.Builder, f arith.Node) {
	lo, hi := b.Range(f)
	th := b.Table([]int64{lo + (hi-lo)/2})
	up, down := b.Step(f, th, b.Table([]int64{0, 1}), 0, 1), b.Step(f, th, b.Table([]int64{1, 0}), 0, 1)
	b.Output([]arith.Node{f, f}, []arith.Node{down, up})
}
