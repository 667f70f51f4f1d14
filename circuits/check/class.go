package check

import (
	"encoding/binary"
	"slices"
	"sort"

	"tc0/circuits/arith"
	"tc0/circuits/threshold"
)

// base are the form values at which a step or its banks may change, after a
// value below the first.
type base struct {
	id     int
	values []int64 // kept for a while
}

// class is what steps with equal tables, banks and reached levels share. Within a
// cell, an interval of form values, no gate changes.
type class struct {
	cells   int
	like    arith.Node // a step of the class
	prims   []primary  // its primary banks
	first   int        // where in the base's values the first cell is; for an input a cell is a token
	level   vector     // level of the step, by cell
	natural unary
	sigs    []int32 // of the primary banks
	plain   unary   // the value that the banks encode when read as levels or codes
	coded   bool    // there is such a reading
}

// classOf finds or evaluates the class of a step with these primaries.
func (v *validator) classOf(n arith.Node, prims []primary, lo, hi int64) int32 {
	for i := range prims {
		p := &prims[i]
		top := p.read(hi)
		if p.sigma < 0 {
			top = p.read(lo)
		}
		if p.Kind == threshold.Digit && p.Past > top {
			p.Past = never
		}
	}
	bs := v.baseOf(n, prims)
	reach := reachKey{bs, lo, hi}
	if id, ok := v.memo.reaches[reach]; ok {
		return id
	}
	id := v.reached(n, prims, bs, lo, hi)
	v.memo.reaches[reach] = id
	return id
}

// reached finds or evaluates the class of a step whose form goes from lo to hi.
func (v *validator) reached(n arith.Node, prims []primary, bs *base, lo, hi int64) int32 {
	values := v.valuesOf(bs, n, prims)
	points := values[1:]
	first := sort.Search(len(points), func(i int) bool { return points[i] > lo })
	last := sort.Search(len(points), func(i int) bool { return points[i] > hi })
	key := append(v.memo.key[:0], 'c')
	for _, x := range []int{bs.id, first, last} {
		key = binary.AppendUvarint(key, uint64(x))
	}
	v.memo.key = key
	if id, ok := v.memo.classAt[string(key)]; ok {
		return id
	}
	key = slices.Clone(key)
	cl := v.evaluate(n, prims, values[first:last+1])
	cl.like, cl.prims, cl.first = n, slices.Clone(prims), first
	return v.addClass(string(key), cl)
}

// leastForm is below every value of a form, and its negative fits. Borders that do
// not fit are lower: it stands for them.
const leastForm = -1 << 62

// baseOf is the base of a step with these primaries, by content.
func (v *validator) baseOf(n arith.Node, prims []primary) *base {
	th, val, off, count := v.ac.StepTables(n)
	key := v.memo.key[:0]
	add := func(xs ...int64) {
		for _, x := range xs {
			key = binary.AppendVarint(key, x)
		}
	}
	add(int64(th), int64(val), int64(off), int64(count))
	for i := range prims {
		p := &prims[i]
		add(int64(p.Kind), p.sigma, p.c, int64(p.Table), int64(p.Off), int64(p.Stride), p.Gates)
		if p.Kind == threshold.Digit {
			add(int64(p.high), int64(p.Count), int64(p.Width), p.Past)
		}
	}
	v.memo.key = key
	b, ok := v.memo.bases[string(key)]
	if !ok {
		b = &base{id: len(v.memo.bases)}
		v.memo.bases[string(key)] = b
	}
	return b
}

// valuesOf are the values of a base, which are computed again when they are forgotten.
func (v *validator) valuesOf(b *base, n arith.Node, prims []primary) []int64 {
	if b.values == nil {
		if b.values = v.changes(n, prims); len(b.values) > smallBase {
			v.remember(b)
		}
	}
	return b.values
}

const (
	smallBase   = 1 << 12 // values that are kept for good
	recentBases = 4       // how many larger bases keep theirs
)

// remember keeps the values of one more base and forgets those of the oldest.
func (v *validator) remember(b *base) {
	if len(v.memo.recent) == recentBases {
		v.memo.recent[0].values = nil
		v.memo.recent = slices.Delete(v.memo.recent, 0, 1)
	}
	v.memo.recent = append(v.memo.recent, b)
}

// changes are the values of a base.
func (v *validator) changes(n arith.Node, prims []primary) []int64 {
	_, values, _ := v.ac.Step(n)
	for i := range prims {
		values = union(values, v.points(&prims[i]))
	}
	at := sort.Search(len(values), func(i int) bool { return values[i] > leastForm })
	return append([]int64{leastForm}, values[at:]...)
}

// points are the form values, ascending, from which on a gate of the bank changes.
func (v *validator) points(p *primary) []int64 {
	table, count, stride := v.tc.Table(p.Table)[p.Off:], int(p.Gates), p.Stride
	if p.Kind == threshold.Digit {
		count, stride = p.Count, 1
	}
	points := make([]int64, 0, count+1)
	for k := range count {
		points = append(points, p.point(table[k*stride]))
	}
	if p.sigma < 0 {
		slices.Reverse(points)
	}
	if p.Kind == threshold.Digit && p.Past != never {
		points = union(points, []int64{p.point(p.Past)})
	}
	return points
}

// union merges ascending lists; it may return one of them.
func union(a, b []int64) []int64 {
	if slices.Equal(a, b) {
		return a
	}
	out := make([]int64, 0, len(a)+len(b))
	for len(a) > 0 || len(b) > 0 {
		if len(b) == 0 || len(a) > 0 && a[0] <= b[0] {
			out, a = append(out, a[0]), a[1:]
		} else {
			out, b = append(out, b[0]), b[1:]
		}
	}
	return slices.Compact(out)
}

