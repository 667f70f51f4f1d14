package gadget

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

func (v wide) big() *big.Int {
	b := new(big.Int).Lsh(big.NewInt(v.hi), 64)
	return b.Add(b, new(big.Int).SetUint64(v.lo))
}

func drawWide(t *rapid.T, name string, bits uint) wide {
	v := wide{rapid.Int64().Draw(t, name+" high"), rapid.Uint64().Draw(t, name+" low")}
	return wideOf(new(big.Int).Rsh(v.big(), 128-bits))
}

// TestWideArithmetic compares 128-bit integers with big ones.
func TestWideArithmetic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawWide(t, "a", 127), drawWide(t, "b", 127)
		m := rapid.Uint64().Draw(t, "m")
		same := func(what string, got wide, want *big.Int) {
			if got.big().Cmp(want) != 0 {
				t.Fatalf("%s: %v, want %v", what, got.big(), want)
			}
		}
		same("plus", a.plus(b), new(big.Int).Add(a.big(), b.big()))
		same("minus", a.minus(b), new(big.Int).Sub(a.big(), b.big()))
		product := new(big.Int).Mul(a.big(), new(big.Int).SetUint64(m))
		same("scaled", a.scaled(m), product.Rsh(product, 64))
		if got, want := a.beyond(m), a.big().CmpAbs(new(big.Int).SetUint64(m)) > 0; got != want {
			t.Fatalf("%v beyond %d: %v", a.big(), m, got)
		}
		small := drawWide(t, "small", uint(rapid.IntRange(1, 100).Draw(t, "bits")))
		if got, want := small.beyond(m), small.big().CmpAbs(new(big.Int).SetUint64(m)) > 0; got != want {
			t.Fatalf("%v beyond %d: %v", small.big(), m, got)
		}
		n := rapid.Uint64Range(1, 1<<63-1).Draw(t, "n")
		rest := new(big.Int)
		want, _ := new(big.Int).DivMod(small.big(), new(big.Int).SetUint64(n), rest)
		got, exact := small.over(n)
		same("over", got, want)
		if exact != (rest.Sign() == 0) {
			t.Fatalf("%v over %d: exact %v", small.big(), n, exact)
		}
		k, by := rapid.Int64Range(-1<<61, 1<<61).Draw(t, "k"), rapid.IntRange(-140, 140).Draw(t, "by")
		if rapid.Bool().Draw(t, "short") {
			k >>= rapid.IntRange(0, 62).Draw(t, "cut")
		}
		full := new(big.Int).Lsh(big.NewInt(k), uint(max(0, by)))
		got, exact, ok := shiftedWide(k, by)
		if ok != (big.NewInt(k).BitLen()+by <= 126) {
			t.Fatalf("%d·2^%d: ok %v", k, by, ok)
		}
		if ok {
			same("shifted", got, shift(full, min(0, by)))
			back := shift(got.big(), -min(0, by))
			if exact != (back.Cmp(full) == 0) {
				t.Fatalf("%d·2^%d: exact %v", k, by, exact)
			}
		}
	})
}

// curves are the kinds that have cells.
var curves = []Kind{SiLU, GELU, Softplus, Sigmoid, Decay}

// TestCells: at random places, and at the far end of every cell with |x| < 9, where the
// remainder is largest.
func TestCells(t *testing.T) {
	places := rapid.OneOf(rapid.Uint64(), rapid.SampledFrom([]uint64{0, 1, 1 << 63, 1<<64 - 1}))
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.SampledFrom(curves).Draw(t, "kind")
		requireCell(t, k, rapid.Int64Range(-cellCount/2, cellCount/2-1).Draw(t, "cell"), places.Draw(t, "t"))
	})
	for _, k := range curves {
		for j := int64(-9 << cellBits); j < 9<<cellBits; j++ {
			requireCell(t, k, j, 1<<64-1)
		}
	}
}

