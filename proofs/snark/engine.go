package snark

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/big"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark-crypto/ecc/bn254"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr/fft"
	"github.com/consensys/gnark-crypto/ecc/bn254/kzg"
	"github.com/consensys/gnark-crypto/utils"
	"github.com/consensys/gnark/backend"
	"github.com/consensys/gnark/backend/groth16"
	"github.com/consensys/gnark/backend/plonk"
	"github.com/consensys/gnark/backend/solidity"
	"github.com/consensys/gnark/backend/witness"
	"github.com/consensys/gnark/constraint"
	gnarkio "github.com/consensys/gnark/io"
)

// provingKey is gnark's proving key of either system.
type provingKey interface {
	gnarkio.WriterRawTo
	gnarkio.UnsafeReaderFrom
}

// engine is a proof system of gnark. Proofs are made for gnark's verifiers in Solidity,
// which its verifier in Go accepts too.
type engine interface {
	setup(ccs constraint.ConstraintSystem) (provingKey, io.WriterTo, error)
	prove(ccs constraint.ConstraintSystem, k provingKey, w witness.Witness) (io.WriterTo, error)
	verify(proof, key []byte, public witness.Witness) error
	export(key []byte, w io.Writer) error
	calldata(proof []byte) ([]byte, error)
	newProvingKey() provingKey
	wellFormedKey(key []byte) error
	wellFormedProof(proof []byte) error
}

func engineOf(b Backend) engine {
	if b == PLONK {
		return plonkEngine{}
	}
	return groth16Engine{}
}

type groth16Engine struct{}

func (groth16Engine) setup(ccs constraint.ConstraintSystem) (provingKey, io.WriterTo, error) {
	return groth16.Setup(ccs)
}

func (groth16Engine) prove(ccs constraint.ConstraintSystem, k provingKey, w witness.Witness) (io.WriterTo, error) {
	return groth16.Prove(ccs, k.(groth16.ProvingKey), w, solidity.WithProverTargetSolidityVerifier(backend.GROTH16))
}

func (groth16Engine) verify(proof, key []byte, public witness.Witness) error {
	p, k := groth16.NewProof(ecc.BN254), groth16.NewVerifyingKey(ecc.BN254)
	if err := readAll(p, proof); err != nil {
		return err
	}
	if err := readAll(k, key); err != nil {
		return err
	}
	return groth16.Verify(p, k, public, solidity.WithVerifierTargetSolidityVerifier(backend.GROTH16))
}

func (groth16Engine) export(key []byte, w io.Writer) error {
	k := groth16.NewVerifyingKey(ecc.BN254)
	if err := readAll(k, key); err != nil {
		return err
	}
	return k.ExportSolidity(w)
}

func (groth16Engine) calldata(proof []byte) ([]byte, error) {
	p := groth16.NewProof(ecc.BN254)
	return marshalSolidity(p, proof)
}

func (groth16Engine) newProvingKey() provingKey { return groth16.NewProvingKey(ecc.BN254) }

// wellFormedProof: Ar, Bs, Krs, commitments, proof of knowledge.
func (groth16Engine) wellFormedProof(proof []byte) error {
	l := layout{rest: proof}
	l.points(1, g1)
	l.points(1, g2)
	l.points(1, g1)
	l.points(l.count(1), g1)
	l.points(1, g1)
	return l.end("Groth16 proof")
}

// wellFormedKey: α and β, β, γ, δ, δ, one point per public input, indices of public inputs
// that are committed to, keys of the commitments.
func (groth16Engine) wellFormedKey(key []byte) error {
	l := layout{rest: key}
	l.points(2, g1)
	l.points(2, g2)
	l.points(1, g1)
	l.points(1, g2)
	l.points(l.count(len(key)/g1), g1)
	for range l.count(1) {
		l.skip(8 * l.count(len(key)/8))
	}
	l.points(2*l.count(1), g2)
	return l.end("Groth16 verifying key")
}

type plonkEngine struct{}

// setup makes a reference string for the size of the system from a random secret, which
// is forgotten, and the keys from it.
func (plonkEngine) setup(ccs constraint.ConstraintSystem) (provingKey, io.WriterTo, error) {
	size, lagrangeSize := plonk.SRSSize(ccs)
	secret, err := rand.Int(rand.Reader, field())
	if err != nil {
		return nil, nil, err
	}
	srs, err := kzg.NewSRS(uint64(size), secret)
	if err != nil {
		return nil, nil, err
	}
	return plonk.Setup(ccs, srs, &kzg.SRS{Vk: srs.Vk, Pk: kzg.ProvingKey{G1: lagrange(secret, lagrangeSize)}})
}

