package tensor

import (
	"fmt"
	"testing"
)

// BenchmarkProduct measures C += A·B in the three ways that layers use it: forward (B
// transposed), backward by the input (neither), backward by the weight (A transposed).
func BenchmarkProduct(b *testing.B) {
	for _, size := range [][3]int{{512, 64, 256}, {512, 64, 64}, {32, 64, 64}} {
		m, k, n := size[0], size[1], size[2]
		x, w, y := make([]float32, m*k), make([]float32, k*n), make([]float32, m*n)
		for name, run := range map[string]func(t *Tape){
			"forward": func(t *Tape) { t.addMul(m, matrix{x, k, 1}, t.pack(k, n, matrix{w, 1, k}), y, n) },
			"input":   func(t *Tape) { t.addMul(m, matrix{y, n, 1}, t.pack(n, k, matrix{w, k, 1}), x, k) },
			"weight":  func(t *Tape) { t.addMul(n, matrix{y, 1, n}, t.pack(m, k, matrix{x, k, 1}), w, k) },
		} {
			b.Run(fmt.Sprintf("%s/%dx%dx%d", name, m, k, n), func(b *testing.B) {
				tape := &Tape{}
				for b.Loop() {
					tape.Reset(nil)
					run(tape)
				}
				b.ReportMetric(float64(2*m*k*n)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
				b.ReportMetric(0, "ns/op")
			})
		}
	}
}
