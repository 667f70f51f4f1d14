package formula

import (
	"math/big"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestParse(t *testing.T) {
	for _, c := range []struct {
		text, print string
		names       string
		size, depth int
		truth       string // values on assignments 0…0, 10…0, 010…0, …
	}{
		{"x1", "x1", "x1", 1, 0, "01"},
		{"0", "0", "", 1, 0, "0"},
		{" ( ( 1 ) ) ", "1", "", 1, 0, "1"},
		{"!x1", "!x1", "x1", 1, 0, "10"},
		{"x1&x2", "x1 & x2", "x1 x2", 2, 1, "0001"},
		{"x1 & (x2 | !x3)", "x1 & (x2 | !x3)", "x1 x2 x3", 3, 2, "01010001"},
		{"x3 | x1", "x3 | x1", "x1 x2 x3", 2, 1, "01011111"},
		{"b ^ a", "b ^ a", "b a", 2, 2, "0110"},
		{"a -> b", "!a | b", "a b", 2, 1, "1011"},
		{"a <-> b", "!(a ^ b)", "a b", 2, 2, "1001"},
		{"a -> b -> c", "!a | (!b | c)", "a b c", 3, 2, "11101111"},
		{"a <-> b <-> c", "!(!(a ^ b) ^ c)", "a b c", 3, 4, "01101001"},
		{"a | b ^ c & !!a", "a | b ^ c & !!a", "a b c", 4, 4, "01110111"},
		{"a & (b & c)", "a & (b & c)", "a b c", 3, 2, "00000001"},
		{"a & b & c", "a & b & c", "a b c", 3, 2, "00000001"},
		{"x0 & x2", "x0 & x2", "x0 x1 x2", 2, 1, "00000101"},
		{"x01 | x1", "x01 | x1", "x01 x1", 2, 1, "0111"},
		{`"odd name\n" & a[3].q$`, `"odd name\n" & a[3].q$`, "odd name\n a[3].q$", 2, 1, "0001"},
	} {
		f := mustParse(t, c.text)
		names := strings.Join(f.Names(), " ")
		if f.String() != c.print || names != c.names || f.Size().Int64() != int64(c.size) || f.Depth() != c.depth {
			t.Errorf("%s: %s over %q, size %v, depth %d", c.text, f, names, f.Size(), f.Depth())
		}
		var truth strings.Builder
		for k := range 1 << len(f.Names()) {
			x := make([]bool, len(f.Names()))
			for v := range x {
				x[v] = k>>v&1 == 1
			}
			if f.Value(x) {
				truth.WriteString("1")
			} else {
				truth.WriteString("0")
			}
		}
		if truth.String() != c.truth {
			t.Errorf("%s: values %s, want %s", c.text, truth.String(), c.truth)
		}
	}
}

func TestParseErrors(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", "column 1: expected a name, 0, 1, ! or (, found the end"},
		{"x1 &", "column 5: expected a name, 0, 1, ! or (, found the end"},
		{"x1 x2", `column 4: expected an operator or ), found "x2"`},
		{"(x1 | x2", "column 1: this ( is never closed"},
		{"x1 | x2)", "column 8: this ) closes nothing"},
		{"x1 && x2", `column 5: expected a name, 0, 1, ! or (, found "&"`},
		{"()", `column 2: expected a name, 0, 1, ! or (, found ")"`},
		{"x1 !", `column 4: expected an operator or ), found "!"`},
		{"~x1", `column 1: unknown symbol '~': write ! for not`},
		{"x1 * x2", `column 4: unknown symbol '*': write & for and`},
		{"x1 + x2", `column 4: unknown symbol '+': write | for or, or ^ for exclusive or`},
		{"x1'", `column 3: unknown symbol '\'': write ! for not, before its operand`},
		{"x1 - x2", `column 4: unknown symbol '-'; operators are ! & ^ | -> <->`},
		{"1x & y", `column 1: "1x" is not a name: names begin with a letter or _, constants are 0 and 1`},
		{"2", `column 1: "2" is not a name: names begin with a letter or _, constants are 0 and 1`},
		{`"abc`, `column 1: expected a name in double quotes, found "\"abc"`},
		{"é & ∧", `column 1: unknown symbol 'é'; operators are ! & ^ | -> <->`},
		{`"é" ∧`, `column 5: unknown symbol '∧'; operators are ! & ^ | -> <->`},
		{"x1 &\nx2 x3", `line 2, column 4: expected an operator or ), found "x3"`},
		{"x65537", "variable x65537: numbers go up to 65536"},
		{"x99999999999999999999", "variable x9223372036854775807: numbers go up to 65536"},
	} {
		if _, err := Parse(c.text); err == nil || err.Error() != c.want {
			t.Errorf("%q: error %v, want %s", c.text, err, c.want)
		}
	}
}

// TestNesting: 100,000 levels, of parentheses, negations and operators.
func TestNesting(t *testing.T) {
	const n = 100_000
	for _, text := range []string{
		strings.Repeat("(", n) + "x1" + strings.Repeat(")", n),
		strings.Repeat("!", n) + "x1",
		strings.Repeat("(x1&", n) + "x1" + strings.Repeat(")", n),
		strings.Repeat("x1->", n) + "x1",
	} {
		f := mustParse(t, text)
		if !f.Value([]bool{true}) || f.Size().Int64() <= maxText && !mustParse(t, f.String()).Equal(f) {
			t.Errorf("%.20s…: wrong", text)
		}
	}
	if _, err := Parse(strings.Repeat("(", n)); err == nil || !strings.HasPrefix(err.Error(), "column 100001: ") {
		t.Error(err)
	}
}

// TestRoundTrip: what is printed reads back as the same tree.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := draw(t, 4, rapid.IntRange(1, 12).Draw(t, "nodes"))
		g, err := Parse(f.String())
		if err != nil || !g.Equal(f) || g.Depth() != f.Depth() || g.Size().Cmp(f.Size()) != 0 {
			t.Fatalf("%v reads back as %v, %v", f, g, err)
		}
	})
}

