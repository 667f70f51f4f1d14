package equiv

import (
	"bytes"
	"context"
	"fmt"

	"github.com/crillab/gophersat/solver"
)

// maxProof bounds the bytes of a proof that is kept.
const maxProof = 1 << 28

// gophersat solves a problem in process. The solver cannot be told to stop, but it waits
// whenever it hands over a clause of its proof: when time runs out nobody takes them,
// and it does nothing more.
func gophersat(ctx context.Context, question []byte, inputs int) (*solution, error) {
	p, err := solver.ParseCNF(bytes.NewReader(question))
	if err != nil {
		return nil, fmt.Errorf("gophersat: %w", err)
	}
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
