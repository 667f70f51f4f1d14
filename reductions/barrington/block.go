package barrington

import (
	"fmt"
	"math/big"
	"slices"

	"tc0/theory/algebra"
)

// maxSpelled is the order up to which a maximal subgroup is enumerated to find words.
const maxSpelled = 1 << 19

// maxBlock bounds the length of the words of group elements.
const maxBlock = 1 << 10

// speller finds words of a given length for the elements of a group in a monoid. A step
// is a generator of the group or the idempotent, with its word over the monoid's
// generators.
type speller struct {
	group   *algebra.Monoid
	steps   []step
	reached []set // by length: the elements with a product of steps of that length
}

type step struct {
	generator int // or -1 for the idempotent
	inverse   int // the element
	word      []int
}

// set is a set of elements.
type set []uint64

func (s set) add(i int)      { s[i>>6] |= 1 << (i & 63) }
func (s set) has(i int) bool { return s[i>>6]>>(i&63)&1 == 1 }

func newSpeller(sub *algebra.Subgroup) (*speller, error) {
	if order := sub.Group.Order(); order.Cmp(big.NewInt(maxSpelled)) > 0 {
		return nil, fmt.Errorf("the group in the monoid has %s elements; words are found for groups of up to %d",
			order, maxSpelled)
	}
	if !sub.Worded {
		return nil, fmt.Errorf("the words for the group in the monoid have more than %d letters", algebra.MaxWord)
	}
	group, err := algebra.Enumerate(sub.Group.Generators(), maxSpelled)
	if err != nil {
		return nil, err
	}
	s := &speller{group: group}
	for i, x := range sub.Group.Generators() {
		inverse, _ := x.Inverse() // a permutation
		at, _ := group.Index(inverse)
		s.steps = append(s.steps, step{i, at, sub.Words[i]})
	}
	if len(sub.Word) > 0 {
		s.steps = append(s.steps, step{-1, 0, sub.Word})
	}
	s.reached = append(s.reached, make(set, (group.Order()+63)/64))
	s.reached[0].add(0)
	return s, nil
}

// blocks are words of one length, the least above 0, for elements of the group.
//
// Such words exist for the elements of a perfect subgroup P. Let d be the greatest
// common divisor of the lengths of words for the idempotent, and N an exponent of the
// group. If x and y are words for elements of P, then x y x^(N-1) y^(N-1) is one for
// their commutator, and d divides its length, since it divides those of x^N and y^N. So
// every product of commutators has a word whose length is a multiple of d, and from
// some length on words for the idempotent fill it up to every multiple.
func (s *speller) blocks(elements []algebra.Map) ([][]int, error) {
	var want []int
	for _, x := range elements {
		i, _ := s.group.Index(x)
		want = append(want, i)
	}
	for length := 1; length <= maxBlock; length++ {
		s.extend(length)
		if slices.ContainsFunc(want, func(i int) bool { return !s.reached[length].has(i) }) {
			continue
		}
		words := make([][]int, len(want))
		for k, i := range want {
			words[k] = s.spell(i, length)
		}
		return words, nil
	}
	return nil, fmt.Errorf("the elements of the group have no words of one length up to %d", maxBlock)
}

// extend finds the elements with words of the next length.
func (s *speller) extend(length int) {
	next := make(set, len(s.reached[0]))
	for _, t := range s.steps {
		if len(t.word) > length {
			continue
		}
		from := s.reached[length-len(t.word)]
		for i := range s.group.Order() {
			switch {
			case !from.has(i):
			case t.generator < 0:
				next.add(i)
			default:
				next.add(s.group.Right(i, t.generator))
			}
		}
	}
	s.reached = append(s.reached, next)
}

// spell goes back from an element that is reached: its last step is the first that
// leaves one that is.
func (s *speller) spell(i, length int) []int {
	word := make([]int, length)
	for length > 0 {
		for _, t := range s.steps {
			n := length - len(t.word)
			if n < 0 {
				continue
			}
			if before := s.group.Product(i, t.inverse); s.reached[n].has(before) {
				copy(word[n:], t.word)
				i, length = before, n
				break
			}
		}
	}
	return word
}
