package arith

import (
	"testing"

	"pgregory.net/rapid"
)

// TestScheduleFollowsReads: whatever the origins say, a node comes once and after all
// that it reads.
func TestScheduleFollowsReads(t *testing.T) {
	moved := 0
	rapid.Check(t, func(t *rapid.T) {
		c, _ := draw(t)
		place := make([]int, c.Len())
		for i, n := range c.schedule() {
			place[n] = i + 1
			if int(n) != i {
				moved++
			}
		}
		for i := range c.nodes {
			for _, r := range c.reads(i) {
				if place[i] == 0 || place[r.Node] == 0 || place[r.Node] >= place[i] {
					t.Fatalf("node %d at place %d reads node %d at place %d", i, place[i], r.Node, place[r.Node])
				}
			}
		}
	})
	if moved == 0 {
		t.Error("no circuit was reordered: the test shows nothing")
	}
}
