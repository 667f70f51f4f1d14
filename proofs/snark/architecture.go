package snark

import (
	"errors"
	"fmt"
	"io"
	"math/big"
)

// architectureFormat is the format of an architecture's file.
const architectureFormat = "tc0 architecture 1"

// Bounds of an architecture, whose file can be much smaller than what it describes: a constraint system
// of some millions of constraints.
const (
	maxPositions  = 1 << 12
	maxIndices    = 1 << 16 // of rows, columns and table rows
	maxElements   = 1 << 20 // of all stages, positions and pairs
	maxParameters = 1 << 20
	maxWork       = 1 << 22 // operands of all elements
	maxBits       = 62      // of one parameter
	maxBound      = 96      // bits of a value; its square times an end's weight is below the field
)

// Architecture is what models share that differ in their weights alone: a program of
// stages, and how wide their numbers may be. It is public; the numbers are not, but for those
// that all models share. One set-up serves all models of an architecture.
type Architecture struct {
	Format     string  `json:"format"`
	Length     int     `json:"length"`           // positions of a word
	Vocabulary int     `json:"vocabulary"`       // tokens are below
	Classes    int     `json:"classes"`          // labels are below
	Width      int     `json:"range_table_bits"` // a limb has so many bits
	Stages     []Stage `json:"stages"`           // in order of evaluation at a position
}

// StageKind is what the elements of a stage are.
type StageKind string

// The kinds of stages: the first holds a bit for every token; a step is a table's value by
// the level of a form; a bit tells whether a form reaches a threshold that all models share.
// The last stage is the bits of the labels.
const (
	TokenStage   StageKind = "tokens"
	FormStage    StageKind = "form"
	StepStage    StageKind = "step"
	BitStage     StageKind = "bit"
	ProductStage StageKind = "product"
)

// Stage is a grid of elements at every position: Rows by Columns, for a pair stage as many
// for every earlier position.
type Stage struct {
	Name    string    `json:"name"`
	Kind    StageKind `json:"kind"`
	Rows    int       `json:"rows"`
	Columns int       `json:"columns"`
	First   int       `json:"first_position"`
	Pair    bool      `json:"pair,omitempty"`
	Reads   []Read    `json:"reads,omitempty"` // terms of a form, or factors

	// Of a form, one coefficient for every operand of every row and column, and one constant
	// for every row and column: while reads reach back before the word, for every position.
	Coefficients Numbers `json:"coefficients"`
	Constants    Numbers `json:"constants"`

	Levels    int   `json:"levels,omitempty"`          // step: rows of the table
	Threshold int64 `json:"threshold,omitempty"`       // bit
	Start     int   `json:"start_limbs,omitempty"`     // step: of the least value of the form
	Gaps      int   `json:"gap_limbs,omitempty"`       // step: of distances in a level; bit: from the threshold
	Inner     int   `json:"inner_gap_limbs,omitempty"` // step: of the widths of levels, but for the first and the last
	Values    int   `json:"value_limbs,omitempty"`     // step
}

// Numbers are secret and so many limbs wide, or known; without either they are 0.
type Numbers struct {
	Limbs int     `json:"limbs,omitempty"`
	Known []int64 `json:"known,omitempty"`
}

// Index says which rows or columns of a stage an element reads.
type Index string

// An element reads at the index of its own row, of its own column, or at every index.
const (
	ByRow    Index = "row"
	ByColumn Index = "column"
	Every    Index = "every"
)

// Read is what an element at position t, of a pair stage also at j < t, reads of a
// stage: its elements at position t - Lag, or at j. Of a pair stage it reads the elements
// with its own j or, having none, the sum over all j. What is not there counts 0.
type Read struct {
	Stage   int   `json:"stage"`
	Row     Index `json:"row"`
	Column  Index `json:"column"`
	Lag     int   `json:"lag,omitempty"`
	Earlier bool  `json:"earlier,omitempty"` // at j
}

// computes tells whether the stage's elements are forms or read one.
func (s *Stage) computes() bool {
	return s.Kind == FormStage || s.Kind == StepStage || s.Kind == BitStage
}

// at is the number of elements at a position.
func (s *Stage) at(t int) int {
	switch {
	case t < s.First:
		return 0
	case s.Pair:
		return t * s.Rows * s.Columns
	}
	return s.Rows * s.Columns
}

