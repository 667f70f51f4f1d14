package tensor

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// close32 says whether two numbers agree up to a part of the larger one, or both are NaN.
func close32(a, b, tolerance float64) bool {
	if math.IsNaN(a) || math.IsNaN(b) {
		return math.IsNaN(a) && math.IsNaN(b)
	}
	return math.Abs(a-b) <= tolerance*max(1e-30, math.Abs(a), math.Abs(b))
}

// TestActivations compares with the functions of package math in float64, over the range
// where they do not saturate and at its ends.
func TestActivations(t *testing.T) {
	cdf := func(x float64) float64 { return 0.5 * math.Erfc(-x/math.Sqrt2) }
	sigmoid := func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
	for _, test := range []struct {
		f            activation
		value, slope func(float64) float64
		relative     float64
		absolute     float64
	}{
		{expOf, math.Exp, nil, 3e-7, 0},
		{sigmoidOf, sigmoid, nil, 4e-7, 0},
		{tanhOf, math.Tanh, nil, 0, 3e-7},
		{siluOf, func(x float64) float64 { return x * sigmoid(x) },
			func(x float64) float64 { return sigmoid(x) * (1 + x*(1-sigmoid(x))) }, 6e-7, 3e-6},
		{geluOf, func(x float64) float64 { return x * cdf(x) },
			func(x float64) float64 { return cdf(x) + x*math.Exp(-x*x/2)/math.Sqrt(2*math.Pi) }, 4e-7, 2e-6},
		{softplusOf, func(x float64) float64 { return math.Log1p(math.Exp(-math.Abs(x))) + max(x, 0) }, sigmoid, 6e-7, 1e-7},
	} {
		eachKernel(t, func(t *testing.T) {
			var x []float32
			for v := -80.0; v <= 80; v += 0.0137 {
				x = append(x, float32(v))
			}
			x = append(x, 0, 1e-8, -1e-8, 80, -80)
			value, slope := make([]float32, len(x)), make([]float32, len(x))
			test.f.apply(value, slope, x)
			for i, v := range x {
				want := test.value(float64(v))
				if diff := math.Abs(float64(value[i]) - want); !(diff <= test.relative*math.Abs(want)+test.absolute) {
					t.Fatalf("function %d at %v is %v, expected %v", test.f, v, value[i], want)
				}
				if test.slope == nil {
					continue
				}
				want = test.slope(float64(v))
				if diff := math.Abs(float64(slope[i]) - want); !(diff <= 1e-6*math.Abs(want)+2e-6) {
					t.Fatalf("the slope of function %d at %v is %v, expected %v", test.f, v, slope[i], want)
				}
			}
		})
	}
}

// TestNaN: a NaN does not get lost, so that a training that diverges can be seen.
func TestNaN(t *testing.T) {
	eachKernel(t, func(t *testing.T) {
		for f := range activations {
			x := make([]float32, 19)
			x[3], x[17] = float32(math.NaN()), float32(math.NaN())
			value, slope := make([]float32, 19), make([]float32, 19)
			f.apply(value, slope, x)
			for i, v := range value {
				if math.IsNaN(float64(v)) != (i == 3 || i == 17) {
					t.Errorf("function %d: entry %d is %v", f, i, v)
				}
			}
		}
	})
}

// TestProduct compares with sums in float64, for all sizes and strides that layers use.
func TestProduct(t *testing.T) {
	eachKernel(t, func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			size := rapid.IntRange(1, 70)
			m, k, n := size.Draw(t, "m"), size.Draw(t, "k"), size.Draw(t, "n")
			r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
			operand := func(rows, cols int, name string) matrix {
				gap := rapid.IntRange(0, 3).Draw(t, name)
				x := make([]float32, (rows+gap)*(cols+gap))
				for i := range x {
					x[i] = float32(r.NormFloat64())
				}
				if rapid.Bool().Draw(t, name+" transposed") {
					return matrix{x, 1, rows + gap}
				}
				return matrix{x, cols + gap, 1}
			}
			a, b := operand(m, k, "a"), operand(k, n, "b")
			ldc := n + rapid.IntRange(0, 3).Draw(t, "c")
			c := make([]float32, m*ldc)
			for i := range c {
				c[i] = float32(i)
			}
			tape := &Tape{}
			tape.addMul(m, a, tape.pack(k, n, b), c, ldc)
			for i := range m {
				for j := range ldc {
					want, scale := float64(i*ldc+j), float64(i*ldc+j)
					for p := 0; j < n && p < k; p++ {
						term := float64(a.at[i*a.rows+p*a.cols]) * float64(b.at[p*b.rows+j*b.cols])
						want, scale = want+term, scale+math.Abs(term)
					}
					if diff := math.Abs(float64(c[i*ldc+j]) - want); !(diff <= 1e-6*scale) {
						t.Fatalf("entry %d, %d is %v, expected %v", i, j, c[i*ldc+j], want)
					}
				}
			}
		})
	})
}

