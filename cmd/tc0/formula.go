package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"strings"

	"github.com/spf13/cobra"

	"tc0/circuits/check"
	"tc0/reductions/barrington"
	"tc0/reductions/formula"
	"tc0/theory/algebra"
)

// maxImages is how many image sets of a monoid are searched for a group that is not
// solvable.
const maxImages = 1 << 18

// maxCircuitLetters bounds a circuit, which has one output for each letter of the
// alphabet at each position.
const maxCircuitLetters = 1 << 16

// reducingFormula says which formula to reduce to which word problem, and what to show.
type reducingFormula struct {
	to       string
	output   string // of a netlist
	balance  bool
	assign   string
	letter   string
	check    bool
	samples  uint64
	seed     uint64
	longest  string // --max-length
	out      string
	circuit  string
	assigned bool // --assign was given
}

func (a *app) reduceFormulaVerb() *cobra.Command {
	var r reducingFormula
	cmd := &cobra.Command{
		Use:   "formula FORMULA|FILE --to G|FILE",
		Short: "Turn a Boolean formula into a word that has its value as answer",
		Long: `Turn a Boolean formula into words of a group, monoid or automaton that is not
solvable (Barrington's theorem): for each assignment one word, all of one length,
each letter of which depends on one variable.

FORMULA is built from names, 0, 1, ! & ^ | -> <-> and brackets. A FILE holds such a
formula, or is a circuit in BLIF or AIGER, unfolded to a formula and balanced. The
word problem is that of a group (A5, S5, PSL(2,7), SL(2,5), …), of the generators
in a file, or the language of an automaton in a file.

Without more flags the program is printed: for each position the variable and the
letters that stand there if it is 1 and if it is 0. With --assign it is the word of
one assignment and its answer, with --letter one position of a program however
long, with --check all answers are compared with the formula: for all assignments
up to 16 variables, above that for a sample. --circuit writes the map from
assignments to words as a threshold circuit of depth 1.`,
		Example: `  tc0 reduce formula 'x1 & (x2 | !x3)' --to A5
  tc0 reduce formula 'x1 & (x2 | !x3)' --to A5 --assign 101
  tc0 reduce formula 'x1 ^ x2 ^ x3' --to S5 --check
  tc0 reduce formula adder.blif --circuit-output sum --to automaton.txt --letter 123456`,
		Args: oneOf("one FORMULA or FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			r.assigned = cmd.Flags().Changed("assign")
			return a.reduceFormula(cmd.Context(), args[0], &r)
		},
	}
	f := cmd.Flags()
	f.StringVar(&r.to, "to", "", "the word problem: a group `G`, or a file with generators or an automaton")
	f.StringVar(&r.output, "circuit-output", "", "BLIF and AIGER: the output `NAME`, if there are several")
	f.BoolVar(&r.balance, "balance", false, "balance a formula given as text too")
	f.StringVar(&r.assign, "assign", "", "the word of this assignment: `BITS` in the order of the variables, or x1=1,x2=0,…")
	f.StringVar(&r.letter, "letter", "", "only position `I`, from 0")
	f.BoolVar(&r.check, "check", false, "compare the answers of words with the formula's values")
	f.Uint64Var(&r.samples, "samples", defaultSamples, "check: compare this many assignments when there are more than 16 variables")
	f.Uint64Var(&r.seed, "seed", 1, "check: seed of the sample")
	f.StringVar(&r.longest, "max-length", "16777216", "refuse to write words of more letters than `N`")
	f.StringVarP(&r.out, "output", "o", "", "write the word, or the program as CSV, to `FILE`, - for standard output and nothing else")
	f.StringVar(&r.circuit, "circuit", "", fmt.Sprintf("write the reduction to `FILE`, as a threshold circuit of at most %d letters", maxCircuitLetters))
	require(cmd, "to")
	exclude(cmd, "letter", "circuit")
	exclude(cmd, "check", "assign", "letter", "output")
	exclude(cmd, "letter", "output", "max-length")
	follow(cmd, "samples", "check")
	follow(cmd, "seed", "check")
	atLeast(cmd, 1, "samples")
	return cmd
}

// formulaJSON is what all answers of reduce formula begin with.
type formulaJSON struct {
	Group     string   `json:"group"` // or the automaton
	Formula   string   `json:"formula"`
	Variables []string `json:"variables"`
	Leaves    *big.Int `json:"leaves"`
	Depth     int      `json:"depth"`
	Unfolded  *int     `json:"depth_before_balancing,omitempty"`
	Witness   string   `json:"witness"`
	Length    *big.Int `json:"length"`
}

