package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"tc0/circuits/check"
	"tc0/circuits/threshold"
	"tc0/reductions/chess"
	"tc0/reductions/code"
	"tc0/reductions/embed"
	"tc0/reductions/morphism"
	"tc0/reductions/narrative"
	"tc0/theory/algebra"
)

func (a *app) reduceVerb() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "reduce",
		Short: "Turn formulas into word problems, and word problems into chess, code and stories",
		Long: `Turn a problem into another that is as hard, and read its answer back. By
Barrington's theorem formulas become words over any group that is not solvable; so
what evaluates those words, or plays the chess games, runs the programs or follows
the stories that words become, solves an NC1-complete problem.`,
		Example: `  tc0 reduce formula 'x1 & (x2 | !x3)' --to A5 --assign 101
  tc0 reduce word --group S5 --to chess --word 3,17,5`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return errors.New("reduce: what is missing, formula or word; see tc0 reduce --help")
			}
			return fmt.Errorf("reduce: %q, expected formula or word; see tc0 reduce --help", args[0])
		},
		RunE: func(*cobra.Command, []string) error { return nil },
	}
	cmd.AddCommand(a.reduceFormulaVerb(), a.reduceWordVerb())
	return cmd
}

// maxLetters bounds the words that reduce word takes: a letter is 1.2 kB of chess.
const maxLetters = 10_000

// reducingWord says which word to reduce to what.
type reducingWord struct {
	group, generators string
	to                string
	word              string
	random            int
	seed              uint64
	answer            string
	out, circuit      string
}

// reduction is what the targets have in common.
type reduction interface {
	Forward(word []int) (string, error)
	Answer(text string) (int, error)
	Blocks() *morphism.Uniform
}

// targets are what words are reduced to.
var targets = []struct {
	name, symbol, about string
	make                func(*embed.Action) (reduction, error)
}{
	{"chess", "move", "five games in UCI, one for each place of the rook; at most five points",
		func(a *embed.Action) (reduction, error) { return chess.New(a) }},
	{"code", "character", "a Python and Starlark program that exchanges entries of a list",
		func(a *embed.Action) (reduction, error) { return code.Swaps(a) }},
	{"code:if", "character", "the same with conditional assignments; takes any monoid",
		func(a *embed.Action) (reduction, error) { return code.Conditionals(a) }},
	{"narrative", "word", "a story of people who trade coins",
		func(a *embed.Action) (reduction, error) { return narrative.Coins(a) }},
	{"narrative:boxes", "word", "a story of boxes whose contents are moved; takes any monoid",
		func(a *embed.Action) (reduction, error) { return narrative.Boxes(a) }},
}

func targetNames() string {
	var names []string
	for _, t := range targets {
		names = append(names, t.name)
	}
	return strings.Join(names, ", ")
}

// reducedWordJSON is the answer of reduce word.
type reducedWordJSON struct {
	Verdict  check.Verdict `json:"verdict"`
	Group    string        `json:"group"`
	To       string        `json:"to"`
	Points   int           `json:"points"` // that the elements act on
	Length   int           `json:"length"`
	Word     []int         `json:"word"`           // null when only a text was read
	Block    int           `json:"block"`          // symbols that stand for a letter
	Symbol   string        `json:"symbol"`         // what they are
	File     string        `json:"file,omitempty"` // where the text is, if not here
	Text     string        `json:"text,omitempty"`
	Answer   int           `json:"answer"`   // the element read back from the text
	Expected *int          `json:"expected"` // the word's product, null without a word
	Label    string        `json:"label"`    // of the answer
}

