package equiv

import (
	"testing"

	"tc0/circuits/arith"
	"tc0/circuits/compile"
	"tc0/circuits/threshold"
)

// benchModel is the circuit of the project's speed target: two blocks at length
// 16 and 15 bits.
func benchModel(b *testing.B, name string, n, bits int) (*compile.Model, *arith.Circuit) {
	m, _ := load(b, config{name, compile.Convolution, compile.Gates, n, bits, 2})
	c, err := m.Arith(n)
	if err != nil {
		b.Fatal(err)
	}
	return m, c
}

// BenchmarkEval evaluates the arithmetic circuit on a batch of 128 words.
func BenchmarkEval(b *testing.B) {
	for _, x := range []struct {
		name    string
		n, bits int
	}{{"mamba-flipflop4", 8, 8}, {"mamba-a5-g2", 16, 15}} {
		b.Run(x.name, func(b *testing.B) {
			_, c := benchModel(b, x.name, x.n, x.bits)
			e := arith.NewEvaluator(c)
			words := compile.Words([]int{0, 1, 2}, 128, x.n, 3)
			for b.Loop() {
				if _, err := e.Eval(b.Context(), words); err != nil {
					b.Fatal(err)
				}
			}
			tokens := float64(b.N * len(words) * x.n)
			b.ReportMetric(tokens/b.Elapsed().Seconds(), "tokens/s")
			b.ReportMetric(float64(c.Len()), "nodes")
		})
	}
}

// BenchmarkSimulate simulates every gate on 64 words per processor.
func BenchmarkSimulate(b *testing.B) {
	m, _ := benchModel(b, "mamba-flipflop4", 8, 8)
	_, tc, err := m.Threshold(8)
	if err != nil {
		b.Fatal(err)
	}
	s := threshold.NewSimulator(tc)
	words := compile.Words([]int{0, 1, 2}, 128, 8, 3)
	evaluations := uint64(0)
	for b.Loop() {
		_, n, err := s.Run(b.Context(), words)
		if err != nil {
			b.Fatal(err)
		}
		evaluations += n
	}
	b.ReportMetric(float64(evaluations)/b.Elapsed().Seconds(), "gate-evals/s")
	b.ReportMetric(float64(tc.Gates()), "gates")
}
