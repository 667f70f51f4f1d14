package algebra

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// Generators are named maps of one degree, as a file gives them.
type Generators struct {
	Names []string // different, without spaces
	Maps  []Map    // at least one
}

const (
	maxLine   = 1 << 24 // bytes of a line
	maxPoints = 1 << 24 // points of all maps of a file together
)

// ReadGenerators reads a file of generators. The text is read line by line; a # and
// what follows it are a comment, and blank lines do not count. The first line says
// what the others are:
//
//	permutations [on N points]      a = (1 2)(3 4)     cycles, points from 1
//	                                b = [2 3 1 4]      or images
//	transformations [on N points]   the same, and images may repeat
//	matrices mod P                  a = 1 1; 0 1       rows of a square matrix
//	table                           0 1 2              row i holds i·0, i·1, …
//
// Names are optional; the generator on the n-th such line is called gn without one.
// Without "on N points" the degree is the largest point of the file. How matrices act
// is described at [Matrices], and how a table is checked at [Cayley]; the generators
// of a table are named by their element numbers. Numbers are separated by spaces or
// commas.
//
// Errors are one line that starts with the line number. Memory is proportional to the
// text, and for cycles and matrices at most 2^24 points in all.
func ReadGenerators(r io.Reader) (*Generators, error) {
	lines, err := readLines(r)
	if err != nil {
		return nil, err
	}
	if len(lines) == 0 {
		return nil, errors.New("line 1: nothing here: expected permutations, transformations, matrices mod P or table")
	}
	header, body := lines[0], lines[1:]
	if len(body) == 0 {
		return nil, fmt.Errorf("line %d: no generators follow %s: give one on each line", header.number, abridged(header.text))
	}
	if len(body) > maxGenerators {
		return nil, fmt.Errorf("line %d: generator %d: at most %d are supported",
			body[maxGenerators].number, maxGenerators+1, maxGenerators)
	}
	words := strings.Fields(header.text)
	switch {
	case words[0] == "permutations":
		return readMaps(header, body, ParsePermutation)
	case words[0] == "transformations":
		return readMaps(header, body, ParseMap)
	case words[0] == "matrices" && len(words) == 3 && words[1] == "mod":
		return readMatrices(header, words[2], body)
	case header.text == "table":
		return readTable(header, body)
	}
	return nil, fmt.Errorf("line %d: %s: expected permutations, transformations, matrices mod P or table",
		header.number, abridged(header.text))
}

// A line is a line with something on it, without comment and outer spaces.
type line struct {
	number int
	text   string
}

// wrap puts the line number before an error.
func (l line) wrap(err error) error { return fmt.Errorf("line %d: %w", l.number, err) }

func readLines(r io.Reader) ([]line, error) {
	var lines []line
	number := 0
	scanner := bufio.NewScanner(r)
	scanner.Buffer(nil, maxLine)
	for scanner.Scan() {
		number++
		text, _, _ := strings.Cut(scanner.Text(), "#")
		if text = strings.TrimSpace(text); text != "" {
			lines = append(lines, line{number, text})
		}
	}
	if errors.Is(scanner.Err(), bufio.ErrTooLong) {
		return nil, fmt.Errorf("line %d: longer than %d bytes: split the file", number+1, maxLine)
	}
	return lines, scanner.Err()
}

// splitNames takes the names off the lines.
func splitNames(body []line) (names []string, texts []line, err error) {
	first := map[string]int{}
	for i, l := range body {
		name, text, named := strings.Cut(l.text, "=")
		name, text = strings.TrimSpace(name), strings.TrimSpace(text)
		if !named {
			name, text = fmt.Sprintf("g%d", i+1), l.text
		}
		if name == "" || strings.ContainsAny(name, " \t") {
			return nil, nil, fmt.Errorf("line %d: %s is not a name: expected one word before =", l.number, abridged(name))
		}
		if at, ok := first[name]; ok {
			return nil, nil, fmt.Errorf("line %d: the name %s is already that of line %d: choose another",
				l.number, abridged(name), at)
		}
		first[name] = l.number
		names = append(names, name)
		texts = append(texts, line{l.number, text})
	}
	return names, texts, nil
}

// readMaps reads permutations or transformations.
func readMaps(header line, body []line, parse func(string, int) (Map, error)) (*Generators, error) {
	degree, err := headerDegree(header)
	if err != nil {
		return nil, err
	}
	names, texts, err := splitNames(body)
	if err != nil {
		return nil, err
	}
	if degree == 0 {
		// The first reading finds the largest point; maps of cycles are made only when the
		// degree is known.
		for _, l := range texts {
			largest, err := degreeOf(l.text)
			if err != nil {
				return nil, l.wrap(err)
			}
			degree = max(degree, largest)
		}
	}
	g := &Generators{Names: names}
	for i, l := range texts {
		if (i+1)*degree > maxPoints {
			return nil, tooManyInAll(l)
		}
		x, err := parse(l.text, degree)
		if err != nil {
			return nil, l.wrap(err)
		}
		g.Maps = append(g.Maps, x)
	}
	return g, nil
}

