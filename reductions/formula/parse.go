package formula

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Parse reads a formula:
//
//	formula = formula "<->" formula   equivalence: !(a ^ b), two levels
//	        | formula "->" formula    implication: !a | b, one level
//	        | formula "|" formula     one level
//	        | formula "^" formula     exclusive or: two levels
//	        | formula "&" formula     one level
//	        | "!" formula             no level
//	        | "(" formula ")" | "0" | "1" | name
//	name    = a letter or _ and then letters, digits, _ . [ ] $
//	        | a Go string in double quotes, for any other name
//
// Operators are listed from the loosest to the tightest; "->" associates to the right,
// the others to the left. Space between symbols means nothing.
//
// When all names are x and a number, the variables are x1, x2, … up to the largest
// number (or x0, x1, … when x0 occurs), used or not; otherwise they are the names in
// the order of their first occurrence.
//
// Nesting is bounded by memory alone. Errors give the column, counted in characters
// from 1, and the line where there are several.
func Parse(text string) (*Formula, error) {
	tokens, err := scan(text)
	if err != nil {
		return nil, err
	}
	names, err := order(tokens)
	if err != nil {
		return nil, err
	}
	b, err := NewBuilder(names)
	if err != nil {
		return nil, err
	}
	p := parser{text: text, b: b, variable: make(map[string]int, len(names))}
	for i, name := range names {
		p.variable[name] = i
	}
	return p.parse(tokens)
}

// token is a symbol or a name and where it begins.
type token struct {
	kind tokenKind
	name string
	at   int
}

type tokenKind uint8

const (
	endToken tokenKind = iota
	nameToken
	zeroToken
	oneToken
	openToken
	closeToken
	notToken
	andToken
	xorToken
	orToken
	implyToken
	equalToken
)

// symbols are tried in this order.
var symbols = []struct {
	text string
	kind tokenKind
}{
	{"<->", equalToken}, {"->", implyToken}, {"(", openToken}, {")", closeToken}, {"!", notToken},
	{"&", andToken}, {"^", xorToken}, {"|", orToken},
}

// binding is how tightly operators bind.
var binding = map[tokenKind]int{equalToken: 1, implyToken: 2, orToken: 3, xorToken: 4, andToken: 5, notToken: 6}

// hints are spellings of other notations.
var hints = map[byte]string{
	'~': "write ! for not", '\'': "write ! for not, before its operand", '*': "write & for and",
	'+': "write | for or, or ^ for exclusive or", '=': "write <-> for equivalence",
}

func scan(text string) ([]token, error) {
	var tokens []token
	for i := 0; i < len(text); {
		if strings.IndexByte(" \t\r\n", text[i]) >= 0 {
			i++
			continue
		}
		t, n, err := scanOne(text, i)
		if err != nil {
			return nil, err
		}
		tokens = append(tokens, t)
		i += n
	}
	return append(tokens, token{kind: endToken, at: len(text)}), nil
}

// scanOne reads the token at text[i:] and its length.
func scanOne(text string, i int) (token, int, error) {
	rest := text[i:]
	for _, s := range symbols {
		if strings.HasPrefix(rest, s.text) {
			return token{kind: s.kind, at: i}, len(s.text), nil
		}
	}
	if rest[0] == '"' {
		q, err := strconv.QuotedPrefix(rest)
		if err != nil {
			return token{}, 0, errorAt(text, i, "expected a name in double quotes, found %.20q", rest)
		}
		name, _ := strconv.Unquote(q) // a quoted prefix is valid
		return token{nameToken, name, i}, len(q), nil
	}
	n := 0
	for n < len(rest) && nameByte(rest[n]) {
		n++
	}
	switch word := rest[:n]; {
	case n == 0:
		r, _ := utf8.DecodeRuneInString(rest)
		if hint, ok := hints[rest[0]]; ok {
			return token{}, 0, errorAt(text, i, "unknown symbol %q: %s", r, hint)
		}
		return token{}, 0, errorAt(text, i, "unknown symbol %q; operators are ! & ^ | -> <->", r)
	case word == "0":
		return token{kind: zeroToken, at: i}, n, nil
	case word == "1":
		return token{kind: oneToken, at: i}, n, nil
	case !plainName(word):
		return token{}, 0, errorAt(text, i, "%.20q is not a name: names begin with a letter or _, constants are 0 and 1", word)
	default:
		return token{nameToken, word, i}, n, nil
	}
}

