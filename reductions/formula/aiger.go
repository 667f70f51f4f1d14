package formula

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// ReadAIGER reads an and-inverter graph, text ("aag") or binary ("aig"), of AIGER
// 20071012 or 1.9. Inputs without a symbol are called x1, x2, … and outputs y1, y2, …
// by their position. Latches and the properties of version 1.9 are refused.
//
// The header's counts are promises: nothing is allocated by them but the names of at
// most [MaxVariables] inputs.
func ReadAIGER(r io.Reader) (*Netlist, error) {
	a := &aigerReader{in: bufio.NewReader(r), at: map[uint32]int{}, gate: -1}
	if err := a.read(); err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			err = errors.New("the file ends early")
		}
		if a.gate >= 0 {
			return nil, fmt.Errorf("AIGER, and gate %d of %d: %w", a.gate+1, a.ands, err)
		}
		return nil, fmt.Errorf("AIGER, line %d: %w", max(a.line, 1), err)
	}
	n, err := a.netlist()
	if err != nil {
		return nil, fmt.Errorf("AIGER: %w", err)
	}
	return n, nil
}

type aigerReader struct {
	in   *bufio.Reader
	line int
	gate int64 // the binary gate being read, or -1

	last, inputs, outputs, ands uint32 // of the header

	at      map[uint32]int // variable to input, or to gate after all inputs
	gates   [][2]uint32    // operands
	roots   []uint32
	symbols [2]map[uint32]string // of inputs and outputs
}

func (a *aigerReader) read() error {
	binary, err := a.header()
	if err != nil {
		return err
	}
	for i := range a.inputs {
		lit := 2 * (i + 1)
		if !binary {
			if lit, err = a.literal(); err != nil {
				return err
			}
		}
		if err := a.define(lit, int(i)); err != nil {
			return err
		}
	}
	for range a.outputs {
		lit, err := a.literal()
		if err != nil {
			return err
		}
		a.roots = append(a.roots, lit)
	}
	if binary {
		err = a.binaryGates()
	} else {
		err = a.textGates()
	}
	if err != nil {
		return err
	}
	return a.readSymbols()
}

// next reads a line without its end.
func (a *aigerReader) next() (string, error) {
	a.line++
	s, err := a.in.ReadString('\n')
	if err != nil && (s == "" || !errors.Is(err, io.EOF)) {
		return "", err
	}
	return strings.TrimRight(s, "\r\n"), nil
}

var aigerCounts = [...]string{"bad states", "constraints", "justice properties", "fairness constraints"}

// header reads "aag M I L O A" and says whether the file is binary.
func (a *aigerReader) header() (binary bool, err error) {
	text, err := a.next()
	if err != nil {
		return false, err
	}
	f := strings.Fields(text)
	if len(f) < 6 || len(f) > 10 || f[0] != "aag" && f[0] != "aig" {
		return false, fmt.Errorf("expected \"aag M I L O A\" or \"aig M I L O A\", found %.40q", text)
	}
	var n [9]uint32
	for i, s := range f[1:] {
		v, err := strconv.ParseUint(s, 10, 30)
		if err != nil {
			return false, fmt.Errorf("%.20q is not a count below 2^30", s)
		}
		n[i] = uint32(v)
	}
	if n[2] > 0 {
		return false, fmt.Errorf("the network has %d latches; only combinational networks are formulas", n[2])
	}
	for i, v := range n[5:] {
		if v > 0 {
			return false, fmt.Errorf("the network has %d %s, which have no meaning for a formula", v, aigerCounts[i])
		}
	}
	a.last, a.inputs, a.outputs, a.ands = n[0], n[1], n[3], n[4]
	if a.inputs > MaxVariables {
		return false, fmt.Errorf("%d inputs, at most %d are allowed", a.inputs, MaxVariables)
	}
	if all := a.inputs + a.ands; a.last < all || f[0] == "aig" && a.last != all {
		return false, fmt.Errorf("%d variables for %d inputs and %d and gates", a.last, a.inputs, a.ands)
	}
	return f[0] == "aig", nil
}

// literal reads a line that is a literal.
func (a *aigerReader) literal() (uint32, error) {
	text, err := a.next()
	if err != nil {
		return 0, err
	}
	return a.parseLiteral(text)
}

func (a *aigerReader) parseLiteral(s string) (uint32, error) {
	v, err := strconv.ParseUint(s, 10, 32)
	if err != nil || v > 2*uint64(a.last)+1 {
		return 0, fmt.Errorf("expected a literal 0 to %d, found %.20q", 2*uint64(a.last)+1, s)
	}
	return uint32(v), nil
}

// define gives a variable its place.
func (a *aigerReader) define(lit uint32, at int) error {
	if lit < 2 || lit&1 == 1 {
		return fmt.Errorf("literal %d cannot be defined: it is a constant or a negation", lit)
	}
	if _, ok := a.at[lit/2]; ok {
		return fmt.Errorf("literal %d is defined twice", lit)
	}
	a.at[lit/2] = at
	return nil
}

