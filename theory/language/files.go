package language

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxFile bounds a file, and with it every table made while reading one.
const maxFile = 1 << 26

// Read reads an automaton in any of the formats that the package comment describes and
// recognises by their content. name is the file's name in errors, which are one line with
// the number of the line at fault; DOT files say which edge or state instead when the
// fault is not in the syntax.
func Read(r io.Reader, name string) (*NFA, error) {
	content, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if len(content) > maxFile {
		return nil, fmt.Errorf("%s: more than %d bytes", name, maxFile)
	}
	if !utf8.Valid(content) {
		return nil, fmt.Errorf("%s: not UTF-8 text", name)
	}
	read := recognise(content)
	if read == nil {
		return nil, fmt.Errorf("%s: no known format: want the line %q, FAdo (@DFA or @NFA), Grail ((START) |- q), "+
			"AT&T FST text, or a Graphviz digraph", name, textHeader)
	}
	n, err := read(content)
	if fault := (*lineError)(nil); errors.As(err, &fault) && fault.line > 0 {
		return nil, fmt.Errorf("%s:%d: %s", name, fault.line, fault.message)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return n, nil
}

func recognise(content []byte) func([]byte) (*NFA, error) {
	lines := newLines(content, true)
	if !lines.next() {
		return nil
	}
	first, _, _ := strings.Cut(strings.Fields(lines.text)[0], "{")
	switch {
	case lines.text == textHeader:
		return readText
	case strings.HasPrefix(first, "@"):
		return readFAdo
	case slices.Contains([]string{"digraph", "graph", "strict"}, strings.ToLower(first)),
		strings.HasPrefix(first, "//"), strings.HasPrefix(first, "/*"):
		return readDOT
	case strings.Contains(string(content), grailStart):
		return readGrail
	case isNumber(first):
		return readATT
	}
	return nil
}

func isNumber(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// A lineError is a fault in a line of a file, or, with line 0, in the whole.
type lineError struct {
	line    int
	message string
}

func (e *lineError) Error() string {
	if e.line == 0 {
		return e.message
	}
	return fmt.Sprintf("line %d: %s", e.line, e.message)
}

// lines runs over the lines of a file that hold more than white space and comments.
type lines struct {
	scanner  *bufio.Scanner
	comments bool // cut what follows a # that begins a word
	number   int
	text     string // without a comment and outer white space
}

func newLines(content []byte, comments bool) *lines {
	l := &lines{scanner: bufio.NewScanner(bytes.NewReader(content)), comments: comments}
	l.scanner.Buffer(nil, maxFile+1)
	return l
}

func (l *lines) next() bool {
	for l.scanner.Scan() {
		l.number++
		l.text = l.scanner.Text()
		if l.comments {
			l.text = cutComment(l.text)
		}
		if l.text = strings.TrimSpace(l.text); l.text != "" {
			return true
		}
	}
	return false
}

func (l *lines) fail(format string, args ...any) error {
	return &lineError{l.number, fmt.Sprintf(format, args...)}
}

// cutComment cuts a line at the first # that begins a word and is not quoted.
func cutComment(text string) string {
	quoted := false
	for i := 0; i < len(text); i++ {
		begins := i == 0 || text[i-1] == ' ' || text[i-1] == '\t'
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"' && (quoted || begins):
			quoted = !quoted
		case c == '#' && !quoted && begins:
			return text[:i]
		}
	}
	return text
}

// A field is a word of a line; a quoted one is never a keyword.
type field struct {
	text   string
	quoted bool
}

// fields splits a line at white space, with names quoted as in Go.
func (l *lines) fields() ([]field, error) {
	var list []field
	rest := l.text
	for {
		rest = strings.TrimLeftFunc(rest, unicode.IsSpace)
		if rest == "" {
			return list, nil
		}
		if rest[0] != '"' {
			end := strings.IndexFunc(rest, unicode.IsSpace)
			if end < 0 {
				end = len(rest)
			}
			list = append(list, field{rest[:end], false})
			rest = rest[end:]
			continue
		}
		prefix, err := strconv.QuotedPrefix(rest)
		if err != nil {
			return nil, l.fail("the quote before %s is never closed or holds a bad escape", abridge(rest[1:]))
		}
		text, err := strconv.Unquote(prefix)
		if err != nil || !utf8.ValidString(text) {
			return nil, l.fail("the quoted name %s is not text", abridge(prefix))
		}
		list = append(list, field{text, true})
		rest = rest[len(prefix):]
	}
}

func abridge(text string) string {
	if len(text) <= 40 {
		return strconv.Quote(text)
	}
	return strconv.Quote(strings.ToValidUTF8(text[:40], "")) + "…"
}

// quote writes a name so that fields reads it back; reserved names are quoted too.
func quote(name string, reserved ...string) string {
	odd := func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) || strings.ContainsRune(`#"\,`, r) }
	if name == "" || name == "ε" || strings.ContainsFunc(name, odd) || slices.Contains(reserved, name) {
		return strconv.Quote(name)
	}
	return name
}

