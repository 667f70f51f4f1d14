package cert

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"

	"tc0/circuits/compile"
	"tc0/circuits/threshold"
	"tc0/proofs/kernel"
	"tc0/theory/ssm"
)

// FamilyFormat is the first entry of every certificate of a family.
const FamilyFormat = "tc0 family certificate 1"

// A Family states what is claimed of the circuits n ↦ C_n of a checkpoint with one
// quantisation: bounds as formulas, the circuits at some lengths, and gates compared with the
// function that computes them without building the circuit.
// docs/formats/certificate-family.md says what each entry means.
type Family struct {
	Format       string          `json:"format"`
	Checkpoint   kernel.Source   `json:"checkpoint"`
	Semantics    FamilySemantics `json:"semantics"`
	Quantisation compile.Quant   `json:"quantisation"`
	Claims       []FamilyClaim   `json:"claims"`
}

// FamilySemantics are the parts of kernel.Semantics that neither depend on the length nor stand
// in the quantisation.
type FamilySemantics struct {
	Discretisation string `json:"discretisation"`
	Numbers        string `json:"numbers"`
	Rounding       string `json:"rounding"`
	Vocabulary     int    `json:"vocabulary"`
}

// FamilyClaim is one claim, with the evidence of its name or none.
type FamilyClaim struct {
	ID         string        `json:"id"`
	Kind       string        `json:"kind"` // proved, sampled, assumed
	Members    []Member      `json:"members,omitempty"`
	Depth      int           `json:"depth,omitempty"`
	Bound      *kernel.Bound `json:"bound,omitempty"`
	Uniformity *Spots        `json:"uniformity,omitempty"`
	Theorems   []string      `json:"theorems,omitempty"`
	Coq        []string      `json:"coq,omitempty"` // theorems of proofs/coq
}

// Member is the circuit of one length.
type Member struct {
	Length  int         `json:"length"`
	Bits    int         `json:"bits"`
	Size    kernel.Size `json:"size"`
	Model   string      `json:"model_sha256"`   // of its model.ac
	Circuit string      `json:"circuit_sha256"` // of its circuit.tc
	Kernel  bool        `json:"kernel"`         // the kernel judges it too
}

// Spots are gates drawn from a seed, so many of each member.
type Spots struct {
	Gates int    `json:"gates"`
	Seed  uint64 `json:"seed"`
}

// IDs of the claims of a family.
const (
	ClaimMembers    = "members"
	ClaimDepth      = "depth"
	ClaimUniformity = "uniformity"
	ClaimAllLengths = "all-lengths"
)

// familyStatements are the claims that there are, in the order of a certificate. depth and
// all-lengths are made for the convolution form alone; the others always.
var familyStatements = []statement{
	{ClaimMembers, "proved", "compiling at these lengths gives these circuits, with these counts"},
	{ClaimDepth, "proved", "the depth is the same at these lengths"},
	{kernel.ClaimBound, "proved", "the formulas are those that follow from the layers, and the counts at these lengths are within them"},
	{ClaimUniformity, "sampled", "gates computed from their number alone, without the circuit, are the circuit's"},
	{ClaimAllLengths, "assumed", "the depth is constant and the size polynomial for all lengths, as the theorems say"},
}

// Limits on what is worth building, and on what a certificate can make a verifier do.
const (
	kernelWires = 1 << 28 // of a member that the kernel judges
	mostGates   = 1 << 28 // of a member
	mostMembers = 64
)

// MostSpots is the largest Spots.Gates.
const MostSpots = 1 << 16

// IssueFamily compiles a checkpoint with a quantisation at ascending lengths and states what is
// claimed of the circuits. It is an error if a claim is not true.
func IssueFamily(ctx context.Context, ck *ssm.Checkpoint, q *compile.Quant, lengths []int, spots Spots, progress compile.Progress) (*Family, error) {
	checkpoint, err := source(ck)
	if err != nil {
		return nil, err
	}
	f := &Family{Format: FamilyFormat, Checkpoint: checkpoint, Semantics: familySemantics(ck), Quantisation: *q}
	members := FamilyClaim{ID: ClaimMembers, Kind: "proved"}
	var limits *kernel.Bound
	for i, n := range lengths {
		progress("compile the family", i, len(lengths))
		c, err := newMember(ctx, ck, q, n)
		if err != nil {
			return nil, fmt.Errorf("length %d: %w", n, err)
		}
		limits = boundOf(c.model.Bound().Formula())
		if err := c.within(); err != nil {
			return nil, err
		}
		if err := c.compareSpots(spots); err != nil {
			return nil, err
		}
		if err := c.judge(ck, q); err != nil {
			return nil, err
		}
		members.Members = append(members.Members, c.Member)
	}
	f.Claims = append(f.Claims, members)
	if q.Form == compile.Convolution {
		if i := slices.IndexFunc(members.Members, func(m Member) bool { return m.Size.Depth != members.Members[0].Size.Depth }); i >= 0 {
			return nil, fmt.Errorf("the depth is %d at length %d and %d at length %d", members.Members[0].Size.Depth, lengths[0],
				members.Members[i].Size.Depth, lengths[i])
		}
		f.Claims = append(f.Claims, FamilyClaim{ID: ClaimDepth, Kind: "proved", Depth: members.Members[0].Size.Depth})
	}
	f.Claims = append(f.Claims, FamilyClaim{ID: kernel.ClaimBound, Kind: "proved", Bound: limits},
		FamilyClaim{ID: ClaimUniformity, Kind: "sampled", Uniformity: &spots})
	if q.Form == compile.Convolution {
		theorems, err := classTheorems(ck.Model.Family)
		if err != nil {
			return nil, err
		}
		f.Claims = append(f.Claims, FamilyClaim{ID: ClaimAllLengths, Kind: "assumed", Theorems: theorems, Coq: coqTheorems(q)})
	}
	return f, f.check()
}

