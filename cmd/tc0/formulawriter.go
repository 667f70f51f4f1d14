package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"math/big"
	"strconv"
	"strings"

	"tc0/circuits/check"
	"tc0/reductions/barrington"
	"tc0/reductions/formula"
)

// formulaWriter writes the word of an assignment, or the program, letter by letter.
type formulaWriter struct {
	*reducedFormula
	assignment      []bool // nil for the program
	value, expected bool
}

// assign sets the assignment and works out the word's answer.
func (w *formulaWriter) assign(a *app, text string) (err error) {
	if w.assignment, err = formula.ParseAssignment(text, w.Variables); err != nil {
		return fmt.Errorf("--assign: %w", err)
	}
	a.meter.step("read the word", 0, 0)
	w.expected = w.formula.Value(w.assignment)
	w.value, err = w.instance.Value(w.assignment)
	return err
}

// writeInstance writes to where out says: a file, standard output alone, or the answer.
func (a *app) writeInstance(ctx context.Context, w *formulaWriter, out string) error {
	count := a.meter.counter("write", w.Length.Uint64())
	plain := func(to io.Writer) error { return w.plain(to, ending(ctx, w.Length, count)) }
	switch {
	case out == "-":
		a.meter.stop()
		return buffered(a.out, plain)
	case isDir(out):
		return fmt.Errorf("%s: is a directory, expected a file for -o", out)
	case out != "":
		if err := writeFiles(ctx, file{out, plain}); err != nil {
			return err
		}
	}
	a.meter.stop()
	return buffered(a.out, func(to io.Writer) error {
		end := ending(ctx, w.Length, count)
		if a.json {
			return w.writeJSON(to, out, end)
		}
		return w.writeText(to, out, end)
	})
}

func buffered(w io.Writer, write func(io.Writer) error) error {
	b := bufio.NewWriterSize(w, 1<<16)
	if err := write(b); err != nil {
		return err
	}
	return b.Flush()
}

// ending returns a function to call before every letter: it reports progress, and is an
// error when the context ends.
func ending(ctx context.Context, total *big.Int, progress func(done, total uint64)) func() error {
	done := uint64(0)
	return func() error {
		if done&(1<<14-1) == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
			progress(done, total.Uint64())
		}
		done++
		return nil
	}
}

// list writes the elements of a sequence with something between them. The writer keeps
// its first error, as a bufio.Writer does.
func list[T any](w io.Writer, all iter.Seq[T], between string, end func() error, one func(T) string) error {
	first := true
	for v := range all {
		if err := end(); err != nil {
			return err
		}
		if !first {
			io.WriteString(w, between)
		}
		first = false
		if _, err := io.WriteString(w, one(v)); err != nil {
			return err
		}
	}
	return nil
}

// plain writes the word on a line, or the program as CSV.
func (w *formulaWriter) plain(to io.Writer, end func() error) error {
	if w.assignment == nil {
		fmt.Fprintln(to, "variable,one,zero")
		return list(to, w.instance.All(), "", end, func(c barrington.Choice) string {
			variable, one, zero := w.choice(c)
			return variable + "," + one + "," + zero + "\n"
		})
	}
	if err := w.word(to, end); err != nil {
		return err
	}
	_, err := fmt.Fprintln(to)
	return err
}

// word writes the letters: element numbers with commas, as reduce word takes them, and
// letters of an automaton as a word is written.
func (w *formulaWriter) word(to io.Writer, end func() error) error {
	p := &w.problem
	between := ""
	for _, name := range p.letters {
		switch {
		case strings.Contains(name, " "):
			between = "; " // permutations in cycles
		case between == "" && len([]rune(name)) > 1:
			between = " "
		}
	}
	if p.numbered {
		between = ","
	}
	return list(to, w.instance.Word(w.assignment), between, end, func(i int) string {
		if p.numbered {
			return strconv.Itoa(i)
		}
		return p.letters[i]
	})
}

