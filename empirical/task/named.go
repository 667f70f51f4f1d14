package task

import (
	"errors"
	"fmt"
	"math/bits"
	"slices"
	"strconv"
	"strings"

	"tc0/theory/algebra"
	"tc0/theory/language"
	"tc0/theory/words"
)

// named returns the machine of a name, as the package comment lists them.
func named(name string) (*machine, error) {
	base, variant, ok := strings.Cut(name, "+")
	m, err := namedBase(base)
	if err != nil || !ok {
		return m, err
	}
	depth, undo := strings.CutPrefix(variant, "undo")
	switch n, err := strconv.Atoi(depth); {
	case undo && err == nil && depth == strconv.Itoa(n) && n >= 1 && n <= maxUndo:
		return m.undo(n)
	case variant == "hidden" && m.elements != nil:
		return m.hidden(), nil
	case variant == "hidden":
		return nil, fmt.Errorf("+hidden: %s is no group: use a name such as A5:g4+hidden", base)
	}
	return nil, fmt.Errorf("+%s: expected +hidden or +undo1 to +undo%d", variant, maxUndo)
}

const maxUndo = 8

func namedBase(name string) (*machine, error) {
	if text, ok := strings.CutPrefix(name, "mod_"); ok {
		n, err := strconv.Atoi(text)
		if err != nil || text != strconv.Itoa(n) || n < 2 || n > MaxOrder {
			return nil, fmt.Errorf("modulus %q: expected 2 to %d", text, MaxOrder)
		}
		return counter(n)
	}
	for _, t := range language.Tasks() {
		if t.Name == name {
			return ofDFA(t.Machine, t.About), nil
		}
	}
	return group(name)
}

// counter counts the letters 1 modulo n.
func counter(n int) (*machine, error) {
	next, output := make([][]int, n), make([]int, n)
	for q := range n {
		next[q], output[q] = []int{q, (q + 1) % n}, q
	}
	d, err := language.NewDFA([]string{"0", "1"}, 0, next, output)
	if err != nil {
		return nil, err
	}
	return ofDFA(d, fmt.Sprintf("number of tokens 1, modulo %d", n)), nil
}

func group(name string) (*machine, error) {
	p, g, err := problem(name)
	if err != nil {
		return nil, tooLarge(err)
	}
	table, err := g.Table(MaxOrder)
	if err != nil {
		return nil, tooLarge(err)
	}
	about := "the label is the product of the tokens so far, as the number of an element; element 0 is the identity"
	if g.Convention != "" {
		about = g.Convention + "; " + about
	}
	return ofProblem(p, about, elements(g, table)), nil
}

// tooLarge says in terms of tasks that a group has too many elements.
func tooLarge(err error) error {
	if limit := (*algebra.LimitError)(nil); errors.As(err, &limit) {
		return fmt.Errorf("more than %d elements, the most for a table of all products", MaxOrder)
	}
	return err
}

// problem is that of words.Named, which does not know the sets of letters g4 and swaps.
func problem(name string) (*words.Problem, *algebra.NamedGroup, error) {
	base, set, _ := strings.Cut(name, ":")
	g, err := algebra.Named(base)
	if err != nil {
		return nil, nil, err
	}
	named := set != "g4" && set != "swaps"
	if named || g.Name == "S4" && set == "g4" { // which words.Named has

		p, err := words.Named(name, MaxOrder)
		return p, g, err
	}
	table, err := g.Table(MaxOrder)
	if err != nil {
		return nil, nil, err
	}
	letters := fourLetters
	if set == "swaps" {
		letters = swaps
	}
	chosen, err := letters(g.Name, table)
	if err != nil {
		return nil, nil, err
	}
	p, err := words.New(name, table, chosen...)
	return p, g, err
}

// swaps are the elements of Sn that exchange two points.
func swaps(name string, table *algebra.Table) ([]int, error) {
	if _, err := strconv.Atoi(name[1:]); err != nil || name[0] != 'S' || table.Order() < 2 {
		return nil, fmt.Errorf("%s:swaps: only Sn with n ≥ 2 has swaps: use a name such as S5:swaps", name)
	}
	var letters []int
	for i := range table.Order() {
		moved := 0
		for p, q := range table.Element(i) {
			if p != int(q) {
				moved++
			}
		}
		if moved == 2 {
			letters = append(letters, i)
		}
	}
	return letters, nil
}

// fourLetters is the rule of the package comment.
func fourLetters(name string, table *algebra.Table) ([]int, error) {
	n := table.Order()
	if n < 5 {
		return nil, fmt.Errorf("%s:g4: %s has %d elements; four letters beside the identity need at least 5", name, name, n)
	}
	var window []int
	x := uint64(4)
	for range tries {
		x += golden
		high, _ := bits.Mul64(mix(x), uint64(n))
		g := int(high)
		if g == 0 || slices.Contains(window, g) {
			continue
		}
		if window = append(window, g); len(window) > 4 {
			window = window[1:]
		}
		if len(window) == 4 && fills(table, window) {
			return window, nil
		}
	}
	return nil, fmt.Errorf("%s:g4: no four elements were found in %d tries whose products of one length are all of %s", name, tries, name)
}

const tries = 1000

// fills reports whether for some n every element is a product of exactly n of the letters.
// If the number of such products is the same for n and n+1, then A^(n+1) = A^n·a for any
// letter a, hence A^(n+2) = A^(n+1)·a, and the number never grows again.
func fills(table *algebra.Table, letters []int) bool {
	at := []int{0}
	for {
		seen := make([]bool, table.Order())
		var next []int
		for _, s := range at {
			for _, g := range letters {
				if p := table.Product(s, g); !seen[p] {
					seen[p] = true
					next = append(next, p)
				}
			}
		}
		if len(next) == len(at) {
			return len(at) == table.Order()
		}
		at = next
	}
}

// elements says what each element stands for: a number for Zn, for the rest the tuple of
// images, whose map is the inverse of the table's (see [algebra.NamedGroup.Table]).
func elements(g *algebra.NamedGroup, table *algebra.Table) [][]int {
	all := make([][]int, table.Order())
	_, err := strconv.Atoi(g.Name[1:])
	cyclic := g.Name[0] == 'Z' && err == nil
	for i := range all {
		if cyclic {
			all[i] = []int{i}
			continue
		}
		x := table.Element(i)
		all[i] = make([]int, len(x))
		for p, q := range x {
			all[i][q] = p
		}
	}
	return all
}
