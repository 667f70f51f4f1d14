package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"tc0/circuits/compile"
	"tc0/circuits/equiv"
	"tc0/circuits/horizon"
	"tc0/circuits/view"
	"tc0/theory/ssm"
)

// tracking says how a horizon is looked for.
type tracking struct {
	maxLength  int
	budget     time.Duration
	solver     string
	samples    int
	seed       uint64
	checkpoint string
}

// horizonJSON is the answer of horizon: the report, what it is about, and what sampling
// shows at the same lengths.
type horizonJSON struct {
	Model      string       `json:"model"`
	Checkpoint string       `json:"checkpoint_digest"`
	Quant      string       `json:"quant_digest"` // SHA-256 of quant.json
	Form       compile.Form `json:"form"`
	Bits       int          `json:"bits"`
	Task       string       `json:"task"`
	Alphabet   []int        `json:"alphabet"`
	*horizon.Report
	Float   *int               `json:"float_label,omitempty"` // of the model in floating point, on the failing word
	Sampled []horizon.Accuracy `json:"sampled"`
}

func (a *app) horizonVerb() *cobra.Command {
	var c tracking
	cmd := &cobra.Command{
		Use:   "horizon OUT_DIR",
		Short: "Find the largest length at which the quantised model is right on all words",
		Long: `Find the tracking horizon: the largest n such that on all words of length n over the
alphabet, at every position, the label is the task's true state (for a group, the
product of the letters so far). The first failing word is printed with it.

The model is quant.json with its checkpoint, the same quantisation at every length;
its precision must not depend on the length. All words are gone through by their
prefixes, and prefixes that lead to the same state of model and task are one. With
--solver the question is put for each length to a solver, as a question about the
threshold gates: gophersat (built in) and cadical in CNF, where an answer that no word
fails comes with a proof that is checked, or clasp in pseudo-Boolean constraints.
Circuits of trained models soon become too large for that.

Beside it stands what a sample of words of the same length shows.

Exit status: 0 right on all words up to --max-length, 1 a word fails, 3 the budget ran
out before; the horizon so far is printed.`,
		Example: `  tc0 horizon out
  tc0 horizon out --max-length 12 --budget 30m --json
  tc0 horizon out --max-length 2 --solver cadical`,
		Args: oneOf("one OUT_DIR"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.horizon(cmd.Context(), args[0], &c)
		},
	}
	f := cmd.Flags()
	f.IntVar(&c.maxLength, "max-length", 24, "look no further than words of this length")
	f.DurationVar(&c.budget, "budget", 5*time.Minute, "end after this much time; 0 means no limit")
	f.StringVar(&c.solver, "solver", "", "ask a solver instead: gophersat, cadical or clasp")
	f.IntVar(&c.samples, "samples", defaultSamples, "sample this many words of each length; 0 samples none")
	f.Uint64Var(&c.seed, "seed", 1, "seed of the samples")
	f.StringVar(&c.checkpoint, "checkpoint", "", "the checkpoint is in `DIR`, no longer where report.json says")
	atLeast(cmd, 1, "max-length")
	atMost(cmd, maxLength, "max-length")
	atLeast(cmd, 0, "samples")
	return cmd
}

func (a *app) horizon(ctx context.Context, dir string, c *tracking) error {
	if c.budget < 0 {
		return fmt.Errorf("--budget %v, expected a time such as 90s or 5m, or 0 for no limit", c.budget)
	}
	j, ck, m, err := c.load(dir)
	if err != nil {
		return err
	}
	if j.Report, err = a.search(ctx, ck.Task, m, j.Alphabet, c); err != nil {
		return fmt.Errorf("%s: %w", dir, err)
	}
	if j.First != nil {
		logits, err := ck.Model.Forward(j.First.Word, ssm.Recurrent, nil)
		if err != nil {
			return err
		}
		label := ssm.Argmax(logits[len(logits)-ck.Model.Vocab:])
		j.Float = &label
	}
	if err := a.sample(ctx, j, ck.Task, m, c); err != nil && ctx.Err() == nil {
		return err
	}
	if err := a.answer(j, j.print); err != nil {
		return err
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case j.Verdict == equiv.Fails:
		return verdict(exitFails)
	case j.Verdict == equiv.Undecided:
		return verdict(exitUndecided)
	}
	return nil
}

