package compile

import (
	"fmt"
	"math/bits"
	"sort"
	"strings"

	"tc0/circuits/lower"
	"tc0/circuits/threshold"
)

// Uniformity. The gates of C_n are numbered position after position, and within a
// position group after group, cell after cell, stage after stage. An element's
// number of gates is a constant of its stage and cell, so gate numbers are a
// quadratic in the position, which can be inverted; and what a gate reads follows
// from the form of its stage. Neither needs C_n.
//
// Memory of [Model.EachWire] beside the model: the place of the gate; the loop
// counters of the forms between the gate and the banks that it reads, which are
// nested no deeper than there are stages; and a window of at most windowReadings
// readings, each with the weights of one bank. How many integers these are depends
// on the model and not on n. Positions, gate numbers and counters have O(log n)
// bits, thresholds and weights as many as those of C_n. What is called the model
// is what New holds; of it only the kernel of an S4D layer in the convolution form
// grows with n: one coefficient per lag, channel and part of the stream, a function
// of the checkpoint and the lag alone.

// Place is one gate of an element of the model.
type Place struct {
	Stage string
	T     int   // position in the word
	A, B  int   // row and column; -1 where the stage has only one
	J     int   // the earlier position of a pair; -1 where the stage has no pairs
	Gate  int64 // of the element's own gates
}

// String is the element's name as the arithmetic circuit has it, such as
// "L0.state[t=3,a=2,b=1]".
func (p Place) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s[t=%d", p.Stage, p.T)
	for _, f := range [...]struct {
		name  string
		value int
	}{{"a", p.A}, {"b", p.B}, {"j", p.J}} {
		if f.value >= 0 {
			fmt.Fprintf(&b, ",%s=%d", f.name, f.value)
		}
	}
	return b.String() + "]"
}

// Gates is the number of gates of the circuit for words of length n, by formula.
func (m *Model) Gates(n int) (uint64, error) {
	if n < 1 || n > m.length {
		return 0, fmt.Errorf("length %d, the model was made for 1 to %d", n, m.length)
	}
	if l := m.program.number; l.fits(n) {
		return uint64(l.base(n)), nil
	}
	return 0, fmt.Errorf("gate numbers at length %d do not fit in 62 bits", n)
}

// Locate says where gate i of the circuit for words of length n lies, without
// building it.
func (m *Model) Locate(n int, i uint64) (Place, error) {
	g, err := m.find(n, i)
	if err != nil {
		return Place{}, err
	}
	p := Place{Stage: g.s.name, T: g.e.t, A: -1, B: -1, J: -1, Gate: g.k}
	if g.s.rows > 1 {
		p.A = g.e.a
	}
	if g.s.cols > 1 {
		p.B = g.e.b
	}
	if g.s.pair {
		p.J = g.e.j
	}
	return p, nil
}

// GateAt is gate i of the circuit for words of length n, which need not be built:
// the same threshold and wires, in the same order, as a [threshold.GateReader]
// finds in the circuit of [Model.Threshold].
func (m *Model) GateAt(n int, i uint64) (threshold.Gate, error) {
	var g threshold.Gate
	var err error
	g.Threshold, err = m.EachWire(n, i, func(w threshold.Wire) { g.Wires = append(g.Wires, w) })
	return g, err
}

// EachWire visits the wires of gate i in their order and returns the gate's
// threshold. It keeps no wires: beside the model it needs a number of integers that
// does not depend on n. The gate's form is written out once for every 2^15 banks
// that it reads. After an error, the wires visited mean nothing.
func (m *Model) EachWire(n int, i uint64, visit func(threshold.Wire)) (threshold int64, err error) {
	return m.eachWire(n, i, windowReadings, visit)
}

func (m *Model) eachWire(n int, i uint64, readings int, visit func(threshold.Wire)) (threshold int64, err error) {
	g, err := m.find(n, i)
	if err != nil {
		return 0, err
	}
	win := &window{size: readings, vocab: int64(m.vocab)}
	w := &writer{p: m.program, read: win.read}
	border, write := g.rule(w)
	for more := true; more; {
		w.sum = 0
		write()
		more = win.flush(visit)
	}
	if threshold = w.plus(border, -w.sum); w.wide || win.wide {
		return 0, fmt.Errorf("gate %d of length %d: weights do not fit in 62 bits; use fewer bits", i, n)
	}
	return threshold, nil
}

// gateRef is gate k of an element.
type gateRef struct {
	s *stage
	e element
	k int64
}

// find inverts the layout.
func (m *Model) find(n int, i uint64) (gateRef, error) {
	gates, err := m.Gates(n)
	if err != nil {
		return gateRef{}, err
	}
	if i >= gates {
		return gateRef{}, fmt.Errorf("gate %d, the circuit for length %d has gates 0 to %d", i, n, gates-1)
	}
	l, at := m.program.number, int64(i)
	t := sort.Search(n, func(t int) bool { return l.base(t+1) > at })
	return m.program.findAt(t, at-l.base(t)), nil
}

