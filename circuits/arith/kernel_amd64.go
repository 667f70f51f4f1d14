package arith

import "golang.org/x/sys/cpu"

// wide tells whether the processor has the registers of 512 bits that the kernels use.
// Where it has not, loops in Go do the same.
var wide = cpu.X86.HasAVX512F && cpu.X86.HasAVX512DQ

// sumAVX512 sets acc to a constant and the sum of reads of values, plain ones first,
// then products of two.
//
//go:noescape
func sumAVX512(acc *[lanes]int64, constant int64, reads *read, plain, products int, slots *int64)

// stepAVX512 is [Index.levels] for an index without crowded segments. Unless value is
// nil it sets it to base + by·level.
//
//go:noescape
func stepAVX512(ix *Index, form *[lanes]int64, off, count int64, level, value *[lanes]int64, base, by int64)

// reachAVX512 is stepAVX512 for one threshold.
//
//go:noescape
func reachAVX512(threshold int64, form, level, value *[lanes]int64, base, by int64)
