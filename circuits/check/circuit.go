package check

import (
	"fmt"
	"math/bits"

	"tc0/circuits/threshold"
)

// Limits bound a circuit; 0 is no limit.
type Limits struct {
	MaxDepth      int
	MaxGates      uint64
	MaxWeightBits int
}

// circuitView is what the checker reads of a threshold circuit; see arithView.
type circuitView interface {
	Gates() uint64
	Inputs() uint64
	Banks() int
	Bank(int) threshold.Bank
	Forms() int
	FormParts(int) (int64, []threshold.Term)
	FormRange(int) (lo, hi int64)
	Tables() int
	Table(threshold.Table) []int64
	Stages() []string
	Outputs() [][]threshold.Output
	Stats() threshold.Stats
}

// Circuit checks a threshold circuit alone: what its builder promises, worked out
// again from the banks and forms, and the limits. It lists every fault.
func Circuit(c *threshold.Circuit, l Limits) []Finding { return checkCircuit(c, l) }

func checkCircuit(c circuitView, l Limits) []Finding {
	k := &circuitCheck{
		c: c, forms: make([]formFacts, c.Forms()), banks: make([]bankFacts, c.Banks()),
		spans: map[partSpan]span64{}, sorted: map[[2]int]int{},
	}
	for b := range k.banks {
		d := c.Bank(b)
		k.banks[b] = bankFacts{kind: d.Kind, gates: d.Gates}
		if d.Gates > 0 {
			k.banks[b].depth = d.Depth // until it is worked out, if it can be
		}
	}
	k.interleave()
	k.numbering()
	k.outputs()
	k.limits(l)
	return k.findings
}

// formFacts are what is worked out of a form.
type formFacts struct {
	lo, hi int64
	weight uint64 // bound of |weight| and |constant| when written out over gates
	depth  int
	latest int // last bank that it reads, -1 for none
	banks  int // banks that it reads, 2 for more than one
	known  bool
}

// weigh adds the weights of a term, at most most each, unless they leave 62 bits.
func (x *formFacts) weigh(coef int64, most uint64) bool {
	hi, lo := bits.Mul64(magnitude(coef), most)
	if hi != 0 || lo >= 1<<62 || x.weight+lo >= 1<<62 {
		return false
	}
	x.weight += lo
	return true
}

type bankFacts struct {
	kind  threshold.Kind
	gates int64
	depth int
}

type partSpan struct {
	kind  threshold.Kind
	table threshold.Table
	off   int32
	gates int64
}

// span64 is the range of a sum over gates and its largest absolute weight.
type span64 struct {
	lo, hi int64
	most   uint64
	ok     bool
}

type circuitCheck struct {
	c        circuitView
	forms    []formFacts
	banks    []bankFacts
	spans    map[partSpan]span64
	sorted   map[[2]int]int // first fall of the thresholds of a table from an offset
	depth    int
	findings []Finding
}

func (k *circuitCheck) report(id string, p Place, format string, args ...any) {
	k.findings = append(k.findings, Finding{id, p, fmt.Sprintf(format, args...)})
}

// interleave goes through forms and banks in an order in which everything comes
// after what it may read: a bank once the forms before it are done. Forms do not
// say where they stand among the banks, but they read earlier banks only, so a form
// is done when a bank asks for it or at the end.
func (k *circuitCheck) interleave() {
	next := 0
	upTo := func(f int) {
		for ; next <= f && next < len(k.forms); next++ {
			k.form(next)
		}
	}
	for b := range k.banks {
		d := k.c.Bank(b)
		switch d.Kind {
		case threshold.Level, threshold.Digit:
			upTo(d.Form)
		case threshold.And, threshold.Pairs:
			for _, list := range d.Lists {
				for _, f := range list {
					upTo(int(f))
				}
			}
		}
		k.bank(b, &d)
	}
	upTo(len(k.forms) - 1)
}

// form works out a form's range and depth.
func (k *circuitCheck) form(f int) {
	constant, terms := k.c.FormParts(f)
	x := formFacts{lo: constant, hi: constant, weight: magnitude(constant), latest: -1, known: true}
	fits := x.weight < 1<<62
	for i, t := range terms {
		s, ok := k.term(f, i, t, &x)
		x.known = x.known && ok
		if !ok {
			continue
		}
		if t.Coef < 0 {
			s.lo, s.hi = s.hi, s.lo
		}
		fits = fits && mulAdd(&x.lo, t.Coef, s.lo) && mulAdd(&x.hi, t.Coef, s.hi) && x.weigh(t.Coef, s.most)
	}
	k.forms[f] = x
	switch lo, hi := k.c.FormRange(f); {
	case !x.known:
	case !fits:
		k.report(idRange, Place{"form", f, -1}, "its range, or its weights written out, do not fit in 62 bits")
		k.forms[f].known = false
	case lo != x.lo || hi != x.hi:
		k.report(idRange, Place{"form", f, -1}, "range %d..%d, proved %d..%d", lo, hi, x.lo, x.hi)
	}
}

