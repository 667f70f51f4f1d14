package coq_test

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"sync"
	"testing"

	"tc0/circuits/arith"
	"tc0/circuits/compile"
	"tc0/circuits/threshold"
	"tc0/theory/ssm"
)

// lawUnit is what Coq's laws are given over.
const lawUnit = 1 << 40

// TestFamilies: the program that Models.v speaks of, with the numbers of a compiled checkpoint, has
// the elements of the compiler's circuit, each with the same constant, coefficients, tables
// and operands; the hypotheses of its family theorem hold; and its bound is compile.Bound.
func TestFamilies(t *testing.T) {
	bin := compiledProgram(t, buildFamily)
	for _, name := range []string{
		"mamba-flipflop4", "mamba-parity", "s4d-z5", "odd/hf-bias", "odd/original-layernorm", "odd/tagger-mamba",
		"odd/tagger-s4d-deep", "odd/tagger-s4d-odd",
	} {
		t.Run(name, func(t *testing.T) {
			m, _ := familyModel(t, name, 4, 5)
			got := m.ask(t, bin, "elements")
			want := append([]string{"tensors true fits true"}, m.bounds()...)
			if !slices.Equal(got[:3], want) {
				t.Errorf("Coq says\n%s\nthe compiler\n%s", strings.Join(got[:3], "\n"), strings.Join(want, "\n"))
			}
			sameLines(t, got[3:], m.elements())
		})
	}
}

// TestFamilyCounts: the circuit of Coq's lowering has the gates and the depth of package lower's.
func TestFamilyCounts(t *testing.T) {
	bin := compiledProgram(t, buildFamily)
	for _, name := range []string{"mamba-flipflop4", "s4d-z5"} {
		t.Run(name, func(t *testing.T) {
			m, tc := familyModel(t, name, 2, 3)
			got := m.ask(t, bin, "counts")
			s := tc.Stats()
			if want := fmt.Sprintf("gates %d depth %d", s.Gates, s.Depth); got[len(got)-1] != want {
				t.Errorf("Coq: %s; the compiler: %s", got[len(got)-1], want)
			}
		})
	}
}

// buildFamily compiles the extracted programs with their reader.
var buildFamily = sync.OnceValues(func() (string, error) {
	args := []string{"-w", "-a", "-o", "family"}
	for _, name := range []string{"program.mli", "program.ml", "family.ml"} {
		text, err := os.ReadFile(filepath.Join("ocaml", name))
		if err != nil {
			return "", err
		}
		if err := os.WriteFile(filepath.Join(programs, name), text, 0o600); err != nil {
			return "", err
		}
		args = append(args, name)
	}
	cmd := exec.Command("ocamlopt", args...)
	cmd.Dir = programs
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("ocamlopt: %w: %s", err, out)
	}
	return filepath.Join(programs, "family"), nil
})

// ask runs the extracted programs on the model's numbers.
func (f *compiledFamily) ask(t *testing.T, bin, what string) []string {
	t.Helper()
	facts := filepath.Join(t.TempDir(), "facts")
	if err := os.WriteFile(facts, f.facts(), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), bin, what, facts).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
}

func sameLines(t *testing.T, got, want []string) {
	t.Helper()
	sort.Strings(got)
	sort.Strings(want)
	for i := range max(len(got), len(want)) {
		switch {
		case i >= len(got):
			t.Fatalf("Coq has %d elements, the compiler %d; the first missing: %s", len(got), len(want), want[i])
		case i >= len(want):
			t.Fatalf("Coq has %d elements, the compiler %d; the first of Coq's own: %s", len(got), len(want), got[i])
		case got[i] != want[i]:
			t.Fatalf("Coq:          %s\nthe compiler: %s", got[i], want[i])
		}
	}
	t.Logf("%d lines agree", len(got))
}

// compiledFamily is a compiled checkpoint with the numbers of its stages in Blocks.v.
type compiledFamily struct {
	length int
	bits   int
	model  *ssm.Model
	quant  *compile.Quant
	bound  *compile.Bound
	ac     *arith.Circuit
	names  []string
	stage  map[string]int
	token  map[arith.Node]int // inputs by position
	tables map[string]int     // embedding: row by content
}

