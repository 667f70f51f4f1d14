package snark

import (
	"fmt"
	"math/bits"
	"slices"
	"strings"

	"tc0/circuits/arith"
)

// ArchitectureOf is the architecture of a circuit that package compile makes with two
// digits. Widths are those of the circuit's numbers and so many bits of room at least, so that other
// models fit, and that it says only roughly how large the numbers are; nothing else in it depends
// on weights, unless all that one stage would read of another have weight 0.
func ArchitectureOf(c *arith.Circuit, room int) (*Architecture, error) {
	if !within(room, 0, maxRoom) {
		return nil, fmt.Errorf("%d bits of room: expected at most %d", room, maxRoom)
	}
	d := &deriver{circuit: c, room: room, stages: map[string]*sketch{}}
	if err := d.survey(); err != nil {
		return nil, err
	}
	if err := d.relate(); err != nil {
		return nil, err
	}
	a, err := d.arrange()
	if err != nil {
		return nil, err
	}
	if err := a.checkProgram(); err != nil { // before anything is as large as it says
		return nil, err
	}
	stages, err := fit(a, c)
	if err != nil {
		return nil, err
	}
	d.widen(a, stages)
	return a, a.check()
}

// sketch is what is known of a stage before stages are in order.
type sketch struct {
	Stage
	nodes []arith.Node // forms, products
	reads []*relation
	done  bool // it has its place

	convolved bool // tokens of several positions, each row and column through one table
}

// relation is a read whose indices are not settled.
type relation struct {
	Read
	of *sketch
	*indices
}

// indices are the indices at which all elements seen so far can read an operand.
type indices struct{ rowRow, rowColumn, columnRow, columnColumn bool }

// DefaultRoom is room enough for models whose weights are off by a fifth, as far as seen: docs/snark.md.
// maxRoom bounds it. Values of steps are codes, whose width follows from the bits of the compiler.
const (
	DefaultRoom = 3
	maxRoom     = 16
	valueRoom   = 2
)

// deriver finds the stages of a circuit.
type deriver struct {
	circuit *arith.Circuit
	room    int
	stages  map[string]*sketch
	order   []*sketch // as first seen
}

// survey collects the stages.
func (d *deriver) survey() error {
	c := d.circuit
	if len(c.Inputs()) == 0 || len(c.Outputs()) == 0 {
		return fmt.Errorf("the circuit has %d tokens and %d positions with labels: there is nothing to prove", len(c.Inputs()), len(c.Outputs()))
	}
	d.add("tokens", TokenStage).Rows = c.Levels(c.Inputs()[0])
	for i := range c.Len() {
		n := arith.Node(i)
		if c.Kind(n) == arith.Input {
			continue
		}
		name, p := c.StageName(c.Origin(n).Stage), placeOf(c, n)
		if p.t < 0 || p.t >= len(c.Inputs()) {
			return fmt.Errorf("%s: no position of the word: %s", c.Name(n), notCompiled)
		}
		s := d.stages[name]
		if s == nil {
			s = d.add(name, FormStage)
			s.First, s.Pair = p.t, p.j >= 0
		}
		s.Rows, s.Columns, s.First = max(s.Rows, p.row+1), max(s.Columns, p.column+1), min(s.First, p.t)
		switch c.Kind(n) {
		case arith.Step:
			_, thresholds, values := c.Step(n)
			if len(thresholds) == 0 {
				return fmt.Errorf("%s: a step without thresholds: %s", c.Name(n), notCompiled)
			}
			s.Kind, s.Levels = StepStage, 1<<bits.Len(uint(len(values)-1))
			if strings.HasPrefix(name, "argmax.") {
				s.Kind, s.Levels, s.Threshold = BitStage, 0, thresholds[0]
			}
		case arith.Product:
			s.Kind = ProductStage
			s.nodes = append(s.nodes, n)
		default:
			s.nodes = append(s.nodes, n)
		}
	}
	return nil
}

func (d *deriver) add(name string, k StageKind) *sketch {
	s := &sketch{Stage: Stage{Name: name, Kind: k, Rows: 1, Columns: 1}}
	d.stages[name] = s
	d.order = append(d.order, s)
	return s
}

// of is the stage of a node.
func (d *deriver) of(n arith.Node) *sketch {
	if d.circuit.Kind(n) == arith.Input {
		return d.order[0]
	}
	return d.stages[d.circuit.StageName(d.circuit.Origin(n).Stage)]
}

// relate finds what every stage reads: the union over its elements.
func (d *deriver) relate() error {
	for _, s := range slices.Clone(d.order) {
		s.convolved = d.convolves(s)
		for _, n := range s.nodes {
			if err := d.element(s, n); err != nil {
				return fmt.Errorf("%s: %w", d.circuit.Name(n), err)
			}
		}
	}
	return nil
}