// load reads the quantisation and its checkpoint.
func (c *tracking) load(dir string) (*horizonJSON, *ssm.Checkpoint, *compile.Model, error) {
	if err := checkOutDir(dir); err != nil {
		return nil, nil, nil, err
	}
	where := comparing{checkpoint: c.checkpoint}
	ck, err := where.find(dir)
	switch {
	case err != nil:
		return nil, nil, nil, err
	case ck == nil:
		return nil, nil, nil, fmt.Errorf("%s: the checkpoint is not where report.json says: name it with --checkpoint", dir)
	case ck.Task == nil:
		return nil, nil, nil, fmt.Errorf("%s: no task.json, which says what the true labels are", ck.Dir)
	}
	path := filepath.Join(dir, quantFile)
	q, err := compile.LoadQuant(path, ck)
	if err != nil {
		return nil, nil, nil, err
	}
	if q.Precision.PerLog != 0 {
		return nil, nil, nil, fmt.Errorf("%s: the precision %v depends on the length, expected one for all lengths: compile with a number for --bits",
			path, q.Precision)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, nil, err
	}
	sum := sha256.Sum256(text)
	m, err := compile.New(ck, q, c.maxLength)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("%s: %w", dir, err)
	}
	return &horizonJSON{
		Model: filepath.Base(ck.Dir), Checkpoint: ck.Digest, Quant: hex.EncodeToString(sum[:]), Form: q.Form, Bits: m.Bits(),
		Task: ck.Task.Name, Alphabet: q.Alphabet,
	}, ck, m, nil
}

// search looks for the horizon within the budget.
func (a *app) search(ctx context.Context, task *ssm.Task, m *compile.Model, alphabet []int, c *tracking) (*horizon.Report, error) {
	if c.budget > 0 {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeout(ctx, c.budget)
		defer stop()
	}
	limits := horizon.Limits{Length: c.maxLength, Progress: func(length, done, total int) {
		a.meter.step(fmt.Sprintf("words of length %d", length), done, total)
	}}
	if c.solver != "" {
		s, err := equiv.ParseSolver(c.solver)
		if err != nil {
			return nil, fmt.Errorf("--solver: %w", err)
		}
		if err := s.Installed(); err != nil {
			return nil, err
		}
		return horizon.BySolver(ctx, m, task, alphabet, s, limits)
	}
	a.meter.step("cut the circuit between positions", 0, 0)
	machine, err := horizon.Cut(m.Arith, c.maxLength)
	if err != nil {
		return nil, err
	}
	return horizon.Search(ctx, machine, m, task, alphabet, limits)
}

// mostSampled is how many lengths are sampled.
const mostSampled = 32

// sample measures accuracy at the lengths that the report speaks of; when they are
// many, at the last ones.
func (a *app) sample(ctx context.Context, j *horizonJSON, task *ssm.Task, m *compile.Model, c *tracking) error {
	j.Sampled = []horizon.Accuracy{}
	if c.samples == 0 {
		return nil
	}
	last := min(j.Horizon+1, c.maxLength)
	for n := max(1, last-mostSampled+1); n <= last; n++ {
		a.meter.step("sample words", n, last)
		s, err := horizon.Sample(ctx, m, task, j.Alphabet, n, c.samples, c.seed)
		if err != nil {
			return err
		}
		if n <= j.Horizon && s.RightWords != s.Words {
			return errors.New("a sampled word fails below the horizon: the search or the circuit is wrong")
		}
		j.Sampled = append(j.Sampled, s)
	}
	return nil
}

