package run

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"tc0/empirical/model"
	"tc0/empirical/task"
	"tc0/empirical/train"
)

// A Grid is many runs: every task with every architecture, length, depth and seed.
type Grid struct {
	Tasks   []string `json:"tasks"`
	Archs   []string `json:"archs"`
	Lengths []int    `json:"lengths"`
	Layers  []int    `json:"layers"` // ascending
	Seeds   []uint64 `json:"seeds"`

	// Adaptive looks for the least depth at which each goal is reached: depths in ascending
	// order, until all goals are reached.
	Adaptive bool `json:"adaptive,omitempty"`
	// Retry is, when Adaptive, the accuracy from which a run that missed a goal is tried
	// again with the next seed. 0: always.
	Retry float64 `json:"retry,omitempty"`
	// AllSeeds takes, when Adaptive, every seed at every depth that is tried.
	AllSeeds bool `json:"all_seeds,omitempty"`
	// Goals each name one accuracy. Training ends when all are reached.
	Goals []train.Until `json:"goals"`

	Words task.Spec `json:"words"` // choices for all tasks, without name and length
	// Model and Train change the usual settings, first by the entry "*", then by that of the
	// architecture: objects with some keys of model.Config and train.Config.
	Model map[string]json.RawMessage `json:"model,omitempty"`
	Train map[string]json.RawMessage `json:"train"`

	Times     []int `json:"times,omitempty"`      // test lengths, as multiples of the length [1, 2, 4, 8]
	TestWords int   `json:"test_words,omitempty"` // for each [512]
}

// ReadGrid reads a grid, a JSON object.
func ReadGrid(r io.Reader) (Grid, error) {
	var g Grid
	d := json.NewDecoder(r)
	d.DisallowUnknownFields()
	if err := d.Decode(&g); err != nil {
		return g, fmt.Errorf("grid: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return g, errors.New("grid: more than one value in the file")
	}
	return g, nil
}

// maxSpecs is the largest number of runs of a grid.
const maxSpecs = 1 << 16

func (g Grid) check() error {
	specs := 1
	for _, list := range []struct {
		name string
		n    int
	}{
		{"tasks", len(g.Tasks)}, {"archs", len(g.Archs)}, {"lengths", len(g.Lengths)},
		{"layers", len(g.Layers)}, {"seeds", len(g.Seeds)},
	} {
		if list.n == 0 {
			return fmt.Errorf("%s: expected at least one", list.name)
		}
		if specs *= min(list.n, maxSpecs+1); specs > maxSpecs {
			return fmt.Errorf("more than %d runs: split the grid", maxSpecs)
		}
	}
	if g.Layers[0] < 1 || !slices.IsSortedFunc(g.Layers, strictly) {
		return fmt.Errorf("layers %v: expected them ascending, from 1 on", g.Layers)
	}
	if g.Words.Name != "" || g.Words.Length != 0 {
		return errors.New("words: name or length is set: tasks and lengths say these: leave them out")
	}
	if len(g.Goals) == 0 {
		return errors.New(`goals: expected at least one, such as {"token": 0.9}`)
	}
	for _, goal := range g.Goals {
		if (goal.Token > 0) == (goal.Sequence > 0) || goal.Token > 1 || goal.Sequence > 1 {
			return fmt.Errorf("goal %+v: expected one of token and sequence, above 0 and at most 1", goal)
		}
	}
	if !(g.Retry >= 0 && g.Retry <= 1) {
		return fmt.Errorf("retry %g: expected 0 to 1", g.Retry)
	}
	if (g.Retry > 0 || g.AllSeeds) && !g.Adaptive || g.Retry > 0 && g.AllSeeds {
		return errors.New("retry and all_seeds are for adaptive grids, one of them: a grid that is not adaptive takes all seeds")
	}
	for _, changes := range []map[string]json.RawMessage{g.Model, g.Train} {
		for arch := range changes {
			if arch != anyArch && !slices.Contains(g.Archs, arch) {
				return fmt.Errorf("settings for %q: expected one of the archs or %q", arch, anyArch)
			}
		}
	}
	return nil
}

// strictly makes equal neighbours count as out of order.
func strictly(a, b int) int {
	if a <= b {
		return -1
	}
	return 1
}

const anyArch = "*"

// spec is one run of the grid, complete.
func (g Grid) spec(name, arch string, length, layers int, seed uint64) (Spec, error) {
	t := g.Words
	t.Name, t.Length = name, length
	m := model.Config{}
	if err := change(&m, g.Model, arch); err != nil {
		return Spec{}, fmt.Errorf("model: %w", err)
	}
	if m.Arch != "" || m.Layers != 0 {
		return Spec{}, errors.New("model: arch or layers is set: the grid's lists say these: leave them out")
	}
	m.Arch, m.Layers = arch, layers
	s := NewSpec(t, m, seed)
	s.Train.Until = train.Until{}
	for _, goal := range g.Goals {
		s.Train.Until.Token = max(s.Train.Until.Token, goal.Token)
		s.Train.Until.Sequence = max(s.Train.Until.Sequence, goal.Sequence)
	}
	if err := change(&s.Train, g.Train, arch); err != nil {
		return Spec{}, fmt.Errorf("train: %w", err)
	}
	if len(g.Times) > 0 {
		s.Lengths = nil
	}
	for _, times := range g.Times {
		if times < 1 || times > maxLength {
			return Spec{}, fmt.Errorf("times %v: expected numbers from 1 to %d", g.Times, maxLength)
		}
		s.Lengths = append(s.Lengths, times*length)
	}
	if g.TestWords != 0 {
		s.Words = g.TestWords
	}
	return s.Complete()
}

// change sets the keys that the entries for all architectures and for one have.
func change(settings any, changes map[string]json.RawMessage, arch string) error {
	for _, name := range []string{anyArch, arch} {
		text, ok := changes[name]
		if !ok {
			continue
		}
		d := json.NewDecoder(bytes.NewReader(text))
		d.DisallowUnknownFields()
		if err := d.Decode(settings); err != nil {
			return fmt.Errorf("%q: %w", name, err)
		}
	}
	return nil
}
