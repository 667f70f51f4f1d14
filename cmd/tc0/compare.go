package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tc0/circuits/view"
	runs "tc0/empirical/run"
	"tc0/empirical/train"
	"tc0/theory/bound"
	"tc0/theory/class"
)

// experiment says which runs to set beside the theory.
type experiment struct {
	stores   []string
	where    []string
	goal     string
	circuits []string
}

// compareJSON is the answer of compare.
type compareJSON struct {
	Goal string           `json:"goal"` // what counts as learned, on validation words
	Rows []comparisonJSON `json:"rows"`
}

// comparisonJSON is what theory says of a task, an architecture and a depth, and what the
// runs of one length came to.
type comparisonJSON struct {
	Task         string           `json:"task"`
	Class        class.Class      `json:"class"`
	Architecture string           `json:"architecture"`
	Layers       int              `json:"layers"`
	Length       int              `json:"length"`
	Prediction   prediction       `json:"prediction"` // in the first arithmetic of the list
	Predictions  []predictionJSON `json:"predictions"`

	Runs    int      `json:"runs"`
	Learned int      `json:"learned"`
	Low     float64  `json:"low"` // Wilson's interval at 95 % for the part of seeds that learn it
	High    float64  `json:"high"`
	Digests []string `json:"digests"`

	// Token and Sequence are accuracies on test words, means over the runs: of the training
	// length, and of the longest that was tested.
	Token           float64 `json:"token_accuracy"`
	Sequence        float64 `json:"sequence_accuracy"`
	Longest         int     `json:"longest"`
	LongestToken    float64 `json:"longest_token_accuracy"`
	LongestSequence float64 `json:"longest_sequence_accuracy"`

	Reading  string        `json:"reading"`
	Circuits []pairingJSON `json:"circuits"`
}

// pairingJSON is a circuit compiled from the checkpoint that a run left.
type pairingJSON struct {
	Directory  string  `json:"directory"`
	Run        string  `json:"run"` // digest
	Checkpoint string  `json:"checkpoint"`
	Length     int     `json:"length"`
	Bits       int     `json:"bits"`
	Depth      int     `json:"depth"`
	Gates      uint64  `json:"gates"`
	Agreement  float64 `json:"agreement"` // with the float model's labels
	EvalWords  int     `json:"eval_words"`
}

func (a *app) compareVerb() *cobra.Command {
	var c experiment
	cmd := &cobra.Command{
		Use:   "compare STORE... [--where CONDITION]... [--circuit OUT_DIR]...",
		Short: "Set what was learned beside what theorems say can be expressed",
		Long: `Join the runs of stores, or of a record.json, with what is known of their task,
architecture and depth, one row for each length.

A theorem is about words of every length, a run about words of one. So a success
where no depth is enough is a success at finite length, and contradicts nothing; a
failure where the depth is enough is a failure to learn, not to express; and a
failure where no depth is enough is what the theorem lets expect at large lengths, not
what it says of this one.

A run has learned its task when an evaluation on validation words came to --goal. Of
each row, learned is the number of runs (seeds) that did, with Wilson's 95 % interval.

--circuit puts a circuit beside the run whose checkpoint it was compiled from; the
checkpoint's digest, in record.json and in quant.json, ties them.`,
		Example: `  tc0 compare docs/figures/figure3.jsonl --where task=A5:g4
  tc0 train --task Z2 --arch mamba --length 8 -o run && tc0 compile run --length 8 -o out
  tc0 compare run/record.json --circuit out`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return fmt.Errorf("compare: 0 arguments, expected at least one STORE; see %s --help", cmd.CommandPath())
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			c.stores = args
			return a.compare(cmd.Context(), &c)
		},
	}
	addWhere(cmd, &c.where)
	f := cmd.Flags()
	f.StringVar(&c.goal, "goal", "token=0.9", "what counts as learned: token=P or sequence=P")
	f.StringArrayVar(&c.circuits, "circuit", nil, "an `OUT_DIR` of tc0 compile, of a checkpoint that one of the runs left")
	return cmd
}

