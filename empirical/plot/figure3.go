package plot

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"tc0/empirical/run"
	"tc0/empirical/train"
)

// Limits of the size of a figure.
const (
	maxTasks   = 8
	maxGoals   = 6
	maxLengths = 32
	maxDepths  = 16
)

// Figure3 draws the least depth that reaches a goal against the length of words, as Figure 3
// of Merrill, Petty and Sabharwal (2024) does: a row for each goal, a column for each task, in
// the order of the cells. The records are those of the cells' runs; they give the budget
// that is written below. Cells whose runs all missed the goal are in a band of their own
// above the depths, hollow, and cells that are not decided yet above that, pale.
func Figure3(cells []run.Cell, records []run.Record) (*Figure, error) {
	d, err := newDepths(cells)
	if err != nil {
		return nil, err
	}
	settings, runs, err := d.settings(records)
	if err != nil {
		return nil, err
	}
	f := &Figure{
		title: "Least number of layers that reaches an accuracy, by length of the words",
		width: max(usualWidth, 90+vg.Length(len(d.tasks))*190), row: d.height(), runs: runs,
		notes: append([]string{
			"A depth reaches an accuracy when a single evaluation of one of its runs did, on validation words as long as " +
				"those of the training.",
			settings,
		}, alphabets(d.tasks)...),
	}
	for i, goal := range d.goals {
		var row []*plot.Plot
		for j, task := range d.tasks {
			row = append(row, d.panel(task, goal, i == 0, i == len(d.goals)-1, j == 0))
		}
		f.panels = append(f.panels, row)
	}
	f.legend = d.legend()
	return f, nil
}

// depths are the cells and what they are about.
type depths struct {
	cells   []run.Cell
	tasks   []string
	goals   []train.Until
	archs   []architecture
	lengths []int
	layers  []int
	open    bool // some cell has no least depth yet
}

func newDepths(cells []run.Cell) (*depths, error) {
	d := &depths{cells: cells}
	for _, c := range cells {
		d.tasks = addNew(d.tasks, c.Task)
		d.goals = addNew(d.goals, c.Goal)
		d.lengths = addNew(d.lengths, c.Length)
		for _, t := range c.Tries {
			d.layers = addNew(d.layers, t.Layers)
		}
		d.open = d.open || c.Open && c.Least == 0
	}
	slices.Sort(d.lengths)
	slices.Sort(d.layers)
	for _, a := range architectures {
		if slices.ContainsFunc(cells, func(c run.Cell) bool { return c.Arch == a.arch }) {
			d.archs = append(d.archs, a)
		}
	}
	return d, d.check()
}

func addNew[T comparable](list []T, value T) []T {
	if slices.Contains(list, value) {
		return list
	}
	return append(list, value)
}

func (d *depths) check() error {
	if len(d.layers) == 0 {
		return errors.New("no cell has a run that aimed at an accuracy: nothing to draw")
	}
	for _, c := range d.cells {
		if !slices.ContainsFunc(d.archs, func(a architecture) bool { return a.arch == c.Arch }) {
			return fmt.Errorf("architecture %q has no marker", c.Arch)
		}
	}
	for _, l := range []struct {
		n, most int
		what    string
	}{
		{len(d.tasks), maxTasks, "tasks"}, {len(d.goals), maxGoals, "goals"}, {len(d.lengths), maxLengths, "lengths"},
		{len(d.layers), maxDepths, "depths"},
	} {
		if l.n > l.most {
			return fmt.Errorf("%d %s: one figure holds %d: choose some of the runs", l.n, l.what, l.most)
		}
	}
	return nil
}

// rows are the names of the levels of the vertical axis, from below.
func (d *depths) rows() []string {
	var names []string
	for _, n := range d.layers {
		names = append(names, strconv.Itoa(n))
	}
	names = append(names, "not reached\nin budget")
	if d.open {
		names = append(names, "not known\nyet")
	}
	return names
}

// level is the row of a cell.
func (d *depths) level(c run.Cell) int {
	switch {
	case c.Least > 0:
		return slices.Index(d.layers, c.Least)
	case c.Open:
		return len(d.layers) + 1
	}
	return len(d.layers)
}

func lookOf(c run.Cell) look {
	switch {
	case c.Open:
		return pale
	case c.Least > 0:
		return filled
	}
	return hollow
}

// The architectures share the middle part of a length's column, side by side, and a small
// part of a row's height, so that neither markers nor level lines hide each other.
const (
	spread = 0.7
	rise   = 0.36
)

// place is where an architecture's marker is.
func (d *depths) place(arch, length, level int) (x, y float64) {
	side := 0.0
	if n := len(d.archs); n > 1 {
		side = (float64(arch) + 0.5) / float64(n)
		side -= 0.5
	}
	return float64(length) + spread*side, float64(level) + rise*side
}

func layersFor(goal train.Until) string { return "layers for " + goal.String() }

// height is that of a row: it has room for the levels, and beside them for the goal, which stands
// upright, with what the first and the last row have above and below.
func (d *depths) height() vg.Length {
	const levels, level, aboveAndBelow = 70, 28, 40
	height := vg.Length(levels + level*len(d.rows()))
	for _, goal := range d.goals {
		height = max(height, labelStyle.Width(layersFor(goal))+aboveAndBelow)
	}
	return height
}

func (d *depths) panel(task string, goal train.Until, top, bottom, left bool) *plot.Plot {
	heading, xLabel, yLabel := "", "", ""
	if top {
		heading = task
	}
	if bottom {
		xLabel = "length of the words (letters)"
	}
	if left {
		yLabel = layersFor(goal)
	}
	p := panel(heading, xLabel, yLabel)
	d.axes(p, left)
	p.Add(d.background(), frame(), d.marks(task, goal))
	return p
}

