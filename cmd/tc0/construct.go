package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"tc0/circuits/check"
	"tc0/circuits/equiv"
	"tc0/circuits/view"
	"tc0/empirical/task"
	"tc0/theory/algebra"
	"tc0/theory/bound"
	"tc0/theory/class"
	"tc0/theory/construct"
	"tc0/theory/language"
	"tc0/theory/ssm"
)

// maxTransitions bounds the table of task.json.
const maxTransitions = 1 << 22

// checkpointFiles are what construct writes, in this order.
var checkpointFiles = []string{"config.json", "model.safetensors", "task.json"}

// problemFlags name a problem that has an automaton.
var problemFlags = []string{"group", "regex", "dfa", "task"}

// problemChoice is what was given for problemFlags.
type problemChoice struct {
	kind, value string // the flag, and its value
	alphabet    string
}

// addProblem adds the flags.
func addProblem(cmd *cobra.Command, p *problemChoice) {
	f := cmd.Flags()
	f.String("group", "", "the word problem of the group named `G`, such as A5, A4xZ5, A5:g2")
	f.String("regex", "", "the language of the regular expression `R`")
	f.String("dfa", "", "the language of the automaton in `FILE`")
	f.String("task", "", "the named task `T`, or the word problem of a group")
	f.StringVar(&p.alphabet, "alphabet", "", "regex: the `LETTERS`, run together, or with commas between longer names")
	follow(cmd, "alphabet", "regex")
}

// take notes the flag that was given.
func (p *problemChoice) take(cmd *cobra.Command) {
	p.kind = givenOf(cmd, problemFlags...)
	p.value = cmd.Flag(p.kind).Value.String()
}

// problem is a task to be predicted or solved.
type problem struct {
	name    string
	meaning string
	listed  bool          // empirical/task knows the name
	machine *language.DFA // nil for a word problem, and for counting
}

// problem finds what was named.
func (p *problemChoice) problem() (problem, error) {
	switch p.kind {
	case "group":
		return namedGroup(p.value)
	case "task":
		return taskProblem(p.value)
	case "regex":
		d, err := language.Regex(p.value, splitAlphabet(p.alphabet), language.MaxStates)
		if err != nil {
			return problem{}, fmt.Errorf("--regex: %w", err)
		}
		return problem{name: p.value, meaning: "the language " + p.value, machine: d}, nil
	}
	n, err := loadAutomaton(p.value)
	if err != nil {
		return problem{}, err
	}
	d, err := n.Determinize(language.MaxStates)
	if err != nil {
		return problem{}, fmt.Errorf("%s: %w", p.value, err)
	}
	return problem{name: baseName(p.value), meaning: "the language of an automaton", machine: d}, nil
}

// taskProblem is a named task, or else the word problem of a group.
func taskProblem(name string) (problem, error) {
	if t, err := language.NamedTask(name); err == nil {
		return problem{t.Name, t.About, true, t.Machine}, nil
	}
	if strings.HasPrefix(name, "mod_") || strings.Contains(name, "+") {
		data, err := task.New(task.Spec{Name: name, Length: 1})
		if err != nil {
			return problem{}, err
		}
		return problem{name: name, meaning: data.About(), listed: true}, nil
	}
	p, err := namedGroup(name)
	if err != nil {
		return p, fmt.Errorf("%q is no task and no group: expected a group such as A5 or S5:g2, mod_3, or one of %s",
			name, strings.Join(strings.Fields(taskNames()), " "))
	}
	return p, nil
}

// namedGroup is the word problem of a group, perhaps with chosen letters.
func namedGroup(name string) (problem, error) {
	group, _, _ := strings.Cut(name, ":")
	g, err := algebra.Named(group)
	if err != nil {
		return problem{}, err
	}
	return problem{name: name, meaning: g.Convention, listed: true}, nil
}

// subject is the problem as theory/class takes it. A word problem has all elements as
// letters; with chosen ones it is a task whose output is the state.
func (p problem) subject() (class.Subject, error) {
	if p.machine != nil {
		return class.Language(p.name, p.machine), nil
	}
	if _, err := algebra.Named(p.name); err == nil {
		s, _, err := groupSubject(p.name)
		return s, err
	}
	data, err := p.data()
	if err != nil {
		return class.Subject{}, err
	}
	d, err := data.Automaton()
	return class.Language(p.name, d), err
}

