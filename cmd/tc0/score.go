package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"tc0/circuits/check"
	"tc0/proofs/snark"
)

// Files of a test set in an OUT_DIR.
const (
	testSetFile    = "testset.json"
	commitmentFile = "commitment.json"
)

// chunkPath is where the proof of a chunk lies beside its test set.
func chunkPath(dir string, i int) string {
	return filepath.Join(dir, fmt.Sprintf("chunk-%04d.json", i))
}

func (a *app) proveTestSetVerb() *cobra.Command {
	var tests string
	p := &proving{}
	cmd := &cobra.Command{
		Use:   "testset OUT_DIR --tests FILE.csv --chunk N",
		Short: "Commit to words with their right labels, in chunks",
		Long: `Commit to a test set for the model of an OUT_DIR. FILE.csv has a header with the columns
input and target, as tc0 words writes it: tokens and right classes by position, separated by
spaces; a target - is not counted. Each chunk of N words is hashed under a salt of its own.

OUT_DIR gets testset.json (words, targets and salts: for whoever proves) and commitment.json
(hashes: publish it before the model is known).`,
		Args: oneOf("one OUT_DIR"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.proveTestSet(cmd.Context(), args[0], tests, p.chunk)
		},
	}
	cmd.Flags().StringVar(&tests, "tests", "", "words and targets are in `FILE`")
	p.addChunk(cmd, "words of a chunk, and so of a proof: `N`")
	require(cmd, "tests", "chunk")
	return cmd
}

func (a *app) proveScoreVerb() *cobra.Command {
	cmd, p := a.proveCommand(&cobra.Command{
		Use:   "score OUT_DIR",
		Short: "Prove how many labels of a test set are right",
		Long: `Prove for each chunk of the test set of tc0 prove testset how many positions and words the
model gets right, with the keys of tc0 prove setup --chunk N. OUT_DIR gets a proof of each chunk;
one that is there and holds is kept, so an interrupted run goes on where it was; with --weights
committed, if it is given the --salt of the proofs that are there.`,
	}, a.proveScore)
	p.addKeys(cmd)
	p.addSalt(cmd)
	return cmd
}

// readTests reads the columns input and target of a CSV file.
func readTests(path string) (words, targets [][]int, err error) {
	f, err := openKind(path, "a CSV file of words and targets", "")
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	in := csv.NewReader(f)
	header, err := in.Read()
	if err != nil {
		return nil, nil, fmt.Errorf("%s: no header: expected columns input and target", path)
	}
	input, target := slices.Index(header, "input"), slices.Index(header, "target")
	if input < 0 || target < 0 {
		return nil, nil, fmt.Errorf("%s:1: columns %s: expected input and target among them", path, strings.Join(header, ", "))
	}
	for tokens := 0; ; {
		row, err := in.Read()
		if errors.Is(err, io.EOF) {
			return words, targets, nil
		}
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", path, err)
		}
		line, _ := in.FieldPos(input)
		word, err := parseNumbers(row[input])
		if err == nil {
			words = append(words, word)
			word, err = parseNumbers(row[target])
			targets = append(targets, word)
		}
		if tokens += len(word); err == nil && tokens > maxWordsFile {
			err = fmt.Errorf("more than %d targets", maxWordsFile)
		}
		if err != nil {
			return nil, nil, fmt.Errorf("%s:%d: %w", path, line, err)
		}
	}
}

// parseNumbers reads numbers separated by spaces; - is snark.Unscored.
func parseNumbers(text string) ([]int, error) {
	var out []int
	for _, s := range strings.Fields(text) {
		v, err := strconv.Atoi(s)
		if s == "-" {
			v, err = snark.Unscored, nil
		}
		if err != nil || v < 0 && s != "-" {
			return nil, fmt.Errorf("%q, expected numbers from 0 on, separated by spaces", s)
		}
		out = append(out, v)
	}
	return out, nil
}

// testSetJSON is the answer of testset.
type testSetJSON struct {
	TestSet    string `json:"test_set"`
	Commitment string `json:"commitment"`
	Words      int    `json:"words"`
	Positions  int    `json:"positions"`
	Chunks     int    `json:"chunks"`
}

