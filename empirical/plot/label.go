package plot

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tc0/empirical/run"
	"tc0/empirical/train"
)

// parts are what tells runs apart, in the order in which a name says them.
var parts = []func(run.Record) string{
	func(r run.Record) string { return r.Spec.Task.Name },
	func(r run.Record) string { return archName(r.Spec.Model.Arch) },
	func(r run.Record) string { return count(r.Spec.Model.Layers, "layer") },
	func(r run.Record) string { return "trained on " + count(r.Spec.Task.Length, "letter") },
	func(r run.Record) string { return "seed " + strconv.FormatUint(r.Seed, 10) },
}

func archName(arch string) string {
	for _, a := range architectures {
		if a.arch == arch {
			return a.name
		}
	}
	return arch
}

// names gives what is the same for all runs, and for each run what is its own. Runs that the
// parts do not tell apart get the beginning of their digest too.
func names(records []run.Record) (common string, own []string) {
	own = make([]string, len(records))
	for _, field := range parts {
		first := field(records[0])
		if !slices.ContainsFunc(records, func(r run.Record) bool { return field(r) != first }) {
			common = join(common, first)
			continue
		}
		for i, r := range records {
			own[i] = join(own[i], field(r))
		}
	}
	seen := map[string]int{}
	for _, name := range own {
		seen[name]++
	}
	for i, r := range records {
		if len(records) > 1 && seen[own[i]] > 1 {
			own[i] = join(own[i], r.Digest[:min(12, len(r.Digest))])
		}
	}
	return common, own
}

func join(a, b string) string {
	if a == "" {
		return b
	}
	return a + ", " + b
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

// interval writes two ends, or one if they are equal.
func interval[T cmp.Ordered](low, high T) string {
	if low == high {
		return fmt.Sprint(low)
	}
	return fmt.Sprintf("%v to %v", low, high)
}

// sorted puts runs in an order of their own, whatever order they were finished in.
func sorted(records []run.Record) []run.Record {
	rank := func(arch string) int {
		return slices.IndexFunc(architectures, func(a architecture) bool { return a.arch == arch })
	}
	return slices.SortedFunc(slices.Values(records), func(a, b run.Record) int {
		x, y := a.Spec, b.Spec
		return cmp.Or(cmp.Compare(x.Task.Name, y.Task.Name), cmp.Compare(x.Task.Length, y.Task.Length),
			cmp.Compare(rank(x.Model.Arch), rank(y.Model.Arch)), cmp.Compare(x.Model.Layers, y.Model.Layers),
			cmp.Compare(a.Seed, b.Seed), cmp.Compare(a.Digest, b.Digest))
	})
}

// distinct leaves out records that were there before.
func distinct(records []run.Record) []run.Record {
	seen := map[string]bool{}
	var list []run.Record
	for _, r := range records {
		if !seen[r.Digest] {
			seen[r.Digest] = true
			list = append(list, r)
		}
	}
	return list
}

// seedsOf names the seeds, or says how many there are.
func seedsOf(records []run.Record) string {
	var seeds []uint64
	for _, r := range records {
		seeds = addNew(seeds, r.Seed)
	}
	switch n := len(seeds); {
	case n == 1:
		return "seed " + enumerate(seeds)
	case n > 6:
		return count(n, "seed")
	}
	return "seeds " + enumerate(seeds)
}

// enumerate writes numbers in ascending order, as in 1, 2 and 3.
func enumerate[T cmp.Ordered](numbers []T) string {
	var words []string
	for _, n := range slices.Sorted(slices.Values(numbers)) {
		words = append(words, fmt.Sprint(n))
	}
	last := len(words) - 1
	if last == 0 {
		return words[0]
	}
	return strings.Join(words[:last], ", ") + " and " + words[last]
}

// limitsOf says what ends the training of runs that reach no accuracy.
func limitsOf(records []run.Record) string {
	seconds := limit(records, func(r run.Record) float64 { return r.Spec.Train.Budget }, " s of processor time")
	steps := limit(records, func(r run.Record) float64 { return float64(r.Spec.Train.Steps) }, " steps")
	if seconds != "" && steps != "" {
		steps = " or " + steps
	}
	if len(records) == 1 {
		return "at most " + seconds + steps
	}
	return "at most " + seconds + steps + " each"
}

// limit is the range of a limit over those runs that have it.
func limit(records []run.Record, of func(run.Record) float64, unit string) string {
	var values []float64
	for _, r := range records {
		if v := of(r); v > 0 {
			values = append(values, v)
		}
	}
	if len(values) == 0 {
		return ""
	}
	return interval(slices.Min(values), slices.Max(values)) + unit
}

// alphabets explains the names of tasks such as A5:g4.
func alphabets(tasks []string) []string {
	for _, name := range tasks {
		group, number, ok := strings.Cut(name, ":g")
		if k, err := strconv.Atoi(number); ok && err == nil {
			return []string{fmt.Sprintf(
				"In %s, the letters are %d elements that generate %s; the label of a position is the product so far.", name, k, group)}
		}
	}
	return nil
}

// settings says what limited runs, and what their tasks mean.
func settings(records []run.Record) string {
	var tasks, goals []string
	for _, r := range records {
		tasks = addNew(tasks, r.Spec.Task.Name)
		if until := r.Spec.Train.Until; until != (train.Until{}) {
			goals = addNew(goals, until.String())
		}
	}
	text := fmt.Sprintf("%s, %s, %s", count(len(records), "run"), seedsOf(records), limitsOf(records))
	if len(goals) > 0 {
		text += "; training ends early at " + strings.Join(goals, " or ")
	}
	return strings.Join(append([]string{text + "."}, alphabets(tasks)...), " ")
}
