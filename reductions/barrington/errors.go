package barrington

import (
	"fmt"
	"math/big"
)

// A SolvableError says that there is no non-solvable group to build on.
type SolvableError struct {
	What   string // "the group Z60", "every group in the monoid"
	Length int    // the derived length, the largest where there are several
}

func (e *SolvableError) Error() string {
	return fmt.Sprintf("%s is solvable, of derived length %d; "+
		"Barrington's construction needs a non-solvable group, such as A5 or S5", e.What, e.Length)
}

// A LengthError is a word that is longer than allowed.
type LengthError struct {
	Length, Limit *big.Int // in letters
}

func (e *LengthError) Error() string {
	return fmt.Sprintf("the word has %s letters; at most %s are allowed", e.Length, e.Limit)
}
