package formula

import (
	"bufio"
	"fmt"
	"io"
	"math/big"
	"strings"
)

// maxText is the number of leaves up to which [Formula.String] writes a formula out.
const maxText = 1 << 20

// String is the formula as [Parse] reads it, with no more parentheses than needed; or
// a note when it has more than a million leaves, which [Formula.WriteText] writes too.
func (f *Formula) String() string {
	if s := f.Size(); s.Cmp(big.NewInt(maxText)) > 0 {
		return fmt.Sprintf("(a formula of %s leaves)", s)
	}
	var b strings.Builder
	_ = f.WriteText(&b) // a builder takes everything
	return b.String()
}

// piece is a node still to be written, or a symbol.
type piece struct {
	node   int32 // -1 for a symbol
	bound  int8  // operators looser than this need parentheses
	symbol string
}

var printed = [...]struct {
	symbol string
	bound  int8
}{Or: {" | ", 3}, Xor: {" ^ ", 4}, And: {" & ", 5}, Not: {"!", 6}}

// WriteText writes the tree as [Parse] reads it, in memory of the order of its depth.
func (f *Formula) WriteText(w io.Writer) error {
	out := bufio.NewWriter(w)
	stack := []piece{{node: int32(len(f.nodes) - 1)}}
	for len(stack) > 0 {
		p := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if p.node < 0 {
			if _, err := out.WriteString(p.symbol); err != nil {
				return err
			}
			continue
		}
		stack = f.open(stack, p)
	}
	return out.Flush()
}

// open puts the pieces of a node on the stack, the first on top.
func (f *Formula) open(stack []piece, p piece) []piece {
	symbol := func(s string) piece { return piece{node: -1, symbol: s} }
	n := f.nodes[p.node]
	switch n.Op {
	case False:
		return append(stack, symbol("0"))
	case True:
		return append(stack, symbol("1"))
	case Variable:
		return append(stack, symbol(quoted(f.names[n.A])))
	}
	own := printed[n.Op]
	parentheses := own.bound < p.bound
	if parentheses {
		stack = append(stack, symbol(")"))
	}
	if n.Op == Not {
		stack = append(stack, piece{node: n.A, bound: own.bound}, symbol(own.symbol))
	} else {
		right, left := piece{node: n.B, bound: own.bound + 1}, piece{node: n.A, bound: own.bound}
		stack = append(stack, right, symbol(own.symbol), left)
	}
	if parentheses {
		stack = append(stack, symbol("("))
	}
	return stack
}