// Encode is the canonical text of a certificate.
func (f *Family) Encode() []byte { return encode(f) }

// DecodeFamily reads a certificate of a family, in its canonical form, and checks that its
// claims are known ones with the evidence of their kind. What they say is not judged.
func DecodeFamily(data []byte) (*Family, error) {
	var f Family
	if err := canonical(data, &f, "the certificate"); err != nil {
		return nil, err
	}
	if f.Format != FamilyFormat {
		return nil, refuse("the certificate: format %q, expected %q", f.Format, FamilyFormat)
	}
	return &f, f.check()
}

// check says what is wrong with the form of a certificate.
func (f *Family) check() error {
	if err := f.Quantisation.Validate(); err != nil {
		return refuse("quantisation: %v", err)
	}
	var want []statement
	for _, s := range familyStatements {
		if f.Quantisation.Form == compile.Convolution || s.id != ClaimDepth && s.id != ClaimAllLengths {
			want = append(want, s)
		}
	}
	if len(f.Claims) != len(want) {
		return refuse("the certificate: makes %d claims, expected %d", len(f.Claims), len(want))
	}
	for i, c := range f.Claims {
		if c.ID != want[i].id || c.Kind != want[i].kind {
			return refuse("claim %q of kind %q: expected %s, %s", c.ID, c.Kind, want[i].id, want[i].kind)
		}
		if (c.Members != nil) != (c.ID == ClaimMembers) || (c.Depth > 0) != (c.ID == ClaimDepth) || c.Depth < 0 ||
			(c.Bound != nil) != (c.ID == kernel.ClaimBound) || (c.Uniformity != nil) != (c.ID == ClaimUniformity) ||
			(c.Theorems != nil) != (c.ID == ClaimAllLengths) || (c.Coq != nil) != (c.ID == ClaimAllLengths) {
			return refuse("claim %s: has not the evidence of its kind", c.ID)
		}
	}
	return f.checkNumbers()
}

// checkNumbers bounds what a certificate asks for.
func (f *Family) checkNumbers() error {
	members := f.claim(ClaimMembers).Members
	if len(members) == 0 || len(members) > mostMembers {
		return refuse("members: %d, expected 1 to %d", len(members), mostMembers)
	}
	for i, m := range members {
		if m.Length < 1 || i > 0 && m.Length <= members[i-1].Length {
			return refuse("members: length %d, expected ascending lengths", m.Length)
		}
	}
	if s := f.claim(ClaimUniformity).Uniformity; s.Gates < 1 || s.Gates > MostSpots {
		return refuse("uniformity: %d gates of each length, expected 1 to %d", s.Gates, MostSpots)
	}
	return nil
}

// claim is a claim that the certificate makes.
func (f *Family) claim(id string) *FamilyClaim {
	return &f.Claims[slices.IndexFunc(f.Claims, func(c FamilyClaim) bool { return c.ID == id })]
}

func familySemantics(ck *ssm.Checkpoint) FamilySemantics {
	return FamilySemantics{
		Discretisation: kernel.Discretisation(ck.Model.Family), Numbers: kernel.Numbers, Rounding: kernel.Rounding, Vocabulary: ck.Model.Vocab,
	}
}

// coqTheorems are the theorems of proofs/coq that speak of families of such layers at all lengths: of
// the very circuits for one digit and fewest gates, else of the parts that are proved;
// proofs/README.md says about which definitions.
func coqTheorems(q *compile.Quant) []string {
	whole := q.Digits == 1 && q.Minimize == compile.Gates
	switch {
	case q.Family == ssm.FamilyMamba && whole:
		return []string{"mamba_family", "mamba_poly", "normed_family", "normed_poly"}
	case q.Family == ssm.FamilyMamba:
		return []string{"scan_family", "scan_poly", "rank_depth"}
	case whole:
		return []string{"s4d_family", "s4d_poly", "s4d_pre_family", "s4d_pre_poly"}
	}
	return []string{"deep_s4_constant_depth", "rank_depth"}
}

