package formula

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
)

// ReadBLIF reads one combinational model of the Berkeley Logic Interchange Format:
// .model, .inputs, .outputs and .names tables (rows for 1, or rows for 0) in any
// order, as ABC writes them. Latches, subcircuits, library gates and everything else
// are refused.
//
// A table becomes a disjunction of conjunctions, joined in pairs. Only what an output
// reads is built.
func ReadBLIF(r io.Reader) (*Netlist, error) {
	b := &blifReader{in: bufio.NewReader(r), table: map[string]int{}}
	if err := b.read(); err != nil {
		return nil, fmt.Errorf("BLIF, line %d: %w", max(b.first, 1), err)
	}
	n, err := b.netlist()
	if err != nil {
		return nil, fmt.Errorf("BLIF, %w", err)
	}
	return n, nil
}

type blifReader struct {
	in          *bufio.Reader
	line, first int // the last line read, and where its continued line began
	model       bool
	ended       bool
	inputs      []string
	outputs     []string
	outputLine  []int
	tables      []blifTable
	table       map[string]int // by output; inputs are -1
}

// blifTable is a .names.
type blifTable struct {
	line  int
	names []string // inputs, then the output
	rows  []string
	value byte // of every row: '0' or '1'
}

func (b *blifReader) read() error {
	for !b.ended {
		f, err := b.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if len(f) == 0 {
			continue
		}
		if err := b.statement(f); err != nil {
			return err
		}
	}
	if !b.model && len(b.tables) == 0 && len(b.outputs) == 0 {
		return errors.New("expected .model, found the end of the file")
	}
	return nil
}

// next reads the words of a line, with the lines that continue it after a backslash.
func (b *blifReader) next() ([]string, error) {
	var words []string
	for b.first = b.line + 1; ; {
		s, err := b.in.ReadString('\n')
		if err != nil && (!errors.Is(err, io.EOF) || s == "" && len(words) == 0) {
			return nil, err
		}
		b.line++
		s, _, _ = strings.Cut(s, "#")
		s, more := strings.CutSuffix(strings.TrimSpace(s), "\\")
		words = append(words, strings.Fields(s)...)
		if !more || err != nil {
			return words, nil
		}
	}
}

// refusals are statements that no formula has.
var refusals = map[string]string{
	".latch": "a latch", ".mlatch": "a latch", ".subckt": "a subcircuit: flatten the network first",
	".gate": "a library gate: map the network to tables first", ".exdc": "don't-cares",
}

func (b *blifReader) statement(f []string) error {
	if f[0][0] != '.' {
		return b.row(f)
	}
	switch f[0] {
	case ".model":
		if b.model {
			return errors.New("a second .model: one network a file, flattened")
		}
		b.model = true
		return nil
	case ".inputs":
		for _, name := range f[1:] {
			if err := b.define(name, -1); err != nil {
				return err
			}
		}
		b.inputs = append(b.inputs, f[1:]...)
		if len(b.inputs) > MaxVariables {
			return fmt.Errorf("more than %d inputs", MaxVariables)
		}
		return nil
	case ".outputs":
		for range f[1:] {
			b.outputLine = append(b.outputLine, b.first)
		}
		b.outputs = append(b.outputs, f[1:]...)
		return nil
	case ".names":
		if len(f) < 2 {
			return errors.New(".names without an output")
		}
		if err := b.define(f[len(f)-1], len(b.tables)); err != nil {
			return err
		}
		b.tables = append(b.tables, blifTable{line: b.first, names: f[1:]})
		return nil
	case ".end":
		b.ended = true
		return nil
	}
	if what, ok := refusals[f[0]]; ok {
		return fmt.Errorf("%s is %s; only combinational .names networks are read", f[0], what)
	}
	return fmt.Errorf("expected .model, .inputs, .outputs, .names or .end, found %.20q", f[0])
}

func (b *blifReader) define(name string, table int) error {
	if _, ok := b.table[name]; ok {
		return fmt.Errorf("%.40q is defined twice", name)
	}
	b.table[name] = table
	return nil
}

// row adds a row to the last table.
func (b *blifReader) row(f []string) error {
	if len(b.tables) == 0 {
		return fmt.Errorf("expected .model, .inputs, .outputs or .names, found %.20q", f[0])
	}
	t := &b.tables[len(b.tables)-1]
	cube, value := "", f[len(f)-1]
	if len(f) == 2 {
		cube = f[0]
	}
	if len(f) > 2 || len(cube) != len(t.names)-1 || strings.Trim(cube, "01-") != "" || value != "0" && value != "1" {
		return fmt.Errorf("expected a row of %d of 0 1 - and then 0 or 1, found %.40q", len(t.names)-1, strings.Join(f, " "))
	}
	if len(t.rows) > 0 && t.value != value[0] {
		return fmt.Errorf("the table of %.40q has rows for 0 and rows for 1", t.names[len(t.names)-1])
	}
	t.value = value[0]
	t.rows = append(t.rows, cube)
	return nil
}

func (b *blifReader) netlist() (*Netlist, error) {
	build, err := NewBuilder(b.inputs)
	if err != nil {
		return nil, err
	}
	g := &blifGraph{blifReader: b, b: build, node: make(map[string]int, len(b.table)), not: map[int]int{}}
	for i, name := range b.inputs {
		g.node[name] = build.Variable(i)
	}
	state := make([]visit, len(b.tables))
	n := &Netlist{b: build, outputs: b.outputs}
	for i, name := range b.outputs {
		t, ok := b.table[name]
		if !ok {
			return nil, fmt.Errorf("line %d: output %.40q is never defined", b.outputLine[i], name)
		}
		if t >= 0 {
			if err := g.order().visit(t, state); err != nil {
				return nil, err
			}
		}
		n.roots = append(n.roots, g.node[name])
	}
	return n, nil
}

// blifGraph turns tables into nodes.
type blifGraph struct {
	*blifReader
	b    *Builder
	node map[string]int
	not  map[int]int
}

func (g *blifGraph) order() graph {
	return graph{
		reads: func(i int) (js []int) {
			t := &g.tables[i]
			for _, name := range t.names[:len(t.names)-1] {
				if j, ok := g.table[name]; ok && j >= 0 {
					js = append(js, j)
				}
			}
			return js
		},
		define: g.define,
		message: func(i int) error {
			t := &g.tables[i]
			return fmt.Errorf("line %d: %.40q reads itself", t.line, t.names[len(t.names)-1])
		},
	}
}

// define builds a table.
func (g *blifGraph) define(i int) error {
	t := &g.tables[i]
	var rows []int
	for _, cube := range t.rows {
		row, err := g.row(t, cube)
		if err != nil {
			return err
		}
		rows = append(rows, row)
	}
	x := g.b.balanced(Or, rows, false)
	if t.value == '0' {
		x = g.b.Not(x)
	}
	g.node[t.names[len(t.names)-1]] = x
	return nil
}

func (g *blifGraph) row(t *blifTable, cube string) (int, error) {
	var literals []int
	for k, c := range cube {
		if c == '-' {
			continue
		}
		x, ok := g.node[t.names[k]]
		if !ok {
			return 0, fmt.Errorf("line %d: %.40q is never defined", t.line, t.names[k])
		}
		if c == '0' {
			if _, ok := g.not[x]; !ok {
				g.not[x] = g.b.Not(x)
			}
			x = g.not[x]
		}
		literals = append(literals, x)
	}
	return g.b.balanced(And, literals, true), nil
}
