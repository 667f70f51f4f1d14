package view

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tc0/circuits/arith"
	"tc0/circuits/compile"
	"tc0/circuits/threshold"
	"tc0/theory/ssm"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func compiled(tb testing.TB, model string, n, bits int) *View {
	tb.Helper()
	ck, err := ssm.Load("../../theory/ssm/testdata/" + model)
	if err != nil {
		tb.Fatal(err)
	}
	q, err := compile.Quantise(tb.Context(), ck, compile.Request{
		Length: n, Precision: &compile.Precision{Base: bits}, Digits: 2, Minimize: compile.Gates, Form: compile.Convolution,
		Words: compile.Words(compile.Alphabet(ck), 64, n, 1), Seed: 1,
	})
	if err != nil {
		tb.Fatal(err)
	}
	m, err := compile.New(ck, q, n)
	if err != nil {
		tb.Fatal(err)
	}
	ac, tc, err := m.Threshold(n)
	if err != nil {
		tb.Fatal(err)
	}
	v, err := New(ac, tc)
	if err != nil {
		tb.Fatal(err)
	}
	return v
}

func flipflop(tb testing.TB) *View { return compiled(tb, "mamba-flipflop4", 3, 5) }

// golden compares a text with a file.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), string(got)); d != "" {
		t.Errorf("%s: -want +got:\n%s", name, d)
	}
}

// find is the first node with a name and a kind.
func find(t *testing.T, v *View, name string, kind arith.Kind) arith.Node {
	t.Helper()
	for n := range arith.Node(v.ac.Len()) {
		if v.ac.Kind(n) == kind && v.ac.Name(n) == name {
			return n
		}
	}
	t.Fatalf("no %v %s", kind, name)
	return 0
}

func TestGolden(t *testing.T) {
	v := flipflop(t)
	var b bytes.Buffer
	if err := StageTable(v.Stages(All)).Write(&b); err != nil {
		t.Fatal(err)
	}
	golden(t, "stages.txt", b.Bytes())

	b.Reset()
	rows, _ := v.List(Filter{Layer: 0, Stage: "state", Time: 2}, 6)
	if err := RowTable(rows).Write(&b); err != nil {
		t.Fatal(err)
	}
	golden(t, "rows.txt", b.Bytes())

	b.Reset()
	for _, at := range []struct {
		name string
		kind arith.Kind
	}{
		{"input[t=2]", arith.Input},
		{"L0.u[t=2,a=0]", arith.Form},
		{"L0.u[t=2,a=0]", arith.Step},
		{"L0.delta[t=2,a=3]", arith.Step},
		{"L0.decay[t=2,a=0,b=0,j=0]", arith.Step},
		{"L0.decay·input[t=2,a=0,b=0,j=0]", arith.Product},
		{"L0.state[t=2,a=0,b=0]", arith.Form},
		{"logits[t=2,a=1]", arith.Form},
		{"argmax.label[t=2,a=0]", arith.Step},
	} {
		n := v.Node(find(t, v, at.name, at.kind), 6)
		if err := n.Write(&b); err != nil {
			t.Fatal(err)
		}
		b.WriteByte('\n')
	}
	golden(t, "nodes.txt", b.Bytes())

	b.Reset()
	cone := v.Cone(find(t, v, "L0.state[t=1,a=0,b=0]", arith.Step), ConeLimits{Levels: 4, Lines: 60, Operands: 4})
	if err := cone.Write(&b); err != nil {
		t.Fatal(err)
	}
	golden(t, "cone.txt", b.Bytes())
}

// TestCounts: stages and nodes share out all gates of the circuit.
func TestCounts(t *testing.T) {
	v := flipflop(t)
	rows, total := v.List(All, v.ac.Len())
	if total != v.ac.Len() || len(rows) != total {
		t.Errorf("%d rows of %d, the circuit has %d nodes", len(rows), total, v.ac.Len())
	}
	gates, readers, reads := int64(0), 0, 0
	for _, r := range rows {
		gates += r.Gates
		readers += r.Readers
		reads += len(v.operands(arith.Node(r.ID)))
	}
	stages, nodes := uint64(0), 0
	for _, s := range v.Stages(All) {
		stages += s.Gates
		nodes += s.Nodes
		if s.MinDepth > s.MaxDepth || s.Gates > 0 && s.MinDepth < 1 {
			t.Errorf("stage %s has depth %d to %d", s.Name, s.MinDepth, s.MaxDepth)
		}
	}
	if want := v.tc.Gates(); uint64(gates) != want || stages != want {
		t.Errorf("%d gates by node, %d by stage, the circuit has %d", gates, stages, want)
	}
	if nodes != v.ac.Len() || readers != reads {
		t.Errorf("%d nodes in stages, want %d; %d readers, want %d", nodes, v.ac.Len(), readers, reads)
	}
}

