package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"math/big"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"tc0/circuits/check"
	"tc0/reductions/barrington"
	"tc0/reductions/formula"
	"tc0/theory/algebra"
	"tc0/theory/language"
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

// wordProblem is what formulas are reduced to.
type wordProblem struct {
	name     string
	language *barrington.Language
	letters  []string
	numbered bool   // letters are element numbers
	about    string // what the answer is
	witness  string // what programs are built on
}

// letter is a letter in JSON.
func (p *wordProblem) letter(i int) string {
	if p.numbered {
		return strconv.Itoa(i)
	}
	text, _ := json.Marshal(p.letters[i]) // a string always has a form
	return string(text)
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

// loadFormula reads a formula as text or from a file, and says what it is.
func loadFormula(source, output string) (f *formula.Formula, name string, err error) {
	if !isFile(source) {
		if ext := filepath.Ext(source); ext == ".blif" || ext == ".aig" || ext == ".aag" {
			return nil, "", fmt.Errorf("%s: no such file: expected a circuit in BLIF or AIGER", source)
		}
		if output != "" {
			return nil, "", errors.New("--circuit-output: goes with a BLIF or AIGER file")
		}
		f, err = formula.Parse(source)
		if err != nil {
			return nil, "", fmt.Errorf("formula: %w", err)
		}
		return f, clipped(f.String()), nil
	}
	file, err := openKind(source, "a formula or circuit", "")
	if err != nil {
		return nil, "", err
	}
	defer file.Close()
	if !isNetlist(source) {
		text, err := io.ReadAll(file)
		if err != nil {
			return nil, "", err
		}
		if f, err = formula.Parse(string(text)); err != nil {
			return nil, "", fmt.Errorf("%s: %w", source, err)
		}
		return f, source, nil
	}
	n, err := formula.ReadNetlist(bufio.NewReader(file))
	if err != nil {
		return nil, "", fmt.Errorf("%s: %w", source, err)
	}
	i, err := n.Output(output)
	if err != nil {
		return nil, "", fmt.Errorf("%s: --circuit-output: %w", source, err)
	}
	return n.Formula(i), source + ", output " + n.Outputs()[i], nil
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && !info.IsDir()
}

// isNetlist tells a circuit from a formula by its first characters: BLIF has commands
// and comments, AIGER its header, and no formula begins so.
func isNetlist(path string) bool {
	f, err := openKind(path, "", "")
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, 256)
	n, _ := io.ReadFull(f, head)
	text := strings.TrimSpace(string(head[:n]))
	for _, start := range []string{"aag ", "aig ", ".", "#"} {
		if strings.HasPrefix(text, start) {
			return true
		}
	}
	return false
}

// clipped is the beginning of a long text.
func clipped(text string) string {
	const most = 200
	if r := []rune(text); len(r) > most {
		return string(r[:most]) + "…"
	}
	return text
}

// loadWordProblem finds the word problem of a group, or of a file.
func loadWordProblem(to string) (p wordProblem, err error) {
	switch {
	case !isFile(to) && strings.ContainsAny(to, "./"):
		return p, fmt.Errorf("--to %s: no such file: expected generators or an automaton, or the name of a group", to)
	case !isFile(to):
		p, err = groupProblem(to)
	case holdsGenerators(to):
		p, err = generatedProblem(to)
	default:
		p, err = automatonProblem(to)
	}
	var limit *algebra.LimitError
	var states *language.StatesError
	if errors.As(err, &limit) || errors.As(err, &states) {
		err = undecided{err}
	}
	if err != nil {
		return p, fmt.Errorf("--to: %w", err)
	}
	return p, nil
}

// holdsGenerators tells a file of generators by the word that it begins with.
func holdsGenerators(path string) bool {
	f, err := openKind(path, "", "")
	if err != nil {
		return false
	}
	defer f.Close()
	return beginsWith(f, "permutations", "transformations", "matrices", "table")
}

func groupProblem(name string) (wordProblem, error) {
	l, err := barrington.Named(name)
	if err != nil {
		return wordProblem{}, err
	}
	p := wordProblem{name: name, language: l, letters: l.Letters()}
	g, err := algebra.Named(name)
	if err != nil {
		return p, err
	}
	one := l.Witness().Element()
	if order := g.Order(); !order.IsInt64() || order.Int64() > barrington.MaxLetters {
		p.about = fmt.Sprintf("1 if the product is %v, 0 if it is the identity", one)
		p.witness = describeWitness(l.Witness(), algebra.Map.String)
		return p, nil
	}
	table, err := g.Table(barrington.MaxLetters)
	if err != nil {
		return p, err
	}
	number := func(x algebra.Map) string {
		i, _ := table.Index(x) // the witness's group is in the group
		return strconv.Itoa(i)
	}
	i, _ := table.Index(one)
	p.numbered = true
	p.about = fmt.Sprintf("1 if the product is %d = %s, 0 if it is 0, the identity", i, table.Label(i))
	p.witness = describeWitness(l.Witness(), number)
	return p, nil
}

