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
// that its circuit gives.
type System struct {
	Options Options
	Digest  string // SHA-256 of the constraint system as gnark writes it
	plan    *plan
	ccs     constraint.ConstraintSystem
}

// field is the scalar field of BN254.
func field() *big.Int { return ecc.BN254.ScalarField() }

// template is the circuit as gnark wants it: wires and how to constrain them.
type template struct {
	Public  []frontend.Variable `gnark:",public"`
	Secret  []frontend.Variable
	plan    *plan   `gnark:"-"`
	options Options `gnark:"-"`
}

// Define implements frontend.Circuit.
func (t *template) Define(api frontend.API) error {
	c := &constrainer{wiring: newWiring(api, &t.plan.rangeTables, t.Secret), plan: t.plan}
	hidden := t.hidden(c)
	if err := c.define(); err != nil {
		return err
	}
	lookUp(api, c.gate, c.tables, c.queries, nil)
	return t.publish(api, c.tokens, c.labels, hidden)
}

// hidden are the secret wires that belong to the statement.
type hidden struct {
	salt    frontend.Variable   // of hashed words
	targets []frontend.Variable // of a chunk, by word and position
}

func (t *template) hidden(c *constrainer) (h hidden) {
	if t.options.Words == Hashed {
		h.salt = c.take(1)[0]
	}
	if t.options.Chunk > 0 {
		h.targets = c.take(t.plan.shape().targets(t.options).count)
	}
	return h
}

// publish ties the words and what is said of their labels to the public inputs.
func (t *template) publish(api frontend.API, tokens, labels []frontend.Variable, h hidden) error {
	o, s := t.options, t.plan.shape()
	var out []frontend.Variable
	words := s.tokens(o).constrain(api, tokens)
	switch o.Words {
	case Public:
		out = words
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
		out = append(out, constrainScore(api, labels, h.targets, s)...)
	} else {
		out = append(out, s.labels().constrain(api, labels)...)
	}
	for i, v := range out {
		api.AssertIsEqual(t.Public[i], v)
	}
	return nil
}

func (p *plan) shape() Shape { return ShapeOf(p.circuit) }

// sizes are the numbers of public and secret wires.
func (p *plan) sizes(o Options) (public, secret int) {
	s := p.shape()
	secret = p.advice
	switch o.Words {
	case Public:
		public = s.tokens(o).elements()
	case Hashed:
		public, secret = 1, secret+1
	}
	if o.Chunk > 0 {
		return public + scoreInputs, secret + s.targets(o).count
	}
	return public + s.labels().elements(), secret
}

// Lower turns a circuit into a constraint system.
func Lower(c *arith.Circuit, o Options) (*System, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	p, err := newPlan(c, o.count())
	if err != nil {
		return nil, err
	}
	return p.compile(o)
}

func (p *plan) compile(o Options) (*System, error) {
	public, secret := p.sizes(o)
	t := &template{
		Public: make([]frontend.Variable, public), Secret: make([]frontend.Variable, secret), plan: p, options: o,
	}
	ccs, err := frontend.Compile(field(), o.Backend.builder(), t)
	if err != nil {
		return nil, err
	}
	digest := sha256.New()
	if _, err := ccs.WriteTo(digest); err != nil {
		return nil, err
	}
	return &System{Options: o, Digest: hex.EncodeToString(digest.Sum(nil)), plan: p, ccs: ccs}, nil
}

// Constraints is the number of constraints.
func (s *System) Constraints() int { return s.ccs.GetNbConstraints() }

// Tally counts the constraints by construct.
func (s *System) Tally() Tally { return s.plan.tally }

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
	tr, err := evaluate(s.plan.circuit, word)
	if err != nil {
		return nil, err
	}
	a := &Assignment{}
	if a.Statement.Labels, err = labels(s.plan.circuit, tr); err != nil {
		return nil, err
	}
	switch s.Options.Words {
	case Public:
		a.Statement.Word = slices.Clone(word)
	case Hashed:
		if a.Salt, err = rand.Int(rand.Reader, field()); err != nil {
			return nil, err
		}
		if a.Statement.Hash, err = HashWord(word, s.plan.shape().Vocabulary, a.Salt); err != nil {
			return nil, err
		}
	}
	return a, s.complete(a, nil, tr)
}

// complete adds the witness of a statement.
func (s *System) complete(a *Assignment, targets []int, words ...trace) error {
	public, err := a.Statement.inputs(s.Options, s.plan.shape())
	if err != nil {
		return err
	}
	a.witness, err = fill(public, s.secret(a.Salt, targets, s.plan.assign(words...).advice))
	return err
}

// labels are the classes whose label bit is 1 in a trace.
func labels(c *arith.Circuit, tr trace) ([]int, error) {
	out := make([]int, len(c.Outputs()))
	for t, o := range c.Outputs() {
		out[t] = -1
		for class, n := range o.Labels {
			switch {
			case tr.values[n] == 1 && out[t] >= 0:
				return nil, fmt.Errorf("position %d has two labels, %d and %d: a proof needs exactly one", t, out[t], class)
			case tr.values[n] == 1:
				out[t] = class
			}
		}
		if out[t] < 0 {
			return nil, fmt.Errorf("position %d has no label: a proof needs exactly one", t)
		}
	}
	return out, nil
}

func (s *System) secret(salt *big.Int, targets []int, advice []int64) []any {
	var out []any
	if s.Options.Words == Hashed {
		out = append(out, salt)
	}
	for _, v := range targets {
		out = append(out, v)
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
