package threshold

import (
	"testing"

	"pgregory.net/rapid"
)

// planesOf spreads integers out over n two's complement planes.
func planesOf(values []int64, n int) []uint64 {
	p := make([]uint64, n)
	for k, v := range values {
		for i := range p {
			p[i] |= uint64(v>>min(i, 63)&1) << k
		}
	}
	return p
}

func valueAt(p []uint64, k int) int64 {
	v := int64(0)
	for i, w := range p {
		v |= int64(w>>k&1) << i
	}
	return v << (64 - len(p)) >> (64 - len(p))
}

func TestSignedBits(t *testing.T) {
	for _, test := range []struct {
		lo, hi int64
		want   int
	}{
		{0, 0, 1}, {-1, -1, 1}, {-1, 0, 1}, {0, 1, 2}, {-2, 1, 2}, {-2, 2, 3}, {-3, 0, 3}, {5, 7, 4}, {-8, -5, 4}, {-9, -9, 5},
		{-rangeLimit, rangeLimit, 63}, {1, rangeLimit, 63}, {-rangeLimit - 1, 0, 63},
	} {
		if got := signedBits(test.lo, test.hi); got != test.want {
			t.Errorf("signedBits(%d, %d) = %d, want %d", test.lo, test.hi, got, test.want)
		}
	}
}

func TestAtLeast(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 66).Draw(t, "planes")
		limit := int64(1) << (min(n, 64) - 1)
		lo, hi := -limit, limit-1
		values := rapid.SliceOfN(rapid.Int64Range(lo, hi), 64, 64).Draw(t, "values")
		at := rapid.OneOf(rapid.Int64(), rapid.Int64Range(lo, hi), rapid.SampledFrom([]int64{lo, hi, lo - 1, hi + 1, 0}), rapid.SampledFrom(values)).Draw(t, "threshold")
		got := atLeast(planesOf(values, n), at)
		for k, v := range values {
			if want := v >= at; got>>k&1 == 1 != want {
				t.Fatalf("%d planes: [%d >= %d] = %v", n, v, at, !want)
			}
		}
	})
}

func TestAddScaled(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, m := rapid.IntRange(1, 64).Draw(t, "sum planes"), rapid.IntRange(0, 64).Draw(t, "planes")
		signed := rapid.Bool().Draw(t, "signed")
		coef := rapid.OneOf(rapid.Int64(), rapid.Int64Range(-9, 9)).Draw(t, "coef")
		start := rapid.SliceOfN(rapid.Int64(), 64, 64).Draw(t, "start")
		add := rapid.SliceOfN(rapid.Int64(), 64, 64).Draw(t, "add")
		sum, x := planesOf(start, n), planesOf(add, m)
		addScaled(sum, x, coef, signed)
		for k := range start {
			v := int64(0)
			if m > 0 && signed {
				v = valueAt(x, k)
			} else if m > 0 {
				v = add[k] & int64(^uint64(0)>>(64-m))
			}
			want := (start[k] + coef*v) << (64 - n) >> (64 - n) // modulo 2^n
			if got := valueAt(sum, k); got != want {
				t.Fatalf("%d + %d·%d in %d planes is %d, want %d", start[k], coef, v, n, got, want)
			}
		}
	})
}

