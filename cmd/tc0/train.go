package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"tc0/circuits/view"
	"tc0/empirical/model"
	runs "tc0/empirical/run" // main has a function run
	"tc0/empirical/task"
	"tc0/empirical/torch"
	"tc0/empirical/train"
)

// The files of a RUN_DIR beside those of the checkpoint.
const (
	specFile   = "spec.json"   // what was asked for, complete
	stateFile  = "state.bin"   // where training goes on
	recordFile = "record.json" // what came out
)

const (
	usualBudget = 40 * time.Second
	maxSpec     = 1 << 20 // bytes of a SPEC.json
)

// training is what the flags of train say.
type training struct {
	spec   string // a file
	task   string
	arch   string
	layers int
	length int
	seed   uint64
	steps  int
	budget time.Duration
	until  string
	engine string
	python string
	out    string
	given  func(flag string) bool
}

func (a *app) trainVerb() *cobra.Command {
	var t training
	cmd := &cobra.Command{
		Use:   "train (SPEC.json | --task T --arch A) -o RUN_DIR",
		Short: "Train a model on a word problem and write it as a checkpoint, with a record of the run",
		Long: `Train a model on a task and write it to RUN_DIR as a checkpoint (config.json,
model.safetensors, task.json), which tc0 compile takes for mamba and s4d, with
record.json: accuracies, steps, curve, spec.

Tasks are A5, A5:g4 (four letters that generate A5), Z60:g4, parity_check, mod_3 and
others; architectures ` + strings.Join(model.Architectures, ", ") + `.
SPEC.json can say more: objects task, model and train, numbers seed and words, a list
lengths, as in the spec.json that a RUN_DIR holds. What it leaves out is as usual. Words
can come from files of tc0 words, task.files in docs/training.md.

Training ends at the accuracy of --until on validation words, after --steps, or after
--budget of processor time (40s if there is no limit on steps). All three are
exit status 0; the field reached tells them apart. A loss that is not finite is status 1.

A run that was interrupted or killed goes on when the same command is given again, from
its last evaluation, and comes to the same bytes (but for processor times in the
record) as one that ran through, on any number of cores, if --until or --steps ends it.
Given more steps or budget, a run that has ended goes on.

With --engine pytorch your own Python and PyTorch (1.13 or later) train, on a GPU if
there is one, from the same weights and on the same words; record and checkpoint are
of the same kind (machine.kernel names PyTorch), test words are scored by tc0. Such a
run does not go on when it was interrupted: it starts over. Its budget is Python's
processor time, or on a GPU the time that steps and evaluations take.`,
		Example: `  tc0 train --task A5:g4 --arch rnn -o run
  tc0 train --task Z60:g4 --arch mamba --layers 2 --length 16 --seed 3 --budget 2m --until sequence=0.9 -o z60
  tc0 train z60/spec.json --seed 4 -o z60-seed4
  tc0 train z60/spec.json --engine pytorch --python /usr/bin/python3 -o z60-pytorch`,
		Args: between(0, 1, "one SPEC.json or --task"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				t.spec = args[0]
			}
			t.given = cmd.Flags().Changed
			return a.train(cmd.Context(), &t, cmd.ErrOrStderr())
		},
	}
	f := cmd.Flags()
	f.StringVar(&t.task, "task", "", "train on the task `T`, such as A5:g4 or parity_check")
	f.StringVar(&t.arch, "arch", "", "architecture `A`: "+strings.Join(model.Architectures, ", "))
	f.IntVar(&t.layers, "layers", 1, "number of layers")
	f.IntVar(&t.length, "length", 16, "length of the words, in letters")
	f.Uint64Var(&t.seed, "seed", 1, "seed of the weights and of the words that are drawn")
	f.IntVar(&t.steps, "steps", 0, "end after this many steps (default no limit)")
	f.DurationVar(&t.budget, "budget", usualBudget, "end after this much processor time; no limit if only --steps is given")
	f.StringVar(&t.until, "until", "token=0.9", "end at this accuracy: token=P, sequence=P, both with a comma, or none")
	f.StringVar(&t.engine, "engine", goEngine, "train with `E`: "+goEngine+", or "+pytorchEngine+" on your own Python")
	f.StringVar(&t.python, "python", "python3", "the `PROGRAM` that runs --engine pytorch")
	f.StringVarP(&t.out, "output", "o", "", "write the run to `RUN_DIR`, or go on with the one there")
	require(cmd, "output")
	atLeast(cmd, 1, "layers", "length", "steps")
	atMost(cmd, maxLength, "length")
	cmd.PreRunE = specOrTask(cmd.PreRunE)
	return cmd
}

