package main

import (
	"fmt"
	"io"

	"tc0/circuits/view"
)

// answer prints the result of a verb: as JSON, or as a person reads it.
func (a *app) answer(v any, text func(w io.Writer) error) error {
	a.meter.stop()
	if a.json {
		return a.printJSON(v)
	}
	return text(a.out)
}

// printTables prints tables with an empty line between them; empty ones are left
// out.
func printTables(w io.Writer, tables ...*view.Table) error {
	first := true
	for _, t := range tables {
		if len(t.Rows) == 0 {
			continue
		}
		if !first {
			fmt.Fprintln(w)
		}
		first = false
		if err := t.Write(w); err != nil {
			return err
		}
	}
	return nil
}

// percent writes a fraction; only what is exactly nothing or everything is written
// as 0 % or 100 %.
func percent(f float64) string {
	switch {
	case f == 0 || f == 1:
		return fmt.Sprintf("%.0f %%", 100*f)
	case f < 0.0005:
		return "<0.1 %"
	case f >= 0.9995 && f < 1:
		return ">99.9 %"
	}
	return fmt.Sprintf("%.1f %%", 100*f)
}

// plural is a count with its noun.
func plural[T int | int32 | int64 | uint64](n T, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return view.Count(n) + " " + noun + "s"
}
