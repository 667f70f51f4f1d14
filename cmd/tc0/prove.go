package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"tc0/circuits/arith"
	"tc0/circuits/check"
	"tc0/proofs/snark"
)

// keysDir is where keys lie in an OUT_DIR.
const keysDir = "keys"

// proofFile and architectureFile are names in an OUT_DIR.
const (
	proofFile        = "proof.json"
	architectureFile = "architecture.json"
)

// proving are the flags of the verbs below prove.
type proving struct {
	system string
	words  string
	chunk  int
	keys   string
	tokens string
	output string
	proof  string

	weights      string
	architecture string
	room         int
	salt         string
}

func (a *app) proveVerb() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "prove",
		Short: "Prove labels of a compiled model without showing the word",
		Long: `Prove that the quantised model of an OUT_DIR gives certain labels, with a zero-knowledge
proof of a few hundred bytes (Groth16 or PLONK over BN254).

  estimate         predict constraints, time and memory
  mock             tell whether a word can be proved, without keys
  setup            make proving and verifying key
  run              prove the labels of a word
  testset          commit to words with their right labels, in chunks
  score            prove how many labels of a test set are right
  export-solidity  write a contract that verifies proofs

With --weights committed the weights are secret too, and the proof is about those with a salted
commitment; models of one architecture share their keys.

The keys come from a set-up by a single party, this program: whoever runs setup could
keep its secret and forge proofs. Proofs convince those who trust that run. tc0 verify
checks a proof.`,
		Example: `  tc0 prove setup out
  tc0 prove run out --tokens 2,0,4,4,1,3,2,0
  tc0 verify out/proof.json

  tc0 prove setup out --weights committed
  tc0 prove run out --weights committed --tokens 2,0,4,4,1,3,2,0

  tc0 prove testset out --tests tests.csv --chunk 16
  tc0 prove setup out --chunk 16
  tc0 prove score out && tc0 verify out/commitment.json`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return fmt.Errorf("unknown verb %q: expected one of %s; see tc0 prove --help", args[0], verbs(cmd))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.proveEstimateVerb(), a.proveMockVerb(), a.proveSetupVerb(), a.proveRunVerb(),
		a.proveTestSetVerb(), a.proveScoreVerb(), a.proveExportVerb())
	return cmd
}

// proveCommand is a verb below prove with the flags that decide the constraint system.
func (a *app) proveCommand(cmd *cobra.Command, run func(context.Context, string, *proving) error) (*cobra.Command, *proving) {
	p := &proving{}
	cmd.Args = oneOf("one OUT_DIR")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := p.check(); err != nil {
			return err
		}
		return run(cmd.Context(), args[0], p)
	}
	cmd.Flags().StringVar(&p.system, "system", string(snark.Groth16), "proof system: groth16 (small, fast) or plonk (a set-up for all circuits of a size)")
	cmd.Flags().StringVar(&p.words, "words", "", "what a verifier learns of the word: private (nothing, the default), public (the word) or hashed (a salted hash; the default with --chunk)")
	cmd.Flags().StringVar(&p.weights, "weights", fixedWeights, "the model's weights: fixed (constants that keys and verifiers know) or committed (secret, and known by a salted commitment)")
	cmd.Flags().StringVar(&p.architecture, "architecture", "", "committed weights: the architecture is in `FILE` (default OUT_DIR/architecture.json)")
	return cmd, p
}

// What --weights may be.
const (
	fixedWeights     = "fixed"
	committedWeights = "committed"
)

func (p *proving) addSalt(cmd *cobra.Command) {
	cmd.Flags().StringVar(&p.salt, "salt", "", "committed weights: commit to them under this `SALT`, a decimal number, and not under a new one")
}

func (p *proving) addKeys(cmd *cobra.Command) {
	cmd.Flags().StringVar(&p.keys, "keys", "", "keys are in `DIR` (default OUT_DIR/keys)")
}

func (p *proving) addTokens(cmd *cobra.Command) {
	cmd.Flags().StringVar(&p.tokens, "tokens", "", "the word: `TOKENS` separated by commas or spaces, one for every position")
	require(cmd, "tokens")
}

