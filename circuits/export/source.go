package export

import (
	"bufio"
	"fmt"
	"slices"
	"strconv"

	"tc0/circuits/threshold"
)

// source walks over a circuit and names its signals.
type source struct {
	c      *threshold.Circuit
	first  []uint64 // number of each position's first input bit
	stages []string
}

func newSource(c *threshold.Circuit) source {
	s := source{c: c, stages: c.Stages()}
	for b := range c.Banks() {
		if d := c.Bank(b); d.Kind == threshold.Input {
			s.first = append(s.first, d.First)
		}
	}
	return s
}

// gate is a gate written out, with its number and where it stands.
type gate struct {
	threshold.Gate
	number uint64
	stage  string // "" when untagged
	alike  int64  // gates of its bank that differ in nothing but the threshold
	fresh  bool   // first of its bank
}

// each visits every gate in order. The wires are valid during the visit.
func (s *source) each(visit func(g *gate) error) error {
	r := threshold.NewGateReader(s.c)
	for b := range s.c.Banks() {
		d := s.c.Bank(b)
		if d.Kind == threshold.Input {
			continue
		}
		g := gate{alike: 1}
		if d.Tag.Stage >= 0 {
			g.stage = s.stages[d.Tag.Stage]
		}
		if d.Kind == threshold.Level {
			g.alike = d.Gates
		}
		for k := range d.Gates {
			g.Gate, g.number, g.fresh = r.Gate(b, k), d.First+uint64(k), k == 0
			if err := visit(&g); err != nil {
				return err
			}
		}
	}
	return nil
}

// eachOutput visits the output signals by position and class.
func (s *source) eachOutput(visit func(name string, from threshold.Signal)) {
	for t, labels := range s.c.Outputs() {
		for class := range labels {
			visit(fmt.Sprintf("y%d_%d", t, class), s.output(t, class))
		}
	}
}

// output is the signal of one output.
func (s *source) output(t, class int) threshold.Signal {
	o := s.c.Outputs()[t][class]
	d := s.c.Bank(int(o.Bank))
	return threshold.Signal{Input: d.Kind == threshold.Input, Number: d.First + uint64(o.Gate)}
}

// tokens is the number of input bits of position t.
func (s *source) tokens(t int) uint64 {
	if t+1 < len(s.first) {
		return s.first[t+1] - s.first[t]
	}
	return s.c.Inputs() - s.first[t]
}

// appendName appends a signal's name.
func (s *source) appendName(b []byte, from threshold.Signal) []byte {
	if !from.Input {
		return strconv.AppendUint(append(b, 'g'), from.Number, 10)
	}
	t, exact := slices.BinarySearch(s.first, from.Number)
	if !exact {
		t--
	}
	b = strconv.AppendInt(append(b, 'x'), int64(t), 10)
	return strconv.AppendUint(append(b, '_'), from.Number-s.first[t], 10)
}

// printer writes one circuit.
type printer struct {
	source
	w   *bufio.Writer
	buf []byte
}

func (p *printer) str(s string) { p.w.WriteString(s) }

func (p *printer) printf(format string, args ...any) { fmt.Fprintf(p.w, format, args...) }

func (p *printer) name(s threshold.Signal) {
	p.buf = p.appendName(p.buf[:0], s)
	p.w.Write(p.buf)
}

func (p *printer) int(v int64) {
	p.buf = strconv.AppendInt(p.buf[:0], v, 10)
	p.w.Write(p.buf)
}

func (p *printer) uint(v uint64) {
	p.buf = strconv.AppendUint(p.buf[:0], v, 10)
	p.w.Write(p.buf)
}

// failed is the error that an earlier write met, so that a walk over a large
// circuit can stop.
func (p *printer) failed() error {
	_, err := p.w.Write(nil)
	return err
}

// inputNames prints the names of all inputs, every 16th after another separator.
func (p *printer) inputNames(sep, every string) {
	for i := range p.c.Inputs() {
		if i > 0 {
			p.separator(i, sep, every)
		}
		p.name(threshold.Signal{Input: true, Number: i})
	}
}

func (p *printer) outputNames(sep, every string) {
	i := uint64(0)
	p.eachOutput(func(name string, _ threshold.Signal) {
		if i > 0 {
			p.separator(i, sep, every)
		}
		p.str(name)
		i++
	})
}

// perLine keeps lists readable and below the line lengths of old readers.
const perLine = 16

func (p *printer) separator(i uint64, sep, every string) {
	if i%perLine == 0 {
		p.str(every)
	} else {
		p.str(sep)
	}
}
