package words

import (
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strconv"
)

// MaxLength is the length of the longest word that a stream gives or a reader accepts.
const MaxLength = 1 << 20

// Monoid is a finite monoid as a product table: elements are 0 to Order()−1, and
// element 0 is the identity. Tables and monoids of theory/algebra are such.
type Monoid interface {
	Order() int
	Product(i, j int) int
}

// A Problem is the word problem of a monoid (D3.1), its letters all elements or a
// chosen few. It is immutable and may be used by many goroutines.
type Problem struct {
	name     string
	monoid   Monoid
	letters  []int  // ascending
	isLetter []bool // by element
}

// New returns the word problem of m over the given letters, or over all elements if
// none are given. The name stands in JSONL files and in errors.
func New(name string, m Monoid, letters ...int) (*Problem, error) {
	n := m.Order()
	if n < 1 {
		return nil, fmt.Errorf("%s has %d elements: expected a monoid, which has an identity", name, n)
	}
	for x := range n {
		if m.Product(0, x) != x || m.Product(x, 0) != x {
			return nil, fmt.Errorf("%s: element 0 is not the identity: 0·%d is %d and %d·0 is %d",
				name, x, m.Product(0, x), x, m.Product(x, 0))
		}
	}
	p := &Problem{name: name, monoid: m, letters: slices.Clone(letters), isLetter: make([]bool, n)}
	if len(letters) == 0 {
		p.letters = make([]int, n)
		for x := range n {
			p.letters[x] = x
		}
	}
	slices.Sort(p.letters)
	for _, g := range p.letters {
		if g < 0 || g >= n {
			return nil, fmt.Errorf("letter %d is not an element of %s: they are 0 to %d", g, name, n-1)
		}
		if p.isLetter[g] {
			return nil, fmt.Errorf("letter %d of %s is given twice", g, name)
		}
		p.isLetter[g] = true
	}
	return p, nil
}

// Name is the name given to [New].
func (p *Problem) Name() string { return p.name }

// Monoid is the product table.
func (p *Problem) Monoid() Monoid { return p.monoid }

// Letters are the elements that words are made of, ascending.
func (p *Problem) Letters() []int { return slices.Clone(p.letters) }

// Count is the number of words of a length: |letters|^length.
func (p *Problem) Count(length int) *big.Int {
	return new(big.Int).Exp(big.NewInt(int64(len(p.letters))), big.NewInt(int64(length)), nil)
}

// Running fills target, which is as long as the word, with the running products.
func (p *Problem) Running(word, target []int) {
	s := 0
	for t, g := range word {
		s = p.monoid.Product(s, g)
		target[t] = s
	}
}

// A Row is a word with its running products, both as element numbers. The slices of
// a row that a stream or a reader gives are good until it gives the next one.
type Row struct {
	Seed   uint64 // the seed of the request that made the word
	Input  []int  // g_1 … g_k
	Target []int  // s_1 … s_k
}

// Clone is a row that stays good.
func (r Row) Clone() Row {
	return Row{r.Seed, slices.Clone(r.Input), slices.Clone(r.Target)}
}

// Check says how a row is not one of the problem, if it is not: the first letter
// that is none, or the first running product that is wrong.
func (p *Problem) Check(r Row) error {
	if len(r.Input) != len(r.Target) {
		return fmt.Errorf("input has %d letters and target %d: expected as many", len(r.Input), len(r.Target))
	}
	s := 0
	for t, g := range r.Input {
		if err := p.checkLetter(t, g); err != nil {
			return err
		}
		next := p.monoid.Product(s, g)
		if r.Target[t] != next {
			return fmt.Errorf("target %d at position %d: expected %d, which is %d·%d in %s",
				r.Target[t], t+1, next, s, g, p.name)
		}
		s = next
	}
	return nil
}

// checkLetter says how g, at position t from 0, is not a letter.
func (p *Problem) checkLetter(t, g int) error {
	if n := len(p.isLetter); g < 0 || g >= n {
		return fmt.Errorf("letter %d at position %d is not an element of %s: they are 0 to %d", g, t+1, p.name, n-1)
	}
	if !p.isLetter[g] {
		return fmt.Errorf("letter %d at position %d is none of the letters of %s: %s", g, t+1, p.name, p.listLetters())
	}
	return nil
}

// listLetters is the letters for an error: all of them, or the first few.
func (p *Problem) listLetters() string {
	const most = 8
	var b []byte
	for i, g := range p.letters {
		if i == most {
			return string(b) + ", …"
		}
		if i > 0 {
			b = append(b, ", "...)
		}
		b = strconv.AppendInt(b, int64(g), 10)
	}
	return string(b)
}

var errLength = errors.New("the length of a word is from 0 to " + strconv.Itoa(MaxLength))

func checkLength(length int) error {
	if length < 0 || length > MaxLength {
		return fmt.Errorf("length %d: %w", length, errLength)
	}
	return nil
}
