package snark

import (
	"fmt"
	"math/big"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr/poseidon2"
	"github.com/consensys/gnark/frontend"
	gadget "github.com/consensys/gnark/std/permutation/poseidon2"

	"tc0/circuits/arith"
)

// Parameters are the numbers of a model that its architecture leaves open, stage by stage:
// coefficients and constants by row and column, then of a step the start of its first level, the
// widths of the first level, the last and the others, and the values. They determine the circuit.
type Parameters []int64

// run is a run of parameters of one width.
type run struct {
	what   string
	count  int
	limbs  int
	signed bool
}

// runs are the parameters of a stage.
func (a *Architecture) runs(i int) []run {
	s := &a.Stages[i]
	var out []run
	if s.Coefficients.Limbs > 0 {
		out = append(out, run{"a coefficient", s.Rows * s.Columns * a.fanIn(s), s.Coefficients.Limbs, true})
	}
	if s.Constants.Limbs > 0 {
		out = append(out, run{"a constant", s.Rows * s.Columns * s.phases(), s.Constants.Limbs, true})
	}
	if s.Kind == StepStage {
		out = append(out,
			run{"the start of the table", 1, s.Start, true},
			run{"the width of the first level or the last", 2, s.Gaps, false},
			run{"the width of a level", s.Levels - 2, s.Inner, false},
			run{"a value", s.Levels, s.Values, true})
	}
	return out
}

// layout are the runs of all stages.
func (a *Architecture) layout() []run {
	var out []run
	for i := range a.Stages {
		out = append(out, a.runs(i)...)
	}
	return out
}

// span is how many values a parameter of a run has; a negative one is stored with half
// of them added.
func (a *Architecture) span(r run) int64 { return 1 << (r.limbs * a.Width) }

// shift is what is added to a parameter where it is stored.
func (a *Architecture) shift(r run) int64 {
	if r.signed {
		return a.span(r) / 2
	}
	return 0
}

// Parameters reads the parameters off a circuit, if it is one of the architecture: its program
// with some numbers, which the architecture has the width for.
func (a *Architecture) Parameters(c *arith.Circuit) (Parameters, error) {
	stages, err := fit(a, c)
	if err != nil {
		return nil, err
	}
	var out Parameters
	for i, x := range stages {
		s := &a.Stages[i]
		if err := s.accepts(x); err != nil {
			return nil, fmt.Errorf("%s: %w: %s", s.Name, err, makeOne)
		}
		if s.Coefficients.Limbs > 0 {
			out = append(out, x.coefficients...)
		}
		if s.Constants.Limbs > 0 {
			out = append(out, x.constants...)
		}
		if s.Kind == StepStage {
			last := s.Levels - 1
			out = append(out, x.start, x.gaps[0], x.gaps[last])
			out = append(append(out, x.gaps[1:last]...), x.values...)
		}
		if err := a.wide(s, x); err != nil {
			return nil, fmt.Errorf("%s: %w", s.Name, err)
		}
	}
	return out, a.stored(out, func(run, int64) {})
}

// accepts compares the numbers that are known.
func (s *Stage) accepts(x *numbers) error {
	for _, n := range []struct {
		what string
		want Numbers
		got  []int64
	}{{"coefficient", s.Coefficients, x.coefficients}, {"constant", s.Constants, x.constants}} {
		if n.want.Limbs > 0 {
			continue
		}
		for i, v := range n.got {
			if want := n.want.at(i); v != want {
				return fmt.Errorf("%s %d is %d, for all models of the architecture it is %d", n.what, i, v, want)
			}
		}
	}
	return nil
}

// at is a known number.
func (n Numbers) at(i int) int64 {
	if len(n.Known) == 0 {
		return 0
	}
	return n.Known[i]
}

// wide tells whether the sign of a bit's form less its threshold can be checked.
func (a *Architecture) wide(s *Stage, x *numbers) error {
	if s.Kind != BitStage {
		return nil
	}
	if most := max(x.hi-s.Threshold, s.Threshold-1-x.lo); most >= 1<<(s.Gaps*a.Width) {
		return fmt.Errorf("forms are up to %d from the threshold, the architecture has %d bits for it: %s", most, s.Gaps*a.Width, makeOne)
	}
	return nil
}

// stored visits the parameters as they are stored, not negative.
func (a *Architecture) stored(p Parameters, visit func(r run, v int64)) error {
	at := 0
	for i := range a.Stages {
		for _, r := range a.runs(i) {
			for range r.count {
				if at == len(p) {
					return fmt.Errorf("%d parameters, the architecture has more", len(p))
				}
				v := p[at] + a.shift(r)
				if v < 0 || v >= a.span(r) {
					return fmt.Errorf("%s: %s is %d, the architecture has %d bits for it: %s", a.Stages[i].Name, r.what, p[at], r.limbs*a.Width, makeOne)
				}
				visit(r, v)
				at++
			}
		}
	}
	if at < len(p) {
		return fmt.Errorf("%d parameters, the architecture has %d", len(p), at)
	}
	return nil
}

