package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"tc0/circuits/compile"
	"tc0/theory/ssm"
)

// maxLength keeps a length with a digit too many from exhausting the memory before
// anything is said.
const maxLength = 1 << 16

// choices are the flags that decide the quantised function.
type choices struct {
	bits      string
	agreement float64
	digits    int
	minimize  string
	form      string
	seed      uint64
	evalWords int
	words     string
	quant     string
}

// addQuantisation adds the flags that compile, family and pareto share.
func addQuantisation(cmd *cobra.Command, c *choices) {
	f := cmd.Flags()
	f.StringVar(&c.bits, "bits", "auto",
		"precision: a number, a formula such as 6+2*log2n, or auto, the least that reaches --agreement")
	f.Float64Var(&c.agreement, "agreement", 1, "with --bits auto: fraction of positions whose label must be the float model's")
	f.StringVar(&c.form, "form", string(compile.Convolution),
		"convolution (constant depth) or recurrent (what deployment runs, depth grows with n)")
	f.Uint64Var(&c.seed, "seed", 1, "seed of the calibration words; evaluation draws from another stream")
	f.IntVar(&c.evalWords, "eval-words", 512, "held-out words on which agreement is measured")
	f.StringVar(&c.words, "words", "", "calibrate on the words in `FILE`, one per line, tokens separated by spaces or commas")
	f.StringVar(&c.quant, "quant", "", "reuse the quantisation in `FILE` (a quant.json) instead of calibrating")
	exclude(cmd, "quant", "bits", "agreement", "form", "words")
	atLeast(cmd, 1, "eval-words")
	atMost(cmd, maxLength, "eval-words")
	c.digits, c.minimize = 2, string(compile.Gates)
}

// addShape adds the flags that decide how variables are written and what is made
// small.
func addShape(cmd *cobra.Command, c *choices) {
	f := cmd.Flags()
	f.IntVar(&c.digits, "digits", c.digits, "digits in which a variable is written: 1 (shallow) or 2 (few gates)")
	f.StringVar(&c.minimize, "minimize", c.minimize, "what to make small: gates, depth or wires")
	exclude(cmd, "quant", "digits", "minimize")
}

// addLength adds the length of the words that a circuit reads.
func addLength(cmd *cobra.Command, length *int) {
	cmd.Flags().IntVar(length, "length", 0, "length n of the words that the circuit reads")
	require(cmd, "length")
	atLeast(cmd, 1, "length")
	atMost(cmd, maxLength, "length")
}

// request reads the flags into a request for a length.
func (c *choices) request(ck *ssm.Checkpoint, length int, progress compile.Progress) (compile.Request, error) {
	r := compile.Request{
		Length: length, Agreement: c.agreement, Digits: c.digits, Minimize: compile.Goal(c.minimize),
		Form: compile.Form(c.form), Seed: c.seed, EvalWords: c.evalWords, Progress: progress,
	}
	if err := c.validate(); err != nil {
		return r, err
	}
	if c.bits != "auto" {
		p, err := compile.ParsePrecision(c.bits)
		if err != nil {
			return r, fmt.Errorf("--bits: %w", err)
		}
		r.Precision = &p
	}
	var err error
	if c.words != "" {
		if r.Words, err = readWords(c.words, length, ck.Model.Vocab); err != nil {
			return r, err
		}
	}
	if c.quant != "" {
		r.Quant, err = compile.LoadQuant(c.quant, ck)
	}
	return r, err
}

// validate reports the first flag that is out of range, before any work is done.
func (c *choices) validate() error {
	switch {
	case c.digits < 1 || c.digits > 2:
		return fmt.Errorf("--digits %d: expected 1 or 2", c.digits)
	case c.minimize != string(compile.Gates) && c.minimize != string(compile.Depth) && c.minimize != string(compile.Wires):
		return fmt.Errorf("--minimize %s: expected gates, depth or wires", c.minimize)
	case c.form != string(compile.Convolution) && c.form != string(compile.Recurrent):
		return fmt.Errorf("--form %s: expected convolution or recurrent", c.form)
	case !(c.agreement > 0 && c.agreement <= 1):
		return fmt.Errorf("--agreement %v: expected a fraction above 0 and at most 1", c.agreement)
	}
	return nil
}

