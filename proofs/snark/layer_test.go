package snark

import (
	"math"
	"math/rand/v2"
	"testing"

	"tc0/circuits/arith"
)

// layer describes a selective diagonal layer in recurrent form with an embedding in front
// and a head behind, in fixed point with as many fraction bits as Bits: projections z, Δ, B,
// C of the input; softplus and SiLU read through rounding to Bits+1 bits; a state
// h = round(exp(-AΔ)·h + B·round(Δ·x)) per channel and mode; y = round(C·h + D·x) cut to 16
// bits, gated, cut, projected; the labels are the argmax of the mean over positions.
type layer struct {
	channels, modes, length, vocabulary, classes, bits int
}

// target is the layer of the cost target.
var target = layer{channels: 64, modes: 16, length: 32, vocabulary: 8, classes: 4, bits: 12}

// layerBuilder adds the nodes of a layer.
type layerBuilder struct {
	*arith.Builder
	layer
	random *rand.Rand
	one    int64
	grid   arith.Table // thresholds of rounding
	digits arith.Table // its values
	half   int64       // number of thresholds below 0
}

// at names the nodes that follow.
func (b *layerBuilder) at(stage string, t int) {
	b.At(arith.Origin{Stage: b.Stage(stage), T: int32(t), A: -1, B: -1, J: -1})
}

func term(coef int64, n arith.Node) arith.Term {
	return arith.Term{Coef: coef, View: arith.View{Node: n, Table: arith.Natural}}
}

// round is ⌊x/2^bits + 1/2⌋ cut to [lo, hi], with thresholds up to a multiple of
// 2^bits where no cut is needed, so that many steps share a part of the table.
func (b *layerBuilder) round(x arith.Node, lo, hi int64) arith.Node {
	if b.Err() != nil {
		return 0
	}
	least, most := b.Range(x)
	q := func(v int64) int64 { return floorDiv(v+b.one/2, b.one) }
	k := (max(-q(least), q(most)+1) + b.one - 1) / b.one * b.one
	lo, hi = max(lo, -k), min(hi, k-1)
	return b.Step(x, b.grid, b.digits, int(b.half+lo), int(hi-lo))
}

func (b *layerBuilder) weights(n int, scale float64) []int64 {
	w := make([]int64, n)
	for i := range w {
		w[i] = int64(math.Round((2*b.random.Float64() - 1) * scale * float64(b.one)))
	}
	return w
}

func (b *layerBuilder) project(w []int64, x []arith.Node) arith.Node {
	var terms []arith.Term
	for i, n := range x {
		terms = append(terms, term(w[i], n))
	}
	return b.Form(0, terms)
}

const wide = math.MaxInt32

// matrix projects x by a matrix with random rows and rounds.
func (b *layerBuilder) matrix(w [][]int64, x []arith.Node, lo, hi int64) []arith.Node {
	var out []arith.Node
	for _, row := range w {
		out = append(out, b.round(b.project(row, x), lo, hi))
	}
	return out
}

func (b *layerBuilder) rows(n, width int) [][]int64 {
	var w [][]int64
	for range n {
		w = append(w, b.weights(width, 1/math.Sqrt(float64(b.channels))))
	}
	return w
}

// function interns f on [lo, hi] in fixed point as a table by level of a step with
// values lo..hi.
func (b *layerBuilder) function(lo, hi int64, f func(x float64) float64) arith.Table {
	y := make([]int64, hi-lo+1)
	for i := range y {
		y[i] = int64(math.Floor(f(float64(lo+int64(i))/float64(b.one))*float64(b.one) + 0.5))
	}
	return b.Table(y)
}

