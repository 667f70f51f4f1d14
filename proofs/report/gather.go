package report

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"tc0/circuits/compile"
	"tc0/circuits/threshold"
	"tc0/empirical/run"
	"tc0/empirical/task"
	"tc0/empirical/train"
	"tc0/proofs/cert"
	"tc0/proofs/kernel"
	"tc0/theory/bound"
	"tc0/theory/class"
	"tc0/theory/ssm"
)

// Request says what to report on.
type Request struct {
	Dir        string // an OUT_DIR of tc0 compile
	Checkpoint string // the directory that it was compiled from
	Run        string // a RUN_DIR; empty: record.json in Dir, if there is one
	Workers    int    // threads for scoring

	// Theory says what is known of an architecture at a depth on a task. It may be nil.
	Theory func(task, architecture string, layers int) ([]Prediction, error)
	// Progress may be nil.
	Progress compile.Progress
}

// Gather reads everything that is known of a compiled model, and verifies its certificates.
func Gather(ctx context.Context, q Request) (*Report, error) {
	if q.Progress == nil {
		q.Progress = func(string, int, int) {}
	}
	g := &gathering{Request: q, r: &Report{}}
	for _, step := range []func(context.Context) error{g.circuit, g.run, g.certificates} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	if err := g.agree(); err != nil {
		return nil, err
	}
	g.references()
	g.commands()
	return g.r, g.draw()
}

// gathering is a report in the making.
type gathering struct {
	Request
	r *Report

	name       string // of the checkpoint
	checkpoint *ssm.Checkpoint
	record     *run.Record
	certified  *kernel.Certificate // certificate.json, if it holds
}

// circuit reads quant.json, report.json and circuit.tc, whose counts are made anew, and counts
// the family by its formulas.
func (g *gathering) circuit(ctx context.Context) error {
	g.Progress("read", 0, 0)
	var err error
	if g.checkpoint, err = ssm.Load(g.Checkpoint); err != nil {
		return err
	}
	quant, err := compile.LoadQuant(filepath.Join(g.Dir, "quant.json"), g.checkpoint)
	if err != nil {
		return err
	}
	var c struct {
		Source struct {
			Name string `json:"name"`
		} `json:"source"`
		*compile.Report
	}
	path := filepath.Join(g.Dir, "report.json")
	if text, err := os.ReadFile(path); err != nil {
		return err
	} else if err := json.Unmarshal(text, &c); err != nil || c.Report == nil || c.Length < 1 {
		return fmt.Errorf("%s: is not a report of tc0 compile: compile again", path)
	}
	g.name = c.Source.Name
	m := g.checkpoint.Model
	g.r.Checkpoint = Checkpoint{Name: g.name, Digest: g.checkpoint.Digest, Family: m.Family, Layers: len(m.Blocks), Width: m.DModel, Vocabulary: m.Vocab}
	g.r.Title = "Compiled model " + g.name
	g.r.Fidelity = Fidelity{
		Words: c.EvalWords, Seed: c.EvalSeed, Positions: c.Positions, Agreement: c.Agreement, Disagrees: c.Disagrees,
		Gaps: c.Gaps, Tensors: c.Tensors, Findings: c.Findings,
	}
	if c.Statistics, err = counted(filepath.Join(g.Dir, "circuit.tc")); err != nil {
		return err
	}
	return g.family(ctx, quant, c.Report)
}

// counted counts a circuit, since report.json is no part of what is certified.
func counted(path string) (threshold.Stats, error) {
	f, err := os.Open(path)
	if err != nil {
		return threshold.Stats{}, err
	}
	defer f.Close()
	c, err := threshold.ReadBinary(bufio.NewReader(f))
	if err != nil {
		return threshold.Stats{}, fmt.Errorf("%s: %w", path, err)
	}
	return c.Stats(), nil
}

// longest is the greatest length whose gates are counted by formula.
const longest = 256

