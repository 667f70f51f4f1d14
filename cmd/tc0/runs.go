package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tc0/circuits/view"
	runs "tc0/empirical/run"
)

// runsJSON is the answer of runs.
type runsJSON struct {
	Store string        `json:"store"`
	Runs  []runs.Record `json:"runs"`
	Seeds []seedsJSON   `json:"over_seeds"`
}

// seedsJSON is what runs that differ in the seed alone came to.
type seedsJSON struct {
	Task    string  `json:"task"`
	Length  int     `json:"length"`
	Arch    string  `json:"arch"`
	Layers  int     `json:"layers"`
	Goal    string  `json:"goal"`
	Runs    int     `json:"runs"`
	Reached int     `json:"reached"`
	Low     float64 `json:"low"` // Wilson's interval at 95 %
	High    float64 `json:"high"`
}

func (a *app) runsVerb() *cobra.Command {
	var where []string
	cmd := &cobra.Command{
		Use:   "runs STORE [--where CONDITION]...",
		Short: "List the training runs of a store",
		Long: `List the runs in a store that tc0 sweep wrote, or the one in a record.json: accuracy on
test words of the task's length, and how training ended. Below, runs that differ in
their seed alone are counted together.

Conditions compare a field with a value, by = != < <= > >=; a run has to meet all.
Fields are ` + strings.Join(runs.Fields(), ", ") + `. With --json, the records follow in full.`,
		Example: `  tc0 runs docs/figures/figure3.jsonl
  tc0 runs docs/figures/figure3.jsonl --where task=A5:g4 --where 'token_accuracy>=0.9'`,
		Args: oneOf("one STORE"),
		RunE: func(_ *cobra.Command, args []string) error {
			records, err := readRuns(args[0], where)
			if err != nil {
				return err
			}
			r := runsJSON{Store: args[0], Runs: records, Seeds: overSeeds(records)}
			return a.answer(r, r.print)
		},
	}
	addWhere(cmd, &where)
	return cmd
}

func addWhere(cmd *cobra.Command, where *[]string) {
	cmd.Flags().StringArrayVar(where, "where", nil, "only runs with this `CONDITION`, such as task=A5:g4; may be repeated")
}

// readRuns reads the records of a store, or the one of a record.json, that meet conditions. It is
// an error if there are none.
func readRuns(path string, where []string) ([]runs.Record, error) {
	filters := make([]runs.Filter, len(where))
	for i, text := range where {
		var err error
		if filters[i], err = runs.ParseFilter(text); err != nil {
			return nil, fmt.Errorf("--where: %w", err)
		}
	}
	all, err := allRuns(path)
	if err != nil {
		return nil, err
	}
	chosen := runs.Select(all, filters...)
	if len(chosen) == 0 {
		return nil, fmt.Errorf("%s: none of its %s meets the conditions", path, plural(len(all), "run"))
	}
	return chosen, nil
}

// overSeeds counts runs whose specs differ in the seed alone.
func overSeeds(records []runs.Record) []seedsJSON {
	var counts []seedsJSON
	at := map[string]int{}
	for _, r := range records {
		s := r.Spec
		s.Seed = 0
		key := s.Digest()
		i, known := at[key]
		if !known {
			i = len(counts)
			at[key] = i
			counts = append(counts, seedsJSON{
				Task: s.Task.Name, Length: s.Task.Length, Arch: s.Model.Arch, Layers: s.Model.Layers, Goal: s.Train.Until.String(),
			})
		}
		counts[i].Runs++
		if r.Reached {
			counts[i].Reached++
		}
	}
	for i, c := range counts {
		counts[i].Low, counts[i].High = runs.Wilson(c.Reached, c.Runs, 0.95)
	}
	return counts
}

func (r *runsJSON) print(w io.Writer) error {
	each := &view.Table{Head: []string{"run ", "task ", "length", "architecture ", "layers", "seed", "tokens right", "words right", "steps", "CPU s", "ended "}}
	sorted := slices.SortedStableFunc(slices.Values(r.Runs), func(a, b runs.Record) int {
		x, y := a.Spec, b.Spec
		return cmp.Or(cmp.Compare(x.Task.Name, y.Task.Name), cmp.Compare(x.Task.Length, y.Task.Length), cmp.Compare(x.Model.Arch, y.Model.Arch),
			cmp.Compare(x.Model.Layers, y.Model.Layers), cmp.Compare(x.Seed, y.Seed))
	})
	for _, d := range sorted {
		s := d.Spec
		each.Add(d.Digest[:12], s.Task.Name, s.Task.Length, s.Model.Arch, s.Model.Layers, d.Seed,
			percent(d.TokenAccuracy), percent(d.SequenceAccuracy), d.Steps, fmt.Sprintf("%.1f", d.CPU), ended(d))
	}
	seeds := &view.Table{Head: []string{"task ", "length", "architecture ", "layers", "goal ", "reached", "95 % interval"}}
	for _, c := range r.Seeds {
		if c.Runs > 1 {
			seeds.Add(c.Task, c.Length, c.Arch, c.Layers, c.Goal, fmt.Sprintf("%d of %d", c.Reached, c.Runs), percent(c.Low)+" to "+percent(c.High))
		}
	}
	if err := printTables(w, each, seeds); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\n%s. Accuracies are of sampled test words (the seed is the run's) of the training length.\n", plural(len(r.Runs), "run"))
	return err
}

// ended is how a training ended, for a failed one why.
func ended(d runs.Record) string {
	if d.Ended == runs.Failed {
		return d.Ended + ": " + d.Failure
	}
	return d.Ended
}

// allRuns reads all records of a store or the one of a record.json.
func allRuns(path string) ([]runs.Record, error) {
	if strings.HasSuffix(path, ".json") {
		d, err := readRecord(path)
		if err != nil {
			return nil, err
		}
		if d == nil {
			return nil, fmt.Errorf("%s: no such file: expected a store or a record.json", path)
		}
		return []runs.Record{*d}, nil
	}
	store, err := openStore(path, false)
	if err != nil {
		return nil, err
	}
	defer store.Close()
	all, err := store.Records()
	if err == nil && len(all) == 0 {
		err = fmt.Errorf("%s: no runs in it yet", path)
	}
	return all, err
}
