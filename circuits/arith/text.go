package arith

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

const textHeader = "tc0 arith 1"

// WriteText writes the text form; [ReadText] reads it back to an equal circuit.
func (c *Circuit) WriteText(w io.Writer) error {
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, "%s\ncounts nodes=%d terms=%d tables=%d stages=%d positions=%d\n",
		textHeader, len(c.nodes), len(c.terms), len(c.tables), len(c.stages), len(c.outputs))
	for i := range c.stages {
		c.writeStage(b, i)
	}
	for i := range c.tables {
		c.writeTable(b, i)
	}
	for i := range c.nodes {
		c.writeNode(b, Node(i))
	}
	for t, o := range c.outputs {
		writeOutput(b, "logits", t, o.Logits)
		writeOutput(b, "labels", t, o.Labels)
	}
	return b.Flush()
}

// textWriter is a buffered file, or the one line that a reader compares with
// what it read.
type textWriter interface {
	io.Writer
	io.ByteWriter
	io.StringWriter
}

func (c *Circuit) writeStage(b textWriter, i int) {
	fmt.Fprintf(b, "stage s%d %s\n", i, strconv.Quote(c.stages[i]))
}

func (c *Circuit) writeTable(b textWriter, i int) {
	fmt.Fprintf(b, "table t%d", i)
	for _, v := range c.tables[i] {
		b.WriteByte(' ')
		b.WriteString(strconv.FormatInt(v, 10))
	}
	b.WriteByte('\n')
}

func (c *Circuit) writeNode(b textWriter, n Node) {
	d := &c.nodes[n]
	fmt.Fprintf(b, "%v n%d", d.kind, n)
	switch d.kind {
	case Input:
		fmt.Fprintf(b, " levels=%d", d.constant)
	case Form:
		fmt.Fprintf(b, " = %d", d.constant)
		for _, t := range c.terms[d.first : d.first+d.count] {
			fmt.Fprintf(b, " + %d*", t.Coef)
			writeView(b, t.View)
		}
	case Step:
		fmt.Fprintf(b, " = n%d th=t%d val=t%d off=%d count=%d", c.terms[d.first].Node, d.th, d.val, d.off, d.levels)
	case Product:
		for i, t := range c.terms[d.first : d.first+d.count] {
			b.WriteString([2]string{" = ", " * "}[min(i, 1)])
			writeView(b, t.View)
		}
	}
	o := c.origins[n]
	fmt.Fprintf(b, " @ s%d %d %d %d %d\n", o.Stage, o.T, o.A, o.B, o.J)
}

func writeView(b textWriter, v View) {
	fmt.Fprintf(b, "n%d", v.Node)
	if v.Table != Natural {
		fmt.Fprintf(b, "[t%d]", v.Table)
	}
}

func writeOutput(b textWriter, what string, t int, nodes []Node) {
	fmt.Fprintf(b, "%s %d", what, t)
	for _, n := range nodes {
		fmt.Fprintf(b, " n%d", n)
	}
	b.WriteByte('\n')
}

// ReadText reads the text form and proves every range again. It accepts exactly
// the bytes that [Circuit.WriteText] writes; the error names the line.
func ReadText(r io.Reader) (*Circuit, error) {
	p := &textReader{b: NewBuilder(), in: bufio.NewReaderSize(r, 1<<16)}
	for p.next() {
		if err := p.line(); err != nil {
			return nil, fmt.Errorf("line %d: %w", p.number, err)
		}
		if err := p.b.Err(); err != nil {
			return nil, fmt.Errorf("line %d: %w", p.number, err)
		}
		if err := p.canonical(); err != nil {
			return nil, fmt.Errorf("line %d: %w", p.number, err)
		}
	}
	if p.err != nil {
		return nil, p.err
	}
	if p.half {
		return nil, fmt.Errorf("line %d: logits without labels", p.number)
	}
	c, err := p.b.Finish()
	if err != nil {
		return nil, err
	}
	want := fmt.Sprintf("counts nodes=%d terms=%d tables=%d stages=%d positions=%d",
		len(c.nodes), len(c.terms), len(c.tables), len(c.stages), len(c.outputs))
	if p.counts != want {
		return nil, fmt.Errorf("line 2: %q, but the file holds %q: truncated or edited", p.counts, want)
	}
	return c, nil
}

