package cert

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"

	"tc0/empirical/model"
	"tc0/empirical/run"
	"tc0/empirical/task"
	"tc0/empirical/tensor"
	"tc0/empirical/train"
	"tc0/proofs/kernel"
	"tc0/theory/class"
	"tc0/theory/ssm"
)

// experimentTrust is what a verdict on an experiment takes on trust.
var experimentTrust = []string{
	"that training took the course of the record: not repeated (tc0 train with the record's spec does, bit by bit on the same loops)",
	"the labels and the division of words by empirical/task, and the scoring by empirical/train, which computed the record too",
	"the theorems cited; float32 loops of this machine, which are compared with the record's counts",
}

// mostScored bounds the tokens of test words that are scored anew.
const mostScored = 1 << 27

// VerifyExperiment judges a certificate of an experiment. Its companions lie beside it:
// record.json, class.json and certificate.json, with the files that that one is about. The
// checkpoint's files lie in a directory of their own. Test words are scored with so many
// threads. An error says that there was nothing to judge.
//
// Where scores differ from the record and the machine computes with other loops than the
// record says, which round differently, the verdict is undecided.
func VerifyExperiment(ctx context.Context, path, checkpoint string, workers int) (*Verdict, error) {
	data, err := readRegular(path)
	if err != nil {
		return nil, err
	}
	if !begins(data, ExperimentFormat) {
		return nil, fmt.Errorf("%s: does not begin as a certificate of an experiment does", path)
	}
	v := &Verdict{Trusted: experimentTrust}
	j := &experimentJudge{Verdict: v, dir: filepath.Dir(path), checkpoint: checkpoint, workers: workers}
	return v.conclude(j.judge(ctx, data))
}

// experimentJudge judges one certificate.
type experimentJudge struct {
	*Verdict
	dir, checkpoint string
	workers         int

	record run.Record
	class  *class.Certificate
}

