package construct

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
	"tc0/theory/ssm"
	"tc0/theory/words"
)

// automaton is a table with a start state.
type automaton struct {
	name  string
	trans [][]int
	start int
}

// wordProblem is the automaton of a group: states are elements, letters multiply them
// on the right.
func wordProblem(t testing.TB, name string) automaton {
	t.Helper()
	p, err := words.Named(name, 1000)
	if err != nil {
		t.Fatal(err)
	}
	a := automaton{name: name, trans: make([][]int, p.Monoid().Order())}
	for state := range a.trans {
		for _, letter := range p.Letters() {
			a.trans[state] = append(a.trans[state], p.Monoid().Product(state, letter))
		}
	}
	return a
}

// flipFlop has one letter that keeps the state and one that sets each.
func flipFlop(states int) automaton {
	a := automaton{name: fmt.Sprintf("flip-flop of %d states", states)}
	for state := range states {
		row := []int{state}
		for set := range states {
			row = append(row, set)
		}
		a.trans = append(a.trans, row)
	}
	return a
}

// randomDFA draws every transition and the start.
func randomDFA(seed uint64) automaton {
	r := rand.New(rand.NewPCG(seed, 0))
	states, letters := 2+r.IntN(29), 2+r.IntN(3)
	a := automaton{name: fmt.Sprintf("random DFA %d, %d states, %d letters", seed, states, letters), start: r.IntN(states)}
	for range states {
		row := make([]int, letters)
		for i := range row {
			row[i] = r.IntN(states)
		}
		a.trans = append(a.trans, row)
	}
	return a
}

func build(t testing.TB, arch Arch, a automaton) *ssm.Model {
	t.Helper()
	m, err := New(a.trans, a.start)
	if err != nil {
		t.Fatal(err)
	}
	model, err := Build(arch, m)
	if err != nil {
		t.Fatal(err)
	}
	return model
}

// subjects are the automata of the tests: groups with all elements as letters and with
// generators, a flip-flop, and five random DFAs of up to 30 states.
func subjects(t testing.TB) []automaton {
	list := []automaton{
		wordProblem(t, "S5"), wordProblem(t, "A5"), wordProblem(t, "Z60"), flipFlop(4),
		wordProblem(t, "S5:g2"), wordProblem(t, "A5:g3"), wordProblem(t, "Z60:g2"),
	}
	for seed := range uint64(5) {
		list = append(list, randomDFA(seed))
	}
	return list
}

// TestSampledWords is sampled: random words of 16, 256 and 4096 letters with a fixed
// seed, every position compared. All must be right, by a margin of at least 1.
func TestSampledWords(t *testing.T) {
	for _, a := range subjects(t) {
		for _, arch := range Archs {
			t.Run(fmt.Sprintf("%s/%s", a.name, arch), func(t *testing.T) {
				t.Parallel()
				model := build(t, arch, a)
				r := rand.New(rand.NewPCG(7, 7))
				for _, length := range []int{16, 256, 4096} {
					track(t, model, a, r, length)
				}
			})
		}
	}
}

// track runs one random word and compares the state at every position.
func track(t *testing.T, model *ssm.Model, a automaton, r *rand.Rand, length int) {
	t.Helper()
	s, err := model.Start()
	if err != nil {
		t.Fatal(err)
	}
	state := a.start
	for at := range length {
		letter := r.IntN(len(a.trans[0]))
		state = a.trans[state][letter]
		logits, err := s.Step(letter)
		if err != nil {
			t.Fatal(err)
		}
		if why := wrong(logits, state); why != "" {
			t.Fatalf("length %d, position %d: %s", length, at, why)
		}
	}
}

// wrong says what is wrong with the logits for a state.
func wrong(logits []float64, state int) string {
	for class, v := range logits {
		if class != state && !(v <= logits[state]-1) {
			return fmt.Sprintf("state %d has the logit %v and class %d has %v, expected a margin of 1", state, logits[state], class, v)
		}
	}
	return ""
}

// TestEveryLength is exhaustive: it follows the layer's own state, not the automaton's,
// through every letter until no new one appears, and compares the logits each time. The
// layer's next state and logits depend on nothing else, so the claim holds for words of
// every length in float64.
func TestEveryLength(t *testing.T) {
	list := []automaton{wordProblem(t, "S5:g2"), wordProblem(t, "A5:g3"), wordProblem(t, "A4:g3"), wordProblem(t, "Z60:g2"), flipFlop(4)}
	for seed := range uint64(5) {
		list = append(list, randomDFA(seed))
	}
	for _, a := range list {
		for _, arch := range Archs {
			t.Run(fmt.Sprintf("%s/%s", a.name, arch), func(t *testing.T) {
				t.Parallel()
				everyState(t, build(t, arch, a), a)
			})
		}
	}
}

// everyState is a breadth-first search over the states of the layer, each reached by a
// shortest word.
func everyState(t *testing.T, model *ssm.Model, a automaton) {
	t.Helper()
	const most = 5000
	seen, queue := map[string]bool{}, [][]int{nil}
	for len(queue) > 0 {
		word := queue[0]
		queue = queue[1:]
		for letter := range a.trans[0] {
			next := append(slices.Clip(word), letter)
			inner, why := layerState(t, model, a, next)
			if why != "" {
				t.Fatalf("word %v: %s", next, why)
			}
			if !seen[inner] {
				seen[inner] = true
				queue = append(queue, next)
			}
			if len(seen) > most {
				t.Fatalf("more than %d states of the layer: it drifts", most)
			}
		}
	}
	t.Logf("%d states of the layer", len(seen))
}

