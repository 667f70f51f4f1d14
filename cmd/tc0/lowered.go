package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"math/big"
	"os"
	"path/filepath"

	"tc0/circuits/arith"
	"tc0/proofs/snark"
)

// modelOf reads the arithmetic circuit of an OUT_DIR and where it comes from.
func modelOf(dir string) (*arith.Circuit, snark.Origin, error) {
	var o snark.Origin
	if err := checkOutDir(dir); err != nil {
		return nil, o, err
	}
	path := filepath.Join(dir, arithFile)
	c, err := loadArith(path)
	if err != nil {
		return nil, o, err
	}
	f, err := openRegular(path)
	if err != nil {
		return nil, o, err
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return nil, o, err
	}
	var quant struct {
		Checkpoint string `json:"checkpoint_digest"`
	}
	if err := readJSON(filepath.Join(dir, quantFile), &quant); err != nil {
		return nil, o, err
	}
	return c, snark.Origin{Model: hex.EncodeToString(sum.Sum(nil)), Checkpoint: quant.Checkpoint}, nil
}

// lowered is a model with its constraint system.
type lowered struct {
	circuit *arith.Circuit
	origin  snark.Origin
	system  *snark.System
	keys    string
	salt    *big.Int // of committed weights
}

// lower reads the model of an OUT_DIR and makes its constraint system.
func (a *app) lower(dir string, p *proving) (*lowered, error) {
	a.meter.step("read", 0, 0)
	c, o, err := modelOf(dir)
	if err != nil {
		return nil, err
	}
	l := &lowered{circuit: c, origin: o, keys: p.keys}
	if l.keys == "" {
		l.keys = filepath.Join(dir, keysDir)
	}
	if p.committed() {
		return l, a.lowerArchitecture(l, dir, p)
	}
	a.meter.step("lower", 0, 0)
	if l.system, err = snark.Lower(c, p.options()); err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	return l, nil
}

// lowerArchitecture makes the constraint system of a model's architecture.
func (a *app) lowerArchitecture(l *lowered, dir string, p *proving) error {
	path := p.architecturePath(dir)
	arch, err := readArtefact(path, "an architecture; run tc0 prove setup --weights committed first", snark.ReadArchitecture)
	if err != nil {
		return err
	}
	if _, err := arch.Parameters(l.circuit); err != nil {
		return fmt.Errorf("%s: the model of %s is not of this architecture: %w", path, dir, err)
	}
	a.meter.step("lower", 0, 0)
	if l.system, err = snark.LowerArchitecture(arch, p.options()); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// bind gives a constraint system for committed weights those of the model.
func (l *lowered) bind(p *proving) (err error) {
	if !p.committed() {
		return nil
	}
	if p.salt == "" {
		l.salt, err = snark.NewSalt()
	} else {
		l.salt, err = readSalt(p.salt)
	}
	if err == nil {
		l.system, err = l.system.Bind(l.circuit, l.salt)
	}
	return err
}

// readSalt reads --salt.
func readSalt(text string) (*big.Int, error) {
	salt, err := snark.ReadSalt(text)
	if err != nil {
		return nil, fmt.Errorf("--salt %w", err)
	}
	return salt, nil
}

func provingPath(keys, digest string) string { return filepath.Join(keys, digest+".proving") }

func verifyingPath(keys, digest string) string {
	return filepath.Join(keys, digest+".verifying.json")
}

// verifying reads the verifying key of the constraint system.
func (l *lowered) verifying() (*snark.VerifyingKey, error) {
	path := verifyingPath(l.keys, l.system.Digest)
	k, err := readArtefact(path, "a verifying key; run tc0 prove setup first", snark.ReadVerifyingKey)
	if err != nil {
		return nil, err
	}
	if err := l.system.Accepts(k, l.origin); err != nil {
		return nil, fmt.Errorf("%s: does not belong to the model: %w", path, err)
	}
	return k, nil
}

// proving reads both keys of the constraint system.
func (l *lowered) proving() (*snark.ProvingKey, *snark.VerifyingKey, error) {
	vk, err := l.verifying()
	if err != nil {
		return nil, nil, err
	}
	path := provingPath(l.keys, l.system.Digest)
	pk, err := readArtefact(path, "a proving key; run tc0 prove setup first", func(r io.Reader) (*snark.ProvingKey, error) {
		return snark.ReadProvingKey(r.(io.ReadSeeker), vk)
	})
	return pk, vk, err
}

// readArtefact reads a key or proof.
func readArtefact[T any](path, what string, read func(io.Reader) (T, error)) (T, error) {
	var none T
	f, err := openKind(path, what, "")
	if err != nil {
		return none, err
	}
	defer f.Close()
	v, err := read(f)
	if err != nil {
		return none, fmt.Errorf("%s: %w", path, err)
	}
	return v, nil
}

func (a *app) makeKeys(ctx context.Context, l *lowered, provingPath, verifyingPath string) (*snark.VerifyingKey, error) {
	if err := os.MkdirAll(l.keys, 0o755); err != nil {
		return nil, err
	}
	a.meter.step("set up", 0, 0)
	pk, vk, err := l.system.Setup(l.origin)
	if err != nil {
		return nil, err
	}
	a.meter.step("write", 0, 0)
	return vk, writeFiles(ctx, file{provingPath, pk.Write}, file{verifyingPath, encoded(vk.Encode)})
}
