package language

import (
	"fmt"
	"slices"
)

// Minimize returns the minimal DFA with the same outputs on all words, by Hopcroft's
// algorithm (1971). Its states are numbered in the order in which shortlex-ascending words
// reach them, so equal languages over equal alphabets give equal automata.
func (d *DFA) Minimize() *DFA {
	reached := d.reachable()
	p := newPartition(d, reached)
	p.refine(d.reverse(reached))
	return d.quotient(p)
}

// reachable lists the states that words lead to, in breadth-first order.
func (d *DFA) reachable() []int32 {
	seen := make([]bool, d.States())
	seen[d.start] = true
	order := []int32{int32(d.start)}
	for i := 0; i < len(order); i++ {
		for a := range d.alphabet {
			if r := d.Next(int(order[i]), a); !seen[r] {
				seen[r] = true
				order = append(order, int32(r))
			}
		}
	}
	return order
}

// An incoming table lists the reachable states that letter a leads to state q:
// from[at[a*n+q]:at[a*n+q+1]].
type incoming struct {
	at, from []int32
}

func (d *DFA) reverse(reached []int32) incoming {
	n := d.States()
	in := incoming{at: make([]int32, len(d.alphabet)*n+1), from: make([]int32, len(d.alphabet)*len(reached))}
	for _, q := range reached {
		for a := range d.alphabet {
			in.at[a*n+d.Next(int(q), a)+1]++
		}
	}
	for i := 1; i < len(in.at); i++ {
		in.at[i] += in.at[i-1]
	}
	fill := slices.Clone(in.at)
	for _, q := range reached {
		for a := range d.alphabet {
			slot := &fill[a*n+d.Next(int(q), a)]
			in.from[*slot] = q
			*slot++
		}
	}
	return in
}

// A partition of the reachable states into blocks, each a range of items. The marked
// items of a block come first in its range.
type partition struct {
	items      []int32
	place      []int32 // place[q] is the index of q in items
	block      []int32 // block[q]
	start, end []int32 // of each block
	marked     []int32
	states     int
	letters    int
}

func newPartition(d *DFA, reached []int32) *partition {
	p := &partition{
		items: slices.Clone(reached), place: make([]int32, d.States()), block: make([]int32, d.States()),
		states: d.States(), letters: len(d.alphabet),
	}
	slices.SortStableFunc(p.items, func(q, r int32) int { return d.output[q] - d.output[r] })
	for i, q := range p.items {
		if i == 0 || d.output[q] != d.output[p.items[i-1]] {
			p.start, p.end, p.marked = append(p.start, int32(i)), append(p.end, int32(i)), append(p.marked, 0)
		}
		p.place[q] = int32(i)
		p.block[q] = int32(len(p.start) - 1)
		p.end[p.block[q]]++
	}
	return p
}

func (p *partition) refine(in incoming) {
	type splitter struct{ block, letter int32 }
	var work []splitter
	add := func(block int) {
		for a := range p.letters {
			work = append(work, splitter{int32(block), int32(a)})
		}
	}
	for b := range p.start {
		add(b)
	}
	var before, touched []int32
	for len(work) > 0 {
		s := work[len(work)-1]
		work = work[:len(work)-1]
		before = before[:0]
		for _, q := range p.items[p.start[s.block]:p.end[s.block]] {
			i := int(s.letter)*p.states + int(q)
			before = append(before, in.from[in.at[i]:in.at[i+1]]...)
		}
		touched = touched[:0]
		for _, q := range before {
			if b := p.block[q]; p.mark(q) == 1 {
				touched = append(touched, b)
			}
		}
		for _, b := range touched {
			if p.split(b) {
				add(len(p.start) - 1)
			}
		}
	}
}

// mark moves q among the marked items of its block and returns their number. Each
// state is marked at most once between two splits, having one next state per letter.
func (p *partition) mark(q int32) int32 {
	b := p.block[q]
	to := p.start[b] + p.marked[b]
	r, from := p.items[to], p.place[q]
	p.items[to], p.items[from] = q, r
	p.place[q], p.place[r] = to, from
	p.marked[b]++
	return p.marked[b]
}

