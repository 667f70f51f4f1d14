package tensor

// A matrix is a readable operand of a product: entry (i, j) is at[i·rows + j·cols].
type matrix struct {
	at         []float32
	rows, cols int // strides
}

// A packed matrix is the right operand of products: panels of a few columns, each
// panel row after row, the last one filled up with zeros.
type packed struct {
	rows, cols, width int // width of a panel
	at                []float32
}

// panelWidth is the width of the panels of a matrix with so many columns.
func panelWidth(cols int) int {
	switch {
	case kern == nil:
		return goCols
	case cols <= kern.lanes:
		return kern.lanes
	}
	return 2 * kern.lanes
}

// pack copies b, of the given size, into panels on the tape.
func (t *Tape) pack(rows, cols int, b matrix) packed {
	w := panelWidth(cols)
	p := packed{rows, cols, w, t.floats((cols + w - 1) / w * w * rows)}
	for j := 0; j < cols; j += w {
		packPanel(p.at[j*rows:(j+w)*rows], rows, min(w, cols-j), w, matrix{b.at[j*b.cols:], b.rows, b.cols})
	}
	return p
}

// packPanel copies n columns of b into a panel of width w.
func packPanel(dst []float32, rows, n, w int, b matrix) {
	if n < w {
		clear(dst)
	}
	if b.cols == 1 {
		for i := range rows {
			copy(dst[i*w:i*w+n], b.at[i*b.rows:])
		}
		return
	}
	j := 0
	for ; j+4 <= n; j += 4 { // four columns at once write what is together
		c0, c1, c2, c3 := b.at[j*b.cols:], b.at[(j+1)*b.cols:], b.at[(j+2)*b.cols:], b.at[(j+3)*b.cols:]
		for i := range rows {
			at := i * b.rows
			d := (*[4]float32)(dst[i*w+j:])
			d[0], d[1], d[2], d[3] = c0[at], c1[at], c2[at], c3[at]
		}
	}
	for ; j < n; j++ {
		col := b.at[j*b.cols:]
		for i := range rows {
			dst[i*w+j] = col[i*b.rows]
		}
	}
}

// addMul adds a·b to the m rows of c, which has a stride of ldc. Each entry is summed in
// the order of b's rows, so the result does not depend on what else is computed.
func (t *Tape) addMul(m int, a matrix, b packed, c []float32, ldc int) {
	if m == 0 || b.rows == 0 {
		return
	}
	slab, used := t.mark()
	edge := t.floats(8 * b.width)
	for j := 0; j < b.cols; j += b.width {
		panel, n := b.at[j*b.rows:(j+b.width)*b.rows], min(b.width, b.cols-j)
		for i := 0; i < m; {
			h := tileRows(m-i, b.width)
			p := tile{h, b.width, b.rows, matrix{a.at[i*a.rows:], a.rows, a.cols}, panel}
			if n == b.width {
				p.addTo(c[i*ldc+j:], ldc)
			} else {
				p.addPart(n, c[i*ldc+j:], ldc, edge)
			}
			i += h
		}
	}
	t.release(slab, used)
}

// tileRows is the height of the next tile of a panel when m rows are left.
func tileRows(m, width int) int {
	switch {
	case kern == nil:
		return min(m, goRows)
	case m >= 8 && width > kern.lanes && kern.tile8 != nil:
		return 8
	case m >= 4:
		return 4
	}
	return 1
}

// A tile is a product of a few rows of a and a panel.
type tile struct {
	rows, cols, k int
	a             matrix
	panel         []float32
}

// addPart adds the first n columns of a tile, which is computed in edge.
func (p *tile) addPart(n int, c []float32, ldc int, edge []float32) {
	edge = edge[:p.rows*p.cols]
	clear(edge)
	p.addTo(edge, p.cols)
	for i := range p.rows {
		row := c[i*ldc:][:n]
		for j, v := range edge[i*p.cols:][:n] {
			row[j] += v
		}
	}
}

// addTo adds a tile.
func (p *tile) addTo(c []float32, ldc int) {
	switch {
	case kern == nil && p.rows == goRows:
		addGo(p.k, p.a, p.panel, c, ldc)
		return
	case kern == nil:
		addGoRow(p.k, p.a, p.panel, c)
		return
	}
	run := kern.tile1
	switch narrow := p.cols == kern.lanes; {
	case p.rows == 8:
		run = kern.tile8
	case p.rows == 4 && narrow:
		run = kern.narrow4
	case p.rows == 4:
		run = kern.tile4
	case narrow:
		run = kern.narrow1
	}
	run(p.k, &p.a.at[0], 4*p.a.rows, 4*p.a.cols, &p.panel[0], &c[0], 4*ldc)
}

// The tile of the loops in Go: its sums and operands fit into 16 registers.
const goRows, goCols = 2, 4

func addGo(k int, a matrix, b, c []float32, ldc int) {
	var c00, c01, c02, c03, c10, c11, c12, c13 float32
	lo, hi := a.at, a.at[a.rows:]
	b = b[:k*goCols]
	for at := 0; len(b) >= goCols; at += a.cols {
		x, y := lo[at], hi[at]
		r0, r1, r2, r3 := b[0], b[1], b[2], b[3]
		b = b[goCols:]
		c00 += x * r0
		c01 += x * r1
		c02 += x * r2
		c03 += x * r3
		c10 += y * r0
		c11 += y * r1
		c12 += y * r2
		c13 += y * r3
	}
	top, bottom := (*[goCols]float32)(c), (*[goCols]float32)(c[ldc:])
	top[0] += c00
	top[1] += c01
	top[2] += c02
	top[3] += c03
	bottom[0] += c10
	bottom[1] += c11
	bottom[2] += c12
	bottom[3] += c13
}

func addGoRow(k int, a matrix, b, c []float32) {
	var sum [goCols]float32
	for p := range k {
		x := a.at[p*a.cols]
		r := (*[goCols]float32)(b[p*goCols:])
		for j := range sum {
			sum[j] += x * r[j]
		}
	}
	for j, v := range sum {
		c[j] += v
	}
}
