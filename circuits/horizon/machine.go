package horizon

import (
	"bytes"
	"fmt"

	"tc0/circuits/arith"
)

// window is the length of the circuit in which repeating positions are looked for.
const window = 16

// Machine is a causal circuit taken apart between its positions.
type Machine struct {
	maps   []*position
	repeat int // from here on all positions have the last map; -1 when they differ
}

// position is one position's map: from the state before it and a letter to the label
// and the state after it. States are levels of variables, in a fixed order.
type position struct {
	eval   *arith.Evaluator
	before int   // variables
	widths []int // bytes of each variable of the state after it
	size   int   // their sum
	text   []byte
}

// Cut takes the circuits of a family apart for words of at most a length: build(n) is
// the circuit for words of length n, and a shorter one is a prefix of a longer one.
//
// The variables (steps and tokens) of earlier positions that live nodes of later
// positions read, directly or through forms and products, are the state between
// them. Everything later is a function of these variables and of later tokens, since
// nothing else is read: so the cut loses nothing, whatever the layers are. When the
// circuit is longer than a window and the maps within it become equal, byte for
// byte, that map stands for all later positions. Beyond the window this relies on
// the family being the same at every position, as the recurrent form is; a form that
// reads all earlier positions never repeats and is built in full.
func Cut(build func(n int) (*arith.Circuit, error), length int) (*Machine, error) {
	if length < 1 {
		return nil, fmt.Errorf("length %d, expected at least 1", length)
	}
	if length > window {
		m, reach, err := cut(build, window)
		if err != nil {
			return nil, err
		}
		if m.findRepeat(reach) {
			return m, nil
		}
	}
	m, _, err := cut(build, length)
	return m, err
}

// Length is the length of the longest words that the machine reads; 0 when there is
// no longest.
func (m *Machine) Length() int {
	if m.repeat >= 0 {
		return 0
	}
	return len(m.maps)
}

// Repeats says from which position on all maps are the same, if they are.
func (m *Machine) Repeats() (from int, ok bool) { return m.repeat, m.repeat >= 0 }

// State is the number of variables between position t and the next.
func (m *Machine) State(t int) int { return len(m.at(t).widths) }

// at is the map of position t.
func (m *Machine) at(t int) *position { return m.maps[min(t, len(m.maps)-1)] }

// findRepeat looks for the position from which all maps are equal, leaving out the
// last ones, whose readers the window cuts off.
func (m *Machine) findRepeat(reach int) bool {
	last := len(m.maps) - 1 - reach
	if last < 1 {
		return false
	}
	from := last
	for from > 0 && bytes.Equal(m.maps[from-1].text, m.maps[last].text) {
		from--
	}
	if last-from < 2 { // three equal maps in a row, or more
		return false
	}
	m.maps, m.repeat = m.maps[:from+1], from
	return true
}

func cut(build func(n int) (*arith.Circuit, error), n int) (m *Machine, reach int, err error) {
	c, err := build(n)
	if err != nil {
		return nil, 0, err
	}
	k := &cutter{c: c}
	if err := k.place(); err != nil {
		return nil, 0, err
	}
	k.findStates()
	m = &Machine{repeat: -1}
	for t := range n {
		p, err := k.position(t)
		if err != nil {
			return nil, 0, fmt.Errorf("position %d: %w", t, err)
		}
		m.maps = append(m.maps, p)
	}
	return m, k.reach, nil
}

// cutter takes one circuit apart.
type cutter struct {
	c      *arith.Circuit
	at     []int          // the position at which a node is computed
	live   []bool         // some label depends on the node
	states [][]arith.Node // by position: the variables that later positions read, ascending
	reach  int            // the most positions between a variable and its last reader
}

// operands visits what a node reads.
func (k *cutter) operands(n arith.Node, visit func(arith.View)) {
	switch k.c.Kind(n) {
	case arith.Form:
		_, terms := k.c.Form(n)
		for _, t := range terms {
			visit(t.View)
		}
	case arith.Step:
		form, _, _ := k.c.Step(n)
		visit(arith.View{Node: form, Table: arith.Natural})
	case arith.Product:
		for _, t := range k.c.Factors(n) {
			visit(t.View)
		}
	}
}

func (k *cutter) isVariable(n arith.Node) bool {
	kind := k.c.Kind(n)
	return kind == arith.Input || kind == arith.Step
}

// place finds every node's position and liveness, and checks that labels depend on
// no later token. A node is computed where its origin says, but not before anything
// that it reads: a wrong origin costs merging or is an error, never a wrong answer.
func (k *cutter) place() error {
	k.at, k.live = make([]int, k.c.Len()), make([]bool, k.c.Len())
	for t, n := range k.c.Inputs() {
		k.at[n] = t
	}
	for n := range arith.Node(k.c.Len()) {
		k.at[n] = max(k.at[n], int(k.c.Origin(n).T))
		k.operands(n, func(v arith.View) { k.at[n] = max(k.at[n], k.at[v.Node]) })
	}
	if in, out := len(k.c.Inputs()), len(k.c.Outputs()); in != out || in == 0 {
		return fmt.Errorf("the circuit reads %d tokens and labels %d positions, expected as many of both", in, out)
	}
	for t, o := range k.c.Outputs() {
		for _, n := range o.Labels {
			if k.at[n] > t {
				return fmt.Errorf("the label of position %d is computed at position %d: the circuit is not causal", t, k.at[n])
			}
			k.live[n] = true
		}
	}
	for n := arith.Node(k.c.Len()) - 1; n >= 0; n-- {
		if k.live[n] {
			k.operands(n, func(v arith.View) { k.live[v.Node] = true })
		}
	}
	return nil
}

