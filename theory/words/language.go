package words

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A Language is all words of a problem whose product is one of the accepted elements:
// the word problem as a question with two answers.
type Language struct {
	problem  *Problem
	accepted []bool   // by element
	live     []bool   // by element: a word leads from it to an accepted one
	symbols  []symbol // the letters in byte order of their numbers
	all      string   // the symbols with a space between two, if every letter can follow everywhere
}

// symbol is a letter and its text.
type symbol struct {
	element int
	text    string
}

// Language returns the language of the words whose product is one of the given
// elements, or the identity if none are given.
func (p *Problem) Language(accept ...int) (*Language, error) {
	if len(accept) == 0 {
		accept = []int{0}
	}
	n := p.monoid.Order()
	l := &Language{problem: p, accepted: make([]bool, n)}
	for _, x := range accept {
		if x < 0 || x >= n {
			return nil, fmt.Errorf("accepted element %d is not an element of %s: they are 0 to %d", x, p.name, n-1)
		}
		l.accepted[x] = true
	}
	l.live = p.leadingTo(l.accepted)
	for _, g := range p.letters {
		l.symbols = append(l.symbols, symbol{g, strconv.Itoa(g)})
	}
	slices.SortFunc(l.symbols, func(a, b symbol) int { return strings.Compare(a.text, b.text) })
	if !slices.Contains(l.live, false) {
		l.all = string(l.appendSymbols(nil, 0))
	}
	return l, nil
}

// leadingTo marks the elements from which some word of letters leads to a goal. It
// repeats single steps until nothing changes.
func (p *Problem) leadingTo(goal []bool) []bool {
	live := slices.Clone(goal)
	for changed := true; changed; {
		changed = false
		for s := range live {
			if !live[s] && p.anyStep(s, live) {
				live[s], changed = true, true
			}
		}
	}
	return live
}

func (p *Problem) anyStep(s int, goal []bool) bool {
	for _, g := range p.letters {
		if goal[p.monoid.Product(s, g)] {
			return true
		}
	}
	return false
}

// Problem is the word problem the language comes from.
func (l *Language) Problem() *Problem { return l.problem }

// Accepts says whether a word with these running products is in the language.
func (l *Language) Accepts(target []int) bool {
	return l.accepted[lastState(target)]
}

// lastState is the product of the word with these running products.
func lastState(target []int) int {
	if len(target) == 0 {
		return 0
	}
	return target[len(target)-1]
}

// appendSymbols writes the letters after which, from element s, the language can
// still be reached, in byte order with a space between two.
func (l *Language) appendSymbols(b []byte, s int) []byte {
	if l.all != "" {
		return append(b, l.all...)
	}
	first := true
	for _, letter := range l.symbols {
		if !l.live[l.problem.monoid.Product(s, letter.element)] {
			continue
		}
		if !first {
			b = append(b, ' ')
		}
		first = false
		b = append(b, letter.text...)
	}
	return b
}