// A builder collects an automaton whose states and letters are known by name.
type builder struct {
	n        NFA
	states   map[string]int
	names    []string
	letters  map[string]int
	alphabet []string
	declared bool // the alphabet was given, so its order counts and it is complete
	edges    map[Edge]bool
	accept   map[int]bool
}

func newBuilder() *builder {
	return &builder{
		states: map[string]int{}, letters: map[string]int{}, edges: map[Edge]bool{}, accept: map[int]bool{},
	}
}

func (b *builder) state(name string) int {
	q, ok := b.states[name]
	if !ok {
		q = len(b.names)
		b.states[name] = q
		b.names = append(b.names, name)
	}
	return q
}

func (b *builder) letter(name string) (int, error) {
	a, ok := b.letters[name]
	if !ok {
		if b.declared {
			return 0, fmt.Errorf("letter %q is not in the alphabet", name)
		}
		a = len(b.alphabet)
		b.letters[name] = a
		b.alphabet = append(b.alphabet, name)
	}
	return a, nil
}

// declare adds letters to the alphabet, which is then complete.
func (b *builder) declare(names []string) error {
	for _, name := range names {
		if _, ok := b.letters[name]; ok {
			return fmt.Errorf("letter %q occurs twice in the alphabet, or before it", name)
		}
		b.letters[name] = len(b.alphabet)
		b.alphabet = append(b.alphabet, name)
	}
	b.declared = true
	return nil
}

func (b *builder) start(name string) {
	if q := b.state(name); !slices.Contains(b.n.Start, q) {
		b.n.Start = append(b.n.Start, q)
	}
}

func (b *builder) accepting(name string) {
	if q := b.state(name); !b.accept[q] {
		b.accept[q] = true
		b.n.Accept = append(b.n.Accept, q)
	}
}

// edge adds an edge by a letter, or by nothing when epsilon is set.
func (b *builder) edge(from, letter string, epsilon bool, to string) error {
	e := Edge{From: b.state(from), Letter: Epsilon, To: b.state(to)}
	if !epsilon {
		a, err := b.letter(letter)
		if err != nil {
			return err
		}
		e.Letter = a
	}
	if !b.edges[e] {
		b.edges[e] = true
		b.n.Edges = append(b.n.Edges, e)
	}
	return nil
}

// finish sorts an alphabet that was not declared and checks the whole.
func (b *builder) finish() (*NFA, error) {
	b.n.States = len(b.names)
	b.n.Alphabet = b.alphabet
	if !b.declared {
		b.sortAlphabet()
	}
	if err := b.n.validate(); err != nil {
		return nil, err
	}
	return &b.n, nil
}

func (b *builder) sortAlphabet() {
	order := make([]int, len(b.alphabet))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int { return cmp.Compare(b.alphabet[i], b.alphabet[j]) })
	b.n.Alphabet = make([]string, len(order))
	number := make([]int, len(order))
	for to, from := range order {
		b.n.Alphabet[to] = b.alphabet[from]
		number[from] = to
	}
	for i, e := range b.n.Edges {
		if e.Letter != Epsilon {
			b.n.Edges[i].Letter = number[e.Letter]
		}
	}
}
