package threshold

import (
	"bytes"
	"testing"
)

func BenchmarkSimulate(b *testing.B) {
	c := benchCircuit(b)
	s := NewSimulator(c)
	words := make([][]int, 256)
	for i := range words {
		words[i] = make([]int, 16)
		for t := range words[i] {
			words[i][t] = (i*7 + t*t) % 16
		}
	}
	evaluations := uint64(0)
	for b.Loop() {
		_, n, err := s.Run(b.Context(), words)
		if err != nil {
			b.Fatal(err)
		}
		evaluations += n
	}
	b.ReportMetric(float64(evaluations)/b.Elapsed().Seconds(), "gate-evals/s")
	b.ReportMetric(0, "ns/op")
}

func BenchmarkStats(b *testing.B) {
	c := benchCircuit(b)
	b.ReportAllocs()
	for b.Loop() {
		c.Stats()
	}
	b.ReportMetric(float64(c.Gates())*float64(b.N)/b.Elapsed().Seconds(), "gates/s")
}

func BenchmarkReadBinary(b *testing.B) {
	data := written(b, benchCircuit(b), ownForms[1])
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := ReadBinary(bytes.NewReader(data)); err != nil {
			b.Fatal(err)
		}
	}
}
