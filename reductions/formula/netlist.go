package formula

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
)

// A Netlist is a combinational network read from a file: formulas over its inputs
// that share what they have in common.
type Netlist struct {
	b       *Builder
	outputs []string
	roots   []int
}

// Inputs are the names of the inputs, in the file's order; they are the variables of
// every output's formula.
func (n *Netlist) Inputs() []string { return n.b.names }

// Outputs are the names of the outputs, in the file's order.
func (n *Netlist) Outputs() []string { return n.outputs }

// Formula is the formula of an output, counted from 0.
func (n *Netlist) Formula(output int) *Formula { return n.b.Formula(n.roots[output]) }

// Output is the number of the output with a name, or the only output for an empty
// name.
func (n *Netlist) Output(name string) (int, error) {
	if name == "" && len(n.outputs) != 1 {
		return 0, fmt.Errorf("the file has %d outputs: choose one of %s", len(n.outputs), list(n.outputs))
	}
	if name == "" {
		return 0, nil
	}
	if i := slices.Index(n.outputs, name); i >= 0 {
		return i, nil
	}
	return 0, fmt.Errorf("there is no output %.40q among %s", name, list(n.outputs))
}

// ReadNetlist reads AIGER when the file begins so, and BLIF otherwise.
func ReadNetlist(r io.Reader) (*Netlist, error) {
	in := bufio.NewReader(r)
	start, err := in.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if s := string(start); s == "aag " || s == "aig " {
		return ReadAIGER(in)
	}
	return ReadBLIF(in)
}

// graph is definitions in any order, put in order.
type graph struct {
	reads   func(i int) []int // the definitions that definition i reads
	define  func(i int) error // called once for each, after what it reads
	message func(i int) error // the error of a definition that reads itself
}

// visit defines root and what it reads that is not done yet.
func (g graph) visit(root int, state []visit) error {
	stack := []int{root}
	for len(stack) > 0 {
		i := stack[len(stack)-1]
		if state[i] == visited {
			stack = stack[:len(stack)-1]
			continue
		}
		if state[i] == opened {
			if err := g.define(i); err != nil {
				return err
			}
			state[i] = visited
			stack = stack[:len(stack)-1]
			continue
		}
		state[i] = opened
		for _, j := range g.reads(i) {
			switch state[j] {
			case opened:
				return g.message(j)
			case unvisited:
				stack = append(stack, j)
			}
		}
	}
	return nil
}

type visit uint8

const (
	unvisited visit = iota
	opened          // what it reads is being defined
	visited
)