func (a *app) reduceWordVerb() *cobra.Command {
	var r reducingWord
	var about strings.Builder
	for _, t := range targets {
		fmt.Fprintf(&about, "  %-16s %s\n", t.name, t.about)
	}
	cmd := &cobra.Command{
		Use:   "word (--group G | --generators FILE) --to TARGET",
		Short: "Turn a word of a group into chess, code or a story with the same answer",
		Long: `Turn a word over the elements of a group or monoid into a text whose answer tells
the word's product, then play, run or read the text and compare.

` + about.String() + `
Every letter becomes a block of the same number of moves, characters or words, so
each of them depends on one letter (NC0): --circuit writes that as a circuit of
depth 1, for tc0 stats and convert. Elements are numbered as tc0 words does.
With -o - the text stands alone on standard output, ready for another program; with
--answer a text is read from a file, as another program left it.`,
		Example: `  tc0 reduce word --group S5 --to chess --word 3,17,5
  tc0 reduce word --group A5 --to code --random 20 --seed 7 -o - | python3
  tc0 reduce word --group S3 --to narrative --word 1,4 -o story.txt
  tc0 reduce word --group S3 --to narrative --word 1,4 --answer story.txt`,
		Args: between(0, 0, "flags only"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if r.answer != "" {
				r.random = 0
			}
			return a.reduceWord(cmd.Context(), &r)
		},
	}
	f := cmd.Flags()
	f.StringVar(&r.group, "group", "", "words over the group named `G`, such as S5")
	f.StringVar(&r.generators, "generators", "", "words over the monoid generated by the maps in `FILE`")
	f.StringVar(&r.to, "to", "", "`TARGET`: "+targetNames())
	f.StringVar(&r.word, "word", "", "the word, as numbers of `ELEMENTS`, such as 3,17,5")
	f.IntVar(&r.random, "random", 3, "without --word: a random word of this many letters")
	f.Uint64Var(&r.seed, "seed", 1, "seed of the random word")
	f.StringVar(&r.answer, "answer", "", "read the answer of the text in `FILE` instead of writing one")
	f.StringVarP(&r.out, "output", "o", "", "write the text to `FILE`, - for standard output and nothing else")
	f.StringVar(&r.circuit, "circuit", "", "write the reduction of words of this length to `FILE`, as a threshold circuit")
	exactlyOne(cmd, "group", "generators")
	require(cmd, "to")
	exclude(cmd, "word", "random", "seed")
	exclude(cmd, "answer", "random", "seed", "output", "circuit")
	atLeast(cmd, 1, "random")
	atMost(cmd, maxLetters, "random")
	return cmd
}

// listed is a monoid whose elements are numbered and are maps.
type listed interface {
	embed.Maps
	label(i int) string
}

type listedGroup struct{ *algebra.Table }

func (g listedGroup) label(i int) string { return g.Label(i) }

type listedMonoid struct{ *algebra.Monoid }

func (m listedMonoid) label(i int) string { return m.Element(i).String() }

func (r *reducingWord) monoid() (name string, m listed, err error) {
	if r.group != "" {
		g, err := algebra.Named(r.group)
		if err != nil {
			return "", nil, err
		}
		table, err := g.Table(maxOrder)
		return g.Name, listedGroup{table}, underFlag("--group "+r.group, err)
	}
	enumerated, err := enumerateFile(r.generators)
	return baseName(r.generators), listedMonoid{enumerated}, err
}

func (a *app) reduceWord(ctx context.Context, r *reducingWord) error {
	if err := a.dataAlone(r.out); err != nil {
		return err
	}
	a.meter.step("list the elements", 0, 0)
	name, m, err := r.monoid()
	if err != nil {
		return err
	}
	j := reducedWordJSON{Group: name, To: r.to}
	target, err := r.target(m, &j)
	if err != nil {
		return err
	}
	if j.Word, err = r.letters(m.Order()); err != nil {
		return err
	}
	j.Length = len(j.Word)
	a.meter.step("reduce", 0, 0)
	if r.circuit != "" {
		c, err := target.Blocks().Circuit(j.Length)
		if err != nil {
			return err
		}
		if err := writeCircuit(ctx, r.circuit, c); err != nil {
			return err
		}
	}
	text := ""
	if r.answer != "" {
		j.File = r.answer
		text, err = readText(r.answer)
	} else {
		text, err = target.Forward(j.Word)
	}
	if err != nil {
		return err
	}
	if r.out == "-" {
		a.meter.stop()
		_, err := io.WriteString(a.out, text)
		return err
	}
	a.meter.step("read the answer back", 0, 0)
	if j.Answer, err = target.Answer(text); err != nil {
		if r.answer != "" {
			err = fmt.Errorf("%s: %w", r.answer, err)
		}
		return err
	}
	j.Label = m.label(j.Answer)
	j.compare(m)
	if r.answer == "" {
		if err := j.place(ctx, r.out, text); err != nil {
			return err
		}
	}
	if err := a.answer(j, func(w io.Writer) error { return j.print(w, m) }); err != nil {
		return err
	}
	if j.Verdict == check.Fails {
		return verdict(exitFails)
	}
	return nil
}

