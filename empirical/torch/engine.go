package torch

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"tc0/empirical/model"
	"tc0/empirical/run"
	"tc0/empirical/task"
	"tc0/empirical/train"
	"tc0/theory/ssm"
)

// An Engine runs specs with PyTorch. Its functions may each be nil, may be called by several
// goroutines when several specs run, and end the run by an error.
type Engine struct {
	Python  string // an interpreter that has PyTorch; empty: python3
	Code    string // version of the program, for the record
	Threads int    // of PyTorch on the processor, and for the test; 0: 1

	// Begin is called before the first step, when PyTorch has the model.
	Begin func(s run.Spec) error
	// Each is called after every evaluation.
	Each func(s run.Spec, p train.Point) error
	// Keep gets the record before it is returned, and the files of the checkpoint by name.
	Keep func(r run.Record, files map[string][]byte) error
}

var _ run.Runner = Engine{}

// kernel is how Machine.Kernel begins in the records of an Engine.
const kernel = "pytorch "

// Ran reports whether an [Engine] made a record.
func Ran(r run.Record) bool { return strings.HasPrefix(r.Machine.Kernel, kernel) }

// Run trains a model from random weights and scores it on test words. An interpreter that
// cannot be started, has no PyTorch or fails, for want of memory say, is an error.
func (e Engine) Run(ctx context.Context, s run.Spec) (run.Record, error) {
	s, err := s.Complete()
	if err != nil {
		return run.Record{}, err
	}
	d, m, err := s.Fresh()
	if err != nil {
		return run.Record{}, err
	}
	dir, err := os.MkdirTemp("", "tc0-torch-")
	if err != nil {
		return run.Record{}, err
	}
	defer os.RemoveAll(dir)
	r := run.Record{Digest: s.Digest(), Spec: s, Seed: s.Seed, Code: e.Code, Machine: run.ThisMachine()}
	if err := e.train(ctx, &r, d, m, dir); err != nil {
		return run.Record{}, err
	}
	if r.Ended == run.Failed {
		return r, nil
	}
	files, err := r.Conclude(ctx, d, m, e.threads())
	if err == nil && e.Keep != nil {
		err = e.Keep(r, files)
	}
	return r, err
}

func (e Engine) threads() int { return max(1, e.Threads) }

// train trains the model with a Python of its own, whose files are in a directory, and
// writes down how it went. A training that diverged is no error.
func (e Engine) train(ctx context.Context, r *run.Record, d *task.Data, m *model.Model, dir string) error {
	if err := writeFiles(dir, m); err != nil {
		return err
	}
	p, err := start(ctx, e.Python, dir)
	if err != nil {
		return err
	}
	defer p.end()
	c := r.Spec.Training(d)
	about, err := p.load(c, m, dir, e.threads())
	if err != nil {
		return err
	}
	r.Machine.Kernel = fmt.Sprintf("%s%s, %s", kernel, about.Version, about.Device)
	if e.Begin != nil {
		if err := e.Begin(r.Spec); err != nil {
			return err
		}
	}
	words, err := d.Source(task.Train)
	if err != nil {
		return err
	}
	valid, err := d.Source(task.Valid)
	if err != nil {
		return err
	}
	t := &training{config: c, source: words, python: p}
	failure, err := t.run(valid, func(p train.Point) error {
		r.Curve = append(r.Curve, p)
		if e.Each == nil {
			return nil
		}
		return e.Each(r.Spec, p)
	})
	if err != nil {
		return err
	}
	r.Ended, r.Steps, r.CPU, r.Reached = t.ended, t.step, t.seconds, t.ended == train.Reached
	if failure != nil {
		r.Ended, r.Failure = run.Failed, failure.Error()
		return nil
	}
	return p.weights(m, dir)
}

// writeFiles writes the program and the model's checkpoint.
func writeFiles(dir string, m *model.Model) error {
	files, err := ssm.Export(m.Export(), nil, "F32")
	if err != nil {
		return err
	}
	for _, name := range []string{program, "architectures.py"} {
		if files[name], err = scripts.ReadFile(name); err != nil {
			return err
		}
	}
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			return err
		}
	}
	return nil
}
