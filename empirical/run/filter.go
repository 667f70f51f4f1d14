package run

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A Filter is a condition on records.
type Filter struct {
	field    string
	operator string
	text     string
	number   float64
}

// fields are what a filter can ask for: a number, or else a text.
var fields = map[string]func(Record) any{
	"arch":              func(r Record) any { return r.Spec.Model.Arch },
	"checkpoint":        func(r Record) any { return r.Checkpoint },
	"code":              func(r Record) any { return r.Code },
	"cpu_seconds":       func(r Record) any { return r.CPU },
	"digest":            func(r Record) any { return r.Digest },
	"ended":             func(r Record) any { return r.Ended },
	"layers":            func(r Record) any { return float64(r.Spec.Model.Layers) },
	"length":            func(r Record) any { return float64(r.Spec.Task.Length) },
	"reached":           func(r Record) any { return strconv.FormatBool(r.Reached) },
	"seed":              func(r Record) any { return float64(r.Seed) },
	"sequence_accuracy": func(r Record) any { return r.SequenceAccuracy },
	"steps":             func(r Record) any { return float64(r.Steps) },
	"task":              func(r Record) any { return r.Spec.Task.Name },
	"token_accuracy":    func(r Record) any { return r.TokenAccuracy },
}

// Fields are the names that a filter may have, ascending.
func Fields() []string {
	var names []string
	for name := range fields {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// ParseFilter reads a condition: a field, one of = != < <= > >= and a value, as in
// token_accuracy>=0.9 or arch=mamba. Text can only be equal or not; a digest, that of a checkpoint
// too, is equal to its beginnings.
func ParseFilter(text string) (Filter, error) {
	at := strings.IndexAny(text, "=!<>")
	if at < 0 {
		return Filter{}, fmt.Errorf("filter %q: expected a field, one of = != < <= > >= and a value", text)
	}
	f := Filter{field: strings.TrimSpace(text[:at])}
	for _, op := range []string{"!=", "<=", ">=", "=", "<", ">"} {
		if value, ok := strings.CutPrefix(text[at:], op); ok {
			f.operator, f.text = op, strings.TrimSpace(value)
			break
		}
	}
	get, ok := fields[f.field]
	if !ok {
		return Filter{}, fmt.Errorf("filter %q: no field %q: use one of %s", text, f.field, strings.Join(Fields(), ", "))
	}
	if f.operator == "" {
		return Filter{}, fmt.Errorf("filter %q: expected one of = != < <= > >=", text)
	}
	if _, numeric := get(Record{}).(float64); !numeric {
		if f.operator != "=" && f.operator != "!=" {
			return Filter{}, fmt.Errorf("filter %q: %s is a text: use = or !=", text, f.field)
		}
		return f, nil
	}
	number, err := strconv.ParseFloat(f.text, 64)
	if err != nil || number != number {
		return Filter{}, fmt.Errorf("filter %q: %q is no number", text, f.text)
	}
	f.number = number
	return f, nil
}

// Match reports whether a record meets the condition.
func (f Filter) Match(r Record) bool {
	switch value := fields[f.field](r).(type) {
	case float64:
		return f.holds(cmp.Compare(value, f.number))
	case string:
		if (f.field == "digest" || f.field == "checkpoint") && f.text != "" && strings.HasPrefix(value, f.text) {
			value = f.text
		}
		return f.holds(strings.Compare(value, f.text))
	}
	return false
}

func (f Filter) holds(order int) bool {
	switch f.operator {
	case "=":
		return order == 0
	case "!=":
		return order != 0
	case "<":
		return order < 0
	case "<=":
		return order <= 0
	case ">":
		return order > 0
	}
	return order >= 0
}

// Select returns the records that meet all conditions, in their order.
func Select(records []Record, filters ...Filter) []Record {
	var chosen []Record
	for _, r := range records {
		if !slices.ContainsFunc(filters, func(f Filter) bool { return !f.Match(r) }) {
			chosen = append(chosen, r)
		}
	}
	return chosen
}
