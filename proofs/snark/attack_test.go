package snark

import (
	"errors"
	"maps"
	"math/big"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/consensys/gnark/constraint"
	"github.com/consensys/gnark/constraint/solver"
	"github.com/consensys/gnark/frontend"

	"tc0/circuits/arith"
)

// The attacks of a cheating prover on each proof system: how many, and the seed they are drawn from.
const (
	attackTries = 5_000
	attackSeed  = 20
)

func init() { solver.RegisterHint(capture) }

// captured are the values of the queries of one solution.
var captured struct {
	sync.Mutex
	values []*big.Int
}

// capture is a hint that notes its inputs.
func capture(_ *big.Int, in, out []*big.Int) error {
	captured.values = captured.values[:0]
	for _, v := range in {
		captured.values = append(captured.values, new(big.Int).Set(v))
	}
	out[0].SetUint64(0)
	return nil
}

// exposed is a circuit without its lookup argument, whose queries and secret rows go to the
// capture hint: with it a cheating prover counts rows as it needs them.
type exposed struct {
	template
	woven *woven
}

func (e *exposed) Define(api frontend.API) error {
	hidden, advice := e.hidden()
	w, err := e.lowering.weave(api, advice)
	if err != nil {
		return err
	}
	e.woven = w
	var in []frontend.Variable
	note := func(queries []query) {
		for _, q := range queries {
			in = append(append(in, q.key), q.columns...)
		}
	}
	note(w.queries)
	for _, t := range w.tables {
		note(t.secret)
	}
	if _, err := api.Compiler().NewHint(capture, 1, in...); err != nil {
		return err
	}
	return e.publish(api, w, hidden)
}

// exposure tries attacks on a constraint system.
type exposure struct {
	t      *testing.T
	random *rand.Rand
	system *System
	ccs    constraint.ConstraintSystem // without the lookup argument
	woven  *woven
	rows   map[string][2]int // tag and row by content, of tables that are not secret
}

func expose(t *testing.T, s *System, random *rand.Rand) *exposure {
	t.Helper()
	e := &exposed{template: newTemplate(s.lowering, s.Options)}
	ccs, err := frontend.Compile(field(), s.Options.Backend.builder(), e)
	if err != nil {
		t.Fatal(err)
	}
	x := &exposure{t, random, s, ccs, e.woven, map[string][2]int{}}
	for _, tb := range e.woven.tables {
		for i := range tb.size {
			if tb.secret != nil {
				break
			}
			columns := []*big.Int{tb.key(i)}
			for _, col := range tb.columns {
				columns = append(columns, big.NewInt(col[i]))
			}
			x.rows[rowName(tb.tag, columns)] = [2]int{tb.tag, i}
		}
	}
	return x
}

// accepted tells whether a solution is accepted when rows are counted as its queries need it. Its last
// wires are the counts.
func (x *exposure) accepted(st Statement, secret []any) bool {
	x.t.Helper()
	public, err := st.inputs(x.system.Options, x.system.lowering.shape())
	if err != nil {
		return false
	}
	w, err := fill(public, secret)
	if err != nil {
		x.t.Fatal(err)
	}
	captured.Lock()
	defer captured.Unlock()
	if _, err := x.ccs.Solve(w); err != nil {
		return false // refused before any lookup
	}
	counts, missing := x.count()
	if missing && x.random.IntN(10) > 0 {
		return false // no counts balance the sums: one time in ten this is tried out
	}
	at := len(secret)
	for i := len(counts) - 1; i >= 0; i-- {
		for k := len(counts[i]) - 1; k >= 0; k-- {
			at--
			secret[at] = counts[i][k]
		}
	}
	if w, err = fill(public, secret); err != nil {
		x.t.Fatal(err)
	}
	err = solve(x.system.ccs, w)
	if err != nil && !errors.Is(err, ErrUnsatisfied) {
		x.t.Fatal(err)
	}
	return err == nil
}

// count counts the rows that the captured queries ask for, and tells whether one is missing.
func (x *exposure) count() (counts [][]int64, missing bool) {
	next := func(q query, from *int) string {
		n := 1 + len(q.columns)
		*from += n
		return rowName(q.tag, captured.values[*from-n:*from])
	}
	at := 0
	for _, q := range x.woven.queries {
		at += 1 + len(q.columns)
	}
	rows := maps.Clone(x.rows)
	for _, tb := range x.woven.tables {
		counts = append(counts, make([]int64, tb.size))
		for i, q := range tb.secret {
			rows[next(q, &at)] = [2]int{tb.tag, i}
		}
	}
	at = 0
	for _, q := range x.woven.queries {
		r, ok := rows[next(q, &at)]
		if ok {
			counts[r[0]][r[1]]++
		}
		missing = missing || !ok
	}
	return counts, missing
}