type textReader struct {
	b      *Builder
	in     *bufio.Reader
	number int
	text   string
	counts string
	part   int // the part of the file that the last line belongs to
	logits []Node
	half   bool // logits are waiting for their labels
	again  bytes.Buffer
	err    error
}

// The parts of a file, in order.
const (
	stagePart = iota
	tablePart
	nodePart
	outputPart
)

// canonical prints what was read again: there is one way to write a circuit, so
// that equal circuits are equal files.
func (p *textReader) canonical() error {
	if p.number <= 2 {
		return nil
	}
	c, part := &p.b.c, nodePart
	p.again.Reset()
	switch word, _, _ := strings.Cut(p.text, " "); word {
	case "stage":
		part = stagePart
		c.writeStage(&p.again, len(c.stages)-1)
	case "table":
		part = tablePart
		c.writeTable(&p.again, len(c.tables)-1)
	case "logits":
		part = outputPart
		writeOutput(&p.again, word, len(c.outputs), p.logits)
	case "labels":
		part = outputPart
		writeOutput(&p.again, word, len(c.outputs)-1, c.outputs[len(c.outputs)-1].Labels)
	default:
		c.writeNode(&p.again, Node(len(c.nodes)-1))
	}
	if part < p.part {
		return errors.New("out of order: stages come first, then tables, nodes and outputs")
	}
	p.part = part
	if want := strings.TrimSuffix(p.again.String(), "\n"); p.text != want {
		return fmt.Errorf("not as this program writes it: found %.60q, expected %.60q", p.text, want)
	}
	return nil
}

func (p *textReader) next() bool {
	line, err := p.in.ReadString('\n')
	if err == io.EOF && line == "" {
		return false
	}
	p.number++
	if err != nil {
		p.err = fmt.Errorf("line %d: %w: the file ends within a line", p.number, io.ErrUnexpectedEOF)
		if err != io.EOF {
			p.err = err
		}
		return false
	}
	p.text = strings.TrimSuffix(line, "\n")
	return true
}

func (p *textReader) line() error {
	switch p.number {
	case 1:
		if p.text != textHeader {
			return fmt.Errorf("expected %q: not an arithmetic circuit in text form", textHeader)
		}
		return nil
	case 2:
		p.counts = p.text
		return nil
	}
	word, rest, _ := strings.Cut(p.text, " ")
	switch word {
	case "stage":
		return p.stage(rest)
	case "table":
		return p.table(rest)
	case "logits", "labels":
		return p.output(word, rest)
	}
	body, origin, ok := strings.Cut(rest, " @ ")
	if !ok {
		return fmt.Errorf("expected stage, table, input, form, step, product, logits or labels, found %q", word)
	}
	if err := p.origin(origin); err != nil {
		return err
	}
	name, def, _ := strings.Cut(body, " ")
	if id, err := parseID(name, 'n'); err != nil || id != len(p.b.c.nodes) {
		return fmt.Errorf("expected node n%d, found %q", len(p.b.c.nodes), name)
	}
	return p.node(word, def)
}

func (p *textReader) node(kind, def string) error {
	switch kind {
	case "input":
		levels, err := keyInt(def, "levels")
		if err != nil {
			return err
		}
		p.b.Input(levels)
		return nil
	case "form":
		return p.form(strings.TrimPrefix(def, "= "))
	case "step":
		return p.step(strings.Fields(strings.TrimPrefix(def, "= ")))
	case "product":
		var views []View
		for _, f := range strings.Split(strings.TrimPrefix(def, "= "), " * ") {
			v, err := parseView(f)
			if err != nil {
				return err
			}
			views = append(views, v)
		}
		p.b.Product(views...)
		return nil
	}
	return fmt.Errorf("unknown operation %q", kind)
}

func (p *textReader) form(def string) error {
	parts := strings.Split(def, " + ")
	constant, err := strconv.ParseInt(parts[0], 10, 64)
	if err != nil {
		return fmt.Errorf("constant %q is not an integer", parts[0])
	}
	terms := make([]Term, 0, len(parts)-1)
	for _, s := range parts[1:] {
		coef, view, _ := strings.Cut(s, "*")
		k, err := strconv.ParseInt(coef, 10, 64)
		if err != nil {
			return fmt.Errorf("coefficient %q is not an integer", coef)
		}
		v, err := parseView(view)
		if err != nil {
			return err
		}
		terms = append(terms, Term{k, v})
	}
	p.b.Form(constant, terms)
	return nil
}

