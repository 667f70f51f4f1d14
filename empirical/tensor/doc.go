// Package tensor is the arithmetic of training: a tape that records operations on float32
// matrices and runs them backwards, the operations that sequence models are made of, and
// AdamW.
//
//	var params tensor.Params
//	w := params.Add("w", true, 3, 2) // 3 outputs, 2 inputs
//	e := params.Add("e", true, 10, 2)
//	params.Alloc()
//
//	tape, grads := &tensor.Tape{}, make([]float32, params.Len())
//	optimiser := tensor.AdamW{Beta1: 0.9, Beta2: 0.999, Eps: 1e-8}
//	for range steps {
//		clear(grads)
//		tape.Reset(grads)
//		logits := tape.Linear(tape.Embedding(tokens, e), w)
//		loss := tape.CrossEntropy(logits, labels, 1)
//		tape.Backward()
//		optimiser.Step(&params, grads, 1e-3, 1)
//	}
//
// An operation is as large as a layer allows: a whole scan, a whole LSTM, the attention
// of all heads. Each knows its gradient, so there is no graph, and values live in an
// arena that the tape empties for the next step.
//
// # Speed
//
// The inner loops (tiles of matrix products, the scan of a state-space layer, the
// exponential and its relatives, AdamW) exist in Go and, for amd64, in assembly for
// registers of 256 and of 512 bits; the processor decides at the start, and [Kernel] says
// how. The build tag purego leaves the loops in Go. Matrix products copy their right
// operand into panels once and reuse it; the left one is read where it is, with any
// strides, so that products with transposed matrices cost the same.
//
// Products, scans and the rest are not split over goroutines: use a tape for each part of
// a batch. Parts of some 16 sequences stay in a processor's cache, which is faster than
// one large part.
//
// # Rounding
//
// An operation gives the same bytes whenever it is given the same bytes and the same loops
// do it. Different loops round differently, and so do parts of a batch of other sizes.
// The exponential is exact to 2e-7, relative; GELU takes the error function from a formula
// that is exact to 1.5e-7, absolute.
//
// # What it does not do
//
// No broadcasting, no views, no other types, no gradients of gradients, no accelerators.
// Sizes that do not fit are faults of the program: they panic.
package tensor