// plan is the plan of a system whose weights are constants.
func (s *System) plan() *plan { return s.lowering.(*plan) }

// cheat attacks one circuit.
type cheat struct {
	*exposure
	word   []int
	honest trace
}

func newCheat(t *testing.T, b Backend, c *arith.Circuit, random *rand.Rand) *cheat {
	t.Helper()
	s, err := Lower(c, Options{Backend: b, Words: Public})
	if err != nil {
		t.Fatal(err)
	}
	x := &cheat{exposure: expose(t, s, random)}
	for _, n := range c.Inputs() {
		x.word = append(x.word, random.IntN(c.Levels(n)))
	}
	if x.honest, err = evaluate(c, x.word); err != nil {
		t.Fatal(err)
	}
	return x
}

func rowName(tag int, columns []*big.Int) string {
	name := []byte{byte(tag)}
	var v [32]byte
	for _, c := range columns {
		name = append(name, new(big.Int).Mod(c, field()).FillBytes(v[:])...)
	}
	return string(name)
}

// accepted tells whether a proof with this advice is accepted.
func (x *cheat) accepted(labels []int, advice []*big.Int) bool {
	x.t.Helper()
	secret := make([]any, len(advice))
	for i, v := range advice {
		secret[i] = v
	}
	return x.exposure.accepted(Statement{Word: x.word, Labels: labels}, secret)
}

// advice are the assigner's values for a trace as field elements.
func (x *cheat) advice(tr trace) []*big.Int {
	var out []*big.Int
	for _, v := range x.system.plan().assign(tr).advice {
		out = append(out, big.NewInt(v))
	}
	return out
}

// disturb changes a value as cheating provers do: a little, by a limb, by a fraction in the
// field, to its complement, or to anything.
func (x *exposure) disturb(v *big.Int) *big.Int {
	base := big.NewInt(1 << x.woven.ranges.width)
	out := new(big.Int)
	switch x.random.IntN(8) {
	case 0:
		out.Add(v, big.NewInt(1))
	case 1:
		out.Sub(v, big.NewInt(1))
	case 2:
		out.Add(v, base)
	case 3:
		out.Sub(v, base)
	case 4:
		out.Add(v, base.ModInverse(base, field()))
	case 5:
		out.Sub(big.NewInt(1), v)
	case 6:
		out.Neg(v)
	default:
		out.SetUint64(x.random.Uint64())
		out.Mul(out, out).Mul(out, out)
	}
	return out.Mod(out, field())
}

// lie is a trace in which one step has a false level and all that follows is computed from
// it.
func (x *cheat) lie() (trace, bool) {
	p := x.system.plan()
	var steps []*variable
	for _, v := range p.vars {
		if v != nil && v.shape != nil && v.method != constant {
			steps = append(steps, v)
		}
	}
	v := steps[x.random.IntN(len(steps))]
	right := int(x.honest.levels[v.node])
	level := right
	switch x.random.IntN(3) {
	case 0:
		level++
	case 1:
		level--
	default:
		level = x.random.IntN(p.circuit.Levels(v.node))
	}
	if level == right || level+v.shift < v.a || level+v.shift > v.b {
		return trace{}, false
	}
	differs := false // a level with the same values is no lie
	for _, values := range v.values {
		differs = differs || values[level+v.shift] != values[right+v.shift]
	}
	if !differs {
		return trace{}, false
	}
	return follow(p.circuit, x.honest, v.node, level), true
}

// follow evaluates a circuit anew with one step's level given.
func follow(c *arith.Circuit, tr trace, at arith.Node, given int) trace {
	values, levels := make([]int64, c.Len()), make([]int32, c.Len())
	view := func(v arith.View) int64 {
		if v.Table == arith.Natural {
			return values[v.Node]
		}
		return c.Table(v.Table)[levels[v.Node]]
	}
	for i := range values {
		n := arith.Node(i)
		switch c.Kind(n) {
		case arith.Input:
			values[i], levels[i] = tr.values[i], tr.levels[i]
		case arith.Form:
			constant, terms := c.Form(n)
			values[i] = constant
			for _, t := range terms {
				values[i] += t.Coef * view(t.View)
			}
		case arith.Product:
			values[i] = 1
			for _, f := range c.Factors(n) {
				values[i] *= view(f.View)
			}
		case arith.Step:
			form, th, val := c.Step(n)
			k := level(th, values[form])
			if n == at {
				k = given
			}
			levels[i], values[i] = int32(k), val[k]
		}
	}
	return trace{tr.word, values, levels}
}

// TestCheatingProver samples attacks on every construct and on a small Mamba: a value
// of the advice is disturbed, or a step has a false level that all later ones follow, or both.
// What a prover may choose freely, the overshoot of a saturated step that does not overshoot, is
// told apart: it changes no level.
func TestCheatingProver(t *testing.T) {
	for _, b := range []Backend{Groth16, PLONK} {
		t.Run(string(b), func(t *testing.T) { attack(t, b) })
	}
}

