package plot

import (
	"errors"
	"fmt"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"tc0/empirical/run"
	"tc0/empirical/train"
)

// Curves draws accuracy on validation words against processor time, of tokens and of whole words,
// for up to 12 runs, and the loss on training words too if that is wanted.
func Curves(records []run.Record, loss bool) (*Figure, error) {
	if err := checkRuns(records); err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(records, func(r run.Record) bool { return len(r.Curve) > 0 }) {
		return nil, errors.New("the runs have no evaluations: nothing to draw")
	}
	for _, r := range records {
		if err := checkCurve(r); err != nil {
			return nil, err
		}
	}
	records = sorted(records)
	tokens := curvePanel(records, "tokens right (%)", func(p train.Point) float64 { return p.Token })
	words := curvePanel(records, "whole words right (%)", func(p train.Point) float64 { return p.Sequence })
	goals(tokens, records, func(u train.Until) float64 { return u.Token })
	goals(words, records, func(u train.Until) float64 { return u.Sequence })
	panels := []*plot.Plot{tokens, words}
	if loss {
		panels = append(panels, lossPanel(records))
	}
	common, own := names(records)
	f := &Figure{
		title: "Learning curves: " + common, width: usualWidth, row: 250, runs: len(records), panels: [][]*plot.Plot{panels},
		legend: append(entries(records, own), curveLegend()...),
		notes: []string{
			"Validation words, of the length that the run was trained on; each evaluation is a sample of its own.",
			settings(records),
		},
	}
	return f, nil
}

// checkCurve refuses numbers that no training gives and no axis has room for.
func checkCurve(r run.Record) error {
	const most = 1e9
	for i, p := range r.Curve {
		part := p.Token >= 0 && p.Token <= 1 && p.Sequence >= 0 && p.Sequence <= 1
		if !part || !(p.CPU >= 0 && p.CPU <= most) || !(p.Loss >= 0 && p.Loss <= most) {
			return fmt.Errorf("run %.12s: curve[%d]: expected accuracies from 0 to 1, and a loss and a time from 0 to %g",
				r.Digest, i, most)
		}
	}
	return nil
}

// goals makes a panel one of accuracies, with a line at those that were asked for.
func goals(p *plot.Plot, records []run.Record, of func(train.Until) float64) {
	perCent(p)
	var heights []float64
	for _, r := range records {
		if goal := of(r.Spec.Train.Until); goal > 0 {
			heights = addNew(heights, goal)
		}
	}
	p.Add(level(goalLine, heights...))
}

func curvePanel(records []run.Record, label string, of func(train.Point) float64) *plot.Plot {
	p := panel("", "processor time (s)", label)
	p.X.Min, p.X.Max, p.X.Tick.Marker = 0, 1.04*longest(records), round(longest(records))
	p.Add(grid(p), frame())
	for i, s := range styles(records) {
		p.Add(curve(records[i], s, of))
	}
	return p
}

// longest is the time of the last evaluation of all; 1 if none was measured.
func longest(records []run.Record) float64 {
	last := 0.0
	for _, r := range records {
		for _, p := range r.Curve {
			last = max(last, p.CPU)
		}
	}
	if last < 1e-3 {
		return 1
	}
	return last
}

func lossPanel(records []run.Record) *plot.Plot {
	p := curvePanel(records, "training loss (nats per label)", func(p train.Point) float64 { return p.Loss })
	most := 0.01
	for _, r := range records {
		for _, point := range r.Curve {
			most = max(most, point.Loss)
		}
	}
	p.Y.Min, p.Y.Max, p.Y.Tick.Marker = -0.03*most, 1.03*most, round(most)
	return p
}

// curve draws a line through the evaluations, and how the run ended at its end.
func curve(r run.Record, s style, of func(train.Point) float64) plot.Plotter {
	return drawing(func(c draw.Canvas, x, y func(float64) vg.Length) {
		var points []vg.Point
		for _, p := range r.Curve {
			points = append(points, vg.Point{X: x(p.CPU), Y: y(of(p))})
		}
		if len(points) == 0 {
			return
		}
		c.StrokeLines(s.line, points)
		s.draw(&c, points[len(points)-1], markerRadius, endOf(r))
	})
}

func endOf(r run.Record) look {
	switch r.Ended {
	case train.Reached:
		return filled
	case run.Failed:
		return cross
	}
	return hollow
}

func curveLegend() []entry {
	plain := &marker{color: faded}
	return []entry{
		{text: "ended at the accuracy asked for", marker: plain, breaks: true},
		{text: "at its limit of time or steps", marker: plain, look: hollow},
		{text: "loss not finite", marker: plain, look: cross},
		{text: "accuracy asked for", line: &goalLine},
	}
}
