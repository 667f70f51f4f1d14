package export

import "tc0/circuits/threshold"

// blif writes the circuit's conjunctions as tables of two inputs, and each gate
// and output as a buffer with its name. Variables are numbered inputs, gates,
// conjunctions, so that a literal alone tells its name.
func (p *printer) blif(opts Options) error {
	p.printf(".model %s\n.inputs ", opts.model())
	p.inputNames(" ", " \\\n ")
	p.str("\n.outputs ")
	p.outputNames(" ", " \\\n ")
	p.str("\n")
	g := newGraph(p.c.Gates(), p.c.Inputs()+p.c.Gates()+1, p.blifAnd)
	err := p.each(func(x *gate) error {
		if x.fresh {
			g.forget()
		}
		p.blifBuffer(g.cut(x), "g", x.number)
		g.gates = append(g.gates, lit(p.c.Inputs()+x.number+1)<<1)
		return p.failed()
	})
	p.eachOutput(func(name string, from threshold.Signal) {
		p.str(".names ")
		p.name(from)
		p.printf(" %s\n1 1\n", name)
	})
	p.str(".end\n")
	return err
}

func (p *printer) blifAnd(out, a, b lit) {
	p.str(".names ")
	p.blifName(a)
	p.str(" ")
	p.blifName(b)
	p.str(" ")
	p.blifName(out)
	p.printf("\n%d%d 1\n", 1^a&1, 1^b&1)
}

// blifBuffer names a literal.
func (p *printer) blifBuffer(l lit, letter string, number uint64) {
	p.str(".names ")
	switch l {
	case no:
		p.printf("%s%d\n", letter, number) // an empty table is 0
	case yes:
		p.printf("%s%d\n1\n", letter, number)
	default:
		p.blifName(l)
		p.printf(" %s%d\n%d 1\n", letter, number, 1^l&1)
	}
}

func (p *printer) blifName(l lit) {
	v := uint64(l >> 1)
	switch in, all := p.c.Inputs(), p.c.Inputs()+p.c.Gates(); {
	case v <= in:
		p.name(threshold.Signal{Input: true, Number: v - 1})
	case v <= all:
		p.name(threshold.Signal{Number: v - in - 1})
	default:
		p.str("n")
		p.uint(v - all - 1)
	}
}
