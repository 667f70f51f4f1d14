package export

import (
	"fmt"
	"io"
	"math/big"

	"tc0/circuits/threshold"
)

// Query asks a solver whether an output can have a value on a word, or on any word.
type Query struct {
	Word     []int // one token per position; nil: any word
	Position int
	Class    int
	Value    bool
}

// WriteQuery writes c in OPB with the input fixed to q's word, if it has one, and one
// output fixed to q's value: satisfiable just when the circuit gives that value there,
// or on some word. A solution's first variables are the word's input bits.
func WriteQuery(w io.Writer, c *threshold.Circuit, q Query) error {
	p := newPrinter(w, c)
	if err := p.check(q); err != nil {
		return fmt.Errorf("export: query: %w", err)
	}
	return p.finish(p.opb(&q))
}

func (p *printer) check(q Query) error {
	if q.Word != nil && len(q.Word) != len(p.first) {
		return fmt.Errorf("%d tokens, the circuit reads %d", len(q.Word), len(p.first))
	}
	for t, v := range q.Word {
		if v < 0 || uint64(v) >= p.tokens(t) {
			return fmt.Errorf("token %d at position %d is outside 0..%d", v, t, p.tokens(t)-1)
		}
	}
	o := p.c.Outputs()
	if q.Position < 0 || q.Position >= len(o) || q.Class < 0 || q.Class >= len(o[q.Position]) {
		return fmt.Errorf("output y%d_%d does not exist", q.Position, q.Class)
	}
	return nil
}

// opb writes, for a gate g = [Σ wᵢxᵢ ≥ t] whose sum ranges over [A,B],
//
//	Σ wᵢxᵢ - (t-A)·g ≥ A        g implies the sum reaches t
//	-Σ wᵢxᵢ + (B-t+1)·g ≥ 1-t   the sum reaching t implies g
//
// and that every token has exactly one input bit.
func (p *printer) opb(q *Query) error {
	constraints, size := uint64(len(p.first)), 0
	err := p.each(func(g *gate) error {
		constraints += 2
		if len(g.Wires) == 0 {
			constraints-- // a constant is one equation
		}
		below, above := totals(g.Wires)
		size = max(size, below.plus(above).plus(magnitude(g.Threshold)).bits()+1)
		return nil
	})
	if err != nil {
		return err
	}
	if q != nil {
		constraints += uint64(len(q.Word)) + 1
	}
	p.printf("* #variable= %d #constraint= %d\n", p.c.Inputs()+p.c.Gates(), constraints)
	p.opbLegend(size)
	p.opbTokens()
	if err := p.each(p.opbGate); err != nil {
		return err
	}
	if q != nil {
		p.opbQuery(*q)
	}
	return nil
}

// opbLegend explains the variables; the format has no other place for names.
func (p *printer) opbLegend(size int) {
	p.printf("* sums of absolute values of one constraint's integers take up to %d bits\n", size)
	for t, first := range p.first {
		p.printf("* x%d_0 .. x%d_%d are x%d ..\n", t, t, p.tokens(t)-1, first+1)
	}
	if p.c.Gates() > 0 {
		p.printf("* g0 .. g%d are x%d ..\n", p.c.Gates()-1, p.c.Inputs()+1)
	}
	p.eachOutput(func(name string, from threshold.Signal) { p.printf("* %s is x%d\n", name, p.variable(from)) })
}

// variable is a signal's number in OPB: inputs first, then gates, from 1.
func (p *printer) variable(s threshold.Signal) uint64 {
	if s.Input {
		return s.Number + 1
	}
	return p.c.Inputs() + s.Number + 1
}

func (p *printer) opbTokens() {
	for t, first := range p.first {
		for v := range p.tokens(t) {
			p.printf("+1 x%d ", first+v+1)
		}
		p.str("= 1 ;\n")
	}
}

func (p *printer) opbGate(g *gate) error {
	own := p.variable(threshold.Signal{Number: g.number})
	if len(g.Wires) == 0 {
		p.printf("+1 x%d = %d ;\n", own, bit(g.Threshold <= 0))
		return p.failed()
	}
	below, above := totals(g.Wires)
	t := big.NewInt(g.Threshold)
	lo := new(big.Int).Neg(below.big())
	p.opbSum(g.Wires, false)
	p.opbTerm(new(big.Int).Sub(lo, t), own)
	p.printf(">= %d ;\n", lo)
	miss := t.Sub(big.NewInt(1), t) // 1-t
	p.opbSum(g.Wires, true)
	p.opbTerm(new(big.Int).Add(above.big(), miss), own)
	p.printf(">= %d ;\n", miss)
	return p.failed()
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

// opbSum writes the gate's weighted sources, or their negation.
func (p *printer) opbSum(wires []threshold.Wire, negate bool) {
	for _, w := range wires {
		sign := "+"
		if (w.Weight < 0) != negate {
			sign = "-"
		}
		p.str(sign)
		p.uint(magnitude(w.Weight).lo)
		p.str(" x")
		p.uint(p.variable(w.Signal))
		p.str(" ")
	}
}

// opbTerm writes one coefficient of any size; zeros are left out, since some
// readers reject them.
func (p *printer) opbTerm(coef *big.Int, variable uint64) {
	if coef.Sign() != 0 {
		p.printf("%+d x%d ", coef, variable)
	}
}

func (p *printer) opbQuery(q Query) {
	for t, v := range q.Word {
		p.printf("+1 x%d = 1 ;\n", p.first[t]+uint64(v)+1)
	}
	p.printf("+1 x%d = %d ;\n", p.variable(p.output(q.Position, q.Class)), bit(q.Value))
}