func (a *app) compare(ctx context.Context, c *experiment) error {
	goal, err := parseUntil(c.goal)
	if err != nil || (goal.Token > 0) == (goal.Sequence > 0) {
		return fmt.Errorf("--goal %q: expected one accuracy, such as token=0.9 or sequence=0.9", c.goal)
	}
	var records []runs.Record
	for _, path := range c.stores {
		some, err := readRuns(path, c.where)
		if err != nil {
			return err
		}
		records = append(records, some...)
	}
	r := compareJSON{Goal: goal.String()}
	theory := &theory{known: map[string]taskTheory{}}
	for i, group := range alike(records) {
		if err := ctx.Err(); err != nil {
			return err
		}
		a.meter.step("compare", i, 0)
		row, err := theory.row(group, goal)
		if err != nil {
			return err
		}
		r.Rows = append(r.Rows, row)
	}
	for _, dir := range c.circuits {
		if err := r.pair(dir, records); err != nil {
			return err
		}
	}
	return a.answer(r, r.print)
}

// alike groups runs of one task, architecture, depth and length, in this order.
func alike(records []runs.Record) [][]runs.Record {
	order := func(a, b runs.Record) int {
		x, y := a.Spec, b.Spec
		return cmp.Or(cmp.Compare(x.Task.Name, y.Task.Name), cmp.Compare(x.Model.Arch, y.Model.Arch),
			cmp.Compare(x.Model.Layers, y.Model.Layers), cmp.Compare(x.Task.Length, y.Task.Length))
	}
	sorted := slices.Clone(records)
	slices.SortStableFunc(sorted, order)
	var groups [][]runs.Record
	for i, r := range sorted {
		if i == 0 || order(sorted[i-1], r) != 0 {
			groups = append(groups, nil)
		}
		groups[len(groups)-1] = append(groups[len(groups)-1], r)
	}
	return groups
}

// theory remembers what is known of tasks.
type theory struct{ known map[string]taskTheory }

type taskTheory struct {
	class     class.Class
	decisions []decisionJSON
}

func (t *theory) of(name string) (taskTheory, error) {
	if known, ok := t.known[name]; ok {
		return known, nil
	}
	p, err := taskProblem(name)
	if err != nil {
		return taskTheory{}, err
	}
	s, err := p.subject()
	if err != nil {
		return taskTheory{}, err
	}
	v, err := class.Classify(s, class.DefaultBudget())
	if err != nil {
		return taskTheory{}, openAtLimit(err)
	}
	known := taskTheory{class: v.Class}
	if known.decisions, err = architectureDecisions(v.Facts()); err != nil {
		return taskTheory{}, err
	}
	t.known[name] = known
	return known, nil
}

// row sets runs that differ in little beside the theory.
func (t *theory) row(group []runs.Record, goal train.Until) (comparisonJSON, error) {
	s := group[0].Spec
	known, err := t.of(s.Task.Name)
	if err != nil {
		return comparisonJSON{}, err
	}
	row := comparisonJSON{
		Task: s.Task.Name, Class: known.class, Architecture: s.Model.Arch, Layers: s.Model.Layers, Length: s.Task.Length,
		Predictions: known.about(s.Model.Arch, s.Model.Layers), Prediction: unknownDepth, Circuits: []pairingJSON{},
	}
	if len(row.Predictions) > 0 {
		row.Prediction = row.Predictions[0].Prediction
	}
	row.count(group, goal)
	row.Reading = row.read()
	return row, nil
}

// about is what is known of an architecture at a depth: first in arithmetic of logarithmic
// precision, the usual model of a computer's numbers.
func (t taskTheory) about(arch string, layers int) []predictionJSON {
	row, ok := bound.Find(arch)
	if !ok {
		return []predictionJSON{}
	}
	list := []predictionJSON{}
	for _, usual := range []bool{true, false} {
		for _, d := range t.decisions {
			if d.Architecture == row.ID && (d.Arithmetic == bound.PLog) == usual {
				list = append(list, predictionJSON{d.predict(layers), d})
			}
		}
	}
	return list
}

// count takes in what the runs came to.
func (c *comparisonJSON) count(group []runs.Record, goal train.Until) {
	c.Runs = len(group)
	scored := 0.0
	for _, r := range group {
		c.Digests = append(c.Digests, r.Digest)
		if r.Met(goal) {
			c.Learned++
		}
		if len(r.Scores) == 0 { // it diverged
			continue
		}
		scored++
		last := r.Scores[len(r.Scores)-1]
		c.Longest = r.Spec.Lengths[len(r.Spec.Lengths)-1]
		c.Token += r.TokenAccuracy
		c.Sequence += r.SequenceAccuracy
		c.LongestToken += last.Token()
		c.LongestSequence += last.Sequence()
	}
	for _, mean := range []*float64{&c.Token, &c.Sequence, &c.LongestToken, &c.LongestSequence} {
		*mean /= max(1, scored)
	}
	c.Low, c.High = runs.Wilson(c.Learned, c.Runs, 0.95)
}

