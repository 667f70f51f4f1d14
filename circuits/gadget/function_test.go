package gadget

import (
	"bytes"
	"encoding/binary"
	"flag"
	"fmt"
	"hash/fnv"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func (f Function) String() string {
	return fmt.Sprintf("%v in 2^%d/%d out 2^%d codes %d..%d eps %v", f.Kind, f.InExp, f.InDen, f.OutExp, f.Lo, f.Hi, f.Eps)
}

// failer is what a test, a benchmark and a property have in common.
type failer interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
}

func mustSteps(t failer, f Function) Steps {
	t.Helper()
	s, err := f.Steps()
	if err != nil {
		t.Fatal(err)
	}
	requireValid(t, f, s)
	return s
}

// requireValid checks what every Steps promises.
func requireValid(t failer, f Function, s Steps) {
	t.Helper()
	if len(s.Values) != len(s.Thresholds)+1 || int64(len(s.Thresholds)) > 2*(f.Hi-f.Lo) {
		t.Fatalf("%v: %d values, %d thresholds", f, len(s.Values), len(s.Thresholds))
	}
	for i, v := range s.Values {
		if v < f.Lo || v > f.Hi || i > 0 && v == s.Values[i-1] {
			t.Fatalf("%v: value %d is %d", f, i, v)
		}
	}
	for i, at := range s.Thresholds {
		if at <= -formLimit || at > formLimit || i > 0 && at <= s.Thresholds[i-1] {
			t.Fatalf("%v: threshold %d is %d", f, i, at)
		}
	}
}

