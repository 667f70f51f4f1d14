package arith

import (
	"bytes"
	"encoding/binary"
	"flag"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// tiny has every operation.
func tiny(t testing.TB) *Circuit {
	t.Helper()
	b := NewBuilder()
	b.At(Origin{b.Stage("tiny \"s\""), 0, -1, -1, -1})
	x := b.Input(3)
	b.At(Origin{b.Stage("rest"), 1, 2, 3, 0})
	f := b.Form(-1, []Term{{2, View{x, b.Table([]int64{0, 1, -3})}}})
	s := b.Step(f, b.Table([]int64{-4, 0, 2}), b.Table([]int64{5, 6, 7, 9}), 1, 2)
	p := b.Product(View{s, Natural}, View{x, b.Table([]int64{1, 2, 4})})
	y := b.Form(4, []Term{{-1, View{p, Natural}}, {3, View{s, Natural}}})
	l := b.Step(y, b.Table([]int64{1}), b.Table([]int64{0, 1}), 0, 1)
	b.Output([]Node{y, f}, []Node{l})
	b.Output(nil, nil)
	c, err := b.Finish()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestTextGolden(t *testing.T) {
	roundTrip(t, tiny(t))
	got := written(t, tiny(t), ownForms[0])
	file := filepath.Join("testdata", "tiny.txt")
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
		t.Errorf("-want +got:\n%s", d)
	}
}

func TestLongStageName(t *testing.T) {
	b := NewBuilder()
	b.Stage(strings.Repeat("long ", 2000))
	c, err := b.Finish()
	if err != nil {
		t.Fatal(err)
	}
	roundTrip(t, c)
}

func TestReadTextErrors(t *testing.T) {
	text := string(written(t, tiny(t), ownForms[0]))
	for _, test := range []struct{ name, from, to, want string }{
		{"header", "tc0 arith 1", "tc0 arith 2", "line 1: expected"},
		{"counts", "nodes=6", "nodes=7", "line 2: "},
		{"stage", "stage s1", "stage s2", `line 4: stage "s2" out of order`},
		{"quote", `s1 "rest"`, `s1 rest`, "line 4: stage name"},
		{"entry", "table t0 0 1 -3", "table t0 0 1 x", `line 5: table entry "x"`},
		{"table repeats", "table t1 -4 0 2", "table t1 0 1 -3", `line 6: table "t1" out of order or repeated`},
		{"thresholds", "table t1 -4 0 2", "table t1 5 0 2", "thresholds do not ascend at 1 of table 1"},
		{"levels", "levels=3", "levels=0", "line 11: node 0: input with 0 levels"},
		{"table too short", "levels=3", "levels=4", "line 12: node 1: table 0 is missing or shorter than the 4 levels"},
		{"negative table", "n0[t0]", "n0[t-1]", "expected a table in brackets"},
		{"open bracket", "n0[t0]", "n0[t0", "expected a table in brackets"},
		{"natural input", "2*n0[t0]", "2*n0", "reads input 0 without a table"},
		{"future node", "2*n0[t0]", "2*n7[t0]", "reads node 7, which does not exist yet"},
		{"constant", "n1 = -1", "n1 = -9223372036854775808", "line 12: node 1: constant -9223372036854775808 does not fit in 62 bits"},
		{"coefficient", "+ 2*n0", "+ x*n0", `coefficient "x"`},
		{"range", "+ 2*n0", "+ 4611686018427387904*n0", "form range does not fit in 62 bits"},
		{"step input", "step n2 = n1", "step n2 = n0", "step does not read a form"},
		{"step offset", "off=1 count=2", "off=2 count=2", "step uses [2,+2) of tables"},
		{"step key", "off=1 count=2", "off=-1 count=2", "expected off=NUMBER"},
		{"factors", "product n3 = n2 * n0[t3]", "product n3 = n2", "product of 1 views"},
		{"factor", "product n3 = n2 *", "product n3 = n1 *", "product of a form"},
		{"order", "product n3", "product n4", `expected node n3, found "n4"`},
		{"operation", "product n3", "quotient n3", `unknown operation "quotient"`},
		{"origin", "@ s1 1 2 3 0", "@ s1 1 2 3", "is not \"sN t a b j\""},
		{"origin stage", "@ s1 1 2 3 0", "@ s4 1 2 3 0", "unknown stage 4"},
		{"origin index", "@ s1 1 2 3 0", "@ s1 1 2 3 -2", `origin index "-2"`},
		{"logit", "logits 0 n4 n1", "logits 0 n4 n3", "logit 3 is not a form"},
		{"label", "labels 0 n5", "labels 0 n2", "label 2 is not a step with values 0 and 1"},
		{"position", "labels 1", "labels 7", "expected position 1"},
		{"two logits", "labels 0 n5", "logits 0 n5", "logits and labels of a position in turn"},
		{"no labels", "logits 1\nlabels 1\n", "logits 1\n", "logits without labels"},
		{"end", "labels 1\n", "labels 1", "the file ends within a line"},
		{"word", "labels 1\n", "what\n", "expected stage, table, input"},
		{"plus sign", "n1 = -1 + 2*", "n1 = -1 + +2*", "not as this program writes it"},
		{"two spaces", "off=1 count", "off=1  count", "not as this program writes it"},
		{"carriage return", "labels 1\n", "labels 1\r\n", "not as this program writes it"},
		{"leading zero", "table t0 0 1", "table t0 0 01", "not as this program writes it"},
		{"other quotes", `s1 "rest"`, "s1 `rest`", "not as this program writes it"},
		{"late table", "labels 1\n", "labels 1\ntable t6 77\n", "out of order: stages come first"},
	} {
		changed := strings.Replace(text, test.from, test.to, 1)
		if changed == text {
			t.Errorf("%s: %q is not in the text", test.name, test.from)
			continue
		}
		_, err := ReadText(strings.NewReader(changed))
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), "line ") {
			t.Errorf("%s: error %v, want a line and %q", test.name, err, test.want)
		}
	}
}

