// Package varint is what the binary files of both circuits are made of: numbers in base
// 128, names, and tables of integers.
//
//	w := varint.NewWriter(file, "tc0arith")
//	w.Uint(3)
//	w.Tables([][]int64{{0, 5, 9}})
//	err := w.Flush()
//
//	r, err := varint.NewReader(file, "tc0arith")
//	n := r.Count()
//	table := r.Table()
//	err = r.End()
//
// A number has one spelling and a file that is read is the only one with its content. The
// first error stays: what is read after it is 0, and [Reader.Err] tells it.
//
// It does not know what the numbers mean, and allocates by no number that was only read.
package varint
