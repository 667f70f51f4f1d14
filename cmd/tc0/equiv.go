package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"

	"github.com/spf13/cobra"

	"tc0/circuits/arith"
	"tc0/circuits/compile"
	"tc0/circuits/equiv"
	"tc0/circuits/view"
	"tc0/theory/ssm"
)

// defaultSamples is how many words are compared unless told otherwise.
const defaultSamples = 1000

// comparing says which words are compared and with which checkpoint.
type comparing struct {
	exhaustive bool
	samples    int
	sampled    bool // --samples or --seed was given
	seed       uint64
	checkpoint string
	circuits   bool
}

func (a *app) equivVerb() *cobra.Command {
	var c comparing
	cmd := &cobra.Command{
		Use:   "equiv OUT_DIR",
		Short: "Compare quantised model, arithmetic circuit and gates, word by word",
		Long: `Compare the functions along the chain on the same words, without tolerances:

  quantised model    = arithmetic circuit   every integer logit and label
  arithmetic circuit = threshold circuit    every label, gate by gate

The quantised model is quant.json with its checkpoint, evaluated directly. Words
are over the alphabet of quant.json: a sample, or all of them with --exhaustive
and when there are no more than 1,000. When two functions differ, the output, the
word, the position and the first inner node that differs are named.`,
		Example: `  tc0 equiv out
  tc0 equiv out --exhaustive
  tc0 equiv out --samples 10000 --seed 7 --checkpoint theory/ssm/testdata/mamba-flipflop4`,
		Args: oneOf("one OUT_DIR"),
		RunE: func(cmd *cobra.Command, args []string) error {
			c.sampled = cmd.Flags().Changed("samples") || cmd.Flags().Changed("seed")
			return a.equiv(cmd.Context(), args[0], &c)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&c.exhaustive, "exhaustive", false, "compare all words over the alphabet")
	f.IntVar(&c.samples, "samples", defaultSamples, "compare this many random words")
	f.Uint64Var(&c.seed, "seed", 1, "seed of the random words")
	f.StringVar(&c.checkpoint, "checkpoint", "", "the checkpoint is in `DIR`, no longer where report.json says")
	f.BoolVar(&c.circuits, "circuits", false, "compare the two circuits only, without the checkpoint")
	exclude(cmd, "exhaustive", "samples", "seed")
	exclude(cmd, "checkpoint", "circuits")
	atLeast(cmd, 1, "samples")
	return cmd
}

func (a *app) equiv(ctx context.Context, dir string, c *comparing) error {
	a.meter.step("read", 0, 0)
	ac, tc, err := loadPair(dir)
	if err != nil {
		return err
	}
	words, err := c.words(dir, ac)
	if err != nil {
		return err
	}
	var links []*equiv.Result
	if !c.circuits {
		link, err := a.modelLink(ctx, dir, ac, words, c)
		if err != nil {
			return err
		}
		links = append(links, link)
	}
	link, err := equiv.Circuits(ctx, ac, tc, words, a.meter.counter("simulate gates", words.Count()))
	if err != nil {
		return fmt.Errorf("%s: %w", dir, err)
	}
	r := equiv.Chain(append(links, link)...)
	if err := a.answer(r, func(w io.Writer) error { return printEquiv(w, r) }); err != nil {
		return err
	}
	switch r.Verdict {
	case equiv.Holds:
		return nil
	case equiv.Fails:
		return verdict(exitFails)
	}
	return verdict(exitUndecided)
}

// words are the words to compare: all, when asked for or when they are few.
func (c *comparing) words(dir string, ac *arith.Circuit) (equiv.Words, error) {
	alphabet, err := loadAlphabet(dir, ac)
	if err != nil {
		return equiv.Words{}, err
	}
	all, err := equiv.Exhaustive(alphabet, len(ac.Inputs()))
	if c.exhaustive || err == nil && !c.sampled && all.Count() <= defaultSamples {
		return all, err
	}
	return equiv.Sampled(alphabet, len(ac.Inputs()), c.samples, c.seed)
}

// modelLink compares the quantised model with the arithmetic circuit; without the
// checkpoint the link stays undecided.
func (a *app) modelLink(
	ctx context.Context, dir string, ac *arith.Circuit, words equiv.Words, c *comparing,
) (*equiv.Result, error) {
	ck, err := c.find(dir)
	if err != nil {
		return nil, err
	}
	if ck == nil {
		return equiv.Skipped(equiv.ModelLink,
			"the checkpoint is not where report.json says: name it with --checkpoint, or leave it out with --circuits"), nil
	}
	q, err := compile.LoadQuant(filepath.Join(dir, quantFile), ck)
	if err != nil {
		return nil, err
	}
	m, err := compile.New(ck, q, len(ac.Inputs()))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	r, err := equiv.Model(ctx, m, ac, words, a.meter.counter("evaluate the quantised model", words.Count()))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	return r, nil
}

// find loads the checkpoint that was compiled: the one given, or where report.json
// says, as seen from here or from the OUT_DIR; nil when there is none.
func (c *comparing) find(dir string) (*ssm.Checkpoint, error) {
	if c.checkpoint != "" {
		return ssm.Load(c.checkpoint)
	}
	r, err := loadReport(dir)
	if err != nil {
		return nil, err
	}
	places := []string{r.Source.Checkpoint}
	if r.Source.Relative != "" {
		places = []string{filepath.Join(dir, filepath.FromSlash(r.Source.Relative)), r.Source.Checkpoint}
	}
	for _, place := range places {
		if isCheckpoint(place) {
			return ssm.Load(place)
		}
	}
	return nil, nil
}

// printEquiv writes the links of the chain and the witness of a difference.
func printEquiv(w io.Writer, r *equiv.Report) error {
	for _, l := range r.Links {
		fmt.Fprintf(w, "%s: %s\n", l.Between, l.Verdict)
		switch {
		case l.Verdict == equiv.Undecided:
			fmt.Fprintf(w, "  not compared: %s\n", l.Reason)
		case l.Verdict == equiv.Fails:
			fmt.Fprintf(w, "  %s; stopped at word number %s\n", l.Method, view.Count(l.Compared))
			printDifference(w, l.First)
		case l.Gates > 0:
			fmt.Fprintf(w, "  %s; %s gate evaluations\n", l.Method, view.Count(l.Gates))
		default:
			fmt.Fprintf(w, "  %s\n", l.Method)
		}
	}
	_, err := fmt.Fprintf(w, "verdict: %s\n", r.Verdict)
	return err
}

func printDifference(w io.Writer, d *equiv.Difference) {
	fmt.Fprintf(w, "  output      %s at position %d is %s, expected %s\n", d.Output, d.Position, d.Got, d.Expected)
	fmt.Fprintf(w, "  word        %s\n", equiv.Letters(d.Word))
	if d.FirstNode != nil {
		fmt.Fprintf(w, "  first node  %v\n", d.FirstNode)
	}
}
