package cert

import (
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"tc0/circuits/compile"
	"tc0/proofs/kernel"
)

// BenchmarkVerify judges whole certificates, and certificates of size and lowering alone.
// wires/s are fan-in entries of the gates written out; heap/file is the peak of the heap over
// the size of model.ac and circuit.tc, sampled every millisecond, garbage included.
func BenchmarkVerify(b *testing.B) {
	for _, name := range []string{"mamba-flipflop4", "s4d-z5"} {
		bundle := compiled(b, name, shape{8, 8, 2, compile.Convolution, compile.Gates, 64})
		b.Run(name+"/all", func(b *testing.B) { verifyAgain(b, bundle) })
		bundle.cert.Claims = bundle.cert.Claims[:2]
		b.Run(name+"/circuit", func(b *testing.B) { verifyAgain(b, bundle) })
	}
}

func verifyAgain(b *testing.B, bundle *bundle) {
	dir := b.TempDir()
	if v := bundle.verify(b, dir); !v.Holds {
		b.Fatal(v.Reason)
	}
	before, peak := heap(), watch()
	for b.Loop() {
		if _, err := kernel.Verify(filepath.Join(dir, FileName), filepath.Join(dir, "checkpoint")); err != nil {
			b.Fatal(err)
		}
	}
	size := len(bundle.files[arithFile]) + len(bundle.files[circuitFile])
	b.ReportMetric(float64(peak()-before)/float64(size), "heap/file")
	b.ReportMetric(float64(bundle.cert.Claims[0].Size.Wires)*float64(b.N)/b.Elapsed().Seconds(), "wires/s")
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// watch samples the heap until its result is called, which is the largest sample.
func watch() (peak func() uint64) {
	stop, done := make(chan struct{}), make(chan uint64)
	go func() {
		most := uint64(0)
		for {
			select {
			case <-stop:
				done <- most
				return
			case <-time.After(time.Millisecond):
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				most = max(most, m.HeapAlloc)
			}
		}
	}()
	return func() uint64 { close(stop); return <-done }
}
