package class

import (
	"encoding/binary"
	"fmt"
	"unicode/utf8"

	"tc0/theory/algebra"
)

// Check verifies a certificate from its text alone and reports the first fault in one line.
// It multiplies and compares maps; nothing is searched or enumerated that the certificate
// does not list, and neither [Classify] nor the enumeration of monoids or groups is used.
// What is left to trust are these theorems, and the few lines of reasoning below:
//
//   - AC0, for a language: Layers are closed under reading a letter, so Layers[0] holds η(w)
//     for all w of length divisible by s. The powers of its elements become constant, so
//     the semigroup η((Σ^s)^+) is aperiodic. Any group in η(Σ^k) is its own s-th power and
//     lies in that semigroup, so η is quasi-aperiodic, and so is its quotient, the syntactic
//     morphism (Barrington, Compton, Straubing, Thérien 1992). For a word problem s = 1.
//   - ACC0, upper bound: every term of a series contains the commutators of the term before
//     and is normal in it, the last is trivial; so the group is solvable. In a monoid, a
//     subgroup with idempotent f is embedded by x → bxa (a·b = f, b·a = e) in a group with
//     such a series (Barrington and Thérien 1988).
//   - ACC0, lower bound: x and e have words of one length m, so the group of x, of order p,
//     lies in η(Σ^(m(p-1))), and a context separates x from e, so its image in the syntactic
//     monoid is not trivial. For a word problem, whose letters are all elements, a
//     nontrivial group is enough.
//   - Derived length d: there is an element ≠ 1 made of generators by commutators nested
//     d-1 deep, so d-1 steps of the derived series do not reach the trivial group.
//   - NC1-complete: every generator of P is made of commutators of P, so P = [P,P]. P ≠ 1,
//     and for a language a context separates an element of P from e, so the image of P in
//     the syntactic monoid is perfect and not trivial (Barrington 1989).
//
// The time is linear in the number N of numbers in the certificate times: the number of
// letters for lists of elements; the logarithm of Exponent, Omega or Order; and, for a
// group inside a monoid, the number of its generators. Words cost one map product of the
// degree per letter, and steps one per step. Maps are looked up by hashing.
func Check(c *Certificate) error {
	if c.Format != certificateFormat {
		return fault("format %q, want %q", c.Format, certificateFormat)
	}
	if err := checkPresentation(&c.Subject); err != nil {
		return err
	}
	present := func(e ...bool) (n int) {
		for _, b := range e {
			if b {
				n++
			}
		}
		return n
	}(c.Aperiodic != nil, c.Solvable != nil, c.Period != nil, c.Perfect != nil)
	switch {
	case c.Class == AC0 && c.Aperiodic != nil && present == 1 && c.DerivedLength == 0:
		return checkAperiodic(&c.Subject, c.Aperiodic)
	case c.Class == ACC0 && c.Solvable != nil && c.Period != nil && present == 2:
		if err := checkPeriod(&c.Subject, c.Period); err != nil {
			return err
		}
		return checkSolvable(c)
	case c.Class == NC1 && c.Perfect != nil && present == 1 && c.DerivedLength == 0:
		return checkPerfect(&c.Subject, c.Perfect)
	}
	return fault("class %q with %d kinds of evidence: the evidence does not fit the claim", c.Class, present)
}

func fault(format string, args ...any) error {
	return fmt.Errorf("certificate: "+format, args...)
}

func checkPresentation(p *Presentation) error {
	if len(p.Maps) == 0 || len(p.Maps[0]) == 0 || len(p.Maps[0]) > 1<<16 {
		return fault("subject without maps, or of no or too many points")
	}
	degree := len(p.Maps[0])
	for i, x := range p.Maps {
		if !isMap(x, degree) {
			return fault("map %d is not a map of %d points", i, degree)
		}
	}
	if !p.language() {
		if p.Start != 0 || len(p.Outputs) != 0 {
			return fault("a start state or outputs without letters")
		}
		return nil
	}
	if len(p.Letters) != len(p.Maps) || len(p.Outputs) != degree {
		return fault("%d letters for %d maps, %d outputs for %d states", len(p.Letters), len(p.Maps), len(p.Outputs), degree)
	}
	if p.Start < 0 || p.Start >= degree {
		return fault("start state %d of %d", p.Start, degree)
	}
	seen := map[string]bool{}
	for _, a := range p.Letters {
		if a == "" || seen[a] || !utf8.ValidString(a) {
			return fault("letter %q is empty or occurs twice", a)
		}
		seen[a] = true
	}
	return nil
}

