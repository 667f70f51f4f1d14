package tensor

import "math"

// AdamW is the optimiser of Loshchilov and Hutter 2019 (arXiv 1711.05101), as PyTorch
// computes it: the decay is multiplied by the learning rate.
type AdamW struct {
	Beta1, Beta2, Eps, Decay float64

	Steps        int       // steps taken
	Mean, Square []float32 // running means of the gradient and its square, as in [Params.Values]
}

// adamScalars are the numbers of one step that are the same for all entries.
type adamScalars struct {
	grad           float32 // factor of the gradient
	beta1, fresh1  float32 // fresh = 1 − beta
	beta2, fresh2  float32
	rate, unbiased float32 // learning rate / (1 − beta1^t), 1 / (1 − beta2^t)
	eps, keep      float32 // keep = 1 − rate·decay
}

// Step moves the parameters against scale times the gradient.
func (o *AdamW) Step(ps *Params, grads []float32, rate, scale float64) {
	if o.Mean == nil {
		o.Mean, o.Square = make([]float32, ps.Len()), make([]float32, ps.Len())
	}
	o.Steps++
	s := adamScalars{
		grad:  float32(scale),
		beta1: float32(o.Beta1), fresh1: float32(1 - o.Beta1),
		beta2: float32(o.Beta2), fresh2: float32(1 - o.Beta2),
		rate:     float32(rate / (1 - math.Pow(o.Beta1, float64(o.Steps)))),
		unbiased: float32(1 / (1 - math.Pow(o.Beta2, float64(o.Steps)))),
		eps:      float32(o.Eps),
	}
	for _, p := range ps.All() {
		s.keep = 1
		if p.Decay {
			s.keep = float32(1 - rate*o.Decay)
		}
		s.step(p.Value, p.Part(grads), p.Part(o.Mean), p.Part(o.Square))
	}
}

func (s *adamScalars) step(value, grad, mean, square []float32) {
	done := 0
	if kern != nil {
		if done = len(value) &^ (kern.lanes - 1); done > 0 {
			kern.adam(s, &value[0], &grad[0], &mean[0], &square[0], done)
		}
	}
	for i := done; i < len(value); i++ {
		g := s.grad * grad[i]
		mean[i] = s.beta1*mean[i] + s.fresh1*g
		square[i] = s.beta2*square[i] + s.fresh2*g*g
		root := float32(math.Sqrt(float64(square[i]*s.unbiased))) + s.eps
		value[i] = s.keep*value[i] - s.rate*mean[i]/root
	}
}

// Sum adds all of parts[1:] to parts[0], in order.
func Sum(parts [][]float32) {
	for _, p := range parts[1:] {
		add(p, parts[0])
	}
}

// Norm is the Euclidean length of x.
func Norm(x []float32) float64 {
	const chunk = 1024
	total := 0.0
	for i := 0; i < len(x); i += chunk {
		part := x[i:min(i+chunk, len(x))]
		total += float64(dot(part, part))
	}
	return math.Sqrt(total)
}
