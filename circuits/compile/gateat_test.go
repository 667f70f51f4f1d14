package compile

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tc0/circuits/arith"
	"tc0/circuits/gadget"
	"tc0/circuits/threshold"
	"tc0/theory/ssm"
)

// gateCase is a model whose gates are looked at one by one.
type gateCase struct {
	model           string
	form            Form
	goal            Goal
	n, bits, digits int
}

func (c gateCase) String() string {
	return fmt.Sprintf("%s/%s/%s/n=%d/bits=%d/digits=%d", c.model, c.form, c.goal, c.n, c.bits, c.digits)
}

// oneTap is mamba-flipflop4 with a convolution of one tap: B and C are tables of
// the token, and products with them differ in size from column to column.
const oneTap = "one tap"

// quantise calibrates a case on 64 words of at most 16 tokens.
func (c gateCase) quantise(tb testing.TB) (*ssm.Checkpoint, *Quant) {
	tb.Helper()
	name := c.model
	if name == oneTap {
		name = "mamba-flipflop4"
	}
	ck, err := ssm.Load("../../theory/ssm/testdata/" + name)
	if err != nil {
		tb.Fatal(err)
	}
	if c.model == oneTap {
		b := ck.Model.Blocks[0].(*ssm.Mamba)
		last := make([]float64, b.DInner)
		for i := range last {
			last[i] = b.ConvWeight[(i+1)*b.DConv-1]
		}
		b.DConv, b.ConvWeight = 1, last
	}
	tensors, err := Calibrate(tb.Context(), ck, c.form, Words(Alphabet(ck), 64, min(c.n, 16), 1))
	if err != nil {
		tb.Fatal(err)
	}
	return ck, &Quant{
		Version: quantVersion, Checkpoint: ck.Digest, Family: ck.Model.Family, Form: c.form,
		Precision: Precision{Base: c.bits}, Digits: c.digits, Minimize: c.goal, Alphabet: Alphabet(ck), Tensors: tensors,
	}
}

func (c gateCase) build(tb testing.TB) *Model {
	tb.Helper()
	ck, q := c.quantise(tb)
	m, err := New(ck, q, c.n)
	if err != nil {
		tb.Fatal(err)
	}
	return m
}

// builtGates compares single gates with those of the circuit.
type builtGates struct {
	m  *Model
	n  int
	ac *arith.Circuit
	tc *threshold.Circuit
	r  *threshold.GateReader
}

func newBuiltGates(tb testing.TB, m *Model, n int) *builtGates {
	tb.Helper()
	ac, tc, err := m.Threshold(n)
	if err != nil {
		tb.Fatal(err)
	}
	if gates, err := m.Gates(n); gates != tc.Gates() || err != nil {
		tb.Fatalf("%d gates by formula, the circuit has %d: %v", gates, tc.Gates(), err)
	}
	return &builtGates{m, n, ac, tc, threshold.NewGateReader(tc)}
}

// compare compares gate i and its name; readings is the size of the window.
func (g *builtGates) compare(tb testing.TB, i uint64, readings int) (node arith.Node, p Place) {
	tb.Helper()
	b, k, _ := g.tc.BankOf(i)
	want := g.r.Gate(b, k)
	var got threshold.Gate
	var err error
	got.Threshold, err = g.m.eachWire(g.n, i, readings, func(w threshold.Wire) { got.Wires = append(got.Wires, w) })
	node = arith.Node(g.tc.Bank(b).Tag.Node)
	p, errPlace := g.m.Locate(g.n, i)
	switch {
	case err != nil || errPlace != nil:
		tb.Fatalf("gate %d of %s: %v %v", i, g.ac.Name(node), err, errPlace)
	case p.String() != g.ac.Name(node):
		tb.Fatalf("gate %d of %s was located in %s", i, g.ac.Name(node), p)
	case want.Threshold != got.Threshold || !slices.Equal(want.Wires, got.Wires):
		tb.Fatalf("gate %d of %s, -circuit +GateAt: %.2000s", i, g.ac.Name(node), cmp.Diff(want, got))
	}
	return node, p
}

