package train

import (
	"errors"
	"fmt"
	"strings"
)

// Config says how to train. The zero value is not one; [Usual] is a start.
type Config struct {
	Seed   uint64 `json:"seed"`   // of the words; the model's weights have their own
	Length int    `json:"length"` // of the words

	// Curriculum starts with words of length 2 and makes them longer, by half or by one
	// position, when the running accuracy of the training words passes 90 %.
	Curriculum bool `json:"curriculum,omitempty"`

	Batch int `json:"batch"` // words of a step
	// Micro is the number of words that are computed at once. It decides the order of
	// summation, hence the last bits of the result, and how much memory a worker uses.
	Micro int `json:"micro"`

	Rate      float64 `json:"rate"`                 // learning rate
	WarmUp    int     `json:"warm_up"`              // steps in which the rate grows from 0
	FinalRate float64 `json:"final_rate,omitempty"` // reached at Steps by a half cosine; 0: the rate stays
	Beta1     float64 `json:"beta1"`
	Beta2     float64 `json:"beta2"`
	Eps       float64 `json:"eps"`
	Decay     float64 `json:"decay"` // weight decay, of matrices
	Clip      float64 `json:"clip"`  // longest gradient; 0: no limit

	Steps  int     `json:"steps,omitempty"`          // at most; 0: no limit
	Budget float64 `json:"budget_seconds,omitempty"` // of processor time, at most; 0: no limit
	Until  Until   `json:"until"`

	EvalEvery int `json:"eval_every"` // steps between evaluations
	EvalWords int `json:"eval_words"`

	// Workers compute micro-batches at the same time. Their number does not change the
	// result.
	Workers int `json:"-"`
}

// Until is the accuracy that ends a training. Token is the part of all scored positions
// that are right, Sequence the part of all words that are right everywhere. Both must be
// reached; 0 is always reached, and with both 0 the training goes on.
type Until struct {
	Token    float64 `json:"token,omitempty"`
	Sequence float64 `json:"sequence,omitempty"`
}

// String names the accuracies, such as "90 % of the tokens".
func (u Until) String() string {
	var parts []string
	if u.Token > 0 {
		parts = append(parts, fmt.Sprintf("%g %% of the tokens", 100*u.Token))
	}
	if u.Sequence > 0 {
		parts = append(parts, fmt.Sprintf("%g %% of the words", 100*u.Sequence))
	}
	if len(parts) == 0 {
		return "no accuracy"
	}
	return strings.Join(parts, " and ")
}

// Reached says whether a score ends the training.
func (u Until) Reached(s Score) bool { return u.met(Point{Token: s.Token(), Sequence: s.Sequence()}) }

func (u Until) met(p Point) bool {
	return u != Until{} && p.Token >= u.Token && p.Sequence >= u.Sequence
}

// Usual are settings that work for word problems of four generators at lengths up to 16:
// AdamW with a rate of 2e-3, or 1e-3 for a transformer, a warm-up of 100 steps and
// gradients of length 1 at most, in batches of 128, until 90 % of the tokens are right.
// Steps or Budget is left to set.
func Usual(arch string, length int) Config {
	c := Config{
		Seed: 1, Length: length, Batch: 128, Micro: 16,
		Rate: 2e-3, WarmUp: 100, Beta1: 0.9, Beta2: 0.999, Eps: 1e-8, Decay: 0.01, Clip: 1,
		Until: Until{Token: 0.9}, EvalEvery: 100, EvalWords: 512, Workers: 1,
	}
	if arch == "transformer" {
		c.Rate = 1e-3
	}
	return c
}

// Check says what is wrong with a configuration.
func (c Config) Check() error {
	for _, n := range []struct {
		name  string
		value int
		low   int
	}{
		{"length", c.Length, 1}, {"batch", c.Batch, 1}, {"micro", c.Micro, 1}, {"warm_up", c.WarmUp, 0},
		{"steps", c.Steps, 0}, {"eval_every", c.EvalEvery, 1}, {"eval_words", c.EvalWords, 1}, {"workers", c.Workers, 1},
	} {
		if n.value < n.low || n.value > maxCount {
			return fmt.Errorf("%s %d: expected %d to %d", n.name, n.value, n.low, maxCount)
		}
	}
	for _, x := range []struct {
		name      string
		value     float64
		low, high float64
	}{
		{"rate", c.Rate, 0, 1e3}, {"final_rate", c.FinalRate, 0, 1e3}, {"beta1", c.Beta1, 0, 1 - 1e-9},
		{"beta2", c.Beta2, 0, 1 - 1e-9}, {"eps", c.Eps, 0, 1}, {"decay", c.Decay, 0, 1e3}, {"clip", c.Clip, 0, 1e30},
		{"budget_seconds", c.Budget, 0, 1e12}, {"until.token", c.Until.Token, 0, 1}, {"until.sequence", c.Until.Sequence, 0, 1},
	} {
		if !(x.value >= x.low && x.value <= x.high) {
			return fmt.Errorf("%s %g: expected %g to %g", x.name, x.value, x.low, x.high)
		}
	}
	if c.FinalRate > 0 && c.Steps <= c.WarmUp {
		return fmt.Errorf("final_rate %g: expected more steps than the %d of the warm-up, found %d", c.FinalRate, c.WarmUp, c.Steps)
	}
	if c.Steps == 0 && c.Budget == 0 {
		return errors.New("neither steps nor budget_seconds is set: the training might never end; set one")
	}
	return nil
}

// maxCount bounds every count, so that products of two do not overflow.
const maxCount = 1 << 30
