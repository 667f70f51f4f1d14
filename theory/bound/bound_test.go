package bound

import (
	"math/big"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// group is the word problem of a group over all its elements.
func group(name string, order int64, abelian bool, derivedLength int) Facts {
	return Facts{
		Name: name, Group: Yes, Abelian: Is(abelian), Aperiodic: Is(order == 1), QuasiAperiodic: Is(order == 1),
		Solvable: Is(derivedLength > 0 || order == 1), Order: big.NewInt(order), States: int(order), DerivedLength: derivedLength,
	}
}

// language is a regular language by its minimal automaton and syntactic monoid.
func language(name string, states int, order int64, aperiodic, quasiAperiodic, solvable bool) Facts {
	return Facts{
		Name: name, Group: No, Aperiodic: Is(aperiodic), QuasiAperiodic: Is(quasiAperiodic),
		Solvable: Is(solvable), Order: big.NewInt(order), States: states,
	}
}

var (
	z2    = group("Z2", 2, true, 1)
	z60   = group("Z60", 60, true, 1)
	s3    = group("S3", 6, false, 2)
	d4    = group("D4", 8, false, 2)
	a4    = group("A4", 12, false, 2)
	a4xz5 = group("A4xZ5", 60, false, 2)
	s4    = group("S4", 24, false, 3)
	a5    = group("A5", 60, false, 0)
	s5    = group("S5", 120, false, 0)
	a6    = group("A6", 360, false, 0)
	psl27 = group("PSL(2,7)", 168, false, 0)
	sl25  = group("SL(2,5)", 120, false, 0)
	flip  = language("flip-flop", 3, 3, true, true, true)
	modar = language("modular arithmetic mod 5", 51, 518, false, false, true)
	// Not a group; quasi-aperiodic, but with Z2 in it.
	evenBlocks = language("(aa)*b", 4, 6, false, true, true)
	nonsol     = language("non-solvable monoid", 7, 100, false, false, false)
	// (aa)*: its syntactic monoid is Z2, but it is quasi-aperiodic.
	evenLength = Facts{Name: "(aa)*", Group: Yes, Abelian: Yes, Aperiodic: No, QuasiAperiodic: Yes,
		Solvable: Yes, Order: big.NewInt(2), States: 2, DerivedLength: 1}
	budgetOut = Facts{Name: "too big"}
)

// decide is the decision of an architecture in one arithmetic model.
func decide(t testing.TB, architecture, arithmetic string, f Facts) Decision {
	t.Helper()
	a, ok := Find(architecture)
	if !ok {
		t.Fatalf("no architecture %s", architecture)
	}
	all, err := a.Decide(f)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range all {
		if d.Arithmetic == arithmetic {
			return d
		}
	}
	t.Fatalf("%s has no rule for %s", architecture, arithmetic)
	return Decision{}
}

// Layers of a complex diagonal SSM for the groups of the literature's table.
func TestComplexDiagonalLayers(t *testing.T) {
	for _, c := range []struct {
		f      Facts
		layers int // 0: no number of them
	}{
		{z2, 1}, {z60, 1}, {s3, 2}, {d4, 2}, {a4, 2}, {a4xz5, 2}, {s4, 3},
		{a5, 0}, {s5, 0}, {a6, 0}, {psl27, 0}, {sl25, 0},
	} {
		d := decide(t, "dcd", PFin, c.f)
		want := Decision{Architecture: "dcd", Problem: c.f.Name, Arithmetic: PFin, Verdict: Expressible,
			Layers: c.layers, Least: c.layers, Theorems: []string{"T-depth"}, Why: d.Why}
		if c.layers == 0 {
			want.Verdict = Impossible
		}
		if diff := cmp.Diff(want, d); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.f.Name, diff)
		}
	}
}

