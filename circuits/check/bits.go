package check

import (
	"encoding/binary"

	"tc0/circuits/arith"
	"tc0/circuits/threshold"
)

// list is a list of bit forms that depend on one variable at most.
type list struct {
	root  arith.Node
	bits  []unary
	shape *listShape
	ok    bool
}

// listShape is what lists with equal bits share.
type listShape struct {
	sum  unary  // Σ 2^i·bit_i
	zero []bool // bits that are always 0
	bad  int    // a bit that takes another value than 0 and 1, or -1
	cell int    // where
	at   int64  // which
}

// list resolves a list of bit forms.
func (v *validator) list(forms []int32) list {
	if len(forms) == 0 {
		return list{root: arith.Node(none), shape: v.listShape(arith.Node(none), nil), ok: true}
	}
	key := listKey{&forms[0], len(forms)}
	if l, ok := v.memo.lists[key]; ok {
		return l
	}
	l := list{root: arith.Node(none)}
	for _, f := range forms {
		x, settled := v.resolve(int(f))
		root, u, ok := v.single(x)
		if !ok || !settled || root != arith.Node(none) && l.root != arith.Node(none) && root != l.root {
			return list{}
		}
		if root != arith.Node(none) {
			l.root = root
		}
		l.bits = append(l.bits, u)
	}
	l.shape, l.ok = v.listShape(l.root, l.bits), true
	v.memo.lists[key] = l
	return l
}

// cellsOf is the number of cells of a variable; constants have one.
func (v *validator) cellsOf(root arith.Node) int {
	if root == arith.Node(none) {
		return 1
	}
	return v.classes[v.class[root]].cells
}

// classKey adds the class of a variable to a key.
func (v *validator) classKey(key []byte, root arith.Node) []byte {
	class := none
	if root != arith.Node(none) {
		class = v.class[root]
	}
	return binary.AppendVarint(key, int64(class))
}

// bitsKey adds functions of one variable to a key.
func bitsKey(key []byte, bits []unary) []byte {
	for _, u := range bits {
		key = binary.AppendVarint(key, u.c)
		key = binary.AppendVarint(key, u.s)
		key = binary.AppendVarint(key, int64(u.fn))
	}
	return key
}

func (v *validator) listShape(root arith.Node, bits []unary) *listShape {
	v.memo.key = bitsKey(v.classKey(v.memo.key[:0], root), bits)
	if s, ok := v.memo.shapes[string(v.memo.key)]; ok {
		return s
	}
	s := &listShape{bad: -1, zero: make([]bool, len(bits))}
	sum := v.cells(v.cellsOf(root))
	for i, u := range bits {
		s.zero[i] = true
		for c, x := range v.values(v.spare(len(sum)), u) {
			if x != 0 {
				s.zero[i] = false
			}
			if x != 0 && x != 1 && s.bad < 0 {
				s.bad, s.cell, s.at = i, c, x
			}
			sum[c] += x << i
		}
	}
	s.sum = v.unary(sum)
	v.memo.shapes[string(v.memo.key)] = s
	return s
}

// mask names the gates of a bank of conjunctions that are always 0.
func (v *validator) mask(lists []list) int32 {
	key, void := v.memo.key[:0], false
	for _, l := range lists {
		for _, z := range l.shape.zero {
			void = void || z
			key = append(key, map[bool]byte{true: '0', false: 'x'}[z])
		}
		key = append(key, ' ')
	}
	v.memo.key = key
	if !void {
		return 0
	}
	if id, ok := v.memo.maskAt[string(key)]; ok {
		return id
	}
	gates := []bool{false}
	for _, l := range lists {
		var next []bool
		for _, g := range gates {
			for _, z := range l.shape.zero {
				next = append(next, g || z)
			}
		}
		gates = next
	}
	id := int32(len(v.memo.masks))
	v.memo.masks = append(v.memo.masks, gates)
	v.memo.maskAt[string(key)] = id
	return id
}

// together evaluates conjunctions of bits of one variable at its cells.
func (v *validator) together(root arith.Node, kind threshold.Kind, lists []list) int32 {
	key := append(v.memo.key[:0], 'a', byte(kind))
	key = v.classKey(key, root)
	for _, l := range lists {
		key = bitsKey(key, l.bits)
		key = append(key, '|')
	}
	v.memo.key = key
	if sig, ok := v.memo.sigAt[string(key)]; ok {
		return sig
	}
	g := signature{kind: anyGates, cells: v.cellsOf(root)}
	for c := range g.cells {
		var bits []bool
		if kind == threshold.Pairs {
			bits = v.pairsAt(lists[0].bits, c)
		} else {
			bits = v.choicesAt(lists, c)
		}
		g.bits, g.gates = append(g.bits, bits), int64(len(bits))
	}
	sig := v.memo.addSignature(g)
	v.memo.sigAt[string(key)] = sig
	return sig
}

func (v *validator) pairsAt(bits []unary, cell int) (out []bool) {
	for i := range bits {
		for j := i + 1; j < len(bits); j++ {
			out = append(out, v.at(bits[i], cell)+v.at(bits[j], cell) >= 2)
		}
	}
	return out
}

func (v *validator) choicesAt(lists []list, cell int) []bool {
	sums := []int64{0}
	for _, l := range lists {
		var next []int64
		for _, s := range sums {
			for _, u := range l.bits {
				next = append(next, s+v.at(u, cell))
			}
		}
		sums = next
	}
	out := make([]bool, len(sums))
	for i, s := range sums {
		out[i] = s >= int64(len(lists))
	}
	return out
}