// TestGateAtEveryGate: gate i without the circuit is gate i of the circuit, for
// every gate of small circuits of every kind of layer, form, goal and digits.
func TestGateAtEveryGate(t *testing.T) {
	cases := []gateCase{
		{"mamba-flipflop4", Convolution, Gates, 1, 5, 1},
		{"mamba-flipflop4", Convolution, Gates, 3, 5, 2},
		{"mamba-flipflop4", Convolution, Depth, 2, 4, 1},
		{"mamba-flipflop4", Convolution, Wires, 2, 5, 1},
		{"mamba-flipflop4", Recurrent, Gates, 2, 5, 1},
		{"mamba-flipflop4", Recurrent, Depth, 2, 4, 2},
		{"mamba-flipflop4", Recurrent, Wires, 2, 5, 2},
		{"s4d-z5", Convolution, Gates, 2, 4, 1},
		{"s4d-z5", Convolution, Gates, 2, 5, 2},
		{"s4d-z5", Convolution, Wires, 2, 4, 2},
		{"s4d-z5", Recurrent, Gates, 2, 4, 1},
		{"s4d-z5", Recurrent, Wires, 2, 4, 2},
		{"odd/tagger-mamba", Convolution, Gates, 2, 5, 2},
		{"odd/tagger-mamba", Recurrent, Wires, 2, 4, 2},
		{"odd/original-layernorm", Convolution, Gates, 2, 4, 1},
		{"odd/hf-auto-rank", Convolution, Gates, 3, 5, 2},
		{"odd/tagger-s4d-deep", Convolution, Gates, 3, 5, 2},
	}
	for name, n := range map[string]int{oneTap: 2, "odd/hf-bias": 3, "odd/tagger-s4d-odd": 3} {
		for _, form := range []Form{Convolution, Recurrent} {
			for _, goal := range []Goal{Gates, Depth, Wires} {
				cases = append(cases, gateCase{name, form, goal, n, 4, 1}, gateCase{name, form, goal, n, 5, 2})
			}
		}
	}
	for _, c := range cases {
		t.Run(c.String(), func(t *testing.T) {
			t.Parallel()
			m := c.build(t)
			g := newBuiltGates(t, m, c.n)
			last, within := arith.Node(-1), int64(0)
			for i := range g.tc.Gates() {
				node, p := g.compare(t, i, windowReadings)
				if node != last {
					last, within = node, 0
				}
				if p.Gate != within {
					t.Fatalf("gate %d is number %d of %s, located as %d", i, within, p, p.Gate)
				}
				within++
			}
		})
	}
}

// TestGateAtSampled: 10,000 gates, seed 1, of a circuit of millions.
func TestGateAtSampled(t *testing.T) {
	c := gateCase{"mamba-a5-g2", Convolution, Gates, 16, 8, 2}
	g := newBuiltGates(t, c.build(t), c.n)
	t.Logf("%d gates", g.tc.Gates())
	r := rand.New(rand.NewPCG(1, 1))
	for range 10_000 {
		g.compare(t, r.Uint64N(g.tc.Gates()), windowReadings)
	}
}

// TestGateAtSmallWindow: a window of a few readings gives the same gates, in more
// passes. 2,000 gates of each circuit, seed 1.
func TestGateAtSmallWindow(t *testing.T) {
	for _, c := range []gateCase{
		{"mamba-flipflop4", Convolution, Gates, 4, 5, 2},
		{"odd/tagger-s4d-odd", Recurrent, Wires, 3, 5, 2},
		{"odd/tagger-mamba", Convolution, Depth, 3, 4, 1},
	} {
		t.Run(c.String(), func(t *testing.T) {
			g := newBuiltGates(t, c.build(t), c.n)
			r := rand.New(rand.NewPCG(1, 2))
			for k := range 2000 {
				g.compare(t, r.Uint64N(g.tc.Gates()), 2+k%9)
			}
		})
	}
}