// findStates finds the last position that reads each variable. A reader reads
// through forms and products, which are computed again where they are read.
func (k *cutter) findStates() {
	last := make([]int, k.c.Len()) // the last position that reads a node
	for t, o := range k.c.Outputs() {
		for _, n := range o.Labels {
			last[n] = max(last[n], t)
		}
	}
	for n := arith.Node(k.c.Len()) - 1; n >= 0; n-- {
		if !k.live[n] {
			continue
		}
		reader := k.at[n]
		if !k.isVariable(n) {
			reader = max(reader, last[n])
		}
		k.operands(n, func(v arith.View) { last[v.Node] = max(last[v.Node], reader) })
	}
	k.states = make([][]arith.Node, len(k.c.Inputs()))
	for n := range arith.Node(k.c.Len()) {
		if !k.live[n] || !k.isVariable(n) {
			continue
		}
		for t := k.at[n]; t < last[n]; t++ {
			k.states[t] = append(k.states[t], n)
		}
		k.reach = max(k.reach, last[n]-k.at[n])
	}
}

// position builds the map of position t as a circuit of its own: its tokens are the
// levels of the state before, then the letter; its logits are the levels of the state
// after.
func (k *cutter) position(t int) (*position, error) {
	w := &writer{
		k: k, t: t, b: arith.NewBuilder(), node: map[arith.Node]arith.Node{},
		tables: map[tablePart]arith.Table{}, identity: map[int]arith.Table{},
	}
	w.b.At(arith.Origin{Stage: w.b.Stage("position"), T: -1, A: -1, B: -1, J: -1})
	p := &position{}
	if t > 0 {
		for _, n := range k.states[t-1] {
			w.node[n] = w.b.Input(k.c.Levels(n))
		}
		p.before = len(k.states[t-1])
	}
	w.node[k.c.Inputs()[t]] = w.b.Input(k.c.Levels(k.c.Inputs()[t]))
	var after, labels []arith.Node
	for _, n := range k.states[t] {
		after = append(after, w.level(n))
		width := bytesFor(k.c.Levels(n))
		p.widths = append(p.widths, width)
		p.size += width
	}
	for _, n := range k.c.Outputs()[t].Labels {
		labels = append(labels, w.copy(n))
	}
	w.b.Output(after, labels)
	c, err := w.b.Finish()
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	if err := c.WriteBinary(&text); err != nil {
		return nil, err
	}
	p.text, p.eval = text.Bytes(), arith.NewEvaluator(c)
	return p, nil
}

// bytesFor is the bytes that hold a level.
func bytesFor(levels int) int {
	width := 1
	for levels > 1<<(8*width) {
		width++
	}
	return width
}

// writer copies nodes of a circuit into the circuit of one position, where variables
// of earlier positions have become inputs.
type writer struct {
	k    *cutter
	t    int
	b    *arith.Builder
	node map[arith.Node]arith.Node

	tables   map[tablePart]arith.Table
	identity map[int]arith.Table // by number of levels
}

// tablePart is a table from an entry on.
type tablePart struct {
	table arith.Table
	from  int
}

// copy copies a node and what it needs.
func (w *writer) copy(n arith.Node) arith.Node {
	if c, ok := w.node[n]; ok {
		return c
	}
	var c arith.Node
	switch w.k.c.Kind(n) {
	case arith.Form:
		constant, terms := w.k.c.Form(n)
		copied := make([]arith.Term, len(terms))
		for i, t := range terms {
			copied[i] = arith.Term{Coef: t.Coef, View: w.view(t.View)}
		}
		c = w.b.Form(constant, copied)
	case arith.Product:
		var views []arith.View
		for _, t := range w.k.c.Factors(n) {
			views = append(views, w.view(t.View))
		}
		c = w.b.Product(views...)
	case arith.Step:
		form, _, _ := w.k.c.Step(n)
		copied := w.copy(form)
		th, val, off, count := w.k.c.StepTables(n)
		c = w.b.Step(copied, w.table(th, 0), w.table(val, 0), off, count)
	default:
		w.b.Fail("token of another position") // no: what is read across a cut is in the state
	}
	w.node[n] = c
	return c
}

// view is a view of a copied node; a step that has become an input is read through
// the table that its natural view stands for.
func (w *writer) view(v arith.View) arith.View {
	n := w.copy(v.Node)
	switch {
	case v.Table != arith.Natural:
		return arith.View{Node: n, Table: w.table(v.Table, 0)}
	case w.k.c.Kind(v.Node) == arith.Step && w.k.at[v.Node] < w.t:
		_, val, off, _ := w.k.c.StepTables(v.Node)
		return arith.View{Node: n, Table: w.table(val, off)}
	}
	return arith.View{Node: n, Table: arith.Natural}
}

// table copies a table from an entry on. Interning reads all of it, so it is done once.
func (w *writer) table(t arith.Table, from int) arith.Table {
	key := tablePart{t, from}
	c, ok := w.tables[key]
	if !ok {
		c = w.b.Table(w.k.c.Table(t)[from:])
		w.tables[key] = c
	}
	return c
}

// level is a form whose value is the level of a variable.
func (w *writer) level(n arith.Node) arith.Node {
	levels := w.k.c.Levels(n)
	table, ok := w.identity[levels]
	if !ok {
		values := make([]int64, levels)
		for i := range values {
			values[i] = int64(i)
		}
		table = w.b.Table(values)
		w.identity[levels] = table
	}
	return w.b.Form(0, []arith.Term{{Coef: 1, View: arith.View{Node: w.copy(n), Table: table}}})
}