// TestStepsExhaustively compares every F of a window with the oracle: fine and
// coarse inputs, both clips, both tails, ties, the bottoms of the valleys
// between codes and between integers, denominators, and scales above 1.
func TestStepsExhaustively(t *testing.T) {
	for _, c := range []struct {
		f        Function
		from, to int64
	}{
		{Function{Kind: Identity, InExp: -4, InDen: 3, OutExp: -2, Lo: -50, Hi: 70}, -1500, 1500},
		{Function{Kind: Identity, InExp: 2, InDen: 5, OutExp: 0, Lo: -50, Hi: 70}, -200, 200},
		{Function{Kind: Identity, InExp: 0, InDen: 1, OutExp: 3, Lo: -3, Hi: 4}, -50, 50},
		{Function{Kind: Identity, InExp: -3, InDen: 1, OutExp: -6, Lo: -100, Hi: 100}, -50, 50},
		{Function{Kind: RSqrt, InExp: -6, InDen: 7, OutExp: -4, Lo: 0, Hi: 255, Eps: 1e-5}, -20, 2000},
		{Function{Kind: RSqrt, InExp: -2, InDen: 1, OutExp: -1, Lo: 0, Hi: 9}, -5, 300},
		{Function{Kind: RSqrt, InExp: -3, InDen: 1, OutExp: -2, Lo: 1, Hi: 30, Eps: -0.75}, -5, 300},
		{Function{Kind: RSqrt, InExp: 1, InDen: 3, OutExp: 1, Lo: -4, Hi: 9, Eps: 0.01}, -5, 100},
		{Function{Kind: SiLU, InExp: -6, InDen: 1, OutExp: -5, Lo: -20, Hi: 120}, -800, 600},
		{Function{Kind: SiLU, InExp: -5, InDen: 3, OutExp: -9, Lo: -142, Hi: 120}, -1500, 300},
		{Function{Kind: SiLU, InExp: 0, InDen: 1, OutExp: -6, Lo: -100, Hi: 1000}, -64, 64},
		{Function{Kind: SiLU, InExp: 2, InDen: 1, OutExp: -3, Lo: -100, Hi: 1000}, -16, 16},
		{Function{Kind: SiLU, InExp: 0, InDen: 7, OutExp: -12, Lo: -2000, Hi: 500}, -120, 10},
		{Function{Kind: SiLU, InExp: -3, InDen: 1, OutExp: 1, Lo: -3, Hi: 40}, -100, 512},
		{Function{Kind: SiLU, InExp: -4, InDen: 1, OutExp: -6, Lo: -5, Hi: 5}, -200, 50},
		{Function{Kind: SiLU, InExp: -4, InDen: 1, OutExp: -6, Lo: 3, Hi: 9}, -200, 50},
		{Function{Kind: SiLU, InExp: -4, InDen: 1, OutExp: -6, Lo: -90, Hi: -7}, -200, 50},
		{Function{Kind: GELU, InExp: -6, InDen: 1, OutExp: -7, Lo: -127, Hi: 127}, -600, 200},
		{Function{Kind: GELU, InExp: -5, InDen: 3, OutExp: -10, Lo: -200, Hi: 300}, -700, 100},
		{Function{Kind: GELU, InExp: 0, InDen: 1, OutExp: -8, Lo: -200, Hi: 2000}, -20, 20},
		{Function{Kind: GELU, InExp: 0, InDen: 5, OutExp: -30, Lo: -200000000, Hi: -1}, -50, 10},
		{Function{Kind: Softplus, InExp: -5, InDen: 1, OutExp: -3, Lo: 0, Hi: 255}, -300, 1100},
		{Function{Kind: Softplus, InExp: -4, InDen: 7, OutExp: -8, Lo: 2, Hi: 700}, -800, 400},
		{Function{Kind: Softplus, InExp: 1, InDen: 1, OutExp: 2, Lo: -2, Hi: 20}, -32, 50},
		{Function{Kind: Sigmoid, InExp: -5, InDen: 1, OutExp: -8, Lo: 0, Hi: 255}, -400, 400},
		{Function{Kind: Sigmoid, InExp: -3, InDen: 5, OutExp: -6, Lo: 7, Hi: 80}, -400, 400},
		{Function{Kind: Sigmoid, InExp: -1, InDen: 1, OutExp: 0, Lo: -3, Hi: 3}, -128, 128},
		{Function{Kind: Sigmoid, InExp: 3, InDen: 1, OutExp: 1, Lo: -3, Hi: 3}, -8, 8},
		{Function{Kind: Decay, InExp: -5, InDen: 1, OutExp: -8, Lo: 0, Hi: 255}, -50, 400},
		{Function{Kind: Decay, InExp: -4, InDen: 3, OutExp: -5, Lo: 0, Hi: 200}, -200, 400},
		{Function{Kind: Decay, InExp: 0, InDen: 1, OutExp: 3, Lo: -1, Hi: 1000}, -50, 50},
		{Function{Kind: Decay, InExp: -1, InDen: 1, OutExp: 1, Lo: -1, Hi: 5}, -50, 50},
	} {
		s := mustSteps(t, c.f)
		for at := c.from; at <= c.to; at++ {
			requireCode(t, c.f, at, s.At(at))
		}
	}
}

// anyFunction draws a format with few codes, fine or coarse, of any kind.
func anyFunction(t *rapid.T) Function {
	f := Function{
		Kind:   Kind(rapid.IntRange(0, len(kindNames)-1).Draw(t, "kind")),
		InExp:  rapid.IntRange(-62, 6).Draw(t, "in"),
		InDen:  rapid.SampledFrom([]int64{1, 1, 1, 3, 24, 1 << 40, 1<<62 - 1}).Draw(t, "den"),
		OutExp: rapid.IntRange(-30, 4).Draw(t, "out"),
		Eps:    rapid.SampledFrom([]float64{0, 1e-5, 1e-12, 0.5, -1}).Draw(t, "eps"),
	}
	if f.Kind == RSqrt && rapid.Bool().Draw(t, "large") {
		f.Lo = rapid.Int64Range(0, 1<<20).Draw(t, "lo")
	} else {
		f.Lo = rapid.Int64Range(-1<<8, 1<<8).Draw(t, "lo")
	}
	f.Hi = f.Lo + rapid.Int64Range(0, 40).Draw(t, "codes")
	return f
}