func attack(t *testing.T, b Backend) {
	random := rand.New(rand.NewPCG(attackSeed, 0))
	var cheats []*cheat
	for _, c := range constructs {
		cheats = append(cheats, newCheat(t, b, c.build(t), random))
	}
	cheats = append(cheats, newCheat(t, b, tiny(t), random))
	for _, x := range cheats {
		tr, err := labelsOf(x.system.plan().circuit, x.honest)
		if err != nil {
			t.Fatal(err)
		}
		if !x.accepted(tr, x.advice(x.honest)) {
			t.Fatal("an honest prover is refused: the attack tests nothing")
		}
	}
	var tried, free, lies int
	for tried < attackTries {
		x := cheats[tried%len(cheats)]
		tr, lied := x.honest, false
		if x.random.IntN(2) == 0 {
			if tr, lied = x.lie(); !lied {
				continue
			}
			lies++
		}
		advice := x.advice(tr)
		at, total := -1, x.own()
		if !lied || x.random.IntN(2) == 0 {
			at = x.random.IntN(total)
			d := x.disturb(advice[at])
			if new(big.Int).Mod(advice[at], field()).Cmp(d) == 0 {
				continue
			}
			advice[at] = d
		}
		claimed, err := labelsOf(x.system.plan().circuit, tr)
		if err != nil || same(advice[:total], x.advice(x.honest)[:total]) {
			continue // the disturbance has undone the lie
		}
		tried++
		if !x.accepted(claimed, advice) {
			continue
		}
		if !lied && x.overshoots()[at] {
			free++
			continue
		}
		t.Errorf("try %d (%s): accepted, lied %v, value %d disturbed", tried, x.system.plan().circuit.StageName(0), lied, at)
	}
	if lies < tried/4 || free > tried/50 {
		t.Errorf("of %d attacks %d have a false level and %d change nothing: they test less than they should", tried, lies, free)
	}
	t.Logf("%d attacks sampled with seed %d, %d of them with a false level: none accepted; %d changes of unused overshoots", tried, attackSeed, lies, free)
}

// own is how many values of the advice are not counts of rows.
func (x *cheat) own() int {
	n := x.system.plan().advice
	for _, tb := range x.system.plan().all() {
		n -= tb.size
	}
	return n
}

// same compares field elements.
func same(a, b []*big.Int) bool {
	for i := range a {
		if d := new(big.Int).Sub(a[i], b[i]); d.Mod(d, field()).Sign() != 0 {
			return false
		}
	}
	return true
}

// overshoots are the places in the advice of saturated overshoots that are multiplied by 0.
func (x *cheat) overshoots() map[int]bool {
	free := map[int]bool{}
	p := x.system.plan()
	a := p.newAssigner()
	a.trace = x.honest
	for _, v := range p.vars {
		if v == nil {
			continue
		}
		start := len(a.advice)
		a.variable(v)
		if v.method == saturated && a.advice[start+1] == 0 {
			for i := start + 2; i < len(a.advice); i++ {
				free[i] = true
			}
		}
	}
	return free
}

// TestTwoTokens claims a token by bits of others that add up to it, and to 1 in all: the token's
// number is right, but what is read of it is another's.
func TestTwoTokens(t *testing.T) {
	b := arith.NewBuilder()
	b.At(arith.Origin{Stage: b.Stage("token"), A: -1, B: -1, J: -1})
	codes := b.Table([]int64{9, 0, 0, 0})
	majority(b, b.Form(0, []arith.Term{{Coef: 1, View: arith.View{Node: b.Input(4), Table: codes}}}))
	c, err := b.Finish()
	if err != nil {
		t.Fatal(err)
	}
	x := newCheat(t, Groth16, c, rand.New(rand.NewPCG(attackSeed, 1)))
	tr, err := evaluate(c, []int{1})
	if err != nil {
		t.Fatal(err)
	}
	advice := x.advice(tr)
	x.word = []int{1}
	if !x.accepted([]int{0}, advice) {
		t.Fatal("token 1 has label 0, but is refused")
	}
	x.word = []int{0}
	for _, lie := range [][]int64{
		{0, 1, 1},  // and then -1: token 1 + 2 - 3
		{0, 2, -1}, // and then 0: token 2 - 2
	} {
		for i, bit := range lie {
			advice[i] = big.NewInt(bit)
		}
		if x.accepted([]int{0}, advice) {
			t.Errorf("token 0 has label 1, but label 0 is accepted with bits %v", lie)
		}
	}
}

