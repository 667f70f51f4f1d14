package plot

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tc0/empirical/run"
)

// fields are what tells runs apart, in the order in which a name says them.
var fields = []func(run.Record) string{
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
// fields do not tell apart get the beginning of their digest too.
func names(records []run.Record) (common string, own []string) {
	own = make([]string, len(records))
	for _, field := range fields {
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
	if len(seeds) > 6 {
		return count(len(seeds), "seed")
	}
	slices.Sort(seeds)
	var names []string
	for _, s := range seeds {
		names = append(names, strconv.FormatUint(s, 10))
	}
	if len(names) == 1 {
		return "seed " + names[0]
	}
	return "seeds " + strings.Join(names, ", ")
}

// limitsOf says what ends the training of runs that reach no accuracy.
func limitsOf(records []run.Record) string {
	seconds := limit(records, func(r run.Record) float64 { return r.Spec.Train.Budget }, " s of processor time")
	steps := limit(records, func(r run.Record) float64 { return float64(r.Spec.Train.Steps) }, " steps")
	if seconds != "" && steps != "" {
		steps = " or " + steps
	}
	return "each with at most " + seconds + steps
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
			return []string{fmt.Sprintf("In %s, the letters are %d elements that generate %s; the label of a position is the product so far.", name, k, group)}
		}
	}
	return nil
}
