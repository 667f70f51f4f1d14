package barrington

import (
	"fmt"
	"iter"
	"math/big"

	"tc0/reductions/formula"
)

// An Instruction multiplies by One when its variable is 1 and by Zero when it is 0:
// numbers of elements of the witness's group. Where they are equal Variable may be -1.
type Instruction struct {
	Variable, One, Zero int32
}

// A Program is the branching program of a formula. It is not stored: instructions are
// found when asked for.
type Program struct {
	witness *Witness
	gates   []gate
	root    literal
	depth   int
}

// literal is a gate's number and, in the lowest bit, whether it is negated.
type literal int32

// gate is a variable, the constant 1 (number 0) or a conjunction, of which there are
// only these: the working form of a program.
type gate struct {
	variable int32 // or -1
	depth    int32
	a, b     literal
}

// NewProgram is the program of f over the witness's group.
func NewProgram(f *formula.Formula, w *Witness) *Program {
	p := &Program{witness: w, gates: []gate{{variable: -1}}, depth: f.Depth()}
	at := make([]literal, len(f.Nodes()))
	for i, n := range f.Nodes() {
		switch n.Op {
		case formula.False:
			at[i] = 1
		case formula.True:
			at[i] = 0
		case formula.Variable:
			p.gates = append(p.gates, gate{variable: n.A})
			at[i] = literal(len(p.gates)-1) << 1
		case formula.Not:
			at[i] = at[n.A] ^ 1
		case formula.And:
			at[i] = p.and(at[n.A], at[n.B])
		case formula.Or:
			at[i] = p.or(at[n.A], at[n.B])
		case formula.Xor:
			x, y := at[n.A], at[n.B]
			at[i] = p.or(p.and(x, y^1), p.and(x^1, y))
		}
	}
	p.root = at[len(at)-1]
	return p
}

func (p *Program) and(a, b literal) literal {
	depth := 1 + max(p.gates[a>>1].depth, p.gates[b>>1].depth)
	p.gates = append(p.gates, gate{variable: -1, depth: depth, a: a, b: b})
	return literal(len(p.gates)-1) << 1
}

func (p *Program) or(a, b literal) literal { return p.and(a^1, b^1) ^ 1 }

// Witness is the witness that the program is built on.
func (p *Program) Witness() *Witness { return p.witness }

// Depth is the formula's depth d.
func (p *Program) Depth() int { return p.depth }

// Base is 4w, the factor of a level.
func (p *Program) Base() int { return 4 * p.witness.width }

// Length is the number of instructions, (4w)^d.
func (p *Program) Length() *big.Int {
	return new(big.Int).Exp(big.NewInt(int64(p.Base())), big.NewInt(int64(p.depth)), nil)
}

// part is a part of the program, of (4w)^level instructions for some level: that of a
// literal for a target, padded to its level, the last instruction times a factor.
type part struct {
	of     literal
	target int32
	factor int32
}

func (p *Program) whole() part { return part{of: p.root, target: 1} }

// resolve makes the literal of a part positive: a negation is the part for the inverse
// target, times the target.
func (p *Program) resolve(x part) part {
	if x.of&1 == 0 {
		return x
	}
	t := &p.witness.targets[x.target]
	return part{x.of ^ 1, t.inverse, p.times(t.element, x.factor)}
}

// times multiplies in the group.
func (p *Program) times(x, y int32) int32 {
	switch {
	case y == 0:
		return x
	case x == 0:
		return y
	}
	return int32(p.witness.group.Product(int(x), int(y)))
}

// child is number q of the 4w parts, one level lower, of a part of the given level. A
// literal that is less deep comes first and is followed by the identity.
func (p *Program) child(x part, level, q int) part {
	x = p.resolve(x)
	y := part{}
	if g := &p.gates[x.of>>1]; int(g.depth) == level {
		y.of, y.target = g.a, p.witness.targets[x.target].split[q]
		if q&1 == 1 {
			y.of = g.b
		}
	} else if q == 0 {
		y.of, y.target = x.of, x.target
	}
	if q == p.Base()-1 {
		y.factor = x.factor
	}
	return y
}

// instruction is a part of level 0.
func (p *Program) instruction(x part) Instruction {
	x = p.resolve(x)
	one := p.times(p.witness.targets[x.target].element, x.factor)
	v := p.gates[x.of>>1].variable
	if v < 0 {
		return Instruction{-1, one, one}
	}
	return Instruction{v, one, x.factor}
}

// At is instruction i, counted from 0: one descent of the formula.
func (p *Program) At(i *big.Int) (Instruction, error) {
	if i.Sign() < 0 || i.Cmp(p.Length()) >= 0 {
		return Instruction{}, fmt.Errorf("there is no instruction %s in a program of %s", i, p.Length())
	}
	digits := p.digits(i)
	x := p.whole()
	for level := p.depth; level > 0; level-- {
		x = p.child(x, level, digits[level-1])
	}
	return p.instruction(x), nil
}

// digits are the digits of i to the base 4w, the lowest first.
func (p *Program) digits(i *big.Int) []int {
	digits := make([]int, p.depth)
	rest, base, digit := new(big.Int).Set(i), big.NewInt(int64(p.Base())), new(big.Int)
	for k := range digits {
		rest.DivMod(rest, base, digit)
		digits[k] = int(digit.Int64())
	}
	return digits
}

// All are the instructions in order, in memory of the order of the depth.
func (p *Program) All() iter.Seq[Instruction] {
	type frame struct {
		part
		next int // child
	}
	return func(yield func(Instruction) bool) {
		base := p.Base()
		stack := []frame{{part: p.whole()}}
		for len(stack) > 0 {
			top := &stack[len(stack)-1]
			level := p.depth - len(stack) + 1
			if level == 0 && !yield(p.instruction(top.part)) {
				return
			}
			if level == 0 || top.next == base {
				stack = stack[:len(stack)-1]
				continue
			}
			x := p.child(top.part, level, top.next)
			top.next++
			stack = append(stack, frame{part: x})
		}
	}
}

// Run multiplies the program's elements on one assignment.
func (p *Program) Run(assignment []bool) int {
	x := int32(0)
	for i := range p.All() {
		g := i.Zero
		if i.Variable >= 0 && assignment[i.Variable] {
			g = i.One
		}
		x = p.times(x, g)
	}
	return int(x)
}
