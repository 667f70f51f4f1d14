package tensor

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// eachKernel runs a test with every set of loops that the processor can run.
func eachKernel(t *testing.T, test func(t *testing.T)) {
	best := kern
	defer func() { kern = best }()
	for _, k := range available() {
		kern = k
		t.Run(Kernel(), test)
	}
}

// fillNormal draws all values from a normal distribution.
func fillNormal(ps *Params, seed uint64, deviation float64) {
	ps.Alloc()
	r := rand.New(rand.NewPCG(1, seed))
	for i := range ps.Values() {
		ps.Values()[i] = float32(deviation * r.NormFloat64())
	}
}

// A graph computes a tensor from parameters. Its inputs are parameters, too: leaf turns
// them into tensors.
type graph struct {
	name   string
	params Params
	run    func(t *Tape) *Tensor
}

// leaf is a parameter of shape [rows, cols] as a tensor.
func leaf(t *Tape, p *Param) *Tensor {
	rows := make([]int32, p.Shape[0])
	for i := range rows {
		rows[i] = int32(i)
	}
	return t.Embedding(rows, p)
}

// graphs are small uses of every operation. Sizes are odd on purpose; those of the scan
// come both as the kernels need them and otherwise.
func graphs() []*graph {
	var all []*graph
	add := func(name string, build func(g *graph)) {
		g := &graph{name: name}
		build(g)
		fillNormal(&g.params, 100+uint64(len(all)), 0.7)
		all = append(all, g)
	}
	normal := func(g *graph, name string, shape ...int) *Param {
		return g.params.Add(name, true, shape...)
	}
	add("linear", func(g *graph) {
		x, w, b, c := normal(g, "x", 21, 13), normal(g, "w", 37, 13), normal(g, "b", 37), normal(g, "c", 37)
		g.run = func(t *Tape) *Tensor { return t.Linear(leaf(t, x), w, b, c) }
	})
	add("linear rows", func(g *graph) {
		x, w, b := normal(g, "x", 9, 5), normal(g, "w", 40, 5), normal(g, "b", 40)
		g.run = func(t *Tape) *Tensor { return t.LinearRows(leaf(t, x), w, 3, 36, b) }
	})
	add("combine", func(g *graph) {
		x, w, b := normal(g, "x", 9, 5), normal(g, "w", 5, 3, 6), normal(g, "b", 3, 6)
		g.run = func(t *Tape) *Tensor { return t.Combine(leaf(t, x), w, b) }
	})
	add("embedding", func(g *graph) {
		e := normal(g, "e", 4, 7)
		g.run = func(t *Tape) *Tensor { return t.Embedding([]int32{3, 0, 3, 1}, e) }
	})
	add("add", func(g *graph) {
		x, y := normal(g, "x", 6, 5), normal(g, "y", 6, 5)
		g.run = func(t *Tape) *Tensor {
			return t.AddPositions(t.Add(leaf(t, x), leaf(t, y)), make([]float32, 20), 3)
		}
	})
	unary := map[string]func(*Tape, *Tensor) *Tensor{"silu": (*Tape).SiLU, "gelu": (*Tape).GELU, "softplus": (*Tape).Softplus}
	for _, name := range []string{"silu", "gelu", "softplus"} {
		add(name, func(g *graph) {
			x := normal(g, "x", 5, 9)
			g.run = func(t *Tape) *Tensor { return unary[name](t, leaf(t, x)) }
		})
	}
	add("relu", func(g *graph) {
		x := normal(g, "x", 8, 1)
		g.run = func(t *Tape) *Tensor { return t.ReLU(leaf(t, x)) }
	})
	add("gated silu", func(g *graph) {
		x, z := normal(g, "x", 5, 9), normal(g, "z", 5, 9)
		g.run = func(t *Tape) *Tensor { return t.GatedSiLU(leaf(t, x), leaf(t, z)) }
	})
	add("gated sigmoid", func(g *graph) {
		x, z := normal(g, "x", 5, 9), normal(g, "z", 5, 9)
		g.run = func(t *Tape) *Tensor { return t.GatedSigmoid(leaf(t, x), leaf(t, z)) }
	})
	add("rms norm", func(g *graph) {
		x, w := normal(g, "x", 5, 11), normal(g, "w", 11)
		g.run = func(t *Tape) *Tensor { return t.RMSNorm(leaf(t, x), w, 1e-5) }
	})
	add("layer norm", func(g *graph) {
		x, w, b := normal(g, "x", 5, 11), normal(g, "w", 11), normal(g, "b", 11)
		g.run = func(t *Tape) *Tensor { return t.LayerNorm(leaf(t, x), w, b, 1e-5) }
	})
	add("conv", func(g *graph) {
		x, w, b := normal(g, "x", 10, 6), normal(g, "w", 6, 1, 4), normal(g, "b", 6)
		g.run = func(t *Tape) *Tensor { return t.Conv(leaf(t, x), w, b, 5) }
	})
	for _, e := range []int{5, 32} {
		add(fmt.Sprintf("selective scan %d", e), func(g *graph) {
			delta, s, bc := normal(g, "delta", 12, e), normal(g, "s", 12, e), normal(g, "bc", 12, 6)
			a, skip := normal(g, "a", e, 3), normal(g, "skip", e)
			g.run = func(t *Tape) *Tensor {
				return t.SelectiveScan(t.Softplus(leaf(t, delta)), leaf(t, s), leaf(t, bc), a, skip, 6)
			}
		})
	}
	add("s4d", func(g *graph) {
		u := normal(g, "u", 10, 3)
		p := S4DParams{normal(g, "dt", 3), normal(g, "re", 3, 2), normal(g, "im", 3, 2), normal(g, "c", 3, 2, 2), normal(g, "d", 3)}
		g.run = func(t *Tape) *Tensor { return t.S4D(leaf(t, u), p, 5) }
	})
	add("attention", func(g *graph) {
		x := normal(g, "x", 10, 36)
		g.run = func(t *Tape) *Tensor { return t.CausalAttention(leaf(t, x), 3, 5) }
	})
	for _, f := range []Recurrence{Tanh, ReLU} {
		add(fmt.Sprintf("rnn %d", f), func(g *graph) {
			x, w := normal(g, "x", 15, 7), normal(g, "w", 7, 7)
			g.run = func(t *Tape) *Tensor { return t.RNN(leaf(t, x), w, 5, f) }
		})
	}
	add("lstm", func(g *graph) {
		x, w := normal(g, "x", 15, 28), normal(g, "w", 28, 7)
		g.run = func(t *Tape) *Tensor { return t.LSTM(leaf(t, x), w, 5) }
	})
	add("matrix scan", func(g *graph) {
		a, u := normal(g, "a", 10, 25), normal(g, "u", 10, 5)
		g.run = func(t *Tape) *Tensor { return t.MatrixScan(leaf(t, a), leaf(t, u), 5) }
	})
	add("matrix product", func(g *graph) {
		m := normal(g, "m", 10, 25)
		g.run = func(t *Tape) *Tensor { return t.Rows(t.MatrixProduct(leaf(t, m), 5, 5), 25) }
	})
	return all
}

