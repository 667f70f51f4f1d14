package ssm

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Reference values to 17 digits; softplus must switch exactly above 20.
func TestScalars(t *testing.T) {
	for _, tc := range []struct {
		name      string
		got, want float64
	}{
		{"softplus(0)", softplus(0), math.Ln2},
		{"softplus(20)", softplus(20), 20.000000002061153},
		{"softplus(20.000001)", softplus(20.000001), 20.000001},
		{"softplus(-1000)", softplus(-1000), 0},
		{"silu(1)", silu(1), 0.73105857863000488},
		{"silu(-1000)", silu(-1000), 0},
		{"gelu(1)", gelu(1), 0.84134474606854295},
		{"gelu(-2)", gelu(-2), -0.045500263896358417},
		{"1.0 in binary16", fromHalf(0x3c00), 1},
		{"-2.0 in binary16", fromHalf(0xc000), -2},
		{"largest binary16", fromHalf(0x7bff), 65504},
		{"smallest normal binary16", fromHalf(0x0400), math.Ldexp(1, -14)},
		{"smallest binary16", fromHalf(0x0001), math.Ldexp(1, -24)},
		{"infinite binary16", fromHalf(0xfc00), math.Inf(-1)},
	} {
		if !(tc.got == tc.want || math.Abs(tc.got-tc.want) <= 2e-16*math.Abs(tc.want)) {
			t.Errorf("%s is %v, expected %v", tc.name, tc.got, tc.want)
		}
	}
	if v := fromHalf(0x7e00); !math.IsNaN(v) {
		t.Errorf("NaN in binary16 is %v", v)
	}
}

func TestComplex(t *testing.T) {
	a, b := complex(1, 2), complex(3, -4)
	if got := cmul(a, b); got != complex(11, 2) {
		t.Errorf("product %v", got)
	}
	if got := cdiv(complex(11, 2), b); got != a {
		t.Errorf("quotient %v", got)
	}
	if got := cexp(complex(0, math.Pi)); math.Abs(real(got)+1) > 1e-15 || math.Abs(imag(got)) > 1e-15 {
		t.Errorf("exponential %v", got)
	}
}

func TestArgmax(t *testing.T) {
	for _, tc := range []struct {
		row  []float64
		want int
	}{
		{nil, -1},
		{[]float64{4}, 0},
		{[]float64{1, 3, 2, 3}, 1},
		{[]float64{0, 0, 0}, 0},
		{[]float64{-2, math.NaN(), -1}, 2},
	} {
		if got := Argmax(tc.row); got != tc.want {
			t.Errorf("Argmax(%v) is %d, expected %d", tc.row, got, tc.want)
		}
	}
}

// Both norms of (1, 2, 3, 6) by hand: mean 3, mean square 12.5, variance 3.5.
func TestNorm(t *testing.T) {
	x := []float64{1, 2, 3, 6}
	weight, bias := []float64{1, 2, 1, 1}, []float64{0, 0, 0, 10}
	for _, tc := range []struct {
		norm          Norm
		centred, want []float64
		square        float64
	}{
		{Norm{RMSNorm, weight, nil, 0.5}, x, []float64{1, 4, 3, 6}, 13},
		{Norm{LayerNorm, weight, nil, 0.5}, []float64{-2, -1, 0, 3}, []float64{-2, -2, 0, 3}, 4},
		{Norm{LayerNorm, weight, bias, 0.5}, []float64{-2, -1, 0, 3}, []float64{-2, -2, 0, 23}, 4},
	} {
		got := map[string][]float64{}
		out := tc.norm.apply(x, 0, func(name string, _ int, v []float64) { got[name] = v })
		scale := 1 / math.Sqrt(tc.square)
		want := make([]float64, 4)
		for i := range want {
			want[i] = tc.want[i] * scale
		}
		if tc.norm.Bias != nil {
			want[3] = 3*scale + 10
		}
		if diff := cmp.Diff(map[string][]float64{"norm_centred": tc.centred, "norm_scale": {scale}, "norm_out": want}, got); diff != "" {
			t.Errorf("%v: %s", tc.norm.Kind, diff)
		}
		if diff := cmp.Diff(want, out); diff != "" {
			t.Errorf("%v: %s", tc.norm.Kind, diff)
		}
	}
}