// What the literature says of each kind of layer, in the words of Decision.String.
func TestDecisions(t *testing.T) {
	for _, c := range []struct {
		architecture, arithmetic string
		f                        Facts
		want                     string
	}{
		{"s4", PLog, s5, "impossible (C4.3; T-Barrington; P-log; if TC0 ≠ NC1)"},
		{"s4", PLog, s4, "unknown (C4.3; T-ACC0; P-log)"},
		{"s4", PLog, budgetOut, "unknown (C4.3; P-log)"},
		{"s4", PFin, z2, "impossible (T-mixed; P-fin; unconditional)"},
		{"s4", PFin, evenLength, "unknown (T-mixed; P-fin)"},
		{"rwkv-4", PFin, z2, "impossible (T-nonneg; P-fin; unconditional)"},
		{"mamba", PFin, flip, "expressible: by some number of layers (T-nonneg; P-fin; unconditional)"},
		{"mamba", PFin, z2, "impossible (T-nonneg; P-fin; unconditional)"},
		{"mamba", PFin, evenLength, "impossible (T-nonneg; P-fin; unconditional)"},
		{"mamba", PFin, budgetOut, "unknown (T-nonneg; P-fin)"},
		{"mamba", PLog, a5, "impossible (C4.5; T-Barrington; P-log; if TC0 ≠ NC1)"},
		{"mamba", PPoly, a5, "impossible (T-Mamba-poly; T-Barrington; P-poly; if TC0 ≠ NC1)"},
		{"mamba", PLog, a4xz5, "unknown (C4.5; T-ACC0; P-log)"},
		{"mixed", PFin, evenLength, "expressible: by some number of layers (T-mixed; P-fin; unconditional)"},
		{"mixed", PFin, z2, "impossible (T-mixed; P-fin; unconditional)"},
		{"neg-mamba", PFin, z2, "expressible: 1 layer, no fewer do (T-parity; P-fin; unconditional)"},
		{"neg-mamba", PFin, s3, "impossible (T-mod3; P-fin; unconditional)"},
		{"neg-mamba", PFin, d4, "unknown: at least 2 layers (T-depth; P-fin; unconditional)"},
		{"neg-mamba", PFin, a5, "impossible (T-mod3; P-fin; unconditional)"},
		{"neg-mamba", PFin, flip, "expressible: by some number of layers (T-nonneg; P-fin; unconditional)"},
		{"dcd", PFin, flip, "expressible: by some number of layers (T-nonneg; P-fin; unconditional)"},
		{"dcd", PFin, evenBlocks, "unknown (T-depth; P-fin)"},
		{"dcd", PFin, modar, "unknown (T-depth; P-fin)"},
		{"dcd", PFin, nonsol, "impossible (T4.4; T-Barrington; P-fin; if TC0 ≠ NC1)"},
		{"mamba-3", PFin, s4, "unknown: at least 3 layers (T-depth; P-fin; unconditional)"},
		{"mamba-3", PFin, a5, "impossible (T-depth; P-fin; unconditional)"},
		{"aussm", PLog, s4, "expressible: by some number of layers (T-AUSSM; P-log; unconditional)"},
		{"aussm", PLog, modar, "unknown (T-AUSSM; P-log)"},
		{"aussm-mamba", PLog, modar, "expressible: by some number of layers (T-AUSSM-Mamba; P-log; unconditional)"},
		{"aussm-mamba", PLog, nonsol, "impossible (T4.4; T-Barrington; P-log; if TC0 ≠ NC1)"},
		{"deltanet", PFin, z2, "impossible (T-parity; P-fin; unconditional)"},
		{"deltanet", PFin, a5, "impossible (T-parity; P-fin; unconditional)"},
		{"deltanet", PFin, nonsol, "unknown (T-parity; P-fin)"},
		{"deltanet", PFin, flip, "unknown (T-parity; P-fin)"},
		{"deltanet-neg", PFin, z2, "expressible: 1 layer, no fewer do (T-parity; P-fin; unconditional)"},
		{"deltanet-neg", PFin, s3, "unknown (T-dihedral; P-fin)"},
		{"deltaproduct", PFin, a5, "expressible: by some number of layers (T-Householder; P-fin; unconditional)"},
		{"pd-ssm", PFin, modar, "expressible: 1 layer, no fewer do, state size 51 (T-PD; P-fin; unconditional)"},
		{"ids4", PLog, a5, "expressible: 1 layer, no fewer do, state size 60 (T5.2; P-log; unconditional)"},
		{"rnn", PLog, a5, "expressible: 1 layer, no fewer do (T5.1; P-log; unconditional)"},
		{"uhat", PAny, z2, "impossible (T-UHAT; T-AC0-regular; P-any; unconditional)"},
		{"uhat", PAny, evenLength, "unknown (T-UHAT; P-any)"},
		{"uhat-masked", PAny, flip, "expressible: by some number of layers (T-UHAT-masked; P-any; unconditional)"},
		{"transformer", PLog, a4xz5, "expressible: by some number of layers (T-shortcut; P-log; unconditional)"},
		{"transformer", PLog, a5, "impossible (T-transformer; T-Barrington; P-log; if TC0 ≠ NC1)"},
		{"CoT", PLog, a5, "expressible: by some number of layers (T-CoT; P-log; unconditional)"},
	} {
		if got := decide(t, c.architecture, c.arithmetic, c.f).String(); got != c.want {
			t.Errorf("%s on %s: %s, want %s", c.architecture, c.f.Name, got, c.want)
		}
	}
}