func (d *depths) axes(p *plot.Plot, left bool) {
	var xs, ys plot.ConstantTicks
	for i, n := range d.lengths {
		xs = append(xs, plot.Tick{Value: float64(i), Label: strconv.Itoa(n)})
	}
	rows := d.rows()
	for i, name := range rows {
		if !left {
			name = " "
		}
		ys = append(ys, plot.Tick{Value: float64(i), Label: name})
	}
	p.X.Min, p.X.Max, p.X.Tick.Marker = -0.5, float64(len(d.lengths))-0.5, xs
	p.Y.Min, p.Y.Max, p.Y.Tick.Marker = -0.5, float64(len(rows))-0.5, ys
}

// background sets lengths off from each other, and what is no depth from the depths.
func (d *depths) background() plot.Plotter {
	return drawing(func(c draw.Canvas, x, y func(float64) vg.Length) {
		from := y(float64(len(d.layers)) - 0.5)
		c.FillPolygon(shade, []vg.Point{{X: c.Min.X, Y: from}, {X: c.Max.X, Y: from}, c.Max, {X: c.Min.X, Y: c.Max.Y}})
		for i := range d.rows() {
			c.StrokeLine2(thin, c.Min.X, y(float64(i)), c.Max.X, y(float64(i)))
		}
		between := draw.LineStyle{Color: lighter(faded), Width: 0.5}
		for i := 1; i < len(d.lengths); i++ {
			at := x(float64(i) - 0.5)
			c.StrokeLine2(between, at, c.Min.Y, at, c.Max.Y)
		}
	})
}

// marks draws the cells of one panel: lines first, then what they connect.
func (d *depths) marks(task string, goal train.Until) plot.Plotter {
	return drawing(func(c draw.Canvas, x, y func(float64) vg.Length) {
		radius := min(markerRadius, 0.48*(x(spread)-x(0))/vg.Length(len(d.archs)))
		for i, a := range d.archs {
			d.connect(c, a, d.trail(task, goal, i, x, y))
		}
		for i, a := range d.archs {
			for _, m := range d.trail(task, goal, i, x, y) {
				a.marker.draw(&c, m.at, radius, m.look)
			}
		}
	})
}

// A mark is a cell on the page.
type mark struct {
	at   vg.Point
	look look
}

// trail are the marks of one architecture, by length.
func (d *depths) trail(task string, goal train.Until, arch int, x, y func(float64) vg.Length) []mark {
	var marks []mark
	for i, n := range d.lengths {
		for _, c := range d.cells {
			if c.Task == task && c.Goal == goal && c.Length == n && c.Arch == d.archs[arch].arch {
				px, py := d.place(arch, i, d.level(c))
				marks = append(marks, mark{vg.Point{X: x(px), Y: y(py)}, lookOf(c)})
			}
		}
	}
	return marks
}

// connect draws a line through marks, dashed where an end is no depth, and none to what is not known.
func (d *depths) connect(c draw.Canvas, a architecture, marks []mark) {
	for i := 1; i < len(marks); i++ {
		line := draw.LineStyle{Color: a.marker.color, Width: 0.8}
		from, to := marks[i-1].look, marks[i].look
		if from == pale || to == pale {
			continue
		}
		if from == hollow || to == hollow {
			line.Dashes = []vg.Length{2, 2}
		}
		c.StrokeLines(line, []vg.Point{marks[i-1].at, marks[i].at})
	}
}

func (d *depths) legend() []entry {
	var entries []entry
	for _, a := range d.archs {
		entries = append(entries, entry{text: a.name, marker: &a.marker, line: &draw.LineStyle{Color: a.marker.color, Width: 0.8}})
	}
	plain := &marker{color: faded}
	entries = append(entries, entry{text: "reached", marker: plain, breaks: true},
		entry{text: "not reached in budget at any depth that was tried", marker: plain, look: hollow})
	if slices.ContainsFunc(d.cells, func(c run.Cell) bool { return c.Open }) {
		entries = append(entries, entry{text: "not known yet, runs are missing", marker: plain, look: pale})
	}
	return entries
}

// settings says how many runs there are, with which seeds, and what limits them.
func (d *depths) settings(records []run.Record) (text string, runs int, err error) {
	known := map[string]run.Record{}
	for _, r := range records {
		known[r.Digest] = r
	}
	var used []run.Record
	most, fewest := 0, math.MaxInt // runs at one depth of one cell
	for _, c := range d.cells {
		perDepth := map[int]int{}
		for _, t := range c.Tries {
			r, ok := known[t.Digest]
			if !ok {
				return "", 0, fmt.Errorf("%s: the record of its run %.12s is missing", c, t.Digest)
			}
			used = append(used, r)
			perDepth[t.Layers]++
		}
		for _, n := range perDepth {
			most, fewest = max(most, n), min(fewest, n)
		}
	}
	used = distinct(used) // a run is in one cell for each goal
	runs = len(used)
	text = fmt.Sprintf("%s, %s (%s at each depth that was tried), %s.", count(runs, "run"), seedsOf(used),
		interval(fewest, most), limitsOf(used))
	used = slices.DeleteFunc(used, func(r run.Record) bool { return r.Ended != run.Failed })
	if n := len(used); n > 0 {
		text += fmt.Sprintf(" The loss of %d was not finite.", n)
	}
	return text, runs, nil
}
