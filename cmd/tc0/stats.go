package main

import (
	"cmp"
	"io"
	"math/big"
	"slices"

	"github.com/spf13/cobra"

	"tc0/circuits/threshold"
	"tc0/circuits/view"
)

func (a *app) statsVerb() *cobra.Command {
	return &cobra.Command{
		Use:   "stats OUT_DIR|FILE",
		Short: "Count a threshold circuit: depth, gates, wires and weights, stage by stage",
		Long: `Count a threshold circuit as if every gate stood alone: its depth, gates, wires
(pairs of a gate and a distinct source), fan-in and weights, in all and for every
stage of the model.`,
		Example: `  tc0 stats out
  tc0 stats out/circuit.tc --json`,
		Args: oneOf("one OUT_DIR or circuit file"),
		RunE: func(_ *cobra.Command, args []string) error {
			a.meter.step("read", 0, 0)
			c, err := loadThreshold(args[0])
			if err != nil {
				return err
			}
			a.meter.step("count", 0, 0)
			s := c.Stats()
			return a.answer(s, func(w io.Writer) error { return printStats(w, &s) })
		},
	}
}

// printStats prints the table of stages and, last, the totals.
func printStats(w io.Writer, s *threshold.Stats) error {
	t := &view.Table{Head: []string{"circuit ", "count", " "}}
	t.Add("depth", s.Depth, "gates on the longest path")
	t.Add("gates", s.Gates, "")
	t.Add("wires", s.Wires, "pairs of a gate and a distinct source")
	t.Add("input bits", s.Inputs, "one-hot tokens")
	t.Add("output bits", s.Outputs, "one a class and position")
	t.Add("largest fan-in", s.MaxFanIn, "")
	t.Add("weight bits", s.MaxWeightBits, "of the largest weight")
	t.Add("total weight", bigCount(s.TotalWeight), "sum of all |weights|")
	return printTables(w, stageTable(s), t)
}

// stageTable lists the stages that have gates, from the inputs to the outputs.
func stageTable(s *threshold.Stats) *view.Table {
	stages := slices.DeleteFunc(slices.Clone(s.Stages), func(g threshold.StageStats) bool { return g.Gates == 0 })
	slices.SortStableFunc(stages, func(a, b threshold.StageStats) int { return cmp.Compare(a.Depth, b.Depth) })
	t := &view.Table{Head: []string{"stage ", "depth", "gates", "share", "wires", "fan-in"}}
	for _, g := range stages {
		t.Add(g.Name, g.Depth, g.Gates, percent(float64(g.Gates)/float64(max(1, s.Gates))), g.Wires, g.MaxFanIn)
	}
	return t
}

// bigCount writes a large number with its thousands apart, and one beyond 64 bits
// by its size.
func bigCount(n *big.Int) string {
	switch {
	case n == nil:
		return "?"
	case n.IsUint64():
		return view.Count(n.Uint64())
	}
	return new(big.Float).SetInt(n).Text('e', 3)
}
