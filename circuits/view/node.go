package view

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"tc0/circuits/arith"
	"tc0/circuits/threshold"
)

// Bank is a family of gates that implements part of a node.
type Bank struct {
	ID        int    `json:"id"`
	Kind      string `json:"kind"`
	Part      int    `json:"part"`
	FirstGate uint64 `json:"first_gate"`
	Gates     int64  `json:"gates"`
	Depth     int    `json:"depth"`
	FanIn     int    `json:"fan_in"` // of its first gate
	Text      string `json:"text"`
}

// Node is one node with everything that is known of it.
type Node struct {
	Row
	Equation   []string `json:"equation"`
	Levels     int      `json:"levels,omitempty"`
	Thresholds string   `json:"thresholds,omitempty"`
	Values     string   `json:"values,omitempty"`
	Banks      []Bank   `json:"banks"`
	ReadBy     []string `json:"read_by"` // the first few readers
	Output     string   `json:"output,omitempty"`
}

// maxReaders is how many readers are named.
const maxReaders = 4

// Node describes a node; maxTerms limits the terms of its equation.
func (v *View) Node(n arith.Node, maxTerms int) Node {
	d := Node{Row: v.row(n), Banks: []Bank{}, ReadBy: v.readBy(n), Output: v.output(n)}
	switch v.ac.Kind(n) {
	case arith.Input:
		d.Levels = v.ac.Levels(n)
		d.Equation = []string{fmt.Sprintf("token %d, one of 0 … %d, as one-hot bits", v.ac.Origin(n).T, d.Levels-1)}
	case arith.Form:
		d.Equation = v.formEquation(n, maxTerms)
	case arith.Product:
		var views []string
		for _, f := range v.ac.Factors(n) {
			views = append(views, v.viewText(f.View))
		}
		d.Equation = []string{"= " + strings.Join(views, " · ")}
	case arith.Step:
		form, th, values := v.ac.Step(n)
		d.Levels = len(values)
		d.Thresholds, d.Values = Summary(th), Summary(values)
		d.Equation = []string{
			fmt.Sprintf("= values[number of thresholds that n%d reaches]", form),
			fmt.Sprintf("n%d %s", form, v.ac.Name(form)),
		}
		d.Equation = append(d.Equation, v.formEquation(form, maxTerms)...)
	}
	reader := threshold.NewGateReader(v.tc)
	for _, b := range v.banks[n] {
		d.Banks = append(d.Banks, v.bank(reader, int(b)))
	}
	return d
}

// formEquation is a form's constant and terms, one per line.
func (v *View) formEquation(n arith.Node, limit int) []string {
	constant, terms := v.ac.Form(n)
	var lines []string
	if constant != 0 || len(terms) == 0 {
		lines = append(lines, "= "+Count(constant))
	}
	for i, t := range terms {
		if i == limit {
			return append(lines, fmt.Sprintf("… and %s more terms", Count(len(terms)-limit)))
		}
		sign, coef := "+ ", Count(t.Coef)
		if t.Coef < 0 {
			sign, coef = "- ", coef[1:]
		}
		if len(lines) == 0 {
			sign = map[string]string{"+ ": "= ", "- ": "= -"}[sign]
		}
		text := v.viewText(t.View)
		if coef != "1" {
			text = coef + " · " + text
		}
		lines = append(lines, sign+text)
	}
	return lines
}

// viewText is an operand: number, name and, when read through one, the table.
func (v *View) viewText(w arith.View) string {
	s := fmt.Sprintf("n%d %s", w.Node, v.ac.Name(w.Node))
	if w.Table == arith.Natural {
		return s
	}
	return fmt.Sprintf("table %s[level of %s]", Summary(v.ac.ViewTable(w)), s)
}

// readBy names the first readers of a node.
func (v *View) readBy(n arith.Node) []string {
	out := []string{}
	if v.readers[n] == 0 {
		return out
	}
	for m := n + 1; int(m) < v.ac.Len() && len(out) < maxReaders; m++ {
		for _, o := range v.operands(m) {
			if o == n {
				out = append(out, fmt.Sprintf("n%d %s", m, v.ac.Name(m)))
				break
			}
		}
	}
	return out
}

// output says which result of the circuit a node is, if any.
func (v *View) output(n arith.Node) string {
	for t, o := range v.ac.Outputs() {
		for _, of := range []struct {
			what  string
			nodes []arith.Node
		}{{"logit", o.Logits}, {"label bit", o.Labels}} {
			if class := slices.Index(of.nodes, n); class >= 0 {
				return fmt.Sprintf("%s of class %d at position %d", of.what, class, t)
			}
		}
	}
	return ""
}

