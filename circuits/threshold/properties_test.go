package threshold

import (
	"bytes"
	"context"
	"io"
	"math/big"
	"math/bits"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// naive evaluates a circuit gate by gate from the gates written out.
type naive struct {
	inputs, gates []bool
	depth         []int
}

func (n *naive) at(s Signal) bool {
	if s.Input {
		return n.inputs[s.Number]
	}
	return n.gates[s.Number]
}

func evaluate(c *Circuit, word []int) *naive {
	n := &naive{inputs: make([]bool, c.Inputs())}
	r, t := NewGateReader(c), 0
	for b := range c.Banks() {
		d := c.Bank(b)
		if d.Kind == Input {
			n.inputs[d.First+uint64(word[t])] = true
			t++
			continue
		}
		for k := range d.Gates {
			g, sum, depth := r.Gate(b, k), new(big.Int), 0
			for _, w := range g.Wires {
				if n.at(w.Signal) {
					sum.Add(sum, big.NewInt(w.Weight))
				}
				if !w.Input {
					depth = max(depth, n.depth[w.Number])
				}
			}
			n.gates = append(n.gates, sum.Cmp(big.NewInt(g.Threshold)) >= 0)
			n.depth = append(n.depth, depth+1)
		}
	}
	return n
}

// form is a form's value by its definition.
func (n *naive) form(c *Circuit, f int) int64 {
	sum, terms := c.FormParts(f)
	for _, t := range terms {
		if g, ok := t.Ref.Form(); ok {
			sum += t.Coef * n.form(c, g)
			continue
		}
		for k, v := range n.bank(c, int(t.Ref)) {
			if v && t.Table == Ones {
				sum += t.Coef
			} else if v {
				sum += t.Coef * c.Table(t.Table)[int(t.Off)+k]
			}
		}
	}
	return sum
}

func (n *naive) bank(c *Circuit, b int) []bool {
	d := c.Bank(b)
	from := n.gates
	if d.Kind == Input {
		from = n.inputs
	}
	return from[d.First : d.First+uint64(d.Gates)]
}

func (n *naive) level(c *Circuit, b int) (ones int) {
	for _, v := range n.bank(c, b) {
		if v {
			ones++
		}
	}
	return ones
}

// TestSimulatorIsNaiveEvaluation also checks that proved ranges hold, that
// digits are those of the level, and which labels are reported.
func TestSimulatorIsNaiveEvaluation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, d := draw(t, false)
		var words [][]int
		for range rapid.SampledFrom([]int{1, 5, 64, 65}).Draw(t, "words") {
			words = append(words, d.word())
		}
		s := NewSimulator(c)
		want := make([]*naive, len(words))
		for i, w := range words {
			want[i] = evaluate(c, w)
		}
		pass := func(first int, v *Values) {
			for k := range min(64, len(words)-first) {
				comparePass(t, c, v, k, want[first+k])
			}
		}
		if err := s.Each(context.Background(), words, pass); err != nil {
			t.Fatal(err)
		}
		labels, _, err := s.Run(context.Background(), words)
		if err != nil {
			t.Fatal(err)
		}
		for i, n := range want {
			if diff := cmp.Diff(n.labels(c), labels[i]); diff != "" {
				t.Fatalf("labels of word %d: %s", i, diff)
			}
			for _, x := range d.digits {
				if code := n.level(c, x.high)<<x.width + n.level(c, x.low); code != n.level(c, x.plain) {
					t.Fatalf("code %d of banks %+v, level %d", code, x, n.level(c, x.plain))
				}
			}
		}
	})
}

func (n *naive) labels(c *Circuit) [][]int {
	out := make([][]int, len(c.Outputs()))
	for p, o := range c.Outputs() {
		for class, g := range o {
			if n.bank(c, int(g.Bank))[g.Gate] {
				out[p] = append(out[p], class)
			}
		}
	}
	return out
}

func comparePass(t *rapid.T, c *Circuit, v *Values, k int, n *naive) {
	for b := range c.Banks() {
		for g, want := range n.bank(c, b) {
			if got := v.Bank(b)[g]>>k&1 == 1; got != want {
				t.Errorf("bank %d (%v) gate %d on word %d: %v, want %v", b, c.Bank(b).Kind, g, k, got, want)
			}
		}
	}
	for f := range c.Forms() {
		want := n.form(c, f)
		if got := v.Form(f, k); got != want {
			t.Errorf("form %d on word %d: %d, want %d", f, k, got, want)
		}
		if lo, hi := c.FormRange(f); want < lo || want > hi {
			t.Errorf("form %d is %d, proved in %d..%d", f, want, lo, hi)
		}
	}
}

// count is Stats by writing out every gate. Depth comes from an evaluation.
func count(c *Circuit) Stats {
	word := []int{}
	s := Stats{Gates: c.Gates(), Inputs: c.Inputs(), Banks: c.Banks(), Forms: c.Forms(), Tables: c.Tables(), TotalWeight: new(big.Int)}
	for _, name := range c.Stages() {
		s.Stages = append(s.Stages, StageStats{Name: name, TotalWeight: new(big.Int)})
	}
	for _, o := range c.Outputs() {
		s.Outputs += uint64(len(o))
	}
	for b := range c.Banks() {
		if c.Bank(b).Kind == Input {
			word = append(word, 0)
		}
	}
	depth, r := evaluate(c, word).depth, NewGateReader(c)
	for b := range c.Banks() {
		d := c.Bank(b)
		for k := int64(0); d.Kind != Input && k < d.Gates; k++ {
			s.add(r.Gate(b, k), depth[d.First+uint64(k)], d.Tag.Stage)
		}
	}
	return s
}