// TestUnitGap claims level 2 for a step whose form has the value of level 1. Thresholds are 1 apart,
// so that the quotient's remainder can only be 0; overshoots and their bits are tried out.
func TestUnitGap(t *testing.T) {
	b := arith.NewBuilder()
	b.At(arith.Origin{Stage: b.Stage("token"), A: -1, B: -1, J: -1})
	values, codes := b.Table([]int64{-3, 1, 2, 7}), b.Table([]int64{0, 1, 2, 3})
	form := b.Form(0, []arith.Term{{Coef: 1, View: arith.View{Node: b.Input(4), Table: values}}})
	step := b.Step(form, b.Table([]int64{1, 2, 3}), codes, 0, 3)
	majority(b, b.Form(0, []arith.Term{{Coef: 1, View: arith.View{Node: step, Table: arith.Natural}}}))
	c, err := b.Finish()
	if err != nil {
		t.Fatal(err)
	}
	x := newCheat(t, Groth16, c, rand.New(rand.NewPCG(attackSeed, 2)))
	tr, err := evaluate(c, []int{1})
	if err != nil {
		t.Fatal(err)
	}
	x.word = []int{1}
	if !x.accepted([]int{1}, x.advice(tr)) {
		t.Fatal("level 1 is refused")
	}
	const level, others = 3, 8 // the place of the level in the advice, and how many follow
	for tried := range 1 << others {
		advice := x.advice(follow(c, tr, step, 2))
		for i := range others {
			advice[level+1+i] = big.NewInt(int64(tried >> i & 1))
		}
		if x.accepted([]int{1}, advice) {
			t.Fatalf("level 2 is accepted with advice %v", advice)
		}
	}
}

// TestBits claims -1 for a bit: with F just below the threshold, what must not be negative is 1 then, as
// small as it may be, and the claim takes from a sum the bit of another step.
func TestBits(t *testing.T) {
	b := arith.NewBuilder()
	b.At(arith.Origin{Stage: b.Stage("token"), A: -1, B: -1, J: -1})
	form := b.Form(0, []arith.Term{{Coef: 1, View: arith.View{Node: b.Input(3), Table: b.Table([]int64{4, 9, 0})}}})
	bits := b.Table([]int64{0, 1})
	low, high := b.Step(form, b.Table([]int64{5}), bits, 0, 1), b.Step(form, b.Table([]int64{4}), bits, 0, 1)
	majority(b, b.Form(0, []arith.Term{
		{Coef: 1, View: arith.View{Node: low, Table: arith.Natural}}, {Coef: 1, View: arith.View{Node: high, Table: arith.Natural}},
	}))
	c, err := b.Finish()
	if err != nil {
		t.Fatal(err)
	}
	x := newCheat(t, Groth16, c, rand.New(rand.NewPCG(attackSeed, 3)))
	tr, err := evaluate(c, []int{0})
	if err != nil {
		t.Fatal(err)
	}
	x.word = []int{0}
	if !x.accepted([]int{1}, x.advice(tr)) {
		t.Fatal("label 1 is refused")
	}
	const first, each = 2, 3 // the place of the first step in the advice; a bit and the two of its range
	advice := x.advice(follow(c, tr, high, 0))
	copy(advice[:first+2*each], x.advice(tr))
	advice[first] = big.NewInt(-1)
	for tried := range 4 {
		advice[first+1], advice[first+2] = big.NewInt(int64(tried&1)), big.NewInt(int64(tried>>1))
		if x.accepted([]int{0}, advice) {
			t.Fatalf("label 0 is accepted with advice %v", advice)
		}
	}
}

// TestManyLabels sees that a position with two labels or with none has no proof, of any label.
func TestManyLabels(t *testing.T) {
	for _, values := range [][]int64{{1, 1, 0}, {0, 0, 0}} {
		b := arith.NewBuilder()
		b.At(arith.Origin{Stage: b.Stage("token"), A: -1, B: -1, J: -1})
		ones := b.Table([]int64{0, 1})
		form := b.Form(0, []arith.Term{{Coef: 1, View: arith.View{Node: b.Input(2), Table: ones}}})
		var classes []arith.Node
		for class, v := range values {
			classes = append(classes, b.Step(form, b.Table([]int64{1}), b.Table([]int64{b2i(class == 2), v}), 0, 1))
		}
		b.Output([]arith.Node{form, form, form}, classes)
		c, err := b.Finish()
		if err != nil {
			t.Fatal(err)
		}
		x := newCheat(t, Groth16, c, rand.New(rand.NewPCG(attackSeed, 4)))
		tr, err := evaluate(c, []int{1})
		if err != nil {
			t.Fatal(err)
		}
		x.word = []int{1}
		for class := range values {
			if x.accepted([]int{class}, x.advice(tr)) {
				t.Errorf("labels %v: label %d is accepted", values, class)
			}
		}
	}
}
