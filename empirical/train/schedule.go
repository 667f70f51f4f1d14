package train

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// This file is what decides a training beside its arithmetic, which may be done elsewhere.

// The streams of random words, by their purpose.
const (
	trainStream = 1 + iota
	evalStream
)

// mix spreads a number over all bits (the finaliser of SplitMix64), so that streams of
// neighbouring numbers have nothing in common.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// StepRand is what the words of the step after so many are drawn from, one after the other.
func (c Config) StepRand(step int) *rand.Rand {
	return rand.New(rand.NewPCG(c.Seed, mix(trainStream+uint64(step)<<8)))
}

// EvalRand is what the words of every evaluation are drawn from.
func (c Config) EvalRand() *rand.Rand { return evalRand(c.Seed) }

func evalRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, mix(evalStream))) }

// RateAt is the learning rate of the step after so many.
func (c Config) RateAt(step int) float64 {
	if step < c.WarmUp {
		return c.Rate * float64(step+1) / float64(c.WarmUp)
	}
	if c.FinalRate == 0 {
		return c.Rate
	}
	done := float64(step-c.WarmUp) / float64(c.Steps-c.WarmUp)
	return c.FinalRate + (c.Rate-c.FinalRate)*(1+math.Cos(math.Pi*min(1, done)))/2
}

// A Pace is how long the training words are, which a curriculum changes.
type Pace struct {
	Length   int     `json:"length"`   // of the training words
	Accuracy float64 `json:"accuracy"` // running, of the training words; for a curriculum
}

// Start is the pace of the first step.
func (c Config) Start() Pace {
	if c.Curriculum {
		return Pace{Length: min(2, c.Length)}
	}
	return Pace{Length: c.Length}
}

// Next is the pace after so many steps, the last of which predicted a part of its labels.
func (p Pace) Next(c Config, step int, predicted float64) Pace {
	if !c.Curriculum || p.Length == c.Length {
		return p
	}
	const memory, passes, every = 0.98, 0.9, 50
	p.Accuracy = memory*p.Accuracy + (1-memory)*predicted
	if p.Accuracy > passes && step%every == 0 {
		return Pace{Length: min(c.Length, p.Length+max(1, p.Length/2))}
	}
	return p
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// Diverged is the error of a step, counted from 1, of which the loss or else the gradient's
// length is not finite, and nil if both are. Where tells the first number that is not finite,
// "" for none.
func Diverged(step int, loss, gradient float64, where func() string) error {
	if finite(loss) && finite(gradient) {
		return nil
	}
	what := fmt.Sprintf("the loss is %v", loss)
	if finite(loss) {
		what = fmt.Sprintf("the gradient has length %v", gradient)
	}
	first := where()
	if first == "" {
		first = "a value between parameters and loss overflowed"
	}
	return fmt.Errorf("step %d: %s, %s: use a lower rate or clip", step, what, first)
}
