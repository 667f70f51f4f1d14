package tensor

import "math"

// CausalAttention is softmax attention of several heads in which a position sees itself
// and those before it. The columns of qkv are queries, keys and values, each of all
// heads one after the other. The rows are sequences of the given length.
func (t *Tape) CausalAttention(qkv *Tensor, heads, length int) *Tensor {
	d := qkv.Cols / 3
	y := t.new(qkv.Rows, d)
	clear(y.Value)
	a := &attention{t, qkv, y, heads, length, d, d / heads, t.floats(qkv.Rows * heads * length)}
	a.each(a.forward)
	t.push(func() { a.each(a.backward) })
	return y
}

// An attention is one use of CausalAttention.
type attention struct {
	t                     *Tape
	qkv, y                *Tensor
	heads, length, d, dim int
	weights               []float32 // of each sequence and head, length x length
}

// A head is one head of one sequence: where its first entries are.
type head struct {
	q, k, v int // in qkv
	y       int // in y
	weights []float32
}

func (a *attention) each(do func(head)) {
	n := a.length * a.length
	for r := 0; r < a.qkv.Rows; r += a.length {
		for h := range a.heads {
			q := r*3*a.d + h*a.dim
			w := a.weights[(r/a.length*a.heads+h)*n:][:n]
			slab, used := a.t.mark()
			do(head{q, q + a.d, q + 2*a.d, r*a.d + h*a.dim, w})
			a.t.release(slab, used)
		}
	}
}

func (a *attention) scale() float32 { return float32(1 / math.Sqrt(float64(a.dim))) }

func (a *attention) forward(h head) {
	t, n, wide := a.t, a.length, 3*a.d
	clear(h.weights)
	keys := t.pack(a.dim, n, matrix{a.qkv.Value[h.k:], 1, wide})
	t.addMul(n, matrix{a.qkv.Value[h.q:], wide, 1}, keys, h.weights, n)
	a.softmax(h.weights)
	values := t.pack(n, a.dim, matrix{a.qkv.Value[h.v:], wide, 1})
	t.addMul(n, matrix{h.weights, n, 1}, values, a.y.Value[h.y:], a.d)
}

// softmax turns products of queries and keys into weights, 0 for later positions.
func (a *attention) softmax(w []float32) {
	n, scale := a.length, a.scale()
	for i := range n {
		row := w[i*n : (i+1)*n]
		top := float32(math.Inf(-1))
		for _, v := range row[:i+1] {
			top = max(top, v)
		}
		for j := range row {
			row[j] = (row[j] - top) * scale
		}
	}
	expOf.apply(w, nil, w)
	for i := range n {
		row := w[i*n : (i+1)*n]
		clear(row[i+1:])
		total := float32(0)
		for _, v := range row[:i+1] {
			total += v
		}
		for j := range row[:i+1] {
			row[j] /= total
		}
	}
}

func (a *attention) backward(h head) {
	t, n, wide := a.t, a.length, 3*a.d
	g := matrix{a.y.Grad[h.y:], a.d, 1}
	slope := t.zeros(n * n) // by the weights, then by the products
	t.addMul(n, g, t.pack(a.dim, n, matrix{a.qkv.Value[h.v:], 1, wide}), slope, n)
	t.addMul(n, matrix{h.weights, 1, n}, t.pack(n, a.dim, g), a.qkv.Grad[h.v:], wide)
	a.softmaxBack(h.weights, slope)
	keys := t.pack(n, a.dim, matrix{a.qkv.Value[h.k:], wide, 1})
	t.addMul(n, matrix{slope, n, 1}, keys, a.qkv.Grad[h.q:], wide)
	queries := t.pack(n, a.dim, matrix{a.qkv.Value[h.q:], wide, 1})
	t.addMul(n, matrix{slope, 1, n}, queries, a.qkv.Grad[h.k:], wide)
}

// softmaxBack turns the gradient by the weights into that by the products.
func (a *attention) softmaxBack(w, slope []float32) {
	n, scale := a.length, a.scale()
	for i := range n {
		row, g := w[i*n:(i+1)*n], slope[i*n:(i+1)*n]
		mean := dot(row, g)
		for j, v := range row {
			g[j] = v * (g[j] - mean) * scale
		}
	}
}
