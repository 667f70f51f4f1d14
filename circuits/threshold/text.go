package threshold

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

const textHeader = "tc0 threshold 1"

// counts is the second line of the text form.
func (c *Circuit) counts() string {
	return fmt.Sprintf("counts gates=%d inputs=%d banks=%d forms=%d terms=%d lists=%d tables=%d stages=%d positions=%d",
		c.gates, c.inputs, len(c.banks), len(c.forms), len(c.terms), len(c.lists), len(c.tables), len(c.stages), len(c.outputs))
}

// WriteText writes the text form; [ReadText] reads it back to an equal circuit.
func (c *Circuit) WriteText(w io.Writer) error {
	b := bufio.NewWriterSize(w, 1<<16)
	fmt.Fprintf(b, "%s\n%s\n", textHeader, c.counts())
	for i := range c.stages {
		c.writeStage(b, i)
	}
	for i := range c.tables {
		c.writeTable(b, i)
	}
	f, l := 0, 0
	upTo := func(forms, lists int) {
		for ; f < forms; f++ {
			c.writeForm(b, f)
		}
		for ; l < lists; l++ {
			c.writeList(b, l)
		}
	}
	for i := range c.banks {
		upTo(int(c.banks[i].forms), int(c.banks[i].lists0))
		c.writeBank(b, i)
	}
	upTo(len(c.forms), len(c.lists))
	for t := range c.outputs {
		c.writeOutput(b, t)
	}
	return b.Flush()
}

// textWriter is a buffered file, or the one line that a reader compares with
// what it read.
type textWriter interface {
	io.Writer
	io.ByteWriter
	io.StringWriter
}

func (c *Circuit) writeStage(b textWriter, i int) {
	fmt.Fprintf(b, "stage s%d %s\n", i, strconv.Quote(c.stages[i]))
}

func (c *Circuit) writeTable(b textWriter, i int) {
	fmt.Fprintf(b, "table t%d", i)
	for _, v := range c.tables[i] {
		b.WriteByte(' ')
		b.WriteString(strconv.FormatInt(v, 10))
	}
	b.WriteByte('\n')
}

func (c *Circuit) writeList(b textWriter, l int) {
	fmt.Fprintf(b, "list l%d", l)
	for _, x := range c.lists[l] {
		fmt.Fprintf(b, " f%d", x)
	}
	b.WriteByte('\n')
}

func (c *Circuit) writeOutput(b textWriter, t int) {
	fmt.Fprintf(b, "output %d", t)
	for _, g := range c.outputs[t] {
		fmt.Fprintf(b, " b%d.%d", g.Bank, g.Gate)
	}
	b.WriteByte('\n')
}

func (c *Circuit) writeForm(b textWriter, f int) {
	d := &c.forms[f]
	fmt.Fprintf(b, "form f%d = %d", f, d.constant)
	for _, t := range c.terms[d.first : d.first+d.count] {
		if g, ok := t.Ref.Form(); ok {
			fmt.Fprintf(b, " + %d*f%d", t.Coef, g)
		} else if t.Table == Ones {
			fmt.Fprintf(b, " + %d*b%d", t.Coef, t.Ref)
		} else {
			fmt.Fprintf(b, " + %d*b%d[t%d:%d]", t.Coef, t.Ref, t.Table, t.Off)
		}
	}
	b.WriteByte('\n')
}

func (c *Circuit) writeBank(b textWriter, i int) {
	d := &c.banks[i]
	fmt.Fprintf(b, "%v b%d", d.kind, i)
	switch d.kind {
	case Input:
		fmt.Fprintf(b, " bits=%d", d.gates)
	case Level:
		fmt.Fprintf(b, " f%d t%d off=%d stride=%d gates=%d", d.form, d.table, d.off, d.stride, d.gates)
	case Digit:
		fmt.Fprintf(b, " f%d b%d t%d off=%d count=%d width=%d past=%d", d.form, d.high, d.table, d.off, d.count, d.width, d.past)
	case And, Pairs:
		for _, l := range d.ops[:d.lists] {
			fmt.Fprintf(b, " l%d", l)
		}
	}
	fmt.Fprintf(b, " @ %d %d %d\n", d.tag.Node, d.tag.Part, d.tag.Stage)
}