// TestGateAtFamily: C_m is a prefix of C_n for m < n, whatever the length that the
// model was made for. 500 gates of each pair of lengths, seed 1.
func TestGateAtFamily(t *testing.T) {
	for _, c := range []gateCase{
		{"mamba-flipflop4", Convolution, Gates, 4, 5, 2},
		{"mamba-flipflop4", Recurrent, Depth, 3, 4, 1},
		{"s4d-z5", Convolution, Wires, 3, 5, 2},
		{"odd/tagger-s4d-odd", Recurrent, Gates, 4, 5, 2},
	} {
		t.Run(c.String(), func(t *testing.T) {
			ck, q := c.quantise(t)
			long, err := New(ck, q, 3*c.n)
			if err != nil {
				t.Fatal(err)
			}
			r := rand.New(rand.NewPCG(1, 3))
			for n := 1; n <= c.n; n++ {
				short, err := New(ck, q, n+1)
				if err != nil {
					t.Fatal(err)
				}
				g := newBuiltGates(t, long, n)
				for range 500 {
					i := r.Uint64N(g.tc.Gates())
					g.compare(t, i, windowReadings)
					in, errIn := short.GateAt(n, i)
					out, errOut := long.GateAt(3*c.n, i)
					if d := cmp.Diff(in, out); d != "" || errIn != nil || errOut != nil {
						t.Fatalf("gate %d of length %d and of %d: %v %v %s", i, n, 3*c.n, errIn, errOut, d)
					}
				}
			}
		})
	}
}

// placedWire is a wire by the place that it comes from.
type placedWire struct {
	Input bool
	Place
	Weight int64
}

// placed is gate i with the places of its sources, all moved to earlier positions.
func placed(tb testing.TB, m *Model, n int, i uint64, back int) (limit int64, wires []placedWire) {
	tb.Helper()
	g, err := m.GateAt(n, i)
	if err != nil {
		tb.Fatal(err)
	}
	for _, w := range g.Wires {
		p := Place{T: int(w.Number) / m.vocab, J: -1, Gate: int64(w.Number) % int64(m.vocab)}
		if !w.Input {
			if p, err = m.Locate(n, w.Number); err != nil {
				tb.Fatal(err)
			}
		}
		p.T -= back
		if p.J >= 0 {
			p.J -= back
		}
		wires = append(wires, placedWire{w.Input, p, w.Weight})
	}
	return g.Threshold, wires
}

// TestGateAtLength: a circuit for 10^6 tokens has far more gates than could be
// built. Its gates that do not reach back to the first position are those of
// position 9, moved: the same thresholds, weights and sources. 2,000 gates, seed 1.
func TestGateAtLength(t *testing.T) {
	const n, early, late = 1_000_000, 9, 987_654
	m := gateCase{"mamba-flipflop4", Convolution, Gates, n, 6, 2}.build(t)
	l := m.program.number
	r := rand.New(rand.NewPCG(1, 4))
	stages := map[string]bool{}
	for range 2000 {
		i := uint64(l.base(early) + r.Int64N(l.base(early+1)-l.base(early)))
		g, err := m.find(n, i)
		if err != nil {
			t.Fatal(err)
		}
		if g.s.name == "L0.state" {
			continue // reads every earlier position
		}
		g.e.t += late - early
		if g.s.pair {
			g.e.j += late - early
		}
		j := uint64(l.address(g.s, g.e) + g.k)
		if j < 1<<40 {
			t.Fatalf("gate number %d at position %d", j, late)
		}
		limit, wires := placed(t, m, n, i, 0)
		lateLimit, lateWires := placed(t, m, n, j, late-early)
		if d := cmp.Diff(wires, lateWires); d != "" || limit != lateLimit {
			t.Fatalf("%s, gates %d and %d: thresholds %d and %d, wires %s", g.s.name, i, j, limit, lateLimit, d)
		}
		stages[g.s.name] = true
	}
	if len(stages) < 14 {
		t.Errorf("only %d stages were seen: %v", len(stages), stages)
	}
}

