package words

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"strconv"
)

const csvHeader = "seed,input,target"

// WriteCSV writes rows as the word-problem repository does. That format has no form
// for the empty word, which is an error.
func WriteCSV(w io.Writer, rows iter.Seq[Row]) error {
	b := newBlock(w)
	b.bytes = append(b.bytes, csvHeader+"\n"...)
	for row := range rows {
		if len(row.Input) == 0 {
			return errors.New("the empty word cannot be written as CSV: choose a length from 1 on")
		}
		b.bytes = strconv.AppendUint(b.bytes, row.Seed, 10)
		b.bytes = append(b.bytes, ',')
		b.bytes = appendNumbers(b.bytes, row.Input)
		b.bytes = append(b.bytes, ',')
		b.bytes = appendNumbers(b.bytes, row.Target)
		b.bytes = append(b.bytes, '\n')
		if err := b.spill(); err != nil {
			return err
		}
	}
	return b.flush()
}

// ReadCSV reads what [WriteCSV] writes and nothing else, except that the last line
// may lack its end. The name is that of the file, for errors; the first error ends
// the rows.
func (p *Problem) ReadCSV(r io.Reader, name string) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		in := newLines(r, name)
		header, _, err := in.next()
		if err == nil && string(header) != csvHeader {
			err = fmt.Errorf("%s:1: header %s: expected %s", name, abridged(header), csvHeader)
		}
		if err != nil {
			yield(Row{}, err)
			return
		}
		p.readRows(in, p.parseCSV, yield)
	}
}

// readRows yields the rest of a file whose every line is a row.
func (p *Problem) readRows(in *lines, parse func(*Row, []byte) error, yield func(Row, error) bool) {
	var row Row
	for {
		line, ok, err := in.next()
		if !ok && err == nil {
			return
		}
		if err == nil {
			if err = parse(&row, line); err != nil {
				err = in.fault(err)
			}
		}
		if err != nil {
			yield(Row{}, err)
			return
		}
		if !yield(row, nil) {
			return
		}
	}
}

func (p *Problem) parseCSV(row *Row, line []byte) (err error) {
	fields := bytes.Split(line, []byte{','})
	if len(fields) != 3 {
		return fmt.Errorf("%d fields: expected 3, %s", len(fields), csvHeader)
	}
	if row.Seed, err = parseSeed(fields[0]); err != nil {
		return err
	}
	if row.Input, err = parseNumbers(row.Input[:0], "letter", fields[1]); err != nil {
		return err
	}
	if row.Target, err = parseNumbers(row.Target[:0], "target", fields[2]); err != nil {
		return err
	}
	if len(row.Input) == 0 {
		return errors.New("input is empty: expected the numbers of elements")
	}
	return p.Check(*row)
}

func parseSeed(text []byte) (uint64, error) {
	seed, err := strconv.ParseUint(string(text), 10, 64)
	if err != nil || strconv.FormatUint(seed, 10) != string(text) {
		return 0, fmt.Errorf("seed %s: expected a number from 0 to 2^64−1", abridged(text))
	}
	return seed, nil
}
