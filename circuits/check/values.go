package check

import (
	"cmp"
	"math"
	"slices"
)

// Both circuits are brought to one normal form, so that equal quantities get the
// same number by construction and comparing them costs one comparison.
//
// The atoms of a quantity are functions of one variable, weighted sums over a bank
// of conjunctions, and nested quantities with two or more atoms. Nested ones stay
// nested because the forms of the two circuits are built alike: prefix sums of
// length n then cost n atoms, not n². Where they are not built alike, compare.go
// writes both out.

// value is c + s·lin for an interned sum of atoms.
type value struct {
	c, s int64
	lin  int32 // number of a sum, or none or unknown
}

// unary is a function of one variable, c + s·fn(cell), where fn is 0 at the
// variable's first cell, has no common divisor and starts upwards.
type unary struct {
	c, s int64
	fn   int32
}

const (
	none    int32 = -1
	unknown int32 = -2
)

// Kinds of atoms.
const (
	function uint64 = iota // id: the variable's node, vec: the function
	conjunct               // id: the bank, vec: the weights on its gates
	nested                 // id: the sum
	missing                // id: a node without a usable value
)

// atom is coef times what key names: kind, id and vector packed so that atoms of
// one variable or bank sort together.
type atom struct {
	key  uint64
	coef int64
}

func atomKey(kind uint64, id, vec int32) uint64 { return kind<<62 | uint64(id)<<31 | uint64(vec) }

func (a atom) kind() uint64  { return a.key >> 62 }
func (a atom) id() int32     { return int32(a.key >> 31 & math.MaxInt32) }
func (a atom) vec() int32    { return int32(a.key & math.MaxInt32) }
func (a atom) owner() uint64 { return a.key >> 31 }

type span struct{ first, count int }

// store interns vectors and sums of atoms.
type store struct {
	vecs   []vector
	vecAt  map[uint64][]int32
	vecSum map[vecPair]scaled
	lins   []span
	atoms  []atom
	slots  []int32 // open addressing: number of a sum + 1
	buf    []atom  // sums under construction, one after the other

	results, operands, quotients []int64 // buffers
}

func newStore() store {
	return store{vecAt: map[uint64][]int32{}, vecSum: map[vecPair]scaled{}, slots: make([]int32, 1<<10)}
}

func mix(h, x uint64) uint64 {
	h = (h ^ x) * 0x9e3779b97f4a7c15
	return h ^ h>>29
}

// push adds coef times an atom to the sum under construction.
func (s *store) push(kind uint64, id, vec int32, coef int64) {
	if coef != 0 && vec != none {
		s.buf = append(s.buf, atom{atomKey(kind, id, vec), coef})
	}
}

// pushValue adds coef times a value and returns coef times its constant. A sum of
// one atom is taken in, larger ones stay nested.
func (s *store) pushValue(coef int64, v value) int64 {
	if v.lin >= 0 {
		if atoms := s.sum(v.lin); len(atoms) == 1 {
			s.buf = append(s.buf, atom{atoms[0].key, coef * v.s * atoms[0].coef})
		} else {
			s.push(nested, v.lin, 0, coef*v.s)
		}
	}
	return coef * v.c
}

// sum are the atoms of an interned sum.
func (s *store) sum(lin int32) []atom {
	d := s.lins[lin]
	return s.atoms[d.first : d.first+d.count]
}

// finish interns the sum pushed since base and returns c plus it.
func (s *store) finish(base int, c int64) value {
	atoms := s.merge(s.buf[base:])
	s.buf = s.buf[:base]
	if len(atoms) == 0 {
		return value{c, 0, none}
	}
	g := uint64(0)
	for _, a := range atoms {
		g = gcd(g, magnitude(a.coef))
	}
	if g > math.MaxInt64 {
		g = 1
	}
	d := int64(g)
	if atoms[0].coef < 0 {
		d = -d
	}
	for i := range atoms {
		atoms[i].coef /= d
	}
	if len(atoms) == 1 && atoms[0].kind() == nested {
		return value{c, d * atoms[0].coef, atoms[0].id()}
	}
	return value{c, d, s.intern(atoms)}
}

// merge sorts atoms in place and adds up those of one variable, bank or sum.
func (s *store) merge(atoms []atom) []atom {
	slices.SortFunc(atoms, func(a, b atom) int { return cmp.Compare(a.key, b.key) })
	out := atoms[:0]
	for i := 0; i < len(atoms); {
		a := atoms[i]
		for i++; i < len(atoms) && atoms[i].owner() == a.owner(); i++ {
			b := atoms[i]
			switch {
			case a.coef == 0:
				a = b
			default:
				v := s.addVectorsOf(a, b)
				a.coef = v.s
				if v.s != 0 {
					a.key = a.owner()<<31 | uint64(v.vec)
				}
			}
		}
		if a.coef != 0 {
			out = append(out, a)
		}
	}
	return out
}

func (s *store) addVectorsOf(a, b atom) scaled {
	if a.kind() == nested || a.kind() == missing {
		return scaled{a.coef + b.coef, a.vec()}
	}
	return s.addVectors(a.coef, a.vec(), b.coef, b.vec())
}

// intern returns the number of a merged sum.
func (s *store) intern(atoms []atom) int32 {
	if 2*len(s.lins) >= len(s.slots) {
		s.grow()
	}
	at := hashAtoms(atoms) & uint64(len(s.slots)-1)
	for s.slots[at] != 0 {
		if id := s.slots[at] - 1; slices.Equal(s.sum(id), atoms) {
			return id
		}
		at = (at + 1) & uint64(len(s.slots)-1)
	}
	id := int32(len(s.lins))
	s.lins = append(s.lins, span{len(s.atoms), len(atoms)})
	s.atoms = append(s.atoms, atoms...)
	s.slots[at] = id + 1
	return id
}

func (s *store) grow() {
	s.slots = make([]int32, 2*len(s.slots))
	for id := range int32(len(s.lins)) {
		at := hashAtoms(s.sum(id)) & uint64(len(s.slots)-1)
		for s.slots[at] != 0 {
			at = (at + 1) & uint64(len(s.slots)-1)
		}
		s.slots[at] = id + 1
	}
}

func hashAtoms(atoms []atom) uint64 {
	h := uint64(len(atoms))
	for _, a := range atoms {
		h = mix(mix(h, a.key), uint64(a.coef))
	}
	return h
}

func gcd(a, b uint64) uint64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

func magnitude(v int64) uint64 {
	if v < 0 {
		return -uint64(v)
	}
	return uint64(v)
}