func (p *proving) addChunk(cmd *cobra.Command, of string) {
	cmd.Flags().IntVar(&p.chunk, "chunk", 0, of)
}

func (p *proving) options() snark.Options {
	o := snark.Options{Backend: snark.Backend(p.system), Words: snark.Words(p.words), Chunk: p.chunk, Committed: p.committed()}
	switch {
	case p.words == "" && p.chunk > 0:
		o.Words = snark.Hashed
	case p.words == "":
		o.Words = snark.Private
	}
	return o
}

func (p *proving) committed() bool { return p.weights == committedWeights }

// whereabouts are the flags with which tc0 verify finds what is not beside a proof.
func (p *proving) whereabouts() (flags string) {
	if p.keys != "" {
		flags += " --keys " + p.keys
	}
	if p.architecture != "" {
		flags += " --architecture " + p.architecture
	}
	return flags
}

// check refuses flags that do not go together.
func (p *proving) check() error {
	switch {
	case p.weights != fixedWeights && p.weights != committedWeights:
		return fmt.Errorf("--weights %s: expected fixed or committed", p.weights)
	case p.committed():
		return nil
	case p.architecture != "":
		return errors.New("--architecture: is for --weights committed")
	case p.salt != "":
		return errors.New("--salt: is for --weights committed")
	}
	return nil
}

// architecturePath is the file of the architecture for an OUT_DIR.
func (p *proving) architecturePath(dir string) string {
	if p.architecture != "" {
		return p.architecture
	}
	return filepath.Join(dir, architectureFile)
}

func (a *app) proveEstimateVerb() *cobra.Command {
	cmd, p := a.proveCommand(&cobra.Command{
		Use:   "estimate OUT_DIR",
		Short: "Predict constraints, time and memory of a proof",
		Long: `Count the constraints by construct and predict CPU time and memory. The count of Groth16's
constraints leaves out a few hundred; the rest is scaled from measurements.`,
	}, a.proveEstimate)
	p.addChunk(cmd, "proofs of scores on chunks of `N` words")
	return cmd
}

func (a *app) proveMockVerb() *cobra.Command {
	cmd, p := a.proveCommand(&cobra.Command{
		Use:   "mock OUT_DIR --tokens 1,0,1",
		Short: "Solve the constraint system for a word, without keys",
		Long: `Solve the constraint system for a word: it tells whether a proof would succeed, and proves
nothing. Exit status 1 if there is no solution.`,
	}, a.proveMock)
	p.addTokens(cmd)
	return cmd
}

func (a *app) proveSetupVerb() *cobra.Command {
	cmd, p := a.proveCommand(&cobra.Command{
		Use:   "setup OUT_DIR",
		Short: "Make the keys of a model",
		Long: `Make proving and verifying key of the model's constraint system, unless they are there. The
set-up is by a single party: whoever runs it could keep its secret, and with it could forge any
proof. Give the verifying key (the file DIGEST.verifying.json) to those who check proofs.

With --weights committed the keys are those of the model's architecture. Without --architecture it
is OUT_DIR/architecture.json, which is made if it is not there: it says what the model's stages
read, and how wide their numbers may be, with --room bits more than the model needs. Other models fit
if theirs are not wider. Give the file to those who check proofs.`,
	}, a.proveSetup)
	p.addKeys(cmd)
	cmd.Flags().IntVar(&p.room, "room", snark.DefaultRoom, "bits of room in the widths of a new architecture: `N`")
	p.addChunk(cmd, "keys for tc0 prove score, on chunks of `N` words")
	return cmd
}

func (a *app) proveRunVerb() *cobra.Command {
	cmd, p := a.proveCommand(&cobra.Command{
		Use:   "run OUT_DIR --tokens 1,0,1",
		Short: "Prove the labels of a word",
		Long: `Prove the labels of a word, with the keys of tc0 prove setup. With --words hashed the answer
has a salt, with which the word can be shown to have the hash; keep it. With --weights committed
the answer has the commitment to the weights and its salt: keep it secret. With the same --salt
other proofs have the same commitment.`,
	}, a.proveRun)
	p.addKeys(cmd)
	p.addSalt(cmd)
	p.addTokens(cmd)
	cmd.Flags().StringVarP(&p.output, "output", "o", "", "write the proof to `FILE` (default OUT_DIR/proof.json)")
	return cmd
}

