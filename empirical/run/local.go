package run

import (
	"context"
	"fmt"
	"runtime"

	"tc0/empirical/model"
	"tc0/empirical/task"
	"tc0/empirical/tensor"
	"tc0/empirical/train"
)

// Local runs specs in this process with empirical/train.
type Local struct {
	Code    string // version of the program, for the record
	Workers int    // threads of one run; 0: 1

	// Each, unless nil, is called after every evaluation. Keep, unless nil, gets the trained
	// model before the record is returned, to write a checkpoint. Both may be called by
	// several goroutines, and their errors end the run.
	Each func(s Spec, p train.Point) error
	Keep func(r Record, d *task.Data, m *model.Model) error
}

// Run trains a model from random weights and scores it on test words.
func (l Local) Run(ctx context.Context, s Spec) (Record, error) {
	s, d, err := s.complete()
	if err != nil {
		return Record{}, err
	}
	config := s.Model
	config.Vocab = d.Vocab()
	def, err := model.Fresh(config, s.Seed)
	if err != nil {
		return Record{}, err
	}
	m, err := model.New(def)
	if err != nil {
		return Record{}, err
	}
	s.Train.Workers = l.Workers
	trainer, err := train.New(m, d.Stream(task.Train), d.Stream(task.Valid), s.training(d))
	if err != nil {
		return Record{}, err
	}
	s.Train.Workers = 0

	r := Record{Digest: s.Digest(), Spec: s, Seed: s.Seed, Code: l.Code, Machine: thisMachine()}
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
	if err := l.score(ctx, &r, d, m); err != nil {
		return Record{}, err
	}
	if l.Keep != nil {
		return r, l.Keep(r, d, m)
	}
	return r, nil
}

// train tells a training that diverged, failure, from one that could not go on, err.
func (l Local) train(ctx context.Context, s Spec, t *train.Trainer) (result train.Result, failure, err error) {
	result, failure = t.Run(ctx, func(p train.Point) error {
		if l.Each != nil {
			err = l.Each(s, p)
		}
		return err
	})
	if err == nil && result.Ended == train.Interrupted {
		err = context.Cause(ctx)
	}
	return result, failure, err
}

// score tests the model at every length.
func (l Local) score(ctx context.Context, r *Record, d *task.Data, m *model.Model) error {
	for _, n := range r.Spec.Lengths {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		score, err := train.Evaluate(m, d.Stream(task.Test), d.Positions(n), r.Spec.Words, r.Seed, max(1, l.Workers))
		if err != nil {
			return fmt.Errorf("length %d: %w", n, err)
		}
		r.Scores = append(r.Scores, score)
		r.Split = append(r.Split, d.Split(n))
	}
	r.TokenAccuracy, r.SequenceAccuracy = r.Scores[0].Token(), r.Scores[0].Sequence()
	return nil
}

func thisMachine() Machine {
	return Machine{
		OS: runtime.GOOS, Arch: runtime.GOARCH, CPUs: runtime.NumCPU(), Go: runtime.Version(), Kernel: tensor.Kernel(),
	}
}