// bank describes a bank and its first gate.
func (v *View) bank(r *threshold.GateReader, b int) Bank {
	d := v.tc.Bank(b)
	out := Bank{ID: b, Kind: d.Kind.String(), Part: int(d.Tag.Part), FirstGate: d.First, Gates: d.Gates, Depth: d.Depth}
	if d.Gates > 0 && d.Kind != threshold.Input {
		out.FanIn = len(r.Gate(b, 0).Wires)
	}
	switch d.Kind {
	case threshold.Input:
		out.Text = "one-hot bits of the token"
	case threshold.Level:
		out.Text = fmt.Sprintf("[%s ≥ τ] for τ in %s", v.formText(d.Form), v.levelThresholds(d))
	case threshold.Digit:
		out.Text = fmt.Sprintf("low digit of %d bits: reads %s and the gates of bank %d", d.Width, v.formText(d.Form), d.High)
	case threshold.And:
		sizes := make([]string, len(d.Lists))
		for i, l := range d.Lists {
			sizes[i] = fmt.Sprint(len(l))
		}
		out.Text = fmt.Sprintf("[bits ≥ %d] for every choice of one of %s bits", len(d.Lists), strings.Join(sizes, " × "))
	case threshold.Pairs:
		out.Text = fmt.Sprintf("[bits ≥ 2] for every two of %d bits", len(d.Lists[0]))
	}
	return out
}

// formText names a form of the threshold circuit as its text form does; the
// negation of another, which falling steps read, is written as that.
func (v *View) formText(f int) string {
	constant, terms := v.tc.FormParts(f)
	if len(terms) == 1 && constant == 0 && terms[0].Coef == -1 {
		if g, ok := terms[0].Ref.Form(); ok {
			return fmt.Sprintf("-f%d", g)
		}
	}
	return fmt.Sprintf("f%d", f)
}

func (v *View) levelThresholds(d threshold.Bank) string {
	table := v.tc.Table(d.Table)
	picked := make([]int64, 0, d.Gates)
	for k := range d.Gates {
		picked = append(picked, table[int64(d.Off)+k*int64(d.Stride)])
	}
	return Summary(picked)
}

// shown is how many entries of a long table are written at either end.
const shown = 3

// Summary writes integers, long lists by their ends and their number.
func Summary(v []int64) string {
	if len(v) <= 2*shown+2 {
		return "(" + join(v) + ")"
	}
	return fmt.Sprintf("(%s … %s; %s in all)", join(v[:shown]), join(v[len(v)-shown:]), Count(len(v)))
}

func join(v []int64) string {
	s := make([]string, len(v))
	for i, x := range v {
		s[i] = fmt.Sprint(x)
	}
	return strings.Join(s, " ")
}

// Write prints a node in words.
func (d *Node) Write(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "n%d  %s  (%s)\n", d.ID, d.Name, d.Kind)
	for _, line := range d.Equation {
		fmt.Fprintf(&b, "    %s\n", line)
	}
	line := func(name string, value any) { fmt.Fprintf(&b, "  %-12s%v\n", name, value) }
	line("range", Count(d.Lo)+" … "+Count(d.Hi))
	if d.Levels > 0 {
		line("levels", Count(d.Levels))
	}
	if d.Thresholds != "" {
		line("thresholds", d.Thresholds)
		line("values", d.Values)
	}
	line("depth", d.Depth)
	line("gates", Count(d.Gates))
	line("readers", readers(d))
	if d.Output != "" {
		line("output", d.Output)
	}
	for _, k := range d.Banks {
		fmt.Fprintf(&b, "  bank %d (%s): %s\n", k.ID, k.Kind, k.gateText())
		fmt.Fprintf(&b, "      %s\n", k.Text)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (k *Bank) gateText() string {
	last := k.FirstGate + uint64(k.Gates) - 1
	switch {
	case k.Kind == threshold.Input.String():
		return fmt.Sprintf("input bits %d … %d", k.FirstGate, last)
	case k.Gates == 0:
		return "no gates"
	case k.Gates == 1:
		return fmt.Sprintf("gate %d at depth %d, fan-in %d", last, k.Depth, k.FanIn)
	}
	return fmt.Sprintf("gates %d … %d at depth %d, the first of fan-in %d", k.FirstGate, last, k.Depth, k.FanIn)
}

func readers(d *Node) string {
	s := Count(d.Readers)
	if len(d.ReadBy) > 0 {
		s += ": " + strings.Join(d.ReadBy, ", ")
	}
	if d.Readers > len(d.ReadBy) && len(d.ReadBy) > 0 {
		s += ", …"
	}
	return s
}
