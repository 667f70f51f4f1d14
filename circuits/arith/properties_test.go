package arith

import (
	"bytes"
	"io"
	"math"
	"math/big"
	"math/bits"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// naive evaluates nodes by their definitions, recursively.
type naive struct {
	c    *Circuit
	word []int
	memo map[Node]int64
}

func (e *naive) level(n Node) int {
	if e.c.Kind(n) == Input {
		return e.word[slices.Index(e.c.Inputs(), n)]
	}
	form, thresholds, _ := e.c.Step(n)
	level := 0
	for _, th := range thresholds {
		if e.value(form) >= th {
			level++
		}
	}
	return level
}

func (e *naive) view(v View) int64 {
	if v.Table != Natural {
		return e.c.Table(v.Table)[e.level(v.Node)]
	}
	return e.value(v.Node)
}

func (e *naive) value(n Node) int64 {
	if v, ok := e.memo[n]; ok {
		return v
	}
	var v int64
	switch e.c.Kind(n) {
	case Input:
		v = int64(e.level(n))
	case Form:
		constant, terms := e.c.Form(n)
		v = constant
		for _, t := range terms {
			v += t.Coef * e.view(t.View)
		}
	case Step:
		_, _, values := e.c.Step(n)
		v = values[e.level(n)]
	case Product:
		v = 1
		for _, f := range e.c.Factors(n) {
			v *= e.view(f.View)
		}
	}
	e.memo[n] = v
	return v
}

func (e *naive) result() Result {
	var r Result
	for _, o := range e.c.Outputs() {
		row := make([]int64, len(o.Logits))
		for i, n := range o.Logits {
			row[i] = e.value(n)
		}
		bits := make([]int64, len(o.Labels))
		for i, n := range o.Labels {
			bits[i] = e.value(n)
		}
		label := slices.Index(bits, 1)
		if label >= 0 && slices.Contains(bits[label+1:], 1) {
			label = -1
		}
		r.Logits, r.Labels = append(r.Logits, row), append(r.Labels, label)
	}
	return r
}

func TestEvaluatorIsNaiveEvaluation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, d := draw(t)
		var words [][]int
		for range rapid.SampledFrom([]int{0, 1, 5, 64, 65}).Draw(t, "words") {
			words = append(words, d.word())
		}
		got, err := NewEvaluator(c).Eval(t.Context(), words)
		if err != nil {
			t.Fatal(err)
		}
		for i, w := range words {
			e := &naive{c, w, map[Node]int64{}}
			if diff := cmp.Diff(e.result(), got[i]); diff != "" {
				t.Fatalf("word %v: -naive +evaluator:\n%s", w, diff)
			}
		}
	})
}

// TestTraceIsNaiveEvaluation also checks that values lie in proved ranges.
func TestTraceIsNaiveEvaluation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, d := draw(t)
		w := d.word()
		values, levels, err := NewTracer(c).Trace(w)
		if err != nil {
			t.Fatal(err)
		}
		e := &naive{c, w, map[Node]int64{}}
		for i := range c.Len() {
			n := Node(i)
			v := e.value(n)
			if values[n] != v {
				t.Errorf("%v %d is %d, want %d", c.Kind(n), n, values[n], v)
			}
			if lo, hi := c.Range(n); v < lo || v > hi {
				t.Errorf("%v %d is %d, proved in %d..%d", c.Kind(n), n, v, lo, hi)
			}
			if k := c.Kind(n); (k == Input || k == Step) && int(levels[n]) != e.level(n) {
				t.Errorf("level of %d is %d, want %d", n, levels[n], e.level(n))
			}
		}
	})
}