func generatedProblem(path string) (wordProblem, error) {
	g, err := loadGenerators(path)
	if err != nil {
		return wordProblem{}, err
	}
	l, err := barrington.Generated(g.Maps, maxImages)
	if err != nil {
		return wordProblem{}, fmt.Errorf("%s: %w", path, err)
	}
	return wordProblem{name: baseName(path), language: l, letters: g.Names,
		about:   "1 if the product is that of true formulas, 0 if it is that of false ones",
		witness: describeWitness(l.Witness(), algebra.Map.String)}, nil
}

func automatonProblem(path string) (wordProblem, error) {
	n, err := loadAutomaton(path)
	if err != nil {
		return wordProblem{}, err
	}
	d, err := n.Determinize(language.MaxStates)
	if err != nil {
		return wordProblem{}, fmt.Errorf("%s: %w", path, err)
	}
	l, err := barrington.Automaton(d, maxImages)
	if err != nil {
		return wordProblem{}, fmt.Errorf("%s: %w", path, err)
	}
	return wordProblem{name: baseName(path), language: l, letters: l.Letters(),
		about:   "1 if the automaton accepts the word",
		witness: describeWitness(l.Witness(), algebra.Map.String)}, nil
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

// formulaWriter writes the word of an assignment, or the program, letter by letter.
type formulaWriter struct {
	*reducedFormula
	assignment      []bool // nil for the program
	value, expected bool
}

// assign sets the assignment and works out the word's answer.
func (w *formulaWriter) assign(a *app, text string) (err error) {
	if w.assignment, err = formula.ParseAssignment(text, w.Variables); err != nil {
		return fmt.Errorf("--assign: %w", err)
	}
	a.meter.step("read the word", 0, 0)
	w.expected = w.formula.Value(w.assignment)
	w.value, err = w.instance.Value(w.assignment)
	return err
}

// writeInstance writes to where out says: a file, standard output alone, or the answer.
func (a *app) writeInstance(ctx context.Context, w *formulaWriter, out string) error {
	count := a.meter.counter("write", w.Length.Uint64())
	plain := func(to io.Writer) error { return w.plain(to, ending(ctx, w.Length, count)) }
	switch {
	case out == "-":
		a.meter.stop()
		return buffered(a.out, plain)
	case isDir(out):
		return fmt.Errorf("%s: is a directory, expected a file for -o", out)
	case out != "":
		if err := writeFiles(ctx, file{out, plain}); err != nil {
			return err
		}
	}
	a.meter.stop()
	return buffered(a.out, func(to io.Writer) error {
		end := ending(ctx, w.Length, count)
		if a.json {
			return w.writeJSON(to, out, end)
		}
		return w.writeText(to, out, end)
	})
}

func buffered(w io.Writer, write func(io.Writer) error) error {
	b := bufio.NewWriterSize(w, 1<<16)
	if err := write(b); err != nil {
		return err
	}
	return b.Flush()
}

// ending returns a function to call before every letter: it reports progress, and is an
// error when the context ends.
func ending(ctx context.Context, total *big.Int, progress func(done, total uint64)) func() error {
	done := uint64(0)
	return func() error {
		if done&(1<<14-1) == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
			progress(done, total.Uint64())
		}
		done++
		return nil
	}
}

// list writes the elements of a sequence with something between them. The writer keeps
// its first error, as a bufio.Writer does.
func list[T any](w io.Writer, all iter.Seq[T], between string, end func() error, one func(T) string) error {
	first := true
	for v := range all {
		if err := end(); err != nil {
			return err
		}
		if !first {
			io.WriteString(w, between)
		}
		first = false
		if _, err := io.WriteString(w, one(v)); err != nil {
			return err
		}
	}
	return nil
}

// plain writes the word on a line, or the program as CSV.
func (w *formulaWriter) plain(to io.Writer, end func() error) error {
	if w.assignment == nil {
		fmt.Fprintln(to, "variable,one,zero")
		return list(to, w.instance.All(), "", end, func(c barrington.Choice) string {
			variable, one, zero := w.choice(c)
			return variable + "," + one + "," + zero + "\n"
		})
	}
	if err := w.word(to, end); err != nil {
		return err
	}
	_, err := fmt.Fprintln(to)
	return err
}

