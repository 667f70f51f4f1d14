package torch

import (
	"fmt"
	"math"
	"math/rand/v2"

	"tc0/empirical/train"
)

// training is train.Trainer with the arithmetic elsewhere: the same words, rates, lengths
// and ends, without a state that is saved.
type training struct {
	config train.Config
	source train.Source
	python *python

	length   int     // of the words of the next step
	accuracy float64 // running, of the training words; for a curriculum
	step     int     // steps taken
	seconds  float64
	ended    string
}

// run trains to the end, and gives each the point of every evaluation. A failure is a loss
// or gradient that is not finite, err what kept the training from going on.
func (t *training) run(valid train.Source, each func(train.Point) error) (failure, err error) {
	c := t.config
	t.length = c.Length
	if c.Curriculum {
		t.length = min(2, c.Length)
	}
	words := draw(valid, c.Length, c.EvalWords, random(c.Seed, evalStream))
	if err := t.python.validation(words); err != nil {
		return nil, err
	}
	losses, since := 0.0, 0
	for t.ended == "" {
		loss, gradient, failure, err := t.next()
		if failure != nil || err != nil {
			return failure, err
		}
		losses, since = losses+loss, since+1
		t.ended = t.limit()
		if t.ended == "" && t.step%c.EvalEvery != 0 {
			continue
		}
		score, spent, err := t.python.score(c)
		if err != nil {
			return nil, err
		}
		t.seconds += spent
		if c.Until.Reached(score) {
			t.ended = train.Reached
		}
		if err := each(train.Point{
			Step: t.step, Length: t.length, Loss: losses / float64(since), Rate: t.rate(t.step - 1), Gradient: gradient,
			Token: score.Token(), Sequence: score.Sequence(), CPU: t.seconds,
		}); err != nil {
			return nil, err
		}
		losses, since = 0, 0
	}
	return nil, nil
}

// limit says which limit ends the training, "" for none.
func (t *training) limit() string {
	switch c := t.config; {
	case c.Steps > 0 && t.step >= c.Steps:
		return train.OutOfSteps
	case c.Budget > 0 && t.seconds >= c.Budget:
		return train.OutOfBudget
	}
	return ""
}

// next takes one step.
func (t *training) next() (loss, gradient float64, failure, err error) {
	words := draw(t.source, t.length, t.config.Batch, random(t.config.Seed, trainStream+uint64(t.step)<<8))
	s, err := t.python.step(words, t.rate(t.step), t.config)
	if err != nil {
		return 0, 0, nil, err
	}
	t.seconds += s.Seconds
	loss, gradient = s.Loss.value(), s.Gradient.value()
	if s.Bad != nil || !finite(loss) || !finite(gradient) {
		return loss, gradient, diverged(t.step+1, loss, gradient, s.Bad), nil
	}
	t.step++
	t.lengthen(s.Hits, words.scored)
	return loss, gradient, nil, nil
}

// rate is the learning rate of the step after so many.
func (t *training) rate(step int) float64 {
	c := t.config
	if step < c.WarmUp {
		return c.Rate * float64(step+1) / float64(c.WarmUp)
	}
	if c.FinalRate == 0 {
		return c.Rate
	}
	done := float64(step-c.WarmUp) / float64(c.Steps-c.WarmUp)
	return c.FinalRate + (c.Rate-c.FinalRate)*(1+math.Cos(math.Pi*min(1, done)))/2
}

// lengthen is the curriculum.
func (t *training) lengthen(hits, scored int) {
	if !t.config.Curriculum || t.length == t.config.Length {
		return
	}
	const memory, passes, every = 0.98, 0.9, 50
	t.accuracy = memory*t.accuracy + (1-memory)*float64(hits)/float64(max(1, scored))
	if t.accuracy > passes && t.step%every == 0 {
		t.length = min(t.config.Length, t.length+max(1, t.length/2))
		t.accuracy = 0
	}
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// diverged says in which step and tensor.
func diverged(step int, loss, gradient float64, b *bad) error {
	what := fmt.Sprintf("the loss is %v", loss)
	if finite(loss) {
		what = fmt.Sprintf("the gradient has length %v", gradient)
	}
	where := "a value between parameters and loss overflowed"
	if b != nil {
		where = fmt.Sprintf("%s %s[%d] is %v", b.Kind, b.Name, b.Index, b.Value.value())
	}
	return fmt.Errorf("step %d: %s, %s: use a lower rate or clip", step, what, where)
}

// The streams of random words, by their purpose, numbered as those of empirical/train.
const (
	trainStream = 1 + iota
	evalStream
)

// random is the numbers that empirical/train draws from.
func random(seed, stream uint64) *rand.Rand {
	x := stream + 0x9e3779b97f4a7c15 // the finaliser of SplitMix64
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return rand.New(rand.NewPCG(seed, x^x>>31))
}

// A batch is words of one length, one after the other.
type batch struct {
	count, length  int
	tokens, labels []int32
	scored         int // labels from 0
}

func draw(source train.Source, length, count int, r *rand.Rand) batch {
	w := batch{count, length, make([]int32, count*length), make([]int32, count*length), 0}
	for at := 0; at < count*length; at += length {
		source.Draw(r, w.tokens[at:at+length], w.labels[at:at+length])
	}
	for _, label := range w.labels {
		if label >= 0 {
			w.scored++
		}
	}
	return w
}
