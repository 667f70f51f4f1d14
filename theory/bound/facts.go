package bound

import (
	"errors"
	"fmt"
	"math/big"
)

// Answer is what is known about a yes-or-no question; the zero value is that nothing is.
type Answer int8

const (
	Unknown Answer = iota
	Yes
	No
)

// Is turns a known answer into an Answer.
func Is(yes bool) Answer {
	if yes {
		return Yes
	}
	return No
}

// String returns yes, no or unknown.
func (a Answer) String() string {
	switch a {
	case Yes:
		return "yes"
	case No:
		return "no"
	}
	return "unknown"
}

// Facts is what is known about a problem: the word problem of a finite monoid (D3.1),
// or the regular language that has it as syntactic monoid. What is not known stays
// zero. Quasi-aperiodicity belongs to the language, the other facts to the monoid.
type Facts struct {
	Name           string
	Group          Answer   // the monoid is a group
	Abelian        Answer   // it is commutative
	Aperiodic      Answer   // D-aperiodic
	QuasiAperiodic Answer   // D-quasi-aperiodic; for a word problem the same as aperiodic
	Solvable       Answer   // D-solvable
	Order          *big.Int // number of elements; nil: not known
	States         int      // of an automaton for the problem; 0: not known
	DerivedLength  int      // of a solvable group, D-derived-length; 0: not known, not one, or trivial
	EvenLetter     Answer   // the powers of a letter have an even period; unknown: every element is a letter
}

// Check says how the facts contradict each other, if they do.
func (f Facts) Check() error {
	for _, c := range []struct {
		wrong bool
		fault string
	}{
		{f.Order != nil && f.Order.Sign() < 1, "the order is not positive"},
		{f.States < 0, "the number of states is negative"},
		{f.DerivedLength < 0, "the derived length is negative"},
		{f.Aperiodic == Yes && f.QuasiAperiodic == No, "aperiodic, but not quasi-aperiodic"},
		{f.Aperiodic == Yes && f.Solvable == No, "aperiodic, but not solvable"},
		{f.QuasiAperiodic == Yes && f.Solvable == No, "quasi-aperiodic, but not solvable"},
		{f.Group == Yes && f.Aperiodic == Yes && (f.DerivedLength > 0 || f.Abelian == No || f.trivial() == No),
			"an aperiodic group, but not trivial"},
		{f.Group == Yes && f.Aperiodic == No && f.trivial() == Yes, "a trivial group, but not aperiodic"},
		{f.Abelian == Yes && f.Solvable == No, "abelian, but not solvable"},
		{f.Solvable == No && f.Order != nil && f.Order.Cmp(sixty) < 0, "fewer than 60 elements, but not solvable"},
		{f.Order != nil && f.DerivedLength >= f.Order.BitLen(), "fewer than 2^d elements for the derived length d"},
		{f.DerivedLength > 0 && (f.Group == No || f.Solvable == No), "a derived length, but not a solvable group"},
		{f.DerivedLength > 1 && f.Abelian == Yes, "abelian, but of derived length above 1"},
		{f.DerivedLength == 1 && f.Abelian == No, "of derived length 1, but not abelian"},
	} {
		if c.wrong {
			return fmt.Errorf("facts of %s: %w", f.Name, errors.New(c.fault))
		}
	}
	return nil
}

var one, sixty = big.NewInt(1), big.NewInt(60)

// trivial says whether the order is known to be 1, and whether it is known not to be.
func (f Facts) trivial() Answer {
	if f.Order == nil {
		return Unknown
	}
	return Is(f.Order.Cmp(one) == 0)
}

// Class is the circuit class that follows: AC0, ACC0, NC1-complete, or undecided.
func (f Facts) Class() string {
	switch {
	case f.Solvable == No:
		return "NC1-complete"
	case f.QuasiAperiodic == Yes || f.Aperiodic == Yes:
		return "AC0"
	case f.Solvable == Yes && f.QuasiAperiodic == No:
		return "ACC0"
	}
	return "undecided"
}

// even says whether the powers of some letter are known to have an even period, so that
// words over it hold PARITY. A group of even order has an element of order 2.
func (f Facts) even() bool {
	if f.EvenLetter != Unknown {
		return f.EvenLetter == Yes
	}
	return f.Group == Yes && f.Order != nil && f.Order.Bit(0) == 0
}

// powerOfTwo says whether the order is known to be a power of two, and whether it is
// known not to be.
func (f Facts) powerOfTwo() Answer {
	if f.Order == nil {
		return Unknown
	}
	return Is(f.Order.TrailingZeroBits()+1 == uint(f.Order.BitLen()))
}