// choice is a position in words; a variable that does not matter is a dash.
func (w *formulaWriter) choice(c barrington.Choice) (variable, one, zero string) {
	variable = "-"
	if c.One != c.Zero {
		variable = w.Variables[c.Variable]
	}
	if w.problem.numbered {
		return variable, strconv.Itoa(c.One), strconv.Itoa(c.Zero)
	}
	return variable, w.problem.letters[c.One], w.problem.letters[c.Zero]
}

// writeText writes the facts and, if it is in no file, the word or program.
func (w *formulaWriter) writeText(to io.Writer, out string, end func() error) error {
	w.print(to)
	switch {
	case out != "":
		printField(to, "written to", out)
	case w.assignment != nil:
		fmt.Fprintf(to, "%-14s", "word")
		if err := w.word(to, end); err != nil {
			return err
		}
		fmt.Fprintln(to)
	default:
		return w.table(to, end)
	}
	if w.assignment == nil {
		return nil
	}
	v := check.Holds
	if w.value != w.expected {
		v = check.Fails
	}
	printField(to, "value", fmt.Sprintf("%d; of the formula %d", bit(w.value), bit(w.expected)))
	_, err := fmt.Fprintf(to, "verdict: %v\n", v)
	return err
}

// table writes the program in columns whose widths are known before.
func (w *formulaWriter) table(to io.Writer, end func() error) error {
	widest := func(head string, names []string) int {
		for _, n := range names {
			if len([]rune(n)) > len(head) {
				head = n
			}
		}
		return len([]rune(head))
	}
	letters := w.problem.letters
	if w.problem.numbered {
		letters = []string{strconv.Itoa(len(letters))}
	}
	position := max(len("position"), len(w.Length.String()))
	name, letter := widest("variable", w.Variables), widest("if 1", letters)
	format := fmt.Sprintf("%%%dv  %%-%ds  %%%ds  %%%ds\n", position, name, letter, letter)
	fmt.Fprintf(to, "\n"+format, "position", "variable", "if 1", "if 0")
	at := 0
	return list(to, w.instance.All(), "", end, func(c barrington.Choice) string {
		variable, one, zero := w.choice(c)
		line := fmt.Sprintf(format, at, variable, one, zero)
		at++
		return line
	})
}

// writeJSON writes the facts and then, unless they are in a file, the letters as they
// come.
func (w *formulaWriter) writeJSON(to io.Writer, out string, end func() error) error {
	facts, err := marshal(w.formulaJSON)
	if err != nil {
		return err
	}
	to.Write(bytes.TrimSuffix(facts, []byte("\n}\n")))
	p := &w.problem
	switch {
	case out != "":
		name, err := json.Marshal(out)
		if err != nil {
			return err
		}
		fmt.Fprintf(to, ",\n  \"file\": %s", name)
	case w.assignment != nil:
		fmt.Fprint(to, ",\n  \"word\": [")
		err = list(to, w.instance.Word(w.assignment), ", ", end, p.letter)
		fmt.Fprint(to, "]")
	default:
		fmt.Fprint(to, ",\n  \"program\": [\n    ")
		err = list(to, w.instance.All(), ",\n    ", end, func(c barrington.Choice) string {
			variable := "null"
			if c.One != c.Zero {
				name, _ := json.Marshal(w.Variables[c.Variable]) // a string always has a form
				variable = string(name)
			}
			return "[" + variable + ", " + p.letter(c.One) + ", " + p.letter(c.Zero) + "]"
		})
		fmt.Fprint(to, "\n  ]")
	}
	if err != nil {
		return err
	}
	if w.assignment != nil {
		fmt.Fprintf(to, ",\n  \"value\": %d,\n  \"expected\": %d", bit(w.value), bit(w.expected))
	}
	_, err = fmt.Fprint(to, "\n}\n")
	return err
}
