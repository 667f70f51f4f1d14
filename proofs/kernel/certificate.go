package kernel

import (
	"bytes"
	"encoding/json"
	"math/big"
	"math/bits"
	"slices"
	"strings"
)

// Format is the first entry of every certificate, by which its file is known.
const Format = "tc0 certificate 1"

// Certificate is certificate.json. Its text is the indented JSON of this type and
// nothing else is accepted: docs/formats/certificate.md says what each entry means.
type Certificate struct {
	Format     string    `json:"format"`
	Files      []File    `json:"files"` // quant.json, model.ac, circuit.tc
	Checkpoint Source    `json:"checkpoint"`
	Semantics  Semantics `json:"semantics"`
	Claims     []Claim   `json:"claims"`
}

// File names the content of a file.
type File struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
}

// Source is the checkpoint: its files, and the digest that quant.json knows it by.
type Source struct {
	Digest string `json:"digest"`
	Files  []File `json:"files"`
}

// Semantics says which function the circuit computes.
type Semantics struct {
	Family         string    `json:"family"`
	Form           string    `json:"form"`
	Discretisation string    `json:"discretisation"`
	Numbers        string    `json:"numbers"`
	Rounding       string    `json:"rounding"`
	Precision      Precision `json:"precision"`
	Bits           int       `json:"bits"` // the precision at this length
	Digits         int       `json:"digits"`
	Minimize       string    `json:"minimize"`
	Length         int       `json:"length"`
	Vocabulary     int       `json:"vocabulary"`
	Alphabet       []int     `json:"alphabet"`
}

// Precision is p(n) = base + ⌈per_log2n·log2 n⌉.
type Precision struct {
	Base   int     `json:"base"`
	PerLog float64 `json:"per_log2n"`
}

// The parts of the semantics that are the same for all circuits of a family.
const (
	Numbers       = "integers times powers of two, one power for each tensor, shifted by element where quant.json says so"
	Rounding      = "to nearest, ties upwards, clamped to the code range"
	discreteMamba = "A by zero-order hold, B by Euler's rule"
	discreteS4D   = "zero-order hold"
)

// Discretisation is how a family's continuous parameters become discrete ones.
func Discretisation(family string) string {
	return map[string]string{"mamba": discreteMamba, "s4d": discreteS4D}[family]
}

// Claim is one claim: what it says follows from its ID, and its evidence is the entry
// of its name or nothing.
type Claim struct {
	ID        string     `json:"id"`
	Kind      string     `json:"kind"` // proved, exhaustive, sampled, measured, assumed
	Theorems  []string   `json:"theorems,omitempty"`
	Size      *Size      `json:"size,omitempty"`
	Bound     *Bound     `json:"bound,omitempty"`
	Agreement *Agreement `json:"agreement,omitempty"`
	AllWords  *AllWords  `json:"all_words,omitempty"`
}

// Bound bounds gates and weights of a family by formulas in the length n and the
// precision p, which counts as Least where it is less:
//
//	gates       <= n·Position(p) + n(n-1)/2·Pair(p) + (n-1)·Later(p)
//	weight bits <= min(62, Slope·p + ⌈log2 n⌉ + Offset)
type Bound struct {
	Position Polynomial `json:"position"`
	Pair     Polynomial `json:"pair"`
	Later    Polynomial `json:"later"`
	Slope    int        `json:"slope"`
	Offset   int        `json:"offset"`
	Least    int        `json:"least"`
}

// Polynomial is Exp·2^p + Root·2^(p/2) + Σ Powers[i]·p^i.
type Polynomial struct {
	Exp    int64    `json:"exp"`
	Root   int64    `json:"root"`
	Powers [4]int64 `json:"powers"`
}

// Agreement says at how many positions of how many words, drawn from a seed, the
// circuit's label is the argmax of the float64 model.
type Agreement struct {
	Words     int    `json:"words"`
	Seed      uint64 `json:"seed"`
	Positions int    `json:"positions"`
	Agreeing  int    `json:"agreeing"`
}

// AllWords says the same of all words over the alphabet.
type AllWords struct {
	Words     int `json:"words"` // |alphabet|^length
	Positions int `json:"positions"`
	Agreeing  int `json:"agreeing"`
}

// IDs of claims.
const (
	ClaimSize      = "size"
	ClaimLowering  = "lowering"
	ClaimBinding   = "binding"
	ClaimBound     = "bound"
	ClaimAgreement = "agreement"
	ClaimAllWords  = "all-words"
	ClaimClass     = "class"
)

type statement struct{ id, kind, text string }

