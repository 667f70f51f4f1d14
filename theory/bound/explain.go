package bound

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// An Entry is what is recorded under one ID, ready to print.
type Entry struct {
	ID     string  `json:"id"`
	Kind   string  `json:"kind"` // theorem, definition, class, assumption, arithmetic model, architecture, …
	Text   string  `json:"text"`
	Fields []Field `json:"fields,omitempty"`
}

// A Field is a named line of an [Entry].
type Field struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// String is the entry as text: a title line, the text, then the fields.
func (e Entry) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%s)\n%s\n", e.ID, e.Kind, e.Text)
	for _, f := range e.Fields {
		fmt.Fprintf(&b, "%s: %s\n", f.Name, f.Text)
	}
	return b.String()
}

// Explain returns what is recorded under the ID of a statement, a class, an assumption,
// an arithmetic model or an architecture, or under another name of an architecture.
// Case, spaces and hyphens do not matter, and != is ≠; a statement of the paper is found
// by its number too, whatever its letter. The error names the nearest IDs.
func Explain(id string) (Entry, error) {
	key := fold(id)
	if a, ok := Find(id); ok {
		return a.entry(), nil
	}
	entries := Entries()
	for _, e := range entries {
		if fold(e.ID) == key {
			return e, nil
		}
	}
	if e, ok := numbered(key, entries); ok {
		return e, nil
	}
	if near := nearest(key, entries); len(near) > 0 {
		return Entry{}, fmt.Errorf("nothing is recorded under %q; near it: %s", id, strings.Join(near, ", "))
	}
	return Entry{}, fmt.Errorf("nothing is recorded under %q: expected a statement like T4.4, a class like TC0, "+
		"an assumption like %s, a model of arithmetic like P-fin or an architecture like mamba", id, TC0NotNC1)
}

// Entries returns all entries: statements, classes, assumptions, arithmetic models,
// architectures.
func Entries() []Entry {
	var all []Entry
	for _, t := range Theorems() {
		all = append(all, t.entry())
	}
	for _, c := range classes {
		all = append(all, c.entry())
	}
	for _, a := range assumptions {
		all = append(all, Entry{ID: a.ID, Kind: "assumption", Text: a.What})
	}
	for _, a := range arithmetics {
		all = append(all, Entry{ID: a.ID, Kind: "arithmetic model", Text: a.What})
	}
	for _, a := range architectures {
		all = append(all, a.entry())
	}
	return all
}

func (t Theorem) entry() Entry {
	assumes := "nothing (unconditional)"
	if len(t.Assumptions) > 0 {
		assumes = strings.Join(t.Assumptions, ", ")
	}
	e := Entry{ID: t.ID, Kind: string(t.Kind), Text: t.Statement}
	e.add("source", t.Source)
	if t.Kind != Definition {
		e.add("assumes", assumes)
	}
	e.add("arithmetic", strings.Join(t.Arithmetic, ", "))
	e.add("status", string(t.Status))
	e.add("checked", string(t.Evidence))
	return e
}

func (c Class) entry() Entry {
	e := Entry{ID: c.ID, Kind: "class", Text: c.What}
	e.add("separated", c.Separated)
	e.add("statements", strings.Join(c.Theorems, ", "))
	e.add("open", strings.Join(c.Assumed, ", "))
	return e
}

func (a Architecture) entry() Entry {
	e := Entry{ID: a.ID, Kind: "architecture", Text: a.Name + ". Transition: " + a.Form + "."}
	e.add("kind", string(a.Kind))
	for _, u := range a.Upper {
		e.add("upper bound", fmt.Sprintf("%s (%s; %s)", u.Class, u.Theorem, u.Arithmetic))
	}
	e.add("note", a.Note)
	e.add("also", strings.Join(a.Aliases, ", "))
	e.add("source", a.Source)
	e.add("checked", string(a.Evidence))
	return e
}

// add appends a field unless its text is empty.
func (e *Entry) add(name, text string) {
	if text != "" {
		e.Fields = append(e.Fields, Field{name, text})
	}
}

// fold is a name without case, spaces, hyphens and underscores.
func fold(name string) string {
	name = strings.ReplaceAll(strings.ToLower(name), "!=", "≠")
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '-' || r == '_' {
			return -1
		}
		return r
	}, name)
}

// numbered is the one entry whose folded ID is a letter and this key's number.
func numbered(key string, entries []Entry) (found Entry, ok bool) {
	if !paperID.MatchString(key) {
		return Entry{}, false
	}
	for _, e := range entries {
		if id := fold(e.ID); paperID.MatchString(id) && id[1:] == key[1:] {
			if ok {
				return Entry{}, false
			}
			found, ok = e, true
		}
	}
	return found, ok
}

// paperID is a folded ID of a statement in the body of the paper.
var paperID = regexp.MustCompile(`^[a-z][0-9]+\.[0-9]+$`)

// nearest is up to three IDs that are few edits away from a folded name, or that
// begin with it, the nearest first.
func nearest(key string, entries []Entry) []string {
	const most = 3
	if key == "" || len(key) > 64 {
		return nil
	}
	distance := map[string]int{}
	var ids []string
	for _, e := range entries {
		folded := fold(e.ID)
		d := edits(key, folded)
		begins := strings.HasPrefix(folded, key)
		if begins {
			d = min(d, 2)
		}
		if begins || d <= max(1, len(key)/3) && d < len(key) {
			distance[e.ID] = d
			ids = append(ids, e.ID)
		}
	}
	slices.SortStableFunc(ids, func(a, b string) int { return distance[a] - distance[b] })
	return ids[:min(most, len(ids))]
}

// edits is the least number of insertions, deletions and replacements of runes that
// turn a into b (Levenshtein 1965).
func edits(a, b string) int {
	from, to := []rune(a), []rune(b)
	row := make([]int, len(to)+1)
	for j := range row {
		row[j] = j
	}
	for i, x := range from {
		diagonal := row[0]
		row[0] = i + 1
		for j, y := range to {
			cost := diagonal
			if x != y {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, diagonal+1)
		}
	}
	return row[len(to)]
}