func (a *app) proveTestSet(ctx context.Context, dir, tests string, chunk int) error {
	a.meter.step("read", 0, 0)
	c, _, err := modelOf(dir)
	if err != nil {
		return err
	}
	words, targets, err := readTests(tests)
	if err != nil {
		return err
	}
	set, err := snark.NewTestSet(snark.ShapeOf(c), chunk, words, targets)
	if err != nil {
		return fmt.Errorf("%s: %w", tests, err)
	}
	commitment, err := set.Commit()
	if err != nil {
		return err
	}
	r := testSetJSON{filepath.Join(dir, testSetFile), filepath.Join(dir, commitmentFile), commitment.Words, commitment.Positions, set.Chunks()}
	if err := writeFiles(ctx, file{r.TestSet, encoded(set.Encode)}, file{r.Commitment, encoded(commitment.Encode)}); err != nil {
		return err
	}
	return a.answer(r, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, `%s with %s, %s of %d
wrote %s: words, targets and salts, for whoever proves
wrote %s: their hashes, for whoever verifies
`, plural(r.Words, "word"), plural(r.Positions, "target"), plural(r.Chunks, "chunk"), chunk, r.TestSet, r.Commitment)
		return err
	})
}

// scoreJSON is the answer of score and of the verification of its proofs.
type scoreJSON struct {
	Verdict check.Verdict `json:"verdict"`
	File    string        `json:"file"` // the commitment
	Score   snark.Score   `json:"score"`
	Proved  int           `json:"chunks_proved"`
	Chunks  int           `json:"chunks"`
	System  snark.Backend `json:"system,omitempty"`
	Model   string        `json:"model_digest,omitempty"`
	Key     string        `json:"verifying_key_digest,omitempty"`
	Derived bool          `json:"constraint_system_derived"` // anew, from model.ac or architecture.json beside the commitment
	Setup   string        `json:"setup"`
	Reason  string        `json:"reason"` // why it fails or is undecided

	// Of committed weights.
	Architecture string `json:"architecture_digest,omitempty"`
	Commitment   string `json:"model_commitment,omitempty"`
	ModelSalt    string `json:"model_salt,omitempty"`        // of score
	Opened       bool   `json:"commitment_opened,omitempty"` // of verify
}

// scored is a score in words.
func scored(s snark.Score) string {
	share := func(n, of int) string {
		if of == 0 {
			return "none"
		}
		return fmt.Sprintf("%s of %s (%s)", thousands(n), thousands(of), percent(float64(n)/float64(of)))
	}
	return fmt.Sprintf("%s positions and %s words are right", share(s.RightPositions, s.Positions), share(s.RightWords, s.Words))
}

func (a *app) proveScore(ctx context.Context, dir string, p *proving) error {
	if err := checkOutDir(dir); err != nil {
		return err
	}
	set, err := readArtefact(filepath.Join(dir, testSetFile), "a test set; run tc0 prove testset first", snark.ReadTestSet)
	if err != nil {
		return err
	}
	commitment, err := readArtefact(filepath.Join(dir, commitmentFile), "the test set's commitment; run tc0 prove testset again", snark.ReadCommitment)
	if err != nil {
		return err
	}
	if own, err := set.Commit(); err != nil || !reflect.DeepEqual(own, commitment) {
		return fmt.Errorf("%s: commits to another test set than %s: run tc0 prove testset again", filepath.Join(dir, commitmentFile), testSetFile)
	}
	p.chunk = set.Chunk
	l, err := a.lower(dir, p)
	if err != nil {
		return err
	}
	if err := l.bind(p); err != nil {
		return err
	}
	a.meter.step("read keys", 0, 0)
	pk, vk, err := l.proving()
	if err != nil {
		return err
	}
	proofs := make([]*snark.Proof, set.Chunks())
	for i := range proofs {
		a.meter.step("prove", i, len(proofs))
		if proofs[i], err = l.chunk(ctx, chunkPath(dir, i), set.At(i), pk, vk); err != nil {
			return fmt.Errorf("chunk %d: %w", i, err)
		}
	}
	whole, err := commitment.Sum(proofs, vk)
	if err != nil {
		return err
	}
	r := scoreJSON{Verdict: check.Holds, File: filepath.Join(dir, commitmentFile), Score: whole, Proved: len(proofs), Chunks: len(proofs),
		System: vk.Backend, Model: vk.Model, Key: vk.Digest(), Derived: true, Setup: vk.Setup,
		Architecture: vk.Architecture, Commitment: proofs[0].Statement.Model}
	if l.salt != nil {
		r.ModelSalt = l.salt.String()
	}
	return a.answer(r, func(w io.Writer) error {
		if r.ModelSalt != "" {
			fmt.Fprint(w, opening(r.Commitment, r.ModelSalt))
		}
		_, err := fmt.Fprintf(w, "%s: %s\ncheck it: tc0 verify %s%s\n", plural(r.Proved, "proof"), scored(whole), r.File, p.whereabouts())
		return err
	})
}

