package barrington

import (
	"fmt"
	"iter"
	"math/big"
	"slices"
	"strconv"

	"tc0/theory/algebra"
	"tc0/theory/language"
)

// MaxLetters is the order up to which all elements of a group are the letters of its
// word problem.
const MaxLetters = 1 << 16

// A Language is a word problem that formulas are made into: letters that act on points,
// an answer that is read from where a word takes them, and in it a non-solvable group
// with a word for each of its elements.
type Language struct {
	witness *Witness
	letters []string
	maps    []algebra.Map
	blocks  [][]int // for each element of the witness's group, of one length
	prefix  []int
	suffix  []int
	flipped bool // words with the identity in the context have the answer 1
	start   []uint16
	answer  func(points []uint16) (value, ok bool)
}

// Witness is the group and its commutators.
func (l *Language) Witness() *Witness { return l.witness }

// Letters are the letters' names, by their numbers.
func (l *Language) Letters() []string { return l.letters }

// Block is the number of letters that stand for an instruction.
func (l *Language) Block() int { return len(l.blocks[0]) }

// Context are the words before and after the instructions' letters.
func (l *Language) Context() (before, after []int) { return l.prefix, l.suffix }

// Named is the word problem of a group: letters are its elements, numbered as
// [algebra.Table] does, and the answer is 1 where the product is the witness's element
// and 0 where it is the identity. Where the group has more than [MaxLetters] elements,
// letters are those of the witness's group only.
//
// A solvable group is a [SolvableError].
func Named(name string) (*Language, error) {
	named, err := algebra.Named(name)
	if err != nil {
		return nil, err
	}
	g, err := named.Group()
	if err != nil {
		return nil, err
	}
	if length, ok := g.DerivedLength(); ok {
		return nil, &SolvableError{"the group " + named.Name, length}
	}
	w, err := witnessIn(g)
	if err != nil {
		return nil, fmt.Errorf("the group %s: %w", named.Name, err)
	}
	l := &Language{witness: w}
	if named.Order().Cmp(big.NewInt(MaxLetters)) > 0 {
		l.lettersOf(w)
	} else if err := l.lettersIn(named, w); err != nil {
		return nil, err
	}
	l.product(w.Element(), algebra.Identity(named.Degree()))
	return l, nil
}

// lettersOf makes the elements of the witness's group the letters.
func (l *Language) lettersOf(w *Witness) {
	for i := range w.group.Order() {
		l.maps = append(l.maps, w.group.Element(i))
		l.letters = append(l.letters, w.group.Element(i).String())
		l.blocks = append(l.blocks, []int{i})
	}
}

// lettersIn makes the elements of the group the letters.
func (l *Language) lettersIn(g *algebra.NamedGroup, w *Witness) error {
	table, err := g.Table(MaxLetters)
	if err != nil {
		return err
	}
	for i := range table.Order() {
		l.maps = append(l.maps, table.Element(i))
		l.letters = append(l.letters, table.Label(i))
	}
	for i := range w.group.Order() {
		at, _ := table.Index(w.group.Element(i)) // the witness's group is in the group
		l.blocks = append(l.blocks, []int{at})
	}
	return nil
}

// product makes the answer 1 for words with the product one and 0 for the product zero.
func (l *Language) product(one, zero algebra.Map) {
	for p := range zero {
		l.start = append(l.start, uint16(p))
	}
	l.answer = func(points []uint16) (value, ok bool) {
		value = slices.Equal(points, one)
		return value, value || slices.Equal(points, zero)
	}
}

func witnessIn(g *algebra.Group) (*Witness, error) {
	m, err := perfect(g)
	if err != nil {
		return nil, err
	}
	return NewWitness(m)
}

// Generated is the word problem of the monoid that maps of one degree generate: letters
// are the generators, called 1, 2, …, and the answer is 1 where the product is the
// witness's element, as an element of a maximal subgroup, and 0 where it is that
// subgroup's idempotent. At most limit image sets are searched for subgroups.
//
// A monoid without a non-solvable group is a [SolvableError]. When the limit stops the
// search before one is found, the error is an [algebra.LimitError].
func Generated(generators []algebra.Map, limit int) (*Language, error) {
	l, sub, err := inMonoid(generators, limit)
	if err != nil {
		return nil, err
	}
	for i := range generators {
		l.letters = append(l.letters, strconv.Itoa(i+1))
	}
	l.product(sub.Embed(l.witness.Element()), sub.Idempotent)
	return l, nil
}

