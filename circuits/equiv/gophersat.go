package equiv

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/crillab/gophersat/explain"
	"github.com/crillab/gophersat/solver"
)

// maxProof bounds the bytes of a proof that is kept.
const maxProof = 1 << 28

func gophersatCNF(ctx context.Context, question []byte, inputs int) (*solution, error) {
	p, err := solver.ParseCNF(bytes.NewReader(question))
	if err != nil {
		return nil, fmt.Errorf("gophersat: %w", err)
	}
	return gophersat(ctx, p, inputs)
}

func gophersatOPB(ctx context.Context, question []byte, inputs int) (*solution, error) {
	p, err := solver.ParseOPB(bytes.NewReader(question))
	if err != nil {
		return nil, &limitError{fmt.Sprintf("gophersat: %v", err)} // a constraint longer than it reads
	}
	s, err := gophersat(ctx, p, inputs)
	if s != nil {
		s.proof = nil // of clauses only, the constraints are not
	}
	return s, err
}

// gophersat solves a problem. The solver cannot be told to stop, but it waits whenever
// it hands over a clause of its proof: when time runs out nobody takes them, and
// it does nothing more.
func gophersat(ctx context.Context, p *solver.Problem, inputs int) (*solution, error) {
	s := solver.New(p)
	lemmas, status := make(chan string), make(chan solver.Status, 1)
	s.Certified, s.CertChan = true, lemmas
	go func() { status <- s.Solve() }()
	var proof bytes.Buffer
	for {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case lemma := <-lemmas:
			if proof.Len() > maxProof {
				return nil, &limitError{fmt.Sprintf("the proof takes more than %d MB", maxProof>>20)}
			}
			proof.WriteString(lemma)
			proof.WriteByte('\n')
		case st := <-status:
			if st == solver.Sat {
				model := s.Model()
				if len(model) < inputs {
					return nil, fmt.Errorf("gophersat: %d values, expected at least %d", len(model), inputs)
				}
				return &solution{sat: true, values: model[:inputs]}, nil
			}
			if st != solver.Unsat {
				return nil, fmt.Errorf("gophersat: no answer")
			}
			if proof.Len() == 0 { // propagation alone refutes the problem
				proof.WriteString("0\n")
			}
			return &solution{proof: proof.Bytes()}, nil
		}
	}
}

// CheckProof checks a DRAT proof in text against a problem in DIMACS CNF: every clause
// must follow from the problem and the clauses before it by unit propagation, and the
// last one must be empty. Deletions are skipped. What does not follow is an error, and
// so is a proof that ends before the empty clause.
func CheckProof(ctx context.Context, cnf, proof []byte) (*Proof, error) {
	p, err := explain.ParseCNF(bytes.NewReader(cnf))
	if err != nil {
		return nil, fmt.Errorf("problem of the proof: %w", err)
	}
	f := &feeder{ctx: ctx, variables: p.NbVars, lemmas: make(chan string), done: make(chan struct{})}
	finished := make(chan error, 1)
	go func() { finished <- f.feed(proof) }()
	valid, err := p.UnsatChan(f.lemmas)
	close(f.done)
	switch fed := <-finished; {
	case fed != nil:
		return nil, fed
	case err != nil:
		return nil, fmt.Errorf("proof: %w", err)
	case !valid:
		return nil, fmt.Errorf("proof: lemma %d does not follow by unit propagation", f.count)
	}
	return &Proof{Lemmas: f.count, Bytes: len(proof), Checked: "reverse unit propagation (gophersat explain)"}, nil
}

// feeder hands the lemmas of a proof to the checker, which takes an early end for
// success and does not look at the range of literals: so both are looked at here.
type feeder struct {
	ctx       context.Context
	variables int
	lemmas    chan string
	done      chan struct{} // the checker has made up its mind
	count     int           // of lemmas handed over
}

// feed returns nil when the checker ended before the proof did, or at its end.
func (f *feeder) feed(proof []byte) error {
	defer close(f.lemmas)
	lines := bufio.NewScanner(bytes.NewReader(proof))
	lines.Buffer(nil, len(proof)+1)
	for number := 1; lines.Scan(); number++ {
		line := lines.Text()
		if strings.HasPrefix(line, "d ") {
			continue
		}
		empty, err := f.check(line)
		if err != nil {
			return fmt.Errorf("proof, line %d: %w", number, err)
		}
		select {
		case <-f.ctx.Done():
			return f.ctx.Err()
		case <-f.done:
			return nil
		case f.lemmas <- line:
			f.count++
		}
		if empty {
			return nil
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("proof: %w", err)
	}
	return fmt.Errorf("proof: it ends before the empty clause")
}

// check checks that a line is a clause over the problem's variables.
func (f *feeder) check(line string) (empty bool, err error) {
	fields := strings.Fields(line)
	if len(fields) == 0 || fields[len(fields)-1] != "0" {
		return false, fmt.Errorf("%.40q, expected literals and 0", line)
	}
	for _, s := range fields[:len(fields)-1] {
		l, err := strconv.Atoi(s)
		if err != nil || l == 0 || l > f.variables || l < -f.variables {
			return false, fmt.Errorf("literal %.20q, expected ±1 to ±%d", s, f.variables)
		}
	}
	return len(fields) == 1, nil
}
