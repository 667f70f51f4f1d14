package run

import (
	"fmt"
	"slices"

	"tc0/empirical/train"
)

// A Plan is the specs of a grid and the order in which they are wanted. It never changes.
type Plan struct {
	grid  Grid
	cells []planned
}

// planned are the runs of one task, length and architecture.
type planned struct {
	task, arch string
	length     int
	depths     []depth
}

// A depth has a run for each seed.
type depth struct {
	layers int
	runs   []named
}

// named is a spec with its digest.
type named struct {
	digest string
	spec   Spec
}

// Plan makes the plan of a grid, or says what is wrong with it.
func (g Grid) Plan() (*Plan, error) {
	if err := g.check(); err != nil {
		return nil, fmt.Errorf("grid: %w", err)
	}
	p := &Plan{grid: g}
	seen := map[string]bool{}
	for _, name := range g.Tasks {
		for _, length := range g.Lengths {
			for _, arch := range g.Archs {
				cell := planned{task: name, arch: arch, length: length}
				for _, layers := range g.Layers {
					d := depth{layers: layers}
					for _, seed := range g.Seeds {
						s, err := g.spec(name, arch, length, layers, seed)
						if err != nil {
							return nil, fmt.Errorf("grid: %s, %s, length %d, %d layers: %w", name, arch, length, layers, err)
						}
						digest := s.Digest()
						if seen[digest] {
							return nil, fmt.Errorf("grid: %s, %s, length %d, %d layers, seed %d is there twice", name, arch, length, layers, seed)
						}
						seen[digest] = true
						d.runs = append(d.runs, named{digest, s})
					}
					cell.depths = append(cell.depths, d)
				}
				p.cells = append(p.cells, cell)
			}
		}
	}
	return p, nil
}

// Count is the number of records that are of the plan's runs.
func (p *Plan) Count(records []Record) int {
	count, done := 0, byDigest(records)
	for _, s := range p.Specs() {
		if _, ok := done[s.Digest()]; ok {
			count++
		}
	}
	return count
}

// Specs are all runs of the grid. A sweep that is Adaptive takes as many at most.
func (p *Plan) Specs() []Spec {
	var all []Spec
	for _, c := range p.cells {
		for _, d := range c.depths {
			for _, r := range d.runs {
				all = append(all, r.spec)
			}
		}
	}
	return all
}

// Next returns the specs without a record that are wanted now, whatever comes of each. It is
// empty when the sweep is finished.
func (p *Plan) Next(records []Record) []Spec {
	var specs []Spec
	for _, n := range p.next(byDigest(records)) {
		specs = append(specs, n.spec)
	}
	return specs
}

func (p *Plan) next(done map[string]Record) []named {
	var wanted []named
	for _, c := range p.cells {
		wanted = append(wanted, p.grid.nextOf(c, done)...)
	}
	return wanted
}

func byDigest(records []Record) map[string]Record {
	done := make(map[string]Record, len(records))
	for _, r := range records {
		done[r.Digest] = r
	}
	return done
}

// nextOf is what one cell wants.
func (g Grid) nextOf(c planned, done map[string]Record) []named {
	var wanted []named
	goals := g.Goals // those that no lesser depth reached
	for _, d := range c.depths {
		wanted = append(wanted, g.nextAt(d, goals, done)...)
		if !g.Adaptive {
			continue
		}
		if len(wanted) > 0 {
			return wanted
		}
		goals = slices.DeleteFunc(slices.Clone(goals), func(goal train.Until) bool { return d.meets(goal, done) })
		if len(goals) == 0 {
			return nil
		}
	}
	return wanted
}

// nextAt is what one depth wants for goals: all seeds, or one after the other as long as a
// goal is missed by little.
func (g Grid) nextAt(d depth, goals []train.Until, done map[string]Record) []named {
	var wanted []named
	for _, r := range d.runs {
		record, ok := done[r.digest]
		switch {
		case g.AllSeeds || !g.Adaptive:
			if !ok {
				wanted = append(wanted, r)
			}
		case !ok:
			return []named{r}
		default:
			goals = slices.DeleteFunc(slices.Clone(goals), record.Met)
			if !slices.ContainsFunc(goals, func(goal train.Until) bool { return record.Best(goal) >= g.Retry }) {
				return nil
			}
		}
	}
	return wanted
}

// meets reports whether a run of the depth reached a goal.
func (d depth) meets(goal train.Until, done map[string]Record) bool {
	return slices.ContainsFunc(d.runs, func(r named) bool {
		record, ok := done[r.digest]
		return ok && record.Met(goal)
	})
}

// A Cell is what is known of one task, length, architecture and goal.
type Cell struct {
	Task   string      `json:"task"`
	Length int         `json:"length"`
	Arch   string      `json:"arch"`
	Goal   train.Until `json:"goal"`
	Tries  []Try       `json:"tries"` // by depth, then in the order of the seeds
	// Least is the least depth at which a run reached the goal, 0 if none did. When Open, a
	// run is still wanted that could change this.
	Least int  `json:"least_layers"`
	Open  bool `json:"open"`
}

// A Try is one run of a cell.
type Try struct {
	Layers int     `json:"layers"`
	Seed   uint64  `json:"seed"`
	Digest string  `json:"digest"`
	Ended  string  `json:"ended"`
	Best   float64 `json:"best"` // largest accuracy of the goal's kind, on validation words
	Met    bool    `json:"met"`
}

// Cells are the results so far, for every goal of every cell of the grid.
func (p *Plan) Cells(records []Record) []Cell {
	done := byDigest(records)
	var cells []Cell
	for _, c := range p.cells {
		open := len(p.grid.nextOf(c, done)) > 0
		for _, goal := range p.grid.Goals {
			cell := Cell{Task: c.task, Length: c.length, Arch: c.arch, Goal: goal}
			for _, d := range c.depths {
				for _, r := range d.runs {
					if record, ok := done[r.digest]; ok {
						cell.add(d.layers, record)
					}
				}
			}
			cell.Open = open && (cell.Least == 0 || !p.grid.Adaptive)
			cells = append(cells, cell)
		}
	}
	return cells
}

// add takes a run in. Depths come in ascending order.
func (c *Cell) add(layers int, r Record) {
	c.Tries = append(c.Tries, Try{layers, r.Seed, r.Digest, r.Ended, r.Best(c.Goal), r.Met(c.Goal)})
	if c.Least == 0 && r.Met(c.Goal) {
		c.Least = layers
	}
}

// Best is the largest accuracy of all tries.
func (c Cell) Best() float64 {
	best := 0.0
	for _, t := range c.Tries {
		best = max(best, t.Best)
	}
	return best
}

// Outcome is the least depth in words.
func (c Cell) Outcome() string {
	switch {
	case c.Least == 1:
		return "1 layer"
	case c.Least > 1:
		return fmt.Sprintf("%d layers", c.Least)
	case c.Open:
		return "not known yet"
	}
	return "not reached in budget"
}

func (c Cell) String() string {
	return fmt.Sprintf("%s length %d, %s: %s: %s", c.Task, c.Length, c.Arch, c.Goal, c.Outcome())
}
