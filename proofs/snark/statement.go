package snark

import (
	"errors"
	"fmt"
	"math/big"
	"math/bits"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr/poseidon2"
	"github.com/consensys/gnark/frontend"
	gadget "github.com/consensys/gnark/std/permutation/poseidon2"

	"tc0/circuits/arith"
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
// word with this hash, or on some word; or it has this score on the chunk with this hash.
type Statement struct {
	Model  string `json:"model_commitment,omitempty"` // committed weights: decimal
	Word   []int  `json:"word,omitempty"`             // public words
	Hash   string `json:"hash,omitempty"`             // of the hashed word or chunk: decimal
	Labels []int  `json:"labels,omitempty"`           // by position
	Score  *Score `json:"score,omitempty"`            // of a chunk
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

// check packs symbols whose digits are checked, so that no others have the same packing.
func (p packed) check(api frontend.API, symbols []frontend.Variable) []frontend.Variable {
	for _, s := range symbols {
		api.ToBinary(s, int(p.bits))
	}
	return p.constrain(api, symbols)
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
	return hash(salt, parts)
}

// hash hashes field elements under a salt.
func hash(salt *big.Int, parts []*big.Int) (string, error) {
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

// constrainHash is hash in a circuit.
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

// ShapeOf is the size of statements about a circuit.
func ShapeOf(c *arith.Circuit) Shape {
	s := Shape{Length: len(c.Inputs()), Vocabulary: 1, Positions: len(c.Outputs()), Classes: 1}
	for _, n := range c.Inputs() {
		s.Vocabulary = max(s.Vocabulary, c.Levels(n))
	}
	for _, o := range c.Outputs() {
		s.Classes = max(s.Classes, len(o.Labels))
	}
	return s
}

// tokens, targets and labels are how the tokens of all words of a proof, the targets of a
// chunk and the labels of a word become field elements.
func (s Shape) tokens(o Options) packed { return packing(s.Length*o.count(), s.Vocabulary) }
func (s Shape) targets(o Options) packed {
	return packing(s.Positions*o.Chunk, s.Classes+1)
}
func (s Shape) labels() packed { return packing(s.Positions, s.Classes) }

// inputs are the public inputs of a statement.
func (st Statement) inputs(o Options, s Shape) (out []*big.Int, err error) {
	switch {
	case o.Words != Public && st.Word != nil || o.Words != Hashed && st.Hash != "":
		return nil, fmt.Errorf("it says more of the word than %s words do", o.Words)
	case (o.Chunk > 0) != (st.Score != nil) || o.Chunk > 0 && st.Labels != nil:
		return nil, fmt.Errorf("it has labels and score %v, for a chunk of %d words", st.Score, o.Chunk)
	}
	if o.Committed != (st.Model != "") {
		return nil, errors.New("a commitment to weights that are constants, or none to committed ones")
	}
	if o.Committed {
		m, err := decimal(st.Model)
		if err != nil {
			return nil, fmt.Errorf("model commitment %w", err)
		}
		out = append(out, m)
	}
	switch o.Words {
	case Public:
		parts, err := s.tokens(o).pack(st.Word)
		if err != nil {
			return nil, fmt.Errorf("word: %w", err)
		}
		out = append(out, parts...)
	case Hashed:
		h, err := decimal(st.Hash)
		if err != nil {
			return nil, fmt.Errorf("hash %w", err)
		}
		out = append(out, h)
	}
	if o.Chunk > 0 {
		parts, err := st.Score.inputs(o, s)
		return append(out, parts...), err
	}
	parts, err := s.labels().pack(st.Labels)
	if err != nil {
		return nil, fmt.Errorf("labels: %w", err)
	}
	return append(out, parts...), nil
}

// decimal reads a field element.
func decimal(text string) (*big.Int, error) {
	v, ok := new(big.Int).SetString(text, 10)
	if !ok || v.Sign() < 0 || v.Cmp(field()) >= 0 || v.String() != text {
		return nil, fmt.Errorf("%q: expected a decimal number below the field's order", text)
	}
	return v, nil
}

// Inputs are the public inputs of a proof's statement, in the order in which verifiers take
// them: the commitment to weights, the word or the hash, then the labels or the score. Tokens and labels are digits of
// 31-byte numbers, the first lowest.
func (p *Proof) Inputs() ([]*big.Int, error) { return p.Statement.inputs(p.options(), p.Shape) }
