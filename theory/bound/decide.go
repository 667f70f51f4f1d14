package bound

import (
	"fmt"
	"slices"
	"strings"
)

// Verdict is what the theory says about a model and a problem.
type Verdict string

const (
	Expressible Verdict = "expressible"
	Impossible  Verdict = "impossible"
	Open        Verdict = "unknown" // the statements recorded here do not settle it
)

// A Decision is what is known about stacks of a layer on a problem in one arithmetic
// model.
type Decision struct {
	Architecture string
	Problem      string
	Arithmetic   string
	Verdict      Verdict
	Layers       int      // if expressible: so many suffice; 0: some number that no statement gives
	Least        int      // fewer layers than these do not suffice; 0: no such bound is known
	Width        int      // state size of the construction; 0: not stated
	Theorems     []string // IDs
	Assumptions  []string // IDs; none: unconditional
	Why          string
}

// At is the verdict for a stack of so many layers.
func (d Decision) At(layers int) Verdict {
	switch {
	case d.Verdict == Impossible || layers < d.Least:
		return Impossible
	case d.Verdict == Expressible && d.Layers > 0 && layers >= d.Layers:
		return Expressible
	}
	return Open
}

// String is the decision on one line, without model and problem.
func (d Decision) String() string {
	var b strings.Builder
	b.WriteString(string(d.Verdict))
	switch {
	case d.Layers > 0 && d.Layers == d.Least:
		fmt.Fprintf(&b, ": %s, no fewer do", count(d.Layers, "layer"))
	case d.Layers > 0:
		fmt.Fprintf(&b, ": %s suffice", count(d.Layers, "layer"))
	case d.Least > 0:
		fmt.Fprintf(&b, ": at least %s", count(d.Least, "layer"))
	case d.Verdict == Expressible:
		b.WriteString(": by some number of layers")
	}
	if d.Width > 0 {
		fmt.Fprintf(&b, ", state size %d", d.Width)
	}
	b.WriteString(" (")
	for _, id := range d.Theorems {
		b.WriteString(id + "; ")
	}
	b.WriteString(d.Arithmetic)
	switch {
	case len(d.Assumptions) > 0:
		b.WriteString("; if " + strings.Join(d.Assumptions, ", "))
	case d.Verdict != Open || d.Least > 0:
		b.WriteString("; unconditional")
	}
	b.WriteByte(')')
	return b.String()
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// Decide says what is known about the architecture on a problem, one decision for
// each arithmetic model in which its rules hold.
func (a Architecture) Decide(f Facts) ([]Decision, error) {
	if err := f.Check(); err != nil {
		return nil, err
	}
	var all []Decision
	for _, r := range a.rules {
		d := r.decide(f)
		d.Architecture, d.Problem, d.Arithmetic = a.ID, f.Name, r.arithmetic
		all = append(all, d)
	}
	return all, nil
}

// Express is the reverse: what stacks of the architecture are known to do on each of
// a list of problems. Read the verdict for a depth with [Decision.At].
func (a Architecture) Express(problems []Facts) ([]Decision, error) {
	var all []Decision
	for _, f := range problems {
		decisions, err := a.Decide(f)
		if err != nil {
			return nil, err
		}
		all = append(all, decisions...)
	}
	return all, nil
}

// A rule is a theorem made a decision procedure in one arithmetic model.
type rule struct {
	arithmetic string
	decide     func(Facts) Decision
}

func expressible(layers, least int, why string, theorems ...string) Decision {
	return Decision{Verdict: Expressible, Layers: layers, Least: least, Why: why, Theorems: theorems}
}

func impossible(why string, theorems ...string) Decision {
	return Decision{Verdict: Impossible, Why: why, Theorems: theorems}
}

func open(why string, theorems ...string) Decision {
	return Decision{Verdict: Open, Why: why, Theorems: theorems}
}

// inTC0 is the rule of a model in TC0: no NC1-complete problem unless TC0 = NC1.
func inTC0(arithmetic string, theorem string) rule {
	return rule{arithmetic, func(f Facts) Decision {
		switch f.Solvable {
		case No:
			return notInTC0(theorem)
		case Yes:
			return open("the problem is in ACC0 and the model in TC0, which settles nothing", theorem, "T-ACC0")
		}
		return open("it is not known whether the problem is solvable", theorem)
	}}
}

func notInTC0(theorem string) Decision {
	d := impossible("the model is in TC0, the problem is NC1-complete", theorem, "T-Barrington")
	d.Assumptions = []string{TC0NotNC1}
	return d
}

// inAC0 is the rule of a model in AC0.
func inAC0(theorem string) rule {
	return rule{PAny, func(f Facts) Decision {
		if f.QuasiAperiodic == No || f.Solvable == No {
			return impossible("the model is in AC0, the problem is not: not quasi-aperiodic", theorem, "T-AC0-regular")
		}
		return open("the model is in AC0, which does not exclude the problem", theorem)
	}}
}

// exactly is the rule of a model that recognises exactly the languages with a property,
// at some depth.
func exactly(arithmetic, theorem, property string, has func(Facts) Answer) rule {
	return rule{arithmetic, func(f Facts) Decision {
		switch has(f) {
		case Yes:
			return expressible(0, 0, "the problem is "+property, theorem)
		case No:
			return impossible("the problem is not "+property, theorem)
		}
		return open("it is not known whether the problem is "+property, theorem)
	}}
}

func aperiodic(f Facts) Answer { return f.Aperiodic }

func quasiAperiodic(f Facts) Answer {
	if f.Aperiodic == Yes {
		return Yes
	}
	return f.QuasiAperiodic
}

// starFree is the rule of non-negative diagonal layers that depend on the input.
var starFree = exactly(PFin, "T-nonneg", "aperiodic", aperiodic)

// within is the rule of a model known to recognise only languages with a property.
func within(arithmetic, theorem, property string, has func(Facts) Answer) rule {
	return rule{arithmetic, func(f Facts) Decision {
		if has(f) == No {
			return impossible("the problem is not "+property, theorem)
		}
		return open("nothing excludes the problem", theorem)
	}}
}

// abelianSteps is the rule of complex diagonal layers that depend on the input and
// reach the whole unit disc: layers are steps of the derived series.
var abelianSteps = rule{PFin, func(f Facts) Decision {
	if d, ok := derivedSteps(f); ok {
		if d.Verdict == Open {
			d.Verdict, d.Layers = Expressible, d.Least
		}
		return d
	}
	return diagonal(f)
}}

// atMostAbelianSteps is the rule of complex diagonal layers for which only the bound
// of T-depth is shown.
func atMostAbelianSteps(why string) rule {
	return rule{PFin, func(f Facts) Decision {
		if d, ok := derivedSteps(f); ok {
			if d.Verdict == Open {
				d.Why += "; " + why
			}
			return d
		}
		return beyondGroups(f)
	}}
}

// derivedSteps applies T-depth to a group: it is impossible, or open with as many
// layers at least as its derived length. The trivial group is left to others.
func derivedSteps(f Facts) (d Decision, ok bool) {
	switch {
	case f.Group == Yes && f.Solvable == No:
		return impossible("a group that is not solvable has no series with abelian factors", "T-depth"), true
	case f.Group == Yes && f.DerivedLength > 0:
		d = open(fmt.Sprintf("a group of derived length %d", f.DerivedLength), "T-depth")
		d.Least = f.DerivedLength
		return d, true
	case f.Group == Yes && f.Abelian == Yes && f.Aperiodic == No:
		d = open("a nontrivial abelian group", "T-depth")
		d.Least = 1
		return d, true
	}
	return Decision{}, false
}

// diagonal decides for diagonal layers that can also be non-negative ones.
func diagonal(f Facts) Decision {
	if f.Aperiodic == Yes {
		return expressible(0, 0, "the problem is aperiodic, for which non-negative entries do", "T-nonneg")
	}
	return beyondGroups(f)
}

// beyondGroups decides for diagonal layers on a monoid that T-depth does not reach.
func beyondGroups(f Facts) Decision {
	if f.Solvable == No {
		return notInTC0("T4.4")
	}
	return open("no statement for monoids that are not groups", "T-depth")
}

// signedDiagonal is the rule of real diagonal layers with entries in [−1, 1].
var signedDiagonal = rule{PFin, func(f Facts) Decision {
	switch {
	case f.Group == Yes && f.Order != nil && f.Order.BitLen() == 2 && f.Order.Bit(0) == 0:
		return expressible(1, 1, "parity: the entry −1 flips a sign", "T-parity")
	case f.Group == Yes && f.powerOfTwo() == No:
		return impossible("a group whose order is not a power of two counts modulo an odd prime", "T-mod3")
	}
	if d, ok := derivedSteps(f); ok {
		return d
	}
	return diagonal(f)
}}

// positive is the rule of layers whose transitions have only positive eigenvalues.
var positive = rule{PFin, func(f Facts) Decision {
	if f.even() {
		return impossible("a letter whose powers have an even period holds PARITY", "T-parity")
	}
	return open("no statement but on PARITY", "T-parity")
}}

// reflections is the rule of one Householder factor per token with eigenvalues in [−1, 1].
var reflections = rule{PFin, func(f Facts) Decision {
	if f.Group == Yes && f.Order != nil && f.Order.BitLen() == 2 && f.Order.Bit(0) == 0 {
		return expressible(1, 1, "parity: a reflection flips a sign", "T-parity")
	}
	return open("dihedral groups take at most two layers; no statement on others with one factor per token", "T-dihedral")
}}

// allRegular is the rule of a model that recognises every regular language in some depth.
func allRegular(arithmetic, theorem, why string) rule {
	return rule{arithmetic, func(Facts) Decision { return expressible(0, 0, why, theorem) }}
}

// oneLayer is the rule of a layer that emulates every automaton. If sized, its state
// has one entry for each state of the automaton.
func oneLayer(arithmetic, theorem, why string, sized bool) rule {
	return rule{arithmetic, func(f Facts) Decision {
		d := expressible(1, 1, why, theorem)
		if sized {
			d.Width = f.States
		}
		return d
	}}
}

// solvableOnly is the rule of a model known to do solvable problems of the given kind
// at some depth.
func solvableOnly(arithmetic, theorem, upper string, groups bool) rule {
	return rule{arithmetic, func(f Facts) Decision {
		switch {
		case f.Solvable == No:
			return notInTC0(upper)
		case f.Solvable == Yes && (!groups || f.Group == Yes):
			return expressible(0, 0, "the problem is solvable", theorem)
		}
		return open("not known to be solvable, or not a group", theorem)
	}}
}

// unsettled is the rule of a model about which nothing usable is known.
func unsettled(arithmetic, why string, theorems ...string) rule {
	return rule{arithmetic, func(Facts) Decision { return open(why, slices.Clone(theorems)...) }}
}
