package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"tc0/circuits/check"
	"tc0/theory/algebra"
	"tc0/theory/class"
	"tc0/theory/language"
)

// subjectFlags name what to classify.
var subjectFlags = []string{"group", "regex", "dfa", "generators", "task"}

// classifying says what to classify and how far to search.
type classifying struct {
	kind                                string // the one of subjectFlags that is given
	group, regex, dfa, generators, task string
	alphabet                            string
	certificate                         string
	budget                              class.Budget
}

// classifyJSON is the answer of classify: the verdict's own fields and these.
type classifyJSON struct {
	*class.Verdict
	more classifyMore
}

type classifyMore struct {
	Convention    string         `json:"convention,omitempty"` // what the name of the group means
	Certificate   *string        `json:"certificate"`          // the file, null without --certificate
	NoCertificate string         `json:"no_certificate,omitempty"`
	Architectures []decisionJSON `json:"architectures"`
}

// MarshalJSON puts the two lists of fields into one object.
func (c classifyJSON) MarshalJSON() ([]byte, error) {
	verdict, err := json.Marshal(c.Verdict)
	if err != nil {
		return nil, err
	}
	more, err := json.Marshal(c.more)
	if err != nil {
		return nil, err
	}
	return append(append(verdict[:len(verdict)-1], ','), more[1:]...), nil
}

func (a *app) classifyVerb() *cobra.Command {
	c := classifying{budget: class.DefaultBudget()}
	cmd := &cobra.Command{
		Use:   "classify (--group G | --regex R | --dfa FILE | --generators FILE | --task T)",
		Short: "Find the circuit class of a group, regular language or automaton, with a certificate",
		Long: `Find the circuit class of a word problem or regular language: AC0, ACC0 (in ACC0
and not in AC0), or NC1-complete (outside TC0 if TC0 ≠ NC1), with the reason, and
say what sequence models can do about it. A search that ends at --max-elements or
--max-images is undecided, exit status 3, and says what was explored.

  --group       Zn, Sn, An, Dn (of order 2n), Q8, PSL(2,p), SL(2,p), GL(2,p), H3(Z_n),
                or a product such as A4xZ5
  --regex       letters, r|s r&s ~r r* r+ r? r{m,n} . [a-c] "w0" () [] and \ before a
                letter; the alphabet is the letters in it, or --alphabet
  --dfa         an automaton: tc0's own text, AT&T FST, Graphviz DOT, FAdo, Grail
  --generators  permutations, transformations, matrices mod P or a multiplication
                table, see go doc tc0/theory/algebra ReadGenerators
  --task        ` + taskNames() + `

Of a group or monoid the word problem is meant: the letters are all elements. With
--certificate the evidence is written to a file and checked again before; tc0 check
checks it at any time, without searching.`,
		Example: `  tc0 classify --group A5 --certificate a5.json && tc0 check a5.json
  tc0 classify --regex '(aa)*' --json
  tc0 classify --regex '~(.*aa.*)' --alphabet ab
  tc0 classify --task parity_check`,
		Args: between(0, 0, "flags only"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			c.kind = givenOf(cmd, subjectFlags...)
			return a.classify(cmd.Context(), &c)
		},
	}
	f := cmd.Flags()
	f.StringVar(&c.group, "group", "", "the word problem of the group named `G`")
	f.StringVar(&c.regex, "regex", "", "the language of the regular expression `R`")
	f.StringVar(&c.dfa, "dfa", "", "the language, or task, of the automaton in `FILE`")
	f.StringVar(&c.generators, "generators", "", "the word problem of the monoid that the maps in `FILE` generate")
	f.StringVar(&c.task, "task", "", "the named task `T`, or the word problem of a group over chosen letters, such as A5:g4")
	f.StringVar(&c.alphabet, "alphabet", "", "regex: the `LETTERS`, run together, or with commas between longer names")
	f.StringVar(&c.certificate, "certificate", "", "write the certificate to `FILE`")
	f.IntVar(&c.budget.Elements, "max-elements", c.budget.Elements, "list monoids up to this many elements")
	f.IntVar(&c.budget.Images, "max-images", c.budget.Images, "in larger ones, list up to this many image sets")
	exactlyOne(cmd, subjectFlags...)
	follow(cmd, "alphabet", "regex")
	atLeast(cmd, 1, "max-elements", "max-images")
	return cmd
}

