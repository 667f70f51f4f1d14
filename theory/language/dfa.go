package language

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A DFA is a complete deterministic automaton with an output per state. States and
// letters are numbered from 0. It never changes once made.
type DFA struct {
	alphabet []string
	start    int
	next     []int32 // next[q*len(alphabet)+a]
	output   []int
}

// NewDFA makes an automaton from its table: next[q][a] is the state after reading letter a
// in state q, and output[q] the output of q, which is 1 or 0 for an accepting or rejecting
// state of an acceptor. The letters are distinct, non-empty names.
func NewDFA(alphabet []string, start int, next [][]int, output []int) (*DFA, error) {
	if err := checkAlphabet(alphabet); err != nil {
		return nil, err
	}
	if len(next) == 0 || len(output) != len(next) {
		return nil, fmt.Errorf("automaton: %d states and %d outputs: want as many of each, and at least one",
			len(next), len(output))
	}
	if start < 0 || start >= len(next) {
		return nil, fmt.Errorf("automaton: start state %d of %d", start, len(next))
	}
	d := &DFA{alphabet: slices.Clone(alphabet), start: start, output: slices.Clone(output)}
	for q, row := range next {
		if len(row) != len(alphabet) {
			return nil, fmt.Errorf("automaton: state %d has %d next states for %d letters", q, len(row), len(alphabet))
		}
		for a, r := range row {
			if r < 0 || r >= len(next) {
				return nil, fmt.Errorf("automaton: state %d, letter %s: next state %d of %d", q, alphabet[a], r, len(next))
			}
			d.next = append(d.next, int32(r))
		}
	}
	return d, nil
}

// maxLetters bounds an alphabet; a class such as [\u0000-\U0010ffff] would exceed it.
const maxLetters = 4096

func checkAlphabet(alphabet []string) error {
	if len(alphabet) == 0 {
		return fmt.Errorf("alphabet: no letter: give at least one")
	}
	if len(alphabet) > maxLetters {
		return fmt.Errorf("alphabet: %d letters, more than %d", len(alphabet), maxLetters)
	}
	seen := make(map[string]bool, len(alphabet))
	for _, a := range alphabet {
		switch {
		case a == "":
			return fmt.Errorf("alphabet: a letter without a name")
		case !utf8.ValidString(a):
			return fmt.Errorf("alphabet: letter %q is not UTF-8", a)
		case seen[a]:
			return fmt.Errorf("alphabet: letter %q occurs twice", a)
		}
		seen[a] = true
	}
	return nil
}

// Alphabet returns the letters' names; letter a of a word is Alphabet()[a].
func (d *DFA) Alphabet() []string { return d.alphabet }

// Letters returns the number of letters.
func (d *DFA) Letters() int { return len(d.alphabet) }

// States returns the number of states.
func (d *DFA) States() int { return len(d.output) }

// Start returns the start state.
func (d *DFA) Start() int { return d.start }

// Next returns the state after letter a in state q.
func (d *DFA) Next(q, a int) int { return int(d.next[q*len(d.alphabet)+a]) }

// Output returns the output of state q.
func (d *DFA) Output(q int) int { return d.output[q] }

// Acceptor reports whether all outputs are 0 or 1, so that the DFA stands for a language.
func (d *DFA) Acceptor() bool {
	return !slices.ContainsFunc(d.output, func(o int) bool { return o != 0 && o != 1 })
}

// Run returns the state that the word leads to from state q.
func (d *DFA) Run(q int, word []int) int {
	for _, a := range word {
		q = d.Next(q, a)
	}
	return q
}

// Accepts reports whether the output after the word is not 0.
func (d *DFA) Accepts(word []int) bool { return d.output[d.Run(d.start, word)] != 0 }

// Format writes a word: letters of one character run together, longer names separated
// by spaces, the empty word as ε.
func (d *DFA) Format(word []int) string { return FormatWord(d.alphabet, word) }

// FormatWord writes a word over the alphabet as [DFA.Format] does.
func FormatWord(alphabet []string, word []int) string {
	if len(word) == 0 {
		return "ε"
	}
	separator := ""
	if !oneCharacter(alphabet) {
		separator = " "
	}
	var b strings.Builder
	for i, a := range word {
		if i > 0 {
			b.WriteString(separator)
		}
		b.WriteString(alphabet[a])
	}
	return b.String()
}

func oneCharacter(alphabet []string) bool {
	return !slices.ContainsFunc(alphabet, func(a string) bool { return utf8.RuneCountInString(a) != 1 })
}

// Parse reads a word: names separated by white space, or run together when every letter
// has one character; ε is the empty word.
func (d *DFA) Parse(text string) ([]int, error) {
	names := strings.Fields(text)
	if len(names) == 1 && names[0] == "ε" && !slices.Contains(d.alphabet, "ε") {
		return nil, nil
	}
	if oneCharacter(d.alphabet) {
		names = strings.Split(strings.Map(dropSpace, text), "")
	}
	word := make([]int, len(names))
	for i, name := range names {
		word[i] = slices.Index(d.alphabet, name)
		if word[i] < 0 {
			return nil, fmt.Errorf("word: letter %d is %q: the alphabet is %s", i+1, name, strings.Join(d.alphabet, " "))
		}
	}
	return word, nil
}

func dropSpace(r rune) rune {
	if unicode.IsSpace(r) {
		return -1
	}
	return r
}

// Complement returns the acceptor of the words that d rejects.
func (d *DFA) Complement() *DFA {
	c := *d
	c.output = make([]int, len(d.output))
	for q, o := range d.output {
		if o == 0 {
			c.output[q] = 1
		}
	}
	return &c
}
