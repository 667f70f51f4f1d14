package snark

import (
	"math/rand/v2"
	"slices"
	"testing"

	"tc0/circuits/arith"
)

// toy is the shape of a small model as package compile would make it: a convolution of the token, a
// matrix, products with a table of the token, decays by pairs of positions, a head.
type toy struct {
	length, vocabulary, rows, states int
	convolved                        bool // tokens of both positions through one table
}

var (
	smallToy     = toy{length: 3, vocabulary: 3, rows: 3, states: 2}
	tinyToy      = toy{length: 2, vocabulary: 2, rows: 1, states: 1}
	convolvedToy = toy{length: 3, vocabulary: 3, rows: 3, states: 2, convolved: true}
)

// toyBuilder adds the nodes of a toy with random weights.
type toyBuilder struct {
	*arith.Builder
	toy
	random *rand.Rand
}

func (b *toyBuilder) at(stage string, t, row, column, j int) {
	b.At(arith.Origin{Stage: b.Stage(stage), T: int32(t), A: int32(row), B: int32(column), J: int32(j)})
}

func (b *toyBuilder) numbers(n int, most int64) []int64 {
	v := make([]int64, n)
	for i := range v {
		v[i] = b.random.Int64N(2*most+1) - most
	}
	return v
}

// model builds the toy with weights from a seed.
func (x toy) model(tb testing.TB, seed uint64) *arith.Circuit {
	tb.Helper()
	b := &toyBuilder{arith.NewBuilder(), x, rand.New(rand.NewPCG(seed, 9))}
	steps := func(levels int, most int64) func(form arith.Node) arith.Node {
		t := b.numbers(levels-1, most)
		slices.Sort(t)
		t = slices.Compact(t)
		th, val := b.Table(t), b.Table(b.numbers(len(t)+1, 7))
		return func(form arith.Node) arith.Node { return b.Step(form, th, val, 0, len(t)) }
	}
	tables := func(n int) []arith.Table {
		var out []arith.Table
		for range n {
			out = append(out, b.Table(b.numbers(x.vocabulary, 20)))
		}
		return out
	}
	var tokens []arith.Node
	for t := range x.length {
		b.at("input", t, -1, -1, -1)
		tokens = append(tokens, b.Input(x.vocabulary))
	}
	token := func(t int, table arith.Table, coef int64) arith.Term {
		return arith.Term{Coef: coef, View: arith.View{Node: tokens[t], Table: table}}
	}
	here, before, gates := tables(x.rows), tables(x.rows), tables(x.rows)
	constants, matrix, rates := b.numbers(2*x.rows, 30), b.numbers(x.rows*x.rows, 9), b.numbers(x.rows*x.states, 9)
	head, kept := b.numbers(2*(x.rows+x.rows*x.states), 5), b.numbers(2, 6)
	uStep, dStep, eStep, sStep := steps(5, 60), steps(4, 70), steps(6, 30), steps(5, 60)

	u, d := make([][]arith.Node, x.length), make([][]arith.Node, x.length)
	sums := make([]arith.Node, x.rows)
	for t := range x.length {
		for row := range x.rows {
			b.at("L0.u", t, row, -1, -1)
			terms, phase := []arith.Term{token(t, here[row], 1)}, 0
			if t > 0 {
				terms, phase = append(terms, token(t-1, before[row], 1)), 1
				if x.convolved {
					terms[1] = token(t-1, here[row], 2)
				}
			}
			u[t] = append(u[t], uStep(b.Form(constants[phase*x.rows+row], terms)))
		}
		for row := range x.rows {
			b.at("L0.delta", t, row, -1, -1)
			var terms []arith.Term
			for k, w := range matrix[row*x.rows : (row+1)*x.rows] {
				if w != 0 {
					terms = append(terms, term(w, u[t][k]))
				}
			}
			d[t] = append(d[t], dStep(b.Form(0, terms)))
		}
		var gated, states []arith.Node
		for row := range x.rows {
			b.at("L0.gated", t, row, -1, -1)
			gated = append(gated, b.Product(arith.View{Node: d[t][row], Table: arith.Natural}, arith.View{Node: tokens[t], Table: gates[row]}))
		}
		faded := map[int][]arith.Node{}
		for j := range t {
			for row := range x.rows {
				b.at("L0.ΣΔ", t, row, -1, j)
				terms := []arith.Term{term(1, d[t][row])}
				if j < t-1 {
					terms = append(terms, term(1, sums[j*x.rows+row]))
				}
				f := b.Form(0, terms)
				if at := j*x.rows + row; at < len(sums) {
					sums[at] = f
				} else {
					sums = append(sums, f)
				}
				for s := range x.states {
					b.at("L0.decay", t, row, s, j)
					e := eStep(b.Form(0, []arith.Term{term(rates[row*x.states+s]|1, f)}))
					b.at("L0.faded", t, row, s, j)
					faded[row*x.states+s] = append(faded[row*x.states+s],
						b.Product(arith.View{Node: e, Table: arith.Natural}, arith.View{Node: u[j][row], Table: arith.Natural}))
				}
			}
		}
		for row := range x.rows {
			for s := range x.states {
				b.at("L0.state", t, row, s, -1)
				terms := []arith.Term{term(kept[0]|1, u[t][row])}
				for _, f := range faded[row*x.states+s] {
					terms = append(terms, term(kept[1]|1, f))
				}
				states = append(states, sStep(b.Form(0, terms)))
			}
		}
		var logits []arith.Node
		for class := range 2 {
			b.at("logits", t, class, -1, -1)
			var terms []arith.Term
			for k, n := range slices.Concat(gated, states) {
				terms = append(terms, term(head[class*(x.rows+x.rows*x.states)+k]|1, n))
			}
			logits = append(logits, b.Form(0, terms))
		}
		b.at("argmax.compare", t, 0, -1, -1)
		bits := b.Table([]int64{0, 1})
		wins := b.Step(b.Form(0, []arith.Term{term(1, logits[0]), term(-1, logits[1])}), b.Table([]int64{0}), bits, 0, 1)
		one := b.Table([]int64{1})
		b.at("argmax.label", t, 0, -1, -1)
		first := b.Step(b.Form(0, []arith.Term{term(1, wins)}), one, bits, 0, 1)
		b.at("argmax.label", t, 1, -1, -1)
		second := b.Step(b.Form(1, []arith.Term{term(-1, wins)}), one, bits, 0, 1)
		b.Output(logits, []arith.Node{first, second})
	}
	c, err := b.Finish()
	if err != nil {
		tb.Fatal(err)
	}
	return c
}
