package plot

import (
	"bytes"
	"fmt"
	"image/color"
	"io"
	"path/filepath"
	"strings"

	"golang.org/x/image/font"
	"gonum.org/v1/plot"
	fonts "gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"
)

// A Figure is a drawing that is ready to be written.
type Figure struct {
	title  string
	panels [][]*plot.Plot // rows of equal length
	row    vg.Length      // height of a row
	legend []entry
	notes  []string
	width  vg.Length
	runs   int
}

// Runs is the number of runs that the figure is of.
func (f *Figure) Runs() int { return f.runs }

// A Format is a way to write a figure.
type Format string

// The formats.
const (
	SVG Format = "svg"
	PNG Format = "png" // 2 pixels for each CSS pixel of the SVG
)

// FormatOf is the format that the name of a file asks for by its ending.
func FormatOf(path string) (Format, error) {
	switch ext := strings.ToLower(filepath.Ext(path)); ext {
	case ".svg", ".png":
		return Format(ext[1:]), nil
	default:
		return "", fmt.Errorf("%s: ending %q: expected .svg or .png", path, ext)
	}
}

// Write writes the figure.
func (f *Figure) Write(w io.Writer, format Format) error {
	width, height := f.size()
	switch format {
	case SVG:
		return f.writeSVG(w, vgsvg.New(width, height))
	case PNG:
		c := vgimg.NewWith(vgimg.UseWH(width, height), vgimg.UseDPI(pngDPI))
		f.draw(draw.New(c))
		_, err := vgimg.PngCanvas{Canvas: c}.WriteTo(w)
		return err
	}
	return fmt.Errorf("format %q: expected %s or %s", format, SVG, PNG)
}

// pngDPI gives two pixels where a browser shows one of an SVG's.
const pngDPI = 2 * 96

// writeSVG names the fonts that may stand in for Liberation Sans.
func (f *Figure) writeSVG(w io.Writer, c *vgsvg.Canvas) error {
	f.draw(draw.New(c))
	var b bytes.Buffer
	if _, err := c.WriteTo(&b); err != nil {
		return err
	}
	family := []byte("font-family:Liberation Sans;")
	stack := []byte("font-family:'Liberation Sans',Arial,Helvetica,sans-serif;")
	_, err := w.Write(bytes.ReplaceAll(b.Bytes(), family, stack))
	return err
}

// Sizes of the page, in points. The usual width is 900 CSS pixels.
const (
	usualWidth = 675
	margin     = 9
	titleSize  = 11
	labelSize  = 9
	noteSize   = 8
	gap        = 8 // between the parts of a figure, one above the other
)

var (
	ink   = color.NRGBA{0x22, 0x22, 0x22, 0xff}
	faded = color.NRGBA{0x60, 0x60, 0x60, 0xff}
	rule  = color.NRGBA{0xe2, 0xe2, 0xe2, 0xff}
	shade = color.NRGBA{0xf4, 0xf2, 0xee, 0xff}
)

// lettering is a style of text that is placed by its upper left corner.
func lettering(size fonts.Length, weight font.Weight, c color.Color) text.Style {
	return text.Style{
		Color: c, Handler: plot.DefaultTextHandler, YAlign: draw.YTop,
		Font: fonts.Font{Typeface: "Liberation", Variant: "Sans", Weight: weight, Size: size},
	}
}

var (
	titleStyle   = lettering(titleSize, font.WeightBold, ink)
	labelStyle   = lettering(labelSize, font.WeightNormal, ink)
	headingStyle = centred(lettering(labelSize, font.WeightBold, ink))
	noteStyle    = lettering(noteSize, font.WeightNormal, faded)
)

// centred places a text by the middle of its lower edge.
func centred(s text.Style) text.Style {
	s.XAlign, s.YAlign = draw.XCenter, draw.YBottom
	return s
}

// size is what the parts need, one above the other.
func (f *Figure) size() (width, height vg.Length) {
	height = 2*margin + f.row*vg.Length(len(f.panels))
	height += vg.Length(len(f.titleLines()))*lineHeight(titleStyle) + gap
	height += vg.Length(len(f.flow()))*lineHeight(labelStyle) + gap
	height += vg.Length(len(f.noteLines()))*lineHeight(noteStyle) + gap
	return f.width, height
}

func lineHeight(s text.Style) vg.Length { return 1.35 * s.Font.Size }

func (f *Figure) inner() vg.Length { return f.width - 2*margin }

func (f *Figure) titleLines() []string { return wrap(f.title, titleStyle, f.inner()) }

func (f *Figure) noteLines() []string {
	var lines []string
	for _, n := range f.notes {
		lines = append(lines, wrap(n, noteStyle, f.inner())...)
	}
	return lines
}

// wrap breaks a text between words where it is wider than there is room.
func wrap(txt string, s text.Style, room vg.Length) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(txt) {
		longer := strings.TrimSpace(line + " " + word)
		if line != "" && s.Width(longer) > room {
			lines = append(lines, line)
			longer = word
		}
		line = longer
	}
	if line == "" {
		return lines
	}
	return append(lines, line)
}

