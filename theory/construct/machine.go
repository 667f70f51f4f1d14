package construct

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"
)

// Machine is an automaton, prepared for construction.
type Machine struct {
	trans   [][]int // states x letters
	start   int
	letters int
	factors []factor
}

// factor is a quotient of the automaton. The states that can be reached are told apart
// by all factors together.
type factor struct {
	blocks int
	start  int
	next   [][]int // blocks x letters
	block  []int   // of a state of the automaton; -1 if it cannot be reached
}

// New prepares an automaton: trans[state][letter] is the next state, and start the
// state before the first letter, as in ssm.Task. It reports an error for an empty or
// ragged table and for states out of range.
func New(trans [][]int, start int) (*Machine, error) {
	if len(trans) == 0 || len(trans[0]) == 0 {
		return nil, fmt.Errorf("the automaton has no states or no letters, expected at least one of each")
	}
	if start < 0 || start >= len(trans) {
		return nil, fmt.Errorf("the start state is %d, expected 0..%d", start, len(trans)-1)
	}
	for state, row := range trans {
		if len(row) != len(trans[0]) {
			return nil, fmt.Errorf("state %d has %d transitions, expected %d (one for each letter, as state 0)", state, len(row), len(trans[0]))
		}
		for letter, next := range row {
			if next < 0 || next >= len(trans) {
				return nil, fmt.Errorf("state %d goes to %d under letter %d, expected 0..%d", state, next, letter, len(trans)-1)
			}
		}
	}
	m := &Machine{trans: trans, start: start, letters: len(trans[0])}
	m.factors = m.decompose()
	return m, nil
}

// Factors are the numbers of states of the quotients that stand side by side; a single
// number is that of the states that can be reached.
func (m *Machine) Factors() []int {
	var sizes []int
	for _, f := range m.factors {
		sizes = append(sizes, f.blocks)
	}
	return sizes
}

// classes is the number of logits: states are labels and letters are tokens of one
// vocabulary.
func (m *Machine) classes() int { return max(len(m.trans), m.letters) }

// reachable lists the states in the order in which a breadth-first search meets them,
// and the place of each state in the list.
func (m *Machine) reachable() (list, place []int) {
	list, place = []int{m.start}, make([]int, len(m.trans))
	for state := range place {
		place[state] = -1
	}
	place[m.start] = 0
	for at := 0; at < len(list); at++ {
		for _, next := range m.trans[list[at]] {
			if place[next] < 0 {
				place[next] = len(list)
				list = append(list, next)
			}
		}
	}
	return list, place
}

// The limits of the search for quotients. A machine that is over them is kept whole, or
// split by fewer candidates: the weights are right in any case, they are only more.
const (
	maxSteps      = 1 << 27
	maxPartitions = 512
)

// decompose returns quotients that together tell all reachable states apart: the
// smallest ones first as long as each one helps, then without those that the others
// make superfluous. When that is no smaller, the automaton itself is the only one.
func (m *Machine) decompose() []factor {
	list, place := m.reachable()
	r := reached{next: make([][]int, len(list)), letters: m.letters}
	for i, state := range list {
		for _, next := range m.trans[state] {
			r.next[i] = append(r.next[i], place[next])
		}
	}
	chosen := prune(pick(r.congruences(), len(list)), len(list))
	total := 0
	for _, p := range chosen {
		total += p.blocks()
	}
	if len(chosen) == 0 || total >= len(list) {
		chosen = []partition{discrete(len(list))}
	}
	factors := make([]factor, len(chosen))
	for i, p := range chosen {
		factors[i] = m.quotient(p, r, place)
	}
	return factors
}

// quotient is the automaton on the blocks of a congruence.
func (m *Machine) quotient(p partition, r reached, place []int) factor {
	f := factor{blocks: p.blocks(), start: p[0], block: make([]int, len(place))}
	f.next = make([][]int, f.blocks)
	for i, block := range p {
		f.next[block] = make([]int, m.letters)
		for letter, next := range r.next[i] {
			f.next[block][letter] = p[next]
		}
	}
	for state, at := range place {
		f.block[state] = -1
		if at >= 0 {
			f.block[state] = p[at]
		}
	}
	return f
}

// pick takes partitions, the coarsest first, as long as each one splits what those
// before leave together. It returns none if they cannot tell all states apart.
func pick(candidates []partition, n int) []partition {
	var chosen []partition
	meet := make(partition, n)
	for _, p := range candidates {
		if finer := meet.meet(p); finer.blocks() > meet.blocks() {
			chosen, meet = append(chosen, p), finer
		}
	}
	if meet.blocks() < n {
		return nil
	}
	return chosen
}

// prune drops partitions, the finest first, that the others make superfluous.
func prune(chosen []partition, n int) []partition {
	for i := len(chosen) - 1; i >= 0; i-- {
		others := slices.Concat(chosen[:i], chosen[i+1:])
		meet := make(partition, n)
		for _, p := range others {
			meet = meet.meet(p)
		}
		if meet.blocks() == n {
			chosen = others
		}
	}
	return chosen
}

