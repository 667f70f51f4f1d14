package language

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
)

const textHeader = "tc0 automaton 1"

// WriteText writes the text form, states as numbers; [Read] reads it back.
func (d *DFA) WriteText(w io.Writer) error {
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, "%s\nalphabet", textHeader)
	for _, a := range d.alphabet {
		fmt.Fprintf(b, " %s", quote(a))
	}
	fmt.Fprintf(b, "\nstart %d\n", d.start)
	if d.Acceptor() {
		fmt.Fprint(b, "accept")
		for q, o := range d.output {
			if o == 1 {
				fmt.Fprintf(b, " %d", q)
			}
		}
		fmt.Fprintln(b)
	} else {
		for q, o := range d.output {
			fmt.Fprintf(b, "output %d %d\n", q, o)
		}
	}
	for q := range d.output {
		for a, name := range d.alphabet {
			fmt.Fprintf(b, "%d %s %d\n", q, quote(name), d.Next(q, a))
		}
	}
	return b.Flush()
}

func readText(content []byte) (*NFA, error) {
	l := newLines(content, true)
	l.next() // the header
	t := &textReader{builder: newBuilder(), lines: l, outputs: map[int]int{}}
	for l.next() {
		f, err := l.fields()
		if err == nil {
			err = t.line(f)
		}
		if err != nil {
			return nil, err
		}
	}
	return t.finish()
}

type textReader struct {
	*builder
	*lines
	outputs map[int]int
	accepts bool
}

func (t *textReader) line(f []field) error {
	keyword, names := f[0], f[1:]
	if keyword.quoted {
		return t.textEdge(f)
	}
	switch keyword.text {
	case "alphabet":
		if t.declared || len(t.alphabet) > 0 {
			return t.lines.fail("the alphabet comes once, before the edges")
		}
		if err := t.declare(texts(names)); err != nil {
			return t.lines.fail("%v", err)
		}
	case "start":
		for _, q := range names {
			t.start(q.text)
		}
	case "accept":
		t.accepts = true
		for _, q := range names {
			t.accepting(q.text)
		}
	case "output":
		return t.textOutput(names)
	default:
		return t.textEdge(f)
	}
	return nil
}

func texts(f []field) []string {
	list := make([]string, len(f))
	for i := range f {
		list[i] = f[i].text
	}
	return list
}

func (t *textReader) textOutput(f []field) error {
	if len(f) != 2 {
		return t.lines.fail("want: output STATE NUMBER")
	}
	o, err := strconv.Atoi(f[1].text)
	if err != nil {
		return t.lines.fail("output %q is not a whole number", f[1].text)
	}
	q := t.state(f[0].text)
	if _, again := t.outputs[q]; again {
		return t.lines.fail("a second output of state %s", f[0].text)
	}
	t.outputs[q] = o
	return nil
}

func (t *textReader) textEdge(f []field) error {
	if len(f) != 3 {
		return t.lines.fail("%d words: want an edge, STATE LETTER STATE, or alphabet, start, accept or output", len(f))
	}
	epsilon := !f[1].quoted && f[1].text == "ε"
	if err := t.edge(f[0].text, f[1].text, epsilon, f[2].text); err != nil {
		return t.lines.fail("%v", err)
	}
	return nil
}

func (t *textReader) finish() (*NFA, error) {
	if len(t.outputs) == 0 {
		return t.builder.finish()
	}
	if t.accepts {
		return nil, fmt.Errorf("both accept and output lines: want one kind")
	}
	n := &t.builder.n
	n.Output = make([]int, len(t.names))
	for q, name := range t.names {
		o, ok := t.outputs[q]
		if !ok {
			return nil, fmt.Errorf("state %q has no output, though others have", name)
		}
		n.Output[q] = o
	}
	return t.builder.finish()
}