// operands is how many coefficients a read has for each row and column.
func (a *Architecture) operands(r Read) int {
	n, op := 1, &a.Stages[r.Stage]
	if r.Row == Every {
		n *= op.Rows
	}
	if r.Column == Every {
		n *= op.Columns
	}
	return n
}

// fanIn is how many coefficients each row and column of a form has.
func (a *Architecture) fanIn(s *Stage) int {
	n := 0
	for _, r := range s.Reads {
		n += a.operands(r)
	}
	return n
}

// phases is for how many positions a form has constants of its own: the last are those of
// all later positions, where every read is inside the word.
func (s *Stage) phases() int {
	lag := 0
	for _, r := range s.Reads {
		lag = max(lag, r.Lag)
	}
	return lag + 1
}

// phase is which constants a position has.
func (s *Stage) phase(t int) int { return min(t-s.First, s.phases()-1) }

// when is the position that an element reads.
func (r Read) when(t, j int) int {
	if r.Earlier {
		return j
	}
	return t - r.Lag
}

// present tells whether what is read at a position is in the word; j is the earlier
// position of an element of a pair stage.
func (r Read) present(op *Stage, pair bool, t, j int) bool {
	at := r.when(t, j)
	return at >= op.First && (!op.Pair || !pair || j < at)
}

// at is the index of an operand: of row and column, and of the earlier position of a pair
// stage.
func (op *Stage) index(j, row, column int) int {
	if !op.Pair {
		j = 0
	}
	return (j*op.Rows+row)*op.Columns + column
}

// pick is the index that is read, where it is one; for Every it is i, the one at hand.
func (x Index) pick(row, column, i int) int {
	switch x {
	case ByRow:
		return row
	case ByColumn:
		return column
	}
	return i
}

// Encode is the text of an architecture.
func (a *Architecture) Encode() ([]byte, error) { return encode(a) }

// ReadArchitecture reads what [Architecture.Encode] gives.
func ReadArchitecture(r io.Reader) (*Architecture, error) {
	var a Architecture
	if err := readSpelled(r, &a, &a.Format, architectureFormat); err != nil {
		return nil, err
	}
	return &a, a.check()
}

// Digest is the SHA-256 of the architecture's text.
func (a *Architecture) Digest() (string, error) {
	data, err := a.Encode()
	return digestOf(data), err
}

// shape is the size of statements about a model of the architecture.
func (a *Architecture) shape() Shape { return Shape{a.Length, a.Vocabulary, a.Length, a.Classes} }

// check refuses a program that cannot be evaluated or is too large, and one whose numbers,
// as wide as they may be, could give a value that does not fit in the field with room.
func (a *Architecture) check() error {
	if err := a.checkProgram(); err != nil {
		return err
	}
	parameters := maxParameters
	for i := range a.Stages {
		if err := a.checkNumbers(&a.Stages[i], &parameters); err != nil {
			return fmt.Errorf("stage %d (%s): %w", i, a.Stages[i].Name, err)
		}
	}
	_, err := a.bounds()
	return err
}

// checkProgram is check but for the numbers.
func (a *Architecture) checkProgram() error {
	if !within(a.Length, 1, maxPositions) || !within(a.Vocabulary, 1, maxIndices) || !within(a.Classes, 1, maxIndices) ||
		!within(a.Width, minWidth, maxWidth) || len(a.Stages) < 2 {
		return fmt.Errorf("%d positions, %d tokens, %d classes, a range table of %d bits and %d stages are not possible",
			a.Length, a.Vocabulary, a.Classes, a.Width, len(a.Stages))
	}
	elements, work := maxElements, maxWork
	for i := range a.Stages {
		if err := a.checkStage(i, &elements, &work); err != nil {
			return fmt.Errorf("stage %d (%s): %w", i, a.Stages[i].Name, err)
		}
	}
	last := &a.Stages[len(a.Stages)-1]
	if last.Kind != BitStage || last.Rows != a.Classes || last.Columns != 1 || last.First != 0 || last.Pair {
		return errors.New("the last stage must have a bit for every class at every position")
	}
	return nil
}

func within(n, lo, hi int) bool { return lo <= n && n <= hi }

// spend takes a product from what is left of a bound.
func spend(left *int, factors ...int) error {
	n := 1
	for _, f := range factors {
		if f != 0 && n > *left/f {
			return errors.New("the architecture is too large")
		}
		n *= f
	}
	*left -= n
	return nil
}

