package words

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"strconv"
)

// The files of a FLaRe split.
const (
	TokensFile      = "main.tok"
	LabelsFile      = "labels.txt"
	NextSymbolsFile = "next-symbols.jsonl"
	NumEditsFile    = "num-edits.txt"
)

// A Split is the four files of a FLaRe split, for writing (T an [io.Writer]) or
// reading (T an [io.Reader]).
type Split[T any] struct {
	Tokens      T // [TokensFile]
	Labels      T // [LabelsFile]
	NextSymbols T // [NextSymbolsFile]
	NumEdits    T // [NumEditsFile]
}

// WriteFLaRe writes rows of the language's problem as a FLaRe split. No row was made
// by edits, so the lines of [NumEditsFile] are empty.
func (l *Language) WriteFLaRe(w Split[io.Writer], rows iter.Seq[Row]) error {
	tokens, labels := newBlock(w.Tokens), newBlock(w.Labels)
	next, edits := newBlock(w.NextSymbols), newBlock(w.NumEdits)
	blocks := [...]*block{tokens, labels, next, edits}
	for row := range rows {
		tokens.bytes = appendNumbers(tokens.bytes, row.Input)
		tokens.bytes = append(tokens.bytes, '\n')
		if l.Accepts(row.Target) {
			labels.bytes = append(labels.bytes, "1\n"...)
			next.bytes = l.appendNext(next.bytes, row.Target)
		} else {
			labels.bytes = append(labels.bytes, "0\n"...)
			edits.bytes = append(edits.bytes, '\n')
		}
		for _, b := range blocks {
			if err := b.spill(); err != nil {
				return err
			}
		}
	}
	for _, b := range blocks {
		if err := b.flush(); err != nil {
			return err
		}
	}
	return nil
}

// appendNext writes the line of next symbols of a word with these running products.
func (l *Language) appendNext(b []byte, target []int) []byte {
	b = append(b, '[')
	s := 0
	for t := range len(target) + 1 {
		if t > 0 {
			s = target[t-1]
			b = append(b, ',')
		}
		b = append(b, `{"s":"`...)
		b = l.appendSymbols(b, s)
		b = append(b, `","e":`...)
		b = strconv.AppendBool(b, l.accepted[s])
		b = append(b, '}')
	}
	return append(b, "]\n"...)
}

// ReadFLaRe reads a FLaRe split of the language and checks every label and every set
// of next symbols. The names are those of the four files, for errors; the first error
// ends the rows. The seeds of the rows are 0.
func (l *Language) ReadFLaRe(r Split[io.Reader], name Split[string]) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		in := &splitReader{
			language: l,
			tokens:   newLines(r.Tokens, name.Tokens),
			labels:   newLines(r.Labels, name.Labels),
			next:     newLines(r.NextSymbols, name.NextSymbols),
			edits:    newLines(r.NumEdits, name.NumEdits),
		}
		for {
			ok, err := in.read()
			if err != nil {
				yield(Row{}, err)
				return
			}
			if !ok || !yield(in.row, nil) {
				return
			}
		}
	}
}

type splitReader struct {
	language                    *Language
	tokens, labels, next, edits *lines
	row                         Row
	symbols                     []byte // of one state, for comparing
}

// read reads the next row. At the end of all files ok is false.
func (in *splitReader) read() (ok bool, err error) {
	line, ok, err := in.tokens.next()
	if err != nil {
		return false, err
	}
	if !ok {
		return false, in.end()
	}
	if err := in.readWord(line); err != nil {
		return false, in.tokens.fault(err)
	}
	accepted := in.language.Accepts(in.row.Target)
	if err := in.readLabel(accepted); err != nil {
		return false, err
	}
	if accepted {
		return true, in.readNext()
	}
	return true, in.readEdits()
}

func (in *splitReader) readWord(line []byte) (err error) {
	p := in.language.problem
	if in.row.Input, err = parseNumbers(in.row.Input[:0], "letter", line); err != nil {
		return err
	}
	for t, g := range in.row.Input {
		if err := p.checkLetter(t, g); err != nil {
			return err
		}
	}
	in.row.Target = append(in.row.Target[:0], in.row.Input...)
	p.Running(in.row.Input, in.row.Target)
	return nil
}

// follow reads the line of another file that belongs to the present word.
func (in *splitReader) follow(l *lines) ([]byte, error) {
	line, ok, err := l.next()
	if err == nil && !ok {
		err = fmt.Errorf("%s:%d: the file ends: expected a line for %s:%d",
			l.name, l.number+1, in.tokens.name, in.tokens.number)
	}
	return line, err
}

func (in *splitReader) readLabel(accepted bool) error {
	line, err := in.follow(in.labels)
	if err != nil {
		return err
	}
	want := "0"
	if accepted {
		want = "1"
	}
	if string(line) != want {
		return in.labels.fault(fmt.Errorf("label %s: expected %s, the product is %d",
			abridged(line), want, lastState(in.row.Target)))
	}
	return nil
}

func (in *splitReader) readNext() error {
	line, err := in.follow(in.next)
	if err != nil {
		return err
	}
	if err := in.checkNext(line); err != nil {
		return in.next.fault(err)
	}
	return nil
}

// checkNext compares a line of next symbols with those of the present word.
func (in *splitReader) checkNext(line []byte) error {
	var got []struct {
		Symbols *string `json:"s"`
		End     *bool   `json:"e"`
	}
	if err := json.Unmarshal(line, &got); err != nil {
		return fmt.Errorf("not a list of objects with the keys s and e: %w", err)
	}
	target := in.row.Target
	if len(got) != len(target)+1 {
		return fmt.Errorf("%d sets of next symbols: expected %d, one for each prefix of %s:%d",
			len(got), len(target)+1, in.tokens.name, in.tokens.number)
	}
	for t, set := range got {
		s := lastState(target[:t])
		in.symbols = in.language.appendSymbols(in.symbols[:0], s)
		if set.Symbols == nil || set.End == nil {
			return fmt.Errorf("set %d lacks the key s or e", t+1)
		}
		if *set.Symbols != string(in.symbols) {
			return fmt.Errorf("set %d holds %s: expected %s", t+1, abridged([]byte(*set.Symbols)), abridged(in.symbols))
		}
		if *set.End != in.language.accepted[s] {
			return fmt.Errorf(`set %d has "e":%t: expected %t, the product is %d`, t+1, *set.End, !*set.End, s)
		}
	}
	return nil
}

func (in *splitReader) readEdits() error {
	line, err := in.follow(in.edits)
	if err != nil {
		return err
	}
	if x, ok := parseNumber(line); len(line) > 0 && (!ok || x == 0) {
		return in.edits.fault(fmt.Errorf("number of edits %s: expected a number from 1 on, or nothing", abridged(line)))
	}
	return nil
}

// end checks that the other files end with the words.
func (in *splitReader) end() error {
	for _, l := range [...]*lines{in.labels, in.next, in.edits} {
		_, ok, err := l.next()
		if err != nil {
			return err
		}
		if ok {
			return l.fault(errors.New("a line without a word: expected the end of the file, as in " + in.tokens.name))
		}
	}
	return nil
}
