package language

import (
	"fmt"
	"slices"
)

// Epsilon is the letter of an edge that reads nothing.
const Epsilon = -1

// An NFA is a nondeterministic automaton with several start states and with edges that
// read nothing. Alphabet, states and edges may be edited freely before Determinize.
type NFA struct {
	Alphabet []string
	States   int
	Start    []int
	Accept   []int
	Edges    []Edge

	// Output, when not nil, gives each state's output in place of Accept. The automaton
	// is then deterministic and complete.
	Output []int
}

// An Edge leads from a state to a state by a letter or by Epsilon.
type Edge struct {
	From, Letter, To int
}

// Determinize returns an equivalent DFA by the subset construction. It fails when the DFA
// would have more than limit states.
func (n *NFA) Determinize(limit int) (*DFA, error) {
	if err := n.validate(); err != nil {
		return nil, err
	}
	if n.Output != nil {
		return n.machine()
	}
	s := newSubsets(n, limit)
	start := s.closure(n.Start)
	if _, err := s.add(start); err != nil {
		return nil, err
	}
	d := &DFA{alphabet: slices.Clone(n.Alphabet)}
	for i := 0; i < len(s.sets); i++ {
		d.output = append(d.output, s.output(i))
		for a := range n.Alphabet {
			r, err := s.add(s.step(i, a))
			if err != nil {
				return nil, err
			}
			d.next = append(d.next, int32(r))
		}
	}
	return d, nil
}

func (n *NFA) validate() error {
	if err := checkAlphabet(n.Alphabet); err != nil {
		return err
	}
	in := func(q int) bool { return q >= 0 && q < n.States }
	for _, q := range slices.Concat(n.Start, n.Accept) {
		if !in(q) {
			return fmt.Errorf("automaton: state %d of %d", q, n.States)
		}
	}
	for _, e := range n.Edges {
		if !in(e.From) || !in(e.To) || e.Letter < Epsilon || e.Letter >= len(n.Alphabet) {
			return fmt.Errorf("automaton: edge %+v with %d states and %d letters", e, n.States, len(n.Alphabet))
		}
	}
	if len(n.Start) == 0 {
		return fmt.Errorf("automaton: no start state")
	}
	if n.Output != nil && len(n.Output) != n.States {
		return fmt.Errorf("automaton: %d outputs for %d states", len(n.Output), n.States)
	}
	return nil
}

// machine reads the automaton as it stands, one state each.
func (n *NFA) machine() (*DFA, error) {
	if len(n.Start) != 1 {
		return nil, fmt.Errorf("automaton with outputs: %d start states, want one", len(n.Start))
	}
	if len(n.Edges) != n.States*len(n.Alphabet) {
		return nil, fmt.Errorf("automaton with outputs: %d edges, want one for each of %d states and %d letters",
			len(n.Edges), n.States, len(n.Alphabet))
	}
	next := make([][]int, n.States)
	for q := range next {
		next[q] = slices.Repeat([]int{-1}, len(n.Alphabet))
	}
	for _, e := range n.Edges {
		if e.Letter == Epsilon {
			return nil, fmt.Errorf("automaton with outputs: an edge that reads nothing, from state number %d", e.From)
		}
		if next[e.From][e.Letter] >= 0 {
			return nil, fmt.Errorf("automaton with outputs: two edges by letter %s from state number %d",
				n.Alphabet[e.Letter], e.From)
		}
		next[e.From][e.Letter] = e.To
	}
	return NewDFA(n.Alphabet, n.Start[0], next, n.Output)
}

// maxSubsetItems bounds the memory of a subset construction: the sum of the sizes.
const maxSubsetItems = 1 << 25

type subsets struct {
	n      *NFA
	limit  int
	edges  [][]Edge // by source state
	accept []bool
	number map[string]int
	sets   [][]int32
	items  int
	in     []bool // scratch: the states of the set being made
}

func newSubsets(n *NFA, limit int) *subsets {
	s := &subsets{
		n: n, limit: limit, edges: make([][]Edge, n.States), accept: make([]bool, n.States),
		number: map[string]int{}, in: make([]bool, n.States),
	}
	for _, e := range n.Edges {
		s.edges[e.From] = append(s.edges[e.From], e)
	}
	for _, q := range n.Accept {
		s.accept[q] = true
	}
	return s
}

func (s *subsets) output(i int) int {
	if slices.ContainsFunc(s.sets[i], func(q int32) bool { return s.accept[q] }) {
		return 1
	}
	return 0
}

// closure returns the sorted states that edges without letters lead to from these.
func (s *subsets) closure(from []int) []int32 {
	var set []int32
	add := func(q int) {
		if !s.in[q] {
			s.in[q] = true
			set = append(set, int32(q))
		}
	}
	for _, q := range from {
		add(q)
	}
	for i := 0; i < len(set); i++ {
		for _, e := range s.edges[set[i]] {
			if e.Letter == Epsilon {
				add(e.To)
			}
		}
	}
	for _, q := range set {
		s.in[q] = false
	}
	slices.Sort(set)
	return set
}

func (s *subsets) step(i, letter int) []int32 {
	var to []int
	for _, q := range s.sets[i] {
		for _, e := range s.edges[q] {
			if e.Letter == letter {
				to = append(to, e.To)
			}
		}
	}
	return s.closure(to)
}

func (s *subsets) add(set []int32) (int, error) {
	key := make([]byte, 0, 4*len(set))
	for _, q := range set {
		key = append(key, byte(q), byte(q>>8), byte(q>>16), byte(q>>24))
	}
	if i, ok := s.number[string(key)]; ok {
		return i, nil
	}
	if s.items += len(set); len(s.sets) == s.limit || s.items > maxSubsetItems {
		return 0, &StatesError{Limit: s.limit, What: "subset construction"}
	}
	s.number[string(key)] = len(s.sets)
	s.sets = append(s.sets, set)
	return len(s.sets) - 1, nil
}

// A StatesError says that a deterministic automaton would have grown past its limit.
type StatesError struct {
	Limit int
	What  string // the construction that stopped
}

func (e *StatesError) Error() string {
	return fmt.Sprintf("%s: more than %d states, or too much memory: the limit on states is reached", e.What, e.Limit)
}