// headerDegree reads "on N points", if it is there.
func headerDegree(header line) (int, error) {
	words := strings.Fields(header.text)
	if len(words) == 1 {
		return 0, nil
	}
	if len(words) == 4 && words[1] == "on" && words[3] == "points" {
		if n, err := strconv.Atoi(words[2]); err == nil && n >= 1 && n <= MaxDegree {
			return n, nil
		}
	}
	return 0, fmt.Errorf("line %d: %s: expected %s, or %s on N points with N from 1 to %d",
		header.number, abridged(header.text), words[0], words[0], MaxDegree)
}

// degreeOf returns the least degree that a map in either notation needs, at least 1.
func degreeOf(text string) (int, error) {
	if strings.HasPrefix(text, "[") {
		return max(1, len(strings.FieldsFunc(strings.Trim(text, "[]"), isSeparator))), nil
	}
	if !strings.HasPrefix(text, "(") {
		return 1, nil
	}
	_, largest, err := splitCycles(text)
	return max(largest, 0) + 1, err
}

// readMatrices reads matrices mod p.
func readMatrices(header line, modulus string, body []line) (*Generators, error) {
	p, err := strconv.Atoi(modulus)
	if err != nil {
		return nil, fmt.Errorf("line %d: matrices mod %s: expected a prime number", header.number, abridged(modulus))
	}
	if err := checkModulus(p); err != nil {
		return nil, header.wrap(err)
	}
	names, texts, err := splitNames(body)
	if err != nil {
		return nil, err
	}
	var matrices [][][]int
	for _, l := range texts {
		matrix, err := parseMatrix(l.text)
		if err != nil {
			return nil, l.wrap(err)
		}
		matrices = append(matrices, matrix)
		if err := checkMatrix(matrix, len(matrices[0])); err != nil {
			return nil, l.wrap(err)
		}
		vectors, err := countVectors(p, len(matrix))
		if err != nil {
			return nil, l.wrap(err)
		}
		if len(matrices)*vectors > maxPoints {
			return nil, tooManyInAll(l)
		}
	}
	maps, err := Matrices(p, matrices)
	return &Generators{Names: names, Maps: maps}, err
}

func tooManyInAll(l line) error {
	return fmt.Errorf("line %d: more than %d points in all generators together: use fewer", l.number, maxPoints)
}

func parseMatrix(text string) ([][]int, error) {
	var matrix [][]int
	for _, part := range strings.Split(text, ";") {
		row, err := parseNumbers(part)
		if err != nil {
			return nil, err
		}
		matrix = append(matrix, row)
	}
	return matrix, nil
}

// readTable reads a Cayley table.
func readTable(header line, body []line) (*Generators, error) {
	var table [][]int
	for i, l := range body {
		row, err := parseNumbers(l.text)
		if err != nil {
			return nil, l.wrap(err)
		}
		if len(row) != len(body) {
			return nil, fmt.Errorf("line %d: row %d of the table has %d entries: expected %d, as many as there are rows",
				l.number, i, len(row), len(body))
		}
		table = append(table, row)
	}
	elements, maps, err := Cayley(table)
	if err != nil {
		return nil, header.wrap(err)
	}
	g := &Generators{Maps: maps}
	for _, e := range elements {
		g.Names = append(g.Names, strconv.Itoa(e))
	}
	return g, nil
}

func parseNumbers(text string) ([]int, error) {
	var numbers []int
	for _, field := range strings.FieldsFunc(text, isSeparator) {
		n, err := strconv.Atoi(field)
		if err != nil {
			return nil, fmt.Errorf("%s is not a number", abridged(field))
		}
		numbers = append(numbers, n)
	}
	return numbers, nil
}

// String writes the generators as a file that [ReadGenerators] reads back.
func (g *Generators) String() string {
	var b strings.Builder
	kind := "permutations"
	if slices.ContainsFunc(g.Maps, func(x Map) bool { return !x.IsPermutation() }) {
		kind = "transformations"
	}
	fmt.Fprintf(&b, "%s on %d points\n", kind, len(g.Maps[0]))
	for i, x := range g.Maps {
		fmt.Fprintf(&b, "%s = %v\n", g.Names[i], x)
	}
	return b.String()
}