func (j *experimentJudge) judge(ctx context.Context, data []byte) error {
	e, err := DecodeExperiment(data)
	if err != nil {
		return err
	}
	want, err := j.derive(e)
	if err != nil {
		return err
	}
	if err := firstDifference(e, want); err != nil {
		return err
	}
	ck, err := ssm.Load(j.checkpoint)
	if err != nil {
		return err
	}
	for _, step := range []func() error{
		func() error { return j.circuit(e) },
		func() error { return j.pairing(e, ck) },
		func() error { return j.taskClass(e) },
		func() error { return j.accuracy(ctx, ck) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	t := want.Claims[len(want.Claims)-1].Training
	j.claim(ClaimTraining, "", "%d steps, ended by %q: as the record says, not repeated here", t.Steps, t.Ended)
	return nil
}

// claim notes the verdict on a claim of this format; kind is another one if it is not empty.
func (j *experimentJudge) claim(id, kind, format string, args ...any) {
	i := slices.IndexFunc(experimentStatements, func(s statement) bool { return s.id == id })
	s := experimentStatements[i]
	if kind == "" {
		kind = s.kind
	}
	j.add(id, kind, s.text, format, args...)
}

// derive makes the certificate anew from its companions, which must be those that it names.
func (j *experimentJudge) derive(e *Experiment) (*Experiment, error) {
	names := []string{RecordFile, FileName, ClassFile}
	if len(e.Files) != len(names) {
		return nil, refuse("the certificate: names %d files, expected %d", len(e.Files), len(names))
	}
	var texts [][]byte
	for i, name := range names {
		if e.Files[i].Name != name {
			return nil, refuse("the certificate: file %d is %q, expected %q", i, e.Files[i].Name, name)
		}
		text, err := companion(j.dir, e.Files[i])
		if err != nil {
			return nil, err
		}
		texts = append(texts, text)
	}
	var err error
	if j.record, err = decodeRecord(texts[0]); err != nil {
		return nil, err
	}
	if j.class, err = class.Decode(texts[2]); err != nil {
		return nil, refuse("%s: %v", ClassFile, err)
	}
	if err := class.Check(j.class); err != nil { // its evidence is there, which the class theorem is read from
		return nil, refuse("%s: %v", ClassFile, err)
	}
	return newExperiment(texts[0], texts[1], texts[2], j.record, j.class), nil
}

// firstDifference says where a certificate is not the one that follows from its files.
func firstDifference(got, want *Experiment) error {
	if bytes.Equal(got.Encode(), want.Encode()) {
		return nil
	}
	switch {
	case got.Checkpoint != want.Checkpoint:
		return refuse("checkpoint: says %.12s…, the record %.12s…", got.Checkpoint, want.Checkpoint)
	case got.Run != want.Run:
		return refuse("run: says %+v, the record %+v", got.Run, want.Run)
	case len(got.Claims) != len(want.Claims):
		return refuse("claims: %d, expected %d", len(got.Claims), len(want.Claims))
	}
	for i := range want.Claims {
		if g, w := encode(got.Claims[i]), encode(want.Claims[i]); !bytes.Equal(g, w) {
			return refuse("claim %s: is not what its file says, %s", want.Claims[i].ID, bytes.Join(bytes.Fields(w), []byte(" ")))
		}
	}
	return refuse("the certificate: is not what follows from its files")
}

// circuit lets the kernel judge certificate.json and takes its verdicts in.
func (j *experimentJudge) circuit(e *Experiment) error {
	v, err := kernel.Verify(filepath.Join(j.dir, FileName), j.checkpoint)
	if err != nil {
		return err
	}
	for _, r := range v.Results {
		r.ID = "circuit." + r.ID
		j.Results = append(j.Results, r)
	}
	if !v.Holds {
		return refuse("%s: %s", FileName, v.Reason)
	}
	if text, err := companion(j.dir, e.Files[1]); err != nil { // the kernel read the file once more
		return err
	} else if digest, err := circuitCheckpoint(text); err != nil || digest != j.record.Checkpoint {
		return refuse("%s: is about checkpoint %.12s…, the run left %.12s…", FileName, digest, j.record.Checkpoint)
	}
	return nil
}

// pairing compares the checkpoint with what the record says of it. The kernel has read the files
// too, but before: these are what is scored.
func (j *experimentJudge) pairing(e *Experiment, ck *ssm.Checkpoint) error {
	if ck.Digest != j.record.Checkpoint {
		return refuse("checkpoint: %s has digest %.12s…, the run left %.12s…", j.checkpoint, ck.Digest, j.record.Checkpoint)
	}
	if err := sameShape(j.record.Spec, ck.Model); err != nil {
		return err
	}
	j.claim(ClaimPairing, "", "digest %.16s… in the record, in %s and of the files; %s of %d layers, width %d",
		e.Checkpoint, FileName, ck.Model.Family, len(ck.Model.Blocks), ck.Model.DModel)
	return nil
}

// sameShape says how a model is not one that the spec describes.
func sameShape(s run.Spec, m *ssm.Model) error {
	d, err := task.New(s.Task)
	if err != nil {
		return err
	}
	states := 0
	switch b := m.Blocks[0].(type) {
	case *ssm.Mamba:
		states = b.DState
	case *ssm.S4D:
		states = b.DState
	}
	for _, c := range []struct {
		what      string
		says, has any
	}{
		{"architecture", s.Model.Arch, m.Family}, {"layers", s.Model.Layers, len(m.Blocks)}, {"width", s.Model.Width, m.DModel},
		{"state", s.Model.State, states}, {"vocabulary", d.Vocab(), m.Vocab}, {"tied", s.Model.Tied, m.Tied},
	} {
		if c.says != c.has {
			return refuse("%s: %s %v in the record, the checkpoint has %v", RecordFile, c.what, c.says, c.has)
		}
	}
	return nil
}

// taskClass compares the subject of the class with the task's automaton, made anew. That the
// evidence holds has been checked.
func (j *experimentJudge) taskClass(e *Experiment) error {
	d, err := machine(j.record.Spec.Task)
	if err != nil {
		return refuse("%s: task %s: %v", RecordFile, j.record.Spec.Task.Name, err)
	}
	maps, err := d.Maps()
	if err != nil {
		return refuse("%s: task %s: %v", RecordFile, j.record.Spec.Task.Name, err)
	}
	want := class.Presentation{Maps: maps, Letters: d.Alphabet(), Start: d.Start()}
	for q := range d.States() {
		want.Outputs = append(want.Outputs, d.Output(q))
	}
	if !bytes.Equal(encode(j.class.Subject), encode(want)) {
		return refuse("%s: is about another automaton than that of the task %s", ClassFile, j.record.Spec.Task.Name)
	}
	for _, c := range e.Claims {
		switch c.ID {
		case ClaimTask:
			j.claim(c.ID, "", "%s by %s; the automaton of %s made anew: %d states, %d letters",
				c.Class.Class, c.Class.Theorem, e.Run.Task, d.States(), d.Letters())
		case ClaimOutside:
			j.claim(c.ID, "cited", "if %s: not checked here", c.Assumptions[0])
		}
	}
	return nil
}

// accuracy scores the checkpoint anew.
func (j *experimentJudge) accuracy(ctx context.Context, ck *ssm.Checkpoint) error {
	total := 0
	for _, n := range j.record.Spec.Lengths {
		if total += (n + 1) * j.record.Spec.Words; total > mostScored { // neither factor is above 2^24
			return question{fmt.Sprintf("accuracy: test words of more than %d tokens are not scored anew", mostScored)}
		}
	}
	again, err := rescore(ctx, j.record, ck, j.workers)
	if err != nil {
		return err
	}
	for i, s := range again.Scores {
		if !reflect.DeepEqual(s, j.record.Scores[i]) {
			return j.otherScore(i, s)
		}
	}
	if !reflect.DeepEqual(again.Split, j.record.Split) {
		return refuse("%s: says of which words were kept out of training what the task does not", RecordFile)
	}
	j.claim(ClaimAccuracy, fmt.Sprintf("sampled %d", j.record.Spec.Words), "scored anew at %s letters, seed %d, loops %s: equal at every position",
		strings.Trim(strings.ReplaceAll(fmt.Sprint(j.record.Spec.Lengths), " ", ", "), "[]"), j.record.Seed, tensor.Kernel())
	return nil
}

// rescore scores a checkpoint as its run did.
func rescore(ctx context.Context, r run.Record, ck *ssm.Checkpoint, workers int) (run.Record, error) {
	again := run.Record{Spec: r.Spec, Seed: r.Seed}
	d, err := task.New(r.Spec.Task)
	if err != nil {
		return again, err
	}
	m, err := model.New(ck.Model)
	if err != nil {
		return again, err
	}
	_, err = again.Conclude(ctx, d, m, workers)
	return again, err
}

// otherScore is the error for scores that are not the record's: it is the record's fault only if
// it comes from loops that round as those of this machine do.
func (j *experimentJudge) otherScore(i int, now train.Score) error {
	then := j.record.Scores[i]
	_, was := tokens(then)
	_, is := tokens(now)
	text := fmt.Sprintf("accuracy: at length %d the record has %d labels and %d words right, the checkpoint %d and %d",
		j.record.Spec.Lengths[i], was, then.Sequences, is, now.Sequences)
	if m := j.record.Machine; m.Kernel != tensor.Kernel() || m.Arch != runtime.GOARCH {
		return question{fmt.Sprintf("%s; the record is from loops %s on %s, this machine has %s on %s, which round differently",
			text, m.Kernel, m.Arch, tensor.Kernel(), runtime.GOARCH)}
	}
	return refusal{text}
}
