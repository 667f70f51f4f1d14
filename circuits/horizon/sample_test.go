package horizon

import (
	"context"
	"strings"
	"testing"

	"tc0/circuits/compile"
	"tc0/circuits/equiv"
)

// constant says 0 at every position.
type constant struct{ equiv.Reference }

func (constant) EvalAll(_ context.Context, words [][]int) ([]compile.Result, error) {
	results := make([]compile.Result, len(words))
	for i, w := range words {
		results[i].Labels = make([]int, len(w))
	}
	return results, nil
}

// TestSample: counted by hand on the words that are drawn, which the seed alone decides.
func TestSample(t *testing.T) {
	parity := counting(9).task
	got, err := Sample(t.Context(), constant{}, parity, []int{1, 0, 1}, 3, 500, 7)
	if err != nil {
		t.Fatal(err)
	}
	want := Accuracy{Length: 3, Words: 500, Seed: 7}
	for _, w := range draw([]int{0, 1}, 3, 500, 7) {
		even := []bool{w[0] == 0, (w[0]+w[1])%2 == 0, (w[0]+w[1]+w[2])%2 == 0}
		for _, e := range even {
			if e {
				want.RightPositions++
			}
		}
		if even[2] {
			want.RightLast++
		}
		if even[0] && even[1] && even[2] {
			want.RightWords++
		}
	}
	if got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if want.RightWords < 30 || want.RightWords > 100 {
		t.Errorf("%d of 500 words are 0,0,0: not drawn uniformly", want.RightWords)
	}
	other, err := Sample(t.Context(), constant{}, parity, []int{0, 1}, 3, 500, 8)
	if err != nil || other.RightPositions == got.RightPositions && other.RightLast == got.RightLast {
		t.Errorf("another seed draws the same words: %+v, %v", other, err)
	}
	for _, bad := range [][2]int{{0, 5}, {5, 0}} {
		if _, err := Sample(t.Context(), constant{}, parity, []int{0, 1}, bad[0], bad[1], 1); err == nil || !strings.Contains(err.Error(), "expected at least one of at least one letter") {
			t.Errorf("%v: error %v", bad, err)
		}
	}
}
