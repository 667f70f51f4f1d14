package snark

import (
	"crypto/rand"
	"errors"
	"fmt"
	"math/big"

	"tc0/circuits/arith"
)

// model are the weights that a constraint system for committed weights is bound to.
type model struct {
	parameters Parameters
	salt       *big.Int
	commitment string
}

// NewSalt draws a salt.
func NewSalt() (*big.Int, error) { return rand.Int(rand.Reader, field()) }

// ReadSalt reads a salt in decimal.
func ReadSalt(text string) (*big.Int, error) { return decimal(text) }

// Bind gives a constraint system for committed weights those of a circuit of its architecture,
// committed to under a salt. The same salt gives the same commitment, so that many proofs can be
// seen to be about one model.
func (s *System) Bind(c *arith.Circuit, salt *big.Int) (*System, error) {
	p, ok := s.lowering.(*program)
	if !ok {
		return nil, errors.New("the constraint system has its weights as constants")
	}
	parameters, err := p.Parameters(c)
	if err != nil {
		return nil, fmt.Errorf("the circuit is not of the architecture: %w", err)
	}
	commitment, err := p.Commit(parameters, salt)
	if err != nil {
		return nil, err
	}
	bound := *s
	bound.model = &model{parameters, salt, commitment}
	return &bound, nil
}

// Open checks that a proof's commitment is to the weights of a circuit, under a salt, in an
// architecture. An error is a [Refusal] where it is not.
func (p *Proof) Open(a *Architecture, c *arith.Circuit, salt *big.Int) error {
	digest, err := a.Digest()
	if err != nil {
		return err
	}
	if p.Architecture != digest {
		return refuse("the proof is about the architecture with digest %s, this one has %s", p.Architecture, digest)
	}
	parameters, err := a.Parameters(c)
	if err != nil {
		return refuse("the circuit is not of the architecture: %v", err)
	}
	commitment, err := a.Commit(parameters, salt)
	if err != nil {
		return err
	}
	if p.Statement.Model != commitment {
		return refuse("the proof is about the weights with commitment %s, these have %s under this salt", p.Statement.Model, commitment)
	}
	return nil
}

// DeriveArchitecture lowers an architecture again and checks that it gives the constraint system
// that a proof is about. An error is a [Refusal] where it does not.
func (p *Proof) DeriveArchitecture(a *Architecture) error {
	s, err := LowerArchitecture(a, p.options())
	if err != nil {
		return refuse("the architecture does not go with the proof: %v", err)
	}
	if err := p.against(s.header(Origin{}, "")); err != nil {
		return refuse("the architecture gives another constraint system: in the proof %v", err)
	}
	return nil
}
