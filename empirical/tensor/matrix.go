package tensor

// MatrixScan is the recurrence of IDS4 (Merrill, Petty, Sabharwal 2024, arXiv 2404.08819,
// section 5),
//
//	h_t = A_t·h_{t−1} + u_t,  h_{−1} = 0
//
// for u of width n and a of width n², whose rows are the matrices A_t, row-major. The rows
// are sequences of the given length, one after the other.
func (t *Tape) MatrixScan(a, u *Tensor, length int) *Tensor {
	n := u.Cols
	y := t.new(u.Rows, n)
	copy(y.Value, u.Value)
	for r := range u.Rows {
		if r%length == 0 {
			continue
		}
		now, before, m := y.Row(r), y.Row(r-1), a.Row(r)
		for i := range now {
			now[i] += dot(m[i*n:(i+1)*n], before)
		}
	}
	t.push(func() {
		for r := u.Rows - 1; r >= 0; r-- {
			g := y.Grad[r*n : (r+1)*n]
			add(g, u.Grad[r*n:(r+1)*n])
			if r%length == 0 {
				continue
			}
			m, gm := a.Row(r), a.Grad[r*n*n:(r+1)*n*n]
			before, gBefore := y.Row(r-1), y.Grad[(r-1)*n:r*n]
			for i, v := range g {
				axpy(v, m[i*n:(i+1)*n], gBefore)
				axpy(v, before, gm[i*n:(i+1)*n])
			}
		}
	})
	return y
}

// MatrixProduct is the running product P_t = M_0·M_1·…·M_t, for m of width n² whose rows
// are the matrices M_t, row-major. Its rows, of width n, are the rows of the matrices
// P_t. The rows of m are sequences of the given length, one after the other.
func (t *Tape) MatrixProduct(m *Tensor, n, length int) *Tensor {
	want(m.Cols == n*n, "rows of %d entries, expected %d x %d matrices", m.Cols, n, n)
	y := t.new(m.Rows, n*n)
	clear(y.Value)
	for r := range m.Rows {
		if r%length == 0 {
			copy(y.Row(r), m.Row(r))
			continue
		}
		slab, used := t.mark()
		t.addMul(n, matrix{y.Row(r - 1), n, 1}, t.pack(n, n, matrix{m.Row(r), n, 1}), y.Row(r), n)
		t.release(slab, used)
	}
	t.push(func() {
		for r := m.Rows - 1; r >= 0; r-- {
			g, gm := y.Grad[r*n*n:(r+1)*n*n], m.Grad[r*n*n:(r+1)*n*n]
			if r%length == 0 {
				add(g, gm)
				continue
			}
			slab, used := t.mark()
			right := t.pack(n, n, matrix{g, n, 1})
			t.addMul(n, matrix{y.Row(r - 1), 1, n}, right, gm, n)
			left := t.pack(n, n, matrix{m.Row(r), 1, n})
			t.addMul(n, matrix{g, n, 1}, left, y.Grad[(r-1)*n*n:r*n*n], n)
			t.release(slab, used)
		}
	})
	return y.reshape(n)
}

// Rows is the same entries in rows of another width.
func (t *Tape) Rows(x *Tensor, width int) *Tensor {
	want(len(x.Value)%width == 0, "%d entries in rows of %d", len(x.Value), width)
	return x.reshape(width)
}