func TestStrings(t *testing.T) {
	got := fmt.Sprint(RMSNorm, LayerNorm, NormKind(7), Convolution, Recurrent, Form(7))
	if want := "RMSNorm LayerNorm NormKind(7) convolution recurrent Form(7)"; got != want {
		t.Errorf("got %q, expected %q", got, want)
	}
}

func TestForwardErrors(t *testing.T) {
	small := func() *Model {
		return newSource(1).mamba(mambaSizes{Layers: 1, Vocab: 3, D: 2, E: 2, N: 2, K: 2, R: 1})
	}
	for _, tc := range []struct {
		name   string
		tokens []int
		form   Form
		change func(*Model)
		want   string
	}{
		{"empty", nil, Recurrent, nil, "no tokens"},
		{"negative", []int{0, -1}, Recurrent, nil, "token -1 at position 1"},
		{"too large", []int{3}, Convolution, nil, "token 3 at position 0 is outside 0..2"},
		{"form", []int{0}, Form(2), nil, "unknown form"},
		{"no block", []int{0}, Recurrent, func(m *Model) { m.Blocks[0] = nil }, "Blocks[0] is nil"},
		{"sizes", []int{0}, Recurrent, func(m *Model) { m.Vocab = 0 }, "both positive"},
		{"embedding", []int{0}, Recurrent, func(m *Model) { m.Embedding = nil }, "Embedding has 0 values, expected 3 x 2"},
		{"convolution", []int{0}, Recurrent, func(m *Model) { m.Blocks[0].(*Mamba).ConvWeight = nil }, "Blocks[0].ConvWeight"},
		{"state", []int{0}, Recurrent, func(m *Model) { m.Blocks[0].(*Mamba).DState = -1 }, "DState -1"},
		{"projection", []int{0}, Recurrent, func(m *Model) { m.Blocks[0].(*Mamba).XProj.Out = 4 }, "Blocks[0].XProj is 4 x 2, expected 5 x 2"},
		{"eps", []int{0}, Recurrent, func(m *Model) { m.FinalNorm.Eps = 0 }, "FinalNorm.Eps"},
		{"norm", []int{0}, Recurrent, func(m *Model) { m.FinalNorm.Kind = 5 }, "FinalNorm.Kind"},
		{"bias", []int{0}, Recurrent, func(m *Model) { m.Head.Bias = []float64{1} }, "Head.Bias"},
	} {
		m := small()
		if tc.change != nil {
			tc.change(m)
		}
		if _, err := m.Forward(tc.tokens, tc.form, nil); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: error %v, expected one with %q", tc.name, err, tc.want)
		}
	}
}

// One channel, one mode: K_l = 2 Re(c (e^{a dt} - 1)/a e^{a dt l}) by hand with
// a = -1, dt = ln 2, c = 1: the pole is 1/2, the gain 1/2, so K_l = 2^-l.
func TestKernelByHand(t *testing.T) {
	s := &S4D{DModel: 1, DState: 2, Modes: 1, LogDt: []float64{math.Log(math.Ln2)},
		LogAReal: []float64{0}, AImag: []float64{0}, CRe: []float64{1}, CIm: []float64{0}, D: []float64{3}}
	for l, k := range s.Kernel(8) {
		if want := math.Ldexp(1, -l); math.Abs(k-want) > 1e-15 {
			t.Errorf("K_%d is %v, expected %v", l, k, want)
		}
	}
	if k := s.Kernel(0); k != nil {
		t.Errorf("Kernel(0) is %v", k)
	}
}

func TestActivations(t *testing.T) {
	for _, tc := range []struct {
		activation Activation
		v, want    float64
	}{
		{Sign, 3, 1}, {Sign, -0.1, -1}, {Sign, 0, 0},
		{ReLU, -2, 0}, {ReLU, 2, 2},
		{Tanh, 1, 0.76159415595576489}, {GELU, -2, -0.045500263896358417},
	} {
		if got := tc.activation.of(tc.v); math.Abs(got-tc.want) > 1e-16 {
			t.Errorf("%s(%v) is %v, expected %v", tc.activation, tc.v, got, tc.want)
		}
	}
}

