package check

import (
	"encoding/binary"
	"slices"
	"sort"

	"tc0/circuits/arith"
	"tc0/circuits/threshold"
)

// base are the form values at which a step or its banks may change.
type base struct {
	id     int
	points []int64
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
	first := sort.Search(len(bs.points), func(i int) bool { return bs.points[i] > lo })
	last := sort.Search(len(bs.points), func(i int) bool { return bs.points[i] > hi })
	key := append(v.memo.key[:0], 'c')
	for _, x := range []int{bs.id, first, last} {
		key = binary.AppendUvarint(key, uint64(x))
	}
	v.memo.key = key
	if id, ok := v.memo.classAt[string(key)]; ok {
		return id
	}
	cl := v.evaluate(n, prims, cells(bs.points, first, last))
	return v.addClass(cl)
}

// leastForm is below every value of a form, and its negative fits.
const leastForm = -1 << 62

// cells are form values in each interval between change points first … last-1.
// When the first interval has no lower end, the value below the first point
// stands for it; a lower end below all forms may be a border that did not fit.
func cells(points []int64, first, last int) []int64 {
	start := int64(0)
	switch {
	case first > 0:
		start = max(points[first-1], leastForm)
	case len(points) > 0:
		start = points[0] - 1
	}
	return append([]int64{start}, points[first:last]...)
}

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
	points = slices.Clone(points)
	for i := range prims {
		points = v.addPoints(points, &prims[i])
	}
	slices.Sort(points)
	b := &base{len(v.memo.bases), slices.Compact(points)}
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

// evaluate computes the step and its primary banks at every cell.
func (v *validator) evaluate(n arith.Node, prims []primary, rep []int64) class {
	_, thresholds, vals := v.ac.Step(n)
	cl := class{rep: rep, level: make([]int32, len(rep))}
	natural := make([]int64, len(rep))
	for c, f := range rep {
		cl.level[c] = int32(sort.Search(len(thresholds), func(i int) bool { return thresholds[i] > f }))
		natural[c] = vals[cl.level[c]]
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

// levelGates evaluates the gates of a level bank.
func (v *validator) levelGates(p *primary, rep []int64) signature {
	table := v.tc.Table(p.Table)
	g := signature{kind: thermometer, gates: p.Gates, cells: len(rep), level: make([]int32, len(rep))}
	for c, f := range rep {
		x := p.read(f)
		g.level[c] = int32(sort.Search(int(p.Gates), func(k int) bool { return table[p.Off+k*p.Stride] > x }))
	}
	return g
}

// digitGates evaluates the gates of a low digit by their definition: with the
// first h gates of the higher digit on, the weights telescope to the border
// of code h·2^width + k.
func (v *validator) digitGates(p *primary, high *signature, rep []int64) signature {
	table := v.tc.Table(p.Table)[p.Off : p.Off+p.Count]
	g := signature{kind: thermometer, gates: p.Gates, cells: len(rep), level: make([]int32, len(rep)), bits: make([][]bool, len(rep))}
	for c, f := range rep {
		x := p.read(f)
		bits := make([]bool, p.Gates)
		ones := 0
		for k := range bits {
			border := p.Past
			if code := int(high.level[c])<<p.Width + k + 1; code <= p.Count {
				border = table[code-1]
			}
			if bits[k] = border != never && x >= border; bits[k] {
				ones++
				if ones != k+1 {
					g.kind = anyGates
				}
			}
		}
		g.level[c], g.bits[c] = int32(ones), bits
	}
	if g.kind == thermometer {
		g.bits = nil
	} else {
		g.level = nil
	}
	return g
}

// decode reads the banks as the package's own lowering would: one bank of levels
// whose values are the step's, or the codes of one or two digits per part.
func (v *validator) decode(cl *class, prims []primary, vals []int64) {
	if len(prims) == 0 {
		return
	}
	code := make([]int64, len(cl.rep))
	lowDigit := make([]int, len(prims))
	for i := range prims {
		if prims[i].Kind == threshold.Digit {
			lowDigit[prims[i].high] = prims[i].Width
		}
	}
	for i := range prims {
		for c, x := range v.memo.sigs[cl.sigs[i]].weigh(func(int64) int64 { return 1 }) {
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
