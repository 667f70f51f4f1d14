package snark

import (
	"slices"
	"testing"

	"github.com/consensys/gnark/constraint"
	"github.com/consensys/gnark/frontend"
)

// noted is a circuit that notes the wires of its queries, tables and claims.
type noted struct {
	template
	wires []int
}

func (n *noted) Define(api frontend.API) error {
	hidden, advice := n.hidden()
	w, err := n.lowering.weave(api, advice)
	if err != nil {
		return err
	}
	note := func(values ...frontend.Variable) {
		for _, v := range values {
			if _, ok := api.Compiler().ConstantValue(v); ok {
				continue
			}
			for _, term := range linear(api, v) {
				n.wires = append(n.wires, int(term.VID))
			}
		}
	}
	for _, q := range w.queries {
		note(append(slices.Clone(q.columns), q.key)...)
	}
	for _, t := range w.tables {
		note(t.counts...)
		for _, q := range t.secret {
			note(append(slices.Clone(q.columns), q.key)...)
		}
	}
	for _, c := range w.claims {
		note(slices.Concat(slices.Concat(c.matrix, c.in, c.out)...)...)
	}
	lookUp(api, w)
	return n.publish(api, w, hidden)
}

// TestCommittedBefore checks that the prover commits, before the challenge is known, to every wire that
// the lookup argument and Freivalds' checks are about. No attack with a challenge that is fixed
// shows whether it does.
func TestCommittedBefore(t *testing.T) {
	a, _ := family(t, smallToy, 1)
	secret, err := LowerArchitecture(a, Options{Backend: Groth16, Words: Private, Committed: true})
	if err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]*System{
		"constants": constructs[8].lower(t),
		"committed": secret,
	} {
		n := &noted{template: newTemplate(s.lowering, s.Options)}
		ccs, err := frontend.Compile(field(), s.Options.Backend.builder(), n)
		if err != nil {
			t.Fatal(err)
		}
		commitments := ccs.GetCommitments().(constraint.Groth16Commitments)
		if len(commitments) != 1 {
			t.Fatalf("%s: %d commitments, expected 1", name, len(commitments))
		}
		missing := 0
		for _, v := range n.wires {
			if v > 0 && !slices.Contains(commitments[0].PrivateCommitted, v) {
				missing++
			}
		}
		if missing > 0 || len(n.wires) == 0 {
			t.Errorf("%s: %d of %d wires are not committed to", name, missing, len(n.wires))
		}
	}
}

// lower lowers a construct for private words and Groth16.
func (c construct) lower(t *testing.T) *System {
	t.Helper()
	s, err := Lower(c.build(t), Options{Backend: Groth16, Words: Private})
	if err != nil {
		t.Fatal(err)
	}
	return s
}
