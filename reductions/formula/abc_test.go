package formula

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestABC: random formulas that ABC has read, rewritten and written as BLIF and AIGER
// read back as the same functions, on all assignments; and ABC finds the balanced
// formula equivalent to the first.
func TestABC(t *testing.T) {
	abc, err := exec.LookPath("berkeley-abc")
	if err != nil {
		t.Skip("needs berkeley-abc (Debian berkeley-abc): not installed")
	}
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	const formulas = 25
	var fs []*Formula
	var script strings.Builder
	gen := rapid.Custom(func(t *rapid.T) *Formula { return draw(t, rapid.IntRange(1, 16).Draw(t, "variables"), 30) })
	for i := range formulas {
		f := gen.Example(i)
		g, err := Balance(f, 1<<16)
		if err != nil {
			g = f
		}
		fs = append(fs, f)
		write(fmt.Sprintf("%d.blif", i), writeBLIF(f))
		write(fmt.Sprintf("balanced%d.blif", i), writeBLIF(g))
		script.WriteString(strings.ReplaceAll(`read_blif #.blif
write_blif #.0.net
strash
write_aiger #.1.net
write_aiger -s #.2.net
dc2
write_aiger -s #.3.net
write_blif #.4.net
if -K 4
write_blif #.5.net
cec #.blif balanced#.blif
`, "#", fmt.Sprint(i)))
	}
	write("script", script.String())
	cmd := exec.Command(abc, "-q", "source script")
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if n := strings.Count(string(out), "Networks are equivalent"); err != nil || n != formulas {
		t.Fatalf("%d of %d balanced formulas are equivalent, %v:\n%.3000s", n, formulas, err, out)
	}
	for i, f := range fs {
		for k := range 6 {
			file, err := os.Open(filepath.Join(dir, fmt.Sprintf("%d.%d.net", i, k)))
			if err != nil {
				t.Fatalf("%v\n%.3000s", err, out)
			}
			n, err := ReadNetlist(file)
			file.Close()
			if err != nil {
				t.Fatalf("formula %d, file %d: %v", i, k, err)
			}
			g := n.Formula(0)
			g.names = f.names // unnamed inputs are in the same order
			if c, err := Equivalent(f, g, 0, 0); err != nil || !c.Equal || c.Method != "exhaustive" {
				t.Errorf("%v, file %d: %+v, %v", f, k, c, err)
			}
		}
	}
}