// findAt finds a gate by its number within position t.
func (p *program) findAt(t int, at int64) gateRef {
	// Of groups, and of cells, that start where the gate is or before, the last
	// holds it: one without gates starts where the next one does.
	last := len(p.groups) - 1
	for p.number.cells[p.groups[last]][0].at(t) > at {
		last--
	}
	g := p.groups[last]
	starts := p.number.cells[g]
	c := sort.Search(len(starts), func(c int) bool { return starts[c].at(t) > at }) - 1
	return g.findIn(element{t: t, a: c / g.cols, b: c % g.cols}, at-starts[c].at(t))
}

// findIn finds a gate by its number within a cell.
func (g *group) findIn(e element, at int64) gateRef {
	i := 0
	for at >= g.stages[i].count(e) {
		at -= g.stages[i].count(e)
		i++
	}
	s := g.stages[i]
	if s.pair {
		each := gateMeasure(s, e.a, e.b)
		e.j, at = int(at/each), at%each
	}
	return gateRef{s, e, at}
}

// count is the number of gates of a stage's elements in a cell at a position.
func (s *stage) count(e element) int64 {
	each := gateMeasure(s, e.a, e.b)
	switch {
	case s.pair:
		return each * int64(e.t)
	case s.later:
		return each * int64(min(e.t, 1))
	}
	return each
}

// rule is how the gate is written: its threshold before constants, and what
// writes its form.
func (g gateRef) rule(w *writer) (border int64, write func()) {
	if g.s.op == productOp {
		return g.product(w)
	}
	return g.step(w)
}

// step is a gate of a step: of its levels, of one of its digits or of its bits.
func (g gateRef) step(w *writer) (border int64, write func()) {
	s := &g.s.shape
	k := g.k
	if k < int64(s.Levels) {
		return g.s.steps.Thresholds[k], func() { w.form(1, g.s, g.e) }
	}
	k -= int64(s.Levels)
	first := w.p.number.address(g.s, g.e)
	for i := range s.Parts {
		p := &s.Parts[i]
		high, low := int64(p.High()), int64(p.Low())
		if k < high {
			return p.Borders[(k+1)<<p.Width-1], func() { w.form(sign(p), g.s, g.e) }
		}
		if k -= high; k < low {
			return g.digit(w, p, first, k+1)
		}
		k -= low
		first += high + low
	}
	return 1, func() { w.levelBit(1, g.s, g.e, int(k)) }
}

// sign is the factor of a step's form in a part.
func sign(p *lower.Part) int64 {
	if p.Falling {
		return -1
	}
	return 1
}

// digit is gate k = 1, 2, … of the low digit of a part whose higher digit's gates
// begin at first: with c_{h,k} the least F whose code reaches h·2^width+k, it is
// [F + Σ_h (c_{h-1,k} - c_{h,k})·high_h >= c_{0,k}].
func (g gateRef) digit(w *writer, p *lower.Part, first, k int64) (border int64, write func()) {
	past := max(w.top(sign(p), g.s, g.e)+1, p.Borders[len(p.Borders)-1])
	at := func(h int64) int64 {
		if code := h<<p.Width + k; code <= int64(len(p.Borders)) {
			return p.Borders[code-1]
		}
		return past
	}
	return at(0), func() {
		w.form(sign(p), g.s, g.e)
		table := make([]int64, p.High())
		for h := range table {
			table[h] = w.plus(at(int64(h)), -at(int64(h)+1))
		}
		w.read(reading{g.e.t, first, int64(len(table)), 1, weights{kind: explicit, table: table}})
	}
}

// product is a gate of a product: the conjunction of one bit of each factor of a
// set, or of two bits of a square's factor.
func (g gateRef) product(w *writer) (border int64, write func()) {
	fs := g.s.factors(g.e)
	f := factorsOf(fs)
	if isSquare(fs) {
		i, j := pairAt(g.k, int64(f.widths[0]))
		return 2, func() {
			w.bit(1, fs[0], int(i))
			w.bit(1, fs[0], int(j))
		}
	}
	k := g.k
	for set, gates := range f.conjunctions {
		if k >= gates {
			k -= gates
			continue
		}
		return int64(bits.OnesCount(set)), func() {
			k := k
			for i := len(fs) - 1; i >= 0; i-- {
				if set>>i&1 == 1 {
					w.bit(1, fs[i], int(k%int64(f.widths[i])))
					k /= int64(f.widths[i])
				}
			}
		}
	}
	panic("compile: a gate outside its product") // excluded by its number of gates
}
