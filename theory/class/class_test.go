package class

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tc0/theory/algebra"
	"tc0/theory/language"
)

func named(t testing.TB, name string) Subject {
	t.Helper()
	g, err := algebra.Named(name)
	if err != nil {
		t.Fatal(err)
	}
	return WordProblem(name, g.Generators)
}

func regex(t testing.TB, expression string) Subject {
	t.Helper()
	d, err := language.Regex(expression, nil, 10000)
	if err != nil {
		t.Fatal(err)
	}
	return Language(expression, d)
}

func classify(t testing.TB, s Subject) *Verdict {
	t.Helper()
	v, err := Classify(s, DefaultBudget())
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// certified checks that the verdict has a certificate that stands, also after a round trip
// through its text.
func certified(t testing.TB, v *Verdict) []byte {
	t.Helper()
	if v.Certificate == nil {
		t.Fatalf("%s: no certificate: %s", v.Subject, v.NoCertificate)
	}
	text, err := v.Certificate.Encode()
	if err != nil {
		t.Fatal(err)
	}
	c, err := Decode(text)
	if err != nil {
		t.Fatalf("%s: %v", v.Subject, err)
	}
	if err := Check(c); err != nil {
		t.Fatalf("%s: %v", v.Subject, err)
	}
	return text
}

// The rows of the table of popular tasks in the landscape of state-tracking benchmarks,
// computed there by an independent program.
func TestTasks(t *testing.T) {
	type row struct {
		Name             string
		Order            string
		Subgroups        string
		Aperiodic, Quasi string
		Class            Class
	}
	want := []row{
		{"parity_check", "2", "2", "no", "no", ACC0},
		{"even_pairs", "5", "", "yes", "yes", AC0},
		{"cycle_navigation", "5", "5", "no", "no", ACC0},
		{"modular_arithmetic", "518", "4, 5", "no", "no", ACC0},
		{"modular_arithmetic_no_product", "92", "5", "no", "no", ACC0},
		{"flip_flop", "3", "", "yes", "yes", AC0},
		{"(aa)*", "2", "2", "no", "yes", AC0},
		{"dyck-2-3", "285", "", "yes", "yes", AC0},
		{"a5", "60", "60", "no", "no", NC1},
	}
	for i, task := range language.Tasks() {
		s := Language(task.Name, task.Machine)
		v := classify(t, s)
		certified(t, v)
		c := &classifier{budget: DefaultBudget(), v: &Verdict{}}
		if err := c.present(s); err != nil {
			t.Fatal(err)
		}
		if err := c.explore(); err != nil {
			t.Fatal(err)
		}
		got := row{task.Name, v.Order.String(), orders(c.subgroups), v.Aperiodic.String(), v.QuasiAperiodic.String(), v.Class}
		if diff := cmp.Diff(want[i], got); diff != "" {
			t.Error(diff)
		}
	}
	if v := classify(t, Language("(aa)*", language.EvenLength())); v.StabilityIndex != 2 {
		t.Errorf("(aa)*: stability index %d, want 2", v.StabilityIndex)
	}
}

func TestEvenLetter(t *testing.T) {
	for _, task := range language.Tasks() {
		want, known := map[string]bool{"parity_check": true, "(aa)*": true, "cycle_navigation": false, "dyck-2-3": false}[task.Name]
		if v := classify(t, Language(task.Name, task.Machine)); known && v.EvenLetter != want {
			t.Errorf("%s: a letter of even period: %v, want %v", task.Name, v.EvenLetter, want)
		}
	}
}

// The minimal numbers of layers of the landscape: derived length, none if not solvable.
func TestGroups(t *testing.T) {
	for _, c := range []struct {
		name   string
		length int
		class  Class
		order  string
	}{
		{"Z60", 1, ACC0, "60"}, {"S3", 2, ACC0, "6"}, {"D4", 2, ACC0, "8"}, {"A4", 2, ACC0, "12"},
		{"A4xZ5", 2, ACC0, "60"}, {"S4", 3, ACC0, "24"}, {"Q8", 2, ACC0, "8"}, {"H3(Z_5)", 2, ACC0, "125"},
		{"GL(2,3)", 4, ACC0, "48"}, {"Z1", 0, AC0, "1"},
		{"A5", -1, NC1, "60"}, {"S5", -1, NC1, "120"}, {"A6", -1, NC1, "360"}, {"PSL(2,7)", -1, NC1, "168"},
		{"SL(2,5)", -1, NC1, "120"}, {"A5xS4", -1, NC1, "1440"}, {"S10", -1, NC1, "3628800"},
	} {
		v := classify(t, named(t, c.name))
		certified(t, v)
		if v.DerivedLength != c.length || v.Class != c.class || v.Order.String() != c.order {
			t.Errorf("%s: %s, derived length %d, order %v; want %s, %d, %s",
				c.name, v.Class, v.DerivedLength, v.Order, c.class, c.length, c.order)
		}
	}
}

func TestLanguages(t *testing.T) {
	for _, c := range []struct {
		expression string
		class      Class
		stability  int
	}{
		{"(a|b)*abb", AC0, 0},
		{"(ab)*", AC0, 0},
		{"(aa)*|(bb)*", AC0, 2},
		{"((a|b)(a|b)(a|b))*", AC0, 3},
		{"(a(a|b))*", AC0, 2},
		{"b*(ab*ab*)*", ACC0, 1},
		{"(ab|ba)*", AC0, 4},
		{"((a|b)(aa|bb)*(ab|ba))*", ACC0, 0},
		{"a*b(a*ba*ba*b)*a*", ACC0, 0},
		{"a", AC0, 0},
		{"~[]&a*", AC0, 1},
	} {
		v := classify(t, regex(t, c.expression))
		certified(t, v)
		if v.Class != c.class || c.stability > 0 && v.StabilityIndex != c.stability {
			t.Errorf("%s: %s with stability index %d, want %s, %d", c.expression, v.Class, v.StabilityIndex, c.class, c.stability)
		}
	}
}

// Monoids that are not groups, solvable or not.
func TestMonoids(t *testing.T) {
	constant := func(n int) algebra.Map { return make(algebra.Map, n) }
	for _, c := range []struct {
		name  string
		gens  []algebra.Map
		class Class
	}{
		{"T3", []algebra.Map{{1, 2, 0}, {1, 0, 2}, {0, 0, 2}}, ACC0},
		{"T4", []algebra.Map{{1, 2, 3, 0}, {1, 0, 2, 3}, {0, 0, 2, 3}}, ACC0},
		{"T5", []algebra.Map{{1, 2, 3, 4, 0}, {1, 0, 2, 3, 4}, {0, 0, 2, 3, 4}}, NC1},
		{"A5 under a point", []algebra.Map{{1, 2, 3, 4, 0, 0}, {1, 2, 0, 3, 4, 5}, {0, 1, 2, 3, 4, 4}}, NC1},
		{"Z6 with reset", []algebra.Map{{1, 2, 3, 4, 5, 0}, constant(6)}, ACC0},
		{"reset", []algebra.Map{{0, 0}, {1, 1}}, AC0},
	} {
		v := classify(t, WordProblem(c.name, c.gens))
		certified(t, v)
		if v.Class != c.class {
			t.Errorf("%s: %s, want %s", c.name, v.Class, c.class)
		}
	}
}

// Past the limit on elements, what does not need the list is still decided.
func TestBudget(t *testing.T) {
	t7 := []algebra.Map{{1, 2, 3, 4, 5, 6, 0}, {1, 0, 2, 3, 4, 5, 6}, {0, 0, 2, 3, 4, 5, 6}}
	small := Budget{Elements: 1000, Images: 1 << 12, Stability: 1 << 20, Certificate: 1 << 20}
	v, err := Classify(WordProblem("T7", t7), small)
	if err != nil {
		t.Fatal(err)
	}
	certified(t, v)
	if v.Class != NC1 || v.Order != nil || !strings.Contains(v.Explored, "1000") {
		t.Errorf("T7: %v", v)
	}
	t4 := []algebra.Map{{1, 2, 3, 0}, {1, 0, 2, 3}, {0, 0, 2, 3}}
	tiny := Budget{Elements: 10, Images: 1 << 12, Stability: 1 << 20, Certificate: 1 << 20}
	if v, err = Classify(WordProblem("T4", t4), tiny); err != nil || v.Class != ACC0 || v.Certificate != nil || v.NoCertificate == "" {
		t.Errorf("T4 without its elements: %v, %v", v, err)
	}
	none := Budget{Elements: 10, Images: 1, Stability: 1, Certificate: 1}
	if v, err = Classify(WordProblem("T4", t4), none); err != nil || v.Class != Undecided || v.Solvable != algebra.Undecided ||
		!strings.Contains(v.String(), "solvable or not: undecided") {
		t.Errorf("T4 without a budget: %v, %v", v, err)
	}
	d, err := language.Orbit([]string{"a", "b", "c"}, t4)
	if err != nil {
		t.Fatal(err)
	}
	if v, err = Classify(Language("T4 orbit", d), tiny); err != nil || v.Class != Undecided || v.Solvable != algebra.Yes {
		t.Errorf("a task with the monoid T4, without its elements: %v, %v", v, err)
	}
	for _, name := range []string{"S4", "S6"} {
		want := classify(t, named(t, name)).Class
		v, err := Classify(named(t, name), Budget{Elements: 10, Images: 10, Stability: 10, Certificate: 1})
		if err != nil || v.Class != want || v.Certificate != nil || !strings.Contains(v.String(), "none: the evidence is larger") {
			t.Errorf("%s without a budget for certificates: %v, %v", name, v, err)
		}
	}
	if _, err = Classify(WordProblem("nothing", nil), small); err == nil {
		t.Error("no generators were accepted")
	}
	cycle := make(algebra.Map, 40)
	for i := range cycle {
		cycle[i] = uint16((i + 1) % 40)
	}
	d, err = language.Orbit([]string{"a", "b"}, []algebra.Map{cycle, algebra.Identity(40)})
	if err != nil {
		t.Fatal(err)
	}
	v, err = Classify(Language("group without its elements", d), tiny)
	if err != nil || v.Class != ACC0 || v.StabilityIndex != 0 {
		t.Fatalf("cyclic group: %v, %v", v, err)
	}
	certified(t, v)
}

func TestJSON(t *testing.T) {
	for _, c := range []struct {
		subject Subject
		want    map[string]any
	}{
		{named(t, "A5"), map[string]any{"class": "NC1-complete", "solvable": false, "aperiodic": false, "order": 60.0,
			"derived_length": nil, "stability_index": nil, "assumptions": []any{"TC0 ≠ NC1"}}},
		{named(t, "S4"), map[string]any{"class": "ACC0", "solvable": true, "aperiodic": false, "order": 24.0,
			"derived_length": 3.0, "stability_index": nil, "assumptions": []any{}}},
		{regex(t, "(aa)*"), map[string]any{"class": "AC0", "solvable": true, "aperiodic": false, "order": 2.0,
			"derived_length": 1.0, "stability_index": 2.0, "assumptions": []any{}}},
		{regex(t, "a*b"), map[string]any{"class": "AC0", "solvable": true, "aperiodic": true,
			"derived_length": nil, "assumptions": []any{}}},
	} {
		text, err := json.Marshal(classify(t, c.subject))
		if err != nil {
			t.Fatal(err)
		}
		var got map[string]any
		if err := json.Unmarshal(text, &got); err != nil {
			t.Fatal(err)
		}
		for key, want := range c.want {
			if value, ok := got[key]; !ok || !cmp.Equal(value, want) {
				t.Errorf("%s: %s is %v, want %v", got["subject"], key, value, want)
			}
		}
		for _, key := range []string{"theorem", "witness"} {
			if got[key] == "" || got[key] == nil {
				t.Errorf("%s: no %s", got["subject"], key)
			}
		}
	}
}

func certificates(t testing.TB) map[string][]byte {
	out := map[string][]byte{}
	add := func(s Subject) {
		v := classify(t, s)
		out[v.Subject] = certified(t, v)
	}
	for _, name := range []string{"S3", "S4", "A5", "S5", "Q8", "A4xZ5"} {
		add(named(t, name))
	}
	for _, e := range []string{"(aa)*", "a*b", "b*(ab*ab*)*", "(ab|ba)*"} {
		add(regex(t, e))
	}
	for _, task := range []string{"a5", "even_pairs", "modular_arithmetic_no_product"} {
		x, err := language.NamedTask(task)
		if err != nil {
			t.Fatal(err)
		}
		add(Language(x.Name, x.Machine))
	}
	add(WordProblem("T3", []algebra.Map{{1, 2, 0}, {1, 0, 2}, {0, 0, 2}}))
	add(WordProblem("A5 under a point", []algebra.Map{{1, 2, 3, 4, 0, 0}, {1, 2, 0, 3, 4, 5}, {0, 1, 2, 3, 4, 4}}))
	return out
}

func sorted(m map[string][]byte) []string { return slices.Sorted(maps.Keys(m)) }

// subject turns a presentation back into what Classify takes.
func subject(c *Certificate) (Subject, error) {
	p := &c.Subject
	if !p.language() {
		return WordProblem("mutant", p.Maps), nil
	}
	next := make([][]int, len(p.Outputs))
	for q := range next {
		for _, x := range p.Maps {
			next[q] = append(next[q], int(x[q]))
		}
	}
	d, err := language.NewDFA(p.Letters, p.Start, next, p.Outputs)
	return Language("mutant", d), err
}

// Mutations of certificates, re-encoded in canonical form, are rejected, or their claim is
// true by a computation that does not look at the evidence.
func TestMutations(t *testing.T) {
	all := certificates(t)
	const each = 60
	random := &source{state: 20240612}
	undecoded, rejected, accepted := 0, 0, 0
	for _, name := range sorted(all) {
		for range each {
			mutant := mutate(random, all[name])
			c, err := Decode(mutant)
			if err != nil {
				undecoded++
				continue
			}
			if Check(c) != nil {
				rejected++
				continue
			}
			if bytes.Equal(mutant, all[name]) {
				t.Fatalf("%s: the mutant is the original", name)
			}
			accepted++
			s, err := subject(c)
			if err != nil {
				t.Fatalf("%s: accepted with a subject that is none: %v", name, err)
			}
			v := classify(t, s)
			length := 0
			if c.Class == ACC0 && v.Group {
				length = v.DerivedLength
			}
			if v.Class != c.Class || c.DerivedLength != length {
				t.Errorf("%s: accepted as %s of derived length %d, but it is %s of %d: %s",
					name, c.Class, c.DerivedLength, v.Class, v.DerivedLength, mutant)
			}
		}
	}
	t.Logf("%d mutants of %d certificates: %d are no certificates, %d rejected, %d accepted and true",
		undecoded+rejected+accepted, len(all), undecoded, rejected, accepted)
	if rejected < 300 || accepted == 0 {
		t.Errorf("%d rejected and %d accepted: the test has no bite", rejected, accepted)
	}
}

// A source is a small generator (splitmix64), so that the mutants stay the same.
type source struct{ state uint64 }

func (s *source) intn(n int) int {
	s.state += 0x9e3779b97f4a7c15
	z := s.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return int((z ^ z>>31) % uint64(n))
}

// mutate changes one or two places of a certificate's JSON and writes it canonically, if it
// still can be decoded; if not it returns text that cannot.
func mutate(r *source, text []byte) []byte {
	for {
		var tree any
		d := json.NewDecoder(bytes.NewReader(text))
		d.UseNumber()
		if err := d.Decode(&tree); err != nil {
			panic(err)
		}
		for range 1 + r.intn(2) {
			var places []func()
			collect(r, tree, &places)
			places[r.intn(len(places))]()
		}
		b, err := json.Marshal(tree)
		if err != nil {
			panic(err)
		}
		c := new(Certificate)
		if json.Unmarshal(b, c) != nil {
			return b
		}
		canonical, err := c.Encode()
		if err != nil {
			panic(err)
		}
		if !bytes.Equal(canonical, text) {
			return canonical
		}
	}
}

// collect lists the changes that can be made in a tree.
func collect(r *source, tree any, places *[]func()) {
	switch x := tree.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(x)) {
			leaf(r, x[k], func(v any) { x[k] = v }, places)
			switch y := x[k].(type) {
			case []any:
				list(r, y, func(v []any) { x[k] = v }, places)
			default:
				collect(r, y, places)
			}
		}
	case []any:
		for i := range x {
			leaf(r, x[i], func(v any) { x[i] = v }, places)
			if y, ok := x[i].([]any); ok {
				list(r, y, func(v []any) { x[i] = v }, places)
			} else {
				collect(r, x[i], places)
			}
		}
	}
}

