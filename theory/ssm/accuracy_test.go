package ssm

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// stated are the accuracies at the last position, measured by the program that trained
// the models on 4096 words of each length: the length of training and its double.
var stated = map[string]map[int]float64{
	"mamba-flipflop4":      {16: 1, 32: 1},
	"mamba-flipflop4-bf16": {16: 1, 32: 1},
	"mamba-parity":         {16: 0.9568, 32: 0.5242},
	"mamba-s3-g2":          {10: 1, 20: 0.1646},
	"mamba-a4-g3":          {12: 0.9246, 24: 0.0588},
	"mamba-a5-g2":          {12: 0.7871, 24: 0.0188},
	"s4d-z5":               {12: 0.9993, 24: 0.1841},
	"transformer-a4-g3":    {8: 0.9871, 16: 0.0972},
	"rnn-s3":               {16: 1, 32: 1},
	"lstm-s5-g2":           {12: 1, 24: 0.3899},
	"ids4-a5-g2":           {12: 1, 24: 0.5486},
}

// TestAccuracy is sampled: 300 fresh words of each length with a fixed seed. The stated
// accuracy must lie in the 99 % Wilson interval of ours.
func TestAccuracy(t *testing.T) {
	const words = 300
	for _, name := range checkpoints {
		for length, want := range stated[name] {
			t.Run(fmt.Sprintf("%s/%d", name, length), func(t *testing.T) {
				t.Parallel()
				ck := mustLoad(t, name)
				right := 0
				r := rand.New(rand.NewPCG(1, uint64(length)))
				for range words {
					if lastRight(t, ck, r, length) {
						right++
					}
				}
				low, high := wilson(right, words)
				if want < low || want > high {
					t.Errorf("%d of %d words, interval %.4f to %.4f, stated %.4f", right, words, low, high, want)
				}
			})
		}
	}
}

// lastRight runs one random word and compares the label at its end.
func lastRight(t *testing.T, ck *Checkpoint, r *rand.Rand, length int) bool {
	t.Helper()
	s, err := ck.Model.Start()
	if err != nil {
		t.Fatal(err)
	}
	state, got := ck.Task.Start, -1
	for range length {
		token := ck.Task.InputTokens[r.IntN(len(ck.Task.InputTokens))]
		state = ck.Task.Trans[state][token]
		logits, err := s.Step(token)
		if err != nil {
			t.Fatal(err)
		}
		got = Argmax(logits)
	}
	return got == state
}

// wilson is the score interval of a proportion at 99 %.
func wilson(right, n int) (low, high float64) {
	const z = 2.5758293035489004
	p, m := float64(right)/float64(n), float64(n)
	centre := p + z*z/(2*m)
	spread := z * math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	return (centre - spread) / (1 + z*z/m), (centre + spread) / (1 + z*z/m)
}

// Wilson 1927 by hand: no success in 10 gives 0 to z^2/(10+z^2).
func TestWilson(t *testing.T) {
	if low, high := wilson(0, 10); math.Abs(low) > 1e-15 || math.Abs(high-0.39885) > 1e-5 {
		t.Errorf("interval %v to %v", low, high)
	}
}
