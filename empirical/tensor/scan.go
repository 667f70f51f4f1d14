package tensor

// SelectiveScan is the scan of a Mamba layer with e channels and n states: for delta and s
// of width e, bc of width 2n (B, then C), aLog of shape [e, n] and skip of shape [e],
//
//	h_t[i,m] = exp(delta_t[i]·A[i,m])·h_{t−1}[i,m] + delta_t[i]·s_t[i]·B_t[m],  A = −exp(aLog)
//	y_t[i]   = Σ_m h_t[i,m]·C_t[m] + skip[i]·s_t[i]
//
// The rows are sequences of the given length, one after the other. The states are not
// kept: going back computes them again, one sequence at a time.
func (t *Tape) SelectiveScan(delta, s, bc *Tensor, aLog, skip *Param, length int) *Tensor {
	e, n := s.Cols, bc.Cols/2
	y := t.new(s.Rows, e)
	sc := &scan{t: t, delta: delta, s: s, bc: bc, y: y, skip: skip, length: length, e: e, n: n}
	sc.a = t.transposed(aLog.Value, e, n)
	expOf.apply(sc.a, nil, sc.a)
	for i, v := range sc.a {
		sc.a[i] = -v
	}
	slab, used := t.mark()
	sc.forward()
	t.release(slab, used)
	t.push(func() {
		slab, used := t.mark()
		sc.ga, sc.gskip = t.zeros(n*e), t.grad(skip)
		sc.backward()
		for i := range sc.ga { // A depends on aLog by A = −exp(aLog)
			sc.ga[i] *= sc.a[i]
		}
		addTransposed(sc.ga, t.grad(aLog), n, e)
		t.release(slab, used)
	})
	return y
}

// A scan is one use of SelectiveScan. Matrices by state and channel have a row for each
// state, so that neighbours in memory are channels.
type scan struct {
	t               *Tape
	delta, s, bc, y *Tensor
	skip            *Param
	length, e, n    int

	a, ga, gskip []float32 // n x e, n x e, e
}

// lanes is how many channels a kernel does at once, or 0 if the loops in Go must do.
func (sc *scan) lanes() int {
	if kern == nil || sc.e%kern.lanes != 0 {
		return 0
	}
	return kern.lanes
}

func (sc *scan) forward() {
	if sc.lanes() > 0 {
		sc.forwardLanes()
		return
	}
	h := sc.t.floats(sc.n * sc.e)
	for r := range sc.s.Rows {
		if r%sc.length == 0 {
			clear(h)
		}
		delta, s, y, bc := sc.delta.Row(r), sc.s.Row(r), sc.y.Row(r), sc.bc.Row(r)
		for i, v := range s {
			y[i] = sc.skip.Value[i] * v
		}
		for m := range sc.n {
			a, hm, b, c := sc.a[m*sc.e:(m+1)*sc.e], h[m*sc.e:(m+1)*sc.e], bc[m], bc[sc.n+m]
			for i, d := range delta {
				v := exp32(d*a[i])*hm[i] + d*s[i]*b
				hm[i] = v
				y[i] += v * c
			}
		}
	}
}

func (sc *scan) backward() {
	size := sc.n * sc.e
	if w := sc.lanes(); w > 0 {
		sc.backwardLanes(w)
		return
	}
	h, decay, gh := sc.t.floats((sc.length+1)*size), sc.t.floats(sc.length*size), sc.t.floats(size)
	for r := 0; r < sc.s.Rows; r += sc.length {
		clear(h[:size])
		clear(gh)
		for k := range sc.length {
			sc.state(r+k, h[k*size:], h[(k+1)*size:], decay[k*size:])
		}
		for k := sc.length - 1; k >= 0; k-- {
			sc.stepBack(r+k, h[k*size:], h[(k+1)*size:], decay[k*size:], gh)
		}
	}
}

// state computes the state of row r from the one before, and the decay between them.
func (sc *scan) state(r int, before, after, decay []float32) {
	delta, s, bc := sc.delta.Row(r), sc.s.Row(r), sc.bc.Row(r)
	for m := range sc.n {
		o := m * sc.e
		for i, d := range delta {
			decay[o+i] = exp32(d * sc.a[o+i])
			after[o+i] = decay[o+i]*before[o+i] + d*s[i]*bc[m]
		}
	}
}

