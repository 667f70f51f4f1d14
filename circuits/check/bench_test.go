package check_test

import (
	"context"
	"testing"

	"tc0/circuits/check"
	"tc0/circuits/compile"
)

// BenchmarkLowering validates a Mamba model of length 16 in 8 bits and two digits.
func BenchmarkLowering(b *testing.B) {
	ac, tc := build(b, config{"mamba-s3-g2", compile.Convolution, compile.Gates, 16, 8, 2})
	var r check.Report
	for b.Loop() {
		r = check.Lowering(context.Background(), ac, tc, check.Options{})
	}
	if r.Verdict != check.Holds {
		b.Fatalf("%v %v", r.Verdict, r.Failing)
	}
	b.ReportMetric(float64(r.Compared.Nodes)*float64(b.N)/b.Elapsed().Seconds(), "nodes/s")
	b.ReportMetric(float64(r.Compared.Gates)*float64(b.N)/b.Elapsed().Seconds(), "gates/s")
	b.Logf("%+v", r.Compared)
}
