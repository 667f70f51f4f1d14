package kernel

import (
	"io"
	"slices"
)

// Kinds of nodes of an arithmetic circuit.
const (
	nodeInput = iota
	nodeForm
	nodeStep
	nodeProduct
)

// natural, in place of a table, reads a node's value.
const natural = -1

// view is a node's value, or a table's entry at its level.
type view struct{ node, table int32 }

// term is coef times a view; factors of products have coef 1.
type term struct {
	coef int64
	view
}

// node is one node of model.ac, with the range that is proved for its value.
type node struct {
	kind     uint8
	levels   int32 // input, step: how many; their tables have so many entries
	constant int64
	terms    []term // form, product
	form     int32  // step
	th, val  int32
	off      int32
	lo, hi   int64
	origin
}

// origin says what of the model a node is: position t, row a, column b, earlier
// position j, or -1.
type origin struct{ stage, t, a, b, j int32 }

// arithmetic is model.ac.
type arithmetic struct {
	stages  []string
	tables  [][]int64
	nodes   []node
	inputs  []int32
	logits  [][]int32 // by position
	labels  [][]int32
	extents map[[3]int32][2]int64
	ascend  map[int32]bool // tables of thresholds
}

// readArithmetic reads model.ac and proves the ranges of its values, term by term.
func readArithmetic(r io.Reader) *arithmetic {
	in := newInput(r, "model.ac", "tc0arith")
	nodes, terms, tables, stages, positions := in.count(), in.count(), in.count(), in.count(), in.count()
	m := &arithmetic{stages: in.stages(stages), tables: in.tables(tables)}
	m.extents, m.ascend = map[[3]int32][2]int64{}, map[int32]bool{}
	var last origin
	total := 0
	for range nodes {
		n := m.read(in)
		for _, field := range []*int32{&last.stage, &last.t, &last.a, &last.b, &last.j} {
			*field = in.next(*field)
		}
		require(last.stage >= 0 && int(last.stage) < len(m.stages), "model.ac: stage %d does not exist", last.stage)
		n.origin = last
		total += len(n.terms)
		switch n.kind {
		case nodeInput:
			m.inputs = append(m.inputs, int32(len(m.nodes)))
		case nodeStep:
			total++
		}
		m.nodes = append(m.nodes, n)
	}
	require(total == int(terms), "model.ac: %d terms, its head says %d", total, terms)
	for range positions {
		m.logits = append(m.logits, m.outputs(in, nodeForm))
		m.labels = append(m.labels, m.outputs(in, nodeStep))
	}
	require(len(m.inputs) > 0 && len(m.inputs) == len(m.labels),
		"model.ac: %d tokens and %d positions", len(m.inputs), len(m.labels))
	in.end()
	return m
}

// read reads one node, but for its origin.
func (m *arithmetic) read(in *input) (n node) {
	n.kind = in.byte()
	switch n.kind {
	case nodeInput:
		n.levels = in.count()
		require(n.levels > 0, "model.ac: a token of no letters")
		n.hi = int64(n.levels) - 1
	case nodeForm:
		n.constant = within(in.int())
		n.lo, n.hi = n.constant, n.constant
		for range in.count() {
			t := term{coef: in.int()}
			t.view = m.view(in)
			lo, hi := m.extent(t.view)
			a, b := times(t.coef, lo), times(t.coef, hi)
			n.lo, n.hi = plus(n.lo, min(a, b)), plus(n.hi, max(a, b))
			n.terms = append(n.terms, t)
		}
	case nodeStep:
		n.form = in.back(len(m.nodes))
		require(m.nodes[n.form].kind == nodeForm, "model.ac: a step reads what is no form")
		n.th, n.val, n.off = in.index(len(m.tables)), in.index(len(m.tables)), in.count()
		n.levels = in.count() + 1
		th, end := m.tables[n.th], int64(n.off)+int64(n.levels)
		require(n.levels > 0 && end <= int64(len(m.tables[n.val])) && end-1 <= int64(len(th)),
			"model.ac: a step reads beyond its tables")
		once(m.ascend, n.th, func() bool {
			for i := 1; i < len(th); i++ {
				require(th[i-1] < th[i], "model.ac: thresholds do not ascend")
			}
			return true
		})
		n.lo, n.hi = m.extremes(n.val, n.off, n.levels)
	case nodeProduct:
		n.lo, n.hi = 1, 1
		count := in.count()
		require(count >= 2 && count <= 4, "model.ac: a product of %d factors", count)
		for range count {
			v := m.view(in)
			kind := m.nodes[v.node].kind
			require(kind == nodeInput || kind == nodeStep, "model.ac: a factor is no variable")
			lo, hi := m.extent(v)
			ends := []int64{times(n.lo, lo), times(n.lo, hi), times(n.hi, lo), times(n.hi, hi)}
			n.lo, n.hi = slices.Min(ends), slices.Max(ends)
			n.terms = append(n.terms, term{1, v})
		}
	default:
		refuse("model.ac: unknown kind of node %d", n.kind)
	}
	return n
}