func isMap(x algebra.Map, degree int) bool {
	if len(x) != degree {
		return false
	}
	for _, q := range x {
		if int(q) >= degree {
			return false
		}
	}
	return true
}

// value multiplies the maps of a word; ok is false for a letter that does not exist.
func (p *Presentation) value(w Word) (x algebra.Map, ok bool) {
	x = algebra.Identity(len(p.Maps[0]))
	for _, a := range w {
		if a < 0 || a >= len(p.Maps) {
			return nil, false
		}
		x = x.Then(p.Maps[a])
	}
	return x, true
}

// power returns x^n.
func power(x algebra.Map, n uint64) algebra.Map {
	y := algebra.Identity(len(x))
	for ; n > 0; n >>= 1 {
		if n&1 == 1 {
			y = y.Then(x)
		}
		x = x.Then(x)
	}
	return y
}

// A mapSet numbers maps.
type mapSet map[string]int

func key(x algebra.Map) string {
	b := make([]byte, 0, 2*len(x))
	for _, q := range x {
		b = binary.LittleEndian.AppendUint16(b, q)
	}
	return string(b)
}

func newMapSet(list []algebra.Map, degree int) (mapSet, error) {
	set := make(mapSet, len(list))
	for i, x := range list {
		if !isMap(x, degree) {
			return nil, fault("element %d is not a map of %d points", i, degree)
		}
		set[key(x)] = i
	}
	return set, nil
}

func (s mapSet) has(x algebra.Map) bool {
	_, ok := s[key(x)]
	return ok
}

func checkAperiodic(p *Presentation, e *AperiodicEvidence) error {
	s := e.Modulus
	if s < 1 || s != len(e.Layers) || s != 1 && !p.language() {
		return fault("modulus %d with %d layers", s, len(e.Layers))
	}
	sets := make([]mapSet, s)
	for i, layer := range e.Layers {
		var err error
		if sets[i], err = newMapSet(layer, len(p.Maps[0])); err != nil {
			return err
		}
	}
	for a, x := range p.Maps {
		if !sets[1%s].has(x) {
			return fault("letter %d is not in layer %d", a, 1%s)
		}
	}
	for i, layer := range e.Layers {
		for j, x := range layer {
			for a, y := range p.Maps {
				if !sets[(i+1)%s].has(x.Then(y)) {
					return fault("element %d of layer %d times letter %d is not in layer %d", j, i, a, (i+1)%s)
				}
			}
		}
	}
	for j, x := range e.Layers[0] {
		if y := power(x, e.Exponent); !y.Equal(y.Then(x)) {
			return fault("element %d of layer 0: x^%d and the next power differ", j, e.Exponent)
		}
	}
	return nil
}

func checkPeriod(p *Presentation, e *PeriodEvidence) error {
	x, ok1 := p.value(e.Word)
	f, ok2 := p.value(e.Idempotent)
	switch {
	case !ok1 || !ok2:
		return fault("period: a letter that does not exist")
	case !f.Then(f).Equal(f):
		return fault("period: the value of the second word is not idempotent")
	case e.Order < 1 || !f.Then(x).Equal(x) || !x.Then(f).Equal(x) || !power(x, e.Order).Equal(f):
		return fault("period: the value of the first word is not of order dividing %d over the idempotent", e.Order)
	case x.Equal(f):
		return fault("period: the group is trivial")
	case !p.language():
		if len(e.Left)+len(e.Right) > 0 {
			return fault("period: a context in a word problem")
		}
		return nil
	case len(e.Word) != len(e.Idempotent):
		return fault("period: words of %d and %d letters, want one length", len(e.Word), len(e.Idempotent))
	}
	return checkContext(p, e.Left, e.Right, x, f)
}

