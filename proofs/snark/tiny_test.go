package snark

import (
	"testing"

	"tc0/circuits/arith"
)

// tiny is the layer of the cost target in small: every kind of node in some hundred steps.
func tiny(tb testing.TB) *arith.Circuit {
	tb.Helper()
	return layer{channels: 2, modes: 2, length: 2, vocabulary: 3, classes: 2, bits: 4}.build(tb)
}