// TestChangePointsAgainstOracle re-decides both sides of every change point within the
// oracle's reach.
func TestChangePointsAgainstOracle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := anyFunction(t)
		s := mustSteps(t, f)
		for l, at := range s.Thresholds {
			if x, _ := scaledRat(at, f.InExp, f.InDen).Float64(); math.Abs(x) > oracleReach(f.Kind) {
				continue
			}
			requireCode(t, f, at-1, s.Values[l])
			requireCode(t, f, at, s.Values[l+1])
		}
	})
}

// TestFinestArguments: neighbouring F closer than the polynomials resolve, by the
// denominator and by the scale.
func TestFinestArguments(t *testing.T) {
	for _, f := range []Function{
		{Kind: Decay, InExp: -6, InDen: 1<<62 - 1, OutExp: -14, Lo: 1<<14 - 60, Hi: 1<<14 + 60},
		{Kind: Sigmoid, InExp: -72, InDen: 1, OutExp: -20, Lo: 1<<19 - 60, Hi: 1<<19 + 60},
		{Kind: SiLU, InExp: -75, InDen: 5, OutExp: -24, Lo: -60, Hi: 60},
		{Kind: Softplus, InExp: -70, InDen: 3, OutExp: -20, Lo: 726817 - 60, Hi: 726817 + 60},
	} {
		s := mustSteps(t, f)
		if len(s.Thresholds) < 50 {
			t.Fatalf("%v: %d change points", f, len(s.Thresholds))
		}
		for l, at := range s.Thresholds {
			requireCode(t, f, at-1, s.Values[l])
			requireCode(t, f, at, s.Values[l+1])
		}
	}
}

// TestLargeTables takes the oracle to the change points of tables as the compiler
// makes them: some 200 of each, evenly spread.
func TestLargeTables(t *testing.T) {
	for _, f := range tables(16) {
		s := mustSteps(t, f)
		if n := len(s.Thresholds); n < 1<<14 {
			t.Fatalf("%v: only %d change points", f, n)
		}
		for l := 0; l < len(s.Thresholds); l += len(s.Thresholds)/200 + 1 {
			requireCode(t, f, s.Thresholds[l]-1, s.Values[l])
			requireCode(t, f, s.Thresholds[l], s.Values[l+1])
		}
	}
}

// TestSoftplusFallsAtItsCut: log(1+exp(20)) is 2.06e-9 above 20, where PyTorch
// goes on with 20.
func TestSoftplusFallsAtItsCut(t *testing.T) {
	f := Function{Kind: Softplus, InExp: -36, InDen: 1, OutExp: -33, Lo: 20<<33 - 4, Hi: 20<<33 + 30}
	s := mustSteps(t, f)
	cut := int64(20)<<36 + 1
	if before, after := s.At(cut-1), s.At(cut); before != 20<<33+18 || after != 20<<33 {
		t.Errorf("codes %d and %d around the cut", before-20<<33, after-20<<33)
	}
	for at := cut - 500; at < cut+500; at++ {
		requireCode(t, f, at, s.At(at))
	}
}