// chunk is the proof of one chunk: the one that is there, if it holds, or a new one.
func (l *lowered) chunk(ctx context.Context, path string, c *snark.Chunk, pk *snark.ProvingKey, vk *snark.VerifyingKey) (*snark.Proof, error) {
	as, err := l.system.AssignChunk(c)
	if err != nil {
		return nil, failure{err}
	}
	if exists(path) {
		there, err := readArtefact(path, "a proof", snark.ReadProof)
		if err == nil && there.Statement.Hash == as.Statement.Hash && there.Statement.Model == as.Statement.Model && snark.Verify(there, vk) == nil {
			return there, nil
		}
	}
	proof, err := l.system.Prove(ctx, pk, as)
	if err != nil {
		return nil, unprovable(err)
	}
	return proof, writeFiles(ctx, file{path, encoded(proof.Encode)})
}

// proofJudge is what verifies a proof, or the proofs of a test set; nil for other files.
func (a *app) proofJudge(path string) func(path string, j *judging) error {
	switch start := firstBytes(path); {
	case snark.IsProof(start):
		return a.verifyProof
	case snark.IsCommitment(start):
		return a.verifyScore
	}
	return nil
}

// verifyScore verifies the proofs beside a commitment and adds their scores. Without a proof
// for every chunk the score of the whole is undecided.
func (a *app) verifyScore(path string, j *judging) error {
	commitment, err := readArtefact(path, "a commitment to a test set", snark.ReadCommitment)
	if err != nil {
		return err
	}
	dir := filepath.Dir(path)
	r := scoreJSON{Verdict: check.Holds, File: path, Chunks: len(commitment.Hashes)}
	proofs := make([]*snark.Proof, r.Chunks)
	var first *snark.Proof
	for i := range proofs {
		if at := chunkPath(dir, i); exists(at) {
			if proofs[i], err = readArtefact(at, "a proof", snark.ReadProof); err != nil {
				return err
			}
			r.Proved++
			if first == nil {
				first = proofs[i]
			}
		}
	}
	if first == nil {
		return fmt.Errorf("%s: no proof of a chunk beside it, such as %s; run tc0 prove score", path, chunkPath(dir, 0))
	}
	vk, err := j.key(dir, first.System)
	if err != nil {
		return err
	}
	r.System, r.Model, r.Key, r.Setup = vk.Backend, vk.Model, vk.Digest(), vk.Setup
	r.Architecture, r.Commitment = vk.Architecture, first.Statement.Model
	a.meter.step("verify", 0, 0)
	r.Score, err = commitment.Sum(proofs, vk)
	if err == nil {
		r.Derived, r.Opened, err = a.derive(first, dir, j)
	}
	if r.Reason, err = refused(err); err != nil {
		return err
	}
	switch {
	case r.Reason != "":
		r.Verdict = check.Fails
	case r.Proved < r.Chunks:
		r.Verdict, r.Reason = check.Undecided, fmt.Sprintf("no proof of %d of %s", r.Chunks-r.Proved, plural(r.Chunks, "chunk"))
	}
	if err := a.answer(r, r.print); err != nil || r.Verdict == check.Holds {
		return err
	}
	if r.Verdict == check.Undecided {
		return verdict(exitUndecided)
	}
	return verdict(exitFails)
}

func (r *scoreJSON) print(w io.Writer) error {
	if r.Verdict == check.Fails {
		_, err := fmt.Fprintf(w, "%s\nverdict: fails\n", r.Reason)
		return err
	}
	fmt.Fprintf(w, "proved (%s), %s: %s\n%s", r.System, plural(r.Proved, "chunk"), scored(r.Score),
		about(r.Model, r.Architecture, r.Commitment, r.Derived, r.Opened))
	if r.Reason != "" {
		fmt.Fprintln(w, r.Reason)
	}
	_, err := fmt.Fprintf(w, "assumed: the verifying key %s is honest; its set-up was %s\nverdict: %s\n", r.Key, r.Setup, r.Verdict)
	return err
}