func nameByte(c byte) bool {
	return c == '_' || c == '.' || c == '[' || c == ']' || c == '$' ||
		'0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// plainName says whether a name needs no quotes.
func plainName(name string) bool {
	for i := range len(name) {
		if !nameByte(name[i]) {
			return false
		}
	}
	return name != "" && (name[0] == '_' || 'a' <= name[0] && name[0] <= 'z' || 'A' <= name[0] && name[0] <= 'Z')
}

// quoted is a name as it is written.
func quoted(name string) string {
	if plainName(name) {
		return name
	}
	return strconv.Quote(name)
}

// errorAt is an error at text[i:].
func errorAt(text string, i int, format string, args ...any) error {
	before := text[:i]
	line := ""
	if strings.ContainsRune(strings.TrimRight(text, "\n"), '\n') {
		line = fmt.Sprintf("line %d, ", 1+strings.Count(before, "\n"))
	}
	column := 1 + utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:])
	return fmt.Errorf("%scolumn %d: %s", line, column, fmt.Sprintf(format, args...))
}

// order lists the variables.
func order(tokens []token) ([]string, error) {
	var names []string
	seen := map[string]bool{}
	low, high := 1, 0
	for _, t := range tokens {
		if t.kind != nameToken || seen[t.name] {
			continue
		}
		seen[t.name] = true
		names = append(names, t.name)
		if n, ok := numbered(t.name); !ok {
			high = -1
		} else if high >= 0 {
			low, high = min(low, n), max(high, n)
		}
	}
	if high < 0 || len(names) == 0 {
		return names, nil
	}
	if high > MaxVariables {
		return nil, fmt.Errorf("variable x%d: numbers go up to %d", high, MaxVariables)
	}
	names = names[:0]
	for n := low; n <= high; n++ {
		names = append(names, "x"+strconv.Itoa(n))
	}
	return names, nil
}