// The largest entry is subtracted first, so that nothing overflows.
func TestSoftmax(t *testing.T) {
	if diff := cmp.Diff([]float64{0.5, 0, 0.5}, softmax([]float64{1000, -1000, 1000})); diff != "" {
		t.Error(diff)
	}
}

// states runs a block on inputs of width 1 and returns a probe's values.
func states(b Block, form Form, name string, inputs ...float64) [][]float64 {
	xs := make([][]float64, len(inputs))
	for t, v := range inputs {
		xs[t] = []float64{v}
	}
	var out [][]float64
	b.run(xs, form, func(n string, _ int, v []float64) {
		if n == name {
			out = append(out, append([]float64(nil), v...))
		}
	})
	return out
}

// One state, u = 1, 2, 3, A(u) = 1 + 2u, B = 5: h is 5, 5*5+10, 7*35+15.
func TestIDS4ByHand(t *testing.T) {
	one := func(v float64) Linear { return Linear{Out: 1, In: 1, Weight: []float64{v}} }
	l := &IDS4{DModel: 1, DState: 1, A0: []float64{1}, A: []float64{2}, B: one(5), C: one(1), D: one(-1)}
	for _, form := range forms {
		if diff := cmp.Diff([][]float64{{5}, {35}, {260}}, states(l, form, "state", 1, 2, 3)); diff != "" {
			t.Errorf("%v: %s", form, diff)
		}
		// x + C h + D x
		if diff := cmp.Diff([][]float64{{5}, {35}, {260}}, states(l, form, "block_out", 1, 2, 3)); diff != "" {
			t.Errorf("%v: %s", form, diff)
		}
	}
}

// Two states that P exchanges, rho = 1/2 and phi = pi: D is -1/2. With B = (1, 0) and
// u = 1, h is (1, 0), then (1, -1/2), then (1 + 1/4, -1/2).
func TestPDSSMByHand(t *testing.T) {
	zero := Gate{Linear{1, 1, []float64{0}, []float64{0}}, Linear{2, 1, []float64{0, 0}, []float64{0, 0}}}
	l := &PDSSM{
		DModel: 1, DState: 2, Dictionary: 1, DGate: 1,
		Select: Linear{Out: 1, In: 1, Weight: []float64{0}}, Matrices: []float64{0, 1, 1, 0}, Magnitude: zero, Phase: zero,
		BRe: []float64{1, 0}, BIm: []float64{0, 0},
		Readout: Linear{1, 4, []float64{1, 0, 0, 0}, []float64{0}}, Skip: []float64{0},
	}
	near := cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) < 1e-15 })
	for _, form := range forms {
		want := [][]float64{{1, 0, 0, 0}, {1, -0.5, 0, 0}, {1.25, -0.5, 0, 0}}
		if diff := cmp.Diff(want, states(l, form, "state", 1, 1, 1), near); diff != "" {
			t.Errorf("%v: %s", form, diff)
		}
	}
}

// The columns have a single 1, not the rows, and the first row wins a tie: of M =
// (1 4; 3 4), column 0 chooses row 1 and column 1 row 0.
func TestPDSSMColumns(t *testing.T) {
	zero := Gate{Linear{1, 1, []float64{0}, []float64{0}}, Linear{2, 1, []float64{0, 0}, []float64{0, 0}}}
	l := &PDSSM{
		DModel: 1, DState: 2, Dictionary: 1, DGate: 1,
		Select: Linear{Out: 1, In: 1, Weight: []float64{0}}, Matrices: []float64{1, 4, 3, 4}, Magnitude: zero, Phase: zero,
		BRe: []float64{1, 0}, BIm: []float64{0, 0},
		Readout: Linear{1, 4, []float64{1, 0, 0, 0}, []float64{0}}, Skip: []float64{0},
	}
	if diff := cmp.Diff([][]float64{{1, 0}}, states(l, Recurrent, "target", 1)); diff != "" {
		t.Error(diff)
	}
}
