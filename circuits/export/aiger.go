package export

import (
	"encoding/binary"
	"fmt"

	"tc0/circuits/threshold"
)

// maxVariable keeps literals within the 32-bit integers of common readers.
const maxVariable = 1<<31 - 1

// aiger writes the and-inverter graph. The format begins with the number of
// conjunctions and the output literals, so the gates are cut twice: once to
// count, once to write.
func (p *printer) aiger(opts Options) error {
	g, err := p.cutAll(func(_, _, _ lit) {})
	if err != nil {
		return err
	}
	last := uint64(g.next>>1) - 1
	if last > maxVariable {
		return fmt.Errorf("%d variables; readers of AIGER take up to %d", last, maxVariable)
	}
	p.aigerHeader(g, last, opts.ASCII)
	emit := p.aigerBinary
	if opts.ASCII {
		emit = func(out, a, b lit) { p.printf("%d %d %d\n", out, a, b) }
	}
	if _, err := p.cutAll(emit); err != nil {
		return err
	}
	for i := range p.c.Inputs() {
		p.printf("i%d ", i)
		p.name(threshold.Signal{Input: true, Number: i})
		p.str("\n")
	}
	i := 0
	p.eachOutput(func(name string, _ threshold.Signal) {
		p.printf("o%d %s\n", i, name)
		i++
	})
	return nil
}

// cutAll cuts every gate.
func (p *printer) cutAll(emit func(out, a, b lit)) (*graph, error) {
	g := newGraph(p.c.Gates(), p.c.Inputs()+1, emit)
	err := p.each(func(x *gate) error {
		if x.fresh {
			g.forget()
		}
		g.gates = append(g.gates, g.cut(x))
		return p.failed()
	})
	return g, err
}

func (p *printer) aigerHeader(g *graph, last uint64, ascii bool) {
	outputs := 0
	p.eachOutput(func(string, threshold.Signal) { outputs++ })
	kind := "aig"
	if ascii {
		kind = "aag"
	}
	p.printf("%s %d %d 0 %d %d\n", kind, last, p.c.Inputs(), outputs, last-p.c.Inputs())
	if ascii { // the binary form leaves inputs out: they are the first variables
		for i := range p.c.Inputs() {
			p.printf("%d\n", 2*(i+1))
		}
	}
	p.eachOutput(func(_ string, from threshold.Signal) { p.printf("%d\n", g.signal(from)) })
}

// aigerBinary writes a conjunction as the differences out-a and a-b in base 128.
func (p *printer) aigerBinary(out, a, b lit) {
	p.buf = binary.AppendUvarint(p.buf[:0], uint64(out-a))
	p.buf = binary.AppendUvarint(p.buf, uint64(a-b))
	p.w.Write(p.buf)
}