func taskNames() string {
	var names []string
	for _, t := range language.Tasks() {
		names = append(names, t.Name)
	}
	return strings.Join(wrap(strings.Join(names, ", "), 66), "\n                ")
}

func (a *app) classify(ctx context.Context, c *classifying) error {
	a.meter.step("classify", 0, 0)
	r, err := c.answer()
	if err != nil {
		return err
	}
	if c.certificate != "" && r.Certificate != nil {
		if err := a.writeCertificate(ctx, c.certificate, r.Certificate); err != nil {
			return err
		}
		r.more.Certificate = &c.certificate
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := a.answer(r, r.print); err != nil {
		return err
	}
	if r.Class == class.Undecided {
		return verdict(exitUndecided)
	}
	if c.certificate != "" && r.Certificate == nil {
		return undecided{fmt.Errorf("--certificate: no file was written: %s", r.NoCertificate)}
	}
	return nil
}

// answer is the verdict and what follows from it.
func (c *classifying) answer() (*classifyJSON, error) {
	name, subject, convention, err := c.subject()
	var v *class.Verdict
	if err == nil {
		v, err = class.Classify(subject, c.budget)
	}
	if limit := limitOf(err); limit != "" {
		v, err = &class.Verdict{Subject: name, Kind: "language", Class: class.Undecided, DerivedLength: -1,
			Explored: limit, NoCertificate: "the verdict is undecided"}, nil
	}
	if err != nil {
		return nil, err
	}
	r := &classifyJSON{Verdict: v, more: classifyMore{Convention: convention, NoCertificate: v.NoCertificate}}
	r.more.Architectures, err = architectureDecisions(v.Facts())
	return r, err
}

// limitOf says where a search stopped, if an error is that it did.
func limitOf(err error) string {
	var states *language.StatesError
	var limit *algebra.LimitError
	if errors.As(err, &states) || errors.As(err, &limit) {
		return err.Error()
	}
	return ""
}

// subject is what is to be classified, and what its name means.
func (c *classifying) subject() (name string, s class.Subject, convention string, err error) {
	switch c.kind {
	case "group":
		s, convention, err = groupSubject(c.group)
		return c.group, s, convention, err
	case "regex":
		d, err := language.Regex(c.regex, splitAlphabet(c.alphabet), language.MaxStates)
		if err != nil {
			return c.regex, s, "", fmt.Errorf("--regex: %w", err)
		}
		return c.regex, class.Language(c.regex, d), "", nil
	case "task":
		p, err := taskProblem(c.task)
		if err == nil {
			s, err = p.subject()
		}
		if err != nil {
			return c.task, s, "", fmt.Errorf("--task: %w", err)
		}
		return p.name, s, p.meaning, nil
	case "dfa":
		name := baseName(c.dfa)
		n, err := loadAutomaton(c.dfa)
		if err != nil {
			return name, s, "", err
		}
		d, err := n.Determinize(language.MaxStates)
		if err != nil {
			return name, s, "", fmt.Errorf("%s: %w", c.dfa, err)
		}
		return name, class.Language(name, d), "", nil
	}
	g, err := loadGenerators(c.generators)
	if err != nil {
		return "", s, "", err
	}
	name = baseName(c.generators)
	return name, class.WordProblem(name, g.Maps), "", nil
}

// groupSubject is the word problem of a named group.
func groupSubject(name string) (s class.Subject, convention string, err error) {
	g, err := algebra.Named(name)
	if err != nil {
		return s, "", err
	}
	return class.WordProblem(g.Name, g.Generators), g.Convention, nil
}

// splitAlphabet reads letters run together, or longer names with commas between them.
func splitAlphabet(text string) []string {
	if text == "" {
		return nil
	}
	if strings.ContainsAny(text, ", ") {
		return strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' })
	}
	return strings.Split(text, "")
}

// writeCertificate checks a certificate again, as it will be read, and stores it.
func (a *app) writeCertificate(ctx context.Context, path string, c *class.Certificate) error {
	if isDir(path) {
		return fmt.Errorf("%s: is a directory, expected a file for --certificate", path)
	}
	a.meter.step("check the certificate", 0, 0)
	text, err := c.Encode()
	if err != nil {
		return err
	}
	read, err := class.Decode(text)
	if err == nil {
		err = class.Check(read)
	}
	if err != nil {
		return failure{fmt.Errorf("%s: not written, it does not pass its check: %w", path, err)}
	}
	return writeFiles(ctx, file{path, func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	}})
}