// statements are the claims that there are, in the order of a certificate.
var statements = []statement{
	{ClaimSize, "proved", "circuit.tc, with every gate written out, has these counts"},
	{ClaimLowering, "proved", "on every word of this length circuit.tc gives the labels of model.ac"},
	{ClaimBinding, "proved",
		"model.ac is the checkpoint's layers with the scales of quant.json: every coefficient and change point"},
	{ClaimBound, "proved", "the counts are within the formulas at this length and precision"},
	{ClaimAgreement, "sampled",
		"labels of model.ac are the float64 model's at so many positions of words drawn from a seed"},
	{ClaimAllWords, "exhaustive",
		"labels of model.ac are the float64 model's at so many positions of all words over the alphabet"},
	{ClaimClass, "assumed", "the family of these circuits over all lengths is in uniform TC0, as the theorems say"},
}

// Encode is the canonical text of a certificate.
func (c *Certificate) Encode() []byte { return encode(c) }

// decode reads a certificate and checks that its claims are known ones in order.
func decode(data []byte) *Certificate {
	var c Certificate
	canonical(data, &c, "the certificate")
	require(c.Format == Format, "the certificate: format %q, expected %q", c.Format, Format)
	at, claims := 0, map[string]bool{}
	for _, claim := range c.Claims {
		for at < len(statements) && statements[at].id != claim.ID {
			at++
		}
		require(at < len(statements), "the certificate: claim %q is unknown, twice or out of order", claim.ID)
		require(claim.Kind == statements[at].kind, "claim %s: is %s, not %s", claim.ID, statements[at].kind, claim.Kind)
		for id, given := range map[string]bool{
			ClaimSize: claim.Size != nil, ClaimBound: claim.Bound != nil, ClaimAgreement: claim.Agreement != nil,
			ClaimAllWords: claim.AllWords != nil, ClaimClass: claim.Theorems != nil,
		} {
			require(given == (claim.ID == id), "claim %s: has not the evidence of its kind", claim.ID)
		}
		claims[claim.ID] = true
		at++
	}
	require(claims[ClaimLowering] && claims[ClaimSize], "the certificate: does not claim size and lowering")
	return &c
}

// textOf is what a claim says.
func textOf(id string) string {
	return statements[slices.IndexFunc(statements, func(s statement) bool { return s.id == id })].text
}

// gates is the bound's value, rounded up.
func (b *Bound) gates(n, p int) *big.Int {
	p = max(p, b.Least)
	sum := b.Position.at(p, n)
	sum.Add(sum, b.Pair.at(p, n*(n-1)/2))
	return sum.Add(sum, b.Later.at(p, n-1))
}

// at is the value at a precision, so many times.
func (a *Polynomial) at(p, times int) *big.Int {
	require(p >= 0 && p < 64 && a.Root >= 0, "bound: has no value at precision %d with the root %d", p, a.Root)
	sum := new(big.Int)
	for i := len(a.Powers) - 1; i >= 0; i-- {
		sum.Add(sum.Mul(sum, big.NewInt(int64(p))), big.NewInt(a.Powers[i]))
	}
	sum.Add(sum, new(big.Int).Lsh(big.NewInt(a.Exp), uint(p)))
	square := new(big.Int).Mul(big.NewInt(a.Root), big.NewInt(a.Root)) // ⌈Root·2^(p/2)⌉ = ⌈√(Root²·2^p)⌉
	root := new(big.Int).Sqrt(square.Lsh(square, uint(p)))
	if new(big.Int).Mul(root, root).Cmp(square) < 0 {
		root.Add(root, big.NewInt(1))
	}
	return sum.Mul(sum.Add(sum, root), big.NewInt(int64(times)))
}

func (b *Bound) weightBits(n, p int) int {
	require(max(b.Slope, -b.Slope, b.Offset, -b.Offset) < 1<<16, "bound: %d·p + %d weight bits", b.Slope, b.Offset)
	return min(62, b.Slope*max(p, b.Least)+bits.Len(uint(n-1))+b.Offset)
}

// canonical reads JSON of a known type; the text must be the one that writing the
// value anew gives, so nothing is unknown, missing or spelled in another way.
func canonical(data []byte, v any, name string) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	require(d.Decode(v) == nil, "%s: is not the JSON of its format", name)
	require(bytes.Equal(encode(v), data), "%s: is not in its canonical form", name)
}

// encode is the canonical text of a value.
func encode(v any) []byte {
	text, err := json.MarshalIndent(v, "", "  ")
	require(err == nil, "cannot be written: %v", err)
	return append(text, '\n')
}

// differences says where the texts of two values of one type differ, line by line.
func differences(claimed, found any) string {
	var all []string
	lines := func(v any) []string { return strings.Split(string(encode(v)), "\n") }
	have := lines(found)
	for i, line := range lines(claimed) {
		if i < len(have) && line != have[i] {
			is := have[i][strings.LastIndex(have[i], ": ")+1:]
			all = append(all, strings.Trim(line, " ,")+", not "+strings.Trim(is, " ,"))
		}
	}
	return strings.Join(all, ", ")
}
