package snark

import (
	"bytes"
	"context"
	"os"
	"syscall"
	"testing"
	"time"
)

// The cost target: at most so many constraints, and so much CPU time for a proof.
const (
	targetConstraints = 460_000
	targetProof       = 10 * time.Second
)

// long skips what takes minutes.
func long(tb testing.TB, what string) {
	tb.Helper()
	if os.Getenv("TC0_LONG") == "" {
		tb.Skipf("%s: set TC0_LONG=1", what)
	}
}

// cpu is the CPU time of this process so far.
func cpu(tb testing.TB) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// peak is the most memory of this process so far, in MiB.
func peak(tb testing.TB) int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		tb.Fatal(err)
	}
	return u.Maxrss >> 10
}

// TestTargetPlan checks the target's count without compiling it: what the tally leaves out
// is a few hundred constraints, and compiled systems are compared with it elsewhere.
func TestTargetPlan(t *testing.T) {
	p, err := newPlan(target.build(t), 1)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d constraints, predicted proof %.2f s, %+v", p.tally.Constraints(), p.tally.ProveMicros()/1e6, p.tally)
	if n := p.tally.Constraints() + 2000; n > targetConstraints {
		t.Errorf("up to %d constraints, the target is %d", n, targetConstraints)
	}
}

// BenchmarkTarget proves the target with real keys. CPU time, setup included, takes some
// three minutes.
func BenchmarkTarget(b *testing.B) {
	long(b, "keys of 400,000 constraints take minutes")
	start := cpu(b)
	s, err := Lower(target.build(b), Options{Backend: Groth16, Words: Private})
	if err != nil {
		b.Fatal(err)
	}
	b.Logf("%d constraints, lowered in %v, %d MiB", s.Constraints(), cpu(b)-start, peak(b))
	if s.Constraints() > targetConstraints {
		b.Fatalf("%d constraints, the target is %d", s.Constraints(), targetConstraints)
	}
	start = cpu(b)
	pk, vk, err := s.Setup(Origin{})
	if err != nil {
		b.Fatal(err)
	}
	var size bytes.Buffer
	if err := pk.Write(&size); err != nil {
		b.Fatal(err)
	}
	b.Logf("setup %v, %d MiB, proving key %d MB", cpu(b)-start, peak(b), size.Len()/1_000_000)
	size = bytes.Buffer{}
	word := make([]int, target.length)
	for i := range word {
		word[i] = i * i % target.vocabulary
	}
	for b.Loop() {
		a, err := s.Assign(word)
		if err != nil {
			b.Fatal(err)
		}
		start = cpu(b)
		p, err := s.Prove(context.Background(), pk, a)
		if err != nil {
			b.Fatal(err)
		}
		took := cpu(b) - start
		b.ReportMetric(took.Seconds(), "cpu-s/proof")
		if took > targetProof {
			b.Errorf("a proof took %v of CPU time, the target is %v", took, targetProof)
		}
		start = cpu(b)
		if err := Verify(p, vk); err != nil {
			b.Fatal(err)
		}
		b.Logf("proof %v, %d bytes, verified in %v, %d MiB", took, len(p.Proof), cpu(b)-start, peak(b))
	}
}