func (m *arithmetic) view(in *input) view {
	v := view{node: in.back(len(m.nodes))}
	v.table = in.index(len(m.tables)+1) - 1
	n := &m.nodes[v.node]
	if v.table == natural {
		require(n.kind != nodeInput, "model.ac: a token is read without a table")
		return v
	}
	require(n.kind == nodeInput || n.kind == nodeStep, "model.ac: a table of what has no levels")
	require(int(n.levels) <= len(m.tables[v.table]), "model.ac: a view reads beyond its table")
	return v
}

// extent is the range of a view.
func (m *arithmetic) extent(v view) (lo, hi int64) {
	n := &m.nodes[v.node]
	if v.table == natural {
		return n.lo, n.hi
	}
	return m.extremes(v.table, 0, n.levels)
}

// extremes are the least and the greatest of some entries of a table.
func (m *arithmetic) extremes(table, off, count int32) (lo, hi int64) {
	e := once(m.extents, [3]int32{table, off, count}, func() [2]int64 {
		part := m.tables[table][off : off+count]
		return [2]int64{within(slices.Min(part)), within(slices.Max(part))}
	})
	return e[0], e[1]
}

// entries are the values that a variable takes under a view, by level.
func (m *arithmetic) entries(v view) []int64 {
	n := &m.nodes[v.node]
	if v.table == natural {
		return m.tables[n.val][n.off : n.off+n.levels]
	}
	return m.tables[v.table][:n.levels]
}

func (m *arithmetic) outputs(in *input, kind uint8) (nodes []int32) {
	for range in.count() {
		n := in.index(len(m.nodes))
		require(m.nodes[n].kind == kind, "model.ac: an output is of the wrong kind")
		require(kind != nodeStep || m.nodes[n].lo >= 0 && m.nodes[n].hi <= 1, "model.ac: a label is neither 0 nor 1")
		nodes = append(nodes, n)
	}
	return nodes
}

// labelOf is the number of the first label that is 1 on a word, by position: the
// arithmetic circuit evaluated as its format page says.
func (m *arithmetic) labelOf(word []int) []int {
	value, level := make([]int64, len(m.nodes)), make([]int32, len(m.nodes))
	at := func(v view) int64 {
		if v.table == natural {
			return value[v.node]
		}
		return m.tables[v.table][level[v.node]]
	}
	token := 0
	for i := range m.nodes {
		n := &m.nodes[i]
		switch n.kind {
		case nodeInput:
			level[i] = int32(word[token])
			token++
		case nodeForm:
			value[i] = n.constant
			for _, t := range n.terms {
				value[i] += t.coef * at(t.view) // ranges are proved
			}
		case nodeStep:
			th := m.tables[n.th][n.off : n.off+n.levels-1]
			l, found := slices.BinarySearch(th, value[n.form])
			if found {
				l++
			}
			level[i], value[i] = int32(l), m.tables[n.val][n.off+int32(l)]
		case nodeProduct:
			value[i] = 1
			for _, t := range n.terms {
				value[i] *= at(t.view)
			}
		}
	}
	labels := make([]int, len(m.labels))
	for t, nodes := range m.labels {
		labels[t] = slices.IndexFunc(nodes, func(n int32) bool { return value[n] == 1 })
	}
	return labels
}