// TestReach: where the range of forms covers a part of the codes only.
func TestReach(t *testing.T) {
	for _, c := range []struct {
		f           Function
		first, last int64
	}{
		{Function{Kind: Identity, InExp: -61, InDen: 1, OutExp: -4, Lo: -100, Hi: 100}, -16, 16},
		{Function{Kind: Identity, InExp: -30, InDen: 1 << 40, OutExp: -12, Lo: -100, Hi: 100}, -8, 8},
		{Function{Kind: Identity, InExp: -90, InDen: 1, OutExp: -4, Lo: -9, Hi: 9}, 0, 0},
		{Function{Kind: Identity, InExp: -90, InDen: 1, OutExp: -4, Lo: 3, Hi: 9}, 3, 3},
		{Function{Kind: SiLU, InExp: -90, InDen: 1, OutExp: -4, Lo: -9, Hi: 9}, 0, 0},
		{Function{Kind: SiLU, InExp: -62, InDen: 1, OutExp: -4, Lo: -9, Hi: 9}, -3, 5},
		{Function{Kind: GELU, InExp: -61, InDen: 1, OutExp: -6, Lo: -99, Hi: 99}, -10, 54},
		{Function{Kind: Decay, InExp: -61, InDen: 1, OutExp: -4, Lo: 0, Hi: 99}, 43, 6},
		{Function{Kind: Decay, InExp: -61, InDen: 1, OutExp: -80, Lo: 0, Hi: 99}, 99, 99},
		{Function{Kind: Sigmoid, InExp: -1000, InDen: 1, OutExp: -4, Lo: 0, Hi: 99}, 8, 8},
		{Function{Kind: Sigmoid, InExp: 1000, InDen: 1, OutExp: -4, Lo: 0, Hi: 99}, 0, 16},
		{Function{Kind: SiLU, InExp: 1000, InDen: 1, OutExp: -4, Lo: -9, Hi: 9}, 0, 9},
		{Function{Kind: Softplus, InExp: -1000, InDen: 1, OutExp: -4, Lo: 0, Hi: 99}, 11, 11},
		{Function{Kind: RSqrt, InExp: -1000, InDen: 1, OutExp: -4, Lo: 0, Hi: 99, Eps: 1}, 16, 16},
		{Function{Kind: RSqrt, InExp: -1000, InDen: 1, OutExp: -4, Lo: 0, Hi: 99}, 99, 99},
	} {
		s := mustSteps(t, c.f)
		if first, last := s.At(-formLimit), s.At(formLimit); first != c.first || last != c.last {
			t.Errorf("%v: codes %d..%d, want %d..%d", c.f, first, last, c.first, c.last)
		}
	}
}

func TestRefusals(t *testing.T) {
	good := Function{Kind: SiLU, InExp: -6, InDen: 1, OutExp: -4, Lo: -9, Hi: 9}
	for _, c := range []struct {
		change func(*Function)
		want   string
	}{
		{func(f *Function) { f.Kind = 99 }, "step: unknown function kind(99)"},
		{func(f *Function) { f.Lo = 10 }, "step silu: empty code range [10,9]"},
		{func(f *Function) { f.Lo, f.Hi = math.MinInt64, math.MinInt64 }, "step silu: code range [-9223372036854775808,-9223372036854775808] exceeds ±2^60"},
		{func(f *Function) { f.Hi = 1 << 30 }, "step silu: code range [-9,1073741824] has more than 2^28 change points"},
		{func(f *Function) { f.InDen = 0 }, "step silu: denominator 0 is not positive"},
		{func(f *Function) { f.InExp = -1025 }, "step silu: exponents 2^-1025 and 2^-4 exceed ±1024"},
		{func(f *Function) { f.OutExp = 2000 }, "step silu: exponents 2^-6 and 2^2000 exceed ±1024"},
		{func(f *Function) { f.Kind, f.Eps = RSqrt, math.NaN() }, "step rsqrt: eps NaN is not finite"},
	} {
		f := good
		c.change(&f)
		_, err := f.Steps()
		if err == nil || err.Error() != c.want {
			t.Errorf("%v: error %v, want %s", f, err, c.want)
		}
	}
}

// tables are formats as the compiler makes them: all codes of the given bits
// over ranges of ±8 or 0..8 or 0..1, from forms of 14 bits more.
func tables(bits int) []Function {
	in, n := -bits-14, int64(1)<<bits-1
	return []Function{
		{Kind: Identity, InExp: in, InDen: 1, OutExp: 4 - bits, Lo: -n >> 1, Hi: n >> 1},
		{Kind: SiLU, InExp: in, InDen: 1, OutExp: 4 - bits, Lo: -n >> 1, Hi: n >> 1},
		{Kind: GELU, InExp: in, InDen: 1, OutExp: 4 - bits, Lo: -n >> 1, Hi: n >> 1},
		{Kind: Softplus, InExp: in, InDen: 1, OutExp: 3 - bits, Lo: 0, Hi: n},
		{Kind: Sigmoid, InExp: in, InDen: 1, OutExp: -bits, Lo: 0, Hi: n},
		{Kind: Decay, InExp: in, InDen: 1, OutExp: -bits, Lo: 0, Hi: n},
		{Kind: RSqrt, InExp: in, InDen: 32, OutExp: 4 - bits, Lo: 0, Hi: n, Eps: 1e-5},
	}
}

