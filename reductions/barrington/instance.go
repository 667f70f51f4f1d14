package barrington

import (
	"fmt"
	"iter"
	"math/big"
	"math/bits"

	"tc0/reductions/formula"
)

// A Choice is a position of an instance: letter One when the variable is 1 and Zero when
// it is 0. Where they are equal Variable may be -1.
type Choice struct {
	Variable  int
	Zero, One int // numbers of letters
}

// An Instance is a formula as a word problem: a word for each assignment, never stored,
// whose answer is the formula's value.
type Instance struct {
	program  *Program
	language *Language
	names    int
}

// NewInstance is f as words of l. It takes time and memory of the order of f's stored
// nodes, however long the words are.
func NewInstance(f *formula.Formula, l *Language) *Instance {
	p := NewProgram(f, l.witness)
	if l.flipped {
		p.root ^= 1
	}
	return &Instance{p, l, len(f.Names())}
}

// Program is the branching program behind the instance: that of the formula or, where
// the language accepts the idempotent in its context, of the formula's negation.
func (in *Instance) Program() *Program { return in.program }

// Language is the word problem.
func (in *Instance) Language() *Language { return in.language }

// Length is the number of letters: (4w)^d times [Language.Block] and the context.
func (in *Instance) Length() *big.Int {
	n := in.program.Length()
	n.Mul(n, big.NewInt(int64(in.language.Block())))
	return n.Add(n, big.NewInt(int64(len(in.language.prefix)+len(in.language.suffix))))
}

// Within is a [LengthError] when words have more than limit letters.
func (in *Instance) Within(limit *big.Int) error {
	if n := in.Length(); n.Cmp(limit) > 0 {
		return &LengthError{n, limit}
	}
	return nil
}

// At is position i, counted from 0, in time of the order of the formula's depth.
func (in *Instance) At(i *big.Int) (Choice, error) {
	l := in.language
	if n := in.Length(); i.Sign() < 0 || i.Cmp(n) >= 0 {
		return Choice{}, fmt.Errorf("there is no position %s in a word of %s letters", i, n)
	}
	rest := new(big.Int).Sub(i, big.NewInt(int64(len(l.prefix))))
	if rest.Sign() < 0 {
		return constant(l.prefix[i.Int64()]), nil
	}
	offset := new(big.Int)
	rest.DivMod(rest, big.NewInt(int64(l.Block())), offset)
	length := in.program.Length()
	if rest.Cmp(length) >= 0 {
		after := rest.Sub(rest, length).Int64()*int64(l.Block()) + offset.Int64()
		return constant(l.suffix[after]), nil
	}
	x, err := in.program.At(rest)
	if err != nil {
		return Choice{}, err
	}
	return l.choice(x, int(offset.Int64())), nil
}

func constant(letter int) Choice { return Choice{-1, letter, letter} }

// choice is a position of an instruction's block.
func (l *Language) choice(x Instruction, offset int) Choice {
	return Choice{int(x.Variable), l.blocks[x.Zero][offset], l.blocks[x.One][offset]}
}

// All are the positions in order, in memory of the order of the formula's depth.
func (in *Instance) All() iter.Seq[Choice] {
	l := in.language
	return func(yield func(Choice) bool) {
		for _, letter := range l.prefix {
			if !yield(constant(letter)) {
				return
			}
		}
		for x := range in.program.All() {
			for offset := range l.blocks[0] {
				if !yield(l.choice(x, offset)) {
					return
				}
			}
		}
		for _, letter := range l.suffix {
			if !yield(constant(letter)) {
				return
			}
		}
	}
}

// Word is the word of an assignment, a bit for each of the formula's names.
func (in *Instance) Word(assignment []bool) iter.Seq[int] {
	return func(yield func(int) bool) {
		for c := range in.All() {
			letter := c.Zero
			if c.Variable >= 0 && assignment[c.Variable] {
				letter = c.One
			}
			if !yield(letter) {
				return
			}
		}
	}
}

// Value is the answer of an assignment's word, read letter by letter.
func (in *Instance) Value(assignment []bool) (bool, error) {
	return in.language.Answer(in.Word(assignment))
}

// Check compares the answers of words with f: for all assignments to the variables that
// occur in f, up to [formula.MaxExhaustive] of them, else for samples. Every word is read
// to its end by the letters' maps alone. An answer that is neither 1 nor 0 is an error.
func (in *Instance) Check(f *formula.Formula, samples, seed uint64) (formula.Comparison, error) {
	if len(f.Names()) != in.names {
		return formula.Comparison{}, fmt.Errorf("the formula has %d variables, the instance %d", len(f.Names()), in.names)
	}
	a := formula.Assignments{Variables: in.names, Support: f.Support(), Samples: samples, Seed: seed}
	e, r := formula.NewEvaluator(f), newRunner(in)
	compared := uint64(0)
	for block, mask := range a.Blocks() {
		want := e.Eval(block)
		used := bits.Len64(mask)
		r.run(block, used)
		for k := range used {
			compared++
			value, err := in.language.read(r.points(k))
			if err != nil {
				return formula.Comparison{}, fmt.Errorf("assignment %v: %w", formula.Assignment(block, k), err)
			}
			if value != (want>>k&1 == 1) {
				return a.Comparison(compared, formula.Assignment(block, k)), nil
			}
		}
	}
	return a.Comparison(compared, nil), nil
}

// runner reads the words of 64 assignments side by side.
type runner struct {
	in    *Instance
	place []uint16 // of each start point, 64 times
}

func newRunner(in *Instance) *runner {
	return &runner{in, make([]uint16, 64*len(in.language.start))}
}

// points are where the word of assignment k took the start points.
func (r *runner) points(k int) []uint16 {
	n := len(r.in.language.start)
	return r.place[k*n : (k+1)*n]
}

// run reads the words of the first assignments of a block.
func (r *runner) run(block []uint64, used int) {
	l := r.in.language
	for k := range used {
		copy(r.points(k), l.start)
	}
	for c := range r.in.All() {
		values := uint64(0)
		if c.Variable >= 0 {
			values = block[c.Variable]
		}
		maps := [2][]uint16{l.maps[c.Zero], l.maps[c.One]}
		for k := range used {
			m := maps[values>>k&1]
			points := r.points(k)
			for i, p := range points {
				points[i] = m[p]
			}
		}
	}
}
