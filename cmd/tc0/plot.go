package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tc0/empirical/plot"
	runs "tc0/empirical/run"
)

// plotting says what to draw of which runs.
type plotting struct {
	figure string
	store  string
	where  []string
	grid   string
	loss   bool
	out    string
}

// plotJSON is the answer of plot.
type plotJSON struct {
	Figure string      `json:"figure"`
	File   string      `json:"file"`
	Format plot.Format `json:"format"`
	Runs   int         `json:"runs"`
}

// figureKinds are the figures that plot draws.
var figureKinds = []struct {
	name, about string
	draw        func(p *plotting, records []runs.Record) (*plot.Figure, error)
}{
	{"figure3", "least depth that reaches an accuracy against length, by task and architecture", (*plotting).figure3},
	{"lengths", "accuracy on test words against their length, of up to 12 runs", (*plotting).lengths},
	{"curves", "accuracy on validation words against processor time, of up to 12 runs", (*plotting).curves},
	{"positions", "accuracy of one run by position in test words, for each length", (*plotting).positions},
}

func figureNames() string {
	var names []string
	for _, k := range figureKinds {
		names = append(names, k.name)
	}
	return strings.Join(names, ", ")
}

func (a *app) plotVerb() *cobra.Command {
	var p plotting
	var about strings.Builder
	for _, k := range figureKinds {
		fmt.Fprintf(&about, "  %-10s %s\n", k.name, k.about)
	}
	cmd := &cobra.Command{
		Use:   "plot FIGURE STORE [--where CONDITION]... -o FILE",
		Short: "Draw training runs: least depth, accuracy by length and position, learning curves",
		Long: `Draw the runs in a store that tc0 sweep wrote, or the one in a record.json, as an SVG or a
PNG file: the ending of -o says which. FIGURE is one of

` + about.String() + `
Axes, tasks, seeds, budgets and the accuracy that was asked for stand on the figure;
intervals are Wilson's at 95 %. The same runs give the same file. --where chooses
runs, with the conditions of tc0 runs.

With --grid, figure3 has the cells of that grid in its order, and leaves other runs out.
Without it the runs make the cells, and one counts as decided when each depth that
occurs was tried; whether another seed is wanted, only the grid knows.`,
		Example: `  tc0 plot figure3 docs/figures/figure3.jsonl --grid docs/figures/figure3.json -o figure3.svg
  tc0 plot curves docs/figures/figure3.jsonl --where task=A5:g4 --where length=16 --where seed=1 -o curves.png
  tc0 plot positions run/record.json -o positions.svg`,
		Args: between(2, 2, "a FIGURE ("+figureNames()+") and a STORE or record.json"),
		RunE: func(cmd *cobra.Command, args []string) error {
			p.figure, p.store = args[0], args[1]
			return a.plot(cmd.Context(), &p)
		},
	}
	addWhere(cmd, &p.where)
	f := cmd.Flags()
	f.StringVarP(&p.out, "output", "o", "", "write to `FILE`, whose name ends in .svg or .png")
	f.StringVar(&p.grid, "grid", "", "figure3: the `GRID.json` of the sweep")
	f.BoolVar(&p.loss, "loss", false, "curves: draw the loss of training too")
	require(cmd, "output")
	exclude(cmd, "grid", "where")
	flagOfFigure(cmd, "grid", "figure3")
	flagOfFigure(cmd, "loss", "curves")
	return cmd
}

// flagOfFigure marks a flag that only makes sense for one figure.
func flagOfFigure(cmd *cobra.Command, flag, figure string) {
	rule(cmd, func(f *pflag.FlagSet) error {
		if f.Changed(flag) && f.Arg(0) != figure {
			return fmt.Errorf("--%s goes with %s only", flag, figure)
		}
		return nil
	})
}

func (a *app) plot(ctx context.Context, p *plotting) error {
	format, err := plot.FormatOf(p.out)
	if err != nil {
		return fmt.Errorf("-o %w", err)
	}
	if isDir(p.out) {
		return fmt.Errorf("%s: is a directory, expected a file for -o", p.out)
	}
	a.meter.step("draw", 0, 0)
	figure, err := p.draw()
	if err != nil {
		return err
	}
	err = writeFiles(ctx, file{p.out, func(w io.Writer) error { return figure.Write(w, format) }})
	if err != nil {
		return err
	}
	r := plotJSON{Figure: p.figure, File: p.out, Format: format, Runs: figure.Runs()}
	return a.answer(r, r.print)
}

func (r *plotJSON) print(w io.Writer) error {
	_, err := fmt.Fprintf(w, "%s of %s, written to %s\n", r.Figure, plural(r.Runs, "run"), r.File)
	return err
}

func (p *plotting) draw() (*plot.Figure, error) {
	for _, k := range figureKinds {
		if k.name != p.figure {
			continue
		}
		records, err := readRuns(p.store, p.where)
		if err != nil {
			return nil, err
		}
		figure, err := k.draw(p, records)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.store, err)
		}
		return figure, nil
	}
	return nil, fmt.Errorf("plot: figure %q, expected one of %s", p.figure, figureNames())
}

// figure3 draws the cells of the grid, or else those that the records make.
func (p *plotting) figure3(records []runs.Record) (*plot.Figure, error) {
	if p.grid == "" {
		cells, err := runs.Cells(records)
		if err != nil {
			return nil, err
		}
		return plot.Figure3(cells, records)
	}
	plan, err := readPlan(p.grid)
	if err != nil {
		return nil, err
	}
	if plan.Count(records) == 0 {
		return nil, fmt.Errorf("none of its %s is of the grid in %s", plural(len(records), "run"), p.grid)
	}
	return plot.Figure3(plan.Cells(records), records)
}

func (p *plotting) lengths(records []runs.Record) (*plot.Figure, error) { return plot.Lengths(records) }

func (p *plotting) curves(records []runs.Record) (*plot.Figure, error) {
	return plot.Curves(records, p.loss)
}

func (p *plotting) positions(records []runs.Record) (*plot.Figure, error) {
	if n := len(records); n != 1 {
		return nil, fmt.Errorf("%d runs, expected one: choose it, such as by --where digest=%.12s", n, records[0].Digest)
	}
	return plot.Positions(records[0])
}
