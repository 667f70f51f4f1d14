package language

import (
	"slices"
	"strings"
)

const (
	grailStart = "(START)"
	grailFinal = "(FINAL)"
)

// readFAdo reads the text form of FAdo's readFromFile: a header with the kind, the
// accepting states, and optionally * with the initial states and $ with the alphabet, then
// one edge per line; a line with one word names a state.
func readFAdo(content []byte) (*NFA, error) {
	b, l := newBuilder(), newLines(content, true)
	if !l.next() {
		return nil, l.fail("an empty file")
	}
	deterministic, err := fadoHeader(b, l)
	if err != nil {
		return nil, err
	}
	seen := map[[2]string]bool{} // of a @DFA: state and letter
	for l.next() {
		f, err := l.fields()
		if err != nil {
			return nil, err
		}
		if strings.HasPrefix(f[0].text, "@") && !f[0].quoted {
			return nil, l.fail("a second automaton: want one per file")
		}
		if len(f) == 1 {
			b.state(f[0].text)
			continue
		}
		if len(f) != 3 {
			return nil, l.fail("%d words: want an edge, STATE LETTER STATE", len(f))
		}
		key := [2]string{f[0].text, f[1].text}
		if deterministic && seen[key] {
			return nil, l.fail("a second edge by %q from state %s of a @DFA", f[1].text, f[0].text)
		}
		seen[key] = true
		if len(b.n.Start) == 0 {
			b.start(f[0].text)
		}
		epsilon := !f[1].quoted && f[1].text == "@epsilon"
		if deterministic && epsilon {
			return nil, l.fail("an edge without a letter in a @DFA")
		}
		if err := b.edge(f[0].text, f[1].text, epsilon, f[2].text); err != nil {
			return nil, l.fail("%v", err)
		}
	}
	return b.finish()
}

func fadoHeader(b *builder, l *lines) (deterministic bool, err error) {
	f, err := l.fields()
	if err != nil {
		return false, err
	}
	if !slices.Contains([]string{"@DFA", "@NFA"}, f[0].text) {
		return false, l.fail("%s is not a finite automaton: want @DFA or @NFA", abridge(f[0].text))
	}
	part := ""
	var alphabet []string
	for _, x := range f[1:] {
		switch {
		case !x.quoted && x.text == "*" && part == "", !x.quoted && x.text == "$" && part != "$":
			part = x.text
		case part == "":
			b.accepting(x.text)
		case part == "*":
			b.start(x.text)
		default:
			alphabet = append(alphabet, x.text)
		}
	}
	// FAdo adds the letters of edges to those named here, so the alphabet stays open.
	for _, a := range alphabet {
		if _, err := b.letter(a); err != nil {
			return false, l.fail("%v", err)
		}
	}
	return f[0].text == "@DFA", nil
}

// readGrail reads Grail's text form: edges and the pseudo-edges "(START) |- q" and
// "q -| (FINAL)".
func readGrail(content []byte) (*NFA, error) {
	b, l := newBuilder(), newLines(content, false)
	for l.next() {
		f := strings.Fields(l.text)
		if len(f) != 3 {
			return nil, l.fail("%d words: want STATE LETTER STATE, (START) |- STATE or STATE -| (FINAL)", len(f))
		}
		switch {
		case f[0] == grailStart && f[1] == "|-":
			b.start(f[2])
		case f[1] == "-|" && f[2] == grailFinal:
			b.accepting(f[0])
		case f[0] == grailStart || f[2] == grailFinal:
			return nil, l.fail("want (START) |- STATE or STATE -| (FINAL)")
		default:
			if err := b.edge(f[0], f[1], false, f[2]); err != nil {
				return nil, l.fail("%v", err)
			}
		}
	}
	return b.finish()
}
