package export

import (
	"tc0/circuits/threshold"
)

// verilog writes one module with one continuous assignment per gate. Every sum
// has an explicit signed width that holds its whole range and its threshold, so
// that Verilog's width rules cannot cut a carry.
func (p *printer) verilog(opts Options) error {
	p.printf("module %s (\n\tinput wire ", opts.model())
	p.inputNames(", ", ",\n\t\t")
	p.str(",\n\toutput wire ")
	p.outputNames(", ", ",\n\t\t")
	p.str("\n);\n")
	if err := p.each(p.verilogGate); err != nil {
		return err
	}
	p.eachOutput(func(name string, from threshold.Signal) {
		p.printf("\tassign %s = ", name)
		p.name(from)
		p.str(";\n")
	})
	p.str("endmodule\n")
	return nil
}

func (p *printer) verilogGate(g *gate) error {
	below, above := totals(g.Wires)
	width := max(below.bits(), above.bits(), magnitude(g.Threshold).bits()) + 2
	p.printf("\twire g%d; // %d inputs\n\tassign g%d = %d'sd0", g.number, len(g.Wires), g.number, width)
	for i, w := range g.Wires {
		p.separator(uint64(i+1), " ", "\n\t\t")
		sign := "+"
		if w.Weight < 0 {
			sign = "-"
		}
		p.str(sign)
		p.str(" (")
		p.name(w.Signal)
		p.printf(" ? %d'sd%d : %d'sd0)", width, magnitude(w.Weight).lo, width)
	}
	minus := ""
	if g.Threshold < 0 {
		minus = "-"
	}
	p.printf(" >= %s%d'sd%d;\n", minus, width, magnitude(g.Threshold).lo)
	return p.failed()
}