func TestEqual(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"x1 & x2", "(x1) & x2", true}, {"x1 & x2", "x2 & x1", false}, {"x1", "x2", false}, {"x2", "x2 & 1", false},
		{"a & (b & c)", "a & b & c", false}, {"a | b", "a ^ b", false}, {"!a", "a", false}, {"0", "1", false},
	} {
		if got := mustParse(t, c.a).Equal(mustParse(t, c.b)); got != c.want {
			t.Errorf("%s and %s: %v", c.a, c.b, got)
		}
	}
}

// TestSize: sizes of shared formulas, exact up to 2^1024.
func TestSize(t *testing.T) {
	b, err := NewBuilder([]string{"x"})
	if err != nil {
		t.Fatal(err)
	}
	x := b.Variable(0)
	for level := range 2001 {
		f := b.Formula(x)
		want := new(big.Int).Lsh(big.NewInt(1), uint(min(level, 1024)))
		if got := f.Size(); got.Cmp(want) != 0 || f.Depth() != level {
			t.Fatalf("level %d: size %v, depth %d", level, got, f.Depth())
		}
		x = b.And(x, x)
	}
	if s := b.Formula(x).String(); !strings.HasPrefix(s, "(a formula of ") {
		t.Errorf("%.40s", s)
	}
}

func TestParseAssignment(t *testing.T) {
	names := []string{"x1", "x2", "odd name"}
	for _, text := range []string{"101", "x2=0,x1=1, odd name=1"} {
		x, err := ParseAssignment(text, names)
		if diff := cmp.Diff([]bool{true, false, true}, x); err != nil || diff != "" {
			t.Errorf("%s: %v %s", text, err, diff)
		}
	}
	for _, c := range []struct{ text, want string }{
		{"10", `assignment "10" has 2 bits for 3 variables: x1 x2 "odd name"`},
		{"1021", `assignment "1021" has 4 bits for 3 variables: x1 x2 "odd name"`},
		{"10x", `assignment "10x": character 3 is neither 0 nor 1`},
		{"x1=1,x2=1", `assignment: variable "odd name" is missing`},
		{"x1=1,x1=1", `assignment: expected x1 once, as x1=0 or x1=1, found "x1=1"`},
		{"x1=2", `assignment: expected x1 once, as x1=0 or x1=1, found "x1=2"`},
		{"y=1", `assignment: there is no variable "y" among x1 x2 "odd name"`},
	} {
		if _, err := ParseAssignment(c.text, names); err == nil || err.Error() != c.want {
			t.Errorf("%s: error %v, want %s", c.text, err, c.want)
		}
	}
}

// TestEvaluator: 64 assignments at once agree with one at a time.
func TestEvaluator(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := draw(t, 7, rapid.IntRange(1, 20).Draw(t, "nodes"))
		a := Assignments{Variables: 7, Support: []int{0, 1, 2, 3, 4, 5, 6}}
		e, k := NewEvaluator(f), 0
		for in, mask := range a.Blocks() {
			out := e.Eval(in)
			for i := range 64 {
				x := Assignment(in, i)
				number := 0
				for v, bit := range x {
					if bit {
						number |= 1 << v
					}
				}
				if mask>>i&1 == 0 || number != k || f.Value(x) != (out>>i&1 == 1) {
					t.Fatalf("assignment %d is %v", k, x)
				}
				k++
			}
		}
		if k != 128 {
			t.Fatalf("%d assignments", k)
		}
	})
}

func TestEquivalent(t *testing.T) {
	var many []string
	for v := range 18 {
		many = append(many, "x"+string(rune('a'+v)))
	}
	or, and := strings.Join(many, "|"), strings.Join(many, "&")
	for _, c := range []struct {
		a, b string
		want Comparison
	}{
		{"x1 & x2", "!(!x1 | !x2)", Comparison{Equal: true, Method: "exhaustive", Compared: 4}},
		{"x1 & x2", "x1 | x2", Comparison{Method: "exhaustive", Compared: 2, Witness: []bool{true, false}}},
		{or, or, Comparison{Equal: true, Method: "sampled", Compared: 1000, Seed: 4}},
	} {
		got, err := Equivalent(mustParse(t, c.a), mustParse(t, c.b), 1000, 4)
		if diff := cmp.Diff(c.want, got); err != nil || diff != "" {
			t.Errorf("%s and %s: %v %s", c.a, c.b, err, diff)
		}
	}
	got, err := Equivalent(mustParse(t, or), mustParse(t, and), 1000, 4)
	if err != nil || got.Equal || got.Method != "sampled" || len(got.Witness) != 18 {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := Equivalent(mustParse(t, "a"), mustParse(t, "b"), 1, 1); err == nil {
		t.Error("different variables were compared")
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"x1 & (x2 | !x3)", "a->b<->!c^0|1", `"q" & x`, "((", "x1)", "x1'"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		g, err := Parse(text)
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("error of several lines: %v", err)
			}
			return
		}
		if g.Size().Int64() > maxText {
			return
		}
		h, err := Parse(g.String())
		if err != nil || !h.Equal(g) || h.String() != g.String() {
			t.Errorf("%q prints as %q, %v", text, g, err)
		}
	})
}
