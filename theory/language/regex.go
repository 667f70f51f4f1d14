package language

import (
	"encoding/binary"
	"fmt"
	"slices"
)

// Regex returns a DFA of the expression, whose dialect the package comment describes. The
// alphabet is that given, or, if nil, the letters in the expression in ascending order.
// The error of a malformed expression is one line with the character's position; that of
// an expression whose automaton would have more than limit states is a [*StatesError].
//
// The states are Brzozowski derivatives (1964), compared up to associativity, commutativity
// and idempotence of union and intersection and a few more laws, which makes them finitely
// many. The result need not be minimal.
func Regex(expression string, alphabet []string, limit int) (*DFA, error) {
	tree, letters, err := parse(expression)
	if err != nil {
		return nil, err
	}
	if alphabet == nil {
		slices.Sort(letters)
		alphabet = letters
	}
	if len(alphabet) == 0 {
		return nil, fmt.Errorf("regular expression: no letter in it: give the alphabet")
	}
	if err := checkAlphabet(alphabet); err != nil {
		return nil, err
	}
	if at, letter, found := tree.outside(alphabet); found {
		return nil, &syntaxError{at + 1, fmt.Sprintf("letter %q is not in the alphabet", letter)}
	}
	x := newExpressions(alphabet, limit)
	start := x.compile(tree)
	return x.automaton(start, alphabet, limit)
}

// An expr numbers an expression in a table without duplicates, so that equal numbers mean
// equal expressions.
type expr int32

type expression struct {
	op       operator
	kids     []expr
	min, max int
	class    []uint64 // of opLetters: the set of letters
	nullable bool     // the empty word belongs to it
}

type expressions struct {
	number  map[string]expr
	all     []expression
	derived [][]expr // by expression and letter, -1 if not known yet; nil rows if none is
	words   int      // of a class
	letters map[string]int
	size    int // kids and class words stored, and what is left of the budget for them
	budget  int
	empty   expr // ∅
	epsilon expr
	full    expr // all words
}

func newExpressions(alphabet []string, limit int) *expressions {
	x := &expressions{
		number: map[string]expr{}, words: (len(alphabet) + 63) / 64, letters: map[string]int{},
		// Derivatives share most of their parts; an expression that needs much more than
		// this has left the range where a limit on states means anything.
		budget: 1<<20 + 64*limit,
	}
	for i, a := range alphabet {
		x.letters[a] = i
	}
	x.empty = x.intern(expression{op: opLetters, class: make([]uint64, x.words)})
	x.epsilon = x.intern(expression{op: opEmptyWord, nullable: true})
	x.full = x.intern(expression{op: opComplement, kids: []expr{x.empty}, nullable: true})
	return x
}

// compile turns a tree into an expression by the simplifying constructors.
func (x *expressions) compile(s *syntax) expr {
	if s.op == opLetters {
		return x.class(x.set(s))
	}
	kids := make([]expr, len(s.kids))
	for i, kid := range s.kids {
		kids[i] = x.compile(kid)
	}
	switch s.op {
	case opUnion:
		return x.union(kids)
	case opIntersect:
		return x.intersect(kids)
	case opConcat:
		r := x.epsilon
		for _, kid := range slices.Backward(kids) {
			r = x.concat(kid, r)
		}
		return r
	case opComplement:
		return x.complement(kids[0])
	case opRepeat:
		return x.repeat(kids[0], s.min, s.max)
	}
	return x.epsilon
}

func (x *expressions) set(s *syntax) []uint64 {
	class := make([]uint64, x.words)
	for _, a := range s.letters {
		i := x.letters[a]
		class[i/64] |= 1 << (i % 64)
	}
	if s.negated {
		for i := range len(x.letters) {
			class[i/64] ^= 1 << (i % 64)
		}
	}
	return class
}

func (x *expressions) intern(e expression) expr {
	key := []byte{byte(e.op)}
	for _, n := range []int{e.min, e.max, len(e.kids)} {
		key = binary.AppendVarint(key, int64(n))
	}
	for _, kid := range e.kids {
		key = binary.LittleEndian.AppendUint32(key, uint32(kid))
	}
	for _, w := range e.class {
		key = binary.LittleEndian.AppendUint64(key, w)
	}
	if n, ok := x.number[string(key)]; ok {
		return n
	}
	n := expr(len(x.all))
	x.number[string(key)] = n
	x.all = append(x.all, e)
	x.derived = append(x.derived, nil)
	x.size += 1 + len(e.kids) + len(e.class)
	return n
}

func (x *expressions) class(class []uint64) expr {
	return x.intern(expression{op: opLetters, class: class})
}

func (x *expressions) concat(l, r expr) expr {
	switch {
	case l == x.empty || r == x.empty:
		return x.empty
	case l == x.epsilon:
		return r
	case r == x.epsilon:
		return l
	}
	left := &x.all[l]
	if left.op == opConcat {
		first, rest := left.kids[0], left.kids[1]
		return x.concat(first, x.concat(rest, r))
	}
	return x.intern(expression{op: opConcat, kids: []expr{l, r}, nullable: left.nullable && x.all[r].nullable})
}

