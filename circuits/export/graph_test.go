package export

import "testing"

func TestAndSimplifies(t *testing.T) {
	made := 0
	g := newGraph(0, 5, func(_, _, _ lit) { made++ })
	a, b := lit(2), lit(4)
	for _, test := range []struct{ x, y, want lit }{
		{a, no, no}, {yes, a, a}, {a, a, a}, {a, a.not(), no}, {no, yes, no}, {a, b, 10}, {b, a, 10}, {a.not(), b, 12},
	} {
		if got := g.and(test.x, test.y); got != test.want {
			t.Errorf("and(%d, %d) = %d, want %d", test.x, test.y, got, test.want)
		}
	}
	if made != 2 {
		t.Errorf("%d conjunctions made, want 2", made)
	}
}