// inMonoid finds a witness in the monoid that maps generate and words for its elements.
func inMonoid(generators []algebra.Map, limit int) (*Language, *algebra.Subgroup, error) {
	sub, err := smallest(generators, limit)
	if err != nil {
		return nil, nil, err
	}
	w, err := witnessIn(sub.Group)
	if err != nil {
		return nil, nil, err
	}
	s, err := newSpeller(sub)
	if err != nil {
		return nil, nil, err
	}
	var elements []algebra.Map
	for i := range w.group.Order() {
		elements = append(elements, w.group.Element(i))
	}
	l := &Language{witness: w, maps: generators}
	if l.blocks, err = s.blocks(elements); err != nil {
		return nil, nil, err
	}
	return l, sub, nil
}

// smallest is the non-solvable maximal subgroup with the smallest perfect core, with
// its shortest words where the monoid can be enumerated.
func smallest(generators []algebra.Map, limit int) (*algebra.Subgroup, error) {
	survey, err := algebra.MaximalSubgroups(generators, limit)
	if err != nil {
		return nil, err
	}
	var best *algebra.Subgroup
	var order *big.Int
	longest := 0
	for _, sub := range survey.Subgroups {
		length, solvable := sub.Group.DerivedLength()
		if solvable {
			longest = max(longest, length)
			continue
		}
		if o := sub.Group.PerfectCore().Order(); best == nil || o.Cmp(order) < 0 {
			best, order = sub, o
		}
	}
	switch {
	case best == nil && survey.Stopped != nil:
		return nil, fmt.Errorf("no non-solvable group was found: %w", survey.Stopped)
	case best == nil:
		return nil, &SolvableError{"every group in the monoid", longest}
	}
	if m, err := algebra.Enumerate(generators, maxGroup); err == nil {
		best.Shorten(m)
	}
	return best, nil
}

// Automaton is membership in the language of an acceptor: letters are its letters and
// the answer is 1 for the words that it accepts. The group is one in the language's
// syntactic monoid, and its witness's element is told from the idempotent by the
// shortest context (before, after) there is. At most limit image sets of states are
// searched for subgroups.
//
// Errors are those of [Generated].
func Automaton(d *language.DFA, limit int) (*Language, error) {
	if !d.Acceptor() {
		return nil, fmt.Errorf("the automaton has outputs other than 0 and 1: it accepts no language")
	}
	minimal := d.Minimize()
	maps, err := minimal.Maps()
	if err != nil {
		return nil, err
	}
	l, sub, err := inMonoid(maps, limit)
	if err != nil {
		return nil, err
	}
	l.letters = minimal.Alphabet()
	l.context(minimal, sub.Idempotent, sub.Embed(l.witness.Element()))
	l.start = []uint16{uint16(minimal.Start())}
	l.answer = func(points []uint16) (value, ok bool) { return minimal.Output(int(points[0])) != 0, true }
	return l, nil
}

// context finds the shortest words around two different maps of a minimal automaton that
// give them different outputs.
func (l *Language) context(d *language.DFA, idempotent, element algebra.Map) {
	best := -1
	for q := range d.States() {
		p, r := int(idempotent[q]), int(element[q])
		if p == r {
			continue
		}
		before, _ := d.AccessWord(q)    // all states are reached
		after, _ := d.Distinguish(p, r) // different states differ
		if n := len(before) + len(after); best < 0 || n < best {
			best, l.prefix, l.suffix = n, before, after
			l.flipped = d.Output(d.Run(p, after)) != 0
		}
	}
}

// Answer reads a word's answer: 1 or 0, or an error for a word of a group or monoid
// whose product is neither the witness's element nor the identity.
func (l *Language) Answer(word iter.Seq[int]) (bool, error) {
	points := slices.Clone(l.start)
	for letter := range word {
		if letter < 0 || letter >= len(l.maps) {
			return false, fmt.Errorf("there is no letter %d; letters are 0 to %d", letter, len(l.maps)-1)
		}
		m := l.maps[letter]
		for k, p := range points {
			points[k] = m[p]
		}
	}
	return l.read(points)
}

func (l *Language) read(points []uint16) (bool, error) {
	value, ok := l.answer(points)
	if !ok {
		return false, fmt.Errorf("the word's product is neither the element of true formulas nor the identity")
	}
	return value, nil
}
