package check

import (
	"fmt"

	"tc0/circuits/arith"
	"tc0/circuits/threshold"
)

// factor is a view in a product.
type factor struct {
	root arith.Node // none when the view is constant over the proved range
	unary
}

// conjunction is a bank of conjunctions over several variables.
type conjunction struct {
	bank  int
	lists []list
	used  bool // stands for a set of factors already; equal factors have a bank each
}

// product establishes the banks of a product and its value.
func (v *validator) product(n arith.Node) {
	var fs []factor
	for _, t := range v.ac.Factors(n) {
		u := v.viewOf(t.View)
		f := factor{t.Node, u}
		if u.fn == none {
			f.root = arith.Node(none)
		}
		fs = append(fs, f)
	}
	var conjs []conjunction
	for _, b := range v.banksOf[n] {
		if c, ok := v.conjunction(n, int(b)); ok {
			conjs = append(conjs, c)
		}
	}
	v.opaque(n)
	if root, ok := common(fs); ok {
		v.node[n] = v.unaryValue(root, v.multiply(fs, nil))
		return
	}
	v.node[n] = v.expand(n, fs, conjs)
}

// common is the variable of factors that depend on one variable at most.
func common(fs []factor) (root arith.Node, ok bool) {
	root = arith.Node(none)
	for _, f := range fs {
		switch root {
		case arith.Node(none):
			root = f.root
		case f.root:
		default:
			if f.root != arith.Node(none) {
				return 0, false
			}
		}
	}
	return root, true
}

// multiply is the product of factors of one variable, each less its least value
// when these are given.
func (v *validator) multiply(fs []factor, least []int64) unary {
	us := make([]unary, len(fs))
	for i, f := range fs {
		us[i] = f.unary
		if least != nil {
			us[i].c -= least[i]
		}
	}
	switch len(us) {
	case 0:
		return unary{1, 0, none}
	case 1:
		return us[0]
	}
	v.memo.key = bitsKey(append(v.memo.key[:0], 'm'), us)
	if u, ok := v.memo.unaryAt[string(v.memo.key)]; ok {
		return u
	}
	u := v.pointwise(us)
	v.memo.unaryAt[string(v.memo.key)] = u
	return u
}

// pointwise is the product of one or more functions of one variable.
func (v *validator) pointwise(us []unary) unary {
	cells := 1
	for _, u := range us {
		if u.fn != none {
			cells = v.vecs[u.fn].count
		}
	}
	out := v.cells(cells)
	v.values(out, us[0])
	for _, u := range us[1:] {
		for c, x := range v.values(v.spare(cells), u) {
			out[c] *= x
		}
	}
	return v.unary(out)
}

// conjunction establishes one bank of a product. Conjunctions of bits of one
// variable are functions of it; the others are returned.
func (v *validator) conjunction(n arith.Node, id int) (c conjunction, several bool) {
	b := v.tc.Bank(id)
	if b.Kind != threshold.And && b.Kind != threshold.Pairs {
		v.fail(Failure{ID: idStray, Node: n, Bank: id, Gate: -1, Text: fmt.Sprintf("a product has a bank of kind %v", b.Kind)})
		return c, false
	}
	c = conjunction{bank: id}
	root := arith.Node(none)
	for i, forms := range b.Lists {
		l := v.list(forms)
		if !l.ok {
			v.fail(Failure{ID: idBits, Node: n, Bank: id, Gate: -1, Text: fmt.Sprintf("operand %d is not a function of one variable", i)})
			return c, false
		}
		if s := l.shape; s.bad >= 0 {
			f := Failure{ID: idBits, Node: n, Bank: id, Gate: -1, Expected: 1, Found: s.at}
			f.Text = fmt.Sprintf("bit %d of operand %d takes the value %d", s.bad, i, s.at)
			if l.root >= 0 {
				f.Value = v.valueAt(l.root, s.cell)
				f.Text += fmt.Sprintf(" at %d of %s", f.Value, v.ac.Name(l.root))
			}
			v.fail(f)
			return c, false
		}
		if root != arith.Node(none) && l.root != arith.Node(none) && l.root != root {
			several = true
		}
		if l.root != arith.Node(none) {
			root = l.root
		}
		c.lists = append(c.lists, l)
	}
	if several {
		v.bank[id] = bankInfo{state: conjoin, mask: v.mask(c.lists)}
	} else {
		v.bank[id] = bankInfo{state: rooted, root: root, sig: v.together(root, b.Kind, c.lists)}
	}
	return c, several
}

