package export

import (
	"encoding/json"

	"tc0/circuits/threshold"
)

// json writes the gate list; one gate per line, counts first.
func (p *printer) json() error {
	p.printf("{\"gates\":%d,\"inputs\":%d,\"positions\":[", p.c.Gates(), p.c.Inputs())
	for t := range p.first {
		p.comma(t)
		p.uint(p.tokens(t))
	}
	p.str("],\n\"outputs\":[")
	for t, labels := range p.c.Outputs() {
		p.comma(t)
		p.str("[")
		for class := range labels {
			p.comma(class)
			p.quoted(p.output(t, class))
		}
		p.str("]")
	}
	p.str("],\n\"list\":[")
	err := p.each(p.jsonGate)
	p.str("\n]}\n")
	return err
}

func (p *printer) jsonGate(g *gate) error {
	if g.number > 0 {
		p.str(",")
	}
	stage, err := json.Marshal(g.stage)
	if err != nil {
		return err
	}
	p.printf("\n{\"gate\":%d,\"threshold\":%d,\"stage\":%s,\"wires\":[", g.number, g.Threshold, stage)
	for i, w := range g.Wires {
		p.comma(i)
		p.str(`{"from":`)
		p.quoted(w.Signal)
		p.str(`,"weight":`)
		p.int(w.Weight)
		p.str("}")
	}
	p.str("]}")
	return p.failed()
}

func (p *printer) comma(i int) {
	if i > 0 {
		p.str(",")
	}
}

func (p *printer) quoted(s threshold.Signal) {
	p.str(`"`)
	p.name(s)
	p.str(`"`)
}
