package export

import (
	"fmt"
	"io"

	"tc0/circuits/threshold"
)

// WriteQueryCNF writes the same question as [WriteQuery] in DIMACS CNF. Gates are cut
// into conjunctions as for AIGER, with three clauses for each; a token has exactly one
// input bit, pair by pair. Variables 1, 2, … are the input bits.
func WriteQueryCNF(w io.Writer, c *threshold.Circuit, q Query) error {
	p := newPrinter(w, c)
	if err := p.check(q); err != nil {
		return fmt.Errorf("export: query: %w", err)
	}
	return p.finish(p.cnf(q))
}

// cnf begins with totals, so the gates are cut twice.
func (p *printer) cnf(q Query) error {
	g, err := p.cutAll(func(_, _, _ lit) {})
	if err != nil {
		return err
	}
	last := uint64(g.next>>1) - 1
	if last > maxVariable {
		return fmt.Errorf("%d variables; readers of CNF take up to %d", last, maxVariable)
	}
	clauses := 3*(last-p.c.Inputs()) + uint64(len(q.Word)) + 1
	for t := range p.first {
		n := p.tokens(t)
		clauses += 1 + n*(n-1)/2
	}
	out := g.signal(p.output(q.Position, q.Class))
	if !q.Value {
		out = out.not()
	}
	if out == yes {
		clauses--
	}
	p.cnfLegend()
	p.printf("p cnf %d %d\n", last, clauses)
	p.cnfTokens()
	if _, err := p.cutAll(p.cnfAnd); err != nil {
		return err
	}
	for t, v := range q.Word {
		p.clause(lit(p.first[t]+uint64(v)+1) << 1)
	}
	switch out {
	case yes:
	case no:
		p.clause()
	default:
		p.clause(out)
	}
	return nil
}

// cnfLegend explains the variables of the inputs; the others have no names.
func (p *printer) cnfLegend() {
	for t, first := range p.first {
		p.printf("c x%d_0 .. x%d_%d are %d ..\n", t, t, p.tokens(t)-1, first+1)
	}
}

// cnfTokens writes that every token has one input bit and no two.
func (p *printer) cnfTokens() {
	for t, first := range p.first {
		bits := make([]lit, p.tokens(t))
		for v := range bits {
			bits[v] = lit(first+uint64(v)+1) << 1
		}
		p.clause(bits...)
		for v := range bits {
			for u := range v {
				p.clause(bits[u].not(), bits[v].not())
			}
		}
	}
}

// cnfAnd writes that a variable is a conjunction.
func (p *printer) cnfAnd(out, a, b lit) {
	p.clause(out.not(), a)
	p.clause(out.not(), b)
	p.clause(out, a.not(), b.not())
}

func (p *printer) clause(lits ...lit) {
	for _, l := range lits {
		if l&1 == 1 {
			p.str("-")
		}
		p.uint(uint64(l >> 1))
		p.str(" ")
	}
	p.str("0\n")
}