// specOrTask wants a file or the flags that stand for one.
func specOrTask(others func(cmd *cobra.Command, args []string) error) func(cmd *cobra.Command, args []string) error {
	return func(cmd *cobra.Command, args []string) error {
		given := cmd.Flags().Changed
		for _, n := range []string{"task", "arch", "layers", "length"} {
			if len(args) == 1 && given(n) {
				return fmt.Errorf("train: %s and --%s do not go together: change the file; see tc0 train --help", args[0], n)
			}
		}
		for _, n := range []string{"task", "arch"} {
			if len(args) == 0 && !given(n) {
				return fmt.Errorf("train: --%s is missing, and there is no SPEC.json; see tc0 train --help", n)
			}
		}
		return others(cmd, args)
	}
}

// The engines that train.
const goEngine, pytorchEngine = "go", "pytorch"

// checkEngine wants an engine that there is.
func (t *training) checkEngine() error {
	switch {
	case t.engine != goEngine && t.engine != pytorchEngine:
		return fmt.Errorf("--engine %s: expected %s or %s", t.engine, goEngine, pytorchEngine)
	case t.engine != pytorchEngine && t.given("python"):
		return fmt.Errorf("--python goes with --engine %s", pytorchEngine)
	}
	return nil
}

func (a *app) train(ctx context.Context, t *training, stderr io.Writer) error {
	if err := t.checkEngine(); err != nil {
		return err
	}
	spec, err := t.read()
	if err != nil {
		return err
	}
	r := &trainRun{dir: t.out, spec: spec}
	if r.text, err = marshal(spec); err != nil {
		return err
	}
	done, err := r.open()
	if err != nil {
		return err
	}
	if done != nil && t.given("engine") && torch.Ran(*done) != (t.engine == pytorchEngine) {
		return fmt.Errorf("%s: holds this run, trained by another engine (%s): choose another directory for -o", t.out, done.Machine.Kernel)
	}
	if done == nil {
		done, err = a.finish(ctx, r, a.runner(ctx, r, t))
	}
	if interrupted(ctx, err) {
		a.meter.stop()
		next := "goes on from the last evaluation in " + t.out + ", if there was one"
		if t.engine == pytorchEngine {
			next = "starts over"
		}
		fmt.Fprintf(stderr, "tc0: interrupted; the same command %s\n", next)
		return verdict(exitInterrupted)
	}
	if err != nil {
		return err
	}
	return a.answer(done, func(w io.Writer) error { return printRun(w, done, t.out) })
}

// read makes a spec of a file and the flags.
func (t *training) read() (*runs.Spec, error) {
	var text []byte
	if t.spec == "" {
		s := map[string]any{
			"task":  map[string]any{"name": t.task, "length": t.length},
			"model": map[string]any{"arch": t.arch, "layers": t.layers},
		}
		var err error
		if text, err = json.Marshal(s); err != nil {
			return nil, err
		}
	} else {
		f, err := openKind(t.spec, "a SPEC.json", "")
		if err != nil {
			return nil, err
		}
		defer f.Close()
		if text, err = io.ReadAll(io.LimitReader(f, maxSpec+1)); err != nil {
			return nil, err
		}
		if len(text) > maxSpec {
			return nil, fmt.Errorf("%s: more than %s bytes, expected a SPEC.json", t.spec, view.Count(maxSpec))
		}
	}
	s, err := parseSpec(text, t)
	if err != nil && t.spec != "" {
		err = fmt.Errorf("%s: %w", t.spec, err)
	}
	return s, err
}