// The reverse: what two layers of a complex diagonal SSM do.
func TestExpress(t *testing.T) {
	dcd, _ := Find("dcd")
	decisions, err := dcd.Express([]Facts{z60, s3, s4, a5, flip})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]Verdict{}
	for _, d := range decisions {
		if d.Arithmetic == PFin {
			got[d.Problem] = d.At(2)
		}
	}
	want := map[string]Verdict{"Z60": Expressible, "S3": Expressible, "S4": Impossible, "A5": Impossible, "flip-flop": Open}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("with two layers (-want +got):\n%s", diff)
	}
	if _, err := dcd.Express([]Facts{{Name: "X", States: -1}}); err == nil {
		t.Error("wrong facts were taken")
	}
}

func TestFactsCheck(t *testing.T) {
	with := func(f Facts, change func(*Facts)) Facts { change(&f); return f }
	for _, c := range []struct {
		f    Facts
		want string
	}{
		{with(z2, func(f *Facts) { f.Order = big.NewInt(0) }), "facts of Z2: the order is not positive"},
		{with(z2, func(f *Facts) { f.States = -1 }), "facts of Z2: the number of states is negative"},
		{with(z2, func(f *Facts) { f.DerivedLength = -1 }), "facts of Z2: the derived length is negative"},
		{with(flip, func(f *Facts) { f.QuasiAperiodic = No }), "facts of flip-flop: aperiodic, but not quasi-aperiodic"},
		{with(flip, func(f *Facts) { f.Solvable = No }), "facts of flip-flop: aperiodic, but not solvable"},
		{with(evenLength, func(f *Facts) { f.Solvable = No }), "facts of (aa)*: quasi-aperiodic, but not solvable"},
		{with(z2, func(f *Facts) { f.Aperiodic, f.QuasiAperiodic = Yes, Yes }), "facts of Z2: an aperiodic group, but not trivial"},
		{with(z2, func(f *Facts) { f.Aperiodic, f.QuasiAperiodic, f.Order = Yes, Yes, nil }), "facts of Z2: an aperiodic group, but not trivial"},
		{with(z2, func(f *Facts) { f.Order = big.NewInt(1) }), "facts of Z2: a trivial group, but not aperiodic"},
		{with(s4, func(f *Facts) { f.Solvable, f.DerivedLength = No, 0 }), "facts of S4: fewer than 60 elements, but not solvable"},
		{with(s4, func(f *Facts) { f.DerivedLength = 5 }), "facts of S4: fewer than 2^d elements for the derived length d"},
		{with(z2, func(f *Facts) { f.Solvable = No }), "facts of Z2: abelian, but not solvable"},
		{with(s3, func(f *Facts) { f.Group = No }), "facts of S3: a derived length, but not a solvable group"},
		{with(s3, func(f *Facts) { f.Abelian = Yes }), "facts of S3: abelian, but of derived length above 1"},
		{with(z2, func(f *Facts) { f.Abelian = No }), "facts of Z2: of derived length 1, but not abelian"},
	} {
		if err := c.f.Check(); err == nil || err.Error() != c.want {
			t.Errorf("%v, want %s", err, c.want)
		}
	}
}

func TestClassOfFacts(t *testing.T) {
	for _, c := range []struct {
		f    Facts
		want string
	}{
		{flip, "AC0"}, {evenLength, "AC0"}, {z2, "ACC0"}, {s4, "ACC0"}, {modar, "ACC0"}, {a5, "NC1-complete"},
		{nonsol, "NC1-complete"}, {budgetOut, "undecided"}, {Facts{Solvable: Yes}, "undecided"}, {Facts{Aperiodic: Yes}, "AC0"},
	} {
		if got := c.f.Class(); got != c.want {
			t.Errorf("%s: %s, want %s", c.f.Name, got, c.want)
		}
	}
}

// drawFacts is any facts that do not contradict each other.
func drawFacts(t *rapid.T) Facts {
	answer := rapid.SampledFrom([]Answer{Unknown, Yes, No})
	f := Facts{
		Name: "drawn", Group: answer.Draw(t, "group"), Abelian: answer.Draw(t, "abelian"), Aperiodic: answer.Draw(t, "aperiodic"),
		QuasiAperiodic: answer.Draw(t, "quasi"), Solvable: answer.Draw(t, "solvable"),
		States: rapid.IntRange(0, 9).Draw(t, "states"), DerivedLength: rapid.IntRange(0, 4).Draw(t, "derived length"),
	}
	if rapid.Bool().Draw(t, "order known") {
		f.Order = big.NewInt(rapid.Int64Range(1, 64).Draw(t, "order"))
	}
	if f.Check() != nil {
		t.Skip("contradictory")
	}
	return f
}

