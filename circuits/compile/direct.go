package compile

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

// Result is the outcome of the quantised model on one word.
type Result struct {
	Logits []int64 // length x classes, in units that are the same for all
	Labels []int   // argmax by position, ties to the lowest index
}

// observer sees the integers of a tensor at one position as they are computed.
type observer func(name string, t int, codes []int64, s scale)

// Eval runs the quantised model on a word by direct integer arithmetic, without
// any circuit: the function that the circuits must equal.
func (m *Model) Eval(word []int) (Result, error) { return m.eval(word, nil) }

// Trace is Eval that also shows the codes of every rounded tensor at each position,
// by the name of its stage and in the order of its elements.
func (m *Model) Trace(word []int, see func(tensor string, t int, codes []int64)) (Result, error) {
	return m.eval(word, func(name string, t int, codes []int64, _ scale) { see(name, t, codes) })
}

// EvalAll evaluates words on all processors.
func (m *Model) EvalAll(ctx context.Context, words [][]int) ([]Result, error) {
	results := make([]Result, len(words))
	var next, failed atomic.Int64
	failed.Store(-1)
	errs := make([]error, len(words))
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= len(words) {
					return
				}
				results[i], errs[i] = m.Eval(words[i])
			}
		})
	}
	wg.Wait()
	for i, err := range errs {
		if err != nil {
			return nil, fmt.Errorf("word %d: %w", i, err)
		}
	}
	return results, ctx.Err()
}

func (m *Model) eval(word []int, see observer) (Result, error) {
	if len(word) == 0 || len(word) > m.length {
		return Result{}, fmt.Errorf("%d tokens, the model was made for 1 to %d", len(word), m.length)
	}
	for t, v := range word {
		if v < 0 || v >= m.vocab {
			return Result{}, fmt.Errorf("token %d at position %d is outside 0..%d", v, t, m.vocab-1)
		}
	}
	if see == nil {
		see = func(string, int, []int64, scale) {}
	}
	x := make([][]int64, len(word))
	for t, v := range word {
		x[t] = m.codes[v*m.d : (v+1)*m.d]
	}
	parts := [][][]int64{x}
	for i, l := range m.mamba {
		parts = l.eval(mambaPrefix(i), parts[0], m.quant.Form, see)
	}
	for i, l := range m.s4d {
		parts = l.eval(mambaPrefix(i), parts, see)
	}
	return m.head.eval(parts, see), nil
}

// dot is constant + Σ coef·x.
func dot(constant int64, coef, x []int64) int64 {
	for i, k := range coef {
		constant += k * x[i]
	}
	return constant
}

// apply is one row after another of a linear map, rounded into q.
func (q *quantity) apply(l *linear, x []int64) []int64 {
	out := make([]int64, l.rows)
	for r := range out {
		out[r] = q.index.at(dot(l.constant[r], l.row(r), x))
	}
	return out
}

// normCodes rounds the norm's centred input and its factor.
func normCodes(x []int64, centre, factor *quantity) (normed []int64, scale int64) {
	if centre != nil {
		sum := int64(0)
		for _, v := range x {
			sum += v
		}
		c := make([]int64, len(x))
		for i, v := range x {
			c[i] = centre.index.at(int64(len(x))*v - sum)
		}
		x = c
	}
	squares := int64(0)
	for _, v := range x {
		squares += v * v
	}
	return x, factor.index.at(squares)
}

// mambaWord is what a block's scan needs of a word.
type mambaWord struct {
	u, gate, dt, c, input [][]int64
}

// eval runs one Mamba block and returns the stream's parts after it.
func (l *mambaLayer) eval(name string, x [][]int64, form Form, see observer) [][][]int64 {
	w := l.evalInputs(name, x, see)
	states := make([][]int64, len(x)) // by position: e x n
	for t := range states {
		states[t] = make([]int64, l.e*l.n)
	}
	if form == Recurrent {
		l.recur(w, states)
	} else {
		l.unroll(w, states)
	}
	gated := make([][]int64, len(x))
	for t := range x {
		see(name+"state", t, states[t], l.state.scale)
		gated[t] = l.readout(name, t, w, states[t], see)
	}
	if l.open {
		return [][][]int64{x, gated}
	}
	out := make([][]int64, len(x))
	for t := range x {
		out[t] = l.nextCode.apply(l.next, slices.Concat(x[t], gated[t]))
		see(name+"out", t, out[t], l.nextCode.scale)
	}
	return [][][]int64{out}
}

