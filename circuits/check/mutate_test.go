package check_test

import (
	"context"
	"math/rand/v2"
	"reflect"
	"sync"
	"testing"

	"tc0/circuits/arith"
	"tc0/circuits/check"
	"tc0/circuits/threshold"
)

// TestMutantsOfModels: of 500 compiled circuits with one number changed, a weight,
// a threshold or an entry of a table, each is rejected or else equal wherever
// the proved ranges reach, as an oracle that shares nothing with the validator
// finds. Sampled: 500 mutants and, for what simulation alone catches, 64 words.
func TestMutantsOfModels(t *testing.T) {
	const mutants, words = 500, 64
	var total counts
	var wg sync.WaitGroup
	var mu sync.Mutex
	for i, c := range small {
		share := mutants*(i+1)/len(small) - mutants*i/len(small)
		wg.Go(func() {
			n := judgeMutants(t, c, share, words, rand.New(rand.NewPCG(uint64(i), 500)))
			mu.Lock()
			defer mu.Unlock()
			total.add(n)
		})
	}
	wg.Wait()
	t.Logf("%d mutants (%d more refused by the reader), seeds 0 to %d: %d rejected, %d accepted and equal over the proved ranges; simulating %d words alone catches %d",
		total.rejected+total.accepted, total.refused, len(small)-1, total.rejected, total.accepted, words, total.caught)
	if total.rejected+total.accepted != mutants {
		t.Errorf("%d mutants judged, expected %d", total.rejected+total.accepted, mutants)
	}
}

// counts are what became of mutants.
type counts struct{ refused, rejected, accepted, caught int }

func (n *counts) add(m counts) {
	n.refused += m.refused
	n.rejected += m.rejected
	n.accepted += m.accepted
	n.caught += m.caught
}

// judgeMutants validates so many mutants of one compiled circuit.
func judgeMutants(t *testing.T, c config, mutants, words int, r *rand.Rand) (n counts) {
	ac, tc := build(t, c)
	ws := randomWords(ac, words)
	want := expected(t, ac, ws)
	s, o := specOf(tc), newOracle(t, ac, tc, ws)
	for n.rejected+n.accepted < mutants {
		m, text := s.mutant(r, numbers, 1)
		changed, err := m.build()
		if err != nil {
			n.refused++
			continue
		}
		got, _, err := threshold.NewSimulator(changed).Run(context.Background(), ws)
		caught := err != nil || !reflect.DeepEqual(got, want)
		if caught {
			n.caught++
		}
		report := check.Lowering(context.Background(), ac, changed, check.Options{MaxFailures: 1})
		if report.Verdict == check.Fails {
			n.rejected++
			continue
		}
		n.accepted++
		if err := o.equal(changed); report.Verdict != check.Holds || err != nil || caught {
			t.Errorf("%+v, %s: %v, caught by words: %v, oracle: %v", c, text, report.Verdict, caught, err)
		}
	}
	return n
}

func randomWords(ac *arith.Circuit, n int) [][]int {
	r := rand.New(rand.NewPCG(7, 7))
	words := make([][]int, n)
	for i := range words {
		for _, in := range ac.Inputs() {
			words[i] = append(words[i], r.IntN(ac.Levels(in)))
		}
	}
	return words
}