func (a *aigerReader) textGates() error {
	for i := range a.ands {
		text, err := a.next()
		if err != nil {
			return err
		}
		f := strings.Fields(text)
		if len(f) != 3 {
			return fmt.Errorf("expected the three literals of an and gate, found %.40q", text)
		}
		var lits [3]uint32
		for k, s := range f {
			if lits[k], err = a.parseLiteral(s); err != nil {
				return err
			}
		}
		if err := a.define(lits[0], int(a.inputs+i)); err != nil {
			return err
		}
		a.gates = append(a.gates, [2]uint32{lits[1], lits[2]})
	}
	return nil
}

// binaryGates reads gates as differences of literals in base 128, lowest digit first.
func (a *aigerReader) binaryGates() error {
	for i := range a.ands {
		a.gate = int64(i)
		lit := 2 * (a.inputs + i + 1)
		down, err := a.difference(lit)
		if err != nil {
			return err
		}
		first := lit - down
		if first >= lit {
			return fmt.Errorf("its first operand is itself")
		}
		if down, err = a.difference(first); err != nil {
			return err
		}
		a.at[lit/2] = int(a.inputs + i)
		a.gates = append(a.gates, [2]uint32{first, first - down})
	}
	a.gate = -1
	return nil
}

func (a *aigerReader) difference(from uint32) (uint32, error) {
	v, err := binary.ReadUvarint(a.in)
	if err != nil {
		return 0, err
	}
	if v > uint64(from) {
		return 0, fmt.Errorf("difference %d from literal %d", v, from)
	}
	return uint32(v), nil
}

// readSymbols reads the names up to the end or the comments.
func (a *aigerReader) readSymbols() error {
	a.symbols = [2]map[uint32]string{{}, {}}
	for {
		text, err := a.next()
		if errors.Is(err, io.EOF) || err == nil && strings.HasPrefix(text, "c") {
			return nil
		}
		if err != nil {
			return err
		}
		position, name, ok := strings.Cut(text, " ")
		if !ok || name == "" || position == "" {
			return fmt.Errorf("expected a symbol like \"i0 name\", or c before comments, found %.40q", text)
		}
		kind, count := strings.IndexByte("io", position[0]), [2]uint32{a.inputs, a.outputs}
		i, err := strconv.ParseUint(position[1:], 10, 32)
		if kind < 0 || err != nil || i >= uint64(count[kind]) {
			return fmt.Errorf("there is no %.20q to name: %d inputs i0 …, %d outputs o0 …", position, a.inputs, a.outputs)
		}
		if _, ok := a.symbols[kind][uint32(i)]; ok {
			return fmt.Errorf("%s is named twice", position)
		}
		a.symbols[kind][uint32(i)] = name
	}
}

// names lists inputs or outputs.
func (a *aigerReader) names(kind int, letter string, count uint32) []string {
	var names []string
	for i := range count {
		name, ok := a.symbols[kind][i]
		if !ok {
			name = letter + strconv.FormatUint(uint64(i)+1, 10)
		}
		names = append(names, name)
	}
	return names
}

func (a *aigerReader) netlist() (*Netlist, error) {
	b, err := NewBuilder(a.names(0, "x", a.inputs))
	if err != nil {
		return nil, err
	}
	g := &aigerGraph{aigerReader: a, b: b, node: make([]int, len(a.gates)), not: map[int]int{}}
	state := make([]visit, len(a.gates))
	n := &Netlist{b: b, outputs: a.names(1, "y", a.outputs)}
	for _, lit := range a.roots {
		if v, ok := a.at[lit/2]; ok && v >= int(a.inputs) {
			if err := g.order().visit(v-int(a.inputs), state); err != nil {
				return nil, err
			}
		}
		root, err := g.literal(lit)
		if err != nil {
			return nil, err
		}
		n.roots = append(n.roots, root)
	}
	return n, nil
}

// aigerGraph turns gates into nodes.
type aigerGraph struct {
	*aigerReader
	b    *Builder
	node []int
	not  map[int]int
}

func (g *aigerGraph) order() graph {
	return graph{
		reads: func(i int) (js []int) {
			for _, lit := range g.gates[i] {
				if v, ok := g.at[lit/2]; ok && v >= int(g.inputs) {
					js = append(js, v-int(g.inputs))
				}
			}
			return js
		},
		define: func(i int) error {
			x, err := g.literal(g.gates[i][0])
			if err != nil {
				return err
			}
			y, err := g.literal(g.gates[i][1])
			if err != nil {
				return err
			}
			g.node[i] = g.b.And(x, y)
			return nil
		},
		message: func(i int) error { return fmt.Errorf("and gate %d of %d reads itself", i+1, g.ands) },
	}
}

// literal is the node of a literal whose variable is defined.
func (g *aigerGraph) literal(lit uint32) (int, error) {
	if lit < 2 {
		return g.b.Constant(lit == 1), nil
	}
	v, ok := g.at[lit/2]
	if !ok {
		return 0, fmt.Errorf("literal %d is never defined", lit)
	}
	x := 0
	if v < int(g.inputs) {
		x = g.b.Variable(v)
	} else {
		x = g.node[v-int(g.inputs)]
	}
	if lit&1 == 0 {
		return x, nil
	}
	y, ok := g.not[x]
	if !ok {
		y = g.b.Not(x)
		g.not[x] = y
	}
	return y, nil
}