// family sets the circuit, and the members whose gates are known, beside the bounds.
func (g *gathering) family(ctx context.Context, quant *compile.Quant, c *compile.Report) error {
	m, err := compile.New(g.checkpoint, quant, c.Length)
	if err != nil {
		return fmt.Errorf("%s: %w", g.Dir, err)
	}
	b, s := m.Bound(), c.Statistics
	out := &g.r.Circuit
	*out = Circuit{
		Length: c.Length, Bits: c.Bits, Digits: c.Digits, Minimize: string(c.Minimize), Form: string(c.Form), Depth: s.Depth, Gates: s.Gates,
		Wires: s.Wires, WeightBits: s.MaxWeightBits, FanIn: s.MaxFanIn, TotalWeight: s.TotalWeight.String(),
		GatesBound: b.Gates(c.Length), BitsBound: b.WeightBits(c.Length), Bound: b.String(),
	}
	for _, st := range s.Stages {
		if st.Gates > 0 {
			out.Stages = append(out.Stages, Stage{st.Name, st.Depth, st.Gates, st.Wires, st.MaxFanIn})
		}
	}
	slices.SortStableFunc(out.Stages, func(a, b Stage) int { return a.Depth - b.Depth })
	for n := 1; n <= max(longest, 2*c.Length); n *= 2 {
		if err := ctx.Err(); err != nil {
			return err
		}
		if m, err = compile.New(g.checkpoint, quant, n); err != nil {
			break // a precision that this length would need is not to be had
		}
		gates, err := m.Gates(n)
		if err != nil {
			break
		}
		out.Family = append(out.Family, Member{Length: n, Bits: m.Bits(), Gates: gates, GatesBound: b.Gates(n), BitsBound: b.WeightBits(n)})
	}
	g.member(Member{
		Length: c.Length, Bits: c.Bits, Built: true, Depth: s.Depth, Gates: s.Gates, GatesBound: out.GatesBound,
		Wires: s.Wires, WeightBits: s.MaxWeightBits, BitsBound: out.BitsBound,
	})
	return nil
}

// member puts a circuit that was built in its place among the lengths.
func (g *gathering) member(m Member) {
	list := &g.r.Circuit.Family
	i, there := slices.BinarySearchFunc(*list, m.Length, func(o Member, n int) int { return o.Length - n })
	if there {
		(*list)[i] = m
	} else {
		*list = slices.Insert(*list, i, m)
	}
}

// recordText is the record in the OUT_DIR, which certificates are about, or else the one of the
// RUN_DIR; nil if there is none.
func (g *gathering) recordText() (path string, text []byte, err error) {
	path = filepath.Join(g.Dir, cert.RecordFile)
	text, err = os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return path, nil, err
	}
	if g.Run == "" {
		return path, text, nil
	}
	other := filepath.Join(g.Run, cert.RecordFile)
	ofRun, err := os.ReadFile(other)
	if err == nil && text != nil && !bytes.Equal(text, ofRun) {
		err = fmt.Errorf("%s: is another record than %s, which the certificates are about: certify again with --run", other, path)
	}
	return other, ofRun, err
}

// run reads the record and what is known of its task.
func (g *gathering) run(context.Context) error {
	path, text, err := g.recordText()
	if text == nil || err != nil {
		return err
	}
	record, err := run.ParseRecord(text)
	if err != nil {
		return fmt.Errorf("%s: not the record of a run: %w", path, err)
	}
	if record.Checkpoint != g.checkpoint.Digest {
		return fmt.Errorf("%s: is of a run that left checkpoint %.12s…, the circuit was compiled from %.12s…", path, record.Checkpoint, g.checkpoint.Digest)
	}
	g.record = &record
	s := record.Spec
	g.r.Title = fmt.Sprintf("%s on %s, %s of %d letters", s.Model.Arch, s.Task.Name, layers(s.Model.Layers), s.Task.Length)
	data, err := task.New(s.Task)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	g.r.Run = &Run{
		Digest: record.Digest, Architecture: s.Model.Arch, Layers: s.Model.Layers, Width: s.Model.Width, State: s.Model.State,
		Length: s.Task.Length, Seed: record.Seed, Goal: s.Train.Until.String(), Ended: record.Ended, Reached: record.Reached,
		Steps: record.Steps, Seconds: record.CPU, Code: record.Code, Machine: record.Machine, Curve: record.Curve,
		Accuracy: accuracies(&record, data.Classes()),
	}
	g.r.Theory = []Prediction{}
	if g.Theory != nil {
		if g.r.Theory, err = g.Theory(s.Task.Name, s.Model.Arch, s.Model.Layers); err != nil {
			return err
		}
	}
	return g.task(data)
}

func layers(n int) string {
	if n == 1 {
		return "1 layer, words"
	}
	return fmt.Sprintf("%d layers, words", n)
}

func accuracies(r *run.Record, classes int) []Accuracy {
	var list []Accuracy
	for i, s := range r.Scores {
		a := Accuracy{Letters: r.Spec.Lengths[i], Words: s.Words, Token: s.Token(), Whole: s.Sequences, Word: s.Sequence(), KeptOut: keptOut(r.Split[i])}
		for t := range s.Scored {
			a.Tokens += s.Scored[t]
			a.Right += s.Correct[t]
		}
		a.TokenLow, a.TokenHigh = tokenInterval(s)
		a.WordLow, a.WordHigh = run.Wilson(s.Sequences, s.Words, 0.95)
		a.Chance = 1 / float64(max(1, classes))
		list = append(list, a)
	}
	return list
}