func (f *Figure) draw(c draw.Canvas) {
	c.SetColor(color.White)
	c.Fill(c.Path())
	at := vg.Point{X: c.Min.X + margin, Y: c.Max.Y - margin}
	at = writeLines(c, f.titleLines(), titleStyle, at)
	at.Y -= gap
	below := at.Y - f.row*vg.Length(len(f.panels))
	f.drawPanels(draw.Crop(c, margin, -margin, below-c.Min.Y, at.Y-c.Max.Y))
	at.Y = below - gap
	for _, row := range f.flow() {
		for _, e := range row {
			e.draw(c, vg.Point{X: at.X + e.left, Y: at.Y})
		}
		at.Y -= lineHeight(labelStyle)
	}
	at.Y -= gap
	writeLines(c, f.noteLines(), noteStyle, at)
}

// writeLines returns where the next line would be.
func writeLines(c draw.Canvas, lines []string, s text.Style, at vg.Point) vg.Point {
	for _, line := range lines {
		c.FillText(s, at, line)
		at.Y -= lineHeight(s)
	}
	return at
}

// drawPanels makes the areas of all panels equal, whatever their labels need.
func (f *Figure) drawPanels(c draw.Canvas) {
	tiles := draw.Tiles{Rows: len(f.panels), Cols: len(f.panels[0]), PadX: 12, PadY: 10}
	for i, row := range plot.Align(f.panels, tiles, c) {
		for j, tile := range row {
			f.panels[i][j].Draw(tile)
		}
	}
}

// An entry explains a line or a marker in the legend.
type entry struct {
	text   string
	line   *draw.LineStyle // nil: none
	marker *marker         // nil: none
	look   look
	breaks bool      // begins a line
	left   vg.Length // where flow puts it
}

const entryGap = 14

// sample is the width of what is explained, up to the text.
func (e entry) sample() vg.Length {
	if e.line == nil {
		return 11
	}
	return 29
}

// flow puts the legend's entries in lines.
func (f *Figure) flow() [][]entry {
	var rows [][]entry
	right := f.inner() + 1
	for _, e := range f.legend {
		wide := e.sample() + labelStyle.Width(e.text)
		if e.breaks || right+wide > f.inner() {
			rows = append(rows, nil)
			right = 0
		}
		e.left = right
		right += wide + entryGap
		rows[len(rows)-1] = append(rows[len(rows)-1], e)
	}
	return rows
}

// draw draws an entry of which the upper left corner is given.
func (e entry) draw(c draw.Canvas, at vg.Point) {
	middle := at.Y - 0.55*labelSize
	if e.line != nil {
		c.StrokeLine2(*e.line, at.X, middle, at.X+e.sample()-3, middle)
	}
	if e.marker != nil {
		e.marker.draw(&c, vg.Point{X: at.X + (e.sample()-3)/2, Y: middle}, markerRadius, e.look)
	}
	c.FillText(labelStyle, vg.Point{X: at.X + e.sample(), Y: at.Y}, e.text)
}

// panel is an empty plot in this package's style. The heading stands over the middle of its
// area, which is not where plot.Plot puts a title.
func panel(heading, xLabel, yLabel string) *plot.Plot {
	p := plot.New()
	p.BackgroundColor = nil
	if heading != "" {
		p.Title.Text, p.Title.Padding, p.Title.TextStyle = " ", 4, labelStyle // keeps the room
		p.Add(drawing(func(c draw.Canvas, _, _ func(float64) vg.Length) {
			c.FillText(headingStyle, vg.Point{X: c.Center().X, Y: c.Max.Y + 5}, heading)
		}))
	}
	for _, a := range []struct {
		axis *plot.Axis
		text string
	}{{&p.X, xLabel}, {&p.Y, yLabel}} {
		a.axis.Padding = 0
		a.axis.Color = faded
		a.axis.Label.Text, a.axis.Label.Padding = a.text, 3
		a.axis.Label.TextStyle.Font, a.axis.Label.TextStyle.Color = labelStyle.Font, ink
		a.axis.Tick.Label.Font, a.axis.Tick.Label.Color = noteStyle.Font, ink
		a.axis.Tick.Color, a.axis.Tick.Length = faded, 3
	}
	return p
}

// A drawing draws in the area of a panel, of which x and y are the coordinates.
type drawing func(c draw.Canvas, x, y func(float64) vg.Length)

// Plot makes a drawing a plot.Plotter.
func (d drawing) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	d(c, x, y)
}

var thin = draw.LineStyle{Color: rule, Width: 0.5}

// grid draws a thin line at each tick that has a label.
func grid(p *plot.Plot) plot.Plotter {
	return drawing(func(c draw.Canvas, x, y func(float64) vg.Length) {
		for _, t := range p.X.Tick.Marker.Ticks(p.X.Min, p.X.Max) {
			if at := x(t.Value); !t.IsMinor() && c.ContainsX(at) {
				c.StrokeLine2(thin, at, c.Min.Y, at, c.Max.Y)
			}
		}
		for _, t := range p.Y.Tick.Marker.Ticks(p.Y.Min, p.Y.Max) {
			if at := y(t.Value); !t.IsMinor() && c.ContainsY(at) {
				c.StrokeLine2(thin, c.Min.X, at, c.Max.X, at)
			}
		}
	})
}

// frame draws the border of an area.
func frame() plot.Plotter {
	return drawing(func(c draw.Canvas, _, _ func(float64) vg.Length) {
		border := draw.LineStyle{Color: faded, Width: 0.5}
		c.StrokeLines(border, []vg.Point{c.Min, {X: c.Max.X, Y: c.Min.Y}, c.Max, {X: c.Min.X, Y: c.Max.Y}, c.Min})
	})
}
