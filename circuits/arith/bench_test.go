package arith

import (
	"bytes"
	"testing"
)

func BenchmarkEvaluate(b *testing.B) {
	c := benchCircuit(b, 64)
	e := NewEvaluator(c)
	words := make([][]int, 256)
	for i := range words {
		words[i] = make([]int, 64)
		for t := range words[i] {
			words[i][t] = (i*7 + t*t) % 8
		}
	}
	for b.Loop() {
		if _, err := e.Eval(b.Context(), words); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(c.Len())*float64(len(words))*float64(b.N)/b.Elapsed().Seconds(), "nodes/s")
}

func BenchmarkIndex(b *testing.B) {
	th := make([]int64, 1024)
	for i := range th {
		th[i] = int64(i) * int64(i)
	}
	ix, f := NewIndex(th), int64(0)
	for b.Loop() {
		ix.Level(f)
		f = (f + 7919) & (1<<20 - 1)
	}
}

func BenchmarkReadBinary(b *testing.B) {
	data := written(b, benchCircuit(b, 64), ownForms[1])
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := ReadBinary(bytes.NewReader(data)); err != nil {
			b.Fatal(err)
		}
	}
}
