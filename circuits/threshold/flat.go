package threshold

import (
	"cmp"
	"slices"
)

// weights are the weights of one form on one bank: Coef·table[off:off+gates],
// Coef on every gate (Ones), or, when a form reads a bank in several ways, an
// explicit sum.
type weights struct {
	bank  int32
	coef  int64
	table Table
	off   int32
	sum   []int64 // explicit, when not nil
}

// flattener writes forms out over banks. It reuses its buffer.
type flattener struct {
	c   *Circuit
	buf []weights
}

// add appends scale times form f, unmerged, and returns scale times its constant.
func (fl *flattener) add(f int, scale int64) (constant int64) {
	d := &fl.c.forms[f]
	constant = scale * d.constant
	for _, t := range fl.c.terms[d.first : d.first+d.count] {
		if g, ok := t.Ref.Form(); ok {
			constant += fl.add(g, scale*t.Coef)
			continue
		}
		fl.buf = append(fl.buf, weights{bank: int32(t.Ref), coef: scale * t.Coef, table: t.Table, off: t.Off})
	}
	return constant
}

// merge sorts the buffer by bank and adds up the weights on each bank.
func (fl *flattener) merge() []weights {
	ws := fl.buf
	slices.SortStableFunc(ws, func(a, b weights) int { return cmp.Compare(a.bank, b.bank) })
	out := ws[:0]
	for _, w := range ws {
		if n := len(out); n > 0 && out[n-1].bank == w.bank {
			out[n-1] = fl.join(out[n-1], w)
			continue
		}
		out = append(out, w)
	}
	return out
}

// join adds two weights on one bank.
func (fl *flattener) join(a, b weights) weights {
	if a.sum == nil && b.sum == nil && a.table == b.table && a.off == b.off {
		a.coef += b.coef
		return a
	}
	sum := make([]int64, fl.c.banks[a.bank].gates)
	for k := range sum {
		sum[k] = fl.weight(a, int64(k)) + fl.weight(b, int64(k))
	}
	return weights{bank: a.bank, coef: 1, sum: sum}
}

// weight is the weight on gate k of the bank.
func (fl *flattener) weight(w weights, k int64) int64 {
	switch {
	case w.sum != nil:
		return w.sum[k]
	case w.table == Ones:
		return w.coef
	}
	return w.coef * fl.c.tables[w.table][int64(w.off)+k]
}

// form writes a form out over banks; the result is valid until the next call.
func (fl *flattener) form(f int) (constant int64, ws []weights) {
	fl.buf = fl.buf[:0]
	constant = fl.add(f, 1)
	return constant, fl.merge()
}

// forms writes a sum of forms out over banks.
func (fl *flattener) forms(fs []int32) (constant int64, ws []weights) {
	fl.buf = fl.buf[:0]
	for _, f := range fs {
		constant += fl.add(int(f), 1)
	}
	return constant, fl.merge()
}

// Signal is a source of a wire: an input bit or a gate.
type Signal struct {
	Input  bool
	Number uint64
}

// Wire is one weighted source of a gate.
type Wire struct {
	Signal
	Weight int64
}

// Gate is a threshold gate written out: it is 1 when Σ Weight·signal >= Threshold.
type Gate struct {
	Threshold int64
	Wires     []Wire // distinct sources, non-zero weights, inputs and gates in order of their banks
}

// GateReader writes out single gates; it reuses buffers and is not safe for
// concurrent use.
type GateReader struct {
	fl     flattener
	choice []int32
	wires  []Wire
}

// NewGateReader returns a reader of c's gates.
func NewGateReader(c *Circuit) *GateReader { return &GateReader{fl: flattener{c: c}} }

// Gate writes out gate k of bank b. Wires is valid until the next call.
func (r *GateReader) Gate(b int, k int64) Gate {
	c := r.fl.c
	d := &c.banks[b]
	r.wires = r.wires[:0]
	switch d.kind {
	case Level:
		constant, ws := r.fl.form(int(d.form))
		r.emit(ws)
		return Gate{c.levelThreshold(d, k) - constant, r.wires}
	case Digit:
		r.fl.buf = r.fl.buf[:0]
		constant := r.fl.add(int(d.form), 1)
		r.fl.buf = append(r.fl.buf, weights{bank: d.high, coef: 1, sum: c.digitWeights(d, k+1)})
		r.emit(r.fl.merge())
		return Gate{c.border(d, 0, k+1) - constant, r.wires}
	case And, Pairs:
		r.choice = c.choice(d, k, r.choice[:0])
		constant, ws := r.fl.forms(r.choice)
		r.emit(ws)
		return Gate{int64(len(r.choice)) - constant, r.wires}
	}
	return Gate{}
}

// digitWeights are gate k's weights on the gates of the higher digit:
// c_{h-1,k} - c_{h,k} for h = 1, 2, …
func (c *Circuit) digitWeights(d *bank, k int64) []int64 {
	w := make([]int64, c.banks[d.high].gates)
	before := c.border(d, 0, k)
	for h := range w {
		at := c.border(d, int64(h)+1, k)
		w[h] = before - at
		before = at
	}
	return w
}

// emit appends the non-zero wires.
func (r *GateReader) emit(ws []weights) {
	for _, w := range ws {
		d := &r.fl.c.banks[w.bank]
		for k := range d.gates {
			if v := r.fl.weight(w, k); v != 0 {
				r.wires = append(r.wires, Wire{Signal{d.kind == Input, d.gate + uint64(k)}, v})
			}
		}
	}
}
