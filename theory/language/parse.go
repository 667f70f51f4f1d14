package language

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of an expression. They bound the depth of recursion and keep counts small enough
// that sums of them do not overflow.
const (
	maxExpression = 1 << 16 // bytes
	maxNesting    = 1000    // open brackets and complements
	maxCount      = 1 << 20 // in {m,n}
)

// unbounded is the upper count of r* and r{m,}.
const unbounded = -1

// A syntaxError names the place in the expression, counting characters from 1.
type syntaxError struct {
	position int
	message  string
}

func (e *syntaxError) Error() string {
	return fmt.Sprintf("regular expression, character %d: %s", e.position, e.message)
}

type operator int

const (
	opLetters    operator = iota // one letter of a class
	opEmptyWord                  // ε
	opUnion                      // any of kids
	opIntersect                  // all of kids
	opConcat                     // kids in turn
	opComplement                 // not kids[0]
	opRepeat                     // kids[0], from min to max times
)

// A syntax is a node of a parsed expression.
type syntax struct {
	op       operator
	kids     []*syntax
	min, max int

	// Of opLetters: these letters, or, if negated, all others.
	letters  []string
	negated  bool
	position int
}

type parser struct {
	text    []rune
	at      int
	nesting int
	letters []string // all that were read, in order of occurrence
	known   map[string]bool
}

// parse returns the expression's tree and the letters in it.
func parse(text string) (tree *syntax, letters []string, err error) {
	if len(text) > maxExpression {
		return nil, nil, fmt.Errorf("regular expression: %d bytes, more than %d", len(text), maxExpression)
	}
	if !utf8.ValidString(text) {
		return nil, nil, fmt.Errorf("regular expression: not UTF-8")
	}
	p := &parser{text: []rune(text), known: map[string]bool{}}
	tree, err = p.union()
	if err == nil && p.at < len(p.text) {
		err = p.fail(p.at, "%q closes nothing", p.text[p.at])
	}
	if err != nil {
		return nil, nil, err
	}
	return tree, p.letters, nil
}

func (p *parser) fail(at int, format string, args ...any) error {
	return &syntaxError{position: at + 1, message: fmt.Sprintf(format, args...)}
}

func (p *parser) missing() error {
	return p.fail(p.at, "an expression is missing here; the empty word is ()")
}

// peek skips white space and returns the next character, or 0 at the end.
func (p *parser) peek() rune {
	for p.at < len(p.text) && unicode.IsSpace(p.text[p.at]) {
		p.at++
	}
	return p.raw()
}

// raw returns the next character, or 0 at the end.
func (p *parser) raw() rune {
	if p.at == len(p.text) {
		return 0
	}
	return p.text[p.at]
}

func (p *parser) union() (*syntax, error) {
	return p.list(opUnion, '|', func() (*syntax, error) {
		return p.list(opIntersect, '&', p.concat)
	})
}

func (p *parser) list(op operator, separator rune, item func() (*syntax, error)) (*syntax, error) {
	first, err := item()
	kids := []*syntax{first}
	for err == nil && p.peek() == separator {
		p.at++
		var next *syntax
		next, err = item()
		kids = append(kids, next)
	}
	if err != nil || len(kids) == 1 {
		return first, err
	}
	return &syntax{op: op, kids: kids}, nil
}

func (p *parser) concat() (*syntax, error) {
	var kids []*syntax
	for {
		if c := p.peek(); p.at == len(p.text) || c == ')' || c == '|' || c == '&' {
			break
		}
		kid, err := p.complement()
		if err != nil {
			return nil, err
		}
		kids = append(kids, kid)
	}
	switch len(kids) {
	case 0:
		return nil, p.missing()
	case 1:
		return kids[0], nil
	}
	return &syntax{op: opConcat, kids: kids}, nil
}

func (p *parser) complement() (*syntax, error) {
	if p.peek() != '~' {
		return p.postfix()
	}
	if err := p.enter(); err != nil {
		return nil, err
	}
	p.at++
	kid, err := p.complement()
	p.nesting--
	return &syntax{op: opComplement, kids: []*syntax{kid}}, err
}

func (p *parser) enter() error {
	if p.nesting++; p.nesting > maxNesting {
		return p.fail(p.at, "nested deeper than %d", maxNesting)
	}
	return nil
}

func (p *parser) postfix() (*syntax, error) {
	tree, err := p.atom()
	for err == nil {
		repeat := &syntax{op: opRepeat, kids: []*syntax{tree}}
		switch p.peek() {
		case '*':
			repeat.min, repeat.max = 0, unbounded
		case '+':
			repeat.min, repeat.max = 1, unbounded
		case '?':
			repeat.min, repeat.max = 0, 1
		case '{':
			if repeat.min, repeat.max, err = p.counts(); err != nil {
				return nil, err
			}
		default:
			return tree, nil
		}
		p.at++
		tree = repeat
	}
	return nil, err
}

// counts reads {m}, {m,} or {m,n} up to the closing brace.
func (p *parser) counts() (low, high int, err error) {
	open := p.at
	p.at++
	if low, err = p.count(open); err != nil {
		return 0, 0, err
	}
	high = low
	if p.peek() == ',' {
		p.at++
		if high = unbounded; p.peek() != '}' {
			if high, err = p.count(open); err != nil {
				return 0, 0, err
			}
		}
	}
	if p.peek() != '}' {
		return 0, 0, p.fail(open, "the count is not of the form {m}, {m,} or {m,n}")
	}
	if high != unbounded && high < low {
		return 0, 0, p.fail(open, "the count {%d,%d} is empty: want the smaller number first", low, high)
	}
	return low, high, nil
}