// cursor counts the thresholds that are at most x. Calls with x in order, up or
// down, cost one pass over the thresholds together.
type cursor struct {
	table  []int64 // ascending
	stride int
	below  int
	count  int
}

func (c *cursor) level(x int64) int {
	for c.below < c.count && c.table[c.below*c.stride] <= x {
		c.below++
	}
	for c.below > 0 && c.table[(c.below-1)*c.stride] > x {
		c.below--
	}
	return c.below
}

// evaluate computes the step and its primary banks at every cell.
func (v *validator) evaluate(n arith.Node, prims []primary, rep []int64) class {
	_, thresholds, vals := v.ac.Step(n)
	cl := class{cells: len(rep)}
	levels := v.cells(len(rep))
	at := cursor{table: thresholds, stride: 1, count: len(thresholds)}
	for c, f := range rep {
		levels[c] = int64(at.level(f))
	}
	cl.level = pack(levels)
	for c, level := range levels {
		levels[c] = vals[level]
	}
	cl.natural = v.unary(levels)
	for i := range prims {
		var g signature
		if p := &prims[i]; p.Kind == threshold.Level {
			g = v.levelGates(p, rep)
		} else {
			g = v.digitGates(p, &v.memo.sigs[cl.sigs[p.high]], rep)
		}
		cl.sigs = append(cl.sigs, v.memo.addSignature(g))
	}
	v.decode(&cl, prims, vals)
	return cl
}

// levelGates evaluates the gates of a level bank, whose thresholds ascend.
func (v *validator) levelGates(p *primary, rep []int64) signature {
	levels := v.cells(len(rep))
	at := cursor{table: v.tc.Table(p.Table)[p.Off:], stride: p.Stride, count: int(p.Gates)}
	for c, f := range rep {
		levels[c] = int64(at.level(p.read(f)))
	}
	return thermometerOf(p, levels)
}

func thermometerOf(p *primary, levels []int64) signature {
	return signature{kind: thermometer, gates: p.Gates, cells: len(levels), level: pack(levels)}
}

// digitGates evaluates the gates of a low digit by their definition: with the
// first h gates of the higher digit on, the weights telescope to the border
// of code h·2^width + k, so that gate k compares the form with it. Borders ascend, and
// a value that reaches the missing ones is above all others: so the gates that are
// on are the first ones.
func (v *validator) digitGates(p *primary, high *signature, rep []int64) signature {
	borders := v.tc.Table(p.Table)[p.Off : p.Off+p.Count]
	if p.Count > 0 && p.Past < borders[p.Count-1] {
		return v.anyDigitGates(p, borders, high, rep)
	}
	levels := v.cells(len(rep))
	high.level.addTo(levels, 1)
	at := cursor{table: borders, stride: 1, count: p.Count}
	for c, f := range rep {
		x := p.read(f)
		on := int64(at.level(x)) - levels[c]<<p.Width
		if p.Past != never && x >= p.Past {
			on = p.Gates
		}
		levels[c] = min(max(on, 0), p.Gates)
	}
	return thermometerOf(p, levels)
}

// anyDigitGates is digitGates where the missing borders are below others.
func (v *validator) anyDigitGates(p *primary, borders []int64, high *signature, rep []int64) signature {
	g := signature{kind: anyGates, gates: p.Gates, cells: len(rep), bits: make([][]bool, len(rep))}
	for c, f := range rep {
		x := p.read(f)
		g.bits[c] = make([]bool, p.Gates)
		for k := range g.bits[c] {
			border := p.Past
			if code := int(high.level.at(c))<<p.Width + k + 1; code <= p.Count {
				border = borders[code-1]
			}
			g.bits[c][k] = border != never && x >= border
		}
	}
	return g
}

// decode reads the banks as the package's own lowering would: one bank of levels
// whose values are the step's, or the codes of one or two digits per part.
func (v *validator) decode(cl *class, prims []primary, vals []int64) {
	if len(prims) == 0 {
		return
	}
	code := v.codes[:0]
	code = append(code, make([]int64, cl.cells)...)
	v.codes = code
	lowDigit := make([]int, len(prims))
	for i := range prims {
		if prims[i].Kind == threshold.Digit {
			lowDigit[prims[i].high] = prims[i].Width
		}
	}
	for i := range prims {
		for c, x := range v.weigh(&v.memo.sigs[cl.sigs[i]], func(int64) int64 { return 1 }) {
			code[c] += x << lowDigit[i]
		}
	}
	low := slices.Min(vals)
	cl.coded = true
	if len(prims) == 1 && prims[0].Kind == threshold.Level && prims[0].Gates == int64(len(vals)-1) {
		for c := range code {
			code[c] = vals[code[c]]
		}
	} else {
		for c := range code {
			code[c] += low
		}
	}
	cl.plain = v.unary(code)
}

// addClass keeps a class under a key.
func (v *validator) addClass(key string, cl class) int32 {
	id := int32(len(v.classes))
	v.classes = append(v.classes, cl)
	v.memo.classAt[key] = id
	return id
}

func (v *validator) inputClass(levels int) int32 {
	v.memo.key = binary.AppendUvarint(append(v.memo.key[:0], 'i'), uint64(levels))
	if id, ok := v.memo.classAt[string(v.memo.key)]; ok {
		return id
	}
	tokens := make([]int64, levels)
	for i := range tokens {
		tokens[i] = int64(i)
	}
	cl := class{cells: levels, level: pack(tokens), natural: v.unary(tokens)}
	cl.plain, cl.coded = cl.natural, true
	cl.sigs = []int32{v.memo.addSignature(signature{kind: oneHot, gates: int64(levels), cells: levels})}
	return v.addClass(string(v.memo.key), cl)
}
