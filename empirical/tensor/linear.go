package tensor

// Linear is x·wᵀ plus the biases, for w of shape [out, in] and biases of shape [out].
func (t *Tape) Linear(x *Tensor, w *Param, biases ...*Param) *Tensor {
	return t.LinearRows(x, w, 0, w.Shape[0], biases...)
}

// LinearRows is the columns from lo to hi−1 of [Tape.Linear]: only those rows of w and
// entries of the biases are used.
func (t *Tape) LinearRows(x *Tensor, w *Param, lo, hi int, biases ...*Param) *Tensor {
	in, out := x.Cols, hi-lo
	want(w.Len() == w.Shape[0]*in, "%s has %d entries, expected rows of %d", w.Name, w.Len(), in)
	weight := w.Value[lo*in : hi*in]
	y := t.new(x.Rows, out)
	t.fillRows(y, lo, hi, biases)
	slab, used := t.mark()
	t.addMul(x.Rows, matrix{x.Value, in, 1}, t.pack(in, out, matrix{weight, 1, in}), y.Value, out)
	t.release(slab, used)
	t.push(func() {
		slab, used := t.mark()
		t.addMul(x.Rows, matrix{y.Grad, out, 1}, t.pack(out, in, matrix{weight, in, 1}), x.Grad, in)
		t.addMul(out, matrix{y.Grad, 1, out}, t.pack(x.Rows, in, matrix{x.Value, in, 1}), t.grad(w)[lo*in:hi*in], in)
		t.release(slab, used)
		for _, b := range biases {
			addRows(y, t.grad(b)[lo:hi])
		}
	})
	return y
}

// Combine is, row by row, base + Σ_r x[r]·w[r] for w of shape [width of x, …], base of the
// shape of w[0] or nil.
func (t *Tape) Combine(x *Tensor, w, base *Param) *Tensor {
	in := x.Cols
	out := w.Len() / in
	want(w.Shape[0] == in, "%s has %d rows, expected %d", w.Name, w.Shape[0], in)
	y := t.new(x.Rows, out)
	var biases []*Param
	if base != nil {
		biases = []*Param{base}
	}
	t.fillRows(y, 0, out, biases)
	slab, used := t.mark()
	t.addMul(x.Rows, matrix{x.Value, in, 1}, t.pack(in, out, matrix{w.Value, out, 1}), y.Value, out)
	t.release(slab, used)
	t.push(func() {
		slab, used := t.mark()
		t.addMul(x.Rows, matrix{y.Grad, out, 1}, t.pack(out, in, matrix{w.Value, 1, out}), x.Grad, in)
		t.addMul(in, matrix{x.Value, 1, in}, t.pack(x.Rows, out, matrix{y.Grad, out, 1}), t.grad(w), out)
		t.release(slab, used)
		if base != nil {
			addRows(y, t.grad(base))
		}
	})
	return y
}

// fillRows sets every row of y to the sum of the biases' entries from lo to hi−1.
func (t *Tape) fillRows(y *Tensor, lo, hi int, biases []*Param) {
	if len(biases) == 0 {
		clear(y.Value)
		return
	}
	sum := t.zeros(hi - lo)
	for _, b := range biases {
		add(b.Value[lo:hi], sum)
	}
	for i := range y.Rows {
		copy(y.Row(i), sum)
	}
}

// addRows adds all rows of y's gradient to g.
func addRows(y *Tensor, g []float32) {
	for i := range y.Rows {
		add(y.Grad[i*y.Cols:(i+1)*y.Cols], g)
	}
}

// Embedding is the rows of table, of shape [vocabulary, width], that the tokens number.
func (t *Tape) Embedding(tokens []int32, table *Param) *Tensor {
	d := table.Shape[1]
	y := t.new(len(tokens), d)
	for i, id := range tokens {
		copy(y.Row(i), table.Value[int(id)*d:])
	}
	t.push(func() {
		g := t.grad(table)
		for i, id := range tokens {
			add(y.Grad[i*d:(i+1)*d], g[int(id)*d:(int(id)+1)*d])
		}
	})
	return y
}

// Add is a + b.
func (t *Tape) Add(a, b *Tensor) *Tensor {
	y := t.new(a.Rows, a.Cols)
	copy(y.Value, a.Value)
	add(b.Value, y.Value)
	t.push(func() {
		add(y.Grad, a.Grad)
		add(y.Grad, b.Grad)
	})
	return y
}

// AddPositions is x plus, in the rows of each sequence of the given length, the first
// rows of table. The table is not trained.
func (t *Tape) AddPositions(x *Tensor, table []float32, length int) *Tensor {
	y := t.new(x.Rows, x.Cols)
	copy(y.Value, x.Value)
	n := length * x.Cols
	for i := 0; i < len(y.Value); i += n {
		add(table[:n], y.Value[i:i+n])
	}
	t.push(func() { add(y.Grad, x.Grad) })
	return y
}
