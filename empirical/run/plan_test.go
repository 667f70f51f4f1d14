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

func mustPlan(t testing.TB, text string) *Plan {
	t.Helper()
	g, err := ReadGrid(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	p, err := g.Plan()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

const oneCell = `{"tasks": ["mod_3"], "archs": ["rnn"], "lengths": [4], "layers": [1, 2, 4], "seeds": [1, 2],
	"adaptive": true, "retry": 0.7, "goals": [{"token": 0.9}, {"sequence": 0.9}],
	"train": {"*": {"steps": 10}}, "times": [1], "test_words": 4}`

// name is a run of oneCell, as layers/seed.
func name(s Spec) string { return fmt.Sprintf("%d/%d", s.Model.Layers, s.Seed) }

// What runs come to, and which are taken in which order, and the least depths for both goals.
func TestPlan_adaptive(t *testing.T) {
	for _, c := range []struct {
		about    string
		outcomes map[string][2]float64 // token and sequence accuracy; 0 if not named
		want     string
		least    [2]int
	}{
		{"first depth", map[string][2]float64{"1/1": {0.99, 0.95}}, "1/1", [2]int{1, 1}},
		{"never", nil, "1/1 2/1 4/1", [2]int{0, 0}},
		{"second seed", map[string][2]float64{"1/1": {0.85, 0.1}, "1/2": {0.99, 0.95}}, "1/1 1/2", [2]int{1, 1}},
		{"second seed fails", map[string][2]float64{"1/1": {0.7, 0}, "2/1": {0.99, 0.9}}, "1/1 1/2 2/1", [2]int{2, 2}},
		{"just below the retry", map[string][2]float64{"1/1": {0.69, 0}, "2/1": {0.9, 0.9}}, "1/1 2/1", [2]int{2, 2}},
		{"two goals apart", map[string][2]float64{"1/1": {0.95, 0.3}, "4/1": {0.2, 0.9}}, "1/1 2/1 4/1", [2]int{1, 4}},
		{"the reached goal asks for no seed", map[string][2]float64{"1/1": {0.95, 0.3}}, "1/1 2/1 4/1", [2]int{1, 0}},
		{"the other goal does", map[string][2]float64{"1/1": {0.95, 0.8}}, "1/1 1/2 2/1 4/1", [2]int{1, 0}},
		{"not monotone", map[string][2]float64{"2/1": {0.95, 0.95}, "4/1": {0, 0}}, "1/1 2/1", [2]int{2, 2}},
	} {
		p := mustPlan(t, oneCell)
		var records []Record
		var order []string
		for next := p.Next(nil); len(next) > 0; next = p.Next(records) {
			if len(next) != 1 || len(order) > 6 {
				t.Fatalf("%s: %d specs after %v", c.about, len(next), order)
			}
			for _, cell := range p.Cells(records) {
				if !cell.Open && cell.Least == 0 {
					t.Errorf("%s after %v: %v is not open", c.about, order, cell)
				}
			}
			order = append(order, name(next[0]))
			o := c.outcomes[name(next[0])]
			records = append(records, record(next[0], o[0], o[1]))
		}
		cells := p.Cells(records)
		if got := strings.Join(order, " "); got != c.want || cells[0].Least != c.least[0] || cells[1].Least != c.least[1] {
			t.Errorf("%s: runs %s, least depths %d and %d; expected %s, %v", c.about, got, cells[0].Least, cells[1].Least, c.want, c.least)
		}
		if cells[0].Open || cells[1].Open {
			t.Errorf("%s: a finished cell is open", c.about)
		}
	}
}

// With all seeds, those of a depth are wanted together, and a depth is tried when no seed
// reached a goal before.
func TestPlan_allSeeds(t *testing.T) {
	p := mustPlan(t, strings.Replace(oneCell, `"retry": 0.7`, `"all_seeds": true`, 1))
	outcomes := map[string][2]float64{"1/2": {0.95, 0.5}, "2/1": {0.95, 0.95}}
	var records []Record
	var rounds []string
	for next := p.Next(nil); len(next) > 0; next = p.Next(records) {
		var names []string
		for _, s := range next {
			names = append(names, name(s))
			o := outcomes[name(s)]
			records = append(records, record(s, o[0], o[1]))
		}
		rounds = append(rounds, strings.Join(names, " "))
	}
	cells := p.Cells(records)
	if diff := cmp.Diff([]string{"1/1 1/2", "2/1 2/2"}, rounds); diff != "" || cells[0].Least != 1 || cells[1].Least != 2 {
		t.Errorf("%v\n%s", cells, diff)
	}
	if got := cells[1].String(); got != "mod_3 length 4, rnn: 90 % of the words: 2 layers" || len(cells[1].Tries) != 4 || cells[1].Best() != 0.95 {
		t.Error(got, cells[1].Tries)
	}
}

func TestPlan_whole(t *testing.T) {
	p := mustPlan(t, strings.NewReplacer(`"adaptive": true, "retry": 0.7,`, "", `["mod_3"]`, `["mod_3", "Z2"]`).Replace(oneCell))
	all := p.Next(nil)
	if diff := cmp.Diff(p.Specs(), all); diff != "" || len(all) != 12 {
		t.Errorf("%d specs, expected all 12", len(all))
	}
	records := []Record{record(all[0], 1, 1), record(all[3], 0, 0)}
	left := p.Next(records)
	if len(left) != 10 || left[0].Digest() == all[0].Digest() || !p.Cells(records)[0].Open {
		t.Errorf("%d specs are left, expected 10", len(left))
	}
}

// In whatever order the runs end, the same ones are taken and the least depths are those of
// the definition.
func TestPlan_order(t *testing.T) {
	p := mustPlan(t, strings.NewReplacer(`"retry": 0.7,`, "", `["mod_3"]`, `["mod_3", "Z2"]`, `[4]`, `[3, 4]`).Replace(oneCell))
	all := p.Specs()
	rapid.Check(t, func(t *rapid.T) {
		outcome := map[string]Record{}
		for _, s := range all {
			token := rapid.SampledFrom([]float64{0.2, 0.8, 0.95}).Draw(t, "token")
			outcome[s.Digest()] = record(s, token, token*rapid.SampledFrom([]float64{0.5, 1}).Draw(t, "sequence"))
		}
		finish := func(choose func(n int) int) []Record {
			var records []Record
			var before []Spec
			for next := p.Next(nil); len(next) > 0; next = p.Next(records) {
				for _, s := range before {
					if !slices.ContainsFunc(next, func(n Spec) bool { return n.Digest() == s.Digest() }) {
						t.Fatalf("a spec is no longer wanted")
					}
				}
				i := choose(len(next))
				records = append(records, outcome[next[i].Digest()])
				before = slices.Delete(slices.Clone(next), i, i+1)
			}
			return records
		}
		cells := p.Cells(finish(func(int) int { return 0 }))
		other := p.Cells(finish(func(n int) int { return rapid.IntRange(0, n-1).Draw(t, "next") }))
		if diff := cmp.Diff(cells, other); diff != "" {
			t.Fatalf("another order gives other cells:\n%s", diff)
		}
		for _, c := range cells {
			want := 0
			for _, s := range all {
				r := outcome[s.Digest()]
				if s.Task.Name == c.Task && s.Task.Length == c.Length && r.Met(c.Goal) && (want == 0 || s.Model.Layers < want) {
					want = s.Model.Layers
				}
			}
			if c.Least != want || c.Open {
				t.Fatalf("%v: expected %d layers", c, want)
			}
		}
	})
}

func TestGrid_settings(t *testing.T) {
	p := mustPlan(t, `{"tasks": ["Z5:g4"], "archs": ["rnn", "mamba"], "lengths": [4], "layers": [1], "seeds": [3],
		"goals": [{"token": 0.9}, {"sequence": 0.8}], "words": {"name": "", "length": 0, "bos": true, "curriculum": true, "seed": 5},
		"model": {"*": {"width": 32}, "mamba": {"state": 8}}, "train": {"*": {"budget_seconds": 60, "batch": 64}, "mamba": {"batch": 32}}}`)
	specs := p.Specs()
	rnn, mamba := specs[0], specs[1]
	if rnn.Train.Batch != 64 || mamba.Train.Batch != 32 || mamba.Train.Budget != 60 || mamba.Model.Width != 32 || mamba.Model.State != 8 {
		t.Errorf("settings did not arrive: %+v, %+v", rnn, mamba)
	}
	if diff := cmp.Diff(train.Until{Token: 0.9, Sequence: 0.8}, rnn.Train.Until); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]int{4, 8, 16, 32}, rnn.Lengths); diff != "" || rnn.Words != 512 || !rnn.Task.BOS || rnn.Task.Seed != 5 {
		t.Errorf("test words: %+v", rnn)
	}
	if d, _, _ := rnn.Fresh(); rnn.Training(d).Length != 5 || !rnn.Training(d).Curriculum || rnn.Training(d).Seed != 3 {
		t.Errorf("training: %+v", rnn.Training(d))
	}
}

