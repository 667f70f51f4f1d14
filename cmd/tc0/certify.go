package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"tc0/circuits/compile"
	"tc0/proofs/cert"
	"tc0/proofs/kernel"
	"tc0/theory/ssm"
)

// certifying says what to certify.
type certifying struct {
	checkpoint string
	run        string // a RUN_DIR
	family     string // a CHECKPOINT_DIR
	lengths    string
	spots      int
	out        string
	choices
}

// certifyJSON is the answer of certify.
type certifyJSON struct {
	File       string                 `json:"file"`
	Checkpoint string                 `json:"checkpoint"`
	Claims     []kernel.Claim         `json:"claims"`
	Experiment *certifyExperimentJSON `json:"experiment,omitempty"` // with --run
}

type certifyExperimentJSON struct {
	File   string                 `json:"file"`
	Record string                 `json:"record"` // the copy
	Class  string                 `json:"class"`
	Claims []cert.ExperimentClaim `json:"claims"`
}

// certifyFamilyJSON is the answer of certify --family.
type certifyFamilyJSON struct {
	File       string             `json:"file"`
	Checkpoint string             `json:"checkpoint"`
	Claims     []cert.FamilyClaim `json:"claims"`
}

func (a *app) certifyVerb() *cobra.Command {
	var c certifying
	cmd := &cobra.Command{
		Use:   "certify (OUT_DIR [--run RUN_DIR] | --family CHECKPOINT_DIR --lengths 4,8,16 -o FILE)",
		Short: "Write a certificate of what is claimed of a compiled model, an experiment or a family",
		Long: `Write OUT_DIR/certificate.json: digests of the checkpoint's files, of quant.json, model.ac and
circuit.tc, the semantics of the circuit, and claims with their kind and evidence.
It is checked by tc0 verify, or by tc0-verify, a program of its own that takes nothing
from tc0. It lies with the three files that it is about; the checkpoint can lie anywhere.

With --run, also OUT_DIR/experiment.json, which binds the circuit to the run of RUN_DIR
that left its checkpoint, and to the circuit class of the run's task: accuracies at
every length, and class.json, the witness of the class. record.json is copied beside it.

With --family, one file about the circuits of a checkpoint at all lengths: the bounds as
formulas, the circuits of some lengths by digest and count, and gates drawn from a seed,
compared with the function that computes a gate from its number. tc0 verify compiles
these lengths again.`,
		Example: `  tc0 certify out && tc0 verify out/certificate.json
  tc0-verify -checkpoint theory/ssm/testdata/mamba-flipflop4 out/certificate.json
  tc0 train --task Z2 --arch mamba --length 8 -o run && tc0 compile run --length 8 --bits 8 -o out
  tc0 certify out --run run && tc0 verify out/experiment.json
  tc0 certify --family run --lengths 4,8,16 --bits 8 -o family.json`,
		Args: between(0, 1, "one OUT_DIR or --family"),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch family := c.family != ""; {
			case family && len(args) > 0:
				return fmt.Errorf("certify: %s and --family do not go together; see tc0 certify --help", args[0])
			case family:
				return a.certifyFamily(cmd.Context(), &c)
			case len(args) == 0:
				return errors.New("certify: 0 arguments, expected one OUT_DIR or --family; see tc0 certify --help")
			}
			return a.certify(cmd.Context(), args[0], &c)
		},
	}
	f := cmd.Flags()
	f.StringVar(&c.checkpoint, "checkpoint", "", "the checkpoint is in `DIR`, no longer where report.json says")
	f.StringVar(&c.run, "run", "", "certify the experiment too whose record and checkpoint are in `RUN_DIR`")
	f.StringVar(&c.family, "family", "", "certify the family of the checkpoint in `DIR`")
	f.StringVar(&c.lengths, "lengths", "", "family: the lengths to build, such as `4,8,16`")
	f.IntVar(&c.spots, "spots", 256, "family: gates of each length to compare, drawn from --seed")
	f.StringVarP(&c.out, "output", "o", "", "family: write the certificate to `FILE`")
	addQuantisation(cmd, &c.choices)
	addShape(cmd, &c.choices)
	exclude(cmd, "family", "run", "checkpoint")
	for _, name := range []string{"lengths", "spots", "output", "bits", "agreement", "form", "seed", "eval-words", "words", "quant", "digits", "minimize"} {
		follow(cmd, name, "family")
	}
	follow(cmd, "family", "lengths")
	follow(cmd, "family", "output")
	atLeast(cmd, 1, "spots")
	atMost(cmd, cert.MostSpots, "spots")
	return cmd
}

