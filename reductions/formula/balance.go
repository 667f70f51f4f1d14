package formula

import (
	"cmp"
	"math"
	"math/big"
	"math/bits"
	"slices"
)

// MaxBalance is the largest limit that [Balance] takes.
const MaxBalance = 1 << 24

// balanceWork bounds the subformulas that Balance looks at.
const balanceWork = 1 << 22

// thorough is the number of leaves up to which every shape that Balance knows is
// tried.
const thorough = 64

// Balance is a formula of the same function as the tree f, of at most its depth: the
// one that it finds shallowest. NOTs stand at variables and XORs only. It joins chains
// of one operator the shallowest operands first, and cuts formulas in two as Spira
// (1971) and Brent (1974) do. Where there are only ANDs and ORs above a subformula G,
// F = F[G=0] | A & G with A the conjunction of what the ANDs above join G with, or, for
// small formulas, the dual; otherwise F = !G & F[G=0] | G & F[G=1]. Neither G nor the rest has more than two
// thirds of the leaves. So for s leaves the depth is at most 2·⌈log_{3/2} s⌉, unless
// the work ran out at four million subformulas.
//
// A tree of more than limit leaves is refused with a [SizeError], which states their
// exact number; limits above [MaxBalance] mean MaxBalance.
func Balance(f *Formula, limit int) (*Formula, error) {
	bound := big.NewInt(int64(min(limit, MaxBalance)))
	if size := f.Size(); size.Cmp(bound) > 0 {
		return nil, &SizeError{size, bound}
	}
	d := newDag()
	root := d.best(d.load(f))
	if d.depth(root) >= f.depth {
		return f, nil
	}
	return d.formula(root, f.names), nil
}

// literal is a node of a dag and, in its lowest bit, whether it is negated.
type literal uint32

const (
	yes literal = 0
	no  literal = 1
)

// dag holds conjunctions, exclusive disjunctions and variables, each once, without
// constants among operands: the working form of Balance.
type dag struct {
	nodes []dagNode
	find  map[dagKey]literal
	memo  map[literal]literal // what best has found
	work  int
}

type dagKey struct {
	op   Op
	a, b literal // for a variable, its number
}

type dagNode struct {
	dagKey
	depth int
	size  int64 // leaves of the tree; none for a constant
}

func newDag() *dag {
	d := &dag{find: map[dagKey]literal{}, memo: map[literal]literal{}}
	d.nodes = append(d.nodes, dagNode{dagKey: dagKey{op: True}})
	return d
}

func (d *dag) node(x literal) *dagNode { return &d.nodes[x>>1] }
func (d *dag) depth(x literal) int     { return d.node(x).depth }
func (d *dag) size(x literal) int64    { return d.node(x).size }

func (d *dag) intern(k dagKey, depth int, size int64) literal {
	x, ok := d.find[k]
	if !ok {
		x = literal(len(d.nodes)) << 1
		d.nodes = append(d.nodes, dagNode{k, depth, size})
		d.find[k] = x
	}
	return x
}

func (d *dag) variable(v int32) literal {
	return d.intern(dagKey{op: Variable, a: literal(v)}, 0, 1)
}

func (d *dag) and(a, b literal) literal {
	if a > b {
		a, b = b, a
	}
	switch {
	case a == no || a == b^1:
		return no
	case a == yes || a == b:
		return b
	}
	return d.intern(dagKey{And, a, b}, 1+max(d.depth(a), d.depth(b)), d.size(a)+d.size(b))
}

func (d *dag) or(a, b literal) literal { return d.and(a^1, b^1) ^ 1 }

func (d *dag) xor(a, b literal) literal {
	flip := (a ^ b) & 1
	a, b = a&^1, b&^1
	if a > b {
		a, b = b, a
	}
	switch {
	case a == b:
		return no ^ flip
	case a == yes:
		return b ^ 1 ^ flip
	}
	return flip ^ d.intern(dagKey{Xor, a, b}, 2+max(d.depth(a), d.depth(b)), d.size(a)+d.size(b))
}

func (d *dag) join(op Op, a, b literal) literal {
	if op == Xor {
		return d.xor(a, b)
	}
	return d.and(a, b)
}