func (x *expressions) repeat(r expr, low, high int) expr {
	e := &x.all[r]
	if e.nullable {
		low = 0
	}
	switch {
	case high == 0, r == x.epsilon, r == x.empty && low == 0:
		return x.epsilon
	case low == 1 && high == 1, r == x.empty, r == x.full,
		e.op == opRepeat && e.min == 0 && e.max == unbounded:
		return r
	case low == 0 && high == unbounded && x.isAnyLetter(r):
		return x.full
	}
	return x.intern(expression{op: opRepeat, kids: []expr{r}, min: low, max: high, nullable: low == 0})
}

func (x *expressions) isAnyLetter(r expr) bool {
	e := &x.all[r]
	return e.op == opLetters && slices.Equal(e.class, x.set(&syntax{negated: true}))
}

func (x *expressions) complement(r expr) expr {
	if e := &x.all[r]; e.op == opComplement {
		return e.kids[0]
	}
	return x.intern(expression{op: opComplement, kids: []expr{r}, nullable: !x.all[r].nullable})
}

func (x *expressions) union(kids []expr) expr {
	return x.lattice(opUnion, kids, x.empty, x.full, func(a, b uint64) uint64 { return a | b })
}

func (x *expressions) intersect(kids []expr) expr {
	return x.lattice(opIntersect, kids, x.full, x.empty, func(a, b uint64) uint64 { return a & b })
}

// lattice joins expressions by union or intersection: neutral ones vanish, an absorbing
// one wins, nested ones are flattened, classes become one class, and the rest is a set.
func (x *expressions) lattice(op operator, kids []expr, neutral, absorbing expr, join func(a, b uint64) uint64) expr {
	var flat []expr
	var class []uint64
	for _, kid := range kids {
		parts := []expr{kid}
		if x.all[kid].op == op {
			parts = x.all[kid].kids
		}
		for _, part := range parts {
			switch e := &x.all[part]; {
			case part == absorbing:
				return absorbing
			case part == neutral:
			case e.op != opLetters:
				flat = append(flat, part)
			case class == nil:
				class = slices.Clone(e.class)
			default:
				for i, w := range e.class {
					class[i] = join(class[i], w)
				}
			}
		}
	}
	if class != nil {
		joined := x.class(class)
		if joined == absorbing {
			return absorbing
		}
		flat = append(flat, joined)
	}
	slices.Sort(flat)
	flat = slices.Compact(flat)
	switch len(flat) {
	case 0:
		return neutral
	case 1:
		return flat[0]
	}
	nullable := op == opIntersect
	for _, kid := range flat {
		if x.all[kid].nullable != nullable {
			nullable = !nullable
			break
		}
	}
	return x.intern(expression{op: op, kids: flat, nullable: nullable})
}

// derive returns the expression of the words w with aw in r.
func (x *expressions) derive(r expr, a int) expr {
	if row := x.derived[r]; row != nil && row[a] >= 0 {
		return row[a]
	}
	d := x.derivative(r, a)
	if x.derived[r] == nil {
		x.derived[r] = slices.Repeat([]expr{-1}, len(x.letters))
		x.size += len(x.letters)
	}
	x.derived[r][a] = d
	return d
}

func (x *expressions) derivative(r expr, a int) expr {
	e := x.all[r]
	switch e.op {
	case opLetters:
		if e.class[a/64]>>(a%64)&1 == 1 {
			return x.epsilon
		}
		return x.empty
	case opConcat:
		first := x.concat(x.derive(e.kids[0], a), e.kids[1])
		if !x.all[e.kids[0]].nullable {
			return first
		}
		return x.union([]expr{first, x.derive(e.kids[1], a)})
	case opRepeat:
		rest := x.repeat(e.kids[0], max(e.min-1, 0), less(e.max))
		return x.concat(x.derive(e.kids[0], a), rest)
	case opComplement:
		return x.complement(x.derive(e.kids[0], a))
	case opUnion, opIntersect:
		kids := make([]expr, len(e.kids))
		for i, kid := range e.kids {
			kids[i] = x.derive(kid, a)
		}
		if e.op == opUnion {
			return x.union(kids)
		}
		return x.intersect(kids)
	}
	return x.empty // of ε
}

func less(high int) int {
	if high == unbounded {
		return unbounded
	}
	return high - 1
}

func (x *expressions) automaton(start expr, alphabet []string, limit int) (*DFA, error) {
	d := &DFA{alphabet: slices.Clone(alphabet)}
	state := map[expr]int{start: 0}
	order := []expr{start}
	for i := 0; i < len(order); i++ {
		if len(order) > limit || x.size > x.budget {
			return nil, &StatesError{Limit: limit, What: "regular expression"}
		}
		output := 0
		if x.all[order[i]].nullable {
			output = 1
		}
		d.output = append(d.output, output)
		for a := range alphabet {
			r := x.derive(order[i], a)
			if _, ok := state[r]; !ok {
				state[r] = len(order)
				order = append(order, r)
			}
			d.next = append(d.next, int32(state[r]))
		}
	}
	return d, nil
}
