package threshold

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// strangersReader was written from docs/formats/threshold.md alone.
const strangersReader = "../../docs/formats/read_circuit.py"

// strangersView is what it prints of a circuit.
type strangersView struct {
	Depth         int      `json:"depth"`
	Gates         uint64   `json:"gates"`
	Wires         uint64   `json:"wires"`
	Inputs        uint64   `json:"inputs"`
	Outputs       uint64   `json:"outputs"`
	MaxFanIn      uint64   `json:"max_fan_in"`
	MaxWeightBits int      `json:"max_weight_bits"`
	TotalWeight   *big.Int `json:"total_weight"`
	Words         []strangersWord
	WrittenOut    []strangersGate `json:"written_out"`
}

type strangersWord struct {
	Word   []int
	Labels [][]int
	Gates  string // one digit a gate
}

type strangersGate struct {
	Threshold int64
	Weights   map[string]int64
}

// UnmarshalJSON reads [threshold, {source: weight}].
func (g *strangersGate) UnmarshalJSON(data []byte) error {
	return json.Unmarshal(data, &[]any{&g.Threshold, &g.Weights})
}

// python is the path of a Python that runs the reader. The path is asked for, since
// python3 may be a wrapper that takes longer than the reader.
func python(t *testing.T) string {
	out, err := exec.Command("python3", "-c", "import sys; print(sys.executable, sys.version_info >= (3, 10))").Output()
	if err != nil {
		t.Skipf("python3 does not run: %v", err)
	}
	path, recent, _ := strings.Cut(strings.TrimSpace(string(out)), " ")
	if recent != "True" {
		t.Skip("python3 is older than 3.10")
	}
	return path
}

// strangers runs the reader on files, in order.
func strangers(python string, words [][]int, files ...string) ([]strangersView, error) {
	args := []string{"-I", strangersReader, "--gates"}
	for _, w := range words {
		args = append(args, "--word="+strings.Trim(strings.ReplaceAll(fmt.Sprint(w), " ", ","), "[]"))
	}
	var stderr strings.Builder
	cmd := exec.Command(python, append(args, files...)...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%w: %s", err, stderr.String())
	}
	var views []strangersView
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var v strangersView
		if err := d.Decode(&v); err == io.EOF {
			return views, nil
		} else if err != nil {
			return nil, err
		}
		views = append(views, v)
	}
}

// ownView is the same by this package: Stats, GateReader and Simulator.
func ownView(t interface{ Fatal(...any) }, c *Circuit, words [][]int) strangersView {
	s := c.Stats()
	v := strangersView{
		Depth: s.Depth, Gates: s.Gates, Wires: s.Wires, Inputs: s.Inputs, Outputs: s.Outputs,
		MaxFanIn: s.MaxFanIn, MaxWeightBits: s.MaxWeightBits, TotalWeight: s.TotalWeight,
		Words: make([]strangersWord, len(words)), WrittenOut: []strangersGate{},
	}
	for r, g := NewGateReader(c), uint64(0); g < c.Gates(); g++ {
		b, k, _ := c.BankOf(g)
		gate := r.Gate(b, k)
		weights := map[string]int64{}
		for _, w := range gate.Wires {
			weights[fmt.Sprintf("%c%d", map[bool]byte{true: 'x', false: 'g'}[w.Input], w.Number)] = w.Weight
		}
		v.WrittenOut = append(v.WrittenOut, strangersGate{gate.Threshold, weights})
	}
	visit := func(_ int, values *Values) {
		for i, w := range words {
			v.Words[i] = strangersWord{w, values.Labels(i), gateDigits(c, values, i)}
			for p, classes := range v.Words[i].Labels {
				v.Words[i].Labels[p] = append([]int{}, classes...)
			}
		}
	}
	if err := NewSimulator(c).Each(context.Background(), words, visit); err != nil {
		t.Fatal(err)
	}
	return v
}

func gateDigits(c *Circuit, v *Values, word int) string {
	var digits []byte
	for b := range c.Banks() {
		if c.Bank(b).Kind == Input {
			continue
		}
		for _, g := range v.Bank(b) {
			digits = append(digits, '0'+byte(g>>word&1))
		}
	}
	return string(digits)
}

// TestStrangersReader: a reader that knows the specification only sees the same
// circuit in both forms: counts, every gate written out, every gate's value.
func TestStrangersReader(t *testing.T) {
	py, dir := python(t), t.TempDir()
	files := func(t interface{ Fatal(...any) }, c *Circuit) (names []string) {
		for _, f := range ownForms {
			names = append(names, filepath.Join(dir, f.name))
			if err := os.WriteFile(filepath.Join(dir, f.name), written(t, c, f), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		return names
	}
	t.Run("golden", func(t *testing.T) {
		compareViews(t, py, tiny(t), [][]int{{0, 0}, {1, 1}}, filepath.Join("testdata", "tiny.txt"))
	})
	t.Run("corners", func(t *testing.T) {
		c := corners(t)
		compareViews(t, py, c, [][]int{{0}, {1}}, files(t, c)...)
	})
	t.Run("random", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			c, d := draw(t, false)
			compareViews(t, py, c, [][]int{d.word(), d.word(), d.word()}, files(t, c)...)
		})
	})
}

// corners has what random circuits rarely hit: entries whose difference does not
// fit in 64 bits, names that need every kind of escape, and banks without gates,
// which count in the depth of a digit above them and in no other.
func corners(t *testing.T) *Circuit {
	b := NewBuilder()
	tag := Tag{Node: 1 << 30, Part: -1, Stage: b.Stage("ΣΔ·\"\\\a\x01\x7f\u00a0\U0001f600")}
	x := b.Input(2, tag)
	wide := b.Table([]int64{math.MaxInt64, -2, 0, 1})
	f := b.Form(-3, []Term{{5, BankRef(x), wide, 2}})
	b.Level(f, wide, 1, 1, 3, tag)
	empty := b.Level(f, wide, 0, 1, 0, tag)
	none := b.Form(1, []Term{{1, BankRef(empty), Ones, 0}})
	b.Level(none, b.Table([]int64{1}), 0, 1, 1, tag)
	low := b.Digit(f, empty, wide, 3, 1, 1, 9, tag)
	b.And(tag, b.List([]int32{int32(f)}), b.List(nil))
	b.Pairs(tag, b.List(nil))
	b.Output([]Output{{int32(low), 0}, {int32(x), 1}})
	c, err := b.Finish()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// compareViews compares files of c as the stranger sees them with c.
func compareViews(t interface{ Fatal(...any) }, python string, c *Circuit, words [][]int, files ...string) {
	views, err := strangers(python, words, files...)
	if err != nil {
		t.Fatal(err)
	}
	want := ownView(t, c, words)
	for i, v := range views {
		if diff := cmp.Diff(want, v, bigInts); diff != "" {
			t.Fatal(files[i], "-own +stranger's:\n", diff, string(written(t, c, ownForms[0])))
		}
	}
	if len(views) != len(files) {
		t.Fatal(len(views), "answers for", len(files), "files")
	}
}