// partition gives each state the number of its block; blocks are numbered in the order
// of their first states.
type partition []int

func discrete(n int) partition {
	p := make(partition, n)
	for i := range p {
		p[i] = i
	}
	return p
}

// key is the same for equal partitions and for no others.
func (p partition) key() string {
	var key []byte
	for _, block := range p {
		key = binary.AppendUvarint(key, uint64(block))
	}
	return string(key)
}

func (p partition) blocks() int { return slices.Max(p) + 1 }

// meet is the partition whose blocks are the common parts of the blocks of both.
func (p partition) meet(q partition) partition {
	numbers := map[[2]int]int{}
	out := make(partition, len(p))
	for i := range p {
		pair := [2]int{p[i], q[i]}
		if _, ok := numbers[pair]; !ok {
			numbers[pair] = len(numbers)
		}
		out[i] = numbers[pair]
	}
	return out
}

// reached is the automaton on the states that can be reached, from state 0.
type reached struct {
	next    [][]int
	letters int
}

// congruences lists partitions that the letters respect, coarsest first, without that
// of one block: those generated by two states, a maximal one above each of these, and
// joins of two, up to maxPartitions. It returns none if that would take more than
// maxSteps.
func (r reached) congruences() []partition {
	n, pairs := len(r.next), r.pairs()
	if len(pairs) > maxSteps/n/r.letters {
		return nil
	}
	c := collection{seen: map[string]bool{}}
	for _, pair := range pairs {
		c.add(r.generated(pair))
	}
	principal := len(c.list)
	if principal > 0 && principal > maxSteps/n/principal {
		return nil
	}
	for _, p := range c.list[:principal] {
		for _, q := range c.list[:principal] {
			if joined := join(p, q); joined.blocks() > 1 {
				p = joined
			}
		}
		c.add(p)
	}
	for i := 0; i < len(c.list) && len(c.list) < maxPartitions; i++ {
		for _, p := range c.list[:i] {
			c.add(join(c.list[i], p))
		}
	}
	slices.SortStableFunc(c.list, func(a, b partition) int { return cmp.Compare(a.blocks(), b.blocks()) })
	return c.list
}

// collection holds partitions of more than one block, each once.
type collection struct {
	list []partition
	seen map[string]bool
}

func (c *collection) add(p partition) {
	if key := p.key(); p.blocks() > 1 && !c.seen[key] {
		c.seen[key] = true
		c.list = append(c.list, p)
	}
}

// pairs are the pairs of states whose congruences generate all others by joins. If the
// letters are permutations, every pair can be moved to one with state 0 and back.
func (r reached) pairs() [][2]int {
	var pairs [][2]int
	first := len(r.next)
	if r.permutes() {
		first = 1
	}
	for a := range first {
		for b := a + 1; b < len(r.next); b++ {
			pairs = append(pairs, [2]int{a, b})
		}
	}
	return pairs
}

// permutes says whether every letter is a permutation of the states.
func (r reached) permutes() bool {
	for letter := range r.letters {
		hit := make([]bool, len(r.next))
		for _, row := range r.next {
			if hit[row[letter]] {
				return false
			}
			hit[row[letter]] = true
		}
	}
	return true
}

// generated is the finest partition that the letters respect and that holds the two
// states together.
func (r reached) generated(pair [2]int) partition {
	c := classes(discrete(len(r.next)))
	todo := [][2]int{pair}
	for len(todo) > 0 {
		a, b := todo[len(todo)-1][0], todo[len(todo)-1][1]
		todo = todo[:len(todo)-1]
		if !c.unite(a, b) {
			continue
		}
		for letter := range r.letters {
			todo = append(todo, [2]int{r.next[a][letter], r.next[b][letter]})
		}
	}
	return c.partition()
}

// join is the finest partition that holds together what either does. That of two
// congruences is one.
func join(p, q partition) partition {
	c := classes(discrete(len(p)))
	for _, part := range []partition{p, q} {
		first := make([]int, 0, len(part)) // the first state of each block
		for i, block := range part {
			if block == len(first) {
				first = append(first, i)
			}
			c.unite(first[block], i)
		}
	}
	return c.partition()
}

// classes is a union-find forest: a parent for each state, never larger than itself.
type classes []int

func (c classes) root(i int) int {
	for c[i] != i {
		c[i] = c[c[i]]
		i = c[i]
	}
	return i
}

// unite joins two classes; false if they were one.
func (c classes) unite(a, b int) bool {
	a, b = c.root(a), c.root(b)
	c[max(a, b)] = min(a, b)
	return a != b
}

func (c classes) partition() partition {
	out, blocks := make(partition, len(c)), 0
	for i := range c {
		if root := c.root(i); root < i { // the root is the least of its class
			out[i] = out[root]
			continue
		}
		out[i] = blocks
		blocks++
	}
	return out
}
