package formula

import (
	"fmt"
	"math"
)

// A Builder makes formulas over one list of variables. Its nodes may be read any
// number of times.
type Builder struct {
	nodes []Node
	names []string
	leaf  []int32 // the node of each variable, or -1
	con   [2]int32
}

// NewBuilder returns a builder of formulas over the named variables, which must
// differ and be at most [MaxVariables].
func NewBuilder(names []string) (*Builder, error) {
	if len(names) > MaxVariables {
		return nil, fmt.Errorf("%d variables, at most %d are allowed", len(names), MaxVariables)
	}
	b := &Builder{names: names, leaf: make([]int32, len(names)), con: [2]int32{-1, -1}}
	seen := make(map[string]int, len(names))
	for i, name := range names {
		if j, ok := seen[name]; ok {
			return nil, fmt.Errorf("variables %d and %d are both called %s", j+1, i+1, quoted(name))
		}
		seen[name] = i
		b.leaf[i] = -1
	}
	return b, nil
}

func (b *Builder) add(op Op, x, y int32) int {
	if len(b.nodes) == math.MaxInt32 {
		panic("formula: more than 2^31 nodes")
	}
	b.nodes = append(b.nodes, Node{op, x, y})
	return len(b.nodes) - 1
}

// Variable is the node of variable v, counted from 0.
func (b *Builder) Variable(v int) int {
	if b.leaf[v] < 0 {
		b.leaf[v] = int32(b.add(Variable, int32(v), 0))
	}
	return int(b.leaf[v])
}

// Constant is the node of a constant.
func (b *Builder) Constant(value bool) int {
	op := False
	if value {
		op = True
	}
	if b.con[op] < 0 {
		b.con[op] = int32(b.add(op, 0, 0))
	}
	return int(b.con[op])
}

// Not adds the negation of node x.
func (b *Builder) Not(x int) int { return b.add(Not, b.node(x), 0) }

// And adds the conjunction of nodes x and y.
func (b *Builder) And(x, y int) int { return b.add(And, b.node(x), b.node(y)) }

// Or adds the disjunction of nodes x and y.
func (b *Builder) Or(x, y int) int { return b.add(Or, b.node(x), b.node(y)) }

// Xor adds the exclusive disjunction of nodes x and y.
func (b *Builder) Xor(x, y int) int { return b.add(Xor, b.node(x), b.node(y)) }

// node checks a node's number; a wrong one is the caller's mistake.
func (b *Builder) node(x int) int32 {
	if x < 0 || x >= len(b.nodes) {
		panic(fmt.Sprintf("formula: node %d of %d", x, len(b.nodes)))
	}
	return int32(x)
}

// Formula is the formula with the given root. The builder may be used further.
func (b *Builder) Formula(root int) *Formula {
	const unreached, reached = -1, -2
	at := make([]int32, int(b.node(root))+1)
	for i := range at {
		at[i] = unreached
	}
	at[root] = reached
	count := 0
	for i := root; i >= 0; i-- {
		if at[i] == unreached {
			continue
		}
		count++
		switch n := b.nodes[i]; n.Op.operands() {
		case 2:
			at[n.B] = reached
			fallthrough
		case 1:
			at[n.A] = reached
		}
	}
	f := &Formula{nodes: make([]Node, 0, count), names: b.names}
	depth := make([]int, 0, count)
	for i, n := range b.nodes[:root+1] {
		if at[i] == unreached {
			continue
		}
		at[i] = int32(len(f.nodes))
		below := 0
		switch n.Op.operands() {
		case 2:
			n.B = at[n.B]
			below = depth[n.B]
			fallthrough
		case 1:
			n.A = at[n.A]
			below = max(below, depth[n.A])
		}
		f.nodes = append(f.nodes, n)
		depth = append(depth, below+n.Op.Levels())
	}
	f.depth = depth[len(depth)-1]
	return f
}

// balanced joins nodes in pairs, neighbours first; no node at all is empty.
func (b *Builder) balanced(op Op, nodes []int, empty bool) int {
	if len(nodes) == 0 {
		return b.Constant(empty)
	}
	level := append([]int(nil), nodes...)
	for len(level) > 1 {
		next := level[:0]
		for i := 0; i+1 < len(level); i += 2 {
			next = append(next, b.add(op, b.node(level[i]), b.node(level[i+1])))
		}
		if len(level)%2 == 1 {
			next = append(next, level[len(level)-1])
		}
		level = next
	}
	return level[0]
}
