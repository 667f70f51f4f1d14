package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tc0/circuits/view"
	"tc0/theory/bound"
	"tc0/theory/class"
)

// A prediction is what is known of a stack of layers, in words.
type prediction string

// The predictions. That some depth is enough is said where no depth was asked about.
const (
	thisDepth    prediction = "expressible at this depth"
	notThisDepth prediction = "not expressible at this depth"
	someDepth    prediction = "expressible at some depth"
	noDepth      prediction = "expressible at no depth"
	unknownDepth prediction = "unknown"
)

// predict puts a decision into words for so many layers; 0: for any number.
func (d decisionJSON) predict(layers int) prediction {
	if d.Verdict == bound.Impossible {
		return noDepth
	}
	at := d.Verdict
	if layers > 0 {
		at = bound.Decision{Verdict: d.Verdict, Layers: d.Layers, Least: d.LeastLayers}.At(layers)
	}
	switch {
	case at == bound.Open:
		return unknownDepth
	case at == bound.Impossible:
		return notThisDepth
	case layers > 0:
		return thisDepth
	}
	return someDepth
}

// rank orders predictions: what is known comes first.
func (p prediction) rank() int {
	return slices.Index([]prediction{thisDepth, someDepth, notThisDepth, noDepth, unknownDepth}, p)
}

// depth is the number of layers that a decision is about.
func (d decisionJSON) depth() string {
	switch {
	case d.Verdict == bound.Impossible:
		return ""
	case d.Layers > 0 && d.Layers == d.LeastLayers:
		return plural(d.Layers, "layer") + ", no fewer"
	case d.Layers > 0:
		return "≤ " + plural(d.Layers, "layer")
	case d.LeastLayers > 0:
		return "≥ " + plural(d.LeastLayers, "layer")
	case d.Verdict == bound.Expressible:
		return "some depth"
	}
	return ""
}

// predicting says what to predict.
type predicting struct {
	problem problemChoice
	arch    string
	layers  int
}

// predictJSON is the answer of predict.
type predictJSON struct {
	Task         string            `json:"task"`
	Meaning      string            `json:"meaning,omitempty"`
	Class        class.Class       `json:"class"`
	Theorem      string            `json:"theorem"`     // that the class rests on
	Assumptions  []string          `json:"assumptions"` // for what the class is taken to mean
	Reason       string            `json:"reason"`
	Explored     string            `json:"explored,omitempty"` // of an undecided class
	Architecture *architectureJSON `json:"architecture"`       // the one asked about, null for all
	Layers       *int              `json:"layers"`             // null: any number
	Predictions  []predictionJSON  `json:"predictions"`
}

type architectureJSON struct {
	Asked      string           `json:"asked"`
	ID         string           `json:"id"`
	Name       string           `json:"name"`
	Transition bound.Transition `json:"transition"`
	Form       string           `json:"form"`
}

// predictionJSON is a decision and what it says of the depth asked about.
type predictionJSON struct {
	Prediction prediction `json:"prediction"`
	decisionJSON
}

func (a *app) predictVerb() *cobra.Command {
	var p predicting
	cmd := &cobra.Command{
		Use:   "predict (--task T | --group G | --regex R | --dfa FILE) [--arch A] [--layers K]",
		Short: "Say what stacks of an architecture can express of a task, by theorem, at a depth",
		Long: `Say in which circuit class a task is, under which assumption, and what is known of
an architecture at a depth, in each arithmetic model, with the theorems:

  expressible at this depth      weights exist that are right at every length
  not expressible at this depth  a deeper stack is needed
  expressible at no depth        no stack of fixed depth is right at every length
  unknown                        the statements recorded here do not settle it

Without --layers the first two are one, expressible at some depth; without --arch all
architectures are listed. A task is a named task, or a group's word problem: A5 over
all elements, A5:g4 over four of them (go doc tc0/empirical/task lists the names).

A prediction is about words of every length. At bounded length a model may do what is
expressible at no depth, and training may miss what is expressible. An undecided class
is exit status 3.`,
		Example: `  tc0 predict --task A5 --arch mamba --layers 2
  tc0 predict --task S4 --arch dcd --layers 2
  tc0 predict --task parity_check
  tc0 predict --regex '(aa)*' --arch transformer --json`,
		Args: between(0, 0, "flags only"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			p.problem.take(cmd)
			return a.predict(cmd.Context(), &p)
		},
	}
	addProblem(cmd, &p.problem)
	f := cmd.Flags()
	f.StringVar(&p.arch, "arch", "", "architecture `A`, such as mamba; tc0 explain lists them")
	f.IntVar(&p.layers, "layers", 0, "number of layers of the stack")
	exactlyOne(cmd, problemFlags...)
	atLeast(cmd, 1, "layers")
	return cmd
}

