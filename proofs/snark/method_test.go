package snark

import "testing"

// TestConstructs checks that every construct is lowered as its name says, so that tables and
// attacks that go through constructs reach every method.
func TestConstructs(t *testing.T) {
	seen := map[method]bool{constant: true, oneHot: true}
	free := 0
	for _, c := range constructs {
		p, err := newPlan(c.build(t), 1)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		seen[c.method] = true
		for _, v := range p.vars {
			if v != nil && v.free {
				free++
			}
		}
		if got := p.tally.Methods[c.method.String()]; got*10 < c.count*9 {
			t.Errorf("%s: %d steps by this method, expected some %d: %v", c.name, got, c.count, p.tally.Methods)
		}
	}
	if free == 0 {
		t.Error("no construct has a quotient that a row bounds")
	}
	for m := range methodNames {
		if !seen[method(m)] {
			t.Errorf("no construct for method %v", method(m))
		}
	}
}
