package check

import "tc0/circuits/threshold"

// bank checks one bank and works out its depth.
func (k *circuitCheck) bank(b int, d *threshold.Bank) {
	place := Place{"bank", b, -1}
	if d.Tag.Stage >= int32(len(k.c.Stages())) {
		k.report(idTag, place, "stage %d does not exist", d.Tag.Stage)
	}
	depth, ok := 0, true
	switch d.Kind {
	case threshold.Input:
		if d.Gates < 1 {
			k.report(idNumber, place, "%d input bits", d.Gates)
		}
	case threshold.Level:
		depth, ok = k.reads(b, int32(d.Form))
		k.level(b, d)
	case threshold.Digit:
		depth, ok = k.reads(b, int32(d.Form))
		if d.High < 0 || d.High >= b {
			k.report(idOrder, place, "the higher digit is bank %d, which does not come before it", d.High)
			return
		}
		depth = max(depth, k.banks[d.High].depth)
		k.digit(b, d)
	default:
		for i, list := range d.Lists {
			for j, f := range list {
				x, fine := k.reads(b, f)
				depth, ok = max(depth, x), ok && fine
				k.bit(b, i, j, f)
			}
		}
		if want := choices(d); want != d.Gates {
			k.report(idNumber, place, "%d gates, its lists give %d", d.Gates, want)
		}
	}
	if !ok {
		return
	}
	if d.Kind != threshold.Input {
		depth++
	}
	k.banks[b].depth = depth
	k.depth = max(k.depth, depth)
	if depth != d.Depth {
		k.report(idDepth, place, "depth %d, worked out %d", d.Depth, depth)
	}
}

// reads is the depth of a form that bank b reads.
func (k *circuitCheck) reads(b int, f int32) (depth int, ok bool) {
	if f < 0 || int(f) >= len(k.forms) {
		k.report(idOrder, Place{"bank", b, -1}, "reads form %d, which does not exist", f)
		return 0, false
	}
	if x := &k.forms[f]; x.latest >= b {
		k.report(idOrder, Place{"bank", b, -1}, "reads form %d, which reads bank %d", f, x.latest)
		return 0, false
	}
	return k.forms[f].depth, true
}

// level checks a level bank's thresholds.
func (k *circuitCheck) level(b int, d *threshold.Bank) {
	place := Place{"bank", b, -1}
	last := int64(d.Off) + max(d.Gates-1, 0)*int64(d.Stride)
	if d.Stride < 1 || !k.part(d.Table, int64(d.Off), min(d.Gates, 1)) || !k.part(d.Table, last, min(d.Gates, 1)) {
		k.report(idTable, place, "thresholds %d, %d, … of table %d do not exist", d.Off, d.Off+d.Stride, d.Table)
		return
	}
	table := k.c.Table(d.Table)
	for g := int64(1); g < d.Gates; g++ {
		at := int64(d.Off) + g*int64(d.Stride)
		if table[at] < table[at-int64(d.Stride)] {
			k.report(idAscend, Place{"bank", b, g}, "threshold %d after %d", table[at], table[at-int64(d.Stride)])
		}
	}
}

// digit checks a digit bank against the bank of its higher digit.
func (k *circuitCheck) digit(b int, d *threshold.Bank) {
	place := Place{"bank", b, -1}
	if d.Width < 1 || d.Width > 30 || d.Gates != 1<<d.Width-1 {
		k.report(idNumber, place, "%d gates for a digit of %d bits", d.Gates, d.Width)
		return
	}
	if !k.part(d.Table, int64(d.Off), int64(d.Count)) {
		k.report(idTable, place, "entries [%d,+%d) of table %d do not exist", d.Off, d.Count, d.Table)
		return
	}
	table := k.c.Table(d.Table)[d.Off : d.Off+d.Count]
	for i := k.firstFall(d.Table, d.Off); i > 0 && i < d.Count; i++ {
		if table[i] < table[i-1] {
			k.report(idAscend, place, "threshold %d is %d after %d", i, table[i], table[i-1])
		}
	}
	high := k.c.Bank(d.High)
	if high.Kind != threshold.Level || high.Form != d.Form || high.Gates != int64(d.Count>>d.Width) {
		k.report(idDigitBank, place, "bank %d is not the higher digit of the same form", d.High)
		return
	}
	for h := range int(high.Gates) {
		want := table[(h+1)<<d.Width-1]
		if at := high.Off + h*high.Stride; !k.part(high.Table, int64(at), 1) || k.c.Table(high.Table)[at] != want {
			k.report(idDigitBank, place, "gate %d of bank %d does not use threshold %d", h, d.High, want)
		}
	}
	if d.Form >= 0 && d.Form < len(k.forms) && k.forms[d.Form].known && d.Past <= k.forms[d.Form].hi {
		k.report(idDigitBank, place, "the value %d for missing thresholds is not above the range of form %d", d.Past, d.Form)
	}
}

// firstFall is the first index above off, counted from it, where a table falls,
// or 0. Many banks use one table, which is looked through once.
func (k *circuitCheck) firstFall(t threshold.Table, off int) int {
	key := [2]int{int(t), off}
	at, ok := k.sorted[key]
	if !ok {
		table := k.c.Table(t)[off:]
		for i := 1; i < len(table) && at == 0; i++ {
			if table[i] < table[i-1] {
				at = i
			}
		}
		k.sorted[key] = at
	}
	return at
}

// bit checks the range of a bit form. Of forms over several banks the range says
// little, as their gates exclude each other; those are left to [Lowering].
func (k *circuitCheck) bit(b, list, bit int, f int32) {
	if f < 0 || int(f) >= len(k.forms) {
		return
	}
	if x := &k.forms[f]; x.known && (x.lo < 0 || x.hi > 1) && x.banks < 2 {
		k.report(idBitRange, Place{"bank", b, -1}, "bit %d of operand %d, form %d, ranges over %d..%d", bit, list, f, x.lo, x.hi)
	}
}

// choices is the number of gates of an and or pairs bank.
func choices(d *threshold.Bank) int64 {
	if d.Kind == threshold.Pairs {
		if len(d.Lists) != 1 {
			return -1
		}
		n := int64(len(d.Lists[0]))
		return n * (n - 1) / 2
	}
	n := int64(1)
	for _, list := range d.Lists {
		n *= int64(len(list))
	}
	return n
}
