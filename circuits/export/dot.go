package export

import (
	"fmt"
	"strconv"

	"tc0/circuits/threshold"
)

// dot writes a drawing: inputs left, gates labelled with their thresholds, wires
// labelled with their weights.
func (p *printer) dot(opts Options) error {
	limit := opts.MaxDrawn
	if limit == 0 {
		limit = DefaultMaxDrawn
	}
	if n := p.c.Gates(); n > limit {
		return fmt.Errorf("the circuit has %d gates; a drawing of more than %d would not be readable", n, limit)
	}
	p.str("digraph tc0 {\n\trankdir=LR;\n\tnode [shape=box];\n")
	for i := range p.c.Inputs() {
		p.str("\t")
		p.name(threshold.Signal{Input: true, Number: i})
		p.str(";\n")
	}
	p.str("\tnode [shape=ellipse];\n")
	if err := p.each(p.dotGate); err != nil {
		return err
	}
	p.str("\tnode [shape=plaintext];\n")
	p.eachOutput(func(name string, from threshold.Signal) {
		p.str("\t")
		p.name(from)
		p.printf(" -> %s;\n", name)
	})
	p.str("}\n")
	return nil
}

func (p *printer) dotGate(g *gate) error {
	// Graphviz has its own escapes, among which Go's quoting of backslashes and
	// quotes is valid; other characters may stand as they are.
	p.printf("\tg%d [label=\"g%d\\n≥ %d\" tooltip=%s];\n", g.number, g.number, g.Threshold, strconv.Quote(g.stage))
	for _, w := range g.Wires {
		p.str("\t")
		p.name(w.Signal)
		p.printf(" -> g%d [label=\"%d\"];\n", g.number, w.Weight)
	}
	return p.failed()
}
