package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"tc0/circuits/check"
	"tc0/proofs/snark"
)

// proofJSON is the answer of verify for a proof.
type proofJSON struct {
	Verdict   check.Verdict   `json:"verdict"`
	File      string          `json:"file"`
	System    snark.Backend   `json:"system"`
	Statement snark.Statement `json:"statement"`
	Model     string          `json:"model_digest"`
	Key       string          `json:"verifying_key_digest"`
	Derived   bool            `json:"constraint_system_derived"` // anew, from model.ac or architecture.json beside the proof
	Setup     string          `json:"setup"`
	Reason    string          `json:"reason"` // why it fails

	// Of committed weights.
	Architecture string `json:"architecture_digest,omitempty"`
	Opened       bool   `json:"commitment_opened,omitempty"` // with --model and --salt
}

// firstBytes are those by which a file is known, none where it cannot be read.
func firstBytes(path string) []byte {
	f, err := openRegular(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	start := make([]byte, 64)
	n, _ := io.ReadFull(f, start)
	return start[:n]
}

// judging are the flags of verify for proofs.
type judging struct {
	keys         string
	architecture string
	model        string
	salt         string
}

// given tells whether a flag is.
func (j *judging) given() bool { return *j != judging{} }

func (j *judging) check() error {
	if (j.model == "") != (j.salt == "") {
		return errors.New("--model and --salt: both open the commitment to weights, or none")
	}
	return nil
}

// key reads the verifying key of a constraint system, whose proofs lie in dir.
func (j *judging) key(dir, system string) (*snark.VerifyingKey, error) {
	keys := j.keys
	if keys == "" {
		keys = filepath.Join(dir, keysDir)
	}
	return readArtefact(verifyingPath(keys, system), "the proof's verifying key; name its directory with --keys", snark.ReadVerifyingKey)
}

// refused tells why a proof is refused; an error that is no refusal is returned.
func refused(err error) (reason string, _ error) {
	var refusal *snark.Refusal
	if errors.As(err, &refusal) {
		return refusal.Reason, nil
	}
	return "", err
}

// verifyProof checks a proof with the verifying key from keys, and the constraint system with the
// model.ac or the architecture.json beside the proof where there is one.
func (a *app) verifyProof(path string, j *judging) error {
	proof, err := readArtefact(path, "a proof", snark.ReadProof)
	if err != nil {
		return err
	}
	dir := filepath.Dir(path)
	vk, err := j.key(dir, proof.System)
	if err != nil {
		return err
	}
	r := proofJSON{Verdict: check.Holds, File: path, System: proof.Backend, Statement: proof.Statement,
		Model: proof.Model, Architecture: proof.Architecture, Key: proof.KeyDigest, Setup: vk.Setup}
	a.meter.step("verify", 0, 0)
	err = snark.Verify(proof, vk)
	if err == nil {
		r.Derived, r.Opened, err = a.derive(proof, dir, j)
	}
	if r.Reason, err = refused(err); err != nil {
		return err
	}
	if r.Reason != "" {
		r.Verdict = check.Fails
	}
	if err := a.answer(r, r.print); err != nil || r.Verdict == check.Holds {
		return err
	}
	return verdict(exitFails)
}

// derive makes the constraint system of a proof again where a file beside the proof allows it, and opens
// the commitment to weights where that is wanted.
func (a *app) derive(p *snark.Proof, dir string, j *judging) (derived, opened bool, err error) {
	if p.Architecture != "" {
		return a.deriveArchitecture(p, dir, j)
	}
	if j.architecture != "" || j.model != "" {
		return false, false, errors.New("--architecture, --model and --salt are for proofs about committed weights")
	}
	if !exists(filepath.Join(dir, arithFile)) {
		return false, false, nil
	}
	a.meter.step("lower", 0, 0)
	c, o, err := modelOf(dir)
	if err != nil {
		return false, false, err
	}
	return true, false, p.Derive(c, o)
}

func (a *app) deriveArchitecture(p *snark.Proof, dir string, j *judging) (derived, opened bool, err error) {
	path := (&proving{architecture: j.architecture}).architecturePath(dir)
	if j.architecture == "" && j.model == "" && !exists(path) {
		return false, false, nil
	}
	arch, err := readArtefact(path, "the proof's architecture; name it with --architecture", snark.ReadArchitecture)
	if err != nil {
		return false, false, err
	}
	a.meter.step("lower", 0, 0)
	if err := p.DeriveArchitecture(arch); err != nil || j.model == "" {
		return err == nil, false, err
	}
	salt, err := readSalt(j.salt)
	if err != nil {
		return true, false, err
	}
	c, _, err := modelOf(j.model)
	if err != nil {
		return true, false, err
	}
	err = p.Open(arch, c, salt)
	return true, err == nil, err
}

func (r *proofJSON) print(w io.Writer) error {
	var b bytes.Buffer
	if r.Verdict == check.Fails {
		fmt.Fprintf(&b, "%s\nverdict: fails\n", r.Reason)
		_, err := w.Write(b.Bytes())
		return err
	}
	fmt.Fprintf(&b, "proved (%s): %s\n%s", r.System, said(r.Statement), about(r.Model, r.Architecture, r.Statement.Model, r.Derived, r.Opened))
	fmt.Fprintf(&b, "assumed: the verifying key %s is honest; its set-up was %s\nverdict: holds\n", r.Key, r.Setup)
	_, err := w.Write(b.Bytes())
	return err
}

// said is a statement in words.
func said(st snark.Statement) string {
	if st.Score != nil {
		return fmt.Sprintf("on the chunk with hash %s %s", st.Hash, scored(*st.Score))
	}
	word := "some word"
	if st.Hash != "" {
		word = "the word with hash " + st.Hash
	} else if st.Word != nil {
		word = "word " + numbers(st.Word)
	}
	return fmt.Sprintf("on %s the labels are %s", word, numbers(st.Labels))
}

// about says what a proof is about: a model, or weights with a commitment.
func about(model, architecture, commitment string, derived, opened bool) string {
	from, what := arithFile, fmt.Sprintf("model.ac: %s\n", model)
	if architecture != "" {
		from, what = architectureFile, fmt.Sprintf("weights: secret, with commitment %s\narchitecture: %s\n", commitment, architecture)
	}
	if opened {
		what += "commitment: opened, it is to the weights of this model under this salt\n"
	}
	if derived {
		return what + fmt.Sprintf("constraint system: made again from %s, the same\n", from)
	}
	return what + fmt.Sprintf("constraint system: not made again, there is no %s beside the proof\n", from)
}