// On any facts: the models agree where one theorem decides both; what is decided names
// theorems; and depth only helps.
func TestDecisionsHoldTogether(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := drawFacts(t)
		for _, a := range Architectures() {
			decisions, err := a.Decide(f)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range decisions {
				if d.Verdict != Open && len(d.Theorems) == 0 {
					t.Fatalf("%s: %v without a theorem", a.ID, d)
				}
				if d.Why == "" || d.Layers > 0 && d.Verdict != Expressible || d.Layers > 0 && d.Least > d.Layers {
					t.Fatalf("%s: %+v", a.ID, d)
				}
				before := d.At(0)
				for layers := 1; layers < 8; layers++ {
					now := d.At(layers)
					if before == Expressible && now != Expressible || before == Open && now == Impossible {
						t.Fatalf("%s: %v with %d layers, %v with %d", a.ID, before, layers-1, now, layers)
					}
					before = now
				}
			}
			if f.Solvable == No && slices.ContainsFunc(a.Upper, func(u Upper) bool { return u.Class == "TC0" }) {
				for _, d := range decisions {
					if d.Verdict == Expressible {
						t.Fatalf("%s is in TC0 and said to solve an NC1-complete problem: %v", a.ID, d)
					}
				}
			}
		}
	})
}

// More facts never turn one firm verdict into another: what is decided without a fact
// stays decided with it.
func TestMoreFactsOnlySettle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := drawFacts(t)
		less := f
		for _, forget := range []*Answer{&less.Group, &less.Abelian, &less.Aperiodic, &less.QuasiAperiodic, &less.Solvable} {
			if rapid.Bool().Draw(t, "forget") {
				*forget = Unknown
			}
		}
		if rapid.Bool().Draw(t, "forget the order") {
			less.Order = nil
		}
		for _, a := range Architectures() {
			with, err := a.Decide(f)
			if err != nil {
				t.Fatal(err)
			}
			without, err := a.Decide(less)
			if err != nil {
				t.Fatal(err)
			}
			for i, d := range without {
				if d.Verdict != Open && with[i].Verdict != d.Verdict {
					t.Fatalf("%s: %v, and with more facts %v", a.ID, d, with[i])
				}
			}
		}
	})
}

// Every ID that is named anywhere is registered, and none is registered twice.
func TestIDs(t *testing.T) {
	theorems, assumptions, models, classes := map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, a := range Assumptions() {
		assumptions[a.ID] = true
	}
	for _, a := range Arithmetics() {
		models[a.ID] = true
	}
	for _, c := range Classes() {
		classes[c.ID] = true
	}
	paperID := regexp.MustCompile(`^[DEPCLT]([1-9]|[A-D])\.[1-9]$`)
	otherID := regexp.MustCompile(`^[DTF]-[A-Za-z0-9-]+$`)
	known := func(where string, ids []string, in map[string]bool) {
		for _, id := range ids {
			if !in[id] {
				t.Errorf("%s names %s, which is not registered", where, id)
			}
		}
	}
	for _, x := range Theorems() {
		theorems[x.ID] = true
		if paperID.MatchString(x.ID) != strings.HasPrefix(x.Source, paper) || !paperID.MatchString(x.ID) && !otherID.MatchString(x.ID) {
			t.Errorf("%s does not follow the scheme of IDs for %s", x.ID, x.Source)
		}
		if x.Statement == "" || x.Source == "" || x.Evidence == "" || x.Status == "" || x.Kind == "" {
			t.Errorf("%s is incomplete: %+v", x.ID, x)
		}
		known(x.ID, x.Assumptions, assumptions)
		known(x.ID, x.Arithmetic, models)
	}
	for _, c := range Classes() {
		known(c.ID, c.Theorems, theorems)
		known(c.ID, c.Assumed, assumptions)
	}
	problems := []Facts{z2, s3, d4, s4, a5, flip, modar, nonsol, evenLength, budgetOut}
	for _, a := range Architectures() {
		if a.Form == "" || a.Source == "" || a.Evidence == "" || a.Kind == "" || len(a.rules) == 0 {
			t.Errorf("%s is incomplete", a.ID)
		}
		for _, u := range a.Upper {
			known(a.ID, []string{u.Class}, classes)
			known(a.ID, []string{u.Theorem}, theorems)
			known(a.ID, []string{u.Arithmetic}, models)
			if x, ok := TheoremByID(u.Theorem); ok && len(x.Arithmetic) > 0 && !slices.Contains(x.Arithmetic, u.Arithmetic) {
				t.Errorf("%s: the upper bound %v is in a model that %s is not about", a.ID, u, x.ID)
			}
		}
		decisions, err := a.Express(problems)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range decisions {
			known(a.ID, d.Theorems, theorems)
			known(a.ID, d.Assumptions, assumptions)
			known(a.ID, []string{d.Arithmetic}, models)
		}
	}
	idInProse := regexp.MustCompile(`\b([DEPCLT][1-9A-D]\.[1-9]|T-[A-Za-z][A-Za-z0-9-]*)\b`)
	for _, e := range Entries() {
		for _, text := range append([]Field{{"text", e.Text}}, e.Fields...) {
			for _, id := range idInProse.FindAllString(text.Text, -1) {
				known(e.ID+", "+text.Name, []string{id}, theorems)
			}
		}
	}
	owner := map[string]string{}
	claim := func(name, id string) {
		if other, taken := owner[fold(name)]; taken {
			t.Errorf("%q is a name of %s and of %s", name, id, other)
		}
		owner[fold(name)] = id
	}
	for _, e := range Entries() {
		claim(e.ID, e.ID)
	}
	for _, a := range Architectures() {
		for _, alias := range a.Aliases {
			claim(alias, a.ID)
		}
	}
}

