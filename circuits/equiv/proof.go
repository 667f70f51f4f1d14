package equiv

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Proof is a proof that no word is wrong, which has been checked.
type Proof struct {
	Lemmas int    `json:"lemmas"` // clauses up to the empty one
	Bytes  int    `json:"bytes"`
	Check  string `json:"check"`
}

// CheckProof checks a DRAT proof in text against a problem in DIMACS CNF: every lemma
// must follow from the problem and the lemmas before it by unit propagation from the
// negation of its literals (reverse unit propagation, Goldberg and Novikov 2003), and
// the last one must be the empty clause. Deletions are skipped: more clauses never make
// a lemma follow that is not a consequence. Lemmas that need resolution on a literal
// (the RAT of DRAT) are refused, though some refutations use them. A line that is not a
// clause over the problem's variables is an error, and so is a proof that ends before
// the empty clause.
//
// The checker has been written for this package because that of gophersat goes through
// all clauses again for every lemma, of which there are millions, and takes a proof
// that breaks off for a complete one.
func CheckProof(ctx context.Context, cnf, proof []byte) (*Proof, error) {
	p := &propagator{}
	if err := eachClause(cnf, "problem", func(_ int, clause []int) error {
		p.grow(clause)
		p.add(clause)
		return nil
	}); err != nil {
		return nil, err
	}
	done := &Proof{Bytes: len(proof), Check: "reverse unit propagation"}
	finished := false
	err := eachClause(proof, "proof", func(line int, clause []int) error {
		if finished {
			return fmt.Errorf("proof, line %d: a clause after the empty one", line)
		}
		if err := p.within(clause); err != nil {
			return fmt.Errorf("proof, line %d: %w", line, err)
		}
		if done.Lemmas++; done.Lemmas%256 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if !p.implies(clause) {
			return fmt.Errorf("proof, line %d: the lemma does not follow by unit propagation", line)
		}
		p.add(clause)
		finished = len(clause) == 0
		return nil
	})
	switch {
	case err != nil:
		return nil, err
	case !finished:
		return nil, fmt.Errorf("proof: it ends before the empty clause")
	}
	return done, nil
}

// eachClause visits the clauses of a text with one clause a line, ended by 0, in slices
// that are used again. Comments, the header and deletions are skipped.
func eachClause(text []byte, what string, visit func(line int, clause []int) error) error {
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, len(text)+1)
	var clause []int
	for number := 1; lines.Scan(); number++ {
		line := lines.Text()
		if line == "" || line[0] == 'c' || line[0] == 'p' || line[0] == 'd' {
			continue
		}
		clause = clause[:0]
		ended := false
		for field := range strings.FieldsSeq(line) {
			l, err := strconv.ParseInt(field, 10, 32)
			if err != nil || ended {
				return fmt.Errorf("%s, line %d: %.40q, expected literals and one 0", what, number, line)
			}
			if ended = l == 0; !ended {
				clause = append(clause, int(l))
			}
		}
		if !ended {
			return fmt.Errorf("%s, line %d: %.40q does not end with 0", what, number, line)
		}
		if err := visit(number, clause); err != nil {
			return err
		}
	}
	return lines.Err()
}

// literal is twice a variable, plus 1 when negated.
type literal int32

func literalOf(l int) literal {
	if l < 0 {
		return literal(-2*l + 1)
	}
	return literal(2 * l)
}

func (l literal) not() literal { return l ^ 1 }

// propagator finds what follows from clauses by unit propagation. Two literals of each
// clause, never false while another could be watched, are watched.
type propagator struct {
	clauses [][]literal // the watched literals first
	watches [][]int32   // by literal: the clauses that watch it
	value   []int8      // by literal: 1 true, -1 false, 0 open
	trail   []literal   // what is true, in order
	next    int         // of the trail, to be propagated
	refuted bool        // the clauses contradict each other
}

// grow makes room for the variables of a clause.
func (p *propagator) grow(clause []int) {
	for _, l := range clause {
		for need := int(literalOf(max(l, -l))) + 2; len(p.value) < need; {
			p.value, p.watches = append(p.value, 0), append(p.watches, nil)
		}
	}
}

// within checks that a clause has no other variables than those of the problem.
func (p *propagator) within(clause []int) error {
	for _, l := range clause {
		if int(literalOf(max(l, -l))) >= len(p.value) {
			return fmt.Errorf("variable %d is not one of the problem", max(l, -l))
		}
	}
	return nil
}

// add adds a clause and what follows from it.
func (p *propagator) add(clause []int) {
	var open []literal
	for _, l := range clause {
		switch x := literalOf(l); {
		case p.value[x] > 0:
			return // true for good
		case p.value[x] == 0 && !slices.Contains(open, x):
			open = append(open, x)
		}
	}
	switch {
	case p.refuted:
	case len(open) == 0:
		p.refuted = true
	case len(open) == 1:
		p.assert(open[0])
		p.refuted = !p.propagate()
	default:
		for _, x := range open[:2] {
			p.watches[x] = append(p.watches[x], int32(len(p.clauses)))
		}
		p.clauses = append(p.clauses, open)
	}
}

// implies tells whether a clause follows by unit propagation from its negation.
func (p *propagator) implies(clause []int) bool {
	if p.refuted {
		return true
	}
	kept := len(p.trail)
	follows := false
	for _, l := range clause {
		switch x := literalOf(l); {
		case p.value[x] > 0:
			follows = true
		case p.value[x] == 0:
			p.assert(x.not())
		}
	}
	follows = follows || !p.propagate()
	for _, x := range p.trail[kept:] {
		p.value[x], p.value[x.not()] = 0, 0
	}
	p.trail, p.next = p.trail[:kept], kept
	return follows
}

func (p *propagator) assert(x literal) {
	p.value[x], p.value[x.not()] = 1, -1
	p.trail = append(p.trail, x)
}

// propagate asserts what follows from the trail; false when a clause has become false.
func (p *propagator) propagate() bool {
	for ; p.next < len(p.trail); p.next++ {
		if !p.visit(p.trail[p.next].not()) {
			return false
		}
	}
	return true
}

// visit looks at the clauses that watch a literal which has become false.
func (p *propagator) visit(x literal) bool {
	watches := p.watches[x]
	kept := watches[:0]
	for i, number := range watches {
		c := p.clauses[number]
		if c[0] == x {
			c[0], c[1] = c[1], c[0]
		}
		if p.value[c[0]] <= 0 {
			if k := p.another(c); k > 0 {
				c[1], c[k] = c[k], c[1]
				p.watches[c[1]] = append(p.watches[c[1]], number)
				continue
			}
			if p.value[c[0]] < 0 {
				p.watches[x] = append(kept, watches[i:]...)
				return false
			}
			p.assert(c[0])
		}
		kept = append(kept, number)
	}
	p.watches[x] = kept
	return true
}

// another is the place of a literal that can be watched instead of the second, or 0.
func (p *propagator) another(c []literal) int {
	for k := 2; k < len(c); k++ {
		if p.value[c[k]] >= 0 {
			return k
		}
	}
	return 0
}
