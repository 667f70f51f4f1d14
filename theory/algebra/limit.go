package algebra

import "fmt"

// LimitError says that a computation stopped at a limit that the caller set. What
// was asked is then undecided, not false.
type LimitError struct {
	What  string // what was counted: "elements", "image sets"
	Limit int    // how many were allowed
	Found int    // how many had been found when the computation stopped
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("stopped at %d %s: the limit is %d", e.Found, e.What, e.Limit)
}
