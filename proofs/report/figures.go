package report

import (
	"bytes"
	"fmt"
	"html/template"
	"math"
	"strings"

	"tc0/empirical/plot"
	"tc0/empirical/run"
)

// figure is a drawing of the page.
type figure struct {
	Name    string // where it goes
	Caption string
	SVG     template.HTML
}

// draw makes the drawings: those of empirical/plot of the run, and two of the circuit.
func (g *gathering) draw() error {
	g.r.figures = []figure{
		{"levels", "Gates by depth: each stage counts at the depth of its deepest gate. Logarithmic scale.", levels(g.r.Circuit.Stages)},
		{"family", "Gates against the length n, both logarithmic: ● counted on circuits that were built, ○ by the formula of the layout, line: the bound.",
			familyChart(g.r.Circuit.Family)},
	}
	if g.record == nil {
		return nil
	}
	records := []run.Record{*g.record}
	for _, f := range []struct {
		name, caption string
		make          func() (*plot.Figure, error)
	}{
		{"curves", "Training: accuracy on validation words, and the loss.", func() (*plot.Figure, error) { return plot.Curves(records, true) }},
		{"lengths", "Accuracy on test words by length.", func() (*plot.Figure, error) { return plot.Lengths(records) }},
		{"positions", "Accuracy on test words by position.", func() (*plot.Figure, error) { return plot.Positions(*g.record) }},
	} {
		made, err := f.make()
		if err != nil {
			return fmt.Errorf("figure %s: %w", f.name, err)
		}
		var b bytes.Buffer
		if err := made.Write(&b, plot.SVG); err != nil {
			return fmt.Errorf("figure %s: %w", f.name, err)
		}
		g.r.figures = append(g.r.figures, figure{f.name, f.caption, inline(b.String())})
	}
	return nil
}

// inline is a drawing without what stands before it in a file of its own.
func inline(svg string) template.HTML {
	return template.HTML(svg[max(0, strings.Index(svg, "<svg")):]) // drawn by empirical/plot, which escapes text
}

// chart is a drawing with axes, in units of CSS pixels.
type chart struct {
	strings.Builder
	width, height            float64
	left, right, top, bottom float64
}

func newChart(width, height float64, title string) *chart {
	c := &chart{width: width, height: height, left: 64, right: 16, top: 14, bottom: 40}
	fmt.Fprintf(c, `<svg viewBox="0 0 %g %g" role="img" aria-label="%s" xmlns="http://www.w3.org/2000/svg">`, width, height, template.HTMLEscapeString(title))
	return c
}

func (c *chart) done() template.HTML {
	c.WriteString("</svg>")
	return template.HTML(c.String()) // numbers, and text that was escaped
}

func (c *chart) text(x, y float64, anchor, class, text string) {
	fmt.Fprintf(c, `<text x="%.1f" y="%.1f" text-anchor="%s" class="%s">%s</text>`, x, y, anchor, class, template.HTMLEscapeString(text))
}

func (c *chart) line(x1, y1, x2, y2 float64, class string) {
	fmt.Fprintf(c, `<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" class="%s"/>`, x1, y1, x2, y2, class)
}

// x and y are the places of parts of the axes.
func (c *chart) x(part float64) float64 { return c.left + part*(c.width-c.left-c.right) }
func (c *chart) y(part float64) float64 { return c.height - c.bottom - part*(c.height-c.top-c.bottom) }

// decades are the powers of ten around a range of counts.
func decades(least, most uint64) (low, high int) {
	low = int(math.Floor(math.Log10(float64(max(1, least)))))
	return low, max(low+1, int(math.Ceil(math.Log10(float64(max(1, most))))))
}

// logAxis draws the vertical axis and returns where a count is on it.
func (c *chart) logAxis(low, high int, label string) func(v uint64) float64 {
	for e := low; e <= high; e++ {
		y := c.y(float64(e-low) / float64(high-low))
		c.line(c.x(0), y, c.x(1), y, "grid")
		c.text(c.left-8, y+4, "end", "tick", power(e))
	}
	fmt.Fprintf(c, `<text transform="translate(14 %.1f) rotate(-90)" text-anchor="middle" class="label">%s</text>`, c.y(0.5), template.HTMLEscapeString(label))
	return func(v uint64) float64 {
		return c.y((math.Log10(float64(max(1, v))) - float64(low)) / float64(high-low))
	}
}

func power(e int) string {
	if e < 3 {
		return fmt.Sprint(math.Pow10(e))
	}
	return "10" + superscript(e)
}

func superscript(n int) string {
	return strings.Map(func(r rune) rune { return []rune("⁰¹²³⁴⁵⁶⁷⁸⁹")[r-'0'] }, fmt.Sprint(n))
}

// levels draws the gates of the stages by depth.
func levels(stages []Stage) template.HTML {
	deepest, gates := 0, map[int]uint64{}
	for _, s := range stages {
		deepest = max(deepest, s.Depth)
		gates[s.Depth] += s.Gates
	}
	if deepest == 0 {
		return ""
	}
	least, most := uint64(math.MaxUint64), uint64(0)
	for _, n := range gates {
		least, most = min(least, n), max(most, n)
	}
	c := newChart(860, 240, "gates by depth")
	low, high := decades(least, most)
	at := c.logAxis(low, high, "gates")
	slot := (c.width - c.left - c.right) / float64(deepest)
	every := 1 + deepest/24
	for d := 1; d <= deepest; d++ {
		middle := c.left + (float64(d)-0.5)*slot
		if n := gates[d]; n > 0 {
			fmt.Fprintf(c, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" class="bar"><title>depth %d: %d gates</title></rect>`,
				middle-0.36*slot, at(n), 0.72*slot, c.y(0)-at(n), d, n)
		}
		if d%every == 0 || d == 1 {
			c.text(middle, c.y(0)+16, "middle", "tick", fmt.Sprint(d))
		}
	}
	c.line(c.x(0), c.y(0), c.x(1), c.y(0), "axis")
	c.text(c.x(0.5), c.height-6, "middle", "label", "depth")
	return c.done()
}

// familyChart draws gates, counted and by formula, and the bound against the length.
func familyChart(members []Member) template.HTML {
	if len(members) < 2 {
		return ""
	}
	first, last := members[0], members[len(members)-1]
	c := newChart(860, 300, "gates against length")
	low, high := decades(first.Gates, last.GatesBound)
	at := c.logAxis(low, high, "gates")
	across := func(n int) float64 {
		return c.x(0.03 + 0.94*math.Log2(float64(n)/float64(first.Length))/math.Log2(float64(last.Length)/float64(first.Length)))
	}
	var path []string
	for _, m := range members {
		path = append(path, fmt.Sprintf("%.1f,%.1f", across(m.Length), at(m.GatesBound)))
		c.text(across(m.Length), c.y(0)+16, "middle", "tick", fmt.Sprint(m.Length))
	}
	fmt.Fprintf(c, `<polyline points="%s" class="bound"/>`, strings.Join(path, " "))
	for _, m := range members {
		class := "hollow"
		if m.Built {
			class = "dot"
		}
		fmt.Fprintf(c, `<circle cx="%.1f" cy="%.1f" r="4" class="%s"><title>n = %d: %d gates, bound %d</title></circle>`,
			across(m.Length), at(m.Gates), class, m.Length, m.Gates, m.GatesBound)
	}
	c.line(c.x(0), c.y(0), c.x(1), c.y(0), "axis")
	c.text(c.x(0.5), c.height-6, "middle", "label", "length n of the words")
	return c.done()
}