func (j *horizonJSON) print(w io.Writer) error {
	printField(w, "model", fmt.Sprintf("%s, checkpoint digest %.16s…", j.Model, j.Checkpoint))
	printField(w, "quantisation", fmt.Sprintf("%s form, %d bits at every length; SHA-256 of quant.json %.16s…", j.Form, j.Bits, j.Quant))
	printField(w, "task", fmt.Sprintf("%s, words over %s", j.Task, equiv.Letters(j.Alphabet)))
	printField(w, "method", j.Method)
	if j.Steps > 0 {
		printField(w, "explored", plural(j.Steps, "step")+" from a state by a letter")
	}
	for i, s := range j.Answers {
		printField(w, "solver", fmt.Sprintf("length %d: %s", i+1, solverLine(s)))
	}
	printField(w, "horizon", j.claim())
	if f := j.First; f != nil {
		printField(w, "fails", fmt.Sprintf("word %s of length %d: the last label is %d, expected %d; in floating point it is %d",
			equiv.Letters(f.Word), len(f.Word), f.Got, f.Expected, *j.Float))
	}
	fmt.Fprintln(w)
	if err := j.table().Write(w); err != nil {
		return err
	}
	kind := "exhaustive"
	if len(j.Answers) > 0 {
		kind = j.Method
	}
	if j.Reason != "" {
		kind += "; " + j.Reason
	}
	_, err := fmt.Fprintf(w, "\nverdict: %s (%s)\n", j.Verdict, kind)
	return err
}

// claim is what is known of all words.
func (j *horizonJSON) claim() string {
	switch {
	case j.AllWords:
		return "right on all words of every length: no new state is reached"
	case j.Horizon == 0:
		return "right on no length"
	}
	return fmt.Sprintf("right on all words up to n = %d", j.Horizon)
}

// solverLine is a solver's answer in one line.
func solverLine(s *equiv.Answer) string {
	text := fmt.Sprintf("%s; asked in %s about %s", s.Kind, s.Encoding, plural(s.Gates, "gate"))
	if s.Proof != nil {
		text += fmt.Sprintf(", %s checked", plural(s.Proof.Lemmas, "lemma"))
	}
	return text
}

// table shows the last lengths up to the one after the horizon, with what was sampled.
func (j *horizonJSON) table() *view.Table {
	t := &view.Table{Head: []string{"n", "words", "new states", "all right"}}
	if len(j.Sampled) > 0 {
		t.Head = append(t.Head, "sampled", "words right", "last label right", "labels right")
	}
	explored, sampled := map[int]horizon.Level{}, map[int]horizon.Accuracy{}
	for _, l := range j.Levels {
		explored[l.Length] = l
	}
	for _, s := range j.Sampled {
		sampled[s.Length] = s
	}
	last := min(j.Horizon+1, j.Asked)
	for n := max(1, last-mostSampled+1); n <= last; n++ {
		row := append([]any{n}, j.row(n, explored)...)
		if s, ok := sampled[n]; ok {
			part := func(right, of int) string { return percent(float64(right) / float64(of)) }
			row = append(row, s.Words, part(s.RightWords, s.Words), part(s.RightLast, s.Words), part(s.RightPositions, s.Words*n))
		}
		t.Add(row...)
	}
	return t
}

// row is what is known of all words of a length: how many there are, the new states that
// they lead to, and whether they are right.
func (j *horizonJSON) row(n int, explored map[int]horizon.Level) []any {
	l, known := explored[n]
	switch {
	case known && l.Nodes >= 0:
		return []any{l.Words.String(), l.Nodes, "yes"}
	case known:
		return []any{l.Words.String(), "", "yes"}
	case j.AllWords:
		return []any{"", 0, "yes"}
	case j.Verdict == equiv.Undecided:
		return []any{"", "", "unknown"}
	}
	return []any{"", "", "no"}
}
