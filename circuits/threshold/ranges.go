package threshold

import (
	"math/bits"
	"slices"
)

// termRange proves the range of one term. Gates of level and digit banks form a
// thermometer, so their weighted sum is a prefix sum; exactly one input bit of a
// token is 1; gates of and banks are taken as free.
func (b *Builder) termRange(t Term) (lo, hi int64, depth int32, ok bool) {
	if f, isForm := t.Ref.Form(); isForm {
		if f >= len(b.c.forms) {
			b.fail("form %d does not exist yet", f)
			return 0, 0, 0, false
		}
		d := &b.c.forms[f]
		lo, hi, depth = d.lo, d.hi, d.depth
	} else {
		if int(t.Ref) >= len(b.c.banks) {
			b.fail("bank %d does not exist yet", t.Ref)
			return 0, 0, 0, false
		}
		d := &b.c.banks[t.Ref]
		if d.gates > 0 {
			depth = d.depth
		}
		if t.Table == Ones {
			lo, hi = 0, d.gates
			if d.kind == Input {
				lo, hi = 1, 1
			}
		} else {
			if int(t.Table) >= len(b.c.tables) || t.Table < 0 || t.Off < 0 || int64(t.Off)+d.gates > int64(len(b.c.tables[t.Table])) {
				b.fail("weights [%d,+%d) of table %d do not exist", t.Off, d.gates, t.Table)
				return 0, 0, 0, false
			}
			e, fits := b.extentOf(d, t.Table, t.Off)
			if !fits {
				b.fail("weights of table %d do not fit in 62 bits", t.Table)
				return 0, 0, 0, false
			}
			lo, hi = e[0], e[1]
		}
	}
	if t.Coef < 0 {
		lo, hi = hi, lo
	}
	lo, ok1 := mul(t.Coef, lo)
	hi, ok2 := mul(t.Coef, hi)
	if !ok1 || !ok2 {
		b.fail("term range does not fit in 62 bits")
	}
	return lo, hi, depth, ok1 && ok2
}

// heaviest bounds the weights that a valid term, without its coefficient, puts
// on gates.
func (b *Builder) heaviest(t Term) uint64 {
	if f, isForm := t.Ref.Form(); isForm {
		return b.c.forms[f].weight
	}
	if t.Table == Ones {
		return 1
	}
	key := partKey{t.Table, t.Off, b.c.banks[t.Ref].gates}
	w, ok := b.heavy[key]
	if !ok {
		for _, v := range b.c.tables[t.Table][t.Off : int64(t.Off)+key.gates] {
			w = max(w, magnitude(v))
		}
		b.heavy[key] = w
	}
	return w
}

// extentOf is the range of Σ w_k·gate_k over a bank.
func (b *Builder) extentOf(d *bank, table Table, off int32) (e [2]int64, ok bool) {
	key := extentKey{d.kind, table, off, d.gates}
	if e, ok := b.extent[key]; ok {
		return e, true
	}
	w := b.c.tables[table][off : int64(off)+d.gates]
	switch d.kind {
	case Input:
		if len(w) > 0 {
			e = [2]int64{slices.Min(w), slices.Max(w)}
		}
	case Level, Digit:
		sum := int64(0)
		for _, v := range w {
			if sum += v; sum < -rangeLimit || sum > rangeLimit {
				return e, false
			}
			e[0], e[1] = min(e[0], sum), max(e[1], sum)
		}
	default:
		for _, v := range w {
			if v < 0 {
				e[0] += v
			} else {
				e[1] += v
			}
			if e[0] < -rangeLimit || e[1] > rangeLimit {
				return e, false
			}
		}
	}
	b.extent[key] = e
	return e, true
}

// mul is a·b, or not ok when it does not fit the range limit.
func mul(a, b int64) (int64, bool) {
	if a == 0 || b == 0 {
		return 0, true
	}
	hi, lo := bits.Mul64(magnitude(a), magnitude(b))
	if hi != 0 || lo > uint64(rangeLimit) {
		return 0, false
	}
	return a * b, true
}

func magnitude(v int64) uint64 {
	if v < 0 {
		return -uint64(v)
	}
	return uint64(v)
}
