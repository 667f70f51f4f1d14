package class

import (
	"slices"
	"strings"
	"testing"

	"tc0/theory/algebra"
	"tc0/theory/language"
)

// Every rule of Check has a forgery that it alone stands against, named by its message.
// Where that can be, the forgery claims what is false.
func TestForgeries(t *testing.T) {
	a5 := func(t *testing.T) Subject { return Language("a5", fivePoints(t)) }
	group := func(name string) func(*testing.T) Subject {
		return func(t *testing.T) Subject { return named(t, name) }
	}
	expression := func(e string) func(*testing.T) Subject {
		return func(t *testing.T) Subject { return regex(t, e) }
	}
	maps := func(maps ...algebra.Map) func(*testing.T) Subject {
		return func(*testing.T) Subject { return WordProblem("maps", maps) }
	}
	t3 := maps(algebra.Map{1, 2, 0}, algebra.Map{1, 0, 2}, algebra.Map{0, 0, 2})
	t5 := maps(algebra.Map{1, 2, 3, 4, 0}, algebra.Map{1, 0, 2, 3, 4}, algebra.Map{0, 0, 2, 3, 4})
	parity := expression("b*(ab*ab*)*")
	reset := maps(algebra.Map{0, 0}, algebra.Map{1, 1})
	z2reset := maps(algebra.Map{1, 0, 2}, algebra.Map{2, 2, 2})

	// aperiodic claims AC0 by the given layers.
	aperiodic := func(exponent uint64, layers ...[]algebra.Map) func(*Certificate) {
		return func(c *Certificate) {
			*c = Certificate{Format: c.Format, Subject: c.Subject, Class: AC0,
				Aperiodic: &AperiodicEvidence{Modulus: len(layers), Exponent: exponent, Layers: layers}}
		}
	}
	// solvable claims that the group of the subject is trivial after so many terms.
	solvable := func(s Series, length int) func(*Certificate) {
		return func(c *Certificate) {
			*c = Certificate{Format: c.Format, Subject: c.Subject, Class: ACC0, DerivedLength: length,
				Solvable: &SolvableEvidence{Series: &s}, Period: &PeriodEvidence{Word: Word{0}, Order: 5}}
		}
	}
	one, swap := algebra.Identity(2), algebra.Map{1, 0}

	for _, c := range []struct {
		subject func(*testing.T) Subject
		forge   func(*Certificate)
		want    string
	}{
		{parity, func(c *Certificate) { c.Format = "tc0 class certificate 0" }, "format"},
		{parity, func(c *Certificate) { c.Class = NC1 }, "does not fit the claim"},
		{parity, func(c *Certificate) { c.Class = AC0 }, "does not fit the claim"},
		{group("A5"), func(c *Certificate) { c.DerivedLength = 1 }, "does not fit the claim"},

		{parity, func(c *Certificate) { c.Subject.Maps = nil }, "subject without maps"},
		{parity, func(c *Certificate) { c.Subject.Maps[0] = algebra.Map{1, 2} }, "map 0 is not a map of 2 points"},
		{parity, func(c *Certificate) { c.Subject.Maps[1] = algebra.Map{1} }, "map 1 is not a map of 2 points"},
		{group("S3"), func(c *Certificate) { c.Subject.Start = 1 }, "without letters"},
		{group("S3"), func(c *Certificate) { c.Subject.Outputs = []int{0, 0, 0} }, "without letters"},
		{parity, func(c *Certificate) { c.Subject.Letters = []string{"a"} }, "1 letters for 2 maps"},
		{parity, func(c *Certificate) { c.Subject.Outputs = []int{0} }, "1 outputs for 2 states"},
		{parity, func(c *Certificate) { c.Subject.Start = 2 }, "start state 2 of 2"},
		{parity, func(c *Certificate) { c.Subject.Start = -1 }, "start state -1 of 2"},
		{parity, func(c *Certificate) { c.Subject.Letters[1] = "a" }, `letter "a" is empty or occurs twice`},
		{parity, func(c *Certificate) { c.Subject.Letters[1] = "" }, `letter "" is empty`},

		{parity, aperiodic(1), "modulus 0"},
		{reset, aperiodic(1, []algebra.Map{{0, 0}}, []algebra.Map{{0, 0}}), "modulus 2 with 2 layers"},
		{parity, aperiodic(1, []algebra.Map{{0, 5}}), "element 0 is not a map"},
		{parity, aperiodic(1, []algebra.Map{{0, 0}, {1, 1}}), "letter 0 is not in layer 0"},
		{parity, aperiodic(1, []algebra.Map{one}), "letter 0 is not in layer 0"},
		{parity, aperiodic(1, []algebra.Map{one}, []algebra.Map{one, swap}), "element 0 of layer 1 times letter 0 is not in layer 0"},
		{expression("aa*"), aperiodic(0, []algebra.Map{{1, 1}}), "x^0 and the next power differ"},
		{parity, aperiodic(1<<60, []algebra.Map{one, swap}), "x^1152921504606846976 and the next power differ"},

		{parity, func(c *Certificate) { c.Period.Word = Word{2} }, "period: a letter that does not exist"},
		{parity, func(c *Certificate) { c.Period.Idempotent = Word{-1} }, "period: a letter that does not exist"},
		{parity, func(c *Certificate) { c.Period.Idempotent = Word{0} }, "is not idempotent"},
		{t3, func(c *Certificate) { c.Period.Idempotent = Word{2} }, "is not of order dividing"},
		{group("S3"), func(c *Certificate) { c.Period.Order = 2 }, "is not of order dividing 2"},
		{maps(algebra.Map{0, 0}, algebra.Map{1, 1}), func(c *Certificate) {
			// The false claim that an aperiodic monoid is not in AC0.
			*c = Certificate{Format: c.Format, Subject: c.Subject, Class: ACC0, Period: &PeriodEvidence{Word: Word{0}},
				Solvable: &SolvableEvidence{Elements: c.Subject.Maps, Omega: 1}}
		}, "is not of order dividing 0"},
		{group("S3"), func(c *Certificate) { c.Period.Word = nil }, "period: the group is trivial"},
		{group("S3"), func(c *Certificate) { c.Period.Left = Word{0} }, "period: a context in a word problem"},
		{expression("(aa)*"), func(c *Certificate) {
			// The false claim that (aa)* is not in AC0.
			*c = Certificate{Format: c.Format, Subject: c.Subject, Class: ACC0, DerivedLength: 1,
				Solvable: &SolvableEvidence{Series: &Series{Closures: []Closure{{}}}},
				Period:   &PeriodEvidence{Word: Word{0}, Order: 2}}
		}, "period: words of 1 and 0 letters"},
		{parity, func(c *Certificate) { c.Period.Left = Word{7} }, "context: a letter that does not exist"},
		{parity, func(c *Certificate) { c.Subject.Outputs = []int{1, 1} }, "context: both words have output 1"},

		{group("S3"), func(c *Certificate) { c.DerivedLength = 1 }, "derived length 1 claimed, 2 shown"},
		{group("S3"), func(c *Certificate) { c.Solvable.Omega = 1 }, "a series of the whole is for permutations"},
		{t3, func(c *Certificate) { c.DerivedLength = 1 }, "a series of the whole is for permutations"},
		{t3, func(c *Certificate) { c.Solvable.Elements[3] = algebra.Map{1} }, "element 3 is not a map"},
		{t5, func(c *Certificate) {
			// The false claim that all subgroups of T5 are solvable, by its constant maps.
			*c = Certificate{Format: c.Format, Subject: c.Subject, Class: ACC0, Period: &PeriodEvidence{Word: Word{1}, Order: 2},
				Solvable: &SolvableEvidence{Omega: 1}}
			for p := range uint16(5) {
				c.Solvable.Elements = append(c.Solvable.Elements, algebra.Map{p, p, p, p, p})
			}
		}, "letter 0 is not an element"},
		{t3, func(c *Certificate) { c.Solvable.Classes[0].Generators = nil }, "series: no generators"},
		{z2reset, func(c *Certificate) { c.Subject.Maps = append(c.Subject.Maps, algebra.Map{0, 0, 2}) }, "letter 2 is not an element"},
		{z2reset, func(c *Certificate) {
			c.Subject.Maps = append(c.Subject.Maps, algebra.Map{0, 0, 2})
			c.Solvable.Elements = append(c.Solvable.Elements, algebra.Map{0, 0, 2})
		}, "times letter 0 is not an element"},
		{z2reset, func(c *Certificate) { c.Solvable.Omega = 1 }, "x^1 is not idempotent"},
		{z2reset, func(c *Certificate) { c.Solvable.Omega = 0 }, "x^0 is not idempotent"},
		{t3, func(c *Certificate) { c.Solvable.Idempotents = c.Solvable.Idempotents[1:] }, "in a group whose idempotent is not listed"},
		{z2reset, func(c *Certificate) { c.Solvable.Classes[0].Generators = []int{c.Solvable.Classes[0].E} }, "series: the last term but one is trivial"},
		{t3, func(c *Certificate) { smaller(c) }, "is not in the group of class"},
		{t3, func(c *Certificate) { c.Solvable.Classes[0].E = -1 }, "class: element -1 does not exist"},
		{t3, func(c *Certificate) { c.Solvable.Classes[0].Generators[0] = 999 }, "class: element 999 does not exist"},
		{t3, func(c *Certificate) {
			c.Solvable.Elements = []algebra.Map{{0, 1, 2}, {1, 2, 0}}
			c.Solvable.Classes = []GroupElement{{E: 0, Generators: []int{1}, Series: Series{Closures: []Closure{{}}}}}
			c.Solvable.Idempotents = nil
		}, "the group has more elements than the monoid"},
		{t3, func(c *Certificate) { c.Solvable.Idempotents[0].A = 999 }, "idempotent: element 999 does not exist"},
		{t3, func(c *Certificate) { c.Solvable.Idempotents[0].Class = 9 }, "idempotent: class 9 does not exist"},
		{t3, func(c *Certificate) { c.Solvable.Idempotents[1].A = 1 }, "ab and ba are not the idempotents named"},
		{t3, func(c *Certificate) { c.Solvable.Classes[0].E = 1 }, "group: its identity is not idempotent"},
		{t3, func(c *Certificate) { c.Solvable.Classes[1].Generators[0] = c.Solvable.Classes[0].Generators[0] }, "is not fixed by the idempotent"},

		// A5, as if its derived series ended.
		{group("A5"), solvable(Series{}, 0), "series: 0 terms and 0 closures"},
		{group("A5"), solvable(Series{Closures: []Closure{{}}}, 1), "series: a commutator without a value"},
		{group("A5"), solvable(Series{Closures: []Closure{{Values: []int{-1}}}}, 1), "is not the commutator"},
		{group("A5"), solvable(Series{Closures: []Closure{{Program: []Step{{Op: Generator}}}}}, 1), "uses what does not come before it"},
		{group("S3"), func(c *Certificate) { c.Solvable.Series.Program[2] = Step{Product, 0, 1} }, "step 2 is not shown to be in term 1"},
		{group("S3"), func(c *Certificate) { c.Solvable.Series.Program[1] = Step{Product, 0, 1} }, "uses what does not come before it"},
		{group("S3"), func(c *Certificate) { c.Solvable.Series.Terms[0] = nil }, "a term without generators"},
		{group("A5"), func(c *Certificate) { c.Perfect.Perfect = nil }, "a term without generators"},
		{group("S3"), func(c *Certificate) { c.Solvable.Series.Terms[0][0] = 9 }, "step 9 is not shown to be in term 1"},
		{group("S3"), func(c *Certificate) { c.Solvable.Series.Closures[0].Values[2] = 0 }, "value 0 is not the commutator"},
		{group("S3"), func(c *Certificate) { c.Solvable.Series.Closures[0].Values[2] = -2 }, "value -2 is not the commutator"},
		{group("S3"), func(c *Certificate) {
			v := &c.Solvable.Series.Closures[0].Values
			*v = append(*v, 0)
		}, "series: 1 values too many"},
		{maps(algebra.Map{1, 0}), func(c *Certificate) {
			// The false claim that Z2 has derived length 2.
			c.DerivedLength = 2
			c.Solvable.Series = &Series{Program: []Step{{Op: Generator}, {Op: Commutator}}, Terms: [][]int{{1}},
				Closures: []Closure{{Values: []int{-1}}, {}}}
		}, "so the derived length is less than 2"},

		{group("A5"), func(c *Certificate) { c.Perfect.Idempotent = Word{9} }, "perfect group: a letter that does not exist"},
		{group("A5"), func(c *Certificate) { c.Perfect.Generators[1] = Word{-9} }, "perfect group: a letter that does not exist"},
		{group("A5"), func(c *Certificate) { c.Perfect.Idempotent = Word{0} }, "group: its identity is not idempotent"},
		{t5, func(c *Certificate) { c.Perfect.Idempotent = Word{2} }, "group: generator 0 is not fixed by the idempotent"},
		{t5, func(c *Certificate) { c.Perfect.Generators[0] = Word{2} }, "group: generator 0 does not permute"},
		{group("A5"), func(c *Certificate) { c.Perfect.Generators = nil }, "perfect group: no generators"},
		{group("A5"), func(c *Certificate) { c.Perfect.Program[0] = Step{Generator, 2, 0} }, "uses what does not come before it"},
		{group("A5"), func(c *Certificate) { c.Perfect.Perfect[0] = 9 }, "step 9 is not shown to be in term 0"},
		{group("A5"), func(c *Certificate) { c.Perfect.Values[0] = 0 }, "generator 0 is not shown to be made of commutators"},
		{group("A5"), func(c *Certificate) { c.Perfect.Values[0] = c.Perfect.Values[1] }, "generator 0 is not shown to be made of commutators"},
		{group("A5"), func(c *Certificate) { c.Perfect.Values = c.Perfect.Values[1:] }, "1 values for 2 generators"},
		{group("S3"), func(c *Certificate) {
			// S3 as NC1-complete, by the trivial group.
			*c = Certificate{Format: c.Format, Subject: c.Subject, Class: NC1, Perfect: &PerfectEvidence{
				Generators: []Word{nil}, Program: []Step{{Op: Generator}}, Perfect: []int{0},
				Closure: []Step{{Op: Generator}, {Op: Commutator}}, Values: []int{1}}}
		}, "perfect group: it is trivial"},
		{group("A5"), func(c *Certificate) { c.Perfect.Right = Word{0} }, "perfect group: a context in a word problem"},
		{a5, func(c *Certificate) { c.Perfect.Right = Word{5} }, "context: a letter that does not exist"},
		{a5, func(c *Certificate) { c.Subject.Outputs = []int{1, 1, 1, 1, 1} }, "context: both words have output 1"},
	} {
		v := classify(t, c.subject(t))
		text := certified(t, v)
		forged, err := Decode(text)
		if err != nil {
			t.Fatal(err)
		}
		c.forge(forged)
		err = Check(forged)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want a fault with %q", v.Subject, err, c.want)
		}
	}
}

func fivePoints(t *testing.T) *language.DFA {
	t.Helper()
	task, err := language.NamedTask("a5")
	if err != nil {
		t.Fatal(err)
	}
	return task.Machine
}

// smaller replaces the group of a class of order 6 by its subgroup of order 3, with a true
// series of that.
func smaller(c *Certificate) {
	e := c.Solvable
	i := slices.IndexFunc(e.Elements, func(x algebra.Map) bool { return x.Equal(algebra.Map{1, 2, 0}) })
	j := slices.IndexFunc(e.Classes, func(g GroupElement) bool { return slices.Contains(g.Generators, i) })
	e.Classes[j].Generators = []int{i}
	e.Classes[j].Series = Series{Closures: []Closure{{}}}
}
