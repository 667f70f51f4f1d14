package export

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"tc0/circuits/compile"
	"tc0/circuits/threshold"
	"tc0/theory/ssm"
)

// sample is a circuit with the words it is compared on.
type sample struct {
	name  string
	c     *threshold.Circuit
	words [][]int
}

func samples(t testing.TB) []sample {
	all := []sample{
		{name: "majority", c: majority(t)},
		{name: "mixed", c: mixed(t)},
		{name: "constants", c: constants(t)},
	}
	for i := range all {
		all[i].words = allWords(all[i].c)
	}
	wide := sample{name: "wide", c: wide(t)}
	r := rand.New(rand.NewPCG(1, 2))
	for range 60 {
		word := make([]int, 10)
		for i := range word {
			word[i] = r.IntN(30)
		}
		wide.words = append(wide.words, word)
	}
	return append(all, wide)
}

// trained is a trained checkpoint compiled to 3 bits, with all words over its
// vocabulary of 5.
func trained(t testing.TB, n int) sample {
	t.Helper()
	ck, err := ssm.Load("../../theory/ssm/testdata/mamba-flipflop4")
	if err != nil {
		t.Fatal(err)
	}
	q, err := compile.Quantise(t.Context(), ck, compile.Request{
		Length: n, Precision: &compile.Precision{Base: 3}, Digits: 2, Minimize: compile.Gates, Form: compile.Convolution,
		Words: compile.Words(compile.Alphabet(ck), 64, n, 1), Seed: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	m, err := compile.New(ck, q, n)
	if err != nil {
		t.Fatal(err)
	}
	_, c, err := m.Threshold(n)
	if err != nil {
		t.Fatal(err)
	}
	return sample{fmt.Sprintf("mamba-flipflop4 of length %d", n), c, allWords(c)}
}

func finish(t testing.TB, b *threshold.Builder) *threshold.Circuit {
	t.Helper()
	c, err := b.Finish()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func one(ref threshold.Ref) threshold.Term {
	return threshold.Term{Coef: 1, Ref: ref, Table: threshold.Ones}
}

func weighted(coef int64, bank int, table threshold.Table) threshold.Term {
	return threshold.Term{Coef: coef, Ref: threshold.BankRef(bank), Table: table}
}

// majority is [at least two of three tokens are 1].
func majority(t testing.TB) *threshold.Circuit {
	b := threshold.NewBuilder()
	tag := threshold.Tag{Node: -1, Stage: b.Stage("vote \"2/3\"")}
	bit := b.Table([]int64{0, 1})
	var terms []threshold.Term
	for range 3 {
		terms = append(terms, weighted(1, b.Input(2, tag), bit))
	}
	sum := b.Form(0, terms)
	vote := b.Level(sum, b.Table([]int64{2}), 0, 1, 1, tag)
	b.Output([]threshold.Output{{Bank: int32(vote), Gate: 0}})
	return finish(t, b)
}

// mixed reads two tokens and has every kind of bank, shared and nested forms,
// negative weights, and an output that is an input bit.
func mixed(t testing.TB) *threshold.Circuit {
	b := threshold.NewBuilder()
	tag := threshold.Tag{Node: 7, Part: 1, Stage: b.Stage("mix")}
	x0 := b.Input(4, tag)
	x1 := b.Input(3, tag)
	f := b.Form(1, []threshold.Term{
		weighted(2, x0, b.Table([]int64{0, 3, -5, 9})), weighted(-3, x1, b.Table([]int64{2, -1, 4})),
	})
	th := b.Table([]int64{-15, -10, -5, 0, 4, 9, 15})
	high := b.Level(f, th, 1, 2, 3, tag)
	low := b.Digit(f, high, th, 0, 7, 1, 1<<20, tag)
	bit0 := b.Form(0, []threshold.Term{weighted(1, high, b.Table([]int64{1, -1, 1}))})
	bit1 := b.Form(0, []threshold.Term{weighted(1, high, b.Table([]int64{0, 1, 0}))})
	unit := b.Form(0, []threshold.Term{one(threshold.BankRef(low))})
	top := b.List([]int32{int32(bit0), int32(bit1)})
	all := b.List([]int32{int32(bit0), int32(bit1), int32(unit)})
	and := b.And(tag, top, b.List([]int32{int32(unit)}))
	pairs := b.Pairs(threshold.Tag{Node: -1, Stage: -1}, all)
	g := b.Form(-2, []threshold.Term{
		one(threshold.FormRef(f)), weighted(5, and, b.Table([]int64{3, -2})), {Coef: -4, Ref: threshold.BankRef(pairs), Table: threshold.Ones},
		weighted(1, x0, b.Table([]int64{1, 0, 0, -1})),
	})
	end := b.Level(g, b.Table([]int64{-12, 0, 0, 7}), 0, 1, 4, tag)
	b.Output([]threshold.Output{{Bank: int32(end), Gate: 0}, {Bank: int32(end), Gate: 3}, {Bank: int32(low), Gate: 0}})
	b.Output([]threshold.Output{{Bank: int32(pairs), Gate: 1}, {Bank: int32(and), Gate: 1}, {Bank: int32(x1), Gate: 2}})
	return finish(t, b)
}

// constants has gates that are always or never 1, with and without sources.
func constants(t testing.TB) *threshold.Circuit {
	b := threshold.NewBuilder()
	tag := threshold.Tag{Node: -1, Stage: -1}
	x := b.Input(3, tag)
	free := b.Form(5, nil)
	fixed := b.Form(0, []threshold.Term{weighted(1, x, b.Table([]int64{0, -2, 3}))})
	lone := b.Level(free, b.Table([]int64{4, 5, 6}), 0, 1, 3, tag)
	wired := b.Level(fixed, b.Table([]int64{-1 << 40, -3, -2, 0, 3, 4, 1 << 40}), 0, 1, 7, tag)
	var out []threshold.Output
	for k := range int64(3) {
		out = append(out, threshold.Output{Bank: int32(lone), Gate: k})
	}
	for k := range int64(7) {
		out = append(out, threshold.Output{Bank: int32(wired), Gate: k})
	}
	b.Output(out)
	return finish(t, b)
}

// wide has 300 sources with weights up to 2^40 of both signs.
func wide(t testing.TB) *threshold.Circuit {
	b := threshold.NewBuilder()
	tag := threshold.Tag{Node: -1, Stage: -1}
	r := rand.New(rand.NewPCG(3, 4))
	var terms []threshold.Term
	for range 10 {
		ws := make([]int64, 30)
		for i := range ws {
			ws[i] = r.Int64N(1<<41) - 1<<40
		}
		terms = append(terms, weighted(1, b.Input(30, tag), b.Table(ws)))
	}
	f := b.Form(12345, terms)
	th := make([]int64, 9)
	for i := range th {
		th[i] = int64(i-4) << 39
	}
	level := b.Level(f, b.Table(th), 0, 1, 9, tag)
	out := make([]threshold.Output, 9)
	for k := range out {
		out[k] = threshold.Output{Bank: int32(level), Gate: int64(k)}
	}
	b.Output(out)
	return finish(t, b)
}

func tokensOf(c *threshold.Circuit) []int {
	var sizes []int
	for b := range c.Banks() {
		if d := c.Bank(b); d.Kind == threshold.Input {
			sizes = append(sizes, int(d.Gates))
		}
	}
	return sizes
}

func allWords(c *threshold.Circuit) [][]int {
	words := [][]int{nil}
	for _, n := range tokensOf(c) {
		var longer [][]int
		for _, w := range words {
			for v := range n {
				longer = append(longer, append(append([]int(nil), w...), v))
			}
		}
		words = longer
	}
	return words
}

// inputBits are the one-hot bits of a word.
func inputBits(c *threshold.Circuit, word []int) []bool {
	var bits []bool
	for t, n := range tokensOf(c) {
		for v := range n {
			bits = append(bits, word[t] == v)
		}
	}
	return bits
}

// simulated are the output bits by word in order of position and class, and
// the values of all gates by word.
func simulated(t testing.TB, s sample) (outputs, gates [][]bool) {
	t.Helper()
	outputs, gates = make([][]bool, len(s.words)), make([][]bool, len(s.words))
	sim := threshold.NewSimulator(s.c)
	err := sim.Each(context.Background(), s.words, func(first int, v *threshold.Values) {
		for k := range min(64, len(s.words)-first) {
			for b := range s.c.Banks() {
				if s.c.Bank(b).Kind == threshold.Input {
					continue
				}
				for _, word := range v.Bank(b) {
					gates[first+k] = append(gates[first+k], word>>k&1 == 1)
				}
			}
			for _, o := range s.c.Outputs() {
				for _, g := range o {
					outputs[first+k] = append(outputs[first+k], v.Bank(int(g.Bank))[g.Gate]>>k&1 == 1)
				}
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return outputs, gates
}