// TestGoldenSteps pins the tables on every platform: 4-bit tables in full, 12-bit
// ones by a hash.
func TestGoldenSteps(t *testing.T) {
	var out strings.Builder
	for _, f := range tables(4) {
		s := mustSteps(t, f)
		fmt.Fprintf(&out, "%v\n\t%v\n\t%v\n", f, s.Thresholds, s.Values)
	}
	for _, f := range tables(12) {
		s := mustSteps(t, f)
		h := fnv.New64a()
		for _, list := range [][]int64{s.Thresholds, s.Values} {
			if err := binary.Write(h, binary.LittleEndian, list); err != nil {
				t.Fatal(err)
			}
		}
		fmt.Fprintf(&out, "%v\n\t%d change points, FNV-1a %016x\n", f, len(s.Thresholds), h.Sum64())
	}
	path := filepath.Join("testdata", "steps.golden")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, []byte(out.String())) {
		t.Errorf("tables changed (-update rewrites them):\n%s", cmp.Diff(string(want), out.String()))
	}
}

// FuzzSteps: whatever the fields, an error or a valid table whose code at F is
// the code that is asked for alone. Wide code ranges are narrowed, for time.
func FuzzSteps(f *testing.F) {
	f.Add(uint8(1), -20, int64(1), -6, int64(-20), int64(60), 0.0, int64(77))
	f.Add(uint8(2), -1024, int64(7), 1024, int64(-20), int64(60), 0.0, int64(-1<<61))
	f.Add(uint8(3), 1024, int64(1), -1024, int64(0), int64(60), 0.0, int64(3))
	f.Add(uint8(6), -1000, int64(math.MaxInt64), -300, int64(1<<60-5), int64(1<<60), 5e-324, int64(9))
	f.Add(uint8(200), math.MinInt, int64(0), math.MinInt, int64(math.MinInt64), int64(math.MaxInt64), math.NaN(), int64(math.MinInt64))
	f.Fuzz(func(t *testing.T, kind uint8, in int, den int64, out int, lo, hi int64, eps float64, at int64) {
		fn := Function{Kind: Kind(kind), InExp: in, InDen: den, OutExp: out, Lo: lo, Hi: hi, Eps: eps}
		if fn.validate() == nil {
			fn.Hi = min(fn.Hi, fn.Lo+50)
		}
		s, err := fn.Steps()
		if err != nil {
			return
		}
		requireValid(t, fn, s)
		at %= formLimit
		pieces, err := fn.pieces()
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range pieces {
			if p.from <= at && at <= p.to {
				if want, err := p.code(at); err != nil || s.At(at) != want {
					t.Fatalf("%v at %d: code %d, want %d (%v)", fn, at, s.At(at), want, err)
				}
			}
		}
	})
}

func ExampleFunction_Steps() {
	relu4 := Function{Kind: Identity, InExp: -1, InDen: 1, OutExp: 0, Lo: 0, Hi: 3}
	s, _ := relu4.Steps()
	fmt.Println(s.Thresholds, s.Values)
	// Output: [1 3 5] [0 1 2 3]
}

func BenchmarkSteps(b *testing.B) {
	for _, bits := range []int{12, 16, 20} {
		for _, f := range tables(bits) {
			b.Run(fmt.Sprintf("%v/%d", f.Kind, bits), func(b *testing.B) {
				s := mustSteps(b, f) // computes the cells
				b.ReportAllocs()
				for b.Loop() {
					if _, err := f.Steps(); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(s.Thresholds)), "ns/point")
			})
		}
	}
}

func BenchmarkCells(b *testing.B) {
	for _, k := range curves {
		b.Run(k.String(), func(b *testing.B) {
			for b.Loop() {
				newCell(k, 40)
			}
		})
	}
}
