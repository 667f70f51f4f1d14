package equiv

import (
	"testing"

	"tc0/circuits/arith"
	"tc0/circuits/compile"
	"tc0/circuits/threshold"
)

// batch is how many words the benchmarks run at a time: one pass of 64 for each
// of two processors.
const batch = 128

// BenchmarkEvalModel evaluates the arithmetic circuit that is compiled by default:
// its convolution computes a decay for every pair of positions.
func BenchmarkEvalModel(b *testing.B) { eval(b, compile.Convolution) }

// BenchmarkEvalRecurrent evaluates the circuit of the recurrence, which is what
// the PyTorch side of docs/bench computes.
func BenchmarkEvalRecurrent(b *testing.B) { eval(b, compile.Recurrent) }

func eval(b *testing.B, form compile.Form) {
	for _, c := range []config{
		{"mamba-flipflop4", form, compile.Gates, 8, 8, 2},
		{"mamba-a5-g2", form, compile.Gates, 16, 15, 2},
	} {
		b.Run(c.model, func(b *testing.B) {
			m, alphabet := load(b, c)
			ac, err := m.Arith(c.n)
			if err != nil {
				b.Fatal(err)
			}
			e, words := arith.NewEvaluator(ac), compile.Words(alphabet, batch, c.n, 3)
			for b.Loop() {
				if _, err := e.Eval(b.Context(), words); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N*batch*c.n)/b.Elapsed().Seconds(), "tokens/s")
			b.ReportMetric(float64(ac.Len()), "nodes")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// BenchmarkSimulate simulates every gate of a compiled model.
func BenchmarkSimulate(b *testing.B) {
	c := config{"mamba-flipflop4", compile.Convolution, compile.Gates, 8, 8, 2}
	m, alphabet := load(b, c)
	_, tc := circuitsOf(b, m, c.n)
	s, words := threshold.NewSimulator(tc), compile.Words(alphabet, batch, c.n, 3)
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
	b.ReportMetric(0, "ns/op")
}