func (a *app) compileVerb() *cobra.Command {
	var c choices
	var length int
	var out string
	cmd := &cobra.Command{
		Use:   "compile CHECKPOINT_DIR --length N -o OUT_DIR",
		Short: "Quantise a checkpoint, unroll it to a length and write its threshold circuit",
		Long: `Quantise a checkpoint, unroll it to words of length N and write the threshold
circuit of the quantised model. OUT_DIR gets quant.json (scales), model.ac (the
arithmetic circuit), circuit.tc (the threshold circuit) and report.json (what is
printed, and the error of every tensor).`,
		Example: `  tc0 compile theory/ssm/testdata/mamba-flipflop4 --length 8 -o out
  tc0 compile theory/ssm/testdata/s4d-z5 --length 16 --bits 6+2*log2n --digits 1 -o out`,
		Args: oneOf("one CHECKPOINT_DIR"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.compile(cmd.Context(), args[0], out, length, &c)
		},
	}
	addQuantisation(cmd, &c)
	addShape(cmd, &c)
	addLength(cmd, &length)
	cmd.Flags().StringVarP(&out, "output", "o", "", "write the results to `OUT_DIR`")
	require(cmd, "output")
	return cmd
}

func (a *app) compile(ctx context.Context, dir, out string, length int, c *choices) error {
	if info, err := os.Stat(out); err == nil && !info.IsDir() {
		return fmt.Errorf("%s: is a file, expected a directory for -o", out)
	}
	ck, err := ssm.Load(dir)
	if err != nil {
		return err
	}
	r, err := c.request(ck, length, a.meter.step)
	if err != nil {
		return err
	}
	done, err := compile.Compile(ctx, ck, r)
	if err != nil {
		return a.noPrecision(dir, err)
	}
	report := reportJSON{sourceOf(dir, out), done.Report}
	a.meter.step("write", 0, 0)
	if err := writeOutDir(ctx, out, done, report); err != nil {
		return err
	}
	return a.answer(flatReport(report), func(w io.Writer) error { return printReport(w, report, out) })
}

// noPrecision turns a search without success into a failure with its witness.
func (a *app) noPrecision(dir string, err error) error {
	var none *compile.ErrNoPrecision
	if !errors.As(err, &none) {
		if errors.Is(err, context.Canceled) {
			return err
		}
		return fmt.Errorf("%s: %w", dir, err)
	}
	if a.json {
		if err := a.printJSON(map[string]any{
			"verdict": "fails", "best_bits": none.Best, "agreement": none.Agreement, "first_disagreeing_word": none.Word,
		}); err != nil {
			return err
		}
	}
	return failure{fmt.Errorf("%s: %w; ask for less with --agreement", dir, err)}
}

// sourceOf remembers a checkpoint in an OUT_DIR.
func sourceOf(checkpoint, out string) source {
	s := source{Checkpoint: checkpoint, Name: filepath.Base(filepath.Clean(checkpoint))}
	from, err := filepath.Abs(out)
	if err != nil {
		return s
	}
	if to, err := filepath.Abs(checkpoint); err == nil {
		s.Name = filepath.Base(to)
		if rel, err := filepath.Rel(from, to); err == nil {
			s.Relative = filepath.ToSlash(rel)
		}
	}
	return s
}

// writeOutDir writes the four files, all or none.
func writeOutDir(ctx context.Context, out string, c *compile.Compiled, r reportJSON) error {
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	bytes := func(data []byte, err error) func(io.Writer) error {
		return func(w io.Writer) error {
			if err == nil {
				_, err = w.Write(data)
			}
			return err
		}
	}
	return writeFiles(ctx,
		file{filepath.Join(out, quantFile), bytes(c.Quant.MarshalIndent())},
		file{filepath.Join(out, arithFile), c.Arith.WriteBinary},
		file{filepath.Join(out, circuitFile), c.Threshold.WriteBinary},
		file{filepath.Join(out, reportFile), bytes(marshal(r))},
	)
}