func (s *Stats) add(g Gate, depth int, stage int32) {
	total := new(big.Int)
	for _, w := range g.Wires {
		total.Add(total, new(big.Int).SetUint64(magnitude(w.Weight)))
		s.MaxWeightBits = max(s.MaxWeightBits, bits.Len64(magnitude(w.Weight)))
	}
	n := uint64(len(g.Wires))
	s.Depth, s.Wires, s.MaxFanIn = max(s.Depth, depth), s.Wires+n, max(s.MaxFanIn, n)
	s.TotalWeight.Add(s.TotalWeight, total)
	if stage >= 0 {
		x := &s.Stages[stage]
		x.Depth, x.Gates, x.Wires, x.MaxFanIn = max(x.Depth, depth), x.Gates+1, x.Wires+n, max(x.MaxFanIn, n)
		x.TotalWeight.Add(x.TotalWeight, total)
	}
}

var bigInts = cmp.Comparer(func(a, b *big.Int) bool { return a.Cmp(b) == 0 })

func TestStatsAreNaiveCounts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		plain := rapid.Bool().Draw(t, "plain")
		c, _ := draw(t, plain)
		got, want := c.Stats(), count(c)
		if !plain { // wires that cancel out count in depth only
			if got.Depth < want.Depth {
				t.Fatalf("depth %d, gates written out have %d", got.Depth, want.Depth)
			}
			got.Depth, want.Depth = 0, 0
			for i := range got.Stages {
				got.Stages[i].Depth, want.Stages[i].Depth = 0, 0
			}
		}
		if diff := cmp.Diff(want, got, bigInts); diff != "" {
			t.Fatalf("-naive +stats:\n%s", diff)
		}
	})
}

func TestBankOf(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, _ := draw(t, false)
		next := uint64(0)
		for b := range c.Banks() {
			for k := int64(0); c.Bank(b).Kind != Input && k < c.Bank(b).Gates; k++ {
				if gb, gk, ok := c.BankOf(next); gb != b || gk != k || !ok {
					t.Fatalf("gate %d: bank %d gate %d %v, want %d %d", next, gb, gk, ok, b, k)
				}
				next++
			}
		}
		if _, _, ok := c.BankOf(next); ok || next != c.Gates() {
			t.Fatalf("%d gates in banks, the circuit has %d", next, c.Gates())
		}
	})
}

// TestOneWayToWrite: a file with one byte changed, removed or doubled is not
// read, or is exactly what its circuit is written as.
func TestOneWayToWrite(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, _ := draw(t, false)
		for _, f := range ownForms {
			data := written(t, c, f)
			at := rapid.IntRange(0, len(data)-1).Draw(t, "at")
			with := rapid.SampledFrom([][]byte{
				nil, {data[at], data[at]}, {data[at] ^ 1}, {data[at] | 0x80, 0}, {' ', data[at]}, {'+', data[at]}, {'0', data[at]}, {'\r', data[at]},
				{rapid.Byte().Draw(t, "byte")},
			}).Draw(t, "with")
			canonical(t, f, slices.Replace(data, at, at+1, with...))
		}
	})
}

// canonical checks that data, if it is read at all, is written the same again.
func canonical(t interface{ Fatalf(string, ...any) }, f ownForm, data []byte) {
	c, err := f.read(bytes.NewReader(data))
	if err != nil {
		return
	}
	var again bytes.Buffer
	if err := f.write(c, &again); err != nil {
		t.Fatalf("%s: %v", f.name, err)
	}
	if !bytes.Equal(data, again.Bytes()) {
		t.Fatalf("%s: read\n%q\nwritten again as\n%q", f.name, data, again.Bytes())
	}
}

type ownForm struct {
	name  string
	write func(*Circuit, io.Writer) error
	read  func(io.Reader) (*Circuit, error)
}

var ownForms = []ownForm{{"text", (*Circuit).WriteText, ReadText}, {"binary", (*Circuit).WriteBinary, ReadBinary}}

func written(t interface{ Fatal(...any) }, c *Circuit, f ownForm) []byte {
	var b bytes.Buffer
	if err := f.write(c, &b); err != nil {
		t.Fatal(f.name, err)
	}
	return b.Bytes()
}

// roundTrip writes, reads and writes again, and checks that the circuit read
// has the same text as the first.
func roundTrip(t interface{ Fatal(...any) }, c *Circuit) {
	text := written(t, c, ownForms[0])
	for _, f := range ownForms {
		first := written(t, c, f)
		again, err := f.read(bytes.NewReader(first))
		if err != nil {
			t.Fatal(f.name, err, string(text))
		}
		if !bytes.Equal(first, written(t, again, f)) || !bytes.Equal(text, written(t, again, ownForms[0])) {
			t.Fatal(f.name, "does not round trip", string(text))
		}
	}
}

func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, _ := draw(t, false)
		roundTrip(t, c)
	})
}

// TestTruncation: no proper prefix of a file is read as a circuit.
func TestTruncation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, _ := draw(t, false)
		for _, f := range ownForms {
			b := written(t, c, f)
			n := rapid.IntRange(0, len(b)-1).Draw(t, "length")
			if _, err := f.read(bytes.NewReader(b[:n])); err == nil {
				t.Fatalf("%s: %d of %d bytes are read as a circuit", f.name, n, len(b))
			}
		}
	})
}
