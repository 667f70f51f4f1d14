package compile

import (
	"context"
	"errors"
	"fmt"

	"tc0/circuits/arith"
	"tc0/circuits/threshold"
	"tc0/theory/ssm"
)

// Progress is told how far a long job has come; total is 0 when unknown.
type Progress func(job string, done, total int)

// Request says what to compile.
type Request struct {
	Length    int
	Precision *Precision // nil: search for the least that reaches Agreement
	Agreement float64    // fraction of positions, for the search
	Digits    int
	Minimize  Goal
	Form      Form
	Words     [][]int // calibration words; nil: draw CalibrationWords
	Seed      uint64  // of the calibration; evaluation uses another stream
	EvalWords int     // held-out words for agreement
	Quant     *Quant  // reuse this quantisation; other choices are then taken from it
	Progress  Progress
}

// CalibrationWords is how many words calibration draws.
const CalibrationWords = 512

// evalSeed is the seed of the held-out words.
func evalSeed(seed uint64) uint64 { return seed + 0x9e3779b97f4a7c15 }

// Compiled is a compiled model at one length.
type Compiled struct {
	Quant     *Quant
	Model     *Model
	Arith     *arith.Circuit
	Threshold *threshold.Circuit
	Report    *Report
}

// ErrNoPrecision says that no precision up to [MaxBits] reaches the agreement.
type ErrNoPrecision struct {
	Best      int     // the precision with the highest agreement
	Agreement float64 // there
	Word      []int   // the first word that disagrees there
}

func (e *ErrNoPrecision) Error() string {
	return fmt.Sprintf("no precision up to %d bits reaches the agreement asked for; the best is %d bits with %.4f; first disagreeing word %v",
		MaxBits, e.Best, e.Agreement, e.Word)
}

// Compile quantises a checkpoint, unrolls it to the length asked for and lowers
// it to a threshold circuit.
func Compile(ctx context.Context, ck *ssm.Checkpoint, r Request) (*Compiled, error) {
	q, err := r.prepare(ctx, ck)
	if err != nil {
		return nil, err
	}
	r.Progress("plan", 0, 0)
	m, err := New(ck, q, r.Length)
	if err != nil {
		return nil, err
	}
	r.Progress("lower", 0, 0)
	ac, tc, err := m.Threshold(r.Length)
	if err != nil {
		return nil, err
	}
	r.Progress("report", 0, 0)
	report, err := m.report(ctx, ck, r, tc)
	if err != nil {
		return nil, err
	}
	return &Compiled{Quant: q, Model: m, Arith: ac, Threshold: tc, Report: report}, nil
}

// prepare checks the request, fills what it leaves open and returns its
// quantisation, made anew unless it brings one.
func (r *Request) prepare(ctx context.Context, ck *ssm.Checkpoint) (*Quant, error) {
	if err := compilable(ck); err != nil {
		return nil, err
	}
	if err := r.check(); err != nil {
		return nil, err
	}
	if r.Progress == nil {
		r.Progress = quiet
	}
	if r.Quant != nil {
		return r.Quant, nil
	}
	return Quantise(ctx, ck, *r)
}

// quiet shows no progress.
func quiet(string, int, int) {}

func (r *Request) check() error {
	switch {
	case r.Length < 1:
		return fmt.Errorf("length %d, expected at least 1", r.Length)
	case r.EvalWords < 1:
		return errors.New("no evaluation words")
	case r.Quant != nil:
		return nil
	case r.Precision == nil && !(r.Agreement > 0 && r.Agreement <= 1):
		return fmt.Errorf("agreement %v, expected a fraction in (0,1]", r.Agreement)
	}
	return nil
}

// Quantise calibrates and, unless the precision is given, searches for it.
func Quantise(ctx context.Context, ck *ssm.Checkpoint, r Request) (*Quant, error) {
	if r.Progress == nil {
		r.Progress = quiet
	}
	words, alphabet := r.Words, Alphabet(ck)
	sample := Sample{Source: "file", Words: len(r.Words), Length: r.Length, Seed: r.Seed}
	if words == nil {
		sample.Source, sample.Words = "uniform", CalibrationWords
		words = calibrationWords(alphabet, sample)
	} else {
		alphabet = lettersOf(words)
	}
	r.Progress("calibrate", 0, len(words))
	tensors, err := Calibrate(ctx, ck, r.Form, words)
	if err != nil {
		return nil, err
	}
	q := &Quant{
		Version: quantVersion, Checkpoint: ck.Digest, Family: ck.Model.Family, Form: r.Form, Digits: r.Digits,
		Minimize: r.Minimize, Alphabet: alphabet, Calibration: sample, Tensors: tensors,
	}
	if r.Precision != nil {
		q.Precision = *r.Precision
		return q, q.Validate()
	}
	return search(ctx, ck, q, r)
}