// stepBack hands the gradients of row r on. On entry gh is the gradient by the state of
// row r that comes from later rows, on return by the state of row r−1.
func (sc *scan) stepBack(r int, before, after, decay, gh []float32) {
	e, n := sc.e, sc.n
	delta, s, bc := sc.delta.Row(r), sc.s.Row(r), sc.bc.Row(r)
	gy, gbc := sc.y.Grad[r*e:(r+1)*e], sc.bc.Grad[r*2*n:(r+1)*2*n]
	gdelta, gs := sc.delta.Grad[r*e:(r+1)*e], sc.s.Grad[r*e:(r+1)*e]
	mulAdd(gy, s, sc.gskip)
	mulAdd(gy, sc.skip.Value, gs)
	for m := range n {
		o, b, c := m*e, bc[m], bc[n+m]
		var gb, gc float32
		for i, g := range gy {
			v := gh[o+i] + g*c
			gc += g * after[o+i]
			gb += v * delta[i] * s[i]
			gs[i] += v * b * delta[i]
			gh[o+i] = v * decay[o+i]
			q := gh[o+i] * before[o+i]
			gdelta[i] += q*sc.a[o+i] + v*b*s[i]
			sc.ga[o+i] += q * delta[i]
		}
		gbc[m] += gb
		gbc[n+m] += gc
	}
}

// scanArgs is what a kernel needs for one sequence and a block of channels. Rows are as
// far apart as row and bcRow say, in bytes; what has a row for each state, of the block's
// channels only, is laid out without gaps.
type scanArgs struct {
	length, states, row, bcRow int
	delta, s, b, c, a, skip, y *float32
	h, decay                   *float32 // scan: 1 state; otherwise length+1 states; length decays
	gy, gdelta, gs, ga, gskip  *float32
	gb, gc                     *float32 // length x states x lanes, to be summed over the lanes
	gh                         *float32 // 1 state, zero on entry
}

// args is what is the same for all sequences and channels.
func (sc *scan) args() *scanArgs {
	return &scanArgs{length: sc.length, states: sc.n, row: 4 * sc.e, bcRow: 8 * sc.n}
}

// point points at the block of channels from i on of the sequence from row r on.
func (sc *scan) point(args *scanArgs, r, i int) {
	at := r*sc.e + i
	bc := sc.bc.Value[r*2*sc.n:]
	args.delta, args.s, args.y = &sc.delta.Value[at], &sc.s.Value[at], &sc.y.Value[at]
	args.b, args.c, args.a, args.skip = &bc[0], &bc[sc.n], &sc.a[i], &sc.skip.Value[i]
}

func (sc *scan) forwardLanes() {
	h, args := sc.t.floats(sc.n*kern.lanes), sc.args()
	args.h = &h[0]
	for r := 0; r < sc.s.Rows; r += sc.length {
		for i := 0; i < sc.e; i += kern.lanes {
			sc.point(args, r, i)
			clear(h)
			kern.scan(args)
		}
	}
}

func (sc *scan) backwardLanes(w int) {
	size := sc.n * w
	h, decay, gh := sc.t.floats((sc.length+1)*size), sc.t.floats(sc.length*size), sc.t.floats(size)
	gb, gc := sc.t.floats(sc.length*size), sc.t.floats(sc.length*size)
	args := sc.args()
	args.h, args.decay, args.gh, args.gb, args.gc = &h[0], &decay[0], &gh[0], &gb[0], &gc[0]
	clear(h[:size])
	for r := 0; r < sc.s.Rows; r += sc.length {
		clear(gb)
		clear(gc)
		for i := 0; i < sc.e; i += w {
			at := r*sc.e + i
			sc.point(args, r, i)
			args.gy, args.gdelta, args.gs = &sc.y.Grad[at], &sc.delta.Grad[at], &sc.s.Grad[at]
			args.ga, args.gskip = &sc.ga[i], &sc.gskip[i]
			clear(gh)
			kern.scanStates(args)
			kern.scanBackward(args)
		}
		for k := range sc.length {
			row := sc.bc.Grad[(r+k)*2*sc.n:]
			for m := range sc.n {
				row[m] += sum(gb[(k*sc.n+m)*w:][:w])
				row[sc.n+m] += sum(gc[(k*sc.n+m)*w:][:w])
			}
		}
	}
}
