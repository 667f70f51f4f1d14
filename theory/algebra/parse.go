package algebra

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// ParseMap reads a map in one of the two notations of [Map.String]: cycles,
// (1 2)(3 4 5), or images, [2 2 1]. Points count from 1 and are separated by
// spaces or commas. A degree of 0 means the largest point of the text. An image
// list must have as many entries as the degree, and cycles have no point twice.
func ParseMap(text string, degree int) (Map, error) {
	if degree < 0 || degree > MaxDegree {
		return nil, fmt.Errorf("a map on %d points: the degree is from 0 to %d", degree, MaxDegree)
	}
	s := strings.TrimSpace(text)
	switch {
	case strings.HasPrefix(s, "("):
		return parseCycles(s, degree)
	case strings.HasPrefix(s, "["):
		return parseImages(s, degree)
	}
	return nil, fmt.Errorf("%s is not a map: write cycles like (1 2)(3 4 5) or images like [2 2 1]", abridged(text))
}

// ParsePermutation is [ParseMap] for text that must be a permutation.
func ParsePermutation(text string, degree int) (Map, error) {
	x, err := ParseMap(text, degree)
	if err != nil {
		return nil, err
	}
	at := make([]int, len(x))
	for p, q := range x {
		if at[q] != 0 {
			return nil, fmt.Errorf("%s is not a permutation: points %d and %d both go to %d",
				abridged(text), at[q], p+1, q+1)
		}
		at[q] = p + 1
	}
	return x, nil
}

func parseImages(s string, degree int) (Map, error) {
	body, ok := strings.CutSuffix(s[1:], "]")
	if !ok {
		return nil, fmt.Errorf("%s has no closing bracket at its end: write images like [2 2 1]", abridged(s))
	}
	points, err := parsePoints(body)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", abridged(s), err)
	}
	if degree == 0 {
		degree = len(points)
	}
	if len(points) != degree {
		return nil, fmt.Errorf("%s has %d images: expected %d, one for each point", abridged(s), len(points), degree)
	}
	x := make(Map, degree)
	for p, q := range points {
		if q >= degree {
			return nil, fmt.Errorf("%s sends point %d to %d: the points are 1 to %d", abridged(s), p+1, q+1, degree)
		}
		x[p] = uint16(q)
	}
	return x, nil
}

func parseCycles(s string, degree int) (Map, error) {
	cycles, largest, err := splitCycles(s)
	if err != nil {
		return nil, err
	}
	if degree == 0 {
		degree = largest + 1
	}
	if largest >= degree {
		return nil, fmt.Errorf("%s moves point %d: the points are 1 to %d", abridged(s), largest+1, degree)
	}
	x := Identity(degree)
	for _, cycle := range cycles {
		for i, p := range cycle {
			x[p] = uint16(cycle[(i+1)%len(cycle)])
		}
	}
	return x, nil
}

// splitCycles returns the cycles of a text, no point twice, and the largest point
// (-1 if there is none).
func splitCycles(s string) (cycles [][]int, largest int, err error) {
	largest = -1
	seen := map[int]bool{}
	for rest := s; rest != ""; rest = strings.TrimSpace(rest) {
		if rest[0] != '(' {
			return nil, 0, fmt.Errorf("%s has %s outside a cycle: write cycles like (1 2)(3 4 5)", abridged(s), abridged(rest))
		}
		body, after, ok := strings.Cut(rest[1:], ")")
		if !ok {
			return nil, 0, fmt.Errorf("%s has a cycle that does not close: write cycles like (1 2)(3 4 5)", abridged(s))
		}
		cycle, err := parsePoints(body)
		if err != nil {
			return nil, 0, fmt.Errorf("%s: %w", abridged(s), err)
		}
		for _, p := range cycle {
			if seen[p] {
				return nil, 0, fmt.Errorf("%s has point %d twice: a permutation moves every point once", abridged(s), p+1)
			}
			seen[p] = true
		}
		if len(cycle) > 0 {
			cycles = append(cycles, cycle)
			largest = max(largest, slices.Max(cycle))
		}
		rest = after
	}
	return cycles, largest, nil
}

func isSeparator(r rune) bool { return r == ' ' || r == '\t' || r == ',' }

// parsePoints reads numbers from 1 and returns them from 0.
func parsePoints(body string) ([]int, error) {
	fields := strings.FieldsFunc(body, isSeparator)
	points := make([]int, len(fields))
	for i, field := range fields {
		n, err := strconv.Atoi(field)
		if err != nil || n < 1 || n > MaxDegree {
			return nil, fmt.Errorf("%s is not a point: expected a number from 1 to %d", abridged(field), MaxDegree)
		}
		points[i] = n - 1
	}
	return points, nil
}

// abridged quotes text for an error message, cut so that the message is one
// readable line.
func abridged(text string) string {
	const most = 60
	if len(text) > most {
		text = text[:most] + "…"
	}
	return strconv.Quote(text)
}
