package compile

import (
	"slices"

	"tc0/circuits/threshold"
)

// windowReadings is how many readings the window of a gate holds.
const windowReadings = 1 << 16

// window puts the readings of a gate in order and adds up those of one bank, in
// memory that does not depend on how many there are: it holds the first banks
// only, and takes the others when the readings are passed again.
type window struct {
	checked
	size  int // readings held at most, 2 or more
	vocab int64
	held  []reading
	after *reading // banks up to this one were flushed
	limit *reading // banks beyond this one wait for another pass
}

// read takes a reading if its bank is due in this pass.
func (w *window) read(r reading) {
	if r.gates == 0 || r.coef == 0 || w.after != nil && !w.after.before(&r) || w.limit != nil && w.limit.before(&r) {
		return
	}
	w.held = append(w.held, r)
	if len(w.held) >= w.size {
		w.merge()
		w.shrink()
	}
}

// shrink makes room by leaving the later banks to another pass.
func (w *window) shrink() {
	if keep := w.size / 2; len(w.held) > keep {
		w.held = w.held[:keep]
		limit := w.held[keep-1]
		w.limit = &limit
	}
}

// merge sorts the readings and adds up those of each bank.
func (w *window) merge() {
	slices.SortFunc(w.held, func(a, b reading) int {
		switch {
		case a.before(&b):
			return -1
		case b.before(&a):
			return 1
		}
		return 0
	})
	merged := w.held[:0]
	for from := 0; from < len(w.held); {
		to := from + 1
		for to < len(w.held) && !w.held[from].before(&w.held[to]) {
			to++
		}
		merged = append(merged, w.join(w.held[from:to]))
		from = to
	}
	w.held = merged
}

// join adds up readings of one bank.
func (w *window) join(rs []reading) reading {
	sum := rs[0]
	if len(rs) == 1 {
		return sum
	}
	table := make([]int64, sum.gates)
	for i := range rs {
		for k := range table {
			table[k] = w.plus(table[k], w.times(rs[i].coef, rs[i].at(int64(k))))
		}
	}
	sum.coef, sum.weights = 1, weights{kind: explicit, table: table}
	return sum
}

// flush visits the wires to the banks held and empties the window; it tells
// whether another pass is needed.
func (w *window) flush(visit func(threshold.Wire)) (more bool) {
	w.merge()
	for i := range w.held {
		w.wires(&w.held[i], visit)
	}
	w.after, w.limit, more = w.limit, nil, w.limit != nil
	w.held = w.held[:0]
	return more
}

// wires visits the wires of one reading.
func (w *window) wires(r *reading, visit func(threshold.Wire)) {
	from := threshold.Signal{Number: uint64(r.first)}
	if r.first == inputBits {
		from = threshold.Signal{Input: true, Number: uint64(int64(r.t) * w.vocab)}
	}
	for k := range r.gates {
		if weight := w.times(r.coef, r.at(k)); weight != 0 {
			visit(threshold.Wire{Signal: from, Weight: weight})
		}
		from.Number++
	}
}
