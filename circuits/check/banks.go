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
	case threshold.And, threshold.Pairs:
		k.operands(b, d)
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
	default:
		k.report(idFormat, place, "its kind is %v", d.Kind)
		return
	}
	if !ok || d.Gates == 0 {
		return // a bank without gates has no depth
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

// What the format allows, besides numbers of 62 bits.
const (
	maxOperands = 4
	maxBits     = 62      // of an operand
	maxDigit    = 1 << 61 // for the thresholds of digits, of which gates read differences
)

// level checks a level bank's thresholds.
func (k *circuitCheck) level(b int, d *threshold.Bank) {
	place := Place{"bank", b, -1}
	if d.Gates == 0 && d.Stride >= 1 && k.part(d.Table, int64(d.Off), 0) {
		return
	}
	if d.Stride < 1 || d.Gates < 1 || !k.part(d.Table, int64(d.Off), 1) || d.Gates-1 > int64((len(k.c.Table(d.Table))-1-d.Off)/d.Stride) {
		k.report(idTable, place, "thresholds %d, %d, … of table %d do not exist", d.Off, d.Off+d.Stride, d.Table)
		return
	}
	table := k.c.Table(d.Table)
	for g := range d.Gates {
		at := int64(d.Off) + g*int64(d.Stride)
		if g > 0 && table[at] < table[at-int64(d.Stride)] {
			k.report(idAscend, Place{"bank", b, g}, "threshold %d after %d", table[at], table[at-int64(d.Stride)])
		}
		if magnitude(table[at]) >= 1<<62 {
			k.report(idFormat, Place{"bank", b, g}, "threshold %d does not fit in 62 bits", table[at])
		}
	}
}

// digit checks a digit bank against the bank of its higher digit.
func (k *circuitCheck) digit(b int, d *threshold.Bank) {
	place := Place{"bank", b, -1}
	if d.Width < 1 || d.Width > 30 || d.Gates != 1<<d.Width-1 || d.Gates > 2*int64(d.Count)+1 {
		k.report(idNumber, place, "%d gates for a digit of %d bits of a code of %d thresholds", d.Gates, d.Width, d.Count)
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
	if d.Past > maxDigit || d.Count > 0 && (table[0] < -maxDigit || table[d.Count-1] > maxDigit) {
		k.report(idFormat, place, "its thresholds do not fit in 61 bits")
	}
	k.higher(place, d, table)
}

// higher checks that the higher digit of a digit bank has every 2^width-th of its
// thresholds, and that no value reaches the missing ones.
func (k *circuitCheck) higher(place Place, d *threshold.Bank, table []int64) {
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

// operands checks the number of operands of an and or pairs bank, and of their bits.
func (k *circuitCheck) operands(b int, d *threshold.Bank) {
	place, n := Place{"bank", b, -1}, len(d.Lists)
	if d.Kind == threshold.Pairs && n != 1 || d.Kind == threshold.And && (n < 2 || n > maxOperands) {
		k.report(idFormat, place, "%d operands", n)
	}
	for i, list := range d.Lists {
		if len(list) > maxBits {
			k.report(idFormat, place, "operand %d has %d bits", i, len(list))
		}
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
	if f < 0 || int(f) >= len(k.forms) || !k.forms[f].known {
		return
	}
	x := &k.forms[f]
	if (x.lo < 0 || x.hi > 1) && x.banks < 2 {
		k.report(idBitRange, Place{"bank", b, -1}, "bit %d of operand %d, form %d, ranges over %d..%d", bit, list, f, x.lo, x.hi)
	}
	if x.weight >= 1<<62/maxOperands {
		k.report(idFormat, Place{"bank", b, -1}, "bit %d of operand %d, form %d, has weights of more than 60 bits", bit, list, f)
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
