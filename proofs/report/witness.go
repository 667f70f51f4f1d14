package report

import (
	"fmt"
	"strconv"
	"strings"

	"tc0/theory/algebra"
	"tc0/theory/class"
)

// witness puts the evidence of a class into words. Numbers of points are those of the
// certificate; permutations are written in cycles.
func witness(c *class.Certificate) []Fact {
	w := &witnessing{subject: &c.Subject}
	w.letters()
	switch {
	case c.Aperiodic != nil:
		w.aperiodic(c.Aperiodic)
	case c.Perfect != nil:
		w.perfect(c.Perfect)
	default:
		w.period(c.Period)
		w.solvable(c.Solvable)
	}
	return w.facts
}

type witnessing struct {
	subject *class.Presentation
	facts   []Fact
}

func (w *witnessing) add(name, format string, args ...any) {
	w.facts = append(w.facts, Fact{name, fmt.Sprintf(format, args...)})
}

// Limits of what is written out; the certificate has the rest.
const (
	mostText = 64 // bytes of a map
	mostMaps = 6  // of a list
)

func mapText(x algebra.Map) string {
	if x.IsIdentity() {
		return "id"
	}
	text := x.String()
	if len(text) <= mostText {
		return text
	}
	if cycles := strings.LastIndex(text[:mostText], ")") + 1; x.IsPermutation() && cycles > 0 {
		_, order := x.Power()
		return fmt.Sprintf("%s… of order %v", text[:cycles], order)
	}
	return fmt.Sprintf("%s…, %d points onto %d", text[:strings.LastIndex(text[:mostText], " ")], len(x), x.Rank())
}

func mapList(maps []algebra.Map) string {
	var list []string
	for i, x := range maps {
		if i == mostMaps {
			list = append(list, fmt.Sprintf("and %d more", len(maps)-i))
			break
		}
		list = append(list, mapText(x))
	}
	return strings.Join(list, ", ")
}

// letters says how the letters act on the states.
func (w *witnessing) letters() {
	p := w.subject
	w.add("automaton", "%d states, start at %d; outputs by state: %s", len(p.Maps[0]), p.Start+1, numbers(p.Outputs))
	var list []string
	for i, x := range p.Maps {
		if i == mostMaps {
			list = append(list, fmt.Sprintf("and %d more", len(p.Maps)-i))
			break
		}
		list = append(list, p.Letters[i]+" ↦ "+mapText(x))
	}
	w.add("letters", "%s", strings.Join(list, "; "))
}

func numbers(list []int) string {
	const most = 24
	var text []string
	for i, n := range list {
		if i == most {
			text = append(text, "…")
			break
		}
		text = append(text, strconv.Itoa(n))
	}
	return strings.Join(text, " ")
}

// word writes a word by its letters.
func (w *witnessing) word(word class.Word) string {
	if len(word) == 0 {
		return "ε"
	}
	const most = 24
	var text []string
	for i, a := range word {
		if i == most {
			text = append(text, fmt.Sprintf("… (%d letters)", len(word)))
			break
		}
		text = append(text, w.subject.Letters[a])
	}
	return strings.Join(text, " ")
}

// value is the map of a word.
func (w *witnessing) value(word class.Word) algebra.Map {
	x := algebra.Identity(len(w.subject.Maps[0]))
	for _, a := range word {
		x = x.Then(w.subject.Maps[a])
	}
	return x
}

func (w *witnessing) aperiodic(e *class.AperiodicEvidence) {
	if e.Modulus == 1 {
		w.add("in AC0", "x^%d = x^%d for each of the %d maps x of words that are not empty: no group but the trivial one", e.Exponent, e.Exponent+1, len(e.Layers[0]))
		return
	}
	w.add("in AC0", "x^%d = x^%d for each of the %d maps x of words whose length is a multiple of %d: no set of words of one length maps onto a group",
		e.Exponent, e.Exponent+1, len(e.Layers[0]), e.Modulus)
}

// period is the evidence that a problem is not in AC0.
func (w *witnessing) period(e *class.PeriodEvidence) {
	w.add("not in AC0", "the word %s acts as x = %s, of order %d over the idempotent e = %s of %s, a word of the same length",
		w.word(e.Word), mapText(w.value(e.Word)), e.Order, mapText(w.value(e.Idempotent)), w.word(e.Idempotent))
	w.context(e.Left, e.Right, w.value(e.Word), w.value(e.Idempotent))
}

// context shows words that tell two maps apart.
func (w *witnessing) context(left, right class.Word, x, e algebra.Map) {
	at := func(middle algebra.Map) int {
		return w.subject.Outputs[w.value(left).Then(middle).Then(w.value(right))[w.subject.Start]]
	}
	w.add("told apart", "after %s, x and then %s the output is %d; with e in the place of x it is %d", w.word(left), w.word(right), at(x), at(e))
}