func (a *Architecture) checkStage(i int, elements, work *int) error {
	s := &a.Stages[i]
	if !within(s.Rows, 1, maxIndices) || !within(s.Columns, 1, maxIndices) ||
		!within(s.First, 0, a.Length-1) || s.Pair && s.First == 0 {
		return fmt.Errorf("%d rows and %d columns from position %d are not possible", s.Rows, s.Columns, s.First)
	}
	if err := spend(elements, a.times(s), s.Rows, s.Columns); err != nil {
		return err
	}
	if (s.Kind == TokenStage) != (i == 0) {
		return errors.New("the first stage, and no other, is the tokens")
	}
	switch s.Kind {
	case TokenStage:
		if s.Rows != a.Vocabulary || s.Columns != 1 || s.First != 0 || s.Pair || len(s.Reads) > 0 {
			return errors.New("it must have a row for every token")
		}
	case ProductStage:
		if !within(len(s.Reads), 2, 4) {
			return fmt.Errorf("%d factors: expected 2 to 4", len(s.Reads))
		}
	case FormStage, StepStage, BitStage:
	default:
		return fmt.Errorf("kind %q: expected tokens, form, step, bit or product", s.Kind)
	}
	for k, r := range s.Reads {
		if err := a.checkRead(i, r, work); err != nil {
			return fmt.Errorf("read %d: %w", k, err)
		}
	}
	return nil
}

// times is the number of positions, or of pairs, with elements of a stage.
func (a *Architecture) times(s *Stage) int {
	n := a.Length - s.First
	if s.Pair {
		n = n * (a.Length - 1 + s.First) / 2
	}
	return n
}

func (a *Architecture) checkRead(i int, r Read, work *int) error {
	s := &a.Stages[i]
	if !within(r.Stage, 0, len(a.Stages)-1) || !within(r.Lag, 0, a.Length) {
		return fmt.Errorf("no stage %d at a lag of %d", r.Stage, r.Lag)
	}
	op := &a.Stages[r.Stage]
	switch {
	case r.Earlier && (!s.Pair || op.Pair || r.Lag > 0):
		return errors.New("only a pair stage reads at the earlier position, and no pair stage there")
	case r.Lag == 0 && !r.Earlier && r.Stage >= i:
		return errors.New("a stage reads earlier stages, or earlier positions")
	}
	for _, x := range []struct {
		by   Index
		have int
	}{{r.Row, op.Rows}, {r.Column, op.Columns}} {
		switch {
		case x.by != ByRow && x.by != ByColumn && x.by != Every:
			return fmt.Errorf("index %q: expected row, column or every", x.by)
		case x.by == ByRow && x.have != s.Rows || x.by == ByColumn && x.have != s.Columns:
			return fmt.Errorf("index %q into %d elements", x.by, x.have)
		case x.by == Every && s.Kind == ProductStage && x.have != 1:
			return errors.New("a factor is one element")
		}
	}
	summed := op.Pair && !s.Pair
	if s.Kind == ProductStage && (summed || !r.present(op, s.Pair, s.First, 0)) {
		return errors.New("a factor must be there at every position")
	}
	cost := []int{a.times(s), s.Rows, s.Columns, a.operands(r)}
	if summed {
		cost = append(cost, a.Length)
	}
	return spend(work, cost...)
}

func (a *Architecture) checkNumbers(s *Stage, parameters *int) error {
	coefficients, constants := 0, 0
	if s.computes() {
		coefficients = s.Rows * s.Columns * a.fanIn(s)
		constants = s.Rows * s.Columns * s.phases()
	}
	if err := a.checkSource(s.Coefficients, coefficients, parameters); err != nil {
		return fmt.Errorf("coefficients: %w", err)
	}
	if err := a.checkSource(s.Constants, constants, parameters); err != nil {
		return fmt.Errorf("constants: %w", err)
	}
	step, bit := s.Kind == StepStage, s.Kind == BitStage
	if step != (s.Levels > 0) || step != (s.Start > 0) || step != (s.Inner > 0) || step != (s.Values > 0) ||
		(step || bit) != (s.Gaps > 0) || !bit && s.Threshold != 0 {
		return errors.New("numbers of another kind of stage, or none of its own")
	}
	for _, limbs := range []int{s.Start, s.Gaps, s.Inner, s.Values} {
		if !within(limbs, 0, maxBits/a.Width) {
			return fmt.Errorf("%d limbs of %d bits: at most %d bits are possible", limbs, a.Width, maxBits)
		}
	}
	if s.Levels == 1 || !within(s.Levels, 0, maxIndices) {
		return fmt.Errorf("%d levels: expected 2 to %d", s.Levels, maxIndices)
	}
	return spend(parameters, 2, s.Levels)
}

