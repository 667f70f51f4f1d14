package snark

import (
	"bytes"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tc0/circuits/arith"
	"tc0/circuits/compile"
	"tc0/theory/ssm"
)

// TestParameters checks that the program of an architecture, with the parameters of a circuit, gives
// every node's value on sampled words: parameters determine the circuit.
func TestParameters(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 5))
	for _, m := range []trained{flipflop, recurrent, s4dShort, s4dSteps} {
		c := m.circuit(t)
		a, err := ArchitectureOf(c, DefaultRoom)
		if err != nil {
			t.Fatalf("%v: %v", m, err)
		}
		parameters, err := a.Parameters(c)
		if err != nil {
			t.Fatalf("%v: %v", m, err)
		}
		p, err := newProgram(a, 1)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%v: %d parameters, %d constraints, %+v", m, len(parameters), p.tally.Constraints(), p.tally)
		for range 8 {
			word := make([]int, m.length)
			for i := range word {
				word[i] = random.IntN(a.Vocabulary)
			}
			if err := p.equals(c, parameters, word); err != nil {
				t.Fatalf("%v: %v", m, err)
			}
		}
	}
}

// text is an architecture's text.
func text(t testing.TB, a *Architecture) []byte {
	t.Helper()
	data, err := a.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestArchitectureFile reads architectures back, and finds the same one again.
func TestArchitectureFile(t *testing.T) {
	for _, c := range []*arith.Circuit{smallToy.model(t, 0), flipflop.circuit(t), s4dSteps.circuit(t)} {
		a, err := ArchitectureOf(c, DefaultRoom)
		if err != nil {
			t.Fatal(err)
		}
		b, err := ReadArchitecture(bytes.NewReader(text(t, a)))
		if err != nil {
			t.Fatal(err)
		}
		again, err := ArchitectureOf(c, DefaultRoom)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(text(t, a), text(t, b)) + cmp.Diff(a, again); d != "" {
			t.Error(d)
		}
	}
}

// TestArchitectureOf sees that what has no architecture is refused with a line that says what to do.
func TestArchitectureOf(t *testing.T) {
	for _, c := range []struct {
		name string
		c    *arith.Circuit
		want string
	}{
		{"one digit", s4dShort.compile(t, func(_ *ssm.Model, r *compile.Request) { r.Digits = 1 }), "compile with --digits 2"},
		{"stages that are not the compiler's", tiny(t), notCompiled},
		{"one stage of all", constructs[0].build(t), notCompiled},
	} {
		if _, err := ArchitectureOf(c.c, DefaultRoom); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, expected ...%s", c.name, err, c.want)
		}
	}
}

