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
	values []int64
}

// class is what steps with equal tables, banks and reached levels share. Within a
// cell, an interval of form values, no gate changes.
type class struct {
	rep     []int64 // a form value of each cell; for an input the token
	level   []int32 // level of the step, by cell
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
	points := bs.values[1:]
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
	cl := v.evaluate(n, prims, bs.values[first:last+1])
	return v.addClass(cl)
}

// leastForm is below every value of a form, and its negative fits. Borders that do
// not fit are lower: it stands for them.
const leastForm = -1 << 62

// baseOf are the change points of a step with these primaries, by content.
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
	if b, ok := v.memo.bases[string(key)]; ok {
		return b
	}
	_, points, _ := v.ac.Step(n)
	values := append([]int64{leastForm}, points...)
	for i := range prims {
		values = v.addPoints(values, &prims[i])
	}
	for i, x := range values {
		values[i] = max(x, leastForm)
	}
	slices.Sort(values)
	b := &base{len(v.memo.bases), slices.Clip(slices.Compact(values))}
	v.memo.bases[string(key)] = b
	return b
}

func (v *validator) addPoints(points []int64, p *primary) []int64 {
	table := v.tc.Table(p.Table)
	if p.Kind == threshold.Level {
		for k := range p.Gates {
			points = append(points, p.point(table[p.Off+int(k)*p.Stride]))
		}
		return points
	}
	for _, t := range table[p.Off : p.Off+p.Count] {
		points = append(points, p.point(t))
	}
	if p.Past != never {
		points = append(points, p.point(p.Past))
	}
	return points
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
	cl := class{rep: rep, level: make([]int32, len(rep))}
	natural := v.cells(len(rep))
	at := cursor{table: thresholds, stride: 1, count: len(thresholds)}
	for c, f := range rep {
		level := at.level(f)
		cl.level[c], natural[c] = int32(level), vals[level]
	}
	cl.natural = v.unary(natural)
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
	g := signature{kind: thermometer, gates: p.Gates, cells: len(rep), level: make([]int32, len(rep))}
	at := cursor{table: v.tc.Table(p.Table)[p.Off:], stride: p.Stride, count: int(p.Gates)}
	for c, f := range rep {
		g.level[c] = int32(at.level(p.read(f)))
	}
	return g
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
	g := signature{kind: thermometer, gates: p.Gates, cells: len(rep), level: make([]int32, len(rep))}
	at := cursor{table: borders, stride: 1, count: p.Count}
	for c, f := range rep {
		x := p.read(f)
		on := int64(at.level(x)) - int64(high.level[c])<<p.Width
		if p.Past != never && x >= p.Past {
			on = p.Gates
		}
		g.level[c] = int32(min(max(on, 0), p.Gates))
	}
	return g
}

// anyDigitGates is digitGates where the missing borders are below others.
func (v *validator) anyDigitGates(p *primary, borders []int64, high *signature, rep []int64) signature {
	g := signature{kind: anyGates, gates: p.Gates, cells: len(rep), bits: make([][]bool, len(rep))}
	for c, f := range rep {
		x := p.read(f)
		g.bits[c] = make([]bool, p.Gates)
		for k := range g.bits[c] {
			border := p.Past
			if code := int(high.level[c])<<p.Width + k + 1; code <= p.Count {
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
	code = append(code, make([]int64, len(cl.rep))...)
	v.codes = code
	lowDigit := make([]int, len(prims))
	for i := range prims {
		if prims[i].Kind == threshold.Digit {
			lowDigit[prims[i].high] = prims[i].Width
		}
	}
	for i := range prims {
		g := &v.memo.sigs[cl.sigs[i]]
		for c, x := range g.weigh(v.cells(g.cells), func(int64) int64 { return 1 }) {
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

// addClass keeps a class under the key in the key buffer.
func (v *validator) addClass(cl class) int32 {
	id := int32(len(v.classes))
	v.classes = append(v.classes, cl)
	v.memo.classAt[string(v.memo.key)] = id
	return id
}

func (v *validator) inputClass(levels int) int32 {
	v.memo.key = binary.AppendUvarint(append(v.memo.key[:0], 'i'), uint64(levels))
	if id, ok := v.memo.classAt[string(v.memo.key)]; ok {
		return id
	}
	cl := class{rep: make([]int64, levels), level: make([]int32, levels)}
	for i := range levels {
		cl.rep[i], cl.level[i] = int64(i), int32(i)
	}
	cl.natural = v.unary(cl.rep)
	cl.plain, cl.coded = cl.natural, true
	cl.sigs = []int32{v.memo.addSignature(signature{kind: oneHot, gates: int64(levels), cells: levels})}
	return v.addClass(cl)
}