// task is the problem as it stands in task.json: as in the checkpoints of trained models if
// labels are states there, or else with the states of the minimal automaton as labels.
func (p problem) task() (*ssm.Task, error) {
	if !p.listed {
		return machineTask(p)
	}
	data, err := p.data()
	if err != nil {
		return nil, err
	}
	t, err := data.File()
	if err != nil && p.machine != nil {
		return machineTask(p)
	}
	return t, err
}

// data are the words of a problem that empirical/task knows.
func (p problem) data() (*task.Data, error) { return task.New(task.Spec{Name: p.name, Length: 1}) }

// machineTask is the task of telling the state of the minimal automaton.
func machineTask(p problem) (*ssm.Task, error) {
	d := p.machine.Minimize()
	if d.States() > maxTransitions/d.Letters() {
		return nil, fmt.Errorf("%s: a minimal automaton of %s and %s has more than %s transitions, the most for task.json",
			p.name, plural(d.States(), "state"), plural(d.Letters(), "letter"), view.Count(int64(maxTransitions)))
	}
	t := &ssm.Task{Name: p.name, Kind: "automaton", Start: d.Start(), Vocab: d.Letters(), States: d.States()}
	var outputs []string
	for q := range d.States() {
		row := make([]int, d.Letters())
		for a := range row {
			row[a] = d.Next(q, a)
		}
		t.Trans = append(t.Trans, row)
		outputs = append(outputs, strconv.Itoa(d.Output(q)))
	}
	for a := range d.Letters() {
		t.InputTokens = append(t.InputTokens, a)
	}
	t.About = fmt.Sprintf("label t is the state of the minimal automaton; tokens from 0: %s; outputs of the states from 0: %s; %s",
		abridge(d.Alphabet()), abridge(outputs), p.meaning)
	return t, nil
}

// abridge lists the first few names.
func abridge(names []string) string {
	const most = 64
	if len(names) > most {
		return strings.Join(names[:most], " ") + " …"
	}
	return strings.Join(names, " ")
}

// letterColumns is the task's table without the tokens that are no letters.
func letterColumns(t *ssm.Task) [][]int {
	table := make([][]int, t.States)
	for q, row := range t.Trans {
		for _, token := range t.InputTokens {
			table[q] = append(table[q], row[token])
		}
	}
	return table
}

// constructing says what to write and how to try it.
type constructing struct {
	problem problemChoice
	arch    string
	out     string
	lengths string
	samples int
	seed    uint64
}

// constructJSON is the answer of construct.
type constructJSON struct {
	Verdict      check.Verdict  `json:"verdict"` // of the sampled words
	Subject      string         `json:"subject"`
	Meaning      string         `json:"meaning"`
	Architecture construct.Arch `json:"architecture"`
	Layers       int            `json:"layers"`
	Theorems     []string       `json:"theorems"` // that such weights exist for every automaton
	States       int            `json:"states"`
	Letters      int            `json:"letters"`
	Factors      []int          `json:"factors"` // states of the quotients that stand side by side
	Directory    string         `json:"directory"`
	Files        []string       `json:"files"`
	Digest       string         `json:"digest"` // of config.json and model.safetensors, as in ssm.Checkpoint
	Kind         string         `json:"kind"`
	Seed         uint64         `json:"seed"`
	Trials       []trialJSON    `json:"trials"`
	Witness      *mistakeJSON   `json:"witness"` // null if all are right
}

// trialJSON is the words of one length.
type trialJSON struct {
	Length int     `json:"length"`
	Words  int     `json:"words"`
	Margin float64 `json:"margin"` // least lead of the right label over all others; 0 if there are none
}

// mistakeJSON is the first position with a wrong label: the word up to there.
type mistakeJSON struct {
	Length   int   `json:"length"`   // of the whole word
	Position int   `json:"position"` // from 0
	Word     []int `json:"word"`
	Expected int   `json:"expected"`
	Label    int   `json:"label"` // on a tie one of the others, NaN or not
}