// header is a compact file's beginning: nodes, terms, tables, stages, positions.
func header(counts ...uint64) []byte {
	b := append([]byte(binaryMagic), binaryOne)
	for _, v := range counts {
		b = binary.AppendUvarint(b, v)
	}
	return b
}

func TestReadBinaryErrors(t *testing.T) {
	good := written(t, tiny(t), ownForms[1])
	const huge = 1<<31 - 1
	for _, test := range []struct {
		name, want string
		data       []byte
	}{
		{"empty", "bad magic", nil},
		{"magic", "bad magic", []byte("tc0thresxxxx")},
		{"version", "format version 7", append([]byte(binaryMagic), 7)},
		{"trailing", "bytes follow", append(good[:len(good):len(good)], 0)},
		{"terms", "header says 1 terms", header(0, 1, 0, 0, 0)},
		{"kind", "unknown operation 9", append(header(1, 0, 0, 0, 0), 9)},
		{"hostile nodes", "unexpected EOF", header(huge, huge, 0, 0, 0)},
		{"hostile positions", "unexpected EOF", binary.AppendUvarint(header(0, 0, 0, 0, huge), huge)},
		{"hostile name", "unexpected EOF", binary.AppendUvarint(header(0, 0, 0, 1, 0), huge)},
		{"hostile table", "unexpected EOF", binary.AppendUvarint(header(0, 0, huge, 0, 0), huge)},
		{"hostile form", "unexpected EOF", binary.AppendUvarint(append(header(1, 0, 0, 0, 0), byte(Form), 0), huge)},
		{"hostile product", "unexpected EOF", binary.AppendUvarint(append(header(1, 0, 0, 0, 0), byte(Product)), huge)},
		{"count", "out of range", header(1 << 40)},
		{"overlong", "shortest form", append(header(), 0x80, 0)},
		{"overflow", "shortest form", append(header(), 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2)},
		{"origin", "does not fit in 32 bits", binary.AppendVarint(append(header(1, 0, 0, 0, 0), byte(Input), 1), 1<<31)},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := ReadBinary(bytes.NewReader(test.data))
		runtime.ReadMemStats(&after)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want %q", test.name, err, test.want)
		}
		if n := after.TotalAlloc - before.TotalAlloc; n > 1<<20 {
			t.Errorf("%s: %d bytes allocated for %d read", test.name, n, len(test.data))
		}
	}
}