func (a *app) proveExportVerb() *cobra.Command {
	cmd, p := a.proveCommand(&cobra.Command{
		Use:   "export-solidity OUT_DIR -o FILE.sol",
		Short: "Write a contract that verifies proofs",
		Long: `Write the contract that gnark makes of the verifying key. With --proof the answer has the
proof and its inputs as the contract takes them.`,
	}, a.proveExport)
	p.addKeys(cmd)
	cmd.Flags().StringVarP(&p.output, "output", "o", "", "write the contract to `FILE`")
	cmd.Flags().StringVar(&p.proof, "proof", "", "show the arguments of the contract for the proof in `FILE`")
	require(cmd, "output")
	return cmd
}

func (a *app) proveEstimate(_ context.Context, dir string, p *proving) error {
	a.meter.step("read", 0, 0)
	c, _, err := modelOf(dir)
	if err != nil {
		return err
	}
	a.meter.step("plan", 0, 0)
	e, err := estimate(c, dir, p)
	if err != nil {
		return fmt.Errorf("%s: %w", dir, err)
	}
	return a.answer(e, func(w io.Writer) error {
		t := e.Tally
		_, err := fmt.Fprintf(w, `constraints    %s (%s), domain %s
  products     %s of levels
  bits         %s
  queries      %s of %s with %s rows, and %s further columns
  signs        %s
%sset-up         %.0f CPU s (predicted)
proof          %.1f CPU s (predicted), %d bytes
memory         %s MiB (predicted)
proving key    %s MB (predicted)
`, thousands(e.Constraints), e.Backend, thousands(e.Domain), thousands(t.Products), thousands(t.Bits), thousands(t.Queries),
			plural(t.Tables, "table"), thousands(t.Rows), thousands(t.Columns), thousands(t.Signs), committing(t), e.Setup, e.Prove, e.Proof,
			thousands(e.Memory), thousands(e.ProvingKey))
		return err
	})
}

// estimate predicts the cost of proofs about a model, or about committed weights of its architecture: the
// one that is there, or the one that setup would make.
func estimate(c *arith.Circuit, dir string, p *proving) (*snark.Estimate, error) {
	if !p.committed() {
		return snark.EstimateCost(c, p.options())
	}
	arch, err := snark.ArchitectureOf(c, snark.DefaultRoom)
	if path := p.architecturePath(dir); p.architecture != "" || exists(path) {
		arch, err = readArtefact(path, "an architecture", snark.ReadArchitecture)
	}
	if err != nil {
		return nil, err
	}
	return snark.EstimateArchitecture(arch, p.options())
}

// committing are the lines of an estimate about committed weights.
func committing(t snark.Tally) string {
	if t.Absorbed == 0 {
		return ""
	}
	return fmt.Sprintf("  weights      %s products with them, %s field elements hashed\n", thousands(t.Weights), thousands(t.Absorbed))
}

// thousands writes a number with commas.
func thousands(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// assign reads the word and solves the circuit for it.
func (l *lowered) assign(p *proving) (*snark.Assignment, error) {
	if err := l.bind(p); err != nil {
		return nil, err
	}
	word, err := wordFor(l.circuit, p.tokens)
	if err != nil {
		return nil, err
	}
	if n := len(l.circuit.Inputs()); len(word) != n {
		return nil, fmt.Errorf("--tokens: %s, a proof needs all %d of the model's length", plural(len(word), "token"), n)
	}
	a, err := l.system.Assign(word)
	if err != nil {
		return nil, failure{err}
	}
	return a, nil
}

// solvedJSON is the answer of mock.
type solvedJSON struct {
	Verdict     check.Verdict `json:"verdict"`
	Constraints int           `json:"constraints"`
	Labels      []int         `json:"labels"`
}

func (a *app) proveMock(ctx context.Context, dir string, p *proving) error {
	l, err := a.lower(dir, p)
	if err != nil {
		return err
	}
	as, err := l.assign(p)
	if err != nil {
		return err
	}
	a.meter.step("solve", 0, 0)
	if err := l.system.Solve(ctx, as); err != nil {
		return unprovable(err)
	}
	r := solvedJSON{check.Holds, l.system.Constraints(), as.Statement.Labels}
	return a.answer(r, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "labels: %s\n%s constraints satisfied; nothing is proved\nverdict: holds\n",
			numbers(r.Labels), thousands(r.Constraints))
		return err
	})
}