// print writes the verdict, and then what the theory says of each architecture.
func (r *classifyJSON) print(w io.Writer) error {
	if r.States == 0 { // the search stopped before there was a monoid
		fmt.Fprintf(w, "%s: %s\n", r.Subject, r.Class)
		printField(w, "  explored", r.Explored)
		return nil
	}
	lines := r.Lines()
	fmt.Fprintln(w, lines[0])
	for _, line := range lines[1:] {
		name, text, _ := strings.Cut(strings.TrimSpace(line), " ")
		if name == "certificate" && r.Certificate != nil {
			text = "made; --certificate FILE writes it"
			if r.more.Certificate != nil {
				text = "written to " + *r.more.Certificate + ", checked again before"
			}
		}
		printField(w, "  "+name, text)
	}
	if r.more.Convention != "" {
		printField(w, "  meaning", r.more.Convention)
	}
	fmt.Fprintln(w)
	if err := decisionTable(r.more.Architectures).Write(w); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\n%s\ntc0 explain ID says what stands behind a name in the table.\n", lines[0])
	return err
}

// certificateJSON is the answer of check for a certificate of classify.
type certificateJSON struct {
	Verdict       check.Verdict `json:"verdict"`
	File          string        `json:"file"`
	Kind          string        `json:"kind"`
	Class         class.Class   `json:"class"`
	DerivedLength *int          `json:"derived_length"`
	Letters       []string      `json:"letters"` // none for a word problem
	Maps          []string      `json:"maps"`
	Reason        string        `json:"reason"` // of a verdict other than holds
}

// certificateStart is how the text of every certificate begins.
const certificateStart = `{"format":"tc0 class certificate `

// isCertificate tells a certificate of classify by how it begins.
func isCertificate(path string) bool {
	f, err := openRegular(path)
	if err != nil {
		return false
	}
	defer f.Close()
	start := make([]byte, len(certificateStart))
	_, err = io.ReadFull(f, start)
	return err == nil && string(start) == certificateStart
}

// checkCertificate verifies a certificate from its text alone.
func (a *app) checkCertificate(path string) error {
	a.meter.step("check the certificate", 0, 0)
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	r := certificateJSON{Verdict: check.Holds, File: path, Kind: "certificate of a circuit class", Letters: []string{}, Maps: []string{}}
	c, err := class.Decode(text)
	if err == nil {
		r.describe(c)
		err = class.Check(c)
	}
	if err != nil {
		r.Verdict, r.Reason = check.Fails, oneLine(err.Error())
	}
	if err := a.answer(r, r.print); err != nil {
		return err
	}
	if r.Verdict == check.Fails {
		return verdict(exitFails)
	}
	return nil
}

// describe notes what the certificate is about and what it claims.
func (r *certificateJSON) describe(c *class.Certificate) {
	r.Class = c.Class
	if c.DerivedLength > 0 {
		r.DerivedLength = &c.DerivedLength
	}
	r.Letters = append(r.Letters, c.Subject.Letters...)
	for _, x := range c.Subject.Maps {
		r.Maps = append(r.Maps, x.String())
	}
}

func (r *certificateJSON) print(w io.Writer) error {
	fmt.Fprintf(w, "%s: %s\n", r.File, r.Kind)
	if r.Class != "" {
		const most = 8 // maps shown
		printField(w, "  claims", r.claim())
		for i, x := range r.Maps {
			if i == most {
				printField(w, "  …", plural(len(r.Maps)-most, "map")+" more")
				break
			}
			name := fmt.Sprintf("g%d", i+1)
			if i < len(r.Letters) {
				name = r.Letters[i]
			}
			printField(w, "  "+name, x)
		}
	}
	if r.Reason != "" {
		printField(w, "  reason", r.Reason)
	}
	_, err := fmt.Fprintf(w, "verdict: %v\n", r.Verdict)
	return err
}

func (r *certificateJSON) claim() string {
	of := "the word problem of the monoid that these maps generate"
	if len(r.Letters) > 0 {
		of = "the language or task of an automaton whose letters act on the states like this"
	}
	text := fmt.Sprintf("%s, for %s", r.Class, of)
	if r.DerivedLength != nil {
		text = fmt.Sprintf("%s, derived length %d, for %s", r.Class, *r.DerivedLength, of)
	}
	return text
}