// ReadText reads the text form, checking what the builder checks. It accepts
// exactly the bytes that [Circuit.WriteText] writes; the error names the line.
func ReadText(r io.Reader) (*Circuit, error) {
	p := &textReader{b: NewBuilder()}
	in := bufio.NewReaderSize(r, 1<<16)
	for {
		line, err := in.ReadString('\n')
		if err == io.EOF && line == "" {
			break
		}
		p.number++
		if err == io.EOF {
			err = fmt.Errorf("%w: the file ends within a line", io.ErrUnexpectedEOF)
		}
		if err == nil {
			err = p.line(strings.TrimSuffix(line, "\n"))
		}
		if err == nil {
			err = p.b.Err()
		}
		if err == nil {
			err = p.canonical(line)
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", p.number, err)
		}
	}
	c, err := p.b.Finish()
	if err != nil {
		return nil, err
	}
	if want := c.counts(); p.counts != want {
		return nil, fmt.Errorf("line 2: %q, but the file holds %q: truncated or edited", p.counts, want)
	}
	return c, nil
}

type textReader struct {
	b      *Builder
	number int
	counts string
	last   string // first word of the line before
	again  bytes.Buffer
}

// canonical prints what was read again: there is one way to write a circuit, so
// that equal circuits are equal files.
func (p *textReader) canonical(line string) error {
	if p.number <= 2 {
		return nil
	}
	c := &p.b.c
	p.again.Reset()
	word, _, _ := strings.Cut(line, " ")
	switch word {
	case "stage":
		c.writeStage(&p.again, len(c.stages)-1)
	case "table":
		c.writeTable(&p.again, len(c.tables)-1)
	case "form":
		c.writeForm(&p.again, len(c.forms)-1)
	case "list":
		c.writeList(&p.again, len(c.lists)-1)
	case "output":
		c.writeOutput(&p.again, len(c.outputs)-1)
	default:
		c.writeBank(&p.again, len(c.banks)-1)
	}
	if part(word) < part(p.last) || word == "form" && p.last == "list" {
		return errors.New("out of order: stages come first, then tables, then forms, lists and banks (a list after the forms before the same bank), then outputs")
	}
	p.last = word
	if want := p.again.String(); line != want {
		return fmt.Errorf("not as this program writes it: found %.60q, expected %.60q", line, want)
	}
	return nil
}

// part orders the parts of a file by the first words of their lines.
func part(word string) int {
	switch word {
	case "", "stage":
		return 0
	case "table":
		return 1
	case "output":
		return 3
	}
	return 2
}

func (p *textReader) line(text string) error {
	switch p.number {
	case 1:
		if text != textHeader {
			return fmt.Errorf("expected %q: not a threshold circuit in text form", textHeader)
		}
		return nil
	case 2:
		p.counts = text
		return nil
	}
	word, rest, _ := strings.Cut(text, " ")
	if word == "stage" {
		return p.stage(rest)
	}
	f := fields{words: strings.Fields(rest)}
	switch word {
	case "table":
		f.name('t', len(p.b.c.tables))
		values := make([]int64, 0, len(f.words))
		for len(f.words) > 0 {
			values = append(values, f.int(""))
		}
		if want := len(p.b.c.tables); f.err == nil && int(p.b.Table(values)) != want {
			return fmt.Errorf("table repeats an earlier one")
		}
	case "form":
		p.form(&f)
	case "list":
		f.name('l', len(p.b.c.lists))
		var forms []int32
		for len(f.words) > 0 {
			forms = append(forms, int32(f.id('f')))
		}
		if f.err == nil {
			p.b.List(forms)
		}
	case "output":
		if t := f.int(""); f.err == nil && t != int64(len(p.b.c.outputs)) {
			return fmt.Errorf("expected position %d", len(p.b.c.outputs))
		}
		var labels []Output
		for len(f.words) > 0 {
			bank, gate, _ := strings.Cut(f.word(), ".")
			labels = append(labels, Output{int32(f.parseID(bank, 'b')), f.parseInt(gate)})
		}
		if f.err == nil {
			p.b.Output(labels)
		}
	default:
		p.bank(word, &f)
	}
	if f.err == nil && len(f.words) > 0 {
		return fmt.Errorf("unexpected %q", f.words[0])
	}
	return f.err
}

func (p *textReader) stage(rest string) error {
	id, quoted, _ := strings.Cut(rest, " ")
	name, err := strconv.Unquote(quoted)
	if err != nil {
		return fmt.Errorf("stage name %s is not quoted", quoted)
	}
	if n := len(p.b.c.stages); id != fmt.Sprintf("s%d", n) || int(p.b.Stage(name)) != n {
		return fmt.Errorf("stage %q out of order or repeated", id)
	}
	return nil
}

