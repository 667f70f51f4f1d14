package check

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"tc0/circuits/arith"
	"tc0/circuits/compile"
	"tc0/circuits/threshold"
)

// mutator changes one number of a circuit in its text form.
type mutator struct {
	lines []string
	by    map[string][]int // line numbers by first word
	nodes int
}

func newMutator(tb testing.TB, tc *threshold.Circuit, nodes int) *mutator {
	var b bytes.Buffer
	if err := tc.WriteText(&b); err != nil {
		tb.Fatal(err)
	}
	m := &mutator{lines: strings.SplitAfter(b.String(), "\n"), by: map[string][]int{}, nodes: nodes}
	for i, line := range m.lines {
		word, _, _ := strings.Cut(line, " ")
		m.by[word] = append(m.by[word], i)
	}
	return m
}

// kinds of lines and what mutants change in them.
var mutations = []string{"table", "table", "form", "form", "level", "digit", "and", "pairs", "list", "output", "tag"}

// mutant returns a description and the text of a changed circuit.
func (m *mutator) mutant(r *rand.Rand) (string, io.Reader) {
	for {
		kind := mutations[r.IntN(len(mutations))]
		word := kind
		if kind == "tag" {
			word = []string{"level", "digit", "and", "pairs", "input"}[r.IntN(5)]
		}
		at := m.by[word]
		if len(at) == 0 {
			continue
		}
		i := at[r.IntN(len(at))]
		old := strings.TrimSuffix(m.lines[i], "\n")
		changed := m.change(r, kind, old)
		if changed == old {
			continue
		}
		text := io.MultiReader(
			strings.NewReader(strings.Join(m.lines[:i], "")), strings.NewReader(changed+"\n"),
			strings.NewReader(strings.Join(m.lines[i+1:], "")))
		return fmt.Sprintf("line %d %.100q -> %.100q", i+1, old, changed), text
	}
}

// change edits one line.
func (m *mutator) change(r *rand.Rand, kind, line string) string {
	f := strings.Fields(line)
	switch kind {
	case "table":
		if len(f) > 2 {
			k := 2 + r.IntN(len(f)-2)
			f[k] = bump(r, f[k])
		}
	case "form":
		k := 3 + 2*r.IntN((len(f)-2)/2)
		if k == 3 {
			f[k] = bump(r, f[k])
			break
		}
		coef, rest, _ := strings.Cut(f[k], "*")
		f[k] = bump(r, coef) + "*" + rest
		if r.IntN(4) == 0 {
			f[k] = coef + "*" + neighbour(r, rest)
		}
	case "level", "digit":
		for {
			k := 2 + r.IntN(len(f)-2)
			if key, value, ok := strings.Cut(f[k], "="); ok {
				f[k] = key + "=" + bump(r, value)
				break
			}
			if f[k] != "@" && f[k][0] >= 'a' {
				f[k] = neighbour(r, f[k])
				break
			}
		}
	case "and":
		if r.IntN(2) == 0 {
			f[2], f[3] = f[3], f[2]
		} else {
			k := 2 + r.IntN(2)
			f[k] = neighbour(r, f[k])
		}
	case "pairs":
		f[2] = neighbour(r, f[2])
	case "list", "output":
		if len(f) > 3 {
			if i, j := 2+r.IntN(len(f)-2), 2+r.IntN(len(f)-2); r.IntN(2) == 0 {
				f[i], f[j] = f[j], f[i]
			} else {
				f[i] = neighbour(r, f[i])
			}
		}
	case "tag":
		f[len(f)-3] = strconv.Itoa(r.IntN(m.nodes))
	}
	return strings.Join(f, " ")
}

// bump changes a number a little or, rarely, much.
func bump(r *rand.Rand, s string) string {
	x, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		panic(s)
	}
	switch r.IntN(6) {
	case 0:
		return strconv.FormatInt(-x, 10)
	case 1:
		return strconv.FormatInt(x*2, 10)
	case 2:
		return strconv.FormatInt(x+int64(r.IntN(2001)-1000), 10)
	case 3:
		return strconv.FormatInt(x-1, 10)
	}
	return strconv.FormatInt(x+1, 10)
}

