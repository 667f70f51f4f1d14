package report

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"regexp"
	"strconv"
	"strings"

	"tc0/circuits/check"
	"tc0/circuits/compile"
	"tc0/circuits/view"
	"tc0/proofs/cert"
)

//go:embed page.html
var pageText string

//go:embed page.css
var style string

var page = template.Must(template.New("page").Funcs(template.FuncMap{
	"count": func(n any) string { return countText(n) }, "percent": percent, "small": func(x float64) string { return fmt.Sprintf("%.2g", x) },
	"join": strings.Join, "short": func(s string) string { return s[:min(16, len(s))] + "…" }, "mark": mark, "style": func() template.CSS { return template.CSS(style) },
	"share":   func(part, all uint64) float64 { return 100 * float64(part) / float64(max(1, all)) },
	"seconds": func(s float64) string { return fmt.Sprintf("%.1f s", s) }, "grouped": grouped,
	"power": func(e int) string {
		if e < 0 {
			return "2⁻" + superscript(-e)
		}
		return "2" + superscript(e)
	},
}).Parse(pageText))

// WriteHTML writes the page.
func (r *Report) WriteHTML(w io.Writer) error {
	return page.Execute(w, struct {
		*Report
		Figures map[string]figure
		Overall overall
		Largest uint64 // gates of a stage
	}{r, r.drawn(), r.overall(), r.largest()})
}

func (r *Report) largest() (gates uint64) {
	for _, s := range r.Circuit.Stages {
		gates = max(gates, s.Gates)
	}
	return gates
}

func (r *Report) drawn() map[string]figure {
	figures := map[string]figure{}
	for _, f := range r.figures {
		figures[f.Name] = f
	}
	return figures
}

// overall is the verdict of all certificates together.
type overall struct {
	Verdict check.Verdict
	Text    string
}

func (r *Report) overall() overall {
	if len(r.Certificates) == 0 {
		return overall{check.Undecided, "There is no certificate beside the circuit, so nothing on this page was verified. tc0 certify issues one."}
	}
	out, claims := overall{Verdict: check.Holds}, 0
	outcomes := map[string]int{}
	for _, c := range r.Certificates {
		claims += len(c.Claims)
		for _, claim := range c.Claims {
			outcome := claim.Outcome
			if outcome == Holds {
				outcome, _, _ = strings.Cut(claim.Kind, " ")
			}
			outcomes[outcome]++
		}
		if c.Verdict == check.Fails || out.Verdict == check.Holds {
			out.Verdict = c.Verdict
		}
	}
	var list []string
	for _, o := range []struct{ outcome, text string }{
		{"proved", "proved"}, {"exhaustive", "exhaustive"}, {"sampled", "sampled"}, {Recorded, "as recorded, not checked"},
		{Cited, "cited, not checked"}, {Fails, "false"}, {Unjudged, "not judged"},
	} {
		if n := outcomes[o.outcome]; n > 0 {
			list = append(list, fmt.Sprintf("%d %s", n, o.text))
		}
	}
	out.Text = fmt.Sprintf("%s with %d claims: %s.", plural(len(r.Certificates), "certificate"), claims, strings.Join(list, ", "))
	return out
}

// DepthNote says how the depth behaves at other lengths, and how that is known.
func (r *Report) DepthNote() string {
	if r.Circuit.Form != string(compile.Convolution) {
		return "of this length: the " + r.Circuit.Form + " form grows with it"
	}
	for _, c := range r.Certificates {
		for _, claim := range c.Claims {
			if claim.ID == cert.ClaimDepth && claim.Outcome == Holds {
				return "checked: " + claim.Checked
			}
		}
	}
	return "constant in the length, by theorem"
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// mark is a verdict's sign.
func mark(v check.Verdict) string {
	return map[check.Verdict]string{check.Holds: "✓", check.Fails: "✗", check.Undecided: "?"}[v]
}

// countText writes an integer with its thousands apart by narrow spaces.
func countText(n any) string {
	switch n := n.(type) {
	case int:
		return thin(view.Count(n))
	case int64:
		return thin(view.Count(n))
	case uint64:
		return thin(view.Count(n))
	}
	return fmt.Sprint(n)
}

// The numbers in a text that are grouped, and how some verifiers group them.
var (
	long   = regexp.MustCompile(`\b\d{4,15}\b`)
	commas = regexp.MustCompile(`(\d),(\d{3})\b`)
)

// grouped writes the long numbers of a text as the page's own. Digests and seeds are longer.
func grouped(text string) string {
	text = long.ReplaceAllStringFunc(text, func(digits string) string {
		n, _ := strconv.ParseInt(digits, 10, 64) // 15 digits fit
		return countText(n)
	})
	for commas.MatchString(text) {
		text = commas.ReplaceAllString(text, "${1}\u202f${2}")
	}
	return strings.ReplaceAll(text, "<=", "≤")
}

func thin(s string) string { return strings.ReplaceAll(s, ",", "\u202f") }

// percent writes a part; only what is exactly nothing or everything is 0 % or 100 %.
func percent(part float64) string {
	switch {
	case part == 0 || part == 1:
		return fmt.Sprintf("%.0f %%", 100*part)
	case part < 0.0005:
		return "<0.1 %"
	case part >= 0.9995 && part < 1:
		return ">99.9 %"
	}
	return fmt.Sprintf("%.1f %%", 100*part)
}

// Style is the style of a claim's outcome.
func (c Claim) Style() string {
	return map[string]string{Holds: "holds", Fails: "fails", Unjudged: "undecided"}[c.Outcome]
}

// Sign is a claim's outcome in a few words.
func (c Claim) Sign() string {
	switch c.Outcome {
	case Holds:
		return "✓ " + c.Kind
	case Fails:
		return "✗ fails"
	}
	return c.Outcome
}
