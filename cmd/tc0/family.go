package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"tc0/circuits/check"
	"tc0/circuits/compile"
	"tc0/circuits/view"
	"tc0/theory/ssm"
)

// familyJSON is the answer of family: the report, its verdict and what it is about.
type familyJSON struct {
	Verdict check.Verdict `json:"verdict"`
	Form    compile.Form  `json:"form"`
	*check.FamilyReport
}

func (a *app) familyVerb() *cobra.Command {
	var c choices
	var lengths string
	cmd := &cobra.Command{
		Use:   "family CHECKPOINT_DIR --lengths 4,8,16,32",
		Short: "Compile at many lengths: depth must stay constant, gates and weights within their bounds",
		Long: `Compile one quantisation at many lengths n and compare the circuits: the depth must
not change with n, and gates and weight bits must stay within the bounds that are
derived from the layers as formulas in n. Every length is counted gate by gate.

The quantisation is calibrated once, at the longest length, or taken from --quant.
In the recurrent form the depth grows with n, which is then no failure.`,
		Example: `  tc0 family theory/ssm/testdata/mamba-flipflop4 --lengths 4,8,16,32 --bits 8
  tc0 family theory/ssm/testdata/s4d-z5 --lengths 4,8,16,32 --bits '6+2*log2n' --digits 1
  tc0 family theory/ssm/testdata/mamba-parity --lengths 4,8 --quant out/quant.json`,
		Args: oneOf("one CHECKPOINT_DIR"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.family(cmd.Context(), args[0], lengths, &c)
		},
	}
	addQuantisation(cmd, &c)
	addShape(cmd, &c)
	cmd.Flags().StringVar(&lengths, "lengths", "", "the lengths n, such as `4,8,16,32`")
	require(cmd, "lengths")
	return cmd
}

func (a *app) family(ctx context.Context, dir, list string, c *choices) error {
	lengths, err := parseLengths(list)
	if err != nil {
		return err
	}
	ck, err := ssm.Load(dir)
	if err != nil {
		return err
	}
	r, err := c.request(ck, lengths[len(lengths)-1], a.meter.step)
	if err != nil {
		return err
	}
	q := r.Quant
	if q == nil {
		if q, err = compile.Quantise(ctx, ck, r); err != nil {
			return a.noPrecision(dir, err)
		}
	}
	report, err := compile.Family(ctx, ck, q, lengths, a.meter.step)
	if err != nil {
		return fmt.Errorf("%s: %w", dir, err)
	}
	j := familyAnswer(q.Form, report)
	if err := a.answer(j, j.print); err != nil {
		return err
	}
	if j.Verdict == check.Fails {
		return verdict(exitFails)
	}
	return nil
}

// familyAnswer adds the verdict: only the convolution promises a constant depth.
func familyAnswer(form compile.Form, r *check.FamilyReport) *familyJSON {
	j := &familyJSON{FamilyReport: r, Form: form, Verdict: check.Holds}
	if !r.WithinBound || form == compile.Convolution && !r.DepthConstant {
		j.Verdict = check.Fails
	}
	return j
}

// parseLengths reads lengths in any order and returns them ascending.
func parseLengths(list string) ([]int, error) {
	var lengths []int
	for _, s := range strings.Split(list, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(s))
		if err != nil || n < 1 || n > maxLength {
			return nil, fmt.Errorf("--lengths %s: %q, expected lengths of 1 to %d separated by commas, such as 4,8,16,32", list, s, maxLength)
		}
		lengths = append(lengths, n)
	}
	slices.Sort(lengths)
	return slices.Compact(lengths), nil
}

func (j *familyJSON) print(w io.Writer) error {
	t := &view.Table{Head: []string{"n", "bits", "depth", "gates", "gate bound", "used", "wires", "weight bits", "bit bound"}}
	for _, r := range j.Rows {
		used := percent(float64(r.Gates) / float64(max(1, r.GatesBound)))
		t.Add(r.Length, r.Bits, r.Depth, r.Gates, r.GatesBound, used, r.Wires, r.MaxWeightBits, r.WeightBitsBound)
	}
	if err := t.Write(w); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\ndepth: %s\ngates and weight bits: %s\nbound: %s\nverdict: %v (every circuit counted, at these lengths)\n",
		j.depths(), j.bounds(), j.Bound, j.Verdict)
	return err
}

// depths says whether the depth changes, and where it does first.
func (j *familyJSON) depths() string {
	for _, r := range j.Rows {
		if first := j.Rows[0]; r.Depth != first.Depth {
			return fmt.Sprintf("changes, from %d at n = %d to %d at n = %d (%s form)", first.Depth, first.Length, r.Depth, r.Length, j.Form)
		}
	}
	return "the same at every length"
}

// bounds says whether a bound is broken, and where it is first.
func (j *familyJSON) bounds() string {
	for _, r := range j.Rows {
		switch {
		case r.Gates > r.GatesBound:
			return fmt.Sprintf("%s at n = %d, above the bound of %s", plural(r.Gates, "gate"), r.Length, view.Count(r.GatesBound))
		case r.MaxWeightBits > r.WeightBitsBound:
			return fmt.Sprintf("%s at n = %d, above the bound of %d", plural(r.MaxWeightBits, "weight bit"), r.Length, r.WeightBitsBound)
		}
	}
	return "within their bounds at every length"
}