// TestIndexIsLinearScan: also for spans that fill the whole of int64.
func TestIndexIsLinearScan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		span := rapid.OneOf(rapid.Int64(), rapid.Int64Range(-50, 50), rapid.Int64Range(-1<<40, 1<<40)).Draw
		var th []int64
		for range rapid.IntRange(0, 6).Draw(t, "clusters") {
			at := span(t, "cluster") // crowds many thresholds in one bucket
			for range rapid.IntRange(1, 40).Draw(t, "size") {
				th = append(th, at)
				at++
			}
		}
		if rapid.Bool().Draw(t, "even") {
			th = evenly(span(t, "first"), rapid.Uint64Range(1, 1<<40).Draw(t, "distance"), rapid.IntRange(0, 70).Draw(t, "count"))
		}
		slices.Sort(th)
		th = slices.Compact(th)
		ix := NewIndex(th)
		off := rapid.IntRange(0, len(th)).Draw(t, "off")
		count := rapid.IntRange(0, len(th)-off).Draw(t, "count")
		var fs, levels [lanes]int64
		for k := range fs {
			f := span(t, "f")
			if len(th) > 0 && rapid.Bool().Draw(t, "near") {
				f = rapid.SampledFrom(th).Draw(t, "at") + rapid.Int64Range(-1, 1).Draw(t, "by")
			}
			want := 0
			for _, x := range th {
				if x <= f {
					want++
				}
			}
			if got := ix.Level(f); got != want {
				t.Fatalf("level of %d among %v is %d, want %d", f, th, got, want)
			}
			fs[k], levels[k] = f, int64(max(0, min(count, want-off)))
		}
		var got [lanes]int64
		if ix.levels(&fs, int64(off), int64(count), &got); got != levels {
			t.Fatalf("levels of %v among %v from %d, at most %d, are %v, want %v", fs, th, off, count, got, levels)
		}
	})
}

// evenly are thresholds at one distance, half of the time a power of two, as far
// as integers go.
func evenly(first int64, distance uint64, count int) []int64 {
	if distance%2 == 0 {
		distance = 1 << bits.Len64(distance)
	}
	th := []int64{}
	for range count {
		th = append(th, first)
		if uint64(math.MaxInt64)-uint64(first) < distance {
			break
		}
		first += int64(distance)
	}
	return th
}

// TestIndexOfWideTables: thresholds over all of int64 leave few bits for levels.
func TestIndexOfWideTables(t *testing.T) {
	for _, n := range []int64{2, 100, 1000, 5000} {
		var th []int64
		for k := range n {
			th = append(th, math.MinInt64+(math.MaxInt64/n*2-1)*k)
		}
		ix := NewIndex(th)
		for k, v := range th {
			if v > math.MinInt64 && ix.Level(v-1) != k || ix.Level(v) != k+1 || ix.Level(v+1) != k+1 {
				t.Fatalf("%d thresholds: threshold %d has levels %d, %d and %d around it", n, k, ix.Level(v-1), ix.Level(v), ix.Level(v+1))
			}
		}
	}
}

// TestIndexIsSmall: memory stays linear in the thresholds, however they crowd.
func TestIndexIsSmall(t *testing.T) {
	var exponential, clusters []int64
	for k := range 60 {
		exponential = append(exponential, 1<<k)
		for i := range int64(50) {
			clusters = append(clusters, int64(k)<<56+i)
		}
	}
	for name, th := range map[string][]int64{"exponential": exponential, "clusters": clusters} {
		ix := NewIndex(th)
		if n := len(ix.buckets) + len(ix.segments); n > (bucketsPerLevel+2)*len(th)+maxSegments {
			t.Errorf("%s: %d buckets and segments for %d thresholds", name, n, len(th))
		}
	}
}

func TestMulMatchesBig(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		any := rapid.OneOf(rapid.Int64(), rapid.Int64Range(-1<<32, 1<<32), rapid.SampledFrom([]int64{rangeLimit, -rangeLimit, 1, -1, 0, 2}))
		a, b := any.Draw(t, "a"), any.Draw(t, "b")
		want := new(big.Int).Mul(big.NewInt(a), big.NewInt(b))
		fits := want.CmpAbs(big.NewInt(rangeLimit)) <= 0
		if got, ok := mul(a, b); ok != fits || ok && got != want.Int64() {
			t.Fatalf("%d·%d = %d %v, want %v", a, b, got, ok, want)
		}
	})
}

// TestOneWayToWrite: a file with one byte changed, removed or doubled is not
// read, or is exactly what its circuit is written as.
func TestOneWayToWrite(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, _ := draw(t)
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
		c, _ := draw(t)
		roundTrip(t, c)
	})
}

// TestTruncation: no proper prefix of a file is read as a circuit.
func TestTruncation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, _ := draw(t)
		for _, f := range ownForms {
			b := written(t, c, f)
			n := rapid.IntRange(0, len(b)-1).Draw(t, "length")
			if _, err := f.read(bytes.NewReader(b[:n])); err == nil {
				t.Fatalf("%s: %d of %d bytes are read as a circuit", f.name, n, len(b))
			}
		}
	})
}
