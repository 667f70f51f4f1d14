package words

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// broken is a table whose element 0 is no identity.
type broken struct{ zn }

func (broken) Product(i, j int) int { return 1 }

func TestNewErrors(t *testing.T) {
	for _, c := range []struct {
		monoid  Monoid
		letters []int
		want    string
	}{
		{zn(0), nil, "G has 0 elements: expected a monoid, which has an identity"},
		{broken{3}, nil, "G: element 0 is not the identity: 0·0 is 1 and 0·0 is 1"},
		{zn(3), []int{1, 3}, "letter 3 is not an element of G: they are 0 to 2"},
		{zn(3), []int{-1}, "letter -1 is not an element of G: they are 0 to 2"},
		{zn(3), []int{1, 2, 1}, "letter 1 of G is given twice"},
	} {
		if _, err := New("G", c.monoid, c.letters...); err == nil || err.Error() != c.want {
			t.Errorf("New(%v, %v): %v, want %s", c.monoid, c.letters, err, c.want)
		}
	}
}

func TestCheck(t *testing.T) {
	p, err := New("Z9", zn(9), 1, 2, 3, 4, 5, 6, 7, 8, 0)
	if err != nil {
		t.Fatal(err)
	}
	few, err := New("Z9", zn(9), 1, 2)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		p             *Problem
		input, target []int
		want          string
	}{
		{p, []int{1, 8}, []int{1, 0}, ""},
		{p, nil, nil, ""},
		{p, []int{1}, []int{1, 0}, "input has 1 letters and target 2: expected as many"},
		{p, []int{1, 9}, []int{1, 0}, "letter 9 at position 2 is not an element of Z9: they are 0 to 8"},
		{p, []int{1, 7}, []int{1, 0}, "target 0 at position 2: expected 8, which is 1·7 in Z9"},
		{few, []int{3}, []int{3}, "letter 3 at position 1 is none of the letters of Z9: 1, 2"},
	} {
		got := ""
		if err := c.p.Check(Row{Input: c.input, Target: c.target}); err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("Check(%v, %v): %q, want %q", c.input, c.target, got, c.want)
		}
	}
}

func TestListLetters(t *testing.T) {
	if got := named(t, "A5").listLetters(); got != "0, 1, 2, 3, 4, 5, 6, 7, …" {
		t.Error(got)
	}
}

// The tasks of the reference checkpoints are the problems of the same name: letters,
// product table and element order, as PyTorch training code wrote them.
func TestNamedAgreesWithCheckpoints(t *testing.T) {
	for _, dir := range []string{"mamba-a4-g3", "mamba-a5-g2", "mamba-parity", "mamba-s3-g2", "s4d-z5"} {
		data, err := os.ReadFile("../ssm/testdata/" + dir + "/task.json")
		if err != nil {
			t.Fatal(err)
		}
		var task struct {
			Name   string  `json:"name"`
			Trans  [][]int `json:"trans"`
			Tokens []int   `json:"input_tokens"`
		}
		if err := json.Unmarshal(data, &task); err != nil {
			t.Fatal(err)
		}
		p := named(t, task.Name)
		if diff := cmp.Diff(task.Tokens, p.Letters()); diff != "" {
			t.Errorf("letters of %s (-checkpoint +here):\n%s", task.Name, diff)
		}
		if p.Monoid().Order() != len(task.Trans) {
			t.Fatalf("%s has %d elements, in the checkpoint %d", task.Name, p.Monoid().Order(), len(task.Trans))
		}
		for i, products := range task.Trans {
			for j, want := range products {
				if got := p.Monoid().Product(i, j); got != want {
					t.Fatalf("%s: %d·%d is %d, in the checkpoint %d", task.Name, i, j, got, want)
				}
			}
		}
	}
}

func TestNamedLetters(t *testing.T) {
	for _, c := range []struct {
		name string
		want []int
	}{
		{"Z60:g2", []int{0, 1}},
		{"Z60:g3", []int{0, 1, 59}},
		{"S5:g2", []int{24, 33}},
		{"S5:g3", []int{0, 24, 33}},
		{"S5:g5", []int{0, 1, 2, 6, 24}},
		{"S4:g4", []int{0, 1, 2, 6}},
		{"A7:g2", []int{420, 436}},
	} {
		p, err := Named(c.name, 10_000)
		if err != nil {
			t.Error(err)
			continue
		}
		if diff := cmp.Diff(c.want, p.Letters()); diff != "" {
			t.Errorf("letters of %s (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestNamedErrors(t *testing.T) {
	for _, name := range []string{"A5:g7", "A6:g2", "A4xZ5:g2", "Q8:g2", "Z2:g3", "A5:", "X5", "S9"} {
		if p, err := Named(name, 1000); err == nil {
			t.Errorf("%s has letters %v, expected an error", name, p.Letters())
		}
	}
}
