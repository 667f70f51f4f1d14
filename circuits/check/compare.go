package check

import (
	"container/heap"
	"fmt"
	"slices"

	"tc0/circuits/arith"
)

// compare relates the form x that a bank of node n reads with the form f that it
// should read, both written out, and reports the first difference. Differences
// that come from nodes already blamed are passed over.
func (v *validator) compare(n arith.Node, bank int, x, f value) (sigma, c int64, ok bool) {
	plus := v.difference(x, f, 1)
	if len(plus) == 0 {
		return 1, x.c - f.c, true
	}
	minus := v.difference(x, f, -1)
	if len(minus) == 0 {
		return -1, x.c + f.c, true
	}
	sigma, rest := int64(1), plus
	if len(minus) < len(plus) {
		sigma, rest = -1, minus
	}
	for _, a := range rest {
		if v.excused(a) {
			continue
		}
		v.explain(n, bank, a, x, f, sigma)
		return 0, 0, false
	}
	return sigma, 0, true
}

// excused tells whether a node at fault explains the difference.
func (v *validator) excused(a atom) bool {
	switch a.kind() {
	case function:
		return v.bad[a.id()] || v.blame(arith.Node(a.id()))
	case conjunct:
		n := v.tc.Bank(int(a.id())).Tag.Node
		return n >= 0 && int(n) < len(v.bad) && v.bad[n]
	}
	return true
}

// difference is x - sigma·f without constants, written out over variables and
// banks.
func (v *validator) difference(x, f value, sigma int64) []atom {
	return slices.Clone(v.merge(append(v.flat(x, 1), v.flat(f, -sigma)...)))
}

// flat writes a value out. Sums are numbered after those that they hold, so taking
// the largest number first visits each once, however often it is shared.
func (v *validator) flat(x value, scale int64) []atom {
	if x.lin == none {
		return nil
	}
	var out []atom
	coefs, queue := map[int32]int64{x.lin: scale * x.s}, lins{x.lin}
	for len(queue) > 0 {
		lin := heap.Pop(&queue).(int32)
		coef := coefs[lin]
		for _, a := range v.sum(lin) {
			if a.kind() != nested {
				out = append(out, atom{a.key, coef * a.coef})
				continue
			}
			if _, waiting := coefs[a.id()]; !waiting {
				heap.Push(&queue, a.id())
			}
			coefs[a.id()] += coef * a.coef
		}
	}
	return v.merge(out)
}

// lins is a heap of sums, the largest number first.
type lins []int32

func (l lins) Len() int           { return len(l) }
func (l lins) Less(i, j int) bool { return l[i] > l[j] }
func (l lins) Swap(i, j int)      { l[i], l[j] = l[j], l[i] }
func (l *lins) Push(x any)        { *l = append(*l, x.(int32)) }

func (l *lins) Pop() any {
	old := *l
	x := old[len(old)-1]
	*l = old[:len(old)-1]
	return x
}

// explain reports the difference a.
func (v *validator) explain(n arith.Node, bank int, a atom, x, f value, sigma int64) {
	fl := Failure{ID: idForm, Node: n, Bank: bank, Gate: -1}
	find := func(atoms []atom) (vec *vector, coef int64) {
		for _, b := range atoms {
			if b.owner() == a.owner() {
				return &v.vecs[b.vec()], b.coef
			}
		}
		return nil, 0
	}
	delta, at := &v.vecs[a.vec()], 0
	for delta.at(at) == 0 {
		at++
	}
	if vec, coef := find(v.flat(f, sigma)); vec != nil {
		fl.Expected = coef * vec.at(at)
	}
	fl.Found = fl.Expected + a.coef*delta.at(at)
	if a.kind() == conjunct {
		fl.Value = int64(at)
		fl.Text = fmt.Sprintf("its form weighs gate %d of bank %d by %d, expected %d", at, a.id(), fl.Found, fl.Expected)
	} else {
		root := arith.Node(a.id())
		fl.Value = v.valueAt(root, at)
		fl.Text = fmt.Sprintf("its form gains %d from the gates of %s between %d and %d, expected %d",
			fl.Found, v.ac.Name(root), v.valueAt(root, 0), fl.Value, fl.Expected)
	}
	v.fail(fl)
}

// valueAt is a form value of a step, or a token, in a cell.
func (v *validator) valueAt(n arith.Node, cell int) int64 {
	if v.ac.Kind(n) == arith.Input {
		return int64(cell)
	}
	cl := &v.classes[v.class[n]]
	form, _, _ := v.ac.Step(n)
	rep := v.valuesOf(v.baseOf(cl.like, cl.prims), cl.like, cl.prims)[cl.first+cell]
	return min(max(rep, v.lo[form]), v.hi[form])
}

// differ is the first cell at which two functions of one class differ, and their
// values there.
func (v *validator) differ(id int32, a, b unary) (cell int, x, y int64) {
	for c := range v.classes[id].cells {
		if x, y = v.at(a, c), v.at(b, c); x != y {
			return c, x, y
		}
	}
	return 0, x, y
}

// blame reports a variable whose banks do not encode its value, if so.
func (v *validator) blame(n arith.Node) bool {
	cl := &v.classes[v.class[n]]
	if cl.plain == cl.natural && cl.coded || !cl.coded && cl.natural.fn == none {
		return false
	}
	f := Failure{ID: idStep, Node: n, Bank: -1, Gate: -1}
	if !cl.coded {
		f.Text = "no bank compares the step's form"
		v.fail(f)
		return true
	}
	cell, want, got := v.differ(v.class[n], cl.natural, cl.plain)
	f.Value, f.Expected, f.Found = v.valueAt(n, cell), want, got
	f.Bank = int(v.banksOf[n][0])
	if len(cl.sigs) == 1 {
		f.Gate = min(v.memo.sigs[cl.sigs[0]].level.at(cell), cl.level.at(cell))
		f.Gate = min(f.Gate, v.memo.sigs[cl.sigs[0]].gates-1)
	}
	f.Text = fmt.Sprintf("at %d the gates encode %d, expected %d", f.Value, got, want)
	v.fail(f)
	return true
}

// mismatch reports why no bank of a product fits its factors.
func (v *validator) mismatch(n arith.Node, fs []factor, conjs []conjunction) {
	f := Failure{ID: idProduct, Node: n, Bank: -1, Gate: -1, Text: "no bank of conjunctions of bits of all factors"}
	for _, c := range conjs {
		if len(c.lists) != len(fs) {
			continue
		}
		f.Bank = c.bank
		for i := range fs {
			if l := &c.lists[i]; !isBitsOf(l, fs[i]) {
				v.notBits(&f, i, l, fs[i])
				break
			}
		}
		break
	}
	v.fail(f)
}

// notBits says where a list is not the bits of a factor.
func (v *validator) notBits(f *Failure, i int, l *list, fa factor) {
	if l.root != fa.root {
		f.Text = fmt.Sprintf("operand %d holds the bits of another node", i)
		if l.root >= 0 {
			f.Text += ", " + v.ac.Name(l.root)
			_ = v.blame(l.root)
		}
		return
	}
	for c := range v.cellsOf(fa.root) {
		want, got := v.at(fa.unary, c)-fa.c, v.at(l.shape.sum, c)-l.shape.sum.c
		if want == got {
			continue
		}
		f.Value, f.Expected, f.Found = v.valueAt(fa.root, c), want, got
		f.Text = fmt.Sprintf("the bits of operand %d gain %d between %d and %d of %s, expected %d", i, got, v.valueAt(fa.root, 0), f.Value, v.ac.Name(fa.root), want)
		return
	}
}