// weigh is a fixed linear function of a tensor and its gradient.
func weigh(x *Tensor) (total float64, slope []float32) {
	r := rand.New(rand.NewPCG(7, 7))
	for _, v := range x.Value {
		c := float32(r.NormFloat64())
		slope = append(slope, c)
		total += float64(v) * float64(c)
	}
	return total, slope
}

// TestGradients compares the change of a linear function of each operation's result along
// two directions, the gradient and a random one, with what the gradient says, for each
// parameter alone.
func TestGradients(t *testing.T) {
	eachKernel(t, func(t *testing.T) {
		for _, g := range graphs() {
			tape, grads := &Tape{}, make([]float32, g.params.Len())
			tape.Reset(grads)
			y := g.run(tape)
			_, slope := weigh(y)
			copy(y.Grad, slope)
			tape.Backward()
			for _, p := range g.params.All() {
				checkDirection(t, g, p, p.Part(grads))
			}
		}
	})
}

func checkDirection(t *testing.T, g *graph, p *Param, grad []float32) {
	t.Helper()
	const step = 4e-3
	norm := Norm(grad)
	if norm == 0 {
		t.Errorf("%s: the gradient by %s is 0", g.name, p.Name)
		return
	}
	r := rand.New(rand.NewPCG(3, 3))
	direction, along := make([]float64, len(grad)), 0.0
	for i, v := range grad {
		direction[i] = float64(v)/norm + r.NormFloat64()/math.Sqrt(float64(len(grad)))
		along += direction[i] * float64(v)
	}
	at := func(h float64) float64 {
		saved := append([]float32(nil), p.Value...)
		defer copy(p.Value, saved)
		for i := range p.Value {
			p.Value[i] = float32(float64(p.Value[i]) + h*direction[i])
		}
		tape := &Tape{}
		tape.Reset(nil)
		total, _ := weigh(g.run(tape))
		return total
	}
	got := (8*(at(step)-at(-step)) - (at(2*step) - at(-2*step))) / (12 * step)
	if diff := math.Abs(got-along) / norm; !(diff < 2e-3) {
		t.Errorf("%s: along a direction of %s the result changes by %.6g, the gradient says %.6g", g.name, p.Name, got, along)
	}
}

// TestCrossEntropyGradient does the same for the loss, with labels that do not count.
func TestCrossEntropyGradient(t *testing.T) {
	eachKernel(t, func(t *testing.T) {
		g := &graph{name: "cross entropy"}
		x := g.params.Add("x", false, 5, 7)
		fillNormal(&g.params, 1, 1)
		labels := []int32{3, -1, 0, 6, -1}
		loss := func(grads []float32) float64 {
			tape := &Tape{}
			tape.Reset(grads)
			l := tape.CrossEntropy(leaf(tape, x), labels, 0.5)
			tape.Backward()
			return 0.5 * l
		}
		grads := make([]float32, 35)
		before := loss(grads)
		want := 0.0
		for r, label := range labels {
			if label < 0 {
				continue
			}
			row, total := x.Value[r*7:(r+1)*7], 0.0
			for _, v := range row {
				total += math.Exp(float64(v))
			}
			want += 0.5 * (math.Log(total) - float64(row[label]))
		}
		if math.Abs(before-want) > 1e-5 {
			t.Errorf("loss %v, expected %v", before, want)
		}
		norm := Norm(grads)
		for i := range x.Value {
			x.Value[i] += 1e-2 * grads[i] / float32(norm)
		}
		if got := (loss(nil) - before) / 1e-2; math.Abs(got-norm) > 0.02*norm {
			t.Errorf("along its gradient the loss changes by %v, expected about %v", got, norm)
		}
	})
}
