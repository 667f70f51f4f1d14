package plot

import (
	"fmt"
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg/draw"

	"tc0/empirical/run"
	"tc0/empirical/train"
)

// Positions draws the accuracy of one run by position in test words, a line for each of up to 8
// lengths.
func Positions(r run.Record) (*Figure, error) {
	if len(r.Scores) == 0 {
		return nil, fmt.Errorf("run %.12s: no test words were scored: %s", r.Digest, r.Failure)
	}
	if n := len(r.Scores); n > len(shades) {
		return nil, fmt.Errorf("run %.12s: %d lengths: one figure tells %d apart", r.Digest, n, len(shades))
	}
	v := lengths{}
	if err := v.take(r); err != nil {
		return nil, err
	}
	p := panel("", "position in the word (letters, from 1)", "labels right (%)")
	perCent(p)
	logarithmic(p, powers(slices.Max(r.Spec.Lengths)))
	p.Add(grid(p), frame(), upright(trainedLine, math.Log2(float64(r.Spec.Task.Length))), level(chanceLine, v.chance()...))
	common, _ := names([]run.Record{r})
	f := &Figure{
		title: "Accuracy by position: " + common, width: usualWidth, row: 260, runs: 1, panels: [][]*plot.Plot{{p}},
		notes: []string{
			"Test words: " + v.sampled([]run.Record{r}) + ". Shaded: 95 % interval of Wilson at each position alone.",
			settings([]run.Record{r}),
		},
	}
	for i, s := range slices.Backward(r.Scores) {
		p.Add(band(byPosition(r, s), shades[i]))
	}
	for i, n := range r.Spec.Lengths {
		sample := draw.LineStyle{Color: shades[i], Width: 1.2}
		f.legend = append(f.legend, entry{text: fmt.Sprintf("words of %d", n), line: &sample})
	}
	f.legend = append(f.legend, v.legend()...)
	return f, nil
}

// shades are for lengths in ascending order.
var shades = []color.NRGBA{
	{0x08, 0x30, 0x6b, 0xff}, {0x00, 0x72, 0xb2, 0xff}, {0x56, 0xb4, 0xe9, 0xff}, {0xe6, 0x9f, 0x00, 0xff},
	{0xd5, 0x5e, 0x00, 0xff}, {0xcc, 0x79, 0xa7, 0xff}, {0x80, 0x80, 0x80, 0xff}, {0x00, 0x00, 0x00, 0xff},
}

// powers are the powers of two up to the first that is no less than n.
func powers(n int) []int {
	list := []int{1}
	for list[len(list)-1] < n {
		list = append(list, 2*list[len(list)-1])
	}
	return list
}

// byPosition are the readings at those positions that have labels; a BOS is position 0.
func byPosition(r run.Record, s train.Score) []reading {
	first := 1
	if r.Spec.Task.BOS {
		first = 0
	}
	var readings []reading
	for t, n := range s.Scored {
		if n > 0 && t+first > 0 {
			low, high := run.Wilson(s.Correct[t], n, 0.95)
			readings = append(readings, reading{math.Log2(float64(t + first)), s.Position(t), low, high})
		}
	}
	return readings
}