// TestArchitectureCheck changes an architecture to one that is not possible.
func TestArchitectureCheck(t *testing.T) {
	a, err := ArchitectureOf(smallToy.model(t, 0), DefaultRoom)
	if err != nil {
		t.Fatal(err)
	}
	index := map[string]int{}
	for i, s := range a.Stages {
		index[s.Name] = i
	}
	for _, c := range []struct {
		name   string
		change func(a *Architecture, stage func(name string) *Stage)
		want   string
	}{
		{"length", func(a *Architecture, _ func(string) *Stage) { a.Length = 1 << 20 }, "not possible"},
		{"width", func(a *Architecture, _ func(string) *Stage) { a.Width = 30 }, "not possible"},
		{"no labels", func(a *Architecture, _ func(string) *Stage) { a.Stages = a.Stages[:len(a.Stages)-1] }, "last stage"},
		{"classes", func(a *Architecture, _ func(string) *Stage) { a.Classes++ }, "last stage"},
		{"vocabulary", func(a *Architecture, _ func(string) *Stage) { a.Vocabulary++ }, "a row for every token"},
		{"kind", func(_ *Architecture, s func(string) *Stage) { s("logits").Kind = "sum" }, "kind"},
		{"tokens twice", func(_ *Architecture, s func(string) *Stage) { s("logits").Kind = TokenStage }, "the tokens"},
		{"rows", func(_ *Architecture, s func(string) *Stage) { s("L0.u").Rows = 1 << 30 }, "not possible"},
		{"elements", func(a *Architecture, s func(string) *Stage) { s("L0.u").Rows, s("L0.u").Columns = 1<<12, 1<<12 }, "too large"},
		{"pair at the start", func(_ *Architecture, s func(string) *Stage) { s("L0.decay").First = 0 }, "not possible"},
		{"no stage", func(_ *Architecture, s func(string) *Stage) { s("logits").Reads[0].Stage = 99 }, "no stage"},
		{"a later stage", func(_ *Architecture, s func(string) *Stage) { s("L0.u").Reads[0].Stage = index["logits"] }, "earlier"},
		{"itself", func(_ *Architecture, s func(string) *Stage) { s("L0.u").Reads[0].Stage = index["L0.u"] }, "earlier"},
		{"lag", func(_ *Architecture, s func(string) *Stage) { s("L0.u").Reads[1].Lag = -1 }, "lag"},
		{"index", func(_ *Architecture, s func(string) *Stage) { s("logits").Reads[0].Row = "all" }, "index"},
		{"index by row", func(_ *Architecture, s func(string) *Stage) { s("logits").Reads[0].Row = ByRow }, "index"},
		{"earlier of no pair", func(_ *Architecture, s func(string) *Stage) { s("logits").Reads[0].Earlier = true }, "earlier position"},
		{"factors", func(_ *Architecture, s func(string) *Stage) { s("L0.gated").Reads = s("L0.gated").Reads[:1] }, "factors"},
		{"a factor of many", func(_ *Architecture, s func(string) *Stage) { s("L0.gated").Reads[0].Row = Every }, "one element"},
		{"a factor that is not there", func(_ *Architecture, s func(string) *Stage) { s("L0.gated").Reads[0].Lag = 1 }, "at every position"},
		{"a sum as a factor", func(_ *Architecture, s func(string) *Stage) { s("L0.gated").Reads[0].Stage = index["L0.ΣΔ"] }, "at every position"},
		{"secret and known", func(_ *Architecture, s func(string) *Stage) { s("logits").Coefficients.Known = []int64{1} }, "both"},
		{"known numbers", func(_ *Architecture, s func(string) *Stage) { s("argmax.compare").Coefficients.Known = []int64{1} }, "expected 2"},
		{"limbs", func(_ *Architecture, s func(string) *Stage) { s("logits").Coefficients.Limbs = 60 }, "bits are possible"},
		{"limbs of a table", func(_ *Architecture, s func(string) *Stage) { s("L0.u").Gaps = 60 }, "bits are possible"},
		{"levels", func(_ *Architecture, s func(string) *Stage) { s("L0.u").Levels = 1 << 30 }, "levels"},
		{"one level", func(_ *Architecture, s func(string) *Stage) { s("L0.u").Levels = 1 }, "levels"},
		{"a table of a form", func(_ *Architecture, s func(string) *Stage) { s("logits").Levels = 8 }, "another kind"},
		{"no table of a step", func(_ *Architecture, s func(string) *Stage) { s("L0.u").Values = 0 }, "another kind"},
		{"numbers of a product", func(_ *Architecture, s func(string) *Stage) { s("L0.gated").Coefficients.Limbs = 1 }, "nothing reads"},
		{"values too large", func(a *Architecture, s func(string) *Stage) {
			s("L0.delta").Values, s("L0.gated token 1").Coefficients.Limbs = maxBits/a.Width, maxBits/a.Width
		}, "bits are possible"},
		{"sums too large", func(a *Architecture, s func(string) *Stage) {
			s("L0.ΣΔ").Coefficients = Numbers{Limbs: maxBits / a.Width}
		}, "bits are possible"},
	} {
		b, err := ReadArchitecture(bytes.NewReader(text(t, a)))
		if err != nil {
			t.Fatal(err)
		}
		c.change(b, func(name string) *Stage { return &b.Stages[index[name]] })
		_, err = ReadArchitecture(bytes.NewReader(text(t, b)))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, expected ...%s", c.name, err, c.want)
		}
	}
}

