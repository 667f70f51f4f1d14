package formula

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// writeBLIF writes a formula as one table for each node.
func writeBLIF(f *Formula) string {
	var b strings.Builder
	fmt.Fprintf(&b, ".model f\n.inputs %s\n.outputs out\n", strings.Join(f.names, " "))
	for i, n := range f.nodes {
		switch n.Op {
		case False:
			fmt.Fprintf(&b, ".names n%d\n", i)
		case True:
			fmt.Fprintf(&b, ".names n%d\n1\n", i)
		case Variable:
			fmt.Fprintf(&b, ".names %s n%d\n1 1\n", f.names[n.A], i)
		case Not:
			fmt.Fprintf(&b, ".names n%d n%d\n0 1\n", n.A, i)
		case And:
			fmt.Fprintf(&b, ".names n%d n%d n%d\n11 1\n", n.A, n.B, i)
		case Or:
			fmt.Fprintf(&b, ".names n%d n%d n%d\n00 0\n", n.A, n.B, i)
		case Xor:
			fmt.Fprintf(&b, ".names n%d n%d n%d\n10 1\n01 1\n", n.A, n.B, i)
		}
	}
	fmt.Fprintf(&b, ".names n%d out\n1 1\n.end\n", len(f.nodes)-1)
	return b.String()
}

func same(t interface{ Fatalf(string, ...any) }, f *Formula, n *Netlist, output int) {
	g := n.Formula(output)
	c, err := Equivalent(f, g, 1000, 1)
	if err != nil || !c.Equal {
		t.Fatalf("%v reads back as %v: %+v, %v", f, g, c, err)
	}
}

func TestBLIFRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := draw(t, 5, rapid.IntRange(1, 15).Draw(t, "nodes"))
		n, err := ReadNetlist(strings.NewReader(writeBLIF(f)))
		if err != nil {
			t.Fatal(err)
		}
		same(t, f, n, 0)
	})
}

const adder = `# a full adder, out of order
.model \
  adder
.inputs a b
.inputs c # carry
.outputs sum \
carry a
.names p c sum
01 1
10 1
.names a b c carry
11- 1
1-1 1
-11 1
.names a b p
00 0
11 0
.end
anything
`

func TestBLIF(t *testing.T) {
	n, err := ReadBLIF(strings.NewReader(adder))
	if err != nil {
		t.Fatal(err)
	}
	for i, text := range []string{"a ^ b ^ c", "a & b | a & c | b & c", "a | b & !b | c & !c"} {
		same(t, mustParse(t, text), n, i)
	}
	if i, err := n.Output("carry"); i != 1 || err != nil {
		t.Error(i, err)
	}
	for name, want := range map[string]string{
		"":  "the file has 3 outputs: choose one of sum carry a",
		"x": `there is no output "x" among sum carry a`,
	} {
		if _, err := n.Output(name); err == nil || err.Error() != want {
			t.Errorf("output %q: %v", name, err)
		}
	}
}

func TestBLIFErrors(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", "BLIF, line 1: expected .model, found the end of the file"},
		{".model f\n.inputs a\n.outputs q\n.latch a q re clk 0\n.end\n", "BLIF, line 4: .latch is a latch; only combinational .names networks are read"},
		{".model f\n.subckt g x=a\n", "BLIF, line 2: .subckt is a subcircuit: flatten the network first; only combinational .names networks are read"},
		{".model f\n.model g\n", "BLIF, line 2: a second .model: one network a file, flattened"},
		{".model f\n.wire_load_slope 1\n", `BLIF, line 2: expected .model, .inputs, .outputs, .names or .end, found ".wire_load_slope"`},
		{".model f\n11 1\n", `BLIF, line 2: expected .model, .inputs, .outputs or .names, found "11"`},
		{".model f\n.inputs a\n.names a a\n", `BLIF, line 3: "a" is defined twice`},
		{".model f\n.inputs a \\\n b\n.names a b q\n1 1\n", `BLIF, line 5: expected a row of 2 of 0 1 - and then 0 or 1, found "1 1"`},
		{".model f\n.inputs a b\n.names a b q\n12 1\n", `BLIF, line 4: expected a row of 2 of 0 1 - and then 0 or 1, found "12 1"`},
		{".model f\n.inputs a\n.names a q\n1 1\n0 0\n", `BLIF, line 5: the table of "q" has rows for 0 and rows for 1`},
		{".model f\n.names\n", "BLIF, line 2: .names without an output"},
		{".model f\n.outputs q\n", `BLIF, line 2: output "q" is never defined`},
		{".model f\n.outputs q\n.names r q\n1 1\n", `BLIF, line 3: "r" is never defined`},
		{".model f\n.outputs q\n.names r q\n1 1\n.names q r\n1 1\n", `BLIF, line 3: "q" reads itself`},
	} {
		if _, err := ReadBLIF(strings.NewReader(c.text)); err == nil || err.Error() != c.want {
			t.Errorf("%q: error %v, want %s", c.text, err, c.want)
		}
	}
}