// evalInputs computes everything before the state.
func (l *mambaLayer) evalInputs(name string, x [][]int64, see observer) *mambaWord {
	n := len(x)
	w := &mambaWord{}
	values := make([][]int64, n) // value·norm
	for t := range x {
		normed, r := normCodes(x[t], l.centre, l.norm)
		see(name+"norm", t, []int64{r}, l.norm.scale)
		value, z := l.value.apply(l.inValue, normed), l.gatePre.apply(l.inGate, normed)
		see(name+"value", t, value, l.value.scale)
		see(name+"gate_pre", t, z, l.gatePre.scale)
		gate := make([]int64, l.e)
		for c := range l.e {
			value[c] *= r
			f := z[c] * r
			if l.gateBias != nil {
				f += l.gateBias[c]
			}
			gate[c] = l.gate.index.at(f)
		}
		see(name+"gate", t, gate, l.gate.scale)
		values[t] = value
		w.gate = append(w.gate, gate)
	}
	for t := range x {
		u := make([]int64, l.e)
		for c := range u {
			f, row := l.conv.constant[c], l.conv.row(c)
			for i := range l.k {
				if j := t - (l.k - 1) + i; j >= 0 {
					f += row[i]*values[j][c] + row[l.k+i]
				}
			}
			u[c] = l.u.index.at(f)
		}
		b, c, dt := l.b.apply(l.bProj, u), l.c.apply(l.cProj, u), l.dt.apply(l.dtProj, u)
		see(name+"u", t, u, l.u.scale)
		see(name+"B", t, b, l.b.scale)
		see(name+"C", t, c, l.c.scale)
		see(name+"delta", t, dt, l.dt.scale)
		input := l.inputs(name, t, u, b, dt, see)
		w.u, w.dt, w.c, w.input = append(w.u, u), append(w.dt, dt), append(w.c, c), append(w.input, input)
	}
	return w
}

// inputs is round(Δ·u·B), with Δ·u rounded first unless the goal is depth.
func (l *mambaLayer) inputs(name string, t int, u, b, dt []int64, see observer) []int64 {
	input := make([]int64, l.e*l.n)
	inject := make([]int64, l.e)
	for a := range l.e {
		inject[a] = dt[a] * u[a]
		if l.inject != nil {
			inject[a] = l.inject.index.at(l.injectCoef[a] * inject[a])
		}
		for s := range l.n {
			input[a*l.n+s] = l.input.index.at(l.driveCoef[a*l.n+s] * (inject[a] * b[s]))
		}
	}
	if l.inject != nil {
		see(name+"inject", t, inject, l.inject.scale)
	}
	see(name+"input", t, input, l.input.scale)
	return input
}

// unroll computes every state from all earlier inputs, rounding once.
func (l *mambaLayer) unroll(w *mambaWord, states [][]int64) {
	n := len(states)
	prefix := make([]int64, n+1)
	column := make([]int64, n)
	for a := range l.e {
		for t := range n {
			prefix[t+1] = prefix[t] + w.dt[t][a]
		}
		for s := range l.n {
			at, rate := a*l.n+s, l.rate[a*l.n+s]
			for t := range n {
				column[t] = w.input[t][at]
			}
			for t := range n {
				sum := int64(0)
				for j := t - 1; j >= 0; j-- {
					sum += l.decay.index.at(rate*(prefix[t+1]-prefix[j+1])) * column[j]
				}
				states[t][at] = l.state.index.at(l.inputCoef*column[t] + l.fadedCoef*sum)
			}
		}
	}
}

// recur computes every state from the one before, rounding each.
func (l *mambaLayer) recur(w *mambaWord, states [][]int64) {
	for t := range states {
		for a := range l.e {
			for s := range l.n {
				at := a*l.n + s
				f := l.inputCoef * w.input[t][at]
				if t > 0 {
					f += l.fadedCoef * l.decay.index.at(l.rate[at]*w.dt[t][a]) * states[t-1][at]
				}
				states[t][at] = l.state.index.at(f)
			}
		}
	}
}

// readout is, by channel, y·gate or the unrounded Σ h·C·gate + D·u·gate.
func (l *mambaLayer) readout(name string, t int, w *mambaWord, state []int64, see observer) []int64 {
	gated, ys := make([]int64, l.e), make([]int64, l.e)
	for a := range l.e {
		g := int64(1)
		if l.y == nil {
			g = w.gate[t][a]
		}
		row := l.scan.row(a)
		f := l.scan.constant[a] + row[l.n]*w.u[t][a]*g
		for s := range l.n {
			f += row[s] * state[a*l.n+s] * w.c[t][s] * g
		}
		if l.y == nil {
			gated[a] = f
			continue
		}
		ys[a] = l.y.index.at(f)
		gated[a] = ys[a] * w.gate[t][a]
	}
	if l.y != nil {
		see(name+"y", t, ys, l.y.scale)
	}
	return gated
}