// unprovable gives a system without solution its exit status.
func unprovable(err error) error {
	if errors.Is(err, snark.ErrUnsatisfied) {
		return failure{err}
	}
	return err
}

func numbers(n []int) string { return strings.Trim(fmt.Sprint(n), "[]") }

// keysJSON is the answer of setup.
type keysJSON struct {
	System      string `json:"constraint_system_digest"`
	Constraints int    `json:"constraints"`
	Key         string `json:"verifying_key_digest"`
	Proving     string `json:"proving_key"`
	Verifying   string `json:"verifying_key"`
	Made        bool   `json:"made"` // now, and not found
	Setup       string `json:"setup"`

	Architecture string `json:"architecture,omitempty"` // of committed weights
}

func (a *app) proveSetup(ctx context.Context, dir string, p *proving) error {
	if err := a.makeArchitecture(ctx, dir, p); err != nil {
		return err
	}
	l, err := a.lower(dir, p)
	if err != nil {
		return err
	}
	r := keysJSON{System: l.system.Digest, Constraints: l.system.Constraints(), Setup: snark.SingleParty,
		Proving: provingPath(l.keys, l.system.Digest), Verifying: verifyingPath(l.keys, l.system.Digest)}
	if p.committed() {
		r.Architecture = p.architecturePath(dir)
	}
	vk, err := l.verifying()
	switch {
	case err == nil && !exists(r.Proving):
		return fmt.Errorf("%s: no such file, but its verifying key is there: remove %s too to make new keys", r.Proving, r.Verifying)
	case err == nil:
	case exists(r.Verifying):
		return err
	default:
		if vk, err = a.makeKeys(ctx, l, r.Proving, r.Verifying); err != nil {
			return err
		}
		r.Made = true
	}
	r.Key = vk.Digest()
	return a.answer(r, func(w io.Writer) error {
		done := "found"
		if r.Made {
			done = "made"
		}
		if r.Architecture != "" {
			fmt.Fprintf(w, "architecture %s\n", r.Architecture)
		}
		_, err := fmt.Fprintf(w, "constraint system %s, %s constraints\n%s %s\n%s %s\nset-up: %s\n",
			r.System, thousands(r.Constraints), done, r.Proving, done, r.Verifying, r.Setup)
		return err
	})
}

