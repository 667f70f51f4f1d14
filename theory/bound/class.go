package bound

// A Class is a complexity class or a class of regular languages.
type Class struct {
	ID        string
	What      string // what is in it
	Separated string // what separates it from its neighbours, or that nothing is known to
	Theorems  []string
	Assumed   []string // assumptions that concern it
}

// Classes returns the classes, the small ones first.
func Classes() []Class { return classes }

var classes = []Class{
	{"SF", "Star-free languages: those with an aperiodic syntactic monoid; FO[<], linear temporal logic.",
		"Strictly within the regular languages of AC0: (aa)* is in AC0 and not star-free.",
		[]string{"D-aperiodic", "T-star-free"}, nil},
	{"REG", "Regular languages: those of finite automata.",
		"Within NC1. The regular languages of AC0 are the quasi-aperiodic ones, those with a solvable syntactic " +
			"monoid are in ACC0, all others are NC1-complete. " +
			"None lies in TC0 outside ACC0 unless TC0 = NC1.",
		[]string{"T-AC0-regular", "T-ACC0", "T-Barrington"}, []string{TC0NotNC1}},
	{"AC0", "Constant depth, polynomial size, AND and OR gates of any fan-in, NOT.",
		"PARITY separates it from ACC0 and all above, unconditionally.",
		[]string{"T-parity-AC0", "T-AC0-regular"}, nil},
	{"ACC0", "AC0 with gates that count modulo a fixed number.",
		"Contains AC0 strictly and is contained in TC0. No proof separates it from TC0 or NC1.",
		[]string{"T-ACC0"}, []string{ACC0NotNC1}},
	{"TC0", "Constant depth, polynomial size, threshold gates [Σ w_i x_i ≥ t] of any fan-in.",
		"Contains ACC0 and is contained in NC1; neither inclusion is known to be strict. Multiplication, division " +
			"and iterated products of n numbers of n bits are in it.",
		[]string{"T4.4", "C4.7", "LA.5"}, []string{TC0NotNC1}},
	{"NC1", "Depth O(log n), polynomial size, AND and OR gates of fan-in two, NOT: Boolean formulas.",
		"Contains TC0 and every regular language; contained in L. The word problem of S5 or A5 is complete for it.",
		[]string{"T-Barrington"}, []string{TC0NotNC1, ACC0NotNC1, NC1NotL}},
	{"NC1-complete", "In NC1, and every problem of NC1 reduces to it by AC0 reductions: the word problem of S5 or A5.",
		"In TC0 only if TC0 = NC1, in ACC0 only if ACC0 = NC1. Not in AC0, unconditionally.",
		[]string{"T-Barrington", "T-parity-AC0"}, []string{TC0NotNC1, ACC0NotNC1}},
	{"PNC1", "Problems that ask whether the value of an integer arithmetic circuit of depth O(log n) is positive.",
		"Contains NC1 and is contained in L; neither inclusion is known to be strict.",
		[]string{"T-LRNN-DPLR"}, []string{NC1NotL}},
	{"L", "Deterministic Turing machines with O(log n) space.",
		"Contains NC1 and PNC1 and is contained in P; no inclusion is known to be strict.",
		[]string{"T-RNN"}, []string{NC1NotL, LNotP}},
	{"P", "Deterministic Turing machines with polynomial time.",
		"Contains L; not known to be strict.",
		[]string{"T-CoT", "T-RNN"}, []string{LNotP}},
}

// IDs of the assumptions.
const (
	TC0NotNC1  = "TC0 ≠ NC1"
	ACC0NotNC1 = "ACC0 ≠ NC1"
	NC1NotL    = "NC1 ≠ L"
	LNotP      = "L ≠ P"
)

// An Assumption is a separation that is believed and not proved. A statement that
// names none is unconditional.
type Assumption struct {
	ID   string
	What string
}

// Assumptions returns all assumptions.
func Assumptions() []Assumption { return assumptions }

var assumptions = []Assumption{
	{TC0NotNC1, "Some Boolean formulas of polynomial size have no threshold circuits of constant depth and " +
		"polynomial size. Equivalently, the word problem of A5 is not in TC0."},
	{ACC0NotNC1, "The word problem of A5 is not in ACC0. Follows from TC0 ≠ NC1."},
	{NC1NotL, "Logarithmic space decides more than Boolean formulas of polynomial size."},
	{LNotP, "Polynomial time decides more than logarithmic space."},
}

// IDs of the arithmetic models.
const (
	PFin  = "P-fin"
	PLog  = "P-log"
	PPoly = "P-poly"
	PRat  = "P-rat"
	PReal = "P-real"
	PIEEE = "P-ieee"
	PUint = "P-uint"
	PAny  = "P-any"
)

// An Arithmetic is a model of the numbers a layer computes with. The same layer can
// be in different classes in different models.
type Arithmetic struct {
	ID   string
	What string
}

// Arithmetics returns all arithmetic models.
func Arithmetics() []Arithmetic { return arithmetics }

var arithmetics = []Arithmetic{
	{PFin, "A fixed number of bits at all lengths. The model is a finite automaton, its languages are regular."},
	{PLog, "O(log n) bits at length n; sums and products of many terms are exact and cast once. Counters up to a " +
		"power of n exist."},
	{PPoly, "A number of bits polynomial in n."},
	{PRat, "Exact rational numbers."},
	{PReal, "Exact real numbers."},
	{PIEEE, "A concrete floating-point format with its rounding, in a stated order of operations."},
	{PUint, "Unsigned integers that wrap around."},
	{PAny, "Any of the others: the statement does not depend on it."},
}