// TestConjunctionOfWideForms: four forms near 2^60 are added up without wrapping,
// and a form that is 0 or -1 counts as what it is.
func TestConjunctionOfWideForms(t *testing.T) {
	b := NewBuilder()
	tag := Tag{-1, 0, -1}
	x := b.Input(2, tag)
	big := int64(1)<<60 - 1
	wide := int32(b.Form(0, []Term{{1, BankRef(x), b.Table([]int64{big, -big}), 0}}))
	below := int32(b.Form(0, []Term{{1, BankRef(x), b.Table([]int64{-1, 0}), 0}}))
	w, m := b.List([]int32{wide}), b.List([]int32{below})
	b.And(tag, w, w, w, w)
	b.And(tag, m, m)
	c, err := b.Finish()
	if err != nil {
		t.Fatal(err)
	}
	s := NewSimulator(c)
	err = s.Each(t.Context(), [][]int{{0}, {1}}, func(_ int, v *Values) {
		if got := v.Bank(1)[0] & 3; got != 1 {
			t.Errorf("four of 2^60: lanes %b, want 1", got)
		}
		if got := v.Bank(2)[0] & 3; got != 0 {
			t.Errorf("two of -1 or 0: lanes %b, want 0", got)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestConjunctionsOfBits: every gate of an and bank of three lists and of a pairs
// bank, on all values of three bits.
func TestConjunctionsOfBits(t *testing.T) {
	b := NewBuilder()
	tag := Tag{-1, 0, -1}
	x := b.Input(8, tag)
	var bits []int32
	for i := range 3 {
		w := make([]int64, 8)
		for v := range w {
			w[v] = int64(v >> i & 1)
		}
		bits = append(bits, int32(b.Form(0, []Term{{1, BankRef(x), b.Table(w), 0}})))
	}
	lists := [][]int{{0, 1}, {1, 2}, {2, 0, 1}}
	var ops []int
	for _, l := range lists {
		var forms []int32
		for _, i := range l {
			forms = append(forms, bits[i])
		}
		ops = append(ops, b.List(forms))
	}
	and, pairs := b.And(tag, ops...), b.Pairs(tag, ops[2])
	c, err := b.Finish()
	if err != nil {
		t.Fatal(err)
	}
	words := make([][]int, 8)
	for v := range words {
		words[v] = []int{v}
	}
	err = NewSimulator(c).Each(t.Context(), words, func(_ int, s *Values) {
		for v := range words {
			k := 0
			for _, i := range lists[0] {
				for _, j := range lists[1] {
					for _, l := range lists[2] {
						if got, want := int(s.Bank(and)[k]>>v&1), v>>i&(v>>j)&(v>>l)&1; got != want {
							t.Errorf("value %d: conjunction of bits %d, %d and %d is %d, want %d", v, i, j, l, got, want)
						}
						k++
					}
				}
			}
			for k, ij := range [][2]int{{2, 0}, {2, 1}, {0, 1}} {
				if got, want := int(s.Bank(pairs)[k]>>v&1), v>>ij[0]&(v>>ij[1])&1; got != want {
					t.Errorf("value %d: pair of bits %v is %d, want %d", v, ij, got, want)
				}
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestSimulatorErrors(t *testing.T) {
	s := NewSimulator(tiny(t))
	for _, test := range []struct {
		word []int
		want string
	}{
		{nil, "word 0: 0 tokens, the circuit reads 2"},
		{[]int{0, 0, 0}, "word 0: 3 tokens, the circuit reads 2"},
		{[]int{0, 2}, "word 0: token 2 at position 1 is outside 0..1"},
		{[]int{-1, 0}, "word 0: token -1 at position 0 is outside 0..2"},
	} {
		if _, _, err := s.Run(t.Context(), [][]int{test.word}); err == nil || err.Error() != test.want {
			t.Errorf("%v: error %v, want %q", test.word, err, test.want)
		}
	}
	if labels, n, err := s.Run(t.Context(), nil); err != nil || len(labels) != 0 || n != 0 {
		t.Errorf("no words: %v %d %v", labels, n, err)
	}
}

// TestSimulatorIsBounded: a small file cannot make the simulator allocate.
func TestSimulatorIsBounded(t *testing.T) {
	b := NewBuilder()
	b.Input(1<<31-1, Tag{-1, 0, -1})
	c, err := b.Finish()
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = NewSimulator(c).Run(t.Context(), [][]int{{0}})
	if want := "simulation takes 15 GiB for each processor, at most 8"; err == nil || err.Error() != want {
		t.Errorf("error %v, want %q", err, want)
	}
}
