package tensor

// The recurrent operations take and give rows by time: row t·batch + b is position t of
// sequence b, so that the states of one time are a matrix.

// A Recurrence is the function f of an RNN.
type Recurrence int

const (
	Tanh Recurrence = iota
	ReLU
	Sign // −1, 0 or 1; its gradient is 0
)

// RNN is h_t = f(x_t + h_{t−1}·wᵀ) with h_{−1} = 0, for x of width h, which holds the
// inputs' part and the biases, and w of shape [h, h].
func (t *Tape) RNN(x *Tensor, w *Param, length int, f Recurrence) *Tensor {
	h := x.Cols
	size := len(x.Value) / length // of the states of one time
	batch := size / h
	y := t.new(x.Rows, h)
	copy(y.Value, x.Value)
	recur := t.pack(h, h, matrix{w.Value, 1, h})
	for k := range length {
		now := y.Value[k*size : (k+1)*size]
		if k > 0 {
			t.addMul(batch, matrix{y.Value[(k-1)*size:], h, 1}, recur, now, h)
		}
		f.apply(now)
	}
	t.push(func() {
		back := t.pack(h, h, matrix{w.Value, h, 1})
		g := t.floats(len(x.Value)) // by what f is applied to
		for k := length - 1; k >= 0; k-- {
			now := g[k*size : (k+1)*size]
			f.slope(now, y.Value[k*size:], y.Grad[k*size:])
			if k > 0 {
				t.addMul(batch, matrix{now, h, 1}, back, y.Grad[(k-1)*size:], h)
			}
		}
		add(g, x.Grad)
		t.recurrentGrad(y, g, h, size, w)
	})
	return y
}

func (f Recurrence) apply(x []float32) {
	switch f {
	case Tanh:
		tanhOf.apply(x, nil, x)
	case ReLU:
		for i, v := range x {
			x[i] = max(v, 0)
		}
	case Sign:
		for i, v := range x {
			switch {
			case v > 0:
				x[i] = 1
			case v < 0:
				x[i] = -1
			}
		}
	}
}

// slope sets dst to the gradient g by y = f(x) times f′(x).
func (f Recurrence) slope(dst, y, g []float32) {
	y, g = y[:len(dst)], g[:len(dst)]
	for i, v := range y {
		switch {
		case f == Tanh:
			dst[i] = g[i] * (1 - v*v)
		case f == ReLU && v > 0:
			dst[i] = g[i]
		default:
			dst[i] = 0
		}
	}
}

// recurrentGrad adds the gradient by a recurrent weight: g, of the given width, is that by
// what the products with states were added to.
func (t *Tape) recurrentGrad(y *Tensor, g []float32, width, size int, w *Param) {
	h := y.Cols
	n := y.Rows - size/h // all states but the last ones
	if n > 0 {
		states := t.pack(n, h, matrix{y.Value, h, 1})
		t.addMul(width, matrix{g[(y.Rows-n)*width:], 1, width}, states, t.grad(w), h)
	}
}

// LSTM is, for x of width 4h (gates i, f, g, o) and w of shape [4h, h], with
// (i, f, g, o) = x_t + h_{t−1}·wᵀ,
//
//	c_t = sigmoid(f)·c_{t−1} + sigmoid(i)·tanh(g),  h_t = sigmoid(o)·tanh(c_t),  h_{−1} = c_{−1} = 0
func (t *Tape) LSTM(x *Tensor, w *Param, length int) *Tensor {
	h := x.Cols / 4
	l := &lstm{h: h, size: x.Rows / length * h}
	y := t.new(x.Rows, h)
	l.gates, l.cells, l.squashed = t.floats(len(x.Value)), t.floats((length+1)*l.size), t.floats(length*l.size)
	copy(l.gates, x.Value)
	clear(l.cells[:l.size])
	batch := l.size / h
	recur := t.pack(h, 4*h, matrix{w.Value, 1, h})
	for k := range length {
		if k > 0 {
			t.addMul(batch, matrix{y.Value[(k-1)*l.size:], h, 1}, recur, l.gates[k*4*l.size:], 4*h)
		}
		l.step(k, y.Value[k*l.size:(k+1)*l.size])
	}
	t.push(func() {
		back := t.pack(4*h, h, matrix{w.Value, h, 1})
		g, gCell := t.floats(len(x.Value)), t.zeros(l.size)
		for k := length - 1; k >= 0; k-- {
			now := g[k*4*l.size : (k+1)*4*l.size]
			l.stepBack(k, y.Grad[k*l.size:], gCell, now)
			if k > 0 {
				t.addMul(batch, matrix{now, 4 * h, 1}, back, y.Grad[(k-1)*l.size:], h)
			}
		}
		add(g, x.Grad)
		t.recurrentGrad(y, g, 4*h, l.size, w)
	})
	return y
}

// An lstm holds what one use of LSTM keeps for the way back.
type lstm struct {
	h, size  int
	gates    []float32 // after sigmoid and tanh
	cells    []float32 // c_{t−1} at the place of time t
	squashed []float32 // tanh(c_t)
}

// step computes the states of time k, given its gates before sigmoid and tanh.
func (l *lstm) step(k int, y []float32) {
	h, s := l.h, l.size
	cells, next, squashed := l.cells[k*s:(k+1)*s], l.cells[(k+1)*s:(k+2)*s], l.squashed[k*s:(k+1)*s]
	for b := 0; b < s; b += h {
		i, f, g, o := l.split(k, b)
		both := l.gates[(k*s+b)*4:][:2*h]
		sigmoidOf.apply(both, nil, both)
		tanhOf.apply(g, nil, g)
		sigmoidOf.apply(o, nil, o)
		before, after := cells[b:b+h], next[b:b+h]
		for j := range after {
			after[j] = f[j]*before[j] + i[j]*g[j]
		}
	}
	tanhOf.apply(squashed, nil, next)
	for b := 0; b < s; b += h {
		_, _, _, o := l.split(k, b)
		row, sq := y[b:b+h], squashed[b:b+h]
		for j := range row {
			row[j] = o[j] * sq[j]
		}
	}
}

// split is the gates of one time and sequence; b is the sequence's place among the states.
func (l *lstm) split(k, b int) (i, f, g, o []float32) {
	h := l.h
	r := l.gates[(k*l.size+b)*4:][:4*h]
	return r[:h], r[h : 2*h], r[2*h : 3*h], r[3*h:]
}

// stepBack sets gx to the gradient by the gates of time k before sigmoid and tanh, and
// moves gCell from c_k to c_{k−1}.
func (l *lstm) stepBack(k int, gy, gCell, gx []float32) {
	h, s := l.h, l.size
	for b := 0; b < s; b += h {
		i, f, g, o := l.split(k, b)
		cell, sq := l.cells[k*s+b:][:h], l.squashed[k*s+b:][:h]
		gc, gh, r := gCell[b:b+h], gy[b:b+h], gx[4*b:4*(b+h)]
		gi, gf, gg, gout := r[:h], r[h:2*h], r[2*h:3*h], r[3*h:]
		for j, v := range gh {
			c := gc[j] + v*o[j]*(1-sq[j]*sq[j])
			gout[j] = v * sq[j] * o[j] * (1 - o[j])
			gi[j] = c * g[j] * i[j] * (1 - i[j])
			gf[j] = c * cell[j] * f[j] * (1 - f[j])
			gg[j] = c * i[j] * (1 - g[j]*g[j])
			gc[j] = c * f[j]
		}
	}
}