// layerState returns the state of the one layer after a word, and what is wrong with
// the logits there.
func layerState(t *testing.T, model *ssm.Model, a automaton, word []int) (inner, why string) {
	t.Helper()
	name := "state"
	if model.Family == ssm.FamilyRNN {
		name = "block_out"
	}
	logits, err := model.Forward(word, ssm.Recurrent, func(_ int, n string, at int, v []float64) {
		if n == name && at == len(word)-1 {
			for _, x := range v {
				inner += fmt.Sprint(x+0, " ") // +0 makes -0 and 0 one
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	state := a.start
	for _, letter := range word {
		state = a.trans[state][letter]
	}
	return inner, wrong(logits[(len(word)-1)*model.Vocab:], state)
}

// Any automaton, whatever its start and unreachable states, is tracked by all.
func TestAnyAutomaton(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		states := rapid.IntRange(1, 7).Draw(t, "states")
		letters := rapid.IntRange(1, 8).Draw(t, "letters")
		row := rapid.SliceOfN(rapid.IntRange(0, states-1), letters, letters)
		a := automaton{trans: rapid.SliceOfN(row, states, states).Draw(t, "trans"), start: rapid.IntRange(0, states-1).Draw(t, "start")}
		word := rapid.SliceOfN(rapid.IntRange(0, letters-1), 1, 20).Draw(t, "word")
		m, err := New(a.trans, a.start)
		if err != nil {
			t.Fatal(err)
		}
		for _, arch := range Archs {
			model, err := Build(arch, m)
			if err != nil {
				t.Fatal(err)
			}
			logits, err := model.Forward(word, ssm.Recurrent, nil)
			if err != nil {
				t.Fatal(err)
			}
			state := a.start
			for at, letter := range word {
				state = a.trans[state][letter]
				if why := wrong(logits[at*model.Vocab:(at+1)*model.Vocab], state); why != "" {
					t.Fatalf("%s, position %d: %s", arch, at, why)
				}
			}
		}
	})
}

// The convolutional form of the linear models is the one that Theorem 5.2 is about.
func TestConvolution(t *testing.T) {
	a := wordProblem(t, "A5")
	word := make([]int, 40)
	r := rand.New(rand.NewPCG(1, 1))
	for i := range word {
		word[i] = r.IntN(60)
	}
	for _, arch := range []Arch{IDS4, PDSSM} {
		model := build(t, arch, a)
		want, err := model.Forward(word, ssm.Recurrent, nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := model.Forward(word, ssm.Convolution, nil)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", arch, diff)
		}
	}
}

// beside runs two automata at the same time; a letter is a letter of each.
func beside(a, b automaton) automaton {
	out := automaton{name: a.name + " beside another"}
	for _, p := range a.trans {
		for _, q := range b.trans {
			var row []int
			for _, x := range p {
				for _, y := range q {
					row = append(row, x*len(b.trans)+y)
				}
			}
			out.trans = append(out.trans, row)
		}
	}
	return out
}

// The quotients of well-known automata.
func TestFactors(t *testing.T) {
	for _, tc := range []struct {
		a    automaton
		want []int
	}{
		{wordProblem(t, "Z60"), []int{3, 4, 5}},
		{wordProblem(t, "Z7"), []int{7}},
		{wordProblem(t, "A4xZ5"), []int{3, 4, 5}},
		{wordProblem(t, "A5"), []int{5, 5, 5}},
		{wordProblem(t, "S5"), []int{2, 5, 5, 5}},
		{flipFlop(4), []int{4}},
		{beside(flipFlop(2), automaton{trans: [][]int{{0, 1}, {1, 2}, {2, 0}}}), []int{2, 3}},
		{automaton{trans: [][]int{{1}, {1}, {0}}, start: 1}, []int{1}},
		{automaton{trans: [][]int{{1}, {2}, {1}, {0}}}, []int{3}},
	} {
		m, err := New(tc.a.trans, tc.a.start)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tc.want, m.Factors()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.a.name, diff)
		}
	}
}

func TestErrors(t *testing.T) {
	for _, tc := range []struct {
		trans [][]int
		start int
		want  string
	}{
		{nil, 0, "no states"},
		{[][]int{{}}, 0, "no letters"},
		{[][]int{{0}}, 1, "start state is 1, expected 0..0"},
		{[][]int{{0, 0}, {1}}, 0, "state 1 has 1 transitions, expected 2"},
		{[][]int{{0}, {-1}}, 0, "state 1 goes to -1 under letter 0, expected 0..1"},
	} {
		if _, err := New(tc.trans, tc.start); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("error %v, expected one with %q", err, tc.want)
		}
	}
	m, err := New([][]int{{0}}, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Build("mamba", m); err == nil || !strings.Contains(err.Error(), `"mamba", expected one of rnn rnn-ssm ids4 pd-ssm`) {
		t.Errorf("error %v", err)
	}
	// A cycle of a prime number of states has no quotients.
	cycle := make([][]int, 8209)
	for i := range cycle {
		cycle[i] = []int{(i + 1) % len(cycle)}
	}
	if m, err = New(cycle, 0); err != nil {
		t.Fatal(err)
	}
	for _, arch := range Archs {
		if _, err := Build(arch, m); err == nil || !strings.Contains(err.Error(), "more than 67108864 entries") {
			t.Errorf("%s: error %v", arch, err)
		}
	}
}
