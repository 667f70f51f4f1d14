package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tc0/circuits/view"
	"tc0/theory/bound"
	"tc0/theory/class"
	"tc0/theory/language"
)

// named are the groups whose word problems explain judges beside the named tasks.
var named = []string{"Z2", "Z3", "Z60", "S3", "D4", "Q8", "A4", "A4xZ5", "S4", "SL(2,3)", "A5", "S5", "PSL(2,7)"}

// explainJSON is the answer of explain for one ID.
type explainJSON struct {
	bound.Entry
	Layers   int           `json:"layers,omitempty"`
	Problems []problemJSON `json:"problems,omitempty"` // of an architecture
}

func (a *app) explainVerb() *cobra.Command {
	var layers int
	cmd := &cobra.Command{
		Use:   "explain [ID]",
		Short: "Say what is recorded of a theorem, class, assumption, arithmetic model or architecture",
		Long: `Say what is recorded under an ID: a theorem or definition (T4.4, T-depth), a
circuit class (AC0, TC0), an assumption (TC0 != NC1), an arithmetic model (P-fin)
or an architecture (mamba). Without an ID, all are listed.

Of an architecture it also says which of the named tasks and word problems stacks of
it can express, in each arithmetic model; with --layers, in so many layers.`,
		Example: `  tc0 explain
  tc0 explain T-depth
  tc0 explain mamba
  tc0 explain dcd --layers 2`,
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				if layers > 0 {
					return errors.New("--layers goes with an architecture, such as mamba")
				}
				return a.explainAll()
			}
			return a.explain(strings.Join(args, " "), layers)
		},
	}
	cmd.Flags().IntVar(&layers, "layers", 0, "of an architecture: what it can express in this many layers")
	atLeast(cmd, 1, "layers")
	return cmd
}

func (a *app) explainAll() error {
	entries := bound.Entries()
	return a.answer(entries, func(w io.Writer) error {
		t := &view.Table{Head: []string{"kind ", "ID "}}
		for len(entries) > 0 {
			kind := entries[0].Kind
			var ids []string
			for _, e := range entries {
				if e.Kind == kind {
					ids = append(ids, e.ID)
				}
			}
			entries = slices.DeleteFunc(entries, func(e bound.Entry) bool { return e.Kind == kind })
			for i, line := range wrap(strings.Join(ids, ", "), textWidth-20) {
				if i > 0 {
					kind = ""
				}
				t.Add(kind, line)
			}
		}
		if err := t.Write(w); err != nil {
			return err
		}
		_, err := fmt.Fprintln(w, "\ntc0 explain ID says what is recorded under it.")
		return err
	})
}

func (a *app) explain(id string, layers int) error {
	entry, err := bound.Explain(id)
	if err != nil {
		return err
	}
	r := explainJSON{Entry: entry, Layers: layers}
	architecture, ok := bound.Find(id)
	switch {
	case ok:
		if r.Problems, err = a.express(architecture, layers); err != nil {
			return err
		}
	case layers > 0:
		return fmt.Errorf("--layers goes with an architecture, and %s is of kind %s", entry.ID, entry.Kind)
	}
	return a.answer(r, r.print)
}

// express judges an architecture on the named tasks and groups.
func (a *app) express(architecture bound.Architecture, layers int) ([]problemJSON, error) {
	subjects, err := namedSubjects()
	if err != nil {
		return nil, err
	}
	var problems []problemJSON
	for i, s := range subjects {
		a.meter.step("classify the named problems", i, len(subjects))
		v, err := class.Classify(s, class.DefaultBudget())
		if err != nil {
			return nil, err
		}
		decisions, err := architecture.Decide(v.Facts())
		if err != nil {
			return nil, err
		}
		p := problemJSON{Problem: v.Subject, Class: v.Class}
		for _, d := range decisions {
			if layers > 0 {
				d.Verdict = d.At(layers)
			}
			p.Decisions = append(p.Decisions, decisionOf(d))
		}
		problems = append(problems, p)
	}
	return problems, nil
}

func namedSubjects() ([]class.Subject, error) {
	var subjects []class.Subject
	for _, t := range language.Tasks() {
		subjects = append(subjects, class.Language(t.Name, t.Machine))
	}
	for _, name := range named {
		s, _, err := groupSubject(name)
		if err != nil {
			return nil, err
		}
		subjects = append(subjects, s)
	}
	return subjects, nil
}

func (r *explainJSON) print(w io.Writer) error {
	fmt.Fprintf(w, "%s (%s)\n", r.ID, r.Kind)
	for _, line := range wrap(r.Text, textWidth) {
		fmt.Fprintln(w, line)
	}
	if len(r.Fields) > 0 {
		fmt.Fprintln(w)
	}
	for _, f := range r.Fields {
		printField(w, f.Name, f.Text)
	}
	if len(r.Problems) == 0 {
		return nil
	}
	fmt.Fprintln(w)
	return problemTable(r.Problems, r.Layers).Write(w)
}
