package words

import (
	"bytes"
	"fmt"
	"io"
	"iter"
	"testing"

	"tc0/theory/algebra"
)

// named is a problem that must exist.
func named(t testing.TB, name string) *Problem {
	t.Helper()
	p, err := Named(name, 1000)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// counter is the monoid {0, 1, …, n−1} under addition that stops at n−1: not a group.
type counter int

func (n counter) Order() int           { return int(n) }
func (n counter) Product(i, j int) int { return min(i+j, int(n)-1) }

var (
	_ Monoid = (*algebra.Table)(nil)
	_ Monoid = (*algebra.Monoid)(nil)
)

func rows(t testing.TB, seq iter.Seq[Row], err error) iter.Seq[Row] {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return seq
}

// collect clones all rows.
func collect(seq iter.Seq[Row]) []Row {
	var all []Row
	for row := range seq {
		all = append(all, row.Clone())
	}
	return all
}

// collectRead clones the rows up to the first error.
func collectRead(seq iter.Seq2[Row, error]) ([]Row, error) {
	var all []Row
	for row, err := range seq {
		if err != nil {
			return all, err
		}
		all = append(all, row.Clone())
	}
	return all, nil
}

func csvOf(t testing.TB, seq iter.Seq[Row]) string {
	t.Helper()
	var b bytes.Buffer
	if err := WriteCSV(&b, seq); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// failing is a writer that takes some bytes and then fails.
type failing int

func (f *failing) Write(p []byte) (int, error) {
	if *f -= failing(len(p)); *f < 0 {
		return 0, fmt.Errorf("disk full: %w", io.ErrShortWrite)
	}
	return len(p), nil
}