// read says how prediction and experiment go together.
func (c *comparisonJSON) read() string {
	switch possible, learned := c.Prediction, c.Learned > 0; {
	case possible == unknownDepth:
		return "theory leaves it open"
	case possible == thisDepth && learned:
		return "learned, as the theorem allows"
	case possible == thisDepth:
		return "learnability: weights exist, training did not find them"
	case learned:
		return fmt.Sprintf("finite length: learned at %d; at %d, %s of the tokens", c.Length, c.Longest, percent(c.LongestToken))
	}
	return "not learned; the theorem is about all lengths"
}

// pair puts a circuit beside the runs that left its checkpoint.
func (r *compareJSON) pair(dir string, records []runs.Record) error {
	p, err := readPairing(dir)
	if err != nil {
		return err
	}
	paired := false
	for _, d := range records {
		if d.Checkpoint != p.Checkpoint {
			continue
		}
		i := slices.IndexFunc(r.Rows, func(row comparisonJSON) bool { return slices.Contains(row.Digests, d.Digest) })
		p.Run, paired = d.Digest, true
		r.Rows[i].Circuits = append(r.Rows[i].Circuits, p)
	}
	if !paired {
		return fmt.Errorf("--circuit %s: compiled from checkpoint %.12s…, which none of the runs left: expected the OUT_DIR of a RUN_DIR", dir, p.Checkpoint)
	}
	return nil
}

func readPairing(dir string) (pairingJSON, error) {
	if err := checkOutDir(dir); err != nil {
		return pairingJSON{}, err
	}
	report, err := loadReport(dir)
	if err != nil {
		return pairingJSON{}, err
	}
	var q struct {
		Checkpoint string `json:"checkpoint_digest"`
	}
	if err := readJSON(filepath.Join(dir, quantFile), &q); err != nil {
		return pairingJSON{}, err
	}
	if q.Checkpoint == "" {
		return pairingJSON{}, errors.New(filepath.Join(dir, quantFile) + ": names no checkpoint: compile it again")
	}
	s := report.Statistics
	return pairingJSON{
		Directory: dir, Checkpoint: q.Checkpoint, Length: report.Length, Bits: report.Bits, Depth: int(s.Depth), Gates: s.Gates,
		Agreement: report.Agreement, EvalWords: report.EvalWords,
	}, nil
}

func (r *compareJSON) print(w io.Writer) error {
	t := &view.Table{Head: []string{
		"task ", "class ", "architecture ", "layers", "length", "theory ", "by ", "learned", "95 % interval", "tokens right", "reading ",
	}}
	for _, c := range r.Rows {
		t.Add(c.Task, c.Class, c.Architecture, c.Layers, c.Length, c.theory(), c.by(), fmt.Sprintf("%d of %d", c.Learned, c.Runs),
			fmt.Sprintf("%.2f to %.2f", c.Low, c.High), percent(c.Token), c.Reading)
	}
	pairs := &view.Table{Head: []string{"circuit ", "of run ", "task ", "architecture ", "length", "bits", "depth", "gates", "labels as the model's"}}
	for _, c := range r.Rows {
		for _, p := range c.Circuits {
			pairs.Add(p.Directory, p.Run[:12], c.Task, c.Architecture, p.Length, p.Bits, p.Depth, p.Gates,
				fmt.Sprintf("%s of %s", percent(p.Agreement), plural(p.EvalWords, "word")))
		}
	}
	if err := printTables(w, t, pairs); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\nLearned: %s, on validation words, at the length of training (sampled). Theory: proved, for words of\n"+
		"every length, under the assumptions that tc0 predict names.\n", r.Goal)
	return err
}

// theory is the prediction, with what is different in other arithmetic.
func (c comparisonJSON) theory() string {
	if len(c.Predictions) == 0 {
		return string(c.Prediction)
	}
	text := string(c.Prediction) + " (" + c.Predictions[0].Arithmetic + ")"
	for _, p := range c.Predictions[1:] {
		if p.Prediction != c.Prediction {
			text += ", " + string(p.Prediction) + " (" + p.Arithmetic + ")"
		}
	}
	return text
}

func (c comparisonJSON) by() string {
	if len(c.Predictions) == 0 {
		return ""
	}
	return strings.Join(append(slices.Clone(c.Predictions[0].Theorems), c.Predictions[0].Assumptions...), ", ")
}
