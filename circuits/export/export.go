package export

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"tc0/circuits/threshold"
)

// Format is the name of an output format.
type Format string

// The formats.
const (
	Text    Format = "text"
	Binary  Format = "binary"
	JSON    Format = "json"
	DOT     Format = "dot"
	Verilog Format = "verilog"
	BLIF    Format = "blif"
	OPB     Format = "opb"
	AIGER   Format = "aiger"
)

var formats = []Format{Text, Binary, JSON, DOT, Verilog, BLIF, OPB, AIGER}

// Formats are all formats.
func Formats() []Format { return append([]Format(nil), formats...) }

// ParseFormat is the format of that name; the error lists the names.
func ParseFormat(name string) (Format, error) {
	var names []string
	for _, f := range formats {
		if string(f) == name {
			return f, nil
		}
		names = append(names, string(f))
	}
	return "", fmt.Errorf("unknown format %q, want one of %s", name, strings.Join(names, ", "))
}

// DefaultMaxDrawn is how many gates DOT draws unless told otherwise.
const DefaultMaxDrawn = 2000

// Options are the choices that some formats leave; the zero value is usable.
type Options struct {
	Model    string // name of the Verilog module or BLIF model, "tc0" when empty
	MaxDrawn uint64 // DOT refuses more gates than this, DefaultMaxDrawn when 0
	ASCII    bool   // AIGER: write the ASCII form (aag) instead of the binary one (aig)
}

func (o Options) model() string {
	if o.Model == "" {
		return "tc0"
	}
	return o.Model
}

// Write writes c to w in a format.
func Write(w io.Writer, c *threshold.Circuit, f Format, opts Options) error {
	switch f {
	case Text:
		return c.WriteText(w)
	case Binary:
		return c.WriteBinary(w)
	}
	if !plainName(opts.model()) {
		return fmt.Errorf("model name %q: want a letter followed by letters, digits and underscores", opts.Model)
	}
	p := newPrinter(w, c)
	var err error
	switch f {
	case JSON:
		err = p.json()
	case DOT:
		err = p.dot(opts)
	case Verilog:
		err = p.verilog(opts)
	case BLIF:
		err = p.blif(opts)
	case OPB:
		err = p.opb(nil)
	case AIGER:
		err = p.aiger(opts)
	default:
		_, err = ParseFormat(string(f))
	}
	return p.finish(err)
}

// plainName tells whether s can stand in Verilog and BLIF without quoting.
func plainName(s string) bool {
	for i, r := range s {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		if !letter && (i == 0 || r != '_' && (r < '0' || r > '9')) {
			return false
		}
	}
	return s != ""
}

// finish flushes what is buffered and names the package in errors.
func (p *printer) finish(err error) error {
	if flushed := p.w.Flush(); err == nil {
		err = flushed
	}
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	return nil
}

func newPrinter(w io.Writer, c *threshold.Circuit) *printer {
	return &printer{w: bufio.NewWriterSize(w, 1<<16), source: newSource(c)}
}
