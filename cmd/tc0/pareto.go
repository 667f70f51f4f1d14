package main

import (
	"context"
	"io"

	"github.com/spf13/cobra"

	"tc0/circuits/compile"
	"tc0/circuits/view"
	"tc0/theory/ssm"
)

// paretoJSON is the answer of pareto.
type paretoJSON struct {
	Length int             `json:"length"`
	Points []compile.Point `json:"points"`
}

func (a *app) paretoVerb() *cobra.Command {
	var c choices
	var length int
	cmd := &cobra.Command{
		Use:   "pareto CHECKPOINT_DIR --length N",
		Short: "Compile with every choice of digits and goal, and show which circuits are the best",
		Long: `Compile a checkpoint at one length and precision with every choice of --digits and
--minimize, and mark the circuits on the Pareto front of depth, gates and wires:
those that no other circuit matches in all three and beats in one. All have the
same scales; minimizing depth rounds less often, so those compute a function that
may differ from the others'.`,
		Example: `  tc0 pareto theory/ssm/testdata/mamba-flipflop4 --length 8 --bits 8`,
		Args:    oneOf("one CHECKPOINT_DIR"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.pareto(cmd.Context(), args[0], length, &c)
		},
	}
	addQuantisation(cmd, &c)
	addLength(cmd, &length)
	return cmd
}

func (a *app) pareto(ctx context.Context, dir string, length int, c *choices) error {
	ck, err := ssm.Load(dir)
	if err != nil {
		return err
	}
	r, err := c.request(ck, length, a.meter.step)
	if err != nil {
		return err
	}
	points, err := compile.Pareto(ctx, ck, r)
	if err != nil {
		return a.noPrecision(dir, err)
	}
	j := paretoJSON{length, points}
	return a.answer(j, j.print)
}

func (j paretoJSON) print(w io.Writer) error {
	t := &view.Table{Head: []string{"minimized ", "digits", "depth", "gates", "wires", "front "}}
	for _, p := range j.Points {
		front := ""
		if p.OnFront {
			front = "yes"
		}
		t.Add(p.Minimize, p.Digits, p.Depth, p.Gates, p.Wires, front)
	}
	return t.Write(w)
}
