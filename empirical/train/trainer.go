package train

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"tc0/empirical/model"
	"tc0/empirical/tensor"
)

// A Trainer trains one model.
type Trainer struct {
	config       Config
	model        *model.Model
	train, valid Source

	optimiser tensor.AdamW
	progress  state

	micro  []*batch       // of one step, for the current length
	grads  [][]float32    // one for each lane
	tapes  []*tensor.Tape // one for each worker
	losses []float64      // one for each micro-batch
	hits   []int          // the same, counted only for a curriculum
	scorer *scorer

	gradient float64 // length of the last step's
}

// state is what a training has come to, beside parameters and optimiser.
type state struct {
	Step int `json:"step"`
	Pace
	CPU     float64 `json:"cpu_seconds"`
	Reached bool    `json:"reached"`
	Curve   []Point `json:"curve"`
}

// lanes is the largest number of gradients that are summed apart. Micro-batch i is added
// to gradient i mod lanes, in order, whoever computes it, and the gradients are added in
// order: that makes the result independent of the workers.
const lanes = 8

// New makes a trainer that has not taken a step. Words to train on and to evaluate on may
// come from one source.
func New(m *model.Model, train, valid Source, c Config) (*Trainer, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	for _, s := range []Source{train, valid} {
		if err := fits(m, s, c.Length); err != nil {
			return nil, err
		}
	}
	n := m.Params().Len()
	t := &Trainer{
		config: c, model: m, train: train, valid: valid, scorer: newScorer(m, c.Workers),
		optimiser: tensor.AdamW{
			Beta1: c.Beta1, Beta2: c.Beta2, Eps: c.Eps, Decay: c.Decay,
			Mean: make([]float32, n), Square: make([]float32, n),
		},
	}
	t.progress.Pace = c.Start()
	count := (c.Batch + c.Micro - 1) / c.Micro
	for range min(lanes, count) {
		t.grads = append(t.grads, make([]float32, n))
	}
	for range min(c.Workers, len(t.grads)) {
		t.tapes = append(t.tapes, &tensor.Tape{})
	}
	t.losses, t.hits = make([]float64, count), make([]int, count)
	t.shape()
	return t, nil
}

// shape makes the micro-batches for the current length.
func (t *Trainer) shape() {
	t.micro = t.micro[:0]
	for left := t.config.Batch; left > 0; left -= t.config.Micro {
		t.micro = append(t.micro, newBatch(t.model, min(t.config.Micro, left), t.progress.Length))
	}
}

// Step takes one step and returns the mean loss per label and the length of the gradient
// before clipping. It is an error if either is not finite; it names the step and the
// first parameter, or gradient by one, that is not.
func (t *Trainer) Step() (loss, gradient float64, err error) {
	started := t.lock()
	defer runtime.UnlockOSThread()
	scored := t.drawBatch()
	t.charge(started)
	t.each(func(tape *tensor.Tape, lane int) { t.lane(tape, lane, scored) })

	started = threadTime()
	defer func() { t.charge(started) }()
	for _, l := range t.losses {
		loss += l
	}
	loss /= float64(scored)
	tensor.Sum(t.grads)
	gradient = tensor.Norm(t.grads[0])
	if err := Diverged(t.progress.Step+1, loss, gradient, t.firstBad); err != nil {
		return loss, gradient, err
	}
	scale := 1.0
	if t.config.Clip > 0 && gradient > t.config.Clip {
		scale = t.config.Clip / gradient
	}
	t.optimiser.Step(t.model.Params(), t.grads[0], t.config.RateAt(t.progress.Step), scale)
	t.progress.Step++
	t.lengthen(scored)
	return loss, gradient, nil
}

func (t *Trainer) lock() time.Duration {
	runtime.LockOSThread()
	return threadTime()
}

// charge counts the processor time of this thread since a moment.
func (t *Trainer) charge(since time.Duration) { t.progress.CPU += (threadTime() - since).Seconds() }

// drawBatch draws the words of a step, which its number decides, and returns the number of
// labels, at least 1.
func (t *Trainer) drawBatch() int {
	r := t.config.StepRand(t.progress.Step)
	scored := 0
	for _, b := range t.micro {
		scored += b.draw(t.train, r)
	}
	return max(1, scored)
}

// each runs a function for all lanes, on as many goroutines as there are tapes.
func (t *Trainer) each(do func(tape *tensor.Tape, lane int)) {
	if len(t.tapes) == 1 {
		started := threadTime()
		for lane := range t.grads {
			do(t.tapes[0], lane)
		}
		t.charge(started)
		return
	}
	var next, spent atomic.Int64
	var group sync.WaitGroup
	for _, tape := range t.tapes {
		group.Go(func() {
			started := t.lock()
			defer runtime.UnlockOSThread()
			for lane := next.Add(1) - 1; lane < int64(len(t.grads)); lane = next.Add(1) - 1 {
				do(tape, int(lane))
			}
			spent.Add(int64(threadTime() - started))
		})
	}
	group.Wait()
	t.progress.CPU += time.Duration(spent.Load()).Seconds()
}

// lane computes the gradient of every micro-batch of a lane.
func (t *Trainer) lane(tape *tensor.Tape, lane, scored int) {
	clear(t.grads[lane])
	for i := lane; i < len(t.micro); i += len(t.grads) {
		b := t.micro[i]
		tape.Reset(t.grads[lane])
		logits := t.model.Logits(tape, b.tokens, b.length)
		t.losses[i] = tape.CrossEntropy(logits, b.labels, 1/float32(scored))
		if t.config.Curriculum {
			t.hits[i] = total(b.score(logits).Correct)
		}
		tape.Backward()
	}
}

// lengthen is the curriculum.
func (t *Trainer) lengthen(scored int) {
	before := t.progress.Length
	t.progress.Pace = t.progress.Next(t.config, t.progress.Step, ratio(total(t.hits), scored))
	if t.progress.Length != before {
		t.shape()
	}
}

// firstBad names the first parameter, or else the first gradient, that is not finite.
func (t *Trainer) firstBad() string {
	for _, kind := range []struct {
		name string
		all  []float32
	}{{"parameter", t.model.Params().Values()}, {"gradient by", t.grads[0]}} {
		for _, p := range t.model.Params().All() {
			for i, v := range p.Part(kind.all) {
				if !finite(float64(v)) {
					return fmt.Sprintf("%s %s[%d] is %v", kind.name, p.Name, i, v)
				}
			}
		}
	}
	return ""
}