// element adds what one element reads.
func (d *deriver) element(s *sketch, n arith.Node) error {
	c := d.circuit
	p := placeOf(c, n)
	if c.Kind(n) == arith.Product {
		for k, v := range c.Factors(n) {
			if err := d.factor(s, p, k, v.View); err != nil {
				return err
			}
		}
		return nil
	}
	_, terms := c.Form(n)
	for _, t := range terms {
		op, q := d.of(t.Node), placeOf(c, t.Node)
		when, err := s.time(op, p, q)
		if err != nil {
			return err
		}
		if s.convolved && op.Kind == TokenStage {
			op, q = d.tokenForm(s, "token"), place{q.t, -1, p.row, p.column}
		}
		s.relation(op, when).narrow(p, q)
	}
	return nil
}

// convolves tells whether a stage reads tokens of several positions, and every row and column reads them
// through one table. Their forms over the bits of the token are then a stage of their own, and so
// take fewer parameters than a coefficient for every bit at every position.
func (d *deriver) convolves(s *sketch) bool {
	tables, times := map[[2]int]arith.Table{}, map[Read]bool{}
	for _, n := range s.nodes {
		if d.circuit.Kind(n) != arith.Form {
			return false
		}
		p, own := placeOf(d.circuit, n), map[int]bool{}
		_, terms := d.circuit.Form(n)
		for _, t := range terms {
			if d.of(t.Node).Kind != TokenStage {
				continue
			}
			q := placeOf(d.circuit, t.Node)
			table, ok := tables[[2]int{p.row, p.column}]
			if own[q.t] || ok && table != t.Table {
				return false
			}
			own[q.t], tables[[2]int{p.row, p.column}] = true, t.Table
			times[Read{Lag: p.t - q.t, Earlier: q.t == p.j}] = true
		}
	}
	return len(times) > 1
}

// time is at which position an element reads an operand, as a read without indices.
func (s *sketch) time(op *sketch, p, q place) (Read, error) {
	r := Read{Lag: p.t - q.t}
	switch {
	case s.Pair && !op.Pair && q.t == p.j:
		r = Read{Earlier: true}
	case r.Lag < 0, s.Pair && !op.Pair && r.Lag > 0, s.Pair && op.Pair && q.j != p.j:
		return r, fmt.Errorf("it reads %s at position %d: %s", op.Name, q.t, notCompiled)
	}
	return r, nil
}

// relation is the read of an operand by a form. Indices are the same at all positions.
func (s *sketch) relation(op *sketch, when Read) *relation {
	var x *indices
	for _, r := range s.reads {
		switch {
		case r.of == op && r.Read == when:
			return r
		case r.of == op:
			x = r.indices
		}
	}
	if x == nil {
		x = newIndices(s, op)
	}
	r := &relation{when, op, x}
	s.reads = append(s.reads, r)
	return r
}

func newIndices(s, op *sketch) *indices {
	return &indices{op.Rows == s.Rows, op.Rows == s.Columns, op.Columns == s.Rows, op.Columns == s.Columns}
}

// narrow drops the indices at which an element at p does not read one at q.
func (r *indices) narrow(p, q place) {
	r.rowRow = r.rowRow && q.row == p.row
	r.rowColumn = r.rowColumn && q.row == p.column
	r.columnRow = r.columnRow && q.column == p.row
	r.columnColumn = r.columnColumn && q.column == p.column
}

// settle chooses among the indices that are left.
func (r *relation) settle() Read {
	out := r.Read
	out.Row, out.Column = choose(r.of.Rows, r.rowRow, r.rowColumn), choose(r.of.Columns, r.columnRow, r.columnColumn)
	if r.of.Kind == TokenStage {
		out.Row = Every
	}
	return out
}

func choose(have int, row, column bool) Index {
	switch {
	case have == 1:
		return Every
	case row:
		return ByRow
	case column:
		return ByColumn
	}
	return Every
}

// factor adds factor k of a product. A table of a token becomes a stage of its own.
func (d *deriver) factor(s *sketch, p place, k int, v arith.View) error {
	op, q := d.of(v.Node), placeOf(d.circuit, v.Node)
	when, err := s.time(op, p, q)
	if err != nil {
		return err
	}
	if op.Kind == TokenStage {
		op, q = d.tokenForm(s, fmt.Sprintf("token %d", k)), place{q.t, -1, p.row, p.column}
	}
	if k == len(s.reads) {
		s.reads = append(s.reads, &relation{when, op, newIndices(s, op)})
	}
	if k > len(s.reads) || s.reads[k].of != op || s.reads[k].Read != when {
		return fmt.Errorf("factor %d is %s, and another in other elements: %s", k, op.Name, notCompiled)
	}
	s.reads[k].narrow(p, q)
	return nil
}

// tokenForm is a stage of forms over the bits of tokens, as one stage reads them.
func (d *deriver) tokenForm(s *sketch, suffix string) *sketch {
	name := s.Name + " " + suffix
	f := d.stages[name]
	if f == nil {
		f = d.add(name, FormStage)
		f.Rows, f.Columns = s.Rows, s.Columns
		f.reads = []*relation{{of: d.order[0], indices: &indices{}}}
	}
	return f
}