func list(r *source, x []any, set func([]any), places *[]func()) {
	if len(x) > 0 {
		*places = append(*places,
			func() { i := r.intn(len(x)); set(slices.Delete(slices.Clone(x), i, i+1)) },
			func() { i := r.intn(len(x)); set(slices.Insert(slices.Clone(x), i, x[r.intn(len(x))])) },
			func() { i, j := r.intn(len(x)), r.intn(len(x)); x[i], x[j] = x[j], x[i] })
	}
	collect(r, x, places)
}

func leaf(r *source, v any, set func(any), places *[]func()) {
	switch x := v.(type) {
	case json.Number:
		*places = append(*places, func() {
			n, err := x.Int64()
			if err != nil {
				return
			}
			set(json.Number(fmt.Sprint(n + []int64{1, -1, 2, -2, 60}[r.intn(5)])))
		})
	case string:
		*places = append(*places, func() {
			switch {
			case x == string(ACC0):
				set(string(AC0))
			case x == string(AC0):
				set(string(ACC0))
			case len(x) > 1 && x[0] == 'x':
				set(fmt.Sprintf("x%d", r.intn(3)))
			default:
				set(strings.NewReplacer("0", "1", "1", "0", "2", "3", "3", "4").Replace(x))
			}
		})
	}
}

