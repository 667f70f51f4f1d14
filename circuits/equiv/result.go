package equiv

import (
	"fmt"
	"strings"
)

// Verdict is what a comparison says.
type Verdict string

// The verdicts.
const (
	Holds     Verdict = "holds"
	Fails     Verdict = "fails"
	Undecided Verdict = "undecided"
)

// Node is an inner node at which the two sides of a comparison differ.
type Node struct {
	ID       int    `json:"id"`
	Name     string `json:"name"`
	Quantity string `json:"quantity"` // what of the node was compared
	Expected int64  `json:"expected"`
	Got      int64  `json:"got"`
	Cause    string `json:"cause,omitempty"`
}

// String is the node in words.
func (n *Node) String() string {
	s := fmt.Sprintf("n%d %s: %s %d, expected %d", n.ID, n.Name, n.Quantity, n.Got, n.Expected)
	if n.Cause != "" {
		s += " (" + n.Cause + ")"
	}
	return s
}

// Difference is a witness: a word and an output on which two functions differ.
type Difference struct {
	Output    string `json:"output"` // "label", or "logit" and the class
	Word      []int  `json:"word"`
	Position  int    `json:"position"`
	Expected  string `json:"expected"`
	Got       string `json:"got"`
	FirstNode *Node  `json:"first_node,omitempty"`
}

// String is the difference in one line.
func (d *Difference) String() string {
	s := fmt.Sprintf("word %s, position %d: %s is %s, expected %s", Letters(d.Word), d.Position, d.Output, d.Got, d.Expected)
	if d.FirstNode != nil {
		s += "; first differing node " + d.FirstNode.String()
	}
	return s
}

// Letters writes a word as the command line reads it.
func Letters(word []int) string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(word), " ", ","), "[]")
}

// Result is the outcome of one comparison.
type Result struct {
	Between  string      `json:"between"`
	Verdict  Verdict     `json:"verdict"`
	Method   string      `json:"method"`
	Compared uint64      `json:"compared"` // words, all positions of each
	Gates    uint64      `json:"gate_evaluations,omitempty"`
	Reason   string      `json:"reason,omitempty"` // why undecided
	First    *Difference `json:"first_difference"`
}

// Skipped is the result of a comparison that could not be made.
func Skipped(between, reason string) *Result {
	return &Result{Between: between, Verdict: Undecided, Method: "none", Reason: reason}
}

// Report is the outcome of several comparisons: the whole chain.
type Report struct {
	Verdict  Verdict     `json:"verdict"`
	Method   string      `json:"method"`
	Compared uint64      `json:"compared"` // words in every link that was compared
	First    *Difference `json:"first_difference"`
	Links    []*Result   `json:"links"`
}

// Chain joins comparisons: it fails when one fails, is undecided when none fails
// and one is undecided, and otherwise holds. No comparison at all decides nothing.
func Chain(links ...*Result) *Report {
	r := &Report{Verdict: Undecided, Method: "none", Links: links}
	undecided := len(links) == 0
	for _, l := range links {
		if l.Verdict == Undecided {
			undecided = true
			continue
		}
		if r.Compared == 0 || l.Compared < r.Compared {
			r.Method, r.Compared = l.Method, l.Compared
		}
		if l.Verdict == Fails && r.First == nil {
			r.Verdict, r.First = Fails, l.First
		}
	}
	if r.Verdict != Fails && !undecided {
		r.Verdict = Holds
	}
	return r
}

// The links of the chain.
const (
	ModelLink   = "quantised model and arithmetic circuit"
	CircuitLink = "arithmetic circuit and threshold circuit"
)
