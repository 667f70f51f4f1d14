package gadget

import (
	"fmt"
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

// quantised is the definition of a function's code in float64, good to test
// against wherever the value is not close to a half.
func quantised(f Function, at int64) (code int64, clear bool) {
	v := math.Ldexp(f.real(at), -f.OutExp)
	fl := math.Floor(v + 0.5)
	code = max(f.Lo, min(f.Hi, int64(math.Max(-1e15, math.Min(1e15, fl)))))
	return code, math.Abs(v+0.5-math.Round(v+0.5)) > 1e-6*(1+math.Abs(v))
}

func TestStepsAgreeWithFloatAwayFromHalves(t *testing.T) {
	functions := []Function{
		{Kind: Identity, InExp: -9, InDen: 3, OutExp: -3, Lo: -50, Hi: 70},
		{Kind: Identity, InExp: 2, InDen: 1, OutExp: 0, Lo: -50, Hi: 70},
		{Kind: SiLU, InExp: -10, InDen: 1, OutExp: -5, Lo: -20, Hi: 120},
		{Kind: GELU, InExp: -10, InDen: 1, OutExp: -7, Lo: -127, Hi: 127},
		{Kind: Softplus, InExp: -9, InDen: 1, OutExp: -3, Lo: 0, Hi: 255},
		{Kind: Sigmoid, InExp: -9, InDen: 1, OutExp: -8, Lo: 0, Hi: 255},
		{Kind: Decay, InExp: -8, InDen: 1, OutExp: -8, Lo: 0, Hi: 255},
		{Kind: RSqrt, InExp: -8, InDen: 7, OutExp: -4, Lo: 0, Hi: 255, Eps: 1e-5},
	}
	for _, f := range functions {
		t.Run(f.Kind.String(), func(t *testing.T) {
			s, err := f.Steps()
			if err != nil {
				t.Fatal(err)
			}
			checked := 0
			for at := int64(-20000); at <= 20000; at += 3 {
				want, clear := quantised(f, at)
				if !clear || f.Kind == RSqrt && at < 0 {
					continue
				}
				checked++
				if got := s.At(at); got != want {
					t.Fatalf("F=%d: code %d, want %d", at, got, want)
				}
			}
			if checked < 5000 {
				t.Fatalf("only %d points were away from a half", checked)
			}
		})
	}
}

// TestChangePointsAreCertain re-decides each change point with an arithmetic of
// its own: 400-bit floats and plain series.
func TestChangePointsAreCertain(t *testing.T) {
	for _, f := range []Function{
		{Kind: SiLU, InExp: -30, InDen: 1, OutExp: -9, Lo: -255, Hi: 255},
		{Kind: Decay, InExp: -33, InDen: 1, OutExp: -9, Lo: 0, Hi: 511},
		{Kind: Sigmoid, InExp: -31, InDen: 1, OutExp: -9, Lo: 0, Hi: 511},
	} {
		s, err := f.Steps()
		if err != nil {
			t.Fatal(err)
		}
		for l, at := range s.Thresholds {
			before, after := s.Values[l], s.Values[l+1]
			border := max(before, after)
			if got := slowReaches(f, at, border); got != (after > before) {
				t.Fatalf("%v: F=%d on the wrong side of code %d", f.Kind, at, border)
			}
			if got := slowReaches(f, at-1, border); got != (before > after) {
				t.Fatalf("%v: F=%d on the wrong side of code %d", f.Kind, at-1, border)
			}
		}
	}
}

// slowReaches compares Kind(x) with (c-1/2)·2^OutExp in 400-bit floats.
func slowReaches(f Function, at, c int64) bool {
	const prec = 400
	num := func(v float64) *big.Float { return new(big.Float).SetPrec(prec).SetFloat64(v) }
	x := num(float64(at))
	x.SetMantExp(x, f.InExp)
	// exp(-|x|) = (exp(-|x|/2^20))^(2^20) by Taylor.
	small := new(big.Float).SetPrec(prec).Abs(x)
	small.SetMantExp(small, -20)
	sum, term := num(1), num(1)
	for i := 1; i < 60; i++ {
		term.Mul(term, small)
		term.Quo(term, num(float64(-i)))
		sum.Add(sum, term)
	}
	for range 20 {
		sum.Mul(sum, sum)
	}
	value := new(big.Float).SetPrec(prec)
	switch f.Kind {
	case Decay:
		value.Set(sum)
		if at < 0 {
			value.Quo(num(1), sum)
		}
	case Sigmoid, SiLU:
		value.Quo(num(1), new(big.Float).SetPrec(prec).Add(num(1), sum))
		if at < 0 {
			value.Mul(value, sum)
		}
		if f.Kind == SiLU {
			value.Mul(value, x)
		}
	}
	y := num(float64(2*c - 1))
	y.SetMantExp(y, f.OutExp-1)
	return value.Cmp(y) >= 0
}

// TestQuickSignAgreesWithEnclosures compares the two arithmetics where the first
// decides, close to the borders.
func TestQuickSignAgreesWithEnclosures(t *testing.T) {
	decided := 0
	rapid.Check(t, func(t *rapid.T) {
		f := Function{
			Kind:  rapid.SampledFrom([]Kind{SiLU, Softplus, Sigmoid, Decay}).Draw(t, "kind"),
			InExp: rapid.IntRange(-45, -8).Draw(t, "in"), InDen: 1, OutExp: rapid.IntRange(-16, -3).Draw(t, "out"),
		}
		c := rapid.Int64Range(-200, 1<<16).Draw(t, "code")
		dir := +1
		if f.Kind == Decay {
			dir = -1
		}
		at := f.guess(c, dir) + rapid.Int64Range(-3, 3).Draw(t, "offset")
		if at <= -formLimit || at >= formLimit || at == 0 {
			return
		}
		quick, ok := f.quickSign(at, c)
		if !ok {
			return
		}
		decided++
		if slow := f.difference(at, c, 512).sign(); slow != quick {
			t.Fatalf("%+v at %d against %d: %d in doubles, %d in enclosures", f, at, c, quick, slow)
		}
	})
	if decided < 20 {
		t.Fatalf("doubles decided only %d cases", decided)
	}
}

func TestIdentityRoundsHalfUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := Function{
			Kind: Identity, InExp: rapid.IntRange(-40, 4).Draw(t, "in"), InDen: rapid.Int64Range(1, 40).Draw(t, "den"),
			OutExp: rapid.IntRange(-12, 6).Draw(t, "out"), Lo: -30, Hi: 30,
		}
		s, err := f.Steps()
		if err != nil {
			t.Fatal(err)
		}
		at := rapid.Int64Range(-1<<40, 1<<40).Draw(t, "F")
		x := new(big.Rat).SetFrac64(at, f.InDen)
		scaleRat(x, f.InExp-f.OutExp)
		x.Add(x, big.NewRat(1, 2))
		floor := new(big.Int).Div(x.Num(), x.Denom()) // Euclidean: floor, as Denom > 0
		want := int64(30)
		if floor.IsInt64() {
			want = max(-30, min(30, floor.Int64()))
		} else if floor.Sign() < 0 {
			want = -30
		}
		if got := s.At(at); got != want {
			t.Fatalf("%+v at %d: got %d, want %d", f, at, got, want)
		}
	})
}

