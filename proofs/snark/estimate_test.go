package snark

import "testing"

// TestEstimate compares predicted counts with those of compiled systems.
func TestEstimate(t *testing.T) {
	for _, m := range []trained{flipflop, s4d} {
		for _, o := range []Options{{Backend: Groth16, Words: Private}, {Backend: PLONK, Words: Private}, inChunks(3)} {
			e, err := EstimateCost(m.circuit(t), o)
			if err != nil {
				t.Fatal(err)
			}
			got := m.lower(t, o).Constraints()
			if off := float64(e.Constraints)/float64(got) - 1; off < -0.05 || off > 0.05 {
				t.Errorf("%s, %v: %d constraints predicted, %d compiled", m.model, o, e.Constraints, got)
			}
			if e.Prove <= 0 || e.Setup <= e.Prove || e.Memory <= 0 || e.Domain < e.Constraints {
				t.Errorf("%s, %v: %+v is not plausible", m.model, o, e)
			}
		}
	}
}

// TestEstimateArchitecture does the same for committed weights.
func TestEstimateArchitecture(t *testing.T) {
	for _, m := range []trained{flipflop, s4dShort} {
		s := m.committed(t)
		e, err := EstimateArchitecture(s.lowering.(*program).Architecture, s.Options)
		if err != nil {
			t.Fatal(err)
		}
		if off := float64(e.Constraints)/float64(s.Constraints()) - 1; off < -0.05 || off > 0.05 {
			t.Errorf("%s: %d constraints predicted, %d compiled", m.model, e.Constraints, s.Constraints())
		}
	}
}
