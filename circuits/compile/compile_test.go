package compile

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tc0/circuits/arith"
	"tc0/theory/ssm"
)

// long asks for the checks that take minutes.
var long = os.Getenv("TC0_LONG") != ""

func load(t testing.TB, name string) *ssm.Checkpoint {
	t.Helper()
	ck, err := ssm.Load(filepath.Join("../../theory/ssm/testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return ck
}

// goldenCases are the words and the float64 argmax labels that PyTorch gave.
func goldenCases(t testing.TB, name string, n int) (words, labels [][]int) {
	t.Helper()
	f, err := os.Open(filepath.Join("../../theory/ssm/testdata", name, "golden.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	tensors, err := ssm.ReadSafetensors(f, info.Size())
	if err != nil {
		t.Fatal(err)
	}
	ids, logits := tensors[fmt.Sprintf("ids.L%d", n)], tensors[fmt.Sprintf("logits64.L%d", n)]
	tokens, err := ids.Int64s()
	if err != nil {
		t.Fatal(err)
	}
	values, err := logits.Float64s()
	if err != nil {
		t.Fatal(err)
	}
	vocab := int(logits.Shape[2])
	for i := range int(ids.Shape[0]) {
		var word, label []int
		for p := range n {
			word = append(word, int(tokens[i*n+p]))
			at := (i*n + p) * vocab
			label = append(label, ssm.Argmax(values[at:at+vocab]))
		}
		words, labels = append(words, word), append(labels, label)
	}
	return words, labels
}

// TestAutoReachesGolden compares the labels at the precision that the search finds
// with PyTorch's: all golden cases but the last, which draws from the whole
// vocabulary and is logged.
func TestAutoReachesGolden(t *testing.T) {
	for _, c := range []struct {
		name string
		n    int
		slow bool
	}{
		{"mamba-flipflop4", 8, false}, {"mamba-flipflop4", 16, false}, {"s4d-z5", 8, false}, {"s4d-z5", 16, false},
		{"mamba-s3-g2", 8, false}, {"mamba-parity", 8, true}, {"mamba-a4-g3", 8, true}, {"mamba-a5-g2", 8, true},
		{"mamba-s3-g2", 16, true}, {"mamba-parity", 16, true}, {"mamba-a4-g3", 16, true}, {"mamba-a5-g2", 16, true},
	} {
		t.Run(fmt.Sprintf("%s/%d", c.name, c.n), func(t *testing.T) {
			if c.slow && !long {
				t.Skip("takes up to two minutes; set TC0_LONG=1 to run it")
			}
			ck := load(t, c.name)
			q, err := Quantise(context.Background(), ck, Request{
				Length: c.n, Agreement: 1, Digits: 2, Minimize: Gates, Form: Convolution, Seed: 1, EvalWords: 512,
				Progress: func(string, int, int) {},
			})
			if err != nil {
				t.Fatal(err)
			}
			m, err := New(ck, q, c.n)
			if err != nil {
				t.Fatal(err)
			}
			words, labels := goldenCases(t, c.name, c.n)
			last := len(words) - 1
			for i, w := range words {
				got, err := m.Eval(w)
				if err != nil {
					t.Fatal(err)
				}
				diff := cmp.Diff(labels[i], got.Labels)
				switch {
				case i == last:
					t.Logf("%d bits, %d gates; last case agrees: %v", q.Precision.Base, m.program.number.base(c.n), diff == "")
				case diff != "":
					t.Errorf("case %d, word %v, labels (-PyTorch +quantised):\n%s", i, w, diff)
				}
			}
		})
	}
}

// quantise is a quantisation at fixed bits.
func quantise(t testing.TB, ck *ssm.Checkpoint, n int, precision string, form Form, goal Goal, digits int) *Quant {
	t.Helper()
	p, err := ParsePrecision(precision)
	if err != nil {
		t.Fatal(err)
	}
	q, err := Quantise(context.Background(), ck, Request{
		Length: n, Precision: &p, Digits: digits, Minimize: goal, Form: form, Seed: 1, EvalWords: 1,
		Progress: func(string, int, int) {},
	})
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// TestFamilies checks T4.4's shape on real checkpoints: the depth is the same for
// every length and within the levels of the blocks and five more, and gates and
// weights stay within the formulas, gates also within a factor of four of theirs.
func TestFamilies(t *testing.T) {
	lengths := []int{4, 8, 16, 32}
	for _, c := range []struct {
		name      string
		goal      Goal
		digits    int
		precision string
		depth     int
	}{
		{"mamba-flipflop4", Gates, 1, "5", 14 + 5},
		{"mamba-flipflop4", Depth, 1, "5", 11 + 5},
		{"mamba-flipflop4", Gates, 2, "5+1*log2n", 2*14 + 5},
		{"mamba-flipflop4", Wires, 2, "6", 3*14 + 5},
		{"mamba-s3-g2", Gates, 1, "4", 2*14 + 5},
		{"mamba-s3-g2", Depth, 1, "4", 2*11 + 5},
		{"s4d-z5", Gates, 1, "6", 2*6 + 5},
		{"s4d-z5", Gates, 2, "6+2*log2n", 2*2*6 + 5},
	} {
		t.Run(fmt.Sprintf("%s/%s/%d", c.name, c.goal, c.digits), func(t *testing.T) {
			ck := load(t, c.name)
			q := quantise(t, ck, 32, c.precision, Convolution, c.goal, c.digits)
			f, err := Family(context.Background(), ck, q, lengths, func(string, int, int) {})
			if err != nil {
				t.Fatal(err)
			}
			if !f.DepthConstant || !f.WithinBound {
				t.Errorf("depth constant %v, within bound %v: %+v", f.DepthConstant, f.WithinBound, f.Rows)
			}
			for _, r := range f.Rows {
				if r.Depth > c.depth {
					t.Errorf("depth %d at length %d, expected at most %d", r.Depth, r.Length, c.depth)
				}
				if r.GatesBound > 4*r.Gates {
					t.Errorf("bound %d at length %d is more than four times %d", r.GatesBound, r.Length, r.Gates)
				}
			}
			t.Logf("depth %d; %s", f.Rows[0].Depth, f.Bound)
		})
	}
}

// TestModelEqualsCircuit compares the direct evaluation with the arithmetic
// circuit, and the circuit of a shorter length with the beginning of a longer one.
func TestModelEqualsCircuit(t *testing.T) {
	const n, words = 6, 64
	for _, name := range []string{"mamba-flipflop4", "s4d-z5", "odd/tagger-mamba", "odd/tagger-s4d-deep", "odd/original-layernorm"} {
		for _, form := range []Form{Convolution, Recurrent} {
			for _, goal := range []Goal{Gates, Depth, Wires} {
				t.Run(fmt.Sprintf("%s/%s/%s", name, form, goal), func(t *testing.T) {
					ck := load(t, name)
					q := quantise(t, ck, n, "7", form, goal, 2)
					m, err := New(ck, q, n)
					if err != nil {
						t.Fatal(err)
					}
					ws := Words(q.Alphabet, words, n, 7)
					want, err := m.EvalAll(context.Background(), ws)
					if err != nil {
						t.Fatal(err)
					}
					for _, length := range []int{n, n - 2} {
						compareCircuit(t, m, length, ws, want)
					}
				})
			}
		}
	}
}

func compareCircuit(t *testing.T, m *Model, length int, words [][]int, want []Result) {
	t.Helper()
	ac, err := m.Arith(length)
	if err != nil {
		t.Fatal(err)
	}
	short := make([][]int, len(words))
	for i, w := range words {
		short[i] = w[:length]
	}
	got, err := arith.NewEvaluator(ac).Eval(context.Background(), short)
	if err != nil {
		t.Fatal(err)
	}
	for i := range words {
		for p := range length {
			row := want[i].Logits[p*m.vocab : (p+1)*m.vocab]
			if diff := cmp.Diff(row, got[i].Logits[p]); diff != "" {
				t.Fatalf("length %d, word %v, position %d, logits (-model +circuit):\n%s", length, words[i], p, diff)
			}
			if got[i].Labels[p] != want[i].Labels[p] {
				t.Fatalf("length %d, word %v, position %d: label %d, expected %d", length, words[i], p, got[i].Labels[p], want[i].Labels[p])
			}
		}
	}
}

// TestShortest compiles for one position, where no stage has a neighbour.
func TestShortest(t *testing.T) {
	for _, name := range []string{"mamba-flipflop4", "s4d-z5"} {
		ck := load(t, name)
		m, err := New(ck, quantise(t, ck, 1, "4", Convolution, Gates, 2), 1)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := m.Threshold(1); err != nil {
			t.Error(name, err)
		}
	}
}

// TestNoPrecision: an agreement that cannot be reached names the best precision
// and a word.
func TestNoPrecision(t *testing.T) {
	s := &searcher{ck: load(t, "mamba-flipflop4"), r: Request{Length: 2, Agreement: 1, Progress: func(string, int, int) {}}}
	q := quantise(t, s.ck, 2, "4", Convolution, Gates, 2)
	s.words, s.labels = [][]int{{0, 0}}, [][]int{{-1, -1}} // labels that no model gives
	_, err := s.least(context.Background(), q)
	var none *ErrNoPrecision
	if !errors.As(err, &none) || none.Agreement != 0 || !cmp.Equal(none.Word, []int{0, 0}) {
		t.Errorf("got %v", err)
	}
}

// TestAllocateSaves: allocated bits reach the agreement with fewer gates than the
// same bits for all tensors.
func TestAllocateSaves(t *testing.T) {
	ck := load(t, "mamba-flipflop4")
	r := Request{Length: 8, Agreement: 1, Digits: 2, Minimize: Gates, Form: Convolution, Seed: 1, EvalWords: 128, Progress: func(string, int, int) {}}
	q, err := Quantise(context.Background(), ck, r)
	if err != nil {
		t.Fatal(err)
	}
	gates := func(q *Quant) int64 {
		m, err := New(ck, q, 8)
		if err != nil {
			t.Fatal(err)
		}
		return m.program.number.base(8)
	}
	uniform := *q
	uniform.Tensors = append([]Tensor(nil), q.Tensors...)
	for i := range uniform.Tensors {
		uniform.Tensors[i].Extra = 0
	}
	s := &searcher{ck: ck, r: r, words: Words(q.Alphabet, 128, 8, evalSeed(1))}
	if err := s.reference(context.Background(), q.Form); err != nil {
		t.Fatal(err)
	}
	bits, err := s.least(context.Background(), &uniform)
	if err != nil {
		t.Fatal(err)
	}
	uniform.Precision = Precision{Base: bits}
	if got, want := gates(q), gates(&uniform); got >= want {
		t.Errorf("%d gates with allocated bits, %d with %d bits everywhere", got, want, bits)
	}
}

func TestParsePrecision(t *testing.T) {
	for text, want := range map[string]Precision{
		"8": {Base: 8}, "6+2*log2n": {6, 2}, "6 + 1.5*log2n": {6, 1.5}, "0+2log2n": {0, 2},
	} {
		got, err := ParsePrecision(text)
		if err != nil || got != want {
			t.Errorf("%q: %+v, %v, expected %+v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "x", "2", "25", "6+log2n", "-1", "8.5", "6+2*log2n+1"} {
		if p, err := ParsePrecision(text); err == nil {
			t.Errorf("%q: accepted as %v", text, p)
		}
	}
	if got := (Precision{6, 2}).At(12); got != 6+8 {
		t.Errorf("6+2*log2n at 12 is %d, expected 14", got)
	}
}

func ExampleCompile() {
	ck, err := ssm.Load("../../theory/ssm/testdata/mamba-flipflop4")
	if err != nil {
		fmt.Println(err)
		return
	}
	c, err := Compile(context.Background(), ck, Request{
		Length: 4, Precision: &Precision{Base: 8}, Digits: 1, Minimize: Gates, Form: Convolution, Seed: 1, EvalWords: 64,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	s := c.Threshold.Stats()
	fmt.Println("depth", s.Depth, "inputs", s.Inputs, "outputs", s.Outputs)
	// Output: depth 13 inputs 20 outputs 20
}