// TestBounds evaluates with random parameters, as large as they may be, and compares forms and values
// with the bounds on which the soundness of forms and steps rests.
func TestBounds(t *testing.T) {
	random := rand.New(rand.NewPCG(9, 9))
	for _, c := range []*arith.Circuit{smallToy.model(t, 0), convolvedToy.model(t, 0), recurrentShort.circuit(t)} {
		a, err := ArchitectureOf(c, DefaultRoom)
		if err != nil {
			t.Fatal(err)
		}
		b, err := a.bounds()
		if err != nil {
			t.Fatal(err)
		}
		p, err := newProgram(a, 1)
		if err != nil {
			t.Fatal(err)
		}
		tight := 0.0 // the largest value as a share of its bound
		for range 40 {
			var parameters Parameters
			for _, r := range a.layout() {
				for range r.count {
					v := []int64{0, a.span(r) - 1, random.Int64N(a.span(r))}[random.IntN(3)]
					parameters = append(parameters, v-a.shift(r))
				}
			}
			word := make([]int, a.Length)
			for i := range word {
				word[i] = random.IntN(a.Vocabulary)
			}
			x := p.perform(parameters, word)
			for i := range a.Stages {
				s := &a.Stages[i]
				for pos := s.First; pos < a.Length; pos++ {
					got, most := x.values[i][pos], b.at[i][pos]
					if s.computes() {
						got, most = x.forms(i, pos), a.bound(s, b, pos)
					}
					if most.BitLen() > maxBits {
						continue // the evaluation is modulo 2^64
					}
					for _, v := range got {
						if v > most.Int64() || v < -most.Int64() {
							t.Fatalf("%s at position %d is %d, the bound is %d", s.Name, pos, v, most)
						}
						if s.Kind == StepStage {
							tight = max(tight, math.Abs(float64(v))/float64(most.Int64()))
						}
					}
				}
			}
		}
		if tight < 0.1 {
			t.Errorf("no form has more than %v of its bound: the bounds are not tested", tight)
		}
	}
}

// TestUnfit binds circuits that are not of an architecture.
func TestUnfit(t *testing.T) {
	a, models := family(t, smallToy, 1)
	for _, c := range []struct {
		name string
		c    *arith.Circuit
		want string
	}{
		{"a longer word", toy{4, 3, 3, 2, false}.model(t, 0), "words of 4 tokens"},
		{"more tokens", toy{3, 4, 3, 2, false}.model(t, 0), "a token of 4"},
		{"more rows", toy{3, 3, 4, 2, false}.model(t, 0), "no such element"},
		{"fewer rows", toy{3, 3, 2, 2, false}.model(t, 0), "is missing"},
		{"fewer states", toy{3, 3, 3, 1, false}.model(t, 1), "L0."},
		{"other stages", flipflop.circuit(t), "words of 8 tokens"},
	} {
		if _, err := a.Parameters(c.c); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, expected ...%s", c.name, err, c.want)
		}
	}
	for name, change := range map[string]func(s *Stage) bool{
		"another threshold": func(s *Stage) bool {
			s.Threshold++
			return s.Name == "argmax.label"
		},
		"tokens from later on": func(s *Stage) bool {
			s.First++
			return s.Name == "L0.u token"
		},
	} {
		c := convolvedToy.model(t, 0)
		a, err := ArchitectureOf(c, DefaultRoom)
		if err != nil {
			t.Fatal(err)
		}
		for i, s := range a.Stages {
			if change(&s) {
				a.Stages[i] = s
			}
		}
		if err := a.check(); err != nil {
			t.Fatal(err)
		}
		if _, err := a.Parameters(c); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	narrow := *a
	narrow.Stages = slices.Clone(a.Stages)
	for i := range narrow.Stages {
		narrow.Stages[i].Gaps = min(narrow.Stages[i].Gaps, 1)
	}
	narrow.Width = 4
	if _, err := narrow.Parameters(models[0]); err == nil || !strings.Contains(err.Error(), "make an architecture of this model") {
		t.Errorf("numbers that are too wide: %v", err)
	}
}

