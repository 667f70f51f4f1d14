package snark

import (
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"tc0/circuits/arith"
)

// The attacks on committed weights: how many, and the seed they are drawn from.
const (
	committedTries = 1_000
	committedSeed  = 21
)

// thief attacks the constraint system of an architecture with the weights of a model.
type thief struct {
	*exposure
	program *program
	model   *model
	word    []int
	params  int // values of the advice that are parameters or their limbs
}

// newThief attacks a toy.
func newThief(t *testing.T, b Backend, c *arith.Circuit, random *rand.Rand) *thief {
	t.Helper()
	a, err := ArchitectureOf(c, DefaultRoom)
	if err != nil {
		t.Fatal(err)
	}
	s, err := LowerArchitecture(a, Options{Backend: b, Words: Public, Committed: true})
	if err != nil {
		t.Fatal(err)
	}
	if s, err = s.Bind(c, big.NewInt(99)); err != nil {
		t.Fatal(err)
	}
	x := &thief{exposure: expose(t, s, random), program: s.lowering.(*program), model: s.model}
	for range a.Length {
		x.word = append(x.word, random.IntN(a.Vocabulary))
	}
	x.params = len(x.program.begin(s.model.parameters).advice)
	return x
}

// accepted tells whether a proof with this commitment, labels and advice is accepted.
func (x *thief) accepted(commitment string, labels []int, advice []*big.Int) bool {
	secret := []any{x.model.salt}
	for _, v := range advice {
		secret = append(secret, v)
	}
	return x.exposure.accepted(Statement{Model: commitment, Word: x.word, Labels: labels}, secret)
}

// lie evaluates the word with weights that are not those committed to: a coefficient, constant,
// threshold or value of one stage is another, and all that follows is computed from it. A step's
// distances stay those from the true ends of the level that it claims.
func (x *thief) lie() *performance {
	p := x.program.begin(x.model.parameters)
	for {
		w := &p.weights[x.random.IntN(len(p.weights))]
		numbers := []*[]int64{&w.coefficients, &w.constants, &w.thresholds, &w.values}
		of := numbers[x.random.IntN(len(numbers))]
		if len(*of) == 0 {
			continue
		}
		*of = slices.Clone(*of)
		(*of)[x.random.IntN(len(*of))] += x.random.Int64N(41) - 20
		if of == &w.thresholds {
			slices.Sort(*of)
		}
		p.word(x.word)
		p.end()
		return p
	}
}

// swap evaluates with other parameters than those of the model: in range or not, and committed
// to or not.
func (x *thief) swap() *performance {
	parameters := slices.Clone(x.model.parameters)
	at := x.random.IntN(len(parameters))
	parameters[at] += x.random.Int64N(81) - 40
	if x.random.IntN(2) == 0 && at+1 < len(parameters) { // as the widths of two levels, whose sum stays
		parameters[at+1] -= parameters[at] - x.model.parameters[at]
	}
	return x.program.perform(parameters, x.word)
}

// parameters are those in the advice, if they are in range.
func (x *thief) parameters(advice []*big.Int) (Parameters, bool) {
	var out Parameters
	for _, r := range x.program.layout() {
		for _, v := range advice[:r.count] {
			if v.Sign() < 0 || v.Cmp(big.NewInt(x.program.span(r))) >= 0 {
				return nil, false
			}
			out = append(out, v.Int64()-x.program.shift(r))
		}
		advice = advice[r.count*r.limbs:] // after a run come the low limbs of each
	}
	return out, true
}

// commitment is what the circuit makes of the parameters in the advice, in range or not.
func (x *thief) commitment(advice []*big.Int) string {
	domain, err := x.program.domain()
	if err != nil {
		x.t.Fatal(err)
	}
	absorbed := []*big.Int{domain, x.model.salt}
	to := packer{width: x.program.Width}
	for _, r := range x.program.layout() {
		for _, v := range advice[:r.count] {
			fresh, up := to.next(r)
			if fresh {
				absorbed = append(absorbed, new(big.Int))
			}
			last := absorbed[len(absorbed)-1]
			last.Add(last, new(big.Int).Lsh(v, up))
			last.Mod(last, field())
		}
		advice = advice[r.count*r.limbs:]
	}
	c, err := sponge(absorbed)
	if err != nil {
		x.t.Fatal(err)
	}
	return c
}

