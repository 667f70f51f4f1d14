package snark

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"slices"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark/backend/witness"
	"github.com/consensys/gnark/constraint"
	bn254 "github.com/consensys/gnark/constraint/bn254"
	"github.com/consensys/gnark/constraint/solver"
	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/frontend/cs"
	"github.com/consensys/gnark/frontend/cs/r1cs"
	"github.com/consensys/gnark/frontend/cs/scs"
	"github.com/consensys/gnark/logger"

	"tc0/circuits/arith"
)

func init() { logger.Disable() }

// Backend is a proof system over BN254.
type Backend string

// The proof systems.
const (
	Groth16 Backend = "groth16"
	PLONK   Backend = "plonk"
)

// builder makes constraint systems as the proof system wants them.
func (b Backend) builder() frontend.NewBuilder {
	if b == PLONK {
		return scs.NewBuilder[constraint.U64]
	}
	return r1cs.NewBuilder[constraint.U64]
}

// Options decide the constraint system of a circuit.
type Options struct {
	Backend Backend
	Words   Words
	Chunk   int // words of a chunk of a test set, whose score is proved; 0: the labels of one word

	// Committed weights are secret, and the statement has a commitment to them. Otherwise they are
	// constants of the constraint system.
	Committed bool
}

// maxChunk bounds the words of a chunk.
const maxChunk = 1 << 12

func (o Options) validate() error {
	switch {
	case o.Backend != Groth16 && o.Backend != PLONK:
		return fmt.Errorf("proof system %q: expected groth16 or plonk", o.Backend)
	case o.Words != Private && o.Words != Public && o.Words != Hashed:
		return fmt.Errorf("words %q: expected private, public or hashed", o.Words)
	case o.Chunk < 0 || o.Chunk > maxChunk:
		return fmt.Errorf("a chunk of %d words: expected at most %d", o.Chunk, maxChunk)
	case o.Chunk > 0 && o.Words != Hashed:
		return fmt.Errorf("%s words: the words of a chunk are hashed", o.Words)
	}
	return nil
}

// count is the number of words in one proof.
func (o Options) count() int { return max(o.Chunk, 1) }

// System is a constraint system: it has a solution exactly for the words and labels
// that its circuit gives, or that a circuit of its architecture gives and the commitment to
// that circuit's weights.
type System struct {
	Options  Options
	Digest   string // SHA-256 of the constraint system as gnark writes it
	lowering lowering
	ccs      constraint.ConstraintSystem
	model    *model // of committed weights, when it is bound to some
}

// lowering is what becomes constraints: the plan of a circuit, or the program of an
// architecture.
type lowering interface {
	shape() Shape
	size() int // of the advice
	count() Tally
	weave(api frontend.API, advice []frontend.Variable) (*woven, error)
	solve(words [][]int, m *model) (labels [][]int, advice []int64, err error)
}

// woven is what the constraints of a lowering leave to be tied to the statement, and to the
// prover's commitment.
type woven struct {
	wiring
	tokens []frontend.Variable // of all words, by position
	labels []frontend.Variable
	tables []tableRows
	claims []claim
	stored []frontend.Variable // committed weights
}

// field is the scalar field of BN254.
func field() *big.Int { return ecc.BN254.ScalarField() }

// template is the circuit as gnark wants it: wires and how to constrain them.
type template struct {
	Public   []frontend.Variable `gnark:",public"`
	Secret   []frontend.Variable
	lowering lowering `gnark:"-"`
	options  Options  `gnark:"-"`
}

// newTemplate has as many wires as the lowering and the statement need.
func newTemplate(l lowering, o Options) template {
	public, secret := sizes(l, o)
	return template{make([]frontend.Variable, public), make([]frontend.Variable, secret), l, o}
}

// Define implements frontend.Circuit.
func (t *template) Define(api frontend.API) error {
	hidden, advice := t.hidden()
	w, err := t.lowering.weave(api, advice)
	if err != nil {
		return err
	}
	lookUp(api, w)
	return t.publish(api, w, hidden)
}

// hidden are the secret wires that belong to the statement.
type hidden struct {
	salt    frontend.Variable   // of hashed words
	targets []frontend.Variable // of a chunk, by word and position
	model   frontend.Variable   // the salt of committed weights
}

// hidden takes them; the rest is advice.
func (t *template) hidden() (h hidden, advice []frontend.Variable) {
	advice = t.Secret
	take := func(n int) []frontend.Variable {
		taken := advice[:n]
		advice = advice[n:]
		return taken
	}
	if t.options.Words == Hashed {
		h.salt = take(1)[0]
	}
	if t.options.Chunk > 0 {
		h.targets = take(t.lowering.shape().targets(t.options).count)
	}
	if t.options.Committed {
		h.model = take(1)[0]
	}
	return h, advice
}

// publish ties the weights, the words and what is said of their labels to the public inputs.
func (t *template) publish(api frontend.API, w *woven, h hidden) error {
	o, s := t.options, t.lowering.shape()
	var out []frontend.Variable
	if o.Committed {
		c, err := t.lowering.(*program).constrainCommitment(api, h.model, w.stored)
		if err != nil {
			return err
		}
		out = append(out, c)
	}
	words := s.tokens(o).constrain(api, w.tokens)
	switch o.Words {
	case Public:
		out = append(out, words...)
	case Hashed:
		if o.Chunk > 0 {
			words = append(words, s.targets(o).check(api, h.targets)...)
		}
		hash, err := constrainHash(api, h.salt, words)
		if err != nil {
			return err
		}
		out = append(out, hash)
	}
	if o.Chunk > 0 {
		out = append(out, constrainScore(api, w.labels, h.targets, s)...)
	} else {
		out = append(out, s.labels().constrain(api, w.labels)...)
	}
	for i, v := range out {
		api.AssertIsEqual(t.Public[i], v)
	}
	return nil
}