// BenchmarkGateAt writes out single gates of the last position of circuits of
// different lengths: of the convolution, which reads 4 positions, and of the first
// state, which reads all.
func BenchmarkGateAt(b *testing.B) {
	for _, n := range []int{16, 1000, 10_000} {
		m := gateCase{"mamba-flipflop4", Convolution, Gates, n, 8, 2}.build(b)
		for _, name := range []string{"L0.u", "L0.state"} {
			at := slices.IndexFunc(m.program.stages, func(s *stage) bool { return s.name == name })
			i := uint64(m.program.number.address(m.program.stages[at], element{t: n - 1}))
			b.Run(fmt.Sprintf("%s/n=%d", name, n), func(b *testing.B) {
				b.ReportAllocs()
				wires := 0
				for b.Loop() {
					if _, err := m.EachWire(n, i, func(threshold.Wire) { wires++ }); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(wires)/float64(b.N), "wires/op")
			})
		}
	}
}

// TestGateAtLongForm: a gate that reads all earlier positions, more banks than a
// window holds, has ascending sources, as many more of them for every position, and
// the same ones whatever the window.
func TestGateAtLongForm(t *testing.T) {
	const n = 2000
	m := gateCase{"mamba-flipflop4", Convolution, Gates, n, 5, 1}.build(t)
	at := slices.IndexFunc(m.program.stages, func(s *stage) bool { return s.name == "L0.state" })
	wires := func(position, readings int) (ws []threshold.Wire) {
		i := m.program.number.address(m.program.stages[at], element{t: position, a: 3, b: 1})
		if _, err := m.eachWire(n, uint64(i), readings, func(w threshold.Wire) { ws = append(ws, w) }); err != nil {
			t.Fatal(err)
		}
		return ws
	}
	all := wires(n-1, windowReadings)
	if few := wires(n-1, 512); !slices.Equal(all, few) {
		t.Errorf("%d wires in windows of 512 readings, %d in one", len(few), len(all))
	}
	for i := range len(all) - 1 {
		if all[i].Input || all[i+1].Number <= all[i].Number {
			t.Fatalf("wire %v before %v", all[i], all[i+1])
		}
	}
	base, more := len(wires(99, windowReadings)), len(wires(199, windowReadings))
	if want := base + (n-100)/100*(more-base); len(all) != want {
		t.Errorf("%d wires at position %d, %d at 99 and %d at 199: want %d", len(all), n-1, base, more, want)
	}
}

func TestGateAtErrors(t *testing.T) {
	m := gateCase{"odd/hf-bias", Convolution, Gates, 3, 4, 1}.build(t)
	gates := uint64(m.program.number.base(2))
	long := gateCase{"odd/hf-bias", Convolution, Gates, 1 << 40, 4, 1}
	for _, c := range []struct {
		m    *Model
		n    int
		i    uint64
		want string
	}{
		{m, 0, 0, "length 0, the model was made for 1 to 3"},
		{m, 4, 0, "length 4, the model was made for 1 to 3"},
		{m, 2, gates, fmt.Sprintf("gate %d, the circuit for length 2 has gates 0 to %d", gates, gates-1)},
		{m, 2, 1 << 63, fmt.Sprintf("gate %d, the circuit for length 2 has gates 0 to %d", uint64(1)<<63, gates-1)},
		{long.build(t), 1 << 40, 0, "gate numbers at length 1099511627776 do not fit in 62 bits"},
	} {
		_, err := c.m.GateAt(c.n, c.i)
		_, errLocate := c.m.Locate(c.n, c.i)
		if err == nil || errLocate == nil || err.Error() != c.want || errLocate.Error() != c.want {
			t.Errorf("GateAt(%d, %d): %v and %v, want %s", c.n, c.i, err, errLocate, c.want)
		}
	}
}

