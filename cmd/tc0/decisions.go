package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"tc0/circuits/view"
	"tc0/theory/bound"
	"tc0/theory/class"
)

// decisionJSON is what is known of an architecture, in one arithmetic model, on a
// problem.
type decisionJSON struct {
	Architecture string        `json:"architecture"`
	Arithmetic   string        `json:"arithmetic"`
	Verdict      bound.Verdict `json:"verdict"`
	Layers       int           `json:"layers,omitempty"`       // so many suffice
	LeastLayers  int           `json:"least_layers,omitempty"` // fewer do not
	StateSize    int           `json:"state_size,omitempty"`   // of the construction
	Theorems     []string      `json:"theorems"`
	Assumptions  []string      `json:"assumptions"` // none: unconditional
	Why          string        `json:"why"`
}

func decisionOf(d bound.Decision) decisionJSON {
	return decisionJSON{d.Architecture, d.Arithmetic, d.Verdict, d.Layers, d.Least, d.Width,
		append([]string{}, d.Theorems...), append([]string{}, d.Assumptions...), d.Why}
}

// architectureDecisions judges all architectures on a problem.
func architectureDecisions(f bound.Facts) ([]decisionJSON, error) {
	var all []decisionJSON
	for _, a := range bound.Architectures() {
		decisions, err := a.Decide(f)
		if err != nil {
			return nil, err
		}
		for _, d := range decisions {
			all = append(all, decisionOf(d))
		}
	}
	return all, nil
}

// short is the decision in a few words.
func (d decisionJSON) short() string {
	switch {
	case d.Verdict == bound.Impossible:
		return "impossible"
	case d.Verdict == bound.Open && d.LeastLayers > 0:
		return "unknown, ≥ " + plural(d.LeastLayers, "layer")
	case d.Verdict == bound.Open:
		return "unknown"
	case d.Layers == 0:
		return "some number of layers"
	case d.Layers > d.LeastLayers:
		return "≤ " + plural(d.Layers, "layer")
	}
	return plural(d.Layers, "layer")
}

// decisionRow is architectures about which the same is known for the same reasons.
type decisionRow struct {
	decisionJSON
	architectures []string
}

// rank orders rows: what can be done, what cannot, what is unknown; and inside,
// what is known better first.
func (d decisionJSON) rank() int {
	switch {
	case d.Verdict == bound.Expressible && d.Layers > 0:
		return 0
	case d.Verdict == bound.Expressible:
		return 1
	case d.Verdict == bound.Impossible && len(d.Assumptions) == 0:
		return 2
	case d.Verdict == bound.Impossible:
		return 3
	case d.LeastLayers > 0:
		return 4
	}
	return 5
}

// decisionRows joins decisions that differ in the architecture alone.
func decisionRows(all []decisionJSON) []decisionRow {
	var rows []decisionRow
	at := map[string]int{}
	for _, d := range all {
		key := fmt.Sprint(d.Verdict, d.Layers, d.LeastLayers, d.StateSize, d.Arithmetic, d.Theorems, d.Assumptions)
		i, known := at[key]
		if !known {
			i = len(rows)
			at[key] = i
			rows = append(rows, decisionRow{decisionJSON: d})
		}
		rows[i].architectures = append(rows[i].architectures, d.Architecture)
	}
	slices.SortStableFunc(rows, func(a, b decisionRow) int {
		return cmp.Or(cmp.Compare(a.rank(), b.rank()), cmp.Compare(a.Layers, b.Layers))
	})
	return rows
}

// decisionTable shows what is known of all architectures on one problem.
func decisionTable(all []decisionJSON) *view.Table {
	const width = 48 // of the list of architectures
	t := &view.Table{Head: []string{"verdict ", "arithmetic ", "by ", "if ", "architectures "}}
	for _, r := range decisionRows(all) {
		verdict := r.short()
		if r.StateSize > 0 {
			verdict += fmt.Sprintf(", state size %d", r.StateSize)
		}
		row := []any{verdict, r.Arithmetic, strings.Join(r.Theorems, ", "), strings.Join(r.Assumptions, ", ")}
		for _, line := range wrap(strings.Join(r.architectures, ", "), width) {
			t.Add(append(row, line)...)
			row = []any{"", "", "", ""}
		}
	}
	return t
}

// problemTable shows what is known of one architecture on some problems: a column for
// each arithmetic model, and a row for problems about which the same is known. With
// layers, the verdict is that for so many.
func problemTable(problems []problemJSON, layers int) *view.Table {
	const width = 48 // of the list of problems
	t := &view.Table{Head: []string{"class "}}
	for _, d := range problems[0].Decisions {
		t.Head = append(t.Head, d.Arithmetic+" ")
	}
	t.Head = append(t.Head, "problems ")
	var rows [][]any
	names := map[string][]string{}
	byClass := slices.SortedStableFunc(slices.Values(problems), func(a, b problemJSON) int { return cmp.Compare(a.Class, b.Class) })
	for _, p := range byClass {
		row := []any{p.Class}
		for _, d := range p.Decisions {
			row = append(row, d.cell(layers))
		}
		key := fmt.Sprint(row...)
		if names[key] == nil {
			rows = append(rows, row)
		}
		names[key] = append(names[key], p.Problem)
	}
	for _, row := range rows {
		for _, line := range wrap(strings.Join(names[fmt.Sprint(row...)], ", "), width) {
			t.Add(append(row, line)...)
			row = slices.Repeat([]any{""}, len(row))
		}
	}
	return t
}

// cell is a decision in a table of problems, with the theorem about the architecture,
// the first; with layers, the verdict for so many.
func (d decisionJSON) cell(layers int) string {
	text := d.short()
	if layers > 0 {
		text = string(d.Verdict)
	}
	if len(d.Assumptions) > 0 {
		text += " if " + strings.Join(d.Assumptions, ", ")
	}
	if d.Verdict != bound.Open {
		text += " (" + d.Theorems[0] + ")"
	}
	return text
}

// problemJSON is what is known of an architecture and a problem.
type problemJSON struct {
	Problem   string         `json:"problem"`
	Class     class.Class    `json:"class"`
	Decisions []decisionJSON `json:"decisions"`
}

// textWidth is how wide running text is printed.
const textWidth = 100

// wrap breaks text between words into lines of a width.
func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && len([]rune(line))+1+len([]rune(word)) > width {
			lines = append(lines, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}

// printField prints a named text, its lines below each other.
func printField(w io.Writer, name, text string) {
	const column = 14
	for _, line := range wrap(text, textWidth-column) {
		fmt.Fprintf(w, "%-*s%s\n", column, name, line)
		name = ""
	}
}
