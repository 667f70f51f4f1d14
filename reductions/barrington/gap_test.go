package barrington

import (
	"bytes"
	"fmt"
	"os/exec"
	"strings"
	"testing"
)

// TestGAP: GAP multiplies the words of a formula, written as permutations, to the
// witness's element or the identity, and finds a, b and [a,b] conjugate.
func TestGAP(t *testing.T) {
	gap, err := exec.LookPath("gap")
	if err != nil {
		t.Skip("needs gap (Debian gap-core): not installed")
	}
	f := parse(t, "x1 & (x2 | !x3)")
	var script bytes.Buffer
	var want strings.Builder
	for _, name := range []string{"S5", "A6", "SL(2,5)"} {
		l := named(t, name)
		in := NewInstance(f, l)
		pair := l.witness.Commutators()[0]
		fmt.Fprintf(&script, "a:=%v;; b:=%v;; c:=%v;; p:=Group(a,b,c);;\n", gapCycles(pair[0].String()), gapCycles(pair[1].String()),
			gapCycles(l.witness.Element().String()))
		fmt.Fprintf(&script, "Print(c=a*b*a^-1*b^-1 and not IsSolvable(p),\"\\n\");\n")
		want.WriteString("true\n")
		for k := range 8 {
			x := []bool{k&1 == 1, k&2 == 2, k&4 == 4}
			var factors []string
			for letter := range in.Word(x) {
				factors = append(factors, gapCycles(l.maps[letter].String()))
			}
			expected := "()"
			if f.Value(x) {
				expected = "c"
			}
			fmt.Fprintf(&script, "Print(%s=%s,\"\\n\");\n", strings.Join(factors, "*"), expected)
			want.WriteString("true\n")
		}
	}
	cmd := exec.Command(gap, "-q", "--quitonbreak", "-x", "4096")
	cmd.Stdin = &script
	out, err := cmd.CombinedOutput()
	if err != nil || strings.TrimSpace(string(out)) != strings.TrimSpace(want.String()) {
		t.Errorf("%v\n%.2000s", err, out)
	}
}

// gapCycles writes cycles with commas.
func gapCycles(s string) string { return strings.ReplaceAll(s, " ", ",") }
