package ssm

import (
	"fmt"
	"math"
)

// NormKind tells the two normalisations apart.
type NormKind int

const (
	// RMSNorm divides by the root mean square (Zhang and Sennrich 2019, arXiv 1910.07467).
	RMSNorm NormKind = iota
	// LayerNorm first subtracts the mean (Ba, Kiros, Hinton 2016, arXiv 1607.06450).
	LayerNorm
)

// String returns "RMSNorm" or "LayerNorm".
func (k NormKind) String() string {
	switch k {
	case RMSNorm:
		return "RMSNorm"
	case LayerNorm:
		return "LayerNorm"
	}
	return fmt.Sprintf("NormKind(%d)", int(k))
}

// Norm is a normalisation with a learned weight and, for some LayerNorms, a bias:
//
//	centred = x            (RMSNorm)
//	centred = x - mean(x)  (LayerNorm)
//	scale   = 1 / sqrt(mean(centred^2) + Eps)
//	out     = centred * scale * Weight [+ Bias]
//
// The variance is the biased one (divided by the length). Probe names:
// norm_centred[d], norm_scale[1], norm_out[d].
type Norm struct {
	Kind   NormKind
	Weight []float64
	Bias   []float64 // nil for RMSNorm and for a LayerNorm without bias
	Eps    float64
}

// run normalises every position.
func (n *Norm) run(xs [][]float64, emit emitFunc) [][]float64 {
	out := make([][]float64, len(xs))
	for t, x := range xs {
		out[t] = n.apply(x, t, emit)
	}
	return out
}

// apply normalises the vector at position t.
func (n *Norm) apply(x []float64, t int, emit emitFunc) []float64 {
	size := float64(len(x))
	centred := append([]float64(nil), x...)
	if n.Kind == LayerNorm {
		mean := 0.0
		for _, v := range x {
			mean += v
		}
		mean /= size
		for i := range centred {
			centred[i] -= mean
		}
	}
	scale := 1 / math.Sqrt(dot(centred, centred)/size+n.Eps)
	out := make([]float64, len(x))
	for i, v := range centred {
		out[i] = float64(float64(v*scale) * n.Weight[i])
		if n.Bias != nil {
			out[i] += n.Bias[i]
		}
	}
	emit("norm_centred", t, centred)
	emit("norm_scale", t, []float64{scale})
	emit("norm_out", t, out)
	return out
}
