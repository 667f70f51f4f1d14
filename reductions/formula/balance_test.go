package formula

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// bound is the depth that Balance promises for s leaves.
func bound(s int64) int {
	return 2 * int(math.Ceil(math.Log(float64(s))/math.Log(1.5)-1e-9))
}

// TestBalance: the same function, by exhaustion, no deeper than before and within the
// bound.
func TestBalance(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := draw(t, 8, rapid.IntRange(1, 40).Draw(t, "nodes"))
		g, err := Balance(f, 5000)
		var size *SizeError
		if errors.As(err, &size) {
			if size.Size.Cmp(f.Size()) != 0 || size.Size.Int64() <= 5000 {
				t.Fatal(err)
			}
			return
		}
		c, e := Equivalent(f, g, 0, 0)
		if err != nil || e != nil || !c.Equal || c.Method != "exhaustive" {
			t.Fatalf("%v becomes %v: %+v %v %v", f, g, c, err, e)
		}
		if g.Depth() > f.Depth() || g.Depth() > bound(f.Size().Int64()) {
			t.Fatalf("depth %d becomes %d for %v leaves", f.Depth(), g.Depth(), f.Size())
		}
	})
}

// TestBalanceDepths states what becomes of formulas of known shape.
func TestBalanceDepths(t *testing.T) {
	chain := func(op string, n int) *Formula {
		var names []string
		for v := range n {
			names = append(names, fmt.Sprintf("x%d", v+1))
		}
		return mustParse(t, strings.Join(names, op))
	}
	for _, c := range []struct {
		name          string
		f             *Formula
		before, after int
	}{
		{"variable", chain("&", 1), 0, 0},
		{"and of 8", chain("&", 8), 7, 3},
		{"or of 9", chain("|", 9), 8, 4},
		{"xor of 8", chain("^", 8), 14, 6},
		{"and of 1000", chain("&", 1000), 999, 10},
		{"skewed", mustParse(t, "a & (b & (c & (d | e | f | g)))"), 6, 3},
		{"through negations", mustParse(t, "!(!(!(a & b) | c) | d)"), 3, 3},
		{"constants", mustParse(t, "a & (b | 1) & !(c & 0)"), 3, 0},
		{"same twice", mustParse(t, "a & b & a & b"), 3, 1},
		{"horner of 16", horner(t, 16), 15, 5},
		{"horner of 100", horner(t, 100), 99, 9},
		{"horner of 1000", horner(t, 1000), 999, 14},
		{"horner of 5000", horner(t, 5000), 4999, 17},
	} {
		g, err := Balance(c.f, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		if c.f.Depth() != c.before || g.Depth() != c.after {
			t.Errorf("%s: depth %d becomes %d (bound %d), want %d becomes %d", c.name, c.f.Depth(), g.Depth(),
				bound(c.f.Size().Int64()), c.before, c.after)
		}
		v, err := Equivalent(c.f, g, 100_000/uint64(1+len(c.f.Nodes())/100), 1)
		if err != nil || !v.Equal {
			t.Errorf("%s: %+v, %v", c.name, v, err)
		}
	}
}

// TestSeparator: neither side of a cut has more than two thirds of the leaves.
func TestSeparator(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := draw(t, 8, rapid.IntRange(1, 40).Draw(t, "nodes"))
		if f.Size().BitLen() > 16 {
			return
		}
		d := newDag()
		x := d.load(f)
		if d.size(x) < 2 {
			return
		}
		path := d.separator(x)
		g, total := d.size(path[len(path)-1]), d.size(x)
		if 3*g > 2*total || 3*(total-g) > 2*total {
			t.Fatalf("%d of %d leaves", g, total)
		}
	})
}

// TestBalanceDeep: assignments that leave the value to the deepest variables, which
// random ones never reach.
func TestBalanceDeep(t *testing.T) {
	const n = 1000
	f := horner(t, n)
	g, err := Balance(f, n)
	if err != nil {
		t.Fatal(err)
	}
	ef, eg := NewEvaluator(f), NewEvaluator(g)
	in := make([]uint64, n)
	for first := range n {
		for v := range in { // neutral, but for variable first in some and 7 or so others
			in[v] = -uint64(1 - v%2)
		}
		in[first] ^= 0xaaaaaaaaaaaaaaaa
		for k := range 7 {
			in[(first*31+k*k*97+k)%n] ^= 0x0f0f0f0f0f0f0f0f << k
		}
		if x, y := ef.Eval(in), eg.Eval(in); x != y {
			t.Fatalf("variable %d: %x, balanced %x", first, x, y)
		}
	}
}

// TestBalanceLimit: the exact size is in the error.
func TestBalanceLimit(t *testing.T) {
	b, err := NewBuilder([]string{"x", "y"})
	if err != nil {
		t.Fatal(err)
	}
	x := b.Or(b.Variable(0), b.Variable(1))
	for range 70 {
		x = b.And(b.Not(x), x)
	}
	_, err = Balance(b.Formula(x), 1000)
	want := fmt.Sprintf("written out, the formula has %s leaves; at most 1000 are allowed", new(big.Int).Lsh(big.NewInt(1), 71))
	if err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

func BenchmarkBalance(b *testing.B) {
	f := horner(b, 1<<14)
	for b.Loop() {
		if _, err := Balance(f, 1<<20); err != nil {
			b.Fatal(err)
		}
	}
}