// lagrange is the reference string for values instead of coefficients: L_i(secret)·G.
func lagrange(secret *big.Int, size int) []bn254.G1Affine {
	powers := make([]fr.Element, size)
	var x fr.Element
	x.SetBigInt(secret)
	powers[0].SetOne()
	for i := 1; i < size; i++ {
		powers[i].Mul(&powers[i-1], &x)
	}
	fft.NewDomain(uint64(size)).FFTInverse(powers, fft.DIF)
	utils.BitReverse(powers)
	_, _, g, _ := bn254.Generators()
	return bn254.BatchScalarMultiplicationG1(&g, powers)
}

func (plonkEngine) prove(ccs constraint.ConstraintSystem, k provingKey, w witness.Witness) (io.WriterTo, error) {
	return plonk.Prove(ccs, k.(plonk.ProvingKey), w, solidity.WithProverTargetSolidityVerifier(backend.PLONK))
}

func (plonkEngine) verify(proof, key []byte, public witness.Witness) error {
	p, k := plonk.NewProof(ecc.BN254), plonk.NewVerifyingKey(ecc.BN254)
	if err := readAll(p, proof); err != nil {
		return err
	}
	if err := readAll(k, key); err != nil {
		return err
	}
	return plonk.Verify(p, k, public, solidity.WithVerifierTargetSolidityVerifier(backend.PLONK))
}

func (plonkEngine) export(key []byte, w io.Writer) error {
	k := plonk.NewVerifyingKey(ecc.BN254)
	if err := readAll(k, key); err != nil {
		return err
	}
	return k.ExportSolidity(w)
}

func (plonkEngine) calldata(proof []byte) ([]byte, error) {
	return marshalSolidity(plonk.NewProof(ecc.BN254), proof)
}

func (plonkEngine) newProvingKey() provingKey { return plonk.NewProvingKey(ecc.BN254) }

// wellFormedProof: L, R, O, Z, H in three, the batched opening with its values, the shifted
// opening with its value, commitments.
func (plonkEngine) wellFormedProof(proof []byte) error {
	l := layout{rest: proof}
	l.points(8, g1)
	l.skip(fr.Bytes * l.count(16))
	l.points(1, g1)
	l.skip(fr.Bytes)
	l.points(l.count(1), g1)
	return l.end("PLONK proof")
}

// wellFormedKey: marker and version, size, its inverse, generator, public inputs, coset shift,
// S in three, Ql, Qr, Qm, Qo, Qk, selectors of commitments, the reference string, rows of
// commitments.
func (plonkEngine) wellFormedKey(key []byte) error {
	l := layout{rest: key}
	l.skip(8 + 8 + 8 + 2*fr.Bytes + 8 + fr.Bytes)
	l.points(8, g1)
	l.points(l.count(1), g1)
	l.points(1, g1)
	l.points(2, g2)
	l.skip(max(len(l.rest)-4-8, 0)) // lines of fixed size, then one row
	l.skip(8 * l.count(1))
	return l.end("PLONK verifying key")
}

// readAll reads a value that gnark wrote and refuses what follows it.
func readAll(v io.ReaderFrom, data []byte) error {
	n, err := v.ReadFrom(bytes.NewReader(data))
	if err == nil && n != int64(len(data)) {
		err = fmt.Errorf("%d bytes too many", int64(len(data))-n)
	}
	return err
}

// marshalSolidity is a proof as gnark's contracts take it.
func marshalSolidity(v io.ReaderFrom, proof []byte) ([]byte, error) {
	if err := readAll(v, proof); err != nil {
		return nil, err
	}
	return v.(interface{ MarshalSolidity() []byte }).MarshalSolidity(), nil
}

// Sizes of compressed points.
const g1, g2 = bn254.SizeOfG1AffineCompressed, bn254.SizeOfG2AffineCompressed

// layout walks through bytes that gnark is going to read, since gnark allocates by
// counts before it has read what they count.
type layout struct {
	rest []byte
	bad  bool
}

func (l *layout) skip(n int) {
	if l.bad || n > len(l.rest) {
		l.bad = true
		return
	}
	l.rest = l.rest[n:]
}

// points skips compressed points; other points would shift what follows.
func (l *layout) points(n, size int) {
	for range n {
		if l.bad || len(l.rest) < size || l.rest[0]&0xc0 == 0 {
			l.bad = true
			return
		}
		l.rest = l.rest[size:]
	}
}

// count reads a count of at most most.
func (l *layout) count(most int) int {
	if l.bad || len(l.rest) < 4 {
		l.bad = true
		return 0
	}
	n := int(binary.BigEndian.Uint32(l.rest))
	l.rest = l.rest[4:]
	if n > most {
		l.bad = true
		return 0
	}
	return n
}

func (l *layout) end(what string) error {
	if l.bad || len(l.rest) > 0 {
		return errors.New("not the bytes of a " + what)
	}
	return nil
}
