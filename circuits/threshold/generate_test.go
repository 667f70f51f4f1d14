package threshold

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// drawing makes random circuits. A plain one has positive weights only and no
// digits, so that no wire cancels out.
type drawing struct {
	t      *rapid.T
	b      *Builder
	plain  bool
	tokens []int
	banks  []int64 // gates
	forms  int
	lists  int
	stages int32
	digits []digitCheck
}

// digitCheck names banks that must agree: high·2^width + low = plain.
type digitCheck struct{ plain, high, low, width int }

func draw(t *rapid.T, plain bool) (*Circuit, *drawing) {
	d := &drawing{t: t, b: NewBuilder(), plain: plain}
	d.stages = d.b.Stage("a") + d.b.Stage("b \"quoted\"\n") + 1
	for range rapid.IntRange(1, 3).Draw(t, "inputs") {
		d.input()
	}
	d.form()
	for range rapid.IntRange(1, 10).Draw(t, "steps") {
		rapid.SampledFrom([]func(){d.form, d.form, d.level, d.level, d.digit, d.and, d.pairs, d.input}).Draw(t, "step")()
	}
	for range rapid.IntRange(0, 2).Draw(t, "positions") {
		d.output()
	}
	if err := d.b.Err(); err != nil && strings.Contains(err.Error(), "not fit in") {
		t.Skip("weights multiplied up") // the draw's fault, not the builder's
	}
	c, err := d.b.Finish()
	if err != nil {
		t.Fatal(err)
	}
	return c, d
}

func (d *drawing) int(lo, hi int) int { return rapid.IntRange(lo, hi).Draw(d.t, "int") }

func (d *drawing) tag() Tag {
	return Tag{Node: int32(d.int(-1, 9)), Part: int32(d.int(0, 2)), Stage: int32(d.int(-1, int(d.stages)-1))}
}

func (d *drawing) bank(b int) int {
	d.banks = append(d.banks, d.b.BankGates(b))
	return b
}

func (d *drawing) input() {
	n := d.int(1, 4)
	d.tokens = append(d.tokens, n)
	d.bank(d.b.Input(n, d.tag()))
}

func (d *drawing) weight() int64 {
	if d.plain {
		return int64(d.int(1, 5))
	}
	if d.int(0, 9) == 0 {
		return int64(d.int(-1<<20, 1<<20))
	}
	return int64(d.int(-3, 3))
}

func (d *drawing) form() {
	var terms []Term
	for range d.int(0, 4) {
		t := Term{Coef: d.weight(), Table: Ones}
		switch d.int(0, 3) {
		case 0:
			if d.forms > 0 {
				t.Ref = FormRef(d.int(0, d.forms-1))
				break
			}
			fallthrough
		case 1:
			t.Ref = BankRef(d.int(0, len(d.banks)-1))
		default:
			b := d.int(0, len(d.banks)-1)
			t.Ref, t.Off = BankRef(b), int32(d.int(0, 2))
			ws := make([]int64, int64(t.Off)+d.banks[b])
			for i := range ws {
				ws[i] = d.weight()
			}
			t.Table = d.b.Table(ws)
		}
		terms = append(terms, t)
	}
	d.b.Form(int64(d.int(-4, 4)), terms)
	d.forms++
}

// thresholds are n ascending thresholds about the range of f, with repeats.
func (d *drawing) thresholds(f, n int) Table {
	lo, hi := d.b.FormRange(f)
	th := make([]int64, n)
	for i := range th {
		th[i] = rapid.Int64Range(lo-2, hi+2).Draw(d.t, "threshold")
	}
	slices.Sort(th)
	return d.b.Table(th)
}

func (d *drawing) level() {
	f, stride, gates, off := d.int(0, d.forms-1), d.int(1, 2), d.int(0, 4), d.int(0, 2)
	d.bank(d.b.Level(f, d.thresholds(f, off+gates*stride), off, stride, int64(gates), d.tag()))
}

func (d *drawing) digit() {
	if d.plain {
		return
	}
	f, width, off := d.int(0, d.forms-1), d.int(1, 3), d.int(0, 2)
	count := d.int(1<<width-1, 20)
	th := d.thresholds(f, off+count)
	_, hi := d.b.FormRange(f)
	plain := d.bank(d.b.Level(f, th, off, 1, int64(count), d.tag()))
	high := d.bank(d.b.Level(f, th, off+1<<width-1, 1<<width, int64(count>>width), d.tag()))
	low := d.bank(d.b.Digit(f, high, th, off, count, width, hi+1+int64(d.int(0, 3)), d.tag()))
	d.digits = append(d.digits, digitCheck{plain, high, low, width})
}

func (d *drawing) list() int {
	forms := make([]int32, d.int(1, 4))
	for i := range forms {
		forms[i] = int32(d.int(0, d.forms-1))
	}
	d.lists++
	return d.b.List(forms)
}

func (d *drawing) and() {
	var lists []int
	for range d.int(2, 4) {
		lists = append(lists, d.list())
	}
	d.bank(d.b.And(d.tag(), lists...))
}

func (d *drawing) pairs() { d.bank(d.b.Pairs(d.tag(), d.list())) }

func (d *drawing) output() {
	var labels []Output
	for range d.int(0, 3) {
		b := d.int(0, len(d.banks)-1)
		if d.banks[b] > 0 {
			labels = append(labels, Output{int32(b), int64(d.int(0, int(d.banks[b])-1))})
		}
	}
	d.b.Output(labels)
}

func (d *drawing) word() []int {
	w := make([]int, len(d.tokens))
	for i, n := range d.tokens {
		w[i] = d.int(0, n-1)
	}
	return w
}

// benchCircuit is a circuit of about 20 000 gates of every kind.
func benchCircuit(tb testing.TB) *Circuit {
	b := NewBuilder()
	tag := Tag{Node: -1, Stage: b.Stage("bench")}
	ws := make([]int64, 16)
	for i := range ws {
		ws[i] = int64(i*i%37) - 11
	}
	table := b.Table(ws)
	th := make([]int64, 255)
	for i := range th {
		th[i] = int64(i*3) - 380
	}
	steps := b.Table(th)
	bits := make([]Table, 4)
	for j := range bits {
		w := make([]int64, 15)
		for k := range w {
			w[k] = int64((k+1)>>j&1) - int64(k>>j&1)
		}
		bits[j] = b.Table(w)
	}
	var inputs []Term
	for range 16 {
		inputs = append(inputs, Term{1, BankRef(b.Input(16, tag)), table, 0})
	}
	var list []int32
	for i := range 40 {
		f := b.Form(int64(i), append(inputs[:i%16:i%16], inputs[i%16+1:]...))
		high := b.Level(f, steps, 15, 16, 15, tag)
		b.Digit(f, high, steps, 0, 255, 4, 1<<20, tag)
		b.Level(f, steps, 0, 1, 255, tag)
		for j := range bits {
			list = append(list, int32(b.Form(0, []Term{{1, BankRef(high), bits[j], 0}})))
		}
	}
	x, y := b.List(list[:60]), b.List(list[60:120])
	and := b.And(tag, x, y)
	b.Pairs(tag, y)
	b.Output([]Output{{int32(and), 0}})
	c, err := b.Finish()
	if err != nil {
		tb.Fatal(err)
	}
	return c
}