func (a *Architecture) checkSource(n Numbers, count int, parameters *int) error {
	switch {
	case !within(n.Limbs, 0, maxBits/a.Width):
		return fmt.Errorf("%d limbs of %d bits: at most %d bits are possible", n.Limbs, a.Width, maxBits)
	case n.Limbs > 0 && (len(n.Known) > 0 || count == 0):
		return errors.New("both secret and known, or numbers that nothing reads")
	case n.Limbs > 0:
		return spend(parameters, count)
	case len(n.Known) != 0 && len(n.Known) != count:
		return fmt.Errorf("%d known numbers: expected %d", len(n.Known), count)
	}
	return nil
}

// bounds bounds every value by the widths of the numbers that it is made of, and refuses forms and
// products that could be too large. A bound is the largest absolute value.
func (a *Architecture) bounds() (*bounds, error) {
	b := &bounds{at: make([][]*big.Int, len(a.Stages)), peak: make([]*big.Int, len(a.Stages))}
	for i := range a.Stages {
		b.at[i], b.peak[i] = make([]*big.Int, a.Length), new(big.Int)
	}
	most := new(big.Int).Lsh(big.NewInt(1), maxBound)
	for t := range a.Length {
		for i := range a.Stages {
			s := &a.Stages[i]
			if s.at(t) == 0 {
				continue
			}
			form := a.bound(s, b, t)
			if form.Cmp(most) >= 0 {
				return nil, fmt.Errorf("stage %d (%s): values of up to %d bits are possible, a proof takes %d: compile with fewer bits",
					i, s.Name, form.BitLen(), maxBound)
			}
			switch s.Kind {
			case StepStage:
				form = a.largest(s.Values) // its thresholds have at most maxBits + 17 bits
			case BitStage:
				form = big.NewInt(1)
			}
			b.at[i][t] = form
			if form.Cmp(b.peak[i]) > 0 {
				b.peak[i] = form
			}
		}
	}
	return b, nil
}

// bounds are the bounds of a program's values.
type bounds struct {
	at   [][]*big.Int // by stage and position
	peak []*big.Int   // by stage, up to the position at hand
}

// of bounds what a read gives at a position.
func (b *bounds) of(r Read, t int) *big.Int {
	if r.Earlier {
		return b.peak[r.Stage]
	}
	if at := r.when(t, 0); at >= 0 && b.at[r.Stage][at] != nil {
		return b.at[r.Stage][at]
	}
	return new(big.Int)
}

// largest is the largest absolute value of a secret number with sign.
func (a *Architecture) largest(limbs int) *big.Int {
	return new(big.Int).Lsh(big.NewInt(1), uint(limbs*a.Width-1))
}

// bound bounds a form, product or token bit at a position.
func (a *Architecture) bound(s *Stage, b *bounds, t int) *big.Int {
	if s.Kind == TokenStage {
		return big.NewInt(1)
	}
	out := new(big.Int)
	if s.Kind == ProductStage {
		out.SetInt64(1)
	} else {
		out.Set(a.magnitude(s.Constants))
	}
	coefficient := a.magnitude(s.Coefficients)
	for _, r := range s.Reads {
		n := big.NewInt(int64(a.operands(r)))
		if r.Stage == 0 && r.Row == Every {
			n.SetInt64(1) // one token bit is 1
		}
		if a.Stages[r.Stage].Pair && !s.Pair {
			n.Mul(n, big.NewInt(int64(a.Length)))
		}
		if s.Kind == ProductStage {
			out.Mul(out, b.of(r, t))
		} else {
			out.Add(out, n.Mul(n, coefficient).Mul(n, b.of(r, t)))
		}
	}
	return out
}

// magnitude is the largest absolute value of numbers.
func (a *Architecture) magnitude(n Numbers) *big.Int {
	if n.Limbs > 0 {
		return a.largest(n.Limbs)
	}
	most := new(big.Int)
	for _, v := range n.Known {
		if x := new(big.Int).Abs(big.NewInt(v)); x.Cmp(most) > 0 {
			most = x
		}
	}
	return most
}
