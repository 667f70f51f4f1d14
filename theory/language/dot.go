package language

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/gonum/graph/formats/dot"
	"gonum.org/v1/gonum/graph/formats/dot/ast"
)

// WriteDOT writes the automaton as a Graphviz digraph: accepting states doubly circled,
// an arrow into the start state, edges to the same state joined. The states of a machine
// with other outputs than 0 and 1 are labelled "state/output".
func (d *DFA) WriteDOT(w io.Writer) error {
	b := bufio.NewWriter(w)
	fmt.Fprint(b, "digraph {\n\trankdir=LR;\n\tstart [shape=none, label=\"\"];\n")
	acceptor := d.Acceptor()
	for q, o := range d.output {
		switch {
		case !acceptor:
			fmt.Fprintf(b, "\t%d [shape=circle, label=\"%d/%d\"];\n", q, q, o)
		case o == 1:
			fmt.Fprintf(b, "\t%d [shape=doublecircle];\n", q)
		default:
			fmt.Fprintf(b, "\t%d [shape=circle];\n", q)
		}
	}
	fmt.Fprintf(b, "\tstart -> %d;\n", d.start)
	for q := range d.output {
		d.writeDOTEdges(b, q)
	}
	fmt.Fprintln(b, "}")
	return b.Flush()
}

func (d *DFA) writeDOTEdges(b *bufio.Writer, q int) {
	labels := map[int][]string{}
	for a, name := range d.alphabet {
		r := d.Next(q, a)
		labels[r] = append(labels[r], quote(name, dotEpsilon...))
	}
	for _, r := range slices.Sorted(maps.Keys(labels)) {
		label := strings.Join(labels[r], ",")
		label = strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(label)
		fmt.Fprintf(b, "\t%d -> %d [label=\"%s\"];\n", q, r, label)
	}
}

var dotEpsilon = []string{"ε", "eps", "epsilon", "<eps>", "λ"}

func readDOT(content []byte) (*NFA, error) {
	file, err := dot.ParseBytes(content)
	if err != nil {
		return nil, dotSyntaxError(err)
	}
	if len(file.Graphs) != 1 || !file.Graphs[0].Directed {
		return nil, fmt.Errorf("want one digraph")
	}
	g := &dotReader{nodes: map[string]map[string]string{}}
	if err := g.statements(file.Graphs[0].Stmts, scope{}); err != nil {
		return nil, err
	}
	return g.automaton()
}

// dotSyntaxError turns the parser's "line:column: error: message" into ours.
func dotSyntaxError(err error) error {
	text := strings.Join(strings.Fields(err.Error()), " ")
	parts := strings.SplitN(text, ":", 3)
	if line, bad := strconv.Atoi(parts[0]); bad == nil && len(parts) == 3 {
		message := strings.TrimPrefix(strings.TrimSpace(parts[2]), "error: ")
		return &lineError{line, fmt.Sprintf("column %s: %s", parts[1], message)}
	}
	return fmt.Errorf("DOT: %s", text)
}

// A scope holds the default attributes at a place in the file.
type scope struct {
	node, edge map[string]string
}

// A dotReader collects nodes with their attributes, and edges, in order of occurrence.
type dotReader struct {
	order []string
	nodes map[string]map[string]string
	edges []dotEdge
}

type dotEdge struct {
	from, to string
	attrs    map[string]string
}

// maxDOTEdges bounds the edges that pairs of subgraphs stand for.
const maxDOTEdges = 1 << 22

func (g *dotReader) statements(list []ast.Stmt, s scope) error {
	for _, stmt := range list {
		switch x := stmt.(type) {
		case *ast.NodeStmt:
			g.node(x.Node, s)
			set(g.nodes[dotText(x.Node.ID)], x.Attrs)
		case *ast.AttrStmt:
			switch x.Kind {
			case ast.NodeKind:
				s.node = extended(s.node, x.Attrs)
			case ast.EdgeKind:
				s.edge = extended(s.edge, x.Attrs)
			}
		case *ast.Subgraph:
			if err := g.statements(x.Stmts, s); err != nil {
				return err
			}
		case *ast.EdgeStmt:
			if err := g.chain(x, s); err != nil {
				return err
			}
		}
	}
	return nil
}

func set(attrs map[string]string, list []*ast.Attr) {
	for _, a := range list {
		attrs[strings.ToLower(dotText(a.Key))] = dotText(a.Val)
	}
}

func extended(attrs map[string]string, list []*ast.Attr) map[string]string {
	more := map[string]string{}
	maps.Copy(more, attrs)
	set(more, list)
	return more
}

// dotText is the value of an identifier: in quotes, \" is a quote, and every other
// backslash stays for the reader of the label.
func dotText(id string) string {
	if len(id) < 2 || id[0] != '"' {
		return id
	}
	var b strings.Builder
	for i := 1; i < len(id)-1; i++ {
		if id[i] == '\\' && i+1 < len(id)-1 {
			if id[i+1] != '"' {
				b.WriteByte('\\')
			}
			i++
		}
		b.WriteByte(id[i])
	}
	return b.String()
}