func (p *textReader) step(f []string) error {
	if len(f) != 5 {
		return fmt.Errorf("expected \"= nF th=tA val=tB off=I count=K\"")
	}
	form, err := parseID(f[0], 'n')
	if err != nil {
		return err
	}
	th, err := parseID(strings.TrimPrefix(f[1], "th="), 't')
	if err != nil {
		return err
	}
	val, err := parseID(strings.TrimPrefix(f[2], "val="), 't')
	if err != nil {
		return err
	}
	off, err := keyInt(f[3], "off")
	if err != nil {
		return err
	}
	count, err := keyInt(f[4], "count")
	if err != nil {
		return err
	}
	p.b.Step(Node(form), Table(th), Table(val), off, count)
	return nil
}

func (p *textReader) stage(rest string) error {
	id, quoted, _ := strings.Cut(rest, " ")
	name, err := strconv.Unquote(quoted)
	if err != nil {
		return fmt.Errorf("stage name %q is not quoted", quoted)
	}
	if n, err := parseID(id, 's'); err != nil || n != len(p.b.c.stages) || int(p.b.Stage(name)) != n {
		return fmt.Errorf("stage %q out of order or repeated", id)
	}
	return nil
}

func (p *textReader) table(rest string) error {
	f := strings.Fields(rest)
	if len(f) == 0 {
		return fmt.Errorf("table without a name")
	}
	values := make([]int64, len(f)-1)
	for i, s := range f[1:] {
		v, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			return fmt.Errorf("table entry %q is not an integer", s)
		}
		values[i] = v
	}
	if n, err := parseID(f[0], 't'); err != nil || n != len(p.b.c.tables) || int(p.b.Table(values)) != n {
		return fmt.Errorf("table %q out of order or repeated", f[0])
	}
	return nil
}

func (p *textReader) output(what, rest string) error {
	f := strings.Fields(rest)
	if len(f) == 0 || f[0] != strconv.Itoa(len(p.b.c.outputs)) {
		return fmt.Errorf("expected position %d", len(p.b.c.outputs))
	}
	nodes := make([]Node, len(f)-1)
	for i, s := range f[1:] {
		id, err := parseID(s, 'n')
		if err != nil {
			return err
		}
		nodes[i] = Node(id)
	}
	if p.half != (what == "labels") {
		return fmt.Errorf("expected logits and labels of a position in turn")
	}
	if p.half = !p.half; p.half {
		p.logits = nodes
		return nil
	}
	p.b.Output(p.logits, nodes)
	return nil
}

func (p *textReader) origin(s string) error {
	f := strings.Fields(s)
	if len(f) != 5 {
		return fmt.Errorf("origin %q is not \"sN t a b j\"", s)
	}
	stage, err := parseID(f[0], 's')
	if err != nil {
		return err
	}
	var v [4]int32
	for i, s := range f[1:] {
		x, err := strconv.ParseInt(s, 10, 32)
		if err != nil || x < -1 {
			return fmt.Errorf("origin index %q", s)
		}
		v[i] = int32(x)
	}
	p.b.At(Origin{Stage(stage), v[0], v[1], v[2], v[3]})
	return nil
}

func parseView(s string) (View, error) {
	name, table, has := strings.Cut(s, "[")
	n, err := parseID(name, 'n')
	if err != nil {
		return View{}, err
	}
	v := View{Node(n), Natural}
	if has {
		id, closed := strings.CutSuffix(table, "]")
		t, err := parseID(id, 't')
		if err != nil || !closed {
			return View{}, fmt.Errorf("expected a table in brackets, found %q", "["+table)
		}
		v.Table = Table(t)
	}
	return v, nil
}

// parseID reads a letter followed by a canonical non-negative number.
func parseID(s string, letter byte) (int, error) {
	if len(s) > 1 && s[0] == letter && (s[1] != '0' || len(s) == 2) && s[1] != '+' && s[1] != '-' {
		if v, err := strconv.ParseInt(s[1:], 10, 32); err == nil {
			return int(v), nil
		}
	}
	return 0, fmt.Errorf("expected %c and a number, found %q", letter, s)
}

func keyInt(s, key string) (int, error) {
	text, ok := strings.CutPrefix(s, key+"=")
	v, err := strconv.ParseInt(text, 10, 32)
	if !ok || err != nil || v < 0 {
		return 0, fmt.Errorf("expected %s=NUMBER, found %q", key, s)
	}
	return int(v), nil
}
