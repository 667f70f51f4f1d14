package code_test

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"tc0/reductions/code"
	"tc0/reductions/embed"
	"tc0/reductions/reductiontest"
	"tc0/theory/algebra"
)

// target makes a reduction.
type target func(*embed.Action) (*code.Reduction, error)

var targets = map[string]target{"swaps": code.Swaps, "conditionals": code.Conditionals}

// samples is how many words of 50 letters of S5 a kind is tried on: a conditional
// program takes ten times as long.
var samples = map[string]int{"swaps": 1000, "conditionals": 100}

// reduce makes a reduction for an action.
func reduce(t testing.TB, to target, a *embed.Action, err error) *code.Reduction {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	r, err := to(a)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func ExampleSwaps() {
	s3, _ := algebra.Named("S3")
	table, _ := s3.Table(6)
	action, _ := embed.Least(table)
	r, _ := code.Swaps(action)
	program, _ := r.Forward([]int{3, 1})
	fmt.Print(program)
	element, err := r.Answer(program)
	fmt.Println(element, err, "expected", table.Product(3, 1))
	// Output:
	// x = [0, 1, 2]
	// x[0], x[2] = x[2], x[0]
	// x[0], x[1] = x[1], x[0]
	// x[1], x[2] = x[2], x[1]
	// x[0], x[0] = x[0], x[0]
	// print(x)
	// 2 <nil> expected 2
}

func ExampleConditionals() {
	s3, _ := algebra.Named("S3")
	table, _ := s3.Table(6)
	action, _ := embed.Least(table)
	r, _ := code.Conditionals(action)
	program, _ := r.Forward([]int{3, 1})
	fmt.Print(program)
	element, err := r.Answer(program)
	fmt.Println(element, err, "expected", table.Product(3, 1))
	// Output:
	// def place(x):
	//     if   x == 0: x = 2
	//     elif x == 1: x = 0
	//     elif x == 2: x = 1
	//     if   x == 0: x = 0
	//     elif x == 1: x = 2
	//     elif x == 2: x = 1
	//     return x
	// print([place(0), place(1), place(2)])
	// 2 <nil> expected 2
}

// TestConvention compares what programs print with running products s∘g of tuples,
// (a∘b)(i) = a(b(i)): exchanges leave item s(i) at place i, and conditional
// assignments bring s(i) to i.
func TestConvention(t *testing.T) {
	table := reductiontest.Elements(t, "S5")
	action, err := embed.Natural(table)
	swaps, conditionals := reduce(t, code.Swaps, action, err), reduce(t, code.Conditionals, action, err)
	word := reductiontest.Words(120, 1, 20)[0]
	for n, state := range reductiontest.Running(5, word) {
		inverse := make([]int, 5)
		for i, began := range state {
			inverse[began] = i
		}
		for _, tc := range []struct {
			r    *code.Reduction
			want []int
		}{{swaps, state}, {conditionals, inverse}} {
			program, err := tc.r.Forward(word[:n+1])
			if err != nil {
				t.Fatal(err)
			}
			output, err := code.Run(program)
			if want := strings.ReplaceAll(fmt.Sprintln(tc.want), " ", ", "); err != nil || output != want {
				t.Fatalf("after %d letters: %q (%v), expected %q", n+1, output, err, want)
			}
		}
	}
}

// TestEveryElement is exhaustive over the elements of groups, on the points they
// come with and on their own elements.
func TestEveryElement(t *testing.T) {
	for _, name := range []string{"S5", "A4xZ5", "Q8", "Z1", "Z60"} {
		table := reductiontest.Elements(t, name)
		natural, err := embed.Natural(table)
		if err != nil {
			t.Fatal(err)
		}
		regular, err := embed.Regular(table)
		for kind, to := range targets {
			for _, a := range []*embed.Action{natural, regular} {
				r := reduce(t, to, a, err)
				for g := range table.Order() {
					if a == regular && g%10 > 1 {
						continue // a fifth of the elements, for time
					}
					checkWord(t, kind+" of "+name, table, r, []int{g})
				}
			}
		}
	}
}

// checkWord compares an answer with the product.
func checkWord(t *testing.T, name string, m embed.Monoid, r *code.Reduction, word []int) {
	t.Helper()
	program, err := r.Forward(word)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := r.Answer(program); err != nil || got != reductiontest.Product(m, word) {
		t.Fatalf("%s: %v is read as %d, expected %d: %v", name, word, got, reductiontest.Product(m, word), err)
	}
}

// TestRandomWords is sampled: words of 50 letters of S5, and the empty word.
func TestRandomWords(t *testing.T) {
	table := reductiontest.Elements(t, "S5")
	action, err := embed.Least(table)
	for kind, to := range targets {
		r := reduce(t, to, action, err)
		for _, word := range append(reductiontest.Words(120, samples[kind], 50), nil) {
			checkWord(t, kind, table, r, word)
		}
	}
}

// TestMonoid takes words over all maps of three points, which merge points.
func TestMonoid(t *testing.T) {
	t3, err := algebra.Enumerate([]algebra.Map{{1, 2, 0}, {1, 0, 2}, {0, 0, 2}}, 27)
	if err != nil {
		t.Fatal(err)
	}
	action, err := embed.Natural(t3)
	r := reduce(t, code.Conditionals, action, err)
	for _, word := range reductiontest.Words(27, 200, 4) {
		checkWord(t, "T3", t3, r, word)
	}
	_, err = code.Swaps(action)
	if want := "element 3, [1 1 3], is not a permutation: swaps cannot write it"; err == nil || err.Error() != want {
		t.Errorf("%v", err)
	}
}

// TestCircuit is exhaustive over letters: the circuit for one letter writes the
// block of every element, character by character.
func TestCircuit(t *testing.T) {
	table := reductiontest.Elements(t, "S5")
	action, err := embed.Least(table)
	for _, to := range targets {
		reductiontest.CheckCircuit(t, reduce(t, to, action, err).Blocks())
	}
}

// TestWidth checks that the places of a program that differ between words are those
// of the letters that differ, on more than ten points.
func TestWidth(t *testing.T) {
	table := reductiontest.Elements(t, "Z60")
	action, err := embed.Natural(table)
	for kind, to := range targets {
		r := reduce(t, to, action, err)
		size := r.Blocks().Size()
		one, err := r.Forward([]int{7, 0, 9})
		if err != nil {
			t.Fatal(err)
		}
		other, err := r.Forward([]int{7, 59, 9})
		if err != nil {
			t.Fatal(err)
		}
		start := strings.Index(one, "\n") + 1
		same := len(one) == len(other) &&
			one[:start+size] == other[:start+size] && one[start+2*size:] == other[start+2*size:]
		if !same || one == other {
			t.Errorf("%s: words that differ in their second letter differ outside its block:\n%s\n%s", kind, one, other)
		}
	}
}

func TestErrors(t *testing.T) {
	action, err := embed.Natural(reductiontest.Elements(t, "A4"))
	swaps, conditionals := reduce(t, code.Swaps, action, err), reduce(t, code.Conditionals, action, err)
	for _, tc := range []struct {
		r             *code.Reduction
		program, want string
	}{
		{swaps, "x = [0", "program:1:7: got end of file, want ']'"},
		{swaps, "x = [0]\nx[0], x[3] = x[3], x[0]\n", "program:2:15: list index 3 out of range [-1:0]"},
		{swaps, "x = 1\nx = 2\n", "program:2:1: cannot reassign global x declared at program:1:1"},
		{swaps, "print(f())\nprint(y)", "program:1:7: undefined: f"},
		{swaps, "x = 1\n", `the program printed "", expected a list of 4 numbers from 0 to 3`},
		{swaps, "print(1)\n", `the program printed "1", expected a list of 4 numbers from 0 to 3`},
		{swaps, "print([0, 1, 2])\n", `the program printed "[0, 1, 2]", expected a list of 4 numbers from 0 to 3`},
		{swaps, "print([0, 1, 2, 4])\n", `the program printed "[0, 1, 2, 4]", expected a list of 4 numbers from 0 to 3`},
		{swaps, "print([0, 1, 2, 2])\n", `the program printed "[0, 1, 2, 2]\n", expected every point once`},
		{swaps, "print([1, 0, 2, 3])\n", "(1 2) is not the map of one of the 12 elements"},
		{conditionals, "print([1, 1, 2, 3])\n", "[2 2 3 4] is not the map of one of the 12 elements"},
		{conditionals, "def f():\n  for i in range(1 << 30):\n    pass\nf()\n", "program: not finished after 67108864 steps"},
	} {
		if _, err := tc.r.Answer(tc.program); err == nil || err.Error() != tc.want {
			t.Errorf("%q: %v\nexpected %s", tc.program, err, tc.want)
		}
	}
	_, err = swaps.Forward([]int{12})
	if want := "letter 1 of the word: element 12, expected 0 to 11"; err == nil || err.Error() != want {
		t.Errorf("%v, expected %s", err, want)
	}
}

func TestGolden(t *testing.T) {
	action, err := embed.Least(reductiontest.Elements(t, "S5"))
	for kind, to := range targets {
		program, err := reduce(t, to, action, err).Forward([]int{3, 17, 5})
		if err != nil {
			t.Fatal(err)
		}
		reductiontest.CheckGolden(t, "testdata/s5-3-17-5-"+kind+".py", program)
	}
}

// FuzzElement checks that output is refused in one line or read as an element whose
// program prints it.
func FuzzElement(f *testing.F) {
	action, err := embed.Natural(reductiontest.Elements(f, "A4"))
	r := reduce(f, code.Swaps, action, err)
	for _, s := range []string{
		"[0, 1, 2, 3]", "[1, 2, 0, 3]\n", "[]", "[0, 1, 2, 3", "[+1, 2, 0, 3]", "[0,1,2,3]", "[-1, 0, 1, 2]",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, output string) {
		g, err := r.Element(output)
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n\r") {
				t.Errorf("more than one line: %q", err)
			}
			return
		}
		program, err := r.Forward([]int{g})
		if err != nil {
			t.Fatal(err)
		}
		printed, err := code.Run(program)
		if err != nil || strings.TrimSuffix(output, "\n") != strings.TrimSuffix(printed, "\n") {
			t.Errorf("%q is read as element %d, whose program prints %q: %v", output, g, printed, err)
		}
	})
}