func (g *dotReader) node(n *ast.Node, s scope) {
	id := dotText(n.ID)
	if g.nodes[id] == nil {
		g.order = append(g.order, id)
		g.nodes[id] = extended(s.node, nil)
	}
}

// chain reads a -> b -> {c d}: every vertex of one end leads to every vertex of the next.
func (g *dotReader) chain(x *ast.EdgeStmt, s scope) error {
	attrs := extended(s.edge, x.Attrs)
	from, err := g.vertices(x.From, s)
	if err != nil {
		return err
	}
	for e := x.To; e != nil; e = e.To {
		to, err := g.vertices(e.Vertex, s)
		if err != nil {
			return err
		}
		if len(g.edges)+len(from)*len(to) > maxDOTEdges {
			return fmt.Errorf("more than %d edges", maxDOTEdges)
		}
		for _, p := range from {
			for _, q := range to {
				g.edges = append(g.edges, dotEdge{p, q, attrs})
			}
		}
		from = to
	}
	return nil
}

func (g *dotReader) vertices(v ast.Vertex, s scope) ([]string, error) {
	switch x := v.(type) {
	case *ast.Node:
		g.node(x, s)
		return []string{dotText(x.ID)}, nil
	case *ast.Subgraph:
		inner := dotReader{nodes: map[string]map[string]string{}}
		if err := inner.statements(x.Stmts, s); err != nil {
			return nil, err
		}
		return inner.order, g.statements(x.Stmts, s)
	}
	return nil, fmt.Errorf("an edge to %v", v)
}

// marker reports whether the node only carries the arrow into a start state.
func (g *dotReader) marker(id string) bool {
	attrs := g.nodes[id]
	return slices.Contains([]string{"none", "point", "plaintext", "plain"}, attrs["shape"]) || styled(attrs, "invis")
}

func styled(attrs map[string]string, style string) bool {
	return slices.ContainsFunc(strings.Split(attrs["style"], ","), func(s string) bool {
		return strings.TrimSpace(s) == style
	})
}

func (g *dotReader) automaton() (*NFA, error) {
	b := newBuilder()
	for _, id := range g.order {
		if g.marker(id) {
			continue
		}
		attrs := g.nodes[id]
		b.state(id)
		if attrs["shape"] == "doublecircle" || attrs["peripheries"] == "2" {
			b.accepting(id)
		}
		if styled(attrs, "bold") {
			b.start(id)
		}
	}
	for _, e := range g.edges {
		if err := g.edge(b, e); err != nil {
			return nil, fmt.Errorf("edge from %s to %s: %w", abridge(e.from), abridge(e.to), err)
		}
	}
	if len(b.n.Start) == 0 {
		return nil, fmt.Errorf("no start state: want an edge into it from a node of shape none or point")
	}
	if len(b.n.Accept) == 0 {
		return nil, fmt.Errorf("no accepting state: want a node of shape doublecircle")
	}
	return b.finish()
}

func (g *dotReader) edge(b *builder, e dotEdge) error {
	switch {
	case g.marker(e.to):
		return fmt.Errorf("leads to a node that is no state")
	case g.marker(e.from):
		b.start(e.to)
		return nil
	}
	label, ok := e.attrs["label"]
	if !ok {
		return fmt.Errorf(`no label: want letters, or "ε"`)
	}
	letters, err := splitLabel(label)
	if err != nil {
		return err
	}
	for _, a := range letters {
		if err := b.edge(e.from, a.text, !a.quoted && slices.Contains(dotEpsilon, a.text), e.to); err != nil {
			return err
		}
	}
	return nil
}

// splitLabel reads the letters of an edge: \n, \l and \r break lines, and a comma or a
// line break ends a letter unless it is quoted.
func splitLabel(label string) ([]field, error) {
	breaks := strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\l`, "\n", `\r`, "\n")
	rest := strings.TrimSpace(breaks.Replace(label))
	var list []field
	for {
		f, after, err := labelItem(rest)
		if err != nil {
			return nil, err
		}
		list = append(list, f)
		after = strings.TrimLeft(after, " \t")
		if after == "" {
			return list, nil
		}
		if after[0] != ',' && after[0] != '\n' {
			return nil, fmt.Errorf("label %s: want a comma after a quoted letter", abridge(label))
		}
		if rest = strings.TrimLeft(after[1:], " \t"); rest == "" {
			return nil, fmt.Errorf("label %s ends with a comma", abridge(label))
		}
	}
}

func labelItem(rest string) (f field, after string, err error) {
	if strings.HasPrefix(rest, `"`) {
		prefix, err := strconv.QuotedPrefix(rest)
		if err != nil {
			return field{}, "", fmt.Errorf("label: the quote before %s is never closed", abridge(rest[1:]))
		}
		text, err := strconv.Unquote(prefix)
		return field{text, true}, rest[len(prefix):], err
	}
	end := strings.IndexAny(rest, ",\n")
	if end < 0 {
		end = len(rest)
	}
	text := strings.TrimSpace(rest[:end])
	if text == "" {
		return field{}, "", fmt.Errorf(`an empty letter in the label: the empty word is "ε"`)
	}
	return field{text, false}, rest[end:], nil
}