func TestAIGER(t *testing.T) {
	for _, c := range []struct {
		name, file string
		outputs    map[string]string // name to formula over x1, x2, x3
	}{
		{"half adder", "aag 7 2 0 2 3\n2\n4\n6\n12\n6 13 15\n12 2 4\n14 3 5\no0 s\no1 c\nc\nfree text\n",
			map[string]string{"s": "x1 ^ x2", "c": "x1 & x2"}},
		{"out of order", "aag 5 3 0 1 2\n4\n2\n6\n10\n10 8 7\n8 2 4\n", map[string]string{"y1": "x1 & x2 & !x3"}},
		{"constants and inputs", "aag 1 1 0 4 0\n2\n0\n1\n2\n3\n", map[string]string{"y1": "x1 & 0", "y2": "x1 | 1", "y3": "x1", "y4": "!x1"}},
		{"binary", "aig 3 2 0 1 1\n7\n\x02\x02", map[string]string{"y1": "!(x1 & x2)"}},
		{"binary with symbols", "aig 3 2 0 1 1\n6\n\x01\x03i0 x1\ni1 x2\no0 f\n", map[string]string{"f": "!x2 & x1"}},
	} {
		n, err := ReadNetlist(strings.NewReader(c.file))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if len(n.Outputs()) != len(c.outputs) {
			t.Errorf("%s: outputs %v", c.name, n.Outputs())
		}
		for name, text := range c.outputs {
			i, err := n.Output(name)
			if err != nil {
				t.Fatal(err)
			}
			same(t, mustParse(t, text), n, i)
		}
	}
}