func (a *app) constructVerb() *cobra.Command {
	var c constructing
	cmd := &cobra.Command{
		Use:   "construct DFA_OR_GROUP --arch A -o DIR",
		Short: "Write a checkpoint with weights that solve a task at every length, without training",
		Long: `Write a checkpoint with explicit weights, one layer, that track an automaton's state,
or the running product of a word over a group, at words of every length (T5.1, T5.2,
T-PD). DIR gets config.json, model.safetensors (F32, exact) and task.json, which other
verbs and PyTorch read.

DFA_OR_GROUP is a file with an automaton, a group (A5, or A5:g2 with two generators as
letters) or a named task; --group, --dfa, --task and --regex say which. Of a group,
tokens and labels are elements, numbered as in tc0 words; of an automaton, letters
and states of the minimal automaton. task.json has them. go doc tc0/empirical/task
lists the names of groups with chosen letters, and of tasks.

  --arch  rnn (ReLU), rnn-ssm (sign), ids4 or pd-ssm

The checkpoint is then read back, and its float64 definition runs on --samples words
of each of --lengths, every position compared with the automaton. Exit status 1
shows the first wrong position. Letters are drawn alike, and in every second word
from those that do not lead to a state without return. Every length is the theorem's
claim; the words here are a sample.`,
		Example: `  tc0 construct A5 --arch ids4 -o a5
  tc0 construct S5:g2 --arch rnn --samples 100 --seed 2 -o s5
  tc0 construct --regex '(ab|ba)*' --arch pd-ssm -o balanced`,
		Args: between(0, 1, "one DFA_OR_GROUP"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				c.problem.kind, c.problem.value = kindOf(args[0]), args[0]
			} else {
				c.problem.take(cmd)
			}
			return a.construct(cmd.Context(), &c)
		},
	}
	addProblem(cmd, &c.problem)
	f := cmd.Flags()
	f.StringVar(&c.arch, "arch", "", "architecture `A`: "+archNames())
	f.StringVarP(&c.out, "output", "o", "", "write the checkpoint to `DIR`")
	f.StringVar(&c.lengths, "lengths", "16,256,4096", "try words of these lengths, such as `16,256`")
	f.IntVar(&c.samples, "samples", 4, "try this many words of each length")
	f.Uint64Var(&c.seed, "seed", 1, "seed of the words")
	oneProblem(cmd)
	require(cmd, "arch", "output")
	atLeast(cmd, 1, "samples")
	return cmd
}

// oneProblem wants an argument or one of problemFlags.
func oneProblem(cmd *cobra.Command) {
	exactlyOne(cmd, problemFlags...)
	flagsAlone := cmd.PreRunE
	cmd.PreRunE = func(c *cobra.Command, args []string) error {
		if len(args) == 0 {
			return flagsAlone(c, args)
		}
		for _, n := range append(slices.Clone(problemFlags), "alphabet") {
			if c.Flags().Changed(n) {
				return fmt.Errorf("%s: %s and --%s do not go together; see %s --help", c.Name(), args[0], n, c.CommandPath())
			}
		}
		return nil
	}
}

func archNames() string {
	var names []string
	for _, a := range construct.Archs {
		names = append(names, string(a))
	}
	return strings.Join(names, ", ")
}

