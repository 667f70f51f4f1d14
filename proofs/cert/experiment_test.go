package cert

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tc0/circuits/check"
	"tc0/circuits/compile"
	"tc0/empirical/model"
	"tc0/empirical/run"
	"tc0/empirical/task"
	"tc0/empirical/train"
	"tc0/theory/class"
	"tc0/theory/ssm"
)

// experiment is everything that a certificate of an experiment is about, in memory.
type experiment struct {
	files      map[string][]byte // of the OUT_DIR
	checkpoint map[string][]byte
	record     run.Record
	class      *class.Certificate
}

// tinySpec is a run of a second at most, whose accuracies are far from all or nothing.
func tinySpec(name string, seed uint64) run.Spec {
	s := run.NewSpec(task.Spec{Name: name, Length: 4, Seed: 1}, model.Config{Arch: "mamba", Layers: 1, Width: 4, State: 2}, seed)
	s.Train.Steps, s.Train.Until, s.Train.Rate, s.Train.EvalEvery = 40, train.Until{}, 0.01, 20
	s.Lengths, s.Words = []int{4, 8}, 64
	return s
}

// trainedRun trains, compiles at two letters and certifies.
func trainedRun(t testing.TB, s run.Spec) *experiment {
	t.Helper()
	x := &experiment{files: map[string][]byte{}}
	var err error
	x.record, err = run.Local{Code: "test", Keep: func(_ run.Record, files map[string][]byte) error {
		x.checkpoint = files
		return nil
	}}.Run(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	delete(x.checkpoint, "task.json")
	source, out := t.TempDir(), t.TempDir()
	write(t, source, x.checkpoint)
	ck, err := ssm.Load(source)
	if err != nil {
		t.Fatal(err)
	}
	c, err := compile.Compile(context.Background(), ck, compile.Request{
		Length: 2, Precision: &compile.Precision{Base: 4}, Digits: 2, Minimize: compile.Gates, Form: compile.Convolution, Seed: 1, EvalWords: 4,
	})
	if err != nil {
		t.Fatal(err)
	}
	var ac, tc bytes.Buffer
	quant, err := c.Quant.MarshalIndent()
	for _, err := range []error{err, c.Arith.WriteBinary(&ac), c.Threshold.WriteBinary(&tc)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	x.files[quantFile], x.files[arithFile], x.files[circuitFile], x.files[reportFile] = quant, ac.Bytes(), tc.Bytes(), encode(c.Report)
	write(t, out, x.files)
	issued, err := Issue(out, ck)
	if err != nil {
		t.Fatal(err)
	}
	x.files[FileName], x.files[RecordFile] = issued.Encode(), encode(x.record)
	e, witness, err := IssueExperiment(x.files[RecordFile], x.files[FileName])
	if err != nil {
		t.Fatal(err)
	}
	x.files[ClassFile], x.files[ExperimentFile] = witness, e.Encode()
	if x.class, err = class.Decode(witness); err != nil {
		t.Fatal(err)
	}
	return x
}

func (x *experiment) clone() *experiment {
	c := *x
	c.files, c.checkpoint = maps.Clone(x.files), maps.Clone(x.checkpoint)
	text, _ := json.Marshal(x.record)
	c.record = run.Record{}
	_ = json.Unmarshal(text, &c.record)
	return &c
}

// sign makes the certificate anew from the record and the files, as a forger would: the spec's
// digest in the record, the accuracies, and all digests of files.
func (x *experiment) sign(t testing.TB) {
	t.Helper()
	if s, err := x.record.Spec.Complete(); err == nil {
		x.record.Spec, x.record.Digest, x.record.Seed = s, s.Digest(), s.Seed
	}
	if len(x.record.Scores) > 0 {
		x.record.TokenAccuracy, x.record.SequenceAccuracy = x.record.Scores[0].Token(), x.record.Scores[0].Sequence()
	}
	x.files[RecordFile] = encode(x.record)
	x.signFiles()
}

// signFiles renews the digests of the record, of certificate.json and of class.json, and what
// the certificate takes from them.
func (x *experiment) signFiles() {
	if c, err := class.Decode(x.files[ClassFile]); err == nil && class.Check(c) == nil {
		x.class = c
	}
	x.files[ExperimentFile] = newExperiment(x.files[RecordFile], x.files[FileName], x.files[ClassFile], x.record, x.class).Encode()
}

func (x *experiment) verify(t testing.TB, dir string) *Verdict {
	t.Helper()
	source := filepath.Join(dir, "checkpoint")
	if err := os.MkdirAll(source, 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, dir, x.files)
	write(t, source, x.checkpoint)
	v, err := VerifyExperiment(t.Context(), filepath.Join(dir, ExperimentFile), source, 1)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestExperiment(t *testing.T) {
	for name, claims := range map[string][]string{
		"Z2":        {"pairing proved", "task-class proved", "accuracy sampled 64", "training measured"},
		"A5:g2":     {"pairing proved", "task-class proved", "outside-tc0 cited", "accuracy sampled 64", "training measured"},
		"flip_flop": {"pairing proved", "task-class proved", "accuracy sampled 64", "training measured"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := trainedRun(t, tinySpec(name, 1))
			v := x.verify(t, t.TempDir())
			if v.Verdict != check.Holds {
				t.Fatal(v.Verdict, v.Reason)
			}
			var got []string
			for _, r := range v.Results {
				if !strings.HasPrefix(r.ID, "circuit.") {
					got = append(got, r.ID+" "+r.Kind)
				}
			}
			if d := cmp.Diff(claims, got); d != "" {
				t.Errorf("claims (-want +got):\n%s", d)
			}
			e, err := DecodeExperiment(x.files[ExperimentFile])
			if err != nil || !bytes.Equal(e.Encode(), x.files[ExperimentFile]) {
				t.Errorf("not read back: %v", err)
			}
		})
	}
}

// TestForgedExperiments changes one thing and renews every digest.
func TestForgedExperiments(t *testing.T) {
	x := trainedRun(t, tinySpec("Z2", 1))
	other := trainedRun(t, tinySpec("Z2", 2))
	third, err := taskCertificate(task.Spec{Name: "Z3", Length: 4})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, f := range []struct {
		name   string
		forge  func(x *experiment)
		reason string
	}{
		{"another record", func(x *experiment) { x.record = other.record }, "is about checkpoint"},
		{"another record, its checkpoint put in", func(x *experiment) {
			x.record = other.record
			x.record.Checkpoint = other.clone().record.Checkpoint
			x.checkpoint = other.checkpoint
		}, "the checkpoint is not the one"},
		{"another record of this checkpoint", func(x *experiment) {
			digest := x.record.Checkpoint
			x.record = other.record
			x.record.Checkpoint = digest
		}, "accuracy: at length 4"},
		{"another checkpoint", func(x *experiment) { x.checkpoint = other.checkpoint }, "the checkpoint is not the one"},
		{"another certificate", func(x *experiment) {
			for _, name := range []string{FileName, quantFile, arithFile, circuitFile} {
				x.files[name] = other.files[name]
			}
		}, "the checkpoint is not the one"},
		{"another class", func(x *experiment) { x.files[ClassFile], _ = third.Encode() }, "is about another automaton"},
		{"a token more", func(x *experiment) { x.record.Scores[1].Correct[0]++ }, "accuracy: at length 8"},
		{"a word less", func(x *experiment) { x.record.Scores[0].Sequences-- }, "accuracy: at length 4"},
		{"other positions", func(x *experiment) {
			c := x.record.Scores[1].Correct
			i := slices.IndexFunc(c, func(n int) bool { return n != c[0] })
			c[0], c[i] = c[i], c[0]
		}, "accuracy: at length 8"},
		{"another seed", func(x *experiment) { x.record.Spec.Seed = 7 }, "accuracy: at length"},
		{"fewer words", func(x *experiment) {
			x.record.Spec.Words = 32
			for i := range x.record.Scores {
				s := &x.record.Scores[i]
				s.Words, s.Sequences = 32, min(32, s.Sequences)
				for t := range s.Correct {
					s.Correct[t], s.Scored[t] = min(32, s.Correct[t]), 32
				}
			}
		}, "accuracy: at length"},
		{"no words kept out", func(x *experiment) { x.record.Split[0].Shared = "of luck" }, "which words were kept out"},
		{"another task", func(x *experiment) { x.record.Spec.Task.Name = "Z3" }, "vocabulary 3 in the record"},
		{"another task of this size", func(x *experiment) { x.record.Spec.Task.Name = "even_pairs" }, "is about another automaton"},
		{"more layers", func(x *experiment) { x.record.Spec.Model.Layers = 2 }, "layers 2 in the record, the checkpoint has 1"},
		{"wider", func(x *experiment) { x.record.Spec.Model.Width = 8 }, "width 8 in the record, the checkpoint has 4"},
		{"another architecture", func(x *experiment) { x.record.Spec.Model = model.Config{Arch: "s4d", Layers: 1, Width: 4} }, "architecture s4d"},
		{"a failed run", func(x *experiment) {
			x.record = run.Record{Digest: x.record.Digest, Spec: x.record.Spec, Seed: x.record.Seed, Ended: run.Failed, Failure: "NaN"}
		}, "of a run that failed"},
	} {
		t.Run(f.name, func(t *testing.T) {
			forged := x.clone()
			f.forge(forged)
			forged.sign(t)
			v := forged.verify(t, dir)
			if v.Verdict != check.Fails || !strings.Contains(v.Reason, f.reason) {
				t.Errorf("%v: %q, expected a reason with %q", v.Verdict, v.Reason, f.reason)
			}
		})
	}
	t.Run("another loop", func(t *testing.T) {
		forged := x.clone()
		forged.record.Machine.Kernel = "pytorch 1.13.1, cpu"
		forged.sign(t)
		if v := forged.verify(t, dir); v.Verdict != check.Holds {
			t.Errorf("equal scores from other loops: %v: %s", v.Verdict, v.Reason)
		}
		forged.record.Scores[1].Correct[0]++
		forged.sign(t)
		if v := forged.verify(t, dir); v.Verdict != check.Undecided || !strings.Contains(v.Reason, "round differently") {
			t.Errorf("other scores from other loops: %v: %s", v.Verdict, v.Reason)
		}
	})
	t.Run("canonical", func(t *testing.T) {
		for _, name := range []string{ExperimentFile, RecordFile, ClassFile, FileName} {
			forged := x.clone()
			forged.files[name] = append(slices.Clone(forged.files[name]), '\n')
			if name != ExperimentFile {
				forged.signFiles()
			}
			if v := forged.verify(t, dir); v.Verdict != check.Fails {
				t.Errorf("%s with another line feed: %v", name, v.Verdict)
			}
		}
	})
	t.Run("digests", func(t *testing.T) {
		forged := x.clone()
		forged.files[RecordFile] = bytes.Replace(forged.files[RecordFile], []byte(`"code": "test"`), []byte(`"code": "tess"`), 1)
		if v := forged.verify(t, dir); !strings.Contains(v.Reason, "record.json: is not the file that the certificate is about") {
			t.Error(v.Verdict, v.Reason)
		}
	})
}

// TestMutantExperiments changes a number at random somewhere in the record, the class or the
// certificate itself and renews the digests: it is refused, or all that is claimed is as it was.
func TestMutantExperiments(t *testing.T) {
	x := trainedRun(t, tinySpec("Z2", 1))
	dir := t.TempDir()
	count, r := 250, rand.New(rand.NewPCG(5, 1))
	if long {
		count = 2000
	}
	refused, same := map[string]int{}, map[string]int{}
	for n := 0; n < count; {
		name := []string{RecordFile, RecordFile, RecordFile, ClassFile, ExperimentFile}[r.IntN(5)]
		forged := x.clone()
		text, what := changeNumber("\n\n"+strings.ReplaceAll(string(forged.files[name]), ",", ",\n"), r)
		text = strings.ReplaceAll(text[2:], ",\n", ",")
		if !forged.put(t, name, text) {
			continue
		}
		n++
		v := forged.verify(t, dir)
		if v.Verdict != check.Holds {
			refused[name]++
			continue
		}
		same[name]++
		if d := cmp.Diff(x.claimed(t), forged.claimed(t)); d != "" || name == ExperimentFile {
			t.Errorf("accepted: %s: %s\n%s", name, what, d)
		}
	}
	t.Logf("%d mutants, seed 5: refused %v, accepted because nothing claimed is different %v", count, refused, same)
	for _, name := range []string{RecordFile, ClassFile, ExperimentFile} {
		if refused[name] == 0 {
			t.Errorf("no mutant of %s was refused", name)
		}
	}
}

// put takes the text of a file, in its canonical form and with digests renewed.
func (x *experiment) put(t *testing.T, name, text string) bool {
	switch name {
	case RecordFile:
		x.record = run.Record{}
		if json.Unmarshal([]byte(text), &x.record) != nil {
			return false
		}
		x.sign(t)
	case ClassFile:
		var c class.Certificate
		if json.Unmarshal([]byte(text), &c) != nil {
			return false
		}
		x.files[name], _ = c.Encode()
		x.signFiles()
	default:
		var e Experiment
		if json.Unmarshal([]byte(text), &e) != nil || e.Format != ExperimentFormat || bytes.Equal(e.Encode(), x.files[name]) {
			return false
		}
		x.files[name] = e.Encode()
	}
	return true
}

// claimed is what a certificate that holds says, without how the training went, which is
// only reported, and which words training was given.
func (x *experiment) claimed(t *testing.T) string {
	t.Helper()
	r := x.clone().record
	s := &r.Spec
	s.Train, s.Task.Min, s.Task.Curriculum = train.Config{}, 0, false
	r.Digest, r.Code, r.Machine, r.CPU, r.Steps, r.Curve, r.Ended, r.Reached = "", "", run.Machine{}, 0, 0, nil, "", false
	return fmt.Sprintf("%s%s%s", encode(r), encode(x.class.Subject), x.class.Class)
}

func FuzzDecodeExperiment(f *testing.F) {
	x := trainedRun(f, tinySpec("Z2", 1))
	f.Add(x.files[ExperimentFile])
	f.Add([]byte("{\n  \"format\": \"tc0 experiment certificate 1\"\n}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := DecodeExperiment(data)
		if err == nil && !bytes.Equal(e.Encode(), data) {
			t.Error("accepts another text than it writes")
		}
	})
}

func FuzzRecord(f *testing.F) {
	x := trainedRun(f, tinySpec("Z2", 1))
	f.Add(x.files[RecordFile])
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := decodeRecord(data)
		if err == nil && (!bytes.Equal(encode(r), data) || r.Check() != nil) {
			t.Error("accepts another text than it writes, or a record that contradicts itself")
		}
	})
}
