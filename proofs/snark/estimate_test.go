package snark

import "testing"

// TestEstimate compares predicted counts with those of compiled systems.
func TestEstimate(t *testing.T) {
	for _, m := range []trained{flipflop, s4d} {
		for _, b := range []Backend{Groth16, PLONK} {
			e, err := EstimateCost(m.circuit(t), b)
			if err != nil {
				t.Fatal(err)
			}
			got := m.lower(t, Options{b, Private}).Constraints()
			if off := float64(e.Constraints)/float64(got) - 1; off < -0.05 || off > 0.05 {
				t.Errorf("%s, %s: %d constraints predicted, %d compiled", m.model, b, e.Constraints, got)
			}
			if e.Prove <= 0 || e.Setup <= e.Prove || e.Memory <= 0 || e.Domain < e.Constraints {
				t.Errorf("%s, %s: %+v is not plausible", m.model, b, e)
			}
		}
	}
}