// load brings a formula in.
func (d *dag) load(f *Formula) literal {
	at := make([]literal, len(f.nodes))
	for i, n := range f.nodes {
		switch n.Op {
		case False:
			at[i] = no
		case True:
			at[i] = yes
		case Variable:
			at[i] = d.variable(n.A)
		case Not:
			at[i] = at[n.A] ^ 1
		case And:
			at[i] = d.and(at[n.A], at[n.B])
		case Or:
			at[i] = d.or(at[n.A], at[n.B])
		case Xor:
			at[i] = d.xor(at[n.A], at[n.B])
		}
	}
	return at[len(at)-1]
}

// best is the shallowest literal found for the function of x.
func (d *dag) best(x literal) literal {
	flip := x & 1
	x ^= flip
	if y, ok := d.memo[x]; ok {
		return y ^ flip
	}
	y := d.search(x)
	d.memo[x] = y
	return y ^ flip
}

func (d *dag) search(x literal) literal {
	low := levels(d.size(x))
	if d.depth(x) <= low || d.work >= balanceWork {
		return x
	}
	d.work++
	small := d.size(x) <= thorough
	y := x
	if small || d.depth(x) <= 2*low {
		y = d.chains(x)
	}
	if d.depth(y) > 2*low || small && d.depth(y) > low {
		y = d.shallower(y, d.cut(x))
	}
	return y
}

// levels is the least depth of a tree with so many leaves.
func levels(size int64) int { return bits.Len64(uint64(max(size, 1) - 1)) }

// shallower chooses, the smaller where depths are equal.
func (d *dag) shallower(x, y literal) literal {
	if c := cmp.Or(cmp.Compare(d.depth(y), d.depth(x)), cmp.Compare(d.size(y), d.size(x))); c < 0 {
		return y
	}
	return x
}

// chain lists the operands of the chain of one operator that ends in x.
func (d *dag) chain(x literal) (op Op, operands []literal) {
	op = d.node(x).op
	for stack := []literal{x}; len(stack) > 0; {
		y := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if n := d.node(y); n.op == op && (op == Xor || y&1 == 0) {
			stack = append(stack, n.b, n.a^y&1)
		} else {
			operands = append(operands, y)
		}
	}
	return op, operands
}

// chains improves the operands of the chain that ends in x and joins them anew.
func (d *dag) chains(x literal) literal {
	op, operands := d.chain(x)
	for i, y := range operands {
		operands[i] = d.best(y)
	}
	return d.joinAll(op, operands)
}

// rejoin joins the operands of the chain that ends in x anew.
func (d *dag) rejoin(x literal) literal {
	flip := x & 1
	if d.node(x).depth == 0 {
		return x
	}
	op, operands := d.chain(x ^ flip)
	return d.joinAll(op, operands) ^ flip
}

// joinAll joins operands, the shallowest first, which is the least depth possible.
func (d *dag) joinAll(op Op, operands []literal) literal {
	// The operands that are left and the results so far are both in ascending
	// order of depth, as in Huffman's algorithm with two queues.
	slices.SortFunc(operands, func(a, b literal) int {
		return cmp.Or(cmp.Compare(d.depth(a), d.depth(b)), cmp.Compare(a, b))
	})
	if op == And {
		operands = slices.Compact(operands)
	}
	var results []literal
	take := func() (x literal) {
		from := &operands
		if len(operands) == 0 || len(results) > 0 && d.depth(results[0]) < d.depth(operands[0]) {
			from = &results
		}
		x, *from = (*from)[0], (*from)[1:]
		return x
	}
	for len(operands)+len(results) > 1 {
		x, y := take(), take()
		results = append(results, d.join(op, x, y))
	}
	return take()
}

// cut splits the tree of x at a subtree g and joins what it improves of the parts.
func (d *dag) cut(x literal) literal {
	path := d.separator(x)
	g := path[len(path)-1]
	for _, y := range path[:len(path)-1] {
		if d.node(y).op == Xor {
			x0, x1 := d.best(d.replace(path, no)), d.best(d.replace(path, yes))
			g = d.best(g)
			return d.or(d.and(g, x1), d.and(g^1, x0))
		}
	}
	flip, all, some := d.siblings(path)
	g = d.best(g ^ flip)
	x0 := d.best(d.replace(path, no^flip))
	y := d.rejoin(d.or(x0, d.and(d.best(all), g)))
	if d.size(x) <= thorough {
		x1 := d.best(d.replace(path, yes^flip))
		y = d.shallower(y, d.rejoin(d.and(x1, d.or(d.best(some), g))))
	}
	return y
}

