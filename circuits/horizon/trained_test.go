package horizon

import (
	"bytes"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tc0/circuits/compile"
	"tc0/circuits/equiv"
	"tc0/theory/ssm"
)

// trained quantises a shipped checkpoint, calibrated at length 8, for words up to n.
func trained(t *testing.T, name string, form compile.Form, bits, n int) (*compile.Model, *ssm.Checkpoint) {
	t.Helper()
	ck, err := ssm.Load("../../theory/ssm/testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	q, err := compile.Quantise(t.Context(), ck, compile.Request{
		Length: 8, Precision: &compile.Precision{Base: bits}, Digits: 2, Minimize: compile.Gates, Form: form, Seed: 1, EvalWords: 64,
		Progress: func(string, int, int) {},
	})
	if err != nil {
		t.Fatal(err)
	}
	m, err := compile.New(ck, q, n)
	if err != nil {
		t.Fatal(err)
	}
	return m, ck
}

// trainedHorizon searches a shipped checkpoint.
func trainedHorizon(t *testing.T, name string, form compile.Form, bits, n int, lim Limits) (*Report, *compile.Model, *ssm.Checkpoint) {
	t.Helper()
	m, ck := trained(t, name, form, bits, n)
	machine, err := Cut(m.Arith, n)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := machine.Repeats(); ok != (form == compile.Recurrent && n > window) {
		t.Errorf("%s form, length %d: maps repeat %v", form, n, ok)
	}
	lim.Length = n
	r, err := Search(t.Context(), machine, m, ck.Task, compile.Alphabet(ck), lim)
	if err != nil {
		t.Fatal(err)
	}
	return r, m, ck
}

// TestCompiledMapsRepeat: what is relied on beyond the window. Cut in full, all positions
// of a recurrent model from the one where the maps repeat have that map, byte for byte,
// but for the last, whose readers are missing.
func TestCompiledMapsRepeat(t *testing.T) {
	const n = 3 * window
	for _, name := range []string{"mamba-flipflop4", "mamba-parity", "s4d-z5"} {
		m, _ := trained(t, name, compile.Recurrent, 4, n)
		short, err := Cut(m.Arith, n)
		if err != nil {
			t.Fatal(err)
		}
		from, ok := short.Repeats()
		if !ok {
			t.Fatalf("%s: the maps do not repeat", name)
		}
		full, reach, err := cut(m.Arith, n)
		if err != nil {
			t.Fatal(err)
		}
		for p, want := range full.maps[:n-reach] {
			if !bytes.Equal(short.at(p).text, want.text) {
				t.Errorf("%s: position %d has another map than position %d", name, p, min(p, from))
			}
		}
		t.Logf("%s: from position %d on, %d variables in %d bytes", name, from, short.State(from), short.at(from).size)
	}
}

// TestTrainedAgainstAllWords: the horizon of trained models, in both forms, is what
// going through all words with the direct evaluation finds.
func TestTrainedAgainstAllWords(t *testing.T) {
	for _, c := range []struct {
		name string
		form compile.Form
		bits int
		n    int
	}{
		{"mamba-parity", compile.Recurrent, 6, 20},
		{"mamba-parity", compile.Recurrent, 8, 10},
		{"mamba-parity", compile.Convolution, 8, 9},
		{"mamba-flipflop4", compile.Recurrent, 6, 20},
		{"s4d-z5", compile.Recurrent, 10, 20},
		{"s4d-z5", compile.Convolution, 9, 6},
	} {
		r, m, ck := trainedHorizon(t, c.name, c.form, c.bits, c.n, Limits{})
		want, err := bruteForce(m, ck.Task, compile.Alphabet(ck), min(c.n, r.Horizon+1))
		if err != nil {
			t.Fatal(err)
		}
		if r.First == nil {
			t.Fatalf("%s at %d bits is right up to length %d: choose a case that fails", c.name, c.bits, c.n)
		}
		checkReport(t, r, want, c.n)
		t.Logf("%s, %s, %d bits: right up to n = %d, first failing word %v", c.name, c.form, c.bits, r.Horizon, r.First.Word)
	}
}

// TestTrainedHorizons are the horizons at 12 bits that docs/horizon.md shows, and that no
// sample below them sees a wrong label.
func TestTrainedHorizons(t *testing.T) {
	for _, c := range []struct {
		name    string
		form    compile.Form
		horizon int
		word    []int
		long    bool
	}{
		{"mamba-parity", compile.Recurrent, 8, []int{1, 1, 1, 1, 1, 1, 1, 0, 0}, false},
		{"mamba-parity", compile.Convolution, 8, []int{1, 1, 1, 1, 1, 1, 1, 0, 0}, false},
		{"mamba-s3-g2", compile.Recurrent, 10, []int{2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2}, true},
		{"mamba-s3-g2", compile.Convolution, 10, []int{2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2}, true},
		{"s4d-z5", compile.Recurrent, 6, []int{1, 1, 1, 1, 1, 1, 1}, false},
		{"s4d-z5", compile.Convolution, 6, []int{1, 1, 1, 1, 1, 1, 1}, false},
		{"mamba-flipflop4", compile.Recurrent, 9, []int{1, 0, 4, 4, 0, 0, 0, 0, 0, 0}, true},
		{"mamba-flipflop4", compile.Convolution, 9, []int{1, 0, 4, 0, 0, 0, 0, 0, 0, 0}, true},
	} {
		t.Run(c.name+"/"+string(c.form), func(t *testing.T) {
			if c.long && os.Getenv("TC0_LONG") == "" {
				t.Skip("takes up to minutes; set TC0_LONG=1 to run it")
			}
			n := c.horizon + 1
			if c.form == compile.Recurrent {
				n = 24 // with the maps that repeat
			}
			r, m, ck := trainedHorizon(t, c.name, c.form, 12, n, Limits{})
			if r.Verdict != equiv.Fails || r.Horizon != c.horizon {
				t.Fatalf("%s up to %d, want fails up to %d", r.Verdict, r.Horizon, c.horizon)
			}
			if d := cmp.Diff(c.word, r.First.Word); d != "" {
				t.Errorf("first failing word, -want +got:\n%s", d)
			}
			if os.Getenv("TC0_LONG") != "" && c.name != "mamba-flipflop4" {
				want, err := bruteForce(m, ck.Task, compile.Alphabet(ck), c.horizon+1)
				if err != nil {
					t.Fatal(err)
				}
				checkReport(t, r, want, n)
			}
			for n := 1; n <= c.horizon; n++ {
				s, err := Sample(t.Context(), m, ck.Task, compile.Alphabet(ck), n, 200, 1)
				if err != nil {
					t.Fatal(err)
				}
				if want := (Accuracy{n, 200, 1, 200 * n, 200, 200}); s != want {
					t.Errorf("%+v below the horizon, want %+v", s, want)
				}
			}
		})
	}
}