// TestPacking checks that a changed parameter changes the packing, and the number of elements that
// are packed.
func TestPacking(t *testing.T) {
	a, models := family(t, smallToy, 1)
	p, err := a.Parameters(models[0])
	if err != nil {
		t.Fatal(err)
	}
	before, err := a.pack(p)
	if err != nil {
		t.Fatal(err)
	}
	if len(before) != a.elements() {
		t.Errorf("%d elements, expected %d", len(before), a.elements())
	}
	var runs []run // by parameter
	for _, r := range a.layout() {
		runs = append(runs, slices.Repeat([]run{r}, r.count)...)
	}
	rapid.Check(t, func(t *rapid.T) {
		q := slices.Clone(p)
		for range rapid.IntRange(1, 4).Draw(t, "changes") {
			i := rapid.IntRange(0, len(q)-1).Draw(t, "parameter")
			q[i] = rapid.Int64Range(0, a.span(runs[i])-1).Draw(t, "stored") - a.shift(runs[i])
		}
		after, err := a.pack(q)
		if err != nil {
			t.Fatal(err)
		}
		same := slices.EqualFunc(before, after, func(x, y *big.Int) bool { return x.Cmp(y) == 0 })
		if same != slices.Equal(p, q) {
			t.Error("other parameters have the same packing")
		}
	})
}

// TestCommitment checks that salt, architecture and every parameter change a commitment.
func TestCommitment(t *testing.T) {
	a, models := family(t, smallToy, 1)
	p, err := a.Parameters(models[0])
	if err != nil {
		t.Fatal(err)
	}
	wider := *a
	wider.Stages = slices.Clone(a.Stages)
	wider.Stages[1].Name += "'"
	seen := map[string]string{}
	commit := func(name string, a *Architecture, p Parameters, salt int64) {
		c, err := a.Commit(p, big.NewInt(salt))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if was, ok := seen[c]; ok {
			t.Errorf("%s has the commitment of %s", name, was)
		}
		seen[c] = name
	}
	commit("the model", a, p, 1)
	commit("another salt", a, p, 2)
	commit("another architecture", &wider, p, 1)
	for i := range p {
		q := slices.Clone(p)
		if q[i]++; i%2 == 0 && q[i] > 1 {
			q[i] -= 2
		}
		commit(fmt.Sprint("parameter ", i), a, q, 1)
	}
}

// FuzzArchitecture reads arbitrary bytes as an architecture; what is read is written as it was, and
// becomes constraints if it is small.
func FuzzArchitecture(f *testing.F) {
	a, err := ArchitectureOf(smallToy.model(f, 0), DefaultRoom)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text(f, a))
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := ReadArchitecture(bytes.NewReader(data))
		if err != nil {
			return
		}
		if !bytes.Equal(text(t, a), data) {
			t.Error("an architecture is not written as it was read")
		}
		size := a.parameters() + 1<<a.Width
		for i := range a.Stages {
			s := &a.Stages[i]
			size += a.times(s) * s.Rows * s.Columns * (1 + a.fanIn(s)*a.Length)
		}
		if size > 1<<12 {
			return
		}
		if _, err := LowerArchitecture(a, Options{Backend: Groth16, Words: Private, Committed: true}); err != nil {
			t.Errorf("an architecture that is read cannot be lowered: %v", err)
		}
	})
}
