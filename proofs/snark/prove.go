package snark

import (
	"bytes"
	"context"
	"fmt"
	"io"

	"tc0/circuits/arith"
)

// Origin says where a circuit comes from.
type Origin struct {
	Model      string // SHA-256 of model.ac
	Checkpoint string // digest of the checkpoint, as in quant.json
}

// header is the header of a system's artefacts. That of committed weights does not say where they come
// from: whoever guesses a model could see whether it is this one.
func (s *System) header(o Origin, format string) Header {
	h := Header{
		Format: format, Backend: s.Options.Backend, Words: s.Options.Words, Chunk: s.Options.Chunk,
		Model: o.Model, Checkpoint: o.Checkpoint, System: s.Digest, Shape: s.lowering.shape(), Setup: SingleParty,
	}
	if p, ok := s.lowering.(*program); ok {
		h.Model, h.Checkpoint, h.Architecture = "", "", p.digest
	}
	return h
}

// Setup makes the keys of a system, for Groth16 from fresh randomness and for PLONK from
// a fresh reference string. Whoever runs it could keep the secret and forge proofs.
func (s *System) Setup(o Origin) (*ProvingKey, *VerifyingKey, error) {
	pk, vk, err := engineOf(s.Options.Backend).setup(s.ccs)
	if err != nil {
		return nil, nil, err
	}
	var b bytes.Buffer
	if _, err := vk.WriteTo(&b); err != nil {
		return nil, nil, err
	}
	verifying := &VerifyingKey{s.header(o, verifyingFormat), b.Bytes()}
	header := provingHeader{Header: s.header(o, provingFormat), KeyDigest: verifying.Digest()}
	return &ProvingKey{header, pk}, verifying, nil
}

// Accepts tells whether a verifying key belongs to the system, and why not.
func (s *System) Accepts(k *VerifyingKey, o Origin) error { return k.against(s.header(o, "")) }

// Prove proves an assignment. An assignment that is no solution gives ErrUnsatisfied.
func (s *System) Prove(ctx context.Context, k *ProvingKey, a *Assignment) (*Proof, error) {
	if k.header.System != s.Digest {
		return nil, fmt.Errorf("the proving key is for constraint system %s, not %s", k.header.System, s.Digest)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	proof, err := engineOf(s.Options.Backend).prove(s.ccs, k.key, a.witness)
	if err != nil {
		return nil, unsatisfied(err)
	}
	var b bytes.Buffer
	if _, err := proof.WriteTo(&b); err != nil {
		return nil, err
	}
	h := k.header.Header
	h.Format = proofFormat
	return &Proof{h, k.header.KeyDigest, a.Statement, b.Bytes()}, nil
}

// A Refusal says why a proof is not accepted.
type Refusal struct{ Reason string }

func (r *Refusal) Error() string { return r.Reason }

func refuse(format string, args ...any) error { return &Refusal{fmt.Sprintf(format, args...)} }

// Verify checks a proof with a verifying key. An error is a [Refusal].
func Verify(p *Proof, k *VerifyingKey) error {
	if err := p.against(k.Header); err != nil {
		return refuse("proof and verifying key do not go together: in the proof %v", err)
	}
	if d := k.Digest(); p.KeyDigest != d {
		return refuse("the proof is for the verifying key with digest %s, this one has %s", p.KeyDigest, d)
	}
	inputs, err := p.Inputs()
	if err != nil {
		return refuse("statement: %v", err)
	}
	w, err := fill(inputs, nil)
	if err != nil {
		return refuse("statement: %v", err)
	}
	if err := engineOf(p.Backend).verify(p.Proof, k.Key, w); err != nil {
		return refuse("the proof does not prove its statement: %v", err)
	}
	return nil
}

// Derive lowers a circuit again and checks that it gives the constraint system that a
// proof is about. An error is a [Refusal] where it does not.
func (p *Proof) Derive(c *arith.Circuit, o Origin) error {
	if p.Architecture != "" {
		return refuse("the proof is about committed weights, not about a model.ac that is known")
	}
	if p.Model != o.Model {
		return refuse("the proof is about a model.ac with digest %s, this one has %s", p.Model, o.Model)
	}
	if o.Checkpoint != "" && p.Checkpoint != o.Checkpoint {
		return refuse("the proof is about a checkpoint with digest %s, quant.json has %s", p.Checkpoint, o.Checkpoint)
	}
	s, err := Lower(c, p.options())
	if err != nil {
		return err
	}
	if err := p.against(s.header(o, "")); err != nil {
		return refuse("model.ac gives another constraint system: in the proof %v", err)
	}
	return nil
}

// ExportSolidity writes a contract that checks proofs with the key.
func (k *VerifyingKey) ExportSolidity(w io.Writer) error { return engineOf(k.Backend).export(k.Key, w) }

// Calldata is the proof as the contract takes it.
func (p *Proof) Calldata() ([]byte, error) { return engineOf(p.Backend).calldata(p.Proof) }