// Stages of a block, as Blocks.v numbers them.
var (
	mambaStages = []string{
		"norm", "value", "value·norm", "gate_pre", "gate_pre·norm", "u", "gate", "B", "C", "delta", "delta·u", "inject",
		"delta·u·B", "input", "ΣΔ", "decay", "decay·input", "state", "state·C", "y", "y·gate", "out",
	}
	s4dStages    = []string{"gelu", "value", "gate", "value·gate"}
	normedStages = []string{"whole", "sum", "centre", "norm", "centre·norm"}
)

func familyModel(t *testing.T, name string, length, bits int) (*compiledFamily, *threshold.Circuit) {
	t.Helper()
	ck, err := ssm.Load(filepath.Join("../../theory/ssm/testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	f := &compiledFamily{
		length: length, bits: bits, model: ck.Model,
		names: []string{"embed"}, stage: map[string]int{}, token: map[arith.Node]int{},
	}
	f.quant, err = compile.Quantise(t.Context(), ck, compile.Request{
		Length: length, Precision: &compile.Precision{Base: bits}, Digits: 1, Minimize: compile.Gates,
		Form: compile.Convolution, Words: compile.Words(compile.Alphabet(ck), 64, length, 1), Seed: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	m, err := compile.New(ck, f.quant, length)
	if err != nil {
		t.Fatal(err)
	}
	f.bound = m.Bound()
	ac, tc, err := m.Threshold(length)
	if err != nil {
		t.Fatal(err)
	}
	f.ac = ac
	for i, block := range ck.Model.Blocks {
		for _, s := range f.blockStages(i, block) {
			f.names = append(f.names, fmt.Sprintf("L%d.%s", i, s))
		}
	}
	if f.normed() {
		for _, s := range normedStages {
			f.names = append(f.names, "final."+s)
		}
	}
	f.names = append(f.names, "logits", "argmax.compare", "argmax.label")
	for i, s := range f.names {
		f.stage[s] = i
	}
	for i, n := range f.ac.Inputs() {
		f.token[n] = i
	}
	f.embedding()
	return f, tc
}

// blockStages are the stages of a block in Blocks.v: a first block has its norm in tables.
func (f *compiledFamily) blockStages(i int, block ssm.Block) []string {
	switch b := block.(type) {
	case *ssm.Mamba:
		stages := mambaStages
		if i == len(f.model.Blocks)-1 && !f.normed() { // open
			stages = stages[:len(stages)-1]
		}
		if i > 0 && b.Norm.Kind == ssm.LayerNorm {
			return append([]string{"sum", "centre"}, stages...)
		}
		return stages
	case *ssm.S4D:
		switch {
		case !b.PreNorm:
			return slices.Concat(s4dStages, normedStages)
		case i == 0:
			return append([]string{"centre·norm"}, s4dStages...)
		}
		return slices.Concat(normedStages, s4dStages)
	}
	return nil
}

// place is an element: stage, position, row, column, earlier position.
type place [5]int

func (p place) String() string { return fmt.Sprintf("%d,%d,%d,%d,%d", p[0], p[1], p[2], p[3], p[4]) }

func (f *compiledFamily) place(n arith.Node) place {
	o := f.ac.Origin(n)
	return place{
		f.stage[f.ac.StageName(o.Stage)], int(o.T), int(max(o.A, 0)), int(max(o.B, 0)), int(max(o.J, 0)),
	}
}

// each visits the elements: their node, and a step's form.
func (f *compiledFamily) each(visit func(n, form arith.Node)) {
	for n := range arith.Node(f.ac.Len()) {
		switch f.ac.Kind(n) {
		case arith.Form:
			if next := n + 1; int(next) < f.ac.Len() && f.ac.Kind(next) == arith.Step {
				visit(next, n) // elements are form and step, one after the other
			} else {
				visit(n, n)
			}
		case arith.Product:
			visit(n, n)
		}
	}
}

// embedding finds the embedding's rows: an element reads its own one, or all in order.
func (f *compiledFamily) embedding() {
	f.tables = map[string]int{}
	f.each(func(n, form arith.Node) {
		p := f.place(n)
		if f.ac.Kind(form) != arith.Form || p[1] != 0 {
			return
		}
		_, terms := f.ac.Form(form)
		var rows []string
		for _, x := range terms {
			if _, ok := f.token[x.Node]; ok {
				rows = append(rows, fmt.Sprint(f.ac.ViewTable(x.View)))
			}
		}
		switch name := f.names[p[0]]; {
		case len(rows) == 1 && (name == "L0.out" || name == "L0.gelu" && !f.variant() || name == "L1.whole" && f.variant()):
			f.tables[rows[0]] = p[2]
		case name == "logits" && len(rows) == f.width():
			for i, row := range rows {
				f.tables[row] = i
			}
		}
	})
}

// normed tells whether a norm is computed before the head.
func (f *compiledFamily) normed() bool { return slices.Contains(f.ac.Stages(), "final.norm") }

// variant tells whether Mamba has LayerNorm, or S4D its norm before the block.
func (f *compiledFamily) variant() bool {
	switch b := f.model.Blocks[0].(type) {
	case *ssm.Mamba:
		return b.Norm.Kind == ssm.LayerNorm
	case *ssm.S4D:
		return b.PreNorm
	}
	return false
}

func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (f *compiledFamily) width() int {
	switch b := f.model.Blocks[0].(type) {
	case *ssm.Mamba:
		return b.DModel
	case *ssm.S4D:
		return b.DModel
	}
	return 0
}

// tokenRow is the token stage and row that an element reads.
func (f *compiledFamily) tokenRow(reader place, v arith.View) (stage, row int) {
	switch _, own, _ := strings.Cut(f.names[reader[0]], "."); own {
	case "gelu":
		return reader[0] - 1, reader[2] // the embedding, or the first block's centre·norm
	case "u":
		return reader[0] - 3, reader[2] // value·norm
	case "y·gate":
		return reader[0] - 14, reader[2] // gate
	}
	return 0, f.tables[fmt.Sprint(f.ac.ViewTable(v))]
}

// facts are the numbers of the model, in the form that family.ml reads.
func (f *compiledFamily) facts() []byte {
	var b bytes.Buffer
	dims := []int{0, flag(f.variant()), flag(f.normed()), f.width(), 0, 0, 0}
	if m, ok := f.model.Blocks[0].(*ssm.Mamba); ok {
		dims = []int{1, flag(f.variant()), flag(f.normed()), m.DModel, m.DInner, m.DState, m.DConv}
	}
	dims = append(dims, f.model.Vocab, len(f.model.Blocks), f.length, f.bits, lawUnit)
	fmt.Fprintln(&b, "d", text(dims))
	f.each(func(n, form arith.Node) { f.elementFacts(&b, n, form) })
	for s, name := range f.names {
		if i := slices.IndexFunc(f.quant.Tensors, func(x compile.Tensor) bool { return x.Name == name }); i >= 0 {
			fmt.Fprintln(&b, "l", s, f.law(name, f.quant.Tensors[i]))
		}
	}
	return b.Bytes()
}

func (f *compiledFamily) elementFacts(b *bytes.Buffer, n, form arith.Node) {
	p := f.place(n)
	if f.ac.Kind(n) == arith.Step && p[1] <= 1 {
		_, thresholds, values := f.ac.Step(n)
		fmt.Fprintf(b, "h %d %s\nv %d %s\n", p[0], text(thresholds), p[0], text(values))
	}
	var terms []arith.Term
	if f.ac.Kind(form) == arith.Form {
		var constant int64
		constant, terms = f.ac.Form(form)
		fmt.Fprintln(b, "c", p[0], p[2], p[3], p[1], constant)
	} else {
		terms = f.ac.Factors(form)
	}
	for _, x := range terms {
		at := f.place(x.Node)
		if position, ok := f.token[x.Node]; ok {
			stage, row := f.tokenRow(p, x.View)
			fmt.Fprintln(b, "k", stage, row, text(f.ac.ViewTable(x.View)))
			at = place{stage, position, row}
		}
		if p[1] == f.length-1 {
			fmt.Fprintln(b, "w", p[0], p[2], p[3], at[0], at[2], at[3], p[1]-at[1], x.Coef)
		}
	}
}

// law is codes, spare, extra and offset of a tensor, from its calibration: the part of the
// code range in use, for each monotone branch of the function that rounds into it.
func (f *compiledFamily) law(name string, x compile.Tensor) string {
	_, own, _ := strings.Cut(name, ".")
	largest := x.Max * 1.25
	fill, _ := math.Frexp(largest)
	branches := []float64{1} // increasing, in units of codes of one sign
	trough := 0.0            // of SiLU or GELU
	switch {
	case own == "decay" || own == "gate" && f.model.Family == ssm.FamilyS4D:
		fill = 1
	case own == "norm" || own == "delta":
	case own == "u" || own == "gate":
		trough = 0.2785
	case own == "gelu":
		trough = 0.1700
	default:
		fill, branches = fill/2, []float64{2}
	}
	if trough > 0 {
		trough = min(1, trough/largest)
		fill, branches = fill/2, []float64{trough, 1 + trough}
	}
	codes := 0.0
	for _, part := range branches {
		codes += part * math.Ldexp(fill, x.Extra)
	}
	return text([]int{int(math.Ceil(codes * lawUnit)), 3 * len(branches), x.Extra, 1})
}

// bounds are the lines of the bound.
func (f *compiledFamily) bounds() []string {
	var lines []string
	for _, p := range []compile.Polynomial{f.bound.Formula().Position, f.bound.Formula().Pair} {
		powers := p.Powers[:]
		for len(powers) > 0 && powers[len(powers)-1] == 0 {
			powers = powers[:len(powers)-1]
		}
		lines = append(lines, strings.TrimSuffix(fmt.Sprintf("bound %d %s", p.Exp, text(powers)), "\n"))
	}
	return lines
}

// elements are the lines of the circuit's elements.
func (f *compiledFamily) elements() []string {
	var lines []string
	f.each(func(n, form arith.Node) {
		p := f.place(n)
		switch f.ac.Kind(n) {
		case arith.Product:
			var factors []string
			for _, x := range f.ac.Factors(n) {
				factors = append(factors, f.operand(x.View))
			}
			lines = append(lines, fmt.Sprintf("%v = %s", p, strings.Join(factors, " * ")))
		case arith.Step:
			if pair := f.ac.Origin(n).J >= 0; p[1] == 0 || p[1] == 1 && pair {
				_, thresholds, values := f.ac.Step(n)
				lines = append(lines, fmt.Sprintf("%v steps %s: %s", p, text(thresholds), text(values)))
			}
			lines = append(lines, fmt.Sprintf("%v = step %s", p, f.form(form)))
		default:
			lines = append(lines, fmt.Sprintf("%v = form %s", p, f.form(form)))
		}
	})
	return lines
}

func (f *compiledFamily) form(n arith.Node) string {
	constant, terms := f.ac.Form(n)
	var parts []string
	for _, x := range terms {
		parts = append(parts, fmt.Sprintf("%d*%s", x.Coef, f.operand(x.View)))
	}
	sort.Strings(parts)
	return strings.Join(append([]string{fmt.Sprint(constant)}, parts...), " + ")
}

func (f *compiledFamily) operand(v arith.View) string {
	if t, ok := f.token[v.Node]; ok {
		return fmt.Sprintf("token %d [%s]", t, text(f.ac.ViewTable(v)))
	}
	if v.Table == arith.Natural {
		return f.place(v.Node).String()
	}
	_, _, values := f.ac.Step(v.Node)
	for i, x := range f.ac.ViewTable(v) {
		if x != values[i]*values[i] {
			return fmt.Sprintf("%v through table %d", f.place(v.Node), v.Table)
		}
	}
	return f.place(v.Node).String() + "^2"
}

// text is numbers with blanks between.
func text[T any](xs []T) string { return strings.Trim(fmt.Sprint(xs), "[]") }