func TestRoundExp(t *testing.T) {
	for _, x := range []float64{-3.5, -0.001, 0, 0.25, 1, 2.772588722239781, 6.5} {
		got, ok := RoundExp(x, 20)
		want := int64(math.Round(math.Exp(x) * (1 << 20)))
		if !ok || got != want {
			t.Errorf("RoundExp(%v) = %d, %v; want %d", x, got, ok, want)
		}
	}
}

func ExampleFunction_Steps() {
	relu4 := Function{Kind: Identity, InExp: -1, InDen: 1, OutExp: 0, Lo: 0, Hi: 3}
	s, _ := relu4.Steps()
	fmt.Println(s.Thresholds, s.Values)
	// Output: [1 3 5] [0 1 2 3]
}

func BenchmarkSteps(b *testing.B) {
	for _, f := range []Function{
		{Kind: SiLU, InExp: -34, InDen: 1, OutExp: -11, Lo: -4095, Hi: 4095},
		{Kind: GELU, InExp: -34, InDen: 1, OutExp: -11, Lo: -4095, Hi: 4095},
		{Kind: Decay, InExp: -24, InDen: 1, OutExp: -13, Lo: 0, Hi: 8191},
		{Kind: Softplus, InExp: -34, InDen: 1, OutExp: -11, Lo: 0, Hi: 8191},
		{Kind: RSqrt, InExp: -24, InDen: 32, OutExp: -11, Lo: 0, Hi: 8191, Eps: 1e-5},
		{Kind: Identity, InExp: -34, InDen: 1, OutExp: -11, Lo: -4095, Hi: 4095},
	} {
		b.Run(f.Kind.String(), func(b *testing.B) {
			for b.Loop() {
				if _, err := f.Steps(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
