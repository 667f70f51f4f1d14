package export

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tc0/circuits/threshold"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func write(t testing.TB, c *threshold.Circuit, f Format, opts Options) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, c, f, opts); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestGolden(t *testing.T) {
	for _, f := range Formats() {
		opts := Options{ASCII: true}
		t.Run(string(f), func(t *testing.T) {
			got := write(t, majority(t), f, opts)
			file := filepath.Join("testdata", "majority."+string(f))
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
		})
	}
}

func TestOwnFormsReadBack(t *testing.T) {
	for _, s := range samples(t) {
		for f, read := range map[Format]func([]byte) (*threshold.Circuit, error){
			Text:   func(b []byte) (*threshold.Circuit, error) { return threshold.ReadText(bytes.NewReader(b)) },
			Binary: func(b []byte) (*threshold.Circuit, error) { return threshold.ReadBinary(bytes.NewReader(b)) },
		} {
			first := write(t, s.c, f, Options{})
			c, err := read(first)
			if err != nil {
				t.Fatalf("%s %s: %v", s.name, f, err)
			}
			if !bytes.Equal(first, write(t, c, f, Options{})) {
				t.Errorf("%s %s: second writing differs", s.name, f)
			}
		}
	}
}

func TestAIGERAgreesWithSimulation(t *testing.T) {
	for _, s := range samples(t) {
		t.Run(s.name, func(t *testing.T) {
			want, _ := simulated(t, s)
			ascii := parseAIGER(t, write(t, s.c, AIGER, Options{ASCII: true}))
			binary := parseAIGER(t, write(t, s.c, AIGER, Options{}))
			if d := cmp.Diff(ascii, binary, cmp.AllowUnexported(andGraph{})); d != "" {
				t.Fatalf("-ascii +binary:\n%s", d)
			}
			if n := int(s.c.Inputs()) + len(binary.outputs); len(binary.symbols) != n {
				t.Errorf("%d symbols, want %d", len(binary.symbols), n)
			}
			for i, w := range s.words {
				if d := cmp.Diff(want[i], binary.eval(inputBits(s.c, w))); d != "" {
					t.Fatalf("word %v: -simulated +aiger:\n%s", w, d)
				}
			}
		})
	}
}

func TestBLIFAgreesWithSimulation(t *testing.T) {
	for _, s := range samples(t) {
		t.Run(s.name, func(t *testing.T) {
			outputs, gates := simulated(t, s)
			text := string(write(t, s.c, BLIF, Options{}))
			for i, w := range s.words[:min(len(s.words), 12)] {
				value := evalBLIF(t, text, inputBits(s.c, w))
				for g, want := range gates[i] {
					if got := value[fmt.Sprintf("g%d", g)]; got != want {
						t.Fatalf("word %v: gate %d is %v, want %v", w, g, got, want)
					}
				}
				k := 0
				for p, o := range s.c.Outputs() {
					for class := range o {
						if got := value[fmt.Sprintf("y%d_%d", p, class)]; got != outputs[i][k] {
							t.Fatalf("word %v: y%d_%d is %v", w, p, class, got)
						}
						k++
					}
				}
			}
		})
	}
}

// TestOPBFixesEveryGate: the simulated values satisfy all constraints, and each
// gate's value is forced: flipping any one breaks a constraint.
func TestOPBFixesEveryGate(t *testing.T) {
	for _, s := range samples(t) {
		t.Run(s.name, func(t *testing.T) {
			_, gates := simulated(t, s)
			n, cs := parseOPB(t, string(write(t, s.c, OPB, Options{})))
			for i, w := range s.words {
				x := append(inputBits(s.c, w), gates[i]...)
				if len(x) != n {
					t.Fatalf("%d variables, want %d", n, len(x))
				}
				if !allHold(cs, x) {
					t.Fatalf("word %v: the circuit's own values break a constraint", w)
				}
				for k := range x {
					x[k] = !x[k]
					if allHold(cs, x) {
						t.Fatalf("word %v: variable %d may be flipped", w, k+1)
					}
					x[k] = !x[k]
				}
			}
		})
	}
}

