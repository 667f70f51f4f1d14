package torch

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"tc0/empirical/model"
	"tc0/empirical/train"
	"tc0/theory/ssm"
)

// parameter says what the optimiser does with a tensor.
type parameter struct {
	Name  string `json:"name"`
	Decay bool   `json:"decay"`
}

// about is what PyTorch runs on.
type about struct {
	Version string `json:"version"`
	Device  string `json:"device"`
}

// load makes the program read the checkpoint in a directory.
func (p *python) load(c train.Config, m *model.Model, dir string, threads int) (about, error) {
	request := struct {
		Do         string      `json:"do"`
		Directory  string      `json:"directory"`
		Threads    int         `json:"threads"`
		Parameters []parameter `json:"parameters"`
		Beta1      float64     `json:"beta1"`
		Beta2      float64     `json:"beta2"`
		Eps        float64     `json:"eps"`
		Decay      float64     `json:"decay"`
	}{"load", dir, threads, nil, c.Beta1, c.Beta2, c.Eps, c.Decay}
	for _, q := range m.Params().All() {
		request.Parameters = append(request.Parameters, parameter{q.Name, q.Decay})
	}
	var a about
	err := p.ask(request, nil, &a)
	if err != nil && p.ctx.Err() == nil {
		err = fmt.Errorf("%w: %s", err, wanted)
	}
	return a, err
}

// validation gives the program the words that score scores.
func (p *python) validation(w batch) error {
	request := struct {
		Do    string `json:"do"`
		Shape [2]int `json:"shape"`
	}{"validation", [2]int{w.count, w.length}}
	return p.ask(request, &w, &struct{}{})
}

// A number is one that JSON may not be able to say.
type number string

func (n number) value() float64 {
	x, err := strconv.ParseFloat(string(n), 64)
	if err != nil {
		return math.NaN()
	}
	return x
}

// bad is the first number that is not finite.
type bad struct {
	Kind  string `json:"kind"` // parameter or gradient by
	Name  string `json:"name"`
	Index int    `json:"index"`
	Value number `json:"value"`
}

func (b *bad) String() string {
	if b == nil {
		return ""
	}
	return fmt.Sprintf("%s %s[%d] is %v", b.Kind, b.Name, b.Index, b.Value.value())
}

// stepped is the answer to a step.
type stepped struct {
	Loss     number  `json:"loss"` // mean of a label
	Gradient number  `json:"gradient"`
	Hits     int     `json:"hits"` // labels predicted, only counted for a curriculum
	Bad      *bad    `json:"bad"`
	Seconds  float64 `json:"seconds"`
}

// step takes one step, or none if loss or gradient is not finite.
func (p *python) step(w batch, rate float64, c train.Config) (stepped, error) {
	request := struct {
		Do    string  `json:"do"`
		Shape [2]int  `json:"shape"`
		Rate  float64 `json:"rate"`
		Clip  float64 `json:"clip"`
		Count bool    `json:"count"`
	}{"step", [2]int{w.count, w.length}, rate, c.Clip, c.Curriculum}
	var s stepped
	err := p.ask(request, &w, &s)
	return s, err
}

// score scores the model on the validation words, and says how long it took.
func (p *python) score(c train.Config) (train.Score, float64, error) {
	var s struct {
		Correct   []int   `json:"correct"`
		Scored    []int   `json:"scored"`
		Sequences int     `json:"sequences"`
		Seconds   float64 `json:"seconds"`
	}
	request := struct {
		Do string `json:"do"`
	}{"score"}
	err := p.ask(request, nil, &s)
	return train.Score{
		Length: c.Length, Words: c.EvalWords, Correct: s.Correct, Scored: s.Scored, Sequences: s.Sequences,
	}, s.Seconds, err
}

// trainedFile is where the program leaves the weights.
const trainedFile = "trained.safetensors"

// weights takes over what was trained.
func (p *python) weights(m *model.Model, dir string) error {
	request := struct {
		Do   string `json:"do"`
		File string `json:"file"`
	}{"save", trainedFile}
	if err := p.ask(request, nil, &struct{}{}); err != nil {
		return err
	}
	f, err := os.Open(filepath.Join(dir, trainedFile))
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	tensors, err := ssm.ReadSafetensors(f, info.Size())
	if err != nil {
		return fmt.Errorf("%s: %w", trainedFile, err)
	}
	for _, q := range m.Params().All() {
		t, ok := tensors[q.Name]
		if !ok || !slices.Equal(t.Shape, q.Shape) {
			return fmt.Errorf("%s: tensor %s has shape %v, expected %v", trainedFile, q.Name, t.Shape, q.Shape)
		}
		values, err := t.Float64s()
		if err != nil {
			return fmt.Errorf("%s: tensor %s: %w", trainedFile, q.Name, err)
		}
		for i, v := range values {
			q.Value[i] = float32(v)
		}
	}
	return nil
}
