package words

import (
	"io"
	"testing"
)

// One million A5 words of length 20 as CSV: the bound is 10 s.
func BenchmarkCSV(b *testing.B) {
	p := named(b, "A5")
	for b.Loop() {
		seq, err := p.Random(Sample{Length: 20, Count: 1_000_000, Seed: 1})
		if err := WriteCSV(io.Discard, rows(b, seq, err)); err != nil {
			b.Fatal(err)
		}
	}
}

// The same words written and read back with every product checked.
func BenchmarkReadCSV(b *testing.B) {
	p := named(b, "A5")
	for b.Loop() {
		r, w := io.Pipe()
		go func() {
			seq, err := p.Random(Sample{Length: 20, Count: 1_000_000, Seed: 1})
			w.CloseWithError(WriteCSV(w, rows(b, seq, err)))
		}()
		for _, err := range p.ReadCSV(r, "pipe") {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
}

// Training set of the size of the recognition benchmark.
func BenchmarkFLaRe(b *testing.B) {
	p := named(b, "A5")
	for b.Loop() {
		l := language(b, p)
		seq, err := l.Balanced(Balance{MaxLength: 40, Count: 10_000, Seed: 1})
		if err := l.WriteFLaRe(Split[io.Writer]{io.Discard, io.Discard, io.Discard, io.Discard}, rows(b, seq, err)); err != nil {
			b.Fatal(err)
		}
	}
}