// numbered is the number of a name like x12.
func numbered(name string) (int, bool) {
	digits, ok := strings.CutPrefix(name, "x")
	if !ok || digits == "" || len(digits) > 1 && digits[0] == '0' || strings.Trim(digits, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.Atoi(digits)
	if err != nil {
		n = math.MaxInt
	}
	return n, true
}

// parser is an operator-precedence parser: its stacks are slices.
type parser struct {
	text     string
	b        *Builder
	variable map[string]int
	values   []int
	pending  []token // operators and open parentheses
}

func (p *parser) parse(tokens []token) (*Formula, error) {
	operand := true // an operand is expected next
	for _, t := range tokens {
		var err error
		if operand {
			operand, err = p.operand(t)
		} else {
			operand, err = p.operator(t)
		}
		if err != nil {
			return nil, err
		}
	}
	return p.b.Formula(p.values[0]), nil
}

// operand takes the start of an operand and says whether one is still expected.
func (p *parser) operand(t token) (bool, error) {
	switch t.kind {
	case nameToken:
		p.values = append(p.values, p.b.Variable(p.variable[t.name]))
	case zeroToken, oneToken:
		p.values = append(p.values, p.b.Constant(t.kind == oneToken))
	case notToken, openToken:
		p.pending = append(p.pending, t)
		return true, nil
	default:
		return false, errorAt(p.text, t.at, "expected a name, 0, 1, ! or (, found %s", p.found(t))
	}
	return false, nil
}

// operator takes what may follow an operand.
func (p *parser) operator(t token) (bool, error) {
	switch t.kind {
	case equalToken, implyToken, orToken, xorToken, andToken:
		bound := binding[t.kind]
		if t.kind == implyToken { // right associative
			bound++
		}
		p.reduce(bound)
		p.pending = append(p.pending, t)
		return true, nil
	case closeToken, endToken:
		p.reduce(0)
		open := len(p.pending) > 0
		if t.kind == closeToken && !open {
			return false, errorAt(p.text, t.at, "this ) closes nothing")
		}
		if t.kind == endToken && open {
			return false, errorAt(p.text, p.pending[len(p.pending)-1].at, "this ( is never closed")
		}
		if open {
			p.pending = p.pending[:len(p.pending)-1]
		}
		return false, nil
	}
	return false, errorAt(p.text, t.at, "expected an operator or ), found %s", p.found(t))
}

func (p *parser) found(t token) string {
	if t.kind == endToken {
		return "the end"
	}
	_, n, _ := scanOne(p.text, t.at) // it was scanned before
	return fmt.Sprintf("%.20q", p.text[t.at:t.at+n])
}

// reduce applies pending operators, down to a parenthesis, that bind at least as
// tightly as bound.
func (p *parser) reduce(bound int) {
	for len(p.pending) > 0 {
		top := p.pending[len(p.pending)-1].kind
		if top == openToken || binding[top] < bound {
			return
		}
		p.pending = p.pending[:len(p.pending)-1]
		n := len(p.values) - 1
		if top == notToken {
			p.values[n] = p.b.Not(p.values[n])
			continue
		}
		p.values[n-1] = p.apply(top, p.values[n-1], p.values[n])
		p.values = p.values[:n]
	}
}

func (p *parser) apply(kind tokenKind, x, y int) int {
	switch kind {
	case andToken:
		return p.b.And(x, y)
	case orToken:
		return p.b.Or(x, y)
	case xorToken:
		return p.b.Xor(x, y)
	case implyToken:
		return p.b.Or(p.b.Not(x), y)
	default:
		return p.b.Not(p.b.Xor(x, y))
	}
}

// ParseAssignment reads an assignment to the named variables: a string of 0 and 1, one
// for each in order, or a list like "x1=1,x3=0" that names every one of them.
func ParseAssignment(text string, names []string) ([]bool, error) {
	if strings.Contains(text, "=") {
		return parseNamed(text, names)
	}
	if len(text) != len(names) {
		return nil, fmt.Errorf("assignment %.40q has %d bits for %d variables: %s", text, len(text), len(names), list(names))
	}
	x := make([]bool, len(names))
	for i := range len(text) {
		if text[i] != '0' && text[i] != '1' {
			return nil, fmt.Errorf("assignment %.40q: character %d is neither 0 nor 1", text, i+1)
		}
		x[i] = text[i] == '1'
	}
	return x, nil
}

func parseNamed(text string, names []string) ([]bool, error) {
	number := make(map[string]int, len(names))
	for v, name := range names {
		number[name] = v
	}
	x, given := make([]bool, len(names)), make([]bool, len(names))
	for _, part := range strings.Split(text, ",") {
		name, bit, _ := strings.Cut(strings.TrimSpace(part), "=")
		v, ok := number[name]
		if !ok {
			return nil, fmt.Errorf("assignment: there is no variable %.40q among %s", name, list(names))
		}
		if given[v] || bit != "0" && bit != "1" {
			return nil, fmt.Errorf("assignment: expected %s once, as %s=0 or %s=1, found %.40q", name, name, name, part)
		}
		x[v], given[v] = bit == "1", true
	}
	if v := slices.Index(given, false); v >= 0 {
		return nil, fmt.Errorf("assignment: variable %s is missing", quoted(names[v]))
	}
	return x, nil
}

// list shows the first names.
func list(names []string) string {
	const most = 20
	var shown []string
	for _, name := range names[:min(len(names), most)] {
		shown = append(shown, quoted(name))
	}
	if len(names) > most {
		shown = append(shown, "…")
	}
	return strings.Join(shown, " ")
}
