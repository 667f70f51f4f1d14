package plot

import (
	"image/color"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A marker is a shape in a colour.
type marker struct {
	color   color.NRGBA
	corners []vg.Point // at a radius of about 1; nil: a circle
}

// A look is how a marker is drawn.
type look int

const (
	filled look = iota
	hollow
	pale // hollow, in a light colour
	cross
)

// markerRadius is the usual one, in points.
const markerRadius = 3.6

// regular is a regular polygon with a corner at an angle in quarter turns.
func regular(corners int, angle float64, size vg.Length) []vg.Point {
	points := make([]vg.Point, corners)
	for i := range points {
		sin, cos := math.Sincos((angle + 4*float64(i)/float64(corners)) * math.Pi / 2)
		points[i] = vg.Point{X: size * vg.Length(cos), Y: size * vg.Length(sin)}
	}
	return points
}

// star has five points.
func star() []vg.Point {
	points := regular(10, 1, 1.35)
	for i := 1; i < len(points); i += 2 {
		points[i] = points[i].Scale(0.5)
	}
	return points
}

// plus is a cross with thick arms.
func plus() []vg.Point {
	const arm, half = 1.2, 0.42
	return []vg.Point{
		{X: arm, Y: half}, {X: half, Y: half}, {X: half, Y: arm}, {X: -half, Y: arm},
		{X: -half, Y: half}, {X: -arm, Y: half}, {X: -arm, Y: -half}, {X: -half, Y: -half},
		{X: -half, Y: -arm}, {X: half, Y: -arm}, {X: half, Y: -half}, {X: arm, Y: -half},
	}
}

// An architecture has one name to be read and one marker in all figures: the three that a
// single layer makes as strong as any automaton in warm colours, the others in cold ones, and
// variants in black and grey.
type architecture struct {
	arch, name string
	marker     marker
}

var architectures = []architecture{
	{"rnn", "RNN", marker{color.NRGBA{0xe6, 0x9f, 0x00, 0xff}, nil}},
	{"rnn-relu", "RNN (ReLU)", marker{color.NRGBA{0x80, 0x80, 0x80, 0xff}, regular(6, 0, 1.1)}},
	{"lstm", "LSTM", marker{color.NRGBA{0xd5, 0x5e, 0x00, 0xff}, regular(4, 0.5, 1.25)}},
	{"ids4", "IDS4", marker{color.NRGBA{0xcc, 0x79, 0xa7, 0xff}, regular(4, 0, 1.35)}},
	{"ids4-product", "IDS4 (product)", marker{color.NRGBA{0x00, 0x00, 0x00, 0xff}, plus()}},
	{"transformer", "transformer", marker{color.NRGBA{0x00, 0x72, 0xb2, 0xff}, regular(3, 1, 1.3)}},
	{"s4d", "S4D", marker{color.NRGBA{0x56, 0xb4, 0xe9, 0xff}, regular(3, -1, 1.3)}},
	{"mamba", "Mamba", marker{color.NRGBA{0x00, 0x9e, 0x73, 0xff}, star()}},
}

// draw draws the marker.
func (m marker) draw(c *draw.Canvas, at vg.Point, radius vg.Length, l look) {
	if l == cross {
		m.drawCross(c, at, radius)
		return
	}
	path := m.outline(at, radius)
	line := draw.LineStyle{Color: m.color, Width: 1.1}
	inside := color.Color(color.White)
	switch l {
	case filled:
		inside, line.Color, line.Width = m.color, color.White, 0.5
	case pale:
		line.Color = lighter(m.color)
	}
	c.SetColor(inside)
	c.Fill(path)
	c.SetLineStyle(line)
	c.Stroke(path)
}

// drawCross draws a cross in place of the shape.
func (m marker) drawCross(c *draw.Canvas, at vg.Point, r vg.Length) {
	line := draw.LineStyle{Color: m.color, Width: 1.5}
	c.StrokeLine2(line, at.X-r, at.Y-r, at.X+r, at.Y+r)
	c.StrokeLine2(line, at.X-r, at.Y+r, at.X+r, at.Y-r)
}

func (m marker) outline(at vg.Point, radius vg.Length) vg.Path {
	var p vg.Path
	if m.corners == nil {
		p.Move(vg.Point{X: at.X + radius, Y: at.Y})
		p.Arc(at, radius, 0, 2*math.Pi)
		p.Close()
		return p
	}
	p.Move(at.Add(m.corners[0].Scale(radius)))
	for _, corner := range m.corners[1:] {
		p.Line(at.Add(corner.Scale(radius)))
	}
	p.Close()
	return p
}

// lighter is a colour half of the way to white.
func lighter(c color.NRGBA) color.NRGBA {
	up := func(v uint8) uint8 { return uint8((int(v) + 255) / 2) }
	return color.NRGBA{up(c.R), up(c.G), up(c.B), c.A}
}