func (l layer) build(tb testing.TB) *arith.Circuit {
	tb.Helper()
	b := &layerBuilder{Builder: arith.NewBuilder(), layer: l, random: rand.New(rand.NewPCG(1, 2)), one: 1 << l.bits}
	b.half = b.one << 10
	thresholds, digits := make([]int64, 2*b.half), make([]int64, 2*b.half+1)
	for i := range digits {
		digits[i] = int64(i) - b.half
		if i < len(thresholds) {
			thresholds[i] = (digits[i]+1)*b.one - b.one/2
		}
	}
	b.grid, b.digits = b.Table(thresholds), b.Table(digits)
	edge := b.one
	softplus := b.function(-edge, edge-1, func(x float64) float64 { return math.Log1p(math.Exp(x)) })
	silu := b.function(-edge, edge-1, func(x float64) float64 { return x / (1 + math.Exp(-x)) })
	decays := make([]int64, 2*edge)
	for i := range decays {
		decays[i] = int64(math.Floor(math.Exp(-float64(i)/float64(b.one))*float64(b.one) + 0.5))
	}
	fade := b.Table(append(make([]int64, b.half), decays...)) // by the level on the whole grid
	most := int64(math.Log1p(math.E) * float64(b.one))

	embedding := make([]arith.Table, l.channels)
	for c := range embedding {
		embedding[c] = b.Table(b.weights(l.vocabulary, 1))
	}
	wz, wd, wb, wc, wo := b.rows(l.channels, l.channels), b.rows(l.channels, l.channels), b.rows(l.modes, l.channels), b.rows(l.modes, l.channels), b.rows(l.channels, l.channels)
	skip := b.weights(l.channels, 1)
	rates := make([][]int64, l.channels)
	for c := range rates {
		rates[c] = make([]int64, l.modes)
		for k := range rates[c] {
			rates[c][k] = int64((0.1 + 0.9*b.random.Float64()) * 0.99 * float64(2*edge-1) / float64(most) * float64(b.one))
		}
	}
	head := b.rows(l.classes, l.channels)

	state := make([][]arith.Node, l.channels)
	sums := make([][]arith.Term, l.classes)
	view := func(n arith.Node, t arith.Table) arith.View { return arith.View{Node: n, Table: t} }
	nat := arith.Natural
	for t := range l.length {
		b.at("input", t)
		token := b.Input(l.vocabulary)
		x := make([]arith.Node, l.channels)
		for c := range x {
			x[c] = b.Form(0, []arith.Term{{Coef: 1, View: view(token, embedding[c])}})
		}
		b.at("project", t)
		bs, cs := b.matrix(wb, x, -wide, wide), b.matrix(wc, x, -wide, wide)
		delta, z := b.matrix(wd, x, -edge, edge-1), b.matrix(wz, x, -edge, edge-1)
		gated := make([]arith.Node, l.channels)
		for c := range x {
			b.at("state", t)
			drive := b.round(b.Form(0, []arith.Term{term(1, b.Product(view(delta[c], softplus), view(token, embedding[c])))}), -wide, wide)
			if state[c] == nil {
				state[c] = make([]arith.Node, l.modes)
			}
			read := []arith.Term{term(skip[c], x[c])}
			for k := range l.modes {
				terms := []arith.Term{term(1, b.Product(view(bs[k], nat), view(drive, nat)))}
				if state[c][k] != 0 {
					rate := b.Form(0, []arith.Term{{Coef: rates[c][k], View: view(delta[c], softplus)}})
					decay := b.Step(rate, b.grid, fade, int(b.half), int(2*edge-1))
					terms = append(terms, term(1, b.Product(view(decay, nat), view(state[c][k], nat))))
				}
				state[c][k] = b.round(b.Form(0, terms), -wide, wide)
				read = append(read, term(1, b.Product(view(state[c][k], nat), view(cs[k], nat))))
			}
			y := b.round(b.Form(0, read), math.MinInt16, math.MaxInt16)
			gated[c] = b.round(b.Form(0, []arith.Term{term(1, b.Product(view(y, nat), view(z[c], silu)))}), math.MinInt16, math.MaxInt16)
		}
		b.at("out", t)
		out := b.matrix(wo, gated, -wide, wide)
		for i := range sums {
			for c := range out {
				sums[i] = append(sums[i], term(head[i][c], out[c]))
			}
		}
	}
	if err := b.Err(); err != nil {
		tb.Fatal(err)
	}
	var logits []arith.Node
	for _, s := range sums {
		logits = append(logits, b.Form(0, s))
	}
	b.at("argmax", l.length-1)
	b.Output(logits, b.argmax(logits))
	c, err := b.Finish()
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

// argmax are the label bits: a class is the label when it wins against all others, ties
// to the lower class.
func (b *layerBuilder) argmax(logits []arith.Node) []arith.Node {
	zero, bit := b.Table([]int64{0}), b.Table([]int64{0, 1})
	all := b.Table([]int64{int64(len(logits) - 1)})
	wins := map[[2]int]arith.Node{}
	for c := range logits {
		for d := c + 1; d < len(logits); d++ {
			wins[[2]int{c, d}] = b.Step(b.Form(0, []arith.Term{term(1, logits[c]), term(-1, logits[d])}), zero, bit, 0, 1)
		}
	}
	var labels []arith.Node
	for c := range logits {
		var terms []arith.Term
		for d := range logits {
			switch {
			case d > c:
				terms = append(terms, term(1, wins[[2]int{c, d}]))
			case d < c:
				terms = append(terms, term(-1, wins[[2]int{d, c}]))
			}
		}
		labels = append(labels, b.Step(b.Form(int64(c), terms), all, bit, 0, 1))
	}
	return labels
}
