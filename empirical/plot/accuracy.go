package plot

import (
	"errors"
	"fmt"
	"image/color"
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"tc0/empirical/run"
	"tc0/empirical/task"
)

// maxRuns is the number of runs that one figure holds.
const maxRuns = 12

// checkRuns says why runs cannot be drawn in one figure.
func checkRuns(records []run.Record) error {
	switch {
	case len(records) == 0:
		return errors.New("no runs: nothing to draw")
	case len(records) > maxRuns:
		return fmt.Errorf("%d runs: one figure holds %d: choose some of them", len(records), maxRuns)
	}
	perArch := map[string]int{}
	for _, r := range records {
		perArch[r.Spec.Model.Arch]++
	}
	for _, a := range architectures {
		if n := perArch[a.arch]; n > len(dashes) && n < len(records) {
			return fmt.Errorf("%d runs of %s among others: one figure tells %d apart: choose some of them", n, a.arch, len(dashes))
		}
	}
	return nil
}

// dashes tell runs of one architecture, hence one colour, apart.
var dashes = [][]vg.Length{nil, {5, 2}, {1.5, 1.5}, {6, 2, 1.5, 2}, {10, 2}, {3, 4}}

// A style is how a run is drawn.
type style struct {
	marker
	line draw.LineStyle
}

// styles are those of the architectures, each with other dashes. Where all runs are of one
// architecture, they get the colours of different ones.
func styles(records []run.Record) []style {
	perArch := map[string]int{}
	list := make([]style, len(records))
	for i, r := range records {
		arch := r.Spec.Model.Arch
		list[i] = newStyle(markerOf(arch), perArch[arch])
		perArch[arch]++
	}
	if len(perArch) == 1 && len(records) > 1 {
		for i := range list {
			list[i] = newStyle(architectures[i%len(architectures)].marker, i/len(architectures))
		}
	}
	return list
}

func newStyle(m marker, variant int) style {
	return style{m, draw.LineStyle{Color: m.color, Width: 1, Dashes: dashes[variant%len(dashes)]}}
}

func markerOf(arch string) marker {
	for _, a := range architectures {
		if a.arch == arch {
			return a.marker
		}
	}
	return marker{color: ink}
}

// entries explain the lines of runs.
func entries(records []run.Record, own []string) []entry {
	var list []entry
	for i, s := range styles(records) {
		if own[i] != "" {
			list = append(list, entry{text: own[i], line: &s.line, marker: &s.marker})
		}
	}
	return list
}

// classes is the number of labels of a task.
func classes(s task.Spec) (int, error) {
	d, err := task.New(s)
	if err != nil {
		return 0, err
	}
	return d.Classes(), nil
}

// perCent lets a panel's vertical axis run over all accuracies.
func perCent(p *plot.Plot) {
	p.Y.Min, p.Y.Max = -0.03, 1.03
	var ticks plot.ConstantTicks
	for v := 0; v <= 100; v += 20 {
		ticks = append(ticks, plot.Tick{Value: float64(v) / 100, Label: strconv.Itoa(v)})
	}
	p.Y.Tick.Marker = ticks
}

// logarithmic lets a panel's horizontal axis run over whole numbers on a scale of base 2,
// with labels at those that have room.
func logarithmic(p *plot.Plot, numbers []int) {
	low, high := octaves(numbers)
	room := 0.05 * max(1, high-low)
	p.X.Min, p.X.Max = low-1.4*room, high+1.4*room
	var ticks plot.ConstantTicks
	next := math.Inf(-1)
	for _, n := range slices.Compact(slices.Sorted(slices.Values(numbers))) {
		if at := math.Log2(float64(n)); at >= next {
			ticks = append(ticks, plot.Tick{Value: at, Label: strconv.Itoa(n)})
			next = at + 1.4*room
		}
	}
	p.X.Tick.Marker = ticks
}

// octaves is the range of numbers on a scale of base 2.
func octaves(numbers []int) (low, high float64) {
	return math.Log2(float64(slices.Min(numbers))), math.Log2(float64(slices.Max(numbers)))
}

// aside moves what is drawn for run i of n by up to a twentieth of the axis, so that runs do
// not hide each other.
func aside(i, n int, numbers []int) float64 {
	low, high := octaves(numbers)
	return min(0.018, 0.1/float64(n)) * max(1, high-low) * (float64(i) - float64(n-1)/2)
}

