//go:build !purego

package tensor

import (
	"math"

	"golang.org/x/sys/cpu"
)

// detect is the widest registers that the processor and the system have.
func detect() *kernels {
	switch {
	case cpu.X86.HasAVX512F && cpu.X86.HasAVX512DQ:
		return &avx512
	case cpu.X86.HasAVX2 && cpu.X86.HasFMA:
		return &avx2
	}
	return nil
}

var avx512 = kernels{
	name: "avx512", lanes: 16,
	tile8: tile8AVX512, tile4: tile4AVX512, tile1: tile1AVX512, narrow4: narrow4AVX512, narrow1: narrow1AVX512,
	activate: [activations]func(value, slope, x *float32, n int){
		expAVX512, sigmoidAVX512, tanhAVX512, siluAVX512, geluAVX512, softplusAVX512,
	},
	axpy: axpyAVX512, mulAdd: mulAddAVX512, adam: adamAVX512,
	scan: scanAVX512, scanStates: scanStatesAVX512, scanBackward: scanBackwardAVX512,
}

var avx2 = kernels{
	name: "avx2", lanes: 8,
	tile4: tile4AVX2, tile1: tile1AVX2, narrow4: narrow4AVX2, narrow1: narrow1AVX2,
	activate: [activations]func(value, slope, x *float32, n int){
		expAVX2, sigmoidAVX2, tanhAVX2, siluAVX2, geluAVX2, softplusAVX2,
	},
	axpy: axpyAVX2, mulAdd: mulAddAVX2, adam: adamAVX2,
	scan: scanAVX2, scanStates: scanStatesAVX2, scanBackward: scanBackwardAVX2,
}

// numbers are the constants that the kernels read, each in every lane of a register.
type numbers struct {
	expLow, expHigh, log2e, ln2High, ln2Low, exp7, exp6, exp5, exp4, exp3 [16]uint32
	one, two, minusTwo, half, minusHalf                                   [16]uint32
	erfScale, erf1, erf2, erf3, erf4, erf5, peak                          [16]uint32
	over3, over5, over7, over9, over11, over13, over15                    [16]uint32
	// Whole numbers: the sign bit, all other bits, and the exponent of 1.
	sign, abs, bias [16]uint32
}

// constants has its only reader in lanes_amd64.h.
//
//lint:ignore U1000 read by assembly
var constants = numbers{
	expLow:    lanesOf(expLow),
	expHigh:   lanesOf(expHigh),
	log2e:     lanesOf(log2e),
	ln2High:   lanesOf(ln2High),
	ln2Low:    lanesOf(ln2Low),
	exp7:      lanesOf(exp7),
	exp6:      lanesOf(exp6),
	exp5:      lanesOf(exp5),
	exp4:      lanesOf(exp4),
	exp3:      lanesOf(exp3),
	one:       lanesOf(1),
	two:       lanesOf(2),
	minusTwo:  lanesOf(-2),
	half:      lanesOf(0.5),
	minusHalf: lanesOf(-0.5),
	erfScale:  lanesOf(erfScale),
	erf1:      lanesOf(erf1),
	erf2:      lanesOf(erf2),
	erf3:      lanesOf(erf3),
	erf4:      lanesOf(erf4),
	erf5:      lanesOf(erf5),
	peak:      lanesOf(normalPeak),
	over3:     lanesOf(2.0 / 3),
	over5:     lanesOf(2.0 / 5),
	over7:     lanesOf(2.0 / 7),
	over9:     lanesOf(2.0 / 9),
	over11:    lanesOf(2.0 / 11),
	over13:    lanesOf(2.0 / 13),
	over15:    lanesOf(2.0 / 15),
	sign:      same(1 << 31),
	abs:       same(1<<31 - 1),
	bias:      same(127),
}

func lanesOf(v float32) [16]uint32 { return same(math.Float32bits(v)) }

func same(v uint32) (lanes [16]uint32) {
	for i := range lanes {
		lanes[i] = v
	}
	return lanes
}

//go:noescape
func tile8AVX512(k int, a *float32, rs, cs int, b, c *float32, ldc int)

//go:noescape
func tile4AVX512(k int, a *float32, rs, cs int, b, c *float32, ldc int)

//go:noescape
func tile1AVX512(k int, a *float32, rs, cs int, b, c *float32, ldc int)

//go:noescape
func narrow4AVX512(k int, a *float32, rs, cs int, b, c *float32, ldc int)

//go:noescape
func narrow1AVX512(k int, a *float32, rs, cs int, b, c *float32, ldc int)

//go:noescape
func expAVX512(value, slope, x *float32, n int)

//go:noescape
func sigmoidAVX512(value, slope, x *float32, n int)

//go:noescape
func tanhAVX512(value, slope, x *float32, n int)

//go:noescape
func siluAVX512(value, slope, x *float32, n int)

//go:noescape
func geluAVX512(value, slope, x *float32, n int)

//go:noescape
func softplusAVX512(value, slope, x *float32, n int)

//go:noescape
func axpyAVX512(a float32, x, y *float32, n int)

//go:noescape
func mulAddAVX512(a, x, y *float32, n int)

//go:noescape
func adamAVX512(s *adamScalars, value, grad, mean, square *float32, n int)

//go:noescape
func scanAVX512(args *scanArgs)

//go:noescape
func scanStatesAVX512(args *scanArgs)

//go:noescape
func scanBackwardAVX512(args *scanArgs)

//go:noescape
func tile4AVX2(k int, a *float32, rs, cs int, b, c *float32, ldc int)

//go:noescape
func tile1AVX2(k int, a *float32, rs, cs int, b, c *float32, ldc int)

//go:noescape
func narrow4AVX2(k int, a *float32, rs, cs int, b, c *float32, ldc int)

//go:noescape
func narrow1AVX2(k int, a *float32, rs, cs int, b, c *float32, ldc int)

//go:noescape
func expAVX2(value, slope, x *float32, n int)

//go:noescape
func sigmoidAVX2(value, slope, x *float32, n int)

//go:noescape
func tanhAVX2(value, slope, x *float32, n int)

//go:noescape
func siluAVX2(value, slope, x *float32, n int)

//go:noescape
func geluAVX2(value, slope, x *float32, n int)

//go:noescape
func softplusAVX2(value, slope, x *float32, n int)

//go:noescape
func axpyAVX2(a float32, x, y *float32, n int)

//go:noescape
func mulAddAVX2(a, x, y *float32, n int)

//go:noescape
func adamAVX2(s *adamScalars, value, grad, mean, square *float32, n int)

//go:noescape
func scanAVX2(args *scanArgs)

//go:noescape
func scanStatesAVX2(args *scanArgs)

//go:noescape
func scanBackwardAVX2(args *scanArgs)
