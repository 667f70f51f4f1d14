package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"

	"tc0/circuits/view"
	"tc0/theory/algebra"
	"tc0/theory/language"
)

// maxOrder is how many elements of a group or monoid are listed for word problems.
const maxOrder = 1 << 20

// loadGenerators reads a file of generators.
func loadGenerators(path string) (*algebra.Generators, error) {
	f, err := openKind(path, "a file of generators", "")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	g, err := algebra.ReadGenerators(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return g, nil
}

// underFlag puts what was asked for before an error about limits, which does not name
// it.
func underFlag(what string, err error) error {
	if limit := (*algebra.LimitError)(nil); errors.As(err, &limit) {
		return fmt.Errorf("%s: has more than %s elements, the most that can be listed here", what, view.Count(int64(limit.Limit)))
	}
	return err
}

// enumerateFile lists the monoid that a file of generators generates.
func enumerateFile(path string) (*algebra.Monoid, error) {
	g, err := loadGenerators(path)
	if err != nil {
		return nil, err
	}
	m, err := algebra.Enumerate(g.Maps, maxOrder)
	return m, underFlag(path, err)
}

// loadAutomaton reads an automaton in any format that theory/language knows.
func loadAutomaton(path string) (*language.NFA, error) {
	f, err := openKind(path, "an automaton", "")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return language.Read(bufio.NewReader(f), path)
}

// beginsWith tells whether the first line of a file that is no comment begins with one
// of the words.
func beginsWith(r io.Reader, words ...string) bool {
	lines := bufio.NewScanner(io.LimitReader(r, 1<<16))
	for lines.Scan() {
		text := strings.TrimSpace(lines.Text())
		if text == "" || strings.HasPrefix(text, "#") {
			continue
		}
		for _, w := range words {
			if strings.HasPrefix(text, w) {
				return true
			}
		}
		return false
	}
	return false
}

// dataAlone refuses --json where standard output is for data alone.
func (a *app) dataAlone(out string) error {
	if out == "-" && a.json {
		return errors.New("--json: standard output has the data of -o -; write them to a file with -o FILE")
	}
	return nil
}

// baseName is a file's name without folder and suffix, a subject's name in answers.
func baseName(path string) string {
	return strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
}

// parseElements reads element numbers below order, separated by commas or spaces.
func parseElements(text string, order int) ([]int, error) {
	var elements []int
	for _, s := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' || r == '\n' }) {
		v, err := strconv.Atoi(s)
		if err != nil || v < 0 || v >= order {
			return nil, fmt.Errorf("element %q, expected a number from 0 to %d", s, order-1)
		}
		elements = append(elements, v)
	}
	if len(elements) == 0 {
		return nil, fmt.Errorf("no elements, expected numbers separated by commas, such as 3,17,5")
	}
	return elements, nil
}