// parseSpec reads a spec, lets flags change it, and completes it.
func parseSpec(text []byte, t *training) (*runs.Spec, error) {
	s := runs.Spec{Task: task.Spec{Seed: 1}, Model: model.Config{Layers: 1}, Seed: 1}
	if err := decodeSpec(text, &s); err != nil {
		return nil, err
	}
	var given struct{ Train struct{ Until *train.Until } }
	if err := json.Unmarshal(text, &given); err != nil {
		return nil, err
	}
	s = runs.NewSpec(s.Task, s.Model, s.Seed)
	if given.Train.Until != nil { // as a whole
		s.Train.Until = train.Until{}
	}
	if err := decodeSpec(text, &s); err != nil { // once more, over what is usual for it
		return nil, err
	}
	if s.Task.Files != nil {
		if err := s.Task.Files.Sum(); err != nil {
			return nil, err
		}
	}
	if err := t.override(&s); err != nil {
		return nil, err
	}
	if s.Train.Budget == 0 && s.Train.Steps == 0 {
		s.Train.Budget = usualBudget.Seconds()
	}
	s, err := s.Complete()
	return &s, err
}

func decodeSpec(text []byte, s *runs.Spec) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(s); err != nil {
		return specFault(text, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("not a spec of a run: something follows the object")
	}
	return nil
}

// specFault says what is wrong with the text of a spec, and in which line if that is known.
func specFault(text []byte, err error) error {
	line := func(offset int64) int { return 1 + bytes.Count(text[:min(offset, int64(len(text)))], []byte("\n")) }
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		err = fmt.Errorf("line %d: %w", line(syntax.Offset), err)
	case errors.As(err, &kind):
		what := "the text"
		if kind.Field != "" {
			what = strconv.Quote(kind.Field)
		}
		err = fmt.Errorf("line %d: %s is a JSON %s, expected %s", line(kind.Offset), what, kind.Value, jsonKind(kind.Type.Kind()))
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		err = errors.New("the text ends too early")
	}
	return fmt.Errorf("not a spec of a run, an object of task, model and train: %w", err)
}

// jsonKind is what stands in JSON for a Go type.
func jsonKind(k reflect.Kind) string {
	switch k {
	case reflect.Struct:
		return "an object"
	case reflect.Slice:
		return "a list"
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	case reflect.Float64:
		return "a number"
	case reflect.Uint64:
		return "an integer from 0"
	}
	return "an integer"
}

// override puts in what flags say.
func (t *training) override(s *runs.Spec) error {
	if t.given("seed") {
		s.Seed = t.seed
	}
	if t.given("steps") {
		s.Train.Steps = t.steps
	}
	if t.given("budget") {
		if t.budget <= 0 {
			return fmt.Errorf("--budget %v, expected more than 0s; for no limit give --steps alone", t.budget)
		}
		s.Train.Budget = t.budget.Seconds()
	}
	if !t.given("until") {
		return nil
	}
	var err error
	s.Train.Until, err = parseUntil(t.until)
	return err
}

func parseUntil(text string) (train.Until, error) {
	var u train.Until
	if text == "none" {
		return u, nil
	}
	for part := range strings.SplitSeq(text, ",") {
		name, number, _ := strings.Cut(part, "=")
		p, err := strconv.ParseFloat(number, 64)
		switch {
		case err != nil || !(p > 0 && p <= 1):
			return u, fmt.Errorf("--until %q: expected a part above 0 and at most 1, as in token=0.9", part)
		case name == "token":
			u.Token = p
		case name == "sequence":
			u.Sequence = p
		default:
			return u, fmt.Errorf("--until %q: expected token or sequence, as in token=0.9", part)
		}
	}
	return u, nil
}

// trainRun is a run and its directory.
type trainRun struct {
	dir  string
	spec *runs.Spec
	text []byte // spec.json
}

func (r *trainRun) path(name string) string { return filepath.Join(r.dir, name) }