func TestExplain(t *testing.T) {
	for _, c := range []struct{ name, id string }{
		{"T4.4", "T4.4"}, {"t4.4", "T4.4"}, {"ac0", "AC0"}, {"TC0!=NC1", TC0NotNC1}, {"tc0 ≠ nc1", TC0NotNC1},
		{"p-FIN", PFin}, {"Mamba2", "mamba-2"}, {"LSTM", "rnn"}, {"T depth", "T-depth"}, {"GDN", "gated-deltanet"}, {"T2.1", "D2.1"},
	} {
		e, err := Explain(c.name)
		if err != nil || e.ID != c.id {
			t.Errorf("Explain(%q): %s, %v; want %s", c.name, e.ID, err, c.id)
		}
	}
}

func TestExplainNamesNearIDs(t *testing.T) {
	for _, c := range []struct{ name, want string }{
		{"T-barington", `nothing is recorded under "T-barington"; near it: T-Barrington`},
		{"TCO", `nothing is recorded under "TCO"; near it: T-CoT, TC0, T-commutators`},
		{"mamb", `nothing is recorded under "mamb"; near it: mamba, mamba-2, mamba-3`},
		{"T-d", `nothing is recorded under "T-d"; near it: T-PD, T-depth, T-dihedral`},
	} {
		if _, err := Explain(c.name); err == nil || err.Error() != c.want {
			t.Errorf("Explain(%q): %v, want %s", c.name, err, c.want)
		}
	}
	for _, name := range []string{"", "?", strings.Repeat("x", 1000), "quantum circuits"} {
		if _, err := Explain(name); err == nil || !strings.Contains(err.Error(), "expected a statement like T4.4") {
			t.Errorf("Explain(%.20q): %v", name, err)
		}
	}
}

func TestEdits(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "ab", 2}, {"kitten", "sitting", 3}, {"≠", "=", 1}} {
		if got := edits(c.a, c.b); got != c.want || edits(c.b, c.a) != c.want {
			t.Errorf("edits(%q, %q) = %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

// TestEvenLetter: T-parity is about a letter, so letters of odd order leave a group of
// even order open.
func TestEvenLetter(t *testing.T) {
	a5 := Facts{Name: "A5", Group: Yes, Abelian: No, Solvable: No, Aperiodic: No, QuasiAperiodic: No, Order: big.NewInt(60)}
	deltanet, ok := Find("deltanet")
	if !ok {
		t.Fatal("no deltanet")
	}
	for even, want := range map[Answer]Verdict{Unknown: Impossible, Yes: Impossible, No: Open} {
		a5.EvenLetter = even
		decisions, err := deltanet.Decide(a5)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range decisions {
			if d.Arithmetic == PFin && d.Verdict != want {
				t.Errorf("even letter %v: %v, want %s", even, d, want)
			}
		}
	}
}
