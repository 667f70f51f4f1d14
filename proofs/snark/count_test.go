package snark

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files")

// counts is one line of the golden table.
type counts struct {
	Name        string `json:"name"`
	Constraints int    `json:"constraints"` // as compiled
	Tally       Tally  `json:"tally"`
}

// TestCounts compares the constraints of every construct with a golden table: a count that
// drifts, up or down, is a change of what provers pay and of every digest.
func TestCounts(t *testing.T) {
	var got []counts
	add := func(name string, s *System) {
		got = append(got, counts{name, s.Constraints(), s.Tally()})
	}
	for _, c := range constructs {
		s, err := Lower(c.build(t), Options{Backend: Groth16, Words: Private})
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		add(c.name, s)
	}
	add("mamba-flipflop4 n=8 7 bits, convolution, groth16, private", flipflop.lower(t, Options{Backend: Groth16, Words: Private}))
	add("mamba-flipflop4 n=8 7 bits, convolution, groth16, public", flipflop.lower(t, Options{Backend: Groth16, Words: Public}))
	add("mamba-flipflop4 n=8 7 bits, convolution, groth16, hashed", flipflop.lower(t, Options{Backend: Groth16, Words: Hashed}))
	add("mamba-flipflop4 n=8 7 bits, convolution, plonk, private", flipflop.lower(t, Options{Backend: PLONK, Words: Private}))
	add("mamba-flipflop4 n=8 7 bits, recurrent, groth16, private", recurrent.lower(t, Options{Backend: Groth16, Words: Private}))
	add("mamba-flipflop4 n=8 7 bits, convolution, groth16, chunks of 16", flipflop.lower(t, inChunks(16)))
	add("s4d-z5 n=16 8 bits, convolution, groth16, private", s4d.lower(t, Options{Backend: Groth16, Words: Private}))
	add("s4d-z5 n=16 8 bits, recurrent, groth16, private", s4dSteps.lower(t, Options{Backend: Groth16, Words: Private}))
	add("committed weights: mamba-flipflop4 n=8 7 bits, convolution, groth16, private", flipflop.committed(t))
	add("committed weights: s4d-z5 n=4 8 bits, convolution, groth16, private", s4dShort.committed(t))
	a, _ := family(t, smallToy, 1)
	for _, b := range []Backend{Groth16, PLONK} {
		s, err := LowerArchitecture(a, Options{Backend: b, Words: Private, Committed: true})
		if err != nil {
			t.Fatal(err)
		}
		add(fmt.Sprintf("committed weights: toy, %s, private", b), s)
	}
	for _, c := range got {
		n := c.Tally.Constraints()
		if !strings.Contains(c.Name, "plonk") && (c.Constraints < n || c.Constraints > n*102/100+900) {
			t.Errorf("%s: %d constraints, but %d are accounted for", c.Name, c.Constraints, n)
		}
	}
	const path = "testdata/constraints.json"
	if *update {
		data, err := json.MarshalIndent(got, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, append(data, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var want []counts
	if err := json.Unmarshal(data, &want); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("constraints have changed (-want +got), -update accepts:\n%s", d)
	}
}
