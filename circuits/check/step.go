package check

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"tc0/circuits/arith"
	"tc0/circuits/threshold"
)

// primary is a bank whose gates compare the form of a step, read as sigma·F + c.
type primary struct {
	bank  int
	sigma int64
	c     int64
	threshold.Bank
	high int // digit: index of the higher digit's bank among the primaries
}

// input establishes the bits of a token.
func (v *validator) input(n arith.Node) {
	levels := v.ac.Levels(n)
	v.class[n] = v.inputClass(levels)
	at := slices.Index(v.ac.Inputs(), n)
	bs := v.banksOf[n]
	f := Failure{ID: idInput, Node: n, Bank: -1, Gate: -1}
	if len(bs) != 1 {
		f.Expected, f.Found, f.Text = 1, int64(len(bs)), fmt.Sprintf("%d banks of bits, expected one", len(bs))
		v.fail(f)
		v.opaque(n)
		return
	}
	b := v.tc.Bank(int(bs[0]))
	f.Bank = int(bs[0])
	switch {
	case b.Kind != threshold.Input:
		f.Text = fmt.Sprintf("a %v bank stands for the token", b.Kind)
	case b.Gates != int64(levels):
		f.Expected, f.Found, f.Text = int64(levels), b.Gates, fmt.Sprintf("%d bits, expected %d", b.Gates, levels)
	case v.inputOrder()[at] != f.Bank:
		f.Text = fmt.Sprintf("the bits of token %d do not come in its place", at)
	default:
		v.bank[f.Bank] = bankInfo{state: rooted, root: n, sig: v.classes[v.class[n]].sigs[0]}
		return
	}
	v.fail(f)
	v.opaque(n)
}

// inputOrder are the input banks in order, padded to the number of tokens.
func (v *validator) inputOrder() []int {
	if v.tokens == nil {
		for b := range v.tc.Banks() {
			if v.tc.Bank(b).Kind == threshold.Input {
				v.tokens = append(v.tokens, b)
			}
		}
		for len(v.tokens) < len(v.ac.Inputs()) {
			v.tokens = append(v.tokens, -1)
		}
	}
	return v.tokens
}

// opaque gives up on a node's banks that are not established.
func (v *validator) opaque(n arith.Node) {
	for _, b := range v.banksOf[n] {
		if v.bank[b].state == open {
			v.bank[b].state = opaque
		}
	}
}

// step establishes the banks of a step.
func (v *validator) step(n arith.Node) {
	prims, rest := v.primaries(n)
	form, _, _ := v.ac.Step(n)
	id := v.classOf(n, prims, v.lo[form], v.hi[form])
	v.class[n] = id
	cl := &v.classes[id]
	v.node[n] = v.unaryValue(n, cl.natural)
	for i := range prims {
		v.bank[prims[i].bank] = bankInfo{state: rooted, root: n, sig: cl.sigs[i]}
	}
	for _, b := range rest {
		v.derived(n, b)
	}
	v.opaque(n)
	v.report.Compared.Steps++
	v.report.Compared.Levels += uint64(cl.cells)
}

// primaries finds the banks that compare the step's form. The rest read the
// step's own gates or nothing.
func (v *validator) primaries(n arith.Node) (prims []primary, rest []int) {
	prims = v.prims[:0]
	form, _, _ := v.ac.Step(n)
	for _, id := range v.banksOf[n] {
		b := v.tc.Bank(int(id))
		if b.Kind != threshold.Level && b.Kind != threshold.Digit {
			v.fail(Failure{ID: idStray, Node: n, Bank: int(id), Gate: -1, Text: fmt.Sprintf("a step has a bank of kind %v", b.Kind)})
			continue
		}
		p := primary{bank: int(id), Bank: b}
		v.own = false
		x, _ := v.resolve(b.Form)
		var ok bool
		if p.sigma, p.c, ok = relate(x, v.node[form]); !ok {
			if v.own || x.lin == none {
				rest = append(rest, int(id))
				continue
			}
			if p.sigma, p.c, ok = v.compare(n, int(id), x, v.node[form]); !ok {
				continue
			}
		}
		if b.Kind == threshold.Digit {
			p.high = slices.IndexFunc(prims, func(q primary) bool { return q.bank == b.High })
			if p.high < 0 || prims[p.high].Kind != threshold.Level {
				v.fail(Failure{ID: idDigit, Node: n, Bank: int(id), Gate: -1, Text: fmt.Sprintf("bank %d is not the higher digit of this step", b.High)})
				continue
			}
		}
		prims = append(prims, p)
	}
	v.prims = prims
	return prims, rest
}

// relate finds x = sigma·f + c with sigma ±1, if the sums are the same.
func relate(x, f value) (sigma, c int64, ok bool) {
	switch {
	case x.lin != f.lin:
		return 0, 0, false
	case x.s == f.s:
		return 1, x.c - f.c, true
	case x.s == -f.s:
		return -1, x.c + f.c, true
	}
	return 0, 0, false
}

// read is the primary's form at a value of the step's form.
func (p *primary) read(f int64) int64 { return addSat(p.sigma*f, p.c) }

// point is the least step form value from which on the comparison with t changes.
func (p *primary) point(t int64) int64 {
	if p.sigma > 0 {
		return addSat(t, negSat(p.c))
	}
	return addSat(addSat(p.c, negSat(t)), 1)
}

func addSat(a, b int64) int64 {
	s := a + b
	switch {
	case a > 0 && b > 0 && s < 0:
		return math.MaxInt64
	case a < 0 && b < 0 && s >= 0:
		return math.MinInt64
	}
	return s
}

func negSat(a int64) int64 {
	if a == math.MinInt64 {
		return math.MaxInt64
	}
	return -a
}

// never stands in keys for a border beyond the proved range.
const never = math.MaxInt64

// derived establishes a bank that compares a function of the step's own gates,
// such as one of its bits.
func (v *validator) derived(n arith.Node, id int) {
	b := v.tc.Bank(id)
	x, settled := v.resolve(b.Form)
	root, u, ok := v.single(x)
	if !ok || !settled || b.Kind != threshold.Level || root != n && root != arith.Node(none) {
		v.fail(Failure{ID: idForm, Node: n, Bank: id, Gate: -1, Text: "the bank reads neither the step's form nor its gates alone"})
		return
	}
	cl := v.class[n]
	key := append(v.memo.key[:0], 'd')
	for _, k := range []int64{int64(cl), u.c, u.s, int64(u.fn), int64(b.Table), int64(b.Off), int64(b.Stride), b.Gates} {
		key = binary.AppendVarint(key, k)
	}
	v.memo.key = key
	sig, ok := v.memo.sigAt[string(key)]
	if !ok {
		p := primary{sigma: 1, Bank: b}
		sig = v.memo.addSignature(v.levelGates(&p, v.values(v.spare(v.classes[cl].cells), u)))
		v.memo.sigAt[string(key)] = sig
	}
	v.bank[id] = bankInfo{state: rooted, root: n, sig: sig}
}