// round are four to nine ticks from 0 on, at multiples of 1, 2 or 5 times a power of ten, for
// an axis of at least a thousandth.
func round(most float64) plot.ConstantTicks {
	step, exponent := 1, -4
	for most/decimal(step, exponent) > 8 {
		switch step {
		case 1:
			step = 2
		case 2:
			step = 5
		default:
			step, exponent = 1, exponent+1
		}
	}
	var ticks plot.ConstantTicks
	for i := 0; decimal(i*step, exponent) <= most; i++ {
		v := decimal(i*step, exponent)
		ticks = append(ticks, plot.Tick{Value: v, Label: strconv.FormatFloat(v, 'f', max(0, -exponent), 64)})
	}
	return ticks
}

// decimal is the number nearest to n times a power of ten, on every machine.
func decimal(n, exponent int) float64 {
	v, err := strconv.ParseFloat(fmt.Sprintf("%de%d", n, exponent), 64)
	if err != nil {
		panic(err) // the axes have no such numbers
	}
	return v
}

// A reading is an accuracy with its interval at a place of the horizontal axis.
type reading struct{ x, at, low, high float64 }

// wilson is an accuracy of so many words with Wilson's interval at 95 %. A part of a word that is
// right counts as that part of a success, rounded outwards.
func wilson(x, accuracy float64, words int) reading {
	hits := accuracy * float64(words)
	low, _ := run.Wilson(int(math.Floor(hits)), words, 0.95)
	_, high := run.Wilson(min(words, int(math.Ceil(hits))), words, 0.95)
	return reading{x, accuracy, low, high}
}

// line draws readings, their intervals and a line through them.
func line(readings []reading, s style) plot.Plotter {
	return drawing(func(c draw.Canvas, x, y func(float64) vg.Length) {
		var points []vg.Point
		bar := draw.LineStyle{Color: s.color, Width: 0.8}
		for _, r := range readings {
			at := vg.Point{X: x(r.x), Y: y(r.at)}
			points = append(points, at)
			c.StrokeLine2(bar, at.X, y(r.low), at.X, y(r.high))
			for _, end := range []float64{r.low, r.high} {
				c.StrokeLine2(bar, at.X-2, y(end), at.X+2, y(end))
			}
		}
		c.StrokeLines(s.line, points)
		for _, at := range points {
			s.draw(&c, at, markerRadius-0.4, filled)
		}
	})
}

// band draws readings as a line in the middle of their intervals.
func band(readings []reading, tint color.NRGBA) plot.Plotter {
	return drawing(func(c draw.Canvas, x, y func(float64) vg.Length) {
		var middle, edge []vg.Point
		for _, r := range readings {
			middle = append(middle, vg.Point{X: x(r.x), Y: y(r.at)})
			edge = append(edge, vg.Point{X: x(r.x), Y: y(r.high)})
		}
		for _, r := range slices.Backward(readings) {
			edge = append(edge, vg.Point{X: x(r.x), Y: y(r.low)})
		}
		area := tint
		area.A = 0x40
		c.FillPolygon(area, edge)
		c.StrokeLines(draw.LineStyle{Color: tint, Width: 1.2}, middle)
	})
}

// The styles of lines that are no results.
var (
	trainedLine = draw.LineStyle{Color: faded, Width: 0.9, Dashes: []vg.Length{4, 3}}
	chanceLine  = draw.LineStyle{Color: faded, Width: 0.9, Dashes: []vg.Length{1, 2}}
	goalLine    = draw.LineStyle{Color: faded, Width: 0.9, Dashes: []vg.Length{6, 2, 1, 2}}
)

// upright draws a line from top to bottom at each place.
func upright(style draw.LineStyle, places ...float64) plot.Plotter {
	return drawing(func(c draw.Canvas, x, _ func(float64) vg.Length) {
		for _, at := range places {
			c.StrokeLine2(style, x(at), c.Min.Y, x(at), c.Max.Y)
		}
	})
}

// level draws a line from left to right at each height.
func level(style draw.LineStyle, heights ...float64) plot.Plotter {
	return drawing(func(c draw.Canvas, _, y func(float64) vg.Length) {
		for _, at := range heights {
			c.StrokeLine2(style, c.Min.X, y(at), c.Max.X, y(at))
		}
	})
}
