package class

// IDs of the theorems of theory/bound that verdicts rest on.
const (
	theoremStarFree   = "T-star-free"
	theoremAC0        = "T-AC0-regular"
	theoremSolvable   = "T-ACC0"
	theoremBarrington = "T-Barrington"
)
