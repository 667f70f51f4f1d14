package equiv

import (
	"fmt"
	"math/bits"
	"slices"

	"tc0/circuits/arith"
	"tc0/circuits/lower"
	"tc0/circuits/threshold"
)

// product compares the conjunctions of a product with the bits of its factors.
func (l *locator) product(n arith.Node) *Node {
	fs := l.ac.Factors(n)
	codes, widths, least := make([]int64, len(fs)), make([]int, len(fs)), make([]int64, len(fs))
	for i, f := range fs {
		table := l.ac.ViewTable(f.View)
		least[i], widths[i] = lower.Spread(table)
		codes[i] = table[l.levels[f.Node]] - least[i]
	}
	for _, b := range l.banks[n] {
		d := l.tc.Bank(b)
		var want []int64
		if d.Kind == threshold.Pairs {
			want = pairs(codes[0], widths[0])
		} else if set, ok := factorSet(least, int(d.Tag.Part)); ok {
			want = conjunctions(codes, widths, set)
		}
		if d := l.gatewise(b, want); d != nil {
			return d
		}
	}
	return nil
}

// gatewise compares a bank gate by gate.
func (l *locator) gatewise(bank int, want []int64) *Node {
	got := l.v.Bank(bank)
	if len(got) != len(want) {
		return &Node{Quantity: fmt.Sprintf("gates of bank %d", bank), Expected: int64(len(want)), Got: int64(len(got))}
	}
	for k, g := range got {
		if int64(g&1) != want[k] {
			return &Node{
				Quantity: fmt.Sprintf("conjunction %d of bank %d", k, bank), Expected: want[k], Got: int64(g & 1),
				Cause: "a bit form that it reads differs",
			}
		}
	}
	return nil
}

// pairs are the conjunctions of bits i < j of one code.
func pairs(code int64, width int) []int64 {
	var out []int64
	for i := range width {
		for j := i + 1; j < width; j++ {
			out = append(out, code>>i&(code>>j)&1)
		}
	}
	return out
}

// conjunctions are those of one bit of each code of a set, the last code's bit
// running fastest.
func conjunctions(codes []int64, widths []int, set uint) []int64 {
	out := []int64{1}
	for i, c := range codes {
		if set>>i&1 == 0 {
			continue
		}
		next := make([]int64, 0, len(out)*widths[i])
		for _, v := range out {
			for b := range widths[i] {
				next = append(next, v&(c>>b&1))
			}
		}
		out = next
	}
	return out
}

// factorSet is the set of factors whose conjunctions a part of a product holds:
// sets of two or more, larger first, then by descending mask, without those whose
// other factors have a least value of 0.
func factorSet(least []int64, part int) (set uint, ok bool) {
	for size := len(least); size >= 2; size-- {
		for set := uint(1)<<len(least) - 1; set > 0; set-- {
			if bits.OnesCount(set) != size || vanishes(least, set) {
				continue
			}
			if part == 0 {
				return set, true
			}
			part--
		}
	}
	return 0, false
}

func vanishes(least []int64, set uint) bool {
	return slices.ContainsFunc(outside(least, set), func(lo int64) bool { return lo == 0 })
}

// outside are the least values of the factors that are not in a set.
func outside(least []int64, set uint) []int64 {
	var out []int64
	for i, lo := range least {
		if set>>i&1 == 0 {
			out = append(out, lo)
		}
	}
	return out
}
