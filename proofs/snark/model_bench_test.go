package snark

import (
	"bytes"
	"context"
	"fmt"
	"testing"
)

// BenchmarkModels proves the labels of trained models with both systems and reports what
// docs/snark.md tells. CPU time, set-ups included, takes some minutes.
func BenchmarkModels(b *testing.B) {
	long(b, "keys of PLONK take minutes")
	for _, m := range []trained{flipflop, s4d} {
		for _, o := range []Options{
			{Backend: Groth16, Words: Private}, {Backend: PLONK, Words: Private}, {Backend: Groth16, Words: Private, Committed: true},
		} {
			name := fmt.Sprintf("%s-%d/%s", m.model, m.length, o.Backend)
			if o.Committed {
				name += "/committed"
			}
			b.Run(name, func(b *testing.B) {
				start := cpu(b)
				s := m.system(b, o)
				lowered := cpu(b) - start
				start = cpu(b)
				pk, vk, err := s.Setup(Origin{})
				if err != nil {
					b.Fatal(err)
				}
				setup := cpu(b) - start
				var size bytes.Buffer
				if err := pk.Write(&size); err != nil {
					b.Fatal(err)
				}
				a, err := s.Assign(make([]int, m.length))
				if err != nil {
					b.Fatal(err)
				}
				for b.Loop() {
					start = cpu(b)
					p, err := s.Prove(context.Background(), pk, a)
					if err != nil {
						b.Fatal(err)
					}
					took := cpu(b) - start
					start = cpu(b)
					if err := Verify(p, vk); err != nil {
						b.Fatal(err)
					}
					b.Logf("%d constraints, CPU: lower %v, set up %v, prove %v, verify %v; proof %d B, key %d B, proving key %d kB, peak %d MiB",
						s.Constraints(), lowered, setup, took, cpu(b)-start, len(p.Proof), len(vk.Key), size.Len()/1000, peak(b))
				}
			})
		}
	}
}

// system lowers the model, or its architecture.
func (m trained) system(tb testing.TB, o Options) *System {
	if o.Committed {
		return m.committed(tb)
	}
	return m.lower(tb, o)
}
