package snark

import (
	"fmt"
	"math/big"
	"math/bits"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr/poseidon2"
	"github.com/consensys/gnark/frontend"
	gadget "github.com/consensys/gnark/std/permutation/poseidon2"
)

// Words says what a verifier learns of the word.
type Words string

// What a verifier learns: nothing, the word, or a salted hash of it.
const (
	Private Words = "private"
	Public  Words = "public"
	Hashed  Words = "hashed"
)

// Statement is what a proof proves: the circuit gives these labels on this word, on the
// word with this hash, or on some word.
type Statement struct {
	Word   []int  `json:"word,omitempty"`      // public words
	Hash   string `json:"word_hash,omitempty"` // hashed words: decimal
	Labels []int  `json:"labels"`              // by position
}

// packed is how symbols below a bound are put into field elements: as digits, the
// first lowest, as many as fit in 31 bytes.
type packed struct {
	count   int
	bits    uint
	symbols int // below
}

func packing(count, symbols int) packed {
	return packed{count, uint(max(bits.Len(uint(symbols-1)), 1)), symbols}
}

func (p packed) per() int      { return 248 / int(p.bits) }
func (p packed) elements() int { return (p.count + p.per() - 1) / p.per() }

// pack packs symbols.
func (p packed) pack(symbols []int) ([]*big.Int, error) {
	if len(symbols) != p.count {
		return nil, fmt.Errorf("%d symbols, expected %d", len(symbols), p.count)
	}
	out := make([]*big.Int, p.elements())
	for i := range out {
		out[i] = new(big.Int)
	}
	for i, s := range symbols {
		if s < 0 || s >= p.symbols {
			return nil, fmt.Errorf("symbol %d at position %d is outside 0..%d", s, i, p.symbols-1)
		}
		digit := big.NewInt(int64(s))
		out[i/p.per()].Add(out[i/p.per()], digit.Lsh(digit, uint(i%p.per())*p.bits))
	}
	return out, nil
}

// constrain packs symbols that are already known to be in range.
func (p packed) constrain(api frontend.API, symbols []frontend.Variable) []frontend.Variable {
	var out []frontend.Variable
	for len(symbols) > 0 {
		n := min(p.per(), len(symbols))
		var terms []frontend.Variable
		for i, s := range symbols[:n] {
			terms = append(terms, api.Mul(s, new(big.Int).Lsh(big.NewInt(1), uint(i)*p.bits)))
		}
		out, symbols = append(out, add(api, terms)), symbols[n:]
	}
	return out
}

// HashWord is the hash of a word of a vocabulary under a salt: Poseidon2 with its
// default parameters for BN254 in Merkle and Damgård's construction, over the
// salt and the packed word.
func HashWord(word []int, vocabulary int, salt *big.Int) (string, error) {
	parts, err := packing(len(word), vocabulary).pack(word)
	if err != nil {
		return "", err
	}
	h := poseidon2.NewMerkleDamgardHasher()
	for _, p := range append([]*big.Int{salt}, parts...) {
		var e fr.Element
		b := e.SetBigInt(p).Bytes()
		if _, err := h.Write(b[:]); err != nil {
			return "", err
		}
	}
	return new(big.Int).SetBytes(h.Sum(nil)).String(), nil
}

// constrainHash is HashWord in a circuit.
func constrainHash(api frontend.API, salt frontend.Variable, parts []frontend.Variable) (frontend.Variable, error) {
	h, err := gadget.NewPoseidon2(api)
	if err != nil {
		return nil, err
	}
	var state frontend.Variable = 0
	for _, p := range append([]frontend.Variable{salt}, parts...) {
		state = h.Compress(state, p)
	}
	return state, nil
}

// inputs are the public inputs of a statement.
func (st Statement) inputs(w Words, word, labels packed) ([]*big.Int, error) {
	var out []*big.Int
	switch w {
	case Public:
		parts, err := word.pack(st.Word)
		if err != nil {
			return nil, fmt.Errorf("word: %w", err)
		}
		out = parts
	case Hashed:
		hash, ok := new(big.Int).SetString(st.Hash, 10)
		if !ok || hash.Sign() < 0 || hash.Cmp(field()) >= 0 || hash.String() != st.Hash {
			return nil, fmt.Errorf("word hash %q: expected a decimal number below the field's order", st.Hash)
		}
		out = append(out, hash)
	}
	parts, err := labels.pack(st.Labels)
	if err != nil {
		return nil, fmt.Errorf("labels: %w", err)
	}
	return append(out, parts...), nil
}

// Inputs are the public inputs of a proof's statement, in the order in which verifiers take
// them: the word or its hash, then the labels. Tokens and labels are digits of 31-byte
// numbers, the first lowest.
func (p *Proof) Inputs() ([]*big.Int, error) {
	if p.Words != Public && p.Statement.Word != nil || p.Words != Hashed && p.Statement.Hash != "" {
		return nil, fmt.Errorf("it says more of the word than %s words do", p.Words)
	}
	s := p.Shape
	return p.Statement.inputs(p.Words, packing(s.Length, s.Vocabulary), packing(s.Positions, s.Classes))
}