func TestGrid_errors(t *testing.T) {
	for _, c := range []struct{ from, to, want string }{
		{`["mod_3"]`, `["Foo"]`, `task "Foo"`},
		{`["mod_3"]`, `[]`, "tasks: expected at least one"},
		{`["mod_3"]`, `["mod_3", "mod_3"]`, "twice"},
		{`["rnn"]`, `["gru"]`, "gru"},
		{`[1, 2, 4]`, `[2, 1]`, "ascending"},
		{`[1, 2, 4]`, `[1, 1]`, "ascending"},
		{`[1, 2, 4]`, `[0, 1]`, "from 1 on"},
		{`"retry": 0.7`, `"retry": 7`, "retry 7"},
		{`"retry": 0.7`, `"retry": 0.7, "all_seeds": true`, "one of them"},
		{`"adaptive": true, "retry"`, `"retry"`, "for adaptive grids"},
		{`{"token": 0.9}, `, `{"token": 0.9, "sequence": 0.9}, `, "one of token and sequence"},
		{`[{"token": 0.9}, {"sequence": 0.9}]`, `[]`, "goals"},
		{`"steps": 10`, `"length": 10, "steps": 10`, "leave them out"},
		{`"steps": 10`, `"stepps": 10`, "stepps"},
		{`{"steps": 10}`, `{}`, "neither steps nor budget"},
		{`"*":`, `"lstm":`, "lstm"},
		{`"times": [1]`, `"times": [0]`, "times [0]"},
		{`"times": [1]`, `"times": [2]`, "first"},
		{`"times": [1]`, `"time": [1]`, "time"},
		{`"test_words": 4}`, `"test_words": 4} x`, "more than one value"},
		{`"train"`, `"words": {"name": "A5"}, "train"`, "words: name or length"},
		{`"train"`, `"model": {"rnn": {"layers": 3}}, "train"`, "arch or layers"},
	} {
		text := strings.Replace(oneCell, c.from, c.to, 1)
		g, err := ReadGrid(strings.NewReader(text))
		if err == nil {
			_, err = g.Plan()
		}
		if text == oneCell || err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error %v, expected one line with %q", c.to, err, c.want)
		}
	}
}

func FuzzReadGrid(f *testing.F) {
	f.Add(oneCell)
	f.Fuzz(func(t *testing.T, text string) {
		g, err := ReadGrid(strings.NewReader(text))
		if err != nil || len(g.Tasks)*len(g.Archs)*len(g.Lengths)*len(g.Layers)*len(g.Seeds) > 100 {
			return
		}
		if p, err := g.Plan(); err == nil && len(p.Next(nil)) == 0 {
			t.Fatal("a new plan wants nothing")
		}
	})
}