// makeArchitecture writes the architecture of an OUT_DIR, if one is wanted and there is none.
func (a *app) makeArchitecture(ctx context.Context, dir string, p *proving) error {
	path := p.architecturePath(dir)
	if !p.committed() || p.architecture != "" || exists(path) {
		return nil
	}
	a.meter.step("read", 0, 0)
	c, _, err := modelOf(dir)
	if err != nil {
		return err
	}
	arch, err := snark.ArchitectureOf(c, p.room)
	if err != nil {
		return fmt.Errorf("%s: its weights cannot be committed to: %w", dir, err)
	}
	return writeFiles(ctx, file{path, encoded(arch.Encode)})
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

// encoded writes what a value's Encode gives.
func encoded(encode func() ([]byte, error)) func(io.Writer) error {
	return func(w io.Writer) error {
		data, err := encode()
		if err == nil {
			_, err = w.Write(data)
		}
		return err
	}
}

// provedJSON is the answer of run.
type provedJSON struct {
	File      string          `json:"file"`
	Statement snark.Statement `json:"statement"`
	Salt      string          `json:"salt,omitempty"`       // of a hashed word
	ModelSalt string          `json:"model_salt,omitempty"` // of committed weights
	Bytes     int             `json:"proof_bytes"`
}

func (a *app) proveRun(ctx context.Context, dir string, p *proving) error {
	l, err := a.lower(dir, p)
	if err != nil {
		return err
	}
	as, err := l.assign(p)
	if err != nil {
		return err
	}
	a.meter.step("read keys", 0, 0)
	pk, vk, err := l.proving()
	if err != nil {
		return err
	}
	a.meter.step("prove", 0, 0)
	proof, err := l.system.Prove(ctx, pk, as)
	if err != nil {
		return unprovable(err)
	}
	if err := snark.Verify(proof, vk); err != nil {
		return fmt.Errorf("%s: the keys do not go together (%w): run tc0 prove setup with another --keys", l.keys, err)
	}
	r := provedJSON{File: p.output, Statement: proof.Statement, Bytes: len(proof.Proof)}
	if r.File == "" {
		r.File = filepath.Join(dir, proofFile)
	}
	if as.Salt != nil {
		r.Salt = as.Salt.String()
	}
	if l.salt != nil {
		r.ModelSalt = l.salt.String()
	}
	if err := writeFiles(ctx, file{r.File, encoded(proof.Encode)}); err != nil {
		return err
	}
	return a.answer(r, func(w io.Writer) error {
		fmt.Fprintf(w, "wrote %s, a proof of %d bytes\nlabels: %s\n", r.File, r.Bytes, numbers(r.Statement.Labels))
		if r.Salt != "" {
			fmt.Fprintf(w, "word hash: %s\nsalt: %s (keep it: it shows that the word has the hash)\n", r.Statement.Hash, r.Salt)
		}
		if r.ModelSalt != "" {
			fmt.Fprint(w, opening(r.Statement.Model, r.ModelSalt))
		}
		_, err := fmt.Fprintf(w, "check it: tc0 verify %s%s\n", r.File, p.whereabouts())
		return err
	})
}

// opening says what opens a commitment to weights.
func opening(commitment, salt string) string {
	return fmt.Sprintf("model commitment: %s\nmodel salt: %s (keep it secret: with the model it opens the commitment; --salt gives other proofs the same)\n", commitment, salt)
}

// contractJSON is the answer of export-solidity.
type contractJSON struct {
	File   string   `json:"file"`
	Key    string   `json:"verifying_key_digest"`
	Proof  string   `json:"proof,omitempty"`
	Inputs []string `json:"inputs,omitempty"`
}

func (a *app) proveExport(ctx context.Context, dir string, p *proving) error {
	l, err := a.lower(dir, p)
	if err != nil {
		return err
	}
	vk, err := l.verifying()
	if err != nil {
		return err
	}
	r := contractJSON{File: p.output, Key: vk.Digest()}
	if p.proof != "" {
		if err := r.arguments(p.proof, vk); err != nil {
			return err
		}
	}
	if err := writeFiles(ctx, file{p.output, vk.ExportSolidity}); err != nil {
		return err
	}
	return a.answer(r, func(w io.Writer) error {
		fmt.Fprintf(w, "wrote %s for verifying key %s\n", r.File, r.Key)
		if r.Proof != "" {
			fmt.Fprintf(w, "proof: 0x%s\ninputs: %s\n", r.Proof, strings.Join(r.Inputs, " "))
		}
		return nil
	})
}

// arguments adds what the contract takes for a proof.
func (r *contractJSON) arguments(path string, vk *snark.VerifyingKey) error {
	proof, err := readArtefact(path, "a proof", snark.ReadProof)
	if err != nil {
		return err
	}
	if err := snark.Verify(proof, vk); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	data, err := proof.Calldata()
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	r.Proof = hex.EncodeToString(data)
	inputs, err := proof.Inputs()
	for _, v := range inputs {
		r.Inputs = append(r.Inputs, v.String())
	}
	return err
}