// reducedFormula is a formula and its words.
type reducedFormula struct {
	formulaJSON
	formula  *formula.Formula
	instance *barrington.Instance
	problem  wordProblem
}

func (a *app) reduceFormula(ctx context.Context, source string, r *reducingFormula) error {
	if err := a.dataAlone(r.out); err != nil {
		return err
	}
	a.meter.step("reduce", 0, 0)
	f, err := a.reduced(source, r)
	if err != nil {
		return err
	}
	if r.letter != "" {
		return a.showPosition(f, r)
	}
	if err := f.within(r.longest); err != nil {
		return err
	}
	if r.circuit != "" {
		c, err := f.instance.Circuit(maxCircuitLetters)
		if err != nil {
			return fmt.Errorf("--circuit: %w", err)
		}
		if err := writeCircuit(ctx, r.circuit, c); err != nil {
			return err
		}
	}
	if r.check {
		return a.compareFormula(f, r)
	}
	w := &formulaWriter{reducedFormula: f}
	if r.assigned {
		if err := w.assign(a, r.assign); err != nil {
			return err
		}
	}
	if err := a.writeInstance(ctx, w, r.out); err != nil {
		return err
	}
	if r.assigned && r.out != "-" && w.value != w.expected {
		return verdict(exitFails)
	}
	return nil
}

// reduced reads the formula and the word problem and joins them.
func (a *app) reduced(source string, r *reducingFormula) (*reducedFormula, error) {
	f := new(reducedFormula)
	var err error
	if f.formula, f.Formula, err = loadFormula(source, r.output); err != nil {
		return nil, err
	}
	if r.balance || isNetlist(source) {
		f.Unfolded, err = f.balance()
		if err != nil {
			return nil, err
		}
	}
	if f.problem, err = loadWordProblem(r.to); err != nil {
		return nil, err
	}
	f.instance = barrington.NewInstance(f.formula, f.problem.language)
	f.Group, f.Variables = f.problem.name, f.formula.Names()
	f.Leaves, f.Depth, f.Length = f.formula.Size(), f.formula.Depth(), f.instance.Length()
	f.Witness = f.problem.witness
	return f, nil
}

// balance makes the formula shallow. One with too many leaves for that stays as it is;
// its exact length is still known.
func (f *reducedFormula) balance() (before *int, err error) {
	depth := f.formula.Depth()
	balanced, err := formula.Balance(f.formula, formula.MaxBalance)
	if size := (*formula.SizeError)(nil); errors.As(err, &size) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	f.formula = balanced
	return &depth, nil
}

func (f *reducedFormula) within(longest string) error {
	limit, ok := new(big.Int).SetString(longest, 10)
	if !ok || limit.Sign() < 1 {
		return fmt.Errorf("--max-length %s: expected a number from 1 on", longest)
	}
	err := f.instance.Within(limit)
	switch {
	case err == nil:
		return nil
	case f.Unfolded == nil:
		return fmt.Errorf("%w: raise --max-length, make the formula shallow with --balance, or ask for one position with --letter", err)
	}
	return fmt.Errorf("%w: raise --max-length, or ask for one position with --letter", err)
}

// describeWitness says which group and which commutators programs are built on.
func describeWitness(w *barrington.Witness, name func(algebra.Map) string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "a perfect group of order %d, in which %s =", w.Group().Order(), name(w.Element()))
	for _, c := range w.Commutators() {
		fmt.Fprintf(&b, " [%s, %s]", name(c[0]), name(c[1]))
	}
	if size, ok := w.SingleClass(); ok {
		fmt.Fprintf(&b, ", all in one class of %d", size)
	}
	return b.String()
}

// print writes the facts about a reduction.
func (f *reducedFormula) print(w io.Writer) {
	printField(w, "formula", f.Formula)
	leaves := bigCount(f.Leaves) + " leaves"
	if leaves == "1 leaves" {
		leaves = "1 leaf"
	}
	depth := fmt.Sprintf("%s, %s, depth %d", plural(len(f.Variables), "variable"), leaves, f.Depth)
	if f.Unfolded != nil && *f.Unfolded > f.Depth {
		depth += fmt.Sprintf(", before balancing %d", *f.Unfolded)
	}
	printField(w, "", depth)
	printField(w, "words over", fmt.Sprintf("%s, %s", f.Group, plural(len(f.problem.letters), "letter")))
	printField(w, "built on", f.Witness)
	printField(w, "answer", f.problem.about)
	printField(w, "length", f.lengthText())
}