func (p *parser) count(open int) (int, error) {
	if c := p.peek(); c < '0' || c > '9' {
		return 0, p.fail(open, "the count is not of the form {m}, {m,} or {m,n}")
	}
	n := 0
	for ; p.raw() >= '0' && p.raw() <= '9'; p.at++ {
		if n = 10*n + int(p.raw()-'0'); n > maxCount {
			return 0, p.fail(open, "the count is larger than %d", maxCount)
		}
	}
	return n, nil
}

func (p *parser) atom() (*syntax, error) {
	c, start := p.peek(), p.at
	switch c {
	case '(':
		return p.group()
	case '[':
		return p.class()
	case '.':
		p.at++
		return &syntax{op: opLetters, negated: true, position: start}, nil
	case 'ε':
		p.at++
		return &syntax{op: opEmptyWord}, nil
	case '∅':
		p.at++
		return &syntax{op: opLetters, position: start}, nil
	case '*', '+', '?', '{':
		return nil, p.fail(start, "%q repeats nothing: write a letter or an expression before it", c)
	case ']', '}':
		return nil, p.fail(start, "%q closes nothing", c)
	}
	if p.at == len(p.text) || strings.ContainsRune(")|&", c) {
		return nil, p.missing()
	}
	letter, err := p.letter()
	if err != nil {
		return nil, err
	}
	p.use(letter)
	return &syntax{op: opLetters, letters: []string{letter}, position: start}, nil
}

func (p *parser) group() (*syntax, error) {
	open := p.at
	if err := p.enter(); err != nil {
		return nil, err
	}
	p.at++
	if p.peek() == ')' {
		p.at++
		p.nesting--
		return &syntax{op: opEmptyWord}, nil
	}
	if p.at == len(p.text) {
		return nil, p.fail(open, "%q is never closed", '(')
	}
	tree, err := p.union()
	if err != nil {
		return nil, err
	}
	if p.peek() != ')' {
		return nil, p.fail(open, "%q is never closed", '(')
	}
	p.at++
	p.nesting--
	return tree, nil
}

// class reads [abc], [^a-z] and []. Inside, white space and most characters stand for
// themselves; ] \ and " have their meaning, and - makes a range between two characters.
func (p *parser) class() (*syntax, error) {
	open := p.at
	tree := &syntax{op: opLetters, position: open}
	p.at++
	if p.raw() == '^' {
		tree.negated = true
		p.at++
	}
	for p.raw() != ']' {
		if p.at == len(p.text) {
			return nil, p.fail(open, "%q is never closed", '[')
		}
		letters, err := p.span()
		if err != nil {
			return nil, err
		}
		tree.letters = append(tree.letters, letters...)
	}
	p.at++
	if tree.negated && len(tree.letters) == 0 {
		return nil, p.fail(open, "[^] is not an expression: any letter is .")
	}
	return tree, nil
}

// span reads one letter or one range of a class.
func (p *parser) span() ([]string, error) {
	start := p.at
	low, err := p.letter()
	if err != nil {
		return nil, err
	}
	if p.raw() != '-' || p.at+1 == len(p.text) || p.text[p.at+1] == ']' {
		p.use(low)
		return []string{low}, nil
	}
	p.at++
	high, err := p.letter()
	if err != nil {
		return nil, err
	}
	l, h := []rune(low), []rune(high)
	if len(l) != 1 || len(h) != 1 || l[0] > h[0] {
		return nil, p.fail(start, "%s-%s is not an ascending range of characters", low, high)
	}
	if int(h[0]-l[0]) >= maxLetters {
		return nil, p.fail(start, "the range %s-%s has more than %d letters", low, high, maxLetters)
	}
	var letters []string
	for r := l[0]; r <= h[0]; r++ {
		if utf8.ValidRune(r) {
			letters = append(letters, string(r))
			p.use(string(r))
		}
	}
	return letters, nil
}

// letter reads one letter: a character, an escape, or a quoted name.
func (p *parser) letter() (string, error) {
	start, c := p.at, p.raw()
	p.at++
	switch c {
	case '"':
		return p.quoted(start)
	case '\\':
		return p.escape(start)
	}
	return string(c), nil
}

func (p *parser) quoted(open int) (string, error) {
	var b strings.Builder
	for ; p.at < len(p.text) && p.text[p.at] != '"'; p.at++ {
		if p.text[p.at] == '\\' {
			if p.at++; p.at == len(p.text) {
				break
			}
		}
		b.WriteRune(p.text[p.at])
	}
	if p.at == len(p.text) {
		return "", p.fail(open, "the quote is never closed")
	}
	p.at++
	if b.Len() == 0 {
		return "", p.fail(open, `"" is not a letter: the empty word is ()`)
	}
	return b.String(), nil
}

func (p *parser) escape(start int) (string, error) {
	if p.at == len(p.text) {
		return "", p.fail(start, "a character is missing after the backslash")
	}
	c := p.text[p.at]
	p.at++
	switch {
	case c == 'n':
		return "\n", nil
	case c == 't':
		return "\t", nil
	case unicode.IsLetter(c) && c != 'ε' || unicode.IsDigit(c):
		return "", p.fail(start, `\%c is not an escape; a letter or digit stands for itself`, c)
	}
	return string(c), nil
}

func (p *parser) use(letter string) {
	if !p.known[letter] {
		p.known[letter] = true
		p.letters = append(p.letters, letter)
	}
}

// outside returns the position and name of a letter in the tree that the alphabet lacks.
func (s *syntax) outside(alphabet []string) (position int, letter string, found bool) {
	for _, a := range s.letters {
		if !slices.Contains(alphabet, a) {
			return s.position, a, true
		}
	}
	for _, kid := range s.kids {
		if position, letter, found = kid.outside(alphabet); found {
			return position, letter, true
		}
	}
	return 0, "", false
}
