package formula

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

func mustParse(t testing.TB, text string) *Formula {
	t.Helper()
	f, err := Parse(text)
	if err != nil {
		t.Fatalf("%.60s: %v", text, err)
	}
	return f
}

// draw makes a random formula over n variables with shared nodes, constants included.
func draw(t *rapid.T, n, nodes int) *Formula {
	var names []string
	for v := range n {
		names = append(names, fmt.Sprintf("x%d", v+1))
	}
	b, err := NewBuilder(names)
	if err != nil {
		t.Fatal(err)
	}
	xs := []int{b.Constant(false), b.Constant(true)}
	for v := range n {
		xs = append(xs, b.Variable(v))
	}
	pick := func() int {
		// Later nodes more often, so that formulas grow deep.
		low := rapid.IntRange(0, len(xs)-1).Draw(t, "low")
		return xs[rapid.IntRange(low, len(xs)-1).Draw(t, "node")]
	}
	for range nodes {
		switch rapid.IntRange(0, 6).Draw(t, "op") {
		case 0, 1:
			xs = append(xs, b.And(pick(), pick()))
		case 2, 3:
			xs = append(xs, b.Or(pick(), pick()))
		case 4:
			xs = append(xs, b.Xor(pick(), pick()))
		default:
			xs = append(xs, b.Not(pick()))
		}
	}
	return b.Formula(xs[len(xs)-1])
}

// horner is x1 & (x2 | (x3 & …)) with n leaves, each another variable.
func horner(t testing.TB, n int) *Formula {
	t.Helper()
	var names []string
	for v := range n {
		names = append(names, fmt.Sprintf("x%d", v+1))
	}
	b, err := NewBuilder(names)
	if err != nil {
		t.Fatal(err)
	}
	x := b.Variable(n - 1)
	for v := n - 2; v >= 0; v-- {
		if v%2 == 0 {
			x = b.And(b.Variable(v), x)
		} else {
			x = b.Or(b.Variable(v), x)
		}
	}
	return b.Formula(x)
}
