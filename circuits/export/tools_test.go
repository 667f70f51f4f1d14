package export

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"tc0/circuits/threshold"
)

// tool runs a program in dir; the test is skipped when it is not installed.
func tool(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("%s is not installed", name)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	// PB solvers report their answer in the exit code, so only a run that could
	// not happen is an error here; callers look for the answer in the output.
	if _, exited := err.(*exec.ExitError); err != nil && !exited || ctx.Err() != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
	return string(out)
}

func file(t *testing.T, dir, name string, content []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestABC: ABC finds the BLIF and the AIGER form equivalent on all input bits,
// and what it makes of the BLIF gives the simulated outputs.
func TestABC(t *testing.T) {
	for _, s := range append(samples(t), trained(t, 2)) {
		t.Run(s.name, func(t *testing.T) {
			dir := t.TempDir()
			file(t, dir, "c.blif", write(t, s.c, BLIF, Options{}))
			file(t, dir, "c.aig", write(t, s.c, AIGER, Options{}))
			out := tool(t, dir, "berkeley-abc", "-c", "cec c.blif c.aig; read_blif c.blif; strash; print_stats; write_aiger back.aig")
			if !strings.Contains(out, "Networks are equivalent") {
				t.Fatalf("not equivalent:\n%s", out)
			}
			back, err := os.ReadFile(filepath.Join(dir, "back.aig"))
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			g := parseAIGER(t, back)
			want, _ := simulated(t, s)
			for i, w := range s.words {
				if got := g.eval(inputBits(s.c, w)); fmt.Sprint(got) != fmt.Sprint(want[i]) {
					t.Fatalf("word %v: ABC has %v, simulation %v", w, got, want[i])
				}
			}
		})
	}
}

func TestABCTellsCircuitsApart(t *testing.T) {
	dir := t.TempDir()
	var text bytes.Buffer
	if err := majority(t).WriteText(&text); err != nil {
		t.Fatal(err)
	}
	changed := strings.Replace(text.String(), "table t1 2\n", "table t1 3\n", 1)
	other, err := threshold.ReadText(strings.NewReader(changed))
	if err != nil || changed == text.String() {
		t.Fatalf("the table was not found: %v", err)
	}
	file(t, dir, "a.blif", write(t, majority(t), BLIF, Options{}))
	file(t, dir, "b.aig", write(t, other, AIGER, Options{}))
	if out := tool(t, dir, "berkeley-abc", "-c", "cec a.blif b.aig"); !strings.Contains(out, "NOT EQUIVALENT") {
		t.Errorf("majority and conjunction:\n%s", out)
	}
}

var evalResult = regexp.MustCompile(`Eval result: \\(y\d+_\d+) = 1'([01])`)

// TestYosys: Yosys evaluates the Verilog and the BLIF of the trained model on
// every word, of the other samples on the first few.
func TestYosys(t *testing.T) {
	for _, format := range []Format{Verilog, BLIF} {
		for _, s := range append(samples(t), trained(t, 1)) {
			t.Run(s.name+"/"+string(format), func(t *testing.T) {
				dir := t.TempDir()
				file(t, dir, "c", write(t, s.c, format, Options{}))
				words := s.words[:min(len(s.words), 8)]
				file(t, dir, "run.ys", []byte(fmt.Sprintf("read_%s c\n%s", format, evalScript(s.c, words))))
				out := tool(t, dir, "yosys", "run.ys")
				found := evalResult.FindAllStringSubmatch(out, -1)
				want, _ := simulated(t, s)
				k := 0
				for i, w := range words {
					for j, bit := range want[i] {
						if k >= len(found) {
							t.Fatalf("%d results only:\n%.3000s", k, out)
						}
						if (found[k][2] == "1") != bit {
							t.Fatalf("word %v output %d: Yosys has %s", w, j, found[k][0])
						}
						k++
					}
				}
			})
		}
	}
}

// evalScript asks for all outputs of each word.
func evalScript(c *threshold.Circuit, words [][]int) string {
	var b strings.Builder
	src := newSource(c)
	for _, w := range words {
		b.WriteString("eval")
		for i, bit := range inputBits(c, w) {
			name := src.appendName(nil, threshold.Signal{Input: true, Number: uint64(i)})
			fmt.Fprintf(&b, " -set %s %d", name, map[bool]int{true: 1}[bit])
		}
		src.eachOutput(func(name string, _ threshold.Signal) { fmt.Fprintf(&b, " -show %s", name) })
		b.WriteString("\n")
	}
	return b.String()
}

// TestSolvers: a PB solver finds each of the circuit's outputs on a word and
// refutes the other value; of the trained model on three words.
func TestSolvers(t *testing.T) {
	toys := samples(t)[:2] // the others have integers beyond 32 bits
	model := trained(t, 2)
	model.words = [][]int{model.words[1], model.words[12], model.words[23]}
	for _, solver := range []struct {
		name    string
		args    []string
		samples []sample
	}{
		{"clasp", []string{"--verbose=0", "q.opb"}, append(toys[:2:2], model)},
		// minisat+ writes every constraint out in clauses first, which takes
		// minutes for the trained model.
		{"minisat+", []string{"-v0", "q.opb"}, toys},
	} {
		for _, s := range solver.samples {
			t.Run(solver.name+"/"+s.name, func(t *testing.T) {
				dir := t.TempDir()
				want, _ := simulated(t, s)
				for i, w := range s.words[:min(len(s.words), 12)] {
					for k, q := range queries(s.c, w) {
						var b bytes.Buffer
						if err := WriteQuery(&b, s.c, q); err != nil {
							t.Fatal(err)
						}
						file(t, dir, "q.opb", b.Bytes())
						answer := "s UNSATISFIABLE"
						if want[i][k/2] == q.Value {
							answer = "s SATISFIABLE"
						}
						if out := tool(t, dir, solver.name, solver.args...); !strings.Contains(out, answer) {
							t.Fatalf("%+v: want %q:\n%.2000s", q, answer, out)
						}
					}
				}
			})
		}
	}
}

// queries asks for every output of a word whether it can be 0 and whether it can
// be 1.
func queries(c *threshold.Circuit, word []int) (qs []Query) {
	for position, o := range c.Outputs() {
		for class := range o {
			qs = append(qs, Query{word, position, class, false}, Query{word, position, class, true})
		}
	}
	return qs
}

// TestGraphviz: dot accepts the drawing.
func TestGraphviz(t *testing.T) {
	dir := t.TempDir()
	file(t, dir, "c.dot", write(t, mixed(t), DOT, Options{}))
	if out := tool(t, dir, "dot", "-Tplain", "c.dot"); !strings.Contains(out, "graph") || strings.Contains(out, "rror") {
		t.Errorf("%.500s", out)
	}
}
