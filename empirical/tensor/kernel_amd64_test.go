//go:build !purego

package tensor

import "golang.org/x/sys/cpu"

// available are the loops that this processor can run.
func available() []*kernels {
	all := []*kernels{nil}
	if cpu.X86.HasAVX2 && cpu.X86.HasFMA {
		all = append(all, &avx2)
	}
	if cpu.X86.HasAVX512F && cpu.X86.HasAVX512DQ {
		all = append(all, &avx512)
	}
	return all
}