// TestSquareReadsOnce: a node read twice by one is one operand with one reader.
func TestSquareReadsOnce(t *testing.T) {
	v := compiled(t, "mamba-s3-g2", 2, 4)
	rows, _ := v.List(Filter{1, "square", 1}, 1)
	n := arith.Node(rows[0].ID)
	if f := v.ac.Factors(n); len(f) != 2 || f[0] != f[1] {
		t.Fatalf("factors %v, expected a square", f)
	}
	if got := v.operands(n); len(got) != 1 {
		t.Errorf("operands %v", got)
	}
}

// TestConeIsClosed: without limits every operand of a line is a line, and the
// size is what counting by hand gives.
func TestConeIsClosed(t *testing.T) {
	v := flipflop(t)
	root := v.ac.Outputs()[1].Labels[2]
	c := v.Cone(root, ConeLimits{Levels: 1 << 20, Lines: 1 << 20, Operands: 1 << 20})
	shown := map[arith.Node]bool{}
	for _, l := range c.Lines {
		shown[arith.Node(l.ID)] = true
	}
	all := map[arith.Node]bool{}
	var walk func(n arith.Node)
	walk = func(n arith.Node) {
		if all[n] {
			return
		}
		all[n] = true
		for _, m := range v.operands(n) {
			walk(m)
		}
	}
	walk(root)
	gates := int64(0)
	for n := range all {
		gates += v.gates(n)
		if folded := v.ac.Kind(n) == arith.Form && v.readers[n] == 1; !shown[n] && !folded {
			t.Errorf("n%d %s is not shown", n, v.ac.Name(n))
		}
	}
	if c.Nodes != len(all) || c.Gates != gates || c.Cut {
		t.Errorf("%d nodes and %d gates, cut %v; want %d and %d", c.Nodes, c.Gates, c.Cut, len(all), gates)
	}
}

func TestConeLimits(t *testing.T) {
	v := flipflop(t)
	root := v.ac.Outputs()[2].Labels[0]
	limits := ConeLimits{Levels: 3, Lines: 20, Operands: 3}
	c := v.Cone(root, limits)
	below := make([]int, limits.Levels+2)
	for _, l := range c.Lines {
		if l.Indent > limits.Levels {
			t.Errorf("n%d is %d below the root", l.ID, l.Indent)
		}
		if below[l.Indent]++; below[l.Indent] > limits.Operands && l.Indent > 0 {
			t.Errorf("n%d is operand number %d", l.ID, below[l.Indent])
		}
		below[l.Indent+1] = 0
	}
	if len(c.Lines) > limits.Lines || !c.Cut {
		t.Errorf("%d lines, cut %v", len(c.Lines), c.Cut)
	}
}

func TestFilters(t *testing.T) {
	v := flipflop(t)
	for _, test := range []struct {
		f    Filter
		want string // stages of the nodes, all at Time
	}{
		{Filter{0, "B", 1}, "L0.B"},
		{Filter{-1, "L0.C", 0}, "L0.C"},
		{Filter{-1, "argmax", 2}, "argmax.compare argmax.label"},
		{Filter{0, "decay", 2}, "L0.decay"},
		{Filter{-1, "logits", -1}, "logits"},
	} {
		rows, total := v.List(test.f, 1<<20)
		var stages []string
		for _, r := range rows {
			o := v.ac.Origin(arith.Node(r.ID))
			if name := v.ac.StageName(o.Stage); !strings.Contains(" "+strings.Join(stages, " ")+" ", " "+name+" ") {
				stages = append(stages, name)
			}
			if test.f.Time >= 0 && int(o.T) != test.f.Time {
				t.Errorf("%v: node %d stands at %d", test.f, r.ID, o.T)
			}
		}
		if got := strings.Join(stages, " "); got != test.want || total == 0 || total != len(rows) || v.Check(test.f) != nil {
			t.Errorf("%v: %d nodes of %q, want %q", test.f, total, got, test.want)
		}
	}
	two := compiled(t, "mamba-s3-g2", 2, 4) // its second block has a norm
	for name := range groups {
		if _, total := two.List(Filter{1, name, -1}, 0); total == 0 {
			t.Errorf("group %s is empty", name)
		}
	}
	for _, test := range []struct {
		f    Filter
		want string
	}{
		{Filter{-1, "", 3}, "time 3, expected 0 to 2"},
		{Filter{1, "", -1}, "layer 1, the model has layers 0 to 0"},
		{Filter{-1, "dekay", -1}, `no stage "dekay", expected one of input L0.u`},
		{Filter{0, "decay", 0}, `stage "decay" has no nodes at time 0`},
	} {
		if err := v.Check(test.f); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v: error %v, want %q", test.f, err, test.want)
		}
	}
}