// checkContext verifies that x and f are told apart between two words.
func checkContext(p *Presentation, left, right Word, x, f algebra.Map) error {
	l, ok1 := p.value(left)
	r, ok2 := p.value(right)
	if !ok1 || !ok2 {
		return fault("context: a letter that does not exist")
	}
	q := l[p.Start]
	if p.Outputs[r[x[q]]] == p.Outputs[r[f[q]]] {
		return fault("context: both words have output %d", p.Outputs[r[f[q]]])
	}
	return nil
}

func checkSolvable(c *Certificate) error {
	p, e := &c.Subject, c.Solvable
	permutations := true
	for _, x := range p.Maps {
		permutations = permutations && x.IsPermutation()
	}
	switch {
	case permutations && e.Series != nil && e.Elements == nil && e.Idempotents == nil && e.Classes == nil && e.Omega == 0:
		length, err := checkSeries(p.Maps, e.Series)
		if err == nil && length != c.DerivedLength {
			err = fault("derived length %d claimed, %d shown", c.DerivedLength, length)
		}
		return err
	case e.Series == nil && c.DerivedLength == 0:
		return checkSubgroups(p, e)
	}
	return fault("a series of the whole is for permutations, a list of elements for other maps")
}

func checkSubgroups(p *Presentation, e *SolvableEvidence) error {
	elements, err := newMapSet(e.Elements, len(p.Maps[0]))
	if err != nil {
		return err
	}
	groups := make([]mapSet, len(e.Classes))
	for i := range e.Classes {
		if groups[i], err = checkClass(e, &e.Classes[i]); err != nil {
			return err
		}
	}
	conjugacy := map[int]*Conjugacy{}
	for i := range e.Idempotents {
		if err := checkConjugacy(e, &e.Idempotents[i]); err != nil {
			return err
		}
		conjugacy[e.Idempotents[i].F] = &e.Idempotents[i]
	}
	for a, x := range p.Maps {
		if !elements.has(x) {
			return fault("letter %d is not an element", a)
		}
	}
	for i, x := range e.Elements {
		for a, y := range p.Maps {
			if !elements.has(x.Then(y)) {
				return fault("element %d times letter %d is not an element", i, a)
			}
		}
		f := power(x, e.Omega)
		if !f.Then(f).Equal(f) || e.Omega == 0 {
			return fault("element %d: x^%d is not idempotent", i, e.Omega)
		}
		if x.Equal(f) || !x.Then(f).Equal(x) {
			continue // not in a group, or its identity
		}
		j := conjugacy[elements[key(f)]]
		if j == nil {
			return fault("element %d is in a group whose idempotent is not listed", i)
		}
		if y := e.Elements[j.B].Then(x).Then(e.Elements[j.A]); !groups[j.Class].has(y) {
			return fault("element %d is not in the group of class %d", i, j.Class)
		}
	}
	return nil
}

// checkClass verifies a solvable group in a monoid and lists it.
func checkClass(e *SolvableEvidence, g *GroupElement) (mapSet, error) {
	in := func(i int) bool { return i >= 0 && i < len(e.Elements) }
	if !in(g.E) {
		return nil, fault("class: element %d does not exist", g.E)
	}
	idempotent := e.Elements[g.E]
	var gens []algebra.Map
	for _, i := range g.Generators {
		if !in(i) {
			return nil, fault("class: element %d does not exist", i)
		}
		gens = append(gens, e.Elements[i])
	}
	permutations, err := checkUnits(idempotent, gens)
	if err != nil {
		return nil, err
	}
	if _, err := checkSeries(permutations, &g.Series); err != nil {
		return nil, err
	}
	group := mapSet{key(idempotent): 0}
	for list := []algebra.Map{idempotent}; len(list) > 0; list = list[1:] {
		for _, y := range gens {
			x := list[0].Then(y)
			if group.has(x) {
				continue
			}
			if len(group) == len(e.Elements) {
				return nil, fault("class: the group has more elements than the monoid")
			}
			group[key(x)] = len(group)
			list = append(list, x)
		}
	}
	return group, nil
}