func (p *textReader) form(f *fields) {
	f.name('f', len(p.b.c.forms))
	f.literal("=")
	constant := f.int("")
	var terms []Term
	for len(f.words) > 0 && f.err == nil {
		f.literal("+")
		coef, source, _ := strings.Cut(f.word(), "*")
		t := Term{Coef: f.parseInt(coef), Table: Ones}
		if strings.HasPrefix(source, "f") {
			t.Ref = FormRef(f.parseID(source, 'f'))
		} else {
			bank, part, has := strings.Cut(source, "[")
			t.Ref = BankRef(f.parseID(bank, 'b'))
			if has {
				part, closed := strings.CutSuffix(part, "]")
				table, off, _ := strings.Cut(part, ":")
				t.Table, t.Off = Table(f.parseID(table, 't')), f.parseInt32(off)
				if !closed {
					f.fail("expected \"]\" after %q", part)
				}
			}
		}
		terms = append(terms, t)
	}
	if f.err == nil {
		p.b.Form(constant, terms)
	}
}

func (p *textReader) bank(kind string, f *fields) {
	f.name('b', len(p.b.c.banks))
	var add func(tag Tag)
	switch kind {
	case "input":
		levels := int(f.int("bits"))
		add = func(tag Tag) { p.b.Input(levels, tag) }
	case "level":
		form, table := f.id('f'), Table(f.id('t'))
		off, stride, gates := int(f.int("off")), int(f.int("stride")), f.int("gates")
		add = func(tag Tag) { p.b.Level(form, table, off, stride, gates, tag) }
	case "digit":
		form, high, table := f.id('f'), f.id('b'), Table(f.id('t'))
		off, count, width, past := int(f.int("off")), int(f.int("count")), int(f.int("width")), f.int("past")
		add = func(tag Tag) { p.b.Digit(form, high, table, off, count, width, past, tag) }
	case "and", "pairs":
		var lists []int
		for f.err == nil && len(f.words) > 0 && f.words[0] != "@" {
			lists = append(lists, f.id('l'))
		}
		add = func(tag Tag) {
			if kind == "and" {
				p.b.And(tag, lists...)
			} else if len(lists) == 1 {
				p.b.Pairs(tag, lists[0])
			} else {
				p.b.fail("pairs of %d lists", len(lists))
			}
		}
	default:
		f.fail("unknown word %q", kind)
		return
	}
	f.literal("@")
	tag := Tag{f.parseInt32(f.word()), f.parseInt32(f.word()), f.parseInt32(f.word())}
	if f.err == nil {
		add(tag)
	}
}

// fields reads the words of a line; its first error sticks.
type fields struct {
	words []string
	err   error
}

func (f *fields) fail(format string, args ...any) {
	if f.err == nil {
		f.err = fmt.Errorf(format, args...)
	}
	f.words = nil
}

func (f *fields) word() string {
	if len(f.words) == 0 {
		f.fail("the line is too short")
		return ""
	}
	w := f.words[0]
	f.words = f.words[1:]
	return w
}

func (f *fields) literal(want string) {
	if w := f.word(); w != want && f.err == nil {
		f.fail("expected %q, found %q", want, w)
	}
}

// name reads the letter and number that must come next.
func (f *fields) name(letter byte, want int) {
	f.literal(fmt.Sprintf("%c%d", letter, want))
}

func (f *fields) id(letter byte) int { return f.parseID(f.word(), letter) }

// int reads a decimal, after "key=" when a key is given.
func (f *fields) int(key string) int64 {
	w := f.word()
	if key != "" {
		text, ok := strings.CutPrefix(w, key+"=")
		if !ok {
			f.fail("expected %s=NUMBER, found %q", key, w)
			return 0
		}
		w = text
	}
	return f.parseInt(w)
}

func (f *fields) parseInt(s string) int64 {
	v, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		f.fail("%q is not an integer", s)
	}
	return v
}

// parseInt32 refuses what would be cut off.
func (f *fields) parseInt32(s string) int32 {
	v, err := strconv.ParseInt(s, 10, 32)
	if err != nil {
		f.fail("%q is not a 32-bit integer", s)
	}
	return int32(v)
}

func (f *fields) parseID(s string, letter byte) int {
	if len(s) > 1 && s[0] == letter {
		if v, err := strconv.ParseUint(s[1:], 10, 31); err == nil {
			return int(v)
		}
	}
	f.fail("expected %c and a number, found %q", letter, s)
	return 0
}
