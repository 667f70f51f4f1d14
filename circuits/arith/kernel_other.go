//go:build !amd64

package arith

const wide = false

func sumAVX512(*[lanes]int64, int64, *read, int, int, *int64) { panic("no kernel") }

func stepAVX512(*Index, *[lanes]int64, int64, int64, *[lanes]int64, *[lanes]int64, int64, int64) {
	panic("no kernel")
}

func reachAVX512(int64, *[lanes]int64, *[lanes]int64, *[lanes]int64, int64, int64) {
	panic("no kernel")
}
