package algebra

import (
	"strconv"
	"testing"
	"time"
)

// BenchmarkFullTransformationMonoid7 lists T_7, 823,543 elements, with its Green
// structure. B/op bounds the memory from above.
func BenchmarkFullTransformationMonoid7(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if classes := greenClasses(b, 7); classes != 7 {
			b.Fatalf("%d D-classes", classes)
		}
	}
}

// BenchmarkFullTransformationMonoid6 does the same for T_6, 46,656 elements, which
// GAP's library can still do in seconds, and reports GAP's time over ours.
func BenchmarkFullTransformationMonoid6(b *testing.B) {
	theirs := gapTime(b, `
		M := Monoid(Transformation([2,3,4,5,6,1]), Transformation([2,1]), Transformation([1,1]));;
		if Size(M) <> 46656 or Length(GreensDClasses(M)) <> 6 then Print("Error, another monoid\n"); fi;;`)
	b.ResetTimer()
	for b.Loop() {
		if classes := greenClasses(b, 6); classes != 6 {
			b.Fatalf("%d D-classes", classes)
		}
	}
	reportRatio(b, theirs)
}

func greenClasses(b *testing.B, n int) int {
	m, err := Enumerate(full(n), 1<<20)
	if err != nil {
		b.Fatal(err)
	}
	return len(m.Green().Classes)
}

// BenchmarkDerivedSeriesS10 starts from two generators, and reports GAP's time over
// ours.
func BenchmarkDerivedSeriesS10(b *testing.B) {
	theirs := gapTime(b, `
		for i in [1..20] do
		  G := Group((1,2,3,4,5,6,7,8,9,10), (1,2));
		  if List(DerivedSeriesOfGroup(G), Size) <> [3628800, 1814400] then Print("Error, another series\n"); fi;
		od;;`) / 20
	gens := named(b, "S10").Generators
	b.ResetTimer()
	for b.Loop() {
		g, err := NewGroup(gens)
		if err != nil {
			b.Fatal(err)
		}
		if series := g.DerivedSeries(); len(series) != 2 || series[1].Order().Int64() != 1814400 {
			b.Fatalf("%d terms", len(series))
		}
	}
	reportRatio(b, theirs)
}

// BenchmarkSurveyFullTransformationMonoid16 finds the groups of T_16, which has more
// than 10^19 elements.
func BenchmarkSurveyFullTransformationMonoid16(b *testing.B) {
	for b.Loop() {
		if _, err := MaximalSubgroups(full(16), 1<<16); err != nil {
			b.Fatal(err)
		}
	}
}

// gapTime runs a GAP program and returns the time it takes inside GAP, or 0 if GAP
// is not installed.
func gapTime(b *testing.B, program string) time.Duration {
	b.Helper()
	if !gapInstalled() {
		return 0
	}
	lines := gap(b, "start := NanosecondsSinceEpoch();;\n"+program+
		"\nPrint(NanosecondsSinceEpoch() - start, \"\\n\");\nQUIT;\n")
	ns, err := strconv.ParseInt(lines[len(lines)-1], 10, 64)
	if err != nil {
		b.Fatal(err)
	}
	return time.Duration(ns)
}

func reportRatio(b *testing.B, theirs time.Duration) {
	if theirs > 0 {
		b.ReportMetric(theirs.Seconds(), "gap-s/op")
		b.ReportMetric(theirs.Seconds()/(b.Elapsed().Seconds()/float64(b.N)), "gap-ratio")
	}
}