func TestOtherCompilation(t *testing.T) {
	v := flipflop(t)
	b := threshold.NewBuilder()
	b.Input(2, threshold.Tag{Node: int32(v.ac.Len()), Stage: -1})
	tc, err := b.Finish()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := New(v.ac, tc); err == nil || !strings.Contains(err.Error(), "the files are of different compilations") {
		t.Errorf("error %v", err)
	}
}

// TestJSON: the names that scripts rely on.
func TestJSON(t *testing.T) {
	v := flipflop(t)
	n := v.Node(find(t, v, "L0.u[t=2,a=0]", arith.Step), 3)
	rows, _ := v.List(All, 1)
	for _, test := range []struct {
		value any
		want  string
	}{
		{n, "id name kind lo hi depth gates readers equation levels thresholds values banks read_by"},
		{v.Stages(All)[0], "name kinds nodes min_depth max_depth gates wires max_fan_in"},
		{rows[0], "id name kind lo hi depth gates readers"},
		{v.Cone(0, DefaultCone), "lines nodes gates cut"},
	} {
		data, err := json.Marshal(test.value)
		if err != nil {
			t.Fatal(err)
		}
		var got map[string]any
		if err := json.Unmarshal(data, &got); err != nil {
			t.Fatal(err)
		}
		for _, key := range strings.Fields(test.want) {
			if _, ok := got[key]; !ok {
				t.Errorf("%T has no %q", test.value, key)
			}
			delete(got, key)
		}
		if len(got) > 0 {
			t.Errorf("%T also has %v", test.value, got)
		}
	}
}

func TestTable(t *testing.T) {
	tab := Table{Head: []string{"name ", "count"}}
	tab.Add("ΣΔ", 7)
	tab.Add("decay", int64(-1234567))
	var b bytes.Buffer
	if err := tab.Write(&b); err != nil {
		t.Fatal(err)
	}
	want := "name        count\nΣΔ              7\ndecay  -1,234,567\n"
	if d := cmp.Diff(want, b.String()); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", -1000: "-1,000", -1 << 63: "-9,223,372,036,854,775,808"} {
		if got := Count(n); got != want {
			t.Errorf("Count(%d) = %s, want %s", n, got, want)
		}
	}
	if got := Count(uint64(1) << 63); got != "9,223,372,036,854,775,808" {
		t.Errorf("Count(2^63) = %s", got)
	}
	for want, v := range map[string][]int64{"()": nil, "(1 -2)": {1, -2}, "(1 2 3 … 7 8 9; 9 in all)": {1, 2, 3, 4, 5, 6, 7, 8, 9}} {
		if got := Summary(v); got != want {
			t.Errorf("Summary(%v) = %s, want %s", v, got, want)
		}
	}
}

// BenchmarkView looks at a circuit of about 110,000 nodes: joining, the table of
// stages, a list, one node and its cone.
func BenchmarkView(b *testing.B) {
	v := compiled(b, "mamba-flipflop4", 24, 8)
	if v.ac.Len() < 70000 {
		b.Fatalf("%d nodes only", v.ac.Len())
	}
	label := v.ac.Outputs()[23].Labels[0]
	for b.Loop() {
		w, err := New(v.ac, v.tc)
		if err != nil {
			b.Fatal(err)
		}
		w.stats = v.Stats()
		w.Stages(All)
		w.List(Filter{0, "scan", 7}, 40)
		w.Node(0, 40)
		w.Cone(label, DefaultCone)
	}
	b.ReportMetric(float64(v.ac.Len())*float64(b.N)/b.Elapsed().Seconds(), "nodes/s")
}
