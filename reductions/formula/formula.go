package formula

import (
	"fmt"
	"math"
	"math/big"
	"slices"
)

// Op is what a node of a formula does.
type Op uint8

const (
	False    Op = iota // the constant 0
	True               // the constant 1
	Variable           // the variable with number A
	Not                // not A
	And                // A and B
	Or                 // A or B
	Xor                // A or B but not both: two levels of depth
)

// MaxVariables bounds the variables of a formula: a file's header or a name like
// x4000000000 must not cost memory.
const MaxVariables = 1 << 16

// sizeBits bounds the sizes that are told apart: [Formula.Size].
const sizeBits = 1024

// Node is a node of a formula. A and B are the numbers of earlier nodes, or A is the
// number of a variable.
type Node struct {
	Op   Op
	A, B int32
}

// A Formula is a Boolean formula over named variables. It is immutable.
type Formula struct {
	nodes []Node // operands before their readers; the root is the last
	names []string
	depth int
}

// Names are the variables' names, used or not, in the order of assignments. The
// caller must not modify them.
func (f *Formula) Names() []string { return f.names }

// Nodes are the stored nodes, operands first and the root last; a node that is read
// twice stands for two equal subtrees. The caller must not modify them.
func (f *Formula) Nodes() []Node { return f.nodes }

// Depth is the number of levels of AND and OR on the longest path from the root to a
// leaf; XOR is two levels, NOT none.
func (f *Formula) Depth() int { return f.depth }

// Levels is what op adds to the depth of its deepest operand.
func (op Op) Levels() int {
	switch op {
	case And, Or:
		return 1
	case Xor:
		return 2
	}
	return 0
}

// operands is how many other nodes op reads.
func (op Op) operands() int {
	switch op {
	case Not:
		return 1
	case And, Or, Xor:
		return 2
	}
	return 0
}

// Size is the number of leaves of the tree. It is exact below 2^1024; that number
// stands for all larger ones, so that a small file costs no large memory.
func (f *Formula) Size() *big.Int {
	small := make([]uint64, len(f.nodes))
	for i, n := range f.nodes {
		small[i] = 1
		switch n.Op.operands() {
		case 1:
			small[i] = small[n.A]
		case 2:
			small[i] = saturatingSum(small[n.A], small[n.B])
		}
	}
	if s := small[len(small)-1]; s != math.MaxUint64 {
		return new(big.Int).SetUint64(s)
	}
	return f.largeSize(small)
}

// largeSize adds sizes up where small has run over.
func (f *Formula) largeSize(small []uint64) *big.Int {
	limit := new(big.Int).Lsh(big.NewInt(1), sizeBits)
	large := make([]*big.Int, len(f.nodes))
	at := func(i int32) *big.Int {
		if large[i] != nil {
			return large[i]
		}
		return new(big.Int).SetUint64(small[i])
	}
	for i, n := range f.nodes {
		if small[i] != math.MaxUint64 {
			continue
		}
		large[i] = at(n.A)
		if n.Op.operands() == 2 && large[i] != limit {
			large[i] = new(big.Int).Add(large[i], at(n.B))
		}
		if large[i].Cmp(limit) >= 0 {
			large[i] = limit
		}
	}
	return large[len(large)-1]
}

func saturatingSum(a, b uint64) uint64 {
	if a > math.MaxUint64-b {
		return math.MaxUint64
	}
	return a + b
}

// A SizeError is a formula with too many leaves for what was asked.
type SizeError struct {
	Size, Limit *big.Int // in leaves
}

func (e *SizeError) Error() string {
	size := e.Size.String()
	if e.Size.BitLen() > sizeBits {
		size = fmt.Sprintf("at least 2^%d", sizeBits)
	}
	return fmt.Sprintf("written out, the formula has %s leaves; at most %s are allowed", size, e.Limit)
}

// Support are the numbers of the variables that occur, in ascending order.
func (f *Formula) Support() []int {
	var vs []int
	for _, n := range f.nodes {
		if n.Op == Variable {
			vs = append(vs, int(n.A))
		}
	}
	slices.Sort(vs)
	return slices.Compact(vs)
}

// Equal says whether f and g are the same tree over the same names, however it is
// stored and whatever other variables there are. It does not compare functions:
// [Equivalent] does.
func (f *Formula) Equal(g *Formula) bool {
	type key struct {
		op   Op
		name string
		a, b int
	}
	number := map[key]int{}
	root := func(h *Formula) int {
		class := make([]int, len(h.nodes))
		for i, n := range h.nodes {
			k := key{op: n.Op, a: -1, b: -1}
			switch n.Op.operands() {
			case 0:
				if n.Op == Variable {
					k.name = h.names[n.A]
				}
			case 1:
				k.a = class[n.A]
			case 2:
				k.a, k.b = class[n.A], class[n.B]
			}
			c, ok := number[k]
			if !ok {
				c = len(number)
				number[k] = c
			}
			class[i] = c
		}
		return class[len(class)-1]
	}
	return root(f) == root(g)
}
