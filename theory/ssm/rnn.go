package ssm

import (
	"fmt"
	"math"
)

// Activation is a function applied entry by entry. Its name is the one that
// config.json uses.
type Activation string

const (
	Tanh Activation = "tanh"
	ReLU Activation = "relu" // max(v, 0)
	GELU Activation = "gelu" // the exact form with erf
	// Sign is -1, 0 or +1, with sgn(0) = 0 as in torch.sign. Merrill, Petty and
	// Sabharwal 2024 leave sgn(0) open.
	Sign Activation = "sign"
)

// of returns the activation of one number.
func (a Activation) of(v float64) float64 {
	switch a {
	case Tanh:
		return math.Tanh(v)
	case ReLU:
		return max(v, 0)
	case GELU:
		return gelu(v)
	}
	switch {
	case v > 0:
		return 1
	case v < 0:
		return -1
	}
	return v // zero or NaN
}

// RNN is one layer of a simple recurrent network (Elman 1990), as in torch.nn.RNN.
// With e = DIn and h = DHidden, position t of the stream x, h_{-1} = 0:
//
//	h_t = Activation(Input x_t + Recurrent h_{t-1});  the stream becomes h_t
//
// There is no residual sum, and the width of the stream changes from e to h. With
// the activation Sign and no biases this is the RNN-SSM of Merrill, Petty,
// Sabharwal 2024, "The Illusion of State in State-Space Models", arXiv 2404.08819,
// section 5: h_t = sgn(A h_{t-1} + B x_t) with A = Recurrent and B = Input.
//
// An RNN has the Recurrent form only.
//
// Probe names and lengths: block_in[e]; pre[h] (the argument of the activation);
// block_out[h] (h_t).
type RNN struct {
	DIn, DHidden int
	Activation   Activation // Tanh, ReLU or Sign

	Input     Linear // h x e
	Recurrent Linear // h x h, with a bias exactly if Input has one
}

func (r *RNN) run(xs [][]float64, _ Form, emit emitFunc) [][]float64 { return recur(r, xs, emit) }

func (r *RNN) start() cell { return &rnnCell{r, make([]float64, r.DHidden)} }

type rnnCell struct {
	*RNN
	h []float64
}

func (c *rnnCell) step(x []float64, t int, emit emitFunc) []float64 {
	emit("block_in", t, x)
	pre := add(c.Input.apply(x), c.Recurrent.apply(c.h))
	emit("pre", t, pre)
	c.h = apply(c.Activation.of, pre)
	emit("block_out", t, c.h)
	return c.h
}

func (r *RNN) width() int { return r.DHidden }

func (*RNN) recurrentOnly() {}

func (r *RNN) validate(name string, width int) error {
	if r.Activation != Tanh && r.Activation != ReLU && r.Activation != Sign {
		return fmt.Errorf("%s.Activation is %q, expected %q, %q or %q", name, r.Activation, Tanh, ReLU, Sign)
	}
	return validateGates(name, width, r.DIn, r.DHidden, 1, &r.Input, &r.Recurrent)
}

// validateGates checks the two maps of a recurrent layer with the given number of
// gates.
func validateGates(name string, width, in, hidden, gates int, input, recurrent *Linear) error {
	if in != width || hidden <= 0 {
		return fmt.Errorf("%s has sizes DIn %d, DHidden %d, expected %d and a positive number", name, in, hidden, width)
	}
	if (input.Bias == nil) != (recurrent.Bias == nil) {
		return fmt.Errorf("%s has one bias, expected none or one for Input and one for Recurrent", name)
	}
	return firstError(
		input.validate(name+".Input", gates*hidden, in),
		recurrent.validate(name+".Recurrent", gates*hidden, hidden))
}
