package run

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tc0/empirical/train"
)

const fourCells = `{"tasks": ["mod_3", "Z2"], "archs": ["rnn", "lstm"], "lengths": [4], "layers": [1, 2, 4], "seeds": [1, 2],
	"adaptive": true, "retry": 0.7, "goals": [{"token": 0.9}, {"sequence": 0.9}],
	"train": {"*": {"steps": 10}}, "times": [1], "test_words": 4}`

// cellsByName is a cell for each name.
func cellsByName(cells []Cell) map[string]Cell {
	named := map[string]Cell{}
	for _, c := range cells {
		named[fmt.Sprint(c.Task, " ", c.Length, " ", c.Arch, " ", c.Goal)] = c
	}
	return named
}

// Of a finished sweep, whatever its runs came to, the records alone give the cells that the grid gives,
// in whatever order they are.
func TestCells_sweep(t *testing.T) {
	p := mustPlan(t, fourCells)
	rapid.Check(t, func(t *rapid.T) {
		var records []Record
		for next := p.Next(nil); len(next) > 0; next = p.Next(records) {
			for _, s := range next {
				records = append(records, record(s, rapid.Float64Range(0, 1).Draw(t, "token"), rapid.Float64Range(0, 1).Draw(t, "sequence")))
			}
		}
		want := cellsByName(p.Cells(records))
		got, err := Cells(rapid.Permutation(records).Draw(t, "order"))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, cellsByName(got)); diff != "" {
			t.Fatalf("with and without the grid (-want +got):\n%s", diff)
		}
		if !slices.IsSortedFunc(got, func(a, b Cell) int { return strings.Compare(a.Task, b.Task) }) {
			t.Fatalf("not in the order of tasks: %v", got)
		}
	})
}

// TestCells_open is about what is missing, and about runs that say nothing.
func TestCells_open(t *testing.T) {
	runOf := func(arch string, layers int, until train.Until, token, sequence float64) Record {
		s := seedSpec(1)
		s.Model.Arch, s.Model.Layers, s.Train.Until = arch, layers, until
		s, err := s.Complete()
		if err != nil {
			t.Fatal(err)
		}
		return record(s, token, sequence)
	}
	token, both := train.Until{Token: 0.9}, train.Until{Token: 0.9, Sequence: 0.8}
	for _, c := range []struct {
		about   string
		records []Record
		want    []string
	}{
		{"nothing", nil, nil},
		{"no accuracy was asked for", []Record{runOf("rnn", 1, train.Until{}, 0.5, 0.5)}, nil},
		{
			"a depth is missing", []Record{runOf("rnn", 1, token, 0.5, 0), runOf("lstm", 1, token, 0.5, 0), runOf("lstm", 2, token, 0.8, 0)},
			[]string{
				"parity_check length 3, lstm: 90 % of the tokens: not reached in budget",
				"parity_check length 3, rnn: 90 % of the tokens: not known yet",
			},
		},
		{
			"a depth is missing that is not wanted",
			[]Record{runOf("rnn", 1, token, 0.9, 0), runOf("lstm", 1, token, 0.5, 0), runOf("lstm", 2, token, 0.9, 0)},
			[]string{
				"parity_check length 3, lstm: 90 % of the tokens: 2 layers",
				"parity_check length 3, rnn: 90 % of the tokens: 1 layer",
			},
		},
		{
			"a run that ended early says nothing of another goal", []Record{runOf("rnn", 1, token, 0.95, 0.3), runOf("lstm", 1, both, 0.95, 0.3)},
			[]string{
				"parity_check length 3, lstm: 90 % of the tokens: 1 layer",
				"parity_check length 3, lstm: 80 % of the words: not reached in budget",
				"parity_check length 3, rnn: 90 % of the tokens: 1 layer",
				"parity_check length 3, rnn: 80 % of the words: not known yet",
			},
		},
		{
			"unless it reached that too", []Record{runOf("rnn", 1, token, 0.95, 0.9), runOf("lstm", 1, both, 0.95, 0.3)},
			[]string{
				"parity_check length 3, lstm: 90 % of the tokens: 1 layer",
				"parity_check length 3, lstm: 80 % of the words: not reached in budget",
				"parity_check length 3, rnn: 90 % of the tokens: 1 layer",
				"parity_check length 3, rnn: 80 % of the words: 1 layer",
			},
		},
	} {
		cells, err := Cells(c.records)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, cell := range cells {
			got = append(got, cell.String())
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.about, diff)
		}
	}
}

// Few records can name many cells.
func TestCells_tooMany(t *testing.T) {
	var records []Record
	for i := range 300 {
		r := record(seedSpec(1), 0.5, 0.5)
		r.Spec.Task.Name, r.Spec.Task.Length = fmt.Sprint(i), i
		records = append(records, r)
	}
	if _, err := Cells(records); err == nil || !strings.Contains(err.Error(), "more than 65536 cells") {
		t.Errorf("error %v", err)
	}
}
