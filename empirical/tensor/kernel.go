package tensor

// Kernels are loops in assembly for the registers of one kind of processor. Sizes are
// numbers of floats. A nil *kernels means the loops in Go.
type kernels struct {
	name  string
	lanes int // floats in a register

	// C += A·B for a tile of 8, 4 or 1 rows and 2·lanes columns: A has strides of rs and
	// cs bytes, B is k rows of 2·lanes floats, C has a stride of ldc bytes. tile8 may be
	// nil. The narrow ones have lanes columns.
	tile8, tile4, tile1, narrow4, narrow1 func(k int, a *float32, rs, cs int, b, c *float32, ldc int)

	// The functions of activation, for n entries, a multiple of lanes.
	activate [activations]func(value, slope, x *float32, n int)
	// y += a·x, and y += a·x entry by entry, for n entries, a multiple of lanes.
	axpy   func(a float32, x, y *float32, n int)
	mulAdd func(a, x, y *float32, n int)
	// One step of AdamW for n entries, a multiple of lanes.
	adam func(s *adamScalars, value, grad, mean, square *float32, n int)

	// The selective scan of one sequence and as many channels as there are lanes.
	scan, scanStates, scanBackward func(*scanArgs)
}

// kern is what the processor can do best.
var kern = detect()

// Kernel names the loops in use: "avx512", "avx2" or "go". A run gives the same bytes
// wherever the same loops are used; others round differently.
func Kernel() string {
	if kern == nil {
		return "go"
	}
	return kern.name
}