// elementBits is how many bits are packed in one field element.
const elementBits = 248

// packer packs stored parameters: each next to the last, as long as they fit.
type packer struct {
	width int // of a limb
	free  int // bits of the last element that are left
}

// next is where a parameter of a run goes: whether in a new element, and how far up in it.
func (p *packer) next(r run) (fresh bool, up uint) {
	n := r.limbs * p.width
	if fresh = p.free < n; fresh {
		p.free = elementBits
	}
	up = uint(elementBits - p.free)
	p.free -= n
	return fresh, up
}

// pack packs the parameters, each in as many bits as its range check gives it, so that other
// parameters have another packing.
func (a *Architecture) pack(p Parameters) ([]*big.Int, error) {
	var out []*big.Int
	to := packer{width: a.Width}
	err := a.stored(p, func(r run, v int64) {
		fresh, up := to.next(r)
		if fresh {
			out = append(out, new(big.Int))
		}
		last := out[len(out)-1]
		x := big.NewInt(v)
		last.Add(last, x.Lsh(x, up))
	})
	return out, err
}

// The sponge of commitments: Poseidon2 on 16 elements of BN254's scalar field, of which 15 take
// what is absorbed, with the numbers of rounds for 128 bits of security.
const (
	spongeWidth   = 16
	spongeFull    = 8
	spongePartial = 57
)

// spongeCost is how many constraints of an R1CS an absorbed element costs.
const spongeCost = 37

// elements is how many field elements the packed parameters take.
func (a *Architecture) elements() int {
	n := 0
	to := packer{width: a.Width}
	for _, r := range a.layout() {
		for range r.count {
			fresh, _ := to.next(r)
			n += int(b2i(fresh))
		}
	}
	return n
}

// domain is the architecture as a field element: the first 31 bytes of its digest.
func (a *Architecture) domain() (*big.Int, error) {
	d, err := a.Digest()
	if err != nil {
		return nil, err
	}
	v, _ := new(big.Int).SetString(d[:elementBits/4], 16)
	return v, nil
}

// Commit is the commitment to parameters under a salt, in decimal: a sponge of Poseidon2 over the
// architecture's digest, which fixes how many there are, the salt, a field element, and the packed
// parameters. The salt hides them: it must be random, and used for one model only.
func (a *Architecture) Commit(p Parameters, salt *big.Int) (string, error) {
	packed, err := a.pack(p)
	if err != nil {
		return "", err
	}
	domain, err := a.domain()
	if err != nil {
		return "", err
	}
	return sponge(append([]*big.Int{domain, salt}, packed...))
}

// sponge absorbs field elements and squeezes one. Their number must be known from the first.
func sponge(absorbed []*big.Int) (string, error) {
	permutation := poseidon2.NewPermutation(spongeWidth, spongeFull, spongePartial)
	var state [spongeWidth]fr.Element
	for i, v := range absorbed {
		var x fr.Element
		at := i % (spongeWidth - 1)
		state[at].Add(&state[at], x.SetBigInt(v))
		if at == spongeWidth-2 || i == len(absorbed)-1 {
			if err := permutation.Permutation(state[:]); err != nil {
				return "", err
			}
		}
	}
	return state[0].BigInt(new(big.Int)).String(), nil
}

// constrainCommitment is Commit in a circuit, of stored parameters that are in range.
func (a *Architecture) constrainCommitment(
	api frontend.API, salt frontend.Variable, stored []frontend.Variable,
) (frontend.Variable, error) {
	domain, err := a.domain()
	if err != nil {
		return nil, err
	}
	permutation, err := gadget.NewPoseidon2FromParameters(api, spongeWidth, spongeFull, spongePartial)
	if err != nil {
		return nil, err
	}
	absorbed := append([]frontend.Variable{domain, salt}, a.constrainPacking(api, stored)...)
	state := make([]frontend.Variable, spongeWidth)
	for i := range state {
		state[i] = 0
	}
	for i, v := range absorbed {
		at := i % (spongeWidth - 1)
		state[at] = api.Add(state[at], v)
		if at == spongeWidth-2 || i == len(absorbed)-1 {
			if err := permutation.Permutation(state); err != nil {
				return nil, err
			}
		}
	}
	return state[0], nil
}

// constrainPacking is pack in a circuit.
func (a *Architecture) constrainPacking(api frontend.API, stored []frontend.Variable) []frontend.Variable {
	var sums [][]frontend.Variable
	to := packer{width: a.Width}
	for _, r := range a.layout() {
		for _, v := range stored[:r.count] {
			fresh, up := to.next(r)
			if fresh {
				sums = append(sums, nil)
			}
			last := len(sums) - 1
			sums[last] = append(sums[last], api.Mul(v, new(big.Int).Lsh(big.NewInt(1), up)))
		}
		stored = stored[r.count:]
	}
	out := make([]frontend.Variable, len(sums))
	for i, terms := range sums {
		out[i] = add(api, terms)
	}
	return out
}
