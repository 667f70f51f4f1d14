package words

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// maxLine is the longest line a reader accepts, in bytes: a row of two words of
// MaxLength elements of up to five digits fits.
const maxLine = 16 << 20

// lines reads a text file line by line; its errors name the file and the line.
type lines struct {
	name    string
	scanner *bufio.Scanner
	number  int // of the line read last, from 1
}

func newLines(r io.Reader, name string) *lines {
	l := &lines{name: name, scanner: bufio.NewScanner(r)}
	l.scanner.Buffer(nil, maxLine)
	l.scanner.Split(splitLines)
	return l
}

// splitLines splits at "\n" and, unlike bufio.ScanLines, leaves a carriage return.
func splitLines(data []byte, atEOF bool) (advance int, token []byte, err error) {
	if i := bytes.IndexByte(data, '\n'); i >= 0 {
		return i + 1, data[:i], nil
	}
	if atEOF && len(data) > 0 {
		return len(data), data, nil
	}
	return 0, nil, nil
}

// next returns the next line without its end, good until the next call. At the end
// of the file ok is false.
func (l *lines) next() (line []byte, ok bool, err error) {
	if l.scanner.Scan() {
		l.number++
		return l.scanner.Bytes(), true, nil
	}
	err = l.scanner.Err()
	if errors.Is(err, bufio.ErrTooLong) {
		return nil, false, fmt.Errorf("%s:%d: the line is longer than %d bytes", l.name, l.number+1, maxLine)
	}
	if err != nil {
		return nil, false, fmt.Errorf("%s:%d: %w", l.name, l.number+1, err)
	}
	return nil, false, nil
}

// fault puts the file and the line before an error.
func (l *lines) fault(err error) error {
	return fmt.Errorf("%s:%d: %w", l.name, l.number, err)
}

// appendNumbers writes element numbers with a space between them.
func appendNumbers(b []byte, xs []int) []byte {
	for i, x := range xs {
		if i > 0 {
			b = append(b, ' ')
		}
		b = strconv.AppendInt(b, int64(x), 10)
	}
	return b
}

// parseNumbers reads what appendNumbers writes, into dst. The empty text is no numbers.
func parseNumbers(dst []int, what string, text []byte) ([]int, error) {
	for len(text) > 0 {
		end := 0
		for end < len(text) && text[end] != ' ' {
			end++
		}
		x, ok := parseNumber(text[:end])
		if !ok {
			return nil, fmt.Errorf("%s %d is %s: expected a number, one space between two",
				what, len(dst)+1, abridged(text[:end]))
		}
		if len(dst) == MaxLength {
			return nil, fmt.Errorf("more than %d numbers: %w", MaxLength, errLength)
		}
		dst = append(dst, x)
		if end == len(text) {
			return dst, nil
		}
		if text = text[end+1:]; len(text) == 0 {
			return nil, fmt.Errorf("a space after %s %d: expected the end", what, len(dst))
		}
	}
	return dst, nil
}

// parseNumber reads a decimal number below 10^9 without sign or leading zeros.
func parseNumber(text []byte) (int, bool) {
	if len(text) == 0 || len(text) > 9 || text[0] == '0' && len(text) > 1 {
		return 0, false
	}
	x := 0
	for _, c := range text {
		if c < '0' || c > '9' {
			return 0, false
		}
		x = 10*x + int(c-'0')
	}
	return x, true
}

// abridged quotes a piece of input for an error.
func abridged(text []byte) string {
	const most = 40
	if len(text) > most {
		return strconv.Quote(string(text[:most])) + "…"
	}
	return strconv.Quote(string(text))
}

// blockSize is how much the writers gather before they write.
const blockSize = 1 << 16

// block gathers bytes for a writer.
type block struct {
	w     io.Writer
	bytes []byte
}

func newBlock(w io.Writer) *block {
	return &block{w, make([]byte, 0, blockSize+blockSize/4)}
}

// spill writes what was gathered once it is a block.
func (b *block) spill() error {
	if len(b.bytes) < blockSize {
		return nil
	}
	return b.flush()
}

func (b *block) flush() error {
	_, err := b.w.Write(b.bytes)
	b.bytes = b.bytes[:0]
	return err
}
