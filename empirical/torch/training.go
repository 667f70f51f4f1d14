package torch

import (
	"math/rand/v2"

	"tc0/empirical/train"
)

// training is train.Trainer with the arithmetic elsewhere, and without a state that is saved.
type training struct {
	config train.Config
	source train.Source
	python *python

	pace    train.Pace // of the next step
	step    int        // steps taken
	seconds float64
	ended   string
}

// run trains to the end, and gives each the point of every evaluation. A failure is a loss
// or gradient that is not finite, err what kept the training from going on.
func (t *training) run(valid train.Source, each func(train.Point) error) (failure, err error) {
	c := t.config
	t.pace = c.Start()
	words := draw(valid, c.Length, c.EvalWords, c.EvalRand())
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
			Step: t.step, Length: t.pace.Length, Loss: losses / float64(since), Rate: c.RateAt(t.step - 1), Gradient: gradient,
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
	c := t.config
	words := draw(t.source, t.pace.Length, c.Batch, c.StepRand(t.step))
	s, err := t.python.step(words, c.RateAt(t.step), c)
	if err != nil {
		return 0, 0, nil, err
	}
	t.seconds += s.Seconds
	loss, gradient = s.Loss.value(), s.Gradient.value()
	if failure := train.Diverged(t.step+1, loss, gradient, s.Bad.String); failure != nil {
		return loss, gradient, failure, nil
	}
	t.step++
	t.pace = t.pace.Next(c, t.step, float64(s.Hits)/float64(max(1, words.scored)))
	return loss, gradient, nil, nil
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
