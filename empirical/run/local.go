package run

import (
	"context"
	"fmt"
	"runtime"

	"tc0/empirical/model"
	"tc0/empirical/task"
	"tc0/empirical/tensor"
	"tc0/empirical/train"
	"tc0/theory/ssm"
)

// Local runs specs in this process with empirical/train. Its functions may each be nil, may
// be called by several goroutines when several specs run, and end the run by an error.
type Local struct {
	Code    string // version of the program, for the record
	Workers int    // threads of one run; 0: 1

	// Begin gets the trainer before the first step, to restore a state that Each saved.
	Begin func(s Spec, t *train.Trainer) error
	// Each is called after every evaluation that a run has whether it is interrupted or not.
	Each func(s Spec, t *train.Trainer, p train.Point) error
	// Keep gets the record before it is returned, and the files of the checkpoint by name.
	Keep func(r Record, files map[string][]byte) error
}

// Run trains a model from random weights and scores it on test words.
func (l Local) Run(ctx context.Context, s Spec) (Record, error) {
	s, err := s.Complete()
	if err != nil {
		return Record{}, err
	}
	d, m, err := s.Fresh()
	if err != nil {
		return Record{}, err
	}
	if _, err := checkpoint(d, m); err != nil { // better now than after the training
		return Record{}, err
	}
	trainer, err := l.trainer(s, d, m)
	if err != nil {
		return Record{}, err
	}
	r := Record{Digest: s.Digest(), Spec: s, Seed: s.Seed, Code: l.Code, Machine: ThisMachine()}
	result, failure, err := l.train(ctx, s, trainer)
	if err != nil {
		return Record{}, err
	}
	r.Ended, r.Steps, r.CPU, r.Curve = result.Ended, result.Steps, result.CPU, result.Curve
	if failure != nil {
		r.Ended, r.Failure = Failed, failure.Error()
		return r, nil
	}
	r.Reached = r.Ended == train.Reached
	files, err := r.Conclude(ctx, d, m, l.workers())
	if err == nil && l.Keep != nil {
		err = l.Keep(r, files)
	}
	return r, err
}

func (l Local) workers() int { return max(1, l.Workers) }

func (l Local) trainer(s Spec, d *task.Data, m *model.Model) (*train.Trainer, error) {
	c := s.Training(d)
	c.Workers = l.workers()
	words, err := d.Source(task.Train)
	if err != nil {
		return nil, err
	}
	valid, err := d.Source(task.Valid)
	if err != nil {
		return nil, err
	}
	t, err := train.New(m, words, valid, c)
	if err == nil && l.Begin != nil {
		err = l.Begin(s, t)
	}
	return t, err
}

// train tells a training that diverged, failure, from one that could not go on, err. An
// evaluation because of an interruption is nobody's business.
func (l Local) train(ctx context.Context, s Spec, t *train.Trainer) (result train.Result, failure, err error) {
	result, failure = t.Run(ctx, func(p train.Point) error {
		if l.Each != nil && ctx.Err() == nil {
			err = l.Each(s, t, p)
		}
		return err
	})
	if err == nil && result.Ended == train.Interrupted {
		err = context.Cause(ctx)
	}
	return result, failure, err
}

// Conclude adds to a record what is known after the training: the checkpoint's digest, and
// the scores on the test words of every length of the spec, computed with so many threads. It
// returns the files of the checkpoint, by name.
func (r *Record) Conclude(ctx context.Context, d *task.Data, m *model.Model, workers int) (map[string][]byte, error) {
	files, err := checkpoint(d, m)
	if err != nil {
		return nil, err
	}
	r.Checkpoint = ssm.Digest(files)
	test, err := d.Source(task.Test)
	if err != nil {
		return nil, err
	}
	for _, n := range r.Spec.Lengths {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		score, err := train.Evaluate(m, test, d.Positions(n), r.Spec.Words, r.Seed, workers)
		if err != nil {
			return nil, fmt.Errorf("length %d: %w", n, err)
		}
		r.Scores = append(r.Scores, score)
		r.Split = append(r.Split, d.Split(n))
	}
	r.TokenAccuracy, r.SequenceAccuracy = r.Scores[0].Token(), r.Scores[0].Sequence()
	return files, nil
}

// checkpoint gives the files of a checkpoint. One of a task that task.json cannot say has no
// task.json.
func checkpoint(d *task.Data, m *model.Model) (map[string][]byte, error) {
	file, err := d.File()
	if err != nil {
		file = nil
	}
	return ssm.Export(m.Export(), file, "F32")
}

// ThisMachine is the one that this process runs on.
func ThisMachine() Machine {
	return Machine{
		OS: runtime.GOOS, Arch: runtime.GOARCH, CPUs: runtime.NumCPU(), Go: runtime.Version(), Kernel: tensor.Kernel(),
	}
}