// tinyModel is a model of hand-made stages for words of at most n tokens.
func tinyModel(tb testing.TB, n, vocab, digits int, add func(mp *mapper)) *Model {
	tb.Helper()
	mp := &mapper{p: &program{vocab: vocab, digits: digits}}
	add(mp)
	if err := mp.p.finish(Gates); err != nil {
		tb.Fatal(err)
	}
	return &Model{quant: &Quant{Digits: digits}, length: n, vocab: vocab, program: mp.p}
}

// addSum adds a step at every threshold from 1 to levels on coef times the sum of
// operands of the element at the position and before.
func addSum(mp *mapper, coef int64, levels int, operands func(e element) []operand) {
	s := &stage{name: "step", op: stepOp, steps: gadget.Steps{Values: []int64{0}}}
	for i := range levels {
		s.steps.Thresholds = append(s.steps.Thresholds, int64(i+1))
		s.steps.Values = append(s.steps.Values, int64(i+1))
	}
	s.form = func(e element, add adder) {
		for t := range e.t + 1 {
			for _, o := range operands(element{t: t}) {
				add.term(coef, o)
			}
		}
	}
	mp.p.add(1, 1, s)
}

// TestGateAtWide: weights that do not fit are an error, never a wrap.
func TestGateAtWide(t *testing.T) {
	factor := func(mp *mapper, v int64) func(e element) operand {
		s := mp.token(fmt.Sprint(v), [][]int64{{0, v}}, nil)
		return func(e element) operand { return operand{s: s, e: element{t: e.t}} }
	}
	sum := func(coef, token int64, levels int) func(mp *mapper) {
		return func(mp *mapper) {
			x := factor(mp, token)
			addSum(mp, coef, levels, func(e element) []operand { return []operand{x(e)} })
		}
	}
	times := func(tokens ...int64) func(mp *mapper) {
		return func(mp *mapper) {
			var fs []func(e element) operand
			for _, v := range tokens {
				fs = append(fs, factor(mp, v))
			}
			p := &stage{name: "product", op: productOp, factors: func(e element) (out []operand) {
				for _, f := range fs {
					out = append(out, f(e))
				}
				return out
			}}
			mp.p.add(1, 1, p)
			addSum(mp, 1, 1, func(e element) []operand { return []operand{{s: p, e: e}} })
		}
	}
	for _, c := range []struct {
		name string
		add  func(mp *mapper)
		fits bool
	}{
		{"2^60 a token", sum(1<<30, 1<<30, 1), true},
		{"2^62 a token", sum(1<<31, 1<<31, 1), false},
		{"2^80 a token", sum(1<<40, 1<<40, 1), false},
		{"a range of 2^61", sum(1, 1<<60, 20), true},
		{"a range of 2^62", sum(1, 1<<61, 20), false},
		{"conjunctions of 60 bits", times(1<<19, 1<<19+1, 1<<19+2), true},
		{"conjunctions of 66 bits", times(1<<21, 1<<21+1, 1<<21+2), false},
		{"a square of 60 bits", times(1<<29, 1<<29), true},
		{"a square of 66 bits", times(1<<32, 1<<32), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := tinyModel(t, 2, 2, 2, c.add)
			last := uint64(m.program.number.base(2)) - 1 // of a low digit, where there are digits
			if g, err := m.GateAt(2, last); (err == nil) != c.fits {
				t.Errorf("%v %v", g, err)
			}
		})
	}
}

// TestGateAtEqualTables: factors that are two tables of one token are a square
// where the tables are equal.
func TestGateAtEqualTables(t *testing.T) {
	for _, second := range [][]int64{{0, 1, 5}, {0, 1, 6}} {
		m := tinyModel(t, 2, 3, 1, func(mp *mapper) {
			x, y := mp.token("x", [][]int64{{0, 1, 5}}, nil), mp.token("y", [][]int64{second}, nil)
			p := &stage{name: "product", op: productOp, factors: func(e element) []operand {
				return []operand{{s: x, e: element{t: e.t}}, {s: y, e: element{t: e.t}}}
			}}
			mp.p.add(1, 1, p)
			mp.argmax(mp.shared("logits", 2, func(e element, add adder) {
				add.constant(int64(7 * e.a))
				add.term(int64(1-e.a), operand{s: p, e: element{t: e.t}})
			}))
		})
		g := newBuiltGates(t, m, 2)
		for i := range g.tc.Gates() {
			g.compare(t, i, windowReadings)
		}
	}
}

