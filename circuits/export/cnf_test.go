package export

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tc0/circuits/threshold"
)

// TestGoldenCNF: the question whether a majority can be 1.
func TestGoldenCNF(t *testing.T) {
	var got bytes.Buffer
	if err := WriteQueryCNF(&got, majority(t), Query{Value: true}); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join("testdata", "majority.cnf")
	if *update {
		if err := os.WriteFile(file, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got.String()); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

// TestHeaderCNF: the header counts what follows it.
func TestHeaderCNF(t *testing.T) {
	for i, s := range samples(t) {
		questions := []Query{{Word: s.words[0], Value: true}}
		if i < 2 { // the others take long to cut
			questions = append(queries(s.c, s.words[0]), queries(s.c, nil)...)
		}
		for _, q := range questions {
			var b bytes.Buffer
			if err := WriteQueryCNF(&b, s.c, q); err != nil {
				t.Fatal(err)
			}
			var variables, clauses, largest, count int
			for line := range strings.Lines(b.String()) {
				switch {
				case strings.HasPrefix(line, "c "):
				case strings.HasPrefix(line, "p "):
					fmt.Sscanf(line, "p cnf %d %d", &variables, &clauses)
				default:
					count++
					for _, f := range strings.Fields(line) {
						var l int
						fmt.Sscan(f, &l)
						largest = max(largest, l, -l)
					}
				}
			}
			if clauses != count || largest > variables {
				t.Fatalf("%s, %+v: %d clauses and variable %d, the header says %d and %d", s.name, q, count, largest, clauses, variables)
			}
		}
	}
}

// solvers read questions in one of the forms.
var solvers = []struct {
	name  string
	args  []string
	write func(w io.Writer, c *threshold.Circuit, q Query) error
}{
	{"clasp", []string{"--verbose=0", "q.opb"}, WriteQuery},
	{"cadical", []string{"-q", "q.cnf"}, WriteQueryCNF},
}

// TestQuestions: a solver finds the circuit's outputs on a word and refutes the other
// values, and finds a value without a word just when some word has it.
func TestQuestions(t *testing.T) {
	for _, s := range solvers {
		t.Run(s.name, func(t *testing.T) {
			for _, toy := range samples(t)[:2] { // the others have integers beyond 32 bits
				want, _ := simulated(t, toy)
				dir := t.TempDir()
				ask := func(q Query, sat bool) {
					var b bytes.Buffer
					if err := s.write(&b, toy.c, q); err != nil {
						t.Fatal(err)
					}
					answer := map[bool]string{true: "s SATISFIABLE", false: "s UNSATISFIABLE"}[sat]
					file(t, dir, s.args[1], b.Bytes())
					if out := tool(t, dir, s.name, s.args...); !strings.Contains(out, answer) {
						t.Fatalf("%s, %+v: want %q:\n%.2000s", toy.name, q, answer, out)
					}
				}
				for i, w := range toy.words[:min(len(toy.words), 6)] {
					for k, q := range queries(toy.c, w) {
						ask(q, want[i][k/2] == q.Value)
					}
				}
				for k, q := range queries(toy.c, nil) {
					ask(q, slices.ContainsFunc(want, func(outputs []bool) bool { return outputs[k/2] == q.Value }))
				}
			}
		})
	}
}