// target is the reduction asked for, for an action of the monoid on few points.
func (r *reducingWord) target(m listed, j *reducedWordJSON) (reduction, error) {
	for _, t := range targets {
		if t.name != r.to {
			continue
		}
		action, err := embed.Least(m)
		if err != nil {
			return nil, err
		}
		target, err := t.make(action)
		if err != nil {
			return nil, fmt.Errorf("--to %s: %w", r.to, err)
		}
		j.Points, j.Block, j.Symbol = action.Degree(), target.Blocks().Size(), t.symbol
		return target, nil
	}
	return nil, fmt.Errorf("--to %s: expected one of %s", r.to, targetNames())
}

// letters is the word: that of --word, a random one, or none beside --answer.
func (r *reducingWord) letters(order int) ([]int, error) {
	if r.word != "" {
		word, err := parseElements(r.word, order)
		if err == nil && len(word) > maxLetters {
			err = fmt.Errorf("%d letters, at most %d are reduced at once", len(word), maxLetters)
		}
		if err != nil {
			err = fmt.Errorf("--word: %w", err)
		}
		return word, err
	}
	var word []int
	random := rand.New(rand.NewPCG(r.seed, 0))
	for range r.random {
		word = append(word, random.IntN(order))
	}
	return word, nil
}

// compare sets the expected answer and the verdict.
func (j *reducedWordJSON) compare(m listed) {
	j.Verdict = check.Holds
	if j.Word == nil {
		return
	}
	product := 0
	for _, x := range j.Word {
		product = m.Product(product, x)
	}
	j.Expected = &product
	if product != j.Answer {
		j.Verdict = check.Fails
	}
}

// place puts the text into its file, or into the answer.
func (j *reducedWordJSON) place(ctx context.Context, out, text string) error {
	if out == "" {
		j.Text = text
		return nil
	}
	if isDir(out) {
		return fmt.Errorf("%s: is a directory, expected a file for -o", out)
	}
	j.File = out
	return writeFiles(ctx, file{out, func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	}})
}

func (j *reducedWordJSON) print(w io.Writer, m listed) error {
	if j.Text != "" {
		fmt.Fprintln(w, strings.TrimRight(j.Text, "\n")+"\n")
	}
	if j.Word != nil {
		printField(w, "word", shownWord(j.Word)+" of "+j.Group)
	}
	if j.Text != "" || j.Word != nil {
		printField(w, "reduction", fmt.Sprintf("%s: a block of %s for each letter, on %s",
			j.To, plural(j.Block, j.Symbol), plural(j.Points, "point")))
	}
	if j.File != "" {
		printField(w, "text", j.File)
	}
	printField(w, "answer", fmt.Sprintf("%d = %s", j.Answer, j.Label))
	if j.Expected == nil {
		return nil
	}
	printField(w, "product", fmt.Sprintf("%d = %s", *j.Expected, m.label(*j.Expected)))
	_, err := fmt.Fprintf(w, "verdict: %v\n", j.Verdict)
	return err
}

// writeCircuit stores the circuit of a reduction.
func writeCircuit(ctx context.Context, path string, c *threshold.Circuit) error {
	if isDir(path) {
		return fmt.Errorf("%s: is a directory, expected a file for --circuit", path)
	}
	return writeFiles(ctx, file{path, c.WriteBinary})
}

// maxText is how much of a text is read for its answer, in bytes.
const maxText = 1 << 28

func readText(path string) (string, error) {
	f, err := openKind(path, "a text written by tc0 reduce word", "")
	if err != nil {
		return "", err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(bufio.NewReader(f), maxText+1))
	if err == nil && len(text) > maxText {
		err = fmt.Errorf("%s: more than %d bytes", path, maxText)
	}
	return string(text), err
}

// shownWord is a word as --word takes it, or the beginning of a long one.
func shownWord(word []int) string {
	const most = 16
	var texts []string
	for i, x := range word {
		if i == most {
			return strings.Join(texts, ",") + ",… (" + plural(len(word), "letter") + ")"
		}
		texts = append(texts, strconv.Itoa(x))
	}
	return strings.Join(texts, ",")
}
