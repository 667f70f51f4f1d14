package task

import (
	"fmt"
	"slices"

	"tc0/theory/language"
	"tc0/theory/words"
)

// A machine is a Moore machine that reads tokens.
type machine struct {
	about   string
	tokens  []string // names
	letters []int    // the tokens that words are made of, ascending
	start   int
	next    [][]int32 // next[state][token]
	label   []int32   // of each state; −1: none
	follow  [][]int   // follow[state]: the letters that a word may have next; nil: all
	classes int       // labels are below

	elements [][]int // for groups: what each state stands for
}

// MaxOrder is the largest order of a group, and MaxStates the largest number of states of a
// task.
const (
	MaxOrder  = 1024
	MaxStates = 1 << 14
)

// ofDFA is a machine of theory/language. Letters that lead where no label ever comes again
// are left out of words. States are renumbered as their labels where these differ.
func ofDFA(d *language.DFA, about string) *machine {
	m := &machine{about: about, tokens: d.Alphabet(), start: d.Start()}
	for a := range d.Letters() {
		m.letters = append(m.letters, a)
	}
	for q := range d.States() {
		row := make([]int32, d.Letters())
		for a := range row {
			row[a] = int32(d.Next(q, a))
		}
		m.next = append(m.next, row)
		m.label = append(m.label, int32(d.Output(q)))
		m.classes = max(m.classes, d.Output(q)+1)
	}
	m.avoidTraps()
	m.nameStatesByLabel()
	return m
}

func (m *machine) avoidTraps() {
	trap := make([]bool, len(m.next))
	for q, row := range m.next {
		trap[q] = m.label[q] < 0 && !slices.ContainsFunc(row, func(p int32) bool { return p != int32(q) })
	}
	if !slices.Contains(trap, true) {
		return
	}
	m.follow = make([][]int, len(m.next))
	for q, row := range m.next {
		for _, a := range m.letters {
			if trap[q] || !trap[row[a]] {
				m.follow[q] = append(m.follow[q], a)
			}
		}
	}
}

// nameStatesByLabel renumbers the states when each has a label of its own and the labels
// are 0 to the number of states −1.
func (m *machine) nameStatesByLabel() {
	state := make([]int, len(m.label)) // by label
	for q := range state {
		state[q] = -1
	}
	for q, l := range m.label {
		if l < 0 || int(l) >= len(state) || state[l] >= 0 {
			return
		}
		state[l] = q
	}
	next := make([][]int32, len(m.next))
	for l, q := range state {
		next[l] = make([]int32, len(m.next[q]))
		for a, p := range m.next[q] {
			next[l][a] = m.label[p]
		}
	}
	if m.follow != nil {
		follow := make([][]int, len(m.follow))
		for l, q := range state {
			follow[l] = m.follow[q]
		}
		m.follow = follow
	}
	m.start = int(m.label[m.start])
	m.next = next
	for l := range m.label {
		m.label[l] = int32(l)
	}
}

// ofProblem is the word problem of a monoid: states, tokens and labels are elements.
func ofProblem(p *words.Problem, about string, elements [][]int) *machine {
	n := p.Monoid().Order()
	m := &machine{about: about, letters: p.Letters(), classes: n, elements: elements}
	for s := range n {
		row := make([]int32, n)
		for g := range row {
			row[g] = int32(p.Monoid().Product(s, g))
		}
		m.next = append(m.next, row)
		m.label = append(m.label, int32(s))
		m.tokens = append(m.tokens, fmt.Sprint(s))
	}
	return m
}

// mayFollow are the letters that a word may have next in a state, at least one.
func (m *machine) mayFollow(q int) []int {
	if m.follow == nil {
		return m.letters
	}
	return m.follow[q]
}

// hidden adds to a word problem a token for an action that is not seen and tokens that
// reveal the state.
func (m *machine) hidden() *machine {
	k, n := len(m.letters), len(m.next)
	h := &machine{
		about: fmt.Sprintf("%s; token %d is an action not seen, token %d+g says that the state is g", m.about, k, k+1),
		start: m.start, classes: m.classes, label: append(slices.Clone(m.label), -1),
	}
	for _, g := range m.letters {
		h.tokens = append(h.tokens, m.tokens[g])
	}
	h.tokens = append(h.tokens, "?")
	for g := range n {
		h.tokens = append(h.tokens, "="+m.tokens[g])
	}
	for a := range h.tokens {
		h.letters = append(h.letters, a)
	}
	for q := range n + 1 {
		row := make([]int32, len(h.tokens))
		for a := range row {
			switch {
			case a > k:
				row[a] = int32(a - k - 1)
			case a < k && q < n:
				row[a] = m.next[q][m.letters[a]]
			default:
				row[a] = int32(n)
			}
		}
		h.next = append(h.next, row)
		follow := h.letters
		if q < n {
			follow = append(slices.Clone(h.letters[:k+1]), k+1+q)
		}
		h.follow = append(h.follow, follow)
	}
	return h
}

// undo adds a token that takes back the last letter, as long as the machine remembers it:
// a state is the base machine's state with up to depth states before it.
func (m *machine) undo(depth int) (*machine, error) {
	k := len(m.letters)
	u := &machine{
		about:   fmt.Sprintf("%s; token %d takes back the last token, up to %d in a row", m.about, k, depth),
		classes: m.classes,
	}
	for i, a := range m.letters {
		u.tokens, u.letters = append(u.tokens, m.tokens[a]), append(u.letters, i)
	}
	u.tokens, u.letters = append(u.tokens, "undo"), append(u.letters, k)

	number := map[string]int32{}
	var histories [][]int // the last is the state now
	visit := func(h []int) int32 {
		h = h[max(0, len(h)-depth-1):]
		key := fmt.Sprint(h)
		if _, ok := number[key]; !ok {
			number[key] = int32(len(histories))
			histories = append(histories, h)
		}
		return number[key]
	}
	visit([]int{m.start})
	for q := 0; q < len(histories); q++ {
		if len(histories) > MaxStates {
			return nil, fmt.Errorf("taking back %d tokens needs more than %d states: use a smaller number", depth, MaxStates)
		}
		h := histories[q]
		now := h[len(h)-1]
		row := make([]int32, 0, k+1)
		for _, a := range m.letters {
			row = append(row, visit(append(slices.Clone(h), int(m.next[now][a]))))
		}
		u.next = append(u.next, append(row, visit(h[:max(1, len(h)-1)])))
		u.label = append(u.label, m.label[now])
		if m.follow != nil {
			u.follow = append(u.follow, append(m.indices(m.follow[now]), k))
		}
	}
	return u, nil
}

// indices are the places of tokens in the list of letters.
func (m *machine) indices(tokens []int) []int {
	var at []int
	for _, a := range tokens {
		at = append(at, slices.Index(m.letters, a))
	}
	return at
}