// kindOf tells a file from a name.
func kindOf(argument string) string {
	if info, err := os.Stat(argument); err == nil && !info.IsDir() || strings.ContainsAny(argument, `/\`) {
		return "dfa"
	}
	return "task"
}

func (a *app) construct(ctx context.Context, c *constructing) error {
	lengths, err := parseLengths(c.lengths)
	if err != nil {
		return err
	}
	if !slices.Contains(construct.Archs, construct.Arch(c.arch)) {
		return fmt.Errorf("--arch %s: expected one of %s", c.arch, archNames())
	}
	if info, err := os.Stat(c.out); err == nil && !info.IsDir() {
		return fmt.Errorf("%s: is a file, expected a directory for -o", c.out)
	}
	a.meter.step("construct", 0, 0)
	r, err := c.write(ctx)
	if err != nil {
		return err
	}
	ck, err := ssm.Load(c.out) // what is tried is what was written
	if err != nil {
		return err
	}
	r.Digest = ck.Digest
	if err := a.try(ctx, r, ck, lengths, c.samples); err != nil {
		return err
	}
	if err := a.answer(r, r.print); err != nil {
		return err
	}
	if r.Verdict == check.Fails {
		return verdict(exitFails)
	}
	return nil
}

// write builds the model and writes its checkpoint.
func (c *constructing) write(ctx context.Context) (*constructJSON, error) {
	p, err := c.problem.problem()
	if err != nil {
		return nil, err
	}
	t, err := p.task()
	if err != nil {
		return nil, err
	}
	m, err := construct.New(letterColumns(t), t.Start)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.name, err)
	}
	model, err := construct.Build(construct.Arch(c.arch), m)
	if err != nil {
		return nil, fmt.Errorf("%s as %s: %w", p.name, c.arch, err)
	}
	embedLetters(model, t.InputTokens)
	theorems, err := constructionTheorems(c.arch, p.name)
	if err != nil {
		return nil, err
	}
	files, err := ssm.Export(model, t, "F32")
	if err != nil {
		return nil, fmt.Errorf("%s as %s: %w", p.name, c.arch, err)
	}
	r := &constructJSON{Subject: p.name, Meaning: p.meaning, Architecture: construct.Arch(c.arch), Layers: len(model.Blocks),
		Theorems: theorems, States: t.States, Letters: len(t.InputTokens), Factors: m.Factors(),
		Directory: c.out, Files: checkpointFiles, Kind: "sampled", Seed: c.seed, Trials: []trialJSON{}}
	return r, writeCheckpoint(ctx, c.out, files)
}

// embedLetters gives token tokens[i] the embedding of letter i, and other tokens none.
func embedLetters(m *ssm.Model, tokens []int) {
	letters := m.Embedding
	m.Embedding = make([]float64, len(letters))
	for i, token := range tokens {
		copy(m.Embedding[token*m.DModel:(token+1)*m.DModel], letters[i*m.DModel:(i+1)*m.DModel])
	}
}

// constructionTheorems are those that say that the architecture can track every automaton.
func constructionTheorems(arch, name string) ([]string, error) {
	row, ok := bound.Find(arch)
	if !ok {
		return nil, fmt.Errorf("--arch %s: nothing is recorded", arch)
	}
	decisions, err := row.Decide(bound.Facts{Name: name})
	var theorems []string
	for _, d := range decisions {
		if d.At(1) == bound.Expressible {
			theorems = append(theorems, d.Theorems...)
		}
	}
	return theorems, err
}

// writeCheckpoint writes the files, all or none.
func writeCheckpoint(ctx context.Context, dir string, data map[string][]byte) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return underOutput(dir, err)
	}
	var files []file
	for _, name := range checkpointFiles {
		files = append(files, file{filepath.Join(dir, name), func(w io.Writer) error {
			_, err := w.Write(data[name])
			return err
		}})
	}
	return writeFiles(ctx, files...)
}

// underOutput says that a folder could not be made.
func underOutput(dir string, err error) error {
	var fault *fs.PathError
	if errors.As(err, &fault) {
		return fmt.Errorf("%s: cannot be made: %w", dir, fault.Err)
	}
	return err
}

// try runs the model on words until a label is wrong.
func (a *app) try(ctx context.Context, r *constructJSON, ck *ssm.Checkpoint, lengths []int, samples int) error {
	r.Verdict = check.Holds
	lasting := lastingLetters(ck.Task)
	for _, length := range lengths {
		trial := trialJSON{Length: length}
		least := math.Inf(1)
		draw := rand.New(rand.NewPCG(r.Seed, uint64(length)))
		for trial.Words < samples {
			a.meter.step(fmt.Sprintf("try words of length %d", length), trial.Words, samples)
			word := drawWord(ck.Task, draw, length, func(state int) []int {
				if trial.Words%2 == 0 {
					return lasting[state]
				}
				return ck.Task.InputTokens
			})
			margin, mistake, err := track(ctx, ck, word)
			if err != nil {
				return err
			}
			if r.Witness = mistake; mistake != nil {
				r.Verdict = check.Fails
				return nil
			}
			trial.Words++
			least = min(least, margin)
		}
		if ck.Model.Vocab > 1 {
			trial.Margin = least
		}
		r.Trials = append(r.Trials, trial)
	}
	return nil
}

// lastingLetters are, for each state, the letters that do not lead to one that no letter
// leaves, where the random words of many languages soon end; or else all letters.
func lastingLetters(t *ssm.Task) [][]int {
	final := make([]bool, t.States)
	for q, row := range t.Trans {
		final[q] = !slices.ContainsFunc(t.InputTokens, func(a int) bool { return row[a] != q })
	}
	letters := make([][]int, t.States)
	for q, row := range t.Trans {
		for _, a := range t.InputTokens {
			if !final[row[a]] {
				letters[q] = append(letters[q], a)
			}
		}
		if len(letters[q]) == 0 {
			letters[q] = t.InputTokens
		}
	}
	return letters
}

// drawWord draws each letter from those allowed in the state before it.
func drawWord(t *ssm.Task, r *rand.Rand, length int, allowed func(state int) []int) []int {
	word := make([]int, length)
	state := t.Start
	for i := range word {
		letters := allowed(state)
		word[i] = letters[r.IntN(len(letters))]
		state = t.Trans[state][word[i]]
	}
	return word
}

// track compares the label at every position of a word with the task's, and returns by
// how much the right one leads all others at least (infinity if there are none), or the
// first mistake. A tie is a mistake.
func track(ctx context.Context, ck *ssm.Checkpoint, word []int) (margin float64, _ *mistakeJSON, _ error) {
	s, err := ck.Model.Start()
	if err != nil {
		return 0, nil, err
	}
	margin = math.Inf(1)
	state := ck.Task.Start
	for t, token := range word {
		if err := ctx.Err(); err != nil {
			return 0, nil, err
		}
		logits, err := s.Step(token)
		if err != nil {
			return 0, nil, err
		}
		state = ck.Task.Trans[state][token]
		for label, v := range logits {
			if label == state {
				continue
			}
			if !(v < logits[state]) {
				return 0, &mistakeJSON{len(word), t, word[:t+1], state, label}, nil
			}
			margin = min(margin, logits[state]-v)
		}
	}
	return margin, nil, nil
}

func (r *constructJSON) print(w io.Writer) error {
	fmt.Fprintf(w, "%s as %s: %s, %s, %s\n", r.Subject, r.Architecture, plural(r.Layers, "layer"),
		plural(r.States, "state"), plural(r.Letters, "letter"))
	printField(w, "  claim", "right at every length, by "+strings.Join(r.Theorems, ", "))
	printField(w, "  built from", r.parts())
	if r.Meaning != "" {
		printField(w, "  meaning", r.Meaning)
	}
	printField(w, "  written to", r.Directory+": "+strings.Join(r.Files, ", "))
	for _, t := range r.Trials {
		fmt.Fprintf(w, "right at all positions (sampled %s of length %d, seed %d)%s\n",
			plural(t.Words, "word"), t.Length, r.Seed, t.lead())
	}
	if m := r.Witness; m != nil {
		fmt.Fprintf(w, "wrong at position %d of a word of length %d (seed %d): after %s label %d is no lower than the right one, %d\n",
			m.Position, m.Length, r.Seed, equiv.Letters(m.Word), m.Label, m.Expected)
	}
	_, err := fmt.Fprintf(w, "verdict: %v (sampled)\n", r.Verdict)
	return err
}

// lead says by how much the right label was ahead.
func (t trialJSON) lead() string {
	if t.Margin == 0 {
		return "" // there is no other label
	}
	return fmt.Sprintf(", the right label leads by %v or more", t.Margin)
}

// parts says which automata stand side by side.
func (r *constructJSON) parts() string {
	if len(r.Factors) == 1 {
		return fmt.Sprintf("one automaton of %s", plural(r.Factors[0], "state"))
	}
	var sizes []string
	for _, n := range r.Factors {
		sizes = append(sizes, strconv.Itoa(n))
	}
	return fmt.Sprintf("quotients of %s states side by side", strings.Join(sizes, " + "))
}