// siblings are what the operators on the path join its last literal with: the
// conjunction of the operands of AND and the disjunction of those of OR, as seen from
// the root; flip is set when the tree falls with the last literal.
func (d *dag) siblings(path []literal) (flip, all, some literal) {
	var ands, ors []literal
	for i, y := range path[:len(path)-1] {
		flip ^= y & 1
		n := d.node(y)
		other := n.a
		if other == path[i+1] {
			other = n.b
		}
		if flip == 0 {
			ands = append(ands, other)
		} else {
			ors = append(ors, other) // of a negated AND; De Morgan negates them
		}
	}
	all, some = yes, no
	if len(ands) > 0 {
		all = d.joinAll(And, ands)
	}
	if len(ors) > 0 {
		some = d.joinAll(And, ors) ^ 1
	}
	return flip, all, some
}

// separator is the path from x to a subtree on it, always to the heavier operand. Of
// the subtrees g that leave at most two thirds of the leaves on either side it takes
// that where the depth of x0 | all & g is least, if every part of s leaves has depth
// log s to the base of the golden ratio. A path's literals are operands as they are
// read, negated or not.
func (d *dag) separator(x literal) []literal {
	path := []literal{x}
	total := d.size(x)
	best, length := int64(math.MaxInt64), 0
	for y := x; 3*d.size(y) >= total && d.size(y) > 1; {
		n := d.node(y)
		y = n.a
		if d.size(n.b) > d.size(n.a) {
			y = n.b
		}
		path = append(path, y)
		g := d.size(y)
		if 3*max(g, total-g) > 2*total && length > 0 {
			break
		}
		if c := max(1000*(total-g), 1618*g); 3*g <= 2*total && c < best {
			best, length = c, len(path)
		}
	}
	return path[:length]
}

// replace is the tree of path[0] with the last of the path, as it is read there,
// replaced by a constant.
func (d *dag) replace(path []literal, by literal) literal {
	y := by
	for i := len(path) - 2; i >= 0; i-- {
		n := *d.node(path[i])
		other := n.a
		if other == path[i+1] {
			other = n.b
		}
		y = d.join(n.op, y, other) ^ path[i]&1
	}
	return y
}

// formula writes root out over the named variables, with negations at variables and
// exclusive disjunctions only.
func (d *dag) formula(root literal, names []string) *Formula {
	needed := make([]bool, 2*len(d.nodes))
	needed[root] = true
	for i := len(d.nodes) - 1; i > 0; i-- {
		n := &d.nodes[i]
		for flip := range literal(2) {
			if !needed[literal(i)<<1|flip] {
				continue
			}
			switch n.op {
			case And:
				needed[n.a^flip], needed[n.b^flip] = true, true
			case Xor:
				needed[n.a], needed[n.b] = true, true
			}
		}
	}
	b, _ := NewBuilder(names) // these names made a builder before
	at := make([]int, 2*len(d.nodes))
	for i := range d.nodes {
		for flip := range literal(2) {
			if x := literal(i)<<1 | flip; needed[x] {
				at[x] = d.build(b, at, x)
			}
		}
	}
	return b.Formula(at[root])
}

// build adds the node of a literal whose operands are built.
func (d *dag) build(b *Builder, at []int, x literal) int {
	n, flip := d.node(x), x&1
	switch {
	case n.op == True:
		return b.Constant(flip == 0)
	case n.op == And && flip == 0:
		return b.And(at[n.a], at[n.b])
	case n.op == And:
		return b.Or(at[n.a^1], at[n.b^1])
	}
	y := 0
	if n.op == Variable {
		y = b.Variable(int(n.a))
	} else {
		y = b.Xor(at[n.a], at[n.b])
	}
	if flip == 1 {
		y = b.Not(y)
	}
	return y
}
