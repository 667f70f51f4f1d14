package ssm

import "math"

// LSTM is one layer of long short-term memory with a forget gate (Hochreiter and
// Schmidhuber 1997; Gers, Schmidhuber, Cummins 2000), as in torch.nn.LSTM. With
// e = DIn and h = DHidden, position t of the stream x, h_{-1} = c_{-1} = 0:
//
//	(i, f, g, o) = Input x_t + Recurrent h_{t-1}                    lengths h, h, h, h
//	c_t          = sigmoid(f) * c_{t-1} + sigmoid(i) * tanh(g)
//	h_t          = sigmoid(o) * tanh(c_t);  the stream becomes h_t
//
// There is no residual sum, and the width of the stream changes from e to h. An LSTM
// has the Recurrent form only.
//
// Probe names and lengths: block_in[e]; gate_i[h], gate_f[h], gate_g[h], gate_o[h]
// (after sigmoid or tanh); cell[h] (c_t); block_out[h] (h_t).
type LSTM struct {
	DIn, DHidden int

	Input     Linear // 4h x e, rows in the order i, f, g, o
	Recurrent Linear // 4h x h, with a bias exactly if Input has one
}

func (l *LSTM) run(xs [][]float64, _ Form, emit emitFunc) [][]float64 { return recur(l, xs, emit) }

func (l *LSTM) start() cell {
	return &lstmCell{l, make([]float64, l.DHidden), make([]float64, l.DHidden)}
}

type lstmCell struct {
	*LSTM
	h, c []float64
}

func (c *lstmCell) step(x []float64, t int, emit emitFunc) []float64 {
	emit("block_in", t, x)
	pre, n := add(c.Input.apply(x), c.Recurrent.apply(c.h)), c.DHidden
	in, forget := apply(sigmoid, pre[:n]), apply(sigmoid, pre[n:2*n])
	value, out := apply(math.Tanh, pre[2*n:3*n]), apply(sigmoid, pre[3*n:])
	c.c = add(multiply(forget, c.c), multiply(in, value))
	c.h = multiply(out, apply(math.Tanh, c.c))
	emit("gate_i", t, in)
	emit("gate_f", t, forget)
	emit("gate_g", t, value)
	emit("gate_o", t, out)
	emit("cell", t, c.c)
	emit("block_out", t, c.h)
	return c.h
}

func (l *LSTM) width() int { return l.DHidden }

func (*LSTM) recurrentOnly() {}

func (l *LSTM) validate(name string, width int) error {
	return validateGates(name, width, l.DIn, l.DHidden, 4, &l.Input, &l.Recurrent)
}