func TestCanonicalBytesOnly(t *testing.T) {
	for name, text := range certificates(t) {
		for what, bad := range map[string]string{
			"no newline":      strings.TrimSuffix(string(text), "\n"),
			"two newlines":    string(text) + "\n",
			"space":           strings.Replace(string(text), ":", ": ", 1),
			"leading space":   " " + string(text),
			"unknown field":   strings.Replace(string(text), "{", `{"more":1,`, 1),
			"field twice":     strings.Replace(string(text), "{", `{"class":"AC0",`, 1),
			"case of a field": strings.Replace(string(text), `"class"`, `"Class"`, 1),
			"escape":          strings.Replace(string(text), "tc0 class", `tc0 cl\u0061ss`, 1),
			"number":          strings.Replace(string(text), "[0,", "[0.0,", 1),
			"minus zero":      strings.Replace(string(text), "[0,", "[-0,", 1),
			"format":          strings.Replace(string(text), "certificate 1", "certificate 2", 1),
			"truncated":       string(text[:len(text)/2]),
			"two":             string(text) + string(text),
			"not UTF-8":       strings.Replace(string(text), "tc0", "tc0\xff", 1),
		} {
			if bad == string(text) {
				continue
			}
			if _, err := Decode([]byte(bad)); err == nil || strings.Contains(err.Error(), "\n") {
				t.Errorf("%s, %s: %v", name, what, err)
			}
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, text := range certificates(f) {
		if len(text) < 4000 {
			f.Add(text)
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := Decode(text)
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Fatalf("error of several lines: %q", err)
			}
			return
		}
		again, err := c.Encode()
		if err != nil || !bytes.Equal(again, text) {
			t.Fatalf("accepted bytes that are not canonical: %v", err)
		}
		if err := Check(c); err != nil && strings.Contains(err.Error(), "\n") {
			t.Fatalf("error of several lines: %q", err)
		}
	})
}
