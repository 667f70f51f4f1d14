// Package plot draws what training runs came to: least depth against length, accuracy
// against length and by position, and learning curves.
//
//	cells := plan.Cells(records) // or run.Cells(records), without a grid
//	figure, err := plot.Figure3(cells, records)
//	if err != nil {
//		return err
//	}
//	format, err := plot.FormatOf("figure3.svg")
//	if err != nil {
//		return err
//	}
//	return figure.Write(file, format)
//
// Every figure says on itself what it is of: axes with units, tasks, seeds, the budget of
// the runs and the accuracy that was asked for. Where several architectures are drawn, each has
// its own colour and shape, the same in all figures. The colours are those of Okabe and Ito
// (2008), which colour-blind readers tell apart; shapes say the same once more.
//
// The same runs give the same bytes, as SVG and as PNG. Text of an SVG stays text: it is
// laid out with the widths of Liberation Sans, and Arial or Helvetica, which have the same
// widths, take its place where it is not installed.
//
// # Intervals
//
// Intervals are those of Wilson at 95 %, and about the words that were drawn, not about
// seeds. The tokens of one word depend on each other, so that a word counts as one trial for
// token accuracy too: since a word's part of right tokens is between 0 and 1, its variance
// is at most that of a coin, and the interval is rather too wide than too narrow.
//
// # What it does not do
//
// It reads no files, trains nothing and draws no circuits. It fits no curves.
package plot