// runner runs the programs of a JSON list one after the other.
const runner = "import json, sys\nfor program in json.load(sys.stdin): exec(program, {})\n"

// TestPython runs the same programs by Python: every element of S5, the words of
// TestRandomWords, and 20 words over the elements of A5 as points.
func TestPython(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("needs python3: not installed")
	}
	s5, a5 := reductiontest.Elements(t, "S5"), reductiontest.Elements(t, "A5")
	least, err := embed.Least(s5)
	if err != nil {
		t.Fatal(err)
	}
	regular, err := embed.Regular(a5)
	single := make([][]int, 120)
	for g := range single {
		single[g] = []int{g}
	}
	for kind, to := range targets {
		words := slices.Concat(single, [][]int{nil}, reductiontest.Words(120, samples[kind], 50))
		checkPython(t, python, kind, s5, reduce(t, to, least, err), words)
		checkPython(t, python, kind, a5, reduce(t, to, regular, err), reductiontest.Words(60, 20, 2))
	}
}

func checkPython(t *testing.T, python, kind string, m embed.Monoid, r *code.Reduction, words [][]int) {
	t.Helper()
	var programs []string
	for _, word := range words {
		program, err := r.Forward(word)
		if err != nil {
			t.Fatal(err)
		}
		programs = append(programs, program)
	}
	list, err := json.Marshal(programs)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(python, "-I", "-c", runner)
	cmd.Stdin = strings.NewReader(string(list))
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	if len(lines) != len(words) {
		t.Fatalf("%s: %d lines from Python, expected %d", kind, len(lines), len(words))
	}
	for i, line := range lines {
		if got, err := r.Element(line); err != nil || got != reductiontest.Product(m, words[i]) {
			t.Fatalf("%s: %v is read as %d, expected %d: %v", kind, words[i], got, reductiontest.Product(m, words[i]), err)
		}
	}
}