// open returns the record of a run that is finished, and refuses a directory with something
// else.
func (r *trainRun) open() (*runs.Record, error) {
	if info, err := os.Stat(r.dir); err == nil && !info.IsDir() {
		return nil, fmt.Errorf("%s: is a file, expected a directory for -o", r.dir)
	}
	old, err := os.ReadFile(r.path(specFile))
	switch {
	case errors.Is(err, fs.ErrNotExist) && isCheckpoint(r.dir):
		return nil, fmt.Errorf("%s: holds a checkpoint of another origin (no %s): choose another directory for -o",
			r.dir, specFile)
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, err
	}
	if bytes.Equal(old, r.text) {
		if done, err := r.record(); done != nil || err != nil {
			return done, err
		}
	}
	return nil, r.sameRun(old)
}

// begin makes the directory and notes in it what is trained.
func (r *trainRun) begin(ctx context.Context) error {
	if err := os.MkdirAll(r.dir, 0o755); err != nil {
		return underOutput(r.dir, err)
	}
	return writeFiles(ctx, textFile(r.path(specFile), r.text))
}

func textFile(path string, text []byte) file {
	return file{path, func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	}}
}

// record is the record of this spec, nil if there is none.
func (r *trainRun) record() (*runs.Record, error) {
	done, err := readRecord(r.path(recordFile))
	if err != nil {
		return nil, fmt.Errorf("%w; delete it to train again", err)
	}
	if done == nil || done.Digest != r.spec.Digest() { // it had other limits
		return nil, nil
	}
	return done, nil
}

// readRecord reads a record.json, nil if there is none.
func readRecord(path string) (*runs.Record, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	done, err := runs.ParseRecord(text)
	if err != nil {
		return nil, fmt.Errorf("%s: not the record of a run: %w", path, err)
	}
	return &done, nil
}

// sameRun refuses to go on with a run whose spec differs in more than steps and budget.
func (r *trainRun) sameRun(text []byte) error {
	var old runs.Spec
	if err := decodeSpec(text, &old); err != nil {
		return fmt.Errorf("%s: %w", r.path(specFile), err)
	}
	mine := *r.spec
	for _, s := range []*runs.Spec{&old, &mine} {
		s.Train.Budget = 0
		if s.Train.FinalRate == 0 {
			s.Train.Steps = 0
		}
	}
	a, err := marshal(old)
	if err != nil {
		return err
	}
	b, err := marshal(mine)
	if err != nil || bytes.Equal(a, b) {
		return err
	}
	there, here := firstDifference(string(a), string(b))
	return fmt.Errorf("%s: holds another run, with %s where this one has %s: choose another directory for -o",
		r.dir, there, here)
}

// firstDifference is the first pair of lines that differ in two texts that do.
func firstDifference(a, b string) (string, string) {
	clean := func(line string) string { return strings.Trim(line, " ,") }
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range min(len(x), len(y)) {
		if clean(x[i]) != clean(y[i]) {
			return clean(x[i]), clean(y[i])
		}
	}
	return "less", "more"
}

// runner is the engine asked for. It shows how far the run is and writes what there is to keep.
func (a *app) runner(ctx context.Context, r *trainRun, t *training) runs.Runner {
	keep := func(done runs.Record, files map[string][]byte) error { return r.write(ctx, &done, files) }
	if t.engine == pytorchEngine {
		return torch.Engine{
			Python: t.python, Code: codeVersion(), Threads: runtime.GOMAXPROCS(0),
			Begin: func(s runs.Spec) error {
				a.progress(s, train.Point{})
				return r.begin(ctx)
			},
			Each: func(s runs.Spec, p train.Point) error {
				a.progress(s, p)
				return nil
			},
			Keep: keep,
		}
	}
	return runs.Local{
		Code: codeVersion(), Workers: runtime.GOMAXPROCS(0),
		Begin: func(s runs.Spec, t *train.Trainer) error {
			a.progress(s, train.Point{})
			if err := restore(t, r.path(stateFile)); err != nil {
				return err
			}
			return r.begin(ctx)
		},
		Each: func(s runs.Spec, t *train.Trainer, p train.Point) error {
			a.progress(s, p)
			return writeFiles(ctx, file{r.path(stateFile), t.Save})
		},
		Keep: keep,
	}
}

// finish trains to the end, tests and writes.
func (a *app) finish(ctx context.Context, r *trainRun, with runs.Runner) (*runs.Record, error) {
	done, err := with.Run(ctx, *r.spec)
	if err == nil && done.Ended == runs.Failed {
		err = failure{errors.New(done.Failure)}
	}
	return &done, err
}

