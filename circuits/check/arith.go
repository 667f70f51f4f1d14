package check

import (
	"fmt"
	"math/big"
	"slices"

	"tc0/circuits/arith"
)

// arithView is what the verifier reads of an arithmetic circuit. Builders and
// readers refuse faulty circuits; tests put damaged ones behind this interface.
type arithView interface {
	Len() int
	Kind(arith.Node) arith.Kind
	Range(arith.Node) (lo, hi int64)
	Inputs() []arith.Node
	Outputs() []arith.Output
	Tables() int
	Table(arith.Table) []int64
	Levels(arith.Node) int
	Form(arith.Node) (int64, []arith.Term)
	Factors(arith.Node) []arith.Term
	StepTables(arith.Node) (th, val arith.Table, off, count int)
}

// Arith verifies an arithmetic circuit: everything its builder promises, worked
// out again from the nodes alone. It lists every fault.
func Arith(c *arith.Circuit) []Finding {
	_, faults := proveRanges(c)
	return faults
}

// ranges are the proved ranges of the nodes' natural values.
type ranges struct{ lo, hi []int64 }

// arithCheck is one run of the verifier.
type arithCheck struct {
	c      arithView
	lo, hi []*big.Int // nil where a fault leaves no range
	faults []Finding
	spans  map[viewSpan][2]int64
	sorted map[arith.Table]bool // tables of thresholds seen
}

type viewSpan struct {
	table      arith.Table
	off, count int
}

func proveRanges(c arithView) (ranges, []Finding) {
	k := &arithCheck{c: c, lo: make([]*big.Int, c.Len()), hi: make([]*big.Int, c.Len()), spans: map[viewSpan][2]int64{}, sorted: map[arith.Table]bool{}}
	var inputs []arith.Node
	for n := range arith.Node(c.Len()) {
		if c.Kind(n) == arith.Input {
			inputs = append(inputs, n)
		}
		k.node(n)
		k.compare(n)
	}
	if !slices.Equal(inputs, c.Inputs()) {
		k.report(idLevels, Place{"circuit", 0, -1}, "the list of inputs is not that of the input nodes")
	}
	k.outputs()
	r := ranges{make([]int64, c.Len()), make([]int64, c.Len())}
	if len(k.faults) == 0 {
		for n := range r.lo {
			r.lo[n], r.hi[n] = k.lo[n].Int64(), k.hi[n].Int64()
		}
	}
	return r, k.faults
}

func (k *arithCheck) report(id string, p Place, format string, args ...any) {
	k.faults = append(k.faults, Finding{id, p, fmt.Sprintf(format, args...)})
}

func nodePlace(n arith.Node, operand int) Place { return Place{"node", int(n), int64(operand)} }

// node proves the range of a node.
func (k *arithCheck) node(n arith.Node) {
	switch k.c.Kind(n) {
	case arith.Input:
		levels := k.c.Levels(n)
		if levels < 1 {
			k.report(idLevels, nodePlace(n, -1), "input with %d levels", levels)
			return
		}
		k.lo[n], k.hi[n] = new(big.Int), big.NewInt(int64(levels)-1)
	case arith.Form:
		k.form(n)
	case arith.Step:
		k.step(n)
	case arith.Product:
		k.product(n)
	default:
		k.report(idOperand, nodePlace(n, -1), "unknown operation %v", k.c.Kind(n))
	}
}

func (k *arithCheck) form(n arith.Node) {
	constant, terms := k.c.Form(n)
	lo, hi, whole := big.NewInt(constant), big.NewInt(constant), true
	for i, t := range terms {
		vlo, vhi, ok := k.view(n, i, t.View)
		if whole = whole && ok; !ok {
			continue
		}
		coef := big.NewInt(t.Coef)
		a, b := new(big.Int).Mul(coef, vlo), new(big.Int).Mul(coef, vhi)
		if t.Coef < 0 {
			a, b = b, a
		}
		lo.Add(lo, a)
		hi.Add(hi, b)
	}
	if whole {
		k.lo[n], k.hi[n] = lo, hi
	}
}

func (k *arithCheck) step(n arith.Node) {
	operands := k.c.Factors(n)
	if len(operands) != 1 {
		k.report(idArity, nodePlace(n, -1), "step of %d forms", len(operands))
	} else if f := operands[0].Node; f < 0 || f >= n || k.c.Kind(f) != arith.Form || operands[0].Table != arith.Natural {
		k.report(idOperand, nodePlace(n, 0), "the step does not read an earlier form whole, but node %d", f)
	}
	th, val, off, count := k.c.StepTables(n)
	if _, ok := k.part(n, th, off, count); ok {
		k.ascends(n, th)
	}
	if _, ok := k.part(n, val, off, count+1); ok {
		k.lo[n], k.hi[n] = k.extremes(val, off, count+1)
	}
}