// sizes are the numbers of public and secret wires.
func sizes(l lowering, o Options) (public, secret int) {
	s := l.shape()
	secret = l.size()
	if o.Committed {
		public, secret = 1, secret+1
	}
	switch o.Words {
	case Public:
		public += s.tokens(o).elements()
	case Hashed:
		public, secret = public+1, secret+1
	}
	if o.Chunk > 0 {
		return public + scoreInputs, secret + s.targets(o).count
	}
	return public + s.labels().elements(), secret
}

// Lower turns a circuit into a constraint system, with its weights as constants.
func Lower(c *arith.Circuit, o Options) (*System, error) {
	if o.Committed {
		return nil, errors.New("committed weights: lower the circuit's architecture")
	}
	if err := o.validate(); err != nil {
		return nil, err
	}
	p, err := newPlan(c, o.count())
	if err != nil {
		return nil, err
	}
	return systemOf(p, o)
}

// LowerArchitecture turns an architecture into a constraint system for committed weights. [System.Bind]
// gives it the weights to prove with.
func LowerArchitecture(a *Architecture, o Options) (*System, error) {
	if !o.Committed {
		return nil, errors.New("an architecture has no weights: they must be committed")
	}
	p, err := a.program(o)
	if err != nil {
		return nil, err
	}
	return systemOf(p, o)
}

func systemOf(l lowering, o Options) (*System, error) {
	t := newTemplate(l, o)
	ccs, err := frontend.Compile(field(), o.Backend.builder(), &t)
	if err != nil {
		return nil, err
	}
	digest := sha256.New()
	if _, err := ccs.WriteTo(digest); err != nil {
		return nil, err
	}
	return &System{Options: o, Digest: hex.EncodeToString(digest.Sum(nil)), lowering: l, ccs: ccs}, nil
}

// Constraints is the number of constraints.
func (s *System) Constraints() int { return s.ccs.GetNbConstraints() }

// Tally counts the constraints by construct.
func (s *System) Tally() Tally { return s.lowering.count() }

// Assignment is a word's solution of a constraint system, but for what depends on the
// prover's commitment.
type Assignment struct {
	Statement Statement
	Salt      *big.Int // of hashed words; keep it secret
	witness   witness.Witness
}

// Assign evaluates the circuit on a word, which must have a token for every input.
func (s *System) Assign(word []int) (*Assignment, error) {
	if s.Options.Chunk > 0 {
		return nil, errors.New("the constraint system is about chunks of a test set, not about one word")
	}
	labels, advice, err := s.lowering.solve([][]int{word}, s.model)
	if err != nil {
		return nil, err
	}
	a := &Assignment{Statement: Statement{Labels: labels[0]}}
	switch s.Options.Words {
	case Public:
		a.Statement.Word = slices.Clone(word)
	case Hashed:
		if a.Salt, err = rand.Int(rand.Reader, field()); err != nil {
			return nil, err
		}
		if a.Statement.Hash, err = HashWord(word, s.lowering.shape().Vocabulary, a.Salt); err != nil {
			return nil, err
		}
	}
	return a, s.complete(a, nil, advice)
}

// complete adds the commitment to weights, and the witness.
func (s *System) complete(a *Assignment, targets []int, advice []int64) error {
	if s.model != nil {
		a.Statement.Model = s.model.commitment
	}
	public, err := a.Statement.inputs(s.Options, s.lowering.shape())
	if err != nil {
		return err
	}
	a.witness, err = fill(public, s.secret(a.Salt, targets, advice))
	return err
}

func (s *System) secret(salt *big.Int, targets []int, advice []int64) []any {
	var out []any
	if s.Options.Words == Hashed {
		out = append(out, salt)
	}
	for _, v := range targets {
		out = append(out, v)
	}
	if s.model != nil {
		out = append(out, s.model.salt)
	}
	for _, v := range advice {
		out = append(out, v)
	}
	return out
}

// fill makes a witness.
func fill(public []*big.Int, secret []any) (witness.Witness, error) {
	w, err := witness.New(field())
	if err != nil {
		return nil, err
	}
	values := make(chan any)
	go func() {
		defer close(values)
		for _, v := range public {
			values <- v
		}
		for _, v := range secret {
			values <- v
		}
	}()
	return w, w.Fill(len(public), len(secret), values)
}

// ErrUnsatisfied says that an assignment is no solution.
var ErrUnsatisfied = errors.New("the constraint system is not satisfied")

// Solve solves the constraint system for an assignment without keys, with a challenge
// that is fixed instead of derived from a commitment: it tells whether a proof would
// succeed, and proves nothing.
func (s *System) Solve(ctx context.Context, a *Assignment) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return solve(s.ccs, a.witness)
}

func solve(ccs constraint.ConstraintSystem, w witness.Witness, options ...solver.Option) error {
	id := solver.GetHintID(cs.Bsb22CommitmentComputePlaceholder)
	_, err := ccs.Solve(w, append(options, solver.OverrideHint(id, fixedChallenge))...)
	return unsatisfied(err)
}

// unsatisfied marks an error of gnark's solver.
func unsatisfied(err error) error {
	var of *bn254.UnsatisfiedConstraintError
	if errors.As(err, &of) {
		return fmt.Errorf("%w: %w", ErrUnsatisfied, err)
	}
	return err
}

// fixedChallenge stands for a commitment's hash.
func fixedChallenge(_ *big.Int, _, out []*big.Int) error {
	sum := sha256.Sum256([]byte("tc0 mock challenge"))
	out[0].SetBytes(sum[:31])
	return nil
}