// TestVectors: sums of products, for all lengths and with what follows untouched.
func TestVectors(t *testing.T) {
	eachKernel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(1, 1))
		draw := func(n int) []float32 {
			x := make([]float32, n)
			for i := range x {
				x[i] = float32(r.NormFloat64())
			}
			return x
		}
		for n := range 50 {
			a, x, y := draw(n), draw(n), draw(n+1)
			scaled, multiplied, before := append([]float32(nil), y...), append([]float32(nil), y...), y[n]
			axpy(0.5, x, scaled)
			mulAdd(a, x, multiplied)
			sum := 0.0
			for i := range n {
				if !close32(float64(scaled[i]), float64(y[i])+0.5*float64(x[i]), 1e-5) ||
					!close32(float64(multiplied[i]), float64(y[i])+float64(a[i])*float64(x[i]), 1e-4) {
					t.Fatalf("n = %d, entry %d: %v and %v", n, i, scaled[i], multiplied[i])
				}
				sum += float64(a[i]) * float64(x[i])
			}
			if scaled[n] != before || multiplied[n] != before {
				t.Fatalf("n = %d: the entry after the last one changed", n)
			}
			if got := float64(dot(a, x)); math.Abs(got-sum) > 1e-5 {
				t.Fatalf("n = %d: dot is %v, expected %v", n, got, sum)
			}
		}
	})
}

// TestAdamW compares some steps with the definition in float64.
func TestAdamW(t *testing.T) {
	eachKernel(t, func(t *testing.T) {
		var ps Params
		p, q := ps.Add("p", true, 37), ps.Add("q", false, 3)
		fillNormal(&ps, 1, 1)
		o := AdamW{Beta1: 0.9, Beta2: 0.99, Eps: 1e-8, Decay: 0.1}
		n := ps.Len()
		value, mean, square := make([]float64, n), make([]float64, n), make([]float64, n)
		for i, v := range ps.Values() {
			value[i] = float64(v)
		}
		r := rand.New(rand.NewPCG(2, 2))
		for step := 1; step <= 5; step++ {
			grads := make([]float32, n)
			for i := range grads {
				grads[i] = float32(r.NormFloat64())
				g := 0.5 * float64(grads[i])
				mean[i] = 0.9*mean[i] + 0.1*g
				square[i] = 0.99*square[i] + 0.01*g*g
				if i < p.Len() {
					value[i] *= 1 - 0.01*0.1
				}
				value[i] -= 0.01 * mean[i] / (1 - math.Pow(0.9, float64(step))) /
					(math.Sqrt(square[i]/(1-math.Pow(0.99, float64(step)))) + 1e-8)
			}
			o.Step(&ps, grads, 0.01, 0.5)
		}
		for i, v := range ps.Values() {
			if math.Abs(float64(v)-value[i]) > 1e-5 {
				t.Fatalf("entry %d is %v, expected %v", i, v, value[i])
			}
		}
		if o.Steps != 5 || q.Len() != 3 {
			t.Errorf("%d steps, %d entries", o.Steps, q.Len())
		}
	})
}

// TestKernelsAgree: every operation has the same values and gradients with all loops, up
// to rounding.
func TestKernelsAgree(t *testing.T) {
	best := kern
	defer func() { kern = best }()
	for i := range graphs() {
		var values, gradients [][]float32
		for _, k := range available() {
			kern = k
			g := graphs()[i]
			tape, grads := &Tape{}, make([]float32, g.params.Len())
			tape.Reset(grads)
			y := g.run(tape)
			_, slope := weigh(y)
			copy(y.Grad, slope)
			tape.Backward()
			values, gradients = append(values, append([]float32(nil), y.Value...)), append(gradients, grads)
		}
		for k := range values {
			for name, pair := range map[string][2][]float32{"value": {values[0], values[k]}, "gradient": {gradients[0], gradients[k]}} {
				scale := Norm(pair[0])
				for j, v := range pair[0] {
					if diff := math.Abs(float64(v - pair[1][j])); !(diff <= 1e-5*scale) {
						t.Fatalf("%s: %s %d is %v in Go and %v with %s", graphs()[i].name, name, j, v, pair[1][j], available()[k].name)
					}
				}
			}
		}
	}
}

// TestArena: a tape gives the same results when it is used again, and again takes no memory.
func TestArena(t *testing.T) {
	for _, g := range graphs() {
		tape := &Tape{}
		grads := make([]float32, g.params.Len())
		use := func() []float32 {
			clear(grads)
			tape.Reset(grads)
			y := g.run(tape)
			_, slope := weigh(y)
			copy(y.Grad, slope)
			tape.Backward()
			return append(append([]float32(nil), y.Value...), grads...)
		}
		first := use()
		slabs := len(tape.slabs)
		for _, slab := range tape.slabs { // what is left there must not matter
			for i := range slab {
				slab[i] = float32(math.NaN())
			}
		}
		if diff := cmp.Diff(first, use()); diff != "" {
			t.Errorf("%s: other results the second time (-first +second):\n%s", g.name, diff)
		}
		if len(tape.slabs) != slabs {
			t.Errorf("%s: %d slabs after the second use, %d after the first", g.name, len(tape.slabs), slabs)
		}
	}
}

func TestArgmax(t *testing.T) {
	for want, row := range [][]float32{{2, 1, 2}, {1, 3, 3}, {0, 0, 1}} {
		if got := Argmax(row); got != want {
			t.Errorf("the largest of %v is entry %d, expected %d", row, got, want)
		}
	}
}