// lengthText is the length, and how it comes about.
func (f *reducedFormula) lengthText() string {
	l := f.problem.language
	before, after := l.Context()
	text := fmt.Sprintf("%s = %d^%d", f.Length, f.instance.Program().Base(), f.Depth)
	if l.Block() > 1 {
		text += fmt.Sprintf(" · %d", l.Block())
	}
	if context := len(before) + len(after); context > 0 {
		text += fmt.Sprintf(" + %d", context)
	}
	return text + " letters"
}

// choiceJSON is a position of a program.
type choiceJSON struct {
	Position *big.Int        `json:"position"`
	Variable *string         `json:"variable"` // null where the letter is the same for all assignments
	One      json.RawMessage `json:"one"`
	Zero     json.RawMessage `json:"zero"`
	Letter   json.RawMessage `json:"letter,omitempty"` // with an assignment
}

func (a *app) showPosition(f *reducedFormula, r *reducingFormula) error {
	i, ok := new(big.Int).SetString(r.letter, 10)
	if !ok || i.Sign() < 0 || i.Cmp(f.Length) >= 0 {
		return fmt.Errorf("--letter %s: expected a position from 0 to %s", r.letter, new(big.Int).Sub(f.Length, big.NewInt(1)))
	}
	c, err := f.instance.At(i)
	if err != nil {
		return err
	}
	p := &f.problem
	j := choiceJSON{Position: i, One: []byte(p.letter(c.One)), Zero: []byte(p.letter(c.Zero))}
	if c.One != c.Zero {
		j.Variable = &f.Variables[c.Variable]
	}
	if r.assigned {
		assignment, err := formula.ParseAssignment(r.assign, f.Variables)
		if err != nil {
			return fmt.Errorf("--assign: %w", err)
		}
		j.Letter = j.Zero
		if j.Variable != nil && assignment[c.Variable] {
			j.Letter = j.One
		}
	}
	answer := struct {
		formulaJSON
		choiceJSON
	}{f.formulaJSON, j}
	return a.answer(answer, func(w io.Writer) error {
		f.print(w)
		text := string(j.One) + " always"
		if j.Variable != nil {
			text = fmt.Sprintf("%s if %s, %s if not", j.One, *j.Variable, j.Zero)
		}
		if j.Letter != nil {
			text += fmt.Sprintf("; %s here", j.Letter)
		}
		printField(w, "position", i.String()+": "+text)
		return nil
	})
}

// formulaCheckJSON is the answer of reduce formula --check.
type formulaCheckJSON struct {
	Verdict check.Verdict `json:"verdict"`
	formulaJSON
	Method   string `json:"method"`
	Compared uint64 `json:"compared"` // assignments
	Seed     uint64 `json:"seed,omitempty"`
	Witness  string `json:"differs_at,omitempty"`
}

func (a *app) compareFormula(f *reducedFormula, r *reducingFormula) error {
	a.meter.step("compare", 0, 0)
	c, err := f.instance.Check(f.formula, r.samples, r.seed)
	if err != nil {
		return err
	}
	j := formulaCheckJSON{check.Holds, f.formulaJSON, c.Method, c.Compared, c.Seed, ""}
	if !c.Equal {
		j.Verdict, j.Witness = check.Fails, bits(c.Witness)
	}
	err = a.answer(j, func(w io.Writer) error {
		f.print(w)
		text := fmt.Sprintf("%s, %s", c.Method, plural(c.Compared, "assignment"))
		if c.Seed != 0 {
			text += fmt.Sprintf(", seed %d", c.Seed)
		}
		printField(w, "compared", text)
		if j.Witness != "" {
			printField(w, "differs at", j.Witness)
		}
		_, err := fmt.Fprintf(w, "verdict: %v\n", j.Verdict)
		return err
	})
	if err == nil && j.Verdict == check.Fails {
		err = verdict(exitFails)
	}
	return err
}

func bits(assignment []bool) string {
	text := make([]byte, len(assignment))
	for i, v := range assignment {
		text[i] = '0' + byte(bit(v))
	}
	return string(text)
}

func bit(v bool) int {
	if v {
		return 1
	}
	return 0
}