// member is a circuit that was compiled for a certificate.
type member struct {
	Member
	model     *compile.Model
	threshold *threshold.Circuit
	write     map[string]func(w io.Writer) error // its files
}

// newMember compiles one length.
func newMember(ctx context.Context, ck *ssm.Checkpoint, q *compile.Quant, n int) (*member, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m, err := compile.New(ck, q, n)
	if err != nil {
		return nil, err
	}
	if gates, err := m.Gates(n); err != nil || gates > mostGates {
		return nil, question{fmt.Sprintf("length %d has more than %d gates, which are not built here", n, mostGates)}
	}
	ac, tc, err := m.Threshold(n)
	if err != nil {
		return nil, err
	}
	c := &member{
		Member: Member{Length: n, Bits: m.Bits(), Size: *sizeOf(tc)}, model: m, threshold: tc,
		write: map[string]func(w io.Writer) error{arithFile: ac.WriteBinary, circuitFile: tc.WriteBinary},
	}
	c.Kernel = c.Size.Wires <= kernelWires
	if c.Model, err = digestOf(ac.WriteBinary); err == nil {
		c.Circuit, err = digestOf(tc.WriteBinary)
	}
	return c, err
}

func digestOf(write func(w io.Writer) error) (string, error) {
	sum := sha256.New()
	err := write(sum)
	return hex.EncodeToString(sum.Sum(nil)), err
}

// within says where the counts exceed the bounds of the family.
func (c *member) within() error {
	b := c.model.Bound()
	if gates, bits := b.Gates(c.Length), b.WeightBits(c.Length); c.Size.Gates > gates || c.Size.MaxWeightBits > bits {
		return refuse("bound: at length %d, %d gates and weights of %d bits, the formulas give %d and %d",
			c.Length, c.Size.Gates, c.Size.MaxWeightBits, gates, bits)
	}
	return nil
}

// compareSpots compares gates drawn from a seed with the circuit written out.
func (c *member) compareSpots(s Spots) error {
	r := rand.New(rand.NewPCG(s.Seed, uint64(c.Length)))
	built := threshold.NewGateReader(c.threshold)
	for range s.Gates {
		i := r.Uint64N(c.Size.Gates)
		bank, k, ok := c.threshold.BankOf(i)
		if !ok {
			return refuse("uniformity: at length %d there is no gate %d", c.Length, i)
		}
		want := built.Gate(bank, k)
		got, err := c.model.GateAt(c.Length, i)
		if err != nil || got.Threshold != want.Threshold || !slices.Equal(got.Wires, want.Wires) {
			return refuse("uniformity: gate %d at length %d is another one in the circuit", i, c.Length)
		}
	}
	return nil
}

// judge lets the kernel judge the member if it is to, its files written to a directory of their
// own.
func (c *member) judge(ck *ssm.Checkpoint, q *compile.Quant) error {
	if !c.Kernel {
		return nil
	}
	dir, err := os.MkdirTemp("", "tc0-family-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	quant, err := q.MarshalIndent()
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, quantFile), quant, 0o600); err != nil {
		return err
	}
	for name, write := range c.write {
		if err := writeTo(filepath.Join(dir, name), write); err != nil {
			return err
		}
	}
	certificate, err := c.certificate(dir, ck, q)
	if err != nil {
		return err
	}
	path := filepath.Join(dir, FileName)
	if err := os.WriteFile(path, certificate.Encode(), 0o600); err != nil {
		return err
	}
	v, err := kernel.Verify(path, ck.Dir)
	if err == nil && !v.Holds {
		err = refuse("members: the kernel refuses length %d: %s", c.Length, v.Reason)
	}
	return err
}

// certificate claims of the member what the kernel can prove.
func (c *member) certificate(dir string, ck *ssm.Checkpoint, q *compile.Quant) (*kernel.Certificate, error) {
	k := &kernel.Certificate{
		Format: kernel.Format, Semantics: semantics(q, c.Bits, c.Length, ck),
		Claims: []kernel.Claim{
			{ID: kernel.ClaimSize, Kind: "proved", Size: &c.Size},
			{ID: kernel.ClaimLowering, Kind: "proved"},
			{ID: kernel.ClaimBinding, Kind: "proved"},
			{ID: kernel.ClaimBound, Kind: "proved", Bound: boundOf(c.model.Bound().Formula())},
		},
	}
	var err error
	if k.Checkpoint, err = source(ck); err != nil {
		return nil, err
	}
	k.Files, err = digests(dir, quantFile, arithFile, circuitFile)
	return k, err
}

func writeTo(path string, write func(w io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	err = write(f)
	if e := f.Close(); err == nil {
		err = e
	}
	return err
}
