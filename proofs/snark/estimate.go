package snark

import (
	"math/bits"

	"tc0/circuits/arith"
)

// Estimate predicts what a proof costs. Constraints of Groth16 are counted, but for a few
// hundred; gates of PLONK come from that count and the terms of all sums; all else is
// measured elsewhere and scaled, on one machine (docs/snark.md).
type Estimate struct {
	Backend     Backend `json:"system"`
	Constraints int     `json:"constraints"`
	Domain      int     `json:"domain"`
	Tally       Tally   `json:"tally"`
	Setup       float64 `json:"setup_cpu_seconds"`
	Prove       float64 `json:"prove_cpu_seconds"`
	Memory      int     `json:"memory_mib"`
	ProvingKey  int     `json:"proving_key_mb"`
	Proof       int     `json:"proof_bytes"`
}

// EstimateCost predicts the cost of proofs about a circuit without making its constraint
// system; hashes, packing and scores are left out.
func EstimateCost(c *arith.Circuit, o Options) (*Estimate, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	p, err := newPlan(c, o.count())
	if err != nil {
		return nil, err
	}
	gates := 4*p.tally.Constraints() + p.words*p.terms() // every term of a sum is a gate
	return estimate(o.Backend, p.tally, gates), nil
}

// EstimateArchitecture predicts the cost of proofs about committed weights of an architecture.
func EstimateArchitecture(a *Architecture, o Options) (*Estimate, error) {
	p, err := a.program(o)
	if err != nil {
		return nil, err
	}
	hash := spongeCost * p.tally.Absorbed
	gates := (p.tally.Constraints()-hash)*44/10 + 204*p.tally.Absorbed // as counted on trained models
	return estimate(o.Backend, p.tally, gates), nil
}

// estimate predicts the cost of constraints by their tally, and for PLONK by the number of gates.
func estimate(b Backend, t Tally, gates int) *Estimate {
	e := &Estimate{Backend: b, Constraints: t.Constraints(), Tally: t}
	if b == PLONK {
		e.Constraints = gates
	}
	e.Domain = 1 << bits.Len(uint(e.Constraints-1))
	million := float64(e.Constraints) / 1e6
	if b == PLONK {
		e.Setup, e.Prove = 140e-6*float64(e.Domain), 75e-6*float64(e.Domain)
		e.Memory, e.ProvingKey, e.Proof = 100+int(2500*million), 1+int(140*million), 584
	} else {
		e.Setup, e.Prove = 380*million, t.ProveMicros()/1e6
		e.Memory, e.ProvingKey, e.Proof = 50+int(2500*million), 1+int(450*million), 196
	}
	return e
}

// terms is the number of terms of all live forms.
func (s *survey) terms() int {
	n := 0
	for i, live := range s.live {
		if live && s.circuit.Kind(arith.Node(i)) == arith.Form {
			_, terms := s.circuit.Form(arith.Node(i))
			n += len(terms)
		}
	}
	return n
}
