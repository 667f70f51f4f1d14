package equiv

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"

	"tc0/circuits/arith"
	"tc0/circuits/threshold"
)

// lines is a circuit's text form, to be damaged.
func lines(t fataler, write func(b *bytes.Buffer) error) []string {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	return strings.SplitAfter(b.String(), "\n")
}

func thresholdLines(t fataler, tc *threshold.Circuit) []string {
	return lines(t, func(b *bytes.Buffer) error { return tc.WriteText(b) })
}

func arithLines(t fataler, c *arith.Circuit) []string {
	return lines(t, func(b *bytes.Buffer) error { return c.WriteText(b) })
}

func readThreshold(lines []string) (*threshold.Circuit, error) {
	return threshold.ReadText(strings.NewReader(strings.Join(lines, "")))
}

// replaced is a copy in which the line that begins with prefix is changed.
func replaced(t fataler, lines []string, prefix string, change func(line string) string) []string {
	t.Helper()
	out := append([]string(nil), lines...)
	for i, line := range out {
		if strings.HasPrefix(line, prefix) {
			out[i] = change(line)
			return out
		}
	}
	t.Fatal("no line begins with " + prefix)
	return nil
}

// oneThreshold gives bank b thresholds of its own, the k-th changed by delta.
func oneThreshold(t fataler, tc *threshold.Circuit, b int, k int64, delta int64) (*threshold.Circuit, error) {
	t.Helper()
	d := tc.Bank(b)
	table := fmt.Sprintf("table t%d", tc.Tables())
	for g := range d.Gates {
		v := tc.Table(d.Table)[int64(d.Off)+g*int64(d.Stride)]
		if g == k {
			v += delta
		}
		table += fmt.Sprintf(" %d", v)
	}
	out := replaced(t, thresholdLines(t, tc), "counts ", func(line string) string {
		return strings.Replace(line, fmt.Sprintf("tables=%d", tc.Tables()), fmt.Sprintf("tables=%d", tc.Tables()+1), 1)
	})
	out = replaced(t, out, fmt.Sprintf("table t%d", tc.Tables()-1), func(line string) string { return line + table + "\n" })
	out = replaced(t, out, fmt.Sprintf("level b%d ", b), func(line string) string {
		f := strings.Fields(line)
		f[3], f[4], f[5] = fmt.Sprintf("t%d", tc.Tables()), "off=0", "stride=1"
		return strings.Join(f, " ") + "\n"
	})
	return readThreshold(out)
}

var integer = regexp.MustCompile(`(?:= |[ +] )(-?\d+)(?:\*|[ \n])`)

// mutant changes one threshold, weight or constant of a circuit at random; nil
// when the change does not make a circuit.
func mutant(t fataler, tc *threshold.Circuit, lines []string, r *rand.Rand) *threshold.Circuit {
	t.Helper()
	if b := r.IntN(tc.Banks()); r.IntN(2) == 0 && tc.Bank(b).Kind == threshold.Level && tc.Bank(b).Gates > 0 {
		c, err := oneThreshold(t, tc, b, r.Int64N(tc.Bank(b).Gates), []int64{-1, 1, -40, 40}[r.IntN(4)])
		if err != nil {
			return nil
		}
		return c
	}
	out := append([]string(nil), lines...)
	i := r.IntN(len(out))
	if !strings.HasPrefix(out[i], "form ") && !strings.HasPrefix(out[i], "table ") {
		return nil
	}
	at := integer.FindAllStringSubmatchIndex(out[i], -1)
	if len(at) == 0 {
		return nil
	}
	m := at[r.IntN(len(at))]
	v, err := strconv.ParseInt(out[i][m[2]:m[3]], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	out[i] = out[i][:m[2]] + strconv.FormatInt(v+[]int64{-1, 1, -9, 9}[r.IntN(4)], 10) + out[i][m[3]:]
	c, err := readThreshold(out)
	if err != nil {
		return nil
	}
	return c
}

// firstDiffering is what [Locate] should find, told by two simulations: the node
// of the first bank whose gates are not those of the sound circuit on a word.
func firstDiffering(t fataler, sound, damaged *threshold.Circuit, word []int) (node int, found bool) {
	t.Helper()
	want, got := gatesOf(t, sound, word), gatesOf(t, damaged, word)
	for b := range sound.Banks() {
		if fmt.Sprint(want[b]) != fmt.Sprint(got[b]) {
			return int(sound.Bank(b).Tag.Node), true
		}
	}
	return 0, false
}
