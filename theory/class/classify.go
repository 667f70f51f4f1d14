package class

import (
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"tc0/theory/algebra"
	"tc0/theory/bound"
	"tc0/theory/language"
)

// A Subject is a problem to classify: a regular language or finite-state task, or the word
// problem of a monoid, whose instances are words over all its elements.
type Subject struct {
	name    string
	machine *language.DFA // nil for a word problem
	maps    []algebra.Map // of a word problem: generators of the monoid
}

// Language is the language, or the task, of an automaton.
func Language(name string, d *language.DFA) Subject { return Subject{name: name, machine: d} }

// WordProblem is the word problem of the monoid that the maps generate; a group is given by
// permutations.
func WordProblem(name string, generators []algebra.Map) Subject {
	return Subject{name: name, maps: generators}
}

// A Budget bounds the searches of [Classify] and the size of certificates. None of the
// bounds can make a verdict wrong, only undecided or without a certificate.
type Budget struct {
	Elements    int // of the monoid, to enumerate
	Images      int // image sets of a monoid that is not enumerated
	Stability   int // elements of the sets of words of one length, together
	Certificate int // numbers in a certificate, roughly
}

// DefaultBudget takes seconds and less than 1 GiB.
func DefaultBudget() Budget {
	return Budget{Elements: 1 << 20, Images: 1 << 18, Stability: 1 << 26, Certificate: 1 << 23}
}

const wordProblem = "word problem"

// Classify decides the circuit class of a subject and makes a certificate for [Check].
//
// For a language: AC0 exactly if the syntactic morphism is quasi-aperiodic, else ACC0 if
// all subgroups of the syntactic monoid are solvable, else NC1-complete. For the word
// problem of a monoid, "aperiodic" takes the place of "quasi-aperiodic", since words may be
// padded with the identity. An error means that the subject is malformed; a budget that
// runs out gives the verdict [Undecided].
func Classify(s Subject, b Budget) (*Verdict, error) {
	c := &classifier{budget: b, v: &Verdict{Subject: s.name, Kind: wordProblem, DerivedLength: -1, Model: modelNote}}
	if err := c.present(s); err != nil {
		return nil, err
	}
	if err := c.explore(); err != nil {
		return nil, err
	}
	c.decide()
	c.v.Explored = strings.Join(c.explored, "; ")
	return c.v, nil
}

type classifier struct {
	budget   Budget
	v        *Verdict
	machine  *language.DFA // minimal; nil for a word problem
	maps     []algebra.Map
	letters  []string
	explored []string

	monoid    *algebra.Monoid // nil if not enumerated
	green     *algebra.Green
	stability *language.Stability
	subgroups []*algebra.Subgroup // nontrivial ones, with words where there are any
}

