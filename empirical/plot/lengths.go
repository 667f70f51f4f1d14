package plot

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot"

	"tc0/empirical/run"
	"tc0/empirical/train"
)

// Lengths draws accuracy on test words against their length, of tokens and of whole words,
// for up to 12 runs.
func Lengths(records []run.Record) (*Figure, error) {
	if err := checkRuns(records); err != nil {
		return nil, err
	}
	records = sorted(records)
	v := lengths{}
	for _, r := range records {
		if len(r.Scores) == 0 {
			return nil, fmt.Errorf("run %.12s: no test words were scored: %s", r.Digest, r.Failure)
		}
		if err := v.take(r); err != nil {
			return nil, err
		}
	}
	common, own := names(records)
	tokens := v.panel(records, "tokens right (%)", train.Score.Token)
	words := v.panel(records, "whole words right (%)", train.Score.Sequence)
	tokens.Add(level(chanceLine, v.chance()...))
	f := &Figure{
		title: "Accuracy by length of the words: " + common, width: usualWidth, row: 250, runs: len(records),
		panels: [][]*plot.Plot{{tokens, words}}, legend: append(entries(records, own), v.legend()...),
		notes: []string{
			"Test words: " + v.sampled(records) +
				". Bars: 95 % intervals of Wilson over the words; a word counts as one trial for its tokens too.",
			settings(records),
		},
	}
	return f, nil
}

// lengths are the values that the lines of no results are at.
type lengths struct {
	tested  []int
	trained []int
	classes []int // numbers of labels
}

func (v *lengths) take(r run.Record) error {
	k, err := classes(r.Spec.Task)
	if err != nil {
		return fmt.Errorf("run %.12s: %w", r.Digest, err)
	}
	v.classes = addNew(v.classes, k)
	v.trained = addNew(v.trained, r.Spec.Task.Length)
	v.tested = append(v.tested, r.Spec.Lengths...)
	return nil
}

func (v *lengths) chance() []float64 {
	var levels []float64
	for _, k := range v.classes {
		levels = append(levels, 1/float64(k))
	}
	return levels
}

func (v *lengths) panel(records []run.Record, label string, of func(train.Score) float64) *plot.Plot {
	p := panel("", "length of the test words (letters)", label)
	perCent(p)
	logarithmic(p, v.tested)
	p.Add(grid(p), frame())
	for _, n := range v.trained {
		p.Add(upright(trainedLine, math.Log2(float64(n))))
	}
	for i, style := range styles(records) {
		var readings []reading
		for j, s := range records[i].Scores {
			at := math.Log2(float64(records[i].Spec.Lengths[j])) + aside(i, len(records), v.tested)
			readings = append(readings, wilson(at, of(s), s.Words))
		}
		p.Add(line(readings, style))
	}
	return p
}

func (v *lengths) legend() []entry {
	return []entry{
		{text: "training length: " + enumerate(v.trained), line: &trainedLine, breaks: true},
		{text: "guessing among " + enumerate(v.classes) + " labels", line: &chanceLine},
	}
}

// sampled says how many words were scored.
func (v *lengths) sampled(records []run.Record) string {
	var words []int
	for _, r := range records {
		words = append(words, r.Spec.Words)
	}
	return interval(slices.Min(words), slices.Max(words)) + " of each length, drawn by the run's seed"
}
