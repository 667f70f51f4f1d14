package words

import (
	"fmt"
	"iter"
	"math/big"
	"math/rand/v2"
	"slices"
)

// A Balance is a request for words inside and outside a language, of mixed lengths.
type Balance struct {
	MinLength, MaxLength int
	Count                uint64
	Seed                 uint64
}

// maxTable is how many counts the table of a balance may hold, and maxSums how many
// additions it may take.
const (
	maxTable = 1 << 24
	maxSums  = 1 << 27
)

// Balanced draws words with repetition. Each is inside the language with probability
// one half; its length is one of those in the range that have such a word, each as
// likely; and among the words of that kind and length each is as likely. The draws are
// exact: they count words in integers of any size. It is an error if the range has no
// word inside, or none outside, or if the counts would need too much.
func (l *Language) Balanced(b Balance) (iter.Seq[Row], error) {
	if b.MinLength < 0 || b.MaxLength > MaxLength || b.MinLength > b.MaxLength {
		return nil, fmt.Errorf("lengths %d to %d: expected a range within 0 to %d", b.MinLength, b.MaxLength, MaxLength)
	}
	counts, err := l.count(b.MaxLength)
	if err != nil {
		return nil, err
	}
	var lengths [2][]int // by label
	for length := b.MinLength; length <= b.MaxLength; length++ {
		for label := range lengths {
			if counts.words(label, length, 0).Sign() > 0 {
				lengths[label] = append(lengths[label], length)
			}
		}
	}
	for label, kind := range [...]string{"outside", "inside"} {
		if len(lengths[label]) == 0 {
			return nil, fmt.Errorf("no word of %s of length %d to %d is %s the language",
				l.problem.name, b.MinLength, b.MaxLength, kind)
		}
	}
	return func(yield func(Row) bool) {
		rng := rand.NewPCG(b.Seed, 0x62616c616e636564) // the second half of the state says "balanced"
		row := Row{Seed: b.Seed}
		for range b.Count {
			label := int(rng.Uint64() & 1)
			length := lengths[label][below(rng, uint64(len(lengths[label])))]
			row.Input = slices.Grow(row.Input[:0], length)[:length]
			row.Target = slices.Grow(row.Target[:0], length)[:length]
			counts.draw(rng, label, row)
			if !yield(row) {
				return
			}
		}
	}, nil
}

// counts holds, for each number of letters to come and each element s, how many words
// of that many letters lead from s to an accepted element.
type counts struct {
	problem *Problem
	inside  [][]*big.Int // [letters to come][element]
	power   []*big.Int   // [letters to come] all words
}

func (l *Language) count(length int) (*counts, error) {
	p := l.problem
	n, r := int64(p.monoid.Order()), int64(len(p.letters))
	if n*int64(length+1) > maxTable || n*r > maxSums/int64(length+1) {
		return nil, fmt.Errorf("counting the words of %s up to length %d takes %d·%d·%d additions: at most %d are done",
			p.name, length, n, r, length, maxSums)
	}
	c := &counts{problem: p}
	first := make([]*big.Int, n)
	for s := range first {
		first[s] = new(big.Int)
		if l.accepted[s] {
			first[s].SetInt64(1)
		}
	}
	c.inside, c.power = [][]*big.Int{first}, []*big.Int{big.NewInt(1)}
	for t := 1; t <= length; t++ {
		c.inside = append(c.inside, p.countStep(c.inside[t-1]))
		c.power = append(c.power, new(big.Int).Mul(c.power[t-1], big.NewInt(r)))
	}
	return c, nil
}

// countStep counts with one letter more to come.
func (p *Problem) countStep(before []*big.Int) []*big.Int {
	row := make([]*big.Int, len(before))
	for s := range row {
		row[s] = new(big.Int)
		for _, g := range p.letters {
			row[s].Add(row[s], before[p.monoid.Product(s, g)])
		}
	}
	return row
}

// words is how many words of a length lead from s to an accepted element (label 1)
// or to another (label 0).
func (c *counts) words(label, length, s int) *big.Int {
	if label == 1 {
		return c.inside[length][s]
	}
	return new(big.Int).Sub(c.power[length], c.inside[length][s])
}

// draw fills a row with a word of its length and the label, each as likely.
func (c *counts) draw(rng *rand.PCG, label int, row Row) {
	s := 0
	rank := belowBig(rng, c.words(label, len(row.Input), s))
	for t := range row.Input {
		rest := len(row.Input) - t - 1
		for _, g := range c.problem.letters {
			next := c.problem.monoid.Product(s, g)
			here := c.words(label, rest, next)
			if rank.Cmp(here) < 0 {
				row.Input[t], row.Target[t], s = g, next, next
				break
			}
			rank.Sub(rank, here)
		}
	}
}

// belowBig draws a number from 0 to n−1, each as likely: numbers of n's bits are
// drawn until one is below n.
func belowBig(rng *rand.PCG, n *big.Int) *big.Int {
	size := n.BitLen()
	x := new(big.Int)
	for {
		x.SetInt64(0)
		for drawn := 0; drawn < size; drawn += 64 {
			x.Lsh(x, 64)
			x.Or(x, new(big.Int).SetUint64(rng.Uint64()))
		}
		if x.Rsh(x, uint(-size&63)); x.Cmp(n) < 0 {
			return x
		}
	}
}
