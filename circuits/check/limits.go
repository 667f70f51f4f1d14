package check

import (
	"math/bits"

	"tc0/circuits/threshold"
)

// limits compares the circuit with the limits given.
func (k *circuitCheck) limits(l Limits) {
	sound := len(k.findings) == 0 // a faulty circuit cannot be written out
	if l.MaxDepth > 0 && k.depth > l.MaxDepth {
		for b := range k.banks {
			if k.banks[b].depth > l.MaxDepth {
				k.report(idMaxDepth, Place{"bank", b, -1}, "depth %d is above %d; the circuit's is %d", k.banks[b].depth, l.MaxDepth, k.depth)
				break
			}
		}
	}
	if l.MaxGates > 0 && k.c.Gates() > l.MaxGates {
		k.report(idMaxGates, Place{"circuit", 0, -1}, "%d gates are more than %d", k.c.Gates(), l.MaxGates)
	}
	if l.MaxWeightBits > 0 && sound {
		if most := k.c.Stats().MaxWeightBits; most > l.MaxWeightBits {
			k.report(idMaxWeight, k.heavy(l.MaxWeightBits), "a weight of more than %d bits; the largest has %d", l.MaxWeightBits, most)
		}
	}
}

// heavy is the first gate with a weight of more bits than the limit.
func (k *circuitCheck) heavy(limit int) Place {
	c, ok := k.c.(*threshold.Circuit)
	if !ok {
		return Place{"circuit", 0, -1}
	}
	r := threshold.NewGateReader(c)
	seen := make([]bool, len(k.forms))
	for b := range k.banks {
		d := c.Bank(b)
		gates := d.Gates
		switch {
		case d.Kind == threshold.Input:
			continue
		case d.Kind == threshold.Level:
			if seen[d.Form] {
				continue // gates of one form have the same weights
			}
			seen[d.Form], gates = true, min(gates, 1)
		}
		for g := range gates {
			for _, w := range r.Gate(b, g).Wires {
				if bits.Len64(magnitude(w.Weight)) > limit {
					return Place{"bank", b, g}
				}
			}
		}
	}
	return Place{"circuit", 0, -1}
}
