package run

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"tc0/empirical/train"
)

// Cells are what is known without a grid: one is made of every task with every length and
// architecture that the records name, and of every accuracy that one of the runs aimed at.
// Tasks and architectures come by name. A cell is Open if no run reached the goal and one of
// the depths that the records name was not tried; whether another seed is wanted, only the
// grid knows: [Plan.Cells].
//
// A run that ended early, because it reached less than the goal, says nothing about the
// goal and is left out. Records whose tasks, lengths, architectures and goals make more
// cells than a grid may have are an error.
func Cells(records []Record) ([]Cell, error) {
	a := axesOf(records)
	size := 1
	for _, n := range []int{len(a.tasks), len(a.lengths), len(a.archs), len(a.goals)} {
		if size *= min(n, maxSpecs+1); size > maxSpecs {
			return nil, fmt.Errorf("more than %d cells: take some of the runs, or those of a grid", maxSpecs)
		}
	}
	groups := groupsOf(records)
	var cells []Cell
	for _, name := range a.tasks {
		for _, length := range a.lengths {
			for _, arch := range a.archs {
				for _, goal := range a.goals {
					c := Cell{Task: name, Length: length, Arch: arch, Goal: goal}
					c.fill(a.layers, groups[group{name, arch, length}])
					cells = append(cells, c)
				}
			}
		}
	}
	return cells, nil
}

// A group is what the runs of one cell have in common.
type group struct {
	task, arch string
	length     int
}

// groupsOf sorts the runs of each group by depth, then by seed, then by digest.
func groupsOf(records []Record) map[group][]Record {
	groups := map[group][]Record{}
	for _, r := range records {
		g := group{r.Spec.Task.Name, r.Spec.Model.Arch, r.Spec.Task.Length}
		groups[g] = append(groups[g], r)
	}
	for _, list := range groups {
		slices.SortFunc(list, func(a, b Record) int {
			return cmp.Or(cmp.Compare(a.Spec.Model.Layers, b.Spec.Model.Layers), cmp.Compare(a.Seed, b.Seed),
				strings.Compare(a.Digest, b.Digest))
		})
	}
	return groups
}

// fill takes in the runs of the cell's group that say something about its goal.
func (c *Cell) fill(layers []int, group []Record) {
	untried := slices.Clone(layers)
	for _, r := range group {
		if !r.Met(c.Goal) && r.Reached {
			continue
		}
		n := r.Spec.Model.Layers
		c.add(n, r)
		untried = slices.DeleteFunc(untried, func(m int) bool { return m == n })
	}
	c.Open = c.Least == 0 && len(untried) > 0
}

// axes are the values that records have, ascending.
type axes struct {
	tasks, archs    []string
	lengths, layers []int
	goals           []train.Until // of tokens, then of sequences
}

func axesOf(records []Record) axes {
	var a axes
	for _, r := range records {
		a.tasks = append(a.tasks, r.Spec.Task.Name)
		a.archs = append(a.archs, r.Spec.Model.Arch)
		a.lengths = append(a.lengths, r.Spec.Task.Length)
		a.layers = append(a.layers, r.Spec.Model.Layers)
		if until := r.Spec.Train.Until; until.Token > 0 {
			a.goals = append(a.goals, train.Until{Token: until.Token})
		}
		if until := r.Spec.Train.Until; until.Sequence > 0 {
			a.goals = append(a.goals, train.Until{Sequence: until.Sequence})
		}
	}
	a.tasks, a.archs = ascending(a.tasks, strings.Compare), ascending(a.archs, strings.Compare)
	a.lengths, a.layers = ascending(a.lengths, cmp.Compare[int]), ascending(a.layers, cmp.Compare[int])
	a.goals = ascending(a.goals, func(x, y train.Until) int {
		return cmp.Or(cmp.Compare(x.Sequence, y.Sequence), cmp.Compare(x.Token, y.Token))
	})
	return a
}

// ascending sorts a list and leaves out what is there twice.
func ascending[T comparable](list []T, order func(a, b T) int) []T {
	slices.SortFunc(list, order)
	return slices.Compact(list)
}
