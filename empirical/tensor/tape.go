package tensor

import "fmt"

// A Tensor is a matrix of float32, row-major, with the gradient of the loss by each
// entry. Its storage belongs to the tape that made it and is good until Reset.
type Tensor struct {
	Rows, Cols int
	Value      []float32
	Grad       []float32 // nil on a tape that wants no gradients
}

// Row is row i of the values.
func (x *Tensor) Row(i int) []float32 { return x.Value[i*x.Cols : (i+1)*x.Cols] }

// reshape is the same entries as a matrix of another width.
func (x *Tensor) reshape(cols int) *Tensor {
	return &Tensor{len(x.Value) / cols, cols, x.Value, x.Grad}
}

// A Param is a trainable array, row-major, of a [Params].
type Param struct {
	Name  string
	Shape []int
	Decay bool // AdamW's weight decay applies
	Value []float32

	at int // of the first entry, among all entries of the Params
}

// Len is the number of entries.
func (p *Param) Len() int {
	n := 1
	for _, d := range p.Shape {
		n *= d
	}
	return n
}

// Params are the trainable arrays of a model, stored one after the other.
type Params struct {
	list   []*Param
	values []float32
}

// Add declares an array. It has values after Alloc.
func (ps *Params) Add(name string, decay bool, shape ...int) *Param {
	p := &Param{Name: name, Shape: shape, Decay: decay, at: ps.Len()}
	ps.list = append(ps.list, p)
	return p
}

// Alloc makes the values of all arrays, 0.
func (ps *Params) Alloc() {
	ps.values = make([]float32, ps.Len())
	for _, p := range ps.list {
		p.Value = ps.values[p.at : p.at+p.Len() : p.at+p.Len()]
	}
}

// Len is the number of entries of all arrays.
func (ps *Params) Len() int {
	if len(ps.list) == 0 {
		return 0
	}
	last := ps.list[len(ps.list)-1]
	return last.at + last.Len()
}

// All are the arrays in the order in which they were added.
func (ps *Params) All() []*Param { return ps.list }

// Values are the entries of all arrays, in the order in which they were added.
func (ps *Params) Values() []float32 { return ps.values }

// Part is the entries that belong to p in a slice with one entry for each of Values,
// such as a gradient.
func (p *Param) Part(all []float32) []float32 { return all[p.at : p.at+p.Len()] }

// A Tape records operations and runs them backwards. Tensors live in its arena, which
// Reset empties without giving memory back: after the first step nothing of size is
// allocated. A tape is for one goroutine.
type Tape struct {
	grads []float32
	back  []func()

	slabs      [][]float32
	slab, used int // the slab in use and how much of it is
}

// slabSize is the number of floats of a slab, 4 MiB, unless one tensor needs more.
const slabSize = 1 << 20

// Reset empties the tape. Gradients by parameters are added to grads, which has one
// entry for each of [Params.Values]; with nil the tape only computes values.
func (t *Tape) Reset(grads []float32) {
	clear(t.back)
	t.grads, t.back, t.slab, t.used = grads, t.back[:0], 0, 0
}

// Backward adds the gradients, given those of the last results.
func (t *Tape) Backward() {
	for i := len(t.back) - 1; i >= 0; i-- {
		t.back[i]()
	}
}

// push records how an operation hands its gradient on.
func (t *Tape) push(f func()) {
	if t.grads != nil {
		t.back = append(t.back, f)
	}
}

// grad is where the gradient by p is added.
func (t *Tape) grad(p *Param) []float32 { return p.Part(t.grads) }

// floats is n floats with any content. They start on a multiple of 16 floats.
func (t *Tape) floats(n int) []float32 {
	size := (n + 15) &^ 15
	for t.slab < len(t.slabs) && t.used+size > len(t.slabs[t.slab]) {
		t.slab, t.used = t.slab+1, 0
	}
	if t.slab == len(t.slabs) {
		t.slabs = append(t.slabs, make([]float32, max(slabSize, size)))
	}
	s := t.slabs[t.slab][t.used : t.used+n : t.used+size]
	t.used += size
	return s
}

// zeros is n floats that are 0.
func (t *Tape) zeros(n int) []float32 {
	s := t.floats(n)
	clear(s)
	return s
}

// mark and release give back what was taken between them.
func (t *Tape) mark() (slab, used int) { return t.slab, t.used }
func (t *Tape) release(slab, used int) { t.slab, t.used = slab, used }

// new is a tensor whose values are not set and whose gradient is 0.
func (t *Tape) new(rows, cols int) *Tensor {
	y := &Tensor{Rows: rows, Cols: cols, Value: t.floats(rows * cols)}
	if t.grads != nil {
		y.Grad = t.zeros(rows * cols)
	}
	return y
}

// want panics: sizes that do not fit are a fault of the program, not of its input.
func want(ok bool, format string, args ...any) {
	if !ok {
		panic("tensor: " + fmt.Sprintf(format, args...))
	}
}