// arrange puts the stages in order of evaluation.
func (d *deriver) arrange() (*Architecture, error) {
	c := d.circuit
	a := &Architecture{
		Format: architectureFormat, Length: len(c.Inputs()), Vocabulary: d.order[0].Rows, Classes: len(c.Outputs()[0].Labels), Width: maxWidth,
	}
	index := map[*sketch]int{}
	for len(index) < len(d.order) {
		next := slices.IndexFunc(d.order, func(s *sketch) bool { return !s.done && s.ready() })
		if next < 0 {
			return nil, fmt.Errorf("the circuit's stages read each other in a circle: %s", notCompiled)
		}
		s := d.order[next]
		s.done = true
		index[s] = len(index)
		a.Stages = append(a.Stages, s.Stage)
	}
	for _, s := range d.order {
		at := &a.Stages[index[s]]
		for _, r := range s.reads {
			read := r.settle()
			read.Stage = index[r.of]
			at.Reads = append(at.Reads, read)
		}
		if s.Kind != ProductStage {
			slices.SortFunc(at.Reads, func(x, y Read) int {
				return 2*((x.Stage-y.Stage)*a.Length+x.Lag-y.Lag) + int(b2i(x.Earlier)-b2i(y.Earlier))
			})
		}
	}
	return a, nil
}

// ready tells whether all that a stage reads at its own position has its place.
func (s *sketch) ready() bool {
	return !slices.ContainsFunc(s.reads, func(r *relation) bool { return r.Lag == 0 && !r.Earlier && !r.of.done })
}

// alike tells whether the form of a stage is the same for all models: comparisons of classes,
// and sums, whose coefficients follow from the shape. Package compile names them so.
func alike(stage string) bool {
	last := stage[strings.LastIndexByte(stage, '.')+1:]
	return strings.HasPrefix(stage, "argmax.") || slices.Contains([]string{"sum", "centre", "norm", "ΣΔ"}, last)
}

// widen sets the known numbers, and for the others the width of the range table for which a
// prover needs least time, and how many limbs they take.
func (d *deriver) widen(a *Architecture, stages []*numbers) {
	best := 0
	for w := minWidth; w <= maxWidth; w++ {
		b := *a
		b.Width, b.Stages = w, slices.Clone(a.Stages)
		for i := range b.Stages {
			d.size(&b, &b.Stages[i], stages[i])
		}
		if cost := b.cost(); w == minWidth || cost < best {
			best, a.Width = cost, w
		}
	}
	for i := range a.Stages {
		d.size(a, &a.Stages[i], stages[i])
	}
}

// limbs is how many limbs hold a number of so many bits.
func (a *Architecture) limbs(bits, room int) int {
	return min((bits+room+a.Width-1)/a.Width, maxBits/a.Width)
}

// size sets the widths of a stage.
func (d *deriver) size(a *Architecture, s *Stage, x *numbers) {
	if s.computes() {
		s.Coefficients = d.numbers(a, s, x.coefficients)
		s.Constants = d.numbers(a, s, x.constants)
	}
	switch s.Kind {
	case StepStage:
		s.Start, s.Gaps = a.limbs(signedBits(x.start), d.room), a.limbs(bits.Len64(uint64(slices.Max(x.gaps))), d.room)
		inner := append([]int64{0}, x.gaps[1:s.Levels-1]...)
		s.Inner = a.limbs(bits.Len64(uint64(slices.Max(inner))), d.room)
		s.Values = a.limbs(signedBits(x.values...), min(d.room, valueRoom))
	case BitStage:
		s.Gaps = a.limbs(bits.Len64(uint64(max(x.hi-s.Threshold, s.Threshold-1-x.lo))), d.room)
	}
}

// numbers is how the coefficients or constants of a stage are held.
func (d *deriver) numbers(a *Architecture, s *Stage, v []int64) Numbers {
	zeros := !slices.ContainsFunc(v, func(x int64) bool { return x != 0 })
	switch {
	case zeros:
		return Numbers{}
	case alike(s.Name):
		return Numbers{Known: v}
	}
	return Numbers{Limbs: a.limbs(signedBits(v...), d.room)}
}

// signedBits is the least b with -2^(b-1) <= x < 2^(b-1) for all x.
func signedBits(v ...int64) int {
	b := 1
	for _, x := range v {
		b = max(b, 1+bits.Len64(uint64(max(x, -1-x))))
	}
	return b
}

// cost is what checking ranges and hashing costs a prover, as far as it depends on the width.
func (a *Architecture) cost() int {
	lookups := 1 << a.Width
	for i := range a.Stages {
		s := &a.Stages[i]
		for _, r := range a.runs(i) {
			lookups += r.count * r.limbs
		}
		steps := a.times(s) * s.Rows * s.Columns
		switch s.Kind {
		case StepStage:
			lookups += steps * 2 * s.Gaps
		case BitStage:
			lookups += steps * s.Gaps
		}
	}
	return lookups*inverseCost + a.elements()*spongeCost*hashCost
}
