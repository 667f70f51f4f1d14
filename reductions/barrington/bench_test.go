package barrington

import (
	"math/big"
	"math/rand/v2"
	"testing"
)

// BenchmarkStream streams the 16,777,216 letters of a balanced formula of depth 12, and
// multiplies them.
func BenchmarkStream(b *testing.B) {
	for _, name := range []string{"S5", "A5", "PSL(2,7)"} {
		b.Run(name, func(b *testing.B) {
			f := complete(b, 12)
			in := NewInstance(f, named(b, name))
			x := []bool{15: true}
			b.ReportAllocs()
			for b.Loop() {
				letters := 0
				for range in.Word(x) {
					letters++
				}
				if letters != 1<<24 {
					b.Fatal(letters)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/(1<<24), "ns/letter")
		})
	}
}

// BenchmarkValue reads the same words to their answers.
func BenchmarkValue(b *testing.B) {
	f := complete(b, 12)
	in := NewInstance(f, named(b, "A5"))
	x := []bool{15: true}
	for b.Loop() {
		if v, err := in.Value(x); err != nil || v != f.Value(x) {
			b.Fatal(v, err)
		}
	}
}

// BenchmarkAt finds letters of a balanced formula of a million gates, of depth 20: the
// word has 4^20 letters.
func BenchmarkAt(b *testing.B) {
	f := complete(b, 20)
	in := NewInstance(f, named(b, "A5"))
	if want := new(big.Int).Lsh(big.NewInt(1), 40); in.Length().Cmp(want) != 0 {
		b.Fatal(in.Length())
	}
	draw := rand.New(rand.NewPCG(1, 0))
	for b.Loop() {
		if _, err := in.At(new(big.Int).SetUint64(draw.Uint64N(1 << 40))); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkInstance makes the instance of a million gates.
func BenchmarkInstance(b *testing.B) {
	f := complete(b, 20)
	l := named(b, "A5")
	for b.Loop() {
		NewInstance(f, l)
	}
}