// split makes the smaller of the marked and unmarked parts of b a new block.
func (p *partition) split(b int32) bool {
	middle := p.start[b] + p.marked[b]
	p.marked[b] = 0
	if middle == p.end[b] {
		return false
	}
	from, to := p.start[b], middle
	if to-from <= p.end[b]-middle {
		p.start[b] = middle
	} else {
		from, to = middle, p.end[b]
		p.end[b] = middle
	}
	for _, q := range p.items[from:to] {
		p.block[q] = int32(len(p.start))
	}
	p.start, p.end, p.marked = append(p.start, from), append(p.end, to), append(p.marked, 0)
	return true
}

func (d *DFA) quotient(p *partition) *DFA {
	number := make([]int32, len(p.start))
	for i := range number {
		number[i] = -1
	}
	order := []int32{p.block[d.start]}
	number[order[0]] = 0
	m := &DFA{alphabet: d.alphabet}
	for i := 0; i < len(order); i++ {
		q := int(p.items[p.start[order[i]]])
		m.output = append(m.output, d.output[q])
		for a := range d.alphabet {
			b := p.block[d.Next(q, a)]
			if number[b] < 0 {
				number[b] = int32(len(order))
				order = append(order, b)
			}
			m.next = append(m.next, number[b])
		}
	}
	return m
}

// AccessWord returns the first word in shortlex order that leads from the start state to
// q; ok is false when no word does.
func (d *DFA) AccessWord(q int) (word []int, ok bool) {
	letter := make([]int32, d.States())
	parent := make([]int32, d.States())
	for i := range parent {
		parent[i] = -1
	}
	order := []int32{int32(d.start)}
	for i := 0; i < len(order) && parent[q] < 0; i++ {
		for a := range d.alphabet {
			if r := d.Next(int(order[i]), a); r != d.start && parent[r] < 0 {
				parent[r], letter[r] = order[i], int32(a)
				order = append(order, int32(r))
			}
		}
	}
	if q != d.start && parent[q] < 0 {
		return nil, false
	}
	for ; q != d.start; q = int(parent[q]) {
		word = append(word, int(letter[q]))
	}
	slices.Reverse(word)
	return word, true
}

// Distinguish returns the first word in shortlex order that leads states p and q to
// different outputs. No word does (ok is false) exactly when they are equivalent in the
// sense of Myhill and Nerode.
func (d *DFA) Distinguish(p, q int) (word []int, ok bool) { return separate(d, p, d, q, nil) }

// Equivalent reports whether a and b give equal outputs on all words; if not, word is the
// first in shortlex order on which they differ. The alphabets must have the same letters;
// the order of a's letters counts.
func Equivalent(a, b *DFA) (word []int, equal bool, err error) {
	letters := make([]int, len(a.alphabet))
	for i, name := range a.alphabet {
		letters[i] = slices.Index(b.alphabet, name)
		if letters[i] < 0 || len(a.alphabet) != len(b.alphabet) {
			return nil, false, fmt.Errorf("equivalence: alphabets %v and %v differ", a.alphabet, b.alphabet)
		}
	}
	word, found := separate(a, a.start, b, b.start, letters)
	return word, !found, nil
}

// separate searches the pairs of states breadth-first. letters[i] is b's number for a's
// letter i; nil stands for equal numbers.
func separate(a *DFA, p int, b *DFA, q int, letters []int) ([]int, bool) {
	type node struct {
		p, q, parent int32
		letter       int32
	}
	nodes := []node{{int32(p), int32(q), -1, 0}}
	seen := map[[2]int32]bool{{int32(p), int32(q)}: true}
	for i := 0; i < len(nodes); i++ {
		n := nodes[i]
		if a.output[n.p] != b.output[n.q] {
			word := []int{}
			for ; n.parent >= 0; n = nodes[n.parent] {
				word = append(word, int(n.letter))
			}
			slices.Reverse(word)
			return word, true
		}
		for x := range a.alphabet {
			y := x
			if letters != nil {
				y = letters[x]
			}
			r := [2]int32{int32(a.Next(int(n.p), x)), int32(b.Next(int(n.q), y))}
			if !seen[r] {
				seen[r] = true
				nodes = append(nodes, node{r[0], r[1], int32(i), int32(x)})
			}
		}
	}
	return nil, false
}
