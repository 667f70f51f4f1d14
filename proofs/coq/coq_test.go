package coq_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"tc0/circuits/arith"
	"tc0/circuits/check"
	"tc0/circuits/compile"
	"tc0/circuits/lower"
	"tc0/circuits/threshold"
	"tc0/proofs/coq"
	"tc0/theory/ssm"
)

// programs is the folder of compiled OCaml programs.
var programs string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "coq")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	programs = dir
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// compiledProgram runs a build, or skips.
func compiledProgram(t *testing.T, build func() (string, error)) string {
	t.Helper()
	if _, err := exec.LookPath("ocamlopt"); err != nil {
		t.Skip("needs ocamlopt (it comes with Debian's coq): not installed")
	}
	bin, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return bin
}

// buildValidator compiles the extracted validator.
var buildValidator = sync.OnceValues(func() (string, error) {
	return coq.BuildValidator(context.Background(), programs)
})

// pair is a circuit and what claims to be its gates, in binary form.
type pair struct{ model, gates []byte }

// verdicts runs the validator once on all pairs: a line for each.
func verdicts(t *testing.T, bin string, pairs []pair) []string {
	t.Helper()
	dir := t.TempDir()
	var args []string
	for i, p := range pairs {
		for name, data := range map[string][]byte{"model": p.model, "gates": p.gates} {
			if err := os.WriteFile(filepath.Join(dir, fmt.Sprint(i, name)), data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		args = append(args, fmt.Sprint(i, "model"), fmt.Sprint(i, "gates"))
	}
	cmd := exec.CommandContext(t.Context(), bin, args...)
	cmd.Dir = dir
	out, err := cmd.Output()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	if len(lines) != len(pairs) {
		t.Fatalf("%d lines for %d pairs: %v\n%s", len(lines), len(pairs), err, out)
	}
	return lines
}

// binaryForm is what the commands write to a file.
func binaryForm(t *testing.T, c interface{ WriteBinary(io.Writer) error }) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := c.WriteBinary(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// compiled is a shipped checkpoint compiled to so many bits.
func compiled(t *testing.T, name string, n, bits, digits int, goal compile.Goal) (*arith.Circuit, *threshold.Circuit) {
	t.Helper()
	ck, err := ssm.Load(filepath.Join("../../theory/ssm/testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	q, err := compile.Quantise(t.Context(), ck, compile.Request{
		Length: n, Precision: &compile.Precision{Base: bits}, Digits: digits, Minimize: goal, Form: compile.Convolution,
		Words: compile.Words(compile.Alphabet(ck), 64, n, 1), Seed: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	m, err := compile.New(ck, q, n)
	if err != nil {
		t.Fatal(err)
	}
	ac, tc, err := m.Threshold(n)
	if err != nil {
		t.Fatal(err)
	}
	return ac, tc
}

// TestAcceptsCompiledModels: the validator proves what the compiler writes, and counts
// gates and depth as package threshold does.
func TestAcceptsCompiledModels(t *testing.T) {
	bin := compiledProgram(t, buildValidator)
	var pairs []pair
	var want []string
	for _, c := range []struct {
		name            string
		n, bits, digits int
		goal            compile.Goal
	}{
		{"mamba-flipflop4", 2, 4, 1, compile.Gates},
		{"mamba-flipflop4", 2, 6, 2, compile.Gates},
		{"mamba-flipflop4", 2, 4, 2, compile.Depth},
		{"mamba-flipflop4", 3, 5, 2, compile.Gates},
		{"mamba-flipflop4", 4, 6, 1, compile.Gates},
		{"mamba-flipflop4", 4, 4, 2, compile.Wires},
		{"s4d-z5", 2, 4, 2, compile.Gates},
		{"s4d-z5", 4, 6, 1, compile.Wires},
		{"mamba-parity", 2, 4, 2, compile.Gates}, // squares in two digits
	} {
		ac, tc := compiled(t, c.name, c.n, c.bits, c.digits, c.goal)
		pairs = append(pairs, pair{binaryForm(t, ac), binaryForm(t, tc)})
		s := tc.Stats()
		want = append(want, fmt.Sprintf("gates %d, depth at most %d", s.Gates, s.Depth))
	}
	for i, line := range verdicts(t, bin, pairs) {
		if !strings.HasPrefix(line, "accepted: ") || !strings.HasSuffix(line, want[i]) {
			t.Errorf("pair %d: %s; want accepted, %s", i, line, want[i])
		}
	}
}

// small is a circuit with every operation: table views, a valley in two digits, products of
// two and three, a square.
func small(t *testing.T, o lower.Options) (*arith.Circuit, *threshold.Circuit) {
	t.Helper()
	b := arith.NewBuilder()
	b.At(arith.Origin{Stage: b.Stage("s"), T: -1, A: -1, B: -1, J: -1})
	value := func(n arith.Node) arith.View { return arith.View{Node: n, Table: arith.Natural} }
	table := func(n arith.Node, v ...int64) arith.View { return arith.View{Node: n, Table: b.Table(v)} }
	run := func(from, to, by int64) []int64 {
		var v []int64
		for x := from; x != to; x += by {
			v = append(v, x)
		}
		return v
	}
	x, y := b.Input(4), b.Input(5)
	sum := b.Form(3, []arith.Term{{Coef: 2, View: table(x, -4, 0, 1, 7)}, {Coef: -3, View: table(y, 0, 2, -5, 1, 3)}})
	rising := b.Step(sum, b.Table(run(-12, 12, 1)), b.Table(run(-12, 13, 1)), 0, 24)
	valley := b.Step(sum, b.Table(run(-10, 14, 1)), b.Table(append(run(11, 0, -1), run(0, 14, 1)...)), 0, 24)
	coarse := b.Step(sum, b.Table([]int64{-5, 2, 9}), b.Table([]int64{4, -1, 3, 0}), 0, 3)
	values := []arith.Node{
		sum,
		b.Product(value(rising), value(valley)),
		b.Product(value(rising), value(rising)),
		b.Product(value(rising), value(coarse), table(y, 1, -2, 0, 3, 5)),
		b.Form(1, []arith.Term{{Coef: 5, View: value(valley)}, {Coef: -1, View: table(coarse, 2, 0, 0, 9)}}),
	}
	var labels []arith.Node
	for _, v := range values {
		lo, hi := b.Range(v)
		f := b.Form(0, []arith.Term{{Coef: 1, View: value(v)}})
		for k := range int64(4) {
			labels = append(labels, b.Step(f, b.Table([]int64{lo + (hi-lo)*(k+1)/5}), b.Table([]int64{k % 2, 1 - k%2}), 0, 1))
		}
	}
	b.Output(nil, labels)
	ac, err := b.Finish()
	if err != nil {
		t.Fatal(err)
	}
	tc, err := lower.Circuit(ac, o)
	if err != nil {
		t.Fatal(err)
	}
	return ac, tc
}

// aNumber is a number of the text form that is not part of a name such as b12.
var aNumber = regexp.MustCompile(`(^|[^\w.-])-?\d+`)

// mutant changes one number of a circuit's text, before its tag; false if there is none in
// the line that was drawn.
func mutant(r *rand.Rand, lines []string) (string, bool) {
	at := r.IntN(len(lines))
	kind, _, _ := strings.Cut(lines[at], " ")
	if kind == "tc0" || kind == "counts" || kind == "stage" || kind == "" {
		return "", false
	}
	line, _, _ := strings.Cut(lines[at], " @")
	spots := aNumber.FindAllStringIndex(line, -1)
	if len(spots) == 0 {
		return "", false
	}
	spot := spots[r.IntN(len(spots))]
	digits := spot[0]
	for line[digits] != '-' && (line[digits] < '0' || line[digits] > '9') {
		digits++
	}
	v, err := strconv.ParseInt(line[digits:spot[1]], 10, 64)
	if err != nil {
		return "", false
	}
	changed := append([]string(nil), lines...)
	changed[at] = line[:digits] + strconv.FormatInt(v+[]int64{-2, -1, 1, 2, 7}[r.IntN(5)], 10) + lines[at][spot[1]:]
	return strings.Join(changed, "\n"), true
}

// textLines is a circuit's text form by lines.
func textLines(t *testing.T, c interface{ WriteText(io.Writer) error }) []string {
	t.Helper()
	var b bytes.Buffer
	if err := c.WriteText(&b); err != nil {
		t.Fatal(err)
	}
	return strings.Split(b.String(), "\n")
}

// mutants are so many pairs with one number changed, in the model or in the gates, that the
// readers accept, and whether package check finds them without fault.
func mutants(t *testing.T, ac *arith.Circuit, tc *threshold.Circuit, n int, seed uint64) (pairs []pair, sound []bool) {
	t.Helper()
	model, gates := binaryForm(t, ac), binaryForm(t, tc)
	modelText, gateText := textLines(t, ac), textLines(t, tc)
	for r := rand.New(rand.NewPCG(seed, 0)); len(pairs) < n; {
		damagedModel, damagedGates, p := ac, tc, pair{model, gates}
		if len(pairs)%4 == 0 {
			text, _ := mutant(r, modelText)
			c, err := arith.ReadText(strings.NewReader(text))
			if err != nil {
				continue
			}
			damagedModel, p.model = c, binaryForm(t, c)
		} else {
			text, _ := mutant(r, gateText)
			c, err := threshold.ReadText(strings.NewReader(text))
			if err != nil {
				continue
			}
			damagedGates, p.gates = c, binaryForm(t, c)
		}
		report := check.Lowering(t.Context(), damagedModel, damagedGates, check.Options{MaxFailures: 1})
		pairs, sound = append(pairs, p), append(sound, report.Verdict == check.Holds)
	}
	return pairs, sound
}

// TestRejectsMutants: of pairs of circuits with one number changed, the validator accepts
// none in which package check finds a fault. Sampled: 940 mutants of a small circuit lowered
// in four ways and of a compiled model, seeds 1 to 5.
func TestRejectsMutants(t *testing.T) {
	bin := compiledProgram(t, buildValidator)
	materialised := map[string]bool{"s": true}
	for i, tt := range []struct {
		name  string
		build func() (*arith.Circuit, *threshold.Circuit)
		n     int
	}{
		{"one digit", func() (*arith.Circuit, *threshold.Circuit) { return small(t, lower.Options{Digits: 1}) }, 225},
		{"two digits", func() (*arith.Circuit, *threshold.Circuit) { return small(t, lower.Options{Digits: 2}) }, 225},
		{"one digit, bits as gates", func() (*arith.Circuit, *threshold.Circuit) {
			return small(t, lower.Options{Digits: 1, Materialise: materialised})
		}, 225},
		{"two digits, bits as gates", func() (*arith.Circuit, *threshold.Circuit) {
			return small(t, lower.Options{Digits: 2, Materialise: materialised})
		}, 225},
		{"mamba-flipflop4", func() (*arith.Circuit, *threshold.Circuit) {
			return compiled(t, "mamba-flipflop4", 2, 4, 2, compile.Gates)
		}, 40},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ac, tc := tt.build()
			pairs, sound := mutants(t, ac, tc, tt.n, uint64(i)+1)
			pairs = append(pairs, pair{binaryForm(t, ac), binaryForm(t, tc)})
			accepted, strict := 0, 0
			for k, line := range verdicts(t, bin, pairs) {
				yes := strings.HasPrefix(line, "accepted: ")
				switch {
				case k == tt.n:
					if !yes {
						t.Errorf("the circuit itself: %s", line)
					}
				case yes && !sound[k]:
					t.Errorf("mutant %d: %s, but package check finds a fault", k, line)
				case yes:
					accepted++
				case sound[k]:
					strict++
				}
			}
			t.Logf("%d mutants: %d rejected, %d of them accepted by package check; %d accepted by both", tt.n, tt.n-accepted, strict, accepted)
		})
	}
}

// TestRefusesDamagedFiles: a truncated, extended or miscounted file is unreadable.
func TestRefusesDamagedFiles(t *testing.T) {
	bin := compiledProgram(t, buildValidator)
	ac, tc := small(t, lower.Options{Digits: 2})
	model, gates := binaryForm(t, ac), binaryForm(t, tc)
	wrongCount := bytes.Clone(gates)
	wrongCount[9]++ // the number of gates
	pairs := []pair{
		{model, gates[:len(gates)-1]}, {model[:len(model)/2], gates}, {model, append(bytes.Clone(gates), 0)},
		{append(bytes.Clone(model), 0), gates}, {gates, model}, {nil, gates}, {model, wrongCount},
	}
	for i, line := range verdicts(t, bin, pairs) {
		if !strings.HasPrefix(line, "unreadable: ") {
			t.Errorf("pair %d: %s, want unreadable", i, line)
		}
	}
}
