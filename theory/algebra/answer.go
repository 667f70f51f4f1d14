package algebra

// An Answer is the outcome of a question whose search may have been cut short.
type Answer int

// The three answers. Undecided is the zero value.
const (
	Undecided Answer = iota
	Yes
	No
)

// String returns "yes", "no" or "undecided".
func (a Answer) String() string {
	switch a {
	case Yes:
		return "yes"
	case No:
		return "no"
	}
	return "undecided"
}