// eval runs one S4D block on the stream's parts and returns the parts after it.
func (l *s4dLayer) eval(name string, in [][][]int64, see observer) [][][]int64 {
	mixed := in
	if l.preNorm {
		mixed = l.norm.eval(name, in, see)
	}
	n := len(in[0])
	gelu := l.mix(name, mixed, see)
	glu := make([][]int64, n)
	for t := range n {
		see(name+"gelu", t, gelu[t], l.gelu.scale)
		value, gate := l.valueCode.apply(l.value, gelu[t]), l.gateCode.apply(l.gate, gelu[t])
		see(name+"value", t, value, l.valueCode.scale)
		see(name+"gate", t, gate, l.gateCode.scale)
		glu[t] = make([]int64, l.d)
		for i := range l.d {
			glu[t][i] = value[i] * gate[i]
		}
	}
	out := append(append([][][]int64(nil), in...), glu)
	if l.preNorm {
		return out
	}
	return l.norm.eval(name, out, see)
}

// own is a row of a map from a channel's own elements at position t.
func own(k *linear, parts [][][]int64, t, i int) int64 {
	f := k.constant[i]
	for p, c := range k.row(i) {
		f += c * parts[p][t][i]
	}
	return f
}

func (n *streamNorm) eval(name string, parts [][][]int64, see observer) [][][]int64 {
	out := make([][]int64, len(parts[0]))
	for t := range out {
		whole := make([]int64, n.whole.rows)
		for i := range whole {
			whole[i] = own(n.whole, parts, t, i)
		}
		var normed []int64
		var r int64
		if !n.centred() {
			for i, v := range whole {
				whole[i] = n.centre.index.at(v)
			}
			normed, r = normCodes(whole, nil, n.factor)
		} else {
			normed, r = normCodes(whole, n.centre, n.factor)
		}
		see(name+"centre", t, normed, n.centre.scale)
		see(name+"norm", t, []int64{r}, n.factor.scale)
		out[t] = make([]int64, len(normed))
		for i, c := range normed {
			out[t][i] = c * r
		}
	}
	return [][][]int64{out}
}

// mix is GELU of the convolution or of the recurrent scan.
func (l *s4dLayer) mix(name string, x [][][]int64, see observer) [][]int64 {
	n := len(x[0])
	out := make([][]int64, n)
	re, im := make([]int64, l.d*l.modes), make([]int64, l.d*l.modes)
	for t := range n {
		out[t] = make([]int64, l.d)
		for i := range l.d {
			f := int64(0)
			if l.state == nil {
				for j := range t + 1 {
					f += own(l.kernel[t-j], x, j, i)
				}
			} else {
				f = l.advance(x, t, i, re, im)
			}
			out[t][i] = l.gelu.index.at(f)
		}
		if l.state != nil {
			see(name+"state", t, re, l.re.scale)
		}
	}
	return out
}

// advance moves channel i's modes on by one position and reads them out.
func (l *s4dLayer) advance(x [][][]int64, t, i int, re, im []int64) int64 {
	out, row := l.read.constant[i], l.read.row(i)
	for m := range l.modes {
		at := i*l.modes + m
		next := [2]int64{}
		for part := range next {
			k := l.state.row(2*at + part)
			f := l.state.constant[2*at+part] + k[0]*re[at] + k[1]*im[at]
			for p := range x {
				f += k[2+p] * x[p][t][i]
			}
			next[part] = l.re.index.at(f)
		}
		re[at], im[at] = next[0], next[1]
		out += row[2*m]*re[at] + row[2*m+1]*im[at]
	}
	for p := range x {
		out += row[2*l.modes+p] * x[p][t][i]
	}
	return out
}

// eval computes logits and labels.
func (h *headLayer) eval(parts [][][]int64, see observer) Result {
	if h.normed {
		parts = h.norm.eval("final.", parts, see)
	}
	n := len(parts[0])
	r := Result{Logits: make([]int64, 0, n*h.classes), Labels: make([]int, n)}
	for t := range n {
		var x []int64
		for _, p := range parts {
			x = append(x, p[t]...)
		}
		best := 0
		for c := range h.classes {
			f := dot(h.logits.constant[c], h.logits.row(c), x)
			r.Logits = append(r.Logits, f)
			if f > r.Logits[t*h.classes+best] {
				best = c
			}
		}
		r.Labels[t] = best
	}
	return r
}