func checkConjugacy(e *SolvableEvidence, j *Conjugacy) error {
	for _, i := range []int{j.F, j.A, j.B} {
		if i < 0 || i >= len(e.Elements) {
			return fault("idempotent: element %d does not exist", i)
		}
	}
	if j.Class < 0 || j.Class >= len(e.Classes) {
		return fault("idempotent: class %d does not exist", j.Class)
	}
	a, b := e.Elements[j.A], e.Elements[j.B]
	if !a.Then(b).Equal(e.Elements[j.F]) || !b.Then(a).Equal(e.Elements[e.Classes[j.Class].E]) {
		return fault("idempotent %d: ab and ba are not the idempotents named", j.F)
	}
	return nil
}

// checkUnits verifies that the maps x are permutations of the image of an idempotent e with
// ex = xe = x, and returns the permutations, points renumbered in ascending order.
func checkUnits(e algebra.Map, maps []algebra.Map) ([]algebra.Map, error) {
	if !e.Then(e).Equal(e) {
		return nil, fault("group: its identity is not idempotent")
	}
	var points []uint16
	number := make([]uint16, len(e))
	for q, r := range e {
		if q == int(r) {
			number[q] = uint16(len(points))
			points = append(points, r)
		}
	}
	permutations := make([]algebra.Map, len(maps))
	for i, x := range maps {
		if !e.Then(x).Equal(x) || !x.Then(e).Equal(x) {
			return nil, fault("group: generator %d is not fixed by the idempotent", i)
		}
		y := make(algebra.Map, len(points))
		for j, q := range points {
			y[j] = number[x[q]]
		}
		if !y.IsPermutation() {
			return nil, fault("group: generator %d does not permute the image of the idempotent", i)
		}
		permutations[i] = y
	}
	return permutations, nil
}

// A run is an evaluated program: permutations, and how deep commutators are nested in each
// at least, so that step i lies in that term of the derived series.
type run struct {
	identity algebra.Map
	values   []algebra.Map
	depths   []int
}

func evaluate(program []Step, gens []algebra.Map, degree int) (*run, error) {
	r := &run{identity: algebra.Identity(degree)}
	for i, s := range program {
		if s.A < 0 || s.Op == Generator && s.A >= len(gens) || s.Op != Generator && s.A >= i || s.B < 0 || s.B > 0 && s.B >= i {
			return nil, fault("step %d, %s, uses what does not come before it", i, s)
		}
		x, depth := algebra.Map(nil), 0
		switch s.Op {
		case Generator:
			x = gens[s.A]
		case Product:
			x, depth = r.values[s.A].Then(r.values[s.B]), min(r.depths[s.A], r.depths[s.B])
		case Inverse:
			x, depth = invert(r.values[s.A]), r.depths[s.A]
		case Commutator:
			x, depth = commutator(r.values[s.A], r.values[s.B]), min(r.depths[s.A], r.depths[s.B])+1
		}
		r.values, r.depths = append(r.values, x), append(r.depths, depth)
	}
	return r, nil
}

func invert(x algebra.Map) algebra.Map {
	y := make(algebra.Map, len(x))
	for p, q := range x {
		y[q] = uint16(p)
	}
	return y
}

func commutator(x, y algebra.Map) algebra.Map {
	return x.Then(y).Then(invert(x)).Then(invert(y))
}

// at returns the value of a step, -1 being the identity.
func (r *run) at(step int) (algebra.Map, bool) {
	if step == -1 {
		return r.identity, true
	}
	if step < 0 || step >= len(r.values) {
		return nil, false
	}
	return r.values[step], true
}

// checkSeries verifies that permutations generate a solvable group and returns its
// derived length.
func checkSeries(gens []algebra.Map, s *Series) (length int, err error) {
	if len(gens) == 0 {
		return 0, fault("series: no generators")
	}
	r, err := evaluate(s.Program, gens, len(gens[0]))
	if err != nil {
		return 0, err
	}
	length = len(s.Closures)
	if length == 0 || len(s.Terms) != length-1 {
		return 0, fault("series: %d terms and %d closures", len(s.Terms), length)
	}
	term := gens
	for i := range s.Closures {
		var next []algebra.Map
		if i < len(s.Terms) {
			if next, err = r.term(s.Terms[i], i+1); err != nil {
				return 0, err
			}
		}
		if err := checkClosure(term, next, &s.Closures[i]); err != nil {
			return 0, err
		}
		if i+1 < length {
			term = next
		}
	}
	for _, x := range term {
		if !x.Equal(r.identity) {
			return length, nil
		}
	}
	return 0, fault("series: the last term but one is trivial, so the derived length is less than %d", length)
}