// true tells whether the parameters in the advice are in range and have the commitment, and
// the rest of the advice, with the labels, is what follows from them: there is no other.
func (x *thief) true(commitment string, labels []int, advice []*big.Int) bool {
	p, ok := x.parameters(advice)
	if !ok {
		return false
	}
	c, err := x.program.Commit(p, x.model.salt)
	if err != nil || c != commitment {
		return false
	}
	got := x.program.perform(p, x.word)
	return got.err == nil && slices.Equal(got.labels[0], labels) && x.same(advice, elements(got.advice))
}

// same compares advice but for the counts of rows.
func (x *thief) same(a, b []*big.Int) bool {
	own := len(a) - x.woven.rows()
	return slices.EqualFunc(a[:own], b[:own], func(a, b *big.Int) bool { return a.Cmp(b) == 0 })
}

func elements(v []int64) []*big.Int {
	var out []*big.Int
	for _, x := range v {
		out = append(out, new(big.Int).Mod(big.NewInt(x), field()))
	}
	return out
}

// TestCommittedCheatingProver samples attacks on committed weights: values of the advice are
// disturbed, the word is evaluated with other weights than those committed to, or the
// parameters are others, out of range too, with a commitment that fits. What is accepted must be
// the one solution for the parameters that the commitment is to.
func TestCommittedCheatingProver(t *testing.T) {
	random := rand.New(rand.NewPCG(committedSeed, 0))
	var thieves []*thief
	for seed := range uint64(4) {
		thieves = append(thieves, newThief(t, Groth16, smallToy.model(t, seed), random))
	}
	thieves = append(thieves, newThief(t, PLONK, tinyToy.model(t, 0), random))
	for _, x := range thieves {
		honest := x.program.perform(x.model.parameters, x.word)
		if !x.accepted(x.model.commitment, honest.labels[0], elements(honest.advice)) {
			t.Fatal("an honest prover is refused: the attack tests nothing")
		}
	}
	var tried, lies, swaps, unused int
	for tried < committedTries {
		x := thieves[tried%len(thieves)]
		honest := x.program.perform(x.model.parameters, x.word)
		p, kind := honest, x.random.IntN(4)
		switch kind {
		case 0:
			p = x.lie()
		case 1:
			p = x.swap()
		}
		advice := elements(p.advice)
		own := len(advice) - x.woven.rows()
		if kind == 2 || kind == 3 {
			at := x.random.IntN(own)
			if kind == 3 {
				at = x.random.IntN(x.params)
			}
			advice[at] = x.disturb(advice[at])
		}
		if p.err != nil || x.same(advice, elements(honest.advice)) {
			continue
		}
		commitment := x.model.commitment
		if x.random.IntN(4) > 0 {
			commitment = x.commitment(advice)
		}
		tried++
		lies, swaps = lies+int(b2i(kind == 0)), swaps+int(b2i(kind == 1))
		if !x.accepted(commitment, p.labels[0], advice) {
			continue
		}
		unused++
		if !x.true(commitment, p.labels[0], advice) {
			t.Errorf("try %d: accepted, though no solution for its parameters (attack %d)", tried, kind)
		}
	}
	if lies < tried/8 || swaps < tried/8 {
		t.Errorf("of %d attacks %d have false weights and %d other parameters: too few", tried, lies, swaps)
	}
	t.Logf("%d attacks sampled with seed %d, %d of them with false weights, %d with other parameters", tried, committedSeed, lies, swaps)
	t.Logf("accepted, as the one solution for other parameters: %d", unused)
}

// rows is the number of rows of all tables.
func (w *woven) rows() int {
	n := 0
	for _, t := range w.tables {
		n += t.size
	}
	return n
}