func TestJSONLists(t *testing.T) {
	type wire struct {
		From   string
		Weight int64
	}
	type doc struct {
		Gates, Inputs uint64
		Positions     []int
		Outputs       [][]string
		List          []struct {
			Gate      uint64
			Threshold int64
			Stage     string
			Wires     []wire
		}
	}
	for _, s := range samples(t) {
		var d doc
		if err := json.Unmarshal(write(t, s.c, JSON, Options{}), &d); err != nil {
			t.Fatalf("%s: %v", s.name, err)
		}
		if d.Gates != s.c.Gates() || d.Inputs != s.c.Inputs() || uint64(len(d.List)) != d.Gates || !cmp.Equal(d.Positions, tokensOf(s.c)) {
			t.Errorf("%s: counts %d %d %d %v", s.name, d.Gates, d.Inputs, len(d.List), d.Positions)
		}
		wires := uint64(0)
		for i, g := range d.List {
			if g.Gate != uint64(i) {
				t.Errorf("%s: gate %d at %d", s.name, g.Gate, i)
			}
			wires += uint64(len(g.Wires))
		}
		if want := s.c.Stats().Wires; wires != want {
			t.Errorf("%s: %d wires, want %d", s.name, wires, want)
		}
	}
}

// TestDecompositionStaysSmall: adders bound the conjunctions by fan-in times
// weight bits, and gates of one bank share them.
func TestDecompositionStaysSmall(t *testing.T) {
	c := wide(t)
	ands := len(parseAIGER(t, write(t, c, AIGER, Options{})).ands)
	if limit := 300 * 41 * 7; ands > limit {
		t.Errorf("%d conjunctions for 300 sources of 41 bits, want at most %d", ands, limit)
	}
	if ands := len(parseAIGER(t, write(t, majority(t), AIGER, Options{})).ands); ands > 4 {
		t.Errorf("majority of three in %d conjunctions, want 4", ands)
	}
}

func TestErrors(t *testing.T) {
	c := mixed(t)
	for _, test := range []struct {
		name string
		run  func() error
		want string
	}{
		{"format", func() error { _, err := ParseFormat("pdf"); return err }, "want one of text, binary, json, dot, verilog, blif, opb, aiger"},
		{"unknown", func() error { return Write(&bytes.Buffer{}, c, "pdf", Options{}) }, `unknown format "pdf"`},
		{"dot", func() error { return Write(&bytes.Buffer{}, c, DOT, Options{MaxDrawn: 3}) }, "gates; a drawing of more than 3"},
		{"model", func() error { return Write(&bytes.Buffer{}, c, BLIF, Options{Model: "a b"}) }, `model name "a b"`},
		{"short", func() error { return WriteQuery(&bytes.Buffer{}, c, Query{Word: []int{0}}) }, "1 tokens, the circuit reads 2"},
		{"token", func() error { return WriteQuery(&bytes.Buffer{}, c, Query{Word: []int{0, 3}}) }, "token 3 at position 1 is outside 0..2"},
		{"class", func() error { return WriteQuery(&bytes.Buffer{}, c, Query{Word: []int{0, 0}, Class: 9}) }, "output y0_9 does not exist"},
	} {
		if err := test.run(); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want %q", test.name, err, test.want)
		}
	}
	for _, f := range Formats() {
		if got, err := ParseFormat(string(f)); err != nil || got != f {
			t.Errorf("ParseFormat(%q) = %q, %v", f, got, err)
		}
	}
}

var errFull = errors.New("disk full")

type fullDisk struct{ left int }

func (d *fullDisk) Write(p []byte) (int, error) {
	if d.left -= len(p); d.left < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestWriteErrorsSurface(t *testing.T) {
	c := wide(t)
	for _, f := range Formats() {
		for _, room := range []int{0, 1 << 16} {
			if len(write(t, c, f, Options{})) <= room {
				continue
			}
			if err := Write(&fullDisk{room}, c, f, Options{}); !errors.Is(err, errFull) {
				t.Errorf("%s with room for %d: error %v", f, room, err)
			}
		}
	}
}

func ExampleWrite() {
	b := threshold.NewBuilder()
	tag := threshold.Tag{Node: -1, Stage: -1}
	token := b.Input(3, tag)
	f := b.Form(0, []threshold.Term{{Coef: 1, Ref: threshold.BankRef(token), Table: b.Table([]int64{-1, 0, 2})}})
	g := b.Level(f, b.Table([]int64{2}), 0, 1, 1, tag)
	b.Output([]threshold.Output{{Bank: int32(g)}})
	c, _ := b.Finish()
	_ = Write(os.Stdout, c, Verilog, Options{Model: "isTwo"})
	// Output:
	// module isTwo (
	// 	input wire x0_0, x0_1, x0_2,
	// 	output wire y0_0
	// );
	// 	wire g0; // 2 inputs
	// 	assign g0 = 4'sd0 - (x0_0 ? 4'sd1 : 4'sd0) + (x0_2 ? 4'sd2 : 4'sd0) >= 4'sd2;
	// 	assign y0_0 = g0;
	// endmodule
}