// neighbour changes the number of a name such as b12[t3:4] or f9.
func neighbour(r *rand.Rand, s string) string {
	end := 1
	for end < len(s) && s[end] >= '0' && s[end] <= '9' {
		end++
	}
	x, err := strconv.Atoi(s[1:end])
	if err != nil {
		return s
	}
	return s[:1] + strconv.Itoa(max(0, x+1+r.IntN(4)-r.IntN(8))) + s[end:]
}

// tally counts what happened to mutants.
type tally struct {
	read, rejected, accepted, caught atomic.Int64
}

func TestMutants(t *testing.T) {
	for _, digits := range []int{1, 2} {
		ac, tc := build(t, config{"mamba-parity", compile.Convolution, compile.Gates, 4, 6, digits})
		if r := Lowering(context.Background(), ac, tc, Options{}); r.Verdict != Holds {
			t.Fatal(r.Verdict)
		}
		m := newMutator(t, tc, ac.Len())
		words := randomWords(ac, 100)
		var n tally
		var next atomic.Int64
		var wg sync.WaitGroup
		want := simulate(t, tc, words)
		for range runtime.GOMAXPROCS(0) {
			wg.Go(func() {
				for i := next.Add(1); i <= 250; i = next.Add(1) {
					name, text := m.mutant(rand.New(rand.NewPCG(uint64(i), uint64(digits))))
					n.judge(t, ac, tc, name, text, words, want)
				}
			})
		}
		wg.Wait()
		t.Logf("%d digits: %d refused by the reader; of the rest %d rejected, %d accepted as equal; 100 words catch %d",
			digits, 250-n.read.Load(), n.rejected.Load(), n.accepted.Load(), n.caught.Load())
	}
}

// judge validates one mutant; an accepted one must simulate alike.
func (n *tally) judge(t *testing.T, ac *arith.Circuit, tc *threshold.Circuit, name string, text io.Reader, words [][]int, want simulated) {
	mutant, err := threshold.ReadText(text)
	if err != nil {
		return
	}
	n.read.Add(1)
	got := simulate(t, mutant, words)
	if got.labels != want.labels {
		n.caught.Add(1)
	}
	r := Lowering(context.Background(), ac, mutant, Options{MaxFailures: 1})
	if r.Verdict == Fails {
		n.rejected.Add(1)
		return
	}
	n.accepted.Add(1)
	if r.Verdict != Holds {
		t.Errorf("%s: %v %s", name, r.Verdict, r.Reason)
	}
	if got.labels != want.labels || got.banks != want.banks {
		t.Errorf("%s: accepted, but labels equal %v and inner gates equal %v", name, got.labels == want.labels, got.banks == want.banks)
	}
}

// simulated are digests of what a simulation gives.
type simulated struct{ labels, banks uint64 }

func simulate(t *testing.T, tc *threshold.Circuit, words [][]int) (d simulated) {
	var mu sync.Mutex
	err := threshold.NewSimulator(tc).Each(context.Background(), words, func(first int, v *threshold.Values) {
		labels, banks := uint64(first), uint64(first)
		for k := range min(64, len(words)-first) {
			for _, p := range v.Labels(k) {
				labels = mix(labels, uint64(len(p)))
				for _, c := range p {
					labels = mix(labels, uint64(c))
				}
			}
		}
		for b := range tc.Banks() {
			sum := uint64(0)
			for _, w := range v.Bank(b) {
				sum += mix(0, w) // a bank of conjunctions may list its gates in another order
			}
			banks = mix(banks, sum)
		}
		mu.Lock()
		d.labels, d.banks = d.labels^labels, d.banks^banks
		mu.Unlock()
	})
	if err != nil {
		t.Error(err)
	}
	return d
}

func randomWords(ac *arith.Circuit, n int) [][]int {
	r := rand.New(rand.NewPCG(7, 7))
	words := make([][]int, n)
	for i := range words {
		for _, in := range ac.Inputs() {
			words[i] = append(words[i], r.IntN(ac.Levels(in)))
		}
	}
	return words
}