// word writes the letters: element numbers with commas, as reduce word takes them, and
// letters of an automaton as a word is written.
func (w *formulaWriter) word(to io.Writer, end func() error) error {
	p := &w.problem
	between := ""
	for _, name := range p.letters {
		switch {
		case strings.Contains(name, " "):
			between = "; " // permutations in cycles
		case between == "" && len([]rune(name)) > 1:
			between = " "
		}
	}
	if p.numbered {
		between = ","
	}
	return list(to, w.instance.Word(w.assignment), between, end, func(i int) string {
		if p.numbered {
			return strconv.Itoa(i)
		}
		return p.letters[i]
	})
}

// choice is a position in words; a variable that does not matter is a dash.
func (w *formulaWriter) choice(c barrington.Choice) (variable, one, zero string) {
	variable = "-"
	if c.One != c.Zero {
		variable = w.Variables[c.Variable]
	}
	if w.problem.numbered {
		return variable, strconv.Itoa(c.One), strconv.Itoa(c.Zero)
	}
	return variable, w.problem.letters[c.One], w.problem.letters[c.Zero]
}

// writeText writes the facts and, if it is in no file, the word or program.
func (w *formulaWriter) writeText(to io.Writer, out string, end func() error) error {
	w.print(to)
	switch {
	case out != "":
		printField(to, "written to", out)
	case w.assignment != nil:
		fmt.Fprintf(to, "%-14s", "word")
		if err := w.word(to, end); err != nil {
			return err
		}
		fmt.Fprintln(to)
	default:
		return w.table(to, end)
	}
	if w.assignment == nil {
		return nil
	}
	v := check.Holds
	if w.value != w.expected {
		v = check.Fails
	}
	printField(to, "value", fmt.Sprintf("%d; of the formula %d", bit(w.value), bit(w.expected)))
	_, err := fmt.Fprintf(to, "verdict: %v\n", v)
	return err
}

// table writes the program in columns whose widths are known before.
func (w *formulaWriter) table(to io.Writer, end func() error) error {
	widest := func(head string, names []string) int {
		for _, n := range names {
			if len([]rune(n)) > len(head) {
				head = n
			}
		}
		return len([]rune(head))
	}
	letters := w.problem.letters
	if w.problem.numbered {
		letters = []string{strconv.Itoa(len(letters))}
	}
	position := max(len("position"), len(w.Length.String()))
	name, letter := widest("variable", w.Variables), widest("if 1", letters)
	format := fmt.Sprintf("%%%dv  %%-%ds  %%%ds  %%%ds\n", position, name, letter, letter)
	fmt.Fprintf(to, "\n"+format, "position", "variable", "if 1", "if 0")
	at := 0
	return list(to, w.instance.All(), "", end, func(c barrington.Choice) string {
		variable, one, zero := w.choice(c)
		line := fmt.Sprintf(format, at, variable, one, zero)
		at++
		return line
	})
}

// writeJSON writes the facts and then, unless they are in a file, the letters as they
// come.
func (w *formulaWriter) writeJSON(to io.Writer, out string, end func() error) error {
	facts, err := marshal(w.formulaJSON)
	if err != nil {
		return err
	}
	to.Write(bytes.TrimSuffix(facts, []byte("\n}\n")))
	p := &w.problem
	switch {
	case out != "":
		name, err := json.Marshal(out)
		if err != nil {
			return err
		}
		fmt.Fprintf(to, ",\n  \"file\": %s", name)
	case w.assignment != nil:
		fmt.Fprint(to, ",\n  \"word\": [")
		err = list(to, w.instance.Word(w.assignment), ", ", end, p.letter)
		fmt.Fprint(to, "]")
	default:
		fmt.Fprint(to, ",\n  \"program\": [\n    ")
		err = list(to, w.instance.All(), ",\n    ", end, func(c barrington.Choice) string {
			variable := "null"
			if c.One != c.Zero {
				name, _ := json.Marshal(w.Variables[c.Variable]) // a string always has a form
				variable = string(name)
			}
			return "[" + variable + ", " + p.letter(c.One) + ", " + p.letter(c.Zero) + "]"
		})
		fmt.Fprint(to, "\n  ]")
	}
	if err != nil {
		return err
	}
	if w.assignment != nil {
		fmt.Fprintf(to, ",\n  \"value\": %d,\n  \"expected\": %d", bit(w.value), bit(w.expected))
	}
	_, err = fmt.Fprint(to, "\n}\n")
	return err
}