// term is the range of a term's sum and notes what the form reads through it.
func (k *circuitCheck) term(f, i int, t threshold.Term, x *formFacts) (span64, bool) {
	place := Place{"form", f, int64(i)}
	if g, isForm := t.Ref.Form(); isForm {
		if g >= f {
			k.report(idOrder, place, "reads form %d, which does not come before it", g)
			return span64{}, false
		}
		y := &k.forms[g]
		x.depth, x.latest, x.banks = max(x.depth, y.depth), max(x.latest, y.latest), x.banks+y.banks
		return span64{y.lo, y.hi, y.weight, true}, y.known
	}
	b := int(t.Ref)
	if b >= len(k.banks) {
		k.report(idOrder, place, "reads bank %d, which does not exist", b)
		return span64{}, false
	}
	d := &k.banks[b]
	x.latest, x.banks = max(x.latest, b), x.banks+1
	if d.gates > 0 {
		x.depth = max(x.depth, d.depth)
	}
	if t.Table == threshold.Ones {
		if d.kind == threshold.Input {
			return span64{1, 1, 1, true}, true
		}
		return span64{0, d.gates, 1, true}, true
	}
	if !k.part(t.Table, int64(t.Off), d.gates) {
		k.report(idTable, place, "entries [%d,+%d) of table %d do not exist", t.Off, d.gates, t.Table)
		return span64{}, false
	}
	key := partSpan{d.kind, t.Table, t.Off, d.gates}
	s, ok := k.spans[key]
	if !ok {
		s = spanOf(d.kind, k.c.Table(t.Table)[t.Off:int64(t.Off)+d.gates])
		k.spans[key] = s
	}
	if !s.ok {
		k.report(idRange, place, "the weights of table %d do not fit in 62 bits", t.Table)
	}
	return s, s.ok
}

func (k *circuitCheck) part(t threshold.Table, off, count int64) bool {
	return t >= 0 && int(t) < k.c.Tables() && off >= 0 && count >= 0 && off+count <= int64(len(k.c.Table(t)))
}

// spanOf is the range of a weighted sum over a bank's gates: one input bit is 1,
// gates of levels and digits come on in order, conjunctions are free.
func spanOf(kind threshold.Kind, w []int64) span64 {
	s := span64{ok: true}
	prefix := int64(0)
	for i, x := range w {
		s.most = max(s.most, magnitude(x))
		switch kind {
		case threshold.Input:
			if i == 0 {
				s.lo, s.hi = x, x
			}
			s.lo, s.hi = min(s.lo, x), max(s.hi, x)
		case threshold.Level, threshold.Digit:
			s.ok = s.ok && mulAdd(&prefix, 1, x)
			s.lo, s.hi = min(s.lo, prefix), max(s.hi, prefix)
		default:
			s.ok = s.ok && mulAdd(&s.lo, 1, min(x, 0)) && mulAdd(&s.hi, 1, max(x, 0))
		}
	}
	return s
}

// mulAdd adds a·b to sum unless the result leaves 62 bits.
func mulAdd(sum *int64, a, b int64) bool {
	hi, lo := bits.Mul64(magnitude(a), magnitude(b))
	if hi != 0 || lo >= 1<<62 {
		return false
	}
	x := addSat(*sum, a*b)
	if magnitude(x) >= 1<<62 {
		return false
	}
	*sum = x
	return true
}

// numbering checks that gates and input bits are numbered one after the other.
func (k *circuitCheck) numbering() {
	var gates, inputs uint64
	for b := range k.banks {
		d := k.c.Bank(b)
		next := &gates
		if d.Kind == threshold.Input {
			next = &inputs
		}
		if d.First != *next {
			k.report(idNumber, Place{"bank", b, -1}, "its first number is %d, expected %d", d.First, *next)
		}
		*next += uint64(d.Gates)
	}
	if gates != k.c.Gates() || inputs != k.c.Inputs() {
		k.report(idCount, Place{"circuit", 0, -1}, "%d gates and %d input bits, counted %d and %d", k.c.Gates(), k.c.Inputs(), gates, inputs)
	}
}

func (k *circuitCheck) outputs() {
	for t, o := range k.c.Outputs() {
		for class, g := range o {
			place := Place{"output", t, int64(class)}
			switch b := int(g.Bank); {
			case b < 0 || b >= len(k.banks) || g.Gate < 0 || g.Gate >= k.banks[b].gates:
				k.report(idOutput, place, "gate %d of bank %d does not exist", g.Gate, b)
			case k.banks[b].kind == threshold.Input:
				k.report(idOutput, place, "bank %d holds input bits", b)
			}
		}
	}
}
