package export

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"math/big"
	"strings"
	"testing"
)

// andGraph is a parsed AIGER file without latches.
type andGraph struct {
	inputs  int
	outputs []uint64
	ands    [][3]uint64
	symbols []string
}

// parseAIGER reads either form, checking the order that the format requires.
func parseAIGER(t testing.TB, data []byte) andGraph {
	t.Helper()
	r := bufio.NewReader(bytes.NewReader(data))
	var kind string
	var m, latches, outputs, ands int
	var g andGraph
	if _, err := fmt.Fscanf(r, "%s %d %d %d %d %d\n", &kind, &m, &g.inputs, &latches, &outputs, &ands); err != nil {
		t.Fatalf("header: %v", err)
	}
	if latches != 0 || m != g.inputs+ands {
		t.Fatalf("header: %d variables, %d inputs, %d latches, %d ands", m, g.inputs, latches, ands)
	}
	number := func() (v uint64) {
		if _, err := fmt.Fscanf(r, "%d\n", &v); err != nil {
			t.Fatal(err)
		}
		return v
	}
	if kind == "aag" {
		for i := range g.inputs {
			if v := number(); v != uint64(2*i+2) {
				t.Fatalf("input %d is literal %d", i, v)
			}
		}
	}
	for range outputs {
		g.outputs = append(g.outputs, number())
	}
	for i := range ands {
		out := uint64(2 * (g.inputs + i + 1))
		a := [3]uint64{out}
		if kind == "aag" {
			if _, err := fmt.Fscanf(r, "%d %d %d\n", &a[0], &a[1], &a[2]); err != nil {
				t.Fatal(err)
			}
		} else {
			d0, err0 := binary.ReadUvarint(r)
			d1, err1 := binary.ReadUvarint(r)
			if err0 != nil || err1 != nil {
				t.Fatal(err0, err1)
			}
			a[1] = out - d0
			a[2] = a[1] - d1
		}
		if a[0] != out || a[1] >= out || a[2] > a[1] {
			t.Fatalf("and %d is %v", i, a)
		}
		g.ands = append(g.ands, a)
	}
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return g
		}
		if strings.HasPrefix(line, "c") { // comments come last
			return g
		}
		g.symbols = append(g.symbols, strings.TrimSpace(line))
	}
}

// eval is the outputs on input bits.
func (g andGraph) eval(in []bool) []bool {
	value := make([]bool, g.inputs+len(g.ands)+1)
	copy(value[1:], in)
	at := func(l uint64) bool { return value[l>>1] != (l&1 == 1) }
	for _, a := range g.ands {
		value[a[0]>>1] = at(a[1]) && at(a[2])
	}
	var out []bool
	for _, l := range g.outputs {
		out = append(out, at(l))
	}
	return out
}

// evalBLIF evaluates a model whose tables are in topological order.
func evalBLIF(t testing.TB, text string, in []bool) map[string]bool {
	t.Helper()
	value := map[string]bool{}
	lines := strings.Split(strings.ReplaceAll(text, "\\\n", ""), "\n")
	for i := 0; i < len(lines); i++ {
		f := strings.Fields(lines[i])
		switch {
		case len(f) == 0:
		case f[0] == ".inputs":
			for k, name := range f[1:] {
				value[name] = in[k]
			}
		case f[0] == ".names":
			on := false
			for i+1 < len(lines) && !strings.HasPrefix(lines[i+1], ".") {
				i++
				on = on || matches(t, value, f[1:len(f)-1], lines[i])
			}
			value[f[len(f)-1]] = on
		}
	}
	return value
}

func matches(t testing.TB, value map[string]bool, names []string, row string) bool {
	t.Helper()
	cube, out, _ := strings.Cut(row, " ")
	if len(names) == 0 {
		cube, out = "", row
	}
	if out != "1" || len(cube) != len(names) {
		t.Fatalf("row %q for %v", row, names)
	}
	all := true
	for i, name := range names {
		v, ok := value[name]
		if !ok {
			t.Fatalf("%s is read before it is defined", name)
		}
		all = all && v == (cube[i] == '1')
	}
	return all
}

// constraint is Σ coef·x >= bound, or = bound.
type constraint struct {
	coef  []*big.Int
	at    []int
	equal bool
	bound *big.Int
}

func parseOPB(t testing.TB, text string) (variables int, cs []constraint) {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(text), "\n")
	var count int
	if _, err := fmt.Sscanf(lines[0], "* #variable= %d #constraint= %d", &variables, &count); err != nil {
		t.Fatalf("%q: %v", lines[0], err)
	}
	for _, line := range lines[1:] {
		if strings.HasPrefix(line, "*") {
			continue
		}
		f := strings.Fields(line)
		n := len(f)
		if n < 3 || f[n-1] != ";" {
			t.Fatalf("constraint %q", line)
		}
		c := constraint{equal: f[n-3] == "=", bound: integer(t, f[n-2])}
		for i := 0; i < n-3; i += 2 {
			var v int
			if _, err := fmt.Sscanf(f[i+1], "x%d", &v); err != nil || v < 1 || v > variables {
				t.Fatalf("variable %q in %q", f[i+1], line)
			}
			c.coef, c.at = append(c.coef, integer(t, f[i])), append(c.at, v-1)
		}
		cs = append(cs, c)
	}
	if len(cs) != count {
		t.Fatalf("%d constraints, the header says %d", len(cs), count)
	}
	return variables, cs
}

func integer(t testing.TB, s string) *big.Int {
	t.Helper()
	v, ok := new(big.Int).SetString(strings.TrimPrefix(s, "+"), 10)
	if !ok {
		t.Fatalf("%q is not an integer", s)
	}
	return v
}

func (c constraint) holds(x []bool) bool {
	sum := new(big.Int)
	for i, v := range c.at {
		if x[v] {
			sum.Add(sum, c.coef[i])
		}
	}
	if c.equal {
		return sum.Cmp(c.bound) == 0
	}
	return sum.Cmp(c.bound) >= 0
}

func allHold(cs []constraint, x []bool) bool {
	for _, c := range cs {
		if !c.holds(x) {
			return false
		}
	}
	return true
}
