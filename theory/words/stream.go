package words

import (
	"fmt"
	"iter"
	"math/big"
)

// All gives every word of a length in product order, as itertools.product does: the
// words in lexicographic order of their letters. The seed is only noted in the rows.
func (p *Problem) All(length int, seed uint64) (iter.Seq[Row], error) {
	if err := checkLength(length); err != nil {
		return nil, err
	}
	return func(yield func(Row) bool) {
		row := Row{seed, make([]int, length), make([]int, length)}
		at := make([]int, length) // row.Input[t] is letter number at[t]
		for from := 0; from >= 0; from = p.step(at) {
			p.fill(row, at, from)
			if !yield(row) {
				return
			}
		}
	}, nil
}

// step moves to the next word and returns the first position that changed, or −1
// after the last word.
func (p *Problem) step(at []int) int {
	for t := len(at) - 1; t >= 0; t-- {
		if at[t]++; at[t] < len(p.letters) {
			return t
		}
		at[t] = 0
	}
	return -1
}

// fill computes the letters and running products of a row from a position on.
func (p *Problem) fill(row Row, at []int, from int) {
	s := 0
	if from > 0 {
		s = row.Target[from-1]
	}
	for t := from; t < len(at); t++ {
		g := p.letters[at[t]]
		s = p.monoid.Product(s, g)
		row.Input[t], row.Target[t] = g, s
	}
}

// A Sample is a request for distinct random words: rows First to First+Count−1 of
// the order that the seed gives to all words of the length.
type Sample struct {
	Length int
	First  uint64
	Count  uint64
	Seed   uint64
}

// Random gives the words of a sample. They are distinct, and also distinct from those
// of any sample of the same problem, length and seed whose range does not overlap.
// It is an error to ask for more words than there are.
func (p *Problem) Random(s Sample) (iter.Seq[Row], error) {
	if err := checkLength(s.Length); err != nil {
		return nil, err
	}
	space := p.Count(s.Length)
	end := new(big.Int).Add(new(big.Int).SetUint64(s.First), new(big.Int).SetUint64(s.Count))
	if end.Cmp(space) > 0 || !end.IsUint64() {
		return nil, fmt.Errorf("words %d to %v of %s: there are %s of length %d",
			s.First, end, p.name, p.countText(space, s.Length), s.Length)
	}
	order := newOrder(uint64(len(p.letters)), s.Length, space, s.Seed)
	return func(yield func(Row) bool) {
		row := Row{s.Seed, make([]int, s.Length), make([]int, s.Length)}
		at := make([]int, s.Length)
		for i := range s.Count {
			order.word(s.First+i, at)
			p.fill(row, at, 0)
			if !yield(row) {
				return
			}
		}
	}, nil
}

// countText is how many words there are, as a power if it is long.
func (p *Problem) countText(space *big.Int, length int) string {
	if space.IsUint64() {
		return space.String()
	}
	return fmt.Sprintf("%d^%d, numbered up to 2^64−1,", len(p.letters), length)
}