func (c *classifier) present(s Subject) error {
	c.maps = s.maps
	if s.machine != nil {
		c.machine = s.machine.Minimize()
		c.v.Kind = "task"
		if c.machine.Acceptor() {
			c.v.Kind = "language"
		}
		c.letters = c.machine.Alphabet()
		var err error
		if c.maps, err = c.machine.Maps(); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	if len(c.maps) == 0 || len(c.maps[0]) == 0 {
		return fmt.Errorf("%s: no generators, or maps of no points: want at least one map of at least one point", s.name)
	}
	for i := range s.maps {
		c.letters = append(c.letters, fmt.Sprintf("g%d", i+1))
	}
	c.v.States, c.v.Letters = len(c.maps[0]), c.letters
	return nil
}

// explore finds out what can be known of the monoid within the budget.
func (c *classifier) explore() error {
	c.v.Commutative = commute(c.maps)
	c.v.Group = !slices.ContainsFunc(c.maps, func(x algebra.Map) bool { return !x.IsPermutation() })
	c.v.EvenLetter = slices.ContainsFunc(c.maps, func(x algebra.Map) bool {
		_, period := x.Power()
		return period.Bit(0) == 0
	})
	if c.v.Group {
		if err := c.exploreGroup(); err != nil {
			return fmt.Errorf("%s: %w", c.v.Subject, err)
		}
	}
	if err := c.enumerate(); err != nil {
		return fmt.Errorf("%s: %w", c.v.Subject, err)
	}
	switch {
	case c.monoid != nil && !c.v.Group:
		c.exploreMonoid()
	case c.monoid == nil && !c.v.Group:
		if err := c.survey(); err != nil {
			return fmt.Errorf("%s: %w", c.v.Subject, err)
		}
	}
	if c.machine != nil {
		c.exploreStability()
	}
	return nil
}

func commute(maps []algebra.Map) bool {
	for i, x := range maps {
		for _, y := range maps[:i] {
			if !x.Then(y).Equal(y.Then(x)) {
				return false
			}
		}
	}
	return true
}

func answer(yes bool) algebra.Answer {
	if yes {
		return algebra.Yes
	}
	return algebra.No
}

// exploreGroup finds the order and the derived series by base and strong generating set.
func (c *classifier) exploreGroup() error {
	g, err := algebra.NewGroup(c.maps)
	if err != nil {
		return err
	}
	length, solvable := g.DerivedLength()
	c.v.Order, c.v.Solvable, c.v.Aperiodic = g.Order(), answer(solvable), answer(g.Trivial())
	if solvable {
		c.v.DerivedLength = length
	}
	c.explored = append(c.explored, "the derived series, by base and strong generating sets")
	if g.Trivial() {
		return nil
	}
	points := make([]int, len(c.maps[0]))
	for i := range points {
		points[i] = i
	}
	s := &algebra.Subgroup{Idempotent: algebra.Identity(len(points)), Points: points, Group: g, Word: []int{}, Worded: true}
	for i, x := range c.maps {
		s.Generators = append(s.Generators, x)
		s.Words = append(s.Words, []int{i})
	}
	c.subgroups = []*algebra.Subgroup{s}
	return nil
}

// enumerate lists the monoid unless it is too large, or a group whose list is not needed.
func (c *classifier) enumerate() error {
	limit := min(c.budget.Elements, 1<<28/len(c.maps[0]))
	if c.v.Group && (c.v.Order.Cmp(big.NewInt(int64(limit))) > 0 || c.machine == nil && c.v.Aperiodic == algebra.No) {
		return nil
	}
	m, err := algebra.Enumerate(c.maps, limit)
	if stopped := (*algebra.LimitError)(nil); errors.As(err, &stopped) {
		c.explored = append(c.explored, fmt.Sprintf("elements of the monoid: %v", stopped))
		return nil
	}
	if err != nil {
		return err
	}
	c.monoid = m
	c.v.Order = big.NewInt(int64(m.Order()))
	c.explored = append(c.explored, "the whole monoid, "+count(m.Order(), "element"))
	return nil
}

// exploreMonoid finds the nontrivial maximal subgroups of an enumerated monoid.
func (c *classifier) exploreMonoid() {
	c.green = c.monoid.Green()
	for _, d := range c.green.Regular() {
		if class := &c.green.Classes[d]; class.HSize > 1 {
			c.subgroups = append(c.subgroups, c.monoid.MaximalSubgroup(c.green, class.Idempotent))
		}
	}
	c.v.Aperiodic = answer(len(c.subgroups) == 0)
	c.v.Solvable = answer(c.unsolvable() == nil)
}

// survey looks for subgroups of a monoid that is too large to list.
func (c *classifier) survey() error {
	s, err := algebra.MaximalSubgroups(c.maps, c.budget.Images)
	if err != nil {
		return err
	}
	c.subgroups = s.Subgroups
	c.v.Aperiodic, c.v.Solvable = s.Aperiodic(), s.Solvable()
	text := fmt.Sprintf("maximal subgroups from %d image sets in %d components", s.Images, s.Components)
	if s.Stopped != nil {
		text += fmt.Sprintf(": %v", s.Stopped)
	}
	c.explored = append(c.explored, text)
	return nil
}

// unsolvable returns the smallest subgroup that is not solvable, nil if there is none.
func (c *classifier) unsolvable() *algebra.Subgroup {
	var least *algebra.Subgroup
	for _, s := range c.subgroups {
		if !s.Group.Solvable() && (least == nil || s.Group.Order().Cmp(least.Group.Order()) < 0) {
			least = s
		}
	}
	return least
}

// exploreStability finds the stability index and whether the stable semigroup is aperiodic.
func (c *classifier) exploreStability() {
	switch {
	case c.monoid != nil:
		s, err := language.Stable(c.monoid, c.budget.Stability)
		if err != nil {
			c.explored = append(c.explored, fmt.Sprintf("stability: %v", err))
			break
		}
		c.stability = s
		c.v.StabilityIndex = s.Index
		_, ok := s.Aperiodic()
		c.v.QuasiAperiodic = answer(ok)
	case c.v.Group:
		// In a group two letters a, b with different maps put a·b^-1 ≠ 1 and 1 in one
		// η(Σ^k), k the order of b; a group with one letter is unary.
		c.v.QuasiAperiodic = answer(c.distinct() < 0)
	}
	if c.v.Aperiodic == algebra.Yes {
		c.v.QuasiAperiodic = algebra.Yes
	}
}

// distinct returns a letter whose map differs from that of letter 0, or -1.
func (c *classifier) distinct() int {
	return slices.IndexFunc(c.maps, func(x algebra.Map) bool { return !x.Equal(c.maps[0]) })
}

func (c *classifier) decide() {
	v := c.v
	small := v.Aperiodic
	if c.machine != nil {
		small = v.QuasiAperiodic
	}
	switch {
	case v.Solvable == algebra.No:
		c.decideNC1()
	case small == algebra.Yes:
		c.decideAC0()
	case small == algebra.No && v.Solvable == algebra.Yes:
		c.decideACC0()
	default:
		v.Class = Undecided
		v.NoCertificate = "the verdict is undecided"
		v.Reason = "the budget ran out before the subgroups of the monoid were known"
		if v.Solvable == algebra.Yes {
			v.Reason = "all subgroups are solvable, so it is in ACC0; whether it is in AC0 was not decided"
		}
	}
}

func (c *classifier) decideAC0() {
	v := c.v
	v.Class = AC0
	if v.Aperiodic == algebra.Yes {
		v.Theorem = theoremStarFree
		v.Reason = "the monoid is aperiodic: all its subgroups are trivial"
	} else {
		v.Theorem = theoremAC0
		v.Reason = "the syntactic morphism is quasi-aperiodic: no set of words of one length maps onto a nontrivial group"
	}
	e, err := c.aperiodic()
	if err != nil {
		v.NoCertificate = err.Error()
		return
	}
	if e.Modulus == 1 {
		v.Witness = fmt.Sprintf("x^%d = x^%d for every x of the monoid, which has order %d", e.Exponent, e.Exponent+1, v.Order)
	} else {
		v.Witness = fmt.Sprintf("x^%d = x^%d for the values x of words of a length divisible by %d (how many: %d)",
			e.Exponent, e.Exponent+1, e.Modulus, len(e.Layers[0]))
	}
	v.Certificate = c.certificate()
	v.Certificate.Aperiodic = e
}

func (c *classifier) aperiodic() (*AperiodicEvidence, error) {
	if c.monoid == nil {
		return nil, fmt.Errorf("it would list the elements of the monoid, which were not enumerated")
	}
	e := &AperiodicEvidence{Modulus: 1, Exponent: 1}
	if c.v.Aperiodic == algebra.No {
		e.Modulus = c.stability.Index
	}
	var err error
	if e.Layers, err = layers(c.monoid, e.Modulus, c.budget.Certificate); err != nil {
		return nil, err
	}
	for _, x := range e.Layers[0] {
		index, _ := x.Power()
		e.Exponent = max(e.Exponent, uint64(index))
	}
	return e, nil
}

func (c *classifier) certificate() *Certificate {
	p := Presentation{Maps: c.maps}
	if c.machine != nil {
		p.Letters, p.Start = c.letters, c.machine.Start()
		for q := range c.machine.States() {
			p.Outputs = append(p.Outputs, c.machine.Output(q))
		}
	}
	return &Certificate{Format: certificateFormat, Subject: p, Class: c.v.Class}
}

func (c *classifier) decideACC0() {
	v := c.v
	v.Class, v.Theorem = ACC0, theoremSolvable
	v.Subgroup = c.subgroups[0]
	v.Reason = fmt.Sprintf("nontrivial subgroups of order %s, all solvable; outside AC0 by %s",
		orders(c.subgroups), theoremAC0)
	period, err := c.period()
	if err != nil {
		v.NoCertificate = err.Error()
		return
	}
	v.Witness = fmt.Sprintf("%s has order %d over the idempotent %s", c.word(period.Word), period.Order, c.word(period.Idempotent))
	if c.machine != nil {
		v.Witness += fmt.Sprintf(", a word of the same length %d; %s", len(period.Word), c.context(period.Left, period.Right))
	}
	solvable, err := c.solvable()
	if err != nil {
		v.NoCertificate = err.Error()
		return
	}
	v.Certificate = c.certificate()
	v.Certificate.Solvable, v.Certificate.Period = solvable, period
	if v.Group {
		v.Certificate.DerivedLength = v.DerivedLength
	}
}

// orders lists the orders of groups, ascending, each once.
func orders(groups []*algebra.Subgroup) string {
	var list []*big.Int
	for _, s := range groups {
		list = append(list, s.Group.Order())
	}
	slices.SortFunc(list, (*big.Int).Cmp)
	list = slices.CompactFunc(list, func(a, b *big.Int) bool { return a.Cmp(b) == 0 })
	text := make([]string, len(list))
	for i, n := range list {
		text[i] = n.String()
	}
	return strings.Join(text, ", ")
}

func (c *classifier) solvable() (*SolvableEvidence, error) {
	if c.v.Group {
		series, err := newSeries(c.maps, c.budget.Certificate)
		return &SolvableEvidence{Series: series}, err
	}
	if c.monoid == nil {
		return nil, fmt.Errorf("it would list the elements of the monoid, which were not enumerated")
	}
	return newSubgroups(c.monoid, c.green, c.budget.Certificate)
}

// period finds a cyclic group that shows that the subject is not in AC0.
func (c *classifier) period() (*PeriodEvidence, error) {
	e := &PeriodEvidence{}
	var x, idempotent algebra.Map
	switch {
	case c.machine == nil:
		s := c.subgroups[0]
		i := slices.IndexFunc(s.Generators, func(y algebra.Map) bool { return !y.Equal(s.Idempotent) })
		if !s.Worded {
			return nil, errTooLarge
		}
		e.Word, e.Idempotent = s.Words[i], s.Word
		x, idempotent = s.Generators[i], s.Idempotent
	case c.stability != nil:
		y, _ := c.stability.Aperiodic()
		index, period := c.monoid.Power(y)
		m := (index + period - 1) / period * period
		f := 0
		for range m {
			f = c.monoid.Product(f, y)
		}
		y = c.monoid.Product(f, y)
		x, idempotent = c.monoid.Element(y), c.monoid.Element(f)
		e.Word, _ = c.stability.Word(y)
		e.Idempotent, _ = c.stability.Word(f)
	default:
		b := c.distinct()
		order, ok := order(c.maps[b])
		if !ok || order > uint64(c.budget.Certificate) {
			return nil, errTooLarge
		}
		e.Idempotent = slices.Repeat(Word{b}, int(order))
		e.Word = append(Word{0}, e.Idempotent[1:]...)
		idempotent = algebra.Identity(len(c.maps[0]))
		x = c.maps[0].Then(inverse(c.maps[b]))
	}
	var ok bool
	if e.Order, ok = order(x); !ok {
		return nil, errTooLarge
	}
	if c.machine != nil {
		e.Left, e.Right = context(c.machine, idempotent, x)
	}
	return e, nil
}

// order returns the period of the powers of a map, if it is not huge.
func order(x algebra.Map) (uint64, bool) {
	_, period := x.Power()
	return period.Uint64(), period.IsUint64()
}

// idempotentPower returns the least multiple of the period that is at least the index.
func idempotentPower(index int, period *big.Int) (uint64, bool) {
	n := new(big.Int).Sub(period, big.NewInt(1))
	n.Add(n, big.NewInt(int64(index)))
	n.Div(n, period).Mul(n, period)
	return n.Uint64(), n.IsUint64()
}

func (c *classifier) decideNC1() {
	v := c.v
	s := c.unsolvable()
	v.Class, v.Theorem, v.Assumptions, v.Subgroup = NC1, theoremBarrington, []string{bound.TC0NotNC1}, s
	core := s.Group.PerfectCore()
	v.Reason = fmt.Sprintf("a subgroup of order %s is not solvable: its perfect core has order %s",
		algebra.FormatOrder(s.Group.Order()), algebra.FormatOrder(core.Order()))
	if !s.Worded {
		v.NoCertificate = errTooLarge.Error()
		return
	}
	e, moved, err := newPerfect(s.Group.Generators(), c.budget.Certificate)
	if err != nil {
		v.NoCertificate = err.Error()
		return
	}
	e.Idempotent = s.Word
	for _, w := range s.Words {
		e.Generators = append(e.Generators, w)
	}
	if c.machine != nil {
		e.Left, e.Right = context(c.machine, s.Idempotent, s.Embed(moved))
	}
	v.Witness = c.perfectWitness(s, e)
	v.Certificate = c.certificate()
	v.Certificate.Perfect = e
}

func (c *classifier) perfectWitness(s *algebra.Subgroup, e *PerfectEvidence) string {
	var gens []string
	for i, w := range s.Words {
		if i == maxShown {
			gens = append(gens, fmt.Sprintf("and %d more", len(s.Words)-i))
			break
		}
		gens = append(gens, fmt.Sprintf("%s = %s", c.word(w), abridge(s.Group.Generators()[i].String())))
	}
	text := fmt.Sprintf("idempotent %s; group on %d points generated by %s; "+
		"every generator of the core is a product of its commutators", c.word(s.Word), len(s.Points), strings.Join(gens, ", "))
	if c.machine != nil {
		text += "; for a word of the core and the idempotent, " + c.context(e.Left, e.Right)
	}
	return text
}

func (c *classifier) context(left, right Word) string {
	return fmt.Sprintf("between %s and %s the outputs differ", c.word(left), c.word(right))
}

const (
	maxShown = 6  // generators of a group in a text
	maxText  = 60 // characters of a word or permutation in a text
)

func (c *classifier) word(w []int) string {
	if len(w) <= maxText {
		return abridge(language.FormatWord(c.letters, w))
	}
	text := []rune(language.FormatWord(c.letters, w[:maxText]))
	return fmt.Sprintf("%s… (%d letters)", string(text[:min(len(text), maxText)]), len(w))
}

func abridge(text string) string {
	if r := []rune(text); len(r) > maxText {
		return string(r[:maxText]) + "…"
	}
	return text
}