// TestFormsNest: written out in place, forms are nested no deeper than there are
// stages, because a form reads only forms of earlier stages.
func TestFormsNest(t *testing.T) {
	for _, c := range []gateCase{
		{"mamba-a5-g2", Convolution, Depth, 4, 5, 1},
		{"odd/original-layernorm", Convolution, Gates, 4, 5, 2},
		{"odd/tagger-s4d-odd", Recurrent, Gates, 4, 5, 2},
	} {
		m := c.build(t)
		for i, s := range m.program.stages {
			if s.op != formOp {
				continue
			}
			s.written()(element{t: 3}, &visitor{func(o operand) {
				if o.s.op == formOp && slices.Index(m.program.stages, o.s) >= i {
					t.Errorf("%s reads %s", s.name, o.s.name)
				}
			}})
		}
	}
}

// TestWindow: whatever the order of the readings, a window holds fewer than its
// size and gives the wires of every bank once, in order, with weights added up.
func TestWindow(t *testing.T) {
	const gates, banks = 3, 9
	rapid.Check(t, func(t *rapid.T) {
		readings := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) reading {
			at, bank := rapid.IntRange(0, 3).Draw(t, "t"), rapid.IntRange(0, banks-1).Draw(t, "bank")
			return reading{
				t: at, first: gates * int64(at*banks+bank), gates: gates, coef: rapid.Int64Range(-2, 2).Draw(t, "coef"),
				weights: weights{mask: whole, square: rapid.Bool().Draw(t, "square")},
			}
		}), 0, 60).Draw(t, "readings")
		sums := make([]int64, 4*banks*gates)
		for i := range readings {
			for k := range int64(gates) {
				sums[readings[i].first+k] += readings[i].coef * readings[i].at(k)
			}
		}
		var got, want []threshold.Wire
		for i, v := range sums {
			if v != 0 {
				want = append(want, threshold.Wire{Signal: threshold.Signal{Number: uint64(i)}, Weight: v})
			}
		}
		w := &window{size: rapid.IntRange(2, 9).Draw(t, "size")}
		for more := true; more; {
			for _, r := range readings {
				if w.read(r); len(w.held) >= w.size {
					t.Fatalf("holds %d readings, size %d", len(w.held), w.size)
				}
			}
			more = w.flush(func(wire threshold.Wire) { got = append(got, wire) })
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Fatal(d)
		}
	})
}

// TestChecked: arithmetic within 62 bits is exact, and anything else is noted.
func TestChecked(t *testing.T) {
	limit := big.NewInt(wordLimit)
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.Int64Range(-wordLimit, wordLimit).Draw(t, "a") >> rapid.IntRange(0, 61).Draw(t, "shift of a")
		b := rapid.Int64Range(-wordLimit, wordLimit).Draw(t, "b") >> rapid.IntRange(0, 61).Draw(t, "shift of b")
		x, y := big.NewInt(a), big.NewInt(b)
		for _, o := range []struct {
			f    func(c *checked) int64
			want *big.Int
		}{
			{func(c *checked) int64 { return c.plus(a, b) }, new(big.Int).Add(x, y)},
			{func(c *checked) int64 { return c.times(a, b) }, new(big.Int).Mul(x, y)},
		} {
			var c checked
			got := o.f(&c)
			if wide := o.want.CmpAbs(limit) > 0; wide != c.wide || !wide && o.want.Cmp(big.NewInt(got)) != 0 {
				t.Fatalf("%d and %d: %d, wide %v, want %v", a, b, got, c.wide, o.want)
			}
		}
	})
}
