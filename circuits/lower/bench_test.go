package lower_test

import (
	"context"
	"runtime"
	"testing"

	"tc0/circuits/arith"
	"tc0/circuits/compile"
	"tc0/circuits/lower"
	"tc0/theory/ssm"
)

// BenchmarkCircuit lowers a Mamba model of two blocks at length 16 in 14 bits.
func BenchmarkCircuit(b *testing.B) {
	ac, o := model(b, "mamba-a5-g2", 16, 14)
	b.ReportAllocs()
	var gates uint64
	for b.Loop() {
		tc, err := lower.Circuit(ac, o)
		if err != nil {
			b.Fatal(err)
		}
		gates = tc.Gates()
	}
	perSecond := float64(b.N) / b.Elapsed().Seconds()
	b.ReportMetric(float64(ac.Len())*perSecond, "nodes/s")
	b.ReportMetric(float64(gates)*perSecond, "gates/s")

	runtime.GC()
	tc, err := lower.Circuit(ac, o)
	if err != nil {
		b.Fatal(err)
	}
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.HeapAlloc)/(1<<20), "MiB-live")
	runtime.KeepAlive(tc)
}

// model compiles a checkpoint to an arithmetic circuit in two digits.
func model(tb testing.TB, name string, n, bits int) (*arith.Circuit, lower.Options) {
	tb.Helper()
	ck, err := ssm.Load("../../theory/ssm/testdata/" + name)
	if err != nil {
		tb.Fatal(err)
	}
	alphabet := compile.Alphabet(ck)
	tensors, err := compile.Calibrate(context.Background(), ck, compile.Convolution, compile.Words(alphabet, 64, n, 1))
	if err != nil {
		tb.Fatal(err)
	}
	m, err := compile.New(ck, &compile.Quant{
		Version: 1, Checkpoint: ck.Digest, Form: compile.Convolution, Precision: compile.Precision{Base: bits},
		Digits: 2, Minimize: compile.Gates, Alphabet: alphabet, Tensors: tensors,
	}, n)
	if err != nil {
		tb.Fatal(err)
	}
	ac, err := m.Arith(n)
	if err != nil {
		tb.Fatal(err)
	}
	return ac, m.Options()
}
