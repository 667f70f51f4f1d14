package equiv

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tc0/circuits/arith"
	"tc0/circuits/compile"
	"tc0/circuits/threshold"
)

// gatesOf are the gates of every bank on one word.
func gatesOf(t fataler, tc *threshold.Circuit, word []int) (gates [][]uint64) {
	t.Helper()
	err := threshold.NewSimulator(tc).Each(context.Background(), [][]int{word}, func(_ int, v *threshold.Values) {
		for b := range tc.Banks() {
			bank := slices.Clone(v.Bank(b))
			for k := range bank {
				bank[k] &= 1
			}
			gates = append(gates, bank)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return gates
}

// labelsOf are the label bits of words, by a plain simulation.
func labelsOf(t fataler, tc *threshold.Circuit, words [][]int) [][][]int {
	t.Helper()
	labels, _, err := threshold.NewSimulator(tc).Run(context.Background(), words)
	if err != nil {
		t.Fatal(err)
	}
	return labels
}

func TestToysHold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, y := drawToy(t)
		w := y.all()
		for _, digits := range []int{1, 2} {
			r, err := Circuits(t.Context(), c, lowered(t, c, digits), w, nil)
			if err != nil || r.Verdict != Holds || r.Compared != w.Count() || r.Method != w.Method() {
				t.Fatalf("%+v %v", r, err)
			}
		}
		r, err := Model(t.Context(), asModel{c}, c, w, nil)
		if err != nil || r.Verdict != Holds || r.Compared != w.Count() {
			t.Fatalf("%+v %v", r, err)
		}
	})
}

// TestToyMutants: a mutant is found just when it changes a label on some word;
// the witness is the first such word and position, and its node the first whose
// gates differ. Sampled words find nothing that all words do not.
func TestToyMutants(t *testing.T) {
	found := 0
	rapid.Check(t, func(t *rapid.T) {
		c, y := drawToy(t)
		sound := lowered(t, c, rapid.IntRange(1, 2).Draw(t, "digits"))
		damaged := mutant(t, sound, thresholdLines(t, sound), rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1)))
		if damaged == nil {
			t.Skip("not a circuit")
		}
		w := y.all()
		words := collect(w, 64)
		want, got := labelsOf(t, sound, words), labelsOf(t, damaged, words)
		first := slices.IndexFunc(words, func([]int) bool { return false })
		for i := range words {
			if first < 0 && !cmp.Equal(want[i], got[i]) {
				first = i
			}
		}
		r, err := Circuits(t.Context(), c, damaged, w, nil)
		if err != nil {
			t.Fatal(err)
		}
		if first < 0 {
			if r.Verdict != Holds || r.Compared != w.Count() {
				t.Fatalf("%+v, but no word tells the circuits apart", r)
			}
			return
		}
		found++
		at := slices.IndexFunc(want[first], func([]int) bool { return false })
		for p := range want[first] {
			if at < 0 && !cmp.Equal(want[first][p], got[first][p]) {
				at = p
			}
		}
		node, _ := firstDiffering(t, sound, damaged, words[first])
		d := &Difference{
			Output: "label", Word: words[first], Position: at, Expected: fmt.Sprint(want[first][at][0]), Got: labels(got[first][at]),
		}
		if r.Verdict != Fails || r.Compared != uint64(first)+1 || r.First.FirstNode == nil || r.First.FirstNode.ID != node {
			t.Fatalf("%+v %v, want word number %d and node %d", r, r.First, first+1, node)
		}
		if r.First.FirstNode = nil; !cmp.Equal(d, r.First) {
			t.Fatalf("-want +got:\n%s", cmp.Diff(d, r.First))
		}
		some, err := Sampled(alphabetOf(y.letters), y.length, 20, 3)
		if err != nil {
			t.Fatal(err)
		}
		if r, err = Circuits(t.Context(), c, damaged, some, nil); err != nil {
			t.Fatal(err)
		}
		if r.Verdict == Fails && cmp.Equal(labelsOf(t, sound, [][]int{r.First.Word}), labelsOf(t, damaged, [][]int{r.First.Word})) {
			t.Fatalf("witness %v does not tell the circuits apart", r.First)
		}
	})
	if found == 0 {
		t.Error("no mutant was found")
	}
}