// term returns the values of steps that are nested at least so deep.
func (r *run) term(steps []int, depth int) ([]algebra.Map, error) {
	if len(steps) == 0 {
		return nil, fault("a term without generators")
	}
	var list []algebra.Map
	for _, i := range steps {
		x, ok := r.at(i)
		if !ok || i < 0 || r.depths[i] < depth {
			return nil, fault("series: step %d is not shown to be in term %d", i, depth)
		}
		list = append(list, x)
	}
	return list, nil
}

// checkClosure verifies that the group of next contains the commutators of term and is
// normal in the group of term.
func checkClosure(term, next []algebra.Map, c *Closure) error {
	r, err := evaluate(c.Program, next, len(term[0]))
	if err != nil {
		return err
	}
	values := c.Values
	take := func(x, y algebra.Map) error {
		if len(values) == 0 {
			return fault("series: a commutator without a value")
		}
		z, ok := r.at(values[0])
		if !ok || !z.Equal(commutator(x, y)) {
			return fault("series: value %d is not the commutator", values[0])
		}
		values = values[1:]
		return nil
	}
	for i, x := range term {
		for _, y := range term[i+1:] {
			if err := take(x, y); err != nil {
				return err
			}
		}
	}
	for _, y := range next {
		for _, x := range term {
			if err := take(y, x); err != nil {
				return err
			}
		}
	}
	if len(values) > 0 {
		return fault("series: %d values too many", len(values))
	}
	return nil
}

func checkPerfect(p *Presentation, e *PerfectEvidence) error {
	idempotent, ok := p.value(e.Idempotent)
	if !ok {
		return fault("perfect group: a letter that does not exist")
	}
	maps := make([]algebra.Map, len(e.Generators))
	for i, w := range e.Generators {
		if maps[i], ok = p.value(w); !ok {
			return fault("perfect group: a letter that does not exist")
		}
	}
	gens, err := checkUnits(idempotent, maps)
	if err != nil {
		return err
	}
	if len(gens) == 0 {
		return fault("perfect group: no generators")
	}
	degree := len(gens[0])
	group, err := evaluate(e.Program, gens, degree)
	if err != nil {
		return err
	}
	perfect, err := group.term(e.Perfect, 0)
	if err != nil {
		return err
	}
	closure, err := evaluate(e.Closure, perfect, degree)
	if err != nil {
		return err
	}
	if len(e.Values) != len(perfect) {
		return fault("perfect group: %d values for %d generators", len(e.Values), len(perfect))
	}
	moved := algebra.Map(nil)
	for i, x := range perfect {
		y, ok := closure.at(e.Values[i])
		if !ok || e.Values[i] < 0 || closure.depths[e.Values[i]] < 1 || !y.Equal(x) {
			return fault("perfect group: generator %d is not shown to be made of commutators", i)
		}
		if moved == nil && !x.Equal(group.identity) {
			moved = x
		}
	}
	if moved == nil {
		return fault("perfect group: it is trivial")
	}
	if !p.language() {
		if len(e.Left)+len(e.Right) > 0 {
			return fault("perfect group: a context in a word problem")
		}
		return nil
	}
	return checkContext(p, e.Left, e.Right, embed(idempotent, moved), idempotent)
}

// embed is the map that first acts as the idempotent and then as a permutation of its
// image.
func embed(e, x algebra.Map) algebra.Map {
	var points []uint16
	number := make([]uint16, len(e))
	for q, r := range e {
		if q == int(r) {
			number[q] = uint16(len(points))
			points = append(points, r)
		}
	}
	y := make(algebra.Map, len(e))
	for q, r := range e {
		y[q] = points[x[number[r]]]
	}
	return y
}