func TestBuilderErrors(t *testing.T) {
	for _, test := range []struct {
		name string
		run  func(b *Builder, x, f Node)
		want string
	}{
		{"constant", func(b *Builder, _, _ Node) { b.Form(math.MinInt64, nil) }, "does not fit"},
		{"step count", func(b *Builder, _, f Node) { b.Step(f, b.Table([]int64{1}), b.Table([]int64{0, 1}), 1, math.MaxInt) }, "missing or shorter"},
		{"step range", func(b *Builder, _, f Node) { b.Step(f, b.Table(nil), b.Table([]int64{math.MinInt64}), 0, 0) }, "step range"},
		// The index of a table serves all steps, so an unsorted rest would
		// falsify the levels of its sorted part.
		{"unsorted rest", func(b *Builder, _, f Node) { b.Step(f, b.Table([]int64{9, 1, 2}), b.Table([]int64{0, 0, 1, 2}), 1, 2) }, "do not ascend at 1"},
		{"product range", func(b *Builder, x, _ Node) {
			v := View{x, b.Table([]int64{1 << 31, 0})}
			b.Product(v, v)
		}, "product range"},
		{"five factors", func(b *Builder, x, _ Node) {
			v := View{x, b.Table([]int64{1, 0})}
			b.Product(v, v, v, v, v)
		}, "product of 5 views"},
		{"form by table", func(b *Builder, _, f Node) { b.Form(0, []Term{{1, View{f, b.Table(nil)}}}) }, "reads a form through a table"},
		{"origin", func(b *Builder, _, _ Node) { b.At(Origin{T: -2}) }, "origin index -2"},
		{"input levels", func(b *Builder, _, _ Node) { b.Input(1 << 31) }, "input with 2147483648 levels"},
		{"first sticks", func(b *Builder, _, _ Node) { b.Fail("one"); b.Fail("two") }, "node 2: one"},
	} {
		b := NewBuilder()
		b.At(Origin{b.Stage("s"), -1, -1, -1, -1})
		x := b.Input(2)
		test.run(b, x, b.Form(0, nil))
		if _, err := b.Finish(); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want %q", test.name, err, test.want)
		}
	}
	b := NewBuilder()
	b.Input(2)
	if b.Err() == nil {
		t.Error("a node without a stage is accepted, though its name cannot be written")
	}
}

// TestWrapOnTheWay: a product and a sum that leave int64 before they come back
// into their proved ranges are exact, in each way that they are computed.
func TestWrapOnTheWay(t *testing.T) {
	b := NewBuilder()
	b.At(Origin{b.Stage("s"), -1, -1, -1, -1})
	x := b.Input(2)
	large, none := View{x, b.Table([]int64{1 << 50, 3})}, View{x, b.Table([]int64{0, 0})}
	within := View{b.Product(none, large), Natural}      // coefficient · large wraps
	apart := View{b.Product(none, none, large), Natural} // read twice, so it stands alone
	f := b.Form(7, []Term{{1 << 40, within}, {1 << 40, apart}, {-1 << 40, apart}, {1<<11 - 1, large}})
	b.Output([]Node{f}, nil)
	c, err := b.Finish()
	if err != nil {
		t.Fatal(err)
	}
	r, err := NewEvaluator(c).Eval(t.Context(), [][]int{{0}, {1}})
	if err != nil {
		t.Fatal(err)
	}
	want := [][]int64{{7 + (1<<11-1)<<50}, {7 + 3*(1<<11-1)}}
	if got := [][]int64{r[0].Logits[0], r[1].Logits[0]}; !cmp.Equal(want, got) {
		t.Errorf("logits %v, want %v", got, want)
	}
}

func TestEvaluatorErrors(t *testing.T) {
	e := NewEvaluator(tiny(t))
	for _, test := range []struct {
		word []int
		want string
	}{
		{nil, "word 1: 0 tokens, the circuit has 1 inputs"},
		{[]int{3}, "word 1: token 3 at position 0 is outside 0..2"},
		{[]int{-1}, "word 1: token -1 at position 0 is outside 0..2"},
	} {
		if _, err := e.Eval(t.Context(), [][]int{{0}, test.word}); err == nil || err.Error() != test.want {
			t.Errorf("%v: error %v, want %q", test.word, err, test.want)
		}
	}
}

func FuzzReadText(f *testing.F)   { fuzz(f, ownForms[0]) }
func FuzzReadBinary(f *testing.F) { fuzz(f, ownForms[1]) }

// fuzz: what is read without an error is written as the same bytes, and round
// trips through the other form; reading never panics.
func fuzz(f *testing.F, own ownForm) {
	f.Add(written(f, tiny(f), own))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		canonical(t, own, data)
		if c, err := own.read(bytes.NewReader(data)); err == nil {
			roundTrip(t, c)
		}
	})
}