func TestAIGERErrors(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"aag 1 0 1 0 0\n2 3\n", "AIGER, line 1: the network has 1 latches; only combinational networks are formulas"},
		{"aig 3 1 2 0 0\n", "AIGER, line 1: the network has 2 latches; only combinational networks are formulas"},
		{"aag 1 1 0 0 0 1\n2\n2\n", "AIGER, line 1: the network has 1 bad states, which have no meaning for a formula"},
		{"aag 1 1\n", `AIGER, line 1: expected "aag M I L O A" or "aig M I L O A", found "aag 1 1"`},
		{"aag x 1 0 0 0\n", `AIGER, line 1: "x" is not a count below 2^30`},
		{"aag 99999999999 1 0 0 0\n", `AIGER, line 1: "99999999999" is not a count below 2^30`},
		{"aig 1000000000 1000000000 0 0 0\n", "AIGER, line 1: 1000000000 inputs, at most 65536 are allowed"},
		{"aig 1000000000 0 0 0 1000000000\n", "AIGER, and gate 1 of 1000000000: the file ends early"},
		{"aag 1000000000 1 0 1000000000 1\n2\n", "AIGER, line 3: the file ends early"},
		{"aag 1 2 0 0 0\n2\n4\n", "AIGER, line 1: 1 variables for 2 inputs and 0 and gates"},
		{"aig 3 1 0 0 1\n", "AIGER, line 1: 3 variables for 1 inputs and 1 and gates"},
		{"aag 1 1 0 0 0\n3\n", "AIGER, line 2: literal 3 cannot be defined: it is a constant or a negation"},
		{"aag 2 2 0 0 0\n2\n2\n", "AIGER, line 3: literal 2 is defined twice"},
		{"aag 2 1 0 1 1\n2\n9\n4 2 2\n", `AIGER, line 3: expected a literal 0 to 5, found "9"`},
		{"aag 2 1 0 1 1\n2\n4\n4 2\n", `AIGER, line 4: expected the three literals of an and gate, found "4 2"`},
		{"aag 3 1 0 1 1\n2\n6\n6 2 4\n", "AIGER: literal 4 is never defined"},
		{"aag 3 1 0 1 2\n2\n6\n6 2 4\n4 6 2\n", "AIGER: and gate 1 of 2 reads itself"},
		{"aig 2 1 0 0 1\n\x00\x00", "AIGER, and gate 1 of 1: its first operand is itself"},
		{"aig 2 1 0 0 1\n\x05\x00", "AIGER, and gate 1 of 1: difference 5 from literal 4"},
		{"aag 1 1 0 0 0\n2\ni1 a\n", `AIGER, line 3: there is no "i1" to name: 1 inputs i0 …, 0 outputs o0 …`},
		{"aag 1 1 0 0 0\n2\ni0 a\ni0 b\n", "AIGER, line 4: i0 is named twice"},
		{"aag 1 1 0 0 0\n2\nhello\n", `AIGER, line 3: expected a symbol like "i0 name", or c before comments, found "hello"`},
		{"aag 2 2 0 0 0\n2\n4\ni0 x2\n", "AIGER: variables 1 and 2 are both called x2"},
	} {
		if _, err := ReadAIGER(strings.NewReader(c.text)); err == nil || err.Error() != c.want {
			t.Errorf("%q: error %v, want %s", c.text, err, c.want)
		}
	}
}

// TestDeepNetlists: a long chain, last gate first, is read without recursion.
func TestDeepNetlists(t *testing.T) {
	const n = 100_000
	var aag, blif bytes.Buffer
	fmt.Fprintf(&aag, "aag %d 2 0 1 %d\n2\n4\n%d\n", n+2, n, 2*(n+2))
	fmt.Fprintf(&blif, ".model f\n.inputs a b\n.outputs n%d\n", n+2)
	for i := n + 2; i > 2; i-- {
		fmt.Fprintf(&aag, "%d 2 %d\n", 2*i, 2*i-1)
		from := fmt.Sprintf("n%d", i-1)
		if i == 3 {
			from = "b"
		}
		fmt.Fprintf(&blif, ".names a %s n%d\n10 1\n", from, i)
	}
	for _, file := range []string{aag.String(), blif.String()} {
		net, err := ReadNetlist(strings.NewReader(file))
		if err != nil {
			t.Fatal(err)
		}
		if f := net.Formula(0); f.Depth() != n || f.Size().Int64() != n+1 {
			t.Errorf("depth %d, size %v", f.Depth(), f.Size())
		}
	}
}

func FuzzReadNetlist(f *testing.F) {
	f.Add([]byte(adder))
	f.Add([]byte("aag 7 2 0 2 3\n2\n4\n6\n12\n6 13 15\n12 2 4\n14 3 5\no0 s\nc\nx"))
	f.Add([]byte("aig 3 2 0 1 1\n6\n\x02\x01i0 x1\no0 f\n"))
	f.Add([]byte("aig 3 2 1 1 1\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		n, err := ReadNetlist(bytes.NewReader(data))
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("error of several lines: %v", err)
			}
			return
		}
		for i := range min(len(n.Outputs()), 4) {
			g := n.Formula(i)
			if g.Size().BitLen() > 12 || len(g.Support()) > 8 {
				continue
			}
			h, err := Parse(g.String())
			if err != nil || !h.Equal(g) {
				t.Errorf("output %d prints as %v, %v", i, g, err)
			}
		}
	})
}