// requireCell fails unless a cell's polynomial lies within its error of the function,
// and within its error and slope where the argument was rounded down.
func requireCell(t failer, k Kind, j int64, place uint64) {
	t.Helper()
	const p = 2 * leastBits
	c := cellAt(k, j)
	if c.err == undecidable {
		return
	}
	for n, bits := 0, 126; n <= degree; n++ {
		if n >= c.narrow {
			bits = 62
		}
		if got := c.terms[n].big().BitLen(); got > bits {
			t.Fatalf("%v cell %d: term %d has %d bits", k, j, n, got)
		}
	}
	x := new(big.Int).Lsh(wide{j, place}.big(), uint(p)-cellBits-64)
	got := new(big.Int).Lsh(c.at(place).big(), uint(p))
	limit := new(big.Int).SetUint64(c.err)
	for _, moved := range []bool{false, true} {
		if moved { // almost to the next place
			x.Add(x, shift2(uint(p)-cellBits-64)).Sub(x, units(1))
			limit.Add(limit, new(big.Int).SetUint64(c.slope))
		}
		truth := k.value(p, enclosure{x, new(big.Int)})
		off := new(big.Int).Sub(got, shift(truth.mid, c.unit))
		bound := new(big.Int).Lsh(limit, uint(p))
		bound.Add(bound, shift(truth.err, c.unit))
		if off.CmpAbs(bound) > 0 {
			t.Fatalf("%v cell %d at %d (moved %v): off by %v, bound %v", k, j, place, moved, off, bound)
		}
	}
}

// TestCellsDecide: the bounds of the cells that tables meet are small enough to decide
// nearly everything, beside being right.
func TestCellsDecide(t *testing.T) {
	for k, from := range map[Kind]int64{SiLU: -40, GELU: -8, Softplus: -40, Sigmoid: -40, Decay: -8} {
		for j := from << cellBits; j < 40<<cellBits; j += 7 {
			c := cellAt(k, j)
			if c.err > 1<<34 || c.unit < 106 {
				t.Errorf("%v cell %d: error %d units of 2^-%d", k, j, c.err, c.unit)
			}
		}
	}
}

// TestTaylorAgreesWithEnclosures compares the two arithmetics where the first decides,
// within a few F of the borders.
func TestTaylorAgreesWithEnclosures(t *testing.T) {
	decided := 0
	rapid.Check(t, func(t *rapid.T) {
		f := Function{
			Kind:   rapid.SampledFrom(curves).Draw(t, "kind"),
			InExp:  rapid.IntRange(-120, -2).Draw(t, "in"),
			InDen:  rapid.SampledFrom([]int64{1, 1, 3, 1<<40 + 1}).Draw(t, "den"),
			OutExp: rapid.IntRange(-40, 2).Draw(t, "out"), Lo: -codeLimit, Hi: codeLimit,
		}
		x := rapid.Float64Range(-8, 20).Draw(t, "x")
		at := f.floorOf(big.NewInt(int64(x*0x1p40)), -40)
		if at < -formLimit || at >= formLimit || at == 0 {
			return
		}
		d := f.difference(at, 1, 512) // Kind(x) in steps, roughly, names a border nearby
		c := shift(d.mid, -512-f.OutExp)
		if !c.IsInt64() || max(c.Int64(), -c.Int64()) > 1<<59 {
			return
		}
		border := c.Int64() + rapid.Int64Range(0, 2).Draw(t, "border")
		for off := int64(-2); off <= 2; off++ {
			above, _, ok := f.taylorAbove(at+off, border)
			if at+off == 0 || !ok {
				continue
			}
			decided++
			if s := f.difference(at+off, border, 1024).sign(); s == 0 || (s > 0) != above {
				t.Fatalf("%v at %d against %d: %v by the polynomial, sign %d by the enclosure", f, at+off, border, above, s)
			}
		}
	})
	if decided == 0 {
		t.Fatal("polynomials decided no case: the test shows nothing")
	}
}
