package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"tc0/circuits/arith"
	"tc0/circuits/export"
	"tc0/circuits/threshold"
)

// convertJSON is the answer of convert.
type convertJSON struct {
	File   string        `json:"file"`
	Format export.Format `json:"format"`
	Bytes  int64         `json:"bytes"`
}

// converting says what to write.
type converting struct {
	to      string
	out     string
	options export.Options
	tokens  string
	claim   string
}

func (a *app) convertVerb() *cobra.Command {
	var c converting
	cmd := &cobra.Command{
		Use:   "convert FILE --to FORMAT -o FILE",
		Short: "Write a circuit in another format: " + formatNames(),
		Long: `Write a circuit file in another format.

  text, binary  tc0's own forms, exact both ways
  json          every gate written out
  dot           a drawing for graphviz, small circuits only
  verilog       one assignment per gate
  blif, aiger   two-input logic, for ABC and Yosys
  opb           two constraints per gate, for pseudo-Boolean solvers

An arithmetic circuit (model.ac) has the forms text and binary only. Signals are
named x<position>_<token>, g<number> and y<position>_<class>. With --tokens and
--claim an OPB file asks a solver a question: it is satisfiable just when the
circuit, on that word, gives the output that value.`,
		Example: `  tc0 convert out/circuit.tc --to blif -o circuit.blif
  tc0 convert out/model.ac --to text -o -
  tc0 convert out/circuit.tc --to opb --tokens 1,0 --claim y1_0=1 -o claim.opb`,
		Args: oneOf("one circuit FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.convert(cmd.Context(), args[0], &c)
		},
	}
	f := cmd.Flags()
	f.StringVar(&c.to, "to", "", "write in `FORMAT`: "+formatNames())
	f.StringVarP(&c.out, "output", "o", "", "write to `FILE`, - for standard output")
	f.StringVar(&c.options.Model, "module", "tc0", "verilog and blif: name of the module")
	f.Uint64Var(&c.options.MaxDrawn, "max-drawn", export.DefaultMaxDrawn, "dot: refuse to draw more gates than this")
	f.BoolVar(&c.options.ASCII, "ascii", false, "aiger: write the ASCII form (aag)")
	f.StringVar(&c.tokens, "tokens", "", "opb: fix the input to the word `TOKENS`, such as 1,0,1")
	f.StringVar(&c.claim, "claim", "", "opb: fix an output to a value, such as `y3_1=1`")
	require(cmd, "to", "output")
	follow(cmd, "tokens", "claim")
	follow(cmd, "claim", "tokens")
	return cmd
}

func formatNames() string {
	var names []string
	for _, f := range export.Formats() {
		names = append(names, string(f))
	}
	return strings.Join(names, ", ")
}

func (a *app) convert(ctx context.Context, path string, c *converting) error {
	format, err := export.ParseFormat(c.to)
	if err != nil {
		return fmt.Errorf("--to: %w", err)
	}
	if c.claim != "" && format != export.OPB {
		return errors.New("--tokens and --claim: go with --to opb only")
	}
	a.meter.step("read", 0, 0)
	in, err := loadCircuit(path)
	if err != nil {
		return err
	}
	write, err := c.writer(path, in, format)
	if err != nil {
		return err
	}
	a.meter.step("write", 0, 0)
	named := func(w io.Writer) error {
		if err := write(w); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		return nil
	}
	if c.out == "-" {
		a.meter.stop()
		return named(a.out)
	}
	if isDir(c.out) {
		return fmt.Errorf("%s: is a directory, expected a file for -o", c.out)
	}
	if err := writeFiles(ctx, file{c.out, named}); err != nil {
		return err
	}
	info, err := os.Stat(c.out)
	if err != nil {
		return err
	}
	r := convertJSON{c.out, format, info.Size()}
	return a.answer(r, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "%s: %s, %s\n", r.File, r.Format, plural(r.Bytes, "byte"))
		return err
	})
}

// writer is what writes the circuit in the format.
func (c *converting) writer(path string, in circuits, format export.Format) (func(io.Writer) error, error) {
	if in.arith != nil {
		return arithWriter(path, in.arith, format)
	}
	if c.claim == "" {
		return func(w io.Writer) error { return export.Write(w, in.threshold, format, c.options) }, nil
	}
	q, err := c.query(in.threshold)
	if err != nil {
		return nil, err
	}
	return func(w io.Writer) error { return export.WriteQuery(w, in.threshold, q) }, nil
}

func arithWriter(path string, c *arith.Circuit, format export.Format) (func(io.Writer) error, error) {
	switch format {
	case export.Text:
		return c.WriteText, nil
	case export.Binary:
		return c.WriteBinary, nil
	}
	return nil, fmt.Errorf("%s: an arithmetic circuit converts to text and binary only; for %s convert the threshold circuit, %s",
		path, format, filepath.Join(filepath.Dir(path), circuitFile))
}

// query reads the word and the claim.
func (c *converting) query(tc *threshold.Circuit) (export.Query, error) {
	var q export.Query
	var err error
	if q.Word, err = parseWord(c.tokens, inputTokens(tc)); err != nil {
		return q, fmt.Errorf("--tokens: %w", err)
	}
	output, value, _ := strings.Cut(c.claim, "=")
	if n, err := fmt.Sscanf(output, "y%d_%d", &q.Position, &q.Class); err != nil || n != 2 || value != "0" && value != "1" {
		return q, fmt.Errorf("--claim %s: expected an output and its value, such as y3_1=1 (class 1 at position 3)", c.claim)
	}
	q.Value, _ = strconv.ParseBool(value)
	return q, nil
}

// inputTokens is the largest number of tokens that a position can read.
func inputTokens(c *threshold.Circuit) (tokens int) {
	for b := range c.Banks() {
		if d := c.Bank(b); d.Kind == threshold.Input {
			tokens = max(tokens, int(d.Gates))
		}
	}
	return tokens
}
