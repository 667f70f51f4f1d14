package train

import "context"

// A Point is one evaluation.
type Point struct {
	Step     int     `json:"step"`
	Length   int     `json:"length"`   // of the training words
	Loss     float64 `json:"loss"`     // mean of the training steps since the point before, per label
	Rate     float64 `json:"rate"`     // learning rate of the last step
	Gradient float64 `json:"gradient"` // length of the last step's, before clipping
	Token    float64 `json:"token"`    // accuracy at Config.Length
	Sequence float64 `json:"sequence"` // the same
	CPU      float64 `json:"cpu_seconds"`
}

// Why a training ended.
const (
	Reached     = "reached"     // the accuracy of Config.Until
	OutOfSteps  = "steps"       // Config.Steps
	OutOfBudget = "budget"      // Config.Budget
	Interrupted = "interrupted" // the context
)

// A Result is how a training ended.
type Result struct {
	Ended string  `json:"ended"` // Reached, OutOfSteps, OutOfBudget or Interrupted
	Steps int     `json:"steps"`
	CPU   float64 `json:"cpu_seconds"`
	Curve []Point `json:"curve"`
	Last  Score   `json:"last"` // the last evaluation
}

// Run trains to the end. After every evaluation it calls each, unless that is nil, with
// the new point; an error that each returns ends the training and is returned. What each
// saves with [Trainer.Save] is the state from which a later Run goes on to the same
// parameters, bit for bit. Cancelling the context ends the training after a step; whether
// the accuracy is reached is then left to the later Run, which asks at the same steps.
func (t *Trainer) Run(ctx context.Context, each func(Point) error) (Result, error) {
	losses, steps := 0.0, 0
	for {
		ended := t.ended(ctx)
		if ended == "" {
			loss, gradient, err := t.Step()
			if err != nil {
				return t.result("", Score{}), err
			}
			losses, steps, t.gradient = losses+loss, steps+1, gradient
			if ended = t.ended(ctx); ended == "" && t.progress.Step%t.config.EvalEvery != 0 {
				continue
			}
		}
		score := t.evaluate()
		if ended != Interrupted && t.config.Until.Reached(score) {
			ended, t.progress.Reached = Reached, true
		}
		if steps > 0 {
			point := t.point(losses/float64(steps), score)
			t.progress.Curve = append(t.progress.Curve, point)
			losses, steps = 0, 0
			if each != nil {
				if err := each(point); err != nil {
					return t.result(ended, score), err
				}
			}
		}
		if ended != "" {
			return t.result(ended, score), nil
		}
	}
}

// ended says why no more steps are to be taken, "" if they are.
func (t *Trainer) ended(ctx context.Context) string {
	c, p := t.config, t.progress
	switch {
	case p.Reached:
		return Reached
	case c.Steps > 0 && p.Step >= c.Steps:
		return OutOfSteps
	case c.Budget > 0 && p.CPU >= c.Budget:
		return OutOfBudget
	case ctx.Err() != nil:
		return Interrupted
	}
	return ""
}

// evaluate scores the model on the same words every time.
func (t *Trainer) evaluate() Score {
	score, spent := t.scorer.evaluate(t.valid, t.config.Length, t.config.EvalWords, t.config.EvalRand())
	t.progress.CPU += spent.Seconds()
	return score
}

func (t *Trainer) point(loss float64, score Score) Point {
	p := t.progress
	return Point{
		Step: p.Step, Length: p.Length, Loss: loss, Rate: t.config.RateAt(p.Step - 1), Gradient: t.gradient,
		Token: score.Token(), Sequence: score.Sequence(), CPU: p.CPU,
	}
}

func (t *Trainer) result(ended string, last Score) Result {
	return Result{Ended: ended, Steps: t.progress.Step, CPU: t.progress.CPU, Curve: t.progress.Curve, Last: last}
}