func (a *app) predict(ctx context.Context, p *predicting) error {
	a.meter.step("classify", 0, 0)
	r := predictJSON{}
	var err error
	if r.Architecture, err = p.architecture(); err != nil {
		return err
	}
	if p.layers > 0 {
		r.Layers = &p.layers
	}
	problem, err := p.problem.problem()
	if err != nil {
		return openAtLimit(err)
	}
	s, err := problem.subject()
	if err != nil {
		return err
	}
	v, err := class.Classify(s, class.DefaultBudget())
	if err != nil {
		return openAtLimit(err)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	r.describe(v, problem.meaning)
	if err := r.judge(v.Facts(), p.layers); err != nil {
		return err
	}
	if err := a.answer(r, r.print); err != nil {
		return err
	}
	if v.Class == class.Undecided {
		return verdict(exitUndecided)
	}
	return nil
}

// openAtLimit turns a search that stopped at its limit into an open question.
func openAtLimit(err error) error {
	if limitOf(err) != "" {
		return undecided{err}
	}
	return err
}

// architecture is the one asked about, nil for all.
func (p *predicting) architecture() (*architectureJSON, error) {
	if p.arch == "" {
		return nil, nil
	}
	row, ok := bound.Find(p.arch)
	if ok {
		return &architectureJSON{p.arch, row.ID, row.Name, row.Kind, row.Form}, nil
	}
	entry, err := bound.Explain(p.arch)
	if err != nil {
		return nil, fmt.Errorf("--arch: %w; tc0 explain lists the architectures", err)
	}
	return nil, fmt.Errorf("--arch %s: is of kind %s, expected an architecture such as mamba", p.arch, entry.Kind)
}

// describe notes what is known of the task.
func (r *predictJSON) describe(v *class.Verdict, meaning string) {
	r.Task, r.Meaning, r.Class, r.Theorem, r.Reason = v.Subject, meaning, v.Class, v.Theorem, v.Reason
	r.Assumptions = append([]string{}, v.Assumptions...)
	if v.Class == class.Undecided {
		r.Explored = v.Explored
	}
}

// judge adds the predictions.
func (r *predictJSON) judge(f bound.Facts, layers int) error {
	all, err := architectureDecisions(f)
	r.Predictions = []predictionJSON{}
	for _, d := range all {
		if r.Architecture == nil || r.Architecture.ID == d.Architecture {
			r.Predictions = append(r.Predictions, predictionJSON{d.predict(layers), d})
		}
	}
	return err
}

func (r *predictJSON) print(w io.Writer) error {
	fmt.Fprintf(w, "%s: %s\n", r.Task, r.Class)
	for _, f := range []struct{ name, text string }{
		{"  meaning", r.Meaning}, {"  reason", r.Reason}, {"  theorem", r.Theorem},
		{"  assuming", strings.Join(r.Assumptions, "; ")}, {"  explored", r.Explored},
		{"  stack", r.stack()},
	} {
		if f.text != "" {
			printField(w, f.name, f.text)
		}
	}
	fmt.Fprintln(w)
	if err := r.table().Write(w); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w, "\nAbout words of every length; whether training finds the weights is another question.")
	return err
}

// stack is what was asked about.
func (r *predictJSON) stack() string {
	layers := "any number of layers"
	if r.Layers != nil {
		layers = plural(*r.Layers, "layer")
	}
	if r.Architecture == nil {
		return layers
	}
	name := r.Architecture.Name
	if !strings.EqualFold(name, r.Architecture.Asked) {
		name = fmt.Sprintf("%s (%s)", r.Architecture.Asked, name)
	}
	return fmt.Sprintf("%s of %s; transition %s: %s", layers, name, r.Architecture.Transition, r.Architecture.Form)
}

// table has, of one architecture, the reason in each arithmetic model; of all, those about
// which the same is known in one row.
func (r *predictJSON) table() *view.Table {
	const width = 40 // of the last column
	last := "architectures "
	if r.Architecture != nil {
		last = "because "
	}
	t := &view.Table{Head: []string{"prediction ", "depth ", "arithmetic ", "by ", "if ", last}}
	layers := 0
	if r.Layers != nil {
		layers = *r.Layers
	}
	decisions := make([]decisionJSON, len(r.Predictions))
	for i, p := range r.Predictions {
		decisions[i] = p.decisionJSON
	}
	rows := decisionRows(decisions)
	slices.SortStableFunc(rows, func(a, b decisionRow) int {
		return cmp.Compare(a.predict(layers).rank(), b.predict(layers).rank())
	})
	for _, d := range rows {
		text := strings.Join(d.architectures, ", ")
		if r.Architecture != nil {
			text = d.Why
		}
		row := []any{string(d.predict(layers)), d.depth(), d.Arithmetic, strings.Join(d.Theorems, ", "), strings.Join(d.Assumptions, ", ")}
		for _, line := range wrap(text, width) {
			t.Add(append(row, line)...)
			row = []any{"", "", "", "", ""}
		}
	}
	return t
}