// switched is a model whose label changes wherever one threshold does: the label
// is [2·x0 + x1 >= 2] of two bits.
func switched(t fataler, at int64) *arith.Circuit {
	t.Helper()
	b := arith.NewBuilder()
	b.At(arith.Origin{Stage: b.Stage("input"), T: 0, A: -1, B: -1, J: -1})
	bit := b.Table([]int64{0, 1})
	x, y := b.Input(2), b.Input(2)
	b.At(arith.Origin{Stage: b.Stage("head"), T: 1, A: 3, B: -1, J: -1})
	f := b.Form(0, []arith.Term{{Coef: 2, View: arith.View{Node: x, Table: bit}}, {Coef: 1, View: arith.View{Node: y, Table: bit}}})
	is := b.Step(f, b.Table([]int64{at}), bit, 0, 1)
	less := b.Form(0, []arith.Term{{Coef: -1, View: arith.View{Node: f, Table: arith.Natural}}})
	not := b.Step(less, b.Table([]int64{1 - at}), bit, 0, 1)
	b.Output([]arith.Node{less, f}, []arith.Node{not, is})
	c, err := b.Finish()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestDamageIsNamed(t *testing.T) {
	c, w := switched(t, 2), exhaustive(t, []int{0, 1}, 2)
	tc := lowered(t, c, 1)
	text := strings.Join(thresholdLines(t, tc), "")
	for _, test := range []struct{ name, from, to, want string }{
		{"threshold", "table t1 2\n", "table t1 3\n",
			"word 1,0, position 0: label is none, expected 1; first differing node n3 head[t=1,a=3]: level 0, expected 1 (form 0 of bank 2 has the right value 2: a threshold differs)"},
		{"two labels", "table t1 2\n", "table t1 0\n",
			"word 0,0, position 0: label is 0 and 1, expected 0; first differing node n3 head[t=1,a=3]: level 1, expected 0 (form 0 of bank 2 has the right value 0: a threshold differs)"},
		{"weight", "form f0 = 0 + 2*b0", "form f0 = 0 + 1*b0",
			"word 1,0, position 0: label is 0, expected 1; first differing node n3 head[t=1,a=3]: level 0, expected 1 (form 0 of bank 2 has value 1, expected 2: a weight or constant differs)"},
		{"output", "output 0 b3.0 b2.0", "output 0 b2.0 b2.0",
			"word 0,0, position 0: label is none, expected 0; first differing node n5 head[t=1,a=3]: output bit 0, expected 1 (the node's own gates are right, but the output reads gate 0 of bank 2)"},
	} {
		changed, err := readThreshold([]string{strings.Replace(text, test.from, test.to, 1)})
		if err != nil {
			t.Fatalf("%s: %v\n%s", test.name, err, text)
		}
		r, err := Circuits(t.Context(), c, changed, w, nil)
		if err != nil || r.First.String() != test.want {
			t.Errorf("%s: %v\n%v, want\n%s", test.name, err, r.First, test.want)
		}
	}
}

// TestSameAnswerEveryTime: the first difference does not depend on how the words
// are shared out.
func TestSameAnswerEveryTime(t *testing.T) {
	m, alphabet := load(t, config{"mamba-flipflop4", compile.Convolution, compile.Gates, 3, 4, 2})
	ac, sound := circuitsOf(t, m, 3)
	r, text := rand.New(rand.NewPCG(5, 5)), thresholdLines(t, sound)
	words, err := Sampled(alphabet, 3, 1000, 9)
	if err != nil {
		t.Fatal(err)
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for found := 0; found < 3; {
		damaged := mutant(t, sound, text, r)
		if damaged == nil {
			continue
		}
		before := found
		var want []byte
		for _, procs := range []int{1, 2, 7, 7} {
			runtime.GOMAXPROCS(procs)
			r, err := Circuits(t.Context(), ac, damaged, words, nil)
			if err != nil {
				t.Fatal(err)
			}
			got, err := json.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			if want == nil {
				want = got
			} else if d := cmp.Diff(string(want), string(got)); d != "" {
				t.Fatalf("%d processors: -one +several:\n%s", procs, d)
			}
			if r.Verdict != Fails {
				break
			}
			found = before + 1
		}
	}
}

func TestCancel(t *testing.T) {
	c := switched(t, 2)
	tc := lowered(t, c, 1)
	w, err := Sampled([]int{0, 1}, 2, 100000, 1)
	if err != nil {
		t.Fatal(err)
	}
	for name, run := range map[string]func(context.Context, Progress) (*Result, error){
		"circuits": func(ctx context.Context, p Progress) (*Result, error) { return Circuits(ctx, c, tc, w, p) },
		"model":    func(ctx context.Context, p Progress) (*Result, error) { return Model(ctx, asModel{c}, c, w, p) },
	} {
		ctx, cancel := context.WithCancel(t.Context())
		last := uint64(0)
		r, err := run(ctx, func(done, total uint64) {
			if done <= last || done > total || total != w.Count() {
				t.Errorf("%s: progress %d of %d after %d", name, done, total, last)
			}
			last = done
			cancel()
		})
		if !errors.Is(err, context.Canceled) || r != nil || last == 0 || last == w.Count() {
			t.Errorf("%s: cancelled after %d words, yet %v %v", name, last, r, err)
		}
	}
}

func TestPorts(t *testing.T) {
	toy := switched(t, 2)
	tc := lowered(t, toy, 1)
	change := func(from, to string) *arith.Circuit {
		c, err := arith.ReadText(strings.NewReader(strings.Replace(strings.Join(arithLines(t, toy), ""), from, to, 1)))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	w := exhaustive(t, []int{0, 1}, 2)
	for _, test := range []struct {
		name string
		run  func() (*Result, error)
		want string
	}{
		{"length", func() (*Result, error) { return Circuits(t.Context(), toy, tc, exhaustive(t, []int{0, 1}, 3), nil) }, "words of length 3, the circuits read 2 tokens"},
		{"model length", func() (*Result, error) {
			return Model(t.Context(), asModel{toy}, toy, exhaustive(t, []int{0, 1}, 3), nil)
		}, "words of length 3, the arithmetic circuit reads 2 tokens"},
		{"vocabulary", func() (*Result, error) {
			return Circuits(t.Context(), change("input n1 levels=2", "input n1 levels=1"), tc, w, nil)
		},
			"position 1: the threshold circuit reads 2 input bits, the arithmetic circuit tokens below 1"},
		{"labels", func() (*Result, error) {
			return Circuits(t.Context(), change("labels 0 n5 n3", "labels 0 n5"), tc, w, nil)
		},
			"position 0: the threshold circuit has 2 labels, the arithmetic circuit 1"},
		{"letters", func() (*Result, error) { return Circuits(t.Context(), toy, tc, exhaustive(t, []int{0, 2}, 2), nil) },
			"arithmetic circuit: word 1: token 2 at position 1 is outside 0..1"},
	} {
		if r, err := test.run(); err == nil || r != nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v %v, want %q", test.name, r, err, test.want)
		}
	}
}

// TestModelDifferences: what a damaged arithmetic circuit does wrong is named.
func TestModelDifferences(t *testing.T) {
	sound, w := switched(t, 2), exhaustive(t, []int{0, 1}, 2)
	text := strings.Join(arithLines(t, sound), "")
	for _, test := range []struct{ name, from, to, want string }{
		{"weight", "2*n0", "3*n0", "word 1,0, position 0: logit 0 is -3, expected -2; first differing node n4 head[t=1,a=3]: value -3, expected -2"},
		{"label", "labels 0 n5 n3", "labels 0 n3 n5", "word 0,0, position 0: label is 1, expected 0; first differing node n3 head[t=1,a=3]: value 0, expected 1"},
		{"two labels", "labels 0 n5 n3", "labels 0 n5 n5", "word 0,0, position 0: label is 0 and 1, expected 0; first differing node n5 head[t=1,a=3]: value 1, expected 0"},
		{"labels missing", "labels 0 n5 n3", "labels 0 n5", "word 0,0, position 0: number of labels is 1, expected 2"},
		{"logits missing", "logits 0 n4 n2", "logits 0 n4", "word 0,0, position 0: number of logits is 1, expected 2"},
	} {
		changed := strings.Replace(text, test.from, test.to, 1)
		c, err := arith.ReadText(strings.NewReader(changed))
		if err != nil || changed == text {
			t.Fatalf("%s: %v\n%s", test.name, err, text)
		}
		r, err := Model(t.Context(), asModel{sound}, c, w, nil)
		if err != nil || r.Verdict != Fails || r.First.String() != test.want {
			t.Errorf("%s: %v\n%v, want\n%s", test.name, err, r.First, test.want)
		}
	}
}

func TestChain(t *testing.T) {
	first := &Difference{Output: "label"}
	holds, few := &Result{Verdict: Holds, Method: "m", Compared: 9}, &Result{Verdict: Holds, Method: "n", Compared: 4}
	fails := &Result{Verdict: Fails, Method: "m", Compared: 2, First: first}
	skipped := Skipped(ModelLink, "no checkpoint")
	for _, test := range []struct {
		name  string
		links []*Result
		want  Report
	}{
		{"none", nil, Report{Verdict: Undecided, Method: "none"}},
		{"holds", []*Result{holds, few}, Report{Verdict: Holds, Method: "n", Compared: 4}},
		{"fails", []*Result{holds, fails}, Report{Verdict: Fails, Method: "m", Compared: 2, First: first}},
		{"one undecided", []*Result{skipped, holds}, Report{Verdict: Undecided, Method: "m", Compared: 9}},
		{"fails though one is undecided", []*Result{skipped, fails}, Report{Verdict: Fails, Method: "m", Compared: 2, First: first}},
	} {
		got := Chain(test.links...)
		if test.want.Links = test.links; !cmp.Equal(&test.want, got) {
			t.Errorf("%s: -want +got:\n%s", test.name, cmp.Diff(&test.want, got))
		}
	}
}
