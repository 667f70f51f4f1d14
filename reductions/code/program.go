package code

import (
	"fmt"
	"strconv"
	"strings"

	"tc0/reductions/embed"
	"tc0/reductions/morphism"
	"tc0/theory/algebra"
)

// A Reduction sends words over the elements of a monoid to programs. It is
// immutable.
type Reduction struct {
	action      *embed.Action
	blocks      *morphism.Uniform
	first, last string // what stands before and after the blocks
	whereFrom   bool   // the program prints the inverse of the map
}

// Swaps returns the reduction to exchanges of list entries, for a group of
// permutations: Degree()-1 lines for each element.
func Swaps(a *embed.Action) (*Reduction, error) {
	width := digits(a.Degree())
	blocks, err := a.SwapBlocks(max(a.Degree()-1, 1), func(p, q int) []string {
		return swapLine(p, q, width)
	}, swapLine(0, 0, width))
	if err != nil {
		return nil, err
	}
	first := "x = [" + list(a.Degree(), "%d") + "]\n"
	return &Reduction{a, blocks, first, "print(x)\n", true}, nil
}

// swapLine exchanges two entries, character by character.
func swapLine(p, q, width int) []string {
	return strings.Split(fmt.Sprintf("x[%*d], x[%*d] = x[%[1]*[4]d], x[%[1]*[2]d]\n", width, p, width, q), "")
}

// Conditionals returns the reduction to conditional assignments: Degree() lines for
// each element.
func Conditionals(a *embed.Action) (*Reduction, error) {
	width := digits(a.Degree())
	elements := make([][]string, a.Order())
	for i := range elements {
		keyword := "if  "
		for p, q := range a.Map(i) {
			line := fmt.Sprintf("    %s x == %*d: x = %*d\n", keyword, width, p, width, q)
			elements[i] = append(elements[i], strings.Split(line, "")...)
			keyword = "elif"
		}
	}
	blocks, err := morphism.New(elements)
	if err != nil {
		return nil, err
	}
	last := "    return x\nprint([" + list(a.Degree(), "place(%d)") + "])\n"
	return &Reduction{a, blocks, "def place(x):\n", last, false}, nil
}

// digits is the width of the points 0 … degree-1.
func digits(degree int) int { return len(strconv.Itoa(degree - 1)) }

// list formats the points 0 … degree-1.
func list(degree int, format string) string {
	items := make([]string, degree)
	for p := range items {
		items[p] = fmt.Sprintf(format, p)
	}
	return strings.Join(items, ", ")
}

// Blocks is the map of elements to blocks of characters. The program has one line
// or more before them, and after.
func (r *Reduction) Blocks() *morphism.Uniform { return r.blocks }

// Forward is the word's program.
func (r *Reduction) Forward(word []int) (string, error) {
	characters, err := r.blocks.Apply(word)
	if err != nil {
		return "", err
	}
	return r.first + strings.Join(characters, "") + r.last, nil
}

// Answer runs a program and returns the element that it tells by [Reduction.Element].
func (r *Reduction) Answer(program string) (element int, err error) {
	output, err := Run(program)
	if err != nil {
		return 0, err
	}
	return r.Element(output)
}

// Element is the element that a program's output stands for: one line, a list of
// points.
func (r *Reduction) Element(output string) (int, error) {
	points, err := readList(strings.TrimSuffix(output, "\n"), r.action.Degree())
	if err != nil {
		return 0, err
	}
	x := make(algebra.Map, len(points))
	for p, q := range points {
		x[p] = uint16(q)
	}
	if r.whereFrom {
		inverse, ok := x.Inverse()
		if !ok {
			return 0, fmt.Errorf("the program printed %.80q, expected every point once", output)
		}
		x = inverse
	}
	return r.action.Element(x)
}

// readList reads a list of as many points as there are.
func readList(text string, degree int) ([]int, error) {
	refuse := func() error {
		return fmt.Errorf("the program printed %.80q, expected a list of %d numbers from 0 to %d", text, degree, degree-1)
	}
	inner, open := strings.CutPrefix(text, "[")
	inner, closed := strings.CutSuffix(inner, "]")
	items := strings.Split(inner, ", ")
	if !open || !closed || len(items) != degree {
		return nil, refuse()
	}
	points := make([]int, degree)
	for i, item := range items {
		p, err := strconv.Atoi(item)
		if err != nil || p < 0 || p >= degree || strconv.Itoa(p) != item {
			return nil, refuse()
		}
		points[i] = p
	}
	return points, nil
}