func (a *app) certify(ctx context.Context, dir string, c *certifying) error {
	a.meter.step("read", 0, 0)
	if !isDir(dir) {
		return fmt.Errorf("%s: is no directory, expected an OUT_DIR of tc0 compile", dir)
	}
	if err := checkOutDir(dir); err != nil {
		return err
	}
	ck, err := c.findCheckpoint(dir)
	if err != nil {
		return err
	}
	a.meter.step("certify", 0, 0)
	issued, err := cert.Issue(dir, ck)
	if err != nil {
		return err
	}
	r := certifyJSON{File: filepath.Join(dir, cert.FileName), Checkpoint: ck.Dir, Claims: issued.Claims}
	files := []file{textFile(r.File, issued.Encode())}
	if c.run != "" {
		var more []file
		if r.Experiment, more, err = certifyRun(dir, c.run, issued.Encode()); err != nil {
			return err
		}
		files = append(files, more...)
	}
	if err := writeFiles(ctx, files...); err != nil {
		return err
	}
	return a.answer(r, r.print)
}

// findCheckpoint is the checkpoint that an OUT_DIR was compiled from.
func (c *certifying) findCheckpoint(dir string) (*ssm.Checkpoint, error) {
	place := c.checkpoint
	if place == "" && c.run != "" && isCheckpoint(c.run) {
		place = c.run
	}
	ck, err := (&comparing{checkpoint: place}).find(dir)
	if err == nil && ck == nil {
		err = fmt.Errorf("%s: the checkpoint is not where report.json says: name it with --checkpoint", dir)
	}
	return ck, err
}

// certifyRun makes the certificate of an experiment and the files that it needs.
func certifyRun(dir, run string, certificate []byte) (*certifyExperimentJSON, []file, error) {
	path := filepath.Join(run, recordFile)
	record, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("%s: no such file: expected a RUN_DIR of tc0 train for --run", path)
	}
	if err != nil {
		return nil, nil, err
	}
	e, witness, err := cert.IssueExperiment(record, certificate)
	if err != nil {
		return nil, nil, fmt.Errorf("--run %s: %w", run, err)
	}
	r := &certifyExperimentJSON{
		File: filepath.Join(dir, cert.ExperimentFile), Record: filepath.Join(dir, cert.RecordFile),
		Class: filepath.Join(dir, cert.ClassFile), Claims: e.Claims,
	}
	return r, []file{textFile(r.Record, record), textFile(r.Class, witness), textFile(r.File, e.Encode())}, nil
}

func (r *certifyJSON) print(w io.Writer) error {
	var claims []string
	for _, c := range r.Claims {
		claims = append(claims, c.ID+" ("+c.Kind+")")
	}
	_, err := fmt.Fprintf(w, "wrote %s\nclaims: %s\ncheck it: tc0-verify -checkpoint %s %s\n", r.File, strings.Join(claims, ", "), r.Checkpoint, r.File)
	if r.Experiment == nil || err != nil {
		return err
	}
	claims = nil
	for _, c := range r.Experiment.Claims {
		claims = append(claims, c.ID+" ("+c.Kind+")")
	}
	_, err = fmt.Fprintf(w, "wrote %s, with %s and %s\nclaims: %s\ncheck it: tc0 verify %s\n", r.Experiment.File, r.Experiment.Record, r.Experiment.Class,
		strings.Join(claims, ", "), r.Experiment.File)
	return err
}

func (a *app) certifyFamily(ctx context.Context, c *certifying) error {
	lengths, err := parseLengths(c.lengths)
	if err != nil {
		return err
	}
	if isDir(c.out) {
		return fmt.Errorf("%s: is a directory, expected a file for -o", c.out)
	}
	ck, err := ssm.Load(c.family)
	if err != nil {
		return err
	}
	q, err := a.quantisation(ctx, ck, &c.choices, lengths[len(lengths)-1])
	if err != nil {
		return err
	}
	f, err := cert.IssueFamily(ctx, ck, q, lengths, cert.Spots{Gates: c.spots, Seed: c.seed}, a.meter.step)
	if err != nil {
		return fmt.Errorf("%s: %w", c.family, err)
	}
	if err := writeFiles(ctx, textFile(c.out, f.Encode())); err != nil {
		return err
	}
	r := certifyFamilyJSON{File: c.out, Checkpoint: c.family, Claims: f.Claims}
	return a.answer(r, r.print)
}

// quantisation is the one that the flags ask for, calibrated at a length unless it is read.
func (a *app) quantisation(ctx context.Context, ck *ssm.Checkpoint, c *choices, length int) (*compile.Quant, error) {
	r, err := c.request(ck, length, a.meter.step)
	if err != nil || r.Quant != nil {
		return r.Quant, err
	}
	q, err := compile.Quantise(ctx, ck, r)
	if err != nil {
		return nil, a.noPrecision(ck.Dir, err)
	}
	return q, nil
}

func (r *certifyFamilyJSON) print(w io.Writer) error {
	var claims []string
	for _, c := range r.Claims {
		claims = append(claims, c.ID+" ("+c.Kind+")")
	}
	_, err := fmt.Fprintf(w, "wrote %s\nclaims: %s\ncheck it: tc0 verify --checkpoint %s %s\n", r.File, strings.Join(claims, ", "), r.Checkpoint, r.File)
	return err
}