// solvable is the evidence that all groups in the monoid are solvable.
func (w *witnessing) solvable(e *class.SolvableEvidence) {
	if e.Series != nil {
		w.series("solvable", e.Series, w.subject.Maps)
		return
	}
	w.add("monoid", "%d maps of words that are not empty; every group among them embeds in one of %d solvable ones", len(e.Elements), len(e.Classes))
	for i, c := range e.Classes {
		idempotent := e.Elements[c.E]
		var generators []algebra.Map
		for _, g := range c.Generators {
			generators = append(generators, restrict(e.Elements[g], idempotent.Image()))
		}
		w.series(fmt.Sprintf("group %d", i+1), &c.Series, generators)
	}
}

// series writes the derived series by generators, each term the commutators of the one before.
func (w *witnessing) series(name string, s *class.Series, generators []algebra.Map) {
	values := valuesOf(s.Program, generators)
	terms := []string{"G₀ = ⟨" + mapList(generators) + "⟩"}
	for i, term := range s.Terms {
		var maps []algebra.Map
		for _, step := range term {
			maps = append(maps, values[step])
		}
		terms = append(terms, fmt.Sprintf("G%s = [G%s, G%s] = ⟨%s⟩", subscript(i+1), subscript(i), subscript(i), mapList(maps)))
	}
	d := len(s.Closures)
	if d > 0 {
		terms = append(terms, fmt.Sprintf("G%s = {id}", subscript(d)))
	}
	commutators := 0
	for _, c := range s.Closures {
		commutators += len(c.Values)
	}
	w.add(name, "derived series %s; derived length %d. The certificate writes %s as products in the next term",
		strings.Join(terms, " ⊃ "), d, plural(commutators, "commutator"))
}

// perfect is the evidence for a group that is its own commutator subgroup.
func (w *witnessing) perfect(e *class.PerfectEvidence) {
	idempotent := w.value(e.Idempotent)
	points := idempotent.Image()
	var generators []algebra.Map
	for _, word := range e.Generators {
		generators = append(generators, restrict(w.value(word), points))
	}
	values := valuesOf(e.Program, generators)
	var core []algebra.Map
	for _, step := range e.Perfect {
		core = append(core, values[step])
	}
	w.add("group", "words %s permute the %d points of the image of e = %s", w.words(e.Generators), len(points), mapText(idempotent))
	var names, maps []string
	for i, x := range core {
		names = append(names, fmt.Sprintf("p%d", i))
		maps = append(maps, fmt.Sprintf("p%d = %s", i, mapText(x)))
	}
	w.add("perfect core", "P = ⟨%s⟩ with %s. P is not trivial, and each of these generators is a product of commutators of P, in %d steps: P = [P, P], so P is not solvable",
		strings.Join(names, ", "), strings.Join(maps, "; "), len(e.Closure))
	w.commutator(e)
}

// commutator shows how the first generator of the core comes out of commutators.
func (w *witnessing) commutator(e *class.PerfectEvidence) {
	var steps []string
	const most = 24
	for i, s := range e.Closure {
		if i == most {
			steps = append(steps, fmt.Sprintf("… (%d steps)", len(e.Closure)))
			break
		}
		steps = append(steps, fmt.Sprintf("s%d = %s", i, stepText(s)))
	}
	w.add("as commutators", "%s; p%d = s%d", strings.Join(steps, ", "), 0, e.Values[0])
}

// stepText writes a step of a program over the generators p0, p1, … of the core.
func stepText(s class.Step) string {
	switch s.Op {
	case class.Generator:
		return fmt.Sprintf("p%d", s.A)
	case class.Product:
		return fmt.Sprintf("s%d·s%d", s.A, s.B)
	case class.Inverse:
		return fmt.Sprintf("s%d⁻¹", s.A)
	}
	return fmt.Sprintf("[s%d, s%d]", s.A, s.B)
}

func (w *witnessing) words(words []class.Word) string {
	var list []string
	for i, word := range words {
		if i == mostMaps {
			list = append(list, fmt.Sprintf("and %d more", len(words)-i))
			break
		}
		list = append(list, w.word(word))
	}
	return strings.Join(list, ", ")
}

// valuesOf computes the steps of a program over permutations.
func valuesOf(program []class.Step, generators []algebra.Map) []algebra.Map {
	values := make([]algebra.Map, len(program))
	for i, s := range program {
		switch s.Op {
		case class.Generator:
			values[i] = generators[s.A]
		case class.Product:
			values[i] = values[s.A].Then(values[s.B])
		case class.Inverse:
			values[i], _ = values[s.A].Inverse() // permutations have one
		case class.Commutator:
			values[i] = algebra.Commutator(values[s.A], values[s.B])
		}
	}
	return values
}

// restrict renumbers the points of an image, which a map permutes.
func restrict(x algebra.Map, points []int) algebra.Map {
	at := map[uint16]uint16{}
	for i, q := range points {
		at[uint16(q)] = uint16(i)
	}
	out := make(algebra.Map, len(points))
	for i, q := range points {
		out[i] = at[x[q]]
	}
	return out
}

func subscript(n int) string {
	return strings.Map(func(r rune) rune { return r - '0' + '₀' }, strconv.Itoa(n))
}