// ascends checks a table of thresholds, once and whole: evaluation indexes it for all
// steps that use a part of it.
func (k *arithCheck) ascends(n arith.Node, t arith.Table) {
	if k.sorted[t] {
		return
	}
	k.sorted[t] = true
	table := k.c.Table(t)
	for i := 1; i < len(table); i++ {
		if table[i] <= table[i-1] {
			k.report(idThreshold, nodePlace(n, -1), "threshold %d of table %d is %d after %d", i, t, table[i], table[i-1])
		}
	}
}

// part is the part of a table that a step or view uses, if it exists.
func (k *arithCheck) part(n arith.Node, t arith.Table, off, count int) ([]int64, bool) {
	if t < 0 || int(t) >= k.c.Tables() || off < 0 || count < 0 || off+count > len(k.c.Table(t)) {
		k.report(idTableLen, nodePlace(n, -1), "entries [%d,+%d) of table %d do not exist", off, count, t)
		return nil, false
	}
	return k.c.Table(t)[off : off+count], true
}

// extremes are the least and greatest entries of a part of a table.
func (k *arithCheck) extremes(t arith.Table, off, count int) (lo, hi *big.Int) {
	key := viewSpan{t, off, count}
	e, ok := k.spans[key]
	if !ok && count > 0 {
		part := k.c.Table(t)[off : off+count]
		e = [2]int64{slices.Min(part), slices.Max(part)}
		k.spans[key] = e
	}
	return big.NewInt(e[0]), big.NewInt(e[1])
}

func (k *arithCheck) product(n arith.Node) {
	factors := k.c.Factors(n)
	whole := true
	if len(factors) < 2 || len(factors) > arith.MaxFactors {
		k.report(idArity, nodePlace(n, -1), "product of %d factors", len(factors))
	}
	lo, hi := big.NewInt(1), big.NewInt(1)
	for i, f := range factors {
		vlo, vhi, ok := k.view(n, i, f.View)
		if ok && k.c.Kind(f.Node) != arith.Input && k.c.Kind(f.Node) != arith.Step {
			k.report(idFactor, nodePlace(n, i), "factor %d is a %v", f.Node, k.c.Kind(f.Node))
		}
		if whole = whole && ok; ok {
			lo, hi = corners(lo, hi, vlo, vhi)
		}
	}
	if whole {
		k.lo[n], k.hi[n] = lo, hi
	}
}

// corners is the range of a product of two ranges.
func corners(alo, ahi, blo, bhi *big.Int) (lo, hi *big.Int) {
	for _, a := range []*big.Int{alo, ahi} {
		for _, b := range []*big.Int{blo, bhi} {
			p := new(big.Int).Mul(a, b)
			if lo == nil || p.Cmp(lo) < 0 {
				lo = p
			}
			if hi == nil || p.Cmp(hi) > 0 {
				hi = p
			}
		}
	}
	return lo, hi
}

// view is the range of operand i of node n.
func (k *arithCheck) view(n arith.Node, i int, v arith.View) (lo, hi *big.Int, ok bool) {
	if v.Node < 0 || v.Node >= n {
		k.report(idOperand, nodePlace(n, i), "reads node %d, which does not come before it", v.Node)
		return nil, nil, false
	}
	kind := k.c.Kind(v.Node)
	if v.Table == arith.Natural {
		if kind == arith.Input {
			k.report(idOperand, nodePlace(n, i), "reads input %d without a table", v.Node)
			return nil, nil, false
		}
		return k.lo[v.Node], k.hi[v.Node], k.lo[v.Node] != nil
	}
	if kind != arith.Input && kind != arith.Step {
		k.report(idOperand, nodePlace(n, i), "reads a %v through a table", kind)
		return nil, nil, false
	}
	levels := k.c.Levels(v.Node)
	if _, ok := k.part(n, v.Table, 0, levels); !ok || levels < 1 {
		return nil, nil, false
	}
	lo, hi = k.extremes(v.Table, 0, levels)
	return lo, hi, true
}

// compare compares the proved range with the stored one.
func (k *arithCheck) compare(n arith.Node) {
	if k.lo[n] == nil {
		return
	}
	if k.lo[n].BitLen() > 62 || k.hi[n].BitLen() > 62 {
		k.report(idOverflow, nodePlace(n, -1), "range %d..%d", k.lo[n], k.hi[n])
		return
	}
	if lo, hi := k.c.Range(n); lo != k.lo[n].Int64() || hi != k.hi[n].Int64() {
		k.report(idProved, nodePlace(n, -1), "range %d..%d, proved %d..%d", lo, hi, k.lo[n], k.hi[n])
	}
}

func (k *arithCheck) outputs() {
	for t, o := range k.c.Outputs() {
		for i, n := range o.Logits {
			if n < 0 || int(n) >= k.c.Len() || k.c.Kind(n) != arith.Form {
				k.report(idResult, Place{"output", t, int64(i)}, "logit %d is not a form", n)
			}
		}
		for i, n := range o.Labels {
			if n < 0 || int(n) >= k.c.Len() || k.c.Kind(n) != arith.Step || k.lo[n] != nil && (k.lo[n].Sign() < 0 || k.hi[n].BitLen() > 1) {
				k.report(idResult, Place{"output", t, int64(i)}, "label %d is not a step with values 0 and 1", n)
			}
		}
	}
}