// tokenInterval counts a part of a word that is right as that part of a success, rounded
// outwards, since the tokens of a word depend on each other.
func tokenInterval(s train.Score) (low, high float64) {
	hits := s.Token() * float64(s.Words)
	low, _ = run.Wilson(int(math.Floor(hits)), s.Words, 0.95)
	_, high = run.Wilson(min(s.Words, int(math.Ceil(hits))), s.Words, 0.95)
	return low, high
}

func keptOut(s task.Split) string {
	switch {
	case s.Shared != "":
		return "no: " + s.Shared
	case s.Words > 0:
		return fmt.Sprintf("yes, %d of all %d", s.Kept, s.Words)
	}
	return "yes"
}

// task says how hard the task is. The witness is that of class.json, or the one that a
// certificate would have.
func (g *gathering) task(data *task.Data) error {
	d, err := data.Automaton()
	if err != nil {
		return err
	}
	name := g.record.Spec.Task.Name
	v, err := class.Classify(class.Language(name, d), class.DefaultBudget())
	if err != nil {
		return err
	}
	t := &Task{
		Name: name, About: data.About(), Labels: data.Classes(), Class: v.Class, Theorem: v.Theorem, Assumptions: append([]string{}, v.Assumptions...),
		Reason: v.Reason, NoCertificate: v.NoCertificate, Letters: d.Alphabet(), Witness: []Fact{},
	}
	for _, line := range v.Lines() {
		if field, text, _ := strings.Cut(strings.TrimSpace(line), " "); field == "monoid" {
			t.Monoid = strings.TrimSpace(text)
		}
	}
	if v.Certificate != nil {
		t.Witness = witness(v.Certificate)
	}
	g.r.Task = t
	return nil
}

// references are the statements of every theorem that the report names, and the arithmetic
// models.
func (g *gathering) references() {
	g.r.Arithmetic = []Fact{}
	for _, a := range bound.Arithmetics() {
		if slices.ContainsFunc(g.r.Theory, func(p Prediction) bool { return p.Arithmetic == a.ID }) {
			g.r.Arithmetic = append(g.r.Arithmetic, Fact{a.ID, a.What})
		}
	}
	var ids []string
	if g.r.Task != nil {
		ids = append(ids, g.r.Task.Theorem)
	}
	for _, p := range g.r.Theory {
		ids = append(ids, p.Theorems...)
	}
	ids = append(ids, g.cited()...)
	slices.Sort(ids)
	g.r.References = []Reference{}
	for _, id := range slices.Compact(ids) {
		if t, ok := bound.TheoremByID(id); ok {
			g.r.References = append(g.r.References, Reference{t.ID, t.Statement, t.Source, string(t.Evidence)})
		}
	}
}

// commands say how a reader checks what is on the page.
func (g *gathering) commands() {
	add := func(line, what string) { g.r.Commands = append(g.r.Commands, Command{line, what}) }
	for _, c := range g.r.Certificates {
		path := filepath.ToSlash(filepath.Join(g.Dir, c.File))
		if c.File == cert.FileName {
			add("tc0-verify -checkpoint "+g.Checkpoint+" "+path, "the kernel alone: a program of some 4,000 lines on the standard library, which takes nothing from tc0")
		}
		add("tc0 verify --checkpoint "+g.Checkpoint+" "+path, "the verdicts on "+c.File+" above")
	}
	add("tc0 check "+g.Dir, "a second validator of the lowering, for all words")
	add(fmt.Sprintf("proofs/coq/out/validate %s/model.ac %s/circuit.tc", g.Dir, g.Dir), "a third, extracted from a Coq proof (make -C proofs/coq validate)")
	add("tc0 equiv "+g.Dir+" --samples 1000 --seed 1", "float model, quantised model, arithmetic circuit and gates on the same words")
	if g.record != nil {
		add("tc0 train spec.json -o again", "the training itself, with the spec of record.json: on the same loops it leaves the same checkpoint, unless a budget of seconds ended it")
		add("tc0 predict --task "+g.record.Spec.Task.Name+" --arch "+g.record.Spec.Model.Arch+fmt.Sprintf(" --layers %d", g.record.Spec.Model.Layers),
			"what theorems say of the architecture on the task")
	}
}
