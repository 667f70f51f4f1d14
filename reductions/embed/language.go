package embed

import (
	"fmt"
	"strconv"

	"tc0/reductions/morphism"
	"tc0/theory/algebra"
	"tc0/theory/language"
)

// Recogniser is the automaton of the words over m's elements whose product is one
// that accept wants: letter i is element i, named by its number, the state is the
// product so far, and the empty word's product is the identity. So a word problem,
// asked for a product or a set of products, is recognition of a regular language,
// and the reduction changes no letter.
func Recogniser(m Monoid, accept func(element int) bool) (*language.DFA, error) {
	order := m.Order()
	if err := checkSize(order, order); err != nil {
		return nil, err
	}
	letters, next, output := make([]string, order), make([][]int, order), make([]int, order)
	for i := range order {
		letters[i] = strconv.Itoa(i)
		if accept(i) {
			output[i] = 1
		}
		for g := range order {
			next[i] = append(next[i], m.Product(i, g))
		}
	}
	return language.NewDFA(letters, 0, next, output)
}

// Transitions sends the words of an automaton to words over the maps that its
// letters are on its states, letter by letter, and reads the automaton's output off
// the product. It is immutable.
type Transitions struct {
	dfa    *language.DFA
	monoid *algebra.Monoid
	blocks *morphism.Uniform
}

// NewTransitions enumerates the automaton's transition monoid. More than limit
// elements are an [*algebra.LimitError].
func NewTransitions(d *language.DFA, limit int) (*Transitions, error) {
	m, err := d.TransitionMonoid(limit)
	if err != nil {
		return nil, err
	}
	elements := make([][]string, d.Letters())
	for a, g := range m.Generators() {
		elements[a] = []string{strconv.Itoa(g)}
	}
	blocks, err := morphism.New(elements)
	if err != nil {
		return nil, err
	}
	return &Transitions{d, m, blocks}, nil
}

// Monoid is the transition monoid, whose word problem the words become.
func (t *Transitions) Monoid() *algebra.Monoid { return t.monoid }

// Blocks is the map of letters to elements, written as numbers: blocks of one
// symbol.
func (t *Transitions) Blocks() *morphism.Uniform { return t.blocks }

// Forward is the word of the elements that the letters are.
func (t *Transitions) Forward(word []int) ([]int, error) {
	elements := make([]int, len(word))
	for i, a := range word {
		if a < 0 || a >= t.dfa.Letters() {
			return nil, fmt.Errorf("letter %d of the word: letter %d, expected 0 to %d", i+1, a, t.dfa.Letters()-1)
		}
		elements[i] = t.monoid.Generators()[a]
	}
	return elements, nil
}

// Answer is the automaton's output after a word whose product is the element; for
// an acceptor, 1 if the word is in the language and 0 if not.
func (t *Transitions) Answer(element int) (output int, err error) {
	if element < 0 || element >= t.monoid.Order() {
		return 0, fmt.Errorf("element %d, expected 0 to %d", element, t.monoid.Order()-1)
	}
	state := t.monoid.Element(element)[t.dfa.Start()]
	return t.dfa.Output(int(state)), nil
}
