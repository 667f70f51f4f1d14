package main

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"tc0/circuits/arith"
	"tc0/circuits/equiv"
	"tc0/circuits/threshold"
	"tc0/circuits/view"
)

// evalJSON is the answer of eval.
type evalJSON struct {
	Tokens []int     `json:"tokens"`
	Labels []int     `json:"labels"`
	Logits [][]int64 `json:"logits"` // by position and class
	Gates  [][]int   `json:"gates"`  // by position: the classes whose gate is 1
	Agree  bool      `json:"gates_agree"`
}

func (a *app) evalVerb() *cobra.Command {
	var tokens string
	cmd := &cobra.Command{
		Use:   "eval OUT_DIR --tokens 1,0,1",
		Short: "Run a word through both circuits and print labels and integer logits",
		Long: `Run a word through the arithmetic circuit, which gives the integer logits and the
label of every position, and through the threshold circuit gate by gate, whose
label gates must agree (exit status 1 otherwise).

A word may be shorter than the circuit's: the model is causal, so the positions
that are left do not matter. Logits are integers in a unit that is the same for
all classes of a position; their order and ratios matter, not their size.`,
		Example: `  tc0 eval out --tokens 1,0,1
  tc0 eval out --tokens "2 0 4 4" --json`,
		Args: oneOf("one OUT_DIR"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.eval(cmd.Context(), args[0], tokens)
		},
	}
	cmd.Flags().StringVar(&tokens, "tokens", "", "the word: `TOKENS` separated by commas or spaces")
	require(cmd, "tokens")
	return cmd
}

func (a *app) eval(ctx context.Context, dir, tokens string) error {
	a.meter.step("read", 0, 0)
	ac, tc, err := loadPair(dir)
	if err != nil {
		return err
	}
	word, err := wordFor(ac, tokens)
	if err != nil {
		return err
	}
	a.meter.step("evaluate", 0, 0)
	r, err := evaluate(ctx, ac, tc, word)
	if err != nil {
		return fmt.Errorf("%s: %w", dir, err)
	}
	if err := a.answer(r, r.print); err != nil {
		return err
	}
	if !r.Agree {
		return verdict(exitFails)
	}
	return nil
}

// wordFor reads a word that the circuit can take.
func wordFor(c *arith.Circuit, tokens string) ([]int, error) {
	word, err := parseWord(tokens, vocabulary(c))
	if err != nil {
		return nil, fmt.Errorf("--tokens: %w", err)
	}
	if n := len(c.Inputs()); len(word) > n {
		return nil, fmt.Errorf("--tokens: %s, the circuit reads at most %d; compile with a larger --length",
			plural(len(word), "token"), n)
	}
	return word, nil
}

// vocabulary is the number of tokens that every position of a circuit can read.
func vocabulary(c *arith.Circuit) int {
	least := 0
	for i, n := range c.Inputs() {
		if v := c.Levels(n); i == 0 || v < least {
			least = v
		}
	}
	return least
}

// evaluate runs a word, filled up with tokens 0 to the circuits' length, through
// both circuits and keeps the positions of the word.
func evaluate(ctx context.Context, ac *arith.Circuit, tc *threshold.Circuit, word []int) (*evalJSON, error) {
	full := [][]int{append(slices.Clone(word), make([]int, len(ac.Inputs())-len(word))...)}
	results, err := arith.NewEvaluator(ac).Eval(ctx, full)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", arithFile, err)
	}
	labels, _, err := threshold.NewSimulator(tc).Run(ctx, full)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", circuitFile, err)
	}
	n := len(word)
	if len(results[0].Labels) < n || len(labels[0]) < n {
		return nil, fmt.Errorf("has fewer outputs than positions: %s and %s are of different models", arithFile, circuitFile)
	}
	r := &evalJSON{
		Tokens: word, Labels: results[0].Labels[:n], Logits: results[0].Logits[:n], Gates: labels[0][:n], Agree: true,
	}
	for t, label := range r.Labels {
		r.Agree = r.Agree && len(r.Gates[t]) == 1 && r.Gates[t][0] == label
	}
	return r, nil
}

func (r *evalJSON) print(w io.Writer) error {
	if err := r.table().Write(w); err != nil {
		return err
	}
	text := "The label gates agree with the arithmetic circuit at every position."
	if !r.Agree {
		text = "The label gates differ from the arithmetic circuit: tc0 equiv finds the first node that differs."
	}
	_, err := fmt.Fprintf(w, "\n%s\n", text)
	return err
}

// maxColumns is how many logits fit beside each other on a terminal.
const maxColumns = 8

// table has a row per position: every logit when they are few, otherwise that of
// the label and the next largest.
func (r *evalJSON) table() *view.Table {
	t := &view.Table{Head: []string{"position", "token", "label", "gates"}}
	add, classes := allLogits, len(r.Logits[0])
	if classes > maxColumns {
		add = twoLogits
		t.Head = append(t.Head, "its logit", "next class", "its logit")
	} else {
		for c := range classes {
			t.Head = append(t.Head, fmt.Sprintf("logit %d", c))
		}
	}
	for i, logits := range r.Logits {
		t.Add(add([]any{i, r.Tokens[i], r.Labels[i], equiv.Letters(r.Gates[i])}, logits, r.Labels[i])...)
	}
	return t
}

func allLogits(row []any, logits []int64, _ int) []any {
	for _, l := range logits {
		row = append(row, l)
	}
	return row
}

func twoLogits(row []any, logits []int64, label int) []any {
	next := 0
	if label == 0 {
		next = 1
	}
	for c, l := range logits {
		if c != label && l > logits[next] {
			next = c
		}
	}
	return append(row, logits[label], next, logits[next])
}
