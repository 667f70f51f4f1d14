package lower_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tc0/circuits/lower"
)

// upTo is lo, lo+1, …, hi.
func upTo(lo, hi int64) (all []int64) {
	for x := lo; x <= hi; x++ {
		all = append(all, x)
	}
	return all
}

func down(values []int64) []int64 {
	out := make([]int64, len(values))
	for i, v := range values {
		out[len(values)-1-i] = v
	}
	return out
}

func TestShapeOf(t *testing.T) {
	seven := upTo(1, 7)
	tests := []struct {
		name               string
		thresholds, values []int64
		digits             int
		want               lower.Shape
		gates              int64
		depth              int
	}{
		{"constant", nil, []int64{-4}, 2, lower.Shape{Digits: 1, Lo: -4}, 0, 1},
		{"one level", []int64{3}, []int64{0, 1}, 2, lower.Shape{Digits: 1, Bits: 1, Levels: 1}, 1, 1},
		{"one digit", seven, upTo(-3, 4), 1, lower.Shape{Digits: 1, Lo: -3, Bits: 3, Levels: 7}, 7, 1},
		{"too few for two", upTo(1, 5), upTo(0, 5), 2, lower.Shape{Digits: 1, Bits: 3, Levels: 5}, 5, 1},
		{"rising", seven, upTo(-3, 4), 2,
			lower.Shape{Digits: 2, Lo: -3, Bits: 3, Parts: []lower.Part{{Whole: true, Borders: seven, Width: 1}}}, 4, 2},
		{"falling", seven, down(upTo(0, 7)), 2, // the code reaches 1 below the last threshold, 7: -F >= -6
			lower.Shape{Digits: 2, Bits: 3, Parts: []lower.Part{{Falling: true, Borders: upTo(-6, 0), Width: 1}}}, 4, 2},
		{"valley", upTo(1, 8), []int64{4, 3, 2, 1, 0, 1, 2, 3, 4}, 2,
			lower.Shape{Digits: 2, Bits: 3, Parts: []lower.Part{
				{Falling: true, Borders: upTo(-3, 0), Width: 1},
				{Borders: upTo(5, 8), Width: 1},
			}}, 6, 2},
		{"jumps", []int64{1, 2, 3, 4, 5, 6, 7, 8}, []int64{0, 1, 3, 4, 5, 6, 7, 8, 9}, 2,
			lower.Shape{Digits: 2, Bits: 4, Parts: []lower.Part{{Borders: []int64{1, 2, 2, 3, 4, 5, 6, 7, 8}, Width: 1}}}, 5, 2},
		{"plateau", seven, []int64{0, 1, 2, 2, 3, 4, 5, 6}, 2, lower.Shape{Digits: 1, Bits: 3, Levels: 7}, 7, 1},
		{"peak", seven, []int64{0, 1, 2, 3, 4, 3, 2, 1}, 2, lower.Shape{Digits: 1, Bits: 3, Levels: 7}, 7, 1},
		{"two valleys", seven, []int64{1, 0, 1, 2, 1, 0, 1, 2}, 2, lower.Shape{Digits: 1, Bits: 2, Levels: 7}, 7, 1},
		{"jumps that cost more than they save", seven, []int64{0, 9, 18, 27, 36, 45, 54, 63}, 2, lower.Shape{Digits: 1, Bits: 6, Levels: 7}, 7, 1},
		{"a jump too far to write out", upTo(1, 8), append(upTo(0, 7), 1<<40-1), 2, lower.Shape{Digits: 1, Bits: 40, Levels: 8}, 8, 1},
		{"largest spread", []int64{0}, []int64{-1 << 39, 1<<39 - 1}, 1, lower.Shape{Digits: 1, Lo: -1 << 39, Bits: 40, Levels: 1}, 1, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, bits := range []bool{false, true} {
				s, err := lower.ShapeOf(tt.thresholds, tt.values, tt.digits, bits)
				if err != nil {
					t.Fatal(err)
				}
				want, gates, depth := tt.want, tt.gates, tt.depth
				if want.Materialise = bits; bits {
					gates, depth = gates+int64(want.Bits), depth+1
				}
				if d := cmp.Diff(want, s); d != "" {
					t.Errorf("shape (-want +got):\n%s", d)
				}
				if s.Gates() != gates || s.Depth() != depth {
					t.Errorf("%d gates in depth %d, expected %d in %d", s.Gates(), s.Depth(), gates, depth)
				}
			}
		})
	}
}

func TestShapeOfRefuses(t *testing.T) {
	_, err := lower.ShapeOf([]int64{0}, []int64{-1 << 39, 1 << 39}, 1, false)
	if want := "step with 41-bit values"; err == nil || err.Error() != want {
		t.Errorf("%v, expected %q", err, want)
	}
}

// TestDigitsSaveGates: two digits take fewer gates than one, and about twice the
// root of the levels when the values rise by one.
func TestDigitsSaveGates(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64Range(1, 1<<14).Draw(t, "levels")
		jump := rapid.Int64Range(1, 20).Draw(t, "jump")
		values := upTo(0, n)
		for i := range values {
			values[i] *= jump
		}
		one, err := lower.ShapeOf(upTo(1, n), values, 1, false)
		if err != nil {
			t.Fatal(err)
		}
		two, err := lower.ShapeOf(upTo(1, n), values, 2, false)
		if err != nil {
			t.Fatal(err)
		}
		if one.Gates() != n {
			t.Errorf("%d gates for %d levels", one.Gates(), n)
		}
		if two.Digits == 2 && two.Gates() >= n || two.Digits == 1 && two.Gates() != n {
			t.Errorf("%d digits, %d gates for %d levels", two.Digits, two.Gates(), n)
		}
		if g := two.Gates(); jump == 1 && n >= 6 && g*g > 5*n {
			t.Errorf("two digits, %d gates for %d levels", g, n)
		}
	})
}

func TestProductGates(t *testing.T) {
	tests := []struct {
		name  string
		bits  []int
		least []int64
		want  int64
	}{
		{"two", []int{3, 4}, []int64{-1, 5}, 12},
		{"two from 0", []int{3, 4}, []int64{0, 0}, 12},
		{"three from 0", []int{2, 3, 4}, []int64{0, 0, 0}, 24},
		{"three, one not from 0", []int{2, 3, 4}, []int64{-1, 0, 0}, 24 + 12},
		{"three", []int{2, 3, 4}, []int64{-1, 1, 2}, 24 + 6 + 8 + 12},
		{"four from 0", []int{2, 2, 2, 2}, []int64{0, 0, 0, 0}, 16},
		{"four, two not from 0", []int{2, 2, 2, 2}, []int64{1, 1, 0, 0}, 16 + 2*8 + 4},
		{"a constant", []int{3, 0}, []int64{-1, 5}, 0},
		{"a constant of three", []int{3, 0, 2}, []int64{-1, 5, 0}, 6},
	}
	for _, tt := range tests {
		if got := lower.ProductGates(tt.bits, tt.least); got != tt.want {
			t.Errorf("%s: %d gates, expected %d", tt.name, got, tt.want)
		}
	}
	for bits, want := range []int64{0, 0, 1, 3, 6} {
		if got := lower.SquareGates(bits); got != want {
			t.Errorf("square of %d bits: %d gates, expected %d", bits, got, want)
		}
	}
}

func TestCircuitRefuses(t *testing.T) {
	for _, digits := range []int{0, 3} {
		_, err := lower.Circuit(quarterSquare(), lower.Options{Digits: digits})
		if err == nil {
			t.Errorf("%d digits were accepted", digits)
		}
	}
}