// expand writes the product of factors lo_i + w_i out over the conjunctions of the
// bits of the w_i, which must be there for every set of factors that needs them.
func (v *validator) expand(n arith.Node, fs []factor, conjs []conjunction) value {
	all := uint(1)<<len(fs) - 1
	least, _, ok := match(fs, all, nil, conjs)
	if !ok {
		v.mismatch(n, fs, conjs)
		return v.lost(n)
	}
	base, constant := len(v.buf), int64(0)
	for set := all; set <= all; set-- { // down to 0
		rest := int64(1)
		var chosen []factor
		var lows []int64
		for i, f := range fs {
			if set>>i&1 == 1 {
				chosen, lows = append(chosen, f), append(lows, least[i])
			} else {
				rest *= least[i]
			}
		}
		if rest == 0 {
			continue
		}
		if root, ok := common(chosen); ok {
			u := v.multiply(chosen, lows)
			v.push(function, int32(root), u.fn, rest*u.s)
			constant += rest * u.c
			continue
		}
		_, c, ok := match(fs, set, least, conjs)
		if !ok {
			v.buf = v.buf[:base]
			v.fail(Failure{ID: idProduct, Node: n, Bank: -1, Gate: -1, Text: fmt.Sprintf("no bank of conjunctions for the factors %b, which need one", set)})
			return v.lost(n)
		}
		c.used = true
		w := v.powers(c)
		v.push(conjunct, int32(c.bank), w.vec, rest*w.s)
	}
	return v.finish(base, constant)
}

// lost is the value of a product that failed.
func (v *validator) lost(n arith.Node) value {
	base := len(v.buf)
	v.push(missing, int32(n), 0, 1)
	return v.finish(base, 0)
}

// powers are the weights 2^(i+j+…) on conjunctions of bits i, j, …
func (v *validator) powers(c *conjunction) scaled {
	key := [5]int{4: int(v.bank[c.bank].mask)}
	for i, l := range c.lists {
		key[i] = len(l.bits) + 1 // 0 stands for no list
	}
	if w, ok := v.memo.powers[key]; ok {
		return w
	}
	weights := []int64{1}
	for _, l := range c.lists {
		next := make([]int64, 0, len(weights)*len(l.bits))
		for _, w := range weights {
			for b := range l.bits {
				next = append(next, w<<b)
			}
		}
		weights = next
	}
	w := v.masked(weights, v.bank[c.bank].mask)
	v.memo.powers[key] = w
	return w
}

// match finds an unused bank whose lists are the bits of the chosen factors above their
// least values, in any order, and these values.
func match(fs []factor, set uint, least []int64, conjs []conjunction) ([]int64, *conjunction, bool) {
	for i := range conjs {
		if conjs[i].used {
			continue
		}
		found := make([]int64, len(fs))
		copy(found, least)
		if assign(fs, set, least != nil, found, conjs[i].lists) {
			return found, &conjs[i], true
		}
	}
	return nil, nil, false
}

// assign gives every list one factor of the set, by trial.
func assign(fs []factor, set uint, fixed bool, least []int64, lists []list) bool {
	if len(lists) == 0 || set == 0 {
		return len(lists) == 0 && set == 0
	}
	for i, f := range fs {
		if set>>i&1 == 0 || !isBitsOf(&lists[0], f) {
			continue
		}
		lo := f.c - lists[0].shape.sum.c
		if fixed && lo != least[i] {
			continue
		}
		before := least[i]
		least[i] = lo
		if assign(fs, set&^(1<<i), fixed, least, lists[1:]) {
			return true
		}
		least[i] = before
	}
	return false
}

// isBitsOf tells whether the list adds up to the factor but for a constant.
func isBitsOf(l *list, f factor) bool {
	s := l.shape.sum
	return s.fn == f.fn && (s.fn == none || s.s == f.s && l.root == f.root)
}
