package class

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"strings"

	"tc0/theory/algebra"
	"tc0/theory/bound"
)

// A Class is a circuit complexity class that a verdict names, as the least of those here
// that are known to hold the problem.
type Class string

// The classes. There is no class between ACC0 and NC1-complete for these problems: a
// language in TC0 that is not in ACC0 would prove TC0 = NC1.
const (
	AC0       Class = "AC0"          // constant depth, AND and OR
	ACC0      Class = "ACC0"         // in ACC0 and not in AC0; ACC0 is inside TC0
	NC1       Class = "NC1-complete" // outside TC0 if TC0 ≠ NC1
	Undecided Class = "undecided"    // the budget ran out
)

// A Verdict is the class of a subject, with the reason.
type Verdict struct {
	Subject string // its name
	Kind    string // "language", "task" or "word problem"
	States  int    // of the minimal automaton, or points that the monoid acts on
	Letters []string

	Class          Class
	Solvable       algebra.Answer // are all subgroups of the monoid solvable?
	Aperiodic      algebra.Answer // are they trivial?
	QuasiAperiodic algebra.Answer // of a language: are those of the stable semigroup trivial?
	Group          bool           // is the monoid a group?
	Commutative    bool
	EvenLetter     bool     // do the powers of a letter have an even period?
	Order          *big.Int // of the monoid; nil if not known
	DerivedLength  int      // of a solvable group; -1 otherwise
	StabilityIndex int      // of a language; 0 if not computed

	Theorem     string   // the ID of the theorem that the class rests on, in theory/bound
	Assumptions []string // what must hold for what the class is taken to mean
	Model       string   // the arithmetic model
	Reason      string   // why the monoid has what the theorem asks for
	Witness     string   // the evidence in words: lengths, words, permutations
	Explored    string   // what was searched, and for an undecided verdict where it stopped

	Certificate   *Certificate // nil if NoCertificate says why
	NoCertificate string

	// Subgroup is the group in the monoid that the verdict ACC0 or NC1-complete points at,
	// with words; nil for others.
	Subgroup *algebra.Subgroup
}

const modelNote = "none: the class is that of the exact problem; what a model can do about it depends on its arithmetic"

// Facts returns what theory/bound needs to judge architectures.
func (v *Verdict) Facts() bound.Facts {
	f := bound.Facts{
		Name: v.Subject, Group: bound.Is(v.Group), Abelian: bound.Is(v.Commutative),
		Aperiodic: known(v.Aperiodic), QuasiAperiodic: known(v.QuasiAperiodic), Solvable: known(v.Solvable),
		Order: v.Order, States: v.States, DerivedLength: max(v.DerivedLength, 0),
	}
	if v.Kind == wordProblem { // the elements are the states of the automaton that gives the product
		f.QuasiAperiodic, f.States = f.Aperiodic, 0
		if v.Order != nil && v.Order.IsInt64() && v.Order.Int64() <= math.MaxInt32 {
			f.States = int(v.Order.Int64())
		}
		return f
	}
	f.EvenLetter = bound.Is(v.EvenLetter)
	return f
}

func known(a algebra.Answer) bound.Answer {
	switch a {
	case algebra.Yes:
		return bound.Yes
	case algebra.No:
		return bound.No
	}
	return bound.Unknown
}

// MarshalJSON writes the fields that "tc0 classify --json" promises. What is not known or
// does not apply is null.
func (v *Verdict) MarshalJSON() ([]byte, error) {
	var fields struct {
		Subject        string   `json:"subject"`
		Kind           string   `json:"kind"`
		Class          Class    `json:"class"`
		Solvable       *bool    `json:"solvable"`
		Aperiodic      *bool    `json:"aperiodic"`
		QuasiAperiodic *bool    `json:"quasi_aperiodic"`
		States         int      `json:"states"`
		Order          *big.Int `json:"order"`
		DerivedLength  *int     `json:"derived_length"`
		StabilityIndex *int     `json:"stability_index"`
		Assumptions    []string `json:"assumptions"`
		Theorem        *string  `json:"theorem"`
		Model          string   `json:"arithmetic_model"`
		Witness        string   `json:"witness"`
		Explored       string   `json:"explored"`
	}
	fields.Subject, fields.Kind, fields.Class, fields.States = v.Subject, v.Kind, v.Class, v.States
	fields.Solvable, fields.Aperiodic, fields.QuasiAperiodic = truth(v.Solvable), truth(v.Aperiodic), truth(v.QuasiAperiodic)
	fields.Order, fields.Model, fields.Witness, fields.Explored = v.Order, v.Model, v.Witness, v.Explored
	fields.Assumptions = append([]string{}, v.Assumptions...)
	if v.Theorem != "" {
		fields.Theorem = &v.Theorem
	}
	if v.DerivedLength >= 0 {
		fields.DerivedLength = &v.DerivedLength
	}
	if v.StabilityIndex > 0 {
		fields.StabilityIndex = &v.StabilityIndex
	}
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	err := e.Encode(fields)
	return text.Bytes(), err
}

func truth(a algebra.Answer) *bool {
	if a == algebra.Undecided {
		return nil
	}
	yes := a == algebra.Yes
	return &yes
}

// Lines returns the verdict for a reader, one fact per line.
func (v *Verdict) Lines() []string {
	lines := []string{fmt.Sprintf("%s: %s", v.Subject, v.Class)}
	add := func(name, text string) {
		if text != "" {
			lines = append(lines, fmt.Sprintf("  %-12s %s", name, text))
		}
	}
	add("problem", v.problem())
	add("monoid", v.monoid())
	add("reason", v.Reason)
	add("witness", v.Witness)
	add("theorem", v.Theorem)
	add("assuming", strings.Join(v.Assumptions, "; "))
	add("arithmetic", v.Model)
	add("explored", v.Explored)
	add("certificate", v.certificate())
	return lines
}

// String joins the lines.
func (v *Verdict) String() string { return strings.Join(v.Lines(), "\n") }

func (v *Verdict) problem() string {
	if v.Kind == wordProblem {
		return fmt.Sprintf("word problem: the product of a word over the elements, which act on %s", count(v.States, "point"))
	}
	return fmt.Sprintf("%s with a minimal automaton of %s and %s", v.Kind, count(v.States, "state"), count(len(v.Letters), "letter"))
}

// count is a number of things.
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

func (v *Verdict) monoid() string {
	order := "order unknown"
	if v.Order != nil {
		order = "order " + algebra.FormatOrder(v.Order)
	}
	parts := []string{order, is(v.Aperiodic, "aperiodic"), is(v.Solvable, "solvable")}
	if v.Group {
		parts[0] = "a group of " + order
	}
	if v.DerivedLength >= 0 {
		parts = append(parts, fmt.Sprintf("derived length %d", v.DerivedLength))
	}
	if v.Kind != wordProblem {
		parts = append(parts, is(v.QuasiAperiodic, "quasi-aperiodic"))
	}
	if v.StabilityIndex > 0 {
		parts = append(parts, fmt.Sprintf("stability index %d", v.StabilityIndex))
	}
	return strings.Join(parts, ", ")
}

func is(a algebra.Answer, adjective string) string {
	switch a {
	case algebra.Yes:
		return adjective
	case algebra.No:
		return "not " + adjective
	}
	return adjective + " or not: undecided"
}

func (v *Verdict) certificate() string {
	if v.Certificate == nil {
		return "none: " + v.NoCertificate
	}
	return "made"
}