// restore takes a state that was saved, if there is one.
func restore(t *train.Trainer, path string) error {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	if err := t.Restore(f); err != nil {
		return fmt.Errorf("%s: %w; delete the file to start over", path, err)
	}
	return nil
}

// progress counts the steps, or else the seconds of the budget.
func (a *app) progress(s runs.Spec, p train.Point) {
	job := fmt.Sprintf("train %s on %s", s.Model.Arch, s.Task.Name)
	if s.Train.Steps > 0 {
		a.meter.step(job+", steps", p.Step, s.Train.Steps)
	} else {
		a.meter.step(job+", seconds of the budget", int(p.CPU), int(s.Train.Budget))
	}
}

// codeVersion names the program: its version, the revision it was built from if that is known,
// and the start of the SHA-256 of the executable file.
var codeVersion = sync.OnceValue(func() string {
	version := "unknown"
	if info, ok := debug.ReadBuildInfo(); ok {
		version = info.Main.Version
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" || s.Key == "vcs.modified" && s.Value == "true" {
				version += " " + strings.TrimPrefix(s.Key, "vcs.") + " " + s.Value
			}
		}
	}
	if sum, err := executableSum(); err == nil {
		version += " sha256 " + sum[:16]
	}
	return version
})

func executableSum() (string, error) {
	path, err := os.Executable()
	if err != nil {
		return "", err
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	sum := sha256.New()
	_, err = io.Copy(sum, f)
	return hex.EncodeToString(sum.Sum(nil)), err
}

// write writes the checkpoint and the record, all or none.
func (r *trainRun) write(ctx context.Context, done *runs.Record, parts map[string][]byte) error {
	text, err := marshal(done)
	if err != nil {
		return err
	}
	var files []file
	for _, name := range checkpointFiles {
		if part, ok := parts[name]; ok {
			files = append(files, textFile(r.path(name), part))
		}
	}
	return writeFiles(ctx, append(files, textFile(r.path(recordFile), text))...)
}

// printRun prints a record as a person reads it.
func printRun(w io.Writer, d *runs.Record, dir string) error {
	fmt.Fprintf(w, "%s on %s: %s, words of %s\n", d.Spec.Model.Arch, d.Spec.Task.Name, plural(d.Spec.Model.Layers, "layer"),
		plural(d.Spec.Task.Length, "letter"))
	printField(w, "  ended", fmt.Sprintf("after %s (%s)", plural(d.Steps, "step"), d.Ended))
	printField(w, "  reached", reachedGoal(d))
	if len(d.Curve) > 0 {
		last := d.Curve[len(d.Curve)-1]
		printField(w, "  validation", percent(last.Token)+" of the tokens, "+percent(last.Sequence)+" of the words")
	}
	printField(w, "  written to", dir)
	fmt.Fprintln(w)
	t := &view.Table{Head: []string{"letters", "test words", "tokens right", "words right", "95 % interval", "kept out of training"}}
	for i, s := range d.Scores {
		low, high := runs.Wilson(s.Sequences, s.Words, 0.95)
		t.Add(d.Spec.Lengths[i], s.Words, percent(s.Token()), percent(s.Sequence()), percent(low)+" to "+percent(high), keptOut(d.Split[i]))
	}
	if err := t.Write(w); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\nSampled, seed %d. Validation words decide when training ends; test words decide nothing.\n", d.Seed)
	return err
}

// keptOut says whether test words were kept out of training, and how few they are.
func keptOut(s task.Split) string {
	switch {
	case s.Shared != "":
		return "no: " + s.Shared
	case s.Words > 0:
		return fmt.Sprintf("yes, %d of all %d", s.Kept, s.Words)
	}
	return "yes"
}

// reachedGoal says whether the accuracy was reached.
func reachedGoal(d *runs.Record) string {
	switch goal := d.Spec.Train.Until; {
	case goal == train.Until{}:
		return "no accuracy was asked for"
	case d.Reached:
		return "yes, " + goal.String()
	default:
		return "no: " + goal.String()
	}
}
